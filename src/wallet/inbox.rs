//! Synchronising: the outbox first, then what is being collected, then the inboxes. One server's trouble stops nothing.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::outbox::{Delivered, Trouble, is_down};
use super::strangers::From;
use super::talk::CallError;
use super::{KnownIssuer, Wallet, WalletError, packets, strangers, trust};
use crate::api::inbox::{InboxItem, InboxPage, ItemKind, MAX_ANSWER_BYTES, sealed_of};
use crate::api::routes;
use crate::identity::{Identity, sealed};
use crate::jose::Digest;
use crate::net::client::{NetError, Request};
use crate::packet::{Origin, PacketFile, Trust, verify};
use crate::store::{StoreError, Tx, values};

/// Most pages of one inbox in one round; the next round goes on.
const MAX_PAGES: usize = 64;
/// For a page of files over a slow line.
const PAGE_TIMEOUT: Duration = Duration::from_secs(30);

/// For one inbox in one round, so that no issuer holds up the others for long; the next round goes on.
const INBOX_TIMEOUT: Duration = Duration::from_secs(60);

/// What one round of synchronising did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Synced {
    /// How much of what waited was answered.
    pub sent: usize,
    /// How much still waits.
    pub waiting: usize,
    /// Packets that arrived and were not here before.
    pub received: Vec<Digest>,
    /// Those of them that strangers put into an inbox; they wait apart.
    pub others: Vec<Digest>,
    /// The packets whose lucky draw was computed again now.
    pub draws: Vec<Digest>,
    /// After a restore: the packets of which a bank or an issuer told that they had been collected.
    pub found: Vec<Digest>,
    /// The packets of whose forwardings something new is known: delivered, taken back, opened.
    pub forwards: Vec<Digest>,
    /// What did not work, by server.
    pub problems: Vec<Trouble>,
}

/// A packet that was not here before.
struct Arrived {
    id: Digest,
    from_other: bool,
}

impl Delivered {
    /// Keeps a server's trouble; only what is broken here stops the round.
    pub(super) fn note(&mut self, origin: &Origin, error: CallError) -> Result<(), WalletError> {
        let down = is_down(&error);
        let error = WalletError::call(origin, error);
        if matches!(error, WalletError::Store(_) | WalletError::Key(_) | WalletError::KeyMissing) {
            return Err(error);
        }
        if down {
            self.down.insert(origin.clone());
        }
        self.troubles.push(Trouble::new(origin, &error));
        Ok(())
    }
}

impl Wallet {
    /// Sends what waits, due or not, reads the inboxes of all known issuers, and asks about unfinished collections.
    ///
    /// # Errors
    /// [`WalletError::Store`], [`WalletError::Key`]; a server's trouble is told in the answer.
    pub async fn sync(&self) -> Result<Synced, WalletError> {
        self.round(i64::MAX).await
    }

    /// As [`Wallet::sync`], but of what waits only what is due: for rounds that nobody asked for.
    ///
    /// # Errors
    /// As [`Wallet::sync`].
    pub async fn sync_due(&self) -> Result<Synced, WalletError> {
        self.round(self.surroundings.clock.now_ms()).await
    }

    async fn round(&self, due_ms: i64) -> Result<Synced, WalletError> {
        let mut round = self.deliver_until(due_ms).await?;
        self.follow_keys(&mut round).await?;
        // Money first: no issuer's inbox, however long, holds up what one's own banks say.
        self.refresh_all(&mut round).await?;
        let draws = self.check_draws(&mut round, due_ms).await?;
        self.refresh_goods(&mut round).await?;
        let mut received = Vec::new();
        // Nobody can have sent anything to a wallet without an id, and looking makes none.
        let issuers = if self.client_id().await?.is_some() { self.store.read(read_ones).await? } else { Vec::new() };
        for issuer in issuers {
            if round.down.contains(&issuer.origin) {
                continue;
            }
            let reading = self.read_inbox(&issuer.origin, &mut received, &mut round.troubles);
            let read = tokio::time::timeout(INBOX_TIMEOUT, reading).await;
            if let Err(error) = read.unwrap_or(Err(CallError::Net(NetError::TimedOut))) {
                round.note(&issuer.origin, error)?;
            }
        }
        // After the inboxes: what came back by them is asked about too.
        let found = self.catch_up(&mut round).await?;
        let mut forwards = self.ask_relays(&mut round, due_ms).await?;
        forwards.extend(self.ask_for_openings(&mut round, due_ms).await?);
        let waiting = self.waiting_count().await?;
        let others = received.iter().filter(|arrived| arrived.from_other).map(|arrived| arrived.id).collect();
        let received = received.into_iter().map(|arrived| arrived.id).collect();
        Ok(Synced { sent: round.sent, waiting, received, others, draws, found, forwards, problems: round.troubles })
    }

    async fn read_inbox(
        &self,
        origin: &Origin,
        received: &mut Vec<Arrived>,
        troubles: &mut Vec<Trouble>,
    ) -> Result<(), CallError> {
        let wanted = origin.clone();
        let mut after = self.store.read(move |tx| cursor(tx, &wanted)).await?;
        for _ in 0..MAX_PAGES {
            let path = format!("{}?after={after}", routes::INBOX);
            let request = || Request::get(origin, path.clone()).max_answer(MAX_ANSWER_BYTES).timeout(PAGE_TIMEOUT);
            let page: InboxPage = self.call_as_self(request).await?;
            if !is_in_order(&page, after) {
                return Err(CallError::Nonsense);
            }
            let (more, next) = (page.more, page.next);
            let (from, now) = (origin.clone(), self.now());
            // Outside of the decision, which others wait for.
            let identity = self.identity().await?;
            let files: Vec<_> = page.items.iter().map(|item| opened(item, &identity)).collect();
            for file in files.iter().flatten() {
                // Nothing is refused for good because somebody could not be asked just now; whatever else fails, it is judged
                // with the keys that are known.
                if let Err(error @ (WalletError::Store(_) | WalletError::Net { .. })) =
                    self.catch_up_with_keys(file).await
                {
                    return Err(error.into());
                }
            }
            let (arrived, refused) = self.store.decide(move |tx| keep_page(tx, &from, &page, files, now)).await?;
            received.extend(arrived);
            troubles.extend(refused);
            if !more || next == after {
                break;
            }
            after = next;
        }
        Ok(())
    }
}

/// Reads this issuer's inbox in every round.
pub(super) fn read_from_now_on(tx: &mut Tx<'_>, issuer: &Origin) -> Result<(), StoreError> {
    let sql = "INSERT INTO inbox (origin, cursor) VALUES (?1, 0) ON CONFLICT (origin) DO NOTHING";
    tx.execute(sql, &values![issuer.as_str()])?;
    Ok(())
}

/// The issuers whose inboxes are read: those that the person added, and those that were told of an opening or a forwarding.
/// Asking for an inbox names this wallet, so whoever only looked at a packet asks nobody.
pub(super) fn read_ones(tx: &mut Tx<'_>) -> Result<Vec<KnownIssuer>, WalletError> {
    let told = tx.rows("SELECT origin FROM inbox", &values![])?;
    let told: Vec<Origin> =
        told.iter().map(|row| super::stored_origin(row.text("origin")?)).collect::<Result<_, WalletError>>()?;
    let known = trust::issuers(tx)?;
    Ok(known.into_iter().filter(|issuer| issuer.added || told.contains(&issuer.origin)).collect())
}

fn is_in_order(page: &InboxPage, after: i64) -> bool {
    let mut last = after;
    for item in &page.items {
        if item.cursor <= last {
            return false;
        }
        last = item.cursor;
    }
    page.next >= last
}

fn cursor(tx: &mut Tx<'_>, origin: &Origin) -> Result<i64, WalletError> {
    let row = tx.first("SELECT cursor FROM inbox WHERE origin = ?1", &values![origin.as_str()])?;
    Ok(row.map(|row| row.int("cursor")).transpose()?.unwrap_or(0))
}

/// Keeps a page and how far the inbox is read, in one decision: no item is lost, and none is kept twice.
fn keep_page(
    tx: &mut Tx<'_>,
    origin: &Origin,
    page: &InboxPage,
    files: Vec<Result<PacketFile, WalletError>>,
    now: i64,
) -> Result<(Vec<Arrived>, Vec<Trouble>), WalletError> {
    let trust = trust::load(tx)?;
    let (mut arrived, mut refused) = (Vec::new(), Vec::new());
    for (item, file) in page.items.iter().zip(files) {
        // What a blocked client sends is not even judged.
        if let Ok(file) = &file
            && item.kind == ItemKind::Forwarded
            && let From::Blocked(client) = strangers::sender(tx, file)?
        {
            strangers::drop_one(tx, &client)?;
            continue;
        }
        match file.and_then(|file| judged(file, &trust)) {
            Ok(file) => arrived.extend(keep_item(tx, item, &file, now)?),
            // Waiting would not make it better: it is told once, and the inbox is read on.
            Err(error) => refused.push(Trouble::new(origin, &error)),
        }
    }
    tx.execute(
        "INSERT INTO inbox (origin, cursor) VALUES (?1, ?2) ON CONFLICT (origin) DO UPDATE \
         SET cursor = excluded.cursor WHERE excluded.cursor > inbox.cursor",
        &values![origin.as_str(), page.next],
    )?;
    Ok((arrived, refused))
}

/// Keeps one thing that arrived; what a stranger forwarded waits apart.
fn keep_item(tx: &mut Tx<'_>, item: &InboxItem, file: &PacketFile, now: i64) -> Result<Option<Arrived>, WalletError> {
    let kept = packets::keep(tx, file, item.reward_for.as_ref(), now)?;
    let from = if item.kind == ItemKind::Forwarded { strangers::sender(tx, file)? } else { From::Known };
    match from {
        From::Stranger(client) if kept.new => strangers::set_apart(tx, &kept.id, &client)?,
        From::Stranger(_) | From::Blocked(_) => {}
        From::Known => strangers::let_in(tx, &kept.id)?,
    }
    let from_other = matches!(from, From::Stranger(_));
    Ok(kept.new.then_some(Arrived { id: kept.id, from_other }))
}

/// The file of an item, with this wallet's key if it is sealed.
fn opened(item: &InboxItem, identity: &Identity) -> Result<PacketFile, WalletError> {
    let file = match &item.file {
        Value::String(text) => sealed::open(&sealed_of(text)?, identity)?,
        outer => outer.to_string().into_bytes(),
    };
    Ok(PacketFile::read(&file)?)
}

fn judged(file: PacketFile, trust: &Trust) -> Result<PacketFile, WalletError> {
    packets::refuse_failed(&verify(&file, trust))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::{Schema, Store};

    #[tokio::test]
    async fn an_issuer_that_was_only_looked_at_is_not_asked_for_an_inbox() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("wallet.db"), Schema::Wallet).unwrap();
        let issuers =
            [("https://added.example", true), ("https://looked-at.example", false), ("https://told.example", false)];
        let write = move |tx: &mut Tx<'_>| {
            for (origin, added) in issuers {
                let sql = "INSERT INTO issuer (origin, name, keys, added, at) VALUES (?1, 'Shop', '[]', ?2, 1)";
                tx.execute(sql, &values![origin, added])?;
            }
            let told = Origin::parse("https://told.example").unwrap();
            read_from_now_on(tx, &told)?;
            read_from_now_on(tx, &told)?;
            Ok::<_, WalletError>(())
        };
        store.decide(write).await.unwrap();
        let read = store.read(read_ones).await.unwrap();
        let read: Vec<&str> = read.iter().map(|issuer| issuer.origin.as_str()).collect();
        assert_eq!(read, ["https://added.example", "https://told.example"]);
        store.close().await;
    }
}
