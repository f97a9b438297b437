//! What time ends: packets that nobody collected and codes that nobody used give their units back to the stock; addresses
//! are forgotten. In the background, a few at a time.

use super::ledger::{self, Move, Why};
use super::{ADDRESS_SECONDS, GRACE_SECONDS, wishes};
use crate::enterprise::Enterprise;
use crate::enterprise::failure::Failure;
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx, values};

/// How many are ended in one decision.
const AT_ONCE: i64 = 64;

/// Ends what is due.
pub(in crate::enterprise) async fn end_due(enterprise: &Enterprise) -> Result<(), Failure> {
    let now = enterprise.party.now();
    while !enterprise.is_stopping() {
        // Nothing is written while there is nothing to end.
        if !enterprise.party.store.read(move |tx| is_any(tx, now)).await? {
            break;
        }
        enterprise.party.store.decide(move |tx| end_some(tx, now)).await?;
    }
    Ok(())
}

const PACKETS: &str = "SELECT * FROM goods_packet WHERE ended = 0 AND expires < ?1 \
     AND NOT EXISTS (SELECT 1 FROM goods_wish WHERE goods_wish.packet = goods_packet.packet AND goods_wish.state = 'open') \
     ORDER BY expires, packet LIMIT ?2";
const CODES: &str = "SELECT goods_collection.id, goods_collection.packet, goods_collection.state, goods_packet.campaign, \
     goods_packet.units FROM goods_collection JOIN goods_packet ON goods_packet.packet = goods_collection.packet \
     WHERE goods_collection.state IN ('collected', 'out-of-stock') AND goods_collection.until < ?1 \
     ORDER BY goods_collection.until, goods_collection.id LIMIT ?2";
const ADDRESSES: &str =
    "SELECT id FROM goods_collection WHERE address IS NOT NULL AND done_at < ?1 ORDER BY id LIMIT ?2";

fn is_any(tx: &mut Tx<'_>, now: i64) -> Result<bool, StoreError> {
    Ok(tx.first(PACKETS, &values![now - GRACE_SECONDS, 1_i64])?.is_some()
        || tx.first(CODES, &values![now, 1_i64])?.is_some()
        || tx.first(ADDRESSES, &values![now - ADDRESS_SECONDS, 1_i64])?.is_some())
}

fn end_some(tx: &mut Tx<'_>, now: i64) -> Result<(), StoreError> {
    for row in &tx.rows(PACKETS, &values![now - GRACE_SECONDS, AT_ONCE])? {
        end_packet(tx, row, now)?;
    }
    for row in &tx.rows(CODES, &values![now, AT_ONCE])? {
        end_code(tx, row, now)?;
    }
    for row in &tx.rows(ADDRESSES, &values![now - ADDRESS_SECONDS, AT_ONCE])? {
        let forget = "UPDATE goods_collection SET address = NULL, salt = NULL WHERE id = ?1";
        tx.execute(forget, &values![row.text("id")?])?;
    }
    Ok(())
}

/// What is still promised by a packet, by its movements.
fn promised(tx: &mut Tx<'_>, packet: &str) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN target = 'promised' THEN units WHEN source = 'promised' THEN -units \
               ELSE 0 END), 0) AS BIGINT) AS left_units FROM goods_move WHERE packet = ?1";
    tx.one(sql, &values![packet])?.int("left_units")
}

/// The bank took back what nobody had collected of a voucher beside which goods could be chosen: they are in stock again, but for those
/// whose money is just being given up. Should that fail, time ends them.
pub(in crate::enterprise) fn withdrawn(tx: &mut Tx<'_>, packet: &str, now: i64) -> Result<(), StoreError> {
    let sql = "SELECT campaign, units, (SELECT COUNT(*) FROM goods_wish WHERE packet = ?1 AND state = 'open') AS wishes \
               FROM goods_packet WHERE packet = ?1";
    let Some(row) = tx.first(sql, &values![packet])? else { return Ok(()) };
    let wished = row.int("units")?.saturating_mul(row.int("wishes")?);
    let units = promised(tx, packet)?.saturating_sub(wished);
    if units <= 0 {
        return Ok(());
    }
    let (campaign, packet) = (row.text("campaign")?, Some(packet));
    let movement =
        Move { why: Why::Withdrawn, campaign, units, packet, collection: None, actor: "bank", request: None };
    ledger::must_book(tx, &movement, now)
}

/// The bank pays for a voucher until later, and so do the goods beside it last, unless they are in stock again already.
pub(in crate::enterprise) fn extended(tx: &mut Tx<'_>, packet: &str, until: i64) -> Result<(), StoreError> {
    let sql = "UPDATE goods_packet SET expires = ?2 WHERE packet = ?1 AND ended = 0 AND expires < ?2";
    tx.execute(sql, &values![packet, until]).map(drop)
}

fn end_packet(tx: &mut Tx<'_>, row: &Row, now: i64) -> Result<(), StoreError> {
    let packet = row.text("packet")?;
    let units = promised(tx, packet)?;
    if units > 0 {
        let (campaign, packet) = (row.text("campaign")?, Some(packet));
        let movement =
            Move { why: Why::Expired, campaign, units, packet, collection: None, actor: "time", request: None };
        ledger::must_book(tx, &movement, now)?;
    }
    tx.execute("UPDATE goods_packet SET ended = 1 WHERE packet = ?1", &values![packet])?;
    Ok(())
}

fn end_code(tx: &mut Tx<'_>, row: &Row, now: i64) -> Result<(), StoreError> {
    let id = row.text("id")?;
    let (campaign, units, packet) = (row.text("campaign")?, row.int("units")?, Some(row.text("packet")?));
    let collection = Some(id);
    let movement = Move { why: Why::Lapsed, campaign, units, packet, collection, actor: "time", request: None };
    ledger::must_book(tx, &movement, now)?;
    let ended = "UPDATE goods_collection SET state = 'expired', done_at = ?2, done_by = 'time' WHERE id = ?1";
    tx.execute(ended, &values![id, now])?;
    let before = Some(row.text("state")?);
    changes::record(tx, &Change { subject: "goods", id, actor: "time", before, after: "expired", reason: None }, now)
}

/// When something ends next, in milliseconds since the epoch.
pub(in crate::enterprise) fn next_due(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let row = tx.one(
        "SELECT MIN(due) AS due FROM (SELECT MIN(expires) + ?1 AS due FROM goods_packet WHERE ended = 0 \
         AND NOT EXISTS (SELECT 1 FROM goods_wish WHERE goods_wish.packet = goods_packet.packet \
         AND goods_wish.state = 'open') \
         UNION ALL SELECT MIN(until) AS due FROM goods_collection WHERE state IN ('collected', 'out-of-stock') \
         UNION ALL SELECT MIN(done_at) + ?2 AS due FROM goods_collection WHERE address IS NOT NULL) AS ends",
        &values![GRACE_SECONDS, ADDRESS_SECONDS],
    )?;
    let due = row.opt_int("due")?;
    // Due one second later, so that it is over by then.
    let due = due.map(|due| due.saturating_add(1).saturating_mul(1000));
    Ok(due.into_iter().chain(wishes::next_due(tx)?).min())
}
