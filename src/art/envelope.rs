//! The closed envelope: body, flap, gold edge, and the guilloche that crosses from one to the other like a seal across two
//! pages. Titles, greeting and seal are laid on top by the window, at the places in [`layout`].

use super::canvas::{Canvas, Ink, Point};
use super::guilloche::Rosette;
use super::paper::{Paper, PaperColours};

/// Height of an envelope divided by its width.
pub const ENVELOPE_RATIO: f32 = 25.0 / 18.0;

/// Height of the picture of a flap divided by its width; its shadow is part of it.
pub const FLAP_RATIO: f32 = (FLAP_VIEW / WIDTH) as f32;

/// Places on the envelope, in units of which it is 360 wide and 500 high: `(x, y, size)`, from the middle of each thing. On a
/// small envelope everything is set larger, so that it can still be read; on the smallest there is no second line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Layout {
    /// Middle and radius of the issuer's emblem.
    pub emblem: (f32, f32, f32),
    /// Title: middle and size of the letters.
    pub title: (f32, f32, f32),
    /// Seal: middle and radius.
    pub seal: (f32, f32, f32),
    /// Greeting: middle and size of the letters.
    pub greeting: (f32, f32, f32),
    /// The size of a greeting in Latin letters, whose words are longer.
    pub latin: f32,
    /// The second line of the greeting.
    pub wish: Option<(f32, f32, f32)>,
    /// The button that forwards: middle and height.
    pub forward: (f32, f32, f32),
    /// Serial number (left, from x = 24) and validity (right, to x = 336): middle of the line and size of the letters.
    pub foot: Option<(f32, f32, f32)>,
}

impl Layout {
    /// The layout of an envelope so many points wide.
    pub const fn of(width: f32) -> Self {
        let (forward, large) = ((180.0, 424.0, 40.0), width >= SMALL);
        if large {
            return Self {
                emblem: (180.0, 58.0, 26.0),
                title: (180.0, 109.0, 19.0),
                seal: (180.0, 220.0, 56.0),
                greeting: (180.0, 333.0, 36.0),
                latin: 27.0,
                wish: Some((180.0, 375.0, 15.0)),
                forward,
                foot: Some((24.0, 471.5, 12.8)),
            };
        }
        let has_wish = width >= SMALLEST;
        Self {
            emblem: (180.0, 62.0, 30.0),
            title: if has_wish { (180.0, 119.0, 25.0) } else { (180.0, 118.0, 28.0) },
            seal: (180.0, 226.0, 60.0),
            greeting: if has_wish { (180.0, 357.0, 40.0) } else { (180.0, 376.0, 44.0) },
            latin: if has_wish { 30.0 } else { 34.0 },
            wish: if has_wish { Some((180.0, 406.0, 22.5)) } else { None },
            forward,
            foot: None,
        }
    }
}

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 500.0;
const FLAP_VIEW: f64 = 242.0;
/// Below this width, in points, an envelope is small: lines are drawn wider than to scale, and letters larger.
const SMALL: f32 = 250.0;
/// Below this width it has no room for a second line.
const SMALLEST: f32 = 180.0;

const FLAP: &str = "M0 18A18 18 0 0 1 18 0H342A18 18 0 0 1 360 18V128C300 190 240 222 180 222C120 222 60 190 0 128Z";
/// The part of the flap's edge that lies on the body.
const FREE: &str = "M0 128C60 190 120 222 180 222C240 222 300 190 360 128";
/// The tear in a changed file's flap, widest at the top.
const TEAR: &str =
    "M195 0L186 48L199.500 72L179.500 104L192.500 128L180 158L186.500 129L173 104L192 72.500L179 48L188.500 0Z";
/// How far beyond the flap's edge lines are drawn that end there.
const MARGIN: f64 = 30.0;
const SHEET: &str = "<rect width=\"360\" height=\"500\" rx=\"18\"/>";

/// The pattern across flap and body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Guilloche {
    /// What it is drawn from, such as the digest of the packet's signature.
    pub seed: [u8; 32],
    /// Whether its halves meet. Of a changed file they do not: the flap is shifted and turned by 2.6°.
    pub intact: bool,
}

/// An envelope to draw. Its height follows from [`ENVELOPE_RATIO`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EnvelopeArt {
    /// Width in points.
    pub width: f32,
    /// What it is made of.
    pub paper: Paper,
    /// The pattern on it. Kraft carries none, for nobody vouches for the signature.
    pub guilloche: Guilloche,
}

impl EnvelopeArt {
    fn canvas(&self, view_height: f64) -> Canvas {
        let width = f64::from(self.width);
        Canvas::new(width, width * view_height / WIDTH, [0.0, 0.0, WIDTH, view_height])
    }

    fn rosette(&self, seen: impl Fn(Point) -> bool) -> Vec<String> {
        let steps = if self.is_small() { 4 } else { 6 };
        match self.paper {
            Paper::Kraft => Vec::new(),
            _ => Rosette { steps, ..Rosette::new((180.0, 214.0), 176.0) }.paths_within(&self.guilloche.seed, seen),
        }
    }

    fn is_small(&self) -> bool {
        self.width < SMALL
    }

    /// Opacity and width of the pattern's lines.
    fn line(&self) -> (f64, f64) {
        let opacity = match (self.paper, self.is_small()) {
            (Paper::Grey, _) => 0.4,
            (Paper::Gift(_), false) => 0.48,
            (Paper::Gift(_), true) => 0.34,
            _ => 0.3,
        };
        (opacity, if self.is_small() { 0.8 } else { 0.66 })
    }
}

/// The whole closed envelope.
pub fn envelope(art: &EnvelopeArt) -> String {
    let mut canvas = art.canvas(HEIGHT);
    if art.is_small() && art.guilloche.intact {
        draw_small(&mut canvas, art);
        return canvas.finish();
    }
    // What lies under the flap is not drawn, unless that is shifted.
    let moved = !art.guilloche.intact;
    draw_body(&mut canvas, art, &art.rosette(|at| moved || at.1 > flap_edge(at.0) - MARGIN));
    draw_flap(&mut canvas, art);
    draw_light(&mut canvas);
    canvas.finish()
}

/// The envelope without its flap: what stays while the flap turns.
pub fn envelope_body(art: &EnvelopeArt) -> String {
    let mut canvas = art.canvas(HEIGHT);
    draw_body(&mut canvas, art, &art.rosette(|_| true));
    draw_light(&mut canvas);
    canvas.finish()
}

/// The flap alone, hinged at the top of the picture, its shadow below it.
pub fn flap(art: &EnvelopeArt) -> String {
    let mut canvas = art.canvas(FLAP_VIEW);
    draw_flap(&mut canvas, art);
    canvas.finish()
}

/// How far down the flap reaches at `x`: [`FREE`], whose control points lie evenly from left to right.
fn flap_edge(x: f64) -> f64 {
    let t = (1.0 - (x / 180.0 - 1.0).abs()).clamp(0.0, 1.0);
    let s = 1.0 - t;
    s.powi(3) * 128.0 + 3.0 * s * s * t * 190.0 + 3.0 * s * t * t * 222.0 + t.powi(3) * 222.0
}

/// A small envelope whose halves meet, drawn at once: what needs a layer of its own (a mask, a clip, a blur) is most of the work
/// of a picture, and many of these are shown together. The pattern is one figure over flap and body, and fades behind words as
/// a veil of paper lies on it; the flap's shadow is a few wide lines.
fn draw_small(canvas: &mut Canvas, art: &EnvelopeArt) {
    draw_paper(canvas, art.paper);
    let colours = art.paper.colours();
    for (width, opacity) in SOFT {
        canvas.add(format!(
            "<path d=\"{FREE}\" transform=\"translate(0 4)\" fill=\"none\" stroke=\"{}\" stroke-opacity=\"{opacity}\" \
             stroke-width=\"{width}\"/>",
            shadow_colour(art.paper)
        ));
    }
    let paper = flap_paper(canvas, art.paper);
    canvas.add(format!("<path d=\"{FLAP}\" fill=\"{paper}\"/>"));
    let (opacity, width) = art.line();
    canvas.add(Ink { paint: colours.line, opacity, width }.stroke(&art.rosette(|_| true)));
    draw_veils(canvas, &colours);
    let (rim, free) = edge(canvas, art);
    canvas.add(rim);
    canvas.add(free);
    draw_light(canvas);
}

/// Paper over the pattern of a small envelope, behind the title and the greeting, which must stay readable.
fn draw_veils(canvas: &mut Canvas, colours: &PaperColours) {
    let (flap, body) = (colours.flap_top, colours.body_bottom);
    let stops = [(0.0, flap, 0.0), (0.35, flap, 0.9), (0.65, flap, 0.9), (1.0, flap, 0.0)];
    let title = canvas.along((0.0, 64.0), (0.0, 172.0), &stops);
    canvas.add(format!("<rect y=\"64\" width=\"360\" height=\"108\" fill=\"{title}\"/>"));
    let greeting = canvas.along((0.0, 270.0), (0.0, 375.0), &[(0.0, body, 0.0), (1.0, body, 0.66)]);
    canvas.add(format!("<path d=\"M0 270H360V482A18 18 0 0 1 342 500H18A18 18 0 0 1 0 482Z\" fill=\"{greeting}\"/>"));
}

/// The lines that are a small flap's shadow: width and opacity of each.
const SOFT: [(f64, f64); 5] = [(4.0, 0.07), (9.0, 0.06), (15.0, 0.05), (21.0, 0.04), (28.0, 0.03)];

fn shadow_colour(paper: Paper) -> &'static str {
    if paper.is_gift() { "#3A0206" } else { "#1E1812" }
}

/// The sheet that everything lies on.
fn draw_paper(canvas: &mut Canvas, paper: Paper) {
    let colours = paper.colours();
    // Two colours are mixed much faster than three; before the first it is all of the first.
    let paper =
        canvas.along((105.0, 250.0), (150.0, 500.0), &[(0.0, colours.body_top, 1.0), (1.0, colours.body_bottom, 1.0)]);
    canvas.add(format!("<rect width=\"360\" height=\"500\" rx=\"18\" fill=\"{paper}\"/>"));
}

fn flap_paper(canvas: &mut Canvas, paper: Paper) -> String {
    let colours = paper.colours();
    canvas.along((0.0, 0.0), (0.0, 222.0), &[(0.0, colours.flap_top, 1.0), (1.0, colours.flap_bottom, 1.0)])
}

fn draw_body(canvas: &mut Canvas, art: &EnvelopeArt, rosette: &[String]) {
    let colours = art.paper.colours();
    draw_paper(canvas, art.paper);
    // Faded behind the greeting, which must stay readable.
    let fading = canvas.along((0.0, 270.0), (0.0, 375.0), &[(0.0, "#FFFFFF", 1.0), (1.0, "#FFFFFF", 0.28)]);
    let fading = canvas.mask(&format!("<rect width=\"360\" height=\"500\" rx=\"18\" fill=\"{fading}\"/>"));
    let (opacity, width) = art.line();
    canvas.add(format!("<g mask=\"{fading}\">"));
    canvas.add(Ink { paint: colours.line, opacity, width }.stroke(rosette));
    canvas.add("</g>");
}

fn draw_flap(canvas: &mut Canvas, art: &EnvelopeArt) {
    let rosette = &art.rosette(|at| at.1 < flap_edge(at.0) + MARGIN);
    let colours = art.paper.colours();
    let paper = flap_paper(canvas, art.paper);
    let (sheet, cut) = (canvas.clip(SHEET), canvas.clip(&format!("<path d=\"{FLAP}\"/>")));
    let shadow = canvas.shadow([0.0, 0.0, WIDTH, 222.0], 5.0, 6.0, shadow_colour(art.paper), 0.38);
    let shift = if art.guilloche.intact { "" } else { "transform=\"translate(11 -9) rotate(2.6 180 100)\"" };
    canvas.add(format!("<g clip-path=\"{sheet}\"><g {shift}>"));
    canvas.add(format!("<path d=\"{FLAP}\" fill=\"{paper}\" filter=\"{shadow}\"/>"));
    let (opacity, width) = art.line();
    // Faded behind the title, which must stay readable.
    let stops: Vec<_> = [(0.0, 1.0), (0.37, 1.0), (0.44, 0.22), (0.6, 0.22), (0.7, 1.0), (1.0, 1.0)]
        .map(|(at, seen)| (at, "#FFFFFF", seen))
        .into();
    let fading = canvas.along((0.0, 0.0), (0.0, 222.0), &stops);
    let fading = canvas.mask(&format!("<rect width=\"360\" height=\"222\" fill=\"{fading}\"/>"));
    canvas.add(format!("<g clip-path=\"{cut}\"><g mask=\"{fading}\">"));
    canvas.add(Ink { paint: colours.line, opacity: opacity * 0.8, width }.stroke(rosette));
    canvas.add("</g>");
    let (rim, free) = edge(canvas, art);
    canvas.add(rim);
    if !art.guilloche.intact {
        canvas.add(format!("<path d=\"{TEAR}\" fill=\"#14211D\" stroke=\"#DDE2E0\" stroke-opacity=\"0.5\"/>"));
    }
    canvas.add(format!("</g>{free}</g></g>"));
}

/// Gold catches light along the edge; dead paper has a dull edge. What is cut off with the flap, and what lies on the body.
fn edge(canvas: &mut Canvas, art: &EnvelopeArt) -> (String, String) {
    let edge = art.paper.colours().edge;
    if !art.paper.is_gift() {
        let dull = format!("<path d=\"{FLAP}\" fill=\"none\" stroke=\"{edge}\" stroke-width=\"2.4\"/>");
        return (dull, String::new());
    }
    let gold = canvas.along(
        (0.0, 128.0),
        (360.0, 128.0),
        &[
            (0.0, "#D9A94E", 1.0),
            (0.2, edge, 1.0),
            (0.36, "#FFF0C4", 1.0),
            (0.64, edge, 1.0),
            (0.86, "#FFE9B4", 1.0),
            (1.0, "#D9A94E", 1.0),
        ],
    );
    // Only a glint where the flap is folded over; the whole line where it hangs free.
    let (rim, width) = if art.is_small() { (2.2, 2.6) } else { (2.0, 2.3) };
    let line = |path: &str, opacity: f64, width: f64| {
        format!(
            "<path d=\"{path}\" fill=\"none\" stroke=\"{gold}\" stroke-opacity=\"{opacity}\" stroke-width=\"{width}\"/>"
        )
    };
    (line(FLAP, 0.8, rim), line(FREE, 1.0, width))
}

/// Light from the upper left, and a bright rim.
fn draw_light(canvas: &mut Canvas) {
    let light = canvas.around((100.0, 50.0), 210.0, &[(0.0, "#FFFFFF", 0.08), (1.0, "#FFFFFF", 0.0)]);
    canvas.add(format!("<rect width=\"360\" height=\"500\" rx=\"18\" fill=\"{light}\"/>"));
    canvas.add(
        "<rect x=\"0.75\" y=\"0.75\" width=\"358.5\" height=\"498.5\" rx=\"17.25\" fill=\"none\" stroke=\"#FFFFFF\" \
         stroke-opacity=\"0.14\" stroke-width=\"1.5\"/>",
    );
}
