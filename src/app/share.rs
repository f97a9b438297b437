//! The share card as pixels: an envelope to send around as a picture, with the packet in its file and the short link of the
//! forwarding as its code. It is drawn without a window, by whoever has time for it. It knows no wallet; what it shows is
//! given to it, and it never says that anything was checked.

use std::sync::Arc;

use egui::{Align, Color32, ColorImage, Context, FontId, Galley, Painter, Pos2, Rect, Stroke, Vec2, pos2, vec2};

use image::imageops;

use super::format::{self, Formats};
use super::look::is_chinese;
use super::pictures::{Drawing, Photo, Seed};
use super::raster::Raster;
use super::screens::envelope;
use super::text::{Language, Texts};
use super::theme::fonts;
use crate::art::{self, Paper, Place, Raster as Pixels, SHARE_SIZE, SealFace, ShareLayout};
use crate::packet::{PacketFile, picture};
use crate::wallet::{Drawn, ForwardOptions, Forwarded, Inspection, Wallet, WalletError, link_on};

/// The ink of the code and the words beside it, from the strongest to the weakest.
const INKS: [Color32; 4] = [
    Color32::from_rgb(0x3A, 0x04, 0x08),
    Color32::from_rgb(0x8A, 0x0B, 0x14),
    Color32::from_rgb(0x43, 0x30, 0x2A),
    Color32::from_rgb(0x5E, 0x4A, 0x3E),
];

/// A card to draw.
#[derive(Clone, Debug)]
pub(super) struct Card {
    paper: Paper,
    seed: Seed,
    issuer: Seed,
    emblem: Option<Photo>,
    seal: SealFace,
    title: String,
    greeting: String,
    code: Option<Pixels>,
    words: Words,
}

/// What stands on the panel and below it.
#[derive(Clone, Debug, Default)]
struct Words {
    call: String,
    what: String,
    facts: [String; 3],
    foot: String,
}

impl Card {
    /// The card of a packet that is forwarded by the short `link`, to one friend or to anybody. Without a link, or with one that is
    /// too long for a code, the card says that it has to be sent as it is: the packet is in the picture's file alone.
    #[must_use]
    pub(super) fn of(
        inspection: &Inspection,
        emblem: Option<Photo>,
        (link, to_one): (Option<&str>, bool),
        (texts, formats): (&Texts, &Formats),
    ) -> Self {
        let code = link.and_then(art::link_code);
        let title = inspection.title.clone().unwrap_or_default();
        let paper = envelope::paper(inspection.verdict, inspection.theme.as_deref(), false);
        let host = inspection.issuer.as_ref().map(crate::packet::Origin::host).unwrap_or_default();
        let day = inspection.expires.map(|until| formats.day(until.0)).unwrap_or_default();
        let is_one_gift = inspection.shares.unwrap_or(1) == 1 && !to_one;
        let words = Words {
            call: texts.say(if code.is_some() { "card-scan" } else { "card-original" }),
            what: texts.say(if is_one_gift { "card-first-come" } else { "card-gift" }),
            facts: [
                texts.tell("card-issuer", &[("domain", host.into())]),
                inspection.serial.map(format::serial).unwrap_or_default(),
                texts.tell("valid-until-day", &[("day", day.into())]),
            ],
            foot: texts.say("card-foot"),
        };
        Self {
            paper,
            seed: envelope::guilloche(inspection.id.as_ref(), inspection.verdict).seed,
            issuer: envelope::issuer_seed(inspection.issuer.as_ref()),
            emblem: emblem.filter(|_| paper.is_gift()),
            seal: envelope::seal_face(inspection.verdict, false, true),
            // Nobody vouches for a name on kraft, so it stands in quotes.
            title: if paper == Paper::Kraft { format!("“{title}”") } else { title },
            greeting: inspection.greeting.clone().unwrap_or_default(),
            code,
            words,
        }
    }

    /// Whether the link is on it.
    #[must_use]
    pub(super) const fn has_code(&self) -> bool {
        self.code.is_some()
    }

    /// The card as a PNG file, with the packet in it.
    #[must_use]
    pub(super) fn png(&self, packet: Option<&PacketFile>) -> Option<Vec<u8>> {
        let picture = self.draw()?;
        let [width, height] = SHARE_SIZE;
        let rgb: Vec<u8> = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
        picture::write((width, height), &rgb, packet)
    }

    /// The file of a card with this packet and link, and whether the link is on it. What is to be sent is read again first, as bad as a
    /// chat may make it: a code that nobody could read is left out.
    #[must_use]
    pub(super) fn file(
        packet: &PacketFile,
        link: Option<&str>,
        make: impl Fn(Option<&str>) -> Self,
    ) -> Option<(Vec<u8>, bool)> {
        let card = make(link);
        let file = card.png(Some(packet))?;
        if !card.has_code() || worsened(&file).as_deref().and_then(link_on).as_deref() == link {
            return Some((file, card.has_code()));
        }
        tracing::warn!("the code on a card could not be read again and is left out");
        Some((make(None).png(Some(packet))?, false))
    }

    /// The card's pixels. Takes a good part of a second.
    #[must_use]
    pub(super) fn draw(&self) -> Option<ColorImage> {
        let (layout, [width, height]) = (ShareLayout::of(self.has_code()), SHARE_SIZE);
        let sheet = art::render(&art::share(self.paper, &self.seed, self.has_code()), width, height).ok()?;
        let mut card = ColorImage::from_rgba_premultiplied([width as usize, height as usize], &sheet.rgba);
        let (x, y, radius) = layout.emblem;
        let emblem = match &self.emblem {
            Some(photo) => round(drawn(&Drawing::Photo(photo.clone()), 2.0 * radius)?),
            None => drawn(&Drawing::Crest(self.paper, self.issuer), 2.0 * radius)?,
        };
        lay(&mut card, &emblem, pos2(x, y));
        let (x, y, radius) = layout.seal;
        lay(&mut card, &drawn(&Drawing::Seal(self.seal), 2.0 * radius)?, pos2(x, y));
        if let (Some([left, top, side]), Some(code)) = (layout.code, &self.code) {
            print_code(&mut card, code, (left as usize, top as usize), side as usize);
        }
        write(&mut card, |painter| self.say(painter, &layout));
        Some(card)
    }

    /// Where each text stands, how large, and what it says.
    #[cfg(test)]
    pub(super) fn said(&self) -> Vec<(Rect, f32, String)> {
        let layout = ShareLayout::of(self.has_code());
        let mut output = frame(&Context::default(), |painter| self.say(painter, &layout));
        output.textures_delta.clear();
        let shapes = std::mem::take(&mut output.shapes);
        let text = |clipped: egui::epaint::ClippedShape| match clipped.shape {
            egui::Shape::Text(text) => {
                let rect = text.galley.rect.translate(text.pos.to_vec2());
                let size = text.galley.job.sections.first().map_or(0.0, |section| section.format.font_id.size);
                Some((rect, size, text.galley.job.text.clone()))
            }
            _ => None,
        };
        shapes.into_iter().filter_map(text).filter(|(.., text)| !text.is_empty()).collect()
    }

    fn say(&self, painter: &Painter, layout: &ShareLayout) {
        let colours = self.paper.colours();
        let [text, small] =
            [colours.text, colours.small_text].map(|hex| Color32::from_hex(hex).unwrap_or(Color32::WHITE));
        if self.emblem.is_some() {
            let (x, y, radius) = layout.emblem;
            painter.circle_stroke(pos2(x, y), radius, Stroke::new(3.0, text));
        }
        let (first, rest) = envelope::greeting_parts(&self.greeting);
        let middle =
            |font: FontId, colour, rows, spacing| Style { font, colour, rows, spacing, single: 0.7, is_middle: true };
        let (place, size) = layout.title;
        say(painter, place, &self.title, &middle(fonts::bold(size), text, 2, 3.0));
        let (place, size) = layout.greeting;
        let size = if is_chinese(first) { size } else { size * 0.8 };
        say(painter, place, first, &middle(fonts::bold(size), text, 2, size / 6.0));
        let (place, size) = layout.wish;
        say(painter, place, &rest.replace('\n', " "), &middle(fonts::body(size), small, 2, 2.0));
        let (place, size) = layout.foot;
        say(painter, place, &self.words.foot, &middle(fonts::body(size), small, 1, 1.0));
        let [_, red, dark, pale] = INKS;
        let column = |font, colour, rows| Style { font, colour, rows, spacing: 0.0, single: 1.0, is_middle: false };
        let (place, size) = layout.call;
        say(painter, place, &self.words.call, &column(fonts::bold(size), red, 2));
        let (place, size) = layout.what;
        say(painter, place, &self.words.what, &column(fonts::body(size), dark, 3));
        let ([left, top, width, height], size) = layout.facts;
        let (mut top, bottom) = (top, top + height);
        for (at, fact) in self.words.facts.iter().enumerate() {
            // What stands below has room for itself.
            let below = (self.words.facts.len() - 1 - at) as f32;
            let room = bottom - top - below * 2.2 * size;
            let used = say(painter, [left, top, width, room], fact, &column(fonts::body(size), pale, 3));
            top += used + 0.5 * size;
        }
    }
}

/// Forwards a packet as a card, which is drawn on a thread that may take its time; the card's file besides.
pub(super) async fn forward(
    wallet: &Wallet,
    id: &str,
    options: ForwardOptions,
    language: Language,
) -> Result<(Forwarded, Vec<u8>), WalletError> {
    let shown = wallet.show(id).await?;
    let emblem = wallet.pictures(id).await?.emblem.map(Photo::new);
    let to_one = options.friend.is_some();
    let draw = move |link: Option<&str>, packet: &PacketFile| {
        let words = (&Texts::new(language), &Formats { language, zone: jiff::tz::TimeZone::system() });
        let make = |link: Option<&str>| Card::of(&shown.inspection, emblem.clone(), (link, to_one), words);
        let (bytes, has_link) = Card::file(packet, link, make)?;
        Some(Drawn { bytes, has_link })
    };
    wallet.forward_drawn(id, options, draw).await
}

/// A picture as chats make them of one: a JPEG of half the size and little quality.
pub(super) fn worsened(picture: &[u8]) -> Option<Vec<u8>> {
    let picture = image::load_from_memory(picture).ok()?.into_rgb8();
    let [width, height] = SHARE_SIZE.map(|side| side / 2);
    let half = imageops::resize(&picture, width, height, imageops::FilterType::Triangle);
    let mut file = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, WORST_QUALITY).encode_image(&half).ok()?;
    Some(file)
}

/// Of JPEG, from 1 to 100.
const WORST_QUALITY: u8 = 60;

/// One of the drawn things, so many pixels wide.
fn drawn(drawing: &Drawing, width: f32) -> Option<ColorImage> {
    let size = drawing.size(width);
    drawing.draw(width, [size.x.round() as u32, size.y.round() as u32])
}

/// Cuts a square picture into a round one.
fn round(mut square: ColorImage) -> ColorImage {
    let (side, radius) = (square.size[0], square.size[0] as f32 / 2.0);
    for (at, pixel) in square.pixels.iter_mut().enumerate() {
        let from_middle = vec2((at % side) as f32 + 0.5 - radius, (at / side) as f32 + 0.5 - radius);
        *pixel = pixel.gamma_multiply((radius - from_middle.length()).clamp(0.0, 1.0));
    }
    square
}

/// Lays a picture on the card, its middle at `centre`.
fn lay(card: &mut ColorImage, top: &ColorImage, centre: Pos2) {
    let [width, height] = top.size;
    let (left, upper) =
        ((centre.x - width as f32 / 2.0).round() as i64, (centre.y - height as f32 / 2.0).round() as i64);
    for (at, over) in top.pixels.iter().enumerate() {
        let (x, y) = (left + (at % width) as i64, upper + (at / width) as i64);
        let [across, down] = card.size.map(|side| side as i64);
        if (0..across).contains(&x) && (0..down).contains(&y) {
            let under = &mut card.pixels[(y * across + x) as usize];
            *under = under.blend(*over);
        }
    }
}

/// Prints the dark of a code on the white that is there.
fn print_code(card: &mut ColorImage, code: &Pixels, (left, top): (usize, usize), side: usize) {
    let width = card.size[0];
    for (at, pixel) in code.rgba.chunks_exact(4).enumerate() {
        let (x, y) = (left + at % side, top + at / side);
        if pixel[0] < 0x80
            && let Some(to) = card.pixels.get_mut(y * width + x)
        {
            *to = INKS[0];
        }
    }
}

/// One frame of nothing but words, laid on the card.
fn write(card: &mut ColorImage, words: impl Fn(&Painter)) {
    let (ctx, mut raster) = (Context::default(), Raster::default());
    let mut output = frame(&ctx, words);
    raster.take(&output.textures_delta);
    output.textures_delta.clear();
    let primitives = ctx.tessellate(std::mem::take(&mut output.shapes), 1.0);
    raster.draw_on(card, Pos2::ZERO, 1.0, &primitives);
}

fn frame(ctx: &Context, words: impl Fn(&Painter)) -> egui::FullOutput {
    ctx.set_fonts(fonts::definitions());
    let size = SHARE_SIZE.map(|side| side as f32);
    let mut input = egui::RawInput {
        screen_rect: Some(Rect::from_min_size(Pos2::ZERO, Vec2::from(size))),
        max_texture_side: Some(8192),
        ..egui::RawInput::default()
    };
    for viewport in input.viewports.values_mut() {
        viewport.native_pixels_per_point = Some(1.0);
    }
    ctx.run_ui(input, |ui| words(&ui.ctx().layer_painter(egui::LayerId::background())))
}

/// How a text on the card looks.
struct Style {
    font: FontId,
    colour: Color32,
    /// On at most so many lines.
    rows: usize,
    /// Room between Chinese letters.
    spacing: f32,
    /// How much smaller it may be to stay on one line.
    single: f32,
    is_middle: bool,
}

/// How much smaller a long text may be set at most.
const LEAST: f32 = 0.42;

/// Paints a text as large as its place allows; what is longer still ends in …. How high it is.
fn say(painter: &Painter, place: Place, text: &str, style: &Style) -> f32 {
    let [left, top, width, height] = place;
    let rect = Rect::from_min_size(pos2(left, top), vec2(width, height));
    let galley = fitted(painter, text, style, rect.size());
    let at = if style.is_middle {
        pos2(rect.center().x - galley.rect.center().x, rect.center().y - galley.size().y / 2.0)
    } else {
        rect.min
    };
    let height = galley.size().y;
    painter.galley(at, galley, style.colour);
    height
}

fn fitted(painter: &Painter, text: &str, style: &Style, room: Vec2) -> Arc<Galley> {
    let layout = |part: f32, rows: usize| {
        let size = style.font.size * part;
        let spacing = if is_chinese(text) { style.spacing * part } else { 0.0 };
        let format = egui::TextFormat {
            font_id: FontId { size, ..style.font.clone() },
            extra_letter_spacing: spacing,
            color: style.colour,
            ..egui::TextFormat::default()
        };
        let mut job = egui::text::LayoutJob::single_section(text.to_owned(), format);
        job.halign = if style.is_middle { Align::Center } else { Align::LEFT };
        job.wrap = egui::text::TextWrapping { max_width: room.x, max_rows: rows, ..Default::default() };
        painter.layout_job(job)
    };
    let fits = |galley: &Galley| {
        !galley.elided && galley.size().y <= room.y && galley.rows.iter().all(|row| row.size.x <= room.x)
    };
    let parts = || (0..).map(|step| 0.95_f32.powi(step)).take_while(|part| *part >= LEAST);
    let single = parts().take_while(|part| *part >= style.single).map(|part| (part, 1));
    let all = single.chain(parts().map(|part| (part, style.rows)));
    let found = all.map(|(part, rows)| layout(part, rows)).find(|galley| fits(galley));
    found.unwrap_or_else(|| {
        let rows = (1..=style.rows).rev().map(|rows| layout(LEAST, rows)).find(|galley| galley.size().y <= room.y);
        rows.unwrap_or_else(|| layout(LEAST, 1))
    })
}
