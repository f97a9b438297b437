//! Rewards: what forwarding has brought, what waits to be collected, and who opened what was forwarded.

mod bars;
mod list;
mod overview;
mod season;
mod tree;
mod tree_list;
mod view;

use std::collections::BTreeSet;

pub(in crate::app) use self::season::Season;
pub(in crate::app) use self::view::view;
use crate::api::states::CollectionState;
use crate::app::message::Data;
use crate::jose::{ClientId, Digest};
use crate::packet::Verdict;
use crate::wallet::RewardListed;

/// What is shown here beyond the wallet's data.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Model {
    /// Over what is counted, once somebody chose.
    season: Option<Season>,
    /// Whether all forwardings are shown one below the other.
    listed: bool,
}

/// What the person did here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    Season(Season),
    Listed(bool),
}

impl Model {
    /// What an action changes.
    pub(in crate::app) fn update(&mut self, action: Action) {
        match action {
            Action::Season(season) => self.season = Some(season),
            Action::Listed(listed) => self.listed = listed,
        }
    }
}

/// Rewards whose money was not asked for yet.
pub(in crate::app) fn to_collect(data: &Data) -> Vec<&RewardListed> {
    believed(data).filter(|reward| is_waiting(reward)).collect()
}

fn is_waiting(reward: &RewardListed) -> bool {
    reward.amount.is_some() && reward.collection.is_none()
}

/// Whether a known bank vouches for it: anybody can address a packet that calls itself a reward.
fn is_genuine(data: &Data, reward: &RewardListed) -> bool {
    data.packet(&reward.id).is_some_and(|packet| packet.verdict == Verdict::Genuine)
}

/// Who is known to have opened which packet, each once.
pub(super) fn named_openings(data: &Data) -> BTreeSet<(Digest, ClientId)> {
    let rewarded = believed(data).filter_map(|reward| {
        let reason = reward.reward_for.as_ref()?;
        Some((reason.packet, reason.opener?))
    });
    rewarded.chain(data.shown.iter().copied()).collect()
}

/// The rewards that a known bank vouches for, and that no bank refused.
pub(super) fn believed(data: &Data) -> impl Iterator<Item = &RewardListed> {
    let fits =
        |reward: &&RewardListed| reward.collection != Some(CollectionState::Rejected) && is_genuine(data, reward);
    data.rewards.iter().filter(fits)
}
