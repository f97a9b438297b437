//! From whose forwardings nothing is kept, and the way to undo that.

use std::collections::BTreeSet;

use egui::Ui;

use crate::app::look::Look;
use crate::app::message::{Command, Data, Task};
use crate::app::screens::packet::who;
use crate::app::state::Act;
use crate::app::theme::{fonts, icons};
use crate::app::widgets::{self, Button};

/// Shows who is blocked.
pub(super) fn view(ui: &mut Ui, look: &mut Look<'_>, data: &Data, busy: &BTreeSet<Task>) -> Option<Act> {
    let title = look.say("blocked-title");
    widgets::heading(ui, look, &title, 16.0);
    let more = look.say("blocked-more");
    widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
    let idle = !busy.contains(&Task::Strangers);
    let mut act = None;
    for blocked in &data.blocked {
        let name = who(data, &blocked.client);
        let day = look.formats.day(blocked.since.0);
        let count = look.tell("blocked-row", &[("day", day.into()), ("count", blocked.dropped.into())]);
        let (words, spoken) = (look.say("unblock"), look.tell("unblock-name", &[("name", name.as_str().into())]));
        ui.push_id(blocked.client, |ui| {
            widgets::note(ui, &format!("{name} · {count}"), fonts::body(fonts::BODY), look.tokens().ink);
            if Button::secondary(&words).icon(icons::CHECK).name(&spoken).enabled(idle).show(ui, look).clicked() {
                act = Some(Act::Do(Command::Unblock(blocked.client)));
            }
        });
    }
    act
}
