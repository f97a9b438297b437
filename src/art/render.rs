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

impl Raster {
    /// Lays a picture on this one, its middle at `x`, `y`; what would lie outside is cut off.
    pub fn lay(&mut self, top: &Self, (x, y): (f32, f32)) {
        let left = (x - top.width as f32 / 2.0).round() as i64;
        let upper = (y - top.height as f32 / 2.0).round() as i64;
        for (at, over) in top.rgba.chunks_exact(4).enumerate() {
            let (x, y) = (left + at as i64 % i64::from(top.width), upper + at as i64 / i64::from(top.width));
            if (0..i64::from(self.width)).contains(&x) && (0..i64::from(self.height)).contains(&y) {
                let under = (y * i64::from(self.width) + x) as usize * 4;
                let seen = 255 - u16::from(over[3]);
                for (under, over) in self.rgba[under..under + 4].iter_mut().zip(over) {
                    // Both are multiplied by alpha already, so their sum is never above 255.
                    *under = (u16::from(*over) + (u16::from(*under) * seen + 127) / 255).min(255) as u8;
                }
            }
        }
    }
}

/// Draws an SVG of this room into `width` × `height` pixels, stretched to fill them.
pub fn render(svg: &str, width: u32, height: u32) -> Result<Raster, ArtError> {
    let sides = 1..=MAX_SIDE;
    if !sides.contains(&width) || !sides.contains(&height) {
        return Err(ArtError::Size { width, height });
    }
    draw(svg, (width, height), &closed_options())
}

/// Fonts for drawings with words of somebody's: nothing of the system's is read.
#[cfg(feature = "server")]
#[derive(Clone)]
pub struct Fonts(std::sync::Arc<usvg::fontdb::Database>);

#[cfg(feature = "server")]
impl Fonts {
    /// These fonts' files.
    #[must_use]
    pub fn of(files: &[&'static [u8]]) -> Self {
        let mut fonts = usvg::fontdb::Database::new();
        for file in files {
            fonts.load_font_source(usvg::fontdb::Source::Binary(std::sync::Arc::new(*file)));
        }
        Self(std::sync::Arc::new(fonts))
    }
}

#[cfg(feature = "server")]
impl std::fmt::Debug for Fonts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Fonts({})", self.0.len())
    }
}

/// As [`render`], with words.
#[cfg(feature = "server")]
pub fn render_words(svg: &str, (width, height): (u32, u32), fonts: &Fonts) -> Result<Raster, ArtError> {
    let options = usvg::Options { fontdb: fonts.0.clone(), ..closed_options() };
    draw(svg, (width, height), &options)
}

fn draw(svg: &str, (width, height): (u32, u32), options: &usvg::Options<'_>) -> Result<Raster, ArtError> {
    let tree = usvg::Tree::from_str(svg, options).map_err(|error| ArtError::Drawing(error.to_string()))?;
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
