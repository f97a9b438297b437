//! Buttons.

use egui::{
    Align2, Color32, CornerRadius, FontId, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    epaint::RectShape, pos2, vec2,
};

use super::super::look::{Look, cut, cut_by};
use super::super::pictures::WHOLE;
use super::super::theme::{HIT, Tokens, fixed, fonts, icons, radius};

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
    edged: bool,
    name: Option<&'a str>,
}

impl<'a> Button<'a> {
    fn new(label: &'a str, kind: Kind) -> Self {
        let font = fonts::strong(fonts::BODY);
        Self { label, kind, icon: None, width: None, height: HIT, font, enabled: true, edged: false, name: None }
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

    /// With an edge as dark as its text: for what one is to see on paper.
    #[must_use]
    pub(crate) const fn edged(mut self) -> Self {
        self.edged = true;
        self
    }

    /// In plain, smaller letters, for what one seldom needs.
    #[must_use]
    pub(crate) fn plain(mut self) -> Self {
        self.font = fonts::body(fonts::SECONDARY);
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
        let ground = (rect, round, self.state(&response, down));
        let ink = match self.kind {
            Kind::Primary => paint_primary(ui, look, ground),
            Kind::Secondary => paint_secondary(ui, tokens, ground, self.edged),
            Kind::Ghost => {
                if matches!(ground.2, State::Hovered | State::Pressed) {
                    painter.rect_filled(rect, round, if down { tokens.line } else { tokens.hover });
                }
                if self.enabled { tokens.ink2 } else { tokens.ink3 }
            }
            Kind::Dark(colour) => {
                let fill = match ground.2 {
                    State::Disabled => tokens.hover,
                    State::Pressed => colour.gamma_multiply(0.78),
                    State::Hovered => colour.gamma_multiply(0.88),
                    State::Rest => colour,
                };
                painter.rect_filled(rect, round, fill);
                if self.enabled { fixed::ON_PRIMARY } else { tokens.ink2 }
            }
        };
        self.paint_label(ui, rect, ink);
        ring(ui, look, &response, rect, round);
        response.on_hover_cursor(egui::CursorIcon::PointingHand)
    }

    fn state(&self, response: &Response, down: bool) -> State {
        match (self.enabled, down, response.hovered()) {
            (false, _, _) => State::Disabled,
            (_, true, _) => State::Pressed,
            (_, _, true) => State::Hovered,
            _ => State::Rest,
        }
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

/// How a button is being used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Rest,
    Hovered,
    Pressed,
    Disabled,
}

/// Where it is, how round, and how it is used.
type Ground = (Rect, CornerRadius, State);

/// Red light above, its shadow below; pressed it lies flat. What is written on it.
fn paint_primary(ui: &Ui, look: &mut Look<'_>, (rect, round, state): Ground) -> Color32 {
    let painter = ui.painter();
    let (colours, shadow) = match state {
        State::Disabled => {
            painter.rect_filled(rect, round, look.tokens().hover);
            return look.tokens().ink2;
        }
        State::Pressed => (fixed::PRIMARY_PRESSED, None),
        State::Hovered => (fixed::PRIMARY_HOVER, Some((6, 16, 0.34))),
        State::Rest => (fixed::PRIMARY, Some((4, 12, 0.26))),
    };
    if let Some((down, blur, strength)) = shadow {
        let color = fixed::PRIMARY_SHADOW.gamma_multiply(strength);
        look.pictures.shadow(painter, rect, round.nw, egui::Shadow { offset: [0, down], blur, spread: 0, color });
    }
    let texture = look.pictures.gradient(ui.ctx(), colours);
    painter.add(RectShape::filled(rect, round, Color32::WHITE).with_texture(texture.id(), WHOLE));
    fixed::ON_PRIMARY
}

fn paint_secondary(ui: &Ui, tokens: &Tokens, (rect, round, state): Ground, edged: bool) -> Color32 {
    let (fill, edge, ink) = match state {
        State::Disabled => (Color32::TRANSPARENT, tokens.line, tokens.ink3),
        State::Pressed => (tokens.line, if edged { tokens.ink } else { tokens.ink3 }, tokens.ink),
        State::Hovered => (tokens.rail, if edged { tokens.ink } else { tokens.ink3 }, tokens.ink),
        State::Rest => (tokens.surface, if edged { tokens.ink } else { tokens.line }, tokens.ink),
    };
    let width = if edged { 1.5 } else { 1.0 };
    ui.painter().rect(rect, round, fill, Stroke::new(width, edge), StrokeKind::Inside);
    ink
}

/// The ring around what has the keyboard.
pub(crate) fn ring(ui: &Ui, look: &Look<'_>, response: &Response, rect: Rect, round: CornerRadius) {
    into_sight(response);
    if response.has_focus() {
        let grown = CornerRadius::same(round.nw.saturating_add(4));
        let stroke = Stroke::new(2.5, look.tokens().focus);
        ui.painter().rect_stroke(rect.expand(4.0), grown, stroke, StrokeKind::Middle);
    }
}

/// How far the ring reaches beyond what it is around, and a little air.
pub(super) const RING: f32 = 8.0;

/// What the keyboard reaches is brought into sight.
pub(crate) fn into_sight(response: &Response) {
    if response.gained_focus() {
        // With the ring around it, which lies outside of it.
        response.clone().with_new_rect(response.rect.expand(RING)).scroll_to_me(None);
    }
}

/// A button that is only an icon, 40 points square; `name` is said and shown under the pointer.
pub(crate) fn icon_button(ui: &mut Ui, look: &mut Look<'_>, icon: char, name: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(HIT), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let round = CornerRadius::same(radius::CONTROL);
    if response.hovered() {
        let tokens = look.tokens();
        let fill = if response.is_pointer_button_down_on() { tokens.line } else { tokens.hover };
        ui.painter().rect_filled(rect, round, fill);
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
    let lit = match (response.is_pointer_button_down_on(), response.hovered()) {
        (true, _) => Some(Color32::from_black_alpha(60)),
        (_, true) => Some(fixed::GOLD_EDGE.gamma_multiply(0.18)),
        _ => None,
    };
    paint_pill(ui.painter(), rect, icon, label, lit);
    into_sight(&response);
    if response.has_focus() {
        let grown = CornerRadius::same((rect.height() / 2.0).round() as u8 + 4);
        ui.painter().rect_stroke(rect.expand(4.0), grown, Stroke::new(2.5, fixed::ON_ENVELOPE), StrokeKind::Middle);
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

/// The same to be seen only; `lit` while it is under the pointer.
pub(crate) fn paint_pill(painter: &egui::Painter, rect: Rect, icon: char, label: &str, lit: Option<Color32>) {
    let round = CornerRadius::same((rect.height() / 2.0).round() as u8);
    painter.rect_filled(rect, round, fixed::PILL);
    painter.rect_filled(rect, round, lit.unwrap_or(Color32::TRANSPARENT));
    painter.rect_stroke(rect, round, Stroke::new(1.5, fixed::GOLD_EDGE), StrokeKind::Inside);
    let size = (rect.height() * 0.4).clamp(13.0, 17.0);
    let galley = cut_by(painter, label, fonts::strong(size), fixed::ON_ENVELOPE, rect.width() - 52.0);
    let left = rect.center().x - (galley.size().x + 34.0) / 2.0;
    let at = pos2(left + 9.0, rect.center().y);
    painter.text(at, Align2::CENTER_CENTER, icon, fonts::icon(size + 4.0), fixed::ON_ENVELOPE);
    let at = Align2::LEFT_CENTER.anchor_size(pos2(left + 34.0, rect.center().y), galley.size());
    painter.galley(at.min, galley, fixed::ON_ENVELOPE);
}
