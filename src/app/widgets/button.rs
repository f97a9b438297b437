//! Buttons.

use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    epaint::RectShape, pos2, vec2,
};

use super::super::look::{Look, cut};
use super::super::pictures::WHOLE;
use super::super::theme::{HIT, fixed, fonts, icons, radius};

/// How a button looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Primary,
    Secondary,
    Ghost,
    Dark(Color32),
}

/// A button with a text and perhaps an icon.
#[derive(Clone, Debug)]
pub(crate) struct Button<'a> {
    label: &'a str,
    kind: Kind,
    icon: Option<char>,
    width: Option<f32>,
    height: f32,
    font: FontId,
    enabled: bool,
    name: Option<&'a str>,
}

impl<'a> Button<'a> {
    fn new(label: &'a str, kind: Kind) -> Self {
        let font = fonts::strong(fonts::BODY);
        Self { label, kind, icon: None, width: None, height: HIT, font, enabled: true, name: None }
    }

    /// The one thing to do next: red.
    #[must_use]
    pub(crate) fn primary(label: &'a str) -> Self {
        Self::new(label, Kind::Primary)
    }

    /// Something else one can do.
    #[must_use]
    pub(crate) fn secondary(label: &'a str) -> Self {
        Self::new(label, Kind::Secondary)
    }

    /// Something small.
    #[must_use]
    pub(crate) fn ghost(label: &'a str) -> Self {
        Self::new(label, Kind::Ghost)
    }

    /// The first thing to do in a warning, in the colour of its band.
    #[must_use]
    pub(crate) fn dark(label: &'a str, ground: Color32) -> Self {
        Self::new(label, Kind::Dark(ground))
    }

    /// With an icon before the text.
    #[must_use]
    pub(crate) const fn icon(mut self, icon: char) -> Self {
        self.icon = Some(icon);
        self
    }

    /// As wide as this.
    #[must_use]
    pub(crate) const fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// A large one.
    #[must_use]
    pub(crate) fn large(mut self) -> Self {
        self.height = 52.0;
        self.font = fonts::strong(16.0);
        self
    }

    /// Whether it can be pressed.
    #[must_use]
    pub(crate) const fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// What a screen reader calls it, where that says more than the text.
    #[must_use]
    pub(crate) const fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// How large it will be.
    #[must_use]
    pub(crate) fn size(&self, ui: &Ui) -> Vec2 {
        let text = cut(ui, self.label, self.font.clone(), Color32::WHITE, f32::INFINITY).size().x;
        let icon = if self.icon.is_some() { 26.0 } else { 0.0 };
        let pad = if self.kind == Kind::Ghost { 12.0 } else { 18.0 };
        vec2(self.width.unwrap_or(text + icon + 2.0 * pad), self.height)
    }

    /// Shows it in the flow of the layout.
    pub(crate) fn show(self, ui: &mut Ui, look: &mut Look<'_>) -> Response {
        let size = self.size(ui);
        let size = vec2(size.x.min(ui.available_width().max(HIT)), size.y);
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(size, sense);
        self.paint(ui, look, rect, response)
    }

    /// Shows it at a place of its own.
    pub(crate) fn show_at(self, ui: &mut Ui, look: &mut Look<'_>, rect: Rect) -> Response {
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        // Not allocated: what has a place of its own leaves the flow of the layout as it is.
        let response = ui.interact(rect, ui.scope_id().with(("button", self.label)), sense);
        self.paint(ui, look, rect, response)
    }

    fn paint(self, ui: &Ui, look: &mut Look<'_>, rect: Rect, response: Response) -> Response {
        let name = self.name.unwrap_or(self.label);
        response.widget_info(|| WidgetInfo::labeled(Role::Button, self.enabled, name));
        let tokens = look.tokens();
        let round = CornerRadius::same(if self.height > HIT { radius::BUTTON } else { radius::CONTROL });
        let down = response.is_pointer_button_down_on();
        let painter = ui.painter();
        let ink = if !self.enabled {
            painter.rect_filled(rect, round, tokens.hover);
            tokens.ink3
        } else {
            match self.kind {
                Kind::Primary => {
                    let colours = match (down, response.hovered()) {
                        (true, _) => fixed::PRIMARY_PRESSED,
                        (_, true) => fixed::PRIMARY_HOVER,
                        _ => fixed::PRIMARY,
                    };
                    let shadow = egui::Shadow {
                        offset: [0, 4],
                        blur: 14,
                        spread: 0,
                        color: fixed::PRIMARY[1].gamma_multiply(0.3),
                    };
                    painter.add(shadow.as_shape(rect, round));
                    let texture = look.pictures.gradient(ui.ctx(), colours);
                    painter.add(RectShape::filled(rect, round, Color32::WHITE).with_texture(texture.id(), WHOLE));
                    fixed::ON_PRIMARY
                }
                Kind::Secondary => {
                    let fill = match (down, response.hovered()) {
                        (true, _) => tokens.line,
                        (_, true) => tokens.hover,
                        _ => tokens.surface,
                    };
                    painter.rect_filled(rect, round, fill);
                    painter.rect_stroke(rect, round, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
                    tokens.ink
                }
                Kind::Ghost => {
                    if down || response.hovered() {
                        painter.rect_filled(rect, round, tokens.hover);
                    }
                    tokens.ink
                }
                Kind::Dark(ground) => {
                    let fill = if down || response.hovered() { ground.gamma_multiply(0.85) } else { ground };
                    painter.rect_filled(rect, round, fill);
                    fixed::ON_PRIMARY
                }
            }
        };
        self.paint_label(ui, rect, ink);
        ring(ui, look, &response, rect, round);
        response.on_hover_cursor(egui::CursorIcon::PointingHand)
    }

    fn paint_label(&self, ui: &Ui, rect: Rect, ink: Color32) {
        let icon_room = if self.icon.is_some() { 26.0 } else { 0.0 };
        let galley = cut(ui, self.label, self.font.clone(), ink, rect.width() - 16.0 - icon_room);
        let left = rect.center().x - (galley.size().x + icon_room) / 2.0;
        if let Some(icon) = self.icon {
            let at = pos2(left + 9.0, rect.center().y);
            ui.painter().text(at, Align2::CENTER_CENTER, icon, fonts::icon(19.0), ink);
        }
        let at = Align2::LEFT_CENTER.anchor_size(pos2(left + icon_room, rect.center().y), galley.size());
        ui.painter().galley(at.min, galley, ink);
    }
}

/// The ring around what has the keyboard.
pub(crate) fn ring(ui: &Ui, look: &Look<'_>, response: &Response, rect: Rect, round: CornerRadius) {
    if response.gained_focus() {
        // What the keyboard reaches is brought into sight.
        response.scroll_to_me(None);
    }
    if response.has_focus() {
        let grown = CornerRadius::same(round.nw.saturating_add(4));
        let stroke = Stroke::new(2.5, look.tokens().focus);
        ui.painter().rect_stroke(rect.expand(4.0), grown, stroke, StrokeKind::Middle);
    }
}

/// A button that is only an icon, 40 points square; `name` is said and shown under the pointer.
pub(crate) fn icon_button(ui: &mut Ui, look: &mut Look<'_>, icon: char, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(HIT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let round = CornerRadius::same(radius::CONTROL);
    if response.hovered() {
        ui.painter().rect_filled(rect, round, look.tokens().hover);
    }
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, fonts::icon(22.0), look.tokens().ink2);
    ring(ui, look, &response, rect, round);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(name)
}

/// The way back, with where it leads.
pub(crate) fn back(ui: &mut Ui, look: &mut Look<'_>, to: &str) -> Response {
    let text = cut(ui, to, fonts::strong(fonts::BODY), look.tokens().ink2, 300.0);
    let size = vec2(text.size().x + 44.0, HIT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    let name = look.say("back-to-packets");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), &name));
    let round = CornerRadius::same(radius::CONTROL);
    if response.hovered() {
        ui.painter().rect_filled(rect, round, look.tokens().hover);
    }
    let ink = look.tokens().ink2;
    ui.painter().text(rect.left_center() + vec2(18.0, 0.0), Align2::CENTER_CENTER, icons::BACK, fonts::icon(20.0), ink);
    let at = Align2::LEFT_CENTER.anchor_size(rect.left_center() + vec2(36.0, 0.0), text.size());
    ui.painter().galley(at.min, text, ink);
    ring(ui, look, &response, rect, round);
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// A pill on the envelope or a card with a gold edge.
pub(crate) fn gradient_button(ui: &mut Ui, rect: Rect, icon: char, label: &str) -> Response {
    let response = ui.interact(rect, ui.scope_id().with(("pill", label)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), label));
    let round = CornerRadius::same((rect.height() / 2.0).round() as u8);
    let painter = ui.painter();
    let fill = if response.is_pointer_button_down_on() {
        Color32::from_black_alpha(60)
    } else if response.hovered() {
        fixed::GOLD_EDGE.gamma_multiply(0.18)
    } else {
        Color32::from_black_alpha(20)
    };
    painter.rect_filled(rect, round, fill);
    painter.rect_stroke(rect, round, Stroke::new(1.5, fixed::GOLD_EDGE), StrokeKind::Inside);
    let size = (rect.height() * 0.4).clamp(13.0, 17.0);
    let galley = cut(ui, label, fonts::strong(size), fixed::ON_ENVELOPE, rect.width() - 52.0);
    let left = rect.center().x - (galley.size().x + 34.0) / 2.0;
    painter.text(
        pos2(left + 9.0, rect.center().y),
        Align2::CENTER_CENTER,
        icon,
        fonts::icon(size + 4.0),
        fixed::ON_ENVELOPE,
    );
    let at = Align2::LEFT_CENTER.anchor_size(pos2(left + 34.0, rect.center().y), galley.size());
    painter.galley(at.min, galley, fixed::ON_ENVELOPE);
    if response.gained_focus() {
        // What the keyboard reaches is brought into sight.
        response.scroll_to_me(None);
    }
    if response.has_focus() {
        let grown = CornerRadius::same(round.nw.saturating_add(4));
        painter.rect_stroke(rect.expand(4.0), grown, Stroke::new(2.5, fixed::ON_ENVELOPE), StrokeKind::Middle);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}
