//! Inboxes: what arrived for a client, by a cursor of the client's own that counts from 1.

use serde_json::Value;

use super::arrivals::Arrival;
use super::failure::Failure;
use super::{Enterprise, deliveries, files, recovery, stored};
use crate::api::inbox::{InboxItem, InboxPage, ItemKind, PAGE_BYTES, RewardFor};
use crate::jose::{ClientId, Digest, json};
use crate::store::{Row, StoreError, Tx, values};

/// How many clients are remembered that have read here and got nothing.
pub const MAX_CLIENTS: i64 = 1_000_000;

/// What is put into an inbox.
pub(super) struct Delivery {
    pub(super) client: ClientId,
    pub(super) kind: ItemKind,
    /// Digest of the last signed message: what is delivered once.
    pub(super) head: Digest,
    /// Of what is not ours to put together from rows: who sends it, and its file, kept for some days.
    pub(super) file: Option<(String, String)>,
    pub(super) reward_for: Option<RewardFor>,
}

/// Puts something into an inbox; none when it is already there.
pub(super) fn put(tx: &mut Tx<'_>, delivery: Delivery, now: i64) -> Result<Option<Arrival>, StoreError> {
    let client = delivery.client.to_string();
    let head = delivery.head.to_string();
    let known = "SELECT 1 AS known FROM inbox WHERE client = ?1 AND head = ?2";
    if tx.first(known, &values![&client, &head])?.is_some() {
        return Ok(None);
    }
    know(tx, &delivery.client, now)?;
    let cursor = next(tx, &delivery.client)?;
    let (sender, file) = delivery.file.unzip();
    // A packet file is an object, a sealed one a text.
    let is_sealed = file.as_deref().is_some_and(|file| file.starts_with('"'));
    let (packet, opener) = delivery.reward_for.map(|it| (it.packet.to_string(), it.opener)).unzip();
    tx.execute(
        "INSERT INTO inbox (client, cursor, at, kind, head, sender, file, for_packet, for_opener, sealed) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &values![
            client,
            cursor,
            now,
            word(delivery.kind),
            head,
            sender,
            file,
            packet,
            opener.flatten().map(|opener| opener.to_string()),
            i64::from(is_sealed),
        ],
    )?;
    Ok(Some(Arrival { client: delivery.client, cursor }))
}

/// Puts one of our packets into its client's inbox once more; for the inbox it is another thing that arrived.
pub(super) fn put_again(
    tx: &mut Tx<'_>,
    client: ClientId,
    packet: &str,
    request: &str,
    now: i64,
) -> Result<Option<Arrival>, StoreError> {
    let cursor = next(tx, &client)?;
    let put = "INSERT INTO inbox (client, cursor, at, kind, head, for_packet, for_opener, again) \
               SELECT client, ?3, ?4, kind, ?5, for_packet, for_opener, ?2 FROM inbox WHERE client = ?1 AND head = ?2";
    let put = tx.execute(put, &values![client.to_string(), packet, cursor, now, format!("again-{request}")])?;
    Ok((put > 0).then_some(Arrival { client, cursor }))
}

/// Notes that a client has an inbox here.
///
/// Anybody can come with new keys, so whoever is [`MAX_CLIENTS`] places behind and has got nothing is forgotten; the next
/// reading makes that client known again.
pub(super) fn know(tx: &mut Tx<'_>, client: &ClientId, now: i64) -> Result<(), StoreError> {
    if is_known(tx, client)? {
        return Ok(());
    }
    let place = tx.one("SELECT COALESCE(MAX(place), 0) + 1 AS place FROM client", &[])?.int("place")?;
    let new = "INSERT INTO client (id, since, place) VALUES (?1, ?2, ?3)";
    tx.execute(new, &values![client.to_string(), now, place])?;
    let idle =
        "DELETE FROM client WHERE place = ?1 AND NOT EXISTS (SELECT 1 FROM inbox WHERE inbox.client = client.id)";
    tx.execute(idle, &values![place - MAX_CLIENTS]).map(drop)
}

/// Whether a client has an inbox here.
pub(super) fn is_known(tx: &mut Tx<'_>, client: &ClientId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS known FROM client WHERE id = ?1";
    Ok(tx.first(sql, &values![client.to_string()])?.is_some())
}

/// The cursor of what arrived last; 0 when nothing has.
pub(super) fn newest(tx: &mut Tx<'_>, client: &ClientId) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(cursor), 0) AS newest FROM inbox WHERE client = ?1";
    tx.one(sql, &values![client.to_string()])?.int("newest")
}

/// The cursor of what arrives next, behind all that the client may have read.
fn next(tx: &mut Tx<'_>, client: &ClientId) -> Result<i64, StoreError> {
    Ok(newest(tx, client)?.max(recovery::floor(tx)?) + 1)
}

/// What arrived for a client behind `after`. Asking makes the client one that reads here.
pub(super) async fn read(enterprise: &Enterprise, client: ClientId, after: i64) -> Result<InboxPage, Failure> {
    let (store, now) = (&enterprise.party.store, enterprise.party.now());
    let look = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let page = page(tx, &client, after)?;
        let changes = !is_known(tx, &client)? || deliveries::hands_over(tx, &client, after, page.next)?;
        Ok((page, changes))
    };
    let (page, changes) = store.read(look).await?;
    if !changes {
        return Ok(page);
    }
    // What a sender may still take back is handed over by a decision, which reads again: one of the two is first.
    let decision = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        know(tx, &client, now)?;
        let page = self::page(tx, &client, after)?;
        deliveries::hand_over(tx, &client, (after, page.next), now)?;
        Ok(page)
    };
    Ok(store.decide(decision).await?)
}

fn page(tx: &mut Tx<'_>, client: &ClientId, after: i64) -> Result<InboxPage, StoreError> {
    let mut page = InboxPage { items: Vec::new(), next: after, more: false };
    let mut bytes = 0;
    // What a friend sent long ago has no file any more.
    let next = "SELECT * FROM inbox WHERE client = ?1 AND cursor > ?2 AND (sender IS NULL OR file IS NOT NULL) \
                ORDER BY cursor LIMIT 1";
    while let Some(row) = tx.first(next, &values![client.to_string(), page.next])? {
        let (item, size) = item(tx, &row)?;
        bytes += size;
        if bytes > PAGE_BYTES && !page.items.is_empty() {
            page.more = true;
            break;
        }
        page.next = item.cursor;
        page.items.push(item);
    }
    Ok(page)
}

fn item(tx: &mut Tx<'_>, row: &Row) -> Result<(InboxItem, usize), StoreError> {
    let file = match row.opt_text("file")? {
        Some(text) => text.as_bytes().to_vec(),
        None => files::of_packet(tx, row.opt_text("again")?.map_or_else(|| row.text("head"), Ok)?)?
            .ok_or_else(|| stored::strange("head"))?
            .to_bytes(),
    };
    let packet: Option<Digest> = stored::opt_parsed(row, "for_packet")?;
    let opener = stored::opt_parsed(row, "for_opener")?;
    let item = InboxItem {
        cursor: row.int("cursor")?,
        at: row.int("at")?,
        kind: json::shape(Value::from(row.text("kind")?)).map_err(|_| stored::strange("kind"))?,
        file: json::value(&file).map_err(|_| stored::strange("file"))?,
        reward_for: packet.map(|packet| RewardFor { packet, opener }),
    };
    Ok((item, file.len()))
}

/// How an item's kind is stored, which is how it travels.
const fn word(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Packet => "packet",
        ItemKind::Reward => "reward",
        ItemKind::Forwarded => "forwarded",
    }
}
