//! What the worker's news change in what is shown.

use std::path::PathBuf;

use super::{Act, Effect, Page, State};
use crate::app::announce::{self, Announcement};
use crate::app::format;
use crate::app::message::{Command, Event, Fault, Passphrase, Pick, Pixels, Task, Took};
use crate::app::screens::{friends, keep, packet, passphrase};
use crate::app::text::Texts;
use crate::identity::phrase::WordList;
use crate::jose::ClientId;
use crate::wallet::{Archived, ForwardState, Forwarded, Restored};

/// "12 packets, 3 were there, 1 is none": only what there is.
fn told_of_many(took: &Took, texts: &Texts) -> String {
    let counts = [("took-new", took.new), ("took-there", took.there), ("took-cards", took.cards)];
    let mut parts: Vec<String> = counts
        .into_iter()
        .filter(|(key, count)| *count > 0 || *key == "took-new")
        .map(|(key, count)| texts.tell(key, &[("count", count.into())]))
        .collect();
    if let Some(first) = took.refused.first() {
        let values = [("count", took.refused.len().into()), ("name", first.as_str().into())];
        parts.push(texts.tell("took-refused", &values));
    }
    parts.join(&texts.say("took-and"))
}

impl State {
    /// What the worker's news change.
    pub(in crate::app) fn hear(&mut self, event: Event, texts: &Texts) -> Vec<Effect> {
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
            Event::TookMany(took) => {
                self.toast(told_of_many(&took, texts));
                self.packets.paste = None;
                self.settings.welcomed |= took.new > 0;
                return self.go(Page::Packets);
            }
            Event::Refused(refusal) => {
                self.refused = Some(refusal);
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
            Event::AcceptanceChosen => self.toast(texts.say("toast-acceptance")),
            Event::Forwarded(forwarded) => return self.forwarded(forwarded, texts),
            Event::Recalled(forwarded) => self.recalled(forwarded, texts),
            Event::Kept => self.toast(texts.say("toast-kept")),
            Event::Blocked(blocked, is_new) => return self.blocked(blocked.client, is_new, texts),
            Event::Pictured(forwarded, picture) => return self.pictured(forwarded, picture),
            Event::CardSeen(seen, card) => {
                self.packets.paste = None;
                self.friends.came([friends::Seen::of_card(seen, card)].into());
                self.page = Page::Friends;
            }
            Event::CardsSeen(cards) => {
                let seen = |(seen, card)| friends::Seen::of_card(seen, card);
                self.friends.came(cards.into_iter().map(seen).collect());
                self.page = Page::Friends;
            }
            Event::Renamed(friend) => {
                self.friends.next();
                self.toast(texts.tell("friend-renamed", &[("name", friend.name.into())]));
            }
            Event::Compared(friend) => {
                self.friends.next();
                self.toast(texts.tell("friend-compared", &[("name", friend.name.into())]));
            }
            Event::Befriended(friend) => {
                self.packets.paste = None;
                self.friends.card = None;
                self.friends.next();
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
            Event::OwnCard(own) => self.settings_page.own = Some(own),
            Event::CardWritten => self.toast(texts.say("toast-card")),
            Event::Exported(exported) => {
                let path = exported.path.display().to_string();
                self.toast(texts.tell("export-saved", &[("path", path.into())]));
                (self.activity.path, self.activity.saved) = (None, Some(exported.path));
            }
            Event::FileCopied(Ok(())) => self.toast(texts.say("file-copied")),
            Event::FileCopied(Err(_)) => self.push_toast(texts.say("file-not-copied"), true, None),
            Event::Protected => self.toast(texts.say("toast-protected")),
            Event::Words(words) => {
                let chinese = texts.language() == crate::app::text::Language::Chinese;
                let list = if chinese { WordList::Chinese } else { WordList::English };
                self.keep = Some(keep::Model::of_words(*words, list));
            }
            Event::BackedUp(backed_up) => {
                if let Some(keep::Model::Save(sheet)) = &mut self.keep {
                    *sheet = keep::SaveSheet { done: Some(backed_up.path), ..keep::SaveSheet::default() };
                }
                return self.backed_up();
            }
            Event::Restored(restored) => return self.restored(restored, texts),
            Event::Packed(packed) => {
                let (count, folder) = (packed.written, packed.folder.display().to_string());
                self.toast(texts.tell("packed", &[("count", count.into()), ("folder", folder.into())]));
            }
            Event::Synced(state, arrived) => {
                self.sync = state;
                if arrived > 0 {
                    self.toast(texts.tell("packets-arrived", &[("count", arrived.into())]));
                }
                let news = self.announced.round_ended(&self.data, self.settings.announced, texts);
                let mut effects = self.announce(news);
                if let Page::Packet(id) | Page::Where(id) = self.page {
                    effects.extend(self.command(Command::Show(id)));
                }
                return effects;
            }
            Event::Expiring(ids) => {
                let news = announce::expiring(&self.data, &ids, self.settings.announced, texts);
                return self.announce(news);
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
            Event::Ended(task) => {
                self.ended(task);
                // What the person did alone needs nobody to tell of it.
                if task != Task::Sync {
                    self.announced.know(&self.data);
                }
            }
            Event::Closed(fault) => self.closed = Some(fault),
        }
        Vec::new()
    }

    /// The desktop is told only while nobody looks.
    fn announce(&self, news: impl IntoIterator<Item = Announcement>) -> Vec<Effect> {
        let told = news.into_iter().filter(|_| !self.watched);
        told.map(Effect::Announce).collect()
    }

    /// Shows the first packet to open, once, if the person is not elsewhere already.
    fn greet(&mut self) -> Vec<Effect> {
        let first = self.data.packets.iter().find(|packet| !packet.opened && packet.stranger.is_none());
        let first = first.map(|packet| packet.id);
        match first {
            Some(id) if self.greets => {
                self.greets = false;
                if self.page == Page::Packets { self.go(Page::Packet(id)) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    /// The wallet is another one now: whatever was backed up once is, and its servers are asked how things stand.
    fn restored(&mut self, restored: Restored, texts: &Texts) -> Vec<Effect> {
        let has_packets = restored.packets > 0;
        self.announced.forget();
        self.keep = None;
        self.settings.welcomed = true;
        let words = match restored.packets {
            0 => texts.say("restored-key"),
            count => texts.tell("restored", &[("count", count.into())]),
        };
        self.toast(words);
        let mut effects = self.backed_up();
        effects.extend(self.go(if has_packets { Page::Packets } else { Page::Settings }));
        effects.extend(self.command(Command::Sync));
        effects
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
        let copy = forwarded.link.clone().map(|link| Effect::CopySecret(Passphrase(link.into())));
        if copy.is_some() {
            self.toast(texts.say("link-copied"));
        }
        if let Some(sheet) = self.forward.as_mut().filter(|sheet| sheet.id == forwarded.id) {
            sheet.done = Some(forwarded);
        }
        copy.into_iter().collect()
    }

    /// What came of taking a forwarding back.
    fn recalled(&mut self, forwarded: Forwarded, texts: &Texts) {
        let (key, is_trouble) = match forwarded.state {
            ForwardState::Recalled => ("toast-recalled", false),
            ForwardState::Recalling => ("toast-recalling", false),
            ForwardState::Delivered => ("toast-recall-late", true),
            _ => ("toast-recall-unknown", true),
        };
        self.push_toast(texts.say(key), is_trouble, None);
        if let Some(sheet) = self.forward.as_mut().filter(|sheet| sheet.id == forwarded.id && sheet.done.is_some()) {
            sheet.done = Some(forwarded);
        }
    }

    /// Whose packets are dropped from now on, or are not any more; what waited of them is not listed.
    fn blocked(&mut self, client: ClientId, is_new: bool, texts: &Texts) -> Vec<Effect> {
        let key = if is_new { "toast-blocked" } else { "toast-unblocked" };
        let undo = if is_new { Command::Unblock(client) } else { Command::Block(client) };
        self.push_toast(texts.say(key), false, Some(Act::Do(undo)));
        self.friends.next();
        let is_listed = self.packet.id.is_none_or(|id| self.data.packet(&id).is_some());
        if matches!(self.page, Page::Packet(_)) && !is_listed { self.go(Page::Packets) } else { Vec::new() }
    }

    /// A picture to copy without a code on it holds no packet, so it is not copied.
    fn pictured(&mut self, forwarded: Forwarded, picture: Option<Pixels>) -> Vec<Effect> {
        let copy = picture.filter(|_| forwarded.link.is_some()).map(Effect::CopyPicture);
        if let Some(sheet) = self.forward.as_mut().filter(|sheet| sheet.id == forwarded.id) {
            sheet.done = Some(forwarded);
        }
        copy.into_iter().collect()
    }

    fn picked(&mut self, pick: &Pick, path: Option<PathBuf>, texts: &Texts) -> Vec<Effect> {
        let Some(path) = path else {
            // Cancelled, or there is no dialog on this machine: there is always a field to type into.
            match pick {
                Pick::Open if self.page == Page::Friends => {
                    self.friends.update(friends::Action::Add(true));
                }
                Pick::Open => self.packets.paste = self.packets.paste.take().or_else(|| Some(String::new())),
                Pick::SavePacket(_)
                | Pick::SavePicture(_)
                | Pick::SaveCard(_)
                | Pick::SaveTable(_)
                | Pick::SaveBackup(_)
                | Pick::OpenBackup
                | Pick::PacketFolder => {}
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
            Pick::SaveBackup(_) | Pick::OpenBackup => {
                if let Some(sheet) = &mut self.keep {
                    sheet.picked(&path);
                }
            }
            Pick::PacketFolder => return self.command(Command::ExportPackets(path)),
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
            Some(Task::BackUp | Task::Restore) if self.keep.is_some() => {
                if let Some(sheet) = &mut self.keep {
                    sheet.failed(fault);
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
        let (what, money, next) = crate::app::fault_words(texts, &fault);
        self.push_toast(format!("{what} {money} {next}"), true, None);
    }
}
