//! The page of what happened: filters, the days with their events, and the way to a table of it all.

use std::path::Path;
use std::sync::Arc;

use egui::{Align2, CornerRadius, Rect, Response, Sense, Ui, pos2, vec2};

use super::days::{Filter, Line, is_money, lines};
use super::{Action, FILE_NAME, Model};
use crate::app::format;
use crate::app::kept::counted;
use crate::app::look::{Look, Room, cut, cut_line};
use crate::app::message::{Command, Data, Task};
use crate::app::screens::packet;
use crate::app::state::{Act, Page};
use crate::app::theme::{fonts, icons, radius};
use crate::app::widgets::{self, Button, Field};
use crate::wallet::Event;

/// Below this width words, amount and time stand one below the other.
const COMPACT: f32 = 300.0;
/// How high a line is; and in little room.
const HEIGHT: (f32, f32) = (56.0, 108.0);

/// What the page needs to know beside its model.
pub(in crate::app) struct Around<'a> {
    pub(in crate::app) data: &'a Arc<Data>,
    pub(in crate::app) is_exporting: bool,
    /// The wallet's folder, where a table is suggested to go.
    pub(in crate::app) dir: &'a Path,
}

impl<'a> Around<'a> {
    pub(in crate::app) fn of(data: &'a Arc<Data>, busy: &std::collections::BTreeSet<Task>, dir: &'a Path) -> Self {
        Self { data, is_exporting: busy.contains(&Task::Export), dir }
    }
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let data = around.data;
    widgets::page(ui, look, "activity", |ui, look| {
        let mut act = head(ui, look, around);
        let local = look.say("activity-local");
        widgets::note(ui, &local, fonts::body(fonts::SECONDARY), look.tokens().ink2);
        ui.add_space(6.0);
        if data.history.is_empty() {
            let (title, more) = (look.say("activity-empty"), look.say("activity-empty-more"));
            widgets::empty(ui, look, icons::ACTIVITY, [&title, &more]);
            return act;
        }
        act = act.or(choices(ui, look, model, around));
        if model.path.is_some() || model.saved.is_some() {
            ui.add_space(4.0);
            act = act.or(widgets::card(ui, look, |ui, look| export(ui, look, model, around)).inner);
        }
        ui.add_space(6.0);
        let count = || lines(&data.history, model.filter, look.formats);
        let lines = counted(ui, "activity", data, model.filter, count);
        if lines.is_empty() {
            let (title, more) = (look.say("activity-none"), look.say("activity-empty-more"));
            widgets::empty(ui, look, icons::FILTER, [&title, &more]);
            return act;
        }
        act.or(widgets::card(ui, look, |ui, look| table(ui, look, data, &lines)).inner)
    })
}

fn suggested(around: &Around<'_>) -> Act {
    Act::Activity(Action::Export(around.dir.join(FILE_NAME).display().to_string()))
}

/// The title; at the right a menu with everything one can do here.
fn head(ui: &mut Ui, look: &mut Look<'_>, around: &Around<'_>) -> Option<Act> {
    ui.horizontal(|ui| {
        ui.set_height(44.0);
        let title = look.say("page-activity");
        widgets::heading(ui, look, &title, fonts::PAGE);
        let at_right = egui::Layout::right_to_left(egui::Align::Center);
        ui.with_layout(at_right, |ui| {
            let mut act = None;
            let more = look.say("more");
            let button = widgets::icon_button(ui, look, icons::MORE, &more);
            let shown = egui::Popup::menu(&button).show(|ui| {
                ui.set_min_width(200.0);
                menu(ui, look, around)
            });
            act = act.or(shown.and_then(|shown| shown.inner));
            let place = look.say("where-title");
            if look.room != Room::Narrow && Button::secondary(&place).icon(icons::WALLET).show(ui, look).clicked() {
                act = Some(Act::Go(Page::Money));
            }
            act
        })
        .inner
    })
    .inner
}

fn menu(ui: &mut Ui, look: &mut Look<'_>, around: &Around<'_>) -> Option<Act> {
    let mut act = None;
    let (place, save) = (look.say("where-title"), look.say("export-table"));
    if look.room == Room::Narrow && Button::ghost(&place).icon(icons::WALLET).show(ui, look).clicked() {
        act = Some(Act::Go(Page::Money));
    }
    let any = !around.data.history.is_empty();
    if Button::ghost(&save).icon(icons::SAVE).enabled(any).show(ui, look).clicked() {
        act = Some(suggested(around));
    }
    if act.is_some() {
        ui.close();
    }
    act
}

/// The filters, and at their right the way to a table.
fn choices(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let mut act = None;
    ui.horizontal_wrapped(|ui| {
        for filter in Filter::ALL {
            let words = look.say(filter.key());
            if widgets::chip(ui, look, &words, filter == model.filter).clicked() {
                act = Some(Act::Activity(Action::Filter(filter)));
            }
        }
        let words = look.say("export-csv");
        let name = look.say("export-table");
        let button = Button::ghost(&words).icon(icons::SAVE).name(&name);
        let room = ui.max_rect().right() - ui.cursor().left();
        ui.add_space((room - button.size(ui).x - 2.0).max(0.0));
        if button.show(ui, look).clicked() {
            act = Some(suggested(around));
        }
    });
    act
}

/// Where the table shall go, or went.
fn export(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let mut act = None;
    if let Some(saved) = &model.saved {
        let words = look.tell("export-saved", &[("path", saved.display().to_string().into())]);
        widgets::note(ui, &words, fonts::body(fonts::BODY), look.tokens().ink);
        ui.horizontal_wrapped(|ui| {
            let (folder, close) = (look.say("export-show"), look.say("done"));
            if Button::secondary(&folder).icon(icons::FOLDER).show(ui, look).clicked() {
                act = saved.parent().map(|folder| Act::Do(Command::ShowFolder(folder.to_owned())));
            }
            if Button::ghost(&close).show(ui, look).clicked() {
                act = Some(Act::Activity(Action::Close));
            }
        });
        return act;
    }
    let mut path = model.path.clone().unwrap_or_default();
    let (label, hint) = (look.say("export-where"), look.say("path-hint"));
    let response = widgets::field(ui, look, &Field::new("export-path", &label).hint(&hint), &mut path);
    let entered = widgets::entered(ui, &response);
    let ready = !path.trim().is_empty() && !around.is_exporting;
    if response.changed() {
        act = Some(Act::Activity(Action::Path(path)));
    }
    let more = look.say("export-more");
    widgets::note(ui, &more, fonts::body(fonts::SECONDARY), look.tokens().ink2);
    ui.horizontal_wrapped(|ui| {
        let (save, choose, close) = (look.say("save"), look.say("browse"), look.say("cancel"));
        if Button::primary(&save).icon(icons::SAVE).enabled(ready).show(ui, look).clicked() || entered && ready {
            act = Some(Act::Activity(Action::Save));
        }
        if Button::secondary(&choose).icon(icons::FOLDER).show(ui, look).clicked() {
            act = Some(Act::Activity(Action::Choose));
        }
        if Button::ghost(&close).show(ui, look).clicked() {
            act = Some(Act::Activity(Action::Close));
        }
    });
    act
}

fn table(ui: &mut Ui, look: &mut Look<'_>, data: &Data, lines: &[Line]) -> Option<Act> {
    let mut act = None;
    let height = if ui.available_width() < COMPACT { HEIGHT.1 } else { HEIGHT.0 };
    // The first day stands where the title of any other card stands.
    let mut rest = lines;
    if let [Line::Day(day), after @ ..] = rest {
        let words = look.formats.day_name(*day, look.now, look.texts);
        widgets::heading(ui, look, &words, fonts::STRONG);
        rest = after;
    }
    widgets::rows(ui, rest.len(), height, |ui, at, rect| match rest.get(at)? {
        Line::Day(day) => {
            let words = look.formats.day_name(*day, look.now, look.texts);
            let response = ui.interact(rect, ui.scope_id().with(("day", *day)), Sense::hover());
            response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &words));
            let place = pos2(rect.left(), rect.bottom() - 18.0);
            cut_line(ui.painter(), place, &words, fonts::strong(fonts::STRONG), look.tokens().ink, rect.width());
            Some(response)
        }
        Line::Event(place) => {
            let event = data.history.get(*place)?;
            let response = row(ui, look, data, event, (*place, rect));
            if response.clicked() {
                act = Some(Act::Go(Page::Packet(event.packet)));
            }
            Some(response)
        }
    });
    act
}

fn row(ui: &mut Ui, look: &mut Look<'_>, data: &Data, event: &Event, (at, rect): (usize, Rect)) -> Response {
    let tokens = look.tokens();
    let response = ui.interact(rect, ui.scope_id().with(("event", at)), Sense::click());
    let (icon, colour, words) = describe(look, data, event);
    let time = look.formats.clock(event.at.0);
    // Of money only what a collection came to: of a draw nobody knows more before.
    let amount = data.collected.get(&event.packet).filter(|_| is_money(&event.kind));
    let amount = amount.map(|amount| format::money(*amount)).unwrap_or_default();
    let spoken = format!("{words} {amount} {}", look.formats.when(event.at.0, look.now, look.texts));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &spoken));
    if response.hovered() {
        ui.painter().rect_filled(rect.expand2(vec2(8.0, -2.0)), radius::CONTROL, tokens.hover);
    }
    let painter = ui.painter();
    let compact = rect.width() < COMPACT;
    let y = if compact { rect.top() + 24.0 } else { rect.center().y };
    painter.circle_filled(pos2(rect.left() + 18.0, y), 18.0, tokens.rail);
    painter.text(pos2(rect.left() + 18.0, y), Align2::CENTER_CENTER, icon, fonts::icon(20.0), colour);
    let left = rect.left() + 50.0;
    let small = fonts::body(fonts::SECONDARY);
    if compact {
        let mut job = egui::text::LayoutJob::simple(words, fonts::body(fonts::BODY), tokens.ink, rect.right() - left);
        job.wrap.max_rows = 3;
        let galley = painter.layout_job(job);
        let below = rect.top() + 8.0 + galley.size().y + 12.0;
        painter.galley(pos2(left, rect.top() + 8.0), galley, tokens.ink);
        for (at, words) in [time, amount].iter().enumerate() {
            let place = pos2(left, below + at as f32 * 19.0);
            cut_line(painter, place, words, small.clone(), tokens.ink3, rect.right() - left);
        }
    } else {
        let time = cut(ui, &time, small, tokens.ink3, 80.0);
        let right = rect.right() - time.size().x.max(40.0);
        painter.galley(pos2(rect.right() - time.size().x, y - time.size().y / 2.0), time, tokens.ink3);
        let amount = cut(ui, &amount, fonts::strong(fonts::STRONG), tokens.ink, 200.0);
        let amount_at = right - 16.0 - amount.size().x;
        let end = if amount.is_empty() { right } else { amount_at };
        painter.galley(pos2(amount_at, y - amount.size().y / 2.0), amount, tokens.ink);
        let mut job = egui::text::LayoutJob::simple(words, fonts::body(fonts::BODY), tokens.ink, end - left - 12.0);
        job.wrap.max_rows = 2;
        let galley = painter.layout_job(job);
        painter.galley(pos2(left, y - galley.size().y / 2.0), galley, tokens.ink);
    }
    widgets::ring(ui, look, &response, rect.shrink2(vec2(0.0, 4.0)), CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn describe(look: &Look<'_>, data: &Data, event: &Event) -> (char, egui::Color32, String) {
    let tokens = look.tokens();
    let packet = data.packet(&event.packet);
    let title = packet.map(|packet| packet.title.clone()).unwrap_or_default();
    let name = event.detail.as_deref().and_then(|detail| {
        let client = detail.parse().ok()?;
        Some(packet::who(data, &client))
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
        ("recalled", _) => (icons::BACK, tokens.ink2, about("activity-recalled")),
        ("applied", _) => (icons::TICKET, tokens.gold, about("activity-applied")),
        ("accepted", _) => (icons::BANK, tokens.gold, about("activity-accepted")),
        ("released", _) => (icons::BANK, tokens.gold, about("activity-released")),
        ("archived", _) => (icons::ARCHIVE, tokens.ink2, about("activity-archived")),
        ("unarchived", _) => (icons::ARCHIVE, tokens.ink2, about("activity-unarchived")),
        ("paid", _) => (icons::CHECK_CIRCLE, tokens.celadon, about("activity-paid")),
        ("rejected", _) => (icons::WARNING_CIRCLE, tokens.ochre, about("activity-rejected")),
        ("collected", _) => (icons::TICKET, tokens.gold, about("activity-goods-collected")),
        ("out-of-stock", _) => (icons::WARNING_CIRCLE, tokens.ochre, about("activity-goods-missing")),
        ("redeemed", _) => (icons::GIFT, tokens.celadon, about("activity-goods-redeemed")),
        ("shipped", _) => (icons::PACKAGE, tokens.gold, about("activity-goods-shipped")),
        ("delivered", _) => (icons::GIFT, tokens.celadon, about("activity-goods-delivered")),
        ("expired", _) => (icons::EXPIRED, tokens.ink2, about("activity-goods-expired")),
        ("refunded", _) => (icons::WARNING_CIRCLE, tokens.ochre, about("activity-goods-refunded")),
        ("uncertain", _) => (icons::CLOCK, tokens.gold, about("activity-uncertain")),
        _ => (icons::INFO, tokens.ink2, look.say("event-other")),
    }
}
