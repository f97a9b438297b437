//! Background work: one step after another, woken when there is something to do, asleep otherwise.
//!
//! All work is found in the database, so a worker that starts after a crash goes on where the last one stopped.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, watch};

use crate::clock::Clock;

/// Longest sleep before looking again, should a clock have jumped.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// Wakes a worker; cheap to clone, and a wake before the worker listens is kept.
#[derive(Clone, Debug, Default)]
pub struct Wake(Arc<Notify>);

impl Wake {
    /// Says that there may be something to do.
    pub fn wake(&self) {
        self.0.notify_one();
    }
}

/// When a worker wants to look again if nobody wakes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// At this time, in milliseconds since the epoch.
    At(i64),
    /// Only when woken.
    WhenWoken,
}

impl Next {
    /// The earlier of two.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::At(a), Self::At(b)) => Self::At(a.min(b)),
            (Self::At(a), Self::WhenWoken) | (Self::WhenWoken, Self::At(a)) => Self::At(a),
            (Self::WhenWoken, Self::WhenWoken) => Self::WhenWoken,
        }
    }
}

/// Tells background work that the server stops.
pub type Stop = watch::Receiver<bool>;

/// Runs `step` until the server stops. A step does what is due, keeps its own failures for later, and says when to
/// look again; it is not cut off in the middle.
pub async fn run<F>(clock: Arc<dyn Clock>, wake: Wake, mut stop: Stop, mut step: F)
where
    F: AsyncFnMut() -> Next,
{
    while !*stop.borrow() {
        let next = step().await;
        let sleep = match next {
            Next::At(at) => {
                let wait = u64::try_from(at.saturating_sub(clock.now_ms())).unwrap_or(0);
                Duration::from_millis(wait).min(LONGEST_SLEEP)
            }
            Next::WhenWoken => LONGEST_SLEEP,
        };
        tokio::select! {
            () = wake.0.notified() => {}
            () = tokio::time::sleep(sleep) => {}
            _ = stop.wait_for(|stopping| *stopping) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;
    use crate::clock::SystemClock;

    #[tokio::test]
    async fn runs_at_start_when_woken_and_stops() {
        let (stopper, stop) = watch::channel(false);
        let wake = Wake::default();
        let steps = Arc::new(AtomicU32::new(0));
        let counted = steps.clone();
        let (woken, mut seen) = tokio::sync::mpsc::unbounded_channel();
        let worker = tokio::spawn(run(Arc::new(SystemClock), wake.clone(), stop, async move || {
            let _ = woken.send(counted.fetch_add(1, Ordering::SeqCst));
            Next::WhenWoken
        }));
        assert_eq!(seen.recv().await, Some(0));
        wake.wake();
        assert_eq!(seen.recv().await, Some(1));
        stopper.send_replace(true);
        assert!(worker.await.is_ok());
        assert_eq!(steps.load(Ordering::SeqCst), 2);
    }
}
