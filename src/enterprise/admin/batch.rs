//! What the admin API takes and gives about batches: many packets from one request, or from a list of recipients.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::jose::{ClientId, Digest};

/// Path: create a batch (POST).
pub const BATCHES: &str = "/admin/batches";
/// Path: how a batch stands (GET); `{id}` is its request's id.
pub const BATCH: &str = "/admin/batches/{id}";
/// Path: its rows: a page of its list (POST), what became of them (GET, `?after=ROW`).
pub const BATCH_ROWS: &str = "/admin/batches/{id}/rows";
/// Most packets of one batch.
pub const MAX_ROWS: u32 = 100_000;
/// Most rows of one page, either way.
pub const PAGE_ROWS: usize = 1000;

/// A batch to create. The same `request` creates one batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateBatch {
    /// The request's id, which becomes the batch's.
    pub request: Uuid,
    /// The campaign.
    #[schema(max_length = 64)]
    pub campaign: String,
    /// How many packets.
    #[schema(minimum = 1, maximum = 100_000)]
    pub size: u32,
    /// Whether a list of recipients follows, in pages; nothing is issued before all of it is there.
    #[serde(default)]
    pub listed: bool,
    /// Whether each recipient has a contact card.
    #[serde(default)]
    pub addressed: bool,
}

/// A page of a batch's list. The same page again changes nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoadRows {
    /// The number of its first row, from 1.
    #[schema(minimum = 1, maximum = 100_000)]
    pub first: u32,
    /// The rows, in order.
    #[schema(min_items = 1, max_items = 1000)]
    pub rows: Vec<Recipient>,
}

/// For whom one packet of a batch is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// The enterprise's own name of the recipient.
    #[schema(min_length = 1, max_length = 512)]
    pub name: String,
    /// The enterprise's own note; it is in no packet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1024)]
    pub note: Option<String>,
    /// The contact card, the card file's object: the packet is addressed to it and put into its inbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<Value>,
}

/// How a batch stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchView {
    /// Its id.
    pub id: Uuid,
    /// Its campaign.
    pub campaign: String,
    /// `loading` (its list is not whole yet), `running`, `done` (all are signed) or `stopped` (its campaign ended).
    pub state: String,
    /// What it waits for, or why it was stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// How many packets.
    pub size: u32,
    /// How many rows of its list are there.
    pub loaded: u32,
    /// How many packets are signed, with their serial numbers.
    pub signed: u32,
    /// How many have their vouchers.
    pub issued: u32,
    /// How many the bank refused.
    pub held: u32,
    /// When it was created.
    pub created: String,
}

/// A page of a batch's rows, with what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchRows {
    /// In order.
    pub rows: Vec<BatchRow>,
    /// Whether there are more behind the last of these.
    pub more: bool,
}

/// One row of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BatchRow {
    /// Its number, from 1.
    pub row: u32,
    /// The recipient's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The serial number, once it is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<u64>,
    /// The packet's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<Digest>,
    /// Where it can be downloaded once it is issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// For which client it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
    /// `listed` (not signed yet), `signed`, `issued` or `held`.
    pub state: String,
    /// Why it is held, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
