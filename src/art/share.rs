//! The share card: an envelope over a whole picture, and a cream panel below its greeting. Words, crest, seal and code are laid on
//! top at the places in [`ShareLayout`]. It shows no badge: a picture proves nothing.

use super::canvas::{Canvas, Ink, num};
use super::guilloche::Rosette;
use super::paper::Paper;

/// Width and height of the card, in pixels.
pub const SHARE_SIZE: [u32; 2] = [WIDTH as u32, HEIGHT as u32];

const WIDTH: f64 = 1080.0;
const HEIGHT: f64 = 1440.0;

/// Left, top, width, height.
pub type Place = [f32; 4];

/// Places on the card, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ShareLayout {
    /// Middle and radius of the issuer's emblem.
    pub emblem: (f32, f32, f32),
    /// The company's name, and the size of its letters.
    pub title: (Place, f32),
    /// Middle and radius of the seal.
    pub seal: (f32, f32, f32),
    /// The greeting's first line.
    pub greeting: (Place, f32),
    /// The rest of it.
    pub wish: (Place, f32),
    /// The panel.
    pub panel: Place,
    /// The code, with its white edge: left, top, side.
    pub code: Option<[u32; 3]>,
    /// What to do with the card.
    pub call: (Place, f32),
    /// What it is.
    pub what: (Place, f32),
    /// The line below both, from left to right at a height.
    pub rule: [f32; 3],
    /// Issuer, number, validity, below each other.
    pub facts: (Place, f32),
    /// Below the panel.
    pub foot: (Place, f32),
    /// How deep the flap hangs at the sides and in the middle.
    flap: [f64; 2],
}

impl ShareLayout {
    /// With a code, or with words alone.
    pub const fn of(has_code: bool) -> Self {
        if has_code { Self::CODE } else { Self::WORDS }
    }

    const FOOT: (Place, f32) = ([64.0, 1366.0, 952.0, 44.0], 26.0);

    const WORDS: Self = Self {
        emblem: (540.0, 132.0, 56.0),
        title: ([110.0, 204.0, 860.0, 70.0], 44.0),
        seal: (540.0, 508.0, 128.0),
        greeting: ([76.0, 652.0, 928.0, 140.0], 104.0),
        wish: ([110.0, 798.0, 860.0, 96.0], 36.0),
        panel: [64.0, 926.0, 952.0, 410.0],
        code: None,
        call: ([124.0, 972.0, 832.0, 70.0], 50.0),
        what: ([124.0, 1046.0, 832.0, 58.0], 32.0),
        rule: [124.0, 956.0, 1122.0],
        facts: ([124.0, 1144.0, 832.0, 168.0], 28.0),
        foot: Self::FOOT,
        flap: [292.0, 520.0],
    };

    // The code stands on even pixels, so that it is still sharp at half the size.
    const CODE: Self = Self {
        code: Some([106, 968, SIDE]),
        call: ([482.0, 966.0, 476.0, 70.0], 50.0),
        what: ([482.0, 1042.0, 476.0, 66.0], 32.0),
        rule: [482.0, 958.0, 1126.0],
        facts: ([482.0, 1150.0, 476.0, 156.0], 27.0),
        ..Self::WORDS
    };
}

/// The side of the code, with its white edge.
const SIDE: u32 = 324;

/// The card without words, crest, seal and code; the pattern is drawn from `seed`, except on kraft, for which nobody vouches.
pub fn share(paper: Paper, seed: &[u8; 32], has_code: bool) -> String {
    let (layout, colours) = (ShareLayout::of(has_code), paper.colours());
    let mut canvas = Canvas::new(WIDTH, HEIGHT, [0.0, 0.0, WIDTH, HEIGHT]);
    let centre = (f64::from(layout.seal.0), f64::from(layout.seal.1) - 8.0);
    let rosette = match paper {
        Paper::Kraft => Vec::new(),
        _ => Rosette { density: 1.5, ..Rosette::new(centre, 520.0) }.paths(seed),
    };
    let whole = format!("width=\"{WIDTH}\" height=\"{HEIGHT}\"");
    let ground =
        canvas.along((0.0, 0.0), (0.0, HEIGHT), &[(0.0, colours.body_top, 1.0), (1.0, colours.body_bottom, 1.0)]);
    canvas.add(format!("<rect {whole} fill=\"{ground}\"/>"));
    // Faded behind the greeting, which must stay readable.
    let top = f64::from(layout.greeting.0[1]);
    let fading = canvas.along((0.0, top - 40.0), (0.0, top + 120.0), &[(0.0, "#FFFFFF", 1.0), (1.0, "#FFFFFF", 0.22)]);
    let fading = canvas.mask(&format!("<rect {whole} fill=\"{fading}\"/>"));
    canvas.add(format!("<g mask=\"{fading}\">"));
    canvas.add(Ink { paint: colours.line, opacity: 0.42, width: 1.1 }.stroke(&rosette));
    canvas.add("</g>");
    draw_flap(&mut canvas, paper, &layout, &rosette);
    draw_panel(&mut canvas, &layout);
    canvas.finish()
}

fn draw_flap(canvas: &mut Canvas, paper: Paper, layout: &ShareLayout, rosette: &[String]) {
    let colours = paper.colours();
    let [side, tip] = layout.flap;
    let knee = side + (tip - side) * 0.65;
    let free = format!(
        "C900 {} 720 {} 540 {}C360 {} 180 {} 0 {}",
        num(knee),
        num(tip),
        num(tip),
        num(tip),
        num(knee),
        num(side)
    );
    let flap = format!("M0 0H1080V{}{free}Z", num(side));
    let sheet = canvas.along((0.0, 0.0), (0.0, tip), &[(0.0, colours.flap_top, 1.0), (1.0, colours.flap_bottom, 1.0)]);
    let shadow =
        canvas.shadow([0.0, 0.0, WIDTH, tip], 10.0, 14.0, if paper.is_gift() { "#3A0206" } else { "#1E1812" }, 0.4);
    let cut = canvas.clip(&format!("<path d=\"{flap}\"/>"));
    canvas.add(format!("<path d=\"{flap}\" fill=\"{sheet}\" filter=\"{shadow}\"/><g clip-path=\"{cut}\">"));
    canvas.add(Ink { paint: colours.line, opacity: 0.3, width: 1.1 }.stroke(rosette));
    canvas.add("</g>");
    let gold = canvas.along(
        (0.0, side),
        (WIDTH, side),
        &[
            (0.0, "#D9A94E", 1.0),
            (0.3, "#FFF0C4", 1.0),
            (0.6, "#F2CF84", 1.0),
            (0.86, "#FFE9B4", 1.0),
            (1.0, "#D9A94E", 1.0),
        ],
    );
    let edge = if paper.is_gift() { gold.as_str() } else { colours.edge };
    canvas.add(format!("<path d=\"M1080 {}{free}\" fill=\"none\" stroke=\"{edge}\" stroke-width=\"5\"/>", num(side)));
}

/// Cream with a fine gold line, and the white field on which a code lies.
fn draw_panel(canvas: &mut Canvas, layout: &ShareLayout) {
    let [left, top, width, height] = layout.panel.map(f64::from);
    let shadow = canvas.shadow([left, top, width, height], 10.0, 14.0, "#3A0206", 0.4);
    let rect = |inset: f64, round: f64| {
        let [x, y] = [left + inset, top + inset].map(num);
        let [across, down] = [width - 2.0 * inset, height - 2.0 * inset].map(num);
        format!("<rect x=\"{x}\" y=\"{y}\" width=\"{across}\" height=\"{down}\" rx=\"{round}\"")
    };
    canvas.add(format!("{} fill=\"#FFF8E6\" filter=\"{shadow}\"/>", rect(0.0, 40.0)));
    let inset = 14.0;
    canvas.add(format!(
        "{} fill=\"none\" stroke=\"#C99A3B\" stroke-opacity=\"0.6\" stroke-width=\"2\"/>",
        rect(inset, 40.0 - inset)
    ));
    if let Some([x, y, side]) = layout.code {
        canvas
            .add(format!("<rect x=\"{x}\" y=\"{y}\" width=\"{side}\" height=\"{side}\" rx=\"16\" fill=\"#FFFFFF\"/>"));
    }
    let [from, to, at] = layout.rule;
    canvas.add(format!("<path d=\"M{from} {at}H{to}\" stroke=\"#C99A3B\" stroke-opacity=\"0.5\" stroke-width=\"2\"/>"));
}
