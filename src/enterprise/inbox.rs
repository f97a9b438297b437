//! Inboxes: what arrived for a client, by a cursor of the client's own that counts from 1.

use serde_json::Value;

use super::arrivals::Arrival;
use super::failure::Failure;
use super::{Enterprise, files, stored};
use crate::api::inbox::{InboxItem, InboxPage, ItemKind, PAGE_BYTES, RewardFor};
use crate::jose::{ClientId, Digest, json};
use crate::store::{Row, StoreError, Tx, Value as Column, values};

/// What is put into an inbox.
pub(super) struct Delivery {
    pub(super) client: ClientId,
    pub(super) kind: ItemKind,
    /// Digest of the last signed message: what is delivered once.
    pub(super) head: Digest,
    /// Of a forwarded packet: who sends it, and its file.
    pub(super) forwarded: Option<(ClientId, String)>,
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
    let cursor = newest(tx, &delivery.client)? + 1;
    let (sender, file) = delivery.forwarded.map(|(sender, file)| (sender.to_string(), file)).unzip();
    let (packet, opener) = delivery.reward_for.map(|it| (it.packet.to_string(), it.opener)).unzip();
    tx.execute(
        "INSERT INTO inbox (client, cursor, at, kind, head, sender, file, for_packet, for_opener) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
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
        ],
    )?;
    Ok(Some(Arrival { client: delivery.client, cursor }))
}

/// Notes that a client has an inbox here.
pub(super) fn know(tx: &mut Tx<'_>, client: &ClientId, now: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO client (id, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    tx.execute(sql, &values![client.to_string(), now]).map(drop)
}

/// The cursor of what arrived last; 0 when nothing has.
pub(super) fn newest(tx: &mut Tx<'_>, client: &ClientId) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(cursor), 0) AS newest FROM inbox WHERE client = ?1";
    tx.one(sql, &values![client.to_string()])?.int("newest")
}

/// What arrived for a client behind `after`. Asking makes the client one that reads here, and what lies before `after`
/// delivered.
pub(super) async fn read(enterprise: &Enterprise, client: ClientId, after: i64) -> Result<InboxPage, Failure> {
    let store = &enterprise.party.store;
    let (page, is_noted) = store
        .read(move |tx| -> Result<_, StoreError> { Ok((page(tx, &client, after)?, is_noted(tx, &client, after)?)) })
        .await?;
    if !is_noted {
        let now = enterprise.party.now();
        store.decide(move |tx| note_read(tx, &client, after, now)).await?;
    }
    Ok(page)
}

fn page(tx: &mut Tx<'_>, client: &ClientId, after: i64) -> Result<InboxPage, StoreError> {
    let mut page = InboxPage { items: Vec::new(), next: after, more: false };
    let mut bytes = 0;
    let next = "SELECT * FROM inbox WHERE client = ?1 AND cursor > ?2 ORDER BY cursor LIMIT 1";
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
        None => files::of_packet(tx, row.text("head")?)?.ok_or_else(|| stored::strange("head"))?.to_bytes(),
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

fn is_noted(tx: &mut Tx<'_>, client: &ClientId, after: i64) -> Result<bool, StoreError> {
    let row = tx.first("SELECT read_to FROM client WHERE id = ?1", &values![client.to_string()])?;
    let Some(row) = row else { return Ok(false) };
    Ok(row.int("read_to")? >= after.min(newest(tx, client)?))
}

fn note_read(tx: &mut Tx<'_>, client: &ClientId, after: i64, now: i64) -> Result<(), StoreError> {
    know(tx, client, now)?;
    // A cursor from elsewhere must not count what is still to come as read.
    let read: [Column; 2] = values![client.to_string(), after.min(newest(tx, client)?)];
    tx.execute("UPDATE client SET read_to = ?2 WHERE id = ?1 AND read_to < ?2", &read).map(drop)
}

/// How an item's kind is stored, which is how it travels.
const fn word(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Packet => "packet",
        ItemKind::Reward => "reward",
        ItemKind::Forwarded => "forwarded",
    }
}
