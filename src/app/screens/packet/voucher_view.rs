//! What was inside: the bank voucher with its sum, or the goods voucher; and beside it, collecting.

use egui::{Align2, Color32, CornerRadius, Rect, Sense, Ui, pos2, vec2};

use super::collect_view::{form, may_collect, progress, steps};
use super::figure::amount_line;
use super::goods_view::{code_view, goods_side, goods_words};
use super::view::{Around, Places, archive_item, header, menu_item, paint_pool, warning_words};
use super::{Action, Condition, Model, bank, condition, forward_on_contents, title, warning, who};
use crate::api::states::CollectionState;
use crate::app::art::{Paper, Shade, Stamp};
use crate::app::format;
use crate::app::look::{Look, Room, Tracked, cut_line, tracked, tracked_right, wrapped};
use crate::app::message::Packet;
use crate::app::pictures::Drawing;
use crate::app::screens::envelope;
use crate::app::state::{Act, Page};
use crate::app::theme::{SHEET_SHADOW, VOUCHER_SHADOW, fixed, fonts, icons, radius};
use crate::app::widgets::{self, Button};
use crate::packet::claims::Mode;
use crate::wallet::Notice;

/// Width of the panel and its distance from the right.
const PANEL: (f32, f32) = (328.0, 32.0);
/// Below this width a bank voucher says the same in less room.
const COMPACT: f32 = 480.0;
/// Height of the whole picture: voucher, and the pocket it comes out of.
const STAGE: f32 = 700.0;

pub(super) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
) -> Option<Act> {
    let places = Places::of(ui, look, PANEL.0, PANEL.1);
    let mut act = None;
    let all = ui.max_rect();
    if let Some(panel) = places.panel {
        let area = Rect::from_min_max(places.stage.min, pos2(panel.left() - 24.0, all.bottom()));
        act = act.or(widgets::inside(ui, area, |ui| {
            egui::ScrollArea::vertical()
                .id_salt("voucher")
                .auto_shrink([false, false])
                .show(ui, |ui| {
                    let size = vec2(area.width(), area.height().max(STAGE));
                    let (stage, _) = ui.allocate_exact_size(size, Sense::hover());
                    in_pocket(ui, look, model, packet, around, stage)
                })
                .inner
        }));
        act = act.or(widgets::inside(ui, panel, |ui| {
            egui::ScrollArea::vertical()
                .id_salt("collect")
                .show(ui, |ui| widgets::card(ui, look, |ui, look| side(ui, look, model, packet, around)).inner)
                .inner
        }));
    } else {
        act = act.or(flat(ui, look, model, packet, around, all));
    }
    let mut menu = |ui: &mut Ui, look: &mut Look<'_>| menu(ui, look, packet);
    act = act.or(header(ui, look, Some(&mut menu)));
    if model.code_shown {
        act = act.or(code_view(&ui.ctx().clone(), look, packet));
    }
    act
}

fn menu(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let again = look.say("opening-again");
    if menu_item(ui, look, &again) {
        return Some(Act::Packet(Action::Replay));
    }
    if let Some(act) = archive_item(ui, look, packet) {
        return Some(act);
    }
    let id = packet.shown.inspection.id?;
    let place = look.say("where-title");
    if menu_item(ui, look, &place) {
        return Some(Act::Go(Page::Where(id)));
    }
    let copy = look.say("copy-id");
    menu_item(ui, look, &copy).then(|| Act::Copy(id.to_string(), "copied"))
}

/// A narrower window: the voucher whole, everything else below it; Collect stays in sight at the bottom.
fn flat(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    all: Rect,
) -> Option<Act> {
    let narrow = look.room == Room::Narrow;
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    let collects = narrow && packet.shown.inspection.kind == Some("bank") && may_collect(condition, packet);
    // As high as it was drawn last: it grows with what has to be typed and told.
    let id = ui.scope_id().with("pinned");
    let last: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(220.0);
    let pinned = if collects { last.min(all.height() * 0.62) } else { 0.0 };
    let area = Rect::from_min_max(all.min + vec2(0.0, 64.0), pos2(all.right(), all.bottom() - pinned));
    let side_margin = if narrow { 16.0 } else { 40.0 };
    let mut act = widgets::inside(ui, area, |ui| {
        egui::ScrollArea::vertical()
            .id_salt("voucher")
            .auto_shrink([false, false])
            .show(ui, |ui| {
                let width = (area.width() - 2.0 * side_margin).min(560.0);
                let left = area.left() + (area.width() - width) / 2.0;
                let is_goods = packet.shown.inspection.goods.is_some();
                let height = match (is_goods, width >= COMPACT) {
                    (true, _) => 430.0_f32.max(width * 0.9),
                    (false, true) => 580.0,
                    (false, false) => 322.0 * (width / 380.0).clamp(1.0, 1.25),
                };
                let (space, _) = ui.allocate_exact_size(vec2(area.width(), height + 18.0), Sense::hover());
                let rect = Rect::from_min_size(pos2(left, space.top() + 4.0), vec2(width, height));
                let act = paper(ui, look, model, packet, around, rect, true);
                let column = Rect::from_min_size(pos2(left, ui.cursor().top()), vec2(width, f32::INFINITY));
                let below = ui.scope_builder(egui::UiBuilder::new().max_rect(column), |ui| {
                    ui.set_width(width);
                    if narrow {
                        below_narrow(ui, look, model, packet, around)
                    } else {
                        side_card(ui, look, model, packet, around)
                    }
                });
                ui.add_space(24.0);
                act.or(below.inner)
            })
            .inner
    });
    if collects {
        let rect = Rect::from_min_max(pos2(all.left(), all.bottom() - pinned), pos2(all.right(), all.bottom() + 20.0));
        ui.painter().add(SHEET_SHADOW.as_shape(rect, 18));
        ui.painter().rect_filled(rect, 18.0, look.tokens().surface);
        let inner = Rect::from_min_max(rect.min + vec2(16.0, 14.0), pos2(rect.right() - 16.0, all.bottom() - 8.0));
        let mut high = last;
        act = act.or(widgets::inside(ui, inner, |ui| {
            let shown =
                egui::ScrollArea::vertical().id_salt("pinned").show(ui, |ui| form(ui, look, model, packet, around));
            high = shown.content_size.y + 24.0;
            shown.inner
        }));
        if (high - last).abs() > 0.5 {
            ui.data_mut(|data| data.insert_temp(id, high));
            ui.ctx().request_repaint();
        }
    }
    act
}

fn side_card(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    widgets::card(ui, look, |ui, look| side(ui, look, model, packet, around)).inner
}

fn below_narrow(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    if packet.shown.inspection.goods.is_some() {
        return goods_or_warning(ui, look, packet, condition);
    }
    let mut act = None;
    if !matches!(condition, Condition::Fine | Condition::Paid) {
        act = warn(ui, look, packet, condition);
    }
    if packet.shown.collection.is_some() || !is_over(condition) {
        widgets::steps_across(ui, look, &steps(look, packet, around));
        act = act.or(where_button(ui, look, packet));
    }
    if let Some(collected) = &packet.shown.collection {
        act = act.or(progress(ui, look, packet, collected, around));
    }
    told(ui, look, packet);
    act
}

/// The voucher coming out of its envelope.
fn in_pocket(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    stage: Rect,
) -> Option<Act> {
    let inspection = &packet.shown.inspection;
    let width = 536.0_f32.min(stage.width() - 72.0);
    let left = (stage.center().x - width / 2.0 + 8.0).round();
    let mouth = stage.bottom() - 148.0;
    let sheet = Rect::from_min_max(pos2(left, stage.top() + 80.0), pos2(left + width, mouth + 60.0));
    let pocket_width = width + 48.0;
    let at = pos2(left - 24.0, mouth);
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    let paper_kind = match envelope::paper(inspection.verdict, inspection.theme.as_deref(), is_over(condition)) {
        Paper::Kraft => Paper::Gift(envelope::colourway(inspection.theme.as_deref())),
        other => other,
    };
    let seed = inspection.id.map_or([0; 32], |id| *id.as_bytes());
    let height = (stage.bottom() - mouth + 30.0) as u32;
    let dip = 56;
    let painter = ui.painter().clone();
    paint_pool(ui, look, pos2(sheet.center().x, sheet.top() + 280.0), 920.0);
    let back = Drawing::PocketBack { height, dip, paper: paper_kind, seed };
    look.pictures.paint(&painter, &back, at, pocket_width);
    let act = paper(ui, look, model, packet, around, sheet, false);
    if inspection.goods.is_none() {
        paint_coins(ui, look, condition, at, pocket_width);
    }
    let front = Drawing::Pocket { height, dip, paper: paper_kind, seed, lit: false };
    look.pictures.paint(&painter, &front, at, pocket_width);
    let (first, _) = envelope::greeting_parts(inspection.greeting.as_deref().unwrap_or_default());
    let ink = Color32::from_hex(paper_kind.colours().text).unwrap_or(fixed::ON_ENVELOPE);
    let spacing = if look.is_chinese() { 4.0 } else { 0.5 };
    let style = Tracked { font: fonts::bold(26.0), spacing, colour: ink };
    tracked(&painter, pos2(at.x + pocket_width / 2.0, mouth + 95.0), first, style, pocket_width * 0.8);
    act
}

const fn is_over(condition: Condition) -> bool {
    matches!(condition, Condition::Expired | Condition::Gone | Condition::Withdrawn)
}

/// A few coins in the mouth of the pocket, as long as there is money to collect or it was collected.
fn paint_coins(ui: &Ui, look: &mut Look<'_>, condition: Condition, at: egui::Pos2, width: f32) {
    if is_over(condition) || condition == Condition::Tampered {
        return;
    }
    let painter = ui.painter().clone();
    for (x, y, size, tilt, turn) in
        [(54.0, 10.0, 60.0, 60, -14), (width - 46.0, 8.0, 60.0, 60, 14), (117.0, 38.0, 50.0, 45, 8)]
    {
        let centre = pos2(at.x + x, at.y + y);
        look.pictures.paint_centred(&painter, &Drawing::Coin(tilt, turn), centre, size);
    }
}

/// The paper with everything that is printed on it.
fn paper(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    rect: Rect,
    closed: bool,
) -> Option<Act> {
    let seed = packet.shown.inspection.id.map_or([0; 32], |id| *id.as_bytes());
    let shade = if look.theme.dark { Shade::Dark } else { Shade::Light };
    let painter = ui.painter().clone();
    look.pictures.shadow(&painter, rect, 18, VOUCHER_SHADOW);
    let height = rect.height() as u32;
    let drawing = if packet.shown.inspection.goods.is_some() {
        Drawing::Goods { height, seed, shade }
    } else {
        Drawing::Voucher { height, seed, shade, closed }
    };
    look.pictures.paint_in(&painter, &drawing, rect.width(), rect, Color32::WHITE);
    if packet.shown.inspection.goods.is_some() {
        return goods_words(ui, look, packet, rect);
    }
    if rect.width() < COMPACT {
        compact_words(ui, look, model, packet, around, rect)
    } else {
        bank_words(ui, look, model, packet, around, rect)
    }
}

/// What a bank voucher says, on paper 536 points wide.
fn bank_words(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    rect: Rect,
) -> Option<Act> {
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    let tokens = look.tokens();
    let inspection = &packet.shown.inspection;
    let painter = ui.painter().clone();
    // Placed as on a voucher 536 wide and about 580 high; on a lower one everything moves up together.
    let squeeze = ((rect.height() - 320.0) / 260.0).clamp(0.35, 1.0);
    let y = |at: f32| rect.top() + at * if at > 120.0 { squeeze.max(0.62) } else { 1.0 };
    let (left, right) = (rect.left() + 62.0, rect.right() - 62.0);
    let bank_name = bank(packet);
    painter.circle_stroke(pos2(left + 14.0, y(80.0)), 21.0, egui::Stroke::new(1.6, tokens.celadon));
    painter.text(pos2(left + 14.0, y(80.0)), Align2::CENTER_CENTER, icons::BANK, fonts::icon(24.0), tokens.celadon);
    cut_line(&painter, pos2(left + 46.0, y(71.0)), &bank_name, fonts::bold(17.0), tokens.ink, 190.0);
    let issuer = format!("{} {}", look.say("voucher-issuer"), title(packet));
    let checked =
        cut_line(&painter, pos2(left + 46.0, y(92.0)), &issuer, fonts::body(fonts::SECONDARY), tokens.celadon, 190.0);
    if inspection.checked_by.is_some() {
        widgets::verified_dot(ui, look, pos2(checked.right() + 12.0, y(92.0)), 16.0);
    }
    let kind = look.say("voucher-bank");
    let spacing = if look.is_chinese() { 6.0 } else { 1.0 };
    let style = Tracked { font: fonts::bold(22.0), spacing, colour: tokens.celadon };
    tracked_right(&painter, pos2(right, y(72.0)), &kind, style, 200.0);
    let serial = format::serial(inspection.serial.unwrap_or_default());
    painter.text(pos2(right, y(96.0)), Align2::RIGHT_CENTER, serial, fonts::body(fonts::BODY), tokens.ink2);
    amount_words(ui, look, packet, pos2(rect.center().x, y(202.0)), 118.0, rect.width() - 110.0);
    let words_at = pos2(rect.center().x, y(287.0));
    capitals(ui, look, packet, words_at, 16.0, rect.width() - 120.0);
    let banner = Rect::from_min_max(pos2(left, y(332.0)), pos2(right, y(332.0) + 54.0));
    frozen(ui, look, model, packet, condition, banner);
    paint_stamp(ui, look, condition, pos2(rect.right() - 112.0, y(292.0)), 96.0);
    let facts = y(431.0).max(banner.bottom() + 30.0);
    let from = match &packet.shown.from {
        Some(from) => who(around.data, &from.client),
        None => title(packet).to_owned(),
    };
    let until = inspection.expires.map(|expires| look.formats.day(expires.0)).unwrap_or_default();
    for (x, name, value) in
        [(left + 2.0, look.say("voucher-from"), from), (left + 122.0, look.say("fact-until"), until)]
    {
        cut_line(&painter, pos2(x, facts), &name, fonts::body(fonts::SECONDARY), tokens.ink2, 130.0);
        let width = if x < left + 10.0 { 112.0 } else { 130.0 };
        cut_line(&painter, pos2(x, facts + 21.0), &value, fonts::strong(fonts::STRONG), tokens.ink, width);
    }
    if inspection.shares.unwrap_or(1) > 1 {
        let words = look.tell("voucher-shares", &[("count", inspection.shares.unwrap_or(1).into())]);
        cut_line(&painter, pos2(left + 2.0, facts + 48.0), &words, fonts::body(fonts::SECONDARY), tokens.ink3, 240.0);
    }
    let button = Rect::from_min_size(pos2(right - 96.0, facts - 11.0), vec2(96.0, 42.0));
    forward_button(ui, look, packet, button)
}

/// A voucher whose money was collected is stamped.
fn paint_stamp(ui: &Ui, look: &mut Look<'_>, condition: Condition, centre: egui::Pos2, size: f32) {
    if !matches!(condition, Condition::Paid | Condition::Collected) {
        return;
    }
    let shade = if look.theme.dark { Shade::Dark } else { Shade::Light };
    let says = if look.is_chinese() { Stamp::Chinese } else { Stamp::Check };
    let painter = ui.painter().clone();
    look.pictures.paint_centred(&painter, &Drawing::Stamp(says, shade), centre, size);
}

/// The same on a narrow paper.
fn compact_words(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    around: &Around<'_>,
    rect: Rect,
) -> Option<Act> {
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    let tokens = look.tokens();
    let inspection = &packet.shown.inspection;
    let painter = ui.painter().clone();
    let (left, right) = (rect.left() + 26.0, rect.right() - 26.0);
    let y = |at: f32| rect.top() + at * rect.height() / 322.0;
    painter.circle_stroke(pos2(left + 15.0, y(62.0)), 17.0, egui::Stroke::new(1.4, tokens.celadon));
    painter.text(pos2(left + 15.0, y(62.0)), Align2::CENTER_CENTER, icons::BANK, fonts::icon(19.0), tokens.celadon);
    cut_line(&painter, pos2(left + 42.0, y(62.0)), &bank(packet), fonts::bold(16.0), tokens.ink, rect.width() * 0.4);
    let kind = look.say("voucher-bank");
    painter.text(pos2(right, y(62.0)), Align2::RIGHT_CENTER, kind, fonts::bold(17.0), tokens.celadon);
    amount_words(ui, look, packet, pos2(rect.center().x, y(137.0)), 74.0, rect.width() - 56.0);
    capitals(ui, look, packet, pos2(rect.center().x, y(188.0)), 14.0, rect.width() - 60.0);
    let banner = Rect::from_min_max(pos2(left - 4.0, y(213.0)), pos2(right + 4.0, y(213.0) + 42.0));
    frozen(ui, look, model, packet, condition, banner);
    paint_stamp(ui, look, condition, pos2(rect.right() - 62.0, y(176.0)), 70.0);
    let serial = format::serial(inspection.serial.unwrap_or_default());
    painter.text(pos2(left, y(284.0)), Align2::LEFT_CENTER, serial, fonts::body(fonts::BODY), tokens.ink2);
    let button = Rect::from_center_size(pos2(right - 36.0, y(284.0)), vec2(84.0, 40.0));
    forward_button(ui, look, packet, button)
}

pub(super) fn forward_button(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, rect: Rect) -> Option<Act> {
    if !forward_on_contents(packet) {
        return None;
    }
    let label = look.say("forward");
    let button = Button::secondary(&label).icon(icons::FORWARD).edged();
    let wanted = button.size(ui).x.max(rect.width());
    let rect = Rect::from_min_max(pos2(rect.right() - wanted, rect.top()), rect.max);
    button.show_at(ui, look, rect).clicked().then_some(Act::OpenForward)
}

/// The figure, as large as fits.
fn amount_words(ui: &mut Ui, look: &Look<'_>, packet: &Packet, centre: egui::Pos2, size: f32, width: f32) {
    let inspection = &packet.shown.inspection;
    let Some(amount) = packet.shown.collection.as_ref().and_then(|collected| collected.amount).or(inspection.amount)
    else {
        return;
    };
    let (sign, figure) = (format::currency_sign(amount), format::figure(amount));
    let rect = amount_line(ui.painter(), centre, (&sign, &figure), size, (look.tokens().ink, width));
    let response = ui.interact(rect, ui.scope_id().with("amount"), Sense::hover());
    let spoken = format::money(amount);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &spoken));
}

fn capitals(ui: &Ui, look: &Look<'_>, packet: &Packet, centre: egui::Pos2, size: f32, width: f32) {
    let inspection = &packet.shown.inspection;
    let words = if inspection.mode == Some(Mode::Lucky) && packet.shown.collection.is_none() {
        Some(look.say("lucky"))
    } else {
        inspection.amount.and_then(|amount| look.formats.words(amount))
    };
    let Some(words) = words else { return };
    let spacing = if look.is_chinese() { 2.5 } else { 0.2 };
    let style = Tracked { font: fonts::body(size), spacing, colour: look.tokens().ink2 };
    tracked(ui.painter(), centre, &words, style, width);
}

/// What is known about the money, and from whom: that it is frozen is said only after the bank said so.
fn frozen(ui: &mut Ui, look: &Look<'_>, model: &Model, packet: &Packet, condition: Condition, rect: Rect) {
    let t = look.tokens();
    let inspection = &packet.shown.inspection;
    let bank_name = bank(packet);
    let amount = inspection.amount.map(format::money).unwrap_or_default();
    let told = |key: &str| look.tell(key, &[("bank", bank_name.as_str().into()), ("amount", amount.as_str().into())]);
    let unknown = if inspection.bank_name.is_some() { "money-unknown" } else { "money-bank-unknown" };
    let state = packet.shown.collection.as_ref().map(|collected| collected.state);
    let refund = look.say(if inspection.revocable { "voucher-revocable" } else { "voucher-refund" });
    let (icon, title, more, ink, ground) = match (state, model.standing) {
        (Some(CollectionState::Paid), _) => {
            (icons::CHECK_CIRCLE, told("money-paid"), look.say("voucher-once"), t.celadon, t.celadon_tint)
        }
        (Some(CollectionState::Rejected), _) => {
            (icons::WARNING_CIRCLE, told("money-refused"), String::new(), t.ochre, t.ochre_tint)
        }
        (_, Some(standing)) if standing.payable && !is_over(condition) => {
            (icons::LOCK, told("money-frozen"), refund, t.celadon, t.celadon_tint)
        }
        _ if is_over(condition) => {
            let key = match condition {
                Condition::Gone => "warn-gone",
                Condition::Withdrawn => "warn-withdrawn",
                _ => "expired-title",
            };
            (icons::EXPIRED, look.say(key), look.say("money-unchanged"), t.ink2, t.rail)
        }
        _ => (icons::CLOUD_CHECK, told(unknown), refund, t.ink2, t.rail),
    };
    let painter = ui.painter();
    painter.rect_filled(rect, CornerRadius::same(radius::TILE), ground);
    let (icon_x, text_x) = if rect.height() > 50.0 { (28.0, 51.0) } else { (22.0, 42.0) };
    painter.text(pos2(rect.left() + icon_x, rect.center().y), Align2::CENTER_CENTER, icon, fonts::icon_fill(22.0), ink);
    let width = rect.width() - text_x - 10.0;
    let x = rect.left() + text_x;
    if rect.height() > 50.0 && !more.is_empty() {
        cut_line(painter, pos2(x, rect.center().y - 10.0), &title, fonts::strong(fonts::BODY), ink, width);
        cut_line(painter, pos2(x, rect.center().y + 11.0), &more, fonts::body(fonts::SECONDARY), ink, width);
    } else {
        let galley = wrapped(painter, &title, fonts::strong(fonts::SECONDARY), ink, width, false);
        painter.galley(pos2(x, rect.center().y - galley.size().y / 2.0), galley, ink);
    }
    let response = ui.interact(rect, ui.scope_id().with("frozen"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{title} {more}")));
}

/// The panel beside the voucher.
fn side(ui: &mut Ui, look: &mut Look<'_>, model: &Model, packet: &Packet, around: &Around<'_>) -> Option<Act> {
    let condition = condition(packet, model.standing.as_ref(), around.data, look.now);
    if packet.shown.inspection.goods.is_some() {
        return goods_or_warning(ui, look, packet, condition);
    }
    let mut act = None;
    match (condition, &packet.shown.collection) {
        _ if may_collect(condition, packet) => {
            if condition != Condition::Fine {
                act = act.or(warn(ui, look, packet, condition));
            }
            let title = look.say("collect-title");
            widgets::heading(ui, look, &title, fonts::SECTION);
            ui.add_space(4.0);
            act = act.or(form(ui, look, model, packet, around));
        }
        (Condition::Fine | Condition::Paid, Some(collected)) => {
            act = act.or(progress(ui, look, packet, collected, around));
        }
        (other, _) => act = act.or(warn(ui, look, packet, other)),
    }
    if packet.shown.collection.is_some() || !is_over(condition) {
        ui.add_space(10.0);
        if packet.shown.collection.is_none() {
            widgets::hairline(ui, look);
            ui.add_space(10.0);
        }
        widgets::steps_down(ui, look, &steps(look, packet, around));
        act = act.or(where_button(ui, look, packet));
    }
    told(ui, look, packet);
    act
}

/// How to get the goods; or why one can no longer.
fn goods_or_warning(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, condition: Condition) -> Option<Act> {
    let over = is_over(condition) || condition == Condition::Tampered;
    if condition != Condition::Fine {
        warn(ui, look, packet, condition);
    }
    goods_side(ui, look, packet, over)
}

/// The way to the page that says where the money is.
fn where_button(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let id = packet.shown.inspection.id?;
    let words = look.say("where-title");
    let clicked = Button::ghost(&words).icon(icons::WALLET).show(ui, look).clicked();
    clicked.then_some(Act::Go(Page::Where(id)))
}

fn warn(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, condition: Condition) -> Option<Act> {
    let words = condition.words(look, Some(packet));
    warning::band(ui, look, &words);
    warning_words(ui, look, &words);
    None
}

/// What became of telling the enterprise.
pub(super) fn told(ui: &mut Ui, look: &Look<'_>, packet: &Packet) {
    use crate::api::states::ReceiptResult;
    let Some(opening) = &packet.shown.opening else { return };
    let domain = packet.shown.inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
    let (icon, words) = match (opening.notice, opening.receipt, &opening.problem) {
        (_, _, Some(_)) => (icons::WARNING_CIRCLE, look.tell("told-refused", &[("domain", domain.into())])),
        (Notice::None, _, _) => (icons::EYE, look.say("told-nobody")),
        (Notice::Queued, _, _) => (icons::CLOUD_OFF, look.say("told-later")),
        (_, Some(ReceiptResult::Rewarded), _) => (icons::GIFT, look.say("told-rewarded")),
        (_, Some(ReceiptResult::Waiting), _) => (icons::CLOCK, look.say("told-waiting")),
        // Why whoever forwarded it gets nothing, where it was forwarded at all.
        _ => match opening.reason.filter(|_| packet.shown.from.is_some()) {
            Some(reason) => (icons::INFO, look.say(&format!("no-reward-{reason}"))),
            None => (icons::CHECK_CIRCLE, look.say("told")),
        },
    };
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let (rect, _) = ui.allocate_exact_size(vec2(20.0, 20.0), Sense::hover());
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, fonts::icon(17.0), look.tokens().ink3);
        widgets::note(ui, &words, fonts::body(fonts::SECONDARY), look.tokens().ink3);
    });
}
