//! Pages, cards, sheets, and the plain texts on them.

use egui::{
    Color32, CornerRadius, FontId, Frame, InnerResponse, Margin, Rect, Response, RichText, ScrollArea, Stroke, Ui,
    UiBuilder, vec2,
};

use super::super::look::{Look, Room, wrapped};
use super::super::theme::{CARD_SHADOW, SHEET_SHADOW, fixed, fonts, motion, radius};
use super::button::RING;

/// A text that wraps.
pub(crate) fn label(ui: &mut Ui, text: &str, font: FontId, colour: Color32) -> Response {
    match ui.layout().is_vertical() {
        true => note(ui, text, font, colour),
        false => ui.add(egui::Label::new(RichText::new(text).font(font).color(colour))),
    }
}

/// A small text that wraps.
pub(crate) fn note(ui: &mut Ui, text: &str, font: FontId, colour: Color32) -> Response {
    if !ui.layout().is_vertical() {
        return ui.add(egui::Label::new(RichText::new(text).font(font).color(colour)).wrap());
    }
    let is_centred = ui.layout().horizontal_placement() == egui::Align::Center;
    let galley = wrapped(ui.painter(), text, font, colour, ui.available_width(), is_centred);
    ui.add(egui::Label::new(galley))
}

/// A heading that a screen reader can jump to.
pub(crate) fn heading(ui: &mut Ui, look: &Look<'_>, text: &str, size: f32) -> Response {
    let font = if size > fonts::STRONG + 2.0 { fonts::bold(size) } else { fonts::strong(size) };
    let response = label(ui, text, font, look.tokens().ink);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, text));
    response
}

/// A line of a hair's width across.
pub(crate) fn hairline(ui: &mut Ui, look: &Look<'_>) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), egui::Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, look.tokens().line));
}

/// A white card as wide as there is room.
pub(crate) fn card<R>(
    ui: &mut Ui,
    look: &mut Look<'_>,
    contents: impl FnOnce(&mut Ui, &mut Look<'_>) -> R,
) -> InnerResponse<R> {
    let frame = Frame::NONE
        .fill(look.tokens().surface)
        .corner_radius(CornerRadius::same(radius::CARD))
        .shadow(CARD_SHADOW)
        .inner_margin(Margin::same(if look.room == Room::Narrow { 16 } else { 24 }));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        contents(ui, look)
    })
}

/// The whole of a page: margins by the width, scrolling where it is too high.
pub(crate) fn page<R>(
    ui: &mut Ui,
    look: &mut Look<'_>,
    name: &str,
    contents: impl FnOnce(&mut Ui, &mut Look<'_>) -> R,
) -> R {
    let side = if look.room == Room::Narrow { 16.0 } else { 36.0 };
    ScrollArea::vertical()
        .id_salt(("page", name))
        .auto_shrink([false, false])
        .show(ui, |ui| {
            let mut rect = ui.available_rect_before_wrap();
            rect.min += vec2(side, if look.room == Room::Narrow { 14.0 } else { 24.0 });
            rect.max.x -= side;
            let inner = ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
                ui.set_width(rect.width());
                contents(ui, look)
            });
            ui.add_space(28.0);
            inner.inner
        })
        .inner
}

/// What scrolls sideways within a page that scrolls down. What the keyboard reaches in it is brought into sight in both
/// directions, which scrolling sideways alone keeps from the page around it.
pub(crate) fn sideways<R>(ui: &mut Ui, area: ScrollArea, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let shown = area.show(ui, contents);
    let whole = Rect::from_min_size(shown.inner_rect.min - shown.state.clamped_offset(), shown.content_size);
    let focused = ui.memory(egui::Memory::focused).and_then(|id| ui.ctx().read_response(id));
    if focused.is_some_and(|focused| focused.gained_focus() && whole.contains(focused.rect.center())) {
        ui.scroll_to_rect(shown.inner_rect.expand2(vec2(0.0, RING)), None);
    }
    shown.inner
}

/// A foot that stays in sight at the bottom, and what scrolls above it. The foot is given the height that it needed last, so
/// that it may grow with what has to be told.
pub(crate) fn with_foot<R>(
    ui: &mut Ui,
    name: &str,
    body: impl FnOnce(&mut Ui) -> Option<R>,
    foot: impl FnOnce(&mut Ui) -> Option<R>,
) -> Option<R> {
    let id = ui.scope_id().with(("foot", name));
    let all = ui.available_rect_before_wrap();
    let last: f32 = ui.data(|data| data.get_temp(id)).unwrap_or(150.0);
    let split = all.bottom() - last.min(all.height() * 0.7);
    let above = Rect::from_min_max(all.min, egui::pos2(all.right(), split - 6.0));
    let answer =
        inside(ui, above, |ui| ScrollArea::vertical().id_salt(name).auto_shrink([false, false]).show(ui, body).inner);
    let below = Rect::from_min_max(egui::pos2(all.left(), split), all.max);
    let (pressed, height) = inside(ui, below, |ui| {
        let shown = ScrollArea::vertical().id_salt((name, "foot")).show(ui, foot);
        (shown.inner, shown.content_size.y)
    });
    if (height - last).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, height));
        ui.ctx().request_repaint();
    }
    answer.or(pressed)
}

/// Contents in the middle of the width, at most `width` wide.
pub(crate) fn centred<R>(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui) -> R) -> R {
    let room = ui.available_rect_before_wrap();
    let width = width.min(room.width());
    let left = room.center().x - width / 2.0;
    let rect = Rect::from_min_max(egui::pos2(left, room.top()), egui::pos2(left + width, room.bottom()));
    let inner = ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.set_width(width);
        contents(ui)
    });
    inner.inner
}

/// Contents within a rectangle, clipped to nothing.
pub(crate) fn inside<R>(ui: &mut Ui, rect: Rect, contents: impl FnOnce(&mut Ui) -> R) -> R {
    ui.scope_builder(UiBuilder::new().max_rect(rect), contents).inner
}

/// A sheet over everything else; `true` when it shall go: Esc, or a click beside it.
pub(crate) fn sheet<R>(
    ctx: &egui::Context,
    look: &mut Look<'_>,
    name: &str,
    size: egui::Vec2,
    contents: impl FnOnce(&mut Ui, &mut Look<'_>) -> R,
) -> (R, bool) {
    let screen = ctx.content_rect();
    let full = look.room == Room::Narrow;
    let size = if full { screen.size() } else { size.min(screen.size() - vec2(48.0, 48.0)) };
    let id = egui::Id::unique(("sheet", name));
    let time = if look.theme.still { 0.0 } else { motion::SHEET };
    let shown = motion::out_cubic(ctx.animate_bool_with_time(id.with("in"), true, time));
    let drop = (1.0 - shown) * 24.0;
    let round = CornerRadius::same(if full { 0 } else { radius::SHEET });
    let frame = Frame::NONE.fill(look.tokens().surface).corner_radius(round).shadow(SHEET_SHADOW);
    let area = egui::Modal::default_area(id).anchor(egui::Align2::CENTER_CENTER, vec2(0.0, drop));
    let modal = egui::Modal::new(id).area(area).frame(frame).backdrop_color(fixed::VEIL.gamma_multiply(shown));
    let response = modal.show(ctx, |ui| {
        ui.set_min_size(size);
        ui.set_max_size(size);
        contents(ui, look)
    });
    let close = response.should_close();
    (response.inner, close)
}
