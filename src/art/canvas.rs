//! One SVG being written: shapes in drawing order, definitions beside them. It knows nothing of what is drawn.

use std::fmt::Write;

/// A point of the drawing, in its own units.
pub(super) type Point = (f64, f64);

/// One colour of a gradient: place from 0 to 1, colour as `#RRGGBB`, opacity.
pub(super) type Stop<'a> = (f64, &'a str, f64);

/// An SVG in the making. Names of definitions are numbered within it, so equal input gives equal text.
#[derive(Debug)]
pub(super) struct Canvas {
    width: f64,
    height: f64,
    view: [f64; 4],
    defs: String,
    body: String,
    named: u32,
}

impl Canvas {
    /// A picture of `width` × `height` points that shows the part `view` (left, top, width, height) of the drawing.
    pub(super) fn new(width: f64, height: f64, view: [f64; 4]) -> Self {
        Self { width, height, view, defs: String::new(), body: String::new(), named: 0 }
    }

    /// Adds shapes on top of those that are there.
    pub(super) fn add(&mut self, shapes: impl AsRef<str>) {
        self.body.push_str(shapes.as_ref());
    }

    fn define(&mut self, element: &str, attributes: &str, content: &str) -> String {
        self.named += 1;
        let name = self.named;
        put(&mut self.defs, format_args!("<{element} id=\"d{name}\" {attributes}>{content}</{element}>"));
        format!("url(#d{name})")
    }

    /// A gradient along the line `from`–`to`, in units of the drawing.
    pub(super) fn along(&mut self, from: Point, to: Point, stops: &[Stop<'_>]) -> String {
        let line = format!(
            "gradientUnits=\"userSpaceOnUse\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"",
            num(from.0),
            num(from.1),
            num(to.0),
            num(to.1)
        );
        self.define("linearGradient", &line, &written(stops))
    }

    /// A gradient from `centre` outwards to `radius`, in units of the drawing.
    pub(super) fn around(&mut self, centre: Point, radius: f64, stops: &[Stop<'_>]) -> String {
        let circle = format!(
            "gradientUnits=\"userSpaceOnUse\" cx=\"{}\" cy=\"{}\" r=\"{}\"",
            num(centre.0),
            num(centre.1),
            num(radius)
        );
        self.define("radialGradient", &circle, &written(stops))
    }

    /// Shows only what lies within `shape` (an SVG element).
    pub(super) fn clip(&mut self, shape: &str) -> String {
        self.define("clipPath", "", shape)
    }

    /// Shows as much as `shape` (an SVG element) is opaque white.
    pub(super) fn mask(&mut self, shape: &str) -> String {
        self.define("mask", "", shape)
    }

    /// A shadow `down` below a shape that lies within `bounds` (left, top, width, height), blurred by `blur` (a standard
    /// deviation).
    pub(super) fn shadow(&mut self, bounds: [f64; 4], down: f64, blur: f64, colour: &str, opacity: f64) -> String {
        // Blurring costs by the area, so it is given no more than the shadow reaches.
        let reach = 3.0 * blur + down.abs();
        let [left, top, width, height] = bounds;
        let [left, top, width, height] =
            [left - reach, top - reach, width + 2.0 * reach, height + 2.0 * reach].map(num);
        let region = format!(
            "filterUnits=\"userSpaceOnUse\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" \
             color-interpolation-filters=\"sRGB\""
        );
        let drop = format!(
            "<feDropShadow dx=\"0\" dy=\"{}\" stdDeviation=\"{}\" flood-color=\"{colour}\" flood-opacity=\"{}\"/>",
            num(down),
            num(blur),
            num(opacity)
        );
        self.define("filter", &region, &drop)
    }

    /// Makes soft what is drawn with it, by a standard deviation; nothing outside of `bounds` is drawn.
    pub(super) fn blur(&mut self, bounds: [f64; 4], deviation: f64) -> String {
        let [left, top, width, height] = bounds.map(num);
        let region = format!(
            "filterUnits=\"userSpaceOnUse\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" \
             color-interpolation-filters=\"sRGB\""
        );
        self.define("filter", &region, &format!("<feGaussianBlur stdDeviation=\"{}\"/>", num(deviation)))
    }

    /// The whole SVG document.
    pub(super) fn finish(self) -> String {
        let [left, top, across, down] = self.view.map(num);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"{left} {top} {across} {down}\" \
             preserveAspectRatio=\"none\"><defs>{}</defs>{}</svg>",
            num(self.width),
            num(self.height),
            self.defs,
            self.body
        )
    }
}

fn written(stops: &[Stop<'_>]) -> String {
    let mut out = String::new();
    for (place, colour, opacity) in stops {
        put(
            &mut out,
            format_args!("<stop offset=\"{place}\" stop-color=\"{colour}\" stop-opacity=\"{}\"/>", num(*opacity)),
        );
    }
    out
}

/// Writing to a `String` cannot fail.
pub(super) fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(what);
}

/// A number as short as a drawing needs it: two decimals, so that the last bit of a sine never shows.
pub(super) fn num(value: f64) -> Num {
    Num((value * 100.0).round() as i64)
}

/// A number in hundredths. Most of a drawing is numbers, and this is written faster than any float.
#[derive(Debug, Clone, Copy)]
pub(super) struct Num(i64);

impl std::fmt::Display for Num {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (whole, part) = (self.0.unsigned_abs() / 100, self.0.unsigned_abs() % 100);
        if self.0 < 0 {
            f.write_char('-')?;
        }
        match (part, part % 10) {
            (0, _) => write!(f, "{whole}"),
            (_, 0) => write!(f, "{whole}.{}", part / 10),
            _ => write!(f, "{whole}.{part:02}"),
        }
    }
}

/// A smooth curve through `place(t)` for t from 0 to 1, as cubic segments that share its tangents.
pub(super) fn curve(segments: usize, place: impl Fn(f64) -> Point) -> String {
    curve_within(segments, place, |_| true).0
}

/// The same without the segments of which no end is to be `seen`; and whether it is whole.
pub(super) fn curve_within(
    segments: usize,
    place: impl Fn(f64) -> Point,
    seen: impl Fn(Point) -> bool,
) -> (String, bool) {
    let step = 1.0 / segments as f64;
    let at = |index: usize| {
        let t = index as f64 * step;
        let (here, after) = (place(t), place(t + 1e-6));
        // A third of a step along the tangent is where the control point of a cubic Hermite segment lies.
        let reach = step / 3.0 / 1e-6;
        (here, ((after.0 - here.0) * reach, (after.1 - here.1) * reach))
    };
    let (mut from, mut tangent) = at(0);
    let (mut path, mut pen_is_down, mut is_whole) = (String::new(), false, true);
    for index in 1..=segments {
        let (to, next) = at(index);
        if !(seen(from) || seen(to)) {
            (from, tangent, pen_is_down, is_whole) = (to, next, false, false);
            continue;
        }
        if !pen_is_down {
            put(&mut path, format_args!("M{} {}", num(from.0), num(from.1)));
            pen_is_down = true;
        }
        put(
            &mut path,
            format_args!(
                "C{} {} {} {} {} {}",
                num(from.0 + tangent.0),
                num(from.1 + tangent.1),
                num(to.0 - next.0),
                num(to.1 - next.1),
                num(to.0),
                num(to.1)
            ),
        );
        (from, tangent) = (to, next);
    }
    (path, is_whole)
}

/// How lines are drawn: a colour or a gradient's name, opacity, width.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ink<'a> {
    pub(super) paint: &'a str,
    pub(super) opacity: f64,
    pub(super) width: f64,
}

impl Ink<'_> {
    /// The curves as lines of this ink; crossings add up, as on a banknote.
    pub(super) fn stroke(&self, paths: &[String]) -> String {
        let mut out = format!(
            "<g fill=\"none\" stroke=\"{}\" stroke-opacity=\"{}\" stroke-width=\"{}\">",
            self.paint,
            num(self.opacity),
            num(self.width)
        );
        for path in paths {
            put(&mut out, format_args!("<path d=\"{path}\"/>"));
        }
        out.push_str("</g>");
        out
    }
}
