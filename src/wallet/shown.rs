//! Who opened what was forwarded from here, as far as they agreed that this is known: by the word of the packet's own issuer, whether
//! or not a reward comes of it, and by the rewards themselves.

use std::collections::BTreeSet;

use super::inbox::read_ones;
use super::outbox::Delivered;
use super::talk::CallError;
use super::{Wallet, WalletError, parsed};
use crate::api::delivery::{OpeningsPage, ShownOpening};
use crate::api::routes;
use crate::jose::{ClientId, Digest};
use crate::net::client::Request;
use crate::packet::Origin;
use crate::store::{Tx, values};

/// How long an issuer is left alone in rounds that nobody asked for, in milliseconds.
const ASK_AGAIN_MS: i64 = 300_000;
/// Most pages in one round; the next round goes on.
const MAX_PAGES: usize = 16;

/// Whether this client is known to have opened this packet.
pub(super) fn has_opened(tx: &mut Tx<'_>, packet: &Digest, client: &ClientId) -> Result<bool, WalletError> {
    let sql = "SELECT 1 AS known WHERE EXISTS (SELECT 1 FROM shown WHERE packet = ?1 AND opener = ?2) \
               OR EXISTS (SELECT 1 FROM packet WHERE reward_packet = ?1 AND reward_opener = ?2)";
    Ok(tx.first(sql, &values![packet.to_string(), client.to_string()])?.is_some())
}

impl Wallet {
    /// Who is known to have opened which packet that was forwarded from here, apart from what rewards tell.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn shown_openings(&self) -> Result<BTreeSet<(Digest, ClientId)>, WalletError> {
        self.store
            .read(|tx| {
                let rows = tx.rows("SELECT packet, opener FROM shown", &values![])?;
                rows.iter().map(|row| Ok((parsed(row.text("packet")?)?, parsed(row.text("opener")?)?))).collect()
            })
            .await
    }

    /// Asks the issuers of what was forwarded from here who opened it; the packets of which there is news.
    pub(super) async fn ask_for_openings(
        &self,
        round: &mut Delivered,
        due_ms: i64,
    ) -> Result<Vec<Digest>, WalletError> {
        let before = due_ms.saturating_sub(ASK_AGAIN_MS);
        let mut news = Vec::new();
        for issuer in self.store.read(move |tx| to_ask(tx, before)).await? {
            if round.down.contains(&issuer) {
                continue;
            }
            match self.openings_of(&issuer, &mut news).await {
                // An issuer of an older version tells nothing.
                Ok(()) | Err(CallError::Refused(_)) => {}
                Err(error) => round.note(&issuer, error)?,
            }
        }
        Ok(news)
    }

    async fn openings_of(&self, issuer: &Origin, news: &mut Vec<Digest>) -> Result<(), CallError> {
        let (wanted, now_ms) = (issuer.clone(), self.surroundings.clock.now_ms());
        let mut after = self.store.decide(move |tx| begin(tx, &wanted, now_ms)).await?;
        for _ in 0..MAX_PAGES {
            let path = format!("{}?after={after}", routes::OPENINGS);
            let page: OpeningsPage = self.call_as_self(|| Request::get(issuer, path.clone())).await?;
            if !is_in_order(&page, after) {
                return Err(CallError::Nonsense);
            }
            let (from, more, next) = (issuer.clone(), page.more, page.next);
            news.extend(self.store.decide(move |tx| keep(tx, &from, &page)).await?);
            if !more || next == after {
                break;
            }
            after = next;
        }
        Ok(())
    }
}

/// The issuers whose inboxes are read anyway, and whose packets were forwarded from here.
fn to_ask(tx: &mut Tx<'_>, before_ms: i64) -> Result<Vec<Origin>, WalletError> {
    let sql = "SELECT 1 AS due WHERE EXISTS (SELECT 1 FROM forward JOIN packet ON packet.id = forward.packet \
               JOIN line ON line.number = packet.number WHERE line.issuer = ?1) \
               AND NOT EXISTS (SELECT 1 FROM shown_upto WHERE origin = ?1 AND asked_ms > ?2)";
    let mut due = Vec::new();
    for issuer in read_ones(tx)? {
        if tx.first(sql, &values![issuer.origin.as_str(), before_ms])?.is_some() {
            due.push(issuer.origin);
        }
    }
    Ok(due)
}

/// Notes that an issuer is asked now; how far it was asked before.
fn begin(tx: &mut Tx<'_>, issuer: &Origin, now_ms: i64) -> Result<i64, WalletError> {
    let sql = "INSERT INTO shown_upto (origin, cursor, asked_ms) VALUES (?1, 0, ?2) \
               ON CONFLICT (origin) DO UPDATE SET asked_ms = excluded.asked_ms";
    tx.execute(sql, &values![issuer.as_str(), now_ms])?;
    let upto = "SELECT cursor FROM shown_upto WHERE origin = ?1";
    Ok(tx.one(upto, &values![issuer.as_str()])?.int("cursor")?)
}

fn is_in_order(page: &OpeningsPage, after: i64) -> bool {
    let cursors = page.openings.iter().map(|opening| opening.cursor);
    let is_sorted = std::iter::once(after).chain(cursors).is_sorted_by(|a, b| a < b);
    is_sorted && page.next >= page.openings.last().map_or(after, |opening| opening.cursor)
}

/// Keeps a page and how far was asked, in one decision. An issuer is believed about its own packets only.
fn keep(tx: &mut Tx<'_>, issuer: &Origin, page: &OpeningsPage) -> Result<Vec<Digest>, WalletError> {
    let sql = "INSERT INTO shown (packet, opener, at) SELECT packet.id, ?2, ?3 FROM packet \
               JOIN line ON line.number = packet.number WHERE packet.id = ?1 AND line.issuer = ?4 \
               AND EXISTS (SELECT 1 FROM forward WHERE forward.packet = packet.id) ON CONFLICT DO NOTHING";
    let mut news = Vec::new();
    for ShownOpening { at, packet, opener, .. } in &page.openings {
        if tx.execute(sql, &values![packet.to_string(), opener.to_string(), *at, issuer.as_str()])? > 0 {
            news.push(*packet);
        }
    }
    let upto = "UPDATE shown_upto SET cursor = ?2 WHERE origin = ?1 AND cursor < ?2";
    tx.execute(upto, &values![issuer.as_str(), page.next])?;
    Ok(news)
}
