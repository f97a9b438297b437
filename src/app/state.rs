//! What the window shows and what changes it: a person's acts (`acts`), the worker's events (`news`). Knows no egui and never
//! waits, so every flow can be tested without a window.

mod acts;
mod news;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::announce::{self, Announcement};
use super::message::{Command, Data, Fault, Passphrase, Pick, Pixels, Progress, Refusal, SyncState, Task};
use super::screens::{
    activity, forward, friends, keep, packet, packets, passphrase, rewards, settings as settings_page,
};
use super::settings::Settings;
use crate::api::account::AccountNumber;
use crate::jose::Digest;

/// Which page is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Page {
    #[default]
    Packets,
    Packet(Digest),
    /// Where the money of one packet is.
    Where(Digest),
    /// Where all the money is.
    Money,
    /// A file that was refused.
    Refused,
    Rewards,
    Friends,
    Activity,
    Settings,
}

/// What a person did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    Go(Page),
    Packets(packets::Action),
    Packet(packet::Action),
    Rewards(rewards::Action),
    Activity(activity::Action),
    Friends(friends::Action),
    OpenForward,
    CloseForward,
    Forward(forward::Action),
    Settings(settings_page::Action),
    Keep(keep::Action),
    Passphrase(passphrase::Action),
    /// Left the welcome, perhaps to choose a file at once.
    Welcomed(Option<Pick>),
    ShowMe(bool),
    TakeText(String),
    /// Dropped onto the window.
    TakeFile(PathBuf),
    /// Pasted into the window.
    TakePicture(Pixels),
    /// Many at once, or handed over by a second start.
    TakeAll(Vec<String>),
    Pick(Pick),
    CollectAll(Vec<Digest>, AccountNumber),
    Sync,
    /// Not now.
    BackupLater,
    /// Copy a text; the key of what to say then.
    Copy(String, &'static str),
    /// As [`Act::Copy`], for a text by which anybody could collect.
    CopySecret(String, &'static str),
    Do(Command),
    DropToast(usize),
    /// Take back what this toast tells of.
    Undo(usize),
    /// Put a packet away, or take it out again.
    Archive(Digest, bool),
    /// Stop waiting.
    Cancel(Task),
}

/// How a backup is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reminder {
    /// There is an identity to lose.
    Gentle,
    /// There are so many packets with money.
    OfMoney(usize),
}

/// What shall happen outside of the window's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Command(Command),
    Copy(String),
    /// To lie there for a minute.
    CopySecret(Passphrase),
    CopyPicture(Pixels),
    /// Tell the desktop, which nobody needs while somebody looks at the window.
    Announce(Announcement),
}

/// A word that passes.
#[derive(Clone, Debug)]
pub(super) struct Toast {
    pub(super) words: String,
    pub(super) is_trouble: bool,
    pub(super) since: f64,
    /// What takes it back.
    pub(super) undo: Option<Act>,
}

impl Toast {
    /// Longer words stay longer.
    pub(super) fn extra(&self) -> f64 {
        self.words.chars().count() as f64 * 0.05
    }
}

/// Everything that one wallet's window shows.
#[derive(Debug)]
pub(super) struct State {
    pub(super) page: Page,
    pub(super) data: Arc<Data>,
    pub(super) loaded: bool,
    pub(super) busy: BTreeSet<Task>,
    /// Since when a person waits for each of them.
    pub(super) under_way: BTreeMap<Task, f64>,
    /// How far one of them is, where that is known.
    pub(super) progress: Option<Progress>,
    pub(super) sync: SyncState,
    pub(super) settings: Settings,
    pub(super) dir: PathBuf,
    pub(super) packets: packets::Model,
    /// What the page of packets shows; of the newest query, or the one before it while that one is on its way.
    pub(super) found: Arc<packets::Found>,
    pub(super) packet: packet::Model,
    pub(super) refused: Option<Refusal>,
    pub(super) forward: Option<forward::Model>,
    pub(super) rewards: rewards::Model,
    pub(super) activity: activity::Model,
    pub(super) friends: friends::Model,
    pub(super) settings_page: settings_page::Model,
    /// The sheet about keeping the wallet safe.
    pub(super) keep: Option<keep::Model>,
    pub(super) passphrase: Option<passphrase::Model>,
    pub(super) toasts: Vec<Toast>,
    /// Whether the first packet to open is still to be shown by itself.
    pub(super) greets: bool,
    /// Whether the reminder of a backup was put off for today.
    pub(super) backup_later: bool,
    /// Why there is no wallet.
    pub(super) closed: Option<Fault>,
    /// Of what the desktop was told.
    pub(super) announced: announce::Memory,
    /// Whether somebody looks at the window; set before each update.
    pub(super) watched: bool,
    /// Seconds since the window was opened; set before each update.
    pub(super) time: f64,
}

/// Most toasts at a time.
const TOASTS: usize = 3;

impl State {
    /// A window's beginning.
    pub(super) fn new(settings: Settings, dir: PathBuf) -> Self {
        Self {
            page: Page::default(),
            data: Arc::default(),
            loaded: false,
            busy: BTreeSet::new(),
            under_way: BTreeMap::new(),
            progress: None,
            sync: SyncState::default(),
            settings,
            dir,
            packets: packets::Model::default(),
            found: Arc::default(),
            packet: packet::Model::default(),
            refused: None,
            forward: None,
            rewards: rewards::Model::default(),
            activity: activity::Model::default(),
            friends: friends::Model::default(),
            settings_page: settings_page::Model::default(),
            keep: None,
            passphrase: None,
            toasts: Vec::new(),
            greets: false,
            backup_later: false,
            closed: None,
            announced: announce::Memory::default(),
            watched: false,
            time: 0.0,
        }
    }

    pub(super) fn is_syncing(&self) -> bool {
        self.busy.contains(&Task::Sync)
    }

    /// Whether the first run's welcome is shown.
    pub(super) fn is_first_run(&self) -> bool {
        self.loaded && !self.settings.welcomed && self.data.packets.is_empty() && self.page == Page::Packets
    }

    /// Whether to remind of a backup: there is something to lose, and nobody said that it is safe.
    pub(super) fn reminds_of_backup(&self) -> Option<Reminder> {
        if self.settings.backed_up || self.backup_later || self.data.client.is_none() {
            return None;
        }
        match self.data.index().with_money {
            0 => self.data.index().has_opened.then_some(Reminder::Gentle),
            count => Some(Reminder::OfMoney(count)),
        }
    }

    fn toast(&mut self, words: String) {
        self.push_toast(words, false, None);
    }

    fn push_toast(&mut self, words: String, is_trouble: bool, undo: Option<Act>) {
        if self.toasts.len() == TOASTS {
            self.toasts.remove(0);
        }
        self.toasts.push(Toast { words, is_trouble, since: self.time, undo });
    }

    /// Gives the worker something to do, unless it is doing just that.
    fn command(&mut self, command: Command) -> Vec<Effect> {
        // Each file that is dropped is taken in, however many there are.
        let is_own = matches!(command, Command::TakeFile(_) | Command::TakeAll(_));
        if let Some(task) = command.task() {
            if !self.busy.insert(task) && !is_own {
                return Vec::new();
            }
            self.under_way.entry(task).or_insert(self.time);
        }
        vec![Effect::Command(command)]
    }

    fn go(&mut self, page: Page) -> Vec<Effect> {
        let mut effects = Vec::new();
        if let Page::Packet(id) | Page::Where(id) = page {
            self.packet.choose(id);
            effects = self.command(Command::Show(id));
        }
        if page == Page::Settings && self.settings_page.card.is_none() {
            let path = self.dir.join(settings_page::card_name(&self.data));
            self.settings_page.card = Some(path.display().to_string());
        }
        self.forward = None;
        self.page = page;
        effects
    }

    /// Something was done so that this wallet can be brought back.
    fn backed_up(&mut self) -> Vec<Effect> {
        self.settings.backed_up = true;
        vec![Effect::Command(Command::Keep(self.settings.clone()))]
    }

    /// A task came to its end, or was never begun.
    pub(super) fn ended(&mut self, task: Task) {
        self.busy.remove(&task);
        self.under_way.remove(&task);
        self.progress = self.progress.filter(|progress| progress.task != task);
    }
}
