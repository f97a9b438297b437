//! The picture of an envelope for previews, as PNG: no amount, no address, nothing to collect with. Drawing takes a while and
//! anybody may ask, so pictures are kept for a while and one is drawn at a time.

use std::collections::VecDeque;
use std::io::Cursor;
use std::sync::{LazyLock, Mutex, PoisonError};

use axum::body::Bytes;

use super::page::{greeting_parts, paper};
use crate::art::{self, BANNER_CREST, BANNER_SEAL, BANNER_SIZE, Banner, Fonts, SealFace};
use crate::jose::Digest;
use crate::packet::PacketFile;

/// How many pictures are kept; each is a few hundred kilobytes.
const KEPT: usize = 32;

/// Pictures made lately.
#[derive(Default)]
pub(in crate::enterprise) struct Previews {
    /// By packet, the newest last.
    kept: Mutex<VecDeque<(Digest, Bytes)>>,
    turn: tokio::sync::Mutex<()>,
}

impl Previews {
    /// The picture of a packet; none when it cannot be drawn.
    pub(super) async fn of(&self, packet: &PacketFile) -> Option<Bytes> {
        let id = packet.packet.id();
        if let Some(png) = self.find(&id) {
            return Some(png);
        }
        let _turn = self.turn.lock().await;
        // Whoever waited may have waited for this one.
        if let Some(png) = self.find(&id) {
            return Some(png);
        }
        let packet = packet.clone();
        let png = tokio::task::spawn_blocking(move || draw(&packet)).await.ok().flatten().map(Bytes::from)?;
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.push_back((id, png.clone()));
        if kept.len() > KEPT {
            kept.pop_front();
        }
        Some(png)
    }

    fn find(&self, id: &Digest) -> Option<Bytes> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().find(|(of, _)| of == id).map(|(_, png)| png.clone())
    }
}

/// The same letters as the window's.
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    Fonts::of(&[
        include_bytes!("../../../assets/fonts/NotoSansSC-SemiBold.ttf"),
        include_bytes!("../../../assets/fonts/NotoSansSC-Bold.ttf"),
        include_bytes!("../../../assets/fonts/NotoEmoji-Regular.ttf"),
    ])
});

fn draw(packet: &PacketFile) -> Option<Vec<u8>> {
    let claims = &packet.packet.claims;
    let paper = paper(packet);
    let (greeting, wish) = greeting_parts(&claims.envelope.greeting);
    let shown = Banner {
        paper,
        seed: *packet.packet.id().as_bytes(),
        title: claims.envelope.title.clone(),
        greeting: greeting.to_owned(),
        wish: wish.replace('\n', " "),
    };
    let [width, height] = BANNER_SIZE;
    let mut sheet = art::render_words(&art::banner(&shown), (width, height), &FONTS).ok()?;
    let issuer = *Digest::of(claims.iss.as_str().as_bytes()).as_bytes();
    let (x, y, radius) = BANNER_CREST;
    let side = (2.0 * radius) as u32;
    sheet.lay(&art::render(&art::crest(2.0 * radius, paper, &issuer), side, side).ok()?, (x, y));
    let (x, y, radius) = BANNER_SEAL;
    let side = (2.0 * radius * art::SEAL_BLEED) as u32;
    sheet.lay(&art::render(&art::seal(2.0 * radius, SealFace::Gold), side, side).ok()?, (x, y));
    // It is opaque everywhere.
    let rgb = sheet.rgba.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect();
    let mut png = Cursor::new(Vec::new());
    image::RgbImage::from_raw(width, height, rgb)?.write_to(&mut png, image::ImageFormat::Png).ok()?;
    Some(png.into_inner())
}
