//! How the moment of opening is painted at one point of its time: from the room at the back to the flecks in front.

use egui::{Align2, Color32, Painter, Pos2, Rect, Vec2, pos2, vec2};

use super::super::figure::amount_line;
use super::super::stage::{foot, forward_place};
use super::super::{bank, forward_on_envelope, title};
use super::timeline::{self, EDGE_ON, OPENS};
use crate::app::art::{self, Guilloche, NoteTint, Paper, Shade};
use crate::app::format;
use crate::app::look::{Look, Tracked, cut_by, tracked, wrapped};
use crate::app::message::Packet;
use crate::app::pictures::{Drawing, Pose};
use crate::app::screens::envelope;
use crate::app::theme::motion::{out_cubic, out_quad, part};
use crate::app::theme::{CONTACT_SHADOW, ENVELOPE_SHADOW, LIGHT, VOUCHER_SHADOW, fixed, fonts, icons};
use crate::app::widgets;
use crate::packet::claims::Mode;

/// Where the parts of the stage are.
pub(super) struct Stage {
    rect: Rect,
    width: f32,
    /// Left top of the envelope while it is closed.
    closed: Pos2,
    /// Left top of its mouth once it is open.
    mouth: Pos2,
}

impl Stage {
    /// The whole window, and where the closed envelope stands in it and how wide.
    pub(super) fn of(rect: Rect, (closed, width): (Pos2, f32)) -> Self {
        let mouth = pos2((rect.center().x - width / 2.0).round(), (rect.top() + rect.height() * 0.597).round());
        Self { rect, width, closed, mouth }
    }

    /// In units of an envelope 392 wide.
    fn scale(&self) -> f32 {
        self.width / 392.0
    }

    /// The open envelope's front goes on below the window.
    fn pocket(&self) -> (u32, u32) {
        let height = (self.rect.bottom() - self.mouth.y + 40.0).max(200.0 * self.scale());
        (height as u32, (80.0 * self.scale()) as u32)
    }

    fn backdrop(&self) -> Drawing {
        let light = (self.mouth.y - self.rect.top()) as u32;
        Drawing::Backdrop { height: self.rect.height() as u32, x: (self.rect.width() / 2.0) as u32, y: light }
    }

    /// The voucher's size.
    fn sheet(&self) -> Vec2 {
        vec2(266.0, 300.0) * self.scale()
    }
}

/// One point of the moment's time.
pub(super) struct Show<'a> {
    painter: &'a Painter,
    stage: Stage,
    packet: &'a Packet,
    paper: Paper,
    pattern: Guilloche,
    /// Left top of the envelope now.
    mouth: Pos2,
    t: f32,
    still: bool,
}

impl<'a> Show<'a> {
    /// A packet's moment at `t`; when things stand still nothing flies.
    pub(super) fn of(painter: &'a Painter, stage: Stage, packet: &'a Packet, t: f32, still: bool) -> Self {
        let inspection = &packet.shown.inspection;
        let paper = Paper::Gift(envelope::colourway(inspection.theme.as_deref()));
        let pattern = envelope::guilloche(inspection.id.as_ref(), inspection.verdict);
        let mouth = stage.closed.lerp(stage.mouth, timeline::slide(t));
        Self { painter, stage, packet, paper, pattern, mouth, t, still }
    }

    fn scale(&self) -> f32 {
        self.stage.scale()
    }

    /// A place in units of an envelope 392 wide, from the middle of the mouth.
    fn at(&self, x: f32, y: f32) -> Pos2 {
        self.mouth + vec2(self.stage.width / 2.0 + x * self.scale(), y * self.scale())
    }
}

/// When the words on the envelope have come to rest, and there is room for the small print.
const RESTS: f32 = 0.7;

/// Paints everything.
pub(super) fn paint(show: &Show<'_>, look: &mut Look<'_>, [heading, skip]: [&str; 2]) {
    paint_room(show, look);
    if show.t < OPENS {
        paint_closed(show, look);
        return;
    }
    let ((height, dip), seed) = (show.stage.pocket(), show.pattern.seed);
    let back = Drawing::PocketBack { height, dip, paper: show.paper, seed };
    // Nothing of the back is seen above the hinge.
    let below = Rect::from_min_max(pos2(show.mouth.x, show.mouth.y), show.stage.rect.max);
    look.pictures.paint(&show.painter.with_clip_rect(below), &back, show.mouth, show.stage.width);
    if show.t >= EDGE_ON {
        paint_flap(show, look);
    }
    paint_glow(show, look);
    let headline = paint_headline(show, look, heading);
    paint_flecks(show, headline, false);
    paint_notes(show, look);
    let sheet = paint_voucher(show, look);
    paint_coins(show, look, false);
    let front = Drawing::Pocket { height, dip, paper: show.paper, seed, lit: true };
    look.pictures.paint(show.painter, &front, show.mouth, show.stage.width);
    paint_front_words(show);
    // Closed, the flap lies over the front; open, it stands behind everything.
    if show.t < EDGE_ON {
        paint_flap(show, look);
        let face = face(show, look);
        let mut painter = show.painter.clone();
        painter.multiply_opacity(1.0 - part(show.t, OPENS, 0.5));
        envelope::paint_head(&painter, look, show.mouth, show.stage.width, &face);
    }
    paint_coins(show, look, true);
    paint_flecks(show, headline.union(sheet.unwrap_or(headline)), true);
    // In a narrow window it stands on the envelope, when the words there have come to rest.
    let at = pos2(show.stage.rect.right() - 32.0, show.stage.rect.bottom() - 36.0);
    if show.t >= RESTS {
        show.painter.text(at, Align2::RIGHT_CENTER, skip, fonts::body(fonts::SECONDARY), fixed::ON_BODY);
    }
}

fn paint_room(show: &Show<'_>, look: &mut Look<'_>) {
    let (rect, fade) = (show.stage.rect, timeline::room(show.t));
    show.painter.rect_filled(rect, 0.0, fixed::LACQUER.gamma_multiply(fade));
    let tint = Color32::WHITE.gamma_multiply(fade);
    look.pictures.paint_in(show.painter, &show.stage.backdrop(), rect.width(), rect, tint);
}

/// The envelope as it was.
fn face<'a>(show: &Show<'a>, look: &Look<'_>) -> envelope::Face<'a> {
    let inspection = &show.packet.shown.inspection;
    envelope::Face {
        paper: show.paper,
        guilloche: show.pattern,
        issuer: envelope::issuer_seed(inspection.issuer.as_ref()),
        title: title(show.packet),
        greeting: inspection.greeting.as_deref().unwrap_or_default(),
        emblem: show.packet.emblem.as_ref(),
        cover: show.packet.cover.as_ref(),
        seal: if look.is_chinese() { art::SealFace::Gold } else { art::SealFace::GoldOpen },
        stamp: None,
        foot: Some(foot(look, inspection)),
    }
}

/// The closed envelope on its way down; its seal pressed, then spinning like a coin until it is gone.
fn paint_closed(show: &Show<'_>, look: &mut Look<'_>) {
    let face = face(show, look);
    let body = Rect::from_min_size(show.mouth, vec2(show.stage.width, envelope::height(show.stage.width)));
    let lit = 1.0 - timeline::room(show.t);
    for mut shadow in [ENVELOPE_SHADOW, CONTACT_SHADOW] {
        shadow.color = shadow.color.gamma_multiply(lit);
        look.pictures.shadow(show.painter, body, 18, shadow);
    }
    envelope::paint(show.painter, look, show.mouth, show.stage.width, &face);
    if forward_on_envelope(show.packet) && show.t < 0.2 {
        let label = look.say("forward");
        let place = forward_place(show.painter, show.mouth, show.stage.width, &label);
        let mut painter = show.painter.clone();
        painter.multiply_opacity(1.0 - part(show.t, 0.06, 0.2));
        widgets::paint_pill(&painter, place, icons::FORWARD, &label, None);
    }
    let (centre, radius) = envelope::seal_place(show.mouth, show.stage.width);
    let (press, gone) = (timeline::seal_size(show.t), timeline::seal_gone(show.t));
    let pose = Pose {
        centre,
        angle: 0.0,
        stretch: vec2(timeline::seal_breadth(gone) * press, press),
        tint: Color32::WHITE.gamma_multiply(1.0 - gone),
    };
    look.pictures.paint_turned(show.painter, &Drawing::Seal(face.seal), 2.0 * radius, pose);
}

/// The flap turns around its hinge: its front folds away into the dark, its gold inside rises into the light.
fn paint_flap(show: &Show<'_>, look: &mut Look<'_>) {
    let (width, hinge) = (show.stage.width, show.mouth.y);
    let (left, right, high) = (show.mouth.x, show.mouth.x + width, timeline::flap(show.t));
    let shade = |lit: f32| Color32::from_gray((150.0 + 105.0 * lit.clamp(0.0, 1.0)) as u8);
    if show.t < EDGE_ON {
        let drawing = Drawing::Flap(show.paper, show.pattern);
        let bottom = hinge + drawing.size(width).y * high;
        let rect = Rect::from_min_max(pos2(left, hinge), pos2(right, bottom));
        look.pictures.paint_in(show.painter, &drawing, width, rect, shade(high));
    } else {
        let drawing = Drawing::Lining(show.paper, show.pattern.seed);
        let top = hinge + drawing.size(width).y * high;
        let rect = Rect::from_min_max(pos2(left, top), pos2(right, hinge + 2.0));
        look.pictures.paint_in(show.painter, &drawing, width, rect, shade(-high));
    }
}

fn paint_glow(show: &Show<'_>, look: &mut Look<'_>) {
    let strength = out_quad(part(show.t, EDGE_ON, 1.1));
    let rect = Rect::from_center_size(show.at(0.0, -12.0), Vec2::splat(show.stage.width * GLOW));
    let tint = Color32::WHITE.gamma_multiply(strength);
    look.pictures.paint_in(show.painter, &Drawing::Glow, show.stage.width * GLOW, rect, tint);
}

/// How wide the glow is, in widths of the envelope.
const GLOW: f32 = 1.7;

/// Four banknotes, each a little after the one before: where they end, from the middle of the mouth, and how they lean. The outer
/// ones come out of the mouth at its very corners, and nowhere beside it.
const NOTES: [(f32, f32, f32, NoteTint); timeline::NOTES] = [
    (-145.0, -50.0, -0.26, NoteTint::Rose),
    (-92.0, -84.0, -0.12, NoteTint::Gold),
    (98.0, -86.0, 0.12, NoteTint::Rose),
    (144.0, -48.0, 0.27, NoteTint::Celadon),
];

fn paint_notes(show: &Show<'_>, look: &mut Look<'_>) {
    for (at, (x, y, lean, tint)) in NOTES.into_iter().enumerate() {
        let risen = timeline::note(at, show.t);
        if risen <= 0.0 {
            continue;
        }
        let centre = show.at(x * risen, 200.0 * (1.0 - risen) + y * risen + 10.0);
        let pose = Pose { centre, angle: lean * risen, stretch: Vec2::splat(1.0), tint: Color32::WHITE };
        // What has not come out of the envelope yet is behind its front, and nowhere else.
        let (window, mouth) = (show.stage.rect, show.mouth);
        let out = Rect::from_min_max(window.min, pos2(window.right(), mouth.y + 4.0 * show.scale()));
        let right = mouth.x + show.stage.width;
        let behind = Rect::from_min_max(pos2(mouth.x, out.bottom()), pos2(right, window.bottom()));
        for part in [out, behind] {
            let painter = show.painter.with_clip_rect(part);
            look.pictures.paint_turned(&painter, &Drawing::Note(tint, show.pattern.seed), NOTE * show.scale(), pose);
        }
    }
}

/// How wide a note is.
const NOTE: f32 = 118.0;

/// The voucher rises; where its text may stand.
fn paint_voucher(show: &Show<'_>, look: &mut Look<'_>) -> Option<Rect> {
    let risen = timeline::voucher(show.t);
    if risen <= 0.0 {
        return None;
    }
    let (scale, size) = (show.scale(), show.stage.sheet());
    let at = show.at(-133.0, 60.0 * (1.0 - risen) - 168.0 * risen);
    let rect = Rect::from_min_size(at, size);
    look.pictures.shadow(show.painter, rect, 16, VOUCHER_SHADOW);
    let seed = show.pattern.seed;
    let paper = Drawing::Voucher { height: size.y as u32, seed, shade: Shade::Light, closed: false };
    look.pictures.paint_in(show.painter, &paper, size.x, rect, Color32::WHITE);
    if show.packet.shown.inspection.goods.is_some() {
        goods_words(show, look, rect);
    } else {
        bank_words(show, look, rect);
    }
    Some(rect.shrink(10.0 * scale))
}

/// The goods take the place of a sum.
fn goods_words(show: &Show<'_>, look: &mut Look<'_>, rect: Rect) {
    let (scale, inspection) = (show.scale(), &show.packet.shown.inspection);
    let Some(goods) = &inspection.goods else { return };
    if let Some(photo) = &show.packet.goods {
        let size = vec2(rect.width() - 28.0 * scale, 120.0 * scale);
        look.pictures.paint_photo(
            show.painter,
            photo,
            Rect::from_min_size(rect.min + vec2(14.0, 14.0) * scale, size),
            10,
        );
    } else {
        let kind = look.say("voucher-goods");
        let style = Tracked { font: fonts::strong(18.0 * scale), spacing: 4.0 * scale, colour: LIGHT.celadon };
        tracked(show.painter, pos2(rect.center().x, rect.top() + 56.0 * scale), &kind, style, rect.width() * 0.8);
    }
    let y = if show.packet.goods.is_some() { 160.0 } else { 112.0 };
    let font = fonts::strong((22.0 * scale).max(fonts::STRONG));
    let galley = wrapped(show.painter, &goods.item, font, LIGHT.ink, rect.width() - 40.0 * scale, true);
    let top = rect.top() + y * scale - galley.size().y.min(60.0 * scale) / 2.0;
    let painter = show.painter.with_clip_rect(rect);
    painter.galley(pos2(rect.center().x, top), galley, LIGHT.ink);
}

/// The bank's word, and the sum counting up.
fn bank_words(show: &Show<'_>, look: &Look<'_>, rect: Rect) {
    let (scale, inspection, middle) = (show.scale(), &show.packet.shown.inspection, rect.center().x);
    let kind = look.say("voucher-bank");
    let style = Tracked { font: fonts::bold(19.0 * scale), spacing: 6.0 * scale, colour: LIGHT.celadon };
    tracked(show.painter, pos2(middle, rect.top() + 55.0 * scale), &kind, style, rect.width() * 0.8);
    let collected = show.packet.shown.collection.as_ref().and_then(|collected| collected.amount);
    if let Some(amount) = collected.or(inspection.amount) {
        let shown = crate::money::Amount::new(timeline::counted(amount.minor, show.t), amount.currency);
        let (sign, text) = (format::currency_sign(amount), format::figure(shown));
        let place = pos2(middle, rect.top() + 117.0 * scale);
        let width = rect.width() - 44.0 * scale;
        amount_line(show.painter, place, (&sign, &text), 62.0 * scale, (LIGHT.ink, width));
    }
    let words = if inspection.mode == Some(Mode::Lucky) && collected.is_none() {
        look.say("lucky")
    } else {
        let known = inspection.bank_name.is_some();
        let key = if known { "voucher-issued-by-bank" } else { "money-bank-unknown" };
        look.tell(key, &[("bank", bank(show.packet).into())])
    };
    let font = fonts::body((14.0 * scale).max(fonts::SMALL));
    let galley = wrapped(show.painter, &words, font, LIGHT.ink2, rect.width() - 40.0 * scale, true);
    let painter = show.painter.with_clip_rect(rect);
    painter.galley(pos2(middle, rect.top() + 162.0 * scale), galley, LIGHT.ink2);
}

/// Coins: where they come to lie, how large, how they lean and turn, and whether in front of the envelope.
const COINS: [(f32, f32, f32, u8, i16, bool); timeline::COINS] = [
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
];

fn paint_coins(show: &Show<'_>, look: &mut Look<'_>, front: bool) {
    for (at, (x, y, size, tilt, turn, in_front)) in COINS.into_iter().enumerate() {
        let (out, high) = timeline::coin(at, show.t);
        if in_front != front || out <= 0.0 {
            continue;
        }
        // Thrown up and falling into its place.
        let arc = -120.0 * high * if front { 0.5 } else { 0.25 };
        let centre = show.at(x * out, y * out + arc);
        let pose = Pose { centre, angle: 0.0, stretch: Vec2::splat(0.6 + 0.4 * out), tint: Color32::WHITE };
        look.pictures.paint_turned(show.painter, &Drawing::Coin(tilt, turn), size * show.scale(), pose);
    }
}

/// The greeting: it goes up as the envelope goes down, so that it stays in sight.
fn paint_front_words(show: &Show<'_>) {
    let (scale, inspection) = (show.scale(), &show.packet.shown.inspection);
    let (first, rest) = envelope::greeting_parts(inspection.greeting.as_deref().unwrap_or_default());
    let up = out_cubic(part(show.t, OPENS, 0.7));
    let y = |closed: f32, open: f32| closed + (open - closed) * up;
    envelope::paint_headline(show.painter, show.at(0.0, y(362.6, 172.0)), show.stage.width, first, show.paper);
    let width = show.stage.width * 0.86;
    let font = fonts::body((16.0 * scale).max(fonts::SMALL));
    let wish = cut_by(show.painter, &rest.replace('\n', " "), font, fixed::ON_BODY, width);
    let place = Align2::CENTER_CENTER.anchor_size(show.at(0.0, y(408.0, 216.0)), wish.size());
    show.painter.galley(place.min, wish, fixed::ON_BODY);
    // In a narrow window this is where it says how to skip.
    if show.stage.rect.width() - show.stage.width < 300.0 || show.t < RESTS {
        return;
    }
    let font = fonts::body((13.0 * scale).max(fonts::SMALL));
    let serial = format::serial(inspection.serial.unwrap_or_default());
    show.painter.text(show.at(-170.0, 278.0), Align2::LEFT_CENTER, serial, font.clone(), fixed::ON_BODY);
    let name = cut_by(show.painter, title(show.packet), font, fixed::ON_BODY, 190.0 * scale);
    let place = Align2::RIGHT_CENTER.anchor_size(show.at(170.0, 278.0), name.size());
    show.painter.galley(place.min, name, fixed::ON_BODY);
}

/// Foil flecks on their way down; where they are follows from their number and the time alone. Most fall behind the money; none
/// crosses `text`.
fn paint_flecks(show: &Show<'_>, text: Rect, front: bool) {
    if show.still {
        return;
    }
    let (scale, window) = (show.scale(), show.stage.rect);
    let origin = show.at(0.0, -20.0);
    let fade = 1.0 - part(show.t, 2.1, timeline::SETTLE);
    for at in (0..timeline::FLECKS as u32).filter(|at| (at % 3 == 0) == front) {
        let draw = |salt: u32| scatter(at * 8 + salt);
        let Some(age) = timeline::fleck(draw(1), show.t) else { continue };
        let angle = -std::f32::consts::PI * (0.06 + 0.88 * draw(2));
        let speed = (420.0 + 620.0 * draw(3)) * scale;
        let drag = 1.0 - (-1.9 * age).exp();
        let place = origin + speed * drag / 1.9 * Vec2::angled(angle) + vec2(0.0, 74.0 * age * age * scale);
        if !window.contains(place) || text.expand(14.0).contains(place) {
            continue;
        }
        let colour = Color32::from_hex(art::FOIL[at as usize % art::FOIL.len()]).unwrap_or(fixed::GOLD_EDGE);
        let turn = 6.0 * age * (draw(4) - 0.5) + 6.3 * draw(5);
        let size = (3.6 + 4.4 * draw(6)) * scale.max(0.7);
        let across = Vec2::angled(turn) * size;
        let down = across.rot90() * (0.25 + 0.5 * (turn * 1.7).sin().abs());
        let fade = fade * (0.6 + 0.4 * draw(7));
        let corners = vec![place - across - down, place + across - down, place + across + down, place - across + down];
        show.painter.add(egui::Shape::convex_polygon(corners, colour.gamma_multiply(fade), egui::Stroke::NONE));
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

/// The headline; where it stands.
fn paint_headline(show: &Show<'_>, look: &Look<'_>, heading: &str) -> Rect {
    let (rect, fade) = (show.stage.rect, timeline::headline(show.t));
    let size = 30.0 * show.scale().clamp(0.7, 1.1);
    let spacing = if look.is_chinese() { 3.0 } else { 0.3 };
    let style = Tracked { font: fonts::bold(size), spacing, colour: fixed::ON_ENVELOPE.gamma_multiply(fade) };
    let at = pos2(rect.center().x, rect.top() + rect.height() * 0.104);
    tracked(show.painter, at, heading, style, rect.width() - 48.0)
}

/// Orders every drawing of the moment ahead, so that none is missing when it begins.
pub(in crate::app::screens::packet) fn order_ahead(
    painter: &Painter,
    look: &mut Look<'_>,
    packet: &Packet,
    rect: Rect,
    closed: (Pos2, f32),
) {
    let show = Show::of(painter, Stage::of(rect, closed), packet, 0.0, look.theme.still);
    let (stage, paper, pattern, scale) = (&show.stage, show.paper, show.pattern, show.scale());
    let ((height, dip), seed, sheet) = (stage.pocket(), pattern.seed, stage.sheet());
    let voucher = Drawing::Voucher { height: sheet.y as u32, seed, shade: Shade::Light, closed: false };
    let mut orders = vec![
        (stage.backdrop(), rect.width()),
        (Drawing::Pocket { height, dip, paper, seed, lit: true }, stage.width),
        (Drawing::PocketBack { height, dip, paper, seed }, stage.width),
        (Drawing::Flap(paper, pattern), stage.width),
        (Drawing::Lining(paper, seed), stage.width),
        (Drawing::Glow, stage.width * GLOW),
        (voucher, sheet.x),
    ];
    orders.extend(NOTES.into_iter().map(|(_, _, _, tint)| (Drawing::Note(tint, seed), NOTE * scale)));
    orders.extend(COINS.into_iter().map(|(_, _, size, tilt, turn, _)| (Drawing::Coin(tilt, turn), size * scale)));
    for (drawing, width) in orders {
        let _ = look.pictures.texture(painter.ctx(), &drawing, width);
    }
}
