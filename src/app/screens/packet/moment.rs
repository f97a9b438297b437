//! The moment of opening (开): what moves when, and how it is painted. It can be skipped at any time; standing still, it shows
//! its last picture, the money in sight. It says "real money" only after the bank said that the voucher can be paid.

use egui::{Align2, Color32, Painter, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::{Action, Model, bank, title};
use crate::app::art::{self, Colourway, NoteTint, Paper, Shade};
use crate::app::format;
use crate::app::look::{Look, Tracked, tracked};
use crate::app::message::Packet;
use crate::app::pictures::{Drawing, Pose, mix};
use crate::app::screens::envelope;
use crate::app::state::Act;
use crate::app::theme::motion::{in_cubic, in_out_cubic, out_back, out_cubic, out_expo, out_quad, part};
use crate::app::theme::{LIGHT, fixed, fonts};

/// When the moment gives way to the voucher, in seconds.
const SETTLE: f32 = 2.4;
/// How long that takes; and how long when things stand still.
const FADE: f32 = 0.35;
const STILL_FADE: f32 = 0.15;
/// Presses that belong to opening are no wish to skip.
const DEAF: f32 = 0.12;

/// A moment of opening that has begun.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::app) struct Moment {
    start: f64,
}

impl Moment {
    /// Begins at `time`, in seconds of the window.
    pub(in crate::app) const fn start(time: f64) -> Self {
        Self { start: time }
    }

    /// Goes to where it settles.
    pub(super) fn skip(&mut self, time: f64) {
        self.start = self.start.min(time - f64::from(SETTLE));
    }

    /// Seconds since it began.
    fn at(&self, time: f64) -> f32 {
        (time - self.start) as f32
    }

    /// Whether it gives way to what was inside.
    pub(super) fn is_settling(&self, time: f64) -> bool {
        self.at(time) >= SETTLE
    }
}

/// Where the parts of the stage are.
struct Stage {
    rect: Rect,
    width: f32,
    /// Left top of the envelope while it is closed.
    closed: Pos2,
    /// Left top of its mouth once it is open.
    mouth: Pos2,
}

impl Stage {
    /// The whole window, and where the closed envelope stands in it and how wide.
    fn of(rect: Rect, (closed, width): (Pos2, f32)) -> Self {
        let mouth = pos2(rect.center().x - width / 2.0, rect.top() + rect.height() * 0.597);
        Self { rect, width, closed, mouth }
    }

    /// Where the envelope's left top is at `t`.
    fn place(&self, t: f32) -> Pos2 {
        self.closed.lerp(self.mouth, out_cubic(part(t, 0.3, 0.56)))
    }

    fn scale(&self) -> f32 {
        self.width / 392.0
    }
}

/// Paints the moment over the whole window.
pub(super) fn view(
    ui: &mut Ui,
    look: &mut Look<'_>,
    model: &Model,
    packet: &Packet,
    rect: Rect,
    closed: (Pos2, f32),
) -> Option<Act> {
    let moment = model.moment?;
    let still = look.theme.still;
    let now = moment.at(look.time);
    let t = if still { SETTLE - 0.3 } else { now.min(SETTLE) };
    let response = ui.interact(rect, ui.scope_id().with("moment"), Sense::click());
    let skip = look.say("opening-skip");
    let heading = heading(look, model, packet);
    let spoken = format!("{heading} {} {skip}", amount_words(packet));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &spoken));
    let stage = Stage::of(rect, closed);
    let mut painter = ui.painter_at(rect);
    let fade = if still { STILL_FADE } else { FADE };
    let gone = part(now, SETTLE, SETTLE + fade);
    painter.multiply_opacity(1.0 - in_out_cubic(gone));
    if still {
        painter.multiply_opacity(part(now, 0.0, STILL_FADE));
    }
    let room = if still { 1.0 } else { out_quad(part(t, 0.3, 0.56)) };
    paint_room(&painter, look, &stage, room);
    paint_envelope(&painter, look, &stage, model, packet, t);
    paint_words(&painter, look, &stage, &heading, &skip, t);
    let moves = !still || !(STILL_FADE..SETTLE).contains(&now);
    if moves {
        ui.ctx().request_repaint();
    } else {
        ui.ctx().request_repaint_after(std::time::Duration::from_secs_f32(SETTLE - now));
    }
    if gone >= 1.0 {
        return Some(Act::Packet(Action::Settled));
    }
    let keys = [egui::Key::Space, egui::Key::Escape, egui::Key::Enter];
    let pressed = ui.input(|input| keys.iter().any(|key| input.key_pressed(*key)));
    let skips = (response.clicked() || pressed) && now > DEAF && now < SETTLE;
    skips.then_some(Act::Packet(Action::Skip))
}

/// What may be said: of real money only when the bank said so.
fn heading(look: &Look<'_>, model: &Model, packet: &Packet) -> String {
    let inspection = &packet.shown.inspection;
    if inspection.kind == Some("goods") {
        look.say("opening-goods")
    } else if model.standing.is_some_and(|standing| standing.payable) {
        look.say("opened-real")
    } else {
        look.say("opened-now")
    }
}

fn amount_words(packet: &Packet) -> String {
    packet.shown.inspection.amount.map(format::money).unwrap_or_default()
}

fn paint_room(painter: &Painter, look: &mut Look<'_>, stage: &Stage, fade: f32) {
    let rect = stage.rect;
    painter.rect_filled(rect, 0.0, mix(look.tokens().bg, fixed::LACQUER, fade));
    let light = (stage.mouth.y - rect.top()) as u32;
    let drawing = Drawing::Backdrop { height: rect.height() as u32, x: (rect.width() / 2.0) as u32, y: light };
    let tint = Color32::WHITE.gamma_multiply(fade);
    look.pictures.paint_in(painter, &drawing, rect.width(), rect, tint);
}

fn paint_envelope(painter: &Painter, look: &mut Look<'_>, stage: &Stage, model: &Model, packet: &Packet, t: f32) {
    let inspection = &packet.shown.inspection;
    let paper = Paper::Gift(envelope::colourway(inspection.theme.as_deref()));
    let pattern = envelope::guilloche(inspection.id.as_ref(), inspection.verdict);
    let scale = stage.scale();
    let mouth = stage.place(t);
    if t < OPENS {
        paint_closed(painter, look, stage, packet, t);
        return;
    }
    let height = (stage.rect.bottom() - stage.mouth.y + 40.0).max(200.0 * scale) as u32;
    let dip = (80.0 * scale) as u32;
    look.pictures.paint(painter, &Drawing::PocketBack { height, dip, paper, seed: pattern.seed }, mouth, stage.width);
    paint_flap(painter, look, stage, mouth, (paper, pattern), t);
    paint_glow(painter, look, stage, mouth, t);
    paint_notes(painter, look, stage, mouth, pattern.seed, t);
    paint_voucher(painter, look, stage, mouth, (model, packet), t);
    paint_coins(painter, look, stage, mouth, t, false);
    let front = Drawing::Pocket { height, dip, paper, seed: pattern.seed, lit: true };
    look.pictures.paint(painter, &front, mouth, stage.width);
    paint_front_words(painter, stage, mouth, packet, t);
    paint_coins(painter, look, stage, mouth, t, true);
    paint_flecks(painter, stage, mouth, t);
}

/// When the flap begins to turn.
const OPENS: f32 = 0.42;

/// The envelope as it was, on its way down; its seal pressed, then spinning like a coin until it is gone.
fn paint_closed(painter: &Painter, look: &mut Look<'_>, stage: &Stage, packet: &Packet, t: f32) {
    let inspection = &packet.shown.inspection;
    let face = envelope::Face {
        paper: Paper::Gift(envelope::colourway(inspection.theme.as_deref())),
        guilloche: envelope::guilloche(inspection.id.as_ref(), inspection.verdict),
        issuer: envelope::issuer_seed(inspection.issuer.as_ref()),
        title: title(packet),
        greeting: inspection.greeting.as_deref().unwrap_or_default(),
        emblem: packet.emblem.as_ref(),
        cover: packet.cover.as_ref(),
        seal: if look.is_chinese() { art::SealFace::Gold } else { art::SealFace::GoldOpen },
        foot: None,
    };
    let at = stage.place(t);
    envelope::paint(painter, look, at, stage.width, &face);
    let gone = in_out_cubic(part(t, 0.12, OPENS));
    let press = 1.0 - 0.05 * out_quad(part(t, 0.0, 0.12));
    let (centre, radius) = envelope::seal_place(at, stage.width);
    let spin = (gone * std::f32::consts::PI * 1.5).cos().abs().max(0.04);
    let pose = Pose {
        centre,
        angle: 0.0,
        stretch: vec2(spin * press, press),
        tint: Color32::WHITE.gamma_multiply(1.0 - gone),
    };
    look.pictures.paint_turned(painter, &Drawing::Seal(face.seal), 2.0 * radius, pose);
}

/// The flap turns around its hinge: its front folds away, its gold inside rises.
fn paint_flap(
    painter: &Painter,
    look: &mut Look<'_>,
    stage: &Stage,
    mouth: Pos2,
    (paper, pattern): (Paper, art::Guilloche),
    t: f32,
) {
    let fold = in_cubic(part(t, 0.42, 0.6));
    let rise = out_back(part(t, 0.6, 0.82), 1.1);
    let hinge = mouth.y;
    let (left, right) = (mouth.x, mouth.x + stage.width);
    if t < 0.6 {
        let drawing = Drawing::Flap(paper, pattern);
        let height = drawing.size(stage.width).y * (1.0 - fold);
        let rect = Rect::from_min_max(pos2(left, hinge), pos2(right, hinge + height));
        look.pictures.paint_in(painter, &drawing, stage.width, rect, Color32::WHITE);
        return;
    }
    let drawing = Drawing::Lining(paper, pattern.seed);
    let height = drawing.size(stage.width).y * rise;
    let rect = Rect::from_min_max(pos2(left, hinge - height), pos2(right, hinge + 2.0));
    look.pictures.paint_in(painter, &drawing, stage.width, rect, Color32::WHITE);
}

fn paint_glow(painter: &Painter, look: &mut Look<'_>, stage: &Stage, mouth: Pos2, t: f32) {
    let strength = out_quad(part(t, 0.6, 1.1)) * 0.8;
    let centre = pos2(mouth.x + stage.width / 2.0, mouth.y - 60.0 * stage.scale());
    let rect = Rect::from_center_size(centre, egui::Vec2::splat(stage.width * 1.5));
    let tint = Color32::WHITE.gamma_multiply(strength);
    look.pictures.paint_in(painter, &Drawing::Glow, stage.width * 1.5, rect, tint);
}

/// Four banknotes, each a little after the one before: where they end, from the middle of the mouth, and how they lean.
const NOTES: [(f32, f32, f32, NoteTint); 4] = [
    (-152.0, -50.0, -0.26, NoteTint::Rose),
    (-92.0, -84.0, -0.12, NoteTint::Gold),
    (98.0, -86.0, 0.12, NoteTint::Rose),
    (160.0, -48.0, 0.27, NoteTint::Celadon),
];

fn paint_notes(painter: &Painter, look: &mut Look<'_>, stage: &Stage, mouth: Pos2, seed: [u8; 32], t: f32) {
    let scale = stage.scale();
    for (at, (x, y, lean, tint)) in NOTES.into_iter().enumerate() {
        let begin = 0.7 + 0.05 * at as f32;
        let risen = out_back(part(t, begin, begin + 0.4), 1.1);
        if risen <= 0.0 {
            continue;
        }
        let centre = pos2(
            mouth.x + stage.width / 2.0 + x * scale * risen,
            mouth.y + (200.0 * (1.0 - risen) + y * risen + 10.0) * scale,
        );
        let pose = Pose { centre, angle: lean * risen, stretch: vec2(1.0, 1.0), tint: Color32::WHITE };
        // What has not come out of the envelope yet is behind its front, and nowhere else.
        let out = Rect::from_min_max(stage.rect.min, pos2(stage.rect.right(), mouth.y + 4.0 * scale));
        let behind = Rect::from_min_max(pos2(mouth.x, out.bottom()), pos2(mouth.x + stage.width, stage.rect.bottom()));
        for part in [out, behind] {
            let painter = painter.with_clip_rect(part.intersect(painter.clip_rect()));
            look.pictures.paint_turned(&painter, &Drawing::Note(tint, seed), 118.0 * scale, pose);
        }
    }
}

/// The voucher rises and its amount counts up.
fn paint_voucher(
    painter: &Painter,
    look: &mut Look<'_>,
    stage: &Stage,
    mouth: Pos2,
    (_, packet): (&Model, &Packet),
    t: f32,
) {
    let scale = stage.scale();
    let risen = out_expo(part(t, 0.9, 1.5));
    if risen <= 0.0 {
        return;
    }
    let inspection = &packet.shown.inspection;
    let width = 266.0 * scale;
    let height = 300.0 * scale;
    let top = mouth.y + (60.0 * (1.0 - risen) - 168.0 * risen) * scale;
    let at = pos2(mouth.x + (stage.width - width) / 2.0, top);
    let rect = Rect::from_min_size(at, vec2(width, height));
    look.pictures.shadow(painter, rect, 16, crate::app::theme::VOUCHER_SHADOW);
    let seed = inspection.id.map_or([0; 32], |id| *id.as_bytes());
    let paper = Drawing::Voucher { height: height as u32, seed, shade: Shade::Light, closed: false };
    look.pictures.paint_in(painter, &paper, width, rect, Color32::WHITE);
    let middle = at.x + width / 2.0;
    if let Some(goods) = &inspection.goods {
        if let Some(photo) = &packet.goods {
            let photo_rect =
                Rect::from_min_size(at + vec2(14.0, 14.0) * scale, vec2(width - 28.0 * scale, 120.0 * scale));
            look.pictures.paint_photo(painter, photo, photo_rect, 10);
        }
        let y = if packet.goods.is_some() { 158.0 } else { 96.0 };
        let style = Tracked { font: fonts::strong(22.0 * scale), spacing: 0.5, colour: LIGHT.ink };
        tracked(painter, pos2(middle, at.y + y * scale), &goods.item, style, width - 40.0 * scale);
        return;
    }
    let kind = look.say("voucher-bank");
    let style = Tracked { font: fonts::strong(18.0 * scale), spacing: 4.0 * scale, colour: LIGHT.celadon };
    tracked(painter, pos2(middle, at.y + 56.0 * scale), &kind, style, width - 60.0 * scale);
    if let Some(amount) = inspection.amount {
        let counted = in_out_cubic(part(t, 0.95, 1.5));
        let shown = crate::money::Amount::new((amount.minor as f64 * f64::from(counted)) as i64, amount.currency);
        let shown = if counted >= 1.0 { amount } else { shown };
        let text = format::figure(shown);
        let sign = format::currency_sign(amount);
        amount_line(
            painter,
            pos2(middle, at.y + 118.0 * scale),
            (&sign, &text),
            62.0 * scale,
            (LIGHT.ink, width - 44.0 * scale),
        );
    }
    let known = inspection.bank_name.is_some();
    let key = if known { "voucher-issued-by-bank" } else { "money-bank-unknown" };
    let by = look.tell(key, &[("bank", bank(packet).into())]);
    let place = pos2(middle, at.y + 171.0 * scale);
    let galley = crate::app::look::cut_by(painter, &by, fonts::body(14.0 * scale), LIGHT.ink2, width - 40.0 * scale);
    painter.galley(Align2::CENTER_CENTER.anchor_size(place, galley.size()).min, galley, LIGHT.ink2);
}

/// A sign and a large figure, centred, smaller where there is no room.
pub(super) fn amount_line(
    painter: &Painter,
    centre: Pos2,
    (sign, figure): (&str, &str),
    size: f32,
    (ink, width): (Color32, f32),
) -> Rect {
    let lay = |size: f32| {
        let figure = painter.layout_no_wrap(figure.to_owned(), fonts::display(size), ink);
        let sign = painter.layout_no_wrap(sign.to_owned(), fonts::display(size * 0.55), ink);
        let gap = size * 0.12;
        let whole = sign.size().x + gap + figure.size().x;
        (figure, sign, gap, whole)
    };
    let (mut figure_galley, mut sign_galley, mut gap, mut whole) = lay(size);
    if whole > width {
        (figure_galley, sign_galley, gap, whole) = lay(size * width / whole);
    }
    let left = centre.x - whole / 2.0;
    let figure_at = pos2(left + sign_galley.size().x + gap, centre.y - figure_galley.size().y / 2.0);
    // Both stand on the same line.
    let base =
        |galley: &egui::Galley| galley.rows.first().and_then(|row| row.glyphs.first()).map_or(0.0, |glyph| glyph.pos.y);
    let sign_at = pos2(left, figure_at.y + base(&figure_galley) - base(&sign_galley));
    let rect = Rect::from_min_size(pos2(left, figure_at.y), vec2(whole, figure_galley.size().y));
    painter.galley(sign_at, sign_galley, ink);
    painter.galley(figure_at, figure_galley, ink);
    rect
}

/// Coins: where they come to lie, how large, how they lean and turn, and whether in front of the envelope.
const COINS: [(f32, f32, f32, u8, i16, bool); 12] = [
    (-145.0, 26.0, 66.0, 62, -12, false),
    (-100.0, 44.0, 74.0, 55, 6, false),
    (-32.0, 62.0, 74.0, 50, -4, false),
    (40.0, 62.0, 74.0, 50, 5, false),
    (104.0, 42.0, 74.0, 55, -6, false),
    (148.0, 22.0, 62.0, 62, 12, false),
    (-210.0, -122.0, 62.0, 92, -18, true),
    (-148.0, -276.0, 38.0, 55, -28, true),
    (146.0, -278.0, 42.0, 84, 14, true),
    (212.0, -152.0, 56.0, 60, 28, true),
    (-196.0, -20.0, 30.0, 70, 40, true),
    (226.0, -40.0, 28.0, 74, -30, true),
];

fn paint_coins(painter: &Painter, look: &mut Look<'_>, stage: &Stage, mouth: Pos2, t: f32, front: bool) {
    let scale = stage.scale();
    let middle = mouth.x + stage.width / 2.0;
    for (at, (x, y, size, tilt, turn, in_front)) in COINS.into_iter().enumerate() {
        if in_front != front {
            continue;
        }
        let begin = 0.76 + 0.02 * at as f32;
        let gone = part(t, begin, begin + 0.42);
        if gone <= 0.0 {
            continue;
        }
        // Thrown up and falling into its place.
        let out = out_cubic(gone);
        let arc = -120.0 * (1.0 - gone) * gone * 4.0 * if front { 0.5 } else { 0.25 };
        let centre = pos2(middle + x * scale * out, mouth.y + (y * out + arc) * scale);
        let pose = Pose { centre, angle: 0.0, stretch: egui::Vec2::splat(0.6 + 0.4 * out), tint: Color32::WHITE };
        look.pictures.paint_turned(painter, &Drawing::Coin(tilt, turn), size * scale, pose);
    }
}

fn paint_front_words(painter: &Painter, stage: &Stage, mouth: Pos2, packet: &Packet, t: f32) {
    let scale = stage.scale();
    let inspection = &packet.shown.inspection;
    let (first, rest) = envelope::greeting_parts(inspection.greeting.as_deref().unwrap_or_default());
    let middle = mouth.x + stage.width / 2.0;
    // The words go up as the envelope goes down, so that they stay in sight.
    let down = out_cubic(part(t, 0.3, 0.7));
    let style = Tracked { font: fonts::strong(36.0 * scale), spacing: 5.0 * scale, colour: fixed::ON_ENVELOPE };
    tracked(
        painter,
        pos2(middle, mouth.y + (358.0 + (170.0 - 358.0) * down) * scale),
        first,
        style,
        stage.width * 0.86,
    );
    let wish = crate::app::look::cut_by(
        painter,
        &rest.replace('\n', " "),
        fonts::body(15.0 * scale),
        fixed::ON_BODY,
        stage.width * 0.86,
    );
    let place = Align2::CENTER_CENTER
        .anchor_size(pos2(middle, mouth.y + (404.0 + (214.0 - 404.0) * down) * scale), wish.size());
    painter.galley(place.min, wish, fixed::ON_BODY);
    // In a narrow window this is where it says how to skip.
    if stage.rect.width() - stage.width < 300.0 {
        return;
    }
    let y = mouth.y + 276.0 * scale;
    let font = fonts::body((13.0 * scale).max(11.0));
    let serial = format::serial(inspection.serial.unwrap_or_default());
    painter.text(pos2(mouth.x + 26.0 * scale, y), Align2::LEFT_CENTER, serial, font.clone(), fixed::ON_BODY);
    painter.text(
        pos2(mouth.x + stage.width - 26.0 * scale, y),
        Align2::RIGHT_CENTER,
        title(packet),
        font,
        fixed::ON_BODY,
    );
}

/// Foil flecks on their way down; where they are follows from their number and the time alone.
fn paint_flecks(painter: &Painter, stage: &Stage, mouth: Pos2, t: f32) {
    if t < 0.76 {
        return;
    }
    let scale = stage.scale();
    let origin = pos2(mouth.x + stage.width / 2.0, mouth.y - 20.0 * scale);
    for at in 0..34_u32 {
        let draw = |salt: u32| scatter(at * 8 + salt);
        let age = (t - 0.76 - 0.2 * draw(1)).max(0.0);
        let fade = 1.0 - part(t, 2.1, SETTLE);
        let angle = -std::f32::consts::PI * (0.06 + 0.88 * draw(2));
        let speed = (420.0 + 620.0 * draw(3)) * scale;
        let drag = 1.0 - (-1.9 * age).exp();
        let place = origin + speed * drag / 1.9 * egui::Vec2::angled(angle) + vec2(0.0, 74.0 * age * age * scale);
        if !stage.rect.contains(place) {
            continue;
        }
        let colour = Color32::from_hex(art::FOIL[at as usize % art::FOIL.len()]).unwrap_or(fixed::GOLD_EDGE);
        let turn = 6.0 * age * (draw(4) - 0.5) + 6.3 * draw(5);
        let size = (5.0 + 5.0 * draw(6)) * scale.max(0.7);
        let across = egui::Vec2::angled(turn) * size;
        let down = across.rot90() * (0.35 + 0.6 * (turn * 1.7).sin().abs());
        let corners = vec![place - across - down, place + across - down, place + across + down, place - across + down];
        painter.add(egui::Shape::convex_polygon(corners, colour.gamma_multiply(fade), egui::Stroke::NONE));
    }
}

/// A number from 0 to 1 that looks like chance and is always the same for the same `at` (the mixer of splitmix32).
fn scatter(at: u32) -> f32 {
    let mut mixed = at.wrapping_add(0x9E37_79B9);
    mixed = (mixed ^ (mixed >> 16)).wrapping_mul(0x21F0_AAAD);
    mixed = (mixed ^ (mixed >> 15)).wrapping_mul(0x735A_2D97);
    mixed ^= mixed >> 15;
    mixed as f32 / u32::MAX as f32
}

fn paint_words(painter: &Painter, look: &Look<'_>, stage: &Stage, heading: &str, skip: &str, t: f32) {
    let fade = out_quad(part(t, 1.0, 1.4));
    let rect = stage.rect;
    let size = 30.0 * stage.scale().min(1.1);
    let spacing = if look.is_chinese() { 3.0 } else { 0.3 };
    let style = Tracked { font: fonts::strong(size), spacing, colour: fixed::ON_ENVELOPE.gamma_multiply(fade) };
    let y = rect.top() + rect.height() * 0.104;
    tracked(painter, pos2(rect.center().x, y), heading, style, rect.width() - 48.0);
    let at = pos2(rect.right() - 32.0, rect.bottom() - 36.0);
    painter.text(at, Align2::RIGHT_CENTER, skip, fonts::body(fonts::SECONDARY), fixed::ON_BODY);
}

/// Orders every drawing of the moment ahead, so that none is missing when it begins.
pub(super) fn order_ahead(ctx: &egui::Context, look: &mut Look<'_>, packet: &Packet, rect: Rect, closed: (Pos2, f32)) {
    let stage = Stage::of(rect, closed);
    let scale = stage.scale();
    let inspection = &packet.shown.inspection;
    let paper = Paper::Gift(match envelope::paper(inspection.verdict, inspection.theme.as_deref(), false) {
        Paper::Gift(colourway) => colourway,
        _ => Colourway::Cinnabar,
    });
    let pattern = envelope::guilloche(inspection.id.as_ref(), inspection.verdict);
    let height = (stage.rect.bottom() - stage.mouth.y + 40.0).max(200.0 * scale) as u32;
    let dip = (80.0 * scale) as u32;
    let seed = pattern.seed;
    let light = (stage.mouth.y - rect.top()) as u32;
    let backdrop = Drawing::Backdrop { height: rect.height() as u32, x: (rect.width() / 2.0) as u32, y: light };
    let voucher = Drawing::Voucher { height: (300.0 * scale) as u32, seed, shade: Shade::Light, closed: false };
    let mut orders = vec![
        (backdrop, rect.width()),
        (Drawing::Pocket { height, dip, paper, seed, lit: true }, stage.width),
        (Drawing::PocketBack { height, dip, paper, seed }, stage.width),
        (Drawing::Flap(paper, pattern), stage.width),
        (Drawing::Lining(paper, seed), stage.width),
        (Drawing::Glow, stage.width * 1.5),
        (voucher, 266.0 * scale),
    ];
    orders.extend(NOTES.into_iter().map(|(_, _, _, tint)| (Drawing::Note(tint, seed), 118.0 * scale)));
    orders.extend(COINS.into_iter().map(|(_, _, size, tilt, turn, _)| (Drawing::Coin(tilt, turn), size * scale)));
    for (drawing, width) in orders {
        let _ = look.pictures.texture(ctx, &drawing, width);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_ends_and_can_be_skipped() {
        let mut moment = Moment::start(10.0);
        assert!(!moment.is_settling(10.0) && !moment.is_settling(12.0));
        assert!(moment.is_settling(10.0 + f64::from(SETTLE)));
        moment.skip(10.5);
        assert!(moment.is_settling(10.5));
    }
}
