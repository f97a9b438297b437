//! Load: how many notices, collections, rewards and packets servers bear, measured from outside, and whether their books
//! hold afterwards. Servers are known by their addresses, their admin API and as processes only, never by their rooms.
//!
//! A run is bounded in count and time. What it makes (accounts, a campaign, packets) stays in the servers' books.

mod books;
mod collects;
mod figures;
mod issuing;
mod kills;
mod line;
mod notices;
mod people;
mod rewards;
mod servers;
mod stage;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

pub use books::Books;
pub use figures::{Figures, Times};
pub use servers::{Own, Program, Server, Trio, Usage};

/// Most operations of one run.
pub const MAX_COUNT: u32 = 1_000_000;
/// Most connections of one run.
pub const MAX_CONNECTIONS: u32 = 256;
/// The longest run, in seconds.
pub const MAX_SECONDS: u32 = 3600;

/// Why a run came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// A server's data directory cannot be used.
    #[error("{0}")]
    Data(String),
    /// A server does not start or its program cannot be run.
    #[error("the server in {dir} does not start: {why}")]
    Start {
        /// Its data directory.
        dir: PathBuf,
        /// What it said.
        why: String,
    },
    /// The servers do not listen on this machine alone.
    #[error("{0} is not a loopback address; say --allow-remote if that is meant")]
    Remote(String),
    /// What is needed for the run could not be set up.
    #[error("{what}: {why}")]
    Setup {
        /// What was asked.
        what: String,
        /// What came of it.
        why: String,
    },
    /// A message of our own cannot be made.
    #[error("a message cannot be made: {0}")]
    Message(String),
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Openings told to the enterprise, each with a reward that is owed.
    Notices,
    /// Shares collected at another bank than the issuing one.
    Collects,
    /// From an opening to the reward in the forwarder's inbox, at a steady rate.
    Rewards,
    /// Packets with their vouchers.
    Issuing,
}

/// A run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// What is measured.
    pub kind: Kind,
    /// How many in all, at most [`MAX_COUNT`].
    pub count: u32,
    /// How many at once, at most [`MAX_CONNECTIONS`].
    pub connections: u32,
    /// When to stop if there are still some left.
    pub time: Duration,
    /// Rewards: how many openings per second.
    pub rate: u32,
    /// Collects: all on one packet with so many shares; else everybody gets one.
    pub one_packet: Option<u32>,
    /// Notices: each is of a forwarding of its own, so that nothing a server has verified before spares it anything.
    pub each_forwarded: bool,
    /// Whether servers are killed and started again on the way.
    pub kill: bool,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What was measured.
    pub kind: Kind,
    /// How many were done.
    pub done: u64,
    /// How many were answered otherwise, by problem code or result.
    pub others: BTreeMap<String, u64>,
    /// The times.
    #[serde(flatten)]
    pub figures: Figures,
    /// The same sent again: its figures, and how many answers were not the same bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// How often a server was killed.
    pub kills: u32,
    /// What was acknowledged and is not there: always nothing, or the run has failed.
    pub lost: u64,
    /// What each server used.
    pub servers: Vec<Usage>,
}

/// Everything sent a second time.
#[derive(Clone, Debug, Serialize)]
pub struct Again {
    /// The times.
    #[serde(flatten)]
    pub figures: Figures,
    /// Answers that were not the same bytes.
    pub differing: u64,
}

/// Runs a plan on three servers.
///
/// # Errors
/// [`LoadError`] when it cannot be set up; refusals on the way are counted in the report.
pub async fn run(trio: &Arc<Trio>, plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    let mut report = match plan.kind {
        Kind::Notices => notices::run(trio, plan, progress).await?,
        Kind::Collects => collects::run(trio, plan, progress).await?,
        Kind::Rewards => rewards::run(trio, plan, progress).await?,
        Kind::Issuing => issuing::run(trio, plan, progress).await?,
    };
    report.others.retain(|_, count| *count > 0);
    Ok(report)
}

/// Where a run tells how far it is.
#[derive(Clone)]
pub struct Progress(Arc<dyn Fn(&str) + Send + Sync>);

impl Progress {
    /// Tells each line to `tell`.
    pub fn new(tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(tell))
    }

    /// Tells nobody.
    #[must_use]
    pub fn silent() -> Self {
        Self::new(|_| ())
    }

    fn say(&self, line: &str) {
        (self.0)(line);
    }
}

impl std::fmt::Debug for Progress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Progress")
    }
}
