//! What the admin API tells of one packet's whole life, and how it is sent again.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::jose::{ClientId, Digest};
use crate::money::Amount;

/// Path: packets with all that is known of them (GET, with one of `serial`, `packet`, `link`, `name`, `to`, `client`).
pub const FIND: &str = "/admin/find";
/// Path: send a packet again that was lost (POST); `{id}` is the packet's id.
pub const REISSUE: &str = "/admin/packets/{id}/reissue";
/// Most packets of one answer.
pub const MAX_FOUND: usize = 50;
/// Most openings, rewards or payments that are told of one packet.
pub const MAX_TOLD: usize = 1000;

/// What is looked for: exactly one of these.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Find {
    /// A serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<i64>,
    /// A packet's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<Digest>,
    /// The last part of a download address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// A recipient's name on a batch's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The client that packets are addressed to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
    /// A client that packets are addressed to, that opened them, or that earned by forwarding them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
}

/// The packets that were found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Lives {
    /// By serial number.
    pub packets: Vec<Life>,
    /// Whether there are more.
    pub more: bool,
}

/// One packet and all that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Life {
    /// Its id.
    pub id: Digest,
    /// Its serial number.
    pub serial: u64,
    /// Its campaign.
    pub campaign: String,
    /// `first` or `reward`.
    pub kind: String,
    /// `signed`, `issued` or `held`.
    pub state: String,
    /// Why it is held, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// For which client it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
    /// The recipient's name on a batch's list.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The enterprise's note there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The batch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Uuid>,
    /// Where it can be downloaded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// All the money in it.
    pub amount: Amount,
    /// When it expires.
    pub expires: String,
    /// What happened, in the order of time.
    pub events: Vec<LifeEvent>,
}

/// One thing that happened to a packet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LifeEvent {
    /// When.
    pub at: String,
    /// What: `signed`, `issued`, `delivered`, `sent-again`, `opened`, `reward-owed`, `reward-made`, `reward-delivered`, what a bank
    /// told (`bank-issued` only where that is not as the voucher says, `bank-collected`, `bank-paid`, `bank-returned`, `bank-withdrawn`), or `changed`.
    pub event: String,
    /// Which client did it, or whom it reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<ClientId>,
    /// Who forwarded it to that client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ClientId>,
    /// How often it had been forwarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hops: Option<u64>,
    /// What it came to, such as a receipt's result or the state after a change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The voucher's number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<String>,
    /// The reward, or the packet that this one rewards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Digest>,
    /// How much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// A packet to send again. The same `request` sends once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reissue {
    /// The request's id.
    pub request: Uuid,
    /// Why.
    #[schema(min_length = 1, max_length = 1024)]
    pub reason: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// How a packet was sent again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reissued {
    /// The packet, the same as before.
    pub id: Digest,
    /// Its serial number, the same as before.
    pub serial: u64,
    /// Into whose inbox it was put once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
    /// Its new download address; the old one is dead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}
