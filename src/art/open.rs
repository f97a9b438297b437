//! The open envelope: the gold lining of its flap, and the pocket's front and back with room for notes and voucher between
//! them.

use super::canvas::{Canvas, Ink};
use super::guilloche::Rosette;
use super::paper::Paper;

/// Height of the picture of a lining divided by its width.
pub const LINING_RATIO: f32 = 280.0 / 360.0;

/// How far the pictures of a pocket reach above its mouth, in points: room for the back wall and the shadow.
pub const POCKET_BLEED: f32 = 20.0;

/// A pocket to draw, in points; the picture is [`POCKET_BLEED`] higher than `height`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PocketArt {
    /// Width.
    pub width: f32,
    /// From the corners of the mouth to the bottom.
    pub height: f32,
    /// How deep the mouth hangs in the middle.
    pub dip: f32,
    /// What it is made of.
    pub paper: Paper,
    /// What its pattern is drawn from.
    pub seed: [u8; 32],
    /// Whether gold light comes out of it, as in the moment of opening.
    pub lit: bool,
}

impl PocketArt {
    fn canvas(&self) -> Canvas {
        let (width, bleed) = (f64::from(self.width), f64::from(POCKET_BLEED));
        let height = f64::from(self.height) + bleed;
        Canvas::new(width, height, [0.0, -bleed, width, height])
    }

    fn mouth(&self) -> String {
        let (width, dip) = (f64::from(self.width), f64::from(self.dip));
        let (side, middle, shoulder) = (width * 0.18, width / 2.0, dip * 0.7);
        format!(
            "M0 0C{side:.2} {shoulder:.2} {:.2} {dip:.2} {middle:.2} {dip:.2}C{:.2} {dip:.2} {:.2} {shoulder:.2} \
             {width:.2} 0",
            middle - side,
            middle + side,
            width - side
        )
    }

    fn front(&self) -> String {
        let (width, height) = (f64::from(self.width), f64::from(self.height));
        let round = 18.0_f64.min(width / 20.0);
        format!(
            "{}V{:.2}A{round:.2} {round:.2} 0 0 1 {:.2} {height:.2}H{round:.2}A{round:.2} {round:.2} 0 0 1 0 {:.2}Z",
            self.mouth(),
            height - round,
            width - round,
            height - round
        )
    }
}

/// The inside of the pocket's back, seen above its front.
pub fn pocket_back(art: &PocketArt) -> String {
    let mut canvas = art.canvas();
    draw_back(&mut canvas, art);
    canvas.finish()
}

/// The pocket's front with its pattern and gold mouth, to lie over what sticks out of it.
pub fn pocket(art: &PocketArt) -> String {
    let mut canvas = art.canvas();
    draw_front(&mut canvas, art);
    canvas.finish()
}

fn draw_back(canvas: &mut Canvas, art: &PocketArt) {
    let (width, height) = (f64::from(art.width), f64::from(art.height));
    let colours = art.paper.colours();
    // The back wall ends above the front's bottom, so that nothing of it shows around the rounded corners.
    let bottom = height - 24.0_f64.min(height / 4.0);
    let shape = format!(
        "<path d=\"M0 {bottom:.2}V0Q0 -14 14 -14H{:.2}Q{width:.2} -14 {width:.2} 0V{bottom:.2}Z\"",
        width - 14.0
    );
    canvas.add(format!("{shape} fill=\"{}\"/>", colours.body_bottom));
    let depth = f64::from(art.dip) * 1.4;
    let inside: &[_] = if art.lit {
        &[(0.0, "#F2CC78", 1.0), (0.5, "#B9762A", 1.0), (1.0, "#6E0713", 1.0)]
    } else {
        &[(0.0, "#2A0206", 0.16), (1.0, "#2A0206", 0.5)]
    };
    let inside = canvas.along((0.0, -14.0), (0.0, depth), inside);
    canvas.add(format!("{shape} fill=\"{inside}\"/>"));
}

fn draw_front(canvas: &mut Canvas, art: &PocketArt) {
    let (width, height, front) = (f64::from(art.width), f64::from(art.height), art.front());
    let colours = art.paper.colours();
    // The paper is as long as a whole envelope's, so that a pocket cut off by the window keeps its bright top.
    let long = height.max(width * 0.7);
    let paper = canvas.along(
        (0.0, 0.0),
        (0.0, long),
        &[(0.0, colours.flap_bottom, 1.0), (0.5, colours.body_top, 1.0), (1.0, colours.body_bottom, 1.0)],
    );
    let shadow = canvas.shadow([0.0, 0.0, width, height], -3.0, 5.5, "#3A0206", 0.32);
    canvas.add(format!("<path d=\"{front}\" fill=\"{paper}\" filter=\"{shadow}\"/>"));
    let cut = canvas.clip(&format!("<path d=\"{front}\"/>"));
    let rosette = Rosette::new((width / 2.0, f64::from(art.dip) * 0.1), width * 0.54).paths(&art.seed);
    canvas.add(format!("<g clip-path=\"{cut}\">"));
    if !matches!(art.paper, Paper::Kraft) {
        canvas.add(Ink { paint: colours.line, opacity: 0.3, width: 0.68 }.stroke(&rosette));
    }
    let gold = canvas.along(
        (0.0, 0.0),
        (width, 0.0),
        &[
            (0.0, "#E3B65C", 1.0),
            (0.3, "#FFF0C4", 1.0),
            (0.55, "#F2CF84", 1.0),
            (0.8, "#FFF0C4", 1.0),
            (1.0, "#E3B65C", 1.0),
        ],
    );
    let edge = if art.paper.is_gift() { gold.as_str() } else { colours.edge };
    canvas.add(format!("<path d=\"{}\" fill=\"none\" stroke=\"{edge}\" stroke-width=\"5\"/></g>", art.mouth()));
}

const LINING: &str = "M1.500 284V122C60 51 120 1.500 180 1.500S300 51 358.500 122V284Z";

/// The inside of the open flap, hinged at the bottom of the picture: gold paper with a red rim and the same pattern.
pub fn flap_lining(width: f32, paper: Paper, seed: &[u8; 32]) -> String {
    let width = f64::from(width);
    let mut canvas = Canvas::new(width, width * f64::from(LINING_RATIO), [0.0, 0.0, 360.0, 280.0]);
    draw_lining(&mut canvas, paper, seed);
    canvas.finish()
}

fn draw_lining(canvas: &mut Canvas, paper: Paper, seed: &[u8; 32]) {
    let gold =
        canvas.along((0.0, 0.0), (0.0, 280.0), &[(0.0, "#C9973F", 1.0), (0.55, "#EBC877", 1.0), (1.0, "#FFE9B4", 1.0)]);
    let cut = canvas.clip(&format!("<path d=\"{LINING}\"/>"));
    canvas.add(format!("<path d=\"{LINING}\" fill=\"{gold}\"/><g clip-path=\"{cut}\">"));
    let rosette = Rosette::new((180.0, 60.0), 212.0).paths(seed);
    canvas.add(Ink { paint: "#8A5A14", opacity: 0.4, width: 0.62 }.stroke(&rosette));
    // Light falls on the fold from within.
    let glint = canvas.around((180.0, 300.0), 220.0, &[(0.0, "#FFF6DC", 0.7), (1.0, "#FFF6DC", 0.0)]);
    canvas.add(format!("<rect width=\"360\" height=\"284\" fill=\"{glint}\"/></g>"));
    let rim = paper.colours().body_top;
    canvas.add(format!("<path d=\"{LINING}\" fill=\"none\" stroke=\"{rim}\" stroke-width=\"3\"/>"));
}
