//! The look of the window: colours, letters, measures, movement. Knows nothing of any screen.

pub mod fonts;
pub mod icons;
pub mod motion;
pub mod tokens;

use egui::{Color32, CornerRadius, Shadow, Stroke, Visuals};

pub use self::tokens::{DARK, LIGHT, Tokens, fixed};

/// Roundness of corners, in points.
pub mod radius {
    /// Chips.
    pub const CHIP: u8 = 13;
    /// Fields, small buttons.
    pub const CONTROL: u8 = 12;
    /// Large buttons.
    pub const BUTTON: u8 = 14;
    /// Tiles.
    pub const TILE: u8 = 16;
    /// Cards.
    pub const CARD: u8 = 20;
    /// Sheets.
    pub const SHEET: u8 = 24;
}

/// The smallest side of anything one can hit, in points.
pub const HIT: f32 = 40.0;

/// What a view needs to know about the look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Theme {
    /// Whether it is night.
    pub dark: bool,
    /// Whether things stand still.
    pub still: bool,
}

impl Theme {
    /// The colours.
    #[must_use]
    pub const fn tokens(self) -> &'static Tokens {
        if self.dark { &DARK } else { &LIGHT }
    }
}

/// A card's shadow.
pub const CARD_SHADOW: Shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: Color32::from_black_alpha(15) };
/// A voucher's shadow.
pub const VOUCHER_SHADOW: Shadow =
    Shadow { offset: [0, 10], blur: 32, spread: 0, color: Color32::from_rgba_premultiplied(3, 8, 7, 41) };
/// An envelope's shadow, red-brown.
pub const ENVELOPE_SHADOW: Shadow =
    Shadow { offset: [0, 26], blur: 72, spread: 0, color: Color32::from_rgba_premultiplied(27, 2, 4, 77) };
/// Close below an envelope.
pub const CONTACT_SHADOW: Shadow =
    Shadow { offset: [0, 4], blur: 12, spread: 0, color: Color32::from_rgba_premultiplied(13, 0, 1, 56) };
/// The shadow of an envelope without colour.
pub const PAPER_SHADOW: Shadow =
    Shadow { offset: [0, 16], blur: 48, spread: 0, color: Color32::from_rgba_premultiplied(5, 7, 6, 61) };
/// The shadow of an envelope on the shelf.
pub const THUMB_SHADOW: Shadow =
    Shadow { offset: [0, 10], blur: 32, spread: 0, color: Color32::from_rgba_premultiplied(23, 3, 4, 66) };
/// A sheet's shadow.
pub const SHEET_SHADOW: Shadow = Shadow { offset: [0, 24], blur: 70, spread: 0, color: Color32::from_black_alpha(107) };

/// Gives egui's own widgets (text fields, scroll bars, tooltips) this look.
pub fn apply(ctx: &egui::Context, theme: Theme) {
    let tokens = theme.tokens();
    ctx.set_theme(if theme.dark { egui::Theme::Dark } else { egui::Theme::Light });
    let mut style = (*ctx.style_of(if theme.dark { egui::Theme::Dark } else { egui::Theme::Light })).clone();
    style.visuals = visuals(theme.dark, tokens);
    style.spacing.item_spacing = egui::vec2(8.0, 8.0);
    style.spacing.interact_size.y = 20.0;
    style.interaction.selectable_labels = false;
    style.animation_time = if theme.still { 0.0 } else { motion::HOVER };
    style.scroll_animation =
        if theme.still { egui::style::ScrollAnimation::none() } else { egui::style::ScrollAnimation::default() };
    style.text_styles = [
        (egui::TextStyle::Body, fonts::body(fonts::BODY)),
        (egui::TextStyle::Button, fonts::strong(fonts::BODY)),
        (egui::TextStyle::Heading, fonts::strong(fonts::PAGE)),
        (egui::TextStyle::Small, fonts::body(fonts::SMALL)),
        (egui::TextStyle::Monospace, fonts::body(fonts::BODY)),
    ]
    .into();
    ctx.set_global_style(style);
}

fn visuals(dark: bool, tokens: &Tokens) -> Visuals {
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    visuals.override_text_color = Some(tokens.ink);
    visuals.panel_fill = tokens.bg;
    visuals.window_fill = tokens.surface;
    visuals.extreme_bg_color = tokens.surface;
    visuals.selection.bg_fill = tokens.celadon_tint;
    visuals.selection.stroke = Stroke::new(1.0, tokens.celadon);
    visuals.window_corner_radius = CornerRadius::same(radius::CONTROL);
    visuals.menu_corner_radius = CornerRadius::same(radius::CONTROL);
    visuals.popup_shadow = CARD_SHADOW;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.hyperlink_color = tokens.celadon;
    let widgets = &mut visuals.widgets;
    for (widget, fill, stroke) in [
        (&mut widgets.noninteractive, tokens.surface, tokens.line),
        (&mut widgets.inactive, tokens.line, tokens.line),
        (&mut widgets.hovered, tokens.hover, tokens.ink3),
        (&mut widgets.active, tokens.hover, tokens.ink),
        (&mut widgets.open, tokens.hover, tokens.line),
    ] {
        widget.bg_fill = fill;
        widget.weak_bg_fill = fill;
        widget.bg_stroke = Stroke::new(1.0, stroke);
        widget.fg_stroke = Stroke::new(1.5, tokens.ink2);
        widget.corner_radius = CornerRadius::same(radius::CONTROL);
        widget.expansion = 0.0;
    }
    visuals
}
