//! Forwarded files that are hosted: each is what its row says, of a packet of ours, and its chain holds.

use crate::enterprise::{files, stored};
use crate::packet::{PacketFile, chain};
use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx};

pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let files = "SELECT * FROM posted WHERE file IS NOT NULL AND head > ?1 ORDER BY head LIMIT ?2";
    each(tx, files, ("head", ""), &[], |tx, row| posted(tx, row, auditor))
}

fn posted(tx: &mut Tx<'_>, row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let head = row.text("head")?;
    let file = PacketFile::read(row.text("file")?.as_bytes()).map_err(|_| stored::strange("file"))?;
    auditor.equal("posted-is-known", head, head, &chain::head(&file.packet, &file.hops).to_string());
    auditor.equal("posted-of-packet", head, row.text("packet")?, &file.packet.id().to_string());
    let by = file.hops.last().map(|hop| hop.by().to_string()).unwrap_or_default();
    auditor.equal("posted-by-sender", head, row.text("sender")?, &by);
    if chain::check(&file.packet, &file.hops).is_err() {
        auditor.differ("posted-chain", head, "a chain that holds", "another");
    }
    let issued = files::of_packet(tx, row.text("packet")?)?;
    if issued.is_none_or(|issued| issued.packet != file.packet || issued.voucher != file.voucher) {
        auditor.differ("posted-as-issued", head, "packet and voucher as issued", "others");
    }
    Ok(())
}
