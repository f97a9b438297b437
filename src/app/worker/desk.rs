//! Where commands are worked off, each in a task of its own, so that a slow server holds up nothing else. What is read, taken
//! in and synchronised stands in the rooms beside this one.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::Out;
use super::clipboard::{copy_file, take_back_after};
use super::reading::{Reading, Wanted};
use super::rounds::ROUND;
use super::taking::{read, read_upto};
use crate::app::message::{Command, Event, Fault, Pick, Pixels, Progress, SyncState, Task};
use crate::app::screens::keep;
use crate::app::settings::Settings;
use crate::app::share;
use crate::app::text::Language;
use crate::identity::backup;
use crate::identity::phrase::{self, Phrase, WordList};
use crate::jose::Digest;
use crate::random::{Random as _, SystemRandom};
use crate::wallet::{Carrier, CollectOptions, Collected, ForwardOptions, GoodsOptions, Restored, Wallet, WalletError};

/// How long a collection is followed before the rounds take over.
const FOLLOW: Duration = Duration::from_secs(20);

#[derive(Clone)]
pub(super) struct Desk {
    pub(super) wallet: Arc<Wallet>,
    pub(super) dir: PathBuf,
    pub(super) out: Out,
    pub(super) clock: Arc<dyn crate::clock::Clock>,
    pub(super) syncing: Arc<tokio::sync::Mutex<SyncState>>,
    pub(super) reading: Arc<tokio::sync::Mutex<Reading>>,
    pub(super) wanted: Arc<Wanted>,
    /// When the shown answer stops being one.
    pub(super) until: watch::Sender<Option<i64>>,
    /// Whether the person was asked for the passphrase and did not give it: rounds do not ask again by themselves.
    pub(super) locked: Arc<AtomicBool>,
    /// Which packets were about to expire when that was looked at last; nothing before the first round.
    pub(super) expiring: Arc<Mutex<Option<BTreeSet<Digest>>>>,
    /// How long a minute is; a test need not wait for a whole one.
    pub(super) minute: Duration,
}

/// How long a text by which anybody could collect lies on the clipboard, and in what the time until the lock is counted.
pub(super) const MINUTE: Duration = Duration::from_secs(60);

pub(super) type Done = Result<(), WalletError>;

impl Desk {
    pub(super) async fn work(self, mut inbox: mpsc::Receiver<Command>) {
        self.reload().await;
        let mut next_round = Instant::now();
        let mut idle = Idle::new(self.kept_settings().await.idle_lock.after(self.minute), Instant::now());
        let mut under_way: HashMap<Task, AbortHandle> = HashMap::new();
        self.until.send_replace(self.reading.lock().await.found.as_ref().and_then(|found| found.until()));
        let mut until = self.until.subscribe();
        loop {
            tokio::select! {
                command = inbox.recv() => {
                    let Some(command) = command else { return };
                    idle.restart(Instant::now());
                    if let Command::Keep(settings) = command {
                        idle = Idle::new(settings.idle_lock.after(self.minute), Instant::now());
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
                () = reached(idle.until) => {
                    self.lock().await;
                    idle.restart(Instant::now());
                }
                () = tokio::time::sleep_until(next_round) => {
                    let desk = self.clone();
                    tokio::spawn(async move { desk.round(false).await });
                    next_round = Instant::now() + self.pause().await;
                }
            }
        }
    }

    async fn kept_settings(&self) -> Settings {
        let dir = self.dir.clone();
        tokio::task::spawn_blocking(move || Settings::load(&dir)).await.unwrap_or_default()
    }

    /// Wipes the key from memory, if the person has a passphrase to bring it back; until then no round asks for it.
    pub(super) async fn lock(&self) {
        if self.wallet.lock().await {
            self.locked.store(true, Ordering::Relaxed);
            tracing::debug!("nothing was done for long, and the key is forgotten");
        }
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
            Command::TakePicture(picture) => self.take_picture(&picture).await?,
            Command::TakeClipboard => self.take_clipboard().await?,
            Command::TakeAll(all) => self.take_all(all).await?,
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
            Command::Acceptance(account, acceptance) => {
                self.wallet.choose_acceptance(&account, acceptance).await?;
                self.reload().await;
                self.out.send(Event::AcceptanceChosen).await;
            }
            Command::Forward(id, options) => {
                let forwarded = self.wallet.forward(&named(&id), options).await?;
                self.show(&id).await?;
                self.reload().await;
                self.out.send(Event::Forwarded(forwarded)).await;
            }
            Command::Recall(id, friend) => {
                let recalled = self.wallet.recall(&named(&id), &friend.to_string()).await;
                self.show(&id).await?;
                self.reload().await;
                self.out.send(Event::Recalled(recalled?)).await;
            }
            Command::KeepPacket(id) => {
                self.wallet.keep(&named(&id)).await?;
                self.show(&id).await?;
                self.reload().await;
                self.out.send(Event::Kept).await;
            }
            Command::Block(client) => {
                let blocked = self.wallet.block(&client.to_string()).await?;
                self.reload().await;
                self.out.send(Event::Blocked(blocked, true)).await;
            }
            Command::Unblock(client) => {
                let blocked = self.wallet.unblock(&client.to_string()).await?;
                self.reload().await;
                self.out.send(Event::Blocked(blocked, false)).await;
            }
            Command::ForwardPicture(id, options, language) => self.forward_picture(&id, options, language).await?,
            Command::Sync => self.round(true).await,
            Command::CheckIssuer(id) => {
                let checked = self.wallet.check_issuer(&named(&id)).await;
                self.show(&id).await?;
                self.reload().await;
                checked?;
            }
            Command::AskAbout(file) => self.ask_about(&file).await?,
            Command::AddParty(address) => self.add_party(&address).await?,
            Command::Befriend(card, name) => {
                let friend = self.wallet.add_friend(&card, Some(&name)).await?;
                self.reload().await;
                self.out.send(Event::Befriended(friend)).await;
            }
            Command::BefriendSender(id, name) => {
                let friend = self.wallet.befriend_sender(&named(&id), &name).await?;
                self.reload().await;
                self.out.send(Event::Befriended(friend)).await;
            }
            Command::Compared(friend) => {
                let friend = self.wallet.compared(&friend.to_string()).await?;
                self.reload().await;
                self.out.send(Event::Compared(friend)).await;
            }
            Command::Rename(friend, name) => {
                let friend = self.wallet.rename_friend(&friend.to_string(), &name).await?;
                self.reload().await;
                self.out.send(Event::Renamed(friend)).await;
            }
            Command::ShowCard(name) => {
                let own = self.wallet.own_card(None, name.as_deref()).await?;
                self.reload().await;
                self.out.send(Event::OwnCard(Box::new(own))).await;
            }
            Command::WriteCard(path, name) => {
                self.wallet.own_card(Some(&path), name.as_deref()).await?;
                self.reload().await;
                self.out.send(Event::CardWritten).await;
            }
            Command::Pick(pick) => self.pick(pick).await,
            Command::OpenFolder => open_folder(&self.dir),
            Command::ShowFolder(folder) => open_folder(&folder),
            Command::Reveal(path) => reveal(path).await,
            Command::CopyFile(path) => {
                let copied = tokio::task::spawn_blocking(move || copy_file(&path)).await;
                let copied = copied.unwrap_or_else(|error| Err(error.to_string()));
                self.out.send(Event::FileCopied(copied)).await;
            }
            Command::Export(path) => {
                let exported = self.wallet.export_history(&path, jiff::tz::TimeZone::system()).await?;
                self.out.send(Event::Exported(exported)).await;
            }
            Command::Protect => {
                self.wallet.protect().await?;
                self.reload().await;
                self.out.send(Event::Protected).await;
            }
            Command::Phrase => {
                let english = self.wallet.recovery_phrase(WordList::English).await?;
                // The same seed in other words, without asking for the passphrase twice.
                let seed = phrase::read(&Zeroizing::new(english.words().collect::<Vec<_>>().join(" ")))?;
                let chinese = Phrase::of(&seed, WordList::Chinese);
                let mut random = [0; keep::ASKED];
                SystemRandom.fill(&mut random);
                let words = keep::Words { english, chinese, asked: keep::places(random) };
                self.reload().await;
                self.out.send(Event::Words(Box::new(words))).await;
            }
            Command::BackUp(path, passphrase) => {
                let backed_up = self.wallet.back_up(&path, passphrase.0).await?;
                self.reload().await;
                self.out.send(Event::BackedUp(backed_up)).await;
            }
            Command::Restore(path, passphrase) => {
                let file = read_upto(&path, backup::MAX_FILE_BYTES).await?;
                let restored = self.wallet.restore(file, passphrase.0).await?;
                self.restored(restored).await;
            }
            Command::RestorePhrase(text) => {
                let restored = self.wallet.restore_phrase(&text.0).await?;
                self.restored(restored).await;
            }
            Command::ExportPackets(folder) => {
                let packed = self.wallet.export_packets(&folder).await?;
                self.out.send(Event::Packed(packed)).await;
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
            Command::TakeBack(text) => take_back_after(self.minute, text).await,
            Command::Keep(_) | Command::Cancel(_) | Command::Passphrase(_) => {}
        }
        Ok(())
    }

    async fn restored(&self, restored: Restored) {
        self.reload().await;
        self.out.send(Event::Restored(restored)).await;
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

    /// Forwards a packet as a card with the packet in it and its short link on it.
    async fn forward_picture(&self, id: &Digest, options: ForwardOptions, language: Language) -> Done {
        let is_copied = options.carrier == Carrier::Picture;
        let (forwarded, bytes) = share::forward(&self.wallet, &named(id), options, language).await?;
        let pixels =
            if is_copied { tokio::task::spawn_blocking(move || pixels(&bytes)).await.ok().flatten() } else { None };
        self.show(id).await?;
        self.reload().await;
        self.out.send(Event::Pictured(forwarded, pixels)).await;
        Ok(())
    }

    async fn pick(&self, pick: Pick) {
        let dialog = rfd::AsyncFileDialog::new();
        let chosen = match &pick {
            Pick::Open => {
                dialog
                    .add_filter("Hongbao", &["hongbao", "age", "hongbao-contact", "png", "jpg", "jpeg", "webp"])
                    .pick_file()
                    .await
            }
            Pick::SavePacket(name)
            | Pick::SavePicture(name)
            | Pick::SaveCard(name)
            | Pick::SaveTable(name)
            | Pick::SaveBackup(name) => dialog.set_file_name(name).save_file().await,
            Pick::OpenBackup => dialog.add_filter("Hongbao", &[backup::EXTENSION]).pick_file().await,
            Pick::PacketFolder => dialog.pick_folder().await,
        };
        self.out.send(Event::Picked(pick, chosen.map(|file| file.path().to_owned()))).await;
    }
}

/// How long nothing was done, for a key that a passphrase can bring back.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Idle {
    after: Option<Duration>,
    /// When the key leaves memory if nothing is done until then; none for never.
    pub(super) until: Option<Instant>,
}

impl Idle {
    pub(super) fn new(after: Option<Duration>, now: Instant) -> Self {
        Self { after, until: after.map(|after| now + after) }
    }

    /// Something was done.
    pub(super) fn restart(&mut self, now: Instant) {
        self.until = self.after.map(|after| now + after);
    }
}

/// Ends at this moment, or never.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// A picture as a clipboard takes it.
fn pixels(file: &[u8]) -> Option<Pixels> {
    let picture = image::load_from_memory(file).ok()?.into_rgb8();
    Some(Pixels { size: [picture.width(), picture.height()], rgb: picture.into_raw().into() })
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

pub(super) fn named(id: &Digest) -> String {
    id.to_string()
}

/// Shows a file marked in its folder, by the system's file manager; where that cannot, the folder alone.
async fn reveal(path: PathBuf) {
    let shown = tokio::task::spawn_blocking(move || match opener::reveal(&path) {
        Ok(()) => {}
        Err(_) => open_folder(path.parent().unwrap_or(Path::new("."))),
    });
    let _ = shown.await;
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
