//! Forwarded files that are hosted, each at an address of its own, within limits per sender and packet: only our own packets, never
//! changed, and no longer than their packet can be collected. The same forwarding has one address, whoever asks how often.

use super::failure::Failure;
use super::relay::not_genuine;
use super::{Enterprise, banks, files, issuing, stored};
use crate::api::posting::{Posted, judge_post};
use crate::api::problem::Problem;
use crate::jose::ClientId;
use crate::packet::media::{self, Media};
use crate::packet::{PacketFile, Trust, Verdict, chain, verify};
use crate::store::{Row, StoreError, Tx, values};

/// Most files of one sender that are hosted.
pub const MAX_LINKS_PER_SENDER: i64 = 100;
/// Most forwardings of one packet that are hosted: keys cost nothing, so a sender's limit alone limits nobody.
pub const MAX_LINKS_PER_PACKET: i64 = 1000;
/// How long after a packet's end its bank still takes orders; until then a late collector must find the file.
const GRACE_SECONDS: i64 = 300;

/// Whether a packet is over, as SQL over `packet` with the time as `?1`: past its end, also as it was extended, or withdrawn.
const OVER: &str = "(MAX_END(packet) <= ?1 OR EXISTS (SELECT 1 FROM instructed WHERE instructed.packet = packet.id AND \
                    instructed.result = 'withdrawn') OR EXISTS (SELECT 1 FROM feed WHERE feed.packet = packet.id AND \
                    feed.kind = 'withdrawn'))";
/// Until when a packet can be collected, as its bank said last.
const END: &str = "COALESCE((SELECT MAX(instructed.until) FROM instructed WHERE instructed.packet = packet.id AND \
                   instructed.result = 'extended' AND instructed.until > packet.expires), packet.expires)";

fn over() -> String {
    OVER.replace("MAX_END(packet)", &format!("{END} + {GRACE_SECONDS}"))
}

/// What is at a download address.
pub(super) enum Found {
    /// A file; its packet's serial number; and until when it can be collected.
    File(Box<PacketFile>, u64, i64),
    /// A packet whose voucher is not there yet.
    NotYet,
    /// There was a packet.
    Over,
    /// Nothing, as far as is known here.
    Nothing,
}

/// Hosts a file that `sender` forwarded.
pub(super) async fn host(enterprise: &Enterprise, body: &[u8], sender: ClientId) -> Result<Posted, Failure> {
    let file = judge_post(body, &sender)?;
    let (party, keys) = (&enterprise.party, enterprise.keys.clone());
    let own = party.origin.clone();
    let id = file.packet.id().to_string();
    let known = move |tx: &mut Tx<'_>| -> Result<_, StoreError> { Ok((banks::all(tx)?, files::of_packet(tx, &id)?)) };
    let (banks, issued) = party.store.read(known).await?;
    // Outside of the decision: signatures take long, and decisions wait for one another.
    let trust = Trust { issuers: [(own.clone(), keys)].into(), banks: banks.into_iter().collect() };
    // Only with the voucher that it was issued with: what else a bank signed for it is nothing of ours.
    let is_ours = issued.is_some_and(|issued| issued.voucher == file.voucher);
    if !is_ours || verify(&file, &trust).verdict != Verdict::Genuine {
        return Err(not_genuine());
    }
    let (now, download) = (party.now(), party.random.token());
    let posted = party.store.decide(move |tx| keep(tx, &file, sender, &download, now)).await?;
    Ok(Posted { link: issuing::link(&own, &posted.1), head: posted.0 })
}

/// Keeps a file, or finds it; its head and the last part of its address.
fn keep(
    tx: &mut Tx<'_>,
    file: &PacketFile,
    sender: ClientId,
    download: &str,
    now: i64,
) -> Result<(crate::jose::Digest, String), Failure> {
    let head = chain::head(&file.packet, &file.hops);
    let known = tx.first("SELECT download FROM posted WHERE head = ?1", &values![head.to_string()])?;
    if let Some(row) = known {
        return Ok((head, row.text("download")?.to_owned()));
    }
    let (packet, sender) = (file.packet.id().to_string(), sender.to_string());
    let over = format!("SELECT 1 AS ended FROM packet WHERE id = ?2 AND {}", over());
    if tx.first(&over, &values![now, &packet])?.is_some() {
        return Err(gone());
    }
    let count = |tx: &mut Tx<'_>, column: &str, value: &str| {
        let sql = format!("SELECT COUNT(*) AS kept FROM posted WHERE file IS NOT NULL AND {column} = ?1");
        tx.one(&sql, &values![value])?.int("kept")
    };
    if count(tx, "sender", &sender)? >= MAX_LINKS_PER_SENDER || count(tx, "packet", &packet)? >= MAX_LINKS_PER_PACKET {
        return Err(full());
    }
    let pictures: Vec<String> = file.media.iter().filter_map(integrity).collect();
    let bare = PacketFile { media: Vec::new(), ..file.clone() };
    let text = String::from_utf8(bare.to_bytes()).map_err(|_| StoreError::Shape("a file that is not text".into()))?;
    tx.execute(
        "INSERT INTO posted (download, head, packet, sender, file, pictures, at, until) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        &values![
            download,
            head.to_string(),
            packet,
            sender,
            text,
            pictures.join(" "),
            now,
            file.packet.claims.exp + GRACE_SECONDS
        ],
    )?;
    Ok((head, download.to_owned()))
}

fn integrity(media: &Media) -> Option<String> {
    media.check().ok().map(|bytes| media::integrity(&bytes))
}

/// What is at the address that ends so: a packet as it was issued, or a forwarded file.
pub(super) fn find(tx: &mut Tx<'_>, download: &str, now: i64) -> Result<Found, StoreError> {
    let sql = format!(
        "SELECT packet.id, packet.serial, packet.state, {END} AS until, {} AS ended, posted.file, posted.pictures, \
         CASE WHEN posted.download IS NULL THEN 0 ELSE 1 END AS is_posted FROM packet \
         LEFT JOIN posted ON posted.packet = packet.id AND posted.download = ?2 \
         WHERE packet.download = ?2 OR packet.id = (SELECT packet FROM posted WHERE download = ?2)",
        format_args!("CASE WHEN {} THEN 1 ELSE 0 END", over())
    );
    let Some(row) = tx.first(&sql, &values![now, download])? else { return Ok(Found::Nothing) };
    if row.int("ended")? != 0 {
        return Ok(Found::Over);
    }
    let file = match (row.int("is_posted")?, row.opt_text("file")?) {
        (0, _) => files::of_packet(tx, row.text("id")?)?,
        (_, Some(text)) => Some(read(tx, &row, text)?),
        (_, None) => return Ok(Found::Over),
    };
    let Some(file) = file else { return Ok(Found::NotYet) };
    Ok(Found::File(Box::new(file), stored::count(&row, "serial")?, row.int("until")?))
}

/// A file as it was posted, with its pictures.
fn read(tx: &mut Tx<'_>, row: &Row, text: &str) -> Result<PacketFile, StoreError> {
    let file = PacketFile::read(text.as_bytes()).map_err(|_| stored::strange("file"))?;
    let of_packet = files::pictures(tx, &file.packet)?;
    let wanted = row.text("pictures")?.split(' ').filter(|name| !name.is_empty());
    let found = wanted.map(|name| {
        let named = |media: &&Media| integrity(media).as_deref() == Some(name);
        of_packet.iter().find(named).cloned().ok_or_else(|| stored::strange("pictures"))
    });
    let media = found.collect::<Result<_, _>>()?;
    Ok(PacketFile { media, ..file })
}

/// Drops the files of packets that are over. Their rows stay, so that an address never names anything else.
pub(super) async fn drop_over(enterprise: &Enterprise) -> Result<(), Failure> {
    let now = enterprise.party.now();
    // By their index first: only those whose end, as it was when they were posted, is past.
    let which = format!(
        "file IS NOT NULL AND until <= ?1 AND EXISTS (SELECT 1 FROM packet WHERE packet.id = posted.packet AND {})",
        over()
    );
    let any = format!("SELECT 1 AS old FROM posted WHERE {which} LIMIT 1");
    let is_any = move |tx: &mut Tx<'_>| -> Result<_, StoreError> { Ok(tx.first(&any, &values![now])?.is_some()) };
    if enterprise.party.store.read(is_any).await? {
        let sql = format!("UPDATE posted SET file = NULL WHERE {which}");
        enterprise.party.store.decide(move |tx| tx.execute(&sql, &values![now])).await?;
    }
    Ok(())
}

fn full() -> Failure {
    let detail = "So many forwarded files are not hosted here.";
    let problem = Problem::new("too-many-links", 429, "Too many links were made", detail);
    problem.with_next("Send the file itself, or try again in some days.").with_retry_after(3600).into()
}

/// The answer for what was there once.
pub(super) fn gone() -> Failure {
    let detail = "The packet at this address can no longer be collected.";
    let next = "A file of it that you have is still good to look at.";
    Failure::refused("gone", 410, "This is over", detail, next)
}
