//! The one thread that writes. Decisions that wait together share a transaction, each in a savepoint of its own, and
//! are answered only when it is on disk. Must not know what they decide, nor which database keeps it.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::{StoreError, Tx};

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
    pub(super) fn start(backend: Box<dyn Backend>) -> Result<Self, StoreError> {
        let (inbox, jobs) = mpsc::channel(QUEUE);
        let commits = Arc::new(AtomicU64::new(0));
        let counted = commits.clone();
        let thread = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn(move || work(backend, jobs, &counted))
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
        let job = Decision::boxed(decide, reply);
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

/// A database's side of the writer.
pub(super) trait Backend: Send {
    /// Runs decisions from the front of `group` in one transaction, each so that it can be undone alone, and commits.
    /// Those left in `group` have not begun.
    fn decide_together(&mut self, group: &mut VecDeque<Box<dyn Job>>) -> Fate;

    /// Tidies up after the last decision.
    fn finish(self: Box<Self>);
}

/// Decisions that have run, and whether what they are to keep is on disk.
pub(super) type Fate = (Vec<Done>, Result<(), StoreError>);

/// A decision that is running or has run.
pub(super) struct Done {
    job: Box<dyn Job>,
    /// A statement of it failed, whatever it made of that.
    failure: Option<StoreError>,
    #[cfg(test)]
    kept: bool,
}

impl Done {
    pub(super) fn new(job: Box<dyn Job>) -> Self {
        Self {
            job,
            failure: None,
            #[cfg(test)]
            kept: false,
        }
    }

    /// Decides, and says whether what was written is to be kept.
    pub(super) fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let keep = catch_unwind(AssertUnwindSafe(|| self.job.run(tx))).unwrap_or(false);
        // PostgreSQL can't go on after a statement that failed, so neither database does: nothing would be kept.
        self.failure = if keep { tx.failure() } else { None };
        #[cfg(test)]
        {
            self.kept = keep;
        }
        keep && self.failure.is_none()
    }

    /// Whether what it wrote is to be kept; asked when it has run.
    #[cfg(test)]
    pub(super) fn is_kept(&self) -> bool {
        self.kept && self.failure.is_none()
    }

    pub(super) fn answer(self, committed: Result<(), StoreError>) {
        let kept = committed.and(self.failure.map_or(Ok(()), Err));
        let job = self.job;
        // What a caller's types do when converted or dropped must not end the thread either.
        let _ = catch_unwind(AssertUnwindSafe(|| job.answer(kept)));
    }
}

/// A decision whose types are forgotten: run once, then answered once the group's fate is known.
pub(super) trait Job: Send {
    /// Decides, and says whether what was written is to be kept.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, if still there.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

pub(super) struct Decision<F, T, E> {
    decide: Option<F>,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> Decision<F, T, E>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
{
    /// One that has not run, and will tell `reply`.
    pub(super) fn boxed(decide: F, reply: oneshot::Sender<Result<T, E>>) -> Box<dyn Job> {
        Box::new(Self { decide: Some(decide), outcome: None, reply })
    }
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

fn work(mut backend: Box<dyn Backend>, mut jobs: mpsc::Receiver<Message>, commits: &AtomicU64) {
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
            let (done, committed) = backend.decide_together(&mut group);
            if committed.is_ok() {
                commits.fetch_add(1, Ordering::Relaxed);
            }
            for done in done {
                done.answer(committed.clone());
            }
        }
    }
    backend.finish();
}
