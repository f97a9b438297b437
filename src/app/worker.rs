//! The only bridge between the window and everything that takes time: the wallet, files, native dialogs, the network. A
//! thread of its own runs it; commands go in, events come out, and each event wakes the window.

mod clipboard;
mod desk;
mod reading;
mod rounds;
mod taking;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::mpsc as blocking;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use self::desk::{Desk, MINUTE};
use self::reading::{Reading, Wanted};
use super::message::{Command, Event, Fault};
use super::screens::packets::Found;
use crate::identity::keystore::{AskPassphrase, Asking, KeystoreError};
use crate::wallet::{Surroundings, Wallet};

/// Commands and events that may wait. More than a person can click ahead.
const QUEUE: usize = 256;
/// For what is being done when the window closes; all of it goes on from disk next time.
const LEAVE: Duration = Duration::from_millis(500);

/// Makes a wallet's surroundings on the worker's thread, given whom to ask for the passphrase.
pub type Opener = Box<dyn FnOnce(Arc<dyn AskPassphrase>) -> Result<(PathBuf, Surroundings), Fault> + Send>;

/// What is done with what was found first, before anything else is.
pub(super) type Ahead = Box<dyn FnOnce(&Found) + Send>;

/// A running worker. Dropping it ends the thread.
pub(super) struct Worker {
    commands: Option<mpsc::Sender<Command>>,
    events: mpsc::Receiver<Event>,
    answers: blocking::SyncSender<Option<Zeroizing<String>>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Worker {
    /// Starts a worker for the wallet that `opener` names. `wake` is called after each event.
    #[must_use]
    pub(super) fn start(opener: Opener, wake: Arc<dyn Fn() + Send + Sync>, ahead: Ahead) -> Self {
        let (commands, inbox) = mpsc::channel(QUEUE);
        let (outbox, events) = mpsc::channel(QUEUE);
        let (answers, questions) = blocking::sync_channel(1);
        let out = Out { events: outbox, wake };
        let ask = Arc::new(AskWindow { out: out.clone(), answers: Mutex::new(questions) });
        let thread = std::thread::Builder::new().name("hongbao-wallet".to_owned());
        let thread = thread.spawn(move || run(opener, ask, inbox, &out, ahead)).ok();
        Self { commands: Some(commands), events, answers, thread }
    }

    /// Gives the worker something to do; false when it has too much to do already, or has ended.
    #[must_use]
    pub(super) fn send(&self, command: Command) -> bool {
        if let Command::Passphrase(answer) = command {
            return self.answers.try_send(answer.map(|passphrase| passphrase.0)).is_ok();
        }
        self.commands.as_ref().is_some_and(|commands| commands.try_send(command).is_ok())
    }

    /// The next event, if there is one.
    pub(super) fn event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.commands = None;
        // Whoever waits for a passphrase gets none.
        let _ = self.answers.try_send(None);
        self.events.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl std::fmt::Debug for Worker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Worker").finish_non_exhaustive()
    }
}

/// Where events go.
#[derive(Clone)]
struct Out {
    events: mpsc::Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl Out {
    async fn send(&self, event: Event) {
        if self.events.send(event).await.is_ok() {
            (self.wake)();
        }
    }

    fn send_blocking(&self, event: Event) {
        if self.events.blocking_send(event).is_ok() {
            (self.wake)();
        }
    }
}

/// Asks the person in the window.
struct AskWindow {
    out: Out,
    answers: Mutex<blocking::Receiver<Option<Zeroizing<String>>>>,
}

impl AskPassphrase for AskWindow {
    fn ask(&self, asking: Asking) -> Result<Zeroizing<String>, KeystoreError> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        // An answer to an earlier question that nobody waited for any more.
        while answers.try_recv().is_ok() {}
        self.out.send_blocking(Event::Ask(asking));
        answers.recv().ok().flatten().filter(|text| !text.is_empty()).ok_or(KeystoreError::PassphraseNeeded)
    }
}

fn run(opener: Opener, ask: Arc<AskWindow>, inbox: mpsc::Receiver<Command>, out: &Out, ahead: Ahead) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let internal =
        |error: String| Fault { code: "internal".to_owned(), detail: error, next: String::new(), domain: None };
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return out.send_blocking(Event::Closed(internal(error.to_string()))),
    };
    match opener(ask) {
        Ok((dir, surroundings)) => serve(&runtime, (dir, surroundings), inbox, out, ahead),
        Err(fault) => out.send_blocking(Event::Closed(fault)),
    }
    runtime.shutdown_timeout(LEAVE);
}

fn serve(
    runtime: &Runtime,
    (dir, surroundings): (PathBuf, Surroundings),
    inbox: mpsc::Receiver<Command>,
    out: &Out,
    ahead: Ahead,
) {
    let clock = Arc::clone(&surroundings.clock);
    let (reading, wanted): (Arc<tokio::sync::Mutex<Reading>>, Arc<Wanted>) = (Arc::default(), Arc::default());
    let desk = |wallet: Wallet| Desk {
        wallet: Arc::new(wallet),
        dir: dir.clone(),
        out: out.clone(),
        clock: Arc::clone(&clock),
        syncing: Arc::default(),
        reading: Arc::clone(&reading),
        wanted: Arc::clone(&wanted),
        until: watch::Sender::default(),
        locked: Arc::default(),
        expiring: Arc::default(),
        minute: MINUTE,
    };
    // What there is is shown at once; whether the wallet is sound, and what has to be done first, takes its time.
    if let Some(wallet) = runtime.block_on(Wallet::glance(&dir, surroundings.clone())) {
        let desk = desk(wallet);
        if let Some(found) = runtime.block_on(desk.glance()) {
            ahead(&found);
            runtime.block_on(desk.look_back());
        }
    } else {
        // Nobody needs to wait for what will not be drawn.
        drop(ahead);
    }
    match runtime.block_on(Wallet::open(&dir, surroundings)) {
        Ok(wallet) => {
            tracing::debug!("the wallet is open");
            runtime.block_on(desk(wallet).work(inbox));
        }
        Err(error) => out.send_blocking(Event::Closed(Fault::from(&error))),
    }
}
