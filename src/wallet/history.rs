//! What happened in this wallet, in order. Written within the decisions themselves, so it can leave nothing out.

use serde::Serialize;

use super::{Time, Wallet, WalletError, parsed};
use crate::jose::Digest;
use crate::store::{Row, StoreError, Tx, values};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Time,
    /// `received`, `opened`, `told`, `forwarded`, `relayed`, `applied`, or a collection's further states.
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
const PAGE: i64 = 2000;

/// The events of one packet, or of all, first to last.
pub(super) fn load(tx: &mut Tx<'_>, packet: Option<&Digest>) -> Result<Vec<Event>, WalletError> {
    if let Some(packet) = packet {
        let sql = "SELECT at, kind, packet, detail FROM event WHERE packet = ?1 ORDER BY number";
        return tx.rows(sql, &values![packet.to_string()])?.iter().map(event).collect();
    }
    let sql = "SELECT number, at, kind, packet, detail FROM event WHERE number > ?1 ORDER BY number LIMIT ?2";
    let (mut all, mut after) = (Vec::new(), i64::MIN);
    loop {
        let rows = tx.rows(sql, &values![after, PAGE])?;
        let Some(last) = rows.last() else { return Ok(all) };
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
        self.store.read(|tx| load(tx, None)).await
    }
}
