//! A closed envelope with its words: the same on the shelf, on its own page, and in the forward sheet.

use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke, pos2, vec2};

use super::super::art::{self, Colourway, Guilloche, Paper, SealFace, layout};
use super::super::look::{Look, Tracked, cut_by, tracked, wrapped};
use super::super::pictures::{Drawing, Photo, on_envelope};
use super::super::theme::{fixed, fonts};
use crate::jose::Digest;
use crate::packet::Verdict;

/// Below this width the words are placed for a thumb.
const SMALL: f32 = 250.0;

/// What an envelope shows.
#[derive(Clone, Debug)]
pub(in crate::app) struct Face<'a> {
    pub(in crate::app) paper: Paper,
    pub(in crate::app) guilloche: Guilloche,
    pub(in crate::app) title: &'a str,
    pub(in crate::app) greeting: &'a str,
    pub(in crate::app) emblem: Option<&'a Photo>,
    pub(in crate::app) cover: Option<&'a Photo>,
    pub(in crate::app) seal: SealFace,
    /// Serial number and validity, on large envelopes.
    pub(in crate::app) foot: Option<[String; 2]>,
}

/// The red that an issuer named; every other name is the usual one.
pub(in crate::app) fn colourway(theme: Option<&str>) -> Colourway {
    match theme {
        Some("crimson") => Colourway::Crimson,
        Some("vermilion") => Colourway::Vermilion,
        Some("garnet") => Colourway::Garnet,
        _ => Colourway::Cinnabar,
    }
}

/// What a packet is made of: a packet that cannot be trusted loses its colour.
pub(in crate::app) fn paper(verdict: Verdict, theme: Option<&str>, is_over: bool) -> Paper {
    match verdict {
        Verdict::NotGenuine | Verdict::Unreadable => Paper::Grey,
        _ if is_over => Paper::Faded,
        Verdict::Unchecked => Paper::Kraft,
        Verdict::Genuine => Paper::Gift(colourway(theme)),
    }
}

/// The pattern of a packet: drawn from its signed form, whole unless somebody changed it.
pub(in crate::app) fn guilloche(id: Option<&Digest>, verdict: Verdict) -> Guilloche {
    let seed = id.map_or([0; 32], |id| *id.as_bytes());
    Guilloche { seed, intact: !matches!(verdict, Verdict::NotGenuine | Verdict::Unreadable) }
}

/// What lies on the flap of such a packet.
pub(in crate::app) fn seal_face(verdict: Verdict, is_over: bool, chinese: bool) -> SealFace {
    match verdict {
        Verdict::NotGenuine | Verdict::Unreadable => SealFace::Broken,
        _ if is_over => SealFace::Expired,
        Verdict::Unchecked => SealFace::Unknown,
        Verdict::Genuine if chinese => SealFace::Gold,
        Verdict::Genuine => SealFace::GoldOpen,
    }
}

/// The greeting's first line, set large, and the rest.
pub(in crate::app) fn greeting_parts(greeting: &str) -> (&str, &str) {
    let (first, rest) = greeting.split_once('\n').unwrap_or((greeting, ""));
    (first.trim(), rest.trim())
}

fn colour(hex: &str) -> Color32 {
    Color32::from_hex(hex).unwrap_or(fixed::ON_ENVELOPE)
}

/// Paints an envelope without its seal.
pub(in crate::app) fn paint(painter: &Painter, look: &mut Look<'_>, at: Pos2, width: f32, face: &Face<'_>) {
    look.pictures.paint(painter, &Drawing::Envelope(face.paper, face.guilloche), at, width);
    if let Some(cover) = face.cover.filter(|_| face.paper.is_gift()) {
        paint_cover(painter, look, at, width, cover);
    }
    paint_head(painter, look, at, width, face);
    paint_greeting(painter, at, width, face);
    if let (Some(foot), false) = (&face.foot, width < SMALL) {
        paint_foot(painter, at, width, face, foot);
    }
}

/// An issuer's cover lies on the envelope's body, under its words, and fades towards the edges: pattern and frame stay whole.
fn paint_cover(painter: &Painter, look: &mut Look<'_>, at: Pos2, width: f32, cover: &Photo) {
    let scale = width / 360.0;
    let rect = Rect::from_min_max(at + vec2(8.0, 232.0) * scale, at + vec2(352.0, 494.0) * scale);
    look.pictures.paint_photo_faded(painter, cover, rect, 48.0 * scale);
}

fn paint_head(painter: &Painter, look: &mut Look<'_>, at: Pos2, width: f32, face: &Face<'_>) {
    let colours = face.paper.colours();
    let text = colour(colours.text);
    let (centre, emblem) = on_envelope(at, width, layout::EMBLEM);
    let size = 2.0 * emblem.max(14.0);
    match face.emblem {
        Some(photo) if face.paper.is_gift() => {
            let rect = Rect::from_center_size(centre, vec2(size, size));
            look.pictures.paint_photo(painter, photo, rect, (size / 2.0) as u8);
            painter.circle_stroke(centre, size / 2.0, Stroke::new(1.2, text));
        }
        _ => look.pictures.paint_centred(painter, &Drawing::Crest(face.paper), centre, size),
    }
    let place = if width < SMALL { (layout::TITLE.0, 116.0, layout::TITLE.2) } else { layout::TITLE };
    let (centre, size) = on_envelope(at, width, place);
    let style =
        Tracked { font: fonts::strong(size.max(13.5)), spacing: if size > 15.0 { 1.0 } else { 0.5 }, colour: text };
    // Nobody vouches for this name, so it stands in quotes.
    let quoted = format!("“{}”", face.title);
    let title = if face.paper == Paper::Kraft { quoted.as_str() } else { face.title };
    let rect = tracked(painter, centre, title, style, width * 0.8);
    if face.paper == Paper::Grey {
        painter.hline(rect.x_range().expand(8.0), rect.center().y, Stroke::new(1.5, text));
    }
}

fn paint_greeting(painter: &Painter, at: Pos2, width: f32, face: &Face<'_>) {
    let colours = face.paper.colours();
    let small = width < SMALL;
    let (first, rest) = greeting_parts(face.greeting);
    let place = if small { (layout::GREETING.0, 358.0, layout::GREETING.2) } else { layout::GREETING };
    let (centre, size) = on_envelope(at, width, place);
    let cjk = first.chars().any(|c| ('\u{2e80}'..'\u{ffef}').contains(&c));
    let (size, spacing) = if cjk { (size.max(19.0), 6.0 * size / 36.0) } else { (size.max(19.0) * 0.83, 0.3) };
    let style = Tracked { font: fonts::strong(size), spacing, colour: colour(colours.text) };
    tracked(painter, centre, first, style, width * 0.86);
    if width < 180.0 || rest.is_empty() {
        return;
    }
    let place = if small { (layout::WISH.0, 404.0, layout::WISH.2) } else { layout::WISH };
    let (centre, size) = on_envelope(at, width, place);
    let ink = colour(colours.small_text);
    let font = fonts::body(size.max(12.5));
    if small {
        let galley = cut_by(painter, &rest.replace('\n', " "), font, ink, width * 0.86);
        painter.galley(Align2::CENTER_CENTER.anchor_size(centre, galley.size()).min, galley, ink);
    } else {
        let mut galley = wrapped(painter, rest, font.clone(), ink, width * 0.8, true);
        if galley.rows.len() > 2 {
            galley = cut_by(painter, &rest.replace('\n', " "), font, ink, width * 0.8);
            painter.galley(Align2::CENTER_CENTER.anchor_size(centre, galley.size()).min, galley, ink);
            return;
        }
        let top = centre.y - size * 0.7;
        painter.galley(pos2(centre.x, top), galley, ink);
    }
}

fn paint_foot(painter: &Painter, at: Pos2, width: f32, face: &Face<'_>, [left, right]: &[String; 2]) {
    let (place, size) = on_envelope(at, width, layout::FOOT);
    let ink = colour(face.paper.colours().small_text);
    let font = fonts::body(size.max(12.0));
    painter.text(place, Align2::LEFT_CENTER, left, font.clone(), ink);
    let end = pos2(at.x + width - (place.x - at.x), place.y);
    painter.text(end, Align2::RIGHT_CENTER, right, font, ink);
}

/// Where the seal of an envelope lies: its middle and its radius.
pub(in crate::app) fn seal_place(at: Pos2, width: f32) -> (Pos2, f32) {
    on_envelope(at, width, layout::SEAL)
}

/// Paints the seal `factor` times as large as it is.
pub(in crate::app) fn paint_seal(
    painter: &Painter,
    look: &mut Look<'_>,
    at: Pos2,
    width: f32,
    face: SealFace,
    factor: f32,
) {
    let (centre, seal) = seal_place(at, width);
    let drawing = Drawing::Seal(face);
    let size = drawing.size(2.0 * seal) * factor;
    let rect = Rect::from_center_size(centre, size);
    look.pictures.paint_in(painter, &drawing, 2.0 * seal, rect, Color32::WHITE);
}

/// How high an envelope of this width is.
pub(in crate::app) fn height(width: f32) -> f32 {
    width * art::ENVELOPE_RATIO
}
