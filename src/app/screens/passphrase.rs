//! The passphrase: asked for when the wallet needs its key and the key lies sealed in a file. It is never shown in a log, and
//! forgotten as soon as it was answered.

use egui::vec2;
use zeroize::Zeroizing;

use super::super::look::Look;
use super::super::message::{Command, Passphrase};
use super::super::state::Act;
use super::super::theme::{fonts, icons};
use super::super::widgets::{self, Button, Field, FieldState};
use crate::identity::keystore::Asking;

/// What is typed.
#[derive(Clone)]
pub(in crate::app) struct Model {
    pub(in crate::app) asking: Asking,
    first: Zeroizing<String>,
    second: Zeroizing<String>,
    shown: bool,
}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model").field("asking", &self.asking).finish_non_exhaustive()
    }
}

/// What the person did here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) enum Action {
    First(Passphrase),
    Second(Passphrase),
    Show(bool),
    Answer,
    Cancel,
}

impl Model {
    /// A question.
    pub(in crate::app) fn new(asking: Asking) -> Self {
        Self { asking, first: Zeroizing::default(), second: Zeroizing::default(), shown: false }
    }

    fn is_ready(&self) -> bool {
        !self.first.is_empty() && (self.asking == Asking::Existing || *self.first == *self.second)
    }

    /// What an action changes; an answer, once there is one.
    pub(in crate::app) fn update(&mut self, action: Action) -> Option<Command> {
        match action {
            Action::First(text) => self.first = text.0,
            Action::Second(text) => self.second = text.0,
            Action::Show(shown) => self.shown = shown,
            Action::Answer if self.is_ready() => {
                return Some(Command::Passphrase(Some(Passphrase(self.first.clone()))));
            }
            Action::Answer => {}
            Action::Cancel => return Some(Command::Passphrase(None)),
        }
        None
    }
}

/// Shows the question over everything.
pub(in crate::app) fn view(ctx: &egui::Context, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let is_new = model.asking == Asking::New;
    let size = vec2(440.0, if is_new { 400.0 } else { 320.0 });
    let (act, close) = widgets::sheet(ctx, look, "passphrase", size, |ui, look| {
        let inner = ui.max_rect().shrink(28.0);
        widgets::inside(ui, inner, |ui| {
            let title = look.say(if is_new { "passphrase-new" } else { "passphrase-old" });
            widgets::heading(ui, look, &title, fonts::SECTION);
            if is_new {
                let why = look.say("passphrase-why");
                widgets::note(ui, &why, fonts::body(fonts::BODY), look.tokens().ink2);
            }
            ui.add_space(6.0);
            fields(ui, look, model)
        })
    });
    act.or(close.then_some(Act::Passphrase(Action::Cancel)))
}

fn fields(ui: &mut egui::Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let is_new = model.asking == Asking::New;
    let mut act = None;
    let mut first = Zeroizing::new(model.first.to_string());
    let (label, hint) = (look.say("passphrase"), look.say("passphrase-hint"));
    let field = Field::new("passphrase", &label).hint(&hint).secret(!model.shown);
    let response = widgets::field(ui, look, &field, &mut first);
    // Asked before the keyboard is given back to the field: then it has not lost it any more.
    let mut entered = widgets::entered(ui, &response) && !is_new;
    if response.changed() {
        act = Some(Act::Passphrase(Action::First(Passphrase(first))));
    } else if ui.memory(|memory| memory.focused().is_none()) {
        response.request_focus();
    }
    if is_new {
        let mut second = Zeroizing::new(model.second.to_string());
        let label = look.say("passphrase-again");
        let differs = !second.is_empty() && *second != *model.first;
        let state = if differs { FieldState::Wrong(look.say("passphrase-differs")) } else { FieldState::Neutral };
        let field = Field::new("passphrase-again", &label).secret(!model.shown).state(state);
        let response = widgets::field(ui, look, &field, &mut second);
        if response.changed() {
            act = Some(Act::Passphrase(Action::Second(Passphrase(second))));
        }
        entered |= widgets::entered(ui, &response);
    }
    let show = look.say(if model.shown { "passphrase-hide" } else { "passphrase-show" });
    let icon = if model.shown { icons::EYE_OFF } else { icons::EYE };
    if Button::ghost(&show).icon(icon).show(ui, look).clicked() {
        act = Some(Act::Passphrase(Action::Show(!model.shown)));
    }
    ui.add_space(4.0);
    ui.horizontal(|ui| {
        let go = look.say(if is_new { "passphrase-done" } else { "passphrase-unlock" });
        let ready = model.is_ready();
        if Button::primary(&go).icon(icons::KEY).enabled(ready).show(ui, look).clicked()
            || entered && ready && act.is_none()
        {
            act = Some(Act::Passphrase(Action::Answer));
        }
        let later = look.say("cancel");
        if Button::ghost(&later).show(ui, look).clicked() {
            act = Some(Act::Passphrase(Action::Cancel));
        }
    });
    act
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_passphrase_is_typed_twice() {
        let typed = |text: &str| Passphrase(Zeroizing::new(text.to_owned()));
        let mut model = Model::new(Asking::New);
        assert_eq!(model.update(Action::Answer), None);
        model.update(Action::First(typed("一二三")));
        model.update(Action::Second(typed("一二")));
        assert_eq!(model.update(Action::Answer), None);
        model.update(Action::Second(typed("一二三")));
        assert_eq!(model.update(Action::Answer), Some(Command::Passphrase(Some(typed("一二三")))));
        assert!(!format!("{model:?}").contains("一二三"));
        assert_eq!(Model::new(Asking::Existing).update(Action::Cancel), Some(Command::Passphrase(None)));
    }
}
