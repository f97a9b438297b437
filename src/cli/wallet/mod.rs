//! The commands of `hongbao`: arguments to [`Wallet`], its answers to output. docs/cli.md describes each.

mod text;
mod window;
mod words;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use super::passphrase::FileOrTerminal;
use super::{Failure, Output, Text, parse};
use crate::api::goods::Address;
use crate::app;
use crate::clock::SystemClock;
use crate::identity::card;
use crate::identity::keystore::{AskPassphrase, FileKeys, KeySource, KeyringKeys};
use crate::net::client::{Client, Reach};
use crate::packet::picture::{self, MAX_BYTES};
use crate::packet::text::ADDRESS;
use crate::packet::{Origin, Verdict};
use crate::random::{Random, SystemRandom};
use crate::wallet::{
    CollectOptions, DrawState, GoodsOptions, Imported, Inside, NotTaken, OpenOptions, Surroundings, Wallet,
    WalletError, gather, in_picture, inspect,
};
use words::{Account, Choice, Cli, Collect, Command, Friend, Party};

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
    cli.take = cli.take.into_iter().map(window::path_of_address).collect();
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
        if let Some(failure) = json.or_else(|| cli.take.iter().find_map(|take| window::nothing_there(take))) {
            return output.misused(&failure);
        }
        return match window::show(cli, output) {
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
