//! Who opened what somebody forwarded, as far as the openers agreed: told to the direct forwarder alone, whether or not a reward
//! comes of it.

use super::Enterprise;
use super::failure::Failure;
use super::stored;
use crate::api::delivery::{MAX_OPENINGS, OpeningsPage, ShownOpening};
use crate::api::notice::JudgedNotice;
use crate::jose::ClientId;
use crate::packet::file::Hop;
use crate::store::{Row, StoreError, Tx, values};

/// Keeps an opening for the one who forwarded the packet, if the opener agreed. Belongs to the decision that records it.
pub(super) fn keep(tx: &mut Tx<'_>, judged: &JudgedNotice, now: i64) -> Result<(), StoreError> {
    let forwarder = judged.hops.last().map(Hop::by).filter(|forwarder| *forwarder != judged.opener);
    let Some(forwarder) = forwarder.filter(|_| judged.claims.show_opener) else { return Ok(()) };
    let sql = "INSERT INTO shown (forwarder, cursor, packet, opener, at) \
               VALUES (?1, (SELECT MAX(n) + 1 FROM (SELECT COALESCE(MAX(cursor), 0) AS n FROM shown WHERE forwarder = ?1 \
               UNION ALL SELECT COALESCE(MAX(floor), 0) FROM restore) AS known), ?2, ?3, ?4)";
    let (packet, opener) = (judged.id.to_string(), judged.opener.to_string());
    tx.execute(sql, &values![forwarder.to_string(), packet, opener, now]).map(drop)
}

/// The openings behind a cursor that their forwarder may learn of.
pub(super) async fn page(enterprise: &Enterprise, forwarder: ClientId, after: i64) -> Result<OpeningsPage, Failure> {
    let most = i64::try_from(MAX_OPENINGS).unwrap_or(i64::MAX);
    let read = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let sql = "SELECT cursor, at, packet, opener FROM shown WHERE forwarder = ?1 AND cursor > ?2 \
                   ORDER BY cursor LIMIT ?3";
        let rows = tx.rows(sql, &values![forwarder.to_string(), after, most + 1])?;
        rows.iter().map(opening).collect::<Result<Vec<_>, _>>()
    };
    let mut openings = enterprise.party.store.read(read).await?;
    let more = openings.len() > MAX_OPENINGS;
    openings.truncate(MAX_OPENINGS);
    let next = openings.last().map_or(after, |opening| opening.cursor);
    Ok(OpeningsPage { openings, next, more })
}

fn opening(row: &Row) -> Result<ShownOpening, StoreError> {
    Ok(ShownOpening {
        cursor: row.int("cursor")?,
        at: row.int("at")?,
        packet: stored::parsed(row, "packet")?,
        opener: stored::parsed(row, "opener")?,
    })
}
