//! What a picture carries: a packet file, or the link in a QR code, also after it was made smaller or worse on its way. A picture
//! may be a stranger's; nothing in it is believed here.

use std::io::Cursor;

use image::imageops;

use super::packets::download_address;
use super::{WalletError, marks};
use crate::identity::card;
use crate::packet::picture::{self, PictureError};
use crate::packet::{link, media};

/// Up to which side, in pixels, a picture is also looked at from nearer by.
const LARGE: u32 = 1440;

/// What was found in a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inside {
    /// The bytes of a packet file: complete, no network is needed.
    File(Vec<u8>),
    /// A `hongbao:` link, also one of a contact card, or the address of a download.
    Link(String),
}

/// What is in a picture. Takes its time.
///
/// # Errors
/// [`WalletError::Picture`] when a packet in it cannot be read, [`WalletError::NothingInside`] when there is none.
pub async fn in_picture(picture: &[u8]) -> Result<Inside, WalletError> {
    if let Some(file) = picture::read(picture)? {
        return Ok(Inside::File(file));
    }
    let picture = picture.to_vec();
    let link = tokio::task::spawn_blocking(move || link_on(&picture)).await.ok().flatten();
    link.map(Inside::Link).ok_or(WalletError::NothingInside)
}

impl From<PictureError> for WalletError {
    fn from(error: PictureError) -> Self {
        Self::Picture(error)
    }
}

/// A packet's link in the code on a picture. Takes its time.
#[must_use]
pub fn link_on(picture: &[u8]) -> Option<String> {
    let mut reader = image::ImageReader::new(Cursor::new(picture)).with_guessed_format().ok()?;
    reader.limits(media::decode_limits());
    let grey = reader.decode().ok()?.into_luma8();
    // What cannot be made out in all its detail often can from a step back, or from nearer by.
    let (width, height) = grey.dimensions();
    let nearer = [24, 18].into_iter().filter(|_| width.max(height) <= LARGE);
    [12, 6].into_iter().chain(nearer).chain([9, 8]).find_map(|part| {
        let side = |side: u32| (side * part / 12).max(1);
        match part {
            12 => link_in(&grey),
            _ => link_in(&imageops::resize(&grey, side(width), side(height), imageops::FilterType::Triangle)),
        }
    })
}

fn link_in(grey: &image::GrayImage) -> Option<String> {
    let at = |x: usize, y: usize| grey.get_pixel(x as u32, y as u32).0[0];
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(grey.width() as usize, grey.height() as usize, at);
    let size = (prepared.width(), prepared.height());
    if !marks::are_few(size, |x, y| prepared.get_pixel_at(x, y)) {
        return None;
    }
    let grids = prepared.detect_grids();
    grids.iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).find(|text| is_link(text))
}

/// Other codes on a picture lead to nothing of ours.
fn is_link(text: &str) -> bool {
    text.starts_with(link::PREFIX) || text.starts_with(card::LINK) || download_address(text).is_ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn code(text: &str) -> Vec<u8> {
        let code = qrcode::QrCode::new(text).unwrap();
        let side = code.width() as u32;
        let colors = code.to_colors();
        let picture = image::GrayImage::from_fn((side + 8) * 4, (side + 8) * 4, |x, y| {
            let module = |at: u32| (at / 4).checked_sub(4).filter(|module| *module < side);
            let dark =
                module(x).zip(module(y)).is_some_and(|(x, y)| colors[(y * side + x) as usize] == qrcode::Color::Dark);
            image::Luma([if dark { 0 } else { 255 }])
        });
        let mut file = Cursor::new(Vec::new());
        picture.write_to(&mut file, image::ImageFormat::Png).unwrap();
        file.into_inner()
    }

    #[test]
    fn a_code_leads_to_a_packet_or_nowhere() {
        for ours in ["hongbao:1?p=x", "https://shop.example/p/abc"] {
            assert_eq!(link_on(&code(ours)).as_deref(), Some(ours));
        }
        for other in [
            "https://shop.example/v1/inbox",
            "https://evil.example/",
            "file:///etc/passwd",
            "javascript:x",
            "WIFI:S:x;;",
        ] {
            assert_eq!(link_on(&code(other)), None, "{other}");
        }
    }
}
