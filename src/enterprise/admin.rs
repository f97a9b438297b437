//! What the admin API takes and gives: the shapes that commands print. Times RFC 3339 UTC, amounts `{minor,currency}`.

pub mod batch;
pub mod life;
pub mod review;
pub mod stats;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::account::AccountNumber;
use crate::api::states::GoodsState;
use crate::jose::{ClientId, Digest};
use crate::money::{Amount, Sum, SumOrNothing};
use crate::packet::{Handover, Mode, Origin, Placement, When};
use crate::party::changes::ChangeView;

/// Path: create a campaign (POST), list them (GET, `?after=ID`), show one (GET, with its id).
pub const CAMPAIGNS: &str = "/admin/campaigns";
/// Path: a step in a campaign's life (POST); `{id}` is the campaign's id.
pub const CAMPAIGN_STEPS: &str = "/admin/campaigns/{id}/steps";
/// Path: a test packet with a campaign's look (POST); `{id}` is the campaign's id.
pub const CAMPAIGN_TEST: &str = "/admin/campaigns/{id}/test";
/// Path: issue packets (POST).
pub const PACKETS: &str = "/admin/packets";
/// Path: one packet's file (GET); `{id}` is the packet's id.
pub const PACKET_FILE: &str = "/admin/packets/{id}/file";
/// Path: have vouchers withdrawn or extended (POST).
pub const INSTRUCTIONS: &str = "/admin/instructions";
/// Path: try again what a bank refused (POST), after its reason was put right.
pub const RETRY: &str = "/admin/retry";
/// Path: a campaign's stock of goods (GET, and POST to change it); `{id}` is the campaign's id.
pub const STOCK: &str = "/admin/campaigns/{id}/stock";
/// Path: collections of goods (GET, `?campaign=ID&state=WORD&after=ID`), or one (GET, with its id).
pub const GOODS: &str = "/admin/goods";
/// Path: hand goods over for their code (POST).
pub const REDEEM: &str = "/admin/goods/redeem";
/// Path: goods were not there when the code was shown (POST).
pub const OUT_OF_STOCK: &str = "/admin/goods/out-of-stock";
/// Path: goods that were chosen over money are not there, and the money is given back (POST).
pub const REFUND: &str = "/admin/goods/refund";
/// Path: goods were sent (POST).
pub const SHIP: &str = "/admin/goods/ship";
/// Path: a parcel arrived (POST).
pub const DELIVERED: &str = "/admin/goods/delivered";

/// A campaign to create. The same `request` creates one campaign.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateCampaign {
    /// The request's id, which becomes the campaign's.
    pub request: Uuid,
    /// The company's name, as the envelope shows it.
    #[schema(min_length = 1, max_length = 512)]
    pub title: String,
    /// The greeting; its first line is set large.
    #[schema(min_length = 1, max_length = 4096)]
    pub greeting: String,
    /// How many packets.
    #[schema(minimum = 1)]
    pub count: u32,
    /// What money one person gets, in `lucky` the whole pot; with goods: instead of them, if the collector likes, or nothing.
    #[serde(default = "defaults::nothing")]
    #[schema(value_type = SumOrNothing)]
    pub amount: Amount,
    /// What goods one person gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods: Option<CampaignGoods>,
    /// How it is shared out.
    #[serde(default = "defaults::mode")]
    pub mode: Mode,
    /// How many people can collect from one packet.
    #[serde(default = "defaults::shares")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    pub shares: u32,
    /// What a forwarder earns for each friend.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Sum>)]
    pub reward: Option<Amount>,
    /// For what.
    #[serde(default = "defaults::when")]
    pub when: When,
    /// Most rewards for one forwarder.
    #[serde(default = "defaults::per_person")]
    #[schema(minimum = 1)]
    pub per_person: u32,
    /// The most that all rewards may come to; without it, reward × per_person × count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Sum>)]
    pub reward_budget: Option<Amount>,
    /// The greeting on reward packets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 4096)]
    pub reward_greeting: Option<String>,
    /// After how many seconds its packets expire; 0 where `ends` says when.
    #[serde(default)]
    pub expires: u32,
    /// From when they can be collected, in seconds since the epoch; without it, at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<i64>,
    /// When they expire, in seconds since the epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<i64>,
    /// Until when openings earn, in seconds since the epoch; without it, until the packets expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_until: Option<i64>,
    /// How many seconds after it was owed a reward is made.
    #[serde(default)]
    pub reward_delay: u32,
    /// Most rewards for one forwarder in one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub per_day: Option<u32>,
    /// Most rewards of the campaign in one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub day_limit: Option<u32>,
    /// When a day begins: minutes that the enterprise's time is ahead of UTC.
    #[serde(default)]
    #[schema(minimum = -1080, maximum = 1080)]
    pub utc_offset: i32,
    /// Whether every packet must be for one client.
    #[serde(default)]
    pub addressed: bool,
    /// Whether it waits to be opened by hand; nothing is frozen before.
    #[serde(default)]
    pub draft: bool,
    /// The issuing bank; none for goods alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<Origin>,
    /// The account that pays; none for goods alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNumber>,
    /// Most forwardings; 0: not forwardable.
    #[serde(default = "defaults::max_hops")]
    #[schema(maximum = 16)]
    pub max_hops: u32,
    /// Where the Forward button sits.
    #[serde(default = "defaults::placement")]
    pub placement: Placement,
    /// A named look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 64)]
    pub theme: Option<String>,
    /// A cover picture: PNG, JPEG or WebP, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<String>,
    /// An emblem: PNG, JPEG or WebP, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emblem: Option<String>,
    /// Whether what nobody collected may be withdrawn; packets say so to whoever gets them.
    #[serde(default)]
    pub revocable: bool,
}

/// Goods of a campaign to create.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignGoods {
    /// What.
    #[schema(min_length = 1, max_length = 512)]
    pub item: String,
    /// How many units one person gets.
    #[serde(default = "defaults::quantity")]
    #[schema(minimum = 1)]
    pub quantity: u32,
    /// Of which unit, such as 盒.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub unit: Option<String>,
    /// From whom.
    #[schema(min_length = 1, max_length = 512)]
    pub merchant: String,
    /// Conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 8192)]
    pub terms: Option<String>,
    /// How to get them.
    #[schema(min_length = 1, max_length = 8192)]
    pub redeem: String,
    /// A picture: PNG, JPEG or WebP, base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    /// What they are worth, if that is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Sum>)]
    pub value: Option<Amount>,
    /// Their Global Trade Item Number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^([0-9]{8}|[0-9]{12,14})$")]
    pub gtin: Option<String>,
    /// How they change hands.
    #[serde(default)]
    pub handover: Handover,
    /// How many units there are.
    pub stock: u64,
}

mod defaults {
    use crate::money::{Amount, Currency};
    use crate::packet::{Mode, Placement, When};

    pub(super) const fn nothing() -> Amount {
        Amount::new(0, Currency::NONE)
    }
    pub(super) const fn quantity() -> u32 {
        1
    }

    pub(super) const fn mode() -> Mode {
        Mode::Each
    }
    pub(super) const fn shares() -> u32 {
        1
    }
    pub(super) const fn when() -> When {
        When::Opened
    }
    pub(super) const fn per_person() -> u32 {
        10
    }
    pub(super) const fn max_hops() -> u32 {
        5
    }
    pub(super) const fn placement() -> Placement {
        Placement::Both
    }
}

/// A campaign, as `campaign create|show|list` print it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignView {
    /// Its id.
    pub id: String,
    /// The request that created it.
    pub request: String,
    /// `draft` (not opened yet, or the bank has not frozen the rewards), `open`, `paused`, `closed` or `failed`.
    pub state: String,
    /// Why it failed, or what it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The company's name.
    pub title: String,
    /// The greeting.
    pub greeting: String,
    /// How many packets may be issued.
    pub count: u32,
    /// How many were.
    pub issued: u64,
    /// What money one person gets; nothing of goods alone.
    pub amount: Amount,
    /// What goods one person gets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goods: Option<GoodsTermsView>,
    /// How it is shared out.
    pub mode: Mode,
    /// How many people can collect from one packet.
    pub shares: u32,
    /// What forwarders earn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<RewardView>,
    /// Whether what nobody collected may be withdrawn.
    pub revocable: bool,
    /// All that it may cost.
    pub budget: Amount,
    /// When it was created.
    pub created: String,
    /// From when its packets can be collected, if not at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub starts: Option<String>,
    /// When its packets expire.
    pub expires: String,
    /// Whether every packet is for one client.
    pub addressed: bool,
    /// The issuing bank; none for goods alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bank: Option<Origin>,
    /// The account that pays; none for goods alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountNumber>,
    /// Whether the register was put back from a copy that has this campaign, and is not whole again: what was issued, opened and earned
    /// of it since is not counted here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovering: bool,
    /// What was decided of it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<ChangeView>,
}

/// A step in a campaign's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Open a draft: the money for its rewards is frozen.
    Open,
    /// Stop issuing and making rewards for a while.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Issue nothing and let nothing be earned any more.
    Close,
}

/// A step that somebody decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TakeStep {
    /// Which.
    pub step: Step,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1024)]
    pub reason: Option<String>,
}

/// A test packet to make; the same `request` makes the same one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TestPacket {
    /// The request's id.
    pub request: Uuid,
    /// For one client, into its inbox: its contact card, the card file's object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
}

/// What goods one person gets in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoodsTermsView {
    /// What.
    pub item: String,
    /// How many units.
    pub quantity: u32,
    /// Of which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// From whom.
    pub merchant: String,
    /// Conditions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// How to get them.
    pub redeem: String,
    /// What they are worth.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Amount>,
    /// Their Global Trade Item Number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gtin: Option<String>,
    /// How they change hands.
    pub handover: Handover,
    /// Whether the collector may take the amount in money instead.
    pub cash: bool,
}

/// What forwarders earn in a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RewardView {
    /// For each friend.
    pub amount: Amount,
    /// For what.
    pub when: When,
    /// Most rewards for one forwarder.
    pub per_person: u32,
    /// Most for one forwarder in one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_day: Option<u32>,
    /// Most of the campaign in one day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_limit: Option<u32>,
    /// When a day begins: minutes ahead of UTC.
    pub utc_offset: i32,
    /// Until when openings earn.
    pub until: String,
    /// How many seconds after it was owed a reward is made.
    pub delay: u32,
    /// What is frozen for all rewards.
    pub budget: Amount,
    /// The fund's number at the bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund: Option<String>,
}

/// Most campaigns of one page.
pub const PAGE_CAMPAIGNS: usize = 200;

/// A page of the campaigns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignList {
    /// Oldest first.
    pub campaigns: Vec<CampaignView>,
    /// Whether there are more behind the last one.
    #[serde(default)]
    pub more: bool,
}

/// Packets to issue. The same `request` issues once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IssuePackets {
    /// The request's id.
    pub request: Uuid,
    /// The campaign.
    #[schema(max_length = 64)]
    pub campaign: String,
    /// How many.
    #[schema(minimum = 1, maximum = 1000)]
    pub count: u32,
    /// For one client: its contact card, the card file's object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Value>,
    /// Of one packet: which withdrawn one it replaces.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<Replaces>,
}

/// A packet that another one is issued for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Replaces {
    /// The packet; its bank must have told that all of it was withdrawn.
    pub packet: Digest,
    /// Why.
    #[schema(min_length = 1, max_length = 1024)]
    pub reason: String,
    /// Who decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// What was issued.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedPackets {
    /// The request that issued them.
    pub request: Uuid,
    /// In the order of their serial numbers.
    pub packets: Vec<IssuedPacket>,
}

/// One packet of a request to issue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IssuedPacket {
    /// Its id.
    pub id: Digest,
    /// Its serial number.
    pub serial: u64,
    /// `issued`, `signed` (its voucher is still to come, by itself) or `held` (the bank refused).
    pub state: String,
    /// Why it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where it can be downloaded once it is issued.
    pub link: String,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
}

/// Vouchers to have withdrawn or extended: of a campaign, of some of its serial numbers, or of one packet. The same
/// `request` is sent to the bank once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InstructPackets {
    /// The request's id.
    pub request: Uuid,
    /// The campaign.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 64)]
    pub campaign: Option<String>,
    /// Only these serial numbers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serials: Option<Serials>,
    /// Only this packet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub packet: Option<Digest>,
    /// Why; the bank is told.
    #[schema(min_length = 1, max_length = 1024)]
    pub reason: String,
    /// For how many seconds from now they shall be payable; without it, they are withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extend_seconds: Option<u32>,
}

/// Serial numbers, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Serials {
    /// The first.
    pub from: u64,
    /// The last.
    pub to: u64,
}

/// What became of a request to withdraw or extend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Instructed {
    /// The request.
    pub request: Uuid,
    /// How many packets have each result.
    pub results: std::collections::BTreeMap<String, u64>,
    /// Each packet, by serial number.
    pub packets: Vec<InstructedPacket>,
}

/// One packet of a request to withdraw or extend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InstructedPacket {
    /// Its serial number.
    pub serial: u64,
    /// Its id.
    pub id: Digest,
    /// The bank's word; or `waiting` (it has not answered yet and is asked again), `refused` (all of it), `not-issued`.
    pub result: String,
    /// How much went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Until when it is payable now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// Why it waits or was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// What is tried again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Retried {
    /// How many packets.
    pub packets: u64,
    /// How many campaigns, which ask their bank for the same fund again.
    pub campaigns: u64,
}

/// A change of a campaign's stock. The same `request` changes it once.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeStock {
    /// The request's id.
    pub request: Uuid,
    /// How many units come in; negative: go out.
    pub units: i64,
}

/// Where a campaign's units are. `stocked` is the sum of the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockView {
    /// The campaign.
    pub campaign: String,
    /// All units it has, or had.
    pub stocked: u64,
    /// In stock, and in no packet.
    pub free: u64,
    /// Promised by packets, and not collected yet.
    pub promised: u64,
    /// With collectors who have a code.
    pub given: u64,
    /// Handed over or sent.
    pub handed: u64,
}

/// A code to hand goods over for.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Redeem {
    /// The code, as the collector shows it.
    pub code: String,
    /// Who hands them over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// Goods that were not there.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// The code, or the collection's id.
    pub goods: String,
    /// Why, and when they will be there: the collector reads it.
    #[schema(min_length = 1, max_length = 512)]
    pub reason: String,
    /// For how many seconds more the code is good; without it, 30 days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extend: Option<u32>,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// Goods that were chosen over money and cannot be handed over: the money is given back.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refund {
    /// The code, or the collection's id.
    pub goods: String,
    /// Why: the collector reads it.
    #[schema(min_length = 1, max_length = 512)]
    pub reason: String,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// A code may be in it.
impl std::fmt::Debug for Refund {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refund").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Goods that were sent.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Ship {
    /// The collection.
    pub id: Uuid,
    /// By what the parcel is found: the collector reads it.
    #[schema(min_length = 1, max_length = 512)]
    pub tracking: String,
    /// Who sent them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// A parcel that arrived.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Delivered {
    /// The collection.
    pub id: Uuid,
    /// Who says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 512)]
    pub by: Option<String>,
}

/// One person's goods, as staff see them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoodsOne {
    /// The collection's id.
    pub id: String,
    /// The packet.
    pub packet: Digest,
    /// Its serial number.
    pub serial: u64,
    /// Its campaign.
    pub campaign: String,
    /// Who collected.
    pub client: ClientId,
    /// Which share.
    pub share: u32,
    /// What.
    pub item: String,
    /// How many units.
    pub quantity: u32,
    /// Of which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How they change hands.
    pub handover: Handover,
    /// Where it stands.
    pub state: GoodsState,
    /// When it was collected.
    pub at: String,
    /// Until when the code is good.
    pub until: String,
    /// Why the goods were not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// By what the parcel is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// When they were handed over, sent, delivered or refunded, or the code expired.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<String>,
    /// Who did that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// The packet in which the money was given back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<Digest>,
    /// Where they are sent, until 90 days after they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Every change, first to last.
    pub changes: Vec<ChangeView>,
}

/// A private address is in it.
impl std::fmt::Debug for GoodsOne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GoodsOne").field("id", &self.id).field("state", &self.state).finish_non_exhaustive()
    }
}

/// Most collections of goods of one page.
pub const PAGE_GOODS: usize = 500;

/// A page of collections of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct GoodsList {
    /// Newest first.
    pub collections: Vec<GoodsOne>,
    /// Whether there are more behind the last one.
    pub more: bool,
}
