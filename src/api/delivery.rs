//! What a sender may learn of what it passed on: where each delivery stands, that it is taken back, and who opened. A relay says
//! what it knows itself, and an enterprise names only openers that agreed to be named.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::jose::{ClientId, Digest, json};

/// Most deliveries that are asked about at once.
pub const MAX_DELIVERIES: usize = 100;
/// Most openings on one page.
pub const MAX_OPENINGS: usize = 500;

/// One delivery, as its sender names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct DeliveryName {
    /// The friend.
    pub to: ClientId,
    /// By what the delivery is known: the digest of the last hop, or of the sealed file.
    pub head: Digest,
}

/// Where a delivery stands, as far as the relay knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum DeliveryState {
    /// Nothing is known of it here: it never came, somebody else sent it, or it came before this was noted.
    Unknown,
    /// It lies in the inbox, and nobody has fetched it.
    Kept,
    /// It was in an answer to the friend's wallet.
    Delivered,
    /// Its sender took it back before anybody fetched it.
    Recalled,
    /// It was kept for 30 days and nobody fetched it.
    Dropped,
}

/// What is posted to [`super::routes::RELAY_STATES`], authorized by the sender.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StatesRequest {
    /// Which.
    #[cfg_attr(feature = "server", schema(min_items = 1, max_items = 100))]
    pub deliveries: Vec<DeliveryName>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct StatesAnswer {
    /// Of each, in the same order.
    pub states: Vec<DeliveryState>,
}

/// The answer to a [`DeliveryName`] posted to [`super::routes::RELAY_RECALL`], authorized by the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Recalled {
    /// `recalled`, now or before; `delivered` when the friend's wallet was first; `unknown`.
    pub state: DeliveryState,
}

/// An opening whose opener agreed that the direct forwarder learns of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct ShownOpening {
    /// Position, counting up.
    pub cursor: i64,
    /// When the notice came, in seconds.
    pub at: i64,
    /// The packet that was forwarded.
    pub packet: Digest,
    /// Who opened it.
    pub opener: ClientId,
}

/// The answer to `GET /v1/openings?after=<cursor>`, authorized by the forwarder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OpeningsPage {
    /// In order.
    pub openings: Vec<ShownOpening>,
    /// Where to go on.
    pub next: i64,
    /// Whether there is more behind `next`.
    pub more: bool,
}

/// Which deliveries are asked about: at least one, and not too many.
///
/// # Errors
/// [`Refusal`].
pub fn judge_states(body: &[u8]) -> Result<Vec<DeliveryName>, Refusal> {
    let request: StatesRequest = json::read(body)?;
    match request.deliveries.len() {
        1..=MAX_DELIVERIES => Ok(request.deliveries),
        _ => Err(Refusal::NotAllowed("1 to 100 deliveries are asked about at once")),
    }
}

/// Which delivery is to be taken back.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn judge_recall(body: &[u8]) -> Result<DeliveryName, Refusal> {
    Ok(json::read(body)?)
}
