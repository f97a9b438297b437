//! What a goods voucher says, and how to get the goods: its number, and a code that says which voucher it is.

use egui::{Align2, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::Action;
use super::paper_view::forward_button;
use super::voucher_view::told;
use crate::app::format;
use crate::app::look::{Look, cut_by, cut_line};
use crate::app::message::Packet;
use crate::app::pictures::Drawing;
use crate::app::state::Act;
use crate::app::theme::{HIT, fixed, fonts, icons, radius};
use crate::app::widgets::{self, Button};

/// What a goods voucher says.
pub(super) fn goods_words(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, rect: Rect) -> Option<Act> {
    let tokens = look.tokens();
    let inspection = &packet.shown.inspection;
    let goods = inspection.goods.as_ref()?;
    let painter = ui.painter().clone();
    let photo =
        Rect::from_min_size(rect.min + vec2(22.0, 22.0), vec2(rect.width() - 44.0, (rect.width() * 0.47).min(254.0)));
    match &packet.goods {
        Some(picture) => look.pictures.paint_photo(&painter, picture, photo, 12),
        None => {
            // The paper has a well with the packet's pattern there.
            painter.text(
                photo.center() - vec2(0.0, 12.0),
                Align2::CENTER_CENTER,
                icons::PACKAGE,
                fonts::icon(64.0),
                tokens.celadon,
            );
            let words = look.say("goods-no-picture");
            painter.text(
                photo.center() + vec2(0.0, 40.0),
                Align2::CENTER_CENTER,
                words,
                fonts::body(fonts::SECONDARY),
                tokens.celadon,
            );
        }
    }
    let (left, right) = (rect.left() + 34.0, rect.right() - 34.0);
    let y = photo.bottom();
    painter.text(
        pos2(left, y + 37.0),
        Align2::LEFT_CENTER,
        look.say("voucher-goods"),
        fonts::bold(16.0),
        tokens.celadon,
    );
    let serial = format::serial(inspection.serial.unwrap_or_default());
    painter.text(pos2(right, y + 37.0), Align2::RIGHT_CENTER, serial, fonts::body(fonts::BODY), tokens.ink2);
    let name = cut_line(&painter, pos2(left, y + 77.0), &goods.item, fonts::bold(30.0), tokens.ink, right - left);
    let count = match &goods.unit {
        Some(unit) => format!("{} {unit}", goods.quantity),
        None => goods.quantity.to_string(),
    };
    let quantity = look.tell("goods-quantity", &[("count", count.into())]);
    let worth = inspection.amount.map(|amount| format!(" · {} {}", look.say("goods-worth"), format::money(amount)));
    let line = format!("{quantity}{}", worth.unwrap_or_default());
    cut_line(&painter, pos2(left, y + 116.0), &line, fonts::body(17.0), tokens.ink2, right - left);
    let rule = y + 145.0;
    painter.hline(left..=right, rule, egui::Stroke::new(1.0, tokens.line));
    let merchant = pos2(left + 21.0, rule + 41.0);
    painter.circle_filled(merchant, 21.0, fixed::PRIMARY[1]);
    painter.text(merchant, Align2::CENTER_CENTER, icons::STOREFRONT, fonts::icon(22.0), fixed::ON_ENVELOPE);
    let shown =
        cut_line(&painter, pos2(left + 54.0, rule + 31.0), &goods.merchant, fonts::strong(17.0), tokens.ink, 200.0);
    let response = ui.interact(shown, ui.scope_id().with("merchant"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &goods.merchant));
    if inspection.checked_by.is_some() {
        widgets::verified_dot(ui, look, pos2(shown.right() + 14.0, rule + 31.0), 18.0);
    }
    let domain = inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
    cut_line(&painter, pos2(left + 54.0, rule + 53.0), &domain, fonts::body(fonts::SECONDARY), tokens.ink2, 220.0);
    let response = ui.interact(name, ui.scope_id().with("goods"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{} {line}", goods.item)));
    let button = Rect::from_min_size(pos2(right - 96.0, rule + 20.0), vec2(96.0, 42.0));
    forward_button(ui, look, packet, button)
}

/// How to get the goods: what says which voucher this is, and what the issuer says one has to do.
pub(super) fn goods_side(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, is_over: bool) -> Option<Act> {
    let inspection = &packet.shown.inspection;
    let goods = inspection.goods.as_ref()?;
    let tokens = look.tokens();
    let title = look.say("goods-title");
    widgets::heading(ui, look, &title, fonts::SECTION);
    let mut act = None;
    if !is_over {
        let show = look.say("goods-show");
        widgets::note(ui, &show, fonts::body(fonts::SECONDARY), tokens.ink2);
        act = code_and_number(ui, look, packet);
        ui.add_space(8.0);
        widgets::hairline(ui, look);
        ui.add_space(6.0);
    }
    let until = inspection.expires.map(|expires| look.formats.day(expires.0)).unwrap_or_default();
    let sections = [
        (look.say("goods-redeem"), Some(goods.redeem.clone())),
        (look.say("goods-terms"), goods.terms.clone()),
        (look.say("fact-until"), Some(look.tell("goods-until", &[("day", until.into())]))),
    ];
    for (name, text) in sections {
        let Some(text) = text else { continue };
        widgets::label(ui, &name, fonts::strong(fonts::SECONDARY), tokens.ink2);
        widgets::note(ui, &text, fonts::body(fonts::BODY), tokens.ink);
        ui.add_space(6.0);
    }
    let more = look.say("goods-more");
    widgets::note(ui, &more, fonts::body(fonts::SECONDARY), tokens.ink3);
    told(ui, look, packet);
    act
}

/// What the code says: who issued it, its number, the packet's digest. It names the voucher and holds no secret: whoever reads
/// it learns which one this is, and can take nothing by it.
fn reference(packet: &Packet) -> Option<String> {
    let inspection = &packet.shown.inspection;
    let (issuer, id) = (inspection.issuer.as_ref()?, inspection.id.as_ref()?);
    Some(format!("{issuer}\n{}\n{id}", format::serial(inspection.serial?)))
}

/// Side of the code in the panel, and of the white card that it lies on.
const CODE: (f32, f32) = (196.0, 208.0);

/// The code, the number to copy, and the way to show both large.
fn code_and_number(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let tokens = look.tokens();
    let number = format::serial(packet.shown.inspection.serial.unwrap_or_default());
    let mut act = None;
    if let Some(text) = reference(packet) {
        ui.add_space(6.0);
        let (row, response) = ui.allocate_exact_size(vec2(ui.available_width(), CODE.1), Sense::hover());
        let name = look.say("goods-code");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, &name));
        paint_code(ui, look, &text, row.center(), CODE);
        ui.add_space(4.0);
    }
    widgets::label(ui, &look.say("fact-serial"), fonts::strong(fonts::SECONDARY), tokens.ink2);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 54.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &number));
    ui.painter().rect_filled(rect, radius::CONTROL, tokens.rail);
    let at = pos2(rect.left() + 15.0, rect.center().y);
    cut_line(ui.painter(), at, &number, fonts::display(22.0), tokens.ink, rect.width() - 75.0);
    let copy = Rect::from_center_size(pos2(rect.right() - 27.0, rect.center().y), Vec2::splat(HIT));
    let name = look.say("goods-copy");
    if widgets::inside(ui, copy, |ui| widgets::icon_button(ui, look, icons::COPY, &name)).clicked() {
        act = Some(Act::Copy(number, "copied"));
    }
    ui.add_space(6.0);
    let larger = look.say("goods-larger");
    let width = ui.available_width();
    if Button::primary(&larger).large().icon(icons::QR_CODE).width(width).show(ui, look).clicked() {
        act = Some(Act::Packet(Action::ShowCode(true)));
    }
    act
}

/// A code on its white card, which is white by night as well: cameras ask for it.
fn paint_code(ui: &Ui, look: &mut Look<'_>, text: &str, centre: Pos2, (side, card): (f32, f32)) {
    let painter = ui.painter().clone();
    let rect = Rect::from_center_size(centre, Vec2::splat(card));
    let edge = Stroke::new(1.0, look.tokens().line);
    painter.rect(rect, radius::TILE, fixed::CODE_GROUND, edge, StrokeKind::Outside);
    look.pictures.paint_centred(&painter, &Drawing::Code(text.into()), centre, side);
}

/// The code over the whole window, dark on white, as large as fits, its number below; Esc or the button closes it.
pub(super) fn code_view(ctx: &egui::Context, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let text = reference(packet)?;
    let number = format::serial(packet.shown.inspection.serial.unwrap_or_default());
    let screen = ctx.content_rect();
    let id = egui::Id::unique("goods-code");
    let area = egui::Modal::default_area(id).anchor(Align2::CENTER_CENTER, Vec2::ZERO);
    let frame = egui::Frame::NONE.fill(fixed::CODE_GROUND);
    let modal = egui::Modal::new(id).area(area).frame(frame).backdrop_color(fixed::CODE_GROUND);
    let shown = modal.show(ctx, |ui| {
        ui.set_min_size(screen.size());
        ui.set_max_size(screen.size());
        let all = ui.max_rect();
        let side = (all.width() - 48.0).min(all.height() - 220.0);
        let centre = pos2(all.center().x, all.top() + 76.0 + side / 2.0);
        let response =
            ui.interact(Rect::from_center_size(centre, Vec2::splat(side)), ui.scope_id().with("code"), Sense::hover());
        let name = look.say("goods-code");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{name} {number}")));
        let painter = ui.painter().clone();
        look.pictures.paint_centred(&painter, &Drawing::Code(text.as_str().into()), centre, side);
        let item = packet.shown.inspection.goods.as_ref().map(|goods| goods.item.as_str()).unwrap_or_default();
        let width = all.width() - 48.0;
        for (words, font, y) in [
            (item, fonts::strong(fonts::PAGE), all.top() + 44.0),
            (number.as_str(), fonts::display(36.0), centre.y + side / 2.0 + 34.0),
        ] {
            let galley = cut_by(&painter, words, font, fixed::CODE_INK, width);
            let place = Align2::CENTER_CENTER.anchor_size(pos2(all.center().x, y), galley.size());
            painter.galley(place.min, galley, fixed::CODE_INK);
        }
        let close = look.say("close");
        let button = Button::dark(&close, fixed::CODE_INK).large().width(220.0);
        let place = Rect::from_center_size(pos2(all.center().x, all.bottom() - 44.0), vec2(220.0, 52.0));
        button.show_at(ui, look, place).clicked()
    });
    let closes = shown.inner || shown.should_close();
    closes.then_some(Act::Packet(Action::ShowCode(false)))
}
