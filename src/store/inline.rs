//! For simulations: a store that decides where it is asked, without a thread of its own, so that whoever drives a whole story
//! from one seed sees the same story again; and whose owner can be killed at any commit, just before it or just after.

#![allow(clippy::unwrap_used)]
// Only where everybody is built is there anybody to simulate.
#![cfg_attr(not(all(feature = "desktop", feature = "server")), allow(dead_code))]

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, pending};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::{oneshot, watch};

use super::sqlite::Writing;
use super::writer::{Backend as _, Decision, Job};
use super::{StoreError, Tx};

thread_local! {
    /// Which files this thread opens inline, and by what their owners are killed.
    static PLACES: RefCell<BTreeMap<PathBuf, Arc<Fuse>>> = const { RefCell::new(BTreeMap::new()) };
}

/// From now on this thread opens that file inline.
pub(crate) fn place(path: &Path, fuse: &Arc<Fuse>) {
    PLACES.with_borrow_mut(|places| places.insert(path.to_owned(), fuse.clone()));
}

/// This thread forgets all such files.
pub(crate) fn forget() {
    PLACES.with_borrow_mut(BTreeMap::clear);
}

pub(super) fn fuse_of(path: &Path) -> Option<Arc<Fuse>> {
    PLACES.with_borrow(|places| places.get(path).cloned())
}

/// Where around a commit somebody is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// Nothing of the decision is on disk.
    Before,
    /// It is on disk, and nobody has been told.
    After,
}

/// The life of a process with a store: once it is blown, nothing of that process goes on.
#[derive(Debug)]
pub(crate) struct Fuse {
    state: Mutex<State>,
    blown: watch::Sender<bool>,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<(u64, Moment)>,
    /// The decision that is told to be kept and is not.
    forgotten: Option<u64>,
    decisions: u64,
    changes: u64,
}

impl Fuse {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), blown: watch::Sender::new(false) })
    }

    /// Kills at the `nth` decision from now, counted from 1.
    pub(crate) fn arm(&self, nth: u64, moment: Moment) {
        let mut state = self.state.lock().unwrap();
        state.armed = Some((state.decisions + nth, moment));
    }

    /// Loses the `nth` decision from now, and says that it is kept: what no store may do.
    pub(crate) fn forget(&self, nth: u64) {
        let mut state = self.state.lock().unwrap();
        state.forgotten = Some(state.decisions + nth);
    }

    fn is_forgetting(&self) -> bool {
        let state = self.state.lock().unwrap();
        state.forgotten == Some(state.decisions)
    }

    /// Kills now.
    pub(crate) fn blow(&self) {
        self.blown.send_replace(true);
    }

    pub(crate) fn is_blown(&self) -> bool {
        *self.blown.borrow()
    }

    /// How many decisions there were.
    pub(crate) fn decisions(&self) -> u64 {
        self.state.lock().unwrap().decisions
    }

    /// How many of them changed something.
    pub(crate) fn changes(&self) -> u64 {
        self.state.lock().unwrap().changes
    }

    /// What the process does, unless it is killed meanwhile.
    pub(crate) async fn alive<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut blown = self.blown.subscribe();
        tokio::select! {
            biased;
            _ = blown.wait_for(|blown| *blown) => None,
            done = work => Some(done),
        }
    }

    /// Returns only to the living.
    async fn pass(&self, moment: Moment) {
        {
            let mut state = self.state.lock().unwrap();
            state.decisions += u64::from(moment == Moment::Before);
            if state.armed == Some((state.decisions, moment)) {
                self.blow();
            }
        }
        if self.is_blown() {
            pending::<()>().await;
        }
    }
}

/// The writer's place.
#[derive(Clone)]
pub(super) struct Inline {
    writing: Arc<Mutex<Writing>>,
    fuse: Arc<Fuse>,
}

impl Inline {
    pub(super) fn new(writing: Writing, fuse: Arc<Fuse>) -> Self {
        Self { writing: Arc::new(Mutex::new(writing)), fuse }
    }

    /// As the writer does it, in a transaction of its own. The caller may go away before and after, as where there is a queue.
    pub(super) async fn decide<T, E>(
        &self,
        decide: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        tokio::task::yield_now().await;
        self.fuse.pass(Moment::Before).await;
        let answer = self.run(decide);
        self.fuse.pass(Moment::After).await;
        tokio::task::yield_now().await;
        answer
    }

    fn run<T, E>(&self, decide: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, mut answer) = oneshot::channel();
        let mut writing = self.writing.lock().unwrap();
        let before = writing.changed_rows();
        let decision = Decision::boxed(decide, reply);
        let job = if self.fuse.is_forgetting() { Box::new(Forgotten(decision)) } else { decision };
        let (done, committed) = writing.decide_together(&mut VecDeque::from([job]));
        let is_kept = committed.is_ok() && done.iter().all(super::writer::Done::is_kept);
        if is_kept && writing.changed_rows() > before {
            self.fuse.state.lock().unwrap().changes += 1;
        }
        done.into_iter().for_each(|done| done.answer(committed.clone()));
        answer.try_recv().unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// The dead read nothing.
    pub(super) async fn may_read(&self) {
        if self.fuse.is_blown() {
            pending::<()>().await;
        }
    }
}

/// A decision that is undone behind its back.
struct Forgotten(Box<dyn Job>);

impl Job for Forgotten {
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        self.0.run(tx);
        false
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        self.0.answer(committed);
    }
}
