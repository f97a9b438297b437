//! How the page of packets looks.

use egui::{Align2, Color32, CornerRadius, Rect, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::{Action, Filter, Found, Model, Sort, Standing, standing};
use crate::app::art::Paper;
use crate::app::format;
use crate::app::look::{Look, Room, cut, cut_line};
use crate::app::message::{Data, Pick};
use crate::app::pictures::Drawing;
use crate::app::screens::envelope::{self, Face};
use crate::app::shell::{SyncSign, sync_icon};
use crate::app::state::{Act, Page};
use crate::app::theme::{CARD_SHADOW, HIT, THUMB_SHADOW, fonts, icons, radius};
use crate::app::widgets::{self, Button, Field, ring};
use crate::wallet::Listed;

/// How high a row of the list is.
const ROW: f32 = 62.0;
/// How wide an envelope of the shelf is, and the small one of a row.
const SHELF: f32 = 198.0;
const THUMB: f32 = 36.0;
/// So many of the shelf and of the list are seen at first.
const FIRST: (usize, usize) = (4, 8);

/// What the page needs beside its own model.
pub(in crate::app) struct Around<'a> {
    pub(in crate::app) data: &'a Data,
    pub(in crate::app) found: &'a Found,
    pub(in crate::app) sync: SyncSign,
    pub(in crate::app) reminds_of_backup: bool,
}

/// Shows the page.
pub(in crate::app) fn view(ui: &mut Ui, look: &mut Look<'_>, model: &Model, around: &Around<'_>) -> Option<Act> {
    let found = around.found;
    widgets::page(ui, look, "packets", |ui, look| {
        let mut act = header(ui, look, model, &around.sync);
        ui.add_space(6.0);
        act = act.or(paste_line(ui, look, model));
        if around.data.packets.is_empty() {
            return act.or(nothing_yet(ui, look));
        }
        act = act.or(show_shelf(ui, look, found));
        if around.reminds_of_backup {
            act = act.or(backup_reminder(ui, look));
        }
        ui.add_space(4.0);
        let has_archive = around.data.index().has_archive || model.filter == Filter::Archived;
        act = act.or(filters(ui, look, model, has_archive));
        act.or(list(ui, look, found))
    })
}

/// What the page draws first in a window as wide as it opens, with the widths: the envelopes at the front of the shelf, their
/// seals, and the small ones of the first rows.
pub(in crate::app) fn first_drawings(found: &Found, chinese: bool, now: i64) -> Vec<(Drawing, f32)> {
    let mut drawings = vec![(Drawing::AppIcon, 38.0)];
    let mut add = |drawing: Drawing, width: f32| {
        if !drawings.contains(&(drawing.clone(), width)) {
            drawings.push((drawing, width));
        }
    };
    for packet in (0..FIRST.0).filter_map(|at| found.on_shelf(at)) {
        let paper = envelope::paper(packet.verdict, packet.theme.as_deref(), false);
        add(Drawing::Envelope(paper, envelope::guilloche(Some(&packet.id), packet.verdict)), SHELF);
        let seal = envelope::seal_face(packet.verdict, false, chinese);
        add(Drawing::Seal(seal), 2.0 * envelope::seal_place(egui::Pos2::ZERO, SHELF).1);
    }
    for packet in (0..FIRST.1).filter_map(|at| found.row(at)) {
        add(thumb(packet, standing(packet, now)), THUMB);
    }
    drawings
}

fn thumb(packet: &Listed, standing: Standing) -> Drawing {
    let paper = envelope::paper(packet.verdict, packet.theme.as_deref(), standing == Standing::Expired);
    Drawing::Thumb(paper, packet.opened && !matches!(paper, Paper::Grey | Paper::Faded))
}

/// Reminds of what would be lost with this machine: what it is at the left, what one can do at the right, or below.
fn backup_reminder(ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
    let (tokens, narrow) = (look.tokens(), look.room == Room::Narrow);
    let (see, later) = (look.say("backup"), look.say("backup-later"));
    let (see, later) = (Button::secondary(&see), Button::ghost(&later));
    let sizes = [see.size(ui), later.size(ui)];
    let room = sizes[0].x + sizes[1].x + 8.0;
    let width = ui.available_width() - 76.0 - if narrow { 0.0 } else { room };
    let why = look.say("backup-why");
    let words = crate::app::look::wrapped(ui.painter(), &why, fonts::body(fonts::SECONDARY), tokens.gold, width, false);
    let high = if narrow { words.size().y + HIT + 28.0 } else { words.size().y.max(HIT) + 16.0 };
    ui.add_space(4.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &why));
    ui.add_space(4.0);
    ui.painter().rect_filled(rect, CornerRadius::same(radius::TILE), tokens.gold_tint);
    let top = if narrow { rect.top() + 12.0 } else { rect.center().y - words.size().y / 2.0 };
    let icon = pos2(rect.left() + 30.0, top + words.size().y.min(34.0) / 2.0);
    ui.painter().text(icon, Align2::CENTER_CENTER, icons::KEY, fonts::icon(20.0), tokens.gold);
    ui.painter().galley(pos2(rect.left() + 54.0, top), words, tokens.gold);
    let y = if narrow { rect.bottom() - HIT - 8.0 } else { rect.center().y - HIT / 2.0 };
    let first = Rect::from_min_size(pos2(rect.right() - 16.0 - room, y), sizes[1]);
    let second = Rect::from_min_size(pos2(rect.right() - 16.0 - sizes[0].x, y), sizes[0]);
    let put_off = later.show_at(ui, look, first).clicked();
    let seen = see.show_at(ui, look, second).clicked();
    seen.then_some(Act::Go(Page::Settings)).or(put_off.then_some(Act::BackupLater))
}

fn header(ui: &mut Ui, look: &mut Look<'_>, model: &Model, sync: &SyncSign) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        ui.set_height(44.0);
        let title = look.say("page-packets");
        widgets::heading(ui, look, &title, fonts::PAGE);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            if look.room == Room::Narrow {
                act = narrow_buttons(ui, look, sync);
                return;
            }
            let open = look.say("open-file");
            if Button::secondary(&open).icon(icons::FOLDER).show(ui, look).clicked() {
                act = Some(Act::Pick(Pick::Open));
            }
            let link = look.say("open-link");
            if Button::secondary(&link).icon(icons::LINK).show(ui, look).clicked() {
                act = Some(open_paste(ui));
            }
            let width = (ui.available_width() - 12.0).clamp(120.0, 270.0);
            ui.allocate_ui(vec2(width, HIT), |ui| act = act.take().or(search(ui, look, model)));
        });
    });
    if look.room == Room::Narrow && model.searching {
        act = act.or(search(ui, look, model));
    }
    act
}

fn narrow_buttons(ui: &mut Ui, look: &mut Look<'_>, sync: &SyncSign) -> Option<Act> {
    let mut act = None;
    ui.spacing_mut().item_spacing.x = 2.0;
    act = act.or(sync_icon(ui, look, sync));
    for (icon, key, then) in [
        (icons::FOLDER, "open-file", Act::Pick(Pick::Open)),
        (icons::LINK, "open-link", Act::Packets(Action::Paste(Some(String::new())))),
        (icons::SEARCH, "search-hint", Act::Packets(Action::ToggleSearch)),
    ] {
        let name = look.say(key);
        if widgets::icon_button(ui, look, icon, &name).clicked() {
            act = Some(if key == "open-link" { open_paste(ui) } else { then });
        }
    }
    act
}

/// Opens the field for links, which has the keyboard from its first frame on.
fn open_paste(ui: &Ui) -> Act {
    let field = Field::new("paste", "").id;
    ui.memory_mut(|memory| memory.request_focus(field));
    Act::Packets(Action::Paste(Some(String::new())))
}

fn search(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let hint = look.say("search-hint");
    let mut text = model.search.clone();
    let field = Field { height: HIT, ..Field::new("search", &hint).hint(&hint).bare().icon(icons::SEARCH) };
    let response = widgets::field(ui, look, &field, &mut text);
    response.changed().then(|| Act::Packets(Action::Search(text)))
}

/// A field for a link or a path: what serves when there is no native dialog.
fn paste_line(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let mut text = model.paste.clone()?;
    let (label, hint) = (look.say("paste-label"), look.say("paste-hint"));
    let (take, cancel) = (look.say("paste-take"), look.say("cancel"));
    let mut act = None;
    ui.horizontal(|ui| {
        let room = ui.available_width() - 220.0;
        let response = ui
            .allocate_ui(vec2(room.max(140.0), 44.0), |ui| {
                let field = Field { height: HIT, ..Field::new("paste", &label).hint(&hint).bare().icon(icons::LINK) };
                widgets::field(ui, look, &field, &mut text)
            })
            .inner;
        let entered = widgets::entered(ui, &response);
        let ready = !text.trim().is_empty();
        if Button::primary(&take).enabled(ready).show(ui, look).clicked() || entered && ready {
            act = Some(Act::TakeText(text.trim().to_owned()));
        } else if Button::ghost(&cancel).show(ui, look).clicked() {
            act = Some(Act::Packets(Action::Paste(None)));
        } else if response.changed() {
            act = Some(Act::Packets(Action::Paste(Some(text))));
        }
        if ui.memory(|memory| memory.focused().is_none()) && model.paste.as_deref() == Some("") {
            response.request_focus();
        }
    });
    ui.add_space(8.0);
    act
}

fn nothing_yet(ui: &mut Ui, look: &mut Look<'_>) -> Option<Act> {
    let mut act = None;
    ui.add_space(24.0);
    ui.vertical_centered(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(198.0, 275.0), Sense::hover());
        drop_card(ui, look, rect);
        ui.add_space(16.0);
        let (title, more) = (look.say("empty-title"), look.say("empty-more"));
        widgets::label(ui, &title, fonts::strong(fonts::SECTION), look.tokens().ink);
        ui.set_max_width(ui.available_width().min(460.0));
        widgets::note(ui, &more, fonts::body(fonts::BODY), look.tokens().ink2);
        ui.add_space(10.0);
        let open = look.say("welcome-open");
        if Button::primary(&open).large().icon(icons::FOLDER).show(ui, look).clicked() {
            act = Some(Act::Pick(Pick::Open));
        }
    });
    act
}

/// The dashed envelope that shows where files may be dropped.
fn drop_card(ui: &Ui, look: &Look<'_>, rect: Rect) {
    let tokens = look.tokens();
    let painter = ui.painter();
    let stroke = Stroke::new(1.3, tokens.ink3.gamma_multiply(0.6));
    let round = 14.0;
    let inner = rect.shrink(0.5);
    let corner = |x: f32, y: f32, from: f32| {
        (0..=6).map(move |at| {
            let angle = (from + 15.0 * at as f32).to_radians();
            pos2(x + round * angle.cos(), y + round * angle.sin())
        })
    };
    let mut outline: Vec<egui::Pos2> = Vec::new();
    outline.extend(corner(inner.right() - round, inner.top() + round, -90.0));
    outline.extend(corner(inner.right() - round, inner.bottom() - round, 0.0));
    outline.extend(corner(inner.left() + round, inner.bottom() - round, 90.0));
    outline.extend(corner(inner.left() + round, inner.top() + round, 180.0));
    outline.push(outline[0]);
    painter.rect_filled(rect, CornerRadius::same(14), tokens.surface.gamma_multiply(0.5));
    painter.extend(egui::Shape::dashed_line(&outline, stroke, 3.0, 2.5));
    let mouth = rect.top() + rect.height() * 0.27;
    let curve: Vec<egui::Pos2> = (0..=40)
        .map(|at| {
            let t = at as f32 / 40.0;
            pos2(egui::lerp(rect.x_range(), t), mouth + rect.height() * 0.175 * (1.0 - (2.0 * t - 1.0).powi(2)))
        })
        .collect();
    painter.extend(egui::Shape::dashed_line(&curve, stroke, 5.0, 4.0));
    let centre = pos2(rect.center().x, rect.top() + rect.height() * 0.44);
    painter.circle_filled(centre, 24.0, tokens.bg);
    let circle: Vec<egui::Pos2> =
        (0..=48).map(|at| centre + 24.0 * Vec2::angled(at as f32 * std::f32::consts::TAU / 48.0)).collect();
    painter.extend(egui::Shape::dashed_line(&circle, stroke, 3.0, 2.5));
    painter.text(centre, Align2::CENTER_CENTER, icons::DROP, fonts::icon(23.0), tokens.ink2);
    let words = crate::app::look::wrapped(
        painter,
        &look.say("drop-here"),
        fonts::strong(fonts::SECONDARY),
        tokens.ink,
        rect.width() - 40.0,
        true,
    );
    let top = rect.top() + rect.height() * 0.585;
    let height = words.size().y;
    painter.galley(pos2(rect.center().x, top), words, tokens.ink);
    let at = pos2(rect.center().x, top + height + 14.0);
    painter.text(at, Align2::CENTER_CENTER, look.say("drop-offline"), fonts::body(fonts::SECONDARY), tokens.ink2);
}

fn show_shelf(ui: &mut Ui, look: &mut Look<'_>, found: &Found) -> Option<Act> {
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
        let across = ((room + 30.0) / (SHELF + 30.0)).floor().max(2.0);
        (SHELF, ((room - across * SHELF) / (across - 1.0)).clamp(20.0, 56.0))
    };
    let mut act = None;
    let below = if narrow { 14.0 } else { 40.0 };
    let high = envelope::height(width) + below + 30.0;
    let drop_here = !narrow && !searched;
    let all = (count + usize::from(drop_here)) as f32 * (width + gap) - gap;
    egui::ScrollArea::horizontal().id_salt("shelf").max_height(high).min_scrolled_height(high).show(ui, |ui| {
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
    look.pictures.shadow(&below, rect, 10, THUMB_SHADOW);
    envelope::paint(&painter, look, at, width, &face);
    let grow = if response.hovered() && !look.theme.still { 1.04 } else { 1.0 };
    envelope::paint_seal(&painter, look, at, width, face.seal, grow);
    ring(ui, look, &response, rect, CornerRadius::same(10));
    if look.room != Room::Narrow {
        under_thumb(ui, look, packet, rect);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn kind_key(kind: &str) -> &'static str {
    if kind == "goods" { "kind-goods" } else { "kind-bank" }
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

fn filters(ui: &mut Ui, look: &mut Look<'_>, model: &Model, has_archive: bool) -> Option<Act> {
    let mut act = None;
    ui.horizontal(|ui| {
        let room = ui.available_width() - if look.room == Room::Narrow { 0.0 } else { 170.0 };
        egui::ScrollArea::horizontal().id_salt("filters").max_width(room).show(ui, |ui| {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 4.0;
                for filter in Filter::ALL.into_iter().filter(|filter| has_archive || *filter != Filter::Archived) {
                    let label = look.say(filter.key());
                    if widgets::chip(ui, look, &label, model.filter == filter).clicked() {
                        act = Some(Act::Packets(Action::Filter(filter)));
                    }
                }
            });
        });
        if look.room != Room::Narrow {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                act = act.take().or(sorting(ui, look, model));
            });
        }
    });
    act
}

/// One press for the next order.
fn sorting(ui: &mut Ui, look: &mut Look<'_>, model: &Model) -> Option<Act> {
    let label = format!("{} {}", look.say(model.sort.key()), icons::CARET_DOWN);
    let name = look.say(model.sort.key());
    let at = Sort::ALL.iter().position(|sort| *sort == model.sort).unwrap_or(0);
    let next = Sort::ALL[(at + 1) % Sort::ALL.len()];
    let clicked = Button::ghost(&label).plain().name(&name).show(ui, look).clicked();
    clicked.then_some(Act::Packets(Action::Sort(next)))
}

fn list(ui: &mut Ui, look: &mut Look<'_>, found: &Found) -> Option<Act> {
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

/// Shown over everything while a file hangs above the window.
pub(in crate::app) fn drop_overlay(ctx: &egui::Context, look: &Look<'_>) {
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop-overlay"));
    let painter = ctx.layer_painter(layer);
    let rect = ctx.content_rect().shrink(16.0);
    painter.rect_filled(rect, radius::SHEET, look.tokens().surface.gamma_multiply(0.94));
    let edge = Stroke::new(2.5, look.tokens().red);
    painter.rect_stroke(rect, CornerRadius::same(radius::SHEET), edge, StrokeKind::Inside);
    painter.text(
        rect.center() - vec2(0.0, 30.0),
        Align2::CENTER_CENTER,
        icons::DROP,
        fonts::icon(56.0),
        look.tokens().red,
    );
    let words = look.say("drop-now");
    painter.text(
        rect.center() + vec2(0.0, 28.0),
        Align2::CENTER_CENTER,
        words,
        fonts::strong(fonts::PAGE),
        look.tokens().ink,
    );
}
