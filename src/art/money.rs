//! Money to be seen: coins and notes. They say fortune and name no sum, for the sum is the voucher's to say.

use std::f64::consts::TAU;

use super::canvas::{Canvas, Ink, num, put};
use super::glyphs::{FU, LU, SHOU, XI, glyph};
use super::guilloche::{Rosette, border};

/// The square picture of a coin is this many times its diameter.
pub const COIN_BLEED: f32 = 1.25;

/// The picture of a note is this many times its width and its height, for its shadow.
pub const NOTE_BLEED: f32 = 1.3;

/// A coin of `diameter` points in a square picture of [`COIN_BLEED`] times that. `tilt` is from 1 (seen from the front)
/// down to 0.3; `turn` is in degrees, clockwise.
pub fn coin(diameter: f32, tilt: f32, turn: f32) -> String {
    let size = f64::from(diameter * COIN_BLEED);
    let mut canvas = Canvas::new(size, size, [-125.0, -125.0, 250.0, 250.0]);
    let tilt = f64::from(tilt.clamp(0.3, 1.0));
    canvas.add(format!("<g transform=\"rotate({}) translate(0 -3)\">", num(f64::from(turn))));
    draw_edge(&mut canvas, tilt);
    draw_face(&mut canvas, tilt);
    canvas.add("</g>");
    canvas.finish()
}

/// The thickness below the face, with its reeding.
fn draw_edge(canvas: &mut Canvas, tilt: f64) {
    let (high, thick) = (100.0 * tilt, 4.0 + 18.0 * (1.0 - tilt));
    let metal = canvas.along(
        (-100.0, 0.0),
        (100.0, 0.0),
        &[
            (0.0, "#7A5318", 1.0),
            (0.28, "#D9A94E", 1.0),
            (0.5, "#A8772A", 1.0),
            (0.78, "#8F6420", 1.0),
            (1.0, "#5E3F12", 1.0),
        ],
    );
    let (high, thick_text) = (num(high), num(thick));
    canvas.add(format!("<path d=\"M-100 0V{thick_text}A100 {high} 0 0 0 100 {thick_text}V0Z\" fill=\"{metal}\"/>"));
    let mut lines = String::new();
    for line in 1..40 {
        let (sin, cos) = (TAU / 2.0 * f64::from(line) / 40.0).sin_cos();
        let (x, y) = (100.0 * cos, 100.0 * tilt * sin);
        put(&mut lines, format_args!("M{} {}v{thick_text}", num(x), num(y)));
    }
    canvas.add(format!(
        "<path d=\"{lines}\" fill=\"none\" stroke=\"#5E3F12\" stroke-opacity=\"0.4\" stroke-width=\"1.6\"/>"
    ));
}

fn draw_face(canvas: &mut Canvas, tilt: f64) {
    let gold = canvas.along(
        (-100.0, -100.0),
        (20.0, 100.0),
        &[(0.0, "#FFF0C4", 1.0), (0.5, "#EBC469", 1.0), (1.0, "#C08A32", 1.0)],
    );
    let field = canvas.along(
        (-60.0, -84.0),
        (30.0, 84.0),
        &[(0.0, "#E9C26A", 1.0), (0.55, "#F1D084", 1.0), (1.0, "#D9A94E", 1.0)],
    );
    canvas.add(format!(
        "<g transform=\"scale(1 {})\"><circle r=\"100\" fill=\"{gold}\"/>\
         <circle r=\"98.500\" fill=\"none\" stroke=\"#FFF6DC\" stroke-opacity=\"0.55\" stroke-width=\"2\"/>\
         <circle r=\"84\" fill=\"{field}\" stroke=\"#9C6C22\" stroke-opacity=\"0.65\" stroke-width=\"4.5\"/>",
        num(tilt)
    ));
    for (outline, x, y) in [(FU, 0.0, -55.0), (LU, 56.0, 0.0), (SHOU, 0.0, 55.0), (XI, -56.0, 0.0)] {
        canvas.add(glyph(outline, (x, y + 1.4), 34.0, "#FFF0C4"));
        canvas.add(glyph(outline, (x, y), 34.0, "#7A5412"));
    }
    canvas.add(
        "<rect x=\"-29\" y=\"-29\" width=\"58\" height=\"58\" rx=\"4\" fill=\"#F7DC9A\" stroke=\"#9C6C22\" \
         stroke-width=\"4\"/><rect x=\"-22\" y=\"-22\" width=\"44\" height=\"44\" rx=\"2\" fill=\"#7A1014\"/>\
         <path d=\"M-22 22V-22H22L15 -13H-14V15Z\" fill=\"#3A0206\" fill-opacity=\"0.5\"/></g>",
    );
}

/// The colour of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NoteTint {
    /// Rose.
    Rose,
    /// Celadon.
    Celadon,
    /// Gold.
    Gold,
}

impl NoteTint {
    /// Light paper, dark paper, ink.
    const fn colours(self) -> [&'static str; 3] {
        match self {
            Self::Rose => ["#F6DAD2", "#EAB9AE", "#A5303A"],
            Self::Celadon => ["#DDEBE3", "#B9D6CA", "#22655A"],
            Self::Gold => ["#FBEECB", "#F0D596", "#8A6018"],
        }
    }
}

/// An upright note of `width` × 2.1 `width` points in a picture of [`NOTE_BLEED`] times that, its pattern from `seed`.
pub fn note(width: f32, tint: NoteTint, seed: &[u8; 32]) -> String {
    let (across, down) = (158.6, 333.06);
    let size = f64::from(width * NOTE_BLEED);
    let mut canvas = Canvas::new(size, size * down / across, [-across / 2.0, -down / 2.0, across, down]);
    let [light, dark, ink] = tint.colours();
    let paper = canvas.along((-61.0, -128.0), (61.0, 128.0), &[(0.0, light, 1.0), (1.0, dark, 1.0)]);
    let shadow = canvas.shadow([-61.0, -128.1, 122.0, 256.2], 4.0, 7.0, "#000000", 0.35);
    let sheet = "x=\"-61\" y=\"-128.1\" width=\"122\" height=\"256.2\" rx=\"8\"";
    canvas.add(format!("<rect {sheet} fill=\"{paper}\" filter=\"{shadow}\"/>"));
    let cut = canvas.clip(&format!("<rect {sheet}/>"));
    canvas.add(format!("<g clip-path=\"{cut}\">"));
    let middle = -25.6;
    let rosette = Rosette { inner: 0.42, bands: 2, ..Rosette::new((0.0, middle), 126.0) };
    canvas.add(Ink { paint: ink, opacity: 0.42, width: 0.5 }.stroke(&rosette.paths(seed)));
    for y in [-112.0, 112.0] {
        // Bare paper under the border keeps it crisp where the rosette passes below.
        canvas.add(format!(
            "<rect x=\"-51\" y=\"{}\" width=\"102\" height=\"15\" fill=\"{light}\" fill-opacity=\"0.7\"/>",
            num(y - 7.5)
        ));
        canvas.add(Ink { paint: ink, opacity: 0.55, width: 0.55 }.stroke(&border((-51.0, y), (51.0, y), 14.0, 9, 4)));
    }
    canvas.add(format!(
        "</g><rect x=\"-55\" y=\"-123\" width=\"110\" height=\"246\" rx=\"5\" fill=\"none\" stroke=\"{ink}\" \
         stroke-opacity=\"0.55\"/><circle cy=\"{middle}\" r=\"49\" fill=\"{light}\" stroke=\"{ink}\" stroke-opacity=\"0.7\"/>\
         <circle cy=\"{middle}\" r=\"45.500\" fill=\"none\" stroke=\"{ink}\" stroke-opacity=\"0.35\" stroke-width=\"0.7\"/>"
    ));
    canvas.add(glyph(FU, (0.0, middle), 61.0, ink));
    canvas.finish()
}
