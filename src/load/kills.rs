//! Killing own servers at random while a run goes on, and starting them again.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::{LoadError, Trio};
use crate::random::{Random as _, SystemRandom};

/// The shortest time between two kills, in milliseconds; the longest is four times as long.
const PAUSE_MS: u64 = 250;

/// Kills until told to end.
pub(super) struct Killer {
    stop: watch::Sender<bool>,
    killing: Option<JoinHandle<Result<u32, LoadError>>>,
}

impl Killer {
    /// Begins, if `wanted` and the servers are own ones.
    pub(super) fn begin(trio: &Arc<Trio>, wanted: bool) -> Self {
        let (stop, stopping) = watch::channel(false);
        let killing = wanted.then(|| tokio::spawn(kill(trio.clone(), stopping)));
        Self { stop, killing }
    }

    /// Ends with all servers running; says how often one was killed.
    pub(super) async fn end(self) -> Result<u32, LoadError> {
        self.stop.send_replace(true);
        let Some(killing) = self.killing else { return Ok(0) };
        killing.await.unwrap_or_else(|error| {
            Err(LoadError::Setup { what: "killing servers".to_owned(), why: error.to_string() })
        })
    }
}

/// A run that ends before the first kill has one at its end: what was acknowledged must survive that too.
async fn kill(trio: Arc<Trio>, mut stopping: watch::Receiver<bool>) -> Result<u32, LoadError> {
    let mut kills = 0;
    loop {
        let mut random = [0; 16];
        SystemRandom.fill(&mut random);
        let number = u128::from_be_bytes(random);
        let pause = PAUSE_MS + u64::try_from(number % 1000).unwrap_or(0) * PAUSE_MS * 3 / 1000;
        let over = tokio::select! {
            () = tokio::time::sleep(Duration::from_millis(pause)) => false,
            _ = stopping.wait_for(|stopping| *stopping) => true,
        };
        if over && (kills > 0 || !trio.all().iter().any(|server| server.can_be_killed())) {
            return Ok(kills);
        }
        let trio = trio.clone();
        let killed = tokio::task::spawn_blocking(move || {
            let at = usize::try_from((number >> 64) % 3).unwrap_or(0);
            trio.all().get(at).filter(|server| server.can_be_killed()).map(|server| server.kill()).transpose()
        });
        let killed =
            killed.await.map_err(|error| LoadError::Setup { what: "a kill".into(), why: error.to_string() })?;
        kills += u32::from(killed?.is_some());
    }
}
