//! What the admin API takes and gives about rewards, and about those that wait for a look.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::jose::{ClientId, Digest};
use crate::money::Amount;

/// Path: rewards by id (GET, `?held=true&after=ID`).
pub const REWARDS: &str = "/admin/rewards";
/// Path: what was decided of one that waits for a look (POST); `{id}` is the reward's id.
pub const JUDGEMENT: &str = "/admin/rewards/{id}/judgement";
/// Most rewards of one page.
pub const PAGE_REWARDS: usize = 1000;

/// A page of rewards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RewardPage {
    /// By id.
    pub rewards: Vec<RewardRow>,
    /// Whether there are more behind the last of these.
    pub more: bool,
}

/// One reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RewardRow {
    /// Its id.
    pub id: Digest,
    /// Its campaign.
    pub campaign: String,
    /// The packet that was forwarded.
    pub packet: Digest,
    /// Who opened it.
    pub opener: ClientId,
    /// Who earns.
    pub forwarder: ClientId,
    /// How much.
    pub amount: Amount,
    /// `waiting` (for the friend to collect), `owed`, `made`, `delivered`, `held` or `refused`.
    pub state: String,
    /// Why it is held or was refused; `review:` and a signal's name: it waits for a look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When the opening was told.
    pub decided: String,
    /// The reward's packet, once it is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Digest>,
}

/// What was decided of a reward that waits for a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Judge {
    /// Whether it is given.
    pub approve: bool,
    /// Who decided.
    #[schema(min_length = 1, max_length = 512)]
    pub by: String,
    /// Why; needed to refuse.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1024)]
    pub reason: Option<String>,
}
