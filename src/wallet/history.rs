//! What happened in this wallet, in order. Written within the decisions themselves, so it can leave nothing out.

use std::sync::Arc;

use serde::Serialize;

use super::beside::Beside;
use super::{Time, Wallet, WalletError, parsed};
use crate::jose::Digest;
use crate::store::{Row, StoreError, Tx, values};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Time,
    /// `received`, `opened`, `told`, `forwarded`, `relayed`, `recalled`, `applied`, or a collection's further states.
    pub kind: String,
    /// Which packet.
    pub packet: Digest,
    /// More, such as a reason or a friend's id.
    pub detail: Option<String>,
}

/// Writes an event down.
pub(super) fn record(
    tx: &mut Tx<'_>,
    at: i64,
    kind: &str,
    packet: &Digest,
    detail: Option<&str>,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO event (number, at, kind, packet, detail) \
         VALUES ((SELECT COALESCE(MAX(number), 0) + 1 FROM event), ?1, ?2, ?3, ?4)",
        &values![at, kind, packet.to_string(), detail],
    )?;
    Ok(())
}

/// How many rows are held at a time while all events are read.
const PAGE: i64 = 500;

/// The events of one packet, first to last.
pub(super) fn load(tx: &mut Tx<'_>, packet: &Digest) -> Result<Vec<Event>, WalletError> {
    let sql = "SELECT at, kind, packet, detail FROM event WHERE packet = ?1 ORDER BY number";
    tx.rows(sql, &values![packet.to_string()])?.iter().map(event).collect()
}

/// All events, first to last; as long as they are the same, those that were read before.
fn load_all(tx: &mut Tx<'_>, before: Arc<Vec<Event>>) -> Result<Arc<Vec<Event>>, WalletError> {
    let sql = "SELECT number, at, kind, packet, detail FROM event WHERE number > ?1 ORDER BY number LIMIT ?2";
    let (mut all, mut after) = (Beside::of(before), i64::MIN);
    loop {
        let rows = tx.rows(sql, &values![after, PAGE])?;
        let Some(last) = rows.last() else { return Ok(all.finish()) };
        after = last.int("number")?;
        for row in &rows {
            all.push(event(row)?);
        }
    }
}

fn event(row: &Row) -> Result<Event, WalletError> {
    Ok(Event {
        at: Time(row.int("at")?),
        kind: row.text("kind")?.to_owned(),
        packet: parsed(row.text("packet")?)?,
        detail: row.opt_text("detail")?.map(str::to_owned),
    })
}

impl Wallet {
    /// Everything that happened, first to last.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn history(&self) -> Result<Vec<Event>, WalletError> {
        Ok(Arc::unwrap_or_clone(self.history_again(Arc::default()).await?))
    }

    /// The same, for whoever read it before: that, if it is the same.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn history_again(&self, before: Arc<Vec<Event>>) -> Result<Arc<Vec<Event>>, WalletError> {
        self.store.read(|tx| load_all(tx, before)).await
    }
}
