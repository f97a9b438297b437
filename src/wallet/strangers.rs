//! What arrives in an inbox from whom one does not know: it waits apart until the person keeps it or adds a friend; and clients from
//! whose forwardings nothing is kept at all.

use serde::Serialize;

use super::friends::{self, MIN_PREFIX};
use super::{Time, Wallet, WalletError, own_client, packets, parsed};
use crate::jose::{ClientId, Digest};
use crate::packet::PacketFile;
use crate::packet::file::Hop;
use crate::store::{Row, StoreError, Tx, values};

/// A client from whose forwardings nothing is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocked {
    /// The unique id.
    pub client: ClientId,
    /// The friend's name, if it is a friend.
    pub name: Option<String>,
    /// Since when.
    pub since: Time,
    /// How many forwarded packets were not kept since.
    pub dropped: i64,
}

/// A packet that stands with the others now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The packet.
    pub id: Digest,
}

/// Who put a forwarded file into an inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum From {
    Known,
    Stranger(ClientId),
    Blocked(ClientId),
}

/// What the last forwarder of a file is to this person.
pub(super) fn sender(tx: &mut Tx<'_>, file: &PacketFile) -> Result<From, WalletError> {
    let Some(by) = file.hops.last().map(Hop::by) else { return Ok(From::Known) };
    let is = |tx: &mut Tx<'_>, table: &str| -> Result<bool, StoreError> {
        let sql = format!("SELECT 1 AS known FROM {table} WHERE client = ?1");
        Ok(tx.first(&sql, &values![by.to_string()])?.is_some())
    };
    if is(tx, "blocked")? {
        return Ok(From::Blocked(by));
    }
    let is_known = own_client(tx)? == Some(by) || is(tx, "friend")?;
    Ok(if is_known { From::Known } else { From::Stranger(by) })
}

/// Counts a packet that is not kept.
pub(super) fn drop_one(tx: &mut Tx<'_>, client: &ClientId) -> Result<(), StoreError> {
    tx.execute("UPDATE blocked SET dropped = dropped + 1 WHERE client = ?1", &values![client.to_string()]).map(drop)
}

/// Has a packet wait apart.
pub(super) fn set_apart(tx: &mut Tx<'_>, packet: &Digest, stranger: &ClientId) -> Result<(), StoreError> {
    let sql = "UPDATE packet SET stranger = ?2 WHERE id = ?1";
    tx.execute(sql, &values![packet.to_string(), stranger.to_string()]).map(drop)
}

/// Has a packet stand with the others.
pub(super) fn let_in(tx: &mut Tx<'_>, packet: &Digest) -> Result<(), StoreError> {
    tx.execute("UPDATE packet SET stranger = NULL WHERE id = ?1 AND stranger IS NOT NULL", &values![packet.to_string()])
        .map(drop)
}

/// A friend is no stranger, and nobody whose packets are dropped.
pub(super) fn befriended(tx: &mut Tx<'_>, client: &ClientId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM blocked WHERE client = ?1", &values![client.to_string()])?;
    tx.execute("UPDATE packet SET stranger = NULL WHERE stranger = ?1", &values![client.to_string()]).map(drop)
}

/// What a list leaves out: what a blocked client sent before, and nobody kept. It comes back when that client is let in again.
pub(super) const IS_LISTED: &str = "(packet.stranger IS NULL OR packet.stranger NOT IN (SELECT client FROM blocked))";

/// A friend by name or id; or anybody by the whole id, or the unique beginning of a stranger's or a blocked client's.
fn somebody(tx: &mut Tx<'_>, named: &str) -> Result<ClientId, WalletError> {
    let named = match friends::find(tx, named) {
        Err(WalletError::UnknownFriend(named)) => named,
        found => return Ok(found?.client),
    };
    if let Ok(client) = named.parse() {
        return Ok(client);
    }
    if named.chars().count() < MIN_PREFIX {
        return Err(WalletError::UnknownFriend(named));
    }
    let sql = "SELECT stranger AS client FROM packet WHERE stranger IS NOT NULL UNION SELECT client FROM blocked";
    let rows = tx.rows(sql, &values![])?;
    let clients: Vec<&str> = rows.iter().map(|row| row.text("client")).collect::<Result<_, _>>()?;
    let mut fitting = clients.into_iter().filter(|client| client.starts_with(&named));
    match (fitting.next(), fitting.next()) {
        (Some(client), None) => parsed(client),
        (None, _) => Err(WalletError::UnknownFriend(named)),
        _ => Err(WalletError::AmbiguousFriend(named)),
    }
}

const BLOCKED: &str = "SELECT blocked.client, friend.name, blocked.at, blocked.dropped \
                       FROM blocked LEFT JOIN friend ON friend.client = blocked.client";

fn blocked(row: &Row) -> Result<Blocked, WalletError> {
    Ok(Blocked {
        client: parsed(row.text("client")?)?,
        name: row.opt_text("name")?.map(str::to_owned),
        since: Time(row.int("at")?),
        dropped: row.int("dropped")?,
    })
}

impl Wallet {
    /// Keeps nothing from now on that this client puts into an inbox; what it sent before and nobody kept is not listed. Nobody is
    /// told.
    ///
    /// # Errors
    /// [`WalletError::UnknownFriend`], [`WalletError::AmbiguousFriend`].
    pub async fn block(&self, named: &str) -> Result<Blocked, WalletError> {
        let (named, now) = (named.to_owned(), self.now());
        self.store
            .decide(move |tx| {
                let client = somebody(tx, &named)?.to_string();
                let sql = "INSERT INTO blocked (client, at) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                tx.execute(sql, &values![&client, now])?;
                blocked(&tx.one(&format!("{BLOCKED} WHERE blocked.client = ?1"), &values![client])?)
            })
            .await
    }

    /// Keeps again what this client puts into an inbox. What was dropped meanwhile does not come back.
    ///
    /// # Errors
    /// [`WalletError::UnknownFriend`] also for whom nobody blocked, [`WalletError::AmbiguousFriend`].
    pub async fn unblock(&self, named: &str) -> Result<Blocked, WalletError> {
        let named = named.to_owned();
        self.store
            .decide(move |tx| {
                let client = somebody(tx, &named)?.to_string();
                let row = tx.first(&format!("{BLOCKED} WHERE blocked.client = ?1"), &values![&client])?;
                let was = blocked(&row.ok_or(WalletError::UnknownFriend(named))?)?;
                tx.execute("DELETE FROM blocked WHERE client = ?1", &values![client])?;
                Ok(was)
            })
            .await
    }

    /// The clients from whose forwardings nothing is kept, in the order in which they were blocked.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn blocked(&self) -> Result<Vec<Blocked>, WalletError> {
        let sql = format!("{BLOCKED} ORDER BY blocked.at, blocked.client");
        self.store.read(move |tx| tx.rows(&sql, &values![])?.iter().map(blocked).collect()).await
    }

    /// Has a stranger's packet stand with the others. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`WalletError::UnknownPacket`], [`WalletError::AmbiguousId`].
    pub async fn keep(&self, id: &str) -> Result<Kept, WalletError> {
        let id = id.to_owned();
        self.store
            .decide(move |tx| {
                let id = packets::find(tx, &id)?.file.packet.id();
                let_in(tx, &id)?;
                Ok(Kept { id })
            })
            .await
    }
}
