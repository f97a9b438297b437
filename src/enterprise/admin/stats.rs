//! Statistics, as the admin API gives them and commands print them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::states::VoucherState;
use crate::jose::{ClientId, Digest};
use crate::money::{Amount, MoneyError};

/// Path: what became of the packets (GET, `?campaign=ID` for one campaign, `?after=SERIAL` for the next page).
pub const STATS: &str = "/admin/stats";
/// Most packets of one page.
pub const PAGE_PACKETS: usize = 500;

/// What became of some packets: a page, or several that were [`added`](Stats::add) up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stats {
    /// The campaigns of the packets shown, and the one that was asked for; each summed over the packets shown.
    pub campaigns: Vec<CampaignStats>,
    /// Each packet, by serial number.
    pub packets: Vec<PacketStats>,
    /// Over all packets shown.
    pub totals: Counts,
    /// Whether there are packets behind the last one.
    #[serde(default)]
    pub more: bool,
    /// Whether the register was put back from a copy and is not whole again: what was issued, opened and earned since is not counted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recovering: bool,
}

impl Stats {
    /// Adds the page behind.
    ///
    /// # Errors
    /// [`MoneyError`] when sums do not fit.
    pub fn add(&mut self, page: Self) -> Result<(), MoneyError> {
        for campaign in page.campaigns {
            match self.campaigns.iter_mut().find(|known| known.id == campaign.id) {
                Some(known) => {
                    known.counts.add(campaign.counts);
                    known.paid = known.paid.plus(campaign.paid)?;
                    known.returned = known.returned.plus(campaign.returned)?;
                }
                None => self.campaigns.push(campaign),
            }
        }
        self.packets.extend(page.packets);
        self.totals.add(page.totals);
        self.more = page.more;
        self.recovering |= page.recovering;
        Ok(())
    }
}

/// What became of a campaign.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CampaignStats {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Its own packets and its reward packets together.
    #[serde(flatten)]
    pub counts: Counts,
    /// Money paid to collectors.
    pub paid: Amount,
    /// Money that went back.
    pub returned: Amount,
}

/// What became of one packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PacketStats {
    /// Its serial number.
    pub serial: u64,
    /// Its id.
    pub id: Digest,
    /// Its campaign.
    pub campaign: String,
    /// `first` or `reward`.
    pub kind: String,
    /// `signed`, `issued` or `held`.
    pub state: String,
    /// Where its voucher stands, as its bank told: `issued`, `partly-paid`, `paid`, `returned` or `withdrawn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<VoucherState>,
    /// Since when, as its bank told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher_since: Option<String>,
    /// Until when it is paid, where that is later than the packet says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended: Option<String>,
    /// How many shares it has.
    pub shares: u32,
    /// For whom it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
    /// Where one of the campaign's own packets can be downloaded once it is issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// When it was issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<String>,
    /// How many clients told that they opened it.
    pub opened: u64,
    /// How many of them had it forwarded.
    pub forwarded: u64,
    /// How many shares were paid, or collected as goods.
    pub collected: u64,
    /// How many shares of goods were handed over or sent.
    #[serde(default)]
    pub handed: u64,
    /// How many rewards it earned its forwarders.
    pub rewarded: u64,
    /// How many more wait for the friend to collect.
    pub waiting: u64,
    /// How many more are held: they wait for a look, or for what the bank refused to be put right.
    pub held: u64,
    /// Money paid to collectors.
    pub paid: Amount,
    /// Money that went back.
    pub returned: Amount,
}

/// Sums over packets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Packets with a voucher, or with goods.
    pub issued: u64,
    /// Openings told.
    pub opened: u64,
    /// Openings of a forwarded packet.
    pub forwarded: u64,
    /// Shares paid, or collected as goods.
    pub collected: u64,
    /// Shares of goods handed over or sent.
    #[serde(default)]
    pub handed: u64,
    /// Rewards earned.
    pub rewarded: u64,
    /// Rewards that wait for the friend to collect.
    pub waiting: u64,
    /// Rewards that are held.
    pub held: u64,
}

impl Counts {
    /// Adds others.
    pub fn add(&mut self, others: Self) {
        let Self { issued, opened, forwarded, collected, handed, rewarded, waiting, held } = others;
        self.issued += issued;
        self.opened += opened;
        self.forwarded += forwarded;
        self.collected += collected;
        self.handed += handed;
        self.rewarded += rewarded;
        self.waiting += waiting;
        self.held += held;
    }
}
