//! What can be drawn, and how a drawing becomes pixels: apart from the thread that does it and the textures that come of it.

use std::io::Cursor;
use std::sync::Arc;

use egui::{ColorImage, Vec2, vec2};

use crate::art::{self, EnvelopeArt, Guilloche, NoteTint, Paper, PocketArt, SealFace, Shade, Stamp, VoucherArt};
use crate::packet::media;

/// The pattern's seed: a packet's digest, or a client's key.
pub(in crate::app) type Seed = [u8; 32];

/// A drawing, apart from its size. Whole numbers are points of a drawing as wide as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::app) enum Drawing {
    /// A closed envelope.
    Envelope(Paper, Guilloche),
    /// The flap alone.
    Flap(Paper, Guilloche),
    /// The gold inside of the flap.
    Lining(Paper, Seed),
    /// The front of an open envelope: its height, how deep its mouth dips, whether light falls out of it.
    Pocket { height: u32, dip: u32, paper: Paper, seed: Seed, lit: bool },
    /// What stands behind the voucher.
    PocketBack { height: u32, dip: u32, paper: Paper, seed: Seed },
    /// The seal.
    Seal(SealFace),
    /// The glow around it.
    Halo,
    /// A small envelope of a list; open or not.
    Thumb(Paper, bool),
    /// A reward in a list.
    Reward(Paper),
    /// The pattern in a circle.
    Medallion(Seed),
    /// The pattern behind everything.
    Watermark(Seed, bool),
    /// A person's pattern.
    Avatar(Seed),
    /// A bank voucher's paper.
    Voucher { height: u32, seed: Seed, shade: Shade, closed: bool },
    /// A goods voucher's paper.
    Goods { height: u32, seed: Seed, shade: Shade },
    /// A coin: how much it leans, in hundredths, and how far it is turned, in degrees.
    Coin(u8, i16),
    /// A banknote.
    Note(NoteTint, Seed),
    /// The lacquer room: its height and where its light is.
    Backdrop { height: u32, x: u32, y: u32 },
    /// The stamp on a collected voucher.
    Stamp(Stamp, Shade),
    /// Gold light.
    Glow,
    /// The program's sign.
    AppIcon,
    /// The emblem of an issuer that has none: drawn from who it is.
    Crest(Paper, Seed),
    /// The light around an envelope; whether it is night.
    Pool(bool),
    /// The shadow of a sheet: its height, the roundness of its corners, the blur.
    Shadow { height: u32, round: u8, blur: u8 },
    /// A text as a QR code.
    Code(Arc<str>),
    /// A picture that came with a packet.
    Photo(Photo),
}

/// A picture's bytes, told apart by their digest.
#[derive(Clone, Debug)]
pub(in crate::app) struct Photo {
    digest: crate::jose::Digest,
    bytes: Arc<[u8]>,
}

impl Photo {
    /// A picture as it came.
    #[must_use]
    pub(in crate::app) fn new(bytes: Vec<u8>) -> Self {
        Self { digest: crate::jose::Digest::of(&bytes), bytes: bytes.into() }
    }
}

impl PartialEq for Photo {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Photo {}

impl std::hash::Hash for Photo {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.digest.hash(state);
    }
}

impl Drawing {
    /// The shadow of a sheet so high.
    #[must_use]
    pub(in crate::app) fn shadow(height: f32, round: u8, shadow: egui::Shadow) -> Self {
        Self::Shadow { height: height.round() as u32, round, blur: shadow.blur }
    }

    /// The size of the picture of a thing that is `width` points wide; what a shadow adds is part of it.
    #[must_use]
    pub(in crate::app) fn size(&self, width: f32) -> Vec2 {
        match self {
            Self::Envelope(..) => vec2(width, width * art::ENVELOPE_RATIO),
            Self::Flap(..) => vec2(width, width * art::FLAP_RATIO),
            Self::Lining(..) => vec2(width, width * art::LINING_RATIO),
            Self::Pocket { height, .. } | Self::PocketBack { height, .. } => {
                vec2(width, *height as f32 + art::POCKET_BLEED)
            }
            Self::Seal(_) | Self::Halo => Vec2::splat(width * art::SEAL_BLEED),
            Self::Thumb(..) | Self::Reward(_) => vec2(width, width * 4.0 / 3.0),
            Self::Voucher { height, .. } | Self::Goods { height, .. } | Self::Backdrop { height, .. } => {
                vec2(width, *height as f32)
            }
            Self::Coin(..) => Vec2::splat(width * art::COIN_BLEED),
            Self::Shadow { height, blur, .. } => {
                vec2(width, *height as f32) + Vec2::splat(2.0 * art::SHADOW_REACH * f32::from(*blur))
            }
            Self::Note(..) => vec2(width, width * 333.06 / 158.6) * art::NOTE_BLEED,
            _ => Vec2::splat(width),
        }
    }

    /// What kind of thing it is, for a log.
    pub(super) fn name(&self) -> String {
        let all = format!("{self:?}");
        all.split(['(', ' ']).next().unwrap_or_default().to_owned()
    }

    /// Pixels for each pixel of the window: light and shadow have no edges, and need few.
    pub(super) fn grain(&self) -> f32 {
        match self {
            Self::Pool(_) | Self::Glow => 0.25,
            Self::Backdrop { .. } => 0.5,
            Self::Shadow { blur, .. } => (8.0 / f32::from(*blur).max(1.0)).min(1.0),
            _ => 1.0,
        }
    }

    /// The drawing apart from every measure: what stands in for it until it is made is one of the same kind.
    pub(super) fn kind(&self) -> Self {
        match self.clone() {
            Self::Pocket { paper, seed, lit, .. } => Self::Pocket { height: 0, dip: 0, paper, seed, lit },
            Self::PocketBack { paper, seed, .. } => Self::PocketBack { height: 0, dip: 0, paper, seed },
            Self::Voucher { seed, shade, closed, .. } => Self::Voucher { height: 0, seed, shade, closed },
            Self::Goods { seed, shade, .. } => Self::Goods { height: 0, seed, shade },
            Self::Backdrop { .. } => Self::Backdrop { height: 0, x: 0, y: 0 },
            Self::Shadow { round, blur, .. } => Self::Shadow { height: 0, round, blur },
            other => other,
        }
    }

    fn svg(&self, width: f32) -> String {
        let envelope = |paper: Paper, guilloche: Guilloche| EnvelopeArt { width, paper, guilloche };
        let pocket = |height: u32, dip: u32, paper, seed, lit| PocketArt {
            width,
            height: height as f32,
            dip: dip as f32,
            paper,
            seed,
            lit,
        };
        let voucher =
            |height: u32, seed, shade, closed| VoucherArt { width, height: height as f32, seed, shade, closed };
        match self.clone() {
            Self::Envelope(paper, guilloche) => art::envelope(&envelope(paper, guilloche)),
            Self::Flap(paper, guilloche) => art::flap(&envelope(paper, guilloche)),
            Self::Lining(paper, seed) => art::flap_lining(width, paper, &seed),
            Self::Pocket { height, dip, paper, seed, lit } => art::pocket(&pocket(height, dip, paper, seed, lit)),
            Self::PocketBack { height, dip, paper, seed } => art::pocket_back(&pocket(height, dip, paper, seed, false)),
            Self::Seal(face) => art::seal(width, face),
            Self::Halo => art::seal_halo(width),
            Self::Reward(paper) => art::reward_thumb(width, paper),
            Self::Thumb(paper, open) => art::thumb(width, paper, open),
            Self::Medallion(seed) => art::medallion(&seed, width),
            Self::Watermark(seed, dark) => art::watermark(&seed, width, dark),
            Self::Avatar(key) => art::avatar(&key, width),
            Self::Voucher { height, seed, shade, closed } => art::voucher_frame(&voucher(height, seed, shade, closed)),
            Self::Goods { height, seed, shade } => art::goods_frame(&voucher(height, seed, shade, false)),
            Self::Coin(tilt, turn) => art::coin(width, f32::from(tilt) / 100.0, f32::from(turn)),
            Self::Note(tint, seed) => art::note(width, tint, &seed),
            Self::Backdrop { height, x, y } => art::backdrop(width, height as f32, x as f32, y as f32),
            Self::Stamp(says, shade) => art::stamp(width, says, shade),
            Self::Glow => art::glow(width),
            Self::AppIcon => art::app_icon(width),
            Self::Crest(paper, issuer) => art::crest(width, paper, &issuer),
            Self::Pool(dark) => art::pool(width, dark),
            Self::Shadow { height, round, blur } => {
                art::shadow(width, height as f32, f32::from(round), f32::from(blur))
            }
            Self::Code(_) | Self::Photo(_) => String::new(),
        }
    }

    /// Draws it; runs on the drawing thread.
    pub(in crate::app) fn draw(&self, width: f32, pixels: [u32; 2]) -> Option<ColorImage> {
        let size = pixels.map(|side| side as usize);
        if let Self::Photo(photo) = self {
            let image = decode(&photo.bytes, pixels)?;
            return Some(ColorImage::from_rgba_unmultiplied(size, &image));
        }
        if let Self::Code(text) = self {
            let raster = art::code(text, pixels[0].min(pixels[1]))?;
            return Some(ColorImage::from_rgba_unmultiplied(size, &raster.rgba));
        }
        let raster = art::render(&self.svg(width), pixels[0], pixels[1]).ok()?;
        Some(ColorImage::from_rgba_premultiplied(size, &raster.rgba))
    }
}

/// A picture that came with a packet, within the limits, cut to the shape it is shown in.
fn decode(bytes: &[u8], [width, height]: [u32; 2]) -> Option<Vec<u8>> {
    let mut reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format().ok()?;
    reader.limits(media::decode_limits());
    let picture = reader.decode().ok()?;
    Some(picture.resize_to_fill(width, height, image::imageops::FilterType::Triangle).into_rgba8().into_raw())
}
