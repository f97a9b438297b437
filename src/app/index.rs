//! Where things are in what the window shows, and what they come to: made once for each reading, on the worker, so that no
//! frame goes through all packets.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::message::Data;
use crate::jose::{ClientId, Digest};
use crate::packet::Verdict;
use crate::wallet::Listed;

/// Made when it is first asked for; the worker asks before it sends. It says nothing that its data do not say, so two
/// readings are the same whether or not theirs was made, and a copy, which may be changed, makes its own.
#[derive(Debug, Default)]
pub(super) struct Index {
    made: OnceLock<Made>,
    rewards_to_collect: OnceLock<usize>,
}

impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Index {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Index {}

/// What was made.
#[derive(Debug)]
pub(super) struct Made {
    packets: HashMap<Digest, usize>,
    friends: HashMap<ClientId, usize>,
    exchanges: HashMap<ClientId, i64>,
    /// Whether any packet was opened.
    pub(super) has_opened: bool,
    /// How many packets hold money that a known bank vouches for, collected or not.
    pub(super) with_money: usize,
    /// Whether any packet was put away.
    pub(super) has_archive: bool,
    /// How many packets of strangers wait apart.
    pub(super) others: usize,
}

impl Made {
    fn of(data: &Data) -> Self {
        let packets: HashMap<_, _> = data.packets.iter().enumerate().map(|(at, packet)| (packet.id, at)).collect();
        let mut made = Self {
            packets,
            friends: data.friends.iter().enumerate().map(|(at, friend)| (friend.client, at)).collect(),
            exchanges: HashMap::new(),
            has_opened: data.packets.iter().any(|packet| packet.opened),
            with_money: data.packets.iter().filter(|packet| has_money(packet)).count(),
            has_archive: data.packets.iter().any(super::screens::packets::is_archived),
            others: data.packets.iter().filter(|packet| super::screens::packets::is_apart(packet)).count(),
        };
        // First to last, so that the last one stays.
        for event in data.history.iter() {
            if let Some(client) = event.detail.as_deref().and_then(|detail| detail.parse().ok()) {
                made.exchanges.insert(client, event.at.0);
            }
        }
        made
    }

    /// Where a packet is.
    pub(super) fn place(&self, id: &Digest) -> Option<usize> {
        self.packets.get(id).copied()
    }

    /// Where a friend is.
    pub(super) fn friend(&self, client: &ClientId) -> Option<usize> {
        self.friends.get(client).copied()
    }

    /// When something was last forwarded to or received from this client.
    pub(super) fn last_exchange(&self, client: &ClientId) -> Option<i64> {
        self.exchanges.get(client).copied()
    }
}

fn has_money(packet: &Listed) -> bool {
    packet.kind == "bank" && packet.verdict == Verdict::Genuine
}

impl Data {
    /// What was made of these data.
    pub(super) fn index(&self) -> &Made {
        self.made.made.get_or_init(|| Made::of(self))
    }

    /// How many rewards wait to be collected.
    pub(super) fn rewards_to_collect(&self) -> usize {
        *self.made.rewards_to_collect.get_or_init(|| super::screens::rewards::to_collect(self).len())
    }

    /// Makes all that frames ask for.
    pub(super) fn prepare(&self) {
        self.index();
        self.rewards_to_collect();
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::app::tests::fixture;

    #[test]
    fn everything_is_found_where_it_is() {
        let data = fixture::data();
        data.prepare();
        for packet in data.packets.iter() {
            assert_eq!(data.packet(&packet.id), Some(packet));
        }
        for friend in &data.friends {
            assert_eq!(data.friend_name(&friend.client), Some(friend.name.as_str()));
        }
        assert_eq!(data.packet(&Digest::of(b"elsewhere")), None);
        assert!(data.index().has_opened);
        let of = |name: &str| {
            let id = fixture::person(name).to_string();
            let last = data.history.iter().rev().find(|event| event.detail.as_deref() == Some(id.as_str()));
            last.map(|event| event.at.0)
        };
        for name in ["林浩", "Amelia"] {
            assert_eq!(data.index().last_exchange(&fixture::person(name)), of(name), "{name}");
        }
        assert!(of("林浩").is_some());
    }

    #[test]
    fn a_copy_that_was_changed_makes_its_own() {
        let data = fixture::data();
        data.prepare();
        let mut copy = data.clone();
        assert_eq!(copy, data);
        let gone = Arc::make_mut(&mut copy.packets).remove(0).id;
        assert!(copy.packet(&gone).is_none() && data.packet(&gone).is_some());
        assert_ne!(copy, data);
        assert_eq!(copy.packet(&copy.packets[0].id), Some(&copy.packets[0]));
    }
}
