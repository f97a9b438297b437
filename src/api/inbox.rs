//! Inboxes at an enterprise: what arrived for a client, and passing a forwarded file on to a friend.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::jose::{ClientId, Digest, json};
use crate::packet::PacketFile;
use crate::packet::chain;

/// Most bytes of files on one page of an inbox; a page has at least one item.
pub const PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Largest answer that a reader of an inbox accepts, in bytes.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// Why an item is in the inbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum ItemKind {
    /// The enterprise sends a packet.
    Packet,
    /// The enterprise sends a reward.
    Reward,
    /// A friend forwarded a packet.
    Forwarded,
}

/// One thing that arrived.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InboxItem {
    /// Position, counting up.
    pub cursor: i64,
    /// When, in seconds.
    pub at: i64,
    /// Why.
    pub kind: ItemKind,
    /// The packet file's outer object.
    pub file: serde_json::Value,
    /// For a reward: for what.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub reward_for: Option<RewardFor>,
}

/// What a reward is for: unsigned, but bound by the reward's `reward_for` where the opener is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RewardFor {
    /// The packet that was forwarded.
    pub packet: Digest,
    /// Who opened it, if that client agreed to be named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opener: Option<ClientId>,
}

/// The answer to `GET /v1/inbox?after=<cursor>`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InboxPage {
    /// In order.
    pub items: Vec<InboxItem>,
    /// Where to go on.
    pub next: i64,
    /// Whether there is more behind `next`.
    pub more: bool,
}

/// What is posted to [`super::routes::RELAY`], authorized by the forwarder. Idempotent by the last hop.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RelayRequest {
    /// The friend.
    pub to: ClientId,
    /// The packet file's outer object.
    pub file: serde_json::Value,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Relayed {
    /// Digest of the last hop, by which the delivery is known.
    pub head: Digest,
}

/// Judges a file that `sender` wants delivered: readable, its chain whole, its last hop by the sender to that friend.
///
/// # Errors
/// [`Refusal`].
pub fn judge_relay(body: &[u8], sender: &ClientId) -> Result<(ClientId, PacketFile), Refusal> {
    let request: RelayRequest = json::read(body)?;
    let file = PacketFile::read(request.file.to_string().as_bytes())?;
    chain::check(&file.packet, &file.hops)
        .map_err(|_| Refusal::NotGenuine("the chain of forwardings does not hold"))?;
    let last = file.hops.last().ok_or(Refusal::NotAllowed("only a forwarded packet can be passed on"))?;
    if last.by() != *sender || last.claims.to != Some(request.to) {
        return Err(Refusal::NotAllowed("the last forwarding must be by you, to that friend"));
    }
    Ok((request.to, file))
}
