//! What the window shows and what changes it: a person's acts, the worker's events. Knows no egui and never waits, so every
//! flow can be tested without a window.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::format;
use super::message::{Command, Data, Event, Fault, Pick, Progress, SyncState, Task};
use super::screens::{activity, forward, friends, packet, packets, passphrase, rewards, settings as settings_page};
use super::settings::Settings;
use super::text::Texts;
use crate::api::account::AccountNumber;
use crate::jose::Digest;
use crate::wallet::{Archived, Forwarded, Inspection};

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
    Passphrase(passphrase::Action),
    /// Left the welcome, perhaps to choose a file at once.
    Welcomed(Option<Pick>),
    ShowMe(bool),
    TakeText(String),
    /// Dropped onto the window.
    TakeFile(PathBuf),
    Pick(Pick),
    CollectAll(Vec<Digest>, AccountNumber),
    Sync,
    /// Not now.
    BackupLater,
    /// Copy a text; the key of what to say then.
    Copy(String, &'static str),
    Do(Command),
    DropToast(usize),
    /// Take back what this toast tells of.
    Undo(usize),
    /// Put a packet away, or take it out again.
    Archive(Digest, bool),
    /// Stop waiting.
    Cancel(Task),
}

/// What shall happen outside of the window's own state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    Command(Command),
    Copy(String),
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
    pub(super) refused: Option<Box<Inspection>>,
    pub(super) forward: Option<forward::Model>,
    pub(super) rewards: rewards::Model,
    pub(super) activity: activity::Model,
    pub(super) friends: friends::Model,
    pub(super) settings_page: settings_page::Model,
    pub(super) passphrase: Option<passphrase::Model>,
    pub(super) toasts: Vec<Toast>,
    /// Whether the first packet to open is still to be shown by itself.
    pub(super) greets: bool,
    /// Whether the reminder of a backup was put off for today.
    pub(super) backup_later: bool,
    /// Why there is no wallet.
    pub(super) closed: Option<Fault>,
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
            passphrase: None,
            toasts: Vec::new(),
            greets: false,
            backup_later: false,
            closed: None,
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
    pub(super) fn reminds_of_backup(&self) -> bool {
        let has_something = self.data.client.is_some() && self.data.index().has_opened;
        has_something && !self.settings.backed_up && !self.backup_later
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
        let is_own = matches!(command, Command::TakeFile(_));
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

    /// What an act changes.
    pub(super) fn act(&mut self, act: Act, texts: &Texts) -> Vec<Effect> {
        match act {
            Act::Go(page) => return self.go(page),
            Act::Packets(action) => {
                let query = self.packets.update(action);
                return query.map(|query| Effect::Command(Command::Find(query))).into_iter().collect();
            }
            Act::Packet(action) => {
                let command = self.packet.update(action, self.settings.show_me, self.time);
                return command.map(|command| self.command(command)).unwrap_or_default();
            }
            Act::Rewards(action) => self.rewards.update(action),
            Act::Friends(action) => self.friends.update(action),
            Act::Activity(action) => {
                let command = self.activity.update(action);
                return command.map(|command| self.command(command)).unwrap_or_default();
            }
            Act::OpenForward => return self.open_forward(texts),
            Act::CloseForward => self.forward = None,
            Act::Forward(action) => {
                let command = self.forward.as_mut().and_then(|forward| forward.update(action));
                return command.map(|command| self.command(command)).unwrap_or_default();
            }
            Act::Settings(action) => {
                let command = self.settings_page.update(action, &mut self.settings, &self.data);
                return command.map(|command| self.command(command)).unwrap_or_default();
            }
            Act::Passphrase(action) => {
                let answer = self.passphrase.as_mut().and_then(|passphrase| passphrase.update(action));
                if let Some(answer) = answer {
                    self.passphrase = None;
                    return vec![Effect::Command(answer)];
                }
            }
            Act::Welcomed(pick) => {
                self.settings.welcomed = true;
                let mut effects = vec![Effect::Command(Command::Keep(self.settings.clone()))];
                effects.extend(pick.map(|pick| self.command(Command::Pick(pick))).unwrap_or_default());
                return effects;
            }
            Act::ShowMe(show) => {
                self.settings.show_me = show;
                return vec![Effect::Command(Command::Keep(self.settings.clone()))];
            }
            Act::TakeText(text) => return self.command(Command::TakeText(text)),
            Act::TakeFile(path) => return self.command(Command::TakeFile(path)),
            Act::Pick(pick) => return self.command(Command::Pick(pick)),
            Act::CollectAll(all, account) => return self.command(Command::CollectAll(all, account)),
            Act::Sync => return self.command(Command::Sync),
            Act::BackupLater => self.backup_later = true,
            Act::Copy(text, key) => {
                self.toast(texts.say(key));
                return vec![Effect::Copy(text)];
            }
            Act::Do(command) => return self.command(command),
            Act::DropToast(at) => {
                if at < self.toasts.len() {
                    self.toasts.remove(at);
                }
            }
            Act::Undo(at) => {
                let toast = (at < self.toasts.len()).then(|| self.toasts.remove(at));
                if let Some(undo) = toast.and_then(|toast| toast.undo) {
                    return self.act(undo, texts);
                }
            }
            Act::Archive(id, away) => return self.command(Command::Archive(id, away)),
            Act::Cancel(task) => return self.command(Command::Cancel(task)),
        }
        Vec::new()
    }

    /// Shows the first packet to open, once, if the person is not elsewhere already.
    fn greet(&mut self) -> Vec<Effect> {
        let first = self.data.packets.iter().find(|packet| !packet.opened).map(|packet| packet.id);
        match first {
            Some(id) if self.greets => {
                self.greets = false;
                if self.page == Page::Packets { self.go(Page::Packet(id)) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    fn open_forward(&mut self, texts: &Texts) -> Vec<Effect> {
        let Some(id) = self.packet.id else { return Vec::new() };
        let listed = self.data.packet(&id);
        let serial = listed.map_or(0, |packet| packet.serial);
        let times = listed.map_or(0, |packet| packet.forwards) + 1;
        let place = |kind: &str| self.dir.join(format!("hongbao-{serial:06}-{times}.{kind}")).display().to_string();
        let places = [place("hongbao"), place("png")];
        self.forward = Some(forward::Model::new(id, places, texts.language(), &self.data));
        Vec::new()
    }

    /// What the worker's news change.
    pub(super) fn hear(&mut self, event: Event, texts: &Texts) -> Vec<Effect> {
        match event {
            Event::Data(data) => {
                self.data = data;
                self.loaded = true;
                return self.greet();
            }
            Event::Found(found) => {
                // An answer to what nobody looks for any more.
                if found.query == self.packets.query() {
                    self.found = found;
                }
            }
            Event::Packet(read) => {
                if read.shown.inspection.id == self.packet.id {
                    // What the bank said before is over once the money was asked for.
                    if read.shown.collection.is_some() {
                        self.packet.standing = None;
                    }
                    self.packet.packet = Some(*read);
                    if let Some(id) = self.packet.wants_standing() {
                        return self.command(Command::AskBank(id));
                    }
                }
            }
            Event::Imported(imported) => {
                let key = if imported.new { "toast-imported" } else { "toast-again" };
                self.toast(texts.say(key));
                self.packets.paste = None;
                self.settings.welcomed = true;
                return self.go(Page::Packet(imported.id));
            }
            Event::Refused(inspection) => {
                self.refused = Some(inspection);
                self.forward = None;
                self.packets.paste = None;
                self.page = Page::Refused;
            }
            Event::Opened(opened) => return self.opened(&opened, texts),
            Event::Standing(id, standing) => {
                if self.packet.id == Some(id) {
                    self.packet.standing = Some(standing);
                }
            }
            Event::Collected(collected) => return self.collected(&collected, texts),
            Event::Linked(linked) => {
                self.packet.form =
                    packet::Form { account: linked.account.as_str().to_owned(), ..packet::Form::default() };
                self.toast(texts.say("toast-linked"));
            }
            Event::Forwarded(forwarded) => return self.forwarded(forwarded, texts),
            Event::Befriended(friend) => {
                self.packets.paste = None;
                self.friends.card = None;
                self.toast(texts.tell("friend-added", &[("name", friend.name.into())]));
                self.page = Page::Friends;
            }
            Event::Known(name) => {
                self.settings_page.party.clear();
                self.toast(texts.tell("known-added", &[("name", name.into())]));
                if let Page::Packet(id) | Page::Where(id) = self.page {
                    return self.command(Command::Show(id));
                }
            }
            Event::CardWritten => self.toast(texts.say("toast-card")),
            Event::Exported(exported) => {
                let path = exported.path.display().to_string();
                self.toast(texts.tell("export-saved", &[("path", path.into())]));
                (self.activity.path, self.activity.saved) = (None, Some(exported.path));
            }
            Event::Synced(state, arrived) => {
                self.sync = state;
                if arrived > 0 {
                    self.toast(texts.tell("packets-arrived", &[("count", arrived.into())]));
                }
                if let Page::Packet(id) | Page::Where(id) = self.page {
                    return self.command(Command::Show(id));
                }
            }
            Event::Ask(asking) => self.passphrase = Some(passphrase::Model::new(asking)),
            Event::Picked(pick, path) => return self.picked(&pick, path, texts),
            Event::Failed(task, fault) => self.failed(task, fault, texts),
            Event::Archived(archived) => return self.archived(archived, texts),
            Event::Progress(progress) => self.progress = Some(progress),
            Event::Cancelled(task) => {
                self.ended(task);
                self.toast(texts.say("stopped-waiting"));
                if let Page::Packet(id) | Page::Where(id) = self.page {
                    return self.command(Command::Show(id));
                }
            }
            Event::Ended(task) => self.ended(task),
            Event::Closed(fault) => self.closed = Some(fault),
        }
        Vec::new()
    }

    /// A task came to its end, or was never begun.
    pub(super) fn ended(&mut self, task: Task) {
        self.busy.remove(&task);
        self.under_way.remove(&task);
        self.progress = self.progress.filter(|progress| progress.task != task);
    }

    fn archived(&mut self, archived: Archived, texts: &Texts) -> Vec<Effect> {
        let away = archived.state == crate::api::states::PacketState::Archived;
        let words = texts.say(if away { "toast-archived" } else { "toast-unarchived" });
        self.push_toast(words, false, Some(Act::Archive(archived.id, !away)));
        if away && self.page == Page::Packet(archived.id) { self.go(Page::Packets) } else { Vec::new() }
    }

    fn opened(&mut self, opened: &crate::wallet::Opened, _: &Texts) -> Vec<Effect> {
        if self.packet.id != Some(opened.id) {
            return Vec::new();
        }
        self.packet.moment = Some(packet::Moment::start(self.time));
        Vec::new()
    }

    fn collected(&mut self, collected: &crate::wallet::Collected, texts: &Texts) -> Vec<Effect> {
        if collected.state == crate::api::states::CollectionState::Paid {
            let amount = collected.amount.map(format::money).unwrap_or_default();
            self.toast(texts.tell("arrived", &[("amount", amount.into())]));
        }
        Vec::new()
    }

    fn forwarded(&mut self, forwarded: Forwarded, texts: &Texts) -> Vec<Effect> {
        // A link on a picture is already where it belongs.
        let copy = forwarded.link.clone().filter(|_| forwarded.path.is_none()).map(Effect::Copy);
        if copy.is_some() {
            self.toast(texts.say("link-copied"));
        }
        if let Some(sheet) = self.forward.as_mut().filter(|sheet| sheet.id == forwarded.id) {
            sheet.done = Some(forwarded);
        }
        copy.into_iter().collect()
    }

    fn picked(&mut self, pick: &Pick, path: Option<PathBuf>, texts: &Texts) -> Vec<Effect> {
        let Some(path) = path else {
            // Cancelled, or there is no dialog on this machine: there is always a field to type into.
            match pick {
                Pick::Open if self.page == Page::Friends => self.friends.update(friends::Action::Add(true)),
                Pick::Open => self.packets.paste = self.packets.paste.take().or_else(|| Some(String::new())),
                Pick::SavePacket(_) | Pick::SavePicture(_) | Pick::SaveCard(_) | Pick::SaveTable(_) => {}
            }
            self.toast(texts.say("no-dialog"));
            return Vec::new();
        };
        match pick {
            Pick::Open => return self.command(Command::TakeFile(path)),
            Pick::SavePacket(_) => {
                if let Some(sheet) = &mut self.forward {
                    sheet.path = path.display().to_string();
                }
            }
            Pick::SavePicture(_) => {
                if let Some(sheet) = &mut self.forward {
                    sheet.picture = path.display().to_string();
                }
            }
            Pick::SaveTable(_) => self.activity.path = Some(path.display().to_string()),
            Pick::SaveCard(_) => self.settings_page.card = Some(path.display().to_string()),
        }
        Vec::new()
    }

    /// Trouble is told where the person is looking.
    fn failed(&mut self, task: Option<Task>, fault: Fault, texts: &Texts) {
        match task {
            Some(Task::Forward) if self.forward.is_some() => {
                if let Some(sheet) = &mut self.forward {
                    sheet.fault = Some(fault);
                }
                return;
            }
            Some(Task::Open(id) | Task::Collect(id)) if self.page == Page::Packet(id) => {
                self.packet.fault = Some(fault);
                return;
            }
            Some(Task::Link) if matches!(self.page, Page::Packet(_)) => {
                self.packet.fault = Some(fault);
                return;
            }
            // That the bank cannot be asked now is said by the voucher itself.
            Some(Task::AskBank(id)) => {
                if self.packet.id == Some(id) {
                    self.packet.asked = false;
                }
                // Where the money is was asked for itself.
                if self.page != Page::Where(id) {
                    return;
                }
            }
            _ => {}
        }
        let (what, money, next) = super::fault_words(texts, &fault);
        self.push_toast(format!("{what} {money} {next}"), true, None);
    }
}
