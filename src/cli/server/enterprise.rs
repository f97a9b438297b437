//! An enterprise's commands: campaigns, packets, statistics.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Data, Failure, admin, read_file, read_origin, request_id, unexpected};
use crate::api::account::AccountNumber;
use crate::clock::parse_duration;
use crate::enterprise::admin::{self as shapes, CreateCampaign, IssuePackets};
use crate::identity::card::MAX_CARD_BYTES;
use crate::jose::{json, to_base64};
use crate::money::Amount;
use crate::packet::{Mode, Origin, Placement, When, file, media};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

#[derive(Debug, Subcommand)]
pub(super) enum Campaign {
    /// Create a campaign; the money for its rewards is frozen at the bank at once.
    Create(Box<Create>),
    /// All campaigns.
    List(Data),
    /// One campaign.
    Show(OneCampaign),
}

#[derive(Debug, Args)]
pub(super) struct OneCampaign {
    /// The campaign's id.
    id: String,
    #[command(flatten)]
    data: Data,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum ModeArg {
    Each,
    Lucky,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WhenArg {
    Opened,
    Collected,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum PlacementArg {
    Envelope,
    Contents,
    Both,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The company's name, as the envelope shows it.
    #[arg(long)]
    title: String,
    /// The greeting; its first line is set large.
    #[arg(long)]
    greeting: String,
    /// How many packets.
    #[arg(long)]
    count: u32,
    /// What one person gets, such as 88.00CNY.
    #[arg(long)]
    amount: Amount,
    /// How it is shared out.
    #[arg(long, value_enum, default_value = "each")]
    mode: ModeArg,
    /// How many people can collect from one packet.
    #[arg(long, default_value_t = 1)]
    shares: u32,
    /// What a forwarder earns for each friend, such as 1.00CNY.
    #[arg(long, value_name = "AMOUNT")]
    reward: Option<Amount>,
    /// For what: that the friend opened it, or was also paid a share.
    #[arg(long, value_enum, default_value = "opened")]
    when: WhenArg,
    /// Most rewards for one forwarder.
    #[arg(long, default_value_t = 10, value_name = "N")]
    per_person: u32,
    /// The most that all rewards may come to; without it, reward × per-person × count.
    #[arg(long, value_name = "AMOUNT")]
    reward_budget: Option<Amount>,
    /// The greeting on reward packets.
    #[arg(long, value_name = "TEXT")]
    reward_greeting: Option<String>,
    /// After which time the packets expire, such as 30d, 12h, 20s.
    #[arg(long, value_parser = parse_duration)]
    expires: i64,
    /// The issuing bank's origin.
    #[arg(long, value_name = "ORIGIN", value_parser = read_origin)]
    bank: Origin,
    /// The account that pays.
    #[arg(long)]
    account: AccountNumber,
    /// Most forwardings, up to 16; 0: not forwardable.
    #[arg(long, default_value_t = 5, value_name = "N")]
    max_hops: u32,
    /// Where the Forward button sits.
    #[arg(long, value_enum, default_value = "both")]
    placement: PlacementArg,
    /// A named look: cinnabar, crimson, vermilion or garnet.
    #[arg(long)]
    theme: Option<String>,
    /// A cover picture: PNG, JPEG or WebP, at most 256 KiB and 2048 × 2048.
    #[arg(long, value_name = "FILE")]
    cover: Option<PathBuf>,
    /// An emblem, likewise.
    #[arg(long, value_name = "FILE")]
    emblem: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

impl Campaign {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Create(create) => {
                let data = create.data.data.clone();
                admin::post(&data, shapes::CAMPAIGNS, &create.request()?).await
            }
            Self::List(data) => admin::get(&data.data, shapes::CAMPAIGNS).await,
            Self::Show(one) => {
                admin::get(&one.data.data, &format!("{}/{}", shapes::CAMPAIGNS, segment(&one.id)?)).await
            }
        }
    }
}

impl Create {
    fn request(self) -> Result<CreateCampaign, Failure> {
        Ok(CreateCampaign {
            request: request_id(),
            title: self.title,
            greeting: self.greeting,
            count: self.count,
            amount: self.amount,
            mode: match self.mode {
                ModeArg::Each => Mode::Each,
                ModeArg::Lucky => Mode::Lucky,
            },
            shares: self.shares,
            reward: self.reward,
            when: match self.when {
                WhenArg::Opened => When::Opened,
                WhenArg::Collected => When::Collected,
            },
            per_person: self.per_person,
            reward_budget: self.reward_budget,
            reward_greeting: self.reward_greeting,
            expires: u32::try_from(self.expires)
                .map_err(|_| Failure::new("bad-request", "--expires is too long", "Choose less than 100 years."))?,
            bank: self.bank,
            account: self.account,
            max_hops: self.max_hops,
            placement: match self.placement {
                PlacementArg::Envelope => Placement::Envelope,
                PlacementArg::Contents => Placement::Contents,
                PlacementArg::Both => Placement::Both,
            },
            theme: self.theme,
            cover: self.cover.as_deref().map(picture).transpose()?,
            emblem: self.emblem.as_deref().map(picture).transpose()?,
        })
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Packet {
    /// Issue packets: to a client's inbox, to files, or to download links.
    Issue(Issue),
}

#[derive(Debug, Args)]
pub(super) struct Issue {
    /// The campaign's id.
    #[arg(long, value_name = "ID")]
    campaign: String,
    /// How many.
    #[arg(long)]
    count: u32,
    /// For one client: its contact card. The packets are addressed to it and put into its inbox.
    #[arg(long, value_name = "CARD")]
    to: Option<PathBuf>,
    /// Write the packet files into this directory.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    #[command(flatten)]
    data: Data,
}

impl Packet {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let Self::Issue(issue) = self;
        let to = issue.to.as_deref().map(card).transpose()?;
        let request = IssuePackets { request: request_id(), campaign: issue.campaign, count: issue.count, to };
        let mut answer = admin::post(&issue.data.data, shapes::PACKETS, &request).await?;
        let packets = answer.get_mut("packets").and_then(Value::as_array_mut).into_iter().flatten();
        for packet in packets {
            let file = packet.as_object_mut().and_then(|members| members.remove("file"));
            if let (Some(out), Some(file)) = (&issue.out, file) {
                let path = save(out, packet, &file)?;
                packet["path"] = Value::String(path.to_string_lossy().into_owned());
            }
        }
        Ok(answer)
    }
}

#[derive(Debug, Args)]
pub(super) struct Stats {
    /// Only this campaign.
    #[arg(long, value_name = "ID")]
    campaign: Option<String>,
    #[command(flatten)]
    data: Data,
}

impl Stats {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let path = match &self.campaign {
            Some(campaign) => format!("{}?campaign={}", shapes::STATS, segment(campaign)?),
            None => shapes::STATS.to_owned(),
        };
        admin::get(&self.data.data, &path).await
    }
}

/// An id as it may stand in a path: what we make holds only letters, digits and hyphens.
fn segment(id: &str) -> Result<&str, Failure> {
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain {
        Ok(id)
    } else {
        Err(Failure::new("not-found", "There is no campaign with this id", "See `campaign list`."))
    }
}

fn picture(path: &Path) -> Result<String, Failure> {
    Ok(to_base64(&read_file(path, media::MAX_BYTES)?))
}

fn card(path: &Path) -> Result<Value, Failure> {
    let bytes = read_file(path, MAX_CARD_BYTES)?;
    json::value(&bytes).map_err(|_| {
        Failure::new(
            "not-a-card",
            format!("{} is not a contact card", path.display()),
            "Ask for the file that `hongbao identity --card PATH` writes.",
        )
    })
}

/// Writes a packet file under a name of our own; an existing file is never overwritten.
fn save(out: &Path, packet: &Value, packet_file: &Value) -> Result<PathBuf, Failure> {
    let serial = packet.get("serial").and_then(Value::as_u64).unwrap_or_default();
    let bytes = file::PacketFile::read(packet_file.to_string().as_bytes()).map_err(|e| unexpected(&e))?.to_bytes();
    let path = out.join(format!("hongbao-{serial:06}.hongbao"));
    let written = std::fs::create_dir_all(out).and_then(|()| {
        let mut new = std::fs::OpenOptions::new().write(true).create_new(true).open(&path)?;
        new.write_all(&bytes)?;
        new.sync_all()
    });
    written.map_err(|e| {
        let next = "The packet is issued and safe: its serial is in `stats`. Choose another --out directory.";
        Failure::new("cannot-write", format!("{}: {e}", path.display()), next)
    })?;
    Ok(path)
}
