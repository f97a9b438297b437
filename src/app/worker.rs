//! The only bridge between the window and everything that takes time: the wallet, files, native dialogs, the network. A
//! thread of its own runs it; commands go in, events come out, and each event wakes the window.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc as blocking;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use zeroize::Zeroizing;

use super::format::Formats;
use super::index::Index;
use super::message::{Command, Data, Event, Fault, Packet, Pick, Progress, SyncState, Task};
use super::pictures::Photo;
use super::screens::packets::{Found, Query};
use super::settings::Settings;
use super::share::{self, Card};
use super::text::{Language, Texts};
use crate::identity::card::{self, MAX_CARD_BYTES};
use crate::identity::keystore::{AskPassphrase, Asking, FILE_NAME, KeystoreError};
use crate::jose::Digest;
use crate::packet::Origin;
use crate::packet::file::MAX_FILE_BYTES;
use crate::wallet::{
    CollectOptions, Collected, Drawn, ForwardOptions, GoodsOptions, Surroundings, Synced, Wallet, WalletError, inspect,
};

/// Commands and events that may wait. More than a person can click ahead.
const QUEUE: usize = 256;
/// Between two rounds of synchronising.
const ROUND: Duration = Duration::from_secs(30);
/// How long a collection is followed before the rounds take over.
const FOLLOW: Duration = Duration::from_secs(20);
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
    };
    // What there is is shown at once; whether the wallet is sound, and what has to be done first, takes its time.
    if let Some(wallet) = runtime.block_on(Wallet::glance(&dir, surroundings.clone())) {
        let found = runtime.block_on(desk(wallet).glance());
        if let Some(found) = found {
            ahead(&found);
        }
    }
    match runtime.block_on(Wallet::open(&dir, surroundings)) {
        Ok(wallet) => {
            tracing::debug!("the wallet is open");
            runtime.block_on(desk(wallet).work(inbox));
        }
        Err(error) => out.send_blocking(Event::Closed(Fault::from(&error))),
    }
}

/// Where commands are worked off, each in a task of its own, so that a slow server holds up nothing else.
#[derive(Clone)]
struct Desk {
    wallet: Arc<Wallet>,
    dir: PathBuf,
    out: Out,
    clock: Arc<dyn crate::clock::Clock>,
    syncing: Arc<tokio::sync::Mutex<SyncState>>,
    reading: Arc<tokio::sync::Mutex<Reading>>,
    wanted: Arc<Wanted>,
    /// When the shown answer stops being one.
    until: watch::Sender<Option<i64>>,
    /// Whether the person was asked for the passphrase and did not give it: rounds do not ask again by themselves.
    locked: Arc<AtomicBool>,
}

/// What the window was told last.
#[derive(Default)]
struct Reading {
    data: Option<Arc<Data>>,
    found: Option<Arc<Found>>,
    /// How many readings had been wanted when it began.
    upto: u64,
}

/// What the window is to be told.
#[derive(Default)]
struct Wanted {
    /// How many readings have been wanted so far.
    readings: AtomicU64,
    /// What the person looks for now.
    query: Mutex<Query>,
}

type Done = Result<(), WalletError>;

impl Desk {
    async fn work(self, mut inbox: mpsc::Receiver<Command>) {
        self.reload().await;
        let mut next_round = tokio::time::Instant::now();
        let mut under_way: HashMap<Task, AbortHandle> = HashMap::new();
        self.until.send_replace(self.reading.lock().await.found.as_ref().and_then(|found| found.until()));
        let mut until = self.until.subscribe();
        loop {
            tokio::select! {
                command = inbox.recv() => {
                    let Some(command) = command else { return };
                    if let Command::Keep(settings) = command {
                        // In the order they were chosen: an older choice never takes the place of a newer one.
                        self.keep(settings).await;
                        continue;
                    }
                    if let Command::Cancel(task) = command {
                        self.cancel(task, under_way.remove(&task)).await;
                        continue;
                    }
                    if let Command::Find(query) = &command {
                        // Kept at once, so that whoever finds next finds the newest; nobody finds what was typed before it.
                        self.wanted.query.lock().unwrap_or_else(PoisonError::into_inner).clone_from(query);
                    }
                    let desk = self.clone();
                    let task = command.task();
                    let doing = tokio::spawn(async move { desk.carry_out(command).await });
                    under_way.retain(|_, doing| !doing.is_finished());
                    under_way.extend(task.map(|task| (task, doing.abort_handle())));
                }
                () = over(&mut until, &*self.clock) => {
                    self.until.send_replace(None);
                    let desk = self.clone();
                    tokio::spawn(async move { desk.find().await });
                }
                () = tokio::time::sleep_until(next_round) => {
                    let desk = self.clone();
                    tokio::spawn(async move { desk.round(false).await });
                    next_round = tokio::time::Instant::now() + self.pause().await;
                }
            }
        }
    }

    /// Until the next round: sooner when something that waits is due.
    async fn pause(&self) -> Duration {
        let due = self.wallet.next_due_ms().await.ok().flatten();
        let left = due.map(|due| due.saturating_sub(self.clock.now_ms()));
        let left = left.and_then(|left| u64::try_from(left).ok()).map(Duration::from_millis);
        left.map_or(ROUND, |left| left.clamp(Duration::from_secs(2), ROUND))
    }

    async fn carry_out(&self, command: Command) {
        let task = command.task();
        if task.is_some_and(|task| task != Task::Pick) {
            self.locked.store(false, Ordering::Relaxed);
        }
        if let Err(error) = self.perform(command).await {
            self.out.send(Event::Failed(task, Fault::from(&error))).await;
            self.reload().await;
        }
        if let Some(task) = task {
            self.out.send(Event::Ended(task)).await;
        }
    }

    async fn perform(&self, command: Command) -> Done {
        match command {
            Command::Show(id) => self.show(&id).await?,
            Command::Find(_) => self.find().await,
            Command::TakeFile(path) => self.take(&read(&path).await?).await?,
            Command::TakeText(text) => self.take_text(&text).await?,
            Command::Open(id, options) => {
                let opened = self.wallet.open_packet(&named(&id), options).await;
                self.show(&id).await?;
                self.out.send(Event::Opened(opened?)).await;
                self.reload().await;
            }
            Command::AskBank(id) => {
                let standing = self.wallet.voucher_standing(&named(&id)).await?;
                self.out.send(Event::Standing(id, standing)).await;
            }
            Command::Collect { id, account, anyway } => {
                let begun = CollectOptions { account, anyway, wait: Duration::ZERO };
                let begun = self.wallet.collect(&named(&id), &begun).await?;
                self.told_of(begun.clone()).await?;
                if begun.sent && !begun.state.is_final() {
                    self.told_of(self.wallet.follow_collection(&named(&id), FOLLOW).await?).await?;
                }
            }
            Command::CollectGoods { id, address, anyway } => {
                let options = GoodsOptions { address, anyway, wait: Duration::ZERO };
                self.wallet.collect_goods(&named(&id), &options).await?;
                self.show(&id).await?;
                self.reload().await;
            }
            Command::CollectAll(all, account) => {
                // One that cannot be collected holds up none of the others.
                let mut trouble = None;
                let count = all.len();
                for (done, id) in all.into_iter().enumerate() {
                    self.out.send(Event::Progress(Progress { task: Task::CollectAll, done, all: count })).await;
                    let options = CollectOptions { account: account.clone(), anyway: false, wait: Duration::ZERO };
                    match self.wallet.collect(&named(&id), &options).await {
                        Ok(collected) => self.out.send(Event::Collected(collected)).await,
                        Err(error) => trouble = trouble.or(Some(error)),
                    }
                    self.reload().await;
                }
                self.round(false).await;
                trouble.map_or(Ok(()), Err)?;
            }
            Command::LinkAccount(account, code) => {
                let linked = self.wallet.link_account(&account, &code.0).await?;
                self.reload().await;
                self.out.send(Event::Linked(linked)).await;
            }
            Command::Forward(id, options) => {
                let forwarded = self.wallet.forward(&named(&id), options).await?;
                self.show(&id).await?;
                self.reload().await;
                self.out.send(Event::Forwarded(forwarded)).await;
            }
            Command::ForwardPicture(id, options, language) => self.forward_picture(&id, options, language).await?,
            Command::Sync => self.round(true).await,
            Command::CheckIssuer(id) => {
                let checked = self.wallet.check_issuer(&named(&id)).await;
                self.show(&id).await?;
                self.reload().await;
                checked?;
            }
            Command::AddParty(address) => self.add_party(&address).await?,
            Command::WriteCard(path, name) => {
                self.wallet.own_card(Some(&path), name.as_deref()).await?;
                self.reload().await;
                self.out.send(Event::CardWritten).await;
            }
            Command::Pick(pick) => self.pick(pick).await,
            Command::OpenFolder => open_folder(&self.dir),
            Command::ShowFolder(folder) => open_folder(&folder),
            Command::Export(path) => {
                let exported = self.wallet.export_history(&path, jiff::tz::TimeZone::system()).await?;
                self.out.send(Event::Exported(exported)).await;
            }
            Command::Archive(id, away) => {
                let named = named(&id);
                let archived =
                    if away { self.wallet.archive(&named).await } else { self.wallet.unarchive(&named).await }?;
                self.show(&id).await?;
                self.reload().await;
                self.out.send(Event::Archived(archived)).await;
            }
            // Done before this, in order; and a passphrase goes to whoever asked, not to the desk.
            Command::Keep(_) | Command::Cancel(_) | Command::Passphrase(_) => {}
        }
        Ok(())
    }

    /// Stops waiting. Each step of the wallet is kept before it is taken, so what was begun goes on with the next round, as it
    /// does after a crash.
    async fn cancel(&self, task: Task, doing: Option<AbortHandle>) {
        let Some(doing) = doing.filter(|doing| !doing.is_finished()) else { return };
        doing.abort();
        self.reload().await;
        self.out.send(Event::Cancelled(task)).await;
    }

    async fn keep(&self, settings: Settings) {
        let dir = self.dir.clone();
        // Choices that could not be kept are asked for again next time; nothing depends on them.
        let _ = tokio::task::spawn_blocking(move || settings.save(&dir)).await;
    }

    async fn told_of(&self, collected: Collected) -> Done {
        let id = collected.id;
        self.show(&id).await?;
        self.reload().await;
        self.out.send(Event::Collected(collected)).await;
        Ok(())
    }

    /// Reads what there is, once; what was found in it.
    async fn glance(self) -> Option<Arc<Found>> {
        // A wallet that cannot be read so is read again once it is open, and what is wrong with it is told then.
        let data = Arc::new(self.data().await.ok()?);
        let mut reading = self.reading.lock().await;
        data.prepare();
        self.find_in(&mut reading, &data).await;
        self.out.send(Event::Data(Arc::clone(&data))).await;
        tracing::debug!(packets = data.packets.len(), "a first look was taken");
        reading.data = Some(data);
        reading.found.clone()
    }

    /// Reads everything again and tells the window, if it is not what the window shows already; whether it is not. What was
    /// told is noted when it was: whoever waits for this may give up at any moment.
    async fn reload(&self) -> bool {
        let wanted = self.wanted.readings.fetch_add(1, Ordering::SeqCst) + 1;
        // Read and sent in one go, so that no older reading arrives after a newer one.
        let mut reading = self.reading.lock().await;
        if reading.upto >= wanted {
            // One that began after this one was wanted has told it already.
            return false;
        }
        let upto = self.wanted.readings.load(Ordering::SeqCst);
        let data = match self.data().await {
            Ok(data) => data,
            Err(error) => {
                self.out.send(Event::Failed(None, Fault::from(&error))).await;
                return false;
            }
        };
        let is_news = reading.data.as_deref() != Some(&data);
        tracing::debug!(packets = data.packets.len(), is_news, "everything was read");
        if is_news {
            data.prepare();
            let data = Arc::new(data);
            // First what is found in it: no frame shows new data beside nothing found.
            self.find_in(&mut reading, &data).await;
            self.out.send(Event::Data(Arc::clone(&data))).await;
            reading.data = Some(data);
        }
        reading.upto = upto;
        is_news
    }

    /// Finds what the person looks for now, unless the window shows just that.
    async fn find(&self) {
        let mut reading = self.reading.lock().await;
        if let Some(data) = reading.data.clone() {
            self.find_in(&mut reading, &data).await;
        }
    }

    async fn find_in(&self, reading: &mut Reading, data: &Arc<Data>) {
        let query = self.wanted.query.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = self.clock.now();
        if reading.found.as_ref().is_some_and(|found| found.holds(data, &query, now)) {
            return;
        }
        let found = Arc::new(Found::of(data, query, now));
        if reading.found.as_ref().is_none_or(|before| !before.shows_the_same(&found)) {
            self.out.send(Event::Found(Arc::clone(&found))).await;
        }
        self.until.send_replace(found.until());
        reading.found = Some(found);
    }

    async fn data(&self) -> Result<Data, WalletError> {
        let wallet = &self.wallet;
        Ok(Data {
            packets: wallet.list().await?,
            rewards: wallet.rewards().await?,
            friends: wallet.friends().await?,
            accounts: wallet.accounts().await?,
            issuers: wallet.issuers().await?,
            banks: wallet.banks().await?,
            history: wallet.history().await?,
            collected: wallet.collected_amounts().await?,
            given: wallet.given().await?,
            paid_first: wallet.paid_first().await?,
            client: wallet.client_id().await?,
            name: wallet.own_name().await?,
            waiting: wallet.waiting_count().await?,
            key_in_file: tokio::fs::try_exists(self.dir.join(FILE_NAME)).await.unwrap_or(false),
            made: Index::default(),
        })
    }

    async fn show(&self, id: &Digest) -> Done {
        let _turn = self.reading.lock().await;
        let shown = self.wallet.show(&named(id)).await?;
        let pictures = self.wallet.pictures(&named(id)).await?;
        let photo = |bytes: Option<Vec<u8>>| bytes.map(Photo::new);
        let packet = Packet {
            shown,
            cover: photo(pictures.cover),
            emblem: photo(pictures.emblem),
            goods: photo(pictures.goods),
        };
        self.out.send(Event::Packet(Box::new(packet))).await;
        Ok(())
    }

    /// Forwards a packet as a card with its code; it is drawn on a thread that may take its time.
    async fn forward_picture(&self, id: &Digest, options: ForwardOptions, language: Language) -> Done {
        let shown = self.wallet.show(&named(id)).await?;
        let emblem = self.wallet.pictures(&named(id)).await?.emblem.map(Photo::new);
        let to_one = options.friend.is_some();
        let draw = move |link: Option<&str>| {
            let words = (&Texts::new(language), &Formats { language, zone: jiff::tz::TimeZone::system() });
            let card = Card::of(&shown.inspection, emblem, (link, to_one), words);
            Some(Drawn { bytes: card.png()?, has_link: card.has_code() })
        };
        let forwarded = self.wallet.forward_drawn(&named(id), options, draw).await?;
        self.show(id).await?;
        self.reload().await;
        self.out.send(Event::Forwarded(forwarded)).await;
        Ok(())
    }

    /// Takes in a packet, a contact card, or a picture with a packet's code; all say at their beginning what they are.
    async fn take(&self, bytes: &[u8]) -> Done {
        if card::is_card(bytes) {
            let friend = self.wallet.add_friend(bytes, None).await?;
            self.reload().await;
            self.out.send(Event::Befriended(friend)).await;
            return Ok(());
        }
        if share::is_picture(bytes) {
            let picture = bytes.to_vec();
            let link = tokio::task::spawn_blocking(move || share::link_on(&picture)).await.ok().flatten();
            if let Some(link) = link {
                return self.take_link(&link).await;
            }
        }
        match self.wallet.import(bytes).await {
            Ok(imported) => {
                self.reload().await;
                self.out.send(Event::Imported(imported)).await;
                Ok(())
            }
            Err(WalletError::NotGenuine(_) | WalletError::Unreadable(_)) => self.refuse(bytes).await,
            Err(error) => Err(error),
        }
    }

    /// Shows what was refused, and why.
    async fn refuse(&self, bytes: &[u8]) -> Done {
        let inspection = inspect(&self.dir, bytes).await?;
        self.out.send(Event::Refused(Box::new(inspection))).await;
        Ok(())
    }

    async fn take_text(&self, text: &str) -> Done {
        let text = text.trim();
        if ["hongbao:", "https://", "http://"].iter().any(|scheme| text.starts_with(scheme)) {
            return self.take_link(text).await;
        }
        self.take(&read(Path::new(text)).await?).await
    }

    async fn take_link(&self, link: &str) -> Done {
        let imported = match self.wallet.import_link(link).await {
            Err(WalletError::NotGenuine(_)) if link.starts_with("hongbao:") => {
                return self.refuse(link.as_bytes()).await;
            }
            other => other?,
        };
        self.reload().await;
        self.out.send(Event::Imported(imported)).await;
        Ok(())
    }

    /// What stands at an address is found out by asking.
    async fn add_party(&self, address: &str) -> Done {
        let origin = Origin::from_input(address)?;
        let name = match self.wallet.add_bank(&origin).await {
            Ok(bank) => bank.name,
            Err(WalletError::NotThatParty { .. }) => self.wallet.add_issuer(&origin).await?.name,
            Err(error) => return Err(error),
        };
        self.reload().await;
        self.out.send(Event::Known(name)).await;
        Ok(())
    }

    /// One round of synchronising. One at a time; the window hears of it when something is new, or when it asked.
    async fn round(&self, asked: bool) {
        // One at a time: a round that nobody asked for is left out while another is under way.
        let mut state = match self.syncing.try_lock() {
            Ok(state) => state,
            Err(_) if !asked => return,
            Err(_) => self.syncing.lock().await,
        };
        if !asked && self.locked.load(Ordering::Relaxed) {
            return;
        }
        let synced = if asked { self.wallet.sync().await } else { self.wallet.sync_due().await };
        let synced = match synced {
            Ok(synced) => synced,
            Err(error) => return self.round_failed(asked, &error).await,
        };
        let after = self.state_after(&synced, state.synced_at).await;
        let before = std::mem::replace(&mut *state, after);
        let changed = before.offline != state.offline || before.trouble != state.trouble;
        let moved = !synced.received.is_empty() || synced.sent > 0;
        let collecting = self.has_unfinished().await;
        let first = before.synced_at.is_none() && state.synced_at.is_some();
        if asked || changed || moved || collecting || first {
            let news = self.reload().await;
            // A round that changed nothing does not wake the window.
            if asked || changed || moved || first || news {
                self.out.send(Event::Synced(state.clone(), synced.received.len())).await;
            }
        }
    }

    /// A key that nobody unlocked stops the rounds until the person does something; a wrong passphrase is told in any case.
    async fn round_failed(&self, asked: bool, error: &WalletError) {
        let is_key = matches!(error, WalletError::Key(_) | WalletError::KeyMissing);
        let was_declined = matches!(error, WalletError::Key(KeystoreError::PassphraseNeeded));
        if is_key {
            self.locked.store(true, Ordering::Relaxed);
        }
        if asked || is_key && !was_declined {
            self.out.send(Event::Failed(Some(Task::Sync), Fault::from(error))).await;
        }
    }

    async fn has_unfinished(&self) -> bool {
        self.wallet.unfinished_collections().await.is_ok_and(|count| count > 0)
    }

    async fn state_after(&self, synced: &Synced, before: Option<i64>) -> SyncState {
        let unreachable: Vec<&Origin> = synced
            .problems
            .iter()
            .filter(|trouble| trouble.code == "unreachable")
            .map(|trouble| &trouble.origin)
            .collect();
        // Offline is whoever reached none of those that a round asks.
        let asked = self.wallet.issuers().await.unwrap_or_default();
        let reached_nobody = asked.iter().all(|issuer| unreachable.contains(&&issuer.origin));
        let offline = !unreachable.is_empty() && synced.sent == 0 && reached_nobody;
        let trouble = synced.problems.first().map(|trouble| trouble.origin.host()).filter(|_| !offline);
        // In step is only who heard all that was asked and has nothing left to say.
        let in_step = synced.problems.is_empty() && synced.waiting == 0;
        let synced_at = if in_step { Some(self.clock.now()) } else { before };
        SyncState { synced_at, offline, trouble }
    }

    async fn pick(&self, pick: Pick) {
        let dialog = rfd::AsyncFileDialog::new();
        let chosen = match &pick {
            Pick::Open => {
                dialog
                    .add_filter("Hongbao", &["hongbao", "hongbao-contact", "png", "jpg", "jpeg", "webp"])
                    .pick_file()
                    .await
            }
            Pick::SavePacket(name) | Pick::SavePicture(name) | Pick::SaveCard(name) | Pick::SaveTable(name) => {
                dialog.set_file_name(name).save_file().await
            }
        };
        self.out.send(Event::Picked(pick, chosen.map(|file| file.path().to_owned()))).await;
    }
}

/// Ends when the time is over that is said last, by this clock.
async fn over(until: &mut watch::Receiver<Option<i64>>, clock: &dyn crate::clock::Clock) {
    loop {
        let left = until.borrow_and_update().map(|until| until.saturating_sub(clock.now()));
        let left = match left.map(u64::try_from) {
            Some(Err(_) | Ok(0)) => return,
            // A machine that slept meanwhile finds out soon.
            Some(Ok(seconds)) => Duration::from_secs(seconds).min(ROUND),
            None => Duration::MAX,
        };
        tokio::select! {
            () = tokio::time::sleep(left) => {}
            changed = until.changed() => if changed.is_err() { return std::future::pending().await },
        }
    }
}

fn named(id: &Digest) -> String {
    id.to_string()
}

/// A file's bytes; at most one over the limit, so that its reader sees that it is too large.
async fn read(path: &Path) -> Result<Vec<u8>, WalletError> {
    use tokio::io::AsyncReadExt as _;
    let at = |error| WalletError::File(path.to_owned(), error);
    let file = tokio::fs::File::open(path).await.map_err(at)?;
    let most = MAX_FILE_BYTES.max(MAX_CARD_BYTES).max(share::MAX_BYTES) as u64 + 1;
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes).await.map_err(at)?;
    Ok(bytes)
}

/// Shows a folder in the system's own program for that; where there is none, nothing happens.
fn open_folder(dir: &Path) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    let _ = std::process::Command::new(program).arg(dir).spawn();
}

#[cfg(test)]
mod tests;
