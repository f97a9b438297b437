//! What every view is given to draw with: colours, words, pictures, the time, and how wide the window is.

use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Ui};
use std::sync::Arc;

use super::format::Formats;
use super::pictures::Pictures;
use super::text::{Args, Texts};
use super::theme::{Theme, Tokens};

/// How much room there is across.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Room {
    /// Less than 720: a bottom bar, bottom sheets.
    Narrow,
    /// Less than 980: the panel stands under the stage.
    Middle,
    /// A rail, a stage, a panel.
    Wide,
}

impl Room {
    /// The room of a window so many points wide.
    #[must_use]
    pub(super) fn of(width: f32) -> Self {
        match width {
            width if width < 720.0 => Self::Narrow,
            width if width < 980.0 => Self::Middle,
            _ => Self::Wide,
        }
    }
}

/// What a view draws with.
pub(super) struct Look<'a> {
    /// Day or night, moving or still.
    pub theme: Theme,
    /// The words.
    pub texts: &'a Texts,
    /// Amounts and dates.
    pub formats: &'a Formats,
    /// The drawn things.
    pub pictures: &'a mut Pictures,
    /// Seconds since the epoch.
    pub now: i64,
    /// Seconds since the window was opened.
    pub time: f64,
    /// How wide the window is.
    pub room: Room,
}

impl Look<'_> {
    /// The colours.
    #[must_use]
    pub(super) const fn tokens(&self) -> &'static Tokens {
        self.theme.tokens()
    }

    /// The words for `key`.
    #[must_use]
    pub(super) fn say(&self, key: &str) -> String {
        self.texts.say(key)
    }

    /// The words for `key` with values.
    #[must_use]
    pub(super) fn tell(&self, key: &str, values: Args<'_>) -> String {
        self.texts.tell(key, values)
    }

    /// Whether the window speaks Chinese.
    #[must_use]
    pub(super) fn is_chinese(&self) -> bool {
        self.texts.language() == super::text::Language::Chinese
    }
}

/// Text laid out on one line that ends in … where it would be wider than `width`.
#[must_use]
pub(super) fn cut(ui: &Ui, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    cut_by(ui.painter(), text, font, colour, width)
}

/// As [`cut`], with a painter.
#[must_use]
pub(super) fn cut_by(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(text.to_owned(), font, colour);
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(1.0));
    painter.layout_job(job)
}

/// Lays out text over as many lines as it needs within `width`, centred or not.
#[must_use]
pub(super) fn wrapped(
    painter: &Painter,
    text: &str,
    font: FontId,
    colour: Color32,
    width: f32,
    centred: bool,
) -> Arc<Galley> {
    let halign = if centred { egui::Align::Center } else { egui::Align::LEFT };
    let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, colour, width.max(1.0));
    job.halign = halign;
    let galley = painter.layout_job(job.clone());
    let rows = galley.rows.len();
    if rows < 2 {
        return galley;
    }
    // Lines that follow each other stand further apart than a line from what is around it.
    for section in &mut job.sections {
        section.format.line_height = Some((section.format.font_id.size * LEADING).round());
    }
    if centred {
        job.wrap.max_width = even(rows, width, |width| {
            let mut job = job.clone();
            job.wrap.max_width = width;
            painter.layout_job(job).rows.len()
        });
    }
    painter.layout_job(job)
}

/// How far lines of one text are apart, for letters one high.
const LEADING: f32 = 1.5;

/// The least width with which a text takes no more rows: then all of them are about as long.
fn even(rows: usize, width: f32, count: impl Fn(f32) -> usize) -> f32 {
    let (mut too_narrow, mut enough) = (width / rows as f32 * 0.8, width);
    while enough - too_narrow > 4.0 {
        let middle = (too_narrow + enough) / 2.0;
        if count(middle) > rows { too_narrow = middle } else { enough = middle }
    }
    enough
}

/// Paints one line that is cut at `width`, its middle left at `at`; its rectangle.
pub(super) fn cut_line(painter: &Painter, at: Pos2, text: &str, font: FontId, colour: Color32, width: f32) -> Rect {
    let galley = cut_by(painter, text, font, colour, width);
    let rect = Align2::LEFT_CENTER.anchor_size(at, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

/// Paints one line with room between its letters, around `centre`, smaller where it would be wider than `width`.
pub(super) fn tracked(painter: &Painter, centre: Pos2, text: &str, mut style: Tracked, width: f32) -> Rect {
    let galley = spaced(painter, text, &mut style, width);
    let rect = Rect::from_center_size(centre, galley.size());
    painter.galley(rect.min, galley, style.colour);
    rect
}

/// As [`tracked`], its right end at `right`.
pub(super) fn tracked_right(painter: &Painter, right: Pos2, text: &str, mut style: Tracked, width: f32) -> Rect {
    let galley = spaced(painter, text, &mut style, width);
    let rect = Align2::RIGHT_CENTER.anchor_size(right, galley.size());
    painter.galley(rect.min, galley, style.colour);
    rect
}

/// Whether a text has letters as wide as they are high.
#[must_use]
pub(super) fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{2e80}'..'\u{ffef}').contains(&c))
}

/// How much smaller a long line may be set before it is cut; and no text becomes smaller than the smallest there is.
const LEAST: f32 = 0.4;

/// Latin letters stand as close as their font says: only Chinese ones are set apart.
fn spaced(painter: &Painter, text: &str, style: &mut Tracked, width: f32) -> Arc<Galley> {
    if !is_chinese(text) {
        style.spacing = style.spacing.min(style.font.size * 0.04);
    }
    let layout = |size: f32, spacing: f32| {
        let mut font = style.font.clone();
        font.size = size;
        let format = egui::TextFormat {
            font_id: font,
            extra_letter_spacing: spacing,
            color: style.colour,
            ..egui::TextFormat::default()
        };
        painter.layout_job(egui::text::LayoutJob::single_section(text.to_owned(), format))
    };
    let least = (super::theme::fonts::SMALL / style.font.size).clamp(LEAST, 1.0);
    let mut galley = layout(style.font.size, style.spacing);
    let given = galley.size().x;
    if given > width {
        let factor = (width / given).max(least);
        galley = layout(style.font.size * factor, style.spacing * factor);
    }
    if galley.size().x > width + 1.0 {
        // Whoever writes a thousand letters gets as many as fit: nothing is painted over what stands beside it.
        let mut font = style.font.clone();
        font.size *= least;
        return cut_by(painter, text, font, style.colour, width);
    }
    galley
}

/// How [`tracked`] text looks.
#[derive(Clone, Debug)]
pub(super) struct Tracked {
    /// The font.
    pub font: FontId,
    /// Room between letters, in points.
    pub spacing: f32,
    /// The colour.
    pub colour: Color32,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::theme::fonts;

    /// How wide a text is with so much room between its letters.
    fn width(text: &str, spacing: f32) -> f32 {
        let ctx = egui::Context::default();
        ctx.set_fonts(fonts::definitions());
        let mut width = 0.0;
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let mut style = Tracked { font: fonts::strong(20.0), spacing, colour: Color32::WHITE };
            width = spaced(ui.painter(), text, &mut style, 1000.0).size().x;
        });
        output.textures_delta.clear();
        width
    }

    #[test]
    fn room_is_between_letters_and_not_after_the_last() {
        assert!((width("新春纳福", 6.0) - width("新春纳福", 0.0) - 3.0 * 6.0).abs() < 0.1);
    }

    #[test]
    fn latin_letters_are_not_set_apart() {
        assert!(width("Bank", 6.0) - width("Bank", 0.0) < 3.0);
    }
}
