//! The paper of a voucher and everything that is printed on it: bank, sum, what is known about the money, from whom.

use egui::{Align2, Color32, CornerRadius, Rect, Sense, Ui, pos2, vec2};

use super::figure::amount_line;
use super::goods_view::goods_words;
use super::view::Around;
use super::{Condition, Model, bank, condition, forward_on_contents, title, who};
use crate::api::states::CollectionState;
use crate::app::format;
use crate::app::look::{Look, Tracked, cut_line, tracked, tracked_right, wrapped};
use crate::app::message::Packet;
use crate::app::pictures::Drawing;
use crate::app::state::Act;
use crate::app::theme::{VOUCHER_SHADOW, fonts, icons, radius};
use crate::app::widgets::{self, Button};
use crate::art::{Shade, Stamp};
use crate::packet::claims::Mode;
use crate::wallet::VoucherStanding;

/// Below this width a bank voucher says the same in less room.
pub(super) const COMPACT: f32 = 480.0;

/// The paper with everything that is printed on it.
pub(super) fn paper(
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
    let response = ui.interact(checked, ui.scope_id().with("issuer"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{bank_name} {issuer}")));
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
    // A longer name takes what the button leaves free.
    let wide = |text: &str| painter.layout_no_wrap(text.to_owned(), fonts::strong(fonts::STRONG), tokens.ink).size().x;
    let room = right - 96.0 - 24.0 - wide(&until) - 20.0 - (left + 2.0);
    let column = (wide(&from) + 1.0).clamp(100.0, room.max(100.0));
    for (x, width, name, value) in [
        (left + 2.0, column, look.say("voucher-from"), from),
        (left + 2.0 + column + 20.0, 130.0, look.say("fact-until"), until),
    ] {
        cut_line(&painter, pos2(x, facts), &name, fonts::body(fonts::SECONDARY), tokens.ink2, width);
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
    let collected = packet.shown.collection.as_ref().and_then(|collected| collected.amount);
    let words = if inspection.mode == Some(Mode::Lucky) && collected.is_none() {
        Some(look.say("lucky"))
    } else {
        collected.or(inspection.amount).and_then(|amount| look.formats.words(amount))
    };
    let Some(words) = words else { return };
    let spacing = if look.is_chinese() { 2.5 } else { 0.2 };
    let style = Tracked { font: fonts::body(size), spacing, colour: look.tokens().ink2 };
    tracked(ui.painter(), centre, &words, style, width);
}

/// What the bank says that it holds: how many shares were collected, and a later end than the packet's.
fn held(
    look: &Look<'_>,
    standing: &VoucherStanding,
    packet: &Packet,
    whole: String,
    refund: String,
) -> (String, String) {
    let taken = standing.shares - standing.left.min(standing.shares);
    let count = [("taken", taken.into()), ("count", standing.shares.into())];
    let title = if taken > 0 { look.tell("money-partly", &count) } else { whole };
    let inspection = &packet.shown.inspection;
    let is_extended = inspection.expires.is_some_and(|expires| standing.expires > expires);
    let day = look.formats.day_and_time(standing.expires.0);
    // That it can be taken back matters more to whoever has it than that there is more time.
    let more =
        if is_extended && !inspection.revocable { look.tell("money-extended", &[("day", day.into())]) } else { refund };
    (title, more)
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
        (_, Some(standing)) if standing.payable && !condition.is_over() => {
            let (title, more) = held(look, &standing, packet, told("money-frozen"), refund);
            (icons::LOCK, title, more, t.celadon, t.celadon_tint)
        }
        _ if condition.is_over() => {
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
