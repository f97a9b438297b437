//! A QR code: a text as modules that a camera reads. Each module is a whole number of pixels, dark on white with the quiet zone
//! around it that the standard asks for, so that it is as crisp on a screen as on paper, by day and by night.

use qrcode::{Color, EcLevel, QrCode};

use super::render::Raster;

/// White modules on each side.
const QUIET: usize = 4;
/// The dark of a module: the ink of the light theme.
const DARK: [u8; 4] = [0x14, 0x21, 0x1D, 0xFF];

/// The code of a text in a square of `side` pixels, as large as whole modules allow. None where the text is too long for a code
/// or the square too small for one.
pub fn code(text: &str, side: u32) -> Option<Raster> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let module = side as usize / (code.width() + 2 * QUIET);
    drawn(code, side as usize, module)
}

/// The side of the code on a share card, with its quiet zone.
const SIDE: u32 = 324;
/// Each module of a code in a picture that is sent around has so many pixels at least: it is still read at half the size, and
/// after it was made worse as photographs are.
const LEAST: usize = 4;
/// So wide modules are, where a stronger correction of errors does not make them smaller than that.
const GOOD: usize = 6;

/// The code of an address for a share card, with as much to correct errors by as there is room for. Its modules are an even number of
/// pixels wide, so that they are as sharp at half the size. None where the address is too long to be read again from such a
/// picture.
pub fn link_code(text: &str) -> Option<Raster> {
    let fitting = |level: EcLevel, least: usize| {
        let code = QrCode::with_error_correction_level(text, level).ok()?;
        let module = SIDE as usize / (code.width() + 2 * QUIET) / 2 * 2;
        (module >= least).then(|| drawn(code, SIDE as usize, module)).flatten()
    };
    let good = [EcLevel::H, EcLevel::Q, EcLevel::M].into_iter().find_map(|level| fitting(level, GOOD));
    good.or_else(|| [EcLevel::Q, EcLevel::M, EcLevel::L].into_iter().find_map(|level| fitting(level, LEAST)))
}

fn drawn(code: QrCode, side: usize, module: usize) -> Option<Raster> {
    let count = code.width();
    if module == 0 {
        return None;
    }
    let start = (side - count * module) / 2;
    let mut rgba = vec![0xFF; side * side * 4];
    for (at, colour) in code.to_colors().into_iter().enumerate() {
        if colour == Color::Light {
            continue;
        }
        let (left, top) = (start + at % count * module, start + at / count * module);
        for row in top..top + module {
            let from = (row * side + left) * 4;
            for pixel in rgba[from..from + module * 4].chunks_exact_mut(4) {
                pixel.copy_from_slice(&DARK);
            }
        }
    }
    Some(Raster { width: side as u32, height: side as u32, rgba })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const TEXT: &str = "https://tea.example\nNo. 002026\nGl5UFZMdyqb6PEX2e3YwtlUqcpGcTDYKUUtIyBvGLQY";

    fn read(raster: &Raster) -> Option<String> {
        let (side, grey) =
            (raster.width as usize, |x: usize, y: usize| raster.rgba[(y * raster.width as usize + x) * 4]);
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, grey);
        image.detect_grids().first().and_then(|grid| grid.decode().ok()).map(|(_, text)| text)
    }

    #[test]
    fn what_is_written_can_be_read_at_every_scale() {
        for side in [184, 276, 368, 640] {
            assert_eq!(read(&code(TEXT, side).unwrap()).as_deref(), Some(TEXT), "{side}");
        }
    }

    #[test]
    fn there_is_nothing_between_dark_and_light_and_quiet_around() {
        let raster = code(TEXT, 300).unwrap();
        assert!(raster.rgba.chunks(4).all(|pixel| pixel == DARK || pixel == [255; 4]));
        let edge = |at: usize| raster.rgba[at * 4..at * 4 + 4] == [255; 4];
        assert!((0..300 * 20).all(edge), "the uppermost rows are white");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(code(TEXT, 30), None);
        assert_eq!(code(&"x".repeat(4000), 1000), None);
        assert!(link_code(&"x".repeat(60)).is_some());
        assert_eq!(link_code(&"x".repeat(700)), None, "its modules would be too small");
    }
}
