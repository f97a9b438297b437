//! Pictures that travel with a packet, named by digest in its claims.
//!
//! Only the picture's header is read here, to refuse what would be too large to decode; drawing belongs to the window,
//! which decodes with [`decode_limits`].

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};
use serde::{Deserialize, Serialize};

use crate::jose::{Digest, from_base64, to_base64};

/// Largest picture, in bytes (docs/packet-format.md, Limits).
pub const MAX_BYTES: usize = 256 * 1024;
/// Largest width and height, in pixels.
pub const MAX_SIDE: u32 = 2048;
/// Most memory that decoding one picture may take, in bytes.
pub const MAX_DECODED: u64 = 32 * 1024 * 1024;
/// Most pictures in a file: cover, emblem and the picture of goods.
pub const MAX_ITEMS: usize = 3;

/// One picture as the file carries it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Media {
    /// `image/png`, `image/jpeg` or `image/webp`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Base64 with padding.
    pub data: String,
}

impl std::fmt::Debug for Media {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Media({}, {} characters)", self.kind, self.data.len())
    }
}

/// Why a picture is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Not strict base64, or more than [`MAX_BYTES`].
    #[error("a picture is larger than 256 KiB or not base64")]
    Data,
    /// Not a PNG, JPEG or WebP, or not the one its type says.
    #[error("a picture is not the PNG, JPEG or WebP that it says it is")]
    Type,
    /// Wider or higher than [`MAX_SIDE`], or it cannot be measured.
    #[error("a picture is larger than 2048 × 2048")]
    Size,
}

impl Media {
    /// A picture from its bytes.
    ///
    /// # Errors
    /// [`MediaError`] when the bytes are no picture within the limits.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MediaError> {
        let kind = match image::guess_format(bytes) {
            Ok(ImageFormat::Png) => "image/png",
            Ok(ImageFormat::Jpeg) => "image/jpeg",
            Ok(ImageFormat::WebP) => "image/webp",
            _ => return Err(MediaError::Type),
        };
        let media = Self { kind: kind.to_owned(), data: to_base64(bytes) };
        media.check()?;
        Ok(media)
    }

    /// The bytes, after the checks of size, type and dimensions.
    ///
    /// # Errors
    /// [`MediaError`], the first rule broken.
    pub fn check(&self) -> Result<Vec<u8>, MediaError> {
        // Four characters carry three bytes.
        if self.data.len() > MAX_BYTES.div_ceil(3) * 4 {
            return Err(MediaError::Data);
        }
        let bytes = from_base64(&self.data).map_err(|_| MediaError::Data)?;
        if bytes.len() > MAX_BYTES {
            return Err(MediaError::Data);
        }
        let format = match self.kind.as_str() {
            "image/png" => ImageFormat::Png,
            "image/jpeg" => ImageFormat::Jpeg,
            "image/webp" => ImageFormat::WebP,
            _ => return Err(MediaError::Type),
        };
        if image::guess_format(&bytes).ok() != Some(format) {
            return Err(MediaError::Type);
        }
        let mut reader = ImageReader::with_format(Cursor::new(&bytes), format);
        reader.limits(decode_limits());
        let (width, height) = reader.into_dimensions().map_err(|_| MediaError::Size)?;
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return Err(MediaError::Size);
        }
        Ok(bytes)
    }
}

/// The digest of a picture as claims name it: `sha256-` and base64 (W3C Subresource Integrity).
#[must_use]
pub fn integrity(bytes: &[u8]) -> String {
    format!("sha256-{}", to_base64(Digest::of(bytes).as_bytes()))
}

/// Whether a claim has the form that [`integrity`] writes.
pub(super) fn is_integrity(claim: &str) -> bool {
    let digest = claim.strip_prefix("sha256-").filter(|base64| base64.len() == 44).map(from_base64);
    matches!(digest, Some(Ok(bytes)) if bytes.len() == 32)
}

/// Limits for whoever decodes a picture.
#[must_use]
pub fn decode_limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_DECODED);
    limits
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image::DynamicImage::new_luma8(width, height).write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn takes_three_formats_within_the_limits() {
        let png = encoded(2048, 1, ImageFormat::Png);
        assert_eq!(Media::from_bytes(&png).unwrap().check(), Ok(png.clone()));
        assert_eq!(Media::from_bytes(&encoded(3, 2, ImageFormat::Jpeg)).unwrap().kind, "image/jpeg");
        assert_eq!(Media::from_bytes(&encoded(2049, 1, ImageFormat::Png)), Err(MediaError::Size));
        assert_eq!(Media::from_bytes(b"GIF89a"), Err(MediaError::Type));
        let renamed = Media { kind: "image/webp".into(), ..Media::from_bytes(&png).unwrap() };
        assert_eq!(renamed.check(), Err(MediaError::Type));
        let large = Media { kind: "image/png".into(), data: "A".repeat(MAX_BYTES / 3 * 4 + 8) };
        assert_eq!(large.check(), Err(MediaError::Data));
    }

    #[test]
    fn a_picture_is_as_large_as_the_format_says_and_no_larger() {
        let sized = |bytes: usize| {
            let mut picture = encoded(1, 1, ImageFormat::Png);
            picture.resize(bytes, 0);
            Media::from_bytes(&picture)
        };
        assert_eq!(sized(262_144).map(|media| media.check().map(|bytes| bytes.len())), Ok(Ok(262_144)));
        assert_eq!(sized(262_145), Err(MediaError::Data));
        // The widest and highest picture is not only taken, it can be shown.
        let mut bytes = Cursor::new(Vec::new());
        image::DynamicImage::new_rgba8(2048, 2048).write_to(&mut bytes, ImageFormat::Png).unwrap();
        let largest = Media::from_bytes(bytes.get_ref()).unwrap().check().unwrap();
        let mut reader = ImageReader::with_format(Cursor::new(largest), ImageFormat::Png);
        reader.limits(decode_limits());
        assert_eq!(reader.decode().unwrap().width(), 2048);
    }

    #[test]
    fn a_claim_names_a_picture_in_one_form() {
        // The digest of nothing.
        let empty = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(integrity(b""), empty);
        assert!(is_integrity(empty));
        for bad in ["", "sha256-", "sha512-47DE", &empty.replace('=', "A"), &empty.replace("FU=", "FV=")] {
            assert!(!is_integrity(bad), "{bad}");
        }
    }
}
