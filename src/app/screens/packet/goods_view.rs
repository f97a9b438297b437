//! What a goods voucher says, and how to get the goods: for now to be read only.

use egui::{Align2, Rect, Sense, Ui, pos2, vec2};

use super::voucher_view::{forward_button, told};
use crate::app::format;
use crate::app::look::{Look, cut_line};
use crate::app::message::Packet;
use crate::app::state::Act;
use crate::app::theme::{fixed, fonts, icons};
use crate::app::widgets;

/// What a goods voucher says.
pub(super) fn goods_words(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet, rect: Rect) -> Option<Act> {
    let tokens = look.tokens();
    let inspection = &packet.shown.inspection;
    let goods = inspection.goods.as_ref()?;
    let painter = ui.painter().clone();
    let photo =
        Rect::from_min_size(rect.min + vec2(22.0, 22.0), vec2(rect.width() - 44.0, (rect.height() * 0.43).min(254.0)));
    match &packet.goods {
        Some(picture) => look.pictures.paint_photo(&painter, picture, photo, 12),
        None => {
            painter.rect_filled(photo, 12.0, tokens.celadon_tint);
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

/// How to get the goods: for now to be read only.
pub(super) fn goods_side(ui: &mut Ui, look: &mut Look<'_>, packet: &Packet) -> Option<Act> {
    let inspection = &packet.shown.inspection;
    let goods = inspection.goods.as_ref()?;
    let tokens = look.tokens();
    let title = look.say("goods-title");
    widgets::heading(ui, look, &title, fonts::SECTION);
    ui.add_space(4.0);
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
    None
}
