//! The shelf: packets to open, as envelopes beside each other.

use egui::{Align2, CornerRadius, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Found;
use super::drop::drop_card;
use super::list::kind_key;
use crate::app::look::{Look, Room};
use crate::app::pictures::Drawing;
use crate::app::screens::envelope::{self, Face};
use crate::app::state::{Act, Page};
use crate::app::theme::{THUMB_SHADOW, fonts, icons};
use crate::app::widgets::{self, ring};
use crate::wallet::Listed;

/// How wide an envelope is.
const WIDTH: f32 = 198.0;
/// So many are seen at first.
const FIRST: usize = 4;

/// How round an envelope's corners are.
const ROUND: u8 = 10;

/// What is drawn first of the shelf, with the widths.
pub(super) fn first_drawings(found: &Found, chinese: bool) -> impl Iterator<Item = (Drawing, f32)> {
    (0..FIRST).filter_map(|at| found.on_shelf(at)).flat_map(move |packet| {
        let paper = envelope::paper(packet.verdict, packet.theme.as_deref(), false);
        let envelope = Drawing::Envelope(paper, envelope::guilloche(Some(&packet.id), packet.verdict));
        let seal = Drawing::Seal(envelope::seal_face(packet.verdict, false, chinese));
        let crest = Drawing::Crest(paper, envelope::issuer_seed(Some(&packet.issuer)));
        let shadow = Drawing::shadow(envelope::height(WIDTH), ROUND, THUMB_SHADOW);
        let emblem = 2.0 * envelope::emblem_place(egui::Pos2::ZERO, WIDTH).1;
        [
            (envelope, WIDTH),
            (seal, 2.0 * envelope::seal_place(egui::Pos2::ZERO, WIDTH).1),
            (crest, emblem),
            (shadow, WIDTH),
        ]
    })
}

pub(super) fn show_shelf(ui: &mut Ui, look: &mut Look<'_>, found: &Found) -> Option<Act> {
    let (count, searched) = (found.shelf_len(), !found.query.search.is_empty());
    let tokens = look.tokens();
    ui.horizontal(|ui| {
        let title = look.say("to-open");
        widgets::heading(ui, look, &title, 16.0);
        widgets::label(ui, &count.to_string(), fonts::strong(16.0), tokens.red);
    });
    if count == 0 {
        let words = look.say(if searched { "search-empty" } else { "shelf-empty" });
        widgets::note(ui, &words, fonts::body(fonts::BODY), tokens.ink2);
        ui.add_space(6.0);
        return None;
    }
    let narrow = look.room == Room::Narrow;
    let (width, gap) = if narrow {
        (162.0, 14.0)
    } else {
        let room = ui.available_width();
        let across = ((room + 30.0) / (WIDTH + 30.0)).floor().max(2.0);
        (WIDTH, ((room - across * WIDTH) / (across - 1.0)).clamp(20.0, 56.0))
    };
    let mut act = None;
    let below = if narrow { 14.0 } else { 40.0 };
    let high = envelope::height(width) + below + 30.0;
    let drop_here = !narrow && !searched;
    let all = (count + usize::from(drop_here)) as f32 * (width + gap) - gap;
    let area = egui::ScrollArea::horizontal().id_salt("shelf").max_height(high).min_scrolled_height(high);
    widgets::sideways(ui, area, |ui| {
        let tall = envelope::height(width) + if narrow { 12.0 } else { below };
        let (row, _) = ui.allocate_exact_size(vec2(all, tall), Sense::hover());
        widgets::Run { count, step: width + gap, start: row.left() }.across(ui, |ui, at, left| {
            let packet = found.on_shelf(at)?;
            let hit = Rect::from_min_size(pos2(left, row.top()), vec2(width, tall));
            let response = on_shelf(ui, look, packet, hit);
            if response.clicked() {
                act = Some(Act::Go(Page::Packet(packet.id)));
            }
            Some(response)
        });
        if drop_here {
            let size = vec2(width, envelope::height(width));
            drop_card(ui, look, Rect::from_min_size(pos2(row.right() - width, row.top() + 4.0), size));
        }
    });
    act
}

fn on_shelf(ui: &mut Ui, look: &mut Look<'_>, packet: &Listed, hit: Rect) -> egui::Response {
    let (width, high) = (hit.width(), envelope::height(hit.width()));
    let response = ui.interact(hit, ui.scope_id().with(("shelf", packet.id)), Sense::click());
    let greeting = packet.greeting.replace('\n', " ");
    let name = look.tell("packet-name", &[("title", packet.title.as_str().into()), ("greeting", greeting.into())]);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    // What is scrolled away has a name and a place, and costs no picture.
    if !ui.is_rect_visible(hit) {
        return response;
    }
    let at = hit.min + vec2(0.0, 4.0);
    let rect = Rect::from_min_size(at, vec2(width, high));
    let chinese = look.is_chinese();
    let face = Face {
        paper: envelope::paper(packet.verdict, packet.theme.as_deref(), false),
        guilloche: envelope::guilloche(Some(&packet.id), packet.verdict),
        issuer: envelope::issuer_seed(Some(&packet.issuer)),
        title: &packet.title,
        greeting: &packet.greeting,
        emblem: None,
        cover: None,
        seal: envelope::seal_face(packet.verdict, false, chinese),
        stamp: None,
        foot: None,
    };
    let painter = ui.painter().clone();
    // The shelf ends where its first envelope begins; the shadow of one that is whole does not.
    let mut below = ui.painter().clone();
    let (mut clip, side) = (ui.clip_rect(), if look.room == Room::Narrow { 16.0 } else { 36.0 });
    clip.min.x -= if rect.left() > clip.left() - 1.0 { side } else { 0.0 };
    clip.max.x += if rect.right() < clip.right() + 1.0 { side } else { 0.0 };
    below.set_clip_rect(clip);
    look.pictures.shadow(&below, rect, ROUND, THUMB_SHADOW);
    envelope::paint(&painter, look, at, width, &face);
    let grow = if response.hovered() && !look.theme.still { 1.04 } else { 1.0 };
    envelope::paint_seal(&painter, look, at, width, face.seal, grow);
    ring(ui, look, &response, rect, CornerRadius::same(ROUND));
    if look.room != Room::Narrow {
        under_thumb(ui, look, packet, rect);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// Kind at the left, days left at the right; the last days in red with a clock.
fn under_thumb(ui: &Ui, look: &Look<'_>, packet: &Listed, rect: Rect) {
    let tokens = look.tokens();
    let y = rect.bottom() + 26.0;
    let kind = look.say(kind_key(packet.kind));
    let painter = ui.painter();
    painter.text(pos2(rect.left(), y), Align2::LEFT_CENTER, kind, fonts::body(fonts::SECONDARY), tokens.ink2);
    let days = look.formats.days_until(packet.expires.0, look.now);
    let words = days_left(look, days);
    let soon = days <= 3;
    let (font, ink) =
        if soon { (fonts::strong(fonts::SECONDARY), tokens.red) } else { (fonts::body(fonts::SECONDARY), tokens.ink3) };
    let text = painter.text(pos2(rect.right(), y), Align2::RIGHT_CENTER, words, font, ink);
    if soon {
        let at = pos2(text.left() - 12.0, y);
        painter.text(at, Align2::CENTER_CENTER, icons::CLOCK, fonts::icon(15.0), tokens.red);
    }
}

/// How long there is still time.
pub(in crate::app) fn days_left(look: &Look<'_>, days: i64) -> String {
    if days <= 0 { look.say("last-day") } else { look.tell("days-left", &[("count", days.into())]) }
}
