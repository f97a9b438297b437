//! What a person's acts change in what is shown, and what they make the worker do.

use super::{Act, Effect, Page, State};
use crate::app::message::{Command, Passphrase};
use crate::app::screens::{forward, friends, keep};
use crate::app::text::Texts;

impl State {
    /// What an act changes.
    pub(in crate::app) fn act(&mut self, act: Act, texts: &Texts) -> Vec<Effect> {
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
            Act::Friends(action) => {
                if matches!(action, friends::Action::LookAtSender(..)) {
                    self.page = Page::Friends;
                }
                let command = self.friends.update(action);
                return command.map(|command| self.command(command)).unwrap_or_default();
            }
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
            Act::Keep(action) => return self.keep(action),
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
            Act::TakeAll(all) => return self.command(Command::TakeAll(all)),
            Act::TakeFile(path) => return self.command(Command::TakeFile(path)),
            Act::TakePicture(picture) => return self.command(Command::TakePicture(picture)),
            Act::Pick(pick) => return self.command(Command::Pick(pick)),
            Act::CollectAll(all, account) => return self.command(Command::CollectAll(all, account)),
            Act::Sync => return self.command(Command::Sync),
            Act::BackupLater => self.backup_later = true,
            Act::Copy(text, key) => {
                self.toast(texts.say(key));
                return vec![Effect::Copy(text)];
            }
            Act::CopySecret(text, key) => {
                self.toast(texts.say(key));
                return vec![Effect::CopySecret(Passphrase(text.into()))];
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

    fn keep(&mut self, action: keep::Action) -> Vec<Effect> {
        if let keep::Action::Open(sheet) = action {
            let home = directories::UserDirs::new().map(|dirs| dirs.home_dir().to_owned()).unwrap_or_default();
            self.keep = Some(keep::Model::new(sheet, &home));
            return Vec::new();
        }
        let Some(outcome) = self.keep.as_mut().map(|sheet| sheet.update(action)) else { return Vec::new() };
        if outcome.close {
            self.keep = None;
        }
        let mut effects = outcome.command.map(|command| self.command(command)).unwrap_or_default();
        if outcome.is_kept {
            effects.extend(self.backed_up());
        }
        effects
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
}
