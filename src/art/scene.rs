//! The room around the moment of opening: dark lacquer, rays and glow of gold.

use super::canvas::{Canvas, num, put};

/// Colours of the foil flecks that fall, as `#RRGGBB`.
pub const FOIL: [&str; 5] = ["#F7DC9A", "#E8BF62", "#FFF0C4", "#D3262C", "#DDA94B"];

/// Half the width of each ray in degrees, its length and its strength, as parts of the whole: irregular, as light is.
const RAYS: [(f64, f64, f64); 15] = [
    (1.6, 0.95, 0.55),
    (2.9, 0.82, 0.85),
    (1.3, 1.0, 0.45),
    (2.2, 0.9, 0.95),
    (3.2, 0.84, 0.6),
    (1.5, 0.97, 0.8),
    (2.6, 0.88, 0.5),
    (1.9, 1.0, 0.9),
    (3.0, 0.86, 0.55),
    (1.4, 0.93, 0.75),
    (2.4, 0.99, 0.95),
    (1.8, 0.85, 0.5),
    (2.8, 0.96, 0.7),
    (1.2, 0.9, 0.9),
    (2.1, 0.98, 0.6),
];

/// The window as a lacquer box, light rising from the mouth of the envelope at (`mouth_x`, `mouth_y`), in points.
pub fn backdrop(width: f32, height: f32, mouth_x: f32, mouth_y: f32) -> String {
    let [width, height, x, y] = [width, height, mouth_x, mouth_y].map(f64::from);
    let reach = width.hypot(height) / 2.0;
    let mut canvas = Canvas::new(width, height, [0.0, 0.0, width, height]);
    let lacquer = canvas.around(
        (x, y - reach * 0.08),
        reach * 0.95,
        &[(0.0, "#7A1A16", 1.0), (0.32, "#4A1413", 1.0), (0.68, "#1E1413", 1.0), (1.0, "#0E1413", 1.0)],
    );
    canvas.add(format!("<rect width=\"{width}\" height=\"{height}\" fill=\"{lacquer}\"/>"));
    let light =
        canvas.around((x, y), reach * 0.84, &[(0.12, "#FFE7A8", 0.42), (0.6, "#F5CF78", 0.13), (1.0, "#F5CF78", 0.0)]);
    let mut rays = format!("<g fill=\"{light}\">");
    for (index, (half, length, strength)) in RAYS.iter().enumerate() {
        let angle = -90.0 + (index as f64 - 7.0) * 11.5;
        let end = |degrees: f64| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            format!("{} {}", num(x + reach * length * cos), num(y + reach * length * sin))
        };
        let (one, other) = (end(angle - half), end(angle + half));
        put(&mut rays, format_args!("<path d=\"M{} {}L{one}L{other}Z\" opacity=\"{strength}\"/>", num(x), num(y)));
    }
    canvas.add(rays + "</g>");
    canvas.finish()
}

/// Gold light that fades outwards, in a square of `size` points.
pub fn glow(size: f32) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-100.0, -100.0, 200.0, 200.0]);
    let light =
        canvas.around((0.0, 0.0), 100.0, &[(0.0, "#FFE9AE", 0.85), (0.35, "#F3C968", 0.38), (1.0, "#E8B44C", 0.0)]);
    canvas.add(format!("<circle r=\"100\" fill=\"{light}\"/>"));
    canvas.finish()
}

/// The light around an envelope on its stage, in a square of `size` points: white by day, dark red by night.
pub fn pool(size: f32, dark: bool) -> String {
    let size = f64::from(size);
    let mut canvas = Canvas::new(size, size, [-100.0, -100.0, 200.0, 200.0]);
    let stops = if dark {
        [(0.0, "#5A1016", 0.85), (0.55, "#2A0F10", 0.55), (1.0, "#0F1514", 0.0)]
    } else {
        [(0.0, "#FFFFFF", 1.0), (0.6, "#F8FBF9", 0.8), (1.0, "#EFF3F1", 0.0)]
    };
    let light = canvas.around((0.0, 0.0), 100.0, &stops);
    canvas.add(format!("<circle r=\"100\" fill=\"{light}\"/>"));
    canvas.finish()
}

/// How far a shadow reaches around what throws it, in parts of its blur (which is two standard deviations).
pub const SHADOW_REACH: f32 = 1.5;

/// The white shadow of a sheet of `width` × `height` points with corners of `round`, to be tinted: as soft as light makes it,
/// for `blur` is that of a web page, two standard deviations. The picture is larger by [`SHADOW_REACH`] × `blur` on each side.
pub fn shadow(width: f32, height: f32, round: f32, blur: f32) -> String {
    let reach = f64::from(SHADOW_REACH * blur);
    let [width, height, round, blur] = [width, height, round, blur].map(f64::from);
    let (across, down) = (width + 2.0 * reach, height + 2.0 * reach);
    let mut canvas = Canvas::new(across, down, [-reach, -reach, across, down]);
    let soft = canvas.blur([-reach, -reach, across, down], blur / 2.0);
    canvas.add(format!(
        "<rect width=\"{width}\" height=\"{height}\" rx=\"{round}\" fill=\"#FFFFFF\" filter=\"{soft}\"/>"
    ));
    canvas.finish()
}
