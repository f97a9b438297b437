//! The mark on an envelope whose issuer sent no emblem: a figure in a ring, chosen and shaped by who the issuer is, so that two
//! companies are told apart at a glance. It vouches for nothing.

use std::f64::consts::TAU;

use super::canvas::{Canvas, curve, num, put};
use super::guilloche::Draws;
use super::paper::Paper;

/// The crest of the issuer with this seed, in the colour of small text on that paper: a square of `size` points. Kraft carries
/// an empty ring, for nobody vouches for the issuer.
pub fn crest(size: f32, paper: Paper, seed: &[u8; 32]) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-100.0, -100.0, 200.0, 200.0]);
    let ink = paper.colours().small_text;
    let ring = |radius: f64, width: f64, more: &str| {
        format!("<circle r=\"{radius}\" fill=\"none\" stroke=\"{ink}\" stroke-width=\"{width}\"{more}/>")
    };
    if paper == Paper::Kraft {
        canvas.add(ring(94.0, 6.0, " stroke-dasharray=\"15 12\""));
        return canvas.finish();
    }
    let mut draws = Draws::new(seed);
    let figure = FIGURES[draws.pick(FIGURES.len())];
    let count = draws.pick(3);
    match draws.pick(4) {
        0 => canvas.add(ring(95.0, 4.0, "") + &ring(84.0, 3.0, "")),
        1 => {
            canvas.add(ring(95.0, 5.0, "") + &ring(83.0, 4.0, " stroke-dasharray=\"0.1 9.9\" stroke-linecap=\"round\""))
        }
        _ => canvas.add(ring(95.0, 7.0, "")),
    }
    canvas.add(format!("<g fill=\"{ink}\" stroke=\"{ink}\" stroke-linejoin=\"round\" stroke-linecap=\"round\">"));
    canvas.add(figure(count));
    canvas.add("</g>");
    canvas.finish()
}

/// The figures; each has three forms.
const FIGURES: [fn(usize) -> String; 11] = [waves, star, leaves, book, peaks, blossom, knot, sun, moon, lotus, compass];

/// A line of this width without anything inside.
fn line(path: &str, width: f64) -> String {
    format!("<path d=\"{path}\" fill=\"none\" stroke-width=\"{width}\"/>")
}

/// A filled shape.
fn shape(path: &str) -> String {
    format!("<path d=\"{path}\" stroke=\"none\"/>")
}

/// Points at so many places around, from the top, in turn at two radii.
fn spikes(points: usize, outer: f64, inner: f64) -> String {
    let mut path = String::new();
    for at in 0..points * 2 {
        let (sin, cos) = (TAU * at as f64 / (points * 2) as f64 - TAU / 4.0).sin_cos();
        let radius = if at % 2 == 0 { outer } else { inner };
        put(&mut path, format_args!("{}{} {}", if at == 0 { "M" } else { "L" }, num(radius * cos), num(radius * sin)));
    }
    path + "Z"
}

/// The same shape turned into so many places around.
fn around(shape: &str, count: usize) -> String {
    let turn = 360.0 / count as f64;
    (0..count).map(|at| format!("<g transform=\"rotate({})\">{shape}</g>", num(turn * at as f64))).collect()
}

fn waves(form: usize) -> String {
    let rows: &[f64] = if form == 1 { &[-15.0, 15.0] } else { &[-30.0, 0.0, 30.0] };
    let width = if form == 2 { 9.0 } else { 13.0 };
    rows.iter().map(|y| line(&format!("M-58 {y}q29 -26 58 0t58 0"), width)).collect()
}

fn star(form: usize) -> String {
    let points = [5, 6, 8][form];
    shape(&spikes(points, 64.0, [27.0, 33.0, 30.0][form]))
}

fn leaves(form: usize) -> String {
    let leaf = "M0 12C-26 -8 -26 -40 0 -66C26 -40 26 -8 0 12Z";
    match form {
        0 => shape("M-5 58C-62 10 -50 -40 -2 -66C10 -20 10 20 -5 58Z") + &shape("M5 55C20 0 35 -20 56 -30C62 15 40 45 5 55Z"),
        1 => {
            let side = |turn: i32| format!("<g transform=\"translate(0 40) rotate({turn})\">{}</g>", shape(leaf));
            side(0) + &side(-52) + &side(52)
        }
        _ => line("M0 62V-30", 7.0) + &[-58, 58].map(|turn| {
            format!("<g transform=\"translate(0 34) rotate({turn}) scale(0.86)\">{0}</g><g transform=\"translate(0 -4) rotate({turn}) scale(0.62)\">{0}</g>", shape(leaf))
        }).concat() + &format!("<g transform=\"translate(0 -26) scale(0.6)\">{}</g>", shape(leaf)),
    }
}

fn book(form: usize) -> String {
    let open = "M0 -30C-20 -48 -45 -45 -58 -38V34C-40 28 -20 30 0 48C20 30 40 28 58 34V-38C45 -45 20 -48 0 -30Z";
    match form {
        0 => shape(open),
        1 => line(open, 8.0) + &line("M0 -28V46", 7.0),
        _ => line("M-46 -46H46V46H-46Z", 9.0) + &line("M-24 -46V46M0 -20H24M0 2H24", 8.0),
    }
}

fn peaks(form: usize) -> String {
    match form {
        0 => shape("M-64 42L-20 -42L4 2L20 -22L62 42Z"),
        1 => shape("M-60 38L0 -54L60 38Z") + &line("M-44 56H44", 8.0),
        _ => {
            line("M-62 40L-22 -30L4 14L22 -12L62 40", 11.0) + "<circle cx=\"34\" cy=\"-42\" r=\"13\" stroke=\"none\"/>"
        }
    }
}

fn blossom(form: usize) -> String {
    let petals = [5, 6, 8][form];
    let size = [25.0, 22.0, 17.0][form];
    let petal = format!("<circle cy=\"-37\" r=\"{size}\" stroke=\"none\"/>");
    around(&petal, petals) + "<circle r=\"11\" stroke=\"none\"/>"
}

fn knot(form: usize) -> String {
    match form {
        0 => line("M-46 -26H46V26H-46Z", 10.0) + &line("M-26 -46H26V46H-26Z", 10.0),
        1 => [line("M0 -62L62 0L0 62L-62 0Z", 10.0), line("M0 -30L30 0L0 30L-30 0Z", 9.0)].concat(),
        _ => around("<ellipse cy=\"-26\" rx=\"19\" ry=\"34\" fill=\"none\" stroke-width=\"9\"/>", 4),
    }
}

fn sun(form: usize) -> String {
    let rays = [8, 12, 16][form];
    let core = format!("<circle r=\"{}\" stroke=\"none\"/>", [26, 28, 24][form]);
    core + &around(&line("M0 -44V-62", [10.0, 8.0, 6.0][form]), rays)
}

fn moon(form: usize) -> String {
    let crescent = shape("M22 -58A60 60 0 1 0 56 34A50 50 0 1 1 22 -58Z");
    match form {
        0 => crescent,
        1 => crescent + &format!("<g transform=\"translate(24 -14)\">{}</g>", shape(&spikes(5, 22.0, 9.0))),
        _ => {
            line("M-58 8A58 58 0 0 1 58 8", 10.0)
                + &line("M-58 32H58M-34 54H34", 9.0)
                + "<circle cy=\"-4\" r=\"22\" stroke=\"none\"/>"
        }
    }
}

fn lotus(form: usize) -> String {
    let petal = |turn: i32, size: f64| {
        format!(
            "<g transform=\"translate(0 40) rotate({turn}) scale({size})\">{}</g>",
            shape("M0 0C-24 -26 -24 -62 0 -92C24 -62 24 -26 0 0Z")
        )
    };
    let sides: &[(i32, f64)] = [
        &[(-42, 0.86), (42, 0.86)][..],
        &[(-36, 0.9), (36, 0.9), (-70, 0.74), (70, 0.74)][..],
        &[(-58, 0.8), (58, 0.8)][..],
    ][form];
    let mut out = petal(0, 1.0);
    out.extend(sides.iter().map(|(turn, size)| petal(*turn, *size)));
    if form == 2 { out + &line("M-40 58H40", 7.0) } else { out }
}

fn compass(form: usize) -> String {
    match form {
        0 => shape(&spikes(4, 66.0, 18.0)),
        1 => {
            shape(&spikes(4, 66.0, 14.0))
                + &format!("<g transform=\"rotate(45)\">{}</g>", shape(&spikes(4, 40.0, 12.0)))
        }
        _ => {
            let spiral = curve(40, |t| {
                let (sin, cos) = (TAU * 2.2 * t).sin_cos();
                ((10.0 + 50.0 * t) * cos, (10.0 + 50.0 * t) * sin)
            });
            line(&spiral, 11.0)
        }
    }
}
