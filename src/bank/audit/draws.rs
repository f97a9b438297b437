//! Draws that were published, computed again: the seed is the one whose hash was given away, and every place was paid what it
//! drew, and is marked as its collector's.

use super::signed::UNREADABLE;
use crate::api::collect::CollectClaims;
use crate::api::draw::mark;
use crate::api::order::OrderClaims;
use crate::bank::error::{stored, strange};
use crate::jose::{Digest, Jws, Typ};
use crate::packet::draw::{Seed, shares};
use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx};
use crate::values;

pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT v.seq, v.number, v.packet, v.frozen, v.shares, v.draw, d.seed FROM voucher v \
               LEFT JOIN draw d ON d.packet = v.packet WHERE v.draw IS NOT NULL AND v.seq > ?1 ORDER BY v.seq LIMIT ?2";
    let mut closed = Vec::new();
    each(tx, sql, ("seq", i64::MIN), &[], |_, row| {
        if let Some(seed) = row.opt_text("seed")? {
            closed.push(Closed::read(row, seed)?);
        }
        Ok(())
    })?;
    for draw in closed {
        draw.check(tx, auditor)?;
    }
    marks(tx, auditor)
}

/// A voucher with its seed.
struct Closed {
    voucher: String,
    packet: Digest,
    total: i64,
    shares: u32,
    draw: String,
    seed: Option<Seed>,
}

impl Closed {
    fn read(row: &Row, seed: &str) -> Result<Self, StoreError> {
        Ok(Self {
            voucher: row.text("number")?.to_owned(),
            packet: stored(row, "packet")?,
            total: row.int("frozen")?,
            shares: u32::try_from(row.int("shares")?).map_err(|_| strange("shares"))?,
            draw: row.text("draw")?.to_owned(),
            seed: seed.parse().ok(),
        })
    }

    fn check(&self, tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
        let subject = format!("voucher {}", self.voucher);
        let found = self.seed.as_ref().map_or(UNREADABLE.to_owned(), |seed| seed.draw().to_string());
        auditor.equal("draw-seed", &subject, self.draw.clone(), found);
        let drawn = self.seed.as_ref().and_then(|seed| shares(seed, &self.packet, self.total, self.shares).ok());
        let drawn = drawn.unwrap_or_default();
        let mut after = 0;
        loop {
            let sql = "SELECT place, amount FROM share WHERE voucher = ?1 AND place > ?2 ORDER BY place LIMIT 1000";
            let rows = tx.rows(sql, &values![&self.voucher, after])?;
            for row in &rows {
                after = row.int("place")?;
                let at = usize::try_from(after - 1).ok().and_then(|index| drawn.get(index)).copied();
                auditor.equal("draw-share", format!("{subject} share {after}"), at.unwrap_or(0), row.int("amount")?);
            }
            if rows.is_empty() {
                return Ok(());
            }
        }
    }
}

/// Each lucky share is marked by what its collector signed, and no other share is marked.
fn marks(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT s.transfer, s.voucher, s.place, s.mark, v.packet, v.draw, o.request FROM share s \
               JOIN voucher v ON v.number = s.voucher JOIN bank_order o ON o.bank = s.bank AND o.id = s.order_id \
               WHERE (v.draw IS NOT NULL OR s.mark IS NOT NULL) AND s.transfer > ?1 ORDER BY s.transfer LIMIT ?2";
    each(tx, sql, ("transfer", i64::MIN), &[], |_, row| {
        let subject = format!("voucher {} share {}", row.text("voucher")?, row.int("place")?);
        let asked = row.opt_text("draw")?.and(account(row.text("request")?));
        let expected = asked.map(|account| Ok::<_, StoreError>(mark(&stored(row, "packet")?, &account).to_string()));
        let expected = expected.transpose()?.unwrap_or_default();
        auditor.equal("share-mark", &subject, expected, row.opt_text("mark")?.unwrap_or_default().to_owned());
        Ok(())
    })
}

/// The salted digest of the account that an order's collector asked for.
fn account(order: &str) -> Option<Digest> {
    let order: OrderClaims = Jws::parse(order, Typ::Order).ok()?.claims().ok()?;
    let collect: CollectClaims = Jws::parse(&order.collect, Typ::Collect).ok()?.claims().ok()?;
    Some(collect.account)
}
