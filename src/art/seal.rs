//! The round seal on the flap: a gold coin to press, and what it becomes on papers that cannot be opened or trusted.

use std::f64::consts::TAU;

use super::canvas::{Canvas, num, put};
use super::glyphs::{KAI, OPEN, UNKNOWN, glyph};

/// The picture of a seal is this many times its diameter, for its shadow.
pub const SEAL_BLEED: f32 = 1.4;

/// What a seal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SealFace {
    /// Gold with 開.
    Gold,
    /// Gold with 開 and OPEN.
    GoldOpen,
    /// Not to be pressed yet.
    Disabled,
    /// Broken in two: somebody changed the file.
    Broken,
    /// A question mark: nobody vouches for the issuer.
    Unknown,
    /// An hourglass: time is over.
    Expired,
}

/// A seal of `diameter` points in a square picture of [`SEAL_BLEED`] times that.
pub fn seal(diameter: f32, face: SealFace) -> String {
    let mut canvas = square(diameter);
    match face {
        SealFace::Gold => draw_gold(&mut canvas, false),
        SealFace::GoldOpen => draw_gold(&mut canvas, true),
        SealFace::Disabled => draw_disabled(&mut canvas),
        SealFace::Broken => draw_broken(&mut canvas),
        SealFace::Unknown => draw_unknown(&mut canvas),
        SealFace::Expired => draw_expired(&mut canvas),
    }
    canvas.finish()
}

/// The glow around a seal under the pointer, as large as the picture of the seal.
pub fn seal_halo(diameter: f32) -> String {
    let mut canvas = square(diameter);
    let glow =
        canvas.around((0.0, 0.0), 140.0, &[(0.68, "#F0CC78", 0.55), (0.82, "#F0CC78", 0.3), (1.0, "#F0CC78", 0.0)]);
    canvas.add(format!("<circle r=\"140\" fill=\"{glow}\"/>"));
    canvas.finish()
}

/// In these units the radius of the seal is 100.
fn square(diameter: f32) -> Canvas {
    let size = f64::from(diameter * SEAL_BLEED);
    Canvas::new(size, size, [-140.0, -140.0, 280.0, 280.0])
}

/// Where the whole seal lies.
const DISC: [f64; 4] = [-100.0, -100.0, 200.0, 200.0];

fn draw_gold(canvas: &mut Canvas, with_word: bool) {
    let rim = canvas.along(
        (-100.0, -100.0),
        (10.0, 100.0),
        &[(0.0, "#FFF0C4", 1.0), (0.38, "#F0CC78", 1.0), (0.72, "#DDA94B", 1.0), (1.0, "#C58B30", 1.0)],
    );
    let face = canvas.along(
        (-69.0, -86.0),
        (17.0, 86.0),
        &[(0.0, "#F3D288", 1.0), (0.5, "#F7DC9A", 1.0), (1.0, "#EBC06A", 1.0)],
    );
    let shadow = canvas.shadow(DISC, 7.0, 10.5, "#3A0206", 0.45);
    canvas.add(format!("<circle r=\"100\" fill=\"{rim}\" filter=\"{shadow}\"/>"));
    canvas.add(format!(
        "<path d=\"{}\" fill=\"none\" stroke=\"#9A6820\" stroke-opacity=\"0.55\" stroke-width=\"1.8\"/>",
        reeding()
    ));
    canvas.add(format!(
        "<circle r=\"86\" fill=\"{face}\" stroke=\"#B07C2A\" stroke-opacity=\"0.55\" stroke-width=\"2\"/>\
         <circle r=\"80\" fill=\"none\" stroke=\"#FFF6DC\" stroke-opacity=\"0.9\" stroke-width=\"2.2\"/>\
         <circle r=\"75.5\" fill=\"none\" stroke=\"#B07C2A\" stroke-opacity=\"0.45\" stroke-width=\"1.4\"/>"
    ));
    let (middle, em) = if with_word { (-13.0, 78.0) } else { (0.0, 92.0) };
    // A bright copy below: the character is struck into the metal.
    canvas.add(glyph(KAI, (0.0, middle + 1.7), em, "#FFF3CF"));
    canvas.add(glyph(KAI, (0.0, middle), em, "#8A0B14"));
    if with_word {
        canvas.add(glyph(OPEN, (0.0, 43.0), 25.5, "#8A0B14"));
    }
}

/// The fine lines on the rim of a coin.
fn reeding() -> String {
    let mut path = String::new();
    for line in 0..96 {
        let (sin, cos) = (TAU * f64::from(line) / 96.0).sin_cos();
        put(
            &mut path,
            format_args!("M{} {}L{} {}", num(91.5 * cos), num(91.5 * sin), num(98.5 * cos), num(98.5 * sin)),
        );
    }
    path
}

fn draw_disabled(canvas: &mut Canvas) {
    canvas.add(
        "<circle r=\"100\" fill=\"#C9A9A0\" fill-opacity=\"0.55\"/>\
         <circle r=\"86\" fill=\"none\" stroke=\"#F3DDD4\" stroke-opacity=\"0.7\" stroke-width=\"2.6\"/>",
    );
    canvas.add(glyph(KAI, (0.0, 0.0), 92.0, "#6A1A1E"));
}

/// The crack, from above the seal to below it, between the left and the right half.
const CRACK: &str = "M10 -133L10 -98L-12 -52L13 -16L-13 26L8 70L-3 133";

fn draw_broken(canvas: &mut Canvas) {
    let shadow = canvas.shadow([-125.0, -125.0, 250.0, 250.0], 6.0, 9.0, "#000000", 0.32);
    for (edge, lean) in
        [("H-150V-133Z", "translate(-14 6) rotate(-7 0 100)"), ("H150V-133Z", "translate(14 -4) rotate(7 0 100)")]
    {
        let half = canvas.clip(&format!("<path d=\"{CRACK}{edge}\"/>"));
        canvas.add(format!(
            "<g filter=\"{shadow}\"><g transform=\"scale(0.9) {lean}\"><g clip-path=\"{half}\"><circle r=\"100\" \
             fill=\"#C3C9C6\"/><circle r=\"87\" fill=\"#DFE4E1\" stroke=\"#6E7774\" stroke-width=\"3.3\"/>{}</g></g></g>",
            glyph(KAI, (0.0, 0.0), 96.0, "#3A4340")
        ));
    }
}

fn draw_unknown(canvas: &mut Canvas) {
    canvas.add(
        "<circle r=\"98\" fill=\"#E2C79D\" stroke=\"#6B4A20\" stroke-width=\"5\" stroke-dasharray=\"13.5 11.7\"/>",
    );
    canvas.add(glyph(UNKNOWN, (0.0, 0.0), 126.0, "#5A3A12"));
}

fn draw_expired(canvas: &mut Canvas) {
    canvas.add(
        "<circle r=\"98\" fill=\"#EBD0C9\" stroke=\"#A2665F\" stroke-width=\"4.2\"/>\
         <g fill=\"none\" stroke=\"#7A3A36\" stroke-width=\"7\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\
         <path d=\"M-32 -41H32V-26L0 0L-32 -26ZM-32 41H32V26L0 0L-32 26Z\"/></g>\
         <path d=\"M-29 41V29L0 18L29 29V41Z\" fill=\"#7A3A36\" fill-opacity=\"0.35\"/>",
    );
}
