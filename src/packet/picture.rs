//! A packet file inside of a picture: a PNG with the whole file in a text chunk, which travels wherever the picture is sent as it
//! is. Limits come first: a stranger's picture costs no more than a packet file and a picture may cost. Pixels are not decoded
//! here.

use std::io::Cursor;

use super::file::{MAX_FILE_BYTES, PacketFile};

/// The keyword of the `iTXt` chunk that carries the file.
pub const KEYWORD: &str = "hongbao";
/// Largest picture that is looked into, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Most memory that reading what stands before the pixels may take, in bytes: the file, and what else a picture may say of itself.
const MAX_CHUNKS: usize = 4 * MAX_FILE_BYTES;

/// Why a picture with a packet in it cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// The picture, or what is packed into it, is over its limit.
    #[error("the picture is larger than 4 MiB, or the file in it than 1 MiB")]
    TooLarge,
    /// More than one packet file, or one that cannot be unpacked.
    #[error("the packet in the picture cannot be read")]
    Damaged,
}

/// Whether a file is a picture of a kind that may carry a packet, as far as its beginning says.
#[must_use]
pub fn is_picture(bytes: &[u8]) -> bool {
    image::guess_format(bytes).is_ok()
}

/// A picture of `width` × `height` pixels (red, green, blue) as PNG, with this packet inside. None when the pixels are not as
/// many as that.
#[must_use]
pub fn write((width, height): (u32, u32), rgb: &[u8], packet: Option<&PacketFile>) -> Option<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    if let Some(packet) = packet {
        // Before the pixels, so that a reader need not go through them; uncompressed, for signatures do not compress.
        let text = String::from_utf8(packet.to_bytes()).ok()?;
        encoder.add_itxt_chunk(KEYWORD.to_owned(), text).ok()?;
    }
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(rgb).ok()?;
    writer.finish().ok()?;
    Some(file)
}

/// The bytes of the packet file in a picture; none when there is none, as in every picture that was made smaller or is no PNG.
///
/// # Errors
/// [`PictureError`] when there is one that breaks a limit, that cannot be unpacked, or that is not the only one.
pub fn read(picture: &[u8]) -> Result<Option<Vec<u8>>, PictureError> {
    if image::guess_format(picture).ok() != Some(image::ImageFormat::Png) {
        return Ok(None);
    }
    if picture.len() > MAX_BYTES {
        return Err(PictureError::TooLarge);
    }
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(picture), png::Limits { bytes: MAX_CHUNKS });
    // Colour profiles and the like are nothing to us, and unpacking them costs.
    decoder.set_ignore_iccp_chunk(true);
    let Ok(reader) = decoder.read_info() else { return Ok(None) };
    let mut found = reader.info().utf8_text.iter().filter(|chunk| chunk.keyword == KEYWORD);
    let Some(chunk) = found.next() else { return Ok(None) };
    if found.next().is_some() {
        // Two readers could take different ones.
        return Err(PictureError::Damaged);
    }
    // One that claims to unpack to more than a file may hold is not unpacked any further.
    let mut chunk = chunk.clone();
    chunk.decompress_text_with_limit(MAX_FILE_BYTES).map_err(|_| PictureError::Damaged)?;
    let text = chunk.get_text().map_err(|_| PictureError::Damaged)?;
    if text.len() > MAX_FILE_BYTES { Err(PictureError::TooLarge) } else { Ok(Some(text.into_bytes())) }
}
