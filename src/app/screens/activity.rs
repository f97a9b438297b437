//! Everything that happened in this wallet, the newest first.

use egui::{Align2, CornerRadius, Sense, Ui, pos2, vec2};

use super::super::look::{Look, cut_line};
use super::super::message::Data;
use super::super::state::{Act, Page};
use super::super::theme::{fonts, icons, radius};
use super::super::widgets;
use crate::wallet::Event;

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, data: &Data) -> Option<Act> {
    widgets::page(ui, look, "activity", |ui, look| {
        let title = look.say("page-activity");
        widgets::heading(ui, look, &title, fonts::PAGE);
        let local = look.say("activity-local");
        widgets::note(ui, &local, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        ui.add_space(10.0);
        if data.history.is_empty() {
            let (title, more) = (look.say("activity-empty"), look.say("activity-empty-more"));
            widgets::empty(ui, look, icons::ACTIVITY, [&title, &more]);
            return None;
        }
        widgets::card(ui, look, |ui, look| {
            let mut act = None;
            for (at, event) in data.history.iter().enumerate().rev() {
                if row(ui, look, data, event, at) {
                    act = Some(Act::Go(Page::Packet(event.packet)));
                }
            }
            act
        })
        .inner
    })
}

fn row(ui: &mut Ui, look: &mut Look<'_>, data: &Data, event: &Event, at: usize) -> bool {
    let tokens = look.tokens();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 48.0), Sense::hover());
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let response = ui.interact(rect, ui.scope_id().with(("event", at)), Sense::click());
    let (icon, colour, words) = describe(look, data, event);
    let when = look.formats.when(event.at.0, look.now, look.texts);
    let spoken = format!("{words} {when}");
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(8.0, 0.0)), radius::CONTROL, tokens.hover);
    }
    let painter = ui.painter();
    let y = rect.center().y;
    painter.circle_filled(pos2(rect.left() + 17.0, y), 17.0, tokens.rail);
    painter.text(pos2(rect.left() + 17.0, y), Align2::CENTER_CENTER, icon, fonts::icon(19.0), colour);
    let time =
        painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, when, fonts::body(fonts::SECONDARY), tokens.ink2);
    let left = rect.left() + 48.0;
    cut_line(painter, pos2(left, y), &words, fonts::body(fonts::STRONG), tokens.ink, time.left() - left - 10.0);
    widgets::ring(ui, look, &response, rect, CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn describe(look: &Look<'_>, data: &Data, event: &Event) -> (char, egui::Color32, String) {
    let tokens = look.tokens();
    let packet = data.packet(&event.packet);
    let title = packet.map(|packet| packet.title.clone()).unwrap_or_default();
    let name = event.detail.as_deref().and_then(|detail| {
        let client = detail.parse().ok()?;
        Some(super::packet::who(data, &client))
    });
    let about = |key: &str| {
        look.tell(key, &[("title", title.as_str().into()), ("name", name.clone().unwrap_or_default().into())])
    };
    match (event.kind.as_str(), name.is_some()) {
        ("received", true) => (icons::ENVELOPE, tokens.red, about("activity-received-from")),
        ("received", false) => (icons::ENVELOPE, tokens.red, about("activity-received")),
        ("opened", _) => (icons::ENVELOPE_OPEN, tokens.red, about("activity-opened")),
        ("told", _) => (icons::BELL, tokens.ink2, about("activity-told")),
        ("forwarded", true) => (icons::FORWARD, tokens.ink2, about("activity-forwarded-to")),
        ("forwarded", false) => (icons::FORWARD, tokens.ink2, about("activity-forwarded")),
        ("relayed", _) => (icons::SEND, tokens.ink2, about("activity-relayed")),
        ("applied", _) => (icons::TICKET, tokens.gold, about("activity-applied")),
        ("accepted", _) => (icons::BANK, tokens.gold, about("activity-accepted")),
        ("released", _) => (icons::BANK, tokens.gold, about("activity-released")),
        ("archived", _) => (icons::ARCHIVE, tokens.ink2, about("activity-archived")),
        ("unarchived", _) => (icons::ARCHIVE, tokens.ink2, about("activity-unarchived")),
        ("paid", _) => (icons::CHECK_CIRCLE, tokens.celadon, about("activity-paid")),
        ("rejected", _) => (icons::WARNING_CIRCLE, tokens.ochre, about("activity-rejected")),
        ("uncertain", _) => (icons::CLOCK, tokens.gold, about("activity-uncertain")),
        _ => (icons::INFO, tokens.ink2, look.say("event-other")),
    }
}
