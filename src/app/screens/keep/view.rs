//! How the sheets look that keep the wallet safe.

use std::collections::BTreeSet;

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, vec2};
use zeroize::Zeroizing;

use super::{ASKED, Action, From, Model, PhraseSheet, RestoreSheet, SaveSheet};
use crate::app::look::{Look, Room};
use crate::app::message::{Command, Fault, Passphrase, Task};
use crate::app::state::Act;
use crate::app::theme::{fonts, icons, radius};
use crate::app::widgets::{self, Button, Field, FieldState, Segment};
use crate::identity::phrase::{PhraseError, WORDS, WordList};

/// Shows the sheet over everything.
pub(in crate::app) fn view(
    ctx: &egui::Context,
    look: &mut Look<'_>,
    model: &Model,
    busy: &BTreeSet<Task>,
) -> Option<Act> {
    let size = match model {
        Model::Phrase(_) => vec2(640.0, 600.0),
        Model::Save(_) => vec2(520.0, 520.0),
        Model::Restore(_) => vec2(520.0, 480.0),
    };
    let (act, close) = widgets::sheet(ctx, look, "keep", size, |ui, look| {
        let margin = if look.room == Room::Narrow { 18.0 } else { 28.0 };
        let inner = ui.max_rect().shrink(margin);
        widgets::inside(ui, inner, |ui| {
            let scroll = egui::ScrollArea::vertical().id_salt("keep");
            scroll
                .show(ui, |ui| {
                    ui.spacing_mut().item_spacing.y = 10.0;
                    match model {
                        Model::Phrase(sheet) => phrase(ui, look, sheet),
                        Model::Save(sheet) => save(ui, look, sheet, busy),
                        Model::Restore(sheet) => restore(ui, look, sheet, busy),
                    }
                })
                .inner
        })
    });
    act.or(close.then_some(Act::Keep(Action::Close)))
}

fn act(action: Action) -> Act {
    Act::Keep(action)
}

fn head(ui: &mut Ui, look: &mut Look<'_>, title: &str, why: &str) {
    let words = look.say(title);
    widgets::heading(ui, look, &words, fonts::SECTION);
    let words = look.say(why);
    widgets::note(ui, &words, fonts::body(fonts::BODY), look.tokens().ink2);
}

fn fault(ui: &mut Ui, look: &Look<'_>, fault: Option<&Fault>) {
    if let Some(fault) = fault {
        let (what, _, next) = crate::app::fault_words(look.texts, fault);
        widgets::note(ui, &format!("{what} {next}"), fonts::body(fonts::BODY), look.tokens().ochre);
    }
}

/// What is done at the foot of a sheet: the one thing, and leaving.
fn foot(ui: &mut Ui, look: &mut Look<'_>, go: (&str, char, bool, Action), leave: &str) -> Option<Act> {
    let mut answer = None;
    let (key, icon, ready, action) = go;
    ui.horizontal_wrapped(|ui| {
        let words = look.say(key);
        if Button::primary(&words).icon(icon).enabled(ready).show(ui, look).clicked() {
            answer = Some(act(action));
        }
        let words = look.say(leave);
        if Button::ghost(&words).show(ui, look).clicked() {
            answer = Some(act(Action::Close));
        }
    });
    answer
}

fn phrase(ui: &mut Ui, look: &mut Look<'_>, sheet: &PhraseSheet) -> Option<Act> {
    if sheet.typed.is_some() {
        return ask_again(ui, look, sheet);
    }
    head(ui, look, "phrase-title", "phrase-why");
    let name = look.say("phrase-list");
    let lists = [
        Segment { value: WordList::English, label: look.say("language-english") },
        Segment { value: WordList::Chinese, label: look.say("language-chinese") },
    ];
    let mut answer = widgets::segments(ui, look, &name, sheet.list, &lists).map(|list| act(Action::List(list)));
    words(ui, look, sheet);
    let show = look.say(if sheet.shown { "phrase-hide" } else { "phrase-show" });
    let icon = if sheet.shown { icons::EYE_OFF } else { icons::EYE };
    if Button::secondary(&show).icon(icon).show(ui, look).clicked() {
        answer = Some(act(Action::Show(!sheet.shown)));
    }
    answer.or(foot(ui, look, ("phrase-written", icons::CHECK, sheet.shown, Action::Written), "close"))
}

/// The words in columns, read down; dots while they are hidden, for the eye and for a screen reader.
fn words(ui: &mut Ui, look: &Look<'_>, sheet: &PhraseSheet) {
    let tokens = look.tokens();
    let columns = if look.room == Room::Narrow { 2 } else { 4 };
    let (rows, high) = (WORDS.div_ceil(columns), 34.0);
    let (area, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), rows as f32 * high + 20.0), Sense::hover());
    ui.painter().rect_filled(area, CornerRadius::same(radius::TILE), tokens.bg);
    let hidden = look.say("phrase-hidden");
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &hidden));
    let wide = (area.width() - 24.0) / columns as f32;
    for (at, word) in sheet.words.of(sheet.list).words().enumerate() {
        let place = area.min + vec2(12.0 + (at / rows) as f32 * wide, 10.0 + (at % rows) as f32 * high);
        let rect = Rect::from_min_size(place, vec2(wide, high));
        let number = format!("{}", at + 1);
        let left = rect.left_center() + vec2(22.0, 0.0);
        ui.painter().text(left, Align2::RIGHT_CENTER, &number, fonts::body(fonts::SECONDARY), tokens.ink3);
        let shown = if sheet.shown { word } else { "••••••" };
        let ink = if sheet.shown { tokens.ink } else { tokens.ink3 };
        ui.painter().text(left + vec2(10.0, 0.0), Align2::LEFT_CENTER, shown, fonts::strong(fonts::BODY), ink);
        if sheet.shown {
            let one = ui.interact(rect, ui.scope_id().with(("word", at)), Sense::hover());
            one.widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("{number} {word}")));
        }
    }
}

fn ask_again(ui: &mut Ui, look: &mut Look<'_>, sheet: &PhraseSheet) -> Option<Act> {
    head(ui, look, "phrase-check", "phrase-check-why");
    let mut answer = None;
    for at in 0..ASKED {
        let number = sheet.words.asked[at] + 1;
        let label = look.tell("phrase-word", &[("number", number.into())]);
        let typed = sheet.typed.as_ref().map(|typed| &typed[at]);
        let mut text = Zeroizing::new(typed.map(|typed| typed.0.to_string()).unwrap_or_default());
        let state = match (sheet.is_same(at), sheet.differs) {
            (true, _) => FieldState::Valid(look.say("phrase-word-right")),
            (false, true) => FieldState::Wrong(look.say("phrase-word-wrong")),
            (false, false) => FieldState::Neutral,
        };
        let field = Field::new(("phrase-word", at), &label).state(state).forgets();
        let response = widgets::field(ui, look, &field, &mut text);
        if response.changed() {
            answer = Some(act(Action::Word(at, Passphrase(text))));
        }
    }
    ui.add_space(8.0);
    answer.or(foot(ui, look, ("phrase-done", icons::CHECK, true, Action::Compare), "close"))
}

fn save(ui: &mut Ui, look: &mut Look<'_>, sheet: &SaveSheet, busy: &BTreeSet<Task>) -> Option<Act> {
    if let Some(path) = &sheet.done {
        head(ui, look, "backup-saved", "backup-saved-why");
        widgets::note(ui, &path.display().to_string(), fonts::strong(fonts::BODY), look.tokens().ink);
        let mut answer = None;
        ui.horizontal_wrapped(|ui| {
            let done = look.say("close");
            if Button::primary(&done).show(ui, look).clicked() {
                answer = Some(act(Action::Close));
            }
            let show = look.say("file-reveal");
            if Button::secondary(&show).icon(icons::FOLDER).show(ui, look).clicked() {
                answer = Some(Act::Do(Command::Reveal(path.clone())));
            }
        });
        return answer;
    }
    head(ui, look, "backup-save", "backup-save-why");
    let mut answer = place(ui, look, &sheet.path, "backup-path");
    let label = look.say("backup-passphrase");
    answer = answer
        .or(secret(ui, look, ("backup-first", &label), &sheet.first, FieldState::Neutral).map(Action::First).map(act));
    let label = look.say("passphrase-again");
    let differs = !sheet.second.0.is_empty() && sheet.first != sheet.second;
    let state = if differs { FieldState::Wrong(look.say("passphrase-differs")) } else { FieldState::Neutral };
    answer = answer.or(secret(ui, look, ("backup-second", &label), &sheet.second, state).map(Action::Second).map(act));
    fault(ui, look, sheet.fault.as_ref());
    ui.add_space(4.0);
    let ready = sheet.is_ready() && !busy.contains(&Task::BackUp);
    answer.or(foot(ui, look, ("backup-go", icons::SAVE, ready, Action::Save), "cancel"))
}

fn restore(ui: &mut Ui, look: &mut Look<'_>, sheet: &RestoreSheet, busy: &BTreeSet<Task>) -> Option<Act> {
    head(ui, look, "restore-title", "restore-why");
    let name = look.say("restore-from");
    let ways = [
        Segment { value: From::File, label: look.say("restore-file") },
        Segment { value: From::Phrase, label: look.say("restore-phrase") },
    ];
    let mut answer = widgets::segments(ui, look, &name, sheet.from, &ways).map(|from| act(Action::From(from)));
    match sheet.from {
        From::File => {
            answer = answer.or(place(ui, look, &sheet.path, "restore-path"));
            let label = look.say("backup-passphrase");
            let field = ("restore-passphrase", label.as_str());
            let typed = secret(ui, look, field, &sheet.passphrase, FieldState::Neutral);
            answer = answer.or(typed.map(Action::First).map(act));
        }
        From::Phrase => {
            let (label, hint) = (look.say("restore-words"), look.say("restore-words-hint"));
            let state = sheet.wrong.as_ref().map_or(FieldState::Neutral, |wrong| FieldState::Wrong(why(look, wrong)));
            let mut text = Zeroizing::new(sheet.phrase.0.to_string());
            let field = Field::new("restore-phrase", &label).hint(&hint).state(state).forgets();
            if widgets::field(ui, look, &field, &mut text).changed() {
                answer = Some(act(Action::Typed(Passphrase(text))));
            }
            let words = look.say("restore-phrase-more");
            widgets::note(ui, &words, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        }
    }
    fault(ui, look, sheet.fault.as_ref());
    ui.add_space(4.0);
    let ready = sheet.is_ready() && !busy.contains(&Task::Restore);
    answer.or(foot(ui, look, ("restore-go", icons::KEY, ready, Action::Restore), "cancel"))
}

/// A path to type, and a way to choose it.
fn place(ui: &mut Ui, look: &mut Look<'_>, path: &str, key: &str) -> Option<Act> {
    let (mut text, label) = (path.to_owned(), look.say(key));
    let mut answer = None;
    if widgets::field(ui, look, &Field::new(key, &label), &mut text).changed() {
        answer = Some(act(Action::Path(text)));
    }
    let choose = look.say("browse");
    if Button::ghost(&choose).icon(icons::FOLDER).show(ui, look).clicked() {
        answer = Some(act(Action::Choose));
    }
    answer
}

fn secret(
    ui: &mut Ui,
    look: &mut Look<'_>,
    (id, label): (&str, &str),
    typed: &Passphrase,
    state: FieldState,
) -> Option<Passphrase> {
    let mut text = Zeroizing::new(typed.0.to_string());
    let field = Field::new(id, label).secret(true).state(state);
    widgets::field(ui, look, &field, &mut text).changed().then_some(Passphrase(text))
}

/// Why the words are no phrase, in the person's language.
fn why(look: &Look<'_>, wrong: &PhraseError) -> String {
    match wrong {
        PhraseError::Count(count) => look.tell("phrase-wrong-count", &[("count", (*count).into())]),
        PhraseError::Checksum => look.say("phrase-wrong-order"),
        PhraseError::Unknown { place, word, suggestion } => {
            let values = [("number", (*place).into()), ("word", word.as_str().into())];
            let told = look.tell("phrase-wrong-word", &values);
            match suggestion {
                Some(word) => format!("{told} {}", look.tell("phrase-suggestion", &[("word", (*word).into())])),
                None => told,
            }
        }
    }
}
