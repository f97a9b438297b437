//! The audit: everything that must hold between the bank's rows, counted again from the raw ones. Read-only, and may run
//! while the server is stopped.
//!
//! What SQL can say stands in [`rules`]; what the signed messages say is compared with the rows here.

mod rules;

use crate::api::order::{AnswerClaims, OrderResult};
use crate::bank::error::strange;
use crate::jose::{Jws, Typ};
use crate::packet::Packet;
use crate::packet::file::Voucher;
use crate::party::audit::{Audit, Auditor};
use crate::store::{Row, Store, StoreError, Tx};
use crate::values;

/// How many rows with signed messages are read at once.
const PAGE: i64 = 1000;

/// Audits a bank's books as they are at one moment.
///
/// # Errors
/// [`StoreError`] when they cannot be read.
pub async fn audit(store: &Store) -> Result<Audit, StoreError> {
    store.read(run).await
}

fn run(tx: &mut Tx<'_>) -> Result<Audit, StoreError> {
    let mut auditor = Auditor::default();
    for (invariant, rule) in rules::RULES {
        // Every rule lists what it looked at with two values that must be the same.
        let sql = format!(
            "SELECT subject, CAST(expected AS TEXT) AS expected, CAST(found AS TEXT) AS found \
             FROM ({rule}) AS checked WHERE expected <> found ORDER BY subject"
        );
        for row in tx.rows(&sql, &values![])? {
            auditor.differ(invariant, row.text("subject")?, row.text("expected")?, row.text("found")?);
        }
    }
    vouchers(tx, &mut auditor)?;
    answers(tx, &mut auditor)?;
    collections(tx, &mut auditor)?;
    Ok(auditor.finish())
}

/// Reads a table page by page; the query takes the last key before and the size of a page.
fn each(
    tx: &mut Tx<'_>,
    sql: &str,
    key: &str,
    mut look: impl FnMut(&Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut after = i64::MIN;
    loop {
        let rows = tx.rows(sql, &values![after, PAGE])?;
        for row in &rows {
            look(row)?;
            after = row.int(key)?;
        }
        if rows.is_empty() {
            return Ok(());
        }
    }
}

/// What was signed is what stands in the row.
fn vouchers(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT * FROM voucher WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    each(tx, sql, "seq", |row| {
        let subject = format!("voucher {}", row.text("number")?);
        let (Ok(packet), Ok(voucher)) =
            (Packet::read(row.text("packet_jws")?), Voucher::read(row.text("voucher_jws")?))
        else {
            auditor.differ("voucher-signed", subject, "a packet and a voucher", "what cannot be read");
            return Ok(());
        };
        let claims = voucher.claims;
        let total = packet.claims.contents.total().ok().flatten();
        let signed = [
            claims.number,
            claims.packet.to_string(),
            packet.id().to_string(),
            packet.claims.iss.to_string(),
            claims.applicant.origin.to_string(),
            claims.fund.unwrap_or_default(),
            packet.claims.reward_for.map(String::from).unwrap_or_default(),
            total.map(|total| total.to_string()).unwrap_or_default(),
            claims.frozen.to_string(),
            packet.claims.nbf.to_string(),
            packet.claims.exp.to_string(),
            packet.claims.contents.shares().to_string(),
        ];
        let currency = row.text("currency")?.parse().map_err(|_| strange("currency"))?;
        let frozen = crate::money::Amount { minor: row.int("frozen")?, currency }.to_string();
        let text = |column| row.text(column).map(str::to_owned);
        let optional = |column| row.opt_text(column).map(|text| text.unwrap_or_default().to_owned());
        let stored = [
            text("number")?,
            text("packet")?,
            text("packet")?,
            text("applicant")?,
            text("applicant")?,
            optional("fund")?,
            optional("reward_for")?,
            frozen.clone(),
            frozen,
            row.int("nbf")?.to_string(),
            row.int("exp")?.to_string(),
            row.int("shares")?.to_string(),
        ];
        auditor.equal("voucher-signed", subject, signed.join(" "), stored.join(" "));
        Ok(())
    })
}

/// What an answer says, in one line.
fn said(answer: &str) -> String {
    let claims = Jws::parse(answer, Typ::Answer).and_then(|jws| jws.claims::<AnswerClaims>());
    let Ok(claims) = claims else { return "what cannot be read".to_owned() };
    match (claims.result, claims.amount, claims.share, claims.reason) {
        (OrderResult::Paid, Some(amount), Some(share), _) => {
            format!("{} {} paid share {share} {}{}", claims.order, claims.aud, amount.minor, amount.currency)
        }
        (OrderResult::Refused, _, _, Some(reason)) => format!("{} {} refused {reason}", claims.order, claims.aud),
        _ => "neither paid nor refused".to_owned(),
    }
}

/// As issuing bank: every answer says what the books say.
fn answers(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT o.seq, o.id, o.bank, o.result, o.reason, o.answer, s.place, s.amount, v.currency \
               FROM bank_order o LEFT JOIN share s ON s.bank = o.bank AND s.order_id = o.id \
               LEFT JOIN voucher v ON v.number = s.voucher WHERE o.seq > ?1 ORDER BY o.seq LIMIT ?2";
    each(tx, sql, "seq", |row| {
        let (id, bank) = (row.text("id")?, row.text("bank")?);
        let booked = match (row.text("result")?, row.opt_int("place")?, row.opt_int("amount")?) {
            ("paid", Some(place), Some(minor)) => {
                format!("{id} {bank} paid share {place} {minor}{}", row.opt_text("currency")?.unwrap_or_default())
            }
            (result, ..) => format!("{id} {bank} {result} {}", row.opt_text("reason")?.unwrap_or("without a share")),
        };
        auditor.equal("order-answer", format!("order {id}"), said(row.text("answer")?), booked);
        Ok(())
    })
}

/// As collecting bank: every collection ended as the issuing bank's answer says.
fn collections(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT transfer, id, order_id, state, reason, amount, currency, answer FROM collection \
               WHERE answer IS NOT NULL AND transfer > ?1 ORDER BY transfer LIMIT ?2";
    each(tx, sql, "transfer", |row| {
        let order = row.text("order_id")?;
        let said = said(row.text("answer")?);
        let booked = match row.text("state")? {
            "paid" => format!(" {}{}", row.int("amount")?, row.text("currency")?),
            "rejected" => format!(" refused {}", row.opt_text("reason")?.unwrap_or_default()),
            other => format!(" {other}"),
        };
        let paid_alike = said.contains(" paid ") == (row.text("state")? == "paid");
        if !(said.starts_with(order) && said.ends_with(&booked) && paid_alike) {
            auditor.differ(
                "collection-answer",
                format!("collection {}", row.text("id")?),
                said,
                format!("{order}{booked}"),
            );
        }
        Ok(())
    })
}
