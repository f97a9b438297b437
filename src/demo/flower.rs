//! The sample company's own drawings: camellias in gold on red, for the cover, and one as its emblem. They keep clear of
//! where the window writes on an envelope.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use crate::art::{Colourway, Paper};

const GOLD: &str = "#F2CF84";
const BRIGHT: &str = "#FFE9B4";

/// A petal that points up from the middle of its flower, one unit long.
const PETAL: &str = "M0 -0.08C-0.34 -0.2 -0.56 -0.56 -0.42 -0.84C-0.34 -1 -0.12 -1.02 0 -0.92C0.12 -1.02 0.34 -1 0.42 \
    -0.84C0.56 -0.56 0.34 -0.2 0 -0.08Z";
/// A leaf that points up, one unit long, and its midrib.
const LEAF: &str = "M0 0C-0.3 -0.22 -0.34 -0.66 0 -1C0.34 -0.66 0.3 -0.22 0 0Z";
const MIDRIB: &str = "M0 -0.04V-0.9M0 -0.3L-0.15 -0.44M0 -0.3L0.15 -0.44M0 -0.52L-0.15 -0.66M0 -0.52L0.15 -0.66";

/// The colours of one drawing.
struct Ink {
    petals: [&'static str; 3],
    leaf: &'static str,
}

const ON_RED: Ink = Ink { petals: ["#C9242B", "#D43A3B", "#DF5049"], leaf: "#8E0C16" };
const ON_NOTHING: Ink = Ink { petals: ["#B9141E", "#C9242B", "#D9413F"], leaf: "#7A0A13" };

/// Where something stands: middle, size, turn in degrees.
type Place = (f64, f64, f64, f64);

fn placed(out: &mut String, (x, y, size, turn): Place, shapes: &str) {
    let _ = write!(out, "<g transform=\"translate({x} {y}) rotate({turn}) scale({size})\">{shapes}</g>");
}

/// One blossom of radius 1: three rings of petals around the stamens.
fn blossom(ink: &Ink) -> String {
    let mut out = String::new();
    for (ring, (count, size, turn)) in [(7, 1.0, 0.0), (6, 0.74, 26.0), (5, 0.48, 8.0)].into_iter().enumerate() {
        let fill = ink.petals.get(ring).copied().unwrap_or(GOLD);
        let width = 0.018 / size;
        let petal = format!(
            "<path d=\"{PETAL}\" fill=\"{fill}\" stroke=\"{GOLD}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"/>"
        );
        for step in 0..count {
            placed(&mut out, (0.0, 0.0, size, turn + 360.0 * f64::from(step) / f64::from(count)), &petal);
        }
    }
    out.push_str(&stamens());
    out
}

fn stamens() -> String {
    let mut out = String::new();
    for step in 0..11 {
        let (sin, cos) = (TAU * f64::from(step) / 11.0).sin_cos();
        let reach = if step % 2 == 0 { 0.2 } else { 0.14 };
        let (x, y) = (cos * reach, sin * reach);
        let _ = write!(
            out,
            "<path d=\"M0 0L{x:.4} {y:.4}\" stroke=\"{GOLD}\" stroke-width=\"0.016\"/>\
             <circle cx=\"{x:.4}\" cy=\"{y:.4}\" r=\"0.032\" fill=\"{BRIGHT}\"/>"
        );
    }
    out
}

fn leaf(ink: &Ink) -> String {
    format!(
        "<path d=\"{LEAF}\" fill=\"{}\" stroke=\"{GOLD}\" stroke-width=\"0.016\"/>\
         <path d=\"{MIDRIB}\" fill=\"none\" stroke=\"{GOLD}\" stroke-opacity=\"0.7\" stroke-width=\"0.011\"/>",
        ink.leaf
    )
}

/// The cover, in the units of an envelope: 360 × 500. Flowers stand in two corners; the middle belongs to words and seal.
pub(super) fn cover() -> String {
    let colours = Paper::Gift(Colourway::Cinnabar).colours();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 360 500\"><defs><linearGradient id=\"g\" x1=\"0\" y1=\"0\" \
         x2=\"0.3\" y2=\"1\"><stop offset=\"0\" stop-color=\"{}\"/><stop offset=\"1\" stop-color=\"{}\"/></linearGradient>\
         </defs><rect width=\"360\" height=\"500\" fill=\"url(#g)\"/>",
        colours.flap_top, colours.body_bottom
    );
    let (flower, leaf) = (blossom(&ON_RED), leaf(&ON_RED));
    for place in [
        (318.0, 62.0, 88.0, 205.0),
        (292.0, 100.0, 70.0, 172.0),
        (296.0, 22.0, 78.0, -72.0),
        (30.0, 218.0, 64.0, 24.0),
        (12.0, 268.0, 84.0, 68.0),
        (66.0, 294.0, 60.0, 98.0),
    ] {
        placed(&mut out, place, &leaf);
    }
    for place in [(336.0, 40.0, 74.0, 12.0), (22.0, 260.0, 62.0, -8.0), (352.0, 140.0, 34.0, 40.0)] {
        placed(&mut out, place, &flower);
    }
    // Fallen petals.
    let petal = format!("<path d=\"{PETAL}\" fill=\"{}\" stroke=\"{GOLD}\" stroke-width=\"0.03\"/>", ON_RED.petals[1]);
    for place in [(316.0, 300.0, 22.0, 118.0), (52.0, 150.0, 16.0, 40.0), (334.0, 388.0, 17.0, 200.0)] {
        placed(&mut out, place, &petal);
    }
    out.push_str("</svg>");
    out
}

/// The company's emblem, in a square: one camellia in a gold ring.
pub(super) fn emblem() -> String {
    let mut out = String::from("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"-100 -100 200 200\">");
    let _ = write!(out, "<circle r=\"96\" fill=\"#FBF3DF\" stroke=\"{GOLD}\" stroke-width=\"6\"/>");
    let leaf = leaf(&ON_NOTHING);
    for turn in [62.0, 182.0, 302.0] {
        placed(&mut out, (0.0, 0.0, 88.0, turn), &leaf);
    }
    placed(&mut out, (0.0, 0.0, 70.0, 0.0), &blossom(&ON_NOTHING));
    out.push_str("</svg>");
    out
}
