//! The paper of vouchers: the bordered certificate of a bank voucher and the card of a goods voucher. What they say is text
//! and is laid on top by the window.

use std::f64::consts::TAU;

use super::canvas::{Canvas, Ink, Point, curve};
use super::guilloche::{Rosette, border};

/// Light or dark surroundings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Shade {
    /// White paper, celadon ink.
    #[default]
    Light,
    /// Dark paper, bright celadon ink.
    Dark,
}

impl Shade {
    /// The ink alone.
    pub(super) const fn ink(self) -> &'static str {
        self.colours()[2]
    }

    /// Upper paper, lower paper, ink.
    const fn colours(self) -> [&'static str; 3] {
        match self {
            Self::Light => ["#FFFFFF", "#F6FAF8", "#22655A"],
            Self::Dark => ["#1C2624", "#18211F", "#86CDB9"],
        }
    }
}

/// The paper of a voucher, in points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoucherArt {
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
    /// What its pattern is drawn from.
    pub seed: [u8; 32],
    /// Colours.
    pub shade: Shade,
    /// Whether its lower edge shows. Otherwise it sticks in a pocket and its border runs on.
    pub closed: bool,
}

/// Below this width only the upper border is a guilloche.
const NARROW: f64 = 480.0;

impl VoucherArt {
    fn size(&self) -> Point {
        (f64::from(self.width), f64::from(self.height))
    }

    /// A canvas with the paper on it.
    fn paper(&self) -> Canvas {
        let (width, height) = self.size();
        let [upper, lower, _] = self.shade.colours();
        let mut canvas = Canvas::new(width, height, [0.0, 0.0, width, height]);
        let paper = canvas.along((0.0, 0.0), (0.0, height), &[(0.0, upper, 1.0), (1.0, lower, 1.0)]);
        canvas.add(format!("<rect {} fill=\"{paper}\"/>", self.sheet()));
        let cut = canvas.clip(&format!("<rect {}/>", self.sheet()));
        canvas.add(format!("<g clip-path=\"{cut}\">"));
        canvas
    }

    fn sheet(&self) -> String {
        let (width, height) = self.size();
        let round = if width < NARROW { 16 } else { 18 };
        format!("width=\"{width}\" height=\"{height}\" rx=\"{round}\"")
    }

    /// How faint the watermark is: bright lines on dark paper need less.
    fn watermark(&self, ink: &str, rosette: &Rosette) -> String {
        let opacity = if self.shade == Shade::Light { 0.12 } else { 0.09 };
        Ink { paint: ink, opacity, width: 0.65 }.stroke(&rosette.paths(&self.seed))
    }
}

/// The certificate: white paper, a border of guilloche, the packet's rosette as its watermark.
pub fn voucher_frame(art: &VoucherArt) -> String {
    let mut canvas = art.paper();
    let [_, _, ink] = art.shade.colours();
    let (width, height) = art.size();
    let rosette = Rosette::new((width / 2.0, 206.0_f64.min(height * 0.412)), width * 0.466);
    canvas.add(art.watermark(ink, &rosette));
    if width < NARROW {
        draw_narrow_border(&mut canvas, art, ink)
    } else {
        draw_border(&mut canvas, art, ink)
    }
    canvas.add("</g>");
    canvas.finish()
}

fn draw_narrow_border(canvas: &mut Canvas, art: &VoucherArt, ink: &str) {
    let (width, height) = art.size();
    let bands = border((18.0, 18.0), (width - 18.0, 18.0), 13.0, waves(width - 36.0, 14.0), 5);
    canvas.add(Ink { paint: ink, opacity: 0.55, width: 0.6 }.stroke(&bands));
    canvas.add(frame(art, ink, 10.0, 8.0, 9.0, 0.42, height));
}

/// Guilloche on all sides that show, a rosette in each corner, a line outside and inside.
fn draw_border(canvas: &mut Canvas, art: &VoucherArt, ink: &str) {
    let (width, height) = art.size();
    // The border's middle line, its thickness, and the room for a corner.
    let (inset, thick, corner) = (28.0, 16.0, 14.0);
    let bottom = if art.closed { height - inset } else { height + 40.0 };
    let (left, right) = (inset, width - inset);
    let mut bands = border((left + corner, inset), (right - corner, inset), thick, waves(right - left, 15.5), 5);
    for x in [left, right] {
        let end = if art.closed { bottom - corner } else { bottom };
        bands.extend(border((x, inset + corner), (x, end), thick, waves(end - inset, 15.5), 5));
    }
    let mut corners = vec![(left, inset), (right, inset)];
    if art.closed {
        bands.extend(border((left + corner, bottom), (right - corner, bottom), thick, waves(right - left, 15.5), 5));
        corners.extend([(left, bottom), (right, bottom)]);
    }
    canvas.add(Ink { paint: ink, opacity: 0.5, width: 0.62 }.stroke(&bands));
    let rosettes: Vec<String> = corners.into_iter().flat_map(corner_rosette).collect();
    canvas.add(Ink { paint: ink, opacity: 0.6, width: 0.55 }.stroke(&rosettes));
    canvas.add(frame(art, ink, 14.0, 14.0, 9.0, 0.45, height));
    canvas.add(frame(art, ink, 42.0, 42.0, 3.0, 0.3, height));
}

/// Four strands that weave eight loops around `centre`.
fn corner_rosette(centre: Point) -> Vec<String> {
    let strand = |phase: f64| {
        let path = curve(48, |t| {
            let (sin, cos) = (TAU * t).sin_cos();
            let radius = 5.7 + 3.4 * (8.0 * TAU * t + phase).sin();
            (centre.0 + radius * cos, centre.1 + radius * sin)
        });
        path + "Z"
    };
    (0..4).map(|line| strand(TAU * f64::from(line) / 4.0)).collect()
}

/// A line along the edge, `across` and `down` from it.
fn frame(art: &VoucherArt, ink: &str, across: f64, down: f64, round: f64, opacity: f64, height: f64) -> String {
    let width = f64::from(art.width);
    let high = if art.closed { height - 2.0 * down } else { height + 40.0 };
    format!(
        "<rect x=\"{across}\" y=\"{down}\" width=\"{}\" height=\"{high}\" rx=\"{round}\" fill=\"none\" stroke=\"{ink}\" \
         stroke-opacity=\"{opacity}\" stroke-width=\"1.1\"/>",
        width - 2.0 * across
    )
}

/// Whole waves of about `each` points along `length`.
fn waves(length: f64, each: f64) -> usize {
    // Even, so that the swelling of a border ends as it began.
    ((length / each / 2.0).round() as usize).max(1) * 2
}

/// The card of a goods voucher, with a well for its picture: 22 points from the edges, 254 high (less on narrow cards),
/// rounded by 12. Without a picture the well shows the packet's pattern.
pub fn goods_frame(art: &VoucherArt) -> String {
    let mut canvas = art.paper();
    let [_, _, ink] = art.shade.colours();
    let (width, height) = art.size();
    let rosette = Rosette::new((width - width * 0.13, height * 0.758), width * 0.28);
    canvas.add(art.watermark(ink, &rosette));
    let (inset, high) = (22.0, 254.0_f64.min(width * 0.47));
    let (light, dark) = match art.shade {
        Shade::Light => ("#D5E5DC", "#B4CFC2"),
        Shade::Dark => ("#24312E", "#1B2724"),
    };
    let wall = canvas.along((inset, inset), (width - inset, inset + high), &[(0.0, light, 1.0), (1.0, dark, 1.0)]);
    let well =
        format!("<rect x=\"{inset}\" y=\"{inset}\" width=\"{}\" height=\"{high}\" rx=\"12\"", width - 2.0 * inset);
    let cut = canvas.clip(&format!("{well}/>"));
    canvas.add(format!("{well} fill=\"{wall}\"/><g clip-path=\"{cut}\">"));
    let pattern = Rosette::new((width / 2.0, inset + high / 2.0), width * 0.34);
    let opacity = if art.shade == Shade::Light { 0.34 } else { 0.1 };
    canvas.add(Ink { paint: "#FFFFFF", opacity, width: 0.8 }.stroke(&pattern.paths(&art.seed)));
    canvas.add("</g></g>");
    canvas.finish()
}
