//! Batches: each row has one packet and each packet one row, in order, for whom the list says; what is still promised to
//! batches is what their campaign keeps for them.

use crate::party::audit::Auditor;
use crate::store::{StoreError, Tx, values};

pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let batches = "SELECT batch.*, \
        (SELECT COUNT(*) FROM batch_row WHERE batch_row.batch = batch.id) AS listed_rows, \
        (SELECT COALESCE(MAX(number), 0) FROM batch_row WHERE batch_row.batch = batch.id) AS last_row, \
        (SELECT COUNT(*) FROM batch_row WHERE batch_row.batch = batch.id AND packet IS NOT NULL) AS packets, \
        (SELECT COALESCE(MAX(number), 0) FROM batch_row WHERE batch_row.batch = batch.id AND packet IS NOT NULL) AS newest \
        FROM batch ORDER BY batch.id";
    for row in &tx.rows(batches, &[])? {
        let (id, state) = (row.text("id")?, row.text("state")?);
        let (size, signed, loaded) = (row.int("size")?, row.int("signed")?, row.int("loaded")?);
        let rows = if row.flag("listed")? { loaded } else { signed };
        auditor.equal("batch-rows", id, rows, row.int("listed_rows")?);
        auditor.equal("batch-rows", id, rows, row.int("last_row")?);
        auditor.equal("batch-signed", id, signed, row.int("packets")?);
        auditor.equal("batch-signed", id, signed, row.int("newest")?);
        auditor.equal("batch-state", id, state == "done", signed == size);
        if state == "loading" {
            auditor.equal("batch-state", id, 0, signed);
        } else if row.flag("listed")? && state != "stopped" {
            auditor.equal("batch-state", id, size, loaded);
        }
    }
    promised(tx, auditor)?;
    rows(tx, auditor)
}

/// What campaigns keep for batches is what these have not signed yet.
fn promised(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let promised = "SELECT id, promised, (SELECT CAST(COALESCE(SUM(batch.size - batch.signed), 0) AS BIGINT) FROM batch \
                    WHERE batch.campaign = campaign.id AND batch.state = 'running') AS open_rows FROM campaign";
    for row in &tx.rows(promised, &[])? {
        auditor.equal("campaign-promised", row.text("id")?, row.int("open_rows")?, row.int("promised")?);
    }
    Ok(())
}

/// A row's packet is of its batch and campaign and for its recipient; later rows have later serials; no packet is without a row.
fn rows(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let wrong = [
        (
            "batch-packet",
            "SELECT batch_row.batch, batch_row.number FROM batch_row JOIN batch ON batch.id = batch_row.batch \
             JOIN packet ON packet.id = batch_row.packet WHERE COALESCE(packet.batch, '') <> batch_row.batch \
             OR packet.campaign <> batch.campaign OR packet.kind <> 'first' \
             OR COALESCE(packet.recipient, '') <> COALESCE(batch_row.recipient, '')",
        ),
        (
            "batch-in-order",
            "SELECT batch_row.batch, batch_row.number FROM batch_row JOIN packet ON packet.id = batch_row.packet \
             JOIN batch_row AS later ON later.batch = batch_row.batch AND later.number = batch_row.number + 1 \
             JOIN packet AS later_packet ON later_packet.id = later.packet \
             WHERE later_packet.serial <= packet.serial",
        ),
        (
            "batch-packet",
            "SELECT packet.batch, packet.serial AS number FROM packet WHERE packet.batch IS NOT NULL \
             AND (packet.issue IS NOT NULL \
             OR NOT EXISTS (SELECT 1 FROM batch_row WHERE batch_row.packet = packet.id AND batch_row.batch = packet.batch))",
        ),
    ];
    for (invariant, sql) in wrong {
        for row in &tx.rows(sql, &values![])? {
            auditor.differ(
                invariant,
                format!("{} {}", row.text("batch")?, row.int("number")?),
                "as the list says",
                "otherwise",
            );
        }
    }
    Ok(())
}
