//! What can be seen of a frame: each text with its letters, its colour and what really lies behind it. Texts are taken out
//! of the frame in the order in which they are painted, and everything else is drawn on the CPU meanwhile.

use egui::epaint::{ClippedShape, TextShape};
use egui::{Color32, ColorImage, FontFamily, Pos2, Rect, Shape};

use crate::app::raster::Raster;

/// Pixels of the ground for each pixel of the frame, along a side.
const COARSE: f32 = 0.5;

/// A text as it was painted.
#[derive(Clone, Debug)]
pub(super) struct Text {
    /// All of it, also what was left out for want of room.
    pub(super) words: String,
    /// Whether something was left out.
    pub(super) elided: bool,
    /// Where its letters are, in points.
    pub(super) rect: Rect,
    /// Where anything of it may be seen.
    pub(super) clip: Rect,
    /// The size of its smallest letters.
    pub(super) size: f32,
    /// Whether it is nothing but icons.
    pub(super) is_icon: bool,
    letters: Vec<(Rect, Color32)>,
    /// Its worst letter, once the ground was looked at: its colour, the ground's, and how they differ.
    pub(super) worst: Option<(Color32, Color32, f32)>,
    /// Whether something else was painted over it.
    pub(super) covered: bool,
}

impl Text {
    fn of(shape: &TextShape, clip: Rect) -> Self {
        let galley = &shape.galley;
        let sections = &galley.job.sections;
        let size = sections.iter().map(|section| section.format.font_id.size).fold(f32::INFINITY, f32::min);
        let is_named = |family: &FontFamily| matches!(family, FontFamily::Name(name) if name.starts_with("icons"));
        let is_icon = sections.iter().all(|section| is_named(&section.format.font_id.family));
        let mut letters = Vec::new();
        for row in &galley.rows {
            for glyph in &row.glyphs {
                if glyph.chr.is_whitespace() || glyph.uv_rect.is_nothing() {
                    continue;
                }
                let at = glyph.first_vertex as usize;
                let Some(corners) = row.visuals.mesh.vertices.get(at..at + 4) else { continue };
                let turn = egui::emath::Rot2::from_angle(shape.angle);
                let corner =
                    |corner: &egui::epaint::Vertex| shape.pos + turn * (row.pos.to_vec2() + corner.pos.to_vec2());
                let ink = Rect::from_points(&corners.iter().map(corner).collect::<Vec<_>>());
                letters.push((ink, colour(shape, corners[0].color)));
            }
        }
        Self {
            words: galley.job.text.clone(),
            elided: galley.elided,
            rect: shape.visual_bounding_rect(),
            clip,
            size,
            is_icon,
            letters,
            worst: None,
            covered: false,
        }
    }

    /// Whether it is on its way to be seen, or from it.
    pub(super) fn fades(&self) -> bool {
        self.letters.iter().any(|(_, colour)| colour.a() < 250)
    }

    /// Whether anything of it can be seen.
    pub(super) fn is_seen(&self) -> bool {
        // A line's own air is no part of a letter.
        let is_seen = |(ink, colour): &(Rect, Color32)| {
            let seen = ink.intersect(self.clip);
            colour.a() > 0 && seen.width() > 0.0 && seen.height() > 0.0
        };
        let seen = self.rect.intersect(self.clip);
        seen.width() > 1.0 && seen.height() > 1.0 && self.letters.iter().any(is_seen)
    }

    /// How many points of it are cut off at the left, right, top and bottom.
    pub(super) fn cut(&self) -> [f32; 4] {
        let (rect, clip) = (self.rect, self.clip);
        let past = [
            clip.left() - rect.left(),
            rect.right() - clip.right(),
            clip.top() - rect.top(),
            rect.bottom() - clip.bottom(),
        ];
        // Letters have soft edges.
        past.map(|points| if points > 1.0 { points } else { 0.0 })
    }

    /// The letters that can be seen, with the mean ground behind each.
    fn grounds(&self, ground: &ColorImage, scale: f32) -> Vec<(Color32, [f32; 3])> {
        let seen = self.letters.iter().filter(|(ink, colour)| colour.a() > 0 && self.clip.intersects(*ink));
        let seen = seen.map(|(ink, colour)| (ink.intersect(self.clip), colour));
        seen.map(|(ink, colour)| (*colour, mean(ground, ink.expand(1.0), scale))).collect()
    }
}

/// The colour that a letter is painted with.
fn colour(shape: &TextShape, own: Color32) -> Color32 {
    let colour = match shape.override_text_color {
        Some(colour) => colour,
        None if own == Color32::PLACEHOLDER => shape.fallback_color,
        None => own,
    };
    colour.gamma_multiply(shape.opacity_factor)
}

/// Every text of a frame.
pub(super) fn texts(shapes: &[ClippedShape]) -> Vec<Text> {
    let leaves = leaves(shapes).into_iter();
    let texts = leaves.filter_map(|(clipped, shape)| match shape {
        Shape::Text(shape) => Some(Text::of(shape, clipped.clip_rect)),
        _ => None,
    });
    texts.filter(Text::is_seen).collect()
}

/// Every text of a frame, its worst ground, and whether it is covered.
pub(super) fn texts_on_ground(shapes: &[ClippedShape], frame: Frame<'_>) -> Vec<Text> {
    let scale = frame.scale * COARSE;
    let size = [frame.size.x, frame.size.y].map(|side| (side * scale).ceil() as usize);
    let mut ground = ColorImage::filled(size, Color32::BLACK);
    let (mut texts, mut before, mut waiting) = (Vec::new(), Vec::new(), Vec::new());
    let draw = |ground: &mut ColorImage, waiting: &mut Vec<ClippedShape>| {
        if !waiting.is_empty() {
            let primitives = frame.ctx.tessellate(std::mem::take(waiting), frame.scale);
            frame.raster.draw_on(ground, Pos2::ZERO, scale, &primitives);
        }
    };
    for (clipped, shape) in leaves(shapes) {
        if let Shape::Text(shape) = shape {
            let text = Text::of(shape, clipped.clip_rect);
            if text.is_seen() {
                draw(&mut ground, &mut waiting);
                before.push(text.grounds(&ground, scale));
                texts.push(text);
            }
        } else {
            lies_over(shape, clipped.clip_rect, &mut texts);
            waiting.push(ClippedShape { shape: shape.clone(), ..*clipped });
        }
    }
    draw(&mut ground, &mut waiting);
    for (text, before) in texts.iter_mut().zip(before) {
        let after = text.grounds(&ground, scale);
        let moved = |((_, one), (_, other)): (&(_, [f32; 3]), &(_, [f32; 3]))| {
            one.iter().zip(other).any(|(one, other)| (one - other).abs() > 2.0)
        };
        text.covered |= before.iter().zip(&after).any(moved);
        let all = before.into_iter().map(|(colour, ground)| judged(colour, ground));
        text.worst = all.min_by(|one, other| one.2.total_cmp(&other.2));
    }
    texts
}

/// Marks the texts below a sheet, whose ground may be of the very colour of the sheet.
fn lies_over(shape: &Shape, clip: Rect, texts: &mut [Text]) {
    if let Shape::Rect(sheet) = shape
        && sheet.fill.is_opaque()
    {
        let over = sheet.rect.intersect(clip);
        texts.iter_mut().for_each(|text| text.covered |= over.contains_rect(text.rect.intersect(text.clip)));
    }
}

/// What a frame is drawn with.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a> {
    pub(super) ctx: &'a egui::Context,
    pub(super) raster: &'a Raster,
    /// In points.
    pub(super) size: egui::Vec2,
    /// Pixels of a point.
    pub(super) scale: f32,
}

/// The shapes within shapes, each with the whole that it is part of.
fn leaves(shapes: &[ClippedShape]) -> Vec<(&ClippedShape, &Shape)> {
    fn walk<'a>(clipped: &'a ClippedShape, shape: &'a Shape, found: &mut Vec<(&'a ClippedShape, &'a Shape)>) {
        match shape {
            Shape::Vec(inner) => inner.iter().for_each(|shape| walk(clipped, shape, found)),
            Shape::Noop => {}
            shape => found.push((clipped, shape)),
        }
    }
    let mut found = Vec::new();
    shapes.iter().for_each(|clipped| walk(clipped, &clipped.shape, &mut found));
    found
}

/// The mean colour within a rectangle of points.
fn mean(ground: &ColorImage, rect: Rect, scale: f32) -> [f32; 3] {
    let [width, height] = ground.size;
    let side = |points: f32, most: usize| ((points * scale).max(0.0) as usize).min(most.saturating_sub(1));
    let (left, right) = (side(rect.left(), width), side(rect.right(), width));
    let (top, bottom) = (side(rect.top(), height), side(rect.bottom(), height));
    let (mut sum, mut count) = ([0_u32; 3], 0_u32);
    for row in top..=bottom {
        for pixel in &ground.pixels[row * width + left..=row * width + right] {
            let [r, g, b, _] = pixel.to_array();
            sum = [sum[0] + u32::from(r), sum[1] + u32::from(g), sum[2] + u32::from(b)];
            count += 1;
        }
    }
    sum.map(|part| part as f32 / count.max(1) as f32)
}

fn judged(colour: Color32, ground: [f32; 3]) -> (Color32, Color32, f32) {
    let [r, g, b, a] = colour.to_array().map(f32::from);
    let keep = 1.0 - a / 255.0;
    let part = |new: f32, old: f32| (new + old * keep).round().clamp(0.0, 255.0) as u8;
    let shown = Color32::from_rgb(part(r, ground[0]), part(g, ground[1]), part(b, ground[2]));
    let [r, g, b] = ground.map(|part| part.round() as u8);
    let ground = Color32::from_rgb(r, g, b);
    (shown, ground, contrast(shown, ground))
}

/// Contrast of two opaque colours (WCAG 2.2, 1.4.3).
pub(super) fn contrast(one: Color32, other: Color32) -> f32 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

fn luminance(colour: Color32) -> f32 {
    let part = |value: u8| {
        let value = f32::from(value) / 255.0;
        if value <= 0.03928 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(colour.r()) + 0.7152 * part(colour.g()) + 0.0722 * part(colour.b())
}
