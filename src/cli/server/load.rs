//! `load`: measures what servers bear, with made-up people, and checks the books afterwards.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::{Failure, unexpected};
use crate::load::{Kind, LoadError, MAX_CONNECTIONS, MAX_COUNT, MAX_SECONDS, Own, Plan, Program, Progress, Trio};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KindArg {
    Notices,
    Collects,
    Rewards,
    Issuing,
}

impl From<KindArg> for Kind {
    fn from(kind: KindArg) -> Self {
        match kind {
            KindArg::Notices => Self::Notices,
            KindArg::Collects => Self::Collects,
            KindArg::Rewards => Self::Rewards,
            KindArg::Issuing => Self::Issuing,
        }
    }
}

/// What is made for the run (accounts, a campaign, packets) stays in the servers' books: use servers made for it.
#[derive(Debug, Args)]
pub(super) struct Load {
    /// What to measure.
    #[arg(value_enum)]
    kind: KindArg,
    /// How many in all.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_COUNT)))]
    count: u32,
    /// Over how many connections at once.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_CONNECTIONS)))]
    connections: u32,
    /// After how many seconds to stop, if there are still some left.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_SECONDS)))]
    seconds: u32,
    /// Rewards: how many openings per second.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// Collects: everybody from one packet with so many shares.
    #[arg(long, value_name = "SHARES", value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_COUNT)))]
    one_packet: Option<u32>,
    /// Notices: each of a forwarding of its own, so that nothing verified before spares the server anything.
    #[arg(long)]
    each_forwarded: bool,
    /// Make own servers for the run, in a new folder inside this one; they are removed when the books hold.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["enterprise", "issuing", "collecting"])]
    own: Option<PathBuf>,
    /// PostgreSQL databases for own servers' books: an address with `{server}` in it, which becomes `enterprise`,
    /// `issuing-bank` and `collecting-bank`. They must be there and empty.
    #[arg(long, value_name = "URL", requires = "own")]
    own_database: Option<String>,
    /// The running enterprise's data directory.
    #[arg(long, value_name = "DIR", required_unless_present = "own")]
    enterprise: Option<PathBuf>,
    /// The running issuing bank's data directory.
    #[arg(long, value_name = "DIR", required_unless_present = "own")]
    issuing: Option<PathBuf>,
    /// The running collecting bank's data directory.
    #[arg(long, value_name = "DIR", required_unless_present = "own")]
    collecting: Option<PathBuf>,
    /// Also load servers that listen on addresses which others reach.
    #[arg(long)]
    allow_remote: bool,
    /// Kill own servers at random on the way and start them again.
    #[arg(long, requires = "own")]
    kill: bool,
}

/// What a run came to, and whether everything holds.
pub(super) struct Loaded {
    pub(super) ok: bool,
    pub(super) answer: Value,
}

impl Load {
    pub(super) async fn run(self) -> Result<Loaded, Failure> {
        let own = self.own.as_ref().map(|dir| dir.join(format!("load-{}", super::request_id())));
        let trio = Arc::new(self.trio(own.clone()).await?);
        let plan = Plan {
            kind: self.kind.into(),
            count: self.count,
            connections: self.connections,
            time: Duration::from_secs(self.seconds.into()),
            rate: self.rate,
            one_packet: self.one_packet,
            each_forwarded: self.each_forwarded,
            kill: self.kill,
        };
        // Not where the answer goes. Where nobody can read it, it is not missed.
        let progress = Progress::new(|line| drop(writeln!(std::io::stderr().lock(), "{line}")));
        let report = crate::load::run(&trio, &plan, &progress).await.map_err(failure)?;
        let books = trio.books().await.map_err(failure)?;
        drop(trio);
        let ok = books.ok && report.lost == 0;
        if let Some(dir) = own.filter(|_| ok) {
            std::fs::remove_dir_all(&dir).map_err(|error| unexpected(&error))?;
        }
        let mut answer = serde_json::to_value(&report).map_err(|error| unexpected(&error))?;
        answer["books"] = serde_json::to_value(&books).map_err(|error| unexpected(&error))?;
        Ok(Loaded { ok, answer })
    }

    async fn trio(&self, own: Option<PathBuf>) -> Result<Trio, Failure> {
        let program = program()?;
        let trio = match (own, &self.enterprise, &self.issuing, &self.collecting) {
            (Some(dir), ..) => {
                let own = Own { dir, database: self.own_database.clone() };
                let started = tokio::task::spawn_blocking(move || Trio::start(program, &own)).await;
                started.map_err(|error| unexpected(&error))?
            }
            (None, Some(enterprise), Some(issuing), Some(collecting)) => {
                Trio::running(program, [enterprise, issuing, collecting], self.allow_remote)
            }
            _ => Err(LoadError::Data("name --own, or all of --enterprise, --issuing and --collecting".to_owned())),
        };
        trio.map_err(failure)
    }
}

/// This very program: its servers, and its audits.
fn program() -> Result<Program, Failure> {
    let path = std::env::current_exe().map_err(|error| unexpected(&error))?;
    // `hongbao server …` is the same commands behind a word.
    let is_wallet = path.file_stem().is_some_and(|name| name == "hongbao");
    Ok(Program { path, words: if is_wallet { vec!["server".to_owned()] } else { Vec::new() } })
}

fn failure(error: LoadError) -> Failure {
    let next = match &error {
        LoadError::Remote(_) => "Measure servers that only this machine reaches, or say --allow-remote.",
        LoadError::Data(_) => "Check the directories, and that a server runs on each.",
        LoadError::Start { .. } => "Put that right and try again; the logs lie beside the data.",
        LoadError::Setup { .. } | LoadError::Message(_) => "Put that right and try again; nothing is done twice.",
    };
    Failure::new("load-failed", error.to_string(), next)
}
