//! The stamp on a voucher whose money has gone where it belongs.

use super::canvas::Canvas;
use super::glyphs::{COLLECTED, glyph};
use super::voucher::Shade;

/// What a stamp says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stamp {
    /// 已收, for readers of Chinese.
    Chinese,
    /// A check mark, for everybody else.
    Check,
}

/// A round stamp in celadon, a little askew as by hand: a square of `size` points.
pub fn stamp(size: f32, stamp: Stamp, shade: Shade) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-72.0, -72.0, 144.0, 144.0]);
    let ink = shade.ink();
    canvas.add(format!(
        "<g transform=\"rotate(-10)\" opacity=\"0.92\"><g fill=\"none\" stroke=\"{ink}\"><circle r=\"66\" stroke-width=\"6\"/>\
         <circle r=\"55\" stroke-width=\"2\"/></g>"
    ));
    canvas.add(match stamp {
        Stamp::Chinese => glyph(COLLECTED, (0.0, 0.0), 46.0, ink),
        Stamp::Check => format!(
            "<path d=\"M-28 1L-8 21L30 -20\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"9\" stroke-linecap=\"round\" \
             stroke-linejoin=\"round\"/>"
        ),
    });
    canvas.add("</g>");
    canvas.finish()
}
