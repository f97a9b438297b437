//! The window without a display: the same frames, pressed by role and name as a screen reader knows them, and drawn on the
//! CPU. It knows no packet and no story; whoever holds it says what to press.
//!
//! Its time is its own: each frame is a sixtieth of a second, however long the frame took. What others do meanwhile (the
//! wallet's thread, the drawing thread) is waited for, and never longer than its patience.

use std::time::Duration;

use egui::accesskit::{Node, Role};
use egui::epaint::ClippedShape;
use egui::{Color32, ColorImage, Context, Event, Key, Modifiers, Pos2, RawInput, Rect, TexturesDelta, Vec2};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout, timeout_at};

use super::raster::Raster;
use super::window::{Launch, Window};

/// Longest that a camera waits for the window to come to rest, or for something to show.
const PATIENCE: Duration = Duration::from_secs(45);
/// Between one frame and the next, in the window's seconds.
const FRAME: f64 = 1.0 / 60.0;
/// Nothing has woken the window for so long: it rests.
const REST: Duration = Duration::from_millis(40);
/// After so long it is looked again, woken or not.
const LOOK: Duration = Duration::from_millis(250);

/// Why a camera could not go on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CameraError {
    /// There is no such control; what there is instead.
    #[error("there is no {role} “{name}” in the window, which shows: {shown}")]
    Missing {
        /// What kind of thing it is.
        role: String,
        /// What it is called.
        name: String,
        /// The names of what can be pressed.
        shown: String,
    },
    /// Something never came to its end.
    #[error("the window did not come to rest within {} seconds", PATIENCE.as_secs())]
    Restless,
    /// A picture cannot be written.
    #[error("the picture cannot be written: {0}")]
    Picture(String),
}

/// Which part of the window a picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The shown wallet, without the strip below it.
    Page,
    /// Everything.
    Whole,
}

/// What the last frame left.
#[derive(Default)]
struct Frame {
    shapes: Vec<ClippedShape>,
    textures: TexturesDelta,
    nodes: Vec<Node>,
    /// Whether it wants another one at once.
    moves: bool,
}

impl Drop for Frame {
    fn drop(&mut self) {
        // What is dropped unheeded counts as a mistake; these were heeded.
        self.textures.clear();
    }
}

/// A window that is only looked at by this program.
pub struct Camera {
    ctx: Context,
    window: Window,
    raster: Raster,
    woken: mpsc::Receiver<()>,
    size: Vec2,
    scale: f32,
    time: f64,
    patience: Duration,
    frame: Frame,
}

impl Camera {
    /// A window of `size` points, each `scale` pixels wide. Its waiting needs a Tokio runtime with time.
    #[must_use]
    pub fn new(launch: Launch, size: Vec2, scale: f32) -> Self {
        let ctx = Context::default();
        ctx.enable_accesskit();
        let (wake, woken) = mpsc::channel(1);
        ctx.set_request_repaint_callback(move |asked| {
            // Somebody who is about to look need not be told twice.
            if asked.delay.is_zero() {
                let _ = wake.try_send(());
            }
        });
        let window = Window::new(&ctx, launch);
        let (raster, frame) = (Raster::default(), Frame::default());
        Self { ctx, window, raster, woken, size, scale, time: 0.0, patience: PATIENCE, frame }
    }

    /// One frame.
    fn step(&mut self, events: Vec<Event>) {
        self.time += FRAME;
        let area = Rect::from_min_size(Pos2::ZERO, self.size / self.ctx.zoom_factor());
        let mut input = RawInput {
            screen_rect: Some(area),
            max_texture_side: Some(8192),
            time: Some(self.time),
            events,
            ..RawInput::default()
        };
        for viewport in input.viewports.values_mut() {
            viewport.native_pixels_per_point = Some(self.scale);
        }
        self.window.reserve(&mut input);
        self.window.listen(&self.ctx);
        let window = &mut self.window;
        let output = self.ctx.run_ui(input, |ui| window.frame(ui));
        self.raster.free(&self.frame.textures);
        self.raster.take(&output.textures_delta);
        let tree = output.platform_output.accesskit_update;
        self.frame = Frame {
            shapes: output.shapes,
            textures: output.textures_delta,
            nodes: tree.map(|tree| tree.nodes.into_iter().map(|(_, node)| node).collect()).unwrap_or_default(),
            moves: output.viewport_output.values().any(|viewport| viewport.repaint_delay.is_zero()),
        };
    }

    /// Steps until nothing moves, nothing is being drawn and no task is under way.
    ///
    /// # Errors
    /// [`CameraError::Restless`].
    pub async fn settle(&mut self) -> Result<(), CameraError> {
        let end = Instant::now() + self.patience;
        while Instant::now() < end {
            self.step(Vec::new());
            if self.frame.moves || !self.window.is_at_rest() {
                self.wait(end).await;
            } else if timeout(REST, self.woken.recv()).await.is_err() {
                return Ok(());
            }
        }
        Err(CameraError::Restless)
    }

    /// Until there is a reason for another frame.
    async fn wait(&mut self, end: Instant) {
        if self.frame.moves {
            // Others shall have their turn too.
            tokio::task::yield_now().await;
        } else {
            let _ = timeout_at(end.min(Instant::now() + LOOK), self.woken.recv()).await;
        }
    }

    /// Lets so many of the window's seconds pass at once, then waits for rest.
    ///
    /// # Errors
    /// [`CameraError::Restless`].
    pub async fn pass(&mut self, seconds: f64) -> Result<(), CameraError> {
        self.time += seconds;
        self.settle().await
    }

    /// Waits until there is such a thing, by the whole of its name or by a part; where it is, in points.
    ///
    /// # Errors
    /// [`CameraError::Missing`].
    pub async fn find(&mut self, role: Role, name: &str) -> Result<Rect, CameraError> {
        let end = Instant::now() + self.patience;
        loop {
            if let Some(place) = self.place(role, name) {
                return Ok(place);
            }
            if Instant::now() >= end {
                let shown: Vec<&str> = self.frame.nodes.iter().filter(is_pressed).map(said).collect();
                let shown = shown.join(", ");
                return Err(CameraError::Missing { role: format!("{role:?}"), name: name.to_owned(), shown });
            }
            self.wait(end).await;
            self.step(Vec::new());
        }
    }

    /// Where there is such a thing that can be used now.
    fn place(&self, role: Role, name: &str) -> Option<Rect> {
        let fits = |node: &&Node| node.role() == role && !node.is_disabled();
        let all = || self.frame.nodes.iter().filter(fits);
        let node = all().find(|node| said(node) == name).or_else(|| all().find(|node| said(node).contains(name)))?;
        let place = node.bounds()?;
        let corner = |x: f64, y: f64| Pos2::new(x as f32, y as f32);
        Some(Rect::from_min_max(corner(place.x0, place.y0), corner(place.x1, place.y1)))
    }

    /// Presses such a thing in its middle, and waits for rest.
    ///
    /// # Errors
    /// [`CameraError::Missing`] and [`CameraError::Restless`].
    pub async fn click(&mut self, role: Role, name: &str) -> Result<(), CameraError> {
        self.settle().await?;
        let pos = self.find(role, name).await?.center();
        self.step(vec![Event::PointerMoved(pos)]);
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            self.step(vec![Event::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }]);
        }
        // A pointer that stays would leave its mark on what is under it.
        self.step(vec![Event::PointerGone]);
        self.settle().await
    }

    /// Writes into the field of this name.
    ///
    /// # Errors
    /// As [`Self::click`].
    pub async fn type_text(&mut self, field: &str, text: &str) -> Result<(), CameraError> {
        self.click(Role::TextInput, field).await?;
        self.step(vec![Event::Text(text.to_owned())]);
        self.settle().await
    }

    /// Presses a key.
    ///
    /// # Errors
    /// [`CameraError::Restless`].
    pub async fn key(&mut self, key: Key, modifiers: Modifiers) -> Result<(), CameraError> {
        for pressed in [true, false] {
            self.step(vec![Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }]);
        }
        self.settle().await
    }

    /// Presses a key and waits for nothing.
    pub fn press_key(&mut self, key: Key) {
        for pressed in [true, false] {
            let modifiers = Modifiers::NONE;
            self.step(vec![Event::Key { key, physical_key: None, pressed, repeat: false, modifiers }]);
        }
    }

    /// Lays out one more frame and cuts it into triangles, which is all that a frame costs before it is painted; how many
    /// corners they have.
    pub fn redraw(&mut self) -> usize {
        self.step(Vec::new());
        let primitives = self.ctx.tessellate(std::mem::take(&mut self.frame.shapes), self.ctx.pixels_per_point());
        let corners = |primitive: &egui::ClippedPrimitive| match &primitive.primitive {
            egui::epaint::Primitive::Mesh(mesh) => mesh.vertices.len(),
            egui::epaint::Primitive::Callback(_) => 0,
        };
        primitives.iter().map(corners).sum()
    }

    /// Whether the last frame showed such a thing, by the whole of its name or by a part.
    #[must_use]
    pub fn shows(&self, role: Role, name: &str) -> bool {
        self.place(role, name).is_some()
    }

    /// Which wallet is shown.
    #[must_use]
    pub const fn shown(&self) -> usize {
        self.window.shown
    }

    /// Draws what the last frame showed.
    #[must_use]
    pub fn picture(&self, part: Part) -> ColorImage {
        let scale = self.ctx.pixels_per_point();
        let size = match part {
            Part::Page => self.ctx.content_rect().size(),
            Part::Whole => self.ctx.viewport_rect().size(),
        };
        let size = [size.x, size.y].map(|side| (side * scale).round() as usize);
        let primitives = self.ctx.tessellate(self.frame.shapes.clone(), scale);
        self.raster.draw(size, scale, Color32::BLACK, &primitives)
    }

    /// The same as a PNG file.
    ///
    /// # Errors
    /// [`CameraError::Picture`].
    pub fn png(&self, part: Part) -> Result<Vec<u8>, CameraError> {
        let picture = self.picture(part);
        let [width, height] = picture.size.map(|side| u32::try_from(side).unwrap_or_default());
        // Every pixel is opaque: the frame's ground is.
        let bytes = picture.pixels.iter().flat_map(|pixel| [pixel.r(), pixel.g(), pixel.b()]).collect();
        let wrong = |why: String| CameraError::Picture(why);
        let image = image::RgbImage::from_raw(width, height, bytes).ok_or_else(|| wrong("its size".to_owned()))?;
        let mut file = std::io::Cursor::new(Vec::new());
        image.write_to(&mut file, image::ImageFormat::Png).map_err(|error| wrong(error.to_string()))?;
        Ok(file.into_inner())
    }
}

impl std::fmt::Debug for Camera {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Camera").field("size", &self.size).field("time", &self.time).finish_non_exhaustive()
    }
}

/// A thing's name; plain texts have theirs as a value.
fn said(node: &Node) -> &str {
    node.label().or_else(|| node.value()).unwrap_or_default()
}

fn is_pressed(node: &&Node) -> bool {
    matches!(node.role(), Role::Button | Role::RadioButton | Role::Tab | Role::CheckBox | Role::TextInput)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use egui::vec2;

    use super::*;
    use crate::app::strip::{Board, HEIGHT, PartySeen};
    use crate::app::text::{Language, Line};
    use crate::app::{Fault, Session, ThemeChoice};
    use crate::clock::SystemClock;

    /// A window on two wallets that cannot be opened: there is the strip, and little else.
    fn camera(board: &Board) -> Camera {
        let session = |dir: &str| {
            let fault = Fault { code: "file".into(), detail: String::new(), next: String::new(), domain: None };
            Session { dir: dir.into(), opener: Box::new(|_| Err(fault)), take: Vec::new(), greets: false }
        };
        let launch = Launch {
            sessions: vec![session("/nowhere/first"), session("/nowhere/friend")],
            board: Some(board.clone()),
            door: None,
            language: Some(Language::English),
            theme: Some(ThemeChoice::Light),
            announcer: None,
            clock: Arc::new(SystemClock),
        };
        Camera { patience: Duration::from_secs(5), ..Camera::new(launch, vec2(1120.0, 760.0 + HEIGHT), 1.0) }
    }

    #[tokio::test]
    async fn the_strip_tells_of_everybody_and_changes_between_the_two() {
        let board = Board::new(["Lin", "Hao"]);
        let mut camera = camera(&board);
        camera.settle().await.unwrap();
        let lines = vec![Line::tell("demo-sees-issued", [("count", 1_i64.into())])];
        let name = "Camellia Trading".to_owned();
        board.show(vec![PartySeen { role: "demo-enterprise", is_bank: false, name, running: true, lines }]);
        camera.find(Role::Label, "Company Camellia Trading, Running. Issued 1 packet").await.unwrap();
        assert_eq!(camera.picture(Part::Page).size, [1120, 760]);
        assert_eq!(camera.picture(Part::Whole).size, [1120, 848]);
        camera.find(Role::Status, "You are Lin").await.unwrap();
        camera.click(Role::Button, "Become Hao").await.unwrap();
        camera.find(Role::Status, "You are Hao").await.unwrap();
        // And by the keyboard alone.
        camera.key(Key::Tab, Modifiers::NONE).await.unwrap();
        camera.key(Key::Enter, Modifiers::NONE).await.unwrap();
        camera.find(Role::Status, "You are Lin").await.unwrap();
    }

    #[tokio::test]
    async fn what_is_missing_is_named() {
        let mut camera = camera(&Board::new(["Lin", "Hao"]));
        camera.patience = Duration::from_millis(300);
        let error = camera.click(Role::Button, "Fly away").await.unwrap_err().to_string();
        assert!(error.contains("“Fly away”") && error.contains("Become Hao"), "{error}");
    }
}
