//! What says how things stand: tags, banners, steps, empty places.

use egui::{Align2, Color32, CornerRadius, Rect, Sense, Stroke, Ui, pos2, vec2};

use super::super::look::{Look, cut, cut_line, wrapped};
use super::super::theme::{fixed, fonts, icons, radius};

/// A small word with an icon on a ground. Returns its rectangle.
pub(crate) fn tag(
    ui: &Ui,
    at: egui::Pos2,
    icon: Option<char>,
    text: &str,
    colours: (Color32, Color32),
    edge: bool,
) -> Rect {
    let (ink, ground) = colours;
    let galley = cut(ui, text, fonts::strong(fonts::SMALL), ink, 200.0);
    let icon_room = if icon.is_some() { 21.0 } else { 0.0 };
    let rect = Rect::from_min_size(pos2(at.x, at.y - 13.0), vec2(galley.size().x + icon_room + 20.0, 26.0));
    let round = CornerRadius::same(radius::CHIP);
    ui.painter().rect_filled(rect, round, ground);
    if edge {
        ui.painter().rect_stroke(rect, round, Stroke::new(1.0, ink.gamma_multiply(0.5)), egui::StrokeKind::Inside);
    }
    if let Some(icon) = icon {
        ui.painter().text(pos2(rect.left() + 18.0, at.y), Align2::CENTER_CENTER, icon, fonts::icon(16.0), ink);
    }
    let text_at = Align2::LEFT_CENTER.anchor_size(pos2(rect.left() + 10.0 + icon_room, at.y), galley.size());
    ui.painter().galley(text_at.min, galley, ink);
    rect
}

/// The celadon mark of what was checked.
pub(crate) fn verified_dot(ui: &Ui, look: &Look<'_>, centre: egui::Pos2, size: f32) {
    ui.painter().text(centre, Align2::CENTER_CENTER, icons::VERIFIED, fonts::icon_fill(size), look.tokens().celadon);
}

/// The colours and icon of a banner.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Band {
    /// Its icon.
    pub icon: char,
    /// Text.
    pub ink: Color32,
    /// Ground.
    pub ground: Color32,
}

/// A band with an icon, a strong line and a smaller one, as high as they need.
pub(crate) fn banner(ui: &mut Ui, band: Band, words: [&str; 2]) -> Rect {
    let [title, more] = words;
    let width = ui.available_width();
    let inner = width - 62.0 - 16.0;
    let strong = wrapped(ui.painter(), title, fonts::strong(fonts::STRONG), band.ink, inner, false);
    let small = wrapped(ui.painter(), more, fonts::body(fonts::SECONDARY), band.ink, inner, false);
    let text_height = strong.size().y + if more.is_empty() { 0.0 } else { small.size().y + 4.0 };
    let (rect, response) = ui.allocate_exact_size(vec2(width, text_height + 30.0), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, format!("{title} {more}")));
    ui.painter().rect_filled(rect, CornerRadius::same(radius::TILE), band.ground);
    let icon_at = pos2(rect.left() + 33.0, rect.center().y);
    ui.painter().text(icon_at, Align2::CENTER_CENTER, band.icon, fonts::icon_fill(32.0), band.ink);
    let top = rect.center().y - text_height / 2.0;
    let height = strong.size().y;
    ui.painter().galley(pos2(rect.left() + 62.0, top), strong, band.ink);
    if !more.is_empty() {
        ui.painter().galley(pos2(rect.left() + 62.0, top + height + 4.0), small, band.ink);
    }
    rect
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepState {
    /// Behind.
    Done,
    /// Being done.
    Now,
    /// To come.
    Next,
    /// It ended here.
    Stopped,
}

/// One of several steps.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// What it is called.
    pub title: String,
    /// What happens in it.
    pub more: String,
    /// When it happened, or nothing.
    pub at: String,
    /// How far it is.
    pub state: StepState,
}

fn step_dot(ui: &Ui, look: &Look<'_>, centre: egui::Pos2, number: usize, state: StepState) {
    let tokens = look.tokens();
    let painter = ui.painter();
    match state {
        StepState::Done => {
            painter.circle_filled(centre, 11.0, tokens.celadon);
            painter.text(centre, Align2::CENTER_CENTER, icons::CHECK, fonts::icon(14.0), tokens.surface);
        }
        StepState::Now => {
            painter.circle_filled(centre, 11.0, fixed::PRIMARY[1]);
            painter.text(centre, Align2::CENTER_CENTER, number, fonts::strong(fonts::SMALL), fixed::ON_PRIMARY);
        }
        StepState::Next => {
            painter.circle_stroke(centre, 10.0, Stroke::new(1.5, tokens.ink3));
            painter.text(centre, Align2::CENTER_CENTER, number, fonts::strong(fonts::SMALL), tokens.ink3);
        }
        StepState::Stopped => {
            painter.circle_filled(centre, 11.0, tokens.ochre);
            painter.text(centre, Align2::CENTER_CENTER, icons::CLOSE, fonts::icon(13.0), tokens.surface);
        }
    }
}

fn say_step(response: &egui::Response, look: &Look<'_>, number: usize, step: &Step) {
    let count = look.tell("step-number", &[("count", number.into())]);
    let name = format!("{count}: {} {} {}", step.title, step.more, step.at);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &name));
}

/// Steps one below the other.
pub(crate) fn steps_down(ui: &mut Ui, look: &Look<'_>, steps: &[Step]) {
    let tokens = look.tokens();
    for (at, step) in steps.iter().enumerate() {
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 46.0), Sense::hover());
        say_step(&response, look, at + 1, step);
        let dot = pos2(rect.left() + 12.0, rect.top() + 12.0);
        if at + 1 < steps.len() {
            let line = Stroke::new(1.5, if step.state == StepState::Done { tokens.celadon } else { tokens.line });
            ui.painter().vline(dot.x, dot.y + 14.0..=dot.y + 46.0 + 8.0 - 14.0, line);
        }
        step_dot(ui, look, dot, at + 1, step.state);
        let ink = if step.state == StepState::Next { tokens.ink2 } else { tokens.ink };
        let time = cut(ui, &step.at, fonts::body(fonts::SECONDARY), tokens.ink2, 120.0);
        let left = rect.left() + 38.0;
        let width = rect.right() - left - time.size().x - 8.0;
        cut_line(ui.painter(), pos2(left, dot.y), &step.title, fonts::strong(fonts::BODY), ink, width);
        let end = pos2(rect.right() - time.size().x, dot.y - time.size().y / 2.0);
        ui.painter().galley(end, time, tokens.ink2);
        let more = pos2(left, dot.y + 20.0);
        cut_line(ui.painter(), more, &step.more, fonts::body(fonts::SECONDARY), tokens.ink2, rect.right() - left);
    }
}

/// Steps side by side, for narrow windows.
pub(crate) fn steps_across(ui: &mut Ui, look: &Look<'_>, steps: &[Step]) {
    let tokens = look.tokens();
    let width = ui.available_width() / steps.len().max(1) as f32;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 62.0), Sense::hover());
    for (at, step) in steps.iter().enumerate() {
        let middle = rect.left() + width * (at as f32 + 0.5);
        let place = Rect::from_center_size(pos2(middle, rect.center().y), vec2(width, rect.height()));
        let response = ui.interact(place, ui.scope_id().with(("step", at)), Sense::hover());
        say_step(&response, look, at + 1, step);
        let dot = pos2(middle, rect.top() + 16.0);
        if at + 1 < steps.len() {
            let line = Stroke::new(1.0, tokens.line);
            ui.painter().hline(dot.x + 18.0..=dot.x + width - 18.0, dot.y, line);
        }
        step_dot(ui, look, dot, at + 1, step.state);
        let ink = if step.state == StepState::Next { tokens.ink2 } else { tokens.ink };
        let font = if step.state == StepState::Now { fonts::strong(fonts::SMALL) } else { fonts::body(fonts::SMALL) };
        let text = cut(ui, &step.title, font, ink, width - 6.0);
        let place = Align2::CENTER_CENTER.anchor_size(pos2(middle, rect.top() + 44.0), text.size());
        ui.painter().galley(place.min, text, ink);
    }
}

/// A place where nothing is yet: an icon, what is missing, how to change that.
pub(crate) fn empty(ui: &mut Ui, look: &Look<'_>, icon: char, words: [&str; 2]) {
    let tokens = look.tokens();
    let [title, more] = words;
    ui.vertical_centered(|ui| {
        ui.add_space(36.0);
        let (rect, _) = ui.allocate_exact_size(vec2(72.0, 72.0), Sense::hover());
        ui.painter().circle_filled(rect.center(), 36.0, tokens.rail);
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, fonts::icon(34.0), tokens.ink3);
        ui.add_space(8.0);
        super::label(ui, title, fonts::strong(17.0), tokens.ink);
        super::note(ui, more, fonts::body(fonts::BODY), tokens.ink2);
        ui.add_space(12.0);
    });
}
