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
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { continue };
            let Some(texture) = self.textures.get(&mesh.texture_id) else { continue };
            let clip = Clip::of(*clip_rect, scale, size);
            draw_mesh(&mut canvas, mesh, texture, &clip, scale);
        }
        canvas
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
}

fn draw_mesh(canvas: &mut ColorImage, mesh: &Mesh, texture: &ColorImage, clip: &Clip, scale: f32) {
    for corners in mesh.indices.chunks_exact(3) {
        let corner = |at: usize| corners.get(at).and_then(|index| mesh.vertices.get(*index as usize));
        let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) else { continue };
        let triangle = [a, b, c].map(|vertex| Corner {
            x: vertex.pos.x * scale,
            y: vertex.pos.y * scale,
            uv: vertex.uv,
            colour: vertex.color.to_array().map(f32::from),
        });
        draw_triangle(canvas, &triangle, texture, clip);
    }
}

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

fn draw_triangle(canvas: &mut ColorImage, corners: &[Corner; 3], texture: &ColorImage, clip: &Clip) {
    let [a, b, c] = corners;
    let area = edge(a, b, c.x, c.y);
    if area == 0.0 {
        return;
    }
    let (b, c, area) = if area < 0.0 { (c, b, -area) } else { (b, c, area) };
    let bounds = |values: [f32; 3]| {
        let low = values.into_iter().fold(f32::INFINITY, f32::min).floor().max(0.0) as usize;
        let high = values.into_iter().fold(0.0, f32::max).ceil().max(0.0) as usize;
        (low, high)
    };
    let (left, right) = bounds([a.x, b.x, c.x]);
    let (top, bottom) = bounds([a.y, b.y, c.y]);
    let inside = |weight: f32, from: &Corner, to: &Corner| weight > 0.0 || weight == 0.0 && owns(from, to);
    let flat = is_flat(corners);
    let constant = flat.then(|| shade(texture, a.uv, a.colour));
    let width = canvas.size[0];
    for row in top.max(clip.top)..bottom.min(clip.bottom) {
        let y = row as f32 + 0.5;
        for column in left.max(clip.left)..right.min(clip.right) {
            let x = column as f32 + 0.5;
            let (wa, wb, wc) = (edge(b, c, x, y), edge(c, a, x, y), edge(a, b, x, y));
            if !(inside(wa, b, c) && inside(wb, c, a) && inside(wc, a, b)) {
                continue;
            }
            let source = constant.unwrap_or_else(|| {
                let (wa, wb, wc) = (wa / area, wb / area, wc / area);
                let uv = Pos2::new(a.uv.x * wa + b.uv.x * wb + c.uv.x * wc, a.uv.y * wa + b.uv.y * wb + c.uv.y * wc);
                let colour = std::array::from_fn(|at| a.colour[at] * wa + b.colour[at] * wb + c.colour[at] * wc);
                shade(texture, uv, colour)
            });
            if let Some(pixel) = canvas.pixels.get_mut(row * width + column) {
                *pixel = over(source, *pixel);
            }
        }
    }
}

fn is_flat([a, b, c]: &[Corner; 3]) -> bool {
    a.uv == b.uv && a.uv == c.uv && a.colour == b.colour && a.colour == c.colour
}

/// A texture's colour multiplied by a vertex's, both premultiplied, each part from 0 to 255.
fn shade(texture: &ColorImage, uv: Pos2, colour: [f32; 4]) -> [f32; 4] {
    let texel = sample(texture, uv);
    std::array::from_fn(|at| texel[at] * colour[at] / 255.0)
}

/// Between the four nearest texels.
fn sample(texture: &ColorImage, uv: Pos2) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (uv.x * width as f32 - 0.5, uv.y * height as f32 - 0.5);
    let (left, top) = (x.floor(), y.floor());
    let (fx, fy) = (x - left, y - top);
    let texel = |column: f32, row: f32| -> [f32; 4] {
        let column = (column.max(0.0) as usize).min(width.saturating_sub(1));
        let row = (row.max(0.0) as usize).min(height.saturating_sub(1));
        texture.pixels.get(row * width + column).map_or([0.0; 4], |pixel| pixel.to_array().map(f32::from))
    };
    if fx == 0.0 && fy == 0.0 {
        return texel(left, top);
    }
    let (nw, ne) = (texel(left, top), texel(left + 1.0, top));
    let (sw, se) = (texel(left, top + 1.0), texel(left + 1.0, top + 1.0));
    std::array::from_fn(|at| {
        let north = nw[at] + (ne[at] - nw[at]) * fx;
        let south = sw[at] + (se[at] - sw[at]) * fx;
        north + (south - north) * fy
    })
}

fn over(source: [f32; 4], under: Color32) -> Color32 {
    let [r, g, b, a] = source;
    let under = under.to_array().map(f32::from);
    let keep = 1.0 - a / 255.0;
    let part = |new: f32, old: f32| (new + old * keep).round().clamp(0.0, 255.0) as u8;
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
