//! Where files may be dropped: the dashed envelope, and what is shown while a file hangs above the window.

use egui::{Align2, CornerRadius, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use crate::app::look::Look;
use crate::app::theme::{fonts, icons, radius};

/// The dashed envelope that shows where files may be dropped.
pub(super) fn drop_card(ui: &Ui, look: &Look<'_>, rect: Rect) {
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
