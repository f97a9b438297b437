//! Inboxes at an enterprise: what arrived for a client, and passing a forwarded file on to a friend.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Refusal;
use crate::identity::sealed::{self, SealError};
use crate::jose::{ClientId, Digest, from_base64url, json, to_base64url};
use crate::packet::PacketFile;
use crate::packet::chain;
use crate::packet::file::MAX_FILE_BYTES;

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
    /// The packet file's outer object; or a sealed file, as base64url.
    pub file: Value,
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

/// What is posted to [`super::routes::RELAY`], authorized by the forwarder. Idempotent by the last hop, or by the sealed file's digest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct RelayRequest {
    /// The friend.
    pub to: ClientId,
    /// The packet file's outer object; or a sealed file, as base64url.
    pub file: Value,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Relayed {
    /// By what the delivery is known: the digest of the last hop, or of the sealed file.
    pub head: Digest,
}

/// Largest sealed file that is passed on, in bytes: as text in a request it takes a third more.
pub const MAX_RELAYED_SEALED_BYTES: usize = 3 * MAX_FILE_BYTES / 4;

/// What a relay is asked to pass on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Relaying {
    /// A packet file that can be looked into.
    Open(Box<PacketFile>),
    /// A sealed one: only its size and form are known.
    Sealed(Vec<u8>),
}

impl Relaying {
    /// By what the delivery is known: the last hop, or the sealed file's digest.
    #[must_use]
    pub fn head(&self) -> Digest {
        match self {
            Self::Open(file) => chain::head(&file.packet, &file.hops),
            Self::Sealed(sealed) => Digest::of(sealed),
        }
    }

    /// How it stands in a request and in an inbox: the outer object, or base64url.
    ///
    /// # Errors
    /// None of a file that was read.
    pub fn to_value(&self) -> Result<Value, json::JsonError> {
        match self {
            Self::Open(file) => json::value(&file.to_bytes()),
            Self::Sealed(sealed) => Ok(Value::String(to_base64url(sealed))),
        }
    }
}

/// The sealed file that an item or a request carries as text.
///
/// # Errors
/// [`SealError::Form`] for what is no sealed file within the limits.
pub fn sealed_of(text: &str) -> Result<Vec<u8>, SealError> {
    let sealed = from_base64url(text).map_err(|_| SealError::Form)?;
    sealed::check(&sealed)?;
    Ok(sealed)
}

/// Judges a file that `sender` wants delivered. An open one: readable, its chain whole, its last hop by the sender to that
/// friend. A sealed one: within the limits; nobody but the friend can judge more.
///
/// # Errors
/// [`Refusal`].
pub fn judge_relay(body: &[u8], sender: &ClientId) -> Result<(ClientId, Relaying), Refusal> {
    let request: RelayRequest = json::read(body)?;
    if let Value::String(text) = &request.file {
        let sealed = sealed_of(text).ok().filter(|sealed| sealed.len() <= MAX_RELAYED_SEALED_BYTES);
        let sealed = sealed.ok_or(Refusal::NotAllowed("this is no sealed file that is passed on"))?;
        return Ok((request.to, Relaying::Sealed(sealed)));
    }
    let file = PacketFile::read(request.file.to_string().as_bytes())?;
    chain::check(&file.packet, &file.hops)
        .map_err(|_| Refusal::NotGenuine("the chain of forwardings does not hold"))?;
    let last = file.hops.last().ok_or(Refusal::NotAllowed("only a forwarded packet can be passed on"))?;
    if last.by() != *sender || last.claims.to != Some(request.to) {
        return Err(Refusal::NotAllowed("the last forwarding must be by you, to that friend"));
    }
    Ok((request.to, Relaying::Open(Box::new(file))))
}
