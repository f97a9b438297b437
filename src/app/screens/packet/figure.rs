//! A sum as a large figure with its sign, on vouchers and while they rise; and what one person gets, in words.

use egui::{Color32, Painter, Pos2, Rect, pos2, vec2};

use crate::app::format;
use crate::app::look::Look;
use crate::app::message::Packet;
use crate::app::theme::fonts;
use crate::packet::Mode;

/// What this person got or gets. Of a lucky share nobody but the bank knows how much it is before it is paid.
pub(super) fn share(look: &Look<'_>, packet: &Packet) -> String {
    let inspection = &packet.shown.inspection;
    let collected = packet.shown.collection.as_ref().and_then(|collected| collected.amount);
    if collected.is_none() && inspection.mode == Some(Mode::Lucky) {
        return look.say("lucky-share");
    }
    collected.or(inspection.amount).map(format::money).unwrap_or_default()
}

/// A sign and a large figure, centred, smaller where there is no room.
pub(super) fn amount_line(
    painter: &Painter,
    centre: Pos2,
    (sign, figure): (&str, &str),
    size: f32,
    (ink, width): (Color32, f32),
) -> Rect {
    let lay = |size: f32| {
        let figure = painter.layout_no_wrap(figure.to_owned(), fonts::figure(size), ink);
        let sign = painter.layout_no_wrap(sign.to_owned(), fonts::figure(size * 0.55), ink);
        let gap = size * 0.12;
        let whole = sign.size().x + gap + figure.size().x;
        (figure, sign, gap, whole)
    };
    let (mut figure_galley, mut sign_galley, mut gap, mut whole) = lay(size);
    if whole > width {
        (figure_galley, sign_galley, gap, whole) = lay(size * width / whole);
    }
    let left = centre.x - whole / 2.0;
    let figure_at = pos2(left + sign_galley.size().x + gap, centre.y - figure_galley.size().y / 2.0);
    // Both stand on the same line.
    let base =
        |galley: &egui::Galley| galley.rows.first().and_then(|row| row.glyphs.first()).map_or(0.0, |glyph| glyph.pos.y);
    let sign_at = pos2(left, figure_at.y + base(&figure_galley) - base(&sign_galley));
    let rect = Rect::from_min_size(pos2(left, figure_at.y), vec2(whole, figure_galley.size().y));
    painter.galley(sign_at, sign_galley, ink);
    painter.galley(figure_at, figure_galley, ink);
    rect
}
