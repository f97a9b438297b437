//! From SVG to pixels, on the CPU. No fonts, no pictures from outside, no file: a drawing is complete in itself.
//! Costs milliseconds, so it belongs on a worker, once per size and scale.

use resvg::{tiny_skia, usvg};
use thiserror::Error;

/// Longest side of a picture, in pixels.
pub const MAX_SIDE: u32 = 4096;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ArtError {
    /// A side is 0 or beyond [`MAX_SIDE`].
    #[error("a picture of {width} × {height} pixels cannot be drawn")]
    Size {
        /// Pixels asked for.
        width: u32,
        /// Pixels asked for.
        height: u32,
    },
    /// The text is no drawing.
    #[error("the drawing cannot be read: {0}")]
    Drawing(String),
}

/// Pixels, row by row from the top left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raster {
    /// In pixels.
    pub width: u32,
    /// In pixels.
    pub height: u32,
    /// Red, green, blue, alpha of each pixel; the colours are already multiplied by alpha
    /// (for `egui::ColorImage::from_rgba_premultiplied`).
    pub rgba: Vec<u8>,
}

/// Draws an SVG of this room into `width` × `height` pixels, stretched to fill them.
pub fn render(svg: &str, width: u32, height: u32) -> Result<Raster, ArtError> {
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(ArtError::Size { width, height });
    }
    let tree = usvg::Tree::from_str(svg, &closed_options()).map_err(|error| ArtError::Drawing(error.to_string()))?;
    let mut pixels = tiny_skia::Pixmap::new(width, height).ok_or(ArtError::Size { width, height })?;
    let scale =
        tiny_skia::Transform::from_scale(width as f32 / tree.size().width(), height as f32 / tree.size().height());
    resvg::render(&tree, scale, &mut pixels.as_mut());
    Ok(Raster { width, height, rgba: pixels.take() })
}

/// Reads nothing but the text it is given: the default would open files that a drawing names.
fn closed_options() -> usvg::Options<'static> {
    usvg::Options {
        image_href_resolver: usvg::ImageHrefResolver {
            resolve_data: Box::new(|_, _, _| None),
            resolve_string: Box::new(|_, _| None),
        },
        ..usvg::Options::default()
    }
}
