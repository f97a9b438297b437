//! What a goods voucher says; and its one-time code over the whole window.

use egui::{Align2, Pos2, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::Action;
use super::goods_side::{fitting, halves};
use super::paper_view::forward_button;
use crate::app::format;
use crate::app::look::{Look, cut_by, cut_line};
use crate::app::message::Packet;
use crate::app::pictures::Drawing;
use crate::app::state::Act;
use crate::app::theme::{fixed, fonts, icons, radius};
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

/// Side of the code in the panel, and of the white card that it lies on.
pub(super) const CODE: (f32, f32) = (196.0, 208.0);

/// A code on its white card, which is white by night as well: cameras ask for it.
pub(super) fn paint_code(ui: &Ui, look: &mut Look<'_>, text: &str, centre: Pos2, (side, card): (f32, f32)) {
    let painter = ui.painter().clone();
    let rect = Rect::from_center_size(centre, Vec2::splat(card));
    let edge = Stroke::new(1.0, look.tokens().line);
    painter.rect(rect, radius::TILE, fixed::CODE_GROUND, edge, StrokeKind::Outside);
    look.pictures.paint_centred(&painter, &Drawing::Code(text.into()), centre, side);
}

/// The code over the whole window, dark on white, as large as fits, its letters below; Esc or the button closes it.
pub(super) fn code_view(ctx: &egui::Context, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let goods = packet.shown.handover.as_ref().filter(|goods| goods.state.is_open())?;
    let text = goods.code?.to_string();
    let [first, second] = halves(&text);
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
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Image, true, format!("{name} {text}")));
        let painter = ui.painter().clone();
        look.pictures.paint_centred(&painter, &Drawing::Code(text.as_str().into()), centre, side);
        let item = packet.shown.inspection.goods.as_ref().map(|goods| goods.item.as_str()).unwrap_or_default();
        let width = all.width() - 48.0;
        for (words, font, y) in [
            (item, fonts::strong(fonts::PAGE), all.top() + 44.0),
            (first, fitting(ui, first, 26.0, width), centre.y + side / 2.0 + 28.0),
            (second, fitting(ui, second, 26.0, width), centre.y + side / 2.0 + 62.0),
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
