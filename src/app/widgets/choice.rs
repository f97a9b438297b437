//! Controls that choose: chips, segments, toggles, tiles, rows with a circle.

use egui::{
    Align2, Color32, CornerRadius, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2, vec2,
};

use super::super::look::{Look, cut, cut_line};
use super::super::theme::{HIT, fixed, fonts, icons, motion, radius};
use super::ring;

/// A filter; the chosen one is dark.
pub(crate) fn chip(ui: &mut Ui, look: &mut Look<'_>, label: &str, chosen: bool) -> Response {
    let tokens = look.tokens();
    let font = if chosen { fonts::strong(fonts::SECONDARY) } else { fonts::body(fonts::SECONDARY) };
    let ink = if chosen { tokens.bg } else { tokens.ink2 };
    let text = cut(ui, label, font, ink, f32::INFINITY);
    // It is drawn 32 high and can be hit on 40.
    let (hit, response) = ui.allocate_exact_size(vec2(text.size().x + 28.0, HIT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, label));
    let rect = Rect::from_center_size(hit.center(), vec2(hit.width(), 32.0));
    let round = CornerRadius::same(16);
    if chosen {
        ui.painter().rect_filled(rect, round, tokens.ink);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, round, tokens.hover);
    }
    ui.painter().galley(Align2::CENTER_CENTER.anchor_size(rect.center(), text.size()).min, text, ink);
    ring(ui, look, &response, rect, round);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// One of few values.
#[derive(Clone, Debug)]
pub(crate) struct Segment<T> {
    /// What it stands for.
    pub value: T,
    /// What it is called.
    pub label: String,
}

/// Few values side by side; the new one when another was chosen.
pub(crate) fn segments<T: Copy + PartialEq>(
    ui: &mut Ui,
    look: &mut Look<'_>,
    name: &str,
    chosen: T,
    all: &[Segment<T>],
) -> Option<T> {
    let tokens = look.tokens();
    let mut answer = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let room = ui.available_width() / all.len().max(1) as f32;
        let widest = all.iter().map(|segment| {
            cut(ui, &segment.label, fonts::strong(fonts::SECONDARY), tokens.ink, f32::INFINITY).size().x + 28.0
        });
        let width = widest.fold(64.0, f32::max).min(room);
        let whole = Rect::from_min_size(ui.cursor().min, vec2(width * all.len() as f32, HIT));
        ui.painter().rect_filled(whole, CornerRadius::same(radius::CONTROL), tokens.rail);
        for segment in all {
            let is_chosen = segment.value == chosen;
            let (rect, response) = ui.allocate_exact_size(vec2(width, HIT), Sense::click());
            let full = format!("{name}: {}", segment.label);
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_chosen, &full));
            let inner = rect.shrink(3.0);
            let round = CornerRadius::same(radius::CONTROL - 3);
            if is_chosen {
                ui.painter().rect_filled(inner, round, tokens.surface);
                ui.painter().rect_stroke(inner, round, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
            } else if response.hovered() {
                ui.painter().rect_filled(inner, round, tokens.hover);
            }
            let font = if is_chosen { fonts::strong(fonts::SECONDARY) } else { fonts::body(fonts::SECONDARY) };
            let ink = if is_chosen { tokens.ink } else { tokens.ink2 };
            let text = cut(ui, &segment.label, font, ink, width - 12.0);
            ui.painter().galley(Align2::CENTER_CENTER.anchor_size(rect.center(), text.size()).min, text, ink);
            ring(ui, look, &response, inner, round);
            if response.clicked() && !is_chosen {
                answer = Some(segment.value);
            }
        }
    });
    answer
}

/// Tells a screen reader what stands below a control's title, all of it, also where there is no room to show it.
fn describe(ui: &Ui, response: &Response, more: &str) {
    if !more.is_empty() {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_description(more));
    }
}

/// On or off; clicked when it is to change.
pub(crate) fn toggle(ui: &mut Ui, look: &mut Look<'_>, name: &str, on: bool) -> Response {
    let tokens = look.tokens();
    let (hit, response) = ui.allocate_exact_size(vec2(48.0, HIT), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, ui.is_enabled(), on, name));
    let rect = Rect::from_center_size(hit.center(), vec2(46.0, 28.0));
    let time = if look.theme.still { 0.0 } else { motion::HOVER };
    let part = ui.ctx().animate_bool_with_time(response.id, on, time);
    let ground = super::super::pictures::mix(tokens.ink3, tokens.celadon, part);
    ui.painter().rect_filled(rect, CornerRadius::same(14), ground);
    let x = egui::lerp(rect.left() + 14.0..=rect.right() - 14.0, part);
    ui.painter().circle_filled(pos2(x, rect.center().y), 10.5, tokens.surface);
    ring(ui, look, &response, rect, CornerRadius::same(14));
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A way of doing something: icon, title, a line of explanation. Red when chosen.
pub(crate) fn tile(
    ui: &mut Ui,
    look: &mut Look<'_>,
    size: Vec2,
    icon: char,
    words: [&str; 2],
    chosen: bool,
) -> Response {
    let tokens = look.tokens();
    let [title, more] = words;
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, title));
    describe(ui, &response, more);
    let round = CornerRadius::same(radius::TILE);
    let (fill, ink, ink2) = if chosen {
        (tokens.red_tint, tokens.red, tokens.red)
    } else if response.hovered() {
        (tokens.hover, tokens.ink, tokens.ink2)
    } else {
        (tokens.bg, tokens.ink, tokens.ink2)
    };
    ui.painter().rect_filled(rect, round, fill);
    if chosen {
        ui.painter().rect_stroke(rect, round, Stroke::new(2.0, fixed::PRIMARY[1]), StrokeKind::Inside);
    }
    let font = if chosen { fonts::icon_fill(24.0) } else { fonts::icon(24.0) };
    let middle = rect.center().x;
    ui.painter().text(pos2(middle, rect.top() + 28.0), Align2::CENTER_CENTER, icon, font, ink);
    for (text, font, colour, y) in
        [(title, fonts::strong(fonts::BODY), ink, 58.0), (more, fonts::body(fonts::SMALL), ink2, 80.0)]
    {
        let galley = cut(ui, text, font, colour, size.x - 12.0);
        let at = Align2::CENTER_CENTER.anchor_size(pos2(middle, rect.top() + y), galley.size());
        ui.painter().galley(at.min, galley, colour);
    }
    ring(ui, look, &response, rect, round);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A row of which one is chosen: what stands before it is painted by the caller; title, a line, a circle.
pub(crate) fn radio_row(
    ui: &mut Ui,
    look: &mut Look<'_>,
    words: [&str; 2],
    left: f32,
    chosen: bool,
) -> (Rect, Response) {
    let tokens = look.tokens();
    let [title, more] = words;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 54.0), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), chosen, title));
    describe(ui, &response, more);
    let round = CornerRadius::same(radius::CONTROL);
    let fill = if chosen {
        tokens.red_tint
    } else if response.hovered() {
        tokens.hover
    } else {
        Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, round, fill);
    let x = rect.left() + left;
    let width = rect.right() - x - 56.0;
    let lift = if more.is_empty() { 0.0 } else { 10.0 };
    cut_line(ui.painter(), pos2(x, rect.center().y - lift), title, fonts::strong(fonts::STRONG), tokens.ink, width);
    cut_line(ui.painter(), pos2(x, rect.center().y + 11.0), more, fonts::body(fonts::SECONDARY), tokens.ink2, width);
    let centre = pos2(rect.right() - 26.0, rect.center().y);
    if chosen {
        ui.painter().circle_filled(centre, 10.0, fixed::PRIMARY[1]);
        ui.painter().text(centre, Align2::CENTER_CENTER, icons::CHECK, fonts::icon(13.0), fixed::ON_PRIMARY);
    } else {
        ui.painter().circle_stroke(centre, 9.5, Stroke::new(1.5, tokens.ink3));
    }
    ring(ui, look, &response, rect.shrink(2.0), round);
    (rect, response.on_hover_cursor(egui::CursorIcon::PointingHand))
}
