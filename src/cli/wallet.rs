//! The commands of `hongbao`: arguments to [`Wallet`], its answers to output. docs/cli.md describes each.

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use serde::Serialize;
use url::Url;

use super::keeping::{Backup, Restore};
use super::manual::Manual;
use super::passphrase::FileOrTerminal;
use super::{Failure, Output, Text, parse};
use crate::api::account::AccountNumber;
use crate::api::goods::Address;
use crate::api::states::AcceptedBy;
use crate::app::instance::{self, Turn};
use crate::app::text::Language;
use crate::app::{self, ThemeChoice};
use crate::clock::SystemClock;
use crate::identity::card;
use crate::identity::keystore::{AskPassphrase, FileKeys, KeySource, KeyringKeys};
use crate::net::client::{Client, Reach};
use crate::packet::picture::{self, MAX_BYTES};
use crate::packet::text::ADDRESS;
use crate::packet::{Origin, Verdict};
use crate::random::{Random, SystemRandom};
use crate::wallet::{
    Carrier, CollectOptions, DrawState, ForwardOptions, GoodsOptions, Imported, Inside, NotTaken, OpenOptions,
    Surroundings, Wallet, WalletError, Words, gather, in_picture, inspect,
};

/// Electronic red packets that are files: check, open, forward, collect. Without a command: the window.
#[derive(Parser)]
#[command(name = "hongbao", version, about)]
struct Cli {
    /// For the window: packets, cards or folders to take in, or links.
    #[arg(value_name = "FILE|LINK")]
    take: Vec<String>,
    /// The window's language, instead of the chosen one: zh-CN or en.
    #[arg(long, value_name = "LANG")]
    lang: Option<Language>,
    /// The window's theme, instead of the chosen one: system, light or dark.
    #[arg(long, value_name = "THEME")]
    theme: Option<ThemeChoice>,
    /// The wallet's folder; its key is then in a file there. Without it: the person's own wallet.
    #[arg(long, global = true, value_name = "DIR", env = "HONGBAO_WALLET")]
    wallet: Option<PathBuf>,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Check a packet file without taking it in. Exits 0 genuine, 2 unreadable, 3 not genuine, 4 unchecked.
    Inspect {
        /// The file, or a picture with one in it; `-` for standard input. A hongbao: link works too.
        file: String,
        /// Ask a known company or bank whether it changed its key, if the key of this is not known.
        #[arg(long)]
        ask: bool,
    },
    /// Take packets into the wallet. Of several, or of a folder, each is taken in by itself.
    Import {
        /// A packet file or a picture of one (`-` for standard input), a hongbao: link, the address of a download, or a folder.
        #[arg(value_name = "FILE|LINK|DIR", required = true)]
        sources: Vec<String>,
    },
    /// List the packets, newest first.
    List,
    /// Show all about one packet.
    Show(Id),
    /// Ask the issuing bank whether a packet's money is still there.
    Status(Id),
    /// Open a packet and tell the enterprise, so that whoever forwarded it is rewarded.
    Open {
        #[command(flatten)]
        id: Id,
        /// Open without telling anybody.
        #[arg(long)]
        without_telling: bool,
        /// Let whoever forwarded it see that it was you who opened.
        #[arg(long, conflicts_with = "without_telling")]
        show_me: bool,
    },
    /// Pass a packet on to a friend.
    Forward(Forward),
    /// Take back what was passed on to a friend's inbox, as long as nobody has fetched it.
    Recall {
        #[command(flatten)]
        id: Id,
        /// The friend, by name or client id.
        #[arg(value_name = "FRIEND", allow_hyphen_values = true)]
        friend: String,
    },
    /// Let a packet that a stranger sent stand with the others.
    Keep(Id),
    /// Send what waits, fetch what arrived, ask how collections and forwardings stand.
    Sync,
    /// Accounts tied to this wallet.
    #[command(subcommand)]
    Account(Account),
    /// Collect a packet's money into an account, or its goods.
    Collect(Collect),
    /// Compute a lucky packet's draw again. Exits 0 when it holds, 3 when it does not or was not published in time, 4 when it
    /// is not closed yet.
    VerifyDraw(Id),
    /// Put a packet away, out of the window's list.
    Archive {
        #[command(flatten)]
        id: Id,
        /// Take it out again.
        #[arg(long)]
        undo: bool,
    },
    /// List the rewards for forwarding.
    Rewards,
    /// Show this wallet's unique id; write its contact card.
    Identity {
        /// Write the contact card to this new file.
        #[arg(long, value_name = "PATH")]
        card: Option<PathBuf>,
        /// The name on the card.
        #[arg(long)]
        name: Option<String>,
    },
    /// Friends, by their contact cards.
    #[command(subcommand)]
    Friend(Friend),
    /// Issuers whose keys are pinned.
    #[command(subcommand)]
    Issuer(Party),
    /// Banks whose vouchers are believed.
    #[command(subcommand)]
    Bank(Party),
    /// List everything that happened, first to last.
    History {
        /// Write it as a table into this new CSV file instead.
        #[arg(long, value_name = "FILE")]
        csv: Option<PathBuf>,
    },
    /// Keep this wallet safe: its recovery phrase, or a backup of everything.
    #[command(subcommand)]
    Backup(Backup),
    /// Bring a wallet back from a backup or its recovery phrase, into one in which there is nothing yet; then ask every issuer
    /// and bank how things stand.
    Restore(Restore),
    /// Write all packet files into a folder; nothing is overwritten.
    Export {
        /// The folder, made if it is not there.
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Write man pages and completions of both programs, for whoever packs them.
    #[command(hide = true)]
    Manual(Manual),
    /// Play the whole story with an enterprise, two banks and two wallets that are made for it and end with it.
    #[cfg(feature = "server")]
    Demo(super::demo::Demo),
    /// Everything that `hongbao-server` does; see `hongbao server --help`.
    #[cfg(feature = "server")]
    #[command(disable_help_flag = true)]
    Server {
        /// What would follow `hongbao-server`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<OsString>,
    },
}

#[derive(Args)]
struct Collect {
    #[command(flatten)]
    id: Id,
    /// For money: the account.
    #[arg(long)]
    account: Option<AccountNumber>,
    /// Of goods or cash: which; without it, what the packet holds, and of both the goods.
    #[arg(long, value_enum)]
    choose: Option<Choice>,
    /// For goods that are delivered: the file with the address, `-` for standard input.
    #[arg(long, value_name = "FILE")]
    address: Option<String>,
    /// Wait up to so many seconds for the end.
    #[arg(long, value_name = "SECS", default_value_t = 0)]
    wait: u32,
    /// Also when the gift was passed on to a friend, who has not collected yet.
    #[arg(long)]
    anyway: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Choice {
    Goods,
    Cash,
}

#[derive(Args)]
struct Id {
    /// The packet's id, or the unique beginning of it (at least 6 characters).
    #[arg(value_name = "ID", allow_hyphen_values = true)]
    id: String,
}

#[derive(Args)]
struct Forward {
    #[command(flatten)]
    id: Id,
    #[command(flatten)]
    carrier: CarrierArgs,
    /// With --save, --link, --https-link or --picture: only for this friend.
    #[arg(long = "for", value_name = "FRIEND", conflicts_with = "to", allow_hyphen_values = true)]
    only_for: Option<String>,
    /// With --to, or --save and --for: only this friend can open it. It locks the file, not the money.
    #[arg(long, conflicts_with_all = ["link", "https_link", "picture"])]
    seal: bool,
    /// Your own words to the friend, in the place of what an earlier forwarder said.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Pass on what an earlier forwarder said.
    #[arg(long, conflicts_with = "note")]
    keep_note: bool,
    /// With --picture: the language that the picture speaks.
    #[arg(long, value_name = "LANG", requires = "picture")]
    picture_lang: Option<Language>,
}

#[derive(Args)]
#[group(required = true, multiple = false)]
struct CarrierArgs {
    /// Write a new packet file.
    #[arg(long, value_name = "PATH")]
    save: Option<PathBuf>,
    /// Print a hongbao: link, which holds the whole packet and needs no server.
    #[arg(long)]
    link: bool,
    /// Print a short https link, at which the issuer keeps the packet until it ends.
    #[arg(long)]
    https_link: bool,
    /// Write a new picture (PNG) with the packet in it, and its short link as a QR code if one can be had now.
    #[arg(long, value_name = "PATH")]
    picture: Option<PathBuf>,
    /// Put it into the inbox of this friend (name or client id).
    #[arg(long, value_name = "FRIEND", allow_hyphen_values = true)]
    to: Option<String>,
}

#[derive(Subcommand)]
enum Account {
    /// Tie an account to this wallet with the one-time code from its bank.
    Link {
        /// The account number.
        account: AccountNumber,
        /// The one-time code.
        #[arg(long, allow_hyphen_values = true)]
        code: String,
    },
    /// List the accounts.
    List,
    /// Say whether what is collected into an account is accepted by its bank at once, or waits for a clerk.
    Set {
        /// The account number.
        account: AccountNumber,
        /// How.
        #[arg(long, value_enum)]
        acceptance: Acceptance,
    },
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Acceptance {
    /// At once.
    Auto,
    /// A clerk of the bank looks at it first.
    Clerk,
    /// As the bank has set for everybody.
    Bank,
}

impl Acceptance {
    const fn choice(self) -> Option<AcceptedBy> {
        match self {
            Self::Auto => Some(AcceptedBy::Auto),
            Self::Clerk => Some(AcceptedBy::Clerk),
            Self::Bank => None,
        }
    }
}

#[derive(Subcommand)]
enum Friend {
    /// Say what a contact card is and what adding it would change, with six words to compare aloud. Changes nothing.
    Look {
        /// The card: its file, its link, or a picture with its code.
        #[arg(value_name = "CARD")]
        card: String,
    },
    /// Add a friend by the contact card.
    Add {
        /// The card: its file, its link, or a picture with its code.
        #[arg(value_name = "CARD")]
        card: String,
        /// What you call the friend.
        #[arg(long)]
        name: Option<String>,
    },
    /// Make a friend of whoever forwarded a packet to you, by the key that signed that: without a card, and not compared.
    Sender {
        #[command(flatten)]
        id: Id,
        /// What you call the friend.
        #[arg(long)]
        name: String,
    },
    /// Note that you compared the six words of a friend's key aloud, and they are the same.
    Compared {
        /// The friend, by name or client id.
        #[arg(value_name = "FRIEND", allow_hyphen_values = true)]
        friend: String,
    },
    /// Call a friend by another name.
    Rename {
        /// The friend, by name or client id.
        #[arg(value_name = "FRIEND", allow_hyphen_values = true)]
        friend: String,
        /// The new name.
        name: String,
    },
    /// List the friends.
    List,
    /// Keep nothing any more that this client puts into an inbox. Nobody is told.
    Block {
        /// A friend by name, or anybody by client id.
        #[arg(value_name = "CLIENT", allow_hyphen_values = true)]
        client: String,
    },
    /// Keep again what this client puts into an inbox.
    Unblock {
        /// A friend by name, or anybody by client id.
        #[arg(value_name = "CLIENT", allow_hyphen_values = true)]
        client: String,
    },
    /// List the clients that are blocked.
    Blocked,
}

#[derive(Subcommand)]
enum Party {
    /// Ask an origin who it is and pin its keys. Plain http to this machine is allowed by this alone.
    Add {
        /// Such as `https://bank.example`
        origin: String,
    },
    /// List what is pinned.
    List,
}

impl From<WalletError> for Failure {
    fn from(error: WalletError) -> Self {
        Self::new(error.code(), error.to_string(), error.next())
    }
}

/// Runs `hongbao`.
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli: Cli = match parse(args) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let output = Output { json: cli.json };
    let mut cli = match other_program(cli, output) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    cli.take = cli.take.into_iter().map(path_of_address).collect();
    if let Some(Command::Manual(manual)) = cli.command {
        return match manual.run(parsers(), output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => output.fail(&failure),
        };
    }
    if let Some(failure) = cli.command.as_ref().and_then(Command::misuse) {
        return output.misused(&failure);
    }
    if cli.command.is_none() {
        let json = cli
            .json
            .then(|| Failure::new("usage", "the window answers in no JSON", "Name a command; see: hongbao help"));
        if let Some(failure) = json.or_else(|| cli.take.iter().find_map(|take| nothing_there(take))) {
            return output.misused(&failure);
        }
        return match show_window(cli, output) {
            Ok(()) => ExitCode::SUCCESS,
            Err(failure) => output.fail(&failure),
        };
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return output.fail(&Failure::new("internal", error.to_string(), "Try again.")),
    };
    match runtime.block_on(run(cli, output)) {
        Ok(code) => code,
        Err(failure) => output.fail(&failure),
    }
}

/// What both programs take.
fn parsers() -> Vec<clap::Command> {
    let wallet = <Cli as clap::CommandFactory>::command();
    #[cfg(feature = "server")]
    return vec![wallet, super::server::parser()];
    #[cfg(not(feature = "server"))]
    vec![wallet]
}

/// Desktops name the files to be opened by paths, or by `file:` addresses.
fn path_of_address(take: String) -> String {
    let path = Url::parse(&take).ok().filter(|url| url.scheme() == "file").and_then(|url| url.to_file_path().ok());
    path.map_or(take, |path| path.display().to_string())
}

/// What is neither a command nor a link nor a file is a mistake in typing, and no reason to open a window.
fn nothing_there(take: &str) -> Option<Failure> {
    let missing = !is_link(take) && !Path::new(take).exists();
    missing.then(|| {
        Failure::new(
            "usage",
            format!("{take:?} is no command, no link, and no file that is there"),
            "See: hongbao help",
        )
    })
}

/// The window on the wallet that is named, or the person's own. Where there is one already, that one shows what was given.
fn show_window(cli: Cli, output: Output) -> Result<(), Failure> {
    let named = cli.wallet.is_some();
    super::log(None);
    let dir = cli.wallet.map_or_else(default_dir, Ok)?;
    let take: Vec<String> = cli.take.into_iter().map(absolute).collect();
    let door = match instance::turn(&dir, &take) {
        Ok(Turn::First(door)) => Some(door),
        Ok(Turn::HandedOver) => return output.show(&HandedOver),
        // Two windows may show one wallet.
        Ok(Turn::Unanswered) => None,
        Err(error) => return Err(WalletError::File(dir, error).into()),
    };
    let folder = dir.clone();
    let opener = move |window: Arc<dyn AskPassphrase>| {
        // A passphrase that the environment names is taken before anybody is asked.
        let ask: Arc<dyn AskPassphrase> = match FileOrTerminal::from_environment() {
            ask if ask.has_file() => Arc::new(ask),
            _ => window,
        };
        let surroundings = surroundings(&folder, named, ask).map_err(fault)?;
        Ok((folder, surroundings))
    };
    let session = app::Session { dir, opener: Box::new(opener), take, greets: false };
    let launch = app::Launch {
        sessions: vec![session],
        board: None,
        door,
        language: cli.lang,
        theme: cli.theme,
        announcer: Some(Arc::new(app::announce::Desktop::start())),
        clock: Arc::new(SystemClock),
    };
    app::run(launch).map_err(|error| {
        let next = "Start it where there is a display, or use a command such as: hongbao list";
        Failure::new("no-window", format!("the window cannot be shown: {error}"), next)
    })
}

/// What a second start says.
#[derive(Serialize)]
struct HandedOver;

impl Text for HandedOver {
    fn text(&self) -> String {
        "The window that is open shows it.".to_owned()
    }
}

fn fault(failure: Failure) -> app::Fault {
    app::Fault { code: failure.code, detail: failure.detail, next: failure.next, domain: None }
}

/// A path stands for the same file wherever the program goes.
fn absolute(take: String) -> String {
    if is_link(&take) {
        return take;
    }
    std::path::absolute(&take).map_or(take, |path| path.display().to_string())
}

/// Runs what is no wallet's command; gives back what is one.
#[cfg(feature = "server")]
fn other_program(cli: Cli, output: Output) -> Result<Cli, ExitCode> {
    match cli.command {
        Some(Command::Demo(demo)) => Err(demo.run(output)),
        Some(Command::Server { args }) => {
            // The one option of both programs may stand before the word `server`.
            let json = cli.json.then(|| OsString::from("--json"));
            Err(super::server::main(std::iter::once("hongbao server".into()).chain(args).chain(json)))
        }
        command => Ok(Cli { command, ..cli }),
    }
}

/// Runs what is no wallet's command; gives back what is one.
#[cfg(not(feature = "server"))]
fn other_program(cli: Cli, _: Output) -> Result<Cli, ExitCode> {
    Ok(cli)
}

async fn run(cli: Cli, output: Output) -> Result<ExitCode, Failure> {
    let Some(wanted) = cli.command else { return Ok(ExitCode::SUCCESS) };
    let dir = cli.wallet.clone().map_or_else(default_dir, Ok)?;
    if let Command::Inspect { file, ask } = &wanted {
        let bytes = if file.starts_with("hongbao:") { file.clone().into_bytes() } else { read(file, MAX_BYTES)? };
        let inspection = if *ask {
            let wallet = open(&dir, cli.wallet.is_some()).await?;
            let inspection = wallet.inspect_asking(&bytes).await;
            wallet.close().await;
            inspection?
        } else {
            inspect(&dir, &bytes).await?
        };
        output.show(&inspection)?;
        return Ok(ExitCode::from(verdict_code(inspection.verdict)));
    }
    let wallet = open(&dir, cli.wallet.is_some()).await?;
    let done = match &wanted {
        Command::VerifyDraw(id) => verify_draw(&wallet, &id.id, output).await,
        _ => command(&wallet, wanted, output).await.map(|()| ExitCode::SUCCESS),
    };
    wallet.close().await;
    done
}

async fn verify_draw(wallet: &Wallet, id: &str, output: Output) -> Result<ExitCode, Failure> {
    let draw = wallet.verify_draw(id).await?;
    output.show(&draw)?;
    Ok(ExitCode::from(match draw.state {
        DrawState::Holds => 0,
        DrawState::Broken | DrawState::Overdue => 3,
        DrawState::Waiting => 4,
    }))
}

const fn verdict_code(verdict: Verdict) -> u8 {
    match verdict {
        Verdict::Genuine => 0,
        Verdict::Unreadable => 2,
        Verdict::NotGenuine => 3,
        Verdict::Unchecked => 4,
    }
}

async fn command(wallet: &Wallet, command: Command, output: Output) -> Result<(), Failure> {
    match command {
        // Answered elsewhere, with exit codes of their own.
        Command::Inspect { .. } | Command::VerifyDraw(_) | Command::Manual(_) => Ok(()),
        #[cfg(feature = "server")]
        Command::Demo(_) | Command::Server { .. } => Ok(()),
        Command::Import { sources } => import(wallet, &sources, output).await,
        Command::List => output.show(&wallet.list().await?),
        Command::Show(id) => output.show(&wallet.show(&id.id).await?),
        Command::Status(id) => output.show(&wallet.voucher_standing(&id.id).await?),
        Command::Open { id, without_telling, show_me } => {
            let options = OpenOptions { tell: !without_telling, show_me };
            output.show(&wallet.open_packet(&id.id, options).await?)
        }
        Command::Forward(forward) => {
            let language = forward.picture_language();
            let (id, options) = forward.options();
            match language {
                Some(language) => output.show(&app::forward_picture(wallet, &id, options, language).await?),
                None => output.show(&wallet.forward(&id, options).await?),
            }
        }
        Command::Recall { id, friend } => output.show(&wallet.recall(&id.id, &friend).await?),
        Command::Keep(id) => output.show(&wallet.keep(&id.id).await?),
        Command::Sync => output.show(&wallet.sync().await?),
        Command::Account(Account::Link { account, code }) => output.show(&wallet.link_account(&account, &code).await?),
        Command::Account(Account::List) => output.show(&wallet.accounts().await?),
        Command::Account(Account::Set { account, acceptance }) => {
            output.show(&wallet.choose_acceptance(&account, acceptance.choice()).await?)
        }
        Command::Collect(collect) => collect.run(wallet, output).await,
        Command::Archive { id, undo: false } => output.show(&wallet.archive(&id.id).await?),
        Command::Archive { id, undo: true } => output.show(&wallet.unarchive(&id.id).await?),
        Command::Rewards => output.show(&wallet.rewards().await?),
        Command::Identity { card, name } => output.show(&wallet.own_card(card.as_deref(), name.as_deref()).await?),
        Command::Friend(Friend::Add { card, name }) => {
            output.show(&wallet.add_friend(&card_of(&card).await?, name.as_deref()).await?)
        }
        Command::Friend(Friend::Sender { id, name }) => output.show(&wallet.befriend_sender(&id.id, &name).await?),
        Command::Friend(Friend::Compared { friend }) => output.show(&wallet.compared(&friend).await?),
        Command::Friend(Friend::Look { card }) => output.show(&wallet.look_at_card(&card_of(&card).await?).await?),
        Command::Friend(Friend::Rename { friend, name }) => output.show(&wallet.rename_friend(&friend, &name).await?),
        Command::Friend(Friend::List) => output.show(&wallet.friends().await?),
        Command::Friend(Friend::Block { client }) => output.show(&wallet.block(&client).await?),
        Command::Friend(Friend::Unblock { client }) => output.show(&wallet.unblock(&client).await?),
        Command::Friend(Friend::Blocked) => output.show(&wallet.blocked().await?),
        Command::Issuer(Party::Add { origin }) => output.show(&wallet.add_issuer(&typed_origin(&origin)?).await?),
        Command::Issuer(Party::List) => output.show(&wallet.issuers().await?),
        Command::Bank(Party::Add { origin }) => output.show(&wallet.add_bank(&typed_origin(&origin)?).await?),
        Command::Bank(Party::List) => output.show(&wallet.banks().await?),
        Command::Backup(backup) => backup.run(wallet, output).await,
        Command::Restore(restore) => restore.run(wallet, output).await,
        Command::Export { folder } => output.show(&wallet.export_packets(&folder).await?),
        Command::History { csv: None } => output.show(&wallet.history().await?),
        Command::History { csv: Some(path) } => {
            output.show(&wallet.export_history(&path, jiff::tz::TimeZone::system()).await?)
        }
    }
}

impl Command {
    /// What no parser of arguments sees.
    fn misuse(&self) -> Option<Failure> {
        let Self::Forward(forward) = self else { return None };
        let for_nobody = forward.seal && forward.carrier.save.is_some() && forward.only_for.is_none();
        let next = "Name the friend: forward ID --seal --save PATH --for FRIEND";
        for_nobody.then(|| Failure::new("usage", "a file is sealed for one friend", next))
    }
}

impl Collect {
    async fn run(self, wallet: &Wallet, output: Output) -> Result<(), Failure> {
        let id = self.id.id;
        let wait = Duration::from_secs(self.wait.into());
        let holds_goods = wallet.show(&id).await?.inspection.goods.is_some();
        if self.choose == Some(Choice::Goods) || holds_goods && self.choose != Some(Choice::Cash) {
            let address = self.address.as_deref().map(address).transpose()?;
            let options = GoodsOptions { address, anyway: self.anyway, wait };
            return output.show(&wallet.collect_goods(&id, &options).await?);
        }
        let account = self.account.ok_or_else(|| {
            let next = "Name the account that the money shall go to: collect ID --account ACCOUNT";
            Failure::new("account-needed", "money is collected into an account", next)
        })?;
        output.show(&wallet.collect(&id, &CollectOptions { account, anyway: self.anyway, wait }).await?)
    }
}

/// A contact card from a file, a link, or a picture with its code.
async fn card_of(source: &str) -> Result<Vec<u8>, Failure> {
    if source.starts_with(card::LINK) {
        return Ok(source.as_bytes().to_vec());
    }
    let bytes = read(source, MAX_BYTES)?;
    if !picture::is_picture(&bytes) {
        return Ok(bytes);
    }
    Ok(match in_picture(&bytes).await? {
        Inside::Link(link) => link.into_bytes(),
        Inside::File(file) => file,
    })
}

/// A delivery address from a file.
fn address(path: &str) -> Result<Address, Failure> {
    let bytes = read(path, ADDRESS.bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(Address::new(&text).map_err(WalletError::from)?)
}

impl Forward {
    fn options(self) -> (String, ForwardOptions) {
        let CarrierArgs { save, link: _, https_link, picture, to } = self.carrier;
        let (carrier, friend) = match (save.or(picture), to) {
            (Some(path), _) if self.seal => (Carrier::SaveSealed(path), self.only_for),
            (Some(path), _) => (Carrier::Save(path), self.only_for),
            (None, Some(friend)) if self.seal => (Carrier::RelaySealed, Some(friend)),
            (None, Some(friend)) => (Carrier::Relay, Some(friend)),
            (None, None) if https_link => (Carrier::HttpsLink, self.only_for),
            (None, None) => (Carrier::Link, self.only_for),
        };
        let words = match self.note {
            Some(words) => Words::Own(words),
            None if self.keep_note => Words::Kept,
            None => Words::None,
        };
        (self.id.id, ForwardOptions { carrier, friend, words })
    }

    /// In which language a picture speaks, if it is one that leaves.
    fn picture_language(&self) -> Option<Language> {
        self.carrier.picture.is_some().then(|| self.picture_lang.unwrap_or_else(Language::of_system))
    }
}

async fn import(wallet: &Wallet, sources: &[String], output: Output) -> Result<(), Failure> {
    if let [one] = sources
        && !Path::new(one).is_dir()
    {
        return output.show(&import_one(wallet, one).await?);
    }
    let (links, paths): (Vec<&String>, Vec<&String>) = sources.iter().partition(|source| is_link(source));
    let files = gather(&paths.into_iter().map(PathBuf::from).collect::<Vec<_>>());
    let mut many = wallet.import_many(&files).await?;
    for link in links {
        match wallet.import_link(link).await {
            Ok(imported) => many.packets.push(imported),
            Err(error @ WalletError::Store(_)) => return Err(error.into()),
            Err(error) => many.refused.push(NotTaken::new(Path::new(link), &error)),
        }
    }
    output.show(&many)
}

async fn import_one(wallet: &Wallet, source: &str) -> Result<Imported, Failure> {
    if is_link(source) {
        return Ok(wallet.import_link(source).await?);
    }
    Ok(wallet.import(&read(source, MAX_BYTES)?).await?)
}

fn is_link(text: &str) -> bool {
    ["hongbao:", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme))
}

fn typed_origin(text: &str) -> Result<Origin, Failure> {
    Ok(Origin::from_input(text).map_err(WalletError::from)?)
}

/// The wallet of `dir`. One that the person names keeps its key in a file there; the person's own in the keyring.
async fn open(dir: &Path, named: bool) -> Result<Wallet, Failure> {
    let ask = Arc::new(FileOrTerminal::from_environment());
    Ok(Wallet::open(dir, surroundings(dir, named, ask)?).await?)
}

fn surroundings(dir: &Path, named: bool, ask: Arc<dyn AskPassphrase>) -> Result<Surroundings, Failure> {
    let random: Arc<dyn Random> = Arc::new(SystemRandom);
    let keys: Arc<dyn KeySource> = if named {
        Arc::new(FileKeys::new(dir, ask, Arc::clone(&random)))
    } else {
        Arc::new(KeyringKeys::new(dir, ask, Arc::clone(&random)))
    };
    let reach = Reach::Public { loopback: std::collections::BTreeSet::new() };
    let client = Client::new(reach, concat!("hongbao/", env!("CARGO_PKG_VERSION")))
        .map_err(|error| Failure::new("internal", error.to_string(), "Please report this."))?;
    Ok(Surroundings { keys, clock: Arc::new(SystemClock), random, client })
}

fn default_dir() -> Result<PathBuf, Failure> {
    let dirs = directories::ProjectDirs::from("", "", "hongbao").ok_or_else(|| {
        Failure::new("no-home", "this user has no home folder", "Name the wallet's folder with --wallet DIR.")
    })?;
    Ok(dirs.data_dir().to_owned())
}

/// A file's bytes, `-` for standard input; at most one byte over `limit`, so that its reader sees that it is too large.
pub(super) fn read(path: &str, limit: usize) -> Result<Vec<u8>, Failure> {
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = if path == "-" {
        std::io::stdin().lock().take(most).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(WalletError::File(path.into(), error).into()),
    }
}

impl<T: Text> Text for Vec<T> {
    fn text(&self) -> String {
        if self.is_empty() {
            return "Nothing yet.".to_owned();
        }
        self.iter().map(Text::text).collect::<Vec<_>>().join("\n")
    }
}
