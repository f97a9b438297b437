//! Choices: how the window looks, who one is, which accounts, whom the wallet believes.

use std::collections::BTreeSet;
use std::path::Path;

use egui::{Sense, Ui, pos2, vec2};

use super::super::format;
use super::super::look::{Look, cut_line};
use super::super::message::{Command, Data, Pick, Task};
use super::super::pictures::Drawing;
use super::super::settings::{Announced, IdleLock, Settings, TextSize, ThemeChoice};
use super::super::state::Act;
use super::super::text::Language;
use super::super::theme::{fonts, icons};
use super::super::widgets::{self, Button, Field, Segment};
use super::keep;
use crate::api::account::AccountNumber;
use crate::api::states::AcceptedBy;
use crate::wallet::{LinkedAccount, OwnCard};

/// What is typed here.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Model {
    pub(in crate::app) party: String,
    pub(in crate::app) name: Option<String>,
    pub(in crate::app) card: Option<String>,
    /// One's own card, once it was asked for.
    pub(in crate::app) own: Option<Box<OwnCard>>,
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    Party(String),
    Name(String),
    CardPath(String),
    AddParty,
    ChooseCard,
    WriteCard,
    /// Show the card as a code.
    ShowCard,
    Language(Language),
    Theme(ThemeChoice),
    TextSize(TextSize),
    ReducedMotion(bool),
    BackedUp,
    Announced(Announced),
    IdleLock(IdleLock),
    Acceptance(AccountNumber, Option<AcceptedBy>),
}

impl Model {
    /// What an action changes, and what the worker shall do.
    pub(in crate::app) fn update(&mut self, action: Action, settings: &mut Settings, data: &Data) -> Option<Command> {
        match action {
            Action::Party(text) => {
                self.party = text;
                return None;
            }
            Action::Name(text) => {
                self.name = Some(text);
                return None;
            }
            Action::CardPath(text) => {
                self.card = Some(text);
                return None;
            }
            Action::AddParty => return Some(Command::AddParty(self.party.trim().to_owned())),
            Action::ChooseCard => return Some(Command::Pick(Pick::SaveCard(card_name(data)))),
            Action::WriteCard => {
                let path = self.card.clone().filter(|path| !path.trim().is_empty())?;
                return Some(Command::WriteCard(path.trim().into(), self.typed_name()));
            }
            Action::ShowCard => return Some(Command::ShowCard(self.typed_name())),
            Action::Acceptance(account, acceptance) => return Some(Command::Acceptance(account, acceptance)),
            Action::Language(language) => settings.language = Some(language),
            Action::Theme(theme) => settings.theme = theme,
            Action::TextSize(size) => settings.text_size = size,
            Action::ReducedMotion(still) => settings.reduced_motion = still,
            Action::BackedUp => settings.backed_up = true,
            Action::Announced(announced) => settings.announced = announced,
            Action::IdleLock(idle_lock) => settings.idle_lock = idle_lock,
        }
        Some(Command::Keep(settings.clone()))
    }
}

impl Model {
    fn typed_name(&self) -> Option<String> {
        self.name.as_deref().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
    }
}

/// What a card's file is called when nobody says otherwise.
pub(in crate::app) fn card_name(data: &Data) -> String {
    let name = data.name.as_deref().unwrap_or("hongbao");
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    format!("{}.hongbao-contact", if plain.is_empty() { "hongbao" } else { &plain })
}

/// What the page needs beside its own model.
pub(in crate::app) struct Around<'a> {
    pub(in crate::app) data: &'a Data,
    pub(in crate::app) settings: &'a Settings,
    pub(in crate::app) busy: &'a BTreeSet<Task>,
    pub(in crate::app) dir: &'a Path,
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    widgets::page(ui, look, "settings", |ui, look| {
        let title = look.say("page-settings");
        widgets::heading(ui, look, &title, fonts::PAGE);
        ui.add_space(10.0);
        let room = ui.available_rect_before_wrap();
        let column = egui::Rect::from_min_size(room.min, vec2(room.width().min(720.0), room.height()));
        widgets::inside(ui, column, |ui| {
            ui.spacing_mut().item_spacing.y = 10.0;
            let mut act = appearance(ui, look, around);
            act = act.or(identity(ui, look, model, around));
            act = act.or(backup(ui, look, around));
            act = act.or(passphrase(ui, look, around));
            act = act.or(notices(ui, look, around.settings.announced));
            act = act.or(accounts(ui, look, around));
            act = act.or(parties(ui, look, model, around));
            about(ui, look);
            act
        })
    })
}

fn act(action: Action) -> Act {
    Act::Settings(action)
}

fn section<R>(ui: &mut Ui, look: &mut Look<'_>, key: &str, contents: impl FnOnce(&mut Ui, &mut Look<'_>) -> R) -> R {
    let title = look.say(key);
    widgets::card(ui, look, |ui, look| {
        widgets::heading(ui, look, &title, 17.0);
        ui.add_space(4.0);
        contents(ui, look)
    })
    .inner
}

fn appearance(ui: &mut Ui, look: &mut Look<'_>, around: &Around<'_>) -> Option<Act> {
    section(ui, look, "settings-look", |ui, look| {
        let settings = around.settings;
        let name = look.say("language");
        let languages = [
            Segment { value: Language::Chinese, label: look.say("language-chinese") },
            Segment { value: Language::English, label: look.say("language-english") },
        ];
        let mut answer =
            setting(ui, look, &name, |ui, look| widgets::segments(ui, look, &name, look.texts.language(), &languages))
                .map(|language| act(Action::Language(language)));
        let name = look.say("theme");
        let themes = [
            Segment { value: ThemeChoice::System, label: look.say("theme-system") },
            Segment { value: ThemeChoice::Light, label: look.say("theme-light") },
            Segment { value: ThemeChoice::Dark, label: look.say("theme-dark") },
        ];
        let chosen = setting(ui, look, &name, |ui, look| widgets::segments(ui, look, &name, settings.theme, &themes));
        answer = answer.or(chosen.map(|theme| act(Action::Theme(theme))));
        let name = look.say("text-size");
        let sizes = TextSize::ALL.map(|size| Segment { value: size, label: format!("{}%", size.percent()) });
        let chosen =
            setting(ui, look, &name, |ui, look| widgets::segments(ui, look, &name, settings.text_size, &sizes));
        answer = answer.or(chosen.map(|size| act(Action::TextSize(size))));
        let name = look.say("reduced-motion");
        ui.horizontal(|ui| {
            if widgets::toggle(ui, look, &name, settings.reduced_motion).clicked() {
                answer = Some(act(Action::ReducedMotion(!settings.reduced_motion)));
            }
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                widgets::label(ui, &name, fonts::body(fonts::BODY), look.tokens().ink);
                let more = look.say("reduced-motion-more");
                widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
            });
        });
        answer
    })
}

/// A name and its control: side by side where there is room.
fn setting<R>(ui: &mut Ui, look: &mut Look<'_>, name: &str, control: impl FnOnce(&mut Ui, &mut Look<'_>) -> R) -> R {
    if ui.available_width() < 460.0 {
        widgets::label(ui, name, fonts::body(fonts::BODY), look.tokens().ink);
        return control(ui, look);
    }
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    cut_line(ui.painter(), row.left_center(), name, fonts::body(fonts::BODY), look.tokens().ink, 126.0);
    let place = egui::Rect::from_min_max(row.min + vec2(134.0, 0.0), row.max);
    widgets::inside(ui, place, |ui| control(ui, look))
}

fn identity(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let data = around.data;
    section(ui, look, "settings-identity", |ui, look| {
        let tokens = look.tokens();
        let mut answer = None;
        let label = look.say("own-id");
        widgets::label(ui, &label, fonts::strong(fonts::SECONDARY), tokens.ink2);
        match &data.client {
            Some(client) => {
                let id = client.to_string();
                ui.horizontal_wrapped(|ui| {
                    let (rect, _) = ui.allocate_exact_size(vec2(46.0, 46.0), Sense::hover());
                    let name = data.name.clone().unwrap_or_else(|| look.say("me"));
                    super::friends::avatar(ui, look, client, &name, rect.center(), 44.0);
                    widgets::note(ui, &id, fonts::body(fonts::BODY), tokens.ink);
                    let copy = look.say("copy-id");
                    if widgets::icon_button(ui, look, icons::COPY, &copy).clicked() {
                        answer = Some(Act::Copy(id.clone(), "copied"));
                    }
                });
            }
            None => {
                let words = look.say("no-id-yet");
                widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink);
            }
        }
        let more = look.say("own-id-more");
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), tokens.ink3);
        ui.add_space(6.0);
        widgets::hairline(ui, look);
        ui.add_space(6.0);
        let title = look.say("own-card");
        widgets::heading(ui, look, &title, fonts::STRONG);
        let why = look.say("card-why");
        widgets::note(ui, &why, fonts::body(fonts::SECONDARY), tokens.ink2);
        let mut name = model.name.clone().or_else(|| data.name.clone()).unwrap_or_default();
        let (label, hint) = (look.say("card-name"), look.say("card-name-hint"));
        if widgets::field(ui, look, &Field::new("card-name", &label).hint(&hint), &mut name).changed() {
            answer = Some(act(Action::Name(name)));
        }
        let mut path = model.card.clone().unwrap_or_default();
        let label = look.say("card-place");
        if widgets::field(ui, look, &Field::new("card-path", &label), &mut path).changed() {
            answer = answer.or(Some(act(Action::CardPath(path))));
        }
        ui.horizontal_wrapped(|ui| {
            let write = look.say("card-write");
            let busy = around.busy.contains(&Task::Card);
            if Button::primary(&write).icon(icons::ACCOUNT).enabled(!busy).show(ui, look).clicked() {
                answer = Some(act(Action::WriteCard));
            }
            let choose = look.say("browse");
            if Button::secondary(&choose).icon(icons::FOLDER).show(ui, look).clicked() {
                answer = Some(act(Action::ChooseCard));
            }
            let show = look.say("card-show");
            if Button::secondary(&show).icon(icons::QR_CODE).enabled(!busy).show(ui, look).clicked() {
                answer = Some(act(Action::ShowCard));
            }
        });
        if let Some(own) = &model.own {
            answer = answer.or(own_code(ui, look, own));
        }
        answer
    })
}

/// One's own card as a code, as a link, and the words that friends hear.
fn own_code(ui: &mut Ui, look: &mut Look<'_>, own: &OwnCard) -> Option<Act> {
    ui.add_space(8.0);
    let side = ui.available_width().min(320.0);
    let (rect, response) = ui.allocate_exact_size(egui::vec2(side, side), egui::Sense::hover());
    let words = look.say("card-code");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &words));
    let painter = ui.painter().clone();
    look.pictures.paint_centred(&painter, &Drawing::Code(own.link.as_str().into()), rect.center(), side);
    let (ink, ink2) = (look.tokens().ink, look.tokens().ink2);
    widgets::note(ui, &words, fonts::body(fonts::SECONDARY), ink2);
    for line in [own.fingerprint.zh.join(" "), own.fingerprint.en.join(" ")] {
        widgets::note(ui, &line, fonts::strong(fonts::STRONG), ink);
    }
    let copy = look.say("card-link-copy");
    let clicked = Button::secondary(&copy).icon(icons::LINK).show(ui, look).clicked();
    clicked.then(|| Act::Copy(own.link.clone(), "link-copied"))
}

fn backup(ui: &mut Ui, look: &mut Look<'_>, around: &Around<'_>) -> Option<Act> {
    section(ui, look, "backup", |ui, look| {
        let path = around.dir.display().to_string();
        let key = if around.data.key_in_file { "backup-folder" } else { "backup-keyring" };
        let words = look.tell(key, &[("path", path.into())]);
        widgets::note(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2);
        let mut answer = None;
        let busy = |task| around.busy.contains(&task);
        ui.horizontal_wrapped(|ui| {
            let save = look.say("backup-save");
            if Button::primary(&save).icon(icons::SAVE).enabled(!busy(Task::BackUp)).show(ui, look).clicked() {
                answer = Some(Act::Keep(keep::Action::Open(keep::Sheet::Save)));
            }
            let phrase = look.say("phrase-title");
            if Button::secondary(&phrase).icon(icons::KEY).enabled(!busy(Task::Phrase)).show(ui, look).clicked() {
                answer = Some(Act::Do(Command::Phrase));
            }
            let export = look.say("export-packets");
            if Button::ghost(&export).icon(icons::OUT).enabled(!busy(Task::ExportPackets)).show(ui, look).clicked() {
                answer = Some(Act::Pick(Pick::PacketFolder));
            }
            let open = look.say("settings-open-folder");
            if Button::ghost(&open).icon(icons::FOLDER).show(ui, look).clicked() {
                answer = Some(Act::Do(Command::OpenFolder));
            }
            if !around.settings.backed_up {
                let done = look.say("backup-done");
                if Button::ghost(&done).icon(icons::CHECK).show(ui, look).clicked() {
                    answer = Some(act(Action::BackedUp));
                }
            }
        });
        answer
    })
}

/// After how long a key with a passphrase is forgotten; where it has none, the way to one.
fn passphrase(ui: &mut Ui, look: &mut Look<'_>, around: &Around<'_>) -> Option<Act> {
    section(ui, look, "settings-passphrase", |ui, look| {
        let data = around.data;
        let more = look.say(match (data.key_in_file, &data.client) {
            (true, _) => "idle-lock-more",
            (false, Some(_)) => "idle-lock-keyring",
            (false, None) => "idle-lock-no-key",
        });
        if data.key_in_file {
            let name = look.say("idle-lock");
            let times = IdleLock::ALL.map(|value| Segment { value, label: idle_words(look, value) });
            let now = around.settings.idle_lock;
            let choose = |ui: &mut Ui, look: &mut Look<'_>| widgets::segments(ui, look, &name, now, &times);
            let chosen = setting(ui, look, &name, choose);
            widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
            return chosen.map(|chosen| act(Action::IdleLock(chosen)));
        }
        widgets::note(ui, &more, fonts::body(fonts::BODY), look.tokens().ink2);
        let (set, busy) = (look.say("passphrase-set"), around.busy.contains(&Task::Protect));
        let clicked =
            data.client.is_some() && Button::secondary(&set).icon(icons::LOCK).enabled(!busy).show(ui, look).clicked();
        clicked.then_some(Act::Do(Command::Protect))
    })
}

fn idle_words(look: &Look<'_>, idle: IdleLock) -> String {
    match idle.minutes() {
        Some(minutes) => look.tell("idle-minutes", &[("minutes", minutes.into())]),
        None => look.say("idle-never"),
    }
}

/// Of what the desktop is told while nobody looks at the window.
fn notices(ui: &mut Ui, look: &mut Look<'_>, now: Announced) -> Option<Act> {
    section(ui, look, "settings-notices", |ui, look| {
        let more = look.say("notices-more");
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        let choices = [
            ("notice-arrivals", now.arrivals, Announced { arrivals: !now.arrivals, ..now }),
            ("notice-rewards", now.rewards, Announced { rewards: !now.rewards, ..now }),
            ("notice-money", now.money, Announced { money: !now.money, ..now }),
            ("notice-expiring", now.expiring, Announced { expiring: !now.expiring, ..now }),
        ];
        let mut answer = None;
        for (key, on, then) in choices {
            let name = look.say(key);
            ui.horizontal(|ui| {
                if widgets::toggle(ui, look, &name, on).clicked() {
                    answer = Some(act(Action::Announced(then)));
                }
                widgets::label(ui, &name, fonts::body(fonts::BODY), look.tokens().ink);
            });
        }
        answer
    })
}

fn accounts(ui: &mut Ui, look: &mut Look<'_>, around: &Around<'_>) -> Option<Act> {
    section(ui, look, "settings-accounts", |ui, look| {
        let tokens = look.tokens();
        let mut answer = None;
        if around.data.accounts.is_empty() {
            let words = look.say("settings-accounts-empty");
            widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
        }
        for account in &around.data.accounts {
            let bank = around.data.bank_name(&account.bank);
            let tail = format::tail(account.account.as_str());
            let words = look.tell(
                "settings-account-row",
                &[("bank", bank.into()), ("holder", account.holder.as_str().into()), ("tail", tail.into())],
            );
            line(ui, look, icons::BANK, &words, "");
            answer = answer.or(acceptance(ui, look, account));
        }
        if !around.data.accounts.is_empty() {
            let more = look.say("acceptance-more");
            widgets::note(ui, &more, fonts::body(fonts::SECONDARY), tokens.ink3);
        }
        answer
    })
}

/// Who accepts what is collected into an account. What holds stays shown until its bank confirmed the new choice.
fn acceptance(ui: &mut Ui, look: &mut Look<'_>, account: &LinkedAccount) -> Option<Act> {
    let name = look.say("acceptance");
    let tail = format::tail(account.account.as_str());
    let spoken = look.tell("acceptance-of", &[("tail", tail.into())]);
    let ways = [None, Some(AcceptedBy::Auto), Some(AcceptedBy::Clerk)].map(|value| {
        let key = match value {
            None => "acceptance-bank",
            Some(AcceptedBy::Auto) => "acceptance-auto",
            Some(AcceptedBy::Clerk) => "acceptance-clerk",
        };
        Segment { value, label: look.say(key) }
    });
    let choose = |ui: &mut Ui, look: &mut Look<'_>| widgets::segments(ui, look, &spoken, account.acceptance, &ways);
    let chosen = ui.push_id(account.account.as_str(), |ui| setting(ui, look, &name, choose)).inner;
    chosen.map(|chosen| act(Action::Acceptance(account.account.clone(), chosen)))
}

fn line(ui: &mut Ui, look: &Look<'_>, icon: char, words: &str, more: &str) {
    let tokens = look.tokens();
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListItem, true, format!("{words} {more}")));
    let painter = ui.painter();
    painter.text(
        rect.left_center() + vec2(12.0, 0.0),
        egui::Align2::CENTER_CENTER,
        icon,
        fonts::icon(20.0),
        tokens.ink2,
    );
    let left = rect.left() + 34.0;
    let shown = cut_line(
        painter,
        pos2(left, rect.center().y),
        words,
        fonts::body(fonts::BODY),
        tokens.ink,
        rect.right() - left,
    );
    let at = pos2(shown.right() + 10.0, rect.center().y);
    cut_line(painter, at, more, fonts::body(fonts::SECONDARY), tokens.ink3, rect.right() - at.x);
}

fn parties(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    section(ui, look, "settings-known", |ui, look| {
        let tokens = look.tokens();
        let mut answer = None;
        let more = look.say("known-more");
        widgets::note(ui, &more, fonts::body(fonts::SECONDARY), tokens.ink2);
        if around.data.issuers.is_empty() && around.data.banks.is_empty() {
            let words = look.say("known-empty");
            widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
        }
        for issuer in &around.data.issuers {
            let more = format!("{} · {}", look.say("known-issuer"), issuer.origin.host());
            line(ui, look, icons::ENTERPRISE, &issuer.name, &more);
        }
        for bank in &around.data.banks {
            let more = format!("{} · {}", look.say("known-bank"), bank.origin.host());
            line(ui, look, icons::BANK, &bank.name, &more);
        }
        let mut text = model.party.clone();
        let (label, hint) = (look.say("party-label"), look.say("party-hint"));
        let response = widgets::field(ui, look, &Field::new("party", &label).hint(&hint), &mut text);
        let ready = !text.trim().is_empty() && !around.busy.contains(&Task::Party);
        let entered = widgets::entered(ui, &response);
        if response.changed() {
            answer = Some(act(Action::Party(text)));
        }
        let add = look.say("party-add");
        if Button::secondary(&add).icon(icons::ADD).enabled(ready).show(ui, look).clicked() || entered && ready {
            answer = Some(act(Action::AddParty));
        }
        answer
    })
}

fn about(ui: &mut Ui, look: &mut Look<'_>) {
    section(ui, look, "settings-about", |ui, look| {
        let version = look.tell("settings-version", &[("version", env!("CARGO_PKG_VERSION").into())]);
        widgets::note(ui, &version, fonts::body(fonts::BODY), look.tokens().ink);
        let licences = look.say("settings-licences");
        let more = "Noto Sans SC, Red Hat Text, Red Hat Display: SIL OFL 1.1. Phosphor Icons: MIT.";
        widgets::note(ui, &format!("{licences}: {more}"), fonts::body(fonts::SECONDARY), look.tokens().ink2);
    });
}
