//! Brings SQLite's log into the main file, again and again, without making decisions wait for most of it.
//!
//! A log that has grown long is brought over by a thread of its own, with a connection of its own, while decisions go on.
//! What was decided meanwhile is then little, and the writer brings that over itself after its next commit: only when all of
//! the log is in the main file does it begin anew. Nothing that was answered rests on any of this.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use super::{connect, make_durable};
use crate::store::StoreError;

/// How long the log may grow before it is brought into the main file, in pages.
const LOG_PAGES: i32 = 2000;
/// How long it may grow while that goes on; longer, and the writer does it itself.
const MOST_PAGES: i32 = 8 * LOG_PAGES;

/// The thread beside the writer; it ends when the hook of the writer's connection is taken off.
pub(super) struct Beside(JoinHandle<()>);

impl Beside {
    /// Waits for its end.
    pub(super) fn join(self) {
        if self.0.join().is_err() {
            tracing::error!("the thread that tidies the database's log did not end as it should");
        }
    }
}

/// Brings the log over within a commit, as SQLite does by itself, and counts how often.
pub(super) fn within_commits(connection: &mut Connection) -> Result<Arc<AtomicU64>, StoreError> {
    let count = Arc::new(AtomicU64::new(0));
    let counted = count.clone();
    let hook = move |log: &mut Wal, pages: i32| {
        if pages >= LOG_PAGES {
            bring_over(log, &counted);
        }
        Ok(())
    };
    connection.wal_hook(Some(hook)).map_err(|error| StoreError::from_sqlite(&error))?;
    Ok(count)
}

/// Brings the log over beside the commits of the writer's connection to `path`, and counts how often.
pub(super) fn beside_commits(connection: &mut Connection, path: &Path) -> Result<(Arc<AtomicU64>, Beside), StoreError> {
    let count = Arc::new(AtomicU64::new(0));
    let rest = Arc::new(AtomicBool::new(false));
    // One word may wait while another is heeded.
    let (word, words) = sync_channel::<()>(1);
    let other = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    make_durable(&other)?;
    let (counted, rested) = (count.clone(), rest.clone());
    let work = move || {
        while words.recv().is_ok() {
            match other.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| row.get::<_, i64>(0)) {
                Ok(_) => counted.fetch_add(1, Ordering::Relaxed),
                Err(error) => {
                    tracing::debug!(%error, "the database's log was not brought over this time");
                    continue;
                }
            };
            rested.store(true, Ordering::Release);
        }
    };
    let thread = std::thread::Builder::new().name("store-log".into()).spawn(work);
    let thread = thread.map_err(|error| StoreError::Other(format!("no thread could be started: {error}")))?;
    let mut hook = Hook { word, rest, count: count.clone(), next: LOG_PAGES };
    let heed = move |log: &mut Wal, pages: i32| {
        hook.committed(log, pages);
        Ok(())
    };
    connection.wal_hook(Some(heed)).map_err(|error| StoreError::from_sqlite(&error))?;
    Ok((count, Beside(thread)))
}

/// What the writer does after each commit.
struct Hook {
    word: SyncSender<()>,
    /// The thread has brought over what there was, and only the rest is left.
    rest: Arc<AtomicBool>,
    count: Arc<AtomicU64>,
    /// From how many pages on the thread is told the next time.
    next: i32,
}

impl Hook {
    fn committed(&mut self, log: &mut Wal, pages: i32) {
        if pages < LOG_PAGES {
            self.next = LOG_PAGES;
        }
        if self.rest.swap(false, Ordering::Acquire) || pages >= MOST_PAGES.max(self.next) {
            bring_over(log, &self.count);
            self.next = pages.saturating_add(LOG_PAGES);
        } else if pages >= self.next && pages < MOST_PAGES {
            self.next = pages.saturating_add(LOG_PAGES);
            if matches!(self.word.try_send(()), Err(TrySendError::Disconnected(()))) {
                tracing::error!("the thread that tidies the database's log has ended");
            }
        }
    }
}

/// What fails here, or is being done by another program, is done after a later commit: this one stands.
fn bring_over(log: &mut Wal, count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
    if let Err(error) = log.checkpoint() {
        tracing::debug!(%error, "the database's log was not brought over this time");
    }
}
