//! What the desktop is told while nobody looks at the window: that something arrived, a reward came, money came in, or a packet is
//! about to expire. Many at once become one. Locked screens show such words to everybody, so there is no sum in them, and nothing
//! that nobody vouches for. Pure; how a desktop is told stands in `desktop`.

mod desktop;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use self::desktop::Desktop;
use super::message::Data;
use super::screens::packets::{is_apart, is_archived, is_expired};
use super::settings::Announced;
use super::text::Texts;
use crate::api::states::CollectionState;
use crate::jose::Digest;
use crate::packet::Verdict;
use crate::wallet::Listed;

/// How long before its end a packet is about to expire, in seconds.
const SOON: i64 = 24 * 3600;

/// Says something to the person outside of the window. It never waits.
pub trait Announcer: Send + Sync {
    /// Shows these words, as far as the desktop does such things.
    fn announce(&self, announcement: Announcement);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nobody;

impl Announcer for Nobody {
    fn announce(&self, _: Announcement) {}
}

/// A few words for the desktop to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What happened.
    pub title: String,
    /// More.
    pub body: String,
}

/// What was told last, so that each thing is told once.
#[derive(Clone, Debug, Default)]
pub(super) struct Memory {
    /// As it stood when the last round ended; none before the first round, whose news are old.
    last: Option<Arc<Data>>,
}

impl Memory {
    /// What is there now is known.
    pub(super) fn know(&mut self, data: &Arc<Data>) {
        if self.last.is_some() {
            self.last = Some(Arc::clone(data));
        }
    }

    /// Nothing is known any more: what comes next is old.
    pub(super) fn forget(&mut self) {
        self.last = None;
    }

    /// A round ended: what it brought.
    pub(super) fn round_ended(&mut self, data: &Arc<Data>, wanted: Announced, texts: &Texts) -> Vec<Announcement> {
        let before = self.last.replace(Arc::clone(data));
        before.map(|before| news(&before, data, wanted, texts)).unwrap_or_default()
    }
}

/// What is there now and was not before.
fn news(before: &Data, now: &Data, wanted: Announced, texts: &Texts) -> Vec<Announcement> {
    // Newest first, so whatever is new stands before what was there.
    let arrived = || now.packets.iter().filter(|packet| before.packet(&packet.id).is_none() && is_told(packet));
    let packets: Vec<&Listed> = arrived().filter(|packet| !packet.reward).collect();
    let rewards: Vec<&Listed> = arrived().filter(|packet| packet.reward).collect();
    let was_paid = |id: &Digest| before.packet(id).is_some_and(is_paid);
    let paid: Vec<&Listed> = now.packets.iter().filter(|packet| is_paid(packet) && !was_paid(&packet.id)).collect();
    [
        (wanted.arrivals, "announce-arrival", packets),
        (wanted.rewards, "announce-reward", rewards),
        (wanted.money, "announce-money", paid),
    ]
    .into_iter()
    .filter(|(wanted, _, packets)| *wanted && !packets.is_empty())
    .map(|(_, key, packets)| announcement(key, &packets, texts))
    .collect()
}

/// The packets that are about to expire and that one can still do something with.
pub(super) fn about_to_expire(data: &Data, now: i64) -> BTreeSet<Digest> {
    let is_open = |packet: &&Listed| {
        let ends = packet.expires.0;
        is_told(packet)
            && (now..=now + SOON).contains(&ends)
            && !is_expired(packet, now)
            && packet.collection.is_none_or(|state| state == CollectionState::Rejected)
            && packet.goods.is_none()
    };
    data.packets.iter().filter(is_open).map(|packet| packet.id).collect()
}

/// The words for packets that are about to expire.
pub(super) fn expiring(data: &Data, ids: &[Digest], wanted: Announced, texts: &Texts) -> Option<Announcement> {
    let packets: Vec<&Listed> = ids.iter().filter_map(|id| data.packet(id)).collect();
    (wanted.expiring && !packets.is_empty()).then(|| announcement("announce-expiring", &packets, texts))
}

/// Whether a packet is spoken of at all: somebody vouches for it, one knows its sender, and it was not put away.
fn is_told(packet: &Listed) -> bool {
    packet.verdict == Verdict::Genuine && !is_apart(packet) && !is_archived(packet)
}

fn is_paid(packet: &Listed) -> bool {
    packet.collection == Some(CollectionState::Paid)
}

fn announcement(key: &str, packets: &[&Listed], texts: &Texts) -> Announcement {
    let title = texts.tell(key, &[("count", packets.len().into())]);
    let mut names: Vec<&str> = packets.iter().map(|packet| packet.title.as_str()).collect();
    names.dedup();
    let body = match names.as_slice() {
        [one] => texts.tell("announce-from", &[("title", (*one).into())]),
        _ => texts.say("announce-several"),
    };
    Announcement { title, body }
}

#[cfg(test)]
mod tests;
