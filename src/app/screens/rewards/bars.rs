//! The last weeks as bars: the present one in full gold, one without anything a stub.

use egui::epaint::RectShape;
use egui::{Align2, Color32, CornerRadius, Rect, Sense, Stroke, Ui, pos2};

use super::overview::{Overview, WEEKS, Week};
use crate::app::format;
use crate::app::look::{Look, cut_by};
use crate::app::pictures::WHOLE;
use crate::app::theme::{fixed, fonts};
use crate::money::Amount;

/// How wide a bar is, how far apart two are, and the room below them for their days.
const BAR: (f32, f32, f32) = (22.0, 38.0, 32.0);
/// The least room between two days.
const BETWEEN: f32 = 3.0;
/// As wide as all bars are at most.
pub(super) const WIDTH: f32 = BAR.1 * WEEKS as f32;

/// Draws the bars at the right of `rect`, and says them.
pub(super) fn bars(ui: &Ui, look: &mut Look<'_>, overview: &Overview, rect: Rect) {
    let Some(currency) = overview.sums.first().map(|sum| sum.currency) else { return };
    let tokens = look.tokens();
    let step = (rect.width() / WEEKS as f32).min(BAR.1 * 1.6);
    let left = rect.right() - step * WEEKS as f32;
    let base = rect.bottom() - BAR.2;
    let most = overview.weeks.iter().map(|week| week.sum).max().unwrap_or(0).max(1);
    let painter = ui.painter();
    painter.hline(left..=rect.right(), base, Stroke::new(1.0, tokens.line));
    let days: Vec<String> = overview.weeks.iter().map(|week| day(look, week)).collect();
    let every = spacing(ui, &days, step);
    let (mut spoken, mut figures) = (Vec::new(), Vec::new());
    for (at, (week, day)) in overview.weeks.iter().zip(&days).enumerate() {
        let middle = left + step * (at as f32 + 0.5);
        let high =
            if week.sum > 0 { (week.sum as f32 / most as f32 * (base - rect.top() - 20.0)).max(8.0) } else { 4.0 };
        let half = BAR.0.min(step * 0.62) / 2.0;
        let bar = Rect::from_min_max(pos2(middle - half, base - high), pos2(middle + half, base));
        paint_bar(ui, look, bar, week);
        let figure = format::figure(Amount::new(week.sum, currency));
        if week.sum > 0 && (week.is_now || week.sum == most) {
            figures.push((middle, bar.top() - 11.0, figure.clone(), week.is_now));
        }
        let font = if week.is_now { fonts::strong(fonts::SMALL) } else { fonts::body(fonts::SMALL) };
        let ink = if week.is_now { tokens.ink } else { tokens.ink3 };
        if (overview.weeks.len() - 1 - at).is_multiple_of(every) {
            painter.text(pos2(middle, base + 17.0), Align2::CENTER_CENTER, day, font, ink);
        }
        if week.sum > 0 {
            spoken.push(format!("{day} {figure}"));
        }
    }
    write_figures(ui, look, figures, rect);
    let words = look.tell("rewards-by-week", &[("weeks", spoken.join(", ").into())]);
    let response = ui.interact(rect, ui.scope_id().with("bars"), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &words));
}

/// Writes figures over their bars, the present one first; one that would touch another is left to the voice.
fn write_figures(ui: &Ui, look: &Look<'_>, mut figures: Vec<(f32, f32, String, bool)>, rect: Rect) {
    let tokens = look.tokens();
    figures.sort_by_key(|(.., is_now)| !is_now);
    let mut written: Vec<Rect> = Vec::new();
    for (middle, y, figure, is_now) in figures {
        let ink = if is_now { tokens.gold } else { tokens.ink2 };
        let galley = cut_by(ui.painter(), &figure, fonts::strong(fonts::SMALL), ink, f32::INFINITY);
        let half = galley.size().x / 2.0;
        // None stands beyond the edge; one wider than all bars together is none.
        let most = rect.right() + 8.0 - half;
        let place = Rect::from_center_size(pos2(middle.min(most), y), galley.size());
        let fits = place.left() >= rect.left() && !written.iter().any(|other| other.expand(4.0).intersects(place));
        if fits {
            ui.painter().galley(place.min, galley, ink);
            written.push(place);
        }
    }
}

fn day(look: &Look<'_>, week: &Week) -> String {
    if week.is_now { look.say("rewards-week") } else { look.formats.short_date(week.monday) }
}

/// Below every how-many-eth bar there is room for a day.
fn spacing(ui: &Ui, days: &[String], step: f32) -> usize {
    let width = |day: &String| cut_by(ui.painter(), day, fonts::body(fonts::SMALL), Color32::WHITE, 200.0).size().x;
    let widest = days.iter().map(width).fold(0.0, f32::max);
    (((widest + BETWEEN) / step).ceil() as usize).max(1)
}

fn paint_bar(ui: &Ui, look: &mut Look<'_>, bar: Rect, week: &Week) {
    let tokens = look.tokens();
    let painter = ui.painter();
    if week.sum == 0 {
        painter.rect_filled(bar, CornerRadius { nw: 2, ne: 2, sw: 0, se: 0 }, tokens.line);
        return;
    }
    let round = CornerRadius { nw: 6, ne: 6, sw: 0, se: 0 };
    if week.is_now {
        let texture = look.pictures.gradient(ui.ctx(), fixed::BAR_NOW);
        painter.add(RectShape::filled(bar, round, Color32::WHITE).with_texture(texture.id(), WHOLE));
    } else {
        painter.rect_filled(bar, round, tokens.bar);
    }
}
