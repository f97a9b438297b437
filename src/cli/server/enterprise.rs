//! An enterprise's commands: campaigns, packets, statistics.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use super::batch::Batch;
use super::find::{Find, Reissue, Test};
use super::goods::{Goods, Stock};
use super::{Data, Failure, Output, admin, read_file, read_origin, request_id, shaped, unexpected};
use crate::api::account::AccountNumber;
use crate::clock::{parse_duration, parse_offset, parse_time};
use crate::enterprise::admin::stats::{STATS, Stats as Figures};
use crate::enterprise::admin::{self as shapes, CreateCampaign, InstructPackets, IssuePackets, Serials};
use crate::identity::card::MAX_CARD_BYTES;
use crate::jose::{self, Digest, to_base64};
use crate::money::{Amount, Currency};
use crate::packet::{Mode, Origin, PacketFile, Placement, When, media};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use uuid::Uuid;

#[derive(Debug, Subcommand)]
pub(super) enum Campaign {
    /// Create a campaign; the money for its rewards is frozen at the bank at once, or with --draft when it is opened.
    Create(Box<Create>),
    /// Open a draft: the money for its rewards is frozen at the bank.
    Open(Step),
    /// Stop issuing for a while; openings are recorded, and the rewards that they earn wait.
    Pause(Step),
    /// Go on after a pause.
    Resume(Step),
    /// Issue nothing and let nothing be earned any more. What was promised before is still made.
    Close(Step),
    /// Draw its envelope as a wallet shows it, with a test packet; nothing is frozen.
    #[cfg(feature = "desktop")]
    Preview(super::preview::Preview),
    /// All campaigns.
    List(Data),
    /// One campaign.
    Show(OneCampaign),
    /// A campaign's stock of goods.
    #[command(subcommand)]
    Stock(Stock),
}

#[derive(Debug, Args)]
pub(super) struct OneCampaign {
    /// The campaign's id.
    id: String,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Step {
    /// The campaign's id.
    id: String,
    /// Who decided.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    data: Data,
}

impl Step {
    async fn take(self, step: shapes::Step) -> Result<Value, Failure> {
        let path = shapes::CAMPAIGN_STEPS.replace("{id}", segment(&self.id)?);
        admin::post(&self.data.data, &path, &shapes::TakeStep { step, by: self.by, reason: self.reason }).await
    }
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
    #[arg(long, required_unless_present = "goods_item", conflicts_with = "goods_item")]
    amount: Option<Amount>,
    #[command(flatten)]
    goods: Goods,
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
    #[arg(long, value_parser = parse_duration, conflicts_with = "ends", required_unless_present = "ends")]
    expires: Option<i64>,
    /// When the packets expire, such as 2026-03-03T00:00:00+08:00.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    ends: Option<i64>,
    /// From when they can be collected; without it, at once. Rewards are made from then on, too.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    starts: Option<i64>,
    /// Until when openings earn; without it, until the packets expire.
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    reward_until: Option<i64>,
    /// How long after it was owed a reward is made, such as 2h.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    reward_delay: Option<i64>,
    /// Most rewards for one forwarder in one day.
    #[arg(long, value_name = "N")]
    per_day: Option<u32>,
    /// Most rewards of the whole campaign in one day.
    #[arg(long, value_name = "N")]
    day_limit: Option<u32>,
    /// When a day begins: how far the enterprise's time is ahead of UTC.
    #[arg(long, value_name = "OFFSET", value_parser = parse_offset, default_value = "+00:00", allow_hyphen_values = true)]
    utc_offset: i32,
    /// Issue packets to named clients only.
    #[arg(long)]
    addressed: bool,
    /// Only write it down: nothing is frozen and nothing can be issued until `campaign open`.
    #[arg(long)]
    draft: bool,
    /// The id of an earlier request whose answer was lost: asking again with it creates nothing twice.
    #[arg(long, value_name = "UUID")]
    request: Option<Uuid>,
    /// The issuing bank's origin. Goods alone, without rewards, need none.
    #[arg(long, value_name = "ORIGIN", value_parser = read_origin, required_unless_present = "goods_item", requires = "account")]
    bank: Option<Origin>,
    /// The account that pays.
    #[arg(long, requires = "bank")]
    account: Option<AccountNumber>,
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
    /// What nobody collected may be withdrawn later; wallets say so to whoever gets a packet.
    #[arg(long)]
    revocable: bool,
    #[command(flatten)]
    data: Data,
}

impl Campaign {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Create(create) => {
                let data = create.data.data.clone();
                let request = create.request()?;
                admin::post(&data, shapes::CAMPAIGNS, &request).await.map_err(|it| repeatable(it, request.request))
            }
            #[cfg(feature = "desktop")]
            Self::Preview(preview) => preview.run().await,
            Self::Open(step) => step.take(shapes::Step::Open).await,
            Self::Pause(step) => step.take(shapes::Step::Pause).await,
            Self::Resume(step) => step.take(shapes::Step::Resume).await,
            Self::Close(step) => step.take(shapes::Step::Close).await,
            Self::List(data) => {
                Ok(json!({ "campaigns": admin::all(&data.data, shapes::CAMPAIGNS, "campaigns", "id").await? }))
            }
            Self::Stock(stock) => stock.run().await,
            Self::Show(one) => {
                admin::get(&one.data.data, &format!("{}/{}", shapes::CAMPAIGNS, segment(&one.id)?)).await
            }
        }
    }
}

impl Create {
    fn request(self) -> Result<CreateCampaign, Failure> {
        Ok(CreateCampaign {
            request: self.request.unwrap_or_else(request_id),
            title: self.title,
            greeting: self.greeting,
            count: self.count,
            amount: self.amount.or(self.goods.cash).unwrap_or(Amount::new(0, Currency::NONE)),
            goods: self.goods.request()?,
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
            expires: seconds("--expires", self.expires)?,
            starts: self.starts,
            ends: self.ends,
            reward_until: self.reward_until,
            reward_delay: seconds("--reward-delay", self.reward_delay)?,
            per_day: self.per_day,
            day_limit: self.day_limit,
            utc_offset: self.utc_offset,
            addressed: self.addressed,
            draft: self.draft,
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
            revocable: self.revocable,
        })
    }
}

fn seconds(name: &str, duration: Option<i64>) -> Result<u32, Failure> {
    let too_long = || Failure::new("bad-request", format!("{name} is too long"), "Choose less than 100 years.");
    u32::try_from(duration.unwrap_or(0)).map_err(|_| too_long())
}

#[derive(Debug, Subcommand)]
pub(super) enum Packet {
    /// Issue packets: to a client's inbox, to files, or to download links.
    Issue(Issue),
    /// Write an issued packet's file.
    File(OneFile),
    /// Issue many: from a list of recipients, or just many; the same command again goes on where it was stopped.
    Batch(Batch),
    /// Find packets, with all that happened to them.
    Find(Box<Find>),
    /// Send a packet again that was lost: the same packet, into its client's inbox or under a new link.
    Reissue(Reissue),
    /// Make a packet with a campaign's look, marked as a test and worth nothing, before anything is frozen.
    Test(Test),
    /// Take back what nobody collected, of packets that were made revocable.
    Withdraw(Withdraw),
    /// Have packets paid for longer than they say.
    Extend(Extend),
}

/// Which packets.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// Of this campaign; all of its own packets, unless serial numbers are given.
    #[arg(long, value_name = "ID", required_unless_present = "packet")]
    campaign: Option<String>,
    /// One serial number.
    #[arg(long, value_name = "N", conflicts_with = "serials")]
    serial: Option<u64>,
    /// Serial numbers from one to another, such as 12-40.
    #[arg(long, value_name = "A-B", value_parser = serials)]
    serials: Option<Serials>,
    /// One packet, by its id as `stats` shows it.
    #[arg(long, value_name = "ID", value_parser = read_id, allow_hyphen_values = true)]
    packet: Option<Digest>,
    /// Why; the bank is told, and it is kept.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// The id of an earlier request whose answer was lost: asking again with it does nothing twice.
    #[arg(long, value_name = "UUID")]
    request: Option<Uuid>,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Withdraw {
    #[command(flatten)]
    which: Which,
}

#[derive(Debug, Args)]
pub(super) struct Extend {
    /// How long from now they shall be payable, such as 30d; at most a year.
    #[arg(long = "for", value_name = "DURATION", value_parser = parse_duration)]
    span: i64,
    #[command(flatten)]
    which: Which,
}

impl Which {
    async fn instruct(self, extend_seconds: Option<u32>) -> Result<Value, Failure> {
        let request = self.request.unwrap_or_else(request_id);
        let one = self.serial.map(|serial| Serials { from: serial, to: serial });
        let wish = InstructPackets {
            request,
            campaign: self.campaign,
            serials: self.serials.or(one),
            packet: self.packet,
            reason: self.reason,
            extend_seconds,
        };
        let answer = admin::post(&self.data.data, shapes::INSTRUCTIONS, &wish).await;
        answer.map_err(|failure| repeatable(failure, request))
    }
}

/// An id may begin with `-`; then it is marked.
pub(super) fn read_id(text: &str) -> Result<Digest, String> {
    text.strip_prefix("id:").unwrap_or(text).parse().map_err(|_| "not an id of 43 letters and digits".to_owned())
}

fn serials(text: &str) -> Result<Serials, String> {
    let range = text.split_once('-').and_then(|(from, to)| Some((from.parse().ok()?, to.parse().ok()?)));
    let (from, to) = range.filter(|(from, to)| from <= to).ok_or("write two numbers counting up, such as 12-40")?;
    Ok(Serials { from, to })
}

#[derive(Debug, Args)]
pub(super) struct OneFile {
    /// The packet's id, as `packet issue` and `stats` show it.
    id: String,
    /// The file to write; it must not be there yet.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    #[command(flatten)]
    data: Data,
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
    /// The id of an earlier request whose answer was lost: asking again with it issues nothing twice.
    #[arg(long, value_name = "UUID")]
    request: Option<Uuid>,
    #[command(flatten)]
    data: Data,
}

impl Packet {
    pub(super) async fn run(self, output: Output) -> Result<Value, Failure> {
        match self {
            Self::Issue(issue) => issue.run().await,
            Self::Batch(batch) => batch.run(output).await,
            Self::Test(test) => test.run().await,
            Self::Find(find) => find.run().await,
            Self::Reissue(reissue) => reissue.run().await,
            Self::File(one) => {
                let id = one.id.strip_prefix("id:").unwrap_or(&one.id);
                save(&one.out, &packet_file(&one.data.data, id).await?)?;
                Ok(json!({ "id": id, "path": one.out.to_string_lossy() }))
            }
            Self::Withdraw(withdraw) => withdraw.which.instruct(None).await,
            Self::Extend(extend) => {
                let span = u32::try_from(extend.span)
                    .map_err(|_| Failure::new("bad-request", "--for is too long", "Choose at most a year."))?;
                extend.which.instruct(Some(span)).await
            }
        }
    }
}

impl Issue {
    async fn run(self) -> Result<Value, Failure> {
        let to = self.to.as_deref().map(card).transpose()?;
        let id = self.request.unwrap_or_else(request_id);
        let request = IssuePackets { request: id, campaign: self.campaign, count: self.count, to, replaces: None };
        let answer = admin::post(&self.data.data, shapes::PACKETS, &request).await;
        let mut answer = answer.map_err(|failure| repeatable(failure, id))?;
        let packets = answer.get_mut("packets").and_then(Value::as_array_mut).into_iter().flatten();
        for packet in packets.filter(|packet| packet["state"] == "issued") {
            let (Some(out), Some(id)) = (&self.out, packet["id"].as_str()) else { continue };
            let file = packet_file(&self.data.data, id).await?;
            let serial = packet["serial"].as_u64().unwrap_or_default();
            let path = out.join(format!("hongbao-{serial:06}.hongbao"));
            std::fs::create_dir_all(out).map_err(|error| cannot_write(out, &error))?;
            save(&path, &file)?;
            packet["path"] = Value::String(path.to_string_lossy().into_owned());
        }
        Ok(answer)
    }
}

pub(super) async fn packet_file(data: &Path, id: &str) -> Result<PacketFile, Failure> {
    let path = shapes::PACKET_FILE.replace("{id}", segment(id)?);
    let file = admin::get(data, &path).await?;
    PacketFile::read(file.to_string().as_bytes()).map_err(|e| unexpected(&e))
}

/// Whatever is not the server's decision may have happened: asked again under the same id, it happens once.
pub(super) fn repeatable(mut failure: Failure, request: Uuid) -> Failure {
    let undecided = ["failed", "not-running", "internal", "unavailable", "too-many-requests"];
    if undecided.contains(&failure.code.as_str()) {
        failure.next =
            format!("{} Repeat the command with `--request {request}`: nothing is done twice.", failure.next);
    }
    failure
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
        let of = match &self.campaign {
            Some(campaign) => format!("&campaign={}", segment(campaign)?),
            None => String::new(),
        };
        let page = async |after: u64| -> Result<Figures, Failure> {
            shaped(admin::get(&self.data.data, &format!("{STATS}?after={after}{of}")).await?)
        };
        let mut all = page(0).await?;
        while all.more
            && let Some(last) = all.packets.last()
        {
            let next = page(last.serial).await?;
            all.add(next).map_err(|error| unexpected(&error))?;
        }
        let Figures { campaigns, packets, totals, recovering, .. } = all;
        let mut answer = json!({ "campaigns": campaigns, "packets": packets, "totals": totals });
        if recovering {
            answer["recovering"] = true.into();
            answer["next"] =
                "The register was put back from a copy: what happened since is not counted. See `recovery status`."
                    .into();
        }
        Ok(answer)
    }
}

/// An id as it may stand in a path: what we make holds only letters, digits and hyphens.
pub(super) fn segment(id: &str) -> Result<&str, Failure> {
    let plain = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    if plain {
        Ok(id)
    } else {
        Err(Failure::new("not-found", "There is nothing with this id", "See `campaign list` and `stats`."))
    }
}

pub(super) fn picture(path: &Path) -> Result<String, Failure> {
    Ok(to_base64(&read_file(path, media::MAX_BYTES)?))
}

pub(super) fn card(path: &Path) -> Result<Value, Failure> {
    let bytes = read_file(path, MAX_CARD_BYTES)?;
    jose::json::value(&bytes).map_err(|_| {
        Failure::new(
            "not-a-card",
            format!("{} is not a contact card", path.display()),
            "Ask for the file that `hongbao identity --card PATH` writes.",
        )
    })
}

/// Writes a packet file; an existing file is never overwritten, unless it is this very packet's.
pub(super) fn save(path: &Path, file: &PacketFile) -> Result<(), Failure> {
    let bytes = file.to_bytes();
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut new| {
        new.write_all(&bytes)?;
        new.sync_all()
    });
    match written {
        // Written by the request that is repeated.
        Err(error)
            if error.kind() == ErrorKind::AlreadyExists && read_file(path, bytes.len()).is_ok_and(|it| it == bytes) =>
        {
            Ok(())
        }
        other => other.map_err(|error| cannot_write(path, &error)),
    }
}

pub(super) fn cannot_write(path: &Path, error: &std::io::Error) -> Failure {
    let next =
        "The packet is issued and safe: write it elsewhere with `packet file ID --out PATH`; its id is in `stats`.";
    Failure::new("cannot-write", format!("{}: {error}", path.display()), next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_have_happened_names_its_request() {
        let request = Uuid::from_u128(7);
        for (code, is_named) in
            [("unavailable", true), ("failed", true), ("not-running", true), ("bad-campaign", false)]
        {
            let failure = repeatable(Failure::new(code, "It went so.", "Do this."), request);
            assert_eq!(failure.next.contains(&format!("--request {request}")), is_named, "{code}");
            assert!(failure.next.starts_with("Do this."));
        }
    }
}
