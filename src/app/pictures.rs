//! The drawn things as textures: drawn by a thread of their own, once per size and scale, kept while they are used.
//! A frame never waits for one; until a drawing is there, the one of another size stands in, or nothing.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use egui::{Color32, ColorImage, Context, Mesh, Painter, Pos2, Rect, TextureHandle, TextureOptions, Vec2, vec2};

use super::art;

mod drawing;

pub(super) use self::drawing::{Drawing, Photo, Seed};

/// Most memory for textures that nothing shows any more, in bytes.
const SPARE: usize = 24 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    drawing: Drawing,
    pixels: [u32; 2],
}

struct Order {
    key: Key,
    width: f32,
}

/// What became of an order.
enum Made {
    Image(ColorImage),
    /// It cannot be drawn.
    Nothing,
    /// It was not drawn, for a later order asks for the same in another size. Whoever still wants it asks again.
    Passed,
}

impl Order {
    fn of(drawing: &Drawing, width: f32, scale: f32) -> Self {
        Self { key: Key::of(drawing, drawing.size(width), scale, art::MAX_SIDE), width }
    }

    fn draw(&self) -> Made {
        // A stranger's picture that breaks a decoder costs that picture, and no other.
        let draw = || self.key.drawing.draw(self.width, self.key.pixels);
        let begin = Instant::now();
        let image = std::panic::catch_unwind(std::panic::AssertUnwindSafe(draw)).ok().flatten();
        let kind = self.key.drawing.name();
        tracing::trace!(kind, width = self.width, took = ?begin.elapsed(), "a drawing was made");
        image.map_or(Made::Nothing, Made::Image)
    }
}

/// Which of the waiting orders need not be carried out: while a window is being resized, only the last size is wanted.
fn passed_by(orders: &[Order]) -> Vec<bool> {
    let mut later = HashSet::new();
    let mut passed: Vec<bool> = orders.iter().rev().map(|order| !later.insert(order.key.drawing.kind())).collect();
    passed.reverse();
    passed
}

impl Key {
    fn of(drawing: &Drawing, size: Vec2, scale: f32, most: u32) -> Self {
        Self { drawing: drawing.clone(), pixels: pixels(size, scale * drawing.grain(), most) }
    }
}

enum Place {
    Ordered,
    Failed,
    Ready { texture: TextureHandle, last_used: u64 },
}

type Finished = (Key, Made);

/// Draws what a window is about to ask for, on whichever thread knows it first.
pub(super) struct Ahead {
    begun: Arc<Mutex<HashSet<Key>>>,
    done: SyncSender<Finished>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Whoever waits for what is drawn ahead is told by its end; and whoever waits for the reading that says what to draw.
    open: Sender<Infallible>,
    read: Sender<Infallible>,
    /// Whose end tells that the first frame is on the screen.
    unseen: Receiver<Infallible>,
}

impl Ahead {
    /// Draws things of these widths, in points of which each is `scale` pixels wide, and leaves the machine to the window until
    /// its first frame is on the screen. What the window asks for meanwhile is left to it.
    pub(super) fn draw(self, drawings: &[(Drawing, f32)], scale: f32) {
        let Self { begun, done, wake, open, read, unseen } = self;
        let orders: Vec<Order> = drawings.iter().map(|(drawing, width)| Order::of(drawing, *width, scale)).collect();
        begun.lock().unwrap_or_else(PoisonError::into_inner).extend(orders.iter().map(|order| order.key.clone()));
        drop(read);
        let next = AtomicUsize::new(0);
        let work = || {
            while let Some(order) = orders.get(next.fetch_add(1, Ordering::Relaxed)) {
                if done.send((order.key.clone(), order.draw())).is_err() {
                    return;
                }
            }
        };
        std::thread::scope(|scope| {
            // Where there is no second thread, this one draws all of it.
            let _ = std::thread::Builder::new().spawn_scoped(scope, work);
            work();
        });
        wake();
        drop(open);
        let _ = unseen.recv_timeout(UNSEEN);
    }
}

/// What those hold for whom somebody waits, and what hears that none of them does any more.
type Held = (Sender<Infallible>, Receiver<Infallible>);

/// All textures of a window.
pub(super) struct Pictures {
    orders: SyncSender<Order>,
    finished: Receiver<Finished>,
    /// What somebody draws ahead and no frame asked for yet.
    ahead: Arc<Mutex<HashSet<Key>>>,
    done: SyncSender<Finished>,
    wake: Arc<dyn Fn() + Send + Sync>,
    /// Until the first frame: what those who draw ahead hold, and what hears that none of them does any more.
    opening: Option<Held>,
    /// Until the rehearsal: the same of the reading.
    reading: Option<Held>,
    /// Until the second frame: what tells those who drew ahead that the first one is on the screen.
    unseen: Vec<Sender<Infallible>>,
    places: HashMap<Key, Place>,
    /// The newest texture of each kind of drawing, whatever its measures.
    newest: HashMap<Drawing, TextureHandle>,
    gradients: HashMap<[Color32; 2], TextureHandle>,
    pending: usize,
    frame: u64,
}

/// For so long at most the first frame waits for what it shows. Tests are built to be debugged, not to be quick.
const FIRST: Duration = Duration::from_millis(if cfg!(test) { 20_000 } else { 250 });
/// For so long at most whatever else is to be done waits for the first frame.
const UNSEEN: Duration = Duration::from_millis(300);
/// For so long at most a finished drawing waits for others before it is shown.
const TOGETHER: Duration = Duration::from_millis(100);
/// Orders that may wait; what does not fit is ordered again in the next frame.
const QUEUE: usize = 256;

impl Pictures {
    /// Starts the drawing thread. `wake` is called when a drawing is finished.
    #[must_use]
    pub(super) fn start(wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        let (orders, waiting) = sync_channel::<Order>(QUEUE);
        let (done, finished) = sync_channel(QUEUE);
        let thread = std::thread::Builder::new().name("hongbao-pictures".to_owned());
        let (finish, ring) = (done.clone(), Arc::clone(&wake));
        // Without a thread there are no pictures, and every screen still says what it has to say.
        let _ = thread.spawn(move || {
            while let Ok(first) = waiting.recv() {
                let mut woken = Instant::now();
                let orders: Vec<Order> = std::iter::once(first).chain(waiting.try_iter()).collect();
                let last = orders.len() - 1;
                for (at, (passed, order)) in passed_by(&orders).into_iter().zip(orders).enumerate() {
                    let made = if passed { Made::Passed } else { order.draw() };
                    if finish.send((order.key, made)).is_err() {
                        return;
                    }
                    // Those that are asked for together are shown together, unless they take long.
                    if at == last || woken.elapsed() > TOGETHER {
                        ring();
                        woken = Instant::now();
                    }
                }
            }
        });
        Self {
            orders,
            finished,
            ahead: Arc::default(),
            done,
            wake,
            opening: Some(channel()),
            reading: Some(channel()),
            unseen: Vec::new(),
            places: HashMap::new(),
            newest: HashMap::new(),
            gradients: HashMap::new(),
            pending: 0,
            frame: 0,
        }
    }

    /// Somebody who draws ahead, before the first frame; none after it.
    pub(super) fn ahead(&mut self) -> Option<Ahead> {
        let open = self.opening.as_ref()?.0.clone();
        let read = self.reading.as_ref()?.0.clone();
        let (held, unseen) = channel();
        self.unseen.push(held);
        let (begun, done, wake) = (Arc::clone(&self.ahead), self.done.clone(), Arc::clone(&self.wake));
        Some(Ahead { begun, done, wake, open, read, unseen })
    }

    /// Waits until it is known what the first page shows, but not for long; whether it is.
    pub(super) fn wait_for_reading(&mut self) -> bool {
        let Some((read, over)) = self.reading.take() else { return false };
        drop(read);
        over.recv_timeout(FIRST) == Err(RecvTimeoutError::Disconnected)
    }

    /// The frame before was none that anybody saw.
    pub(super) const fn is_rehearsed(&mut self) {
        self.frame = 0;
    }

    /// Waits until all is there that is drawn ahead, but not for long. Only before the first frame, when there is no window yet
    /// that could stand still: a frame without pictures, and one more with them, would take longer.
    pub(super) fn wait_for_first(&mut self) {
        if let Some((open, over)) = self.opening.take() {
            drop(open);
            let begin = Instant::now();
            let _ = over.recv_timeout(FIRST);
            tracing::debug!(waited = ?begin.elapsed(), "what is drawn first is there");
        }
    }

    fn is_ahead(&self, key: &Key) -> bool {
        self.ahead.lock().unwrap_or_else(PoisonError::into_inner).remove(key)
    }

    /// Whether something is still being drawn.
    #[must_use]
    pub(super) const fn is_drawing(&self) -> bool {
        self.pending > 0
    }

    /// Takes over what was finished, and lets go of what nothing showed for long. Once per frame.
    pub(super) fn begin_frame(&mut self, ctx: &Context) {
        self.frame += 1;
        if self.frame > 1 {
            self.unseen.clear();
        }
        while let Ok((key, made)) = self.finished.try_recv() {
            // What came before any frame asked for it was not waited for.
            if !self.is_ahead(&key) {
                self.pending = self.pending.saturating_sub(1);
            }
            let place = match made {
                Made::Image(image) => {
                    let texture = ctx.load_texture(format!("{:?}", key.pixels), image, TextureOptions::LINEAR);
                    self.newest.insert(key.drawing.kind(), texture.clone());
                    Place::Ready { texture, last_used: self.frame }
                }
                Made::Nothing => Place::Failed,
                Made::Passed => {
                    self.places.remove(&key);
                    continue;
                }
            };
            self.places.insert(key, place);
        }
        self.tidy();
    }

    fn tidy(&mut self) {
        let bytes = |texture: &TextureHandle| texture.size()[0] * texture.size()[1] * 4;
        let mut unused: Vec<(u64, Key, usize)> = Vec::new();
        for (key, place) in &self.places {
            if let Place::Ready { texture, last_used } = place
                && *last_used + 2 < self.frame
            {
                unused.push((*last_used, key.clone(), bytes(texture)));
            }
        }
        let mut spare: usize = unused.iter().map(|(_, _, bytes)| bytes).sum();
        unused.sort_by_key(|(last_used, _, _)| *last_used);
        for (_, key, bytes) in unused {
            if spare <= SPARE {
                break;
            }
            spare -= bytes;
            self.places.remove(&key);
            self.newest.remove(&key.drawing.kind());
        }
    }

    /// The texture of a drawing of a thing `width` points wide, as soon as there is one.
    pub(super) fn texture(&mut self, ctx: &Context, drawing: &Drawing, width: f32) -> Option<TextureHandle> {
        let size = drawing.size(width);
        self.sized(ctx, drawing, width, size)
    }

    fn sized(&mut self, ctx: &Context, drawing: &Drawing, width: f32, size: Vec2) -> Option<TextureHandle> {
        let key = Key::of(drawing, size, ctx.pixels_per_point(), most(ctx));
        let frame = self.frame;
        match self.places.get_mut(&key) {
            Some(Place::Ready { texture, last_used }) => {
                *last_used = frame;
                return Some(texture.clone());
            }
            Some(_) => {}
            None => {
                if self.is_ahead(&key) {
                    self.pending += 1;
                    self.places.insert(key, Place::Ordered);
                    return self.newest.get(&drawing.kind()).cloned();
                }
                match self.orders.try_send(Order { key: key.clone(), width }) {
                    Ok(()) => {
                        self.pending += 1;
                        self.places.insert(key, Place::Ordered);
                    }
                    Err(TrySendError::Full(_)) => {
                        ctx.request_repaint_after(std::time::Duration::from_millis(50));
                    }
                    // Nobody draws any more: there are no pictures, and asking again would not change it.
                    Err(TrySendError::Disconnected(_)) => {
                        self.places.insert(key, Place::Failed);
                    }
                }
            }
        }
        self.newest.get(&drawing.kind()).cloned()
    }

    /// Paints a drawing of a thing whose left top is at `at` and which is `width` points wide.
    pub(super) fn paint(&mut self, painter: &Painter, drawing: &Drawing, at: Pos2, width: f32) {
        let bleed = match drawing {
            Drawing::Pocket { .. } | Drawing::PocketBack { .. } => vec2(0.0, -art::POCKET_BLEED),
            _ => Vec2::ZERO,
        };
        self.paint_in(painter, drawing, width, Rect::from_min_size(at + bleed, drawing.size(width)), Color32::WHITE);
    }

    /// Paints a drawing around `centre`.
    pub(super) fn paint_centred(&mut self, painter: &Painter, drawing: &Drawing, centre: Pos2, width: f32) {
        let rect = Rect::from_center_size(centre, drawing.size(width));
        self.paint_in(painter, drawing, width, rect, Color32::WHITE);
    }

    /// Paints a drawing made for `width` into `rect`, with each colour multiplied by `tint`.
    pub(super) fn paint_in(&mut self, painter: &Painter, drawing: &Drawing, width: f32, rect: Rect, tint: Color32) {
        if let Some(texture) = self.texture(painter.ctx(), drawing, width) {
            let rect = if drawing.grain() < 1.0 { rect } else { on_pixels(painter, rect, drawing.size(width)) };
            painter.image(texture.id(), rect, WHOLE, tint);
        }
    }

    /// Paints the shadow of a sheet with corners of `round`: as soft as light makes it, its blur two standard deviations.
    pub(super) fn shadow(&mut self, painter: &Painter, sheet: Rect, round: u8, shadow: egui::Shadow) {
        let drawing = Drawing::shadow(sheet.height(), round, shadow);
        let reach = art::SHADOW_REACH * f32::from(shadow.blur);
        let [right, down] = shadow.offset.map(f32::from);
        let rect = sheet.expand(reach).translate(vec2(right, down));
        self.paint_in(painter, &drawing, sheet.width(), rect, shadow.color);
    }

    /// Paints a drawing turned by `angle` (radians) around its middle, stretched to `size`.
    pub(super) fn paint_turned(&mut self, painter: &Painter, drawing: &Drawing, width: f32, pose: Pose) {
        let Some(texture) = self.texture(painter.ctx(), drawing, width) else { return };
        let size = drawing.size(width) * pose.stretch;
        let mut mesh = Mesh::with_texture(texture.id());
        mesh.add_rect_with_uv(Rect::from_center_size(pose.centre, size), WHOLE, pose.tint);
        mesh.rotate(egui::emath::Rot2::from_angle(pose.angle), pose.centre);
        painter.add(mesh);
    }

    /// Paints a packet's picture into `rect`, with rounded corners.
    pub(super) fn paint_photo(&mut self, painter: &Painter, photo: &Photo, rect: Rect, radius: u8) {
        let drawing = Drawing::Photo(photo.clone());
        let size = rect.size();
        if let Some(texture) = self.sized(painter.ctx(), &drawing, size.x, size) {
            let shape = egui::epaint::RectShape::filled(rect, radius, Color32::WHITE).with_texture(texture.id(), WHOLE);
            painter.add(shape);
        }
    }

    /// Paints a packet's picture into `rect`, with each colour multiplied by `tint`; its outer `edge` points fade away.
    pub(super) fn paint_photo_faded(
        &mut self,
        painter: &Painter,
        photo: &Photo,
        (rect, edge): (Rect, f32),
        tint: Color32,
    ) {
        let drawing = Drawing::Photo(photo.clone());
        let Some(texture) = self.sized(painter.ctx(), &drawing, rect.width(), rect.size()) else { return };
        let mut mesh = Mesh::with_texture(texture.id());
        let columns = [rect.left(), rect.left() + edge, rect.right() - edge, rect.right()];
        let rows = [rect.top(), rect.top() + edge, rect.bottom() - edge, rect.bottom()];
        for (row, y) in rows.into_iter().enumerate() {
            for (column, x) in columns.into_iter().enumerate() {
                let inside = (1..3).contains(&row) && (1..3).contains(&column);
                let color = if inside { tint } else { Color32::TRANSPARENT };
                let uv = Pos2::new((x - rect.left()) / rect.width(), (y - rect.top()) / rect.height());
                mesh.vertices.push(egui::epaint::Vertex { pos: Pos2::new(x, y), uv, color });
            }
        }
        for row in 0..3_u32 {
            for column in 0..3_u32 {
                let (here, below) = (row * 4 + column, (row + 1) * 4 + column);
                mesh.add_triangle(here, here + 1, below + 1);
                mesh.add_triangle(here, below + 1, below);
            }
        }
        painter.add(mesh);
    }

    /// A texture that goes from one colour at its top to another at its bottom.
    pub(super) fn gradient(&mut self, ctx: &Context, colours: [Color32; 2]) -> TextureHandle {
        let made = self.gradients.entry(colours).or_insert_with(|| {
            let steps = 64_usize;
            let pixels = (0..steps).map(|at| mix(colours[0], colours[1], at as f32 / (steps - 1) as f32)).collect();
            ctx.load_texture("gradient", ColorImage::new([1, steps], pixels), TextureOptions::LINEAR)
        });
        made.clone()
    }
}

/// The longest side of a texture that can be drawn and shown.
fn most(ctx: &Context) -> u32 {
    ctx.input(|input| u32::try_from(input.max_texture_side).unwrap_or(art::MAX_SIDE)).clamp(1, art::MAX_SIDE)
}

/// How many pixels a picture of so many points has; one that would be larger than `most` is coarser in both directions.
fn pixels(size: Vec2, scale: f32, most: u32) -> [u32; 2] {
    let scale = scale.min(most as f32 / size.max_elem().max(1.0));
    [size.x, size.y].map(|points| ((points * scale).round().max(1.0) as u32).min(most))
}

/// The place of a picture of `size` points: where it is shown in its own size, each of its pixels falls on one of the
/// window's, so that it is as sharp as it was drawn. A stretched one stays where it is.
fn on_pixels(painter: &Painter, rect: Rect, size: Vec2) -> Rect {
    let off = (rect.size() - size).abs();
    if off.max_elem() > 1.0 {
        return rect;
    }
    let scale = painter.ctx().pixels_per_point();
    let [width, height] = pixels(size, scale, most(painter.ctx())).map(|side| side as f32 / scale);
    let min = (rect.min.to_vec2() * scale).round() / scale;
    Rect::from_min_size(min.to_pos2(), vec2(width, height))
}

/// How a turned drawing lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pose {
    /// Its middle.
    pub centre: Pos2,
    /// In radians.
    pub angle: f32,
    /// Across and down.
    pub stretch: Vec2,
    /// Multiplied in.
    pub tint: Color32,
}

/// The whole of a texture.
pub(super) const WHOLE: Rect = Rect { min: Pos2::ZERO, max: Pos2::new(1.0, 1.0) };

/// Between two colours.
#[must_use]
pub(super) fn mix(from: Color32, to: Color32, t: f32) -> Color32 {
    from.lerp_to_gamma(to, t.clamp(0.0, 1.0))
}

/// A place of [`art::Layout`] on an envelope whose left top is `at` and which is `width` wide; and its size there.
#[must_use]
pub(super) fn on_envelope(at: Pos2, width: f32, place: (f32, f32, f32)) -> (Pos2, f32) {
    let scale = width / ENVELOPE_UNITS;
    (at + vec2(place.0, place.1) * scale, place.2 * scale)
}

/// How wide an envelope is in the units of [`art::Layout`].
pub(super) const ENVELOPE_UNITS: f32 = 360.0;

impl std::fmt::Debug for Pictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pictures").field("pending", &self.pending).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn while_a_window_is_resized_only_the_last_size_is_drawn() {
        let order = |drawing: Drawing, side: u32| Order { key: Key { drawing, pixels: [side; 2] }, width: side as f32 };
        let backdrop = |height: u32| Drawing::Backdrop { height, x: 1, y: 1 };
        let orders = [
            order(Drawing::Glow, 10),
            order(backdrop(100), 10),
            order(Drawing::AppIcon, 10),
            order(backdrop(101), 11),
            order(Drawing::Glow, 11),
        ];
        assert_eq!(passed_by(&orders), [true, true, false, false, false]);
    }

    #[test]
    fn no_texture_is_larger_than_can_be_shown_and_none_is_squeezed() {
        assert_eq!(pixels(vec2(388.0, 538.9), 1.5, 4096), [582, 808]);
        assert_eq!(pixels(vec2(3840.0, 2160.0), 2.0, 2048), [2048, 1152]);
        assert_eq!(pixels(vec2(0.1, 9.0), 1.0, 2048), [1, 9]);
    }
}
