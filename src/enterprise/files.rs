//! Packet files put together from their own rows: packet, voucher if there is one, pictures.

use crate::packet::file::Voucher;
use crate::packet::media::Media;
use crate::packet::{Packet, PacketFile};
use crate::store::{StoreError, Tx, values};

use super::stored;

/// The file of an issued packet; none when it is not known or has no voucher yet.
pub(super) fn of_packet(tx: &mut Tx<'_>, id: &str) -> Result<Option<PacketFile>, StoreError> {
    let sql = "SELECT packet.jws AS packet, voucher.jws AS voucher FROM packet \
               LEFT JOIN voucher ON voucher.packet = packet.id WHERE packet.id = ?1 AND packet.state = 'issued'";
    let Some(row) = tx.first(sql, &values![id])? else { return Ok(None) };
    let packet = Packet::read(row.text("packet")?).map_err(|_| stored::strange("jws"))?;
    let voucher = row.opt_text("voucher")?.map(Voucher::read).transpose().map_err(|_| stored::strange("jws"))?;
    let media = pictures(tx, &packet)?;
    Ok(Some(PacketFile { packet, voucher, hops: Vec::new(), note: None, media }))
}

/// The pictures that a packet names.
pub(super) fn pictures(tx: &mut Tx<'_>, packet: &Packet) -> Result<Vec<Media>, StoreError> {
    let mut named: Vec<&str> = packet.claims.media().collect();
    named.sort_unstable();
    named.dedup();
    let mut media = Vec::new();
    for integrity in named {
        let row = tx.one("SELECT media_type, data FROM picture WHERE integrity = ?1", &values![integrity])?;
        media.push(Media { kind: row.text("media_type")?.to_owned(), data: row.text("data")?.to_owned() });
    }
    Ok(media)
}
