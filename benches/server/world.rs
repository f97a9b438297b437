//! Where the bench works and with which servers.
#![allow(clippy::print_stderr)]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hongbao::load::{self, Kind, Own, Plan, Program, Progress, Report, Trio, Usage};

/// What was asked for.
pub(crate) struct World {
    dir: PathBuf,
    /// Whether to measure what takes minutes too.
    pub(crate) long: bool,
    /// A PostgreSQL server to keep the books on.
    pub(crate) database: Option<String>,
}

impl World {
    pub(crate) fn from_arguments() -> Self {
        let arguments: Vec<String> = std::env::args().collect();
        let value = |name: &str| arguments.iter().skip_while(|it| *it != name).nth(1).cloned();
        let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("server-bench");
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        let long = arguments.iter().any(|it| it == "--long");
        Self { dir, long, database: value("--database").or_else(|| std::env::var("HONGBAO_BENCH_DATABASE").ok()) }
    }

    pub(crate) fn title(&self) -> String {
        let books = if self.database.is_some() { "PostgreSQL" } else { "SQLite, WAL, `synchronous=FULL`" };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        format!("Books: {books}; {cores} cores, shared by servers and load; {}.", env!("CARGO_PKG_VERSION"))
    }

    /// A folder for one stage.
    pub(crate) fn folder(&self, stage: &str) -> PathBuf {
        let dir = self.dir.join(stage);
        std::fs::create_dir_all(&dir).unwrap_or_else(|error| panic!("{}: {error}", dir.display()));
        dir
    }

    /// New servers, or those of a stage started again.
    pub(crate) fn servers(&self, stage: &str) -> Arc<Trio> {
        let program = Program { path: env!("CARGO_BIN_EXE_hongbao-server").into(), words: Vec::new() };
        // There is one set of databases, so all stages go on with it.
        let stage = if self.database.is_some() { "all" } else { stage };
        let own = Own { dir: self.folder(stage), database: self.database.clone() };
        Arc::new(Trio::start(program, &own).unwrap_or_else(|error| panic!("{error}")))
    }

    pub(crate) fn clear(&self) {
        let _ = std::fs::remove_dir_all(&self.dir);
    }
}

/// A plan of so many over so many connections.
pub(crate) fn plan(kind: Kind, count: u32, connections: u32) -> Plan {
    let time = Duration::from_secs(600);
    Plan { kind, count, connections, time, rate: 100, one_packet: None, each_forwarded: false, kill: false }
}

/// Runs a plan.
pub(crate) async fn run(trio: &Arc<Trio>, plan: &Plan) -> Report {
    let progress = Progress::new(|line| eprintln!("  {line}"));
    load::run(trio, plan, &progress).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Everything in the books holds, or the figures are worth nothing.
pub(crate) async fn books_hold(trio: &Trio) {
    let books = trio.books().await.unwrap_or_else(|error| panic!("{error}"));
    assert!(books.ok, "{books:#?}");
}

/// What one of the servers used.
pub(crate) fn usage<'a>(report: &'a Report, server: &str) -> &'a Usage {
    report.servers.iter().find(|it| it.server == server).unwrap_or_else(|| panic!("no {server}"))
}

/// Microseconds for people.
pub(crate) fn ms(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1000.0)
}
