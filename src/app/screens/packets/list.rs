//! The list: a row for each packet.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, Ui, WidgetInfo, pos2, vec2};

use super::{Found, Standing, standing};
use crate::app::format;
use crate::app::look::{Look, Room, cut, cut_line};
use crate::app::pictures::Drawing;
use crate::app::screens::envelope;
use crate::app::state::{Act, Page};
use crate::app::theme::{CARD_SHADOW, fonts, icons, radius};
use crate::app::widgets::{self, ring};
use crate::art::Paper;
use crate::wallet::Listed;

/// How high a row is.
const ROW: f32 = 62.0;
/// How wide its small envelope is.
const THUMB: f32 = 36.0;
/// So many are seen at first.
const FIRST: usize = 8;

/// What is drawn first of the list, with the widths.
pub(super) fn first_drawings(found: &Found, now: i64) -> impl Iterator<Item = (Drawing, f32)> {
    (0..FIRST).filter_map(|at| found.row(at)).map(move |packet| (thumb(packet, standing(packet, now)), THUMB))
}

fn thumb(packet: &Listed, standing: Standing) -> Drawing {
    let paper = envelope::paper(packet.verdict, packet.theme.as_deref(), standing == Standing::Expired);
    Drawing::Thumb(paper, packet.opened && !matches!(paper, Paper::Grey | Paper::Faded))
}

pub(super) fn list(ui: &mut Ui, look: &mut Look<'_>, found: &Found) -> Option<Act> {
    let tokens = look.tokens();
    let count = found.len();
    if count == 0 {
        let words = look.say(if found.query.search.is_empty() { "list-empty" } else { "search-empty" });
        widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
        return None;
    }
    let size = vec2(ui.available_width(), count as f32 * ROW + 8.0);
    let (card, _) = ui.allocate_exact_size(size, Sense::hover());
    let round = CornerRadius::same(radius::CARD);
    ui.painter().add(CARD_SHADOW.as_shape(card, round));
    ui.painter().rect_filled(card, round, tokens.surface);
    let mut act = None;
    widgets::Run { count, step: ROW, start: card.top() + 4.0 }.down(ui, |ui, at, top| {
        let packet = found.row(at)?;
        let rect = Rect::from_min_size(pos2(card.left(), top), vec2(card.width(), ROW));
        if at > 0 {
            let from = rect.left() + if look.room == Room::Narrow { 62.0 } else { 72.0 };
            ui.painter().hline(from..=rect.right() - 20.0, rect.top(), Stroke::new(1.0, tokens.line));
        }
        let response = row(ui, look, packet, rect);
        if response.clicked() {
            act = Some(Act::Go(Page::Packet(packet.id)));
        }
        Some(response)
    });
    act
}

/// One packet of the list.
fn row(ui: &mut Ui, look: &mut Look<'_>, packet: &Listed, rect: Rect) -> egui::Response {
    let tokens = look.tokens();
    let response = ui.interact(rect, ui.scope_id().with(("row", packet.id)), Sense::click());
    let standing = standing(packet, look.now);
    let (icon, word, colours, edge) = describe(look, standing);
    let amount = figure(packet);
    let greeting = packet.greeting.replace('\n', " ");
    let mut name =
        look.tell("packet-name", &[("title", packet.title.as_str().into()), ("greeting", greeting.as_str().into())]);
    let day = look.formats.when(packet.received_at.0, look.now, look.texts);
    name = format!("{name} {amount} {word} {day}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect.shrink2(vec2(6.0, 2.0)), radius::CONTROL, tokens.hover);
    }
    let narrow = look.room == Room::Narrow;
    let left = rect.left() + if narrow { 13.0 } else { 20.0 };
    let middle = rect.center().y;
    let painter = ui.painter().clone();
    look.pictures.paint(&painter, &thumb(packet, standing), pos2(left, middle - 24.0), THUMB);

    let text = left + if narrow { 50.0 } else { 52.0 };
    let (first, _) = envelope::greeting_parts(&packet.greeting);
    if narrow {
        let right = rect.right() - 14.0;
        let end = painter.text(
            pos2(right, middle - 11.0),
            Align2::RIGHT_CENTER,
            &amount,
            fonts::strong(fonts::STRONG),
            tokens.ink,
        );
        painter.text(pos2(right, middle + 11.0), Align2::RIGHT_CENTER, day, fonts::body(fonts::SECONDARY), tokens.ink2);
        let width = end.left().min(right - 80.0) - text - 8.0;
        cut_line(&painter, pos2(text, middle - 11.0), &packet.title, fonts::strong(fonts::STRONG), tokens.ink, width);
        cut_line(&painter, pos2(text, middle + 11.0), &word, fonts::body(fonts::SECONDARY), colours.0, width);
    } else {
        let right = rect.right();
        let columns = if look.room == Room::Wide { [526.0, 426.0] } else { [0.0, 400.0] };
        let tag_at = right - columns[1];
        let end = if columns[0] > 0.0 { right - columns[0] } else { tag_at };
        let width = end - text - 12.0;
        cut_line(&painter, pos2(text, middle - 10.0), &packet.title, fonts::strong(fonts::STRONG), tokens.ink, width);
        cut_line(&painter, pos2(text, middle + 11.0), first, fonts::body(fonts::SECONDARY), tokens.ink2, width);
        if columns[0] > 0.0 {
            let kind = look.say(kind_key(packet.kind));
            painter.text(pos2(end, middle), Align2::LEFT_CENTER, kind, fonts::body(fonts::SECONDARY), tokens.ink2);
        }
        widgets::tag(ui, pos2(tag_at, middle), Some(icon), &word, colours, edge);
        let ink = if standing == Standing::Expired { tokens.ink3 } else { tokens.ink };
        painter.text(pos2(right - 162.0, middle), Align2::RIGHT_CENTER, &amount, fonts::strong(17.0), ink);
        let galley = cut(ui, &day, fonts::body(fonts::SECONDARY), tokens.ink2, 92.0);
        let place = Align2::RIGHT_CENTER.anchor_size(pos2(right - 62.0, middle), galley.size());
        painter.galley(place.min, galley, tokens.ink2);
        let caret = pos2(right - 38.0, middle);
        painter.text(caret, Align2::CENTER_CENTER, icons::CARET_RIGHT, fonts::icon(16.0), tokens.ink2);
    }
    ring(ui, look, &response, rect.shrink2(vec2(6.0, 2.0)), CornerRadius::same(radius::CONTROL));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// The figure of a row.
fn figure(packet: &Listed) -> String {
    packet.amount.map(format::money).unwrap_or_default()
}

/// Icon, words, colours of text and ground, and whether it has an edge.
fn describe(look: &Look<'_>, standing: Standing) -> (char, String, (Color32, Color32), bool) {
    let t = look.tokens();
    let gold = (t.gold, t.gold_tint);
    let celadon = (t.celadon, t.celadon_tint);
    let plain = (t.ink2, t.hover);
    match standing {
        Standing::ToOpen => (icons::ENVELOPE, look.say("state-received"), (t.red, t.red_tint), false),
        Standing::Opened => (icons::ENVELOPE_OPEN, look.say("state-opened"), plain, false),
        Standing::ToCollect => (icons::ENVELOPE_OPEN, look.say("state-to-collect"), gold, false),
        Standing::Collecting => (icons::CLOCK, look.say("state-collecting"), gold, false),
        Standing::Paid => (icons::CHECK_CIRCLE, look.say("state-paid"), celadon, false),
        Standing::Code => (icons::TICKET, look.say("state-code"), gold, false),
        Standing::Handed => (icons::CHECK_CIRCLE, look.say("state-handed"), celadon, false),
        Standing::Rejected => (icons::WARNING_CIRCLE, look.say("state-rejected"), (t.ochre, t.ochre_tint), false),
        Standing::Forwarded(count) => {
            (icons::FORWARD, look.tell("state-forwarded", &[("count", count.into())]), plain, false)
        }
        Standing::Expired => (icons::EXPIRED, look.say("state-expired"), (t.ink2, t.surface), true),
    }
}

pub(super) fn kind_key(kind: &str) -> &'static str {
    if kind == "goods" { "kind-goods" } else { "kind-bank" }
}
