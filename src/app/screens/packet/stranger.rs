//! A packet that waits apart, because somebody sent it who is no friend: who that is, and what to do about it.

use egui::Ui;

use super::view::Around;
use crate::app::format::short_id;
use crate::app::look::Look;
use crate::app::message::{Command, Packet, Task};
use crate::app::screens::friends;
use crate::app::state::Act;
use crate::app::theme::icons;
use crate::app::widgets::{self, Band, Button};

/// Says whose it is and asks; nothing where the packet stands with the others.
pub(super) fn view(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let shown = &packet.shown;
    let (sender, id) = shown.from.as_ref().filter(|_| shown.from_stranger).zip(shown.inspection.id)?;
    let tokens = look.tokens();
    let title = look.say("stranger-title");
    let more = look.tell("stranger-more", &[("id", short_id(&sender.client.to_string()).into())]);
    widgets::banner(ui, Band { icon: icons::FRIEND, ink: tokens.gold, ground: tokens.gold_tint }, [&title, &more]);
    let idle = !around.busy.contains(&Task::Strangers);
    let [keep, add, block] = ["stranger-keep", "friend-add", "stranger-block"].map(|key| look.say(key));
    let mut act = None;
    ui.horizontal_wrapped(|ui| {
        if Button::secondary(&keep).icon(icons::CHECK).enabled(idle).show(ui, look).clicked() {
            act = Some(Act::Do(Command::KeepPacket(id)));
        }
        // By the key alone, whose words can be compared; a card that comes later brings what is missing.
        if Button::ghost(&add).icon(icons::ADD_FRIEND).show(ui, look).clicked() {
            act = Some(Act::Friends(friends::Action::LookAtSender(id, sender.client)));
        }
        if Button::ghost(&block).icon(icons::CLOSE).enabled(idle).show(ui, look).clicked() {
            act = Some(Act::Do(Command::Block(sender.client)));
        }
    });
    ui.add_space(6.0);
    act
}
