//! Where what was passed on stands, for whoever sent it: kept, handed over, or taken back before that. Whether it is handed over or
//! taken back is one decision, so that it is never both.

use super::Enterprise;
use super::failure::Failure;
use crate::api::delivery::{DeliveryName, DeliveryState, Recalled, StatesAnswer, judge_recall, judge_states};
use crate::jose::ClientId;
use crate::store::{Row, StoreError, Tx, values};

/// Where each of these deliveries stands.
pub(super) async fn states(enterprise: &Enterprise, body: &[u8], sender: ClientId) -> Result<StatesAnswer, Failure> {
    let names = judge_states(body)?;
    let read = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        names.iter().map(|name| state(tx, &sender, name)).collect::<Result<Vec<_>, _>>()
    };
    Ok(StatesAnswer { states: enterprise.party.store.read(read).await? })
}

/// Takes a delivery back, unless the recipient's wallet was first. The row stays, so that no cursor moves.
pub(super) async fn recall(enterprise: &Enterprise, body: &[u8], sender: ClientId) -> Result<Recalled, Failure> {
    let (name, now) = (judge_recall(body)?, enterprise.party.now());
    let decision = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let recalled = tx.execute(
            "UPDATE inbox SET file = NULL, recalled_at = ?4 \
             WHERE client = ?1 AND head = ?2 AND sender = ?3 AND handed_at IS NULL AND recalled_at IS NULL",
            &values![name.to.to_string(), name.head.to_string(), sender.to_string(), now],
        )?;
        if recalled > 0 { Ok(DeliveryState::Recalled) } else { state(tx, &sender, &name) }
    };
    Ok(Recalled { state: enterprise.party.store.decide(decision).await? })
}

/// Of another's delivery as much is said as of none.
fn state(tx: &mut Tx<'_>, sender: &ClientId, name: &DeliveryName) -> Result<DeliveryState, StoreError> {
    let sql = "SELECT handed_at, recalled_at, CASE WHEN file IS NULL THEN 1 ELSE 0 END AS gone FROM inbox \
               WHERE client = ?1 AND head = ?2 AND sender = ?3";
    let row = tx.first(sql, &values![name.to.to_string(), name.head.to_string(), sender.to_string()])?;
    row.as_ref().map_or(Ok(DeliveryState::Unknown), state_of)
}

fn state_of(row: &Row) -> Result<DeliveryState, StoreError> {
    Ok(match (row.opt_int("recalled_at")?, row.opt_int("handed_at")?) {
        (Some(_), _) => DeliveryState::Recalled,
        (None, Some(0)) => DeliveryState::Unknown,
        (None, Some(_)) => DeliveryState::Delivered,
        (None, None) if row.flag("gone")? => DeliveryState::Dropped,
        (None, None) => DeliveryState::Kept,
    })
}

/// What of an inbox was never in an answer.
const FRESH: &str = "client = ?1 AND cursor > ?2 AND cursor <= ?3 AND sender IS NOT NULL AND file IS NOT NULL \
                     AND handed_at IS NULL";

/// Whether a page with these cursors has something on it that was never in an answer.
pub(super) fn hands_over(tx: &mut Tx<'_>, client: &ClientId, after: i64, upto: i64) -> Result<bool, StoreError> {
    let sql = format!("SELECT 1 AS fresh FROM inbox WHERE {FRESH} LIMIT 1");
    Ok(tx.first(&sql, &values![client.to_string(), after, upto])?.is_some())
}

/// Notes that a page goes to its owner: nothing on it is taken back any more.
pub(super) fn hand_over(
    tx: &mut Tx<'_>,
    client: &ClientId,
    (after, upto): (i64, i64),
    now: i64,
) -> Result<(), StoreError> {
    let sql = format!("UPDATE inbox SET handed_at = ?4 WHERE {FRESH}");
    tx.execute(&sql, &values![client.to_string(), after, upto, now]).map(drop)
}
