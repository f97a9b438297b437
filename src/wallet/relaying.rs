//! What is passed on to a friend's inbox by a relay: sent, known to be delivered, and taken back while nobody has fetched it. A
//! relay is believed about what it did itself, and about nothing else.

use std::collections::BTreeMap;

use super::forwarding::{ForwardState, Forwarded, find, view};
use super::outbox::{self, Delivered, Item, Kind};
use super::talk::{CallError, JSON};
use super::{Wallet, WalletError, friends, history, packets, parsed, stored_origin, to_json};
use crate::api::delivery::{DeliveryName, DeliveryState, MAX_DELIVERIES, Recalled, StatesAnswer, StatesRequest};
use crate::api::inbox::{RelayRequest, Relayed, sealed_of};
use crate::api::routes;
use crate::jose::{ClientId, Digest};
use crate::net::client::Request;
use crate::packet::Origin;
use crate::store::{Row, StoreError, Tx, values};

/// How long a relay is left alone about a delivery in rounds that nobody asked for, in milliseconds.
const ASK_AGAIN_MS: i64 = 120_000;
/// Most deliveries that are asked about in one round; the next round goes on.
const AT_ONCE: i64 = 500;

/// A delivery that a relay has.
struct OnItsWay {
    forward: Digest,
    packet: Digest,
    name: DeliveryName,
    relay: Origin,
}

fn on_its_way(row: &Row) -> Result<OnItsWay, WalletError> {
    let forward: Digest = parsed(row.text("head")?)?;
    Ok(OnItsWay {
        forward,
        packet: parsed(row.text("packet")?)?,
        name: DeliveryName { to: parsed(row.text("to_client")?)?, head: known_by(row, forward)? },
        relay: stored_origin(row.text("relay")?)?,
    })
}

/// By what a relay knows a forwarding.
fn known_by(row: &Row, forward: Digest) -> Result<Digest, WalletError> {
    let sealed = row.opt_text("sealed")?;
    sealed.map_or(Ok(forward), |text| Ok(Digest::of(&sealed_of(text).map_err(|_| StoreError::Corrupt)?)))
}

impl Wallet {
    /// Passes one file on to a friend's inbox.
    pub(super) async fn relay(&self, item: &Item) -> Result<(), CallError> {
        let head: Digest = parsed(&item.subject)?;
        let made = self.store.read(move |tx| find(tx, &head)).await?;
        let to = made.to.ok_or(StoreError::Corrupt)?;
        let (file, known_by) = match &made.sealed {
            Some(text) => (text.clone().into(), Digest::of(&sealed_of(text).map_err(|_| StoreError::Corrupt)?)),
            None => (super::stored_json(&String::from_utf8_lossy(&made.file.to_bytes()))?, head),
        };
        let body = to_json(&RelayRequest { to, file })?.into_bytes();
        let relayed: Relayed =
            self.call_as_self(|| Request::post(&item.origin, routes::RELAY, JSON, body.clone())).await?;
        if relayed.head != known_by {
            return Err(CallError::Nonsense);
        }
        let (item, now, packet) = (item.clone(), self.now(), made.file.packet.id());
        let keep = move |tx: &mut Tx<'_>| {
            if outbox::take(tx, &item)? {
                let sql = "UPDATE forward SET state = 'sent', relay = ?2 WHERE head = ?1";
                tx.execute(sql, &values![head.to_string(), item.origin.as_str()])?;
                history::record(tx, now, "relayed", &packet, Some(&to.to_string()))?;
            }
            Ok::<_, WalletError>(())
        };
        Ok(self.store.decide(keep).await?)
    }

    /// Takes back what was passed on to a friend's inbox, as long as nobody has fetched it. What the relay says is in the
    /// answer's state: `recalled`, or `delivered`; while it cannot be asked, `recalling`. Doing so again changes nothing.
    ///
    /// # Errors
    /// [`WalletError::UnknownPacket`], [`WalletError::AmbiguousId`], [`WalletError::UnknownFriend`],
    /// [`WalletError::AmbiguousFriend`], [`WalletError::NothingToRecall`].
    pub async fn recall(&self, id: &str, friend: &str) -> Result<Forwarded, WalletError> {
        let (id, friend, now_ms) = (id.to_owned(), friend.to_owned(), self.surroundings.clock.now_ms());
        let head = self.store.decide(move |tx| decide_recall(tx, &id, &friend, now_ms)).await?;
        self.deliver_now(Kind::Recall, &head.to_string()).await?;
        self.store.read(move |tx| find(tx, &head).and_then(|made| view(tx, made))).await
    }

    /// Asks a relay to give one delivery to nobody.
    pub(super) async fn take_back_delivery(&self, item: &Item) -> Result<(), CallError> {
        let head: Digest = parsed(&item.subject)?;
        let name = self
            .store
            .read(move |tx| {
                let row =
                    tx.first("SELECT to_client, sealed FROM forward WHERE head = ?1", &values![head.to_string()])?;
                let row = row.ok_or(StoreError::Corrupt)?;
                Ok::<_, WalletError>(DeliveryName { to: parsed(row.text("to_client")?)?, head: known_by(&row, head)? })
            })
            .await?;
        let body = to_json(&name)?.into_bytes();
        let recalled: Recalled =
            self.call_as_self(|| Request::post(&item.origin, routes::RELAY_RECALL, JSON, body.clone())).await?;
        let (item, now) = (item.clone(), self.now());
        let keep = move |tx: &mut Tx<'_>| {
            if outbox::take(tx, &item)? {
                settle_recall(tx, &head, recalled.state, now)?;
            }
            Ok::<_, WalletError>(())
        };
        Ok(self.store.decide(keep).await?)
    }

    /// Asks the relays where what they have stands; the packets of whose forwardings there is news.
    pub(super) async fn ask_relays(&self, round: &mut Delivered, due_ms: i64) -> Result<Vec<Digest>, WalletError> {
        let before = due_ms.saturating_sub(ASK_AGAIN_MS);
        let all = self.store.read(move |tx| to_ask(tx, before)).await?;
        let mut by_relay: BTreeMap<Origin, Vec<OnItsWay>> = BTreeMap::new();
        for delivery in all {
            by_relay.entry(delivery.relay.clone()).or_default().push(delivery);
        }
        let mut news = Vec::new();
        for (relay, mut deliveries) in by_relay {
            while !deliveries.is_empty() && !round.down.contains(&relay) {
                let batch: Vec<_> = deliveries.drain(..deliveries.len().min(MAX_DELIVERIES)).collect();
                match self.ask_relay(&relay, batch).await {
                    Ok(found) => news.extend(found),
                    Err(error) => {
                        round.note(&relay, error)?;
                        break;
                    }
                }
            }
        }
        Ok(news)
    }

    async fn ask_relay(&self, relay: &Origin, batch: Vec<OnItsWay>) -> Result<Vec<Digest>, CallError> {
        let request = StatesRequest { deliveries: batch.iter().map(|delivery| delivery.name).collect() };
        let body = to_json(&request)?.into_bytes();
        let answer: Result<StatesAnswer, _> =
            self.call_as_self(|| Request::post(relay, routes::RELAY_STATES, JSON, body.clone())).await;
        let states = match answer {
            Ok(answer) => answer.states,
            // A relay of an older version tells nothing, and need not be asked again.
            Err(CallError::Refused(_)) => vec![DeliveryState::Unknown; batch.len()],
            Err(error) => return Err(error),
        };
        if states.len() != batch.len() {
            return Err(CallError::Nonsense);
        }
        let (now, now_ms) = (self.now(), self.surroundings.clock.now_ms());
        let keep = move |tx: &mut Tx<'_>| {
            let mut news = Vec::new();
            for (delivery, state) in batch.iter().zip(states) {
                if keep_state(tx, delivery, state, (now, now_ms))? {
                    news.push(delivery.packet);
                }
            }
            Ok::<_, WalletError>(news)
        };
        Ok(self.store.decide(keep).await?)
    }
}

fn to_ask(tx: &mut Tx<'_>, before_ms: i64) -> Result<Vec<OnItsWay>, WalletError> {
    let sql = "SELECT head, packet, to_client, sealed, relay FROM forward \
               WHERE state = 'sent' AND relay IS NOT NULL AND asked_ms <= ?1 ORDER BY asked_ms, head LIMIT ?2";
    tx.rows(sql, &values![before_ms, AT_ONCE])?.iter().map(on_its_way).collect()
}

/// Keeps what a relay said of one delivery; whether that is news. What was taken back here meanwhile is decided there.
fn keep_state(
    tx: &mut Tx<'_>,
    delivery: &OnItsWay,
    state: DeliveryState,
    (now, now_ms): (i64, i64),
) -> Result<bool, WalletError> {
    let (what, is_news) = match state {
        DeliveryState::Kept => ("state = state", false),
        DeliveryState::Unknown => ("relay = NULL", false),
        DeliveryState::Delivered => ("state = 'delivered'", true),
        DeliveryState::Dropped => ("state = 'dropped'", true),
        // By another device of this person.
        DeliveryState::Recalled => ("state = 'recalling'", true),
    };
    let sql = format!("UPDATE forward SET {what}, asked_ms = ?2 WHERE head = ?1 AND state = 'sent'");
    let changed = tx.execute(&sql, &values![delivery.forward.to_string(), now_ms])? > 0;
    if changed && state == DeliveryState::Recalled {
        settle_recall(tx, &delivery.forward, state, now)?;
    }
    if changed && state == DeliveryState::Dropped {
        lower(tx, &delivery.packet)?;
    }
    Ok(changed && is_news)
}

/// Puts the recall of what waits or lies at a relay into the outbox.
fn decide_recall(tx: &mut Tx<'_>, id: &str, friend: &str, now_ms: i64) -> Result<Digest, WalletError> {
    let packet = packets::find(tx, id)?.file.packet.id().to_string();
    let to = addressee(tx, friend)?;
    let sql = "SELECT head, state, relay FROM forward WHERE packet = ?1 AND to_client = ?2 \
               AND state IN ('queued', 'sent', 'delivered', 'recalling', 'recalled') \
               ORDER BY state NOT IN ('queued', 'sent'), at DESC, head LIMIT 1";
    let row = tx.first(sql, &values![packet, to.to_string()])?.ok_or(WalletError::NothingToRecall)?;
    let head: Digest = parsed(row.text("head")?)?;
    let state = ForwardState::read(row.text("state")?)?;
    let origin = match state {
        // It may have arrived although no answer came.
        ForwardState::Queued => {
            let item = outbox::find(tx, Kind::Relay, &head.to_string())?.ok_or(StoreError::Corrupt)?;
            outbox::take(tx, &item)?;
            item.origin
        }
        ForwardState::Sent => stored_origin(row.opt_text("relay")?.ok_or(WalletError::NothingToRecall)?)?,
        _ => return Ok(head),
    };
    tx.execute("UPDATE forward SET state = 'recalling', problem = NULL WHERE head = ?1", &values![head.to_string()])?;
    outbox::put(tx, Kind::Recall, &head.to_string(), &origin, now_ms)?;
    Ok(head)
}

/// A friend by name or id, or somebody who is none any more, by the whole id.
fn addressee(tx: &mut Tx<'_>, friend: &str) -> Result<ClientId, WalletError> {
    match friends::find(tx, friend) {
        Err(WalletError::UnknownFriend(named)) => named.parse().map_err(|_| WalletError::UnknownFriend(named)),
        found => Ok(found?.client),
    }
}

/// Keeps what the relay said to a recall. One that never heard of the delivery has given it to nobody.
fn settle_recall(tx: &mut Tx<'_>, head: &Digest, state: DeliveryState, now: i64) -> Result<(), WalletError> {
    let sql = "SELECT packet, to_client, relay FROM forward WHERE head = ?1 AND state = 'recalling'";
    let Some(row) = tx.first(sql, &values![head.to_string()])? else { return Ok(()) };
    let packet: Digest = parsed(row.text("packet")?)?;
    let was_taken = row.opt_text("relay")?.is_some();
    let becomes = match state {
        DeliveryState::Delivered => "state = 'delivered'",
        // The relay had taken it and knows nothing of it: nothing is known, and nothing can be done.
        DeliveryState::Unknown | DeliveryState::Kept if was_taken => "state = 'sent', relay = NULL",
        DeliveryState::Recalled | DeliveryState::Dropped | DeliveryState::Unknown | DeliveryState::Kept => {
            "state = 'recalled'"
        }
    };
    tx.execute(&format!("UPDATE forward SET {becomes} WHERE head = ?1"), &values![head.to_string()])?;
    if becomes == "state = 'recalled'" {
        history::record(tx, now, "recalled", &packet, Some(row.text("to_client")?))?;
        lower(tx, &packet)?;
    }
    Ok(())
}

/// A packet of which no forwarding stands was not forwarded.
fn lower(tx: &mut Tx<'_>, packet: &Digest) -> Result<(), WalletError> {
    let sql = format!(
        "UPDATE packet SET state = CASE WHEN opened_at IS NULL THEN 'received' ELSE 'opened' END \
         WHERE id = ?1 AND state = 'forwarded' AND NOT EXISTS (SELECT 1 FROM forward WHERE packet = ?1 AND {STANDS})"
    );
    tx.execute(&sql, &values![packet.to_string()])?;
    Ok(())
}

/// Which forwardings may be in somebody's hands, or may come there.
pub(super) const STANDS: &str = "(state NOT IN ('refused', 'recalled', 'dropped') OR elsewhere = 1)";

/// Keeps the server's refusal to pass a file on.
pub(super) fn refused(tx: &mut Tx<'_>, head: &str, problem: &str) -> Result<(), WalletError> {
    tx.execute("UPDATE forward SET state = 'refused', problem = ?2 WHERE head = ?1", &values![head, problem])?;
    Ok(())
}

/// Keeps the server's refusal to take a file back: one that it has stays where it is.
pub(super) fn recall_refused(tx: &mut Tx<'_>, head: &str, problem: &str, now: i64) -> Result<(), WalletError> {
    settle_recall(tx, &parsed(head)?, DeliveryState::Unknown, now)?;
    let sql = "UPDATE forward SET problem = ?2 WHERE head = ?1 AND state = 'sent'";
    tx.execute(sql, &values![head, problem])?;
    Ok(())
}
