//! What became of what was passed on to friends' inboxes, with the way to take it back while that can be done. No more is said than
//! is known: that something was not fetched is known only by the relay's last word.

use egui::{Color32, Sense, Ui, pos2, vec2};

use super::view::Around;
use super::who;
use crate::app::look::{Look, cut_line};
use crate::app::message::{Command, Packet, Task};
use crate::app::state::Act;
use crate::app::theme::{fonts, icons};
use crate::app::widgets::{self, Button};
use crate::wallet::{ForwardState, Forwarded};

/// The words for where a forwarding to a friend's inbox stands.
pub(in crate::app) const fn state_key(state: ForwardState) -> &'static str {
    match state {
        ForwardState::Made => "relayed-made",
        ForwardState::Queued => "rewards-not-sent",
        ForwardState::Sent => "relayed-sent",
        ForwardState::Delivered => "relayed-delivered",
        ForwardState::Recalling => "relayed-recalling",
        ForwardState::Recalled => "relayed-recalled",
        ForwardState::Dropped => "relayed-dropped",
        ForwardState::Refused => "rewards-not-delivered",
    }
}

/// Icon, words and colour of where a forwarding stands.
fn describe(look: &Look<'_>, forward: &Forwarded) -> (char, String, Color32) {
    let tokens = look.tokens();
    if forward.opened {
        return (icons::ENVELOPE_OPEN, look.say("rewards-is-open"), tokens.celadon);
    }
    let (icon, ink) = match forward.state {
        ForwardState::Made | ForwardState::Sent => (icons::SEND, tokens.ink2),
        ForwardState::Queued | ForwardState::Recalling => (icons::CLOCK, tokens.gold),
        ForwardState::Delivered => (icons::CHECK_CIRCLE, tokens.celadon),
        ForwardState::Recalled => (icons::BACK, tokens.ink2),
        ForwardState::Dropped => (icons::EXPIRED, tokens.ink2),
        ForwardState::Refused => (icons::WARNING_CIRCLE, tokens.ochre),
    };
    (icon, look.say(state_key(forward.state)), ink)
}

/// A line for each friend whom the packet was passed on to; nothing where there is none.
pub(super) fn view(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let to_friends = |forward: &&Forwarded| forward.to.is_some();
    let mut act = None;
    if packet.shown.forwards.iter().any(|forward| to_friends(&forward)) {
        ui.add_space(8.0);
        let title = look.say("relayed-title");
        widgets::label(ui, &title, fonts::strong(fonts::SECONDARY), look.tokens().ink2);
    }
    for (at, forward) in packet.shown.forwards.iter().filter(to_friends).enumerate() {
        let name = forward.to.map(|to| who(around.data, &to)).unwrap_or_default();
        ui.push_id(("relayed", at), |ui| {
            line(ui, look, &name, forward);
            act = act.take().or(recall(ui, look, &name, forward, around));
        });
    }
    act
}

fn line(ui: &mut Ui, look: &Look<'_>, name: &str, forward: &Forwarded) {
    let (icon, words, ink) = describe(look, forward);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), Sense::hover());
    let spoken = format!("{name}: {words}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
    let (painter, y) = (ui.painter(), rect.center().y);
    painter.text(pos2(rect.left() + 10.0, y), egui::Align2::CENTER_CENTER, icon, fonts::icon(18.0), ink);
    let left = rect.left() + 28.0;
    let width = rect.width() - 28.0;
    let font = fonts::strong(fonts::BODY);
    let shown = cut_line(painter, pos2(left, y), name, font, look.tokens().ink, width * 0.5);
    let at = pos2(shown.right() + 8.0, y);
    cut_line(painter, at, &words, fonts::body(fonts::SECONDARY), ink, rect.right() - at.x);
}

/// The button that takes a forwarding back.
fn recall(ui: &mut Ui, look: &mut Look<'_>, name: &str, forward: &Forwarded, around: &Around<'_>) -> Option<Act> {
    if !forward.can_recall {
        return None;
    }
    let (words, spoken) = (look.say("recall"), look.tell("recall-from", &[("name", name.into())]));
    let idle = !around.busy.contains(&Task::Recall(forward.id));
    let button = Button::ghost(&words).icon(icons::BACK).name(&spoken).enabled(idle);
    let to = forward.to.filter(|_| button.show(ui, look).clicked())?;
    Some(Act::Do(Command::Recall(forward.id, to)))
}
