//! Draws a frame on the CPU: textured, coloured triangles with premultiplied alpha, blended as egui's own renderer does. No
//! GPU and no display, so pictures of the window can be made anywhere. Written for being the same everywhere, not for speed.

use std::collections::HashMap;

use egui::epaint::{ImageDelta, Primitive};
use egui::{ClippedPrimitive, Color32, ColorImage, ImageData, Mesh, Pos2, Rect, TextureId, TexturesDelta};

/// Textures, and the way from meshes to pixels.
#[derive(Default)]
pub struct Raster {
    textures: HashMap<TextureId, ColorImage>,
}

impl std::fmt::Debug for Raster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Raster").field("textures", &self.textures.len()).finish()
    }
}

impl Raster {
    /// Takes over new textures. Those to be freed are let go after the frame: [`Raster::free`].
    pub fn take(&mut self, delta: &TexturesDelta) {
        for (id, image) in &delta.set {
            for part in image.iter() {
                self.set(*id, part);
            }
        }
    }

    /// Lets textures go.
    pub fn free(&mut self, delta: &TexturesDelta) {
        for id in &delta.free {
            self.textures.remove(id);
        }
    }

    fn set(&mut self, id: TextureId, delta: &ImageDelta) {
        let ImageData::Color(image) = &delta.image;
        match delta.pos {
            None => {
                self.textures.insert(id, (**image).clone());
            }
            Some([left, top]) => {
                let Some(texture) = self.textures.get_mut(&id) else { return };
                for row in 0..image.size[1] {
                    for column in 0..image.size[0] {
                        let at = (top + row) * texture.size[0] + left + column;
                        if let (Some(to), Some(from)) =
                            (texture.pixels.get_mut(at), image.pixels.get(row * image.size[0] + column))
                        {
                            *to = *from;
                        }
                    }
                }
            }
        }
    }

    /// Draws a frame of `size` pixels over `ground`.
    #[must_use]
    pub fn draw(&self, size: [usize; 2], scale: f32, ground: Color32, primitives: &[ClippedPrimitive]) -> ColorImage {
        let mut canvas = ColorImage::filled(size, ground);
        self.draw_on(&mut canvas, Pos2::ZERO, scale, primitives);
        canvas
    }

    /// Draws onto a picture whose left top is at `origin`, in points.
    pub fn draw_on(&self, canvas: &mut ColorImage, origin: Pos2, scale: f32, primitives: &[ClippedPrimitive]) {
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let Some(texture) = self.textures.get(&mesh.texture_id) else { continue };
            let clip = Clip::of(clip_rect.translate(-origin.to_vec2()), scale, canvas.size);
            draw_mesh(canvas, mesh, texture, &clip, View { origin, scale });
        }
    }
}

/// The pixels that may be touched.
struct Clip {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Clip {
    fn of(rect: Rect, scale: f32, [width, height]: [usize; 2]) -> Self {
        let side = |points: f32, most: usize| ((points * scale).round().max(0.0) as usize).min(most);
        Self {
            left: side(rect.left(), width),
            top: side(rect.top(), height),
            right: side(rect.right(), width),
            bottom: side(rect.bottom(), height),
        }
    }

    const fn is_empty(&self) -> bool {
        self.left >= self.right || self.top >= self.bottom
    }
}

fn draw_mesh(canvas: &mut ColorImage, mesh: &Mesh, texture: &ColorImage, clip: &Clip, view: View) {
    if clip.is_empty() {
        return;
    }
    for corners in mesh.indices.chunks_exact(3) {
        let [a, b, c] = *corners else { continue };
        let corner = |index: u32| mesh.vertices.get(index as usize);
        let (Some(a), Some(b), Some(c)) = (corner(a), corner(b), corner(c)) else { continue };
        let triangle = [a, b, c].map(|vertex| Corner {
            x: (vertex.pos.x - view.origin.x) * view.scale,
            y: (vertex.pos.y - view.origin.y) * view.scale,
            uv: vertex.uv,
            colour: vertex.color.to_array().map(f32::from),
        });
        draw_triangle(canvas, &triangle, texture, clip);
    }
}

/// Which part of a frame is drawn, and how large.
#[derive(Clone, Copy)]
struct View {
    origin: Pos2,
    scale: f32,
}

#[derive(Clone, Copy)]
struct Corner {
    x: f32,
    y: f32,
    uv: Pos2,
    colour: [f32; 4],
}

/// Twice the area of the triangle from `a` over `b` to a point; positive on one side of the edge.
fn edge(a: &Corner, b: &Corner, x: f32, y: f32) -> f32 {
    (b.x - a.x) * (y - a.y) - (b.y - a.y) * (x - a.x)
}

/// Of two triangles with a common edge exactly one owns a pixel in the middle of which it runs (the top-left rule).
fn owns(a: &Corner, b: &Corner) -> bool {
    let (dx, dy) = (b.x - a.x, b.y - a.y);
    dy < 0.0 || dy == 0.0 && dx > 0.0
}

/// Whether a point is on the inner side of an edge.
fn is_within(a: &Corner, b: &Corner, x: f32, y: f32) -> bool {
    let weight = edge(a, b, x, y);
    weight > 0.0 || weight == 0.0 && owns(a, b)
}

/// The columns of a row whose middles lie in the triangle: guessed from where its edges cross the row, then made exact.
fn span(corners: &[Corner; 3], y: f32, (left, right): (usize, usize)) -> (usize, usize) {
    let [a, b, c] = corners;
    let edges = [(b, c), (c, a), (a, b)];
    let (mut low, mut high) = (left as f32, right as f32);
    for (from, to) in edges {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        if dy != 0.0 {
            let crossing = from.x + dx * (y - from.y) / dy;
            if dy < 0.0 {
                low = low.max(crossing - 2.0);
            } else {
                high = high.min(crossing + 2.0);
            }
        }
    }
    let (mut low, mut high) = (low.max(0.0) as usize, (high.max(0.0).ceil() as usize).min(right));
    let is_inside = |column: usize| {
        let x = column as f32 + 0.5;
        is_within(b, c, x, y) && is_within(c, a, x, y) && is_within(a, b, x, y)
    };
    while low < high && !is_inside(low) {
        low += 1;
    }
    while low < high && !is_inside(high - 1) {
        high -= 1;
    }
    (low, high)
}

fn draw_triangle(canvas: &mut ColorImage, corners: &[Corner; 3], texture: &ColorImage, clip: &Clip) {
    let [a, b, c] = corners;
    let low = |one: f32, two: f32, three: f32| one.min(two).min(three).floor().max(0.0) as usize;
    let high = |one: f32, two: f32, three: f32| one.max(two).max(three).ceil().max(0.0) as usize;
    let (left, right) = (low(a.x, b.x, c.x).max(clip.left), high(a.x, b.x, c.x).min(clip.right));
    let (top, bottom) = (low(a.y, b.y, c.y).max(clip.top), high(a.y, b.y, c.y).min(clip.bottom));
    let area = edge(a, b, c.x, c.y);
    if left >= right || top >= bottom || area == 0.0 {
        return;
    }
    let (corners, area) = if area < 0.0 { ([*a, *c, *b], -area) } else { (*corners, area) };
    let width = canvas.size[0];
    let fill = Fill::of(&corners, area, texture);
    for row in top..bottom {
        let y = row as f32 + 0.5;
        let (from, to) = span(&corners, y, (left, right));
        if let Some(pixels) = canvas.pixels.get_mut(row * width + from..row * width + to) {
            fill.paint(pixels, from as f32 + 0.5, y);
        }
    }
}

/// What a triangle is filled with: what its texture shows, multiplied by a colour.
struct Fill<'a> {
    texture: &'a ColorImage,
    first: Corner,
    uv: Slope<2>,
    /// None where the colour is the same all over.
    colour: Option<Slope<4>>,
    /// The one colour, where texture and colour are the same all over.
    flat: Option<[f32; 4]>,
}

impl<'a> Fill<'a> {
    fn of(corners: &[Corner; 3], area: f32, texture: &'a ColorImage) -> Self {
        let [a, b, c] = corners;
        let uv = Slope::of(corners, area, [[a.uv.x, a.uv.y], [b.uv.x, b.uv.y], [c.uv.x, c.uv.y]]);
        let is_one_colour = a.colour == b.colour && a.colour == c.colour;
        let colour = (!is_one_colour).then(|| Slope::of(corners, area, [a.colour, b.colour, c.colour]));
        let is_flat = is_one_colour && a.uv == b.uv && a.uv == c.uv;
        let flat = is_flat.then(|| times(sample(texture, a.uv.x, a.uv.y), a.colour));
        Self { texture, first: *a, uv, colour, flat }
    }

    /// Paints a row of pixels, the middle of the first of which is at `x`, `y`.
    fn paint(&self, pixels: &mut [Color32], x: f32, y: f32) {
        if let Some(flat) = self.flat {
            paint_flat(pixels, flat);
            return;
        }
        let (dx, dy) = (x - self.first.x, y - self.first.y);
        let [mut u, mut v] = self.uv.at(dx, dy);
        let mut colour = self.colour.as_ref().map_or(self.first.colour, |slope| slope.at(dx, dy));
        for pixel in pixels {
            let texel = sample(self.texture, u, v);
            u += self.uv.across[0];
            v += self.uv.across[1];
            let source = times(texel, colour);
            if let Some(slope) = &self.colour {
                for (part, step) in colour.iter_mut().zip(slope.across) {
                    *part += step;
                }
            }
            if source[3] > 0.0 || source[0] > 0.0 {
                *pixel = over(source, *pixel);
            }
        }
    }
}

fn paint_flat(pixels: &mut [Color32], colour: [f32; 4]) {
    if colour[3] >= 255.0 {
        pixels.fill(over(colour, Color32::BLACK));
    } else if colour != [0.0; 4] {
        // Rows have long runs of one ground.
        let (mut under, mut mixed) = (Color32::BLACK, over(colour, Color32::BLACK));
        for pixel in pixels {
            if *pixel != under {
                (under, mixed) = (*pixel, over(colour, *pixel));
            }
            *pixel = mixed;
        }
    }
}

/// Values that change evenly over a triangle: those at its first corner, and how much they change across and down.
struct Slope<const N: usize> {
    first: [f32; N],
    across: [f32; N],
    down: [f32; N],
}

impl<const N: usize> Slope<N> {
    fn of([a, b, c]: &[Corner; 3], area: f32, values: [[f32; N]; 3]) -> Self {
        let mut slope = Self { first: values[0], across: [0.0; N], down: [0.0; N] };
        let [first, second, third] = values;
        for (at, first) in first.into_iter().enumerate() {
            let (ab, ac) = (second[at] - first, third[at] - first);
            slope.across[at] = (ab * (c.y - a.y) - ac * (b.y - a.y)) / area;
            slope.down[at] = (ac * (b.x - a.x) - ab * (c.x - a.x)) / area;
        }
        slope
    }

    /// The values so far from the first corner.
    fn at(&self, dx: f32, dy: f32) -> [f32; N] {
        let mut values = self.first;
        for (at, value) in values.iter_mut().enumerate() {
            *value += self.across[at] * dx + self.down[at] * dy;
        }
        values
    }
}

/// A texture's colour multiplied by a vertex's, both premultiplied, each part from 0 to 255.
fn times(texel: [f32; 4], colour: [f32; 4]) -> [f32; 4] {
    let [r, g, b, a] = texel;
    [r * colour[0] / 255.0, g * colour[1] / 255.0, b * colour[2] / 255.0, a * colour[3] / 255.0]
}

/// So near to the middle of a texel, it is the texel.
const NEAR: f32 = 1.0 / 1024.0;

/// Between the four nearest texels.
fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let [width, height] = texture.size;
    let (right, bottom) = (width.saturating_sub(1), height.saturating_sub(1));
    let x = (u * width as f32 - 0.5).clamp(0.0, right as f32);
    let y = (v * height as f32 - 0.5).clamp(0.0, bottom as f32);
    let (column, row) = ((x + NEAR) as usize, (y + NEAR) as usize);
    let (fx, fy) = (x - column as f32, y - row as f32);
    let texel = |column: usize, row: usize| texture.pixels.get(row * width + column).copied().unwrap_or_default();
    let (next, below) = ((column + 1).min(right), (row + 1).min(bottom));
    let nw = texel(column, row);
    if fx < NEAR && fy < NEAR {
        return parts(nw);
    }
    let (ne, sw, se) = (texel(next, row), texel(column, below), texel(next, below));
    if nw == ne && nw == sw && nw == se {
        return parts(nw);
    }
    let (nw, ne, sw, se) = (parts(nw), parts(ne), parts(sw), parts(se));
    let mut mixed = [0.0; 4];
    for (at, part) in mixed.iter_mut().enumerate() {
        let north = nw[at] + (ne[at] - nw[at]) * fx;
        let south = sw[at] + (se[at] - sw[at]) * fx;
        *part = north + (south - north) * fy;
    }
    mixed
}

const fn parts(colour: Color32) -> [f32; 4] {
    let [r, g, b, a] = colour.to_array();
    [r as f32, g as f32, b as f32, a as f32]
}

fn over(source: [f32; 4], under: Color32) -> Color32 {
    let [r, g, b, a] = source;
    let under = parts(under);
    let keep = 1.0 - a / 255.0;
    // Rounded by hand: nothing is negative, and what is too much stops at the end.
    let part = |new: f32, old: f32| (new + old * keep + 0.5) as u8;
    Color32::from_rgba_premultiplied(part(r, under[0]), part(g, under[1]), part(b, under[2]), part(a, under[3]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn white() -> Raster {
        let mut raster = Raster::default();
        raster.textures.insert(TextureId::default(), ColorImage::filled([1, 1], Color32::WHITE));
        raster
    }

    fn drawn(mesh: Mesh) -> ColorImage {
        let clip_rect = Rect::from_min_max(Pos2::ZERO, Pos2::new(8.0, 8.0));
        let primitive = ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) };
        white().draw([8, 8], 1.0, Color32::BLACK, &[primitive])
    }

    #[test]
    fn two_triangles_share_their_edge_without_gap_or_doubling() {
        let mut mesh = Mesh::default();
        let half = Color32::from_rgba_premultiplied(128, 128, 128, 128);
        mesh.add_colored_rect(Rect::from_min_max(Pos2::new(1.0, 1.0), Pos2::new(7.0, 7.0)), half);
        let image = drawn(mesh);
        for row in 0..8 {
            for column in 0..8 {
                let inside = (1..7).contains(&row) && (1..7).contains(&column);
                let pixel = image.pixels[row * 8 + column];
                assert_eq!(pixel.r(), if inside { 128 } else { 0 }, "{column}, {row}");
            }
        }
    }

    #[test]
    fn nothing_outside_of_the_clip_is_touched() {
        let mut mesh = Mesh::default();
        mesh.add_colored_rect(Rect::from_min_max(Pos2::ZERO, Pos2::new(8.0, 8.0)), Color32::WHITE);
        let clip_rect = Rect::from_min_max(Pos2::new(2.0, 2.0), Pos2::new(4.0, 3.0));
        let primitive = ClippedPrimitive { clip_rect, primitive: Primitive::Mesh(mesh) };
        let image = white().draw([8, 8], 1.0, Color32::BLACK, &[primitive]);
        assert_eq!(image.pixels.iter().filter(|pixel| pixel.r() > 0).count(), 2);
    }
}
