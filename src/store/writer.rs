//! The one thread that writes. Decisions that wait together share a transaction, each in a savepoint of its own, and
//! are answered only when it is on disk. Must not know what they decide.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::{Connection, Savepoint, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{StoreError, Tx, sqlite};

/// How many decisions may wait; then callers wait to be let in.
pub(super) const QUEUE: usize = 1024;
/// How many decisions share one commit at most: enough to hide the disk's slowness, few enough to answer soon.
pub(super) const LARGEST_GROUP: usize = 128;

/// The callers' end. The thread ends, after the decisions already waiting, when the last clone is dropped.
#[derive(Clone)]
pub(super) struct Writer {
    inbox: mpsc::Sender<Message>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
    commits: Arc<AtomicU64>,
}

enum Message {
    Decide(Box<dyn Job>),
    Close,
}

impl Writer {
    pub(super) fn start(connection: Connection) -> Result<Self, StoreError> {
        let (inbox, jobs) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let counted = commits.clone();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(&connection, jobs, &counted))
            .map_err(|error| StoreError::Other(format!("no thread could be started: {error}; close other programs")))?;
        Ok(Self { inbox, thread: Arc::new(Mutex::new(Some(thread))), commits })
    }

    pub(super) async fn decide<T, E>(
        &self,
        decide: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = Box::new(Decision { decide: Some(decide), outcome: None, reply });
        self.inbox.send(Message::Decide(job)).await.map_err(|_| StoreError::Closed)?;
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Lets nobody in any more and returns when the decisions already waiting are done and the thread has ended.
    pub(super) async fn close(self) {
        // Fails only if another handle has closed already.
        let _ = self.inbox.send(Message::Close).await;
        // Under the lock, so that a second `close` waits for the first.
        let join = move || {
            let mut thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner);
            thread.take().map(JoinHandle::join)
        };
        if !matches!(tokio::task::spawn_blocking(join).await, Ok(None | Some(Ok(())))) {
            tracing::error!("the thread that writes the database did not end as it should");
        }
    }

    pub(super) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Relaxed)
    }

    /// How many more decisions could wait.
    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.inbox.capacity()
    }

    /// To wait for its end without closing.
    #[cfg(test)]
    pub(super) fn take_thread(&self) -> JoinHandle<()> {
        self.thread.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_else(|| panic!("taken already"))
    }
}

/// A decision whose types are forgotten: run once, then answered once the group's fate is known.
trait Job: Send {
    /// Decides, and says whether what was written is to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, if still there.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Decision<F, T, E> {
    decide: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Job for Decision<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        self.outcome = self.decide.take().map(|decide| decide(tx));
        matches!(self.outcome, Some(Ok(_)))
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let answer = match (committed, self.outcome) {
            // A refusal too: it may rest on what an earlier decision of the group wrote, which is now gone.
            (Err(lost), _) => Err(lost.into()),
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(StoreError::panicked().into()),
        };
        // The caller may have gone away; what was decided stays decided.
        let _ = self.reply.send(answer);
    }
}

fn work(connection: &Connection, mut jobs: mpsc::Receiver<Message>, commits: &AtomicU64) {
    while let Some(first) = jobs.blocking_recv() {
        let mut group = VecDeque::new();
        let mut next = Some(first);
        while let Some(message) = next {
            match message {
                Message::Decide(job) => group.push_back(job),
                Message::Close => jobs.close(),
            }
            next = if group.len() < LARGEST_GROUP { jobs.try_recv().ok() } else { None };
        }
        while !group.is_empty() {
            let (done, committed) = decide_together(connection, &mut group);
            if committed.is_ok() {
                commits.fetch_add(1, Ordering::Relaxed);
            }
            for job in done {
                let committed = committed.clone();
                // What a caller's types do when converted or dropped must not end the thread either.
                let _ = catch_unwind(AssertUnwindSafe(|| job.answer(committed)));
            }
        }
    }
    sqlite::checkpoint(connection);
}

type Fate = (Vec<Box<dyn Job>>, Result<(), StoreError>);

/// Runs decisions from the front of `group` in one transaction. Returns those that ran and whether they are on disk;
/// those left in `group` have not begun.
fn decide_together(connection: &Connection, group: &mut VecDeque<Box<dyn Job>>) -> Fate {
    let mut transaction = match Transaction::new_unchecked(connection, TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => return (group.drain(..).collect(), Err(StoreError::from_sqlite(&error))),
    };
    let mut done = Vec::new();
    while let Some(mut job) = group.pop_front() {
        let apart = decide_apart(&mut transaction, job.as_mut());
        done.push(job);
        if let Err(lost) = apart {
            return (done, Err(lost));
        }
    }
    (done, transaction.commit().map_err(|error| StoreError::from_sqlite(&error)))
}

/// Runs one decision in a savepoint. An error means that the whole transaction is lost.
fn decide_apart(transaction: &mut Transaction<'_>, job: &mut dyn Job) -> Result<(), StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    let savepoint: Savepoint<'_> = transaction.savepoint().map_err(sqlite)?;
    let mut tx = Tx::new(&savepoint);
    let keep = catch_unwind(AssertUnwindSafe(|| job.run(&mut tx))).unwrap_or(false);
    tx.check_alive()?;
    if keep { savepoint.commit().map_err(sqlite) } else { savepoint.finish().map_err(sqlite) }
}
