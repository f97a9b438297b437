//! `serve`: puts a party together from its data directory and configuration, and runs it.

use std::future::Future;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::database::DatabaseArg;
use super::{Failure, USER_AGENT, read_file, unexpected};
use crate::api::discovery::Role;
use crate::cli::print;
use crate::clock::SystemClock;
use crate::jose::json;
use crate::net::client::{Client, Reach};
use crate::net::server::{Limits, wait_for_stop};
use crate::packet::{Origin, text};
use crate::party::data_dir::{DataDir, Kept, Lasting};
use crate::party::host::{self, Addresses, App};
use crate::party::{OwnKeys, Party};
use crate::random::SystemRandom;
use crate::store::{Database, Schema};
use crate::{bank, enterprise};

/// Largest configuration file.
const MAX_CONFIG_BYTES: usize = 64 * 1024;

const PREFIX: &str = "account_prefix";
/// Requests per second from one address, unless configured.
const REQUESTS_PER_SECOND: u32 = 200;
const BURST_SECONDS: NonZeroU32 = NonZeroU32::MIN.saturating_add(1);

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum RoleArg {
    Enterprise,
    Bank,
}

impl From<RoleArg> for Role {
    fn from(role: RoleArg) -> Self {
        match role {
            RoleArg::Enterprise => Self::Enterprise,
            RoleArg::Bank => Self::Bank,
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// What to run.
    #[arg(long, value_enum)]
    role: RoleArg,
    /// Where its database, keys and token are; made at the first start.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where to listen, such as 127.0.0.1:8701; with port 0 a free port is chosen once and kept.
    #[arg(long, value_name = "ADDR")]
    listen: SocketAddr,
    /// Where the admin API listens; loopback addresses only.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    admin_listen: SocketAddr,
    /// The origin by which others know this server, behind a TLS proxy: `https://bank.example`.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    #[command(flatten)]
    database: DatabaseArg,
    /// A JSON file with settings; docs/cli.md lists them.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Stop also when standard input ends: whoever started this server and holds that pipe has then ended, however.
    #[arg(long)]
    until_stdin_closes: bool,
}

/// Settings that both roles have.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Common {
    name: Option<String>,
    requests_per_second: Option<u32>,
    max_connections: Option<usize>,
}

impl Serve {
    pub(super) async fn run(self) -> Result<(), Failure> {
        let role = Role::from(self.role);
        let stop = self.stop()?;
        let dir = DataDir::open(&self.data, role).map_err(|e| unexpected(&e))?;
        let before = dir.lasting().map_err(|e| unexpected(&e))?;
        let served = before.as_ref().is_some_and(|before| before.served);
        let books = before.as_ref().map_or_else(|| self.database.new_books(), |before| before.books);
        let used = dir.kept().map_err(|e| unexpected(&e))?.is_some();
        let database = self.database.choose(books, used, dir.database())?;
        let mut config = lasting_config(before.map(|before| before.config), role, self.config.as_deref())?;
        let whole = config.clone();
        let common: Common = take_common(&mut config)?;
        let addresses =
            Addresses { listen: self.listen, admin: self.admin_listen, public_url: self.public_url.clone() };
        let listeners = host::bind(&dir, role, &addresses).await.map_err(|e| unexpected(&e))?;
        // Before the directory says that it is set up: without a key it would not be.
        let own = dir.own_keys(&SystemRandom).map_err(|e| unexpected(&e))?;
        let lasting = Lasting { role, url: listeners.kept.url.clone(), books, config: whole, served };
        dir.keep_lasting(&lasting).map_err(|e| unexpected(&e))?;
        let party = Arc::new(open_party(own, &database, &listeners.kept, &common)?);
        let limits = limits(&common);
        match role {
            Role::Bank => {
                let bank = bank::Bank::new(party.clone(), settings(config)?).map_err(|e| unexpected(&e))?;
                let admin = bank::admin_router(bank.clone());
                let app = App { public: bank::router(bank.clone()), admin, limits };
                host::serve(&dir, lasting, listeners, app, |stop| bank::run(bank, stop), announce, stop).await
            }
            Role::Enterprise => {
                let house =
                    enterprise::Enterprise::open(party.clone(), settings(config)?).await.map_err(|e| unexpected(&e))?;
                let admin = enterprise::admin_router(house.clone());
                let app = App { public: enterprise::router(house.clone()), admin, limits };
                host::serve(&dir, lasting, listeners, app, |stop| enterprise::run(house, stop), announce, stop).await
            }
        }
        .map_err(|e| unexpected(&e))?;
        party.store.clone().close().await;
        Ok(())
    }

    /// Completes when the server is to stop.
    fn stop(&self) -> Result<impl Future<Output = ()> + use<>, Failure> {
        let told = wait_for_stop().map_err(|e| unexpected(&e))?;
        let closed = self.until_stdin_closes.then(stdin_closed);
        Ok(async move {
            match closed {
                Some(closed) => tokio::select! { () = told => {}, () = closed => {} },
                None => told.await,
            }
        })
    }
}

/// Completes when standard input has ended. A thread of its own reads it: a read that the runtime waits for would hold
/// up the end of a server that is told to stop otherwise.
fn stdin_closed() -> impl Future<Output = ()> {
    let (closed, told) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // An error is an end too.
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        let _ = closed.send(());
    });
    async {
        let _ = told.await;
    }
}

fn limits(common: &Common) -> Limits {
    let rate = NonZeroU32::new(common.requests_per_second.unwrap_or(REQUESTS_PER_SECOND));
    let usual = Limits::default();
    Limits {
        per_ip_per_second: rate,
        // Who was quiet for two seconds may send what those seconds would have allowed.
        burst: rate.map_or(usual.burst, |rate| rate.saturating_mul(BURST_SECONDS)),
        max_connections: common.max_connections.unwrap_or(usual.max_connections),
        ..usual
    }
}

fn open_party(own: OwnKeys, database: &Database, kept: &Kept, common: &Common) -> Result<Party, Failure> {
    let schema = match kept.role {
        Role::Bank => Schema::Bank,
        Role::Enterprise => Schema::Enterprise,
    };
    let name = common.name.clone().unwrap_or_else(|| host_and_port(&kept.url));
    text::NAME.check(&name).map_err(|e| bad_config(format!("the name in the configuration: {e}")))?;
    Ok(Party {
        origin: kept.url.clone(),
        name,
        own,
        store: database.open(schema).map_err(|e| unexpected(&e))?,
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        client: Client::new(Reach::Configured, USER_AGENT).map_err(|e| unexpected(&e))?,
    })
}

/// One line on standard output, for whoever waits until requests are accepted.
fn announce(kept: &Kept) {
    if let Ok(line) = serde_json::to_string(kept) {
        // Nobody may be listening; the same stands in server.json.
        let _ = print(&line);
    }
}

type Config = serde_json::Map<String, serde_json::Value>;

fn read_config(path: Option<&Path>) -> Result<Config, Failure> {
    let Some(path) = path else { return Ok(Config::new()) };
    let bytes = read_file(path, MAX_CONFIG_BYTES)?;
    json::read(&bytes).map_err(|e| bad_config(format!("{}: {e}", path.display())))
}

/// The configuration given now, else the one of the last start. What account numbers begin with is for good.
fn lasting_config(before: Option<Config>, role: Role, given: Option<&Path>) -> Result<Config, Failure> {
    let mut config = match (given, &before) {
        (None, Some(before)) => before.clone(),
        _ => read_config(given)?,
    };
    if role == Role::Bank {
        let usual = serde_json::Value::String(bank::Settings::default().account_prefix);
        let lasting = before.as_ref().and_then(|before| before.get(PREFIX)).cloned();
        let prefix = config.entry(PREFIX).or_insert_with(|| lasting.clone().unwrap_or(usual));
        if lasting.is_some_and(|lasting| lasting != *prefix) {
            return Err(bad_config(
                "the bank has accounts with another account_prefix, which cannot change".to_owned(),
            ));
        }
    }
    Ok(config)
}

/// The name of a party that was given none.
fn host_and_port(origin: &Origin) -> String {
    origin.as_str().split_once("://").map_or_else(|| origin.host(), |(_, authority)| authority.to_owned())
}

/// The members that both roles have; the rest is the role's own.
fn take_common(config: &mut Config) -> Result<Common, Failure> {
    let names = ["name", "requests_per_second", "max_connections"];
    let common: Config = names.iter().filter_map(|name| config.remove_entry(*name)).collect();
    settings(common)
}

fn settings<T: DeserializeOwned>(config: Config) -> Result<T, Failure> {
    json::shape(config.into()).map_err(|e| bad_config(format!("the configuration: {e}")))
}

fn bad_config(what: String) -> Failure {
    Failure::new("bad-config", what, "docs/cli.md lists the settings and their values.")
}
