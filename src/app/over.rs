//! What lies over a page for a while: toasts, what takes longer than a second, messages that wait for a connection.

use std::sync::Arc;

use egui::{Align2, Area, Order, Rect, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2};

use super::look::{Look, Room, cut, wrapped};
use super::message::Task;
use super::shell::BAR;
use super::state::{Act, State, Toast};
use super::theme::{CARD_SHADOW, HIT, fonts, icons, radius};

/// How long a toast stays, in seconds.
const TOAST: f64 = 4.0;
/// How long one that can be undone stays.
const UNDO: f64 = 8.0;
/// What takes longer than this, in seconds, is told of.
const LONG: f64 = 1.0;

/// Told beside the page when messages wait and nobody can be reached; the place that is left for the page.
pub(super) fn offline_line(ui: &mut Ui, look: &Look<'_>, state: &State, rect: Rect) -> Rect {
    if !state.sync.offline || state.data.waiting == 0 {
        return rect;
    }
    let tokens = look.tokens();
    let words = look.tell("offline-waiting", &[("count", state.data.waiting.into())]);
    let font = fonts::strong(fonts::SECONDARY);
    let galley = wrapped(ui.painter(), &words, font, tokens.ochre, (rect.width() - 90.0).min(560.0), false);
    let size = galley.size() + vec2(58.0, 20.0);
    // Where the bottom holds what one presses, it stands at the top.
    let (strip, rest) = match look.room {
        Room::Narrow => rect.split_top_bottom_at_y(rect.top() + size.y + 16.0),
        _ => {
            let (rest, strip) = rect.split_top_bottom_at_y(rect.bottom() - size.y - 20.0);
            (strip, rest)
        }
    };
    let place = Rect::from_center_size(strip.center(), size);
    let painter = ui.painter();
    painter.rect_filled(place, radius::CONTROL, tokens.ochre_tint);
    let middle = place.left_center() + vec2(24.0, 0.0);
    painter.text(middle, Align2::CENTER_CENTER, icons::CLOUD_OFF, fonts::icon(18.0), tokens.ochre);
    painter.galley(pos2(place.left() + 42.0, place.center().y - galley.size().y / 2.0), galley, tokens.ochre);
    let response = ui.interact(place, ui.scope_id().with("offline"), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &words));
    rest
}

/// Shows the toasts and lets those go that were there long enough; what the last one undoes is also undone by the keyboard.
pub(super) fn toasts(ui: &mut Ui, look: &mut Look<'_>, toasts: &[Toast]) -> Option<Act> {
    let screen = ui.ctx().content_rect();
    let mut act = None;
    let mut bottom = screen.bottom() - if look.room == Room::Narrow { BAR + 20.0 } else { 28.0 };
    for (at, toast) in toasts.iter().enumerate().rev() {
        let stays = if toast.undo.is_some() { UNDO } else { TOAST };
        let left = stays + toast.extra() - (look.time - toast.since);
        if left <= 0.0 {
            act = Some(Act::DropToast(at));
            continue;
        }
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(left));
        let (top, did) = show_toast(ui, look, toast, at, bottom);
        bottom = top - 10.0;
        act = act.or(did);
    }
    let undo = toasts.iter().rposition(|toast| toast.undo.is_some());
    let keys = egui::KeyboardShortcut::new(egui::Modifiers::COMMAND, egui::Key::Z);
    // In a field the same keys undo what was typed.
    let free = !ui.ctx().egui_wants_keyboard_input();
    if let Some(at) = undo
        && free
        && ui.input_mut(|input| input.consume_shortcut(&keys))
    {
        act = Some(Act::Undo(at));
    }
    act
}

/// Shows one toast over `bottom`; its top, and what the person did.
fn show_toast(ui: &mut Ui, look: &mut Look<'_>, toast: &Toast, at: usize, bottom: f32) -> (f32, Option<Act>) {
    let tokens = look.tokens();
    let screen = ui.ctx().content_rect();
    let undo = toast.undo.as_ref().map(|_| look.say("undo"));
    let font = fonts::strong(fonts::BODY);
    let undo_words = undo.as_ref().map(|words| cut(ui, words, font.clone(), tokens.bg, 160.0));
    let undo_room = undo_words.as_ref().map_or(0.0, |words| words.size().x + 36.0);
    let width = (screen.width() - 48.0).min(480.0);
    let words = wrapped(ui.painter(), &toast.words, font, tokens.bg, width - 76.0 - undo_room, false);
    let high = if undo_words.is_some() { HIT + 8.0 } else { 0.0 };
    let size = Vec2::new(words.size().x + 76.0 + undo_room, (words.size().y + 26.0).max(high));
    let rect = Rect::from_center_size(pos2(screen.center().x, bottom - size.y / 2.0), size);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, egui::Id::unique(("toast", at))));
    painter.add(CARD_SHADOW.as_shape(rect, radius::BUTTON));
    painter.rect_filled(rect, radius::BUTTON, tokens.ink);
    let icon = if toast.is_trouble { icons::WARNING_CIRCLE } else { icons::CHECK_CIRCLE };
    let middle = rect.left_center() + vec2(28.0, 0.0);
    painter.text(middle, Align2::CENTER_CENTER, icon, fonts::icon_fill(22.0), tokens.bg);
    painter.galley(pos2(rect.left() + 52.0, rect.center().y - words.size().y / 2.0), words, tokens.bg);
    let response = ui.interact(rect, egui::Id::unique(("toast", at)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &toast.words));
    let mut act = response.clicked().then_some(Act::DropToast(at));
    if let (Some(label), Some(words)) = (undo, undo_words) {
        let place = Rect::from_min_max(pos2(rect.right() - undo_room, rect.top() + 4.0), rect.max - vec2(6.0, 4.0));
        let response = ui.interact(place, egui::Id::unique(("undo", at)), Sense::click());
        if word_button(&painter, look, response, &label, words) {
            act = Some(Act::Undo(at));
        }
    }
    (rect.top(), act)
}

/// A word to press on the dark ground of what lies over a page; whether it was pressed.
fn word_button(
    painter: &egui::Painter,
    look: &Look<'_>,
    response: egui::Response,
    label: &str,
    words: Arc<egui::Galley>,
) -> bool {
    let tokens = look.tokens();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, label));
    if response.hovered() {
        painter.rect_filled(response.rect, radius::CONTROL, tokens.bg.gamma_multiply(0.16));
    }
    if response.has_focus() {
        let ring = egui::Stroke::new(2.0, tokens.bg);
        painter.rect_stroke(response.rect.shrink(2.0), radius::CONTROL, ring, egui::StrokeKind::Inside);
    }
    let place = Align2::CENTER_CENTER.anchor_size(response.rect.center(), words.size());
    painter.galley(place.min, words, tokens.bg);
    painter.hline(place.x_range(), place.bottom() + 1.0, egui::Stroke::new(1.0, tokens.bg));
    response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// The words for a task that a person may wait for.
const fn words_for(task: Task) -> Option<&'static str> {
    Some(match task {
        Task::Take => "task-take",
        Task::Open(_) => "task-open",
        Task::AskBank(_) => "task-ask-bank",
        Task::Collect(_) => "task-collect",
        Task::CollectAll => "task-collect-all",
        Task::Link => "task-link",
        Task::Acceptance => "task-acceptance",
        Task::Forward => "task-forward",
        Task::Recall(_) => "relayed-recalling",
        Task::Sync => "task-sync",
        Task::Party => "task-party",
        Task::Export => "task-export",
        Task::Phrase | Task::Protect => "task-phrase",
        Task::BackUp => "task-back-up",
        Task::Restore => "task-restore",
        Task::ExportPackets => "task-export-packets",
        // A dialog of the system's own says by itself what it is.
        Task::Card | Task::Strangers | Task::Pick => return None,
    })
}

/// Tells what takes longer than a second, how far it is, and lets the person stop waiting for it.
pub(super) fn under_way(ui: &mut Ui, look: &mut Look<'_>, state: &State) -> Option<Act> {
    let begun = state.under_way.iter().filter(|(task, _)| words_for(**task).is_some());
    let (task, since) = begun.min_by(|one, other| one.1.total_cmp(other.1))?;
    let waited = look.time - since;
    if waited < LONG {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f64(LONG - waited));
        return None;
    }
    let words = look.say(words_for(*task)?);
    let done = state.progress.filter(|progress| progress.task == *task);
    let words = match done {
        Some(progress) => {
            let values = [("what", words.into()), ("done", progress.done.into()), ("all", progress.all.into())];
            look.tell("task-progress", &values)
        }
        None => words,
    };
    let screen = ui.ctx().content_rect();
    let bottom = screen.bottom() - if look.room == Room::Narrow { BAR + 16.0 } else { 24.0 };
    // Over sheets too: what takes long may have been begun in one.
    let area = Area::new(egui::Id::unique("under-way")).order(Order::Tooltip).constrain(true);
    let shown = area.pivot(Align2::CENTER_BOTTOM).fixed_pos(pos2(screen.center().x, bottom)).show(ui.ctx(), |ui| {
        pill(ui, look, &words, done.map(|progress| progress.done as f32 / progress.all.max(1) as f32))
    });
    shown.inner.then_some(Act::Cancel(*task))
}

/// A small bar with something that turns, words, and a way out; whether that was taken.
fn pill(ui: &mut Ui, look: &mut Look<'_>, words: &str, part: Option<f32>) -> bool {
    let tokens = look.tokens();
    let font = fonts::strong(fonts::BODY);
    let label = look.say("stop-waiting");
    let stop = cut(ui, &label, font.clone(), tokens.bg, 160.0);
    let room = ui.ctx().content_rect().width() - stop.size().x - 124.0;
    let words_shown = cut(ui, words, font, tokens.bg, room);
    let button = stop.size().x + 28.0;
    let size = vec2(52.0 + words_shown.size().x + 10.0 + button + 6.0, HIT + 8.0);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, words));
    let painter = ui.painter().clone();
    painter.add(CARD_SHADOW.as_shape(rect, radius::BUTTON));
    painter.rect_filled(rect, radius::BUTTON, tokens.ink);
    turning(ui, look, rect.left_center() + vec2(28.0, 0.0), part);
    painter.galley(pos2(rect.left() + 52.0, rect.center().y - words_shown.size().y / 2.0), words_shown, tokens.bg);
    let place = Rect::from_min_max(pos2(rect.right() - button - 6.0, rect.top() + 4.0), rect.max - vec2(6.0, 4.0));
    let response = ui.interact(place, ui.scope_id().with("stop"), Sense::click());
    word_button(&painter, look, response, &label, stop)
}

/// A ring that fills as far as is known, and otherwise turns; it stands still for those who want that.
fn turning(ui: &Ui, look: &Look<'_>, centre: egui::Pos2, part: Option<f32>) {
    let (ground, radius) = (look.tokens().bg, 9.0);
    ui.painter().circle_stroke(centre, radius, egui::Stroke::new(2.5, ground.gamma_multiply(0.25)));
    let (start, sweep) = match part {
        Some(part) => (0.0, part.clamp(0.02, 1.0)),
        None if look.theme.still => (0.0, 0.25),
        None => {
            ui.ctx().request_repaint_after(std::time::Duration::from_millis(33));
            ((look.time % 1.1) as f32 / 1.1, 0.3)
        }
    };
    let at = |turn: f32| {
        let (sin, cos) = ((start + turn) * std::f32::consts::TAU - std::f32::consts::FRAC_PI_2).sin_cos();
        centre + radius * vec2(cos, sin)
    };
    let points = (0..=24_u8).map(|step| at(sweep * f32::from(step) / 24.0)).collect();
    ui.painter().add(egui::Shape::line(points, egui::Stroke::new(2.5, ground)));
}
