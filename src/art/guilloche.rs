//! The guilloche: banknote lines drawn from a seed of 32 bytes, such as the digest of a signature or a contact's key.
//! Every bit of the seed changes the figure; a person compares two figures only roughly, so this is an ornament that shows
//! the result of a check, never the check.

use std::f64::consts::TAU;

use sha2::{Digest, Sha256};

use super::canvas::{Canvas, Ink, Point, curve, curve_within};

/// Where a rosette lies and how rich it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rosette {
    pub(super) centre: Point,
    pub(super) radius: f64,
    /// Radius of the hole, as a part of `radius`.
    pub(super) inner: f64,
    pub(super) bands: usize,
    /// More than 1 draws more lines.
    pub(super) density: f64,
    /// Segments for each wave: fewer are enough for a small picture.
    pub(super) steps: usize,
}

impl Rosette {
    pub(super) fn new(centre: Point, radius: f64) -> Self {
        Self { centre, radius, inner: 0.34, bands: 3, density: 1.0, steps: 6 }
    }

    /// Bands of phase-shifted waves around the centre, each band a set of closed curves.
    pub(super) fn paths(&self, seed: &[u8; 32]) -> Vec<String> {
        self.paths_within(seed, |_| true)
    }

    /// The same without what is not to be `seen`: drawing lines is most of the work of a picture. Whoever hides a part of them
    /// leaves a margin of 30 units.
    pub(super) fn paths_within(&self, seed: &[u8; 32], seen: impl Fn(Point) -> bool) -> Vec<String> {
        let mut draws = Draws::new(seed);
        let petals = [10, 12, 14, 16][draws.pick(4)];
        let cuts = self.cuts(&mut draws);
        let mut paths = Vec::new();
        for (band, edges) in cuts.windows(2).enumerate() {
            // Outer bands are longer around and take more waves.
            let waves = if band == 0 { petals } else { petals * (3 + draws.pick(2)) / 2 };
            let wave = Wave {
                // Waves overlap a little into the next band, so that no ring of bare paper parts them.
                middle: (edges[0] + edges[1]) / 2.0 * self.radius,
                half: (edges[1] - edges[0]) / 2.0 * 1.12 * self.radius,
                count: waves as f64,
                swell: 0.08 + 0.26 * draws.unit(),
                swells: if petals >= 12 { petals / (1 + draws.pick(2)) } else { petals } as f64,
                twist: (1 + draws.pick(2)) as f64,
                lean: draws.unit() * 1.0 - 0.5,
            };
            let lines = (((6 + draws.pick(3)) as f64) * self.density).round() as usize;
            let offset = draws.unit();
            paths.extend((0..lines).map(|line| self.ring(&wave, TAU * (line as f64 + offset) / lines as f64, &seen)));
        }
        paths.retain(|path| !path.is_empty());
        paths
    }

    /// The radii between the bands, from the hole outwards, as parts of the radius.
    fn cuts(&self, draws: &mut Draws) -> Vec<f64> {
        let width = (1.0 - self.inner) / self.bands as f64;
        let mut cuts: Vec<f64> = (0..=self.bands).map(|band| self.inner + width * band as f64).collect();
        for cut in cuts.iter_mut().take(self.bands).skip(1) {
            *cut += width * 0.36 * (draws.unit() - 0.5);
        }
        cuts
    }

    fn ring(&self, wave: &Wave, phase: f64, seen: &impl Fn(Point) -> bool) -> String {
        let segments = wave.count as usize * self.steps;
        let place = |t: f64| {
            let angle = TAU * t;
            let radius = wave.radius(angle, phase);
            let lean = wave.lean / wave.count * (wave.count * angle + phase).cos();
            let (sin, cos) = (angle + lean - TAU / 4.0).sin_cos();
            (self.centre.0 + radius * cos, self.centre.1 + radius * sin)
        };
        let (path, is_whole) = curve_within(segments, place, seen);
        if is_whole { path + "Z" } else { path }
    }
}

/// The waves of one band.
struct Wave {
    middle: f64,
    half: f64,
    count: f64,
    /// How far the band breathes in and out, and how often around.
    swell: f64,
    swells: f64,
    twist: f64,
    /// Leans the crests sideways, which turns waves into loops of lace.
    lean: f64,
}

impl Wave {
    fn radius(&self, angle: f64, phase: f64) -> f64 {
        let envelope = 1.0 - self.swell * (0.5 + 0.5 * (self.swells * angle).cos());
        let main = envelope * (self.count * angle + phase).sin() * 0.88;
        let counter = 0.14 * (self.twist * self.count * angle - phase).sin();
        self.middle + self.half * (main + counter)
    }
}

/// Numbers from the seed: one byte of its digest for each, over and over. The digest makes each depend on the whole seed.
pub(super) struct Draws {
    bytes: [u8; 32],
    next: usize,
}

impl Draws {
    pub(super) fn new(seed: &[u8; 32]) -> Self {
        Self { bytes: Sha256::digest(seed).into(), next: 0 }
    }

    fn byte(&mut self) -> u8 {
        let byte = self.bytes[self.next % self.bytes.len()];
        self.next += 1;
        byte
    }

    /// From 0 to 1.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.byte()) / 255.0
    }

    /// From 0 to `count` − 1.
    pub(super) fn pick(&mut self, count: usize) -> usize {
        usize::from(self.byte()) * count / 256
    }
}

/// A straight band of waves between two points, for borders: `lines` curves of `waves` waves, `thickness` across.
pub(super) fn border(from: Point, to: Point, thickness: f64, waves: usize, lines: usize) -> Vec<String> {
    let (along_x, along_y) = (to.0 - from.0, to.1 - from.1);
    let length = along_x.hypot(along_y);
    let (across_x, across_y) = (-along_y / length, along_x / length);
    let count = waves as f64;
    (0..lines)
        .map(|line| {
            let phase = TAU * line as f64 / lines as f64;
            curve(waves * 6, |t| {
                let swell = 0.86 + 0.14 * (TAU * t * count / 2.0).cos();
                let off = thickness / 2.0 * 0.94 * swell * (TAU * count * t + phase).sin();
                (from.0 + along_x * t + across_x * off, from.1 + along_y * t + across_y * off)
            })
        })
        .collect()
}

/// The large, faint rosette behind an envelope on its stage: a square of `size` points.
pub fn watermark(seed: &[u8; 32], size: f32, dark: bool) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-330.0, -330.0, 660.0, 660.0]);
    let rosette = Rosette { inner: 0.6, bands: 1, density: 2.4, ..Rosette::new((0.0, 0.0), 322.0) };
    let (paint, opacity) = if dark { ("#F3D48E", 0.10) } else { ("#B3131C", 0.085) };
    canvas.add(Ink { paint, opacity, width: 0.7 }.stroke(&rosette.paths(seed)));
    canvas.finish()
}

/// The pattern alone on a round of cinnabar, beside the words that explain it: a square of `size` points.
pub fn medallion(seed: &[u8; 32], size: f32) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-31.0, -31.0, 62.0, 62.0]);
    canvas.add("<circle r=\"31\" fill=\"#A80F19\"/>");
    let rosette = Rosette { inner: 0.3, bands: 2, density: 0.8, ..Rosette::new((0.0, 0.0), 28.5) };
    canvas.add(Ink { paint: "#FCE7B4", opacity: 0.6, width: 0.5 }.stroke(&rosette.paths(seed)));
    canvas.finish()
}
