//! A closed envelope with its words: the same on the shelf, on its own page, and in the forward sheet.

use egui::{Align2, Color32, Painter, Pos2, Rect, Stroke, pos2, vec2};

use super::super::look::{Look, Tracked, cut_by, is_chinese, tracked, wrapped};
use super::super::pictures::{Drawing, ENVELOPE_UNITS, Photo, Seed, mix, on_envelope};
use super::super::theme::{fixed, fonts};
use crate::art::{self, Colourway, Guilloche, Layout, Paper, SealFace};
use crate::jose::Digest;
use crate::packet::{Origin, Verdict};

/// What an envelope shows.
#[derive(Clone, Debug)]
pub(in crate::app) struct Face<'a> {
    pub(in crate::app) paper: Paper,
    pub(in crate::app) guilloche: Guilloche,
    /// Who made it, for the crest of an issuer without emblem.
    pub(in crate::app) issuer: Seed,
    pub(in crate::app) title: &'a str,
    pub(in crate::app) greeting: &'a str,
    pub(in crate::app) emblem: Option<&'a Photo>,
    pub(in crate::app) cover: Option<&'a Photo>,
    pub(in crate::app) seal: SealFace,
    /// What is stamped on it, when it is over.
    pub(in crate::app) stamp: Option<String>,
    /// Serial number and validity, on large envelopes.
    pub(in crate::app) foot: Option<[String; 2]>,
}

/// What a packet is made of: a packet that cannot be trusted loses its colour.
pub(in crate::app) fn paper(verdict: Verdict, theme: Option<&str>, is_over: bool) -> Paper {
    match verdict {
        Verdict::NotGenuine | Verdict::Unreadable => Paper::Grey,
        _ if is_over => Paper::Faded,
        Verdict::Unchecked => Paper::Kraft,
        Verdict::Genuine => Paper::Gift(Colourway::named(theme)),
    }
}

/// The pattern of a packet: drawn from its signed form, whole unless somebody changed it.
pub(in crate::app) fn guilloche(id: Option<&Digest>, verdict: Verdict) -> Guilloche {
    let seed = id.map_or([0; 32], |id| *id.as_bytes());
    Guilloche { seed, intact: !matches!(verdict, Verdict::NotGenuine | Verdict::Unreadable) }
}

/// What an issuer's crest is drawn from: its address, so that all its packets carry the same.
pub(in crate::app) fn issuer_seed(issuer: Option<&Origin>) -> Seed {
    issuer.map_or([0; 32], |origin| *Digest::of(origin.as_str().as_bytes()).as_bytes())
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
        paint_cover(painter, look, at, width, (cover, face.paper));
    }
    paint_head(painter, look, at, width, face);
    paint_greeting(painter, at, width, face);
    if let Some(stamp) = &face.stamp {
        paint_stamp(painter, at, width, (stamp, fixed::STAMP));
    }
    if let (Some(foot), Some(place)) = (&face.foot, Layout::of(width).foot) {
        paint_foot(painter, at, width, face, (place, foot));
    }
}

/// How much brighter than its paper the brightest of a cover may be, of 1: all words on it can be read whatever it shows.
const COVER: f32 = 0.1;

/// An issuer's cover is printed on the envelope's body in the red of its paper, under its words, and fades towards the edges:
/// pattern and frame stay whole.
fn paint_cover(painter: &Painter, look: &mut Look<'_>, at: Pos2, width: f32, (cover, paper): (&Photo, Paper)) {
    let scale = width / 360.0;
    let rect = Rect::from_min_max(at + vec2(8.0, 232.0) * scale, at + vec2(352.0, 494.0) * scale);
    let tint = mix(colour(paper.colours().body_top), Color32::WHITE, COVER);
    look.pictures.paint_photo_faded(painter, cover, (rect, 48.0 * scale), tint);
}

/// Paints who sent it: emblem or crest, and the name.
pub(in crate::app) fn paint_head(painter: &Painter, look: &mut Look<'_>, at: Pos2, width: f32, face: &Face<'_>) {
    let (colours, layout) = (face.paper.colours(), Layout::of(width));
    let text = colour(colours.text);
    let (centre, emblem) = emblem_place(at, width);
    let size = 2.0 * emblem;
    match face.emblem {
        Some(photo) if face.paper.is_gift() => {
            let rect = Rect::from_center_size(centre, vec2(size, size));
            look.pictures.paint_photo(painter, photo, rect, (size / 2.0) as u8);
            painter.circle_stroke(centre, size / 2.0, Stroke::new(1.2, text));
        }
        // Whose mark it is cannot be said of a file that somebody changed.
        _ if face.paper == Paper::Grey => {}
        _ => look.pictures.paint_centred(painter, &Drawing::Crest(face.paper, face.issuer), centre, size),
    }
    if face.title.is_empty() {
        return;
    }
    let (centre, size) = on_envelope(at, width, layout.title);
    let style = Tracked { font: fonts::strong(size.max(fonts::SMALL)), spacing: 1.0, colour: text };
    // Nobody vouches for this name, so it stands in quotes.
    let quoted = format!("“{}”", face.title);
    let title = if face.paper == Paper::Kraft { quoted.as_str() } else { face.title };
    let rect = tracked(painter, centre, title, style, width * 0.82);
    if face.paper == Paper::Grey {
        painter.hline(rect.x_range().expand(8.0), rect.center().y, Stroke::new(1.5, text));
    }
}

/// The greeting's first line, large; on two lines where it is long. And below it the rest.
fn paint_greeting(painter: &Painter, at: Pos2, width: f32, face: &Face<'_>) {
    let (colours, layout) = (face.paper.colours(), Layout::of(width));
    let (first, rest) = greeting_parts(face.greeting);
    paint_headline(painter, on_envelope(at, width, layout.greeting).0, width, first, face.paper);
    let Some(place) = layout.wish.filter(|_| !rest.is_empty()) else { return };
    let (centre, size) = on_envelope(at, width, place);
    let ink = colour(colours.small_text);
    let font = fonts::body(size.max(fonts::SMALL));
    let mut galley = wrapped(painter, rest, font.clone(), ink, width * 0.84, true);
    // Two lines fit above the button, on large envelopes.
    if galley.rows.len() > if layout.foot.is_some() { 2 } else { 1 } {
        galley = cut_by(painter, &rest.replace('\n', " "), font, ink, width * 0.86);
    }
    if galley.rows.len() > 1 {
        painter.galley(pos2(centre.x, centre.y - size * 0.7), galley, ink);
    } else {
        let left = centre.x - galley.rect.center().x;
        painter.galley(pos2(left, centre.y - galley.size().y / 2.0), galley, ink);
    }
}

/// Paints the first line of a greeting around `centre` of an envelope so wide.
pub(in crate::app) fn paint_headline(painter: &Painter, centre: Pos2, width: f32, text: &str, paper: Paper) {
    let layout = Layout::of(width);
    let size = layout.greeting.2 * width / ENVELOPE_UNITS;
    let (size, spacing) =
        if is_chinese(text) { (size, size / 6.0) } else { (size * layout.latin / layout.greeting.2, 0.0) };
    let style = Tracked { font: fonts::bold(size.max(fonts::STRONG)), spacing, colour: colour(paper.colours().text) };
    headline(painter, centre, text, style, width * 0.86);
}

/// How much smaller a greeting may be set, on how many lines, within which parts of the width: as large as it can be, and
/// where it takes two lines, both about as long.
const SETTINGS: [(f32, usize, &[f32]); 5] = [
    (1.0, 1, &[1.0]),
    (0.86, 1, &[1.0]),
    (0.84, 2, &[0.62, 0.72, 0.84, 1.0]),
    (0.7, 2, &[0.62, 0.72, 0.84, 1.0]),
    (0.5, 2, &[0.72, 1.0]),
];

/// A large line around `centre`, or two. What is longer still ends in ….
fn headline(painter: &Painter, centre: Pos2, text: &str, style: Tracked, width: f32) {
    let layout = |size: f32, rows: usize, width: f32| {
        let spacing = style.spacing * size / style.font.size;
        let format = egui::TextFormat {
            font_id: egui::FontId { size, ..style.font.clone() },
            extra_letter_spacing: spacing,
            color: style.colour,
            ..egui::TextFormat::default()
        };
        let mut job = egui::text::LayoutJob::single_section(text.to_owned(), format);
        job.halign = egui::Align::Center;
        job.wrap = egui::text::TextWrapping { max_width: width, max_rows: rows, ..Default::default() };
        painter.layout_job(job)
    };
    let all = SETTINGS.iter().flat_map(|(part, rows, widths)| widths.iter().map(|of| (*part, *rows, *of)));
    let mut last = None;
    for (part, rows, of) in all {
        let made = layout((style.font.size * part).max(fonts::SMALL), rows, width * of);
        let fits = !made.elided && made.rows.iter().all(|row| row.size.x <= width * of + 0.5);
        last = Some(made);
        if fits {
            break;
        }
    }
    let Some(galley) = last else { return };
    let middle = centre.x - galley.rect.center().x;
    painter.galley(pos2(middle, centre.y - galley.size().y / 2.0), galley, style.colour);
}

/// How far a stamp leans, in radians.
const LEAN: f32 = -0.21;

/// Paints a word in a frame, askew, below the greeting.
fn paint_stamp(painter: &Painter, at: Pos2, width: f32, (word, ink): (&str, Color32)) {
    // On a large envelope the foot is below it; on a small one nothing is, and it may be larger.
    let is_large = Layout::of(width).foot.is_some();
    let place = if is_large { (180.0, 428.0, 19.0) } else { (180.0, 447.0, 25.0) };
    let (centre, size) = on_envelope(at, width, place);
    let font = fonts::strong(size.max(fonts::SECONDARY));
    let galley = cut_by(painter, word, font, ink, width * 0.72);
    let half = galley.size() / 2.0 + vec2(size * 0.8, size * if is_large { 0.42 } else { 0.12 });
    let turn = egui::emath::Rot2::from_angle(LEAN);
    let (round, steps) = (size * 0.3, 5);
    let corner = |x: f32, y: f32, from: f32| {
        (0..=steps).map(move |step| {
            let angle = (from + 90.0 * step as f32 / steps as f32).to_radians();
            centre + turn * (vec2(x * (half.x - round), y * (half.y - round)) + round * egui::Vec2::angled(angle))
        })
    };
    let mut frame: Vec<Pos2> = corner(1.0, -1.0, -90.0).collect();
    frame.extend(corner(1.0, 1.0, 0.0));
    frame.extend(corner(-1.0, 1.0, 90.0));
    frame.extend(corner(-1.0, -1.0, 180.0));
    painter.add(egui::Shape::closed_line(frame, Stroke::new((size * 0.11).max(1.5), ink)));
    let left_top = centre + turn * (-galley.size() / 2.0);
    painter.add(egui::epaint::TextShape::new(left_top, galley, ink).with_angle(LEAN));
}

/// A place of the layout, and what stands at its left and at its right.
type Foot<'a> = ((f32, f32, f32), &'a [String; 2]);

fn paint_foot(painter: &Painter, at: Pos2, width: f32, face: &Face<'_>, (place, [left, right]): Foot<'_>) {
    let (place, size) = on_envelope(at, width, place);
    let ink = colour(face.paper.colours().small_text);
    let font = fonts::body(size.max(fonts::SMALL));
    painter.text(place, Align2::LEFT_CENTER, left, font.clone(), ink);
    let end = pos2(at.x + width - (place.x - at.x), place.y);
    painter.text(end, Align2::RIGHT_CENTER, right, font, ink);
}

/// Tells a screen reader, and whoever points at it, everything that is written on an envelope: a long greeting ends in … on
/// its paper.
pub(in crate::app) fn say(ui: &egui::Ui, look: &Look<'_>, at: Pos2, width: f32, face: &Face<'_>) {
    let title = if face.paper == Paper::Kraft { format!("“{}”", face.title) } else { face.title.to_owned() };
    let greeting = face.greeting.replace('\n', " ");
    let name = look.tell("packet-name", &[("title", title.into()), ("greeting", greeting.into())]);
    let rect = Rect::from_min_size(at, vec2(width, height(width)));
    let response = ui.interact(rect, ui.scope_id().with("envelope"), egui::Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Label, true, &name));
}

/// Where the emblem or crest of an envelope lies: its middle and its radius.
pub(in crate::app) fn emblem_place(at: Pos2, width: f32) -> (Pos2, f32) {
    on_envelope(at, width, Layout::of(width).emblem)
}

/// Where the seal of an envelope lies: its middle and its radius.
pub(in crate::app) fn seal_place(at: Pos2, width: f32) -> (Pos2, f32) {
    on_envelope(at, width, Layout::of(width).seal)
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
