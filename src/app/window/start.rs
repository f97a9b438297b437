//! How the window begins. While the system makes it, the wallets are read, what the first page shows is drawn, and that page
//! is rehearsed: laid out once, so that letters and lines are there when the first frame asks for them.

use std::cell::Cell;
use std::sync::Arc;
use std::thread::JoinHandle;

use egui::{Context, RawInput, Rect, Vec2, vec2};
use jiff::tz::TimeZone;

use super::super::announce::Announcer;
use super::super::format::Formats;
use super::super::instance::Handed;
use super::super::pictures::{Ahead, Pictures};
use super::super::screens::packets;
use super::super::settings::{Settings, ThemeChoice};
use super::super::state::State;
use super::super::strip::{self, Board};
use super::super::text::{Language, Texts};
use super::super::theme::fonts;
use super::super::worker::Worker;
use super::{Given, Launch, Seat, Session, Told, Waker, Window};
use crate::art;
use crate::clock::Clock;

/// How large the window is at first, in points, without a strip.
const SIZE: Vec2 = vec2(1120.0, 760.0);

/// What is needed to draw the first page before there is a window.
struct Sketch {
    ahead: Option<Ahead>,
    clock: Arc<dyn Clock>,
    announcer: Option<Arc<dyn Announcer>>,
}

impl Seat {
    fn open(session: Session, launch: (Option<ThemeChoice>, Option<Language>), waker: &Waker, ahead: Sketch) -> Self {
        let (launch_theme, language) = launch;
        let mut settings = Settings::load(&session.dir);
        let given = Given { language, theme: launch_theme, kept: (settings.language, settings.theme) };
        settings.theme = launch_theme.unwrap_or(settings.theme);
        settings.language = language.or(settings.language);
        let (chinese, scale) = (settings.language.unwrap_or_else(Language::of_system), settings.text_size.factor());
        let chinese = chinese == Language::Chinese;
        let state = State::new(settings, session.dir);
        let Sketch { ahead, clock, announcer } = ahead;
        let ahead = Box::new(move |found: &packets::Found| {
            if let Some(ahead) = ahead {
                ahead.draw(&packets::first_drawings(found, chinese, clock.now()), scale);
            }
        });
        let worker = Worker::start(session.opener, waker.function(), ahead);
        let mut seat = Self { given, state, worker, announcer };
        seat.state.greets = session.greets;
        if !session.take.is_empty() {
            seat.state.settings.welcomed = true;
            seat.state.busy.insert(super::super::message::Task::Take);
            let _ = seat.worker.send(super::Command::TakeAll(session.take));
        }
        seat
    }
}

/// What needs no window and takes its time: the wallets are being read and the drawing thread waits while the system still
/// makes the window.
pub(super) struct Begun {
    seats: Vec<Seat>,
    board: Option<Board>,
    handed: Option<Handed>,
    texts: Texts,
    formats: Formats,
    pictures: Pictures,
    clock: Arc<dyn Clock>,
    waker: Waker,
}

impl Begun {
    pub(super) fn of(launch: Launch) -> Self {
        let waker = launch.board.as_ref().map(|board| board.waker.clone()).unwrap_or_default();
        let mut pictures = Pictures::start(waker.function());
        let given = (launch.theme, launch.language);
        let open = |session| {
            let (clock, announcer) = (Arc::clone(&launch.clock), launch.announcer.clone());
            let sketch = Sketch { ahead: pictures.ahead(), clock, announcer };
            Seat::open(session, given, &waker, sketch)
        };
        let seats: Vec<Seat> = launch.sessions.into_iter().map(open).collect();
        let language = seats.first().and_then(|seat| seat.state.settings.language).unwrap_or_else(Language::of_system);
        Self {
            seats,
            board: launch.board,
            handed: launch.door.map(|door| door.open(waker.function())),
            texts: Texts::new(language),
            formats: Formats { language, zone: TimeZone::system() },
            pictures,
            clock: launch.clock,
            waker,
        }
    }

    /// Goes on in a window, or in the thought of one: whatever was there before it is heard in its first frame.
    pub(super) fn within(self, ctx: &Context) -> Window {
        self.waker.is_for(ctx);
        ctx.set_fonts(fonts::definitions());
        let Self { seats, board, handed, texts, formats, pictures, clock, .. } = self;
        let (shown, applied, ground, frames, told) = (0, None, Cell::default(), 0, Told::Not);
        let incoming = super::Incoming::default();
        Window { seats, shown, board, handed, incoming, texts, formats, pictures, clock, applied, ground, frames, told }
    }

    fn height(&self) -> f32 {
        SIZE.y + if self.board.is_some() { strip::HEIGHT } else { 0.0 }
    }
}

/// A window whose first page is laid out on a thread of its own.
struct Rehearsal(Option<JoinHandle<Window>>);

impl Rehearsal {
    fn begin(begun: Begun, ctx: Context, size: Vec2) -> Self {
        Self(Some(std::thread::spawn(move || {
            let mut window = begun.within(&ctx);
            rehearse(&mut window, &ctx, size);
            tracing::debug!("the first page is laid out");
            window
        })))
    }

    /// The window, once it is rehearsed.
    fn window(mut self) -> Option<Window> {
        let window = self.0.take()?.join();
        Some(window.unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    }
}

impl Drop for Rehearsal {
    /// There is no place for the window: its workers end as they do with any other.
    fn drop(&mut self) {
        let _ = self.0.take().map(JoinHandle::join);
    }
}

/// Lays the first page out as the first frame will. It shows nothing; what stays is what takes long: fonts that were read, letters
/// that were drawn, lines that were broken.
pub(super) fn rehearse(window: &mut Window, ctx: &Context, size: Vec2) {
    // Of another size or theme all of it would be done again, and nobody knows the system's wishes yet.
    let settings = window.seats.first().map(|seat| &seat.state.settings);
    if settings.is_none_or(|settings| settings.text_size.factor() != 1.0) || !window.pictures.wait_for_reading() {
        return;
    }
    window.adopt_choices(ctx);
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, size)),
        max_texture_side: Some(art::MAX_SIDE as usize),
        time: Some(0.0),
        ..RawInput::default()
    };
    window.reserve(&mut input);
    let mut output = ctx.run_ui(input, |ui| {
        window.listen(ui.ctx());
        window.frame(ui);
    });
    window.pictures.is_rehearsed();
    // What is for the system is told it once it is there.
    let textures = ctx.tex_manager();
    let mut textures = textures.write();
    for (id, deltas) in output.textures_delta.set.drain() {
        // One that was let go already is nobody's.
        if textures.meta(id).is_some() {
            deltas.into_iter().for_each(|delta| textures.set(id, delta));
        }
    }
    drop(textures);
    output.textures_delta.clear();
    for command in output.viewport_output.into_values().flat_map(|viewport| viewport.commands) {
        ctx.send_viewport_cmd(command);
    }
}

/// As the library makes one when it is given none.
fn context() -> Context {
    let ctx = Context::default();
    ctx.set_embed_viewports(false);
    ctx.options_mut(|options| options.max_passes = std::num::NonZeroUsize::MIN.saturating_add(1));
    ctx
}

/// Opens the window and shows it until it is closed.
///
/// # Errors
/// When there is no display, or no way to draw on it.
pub fn run(launch: Launch) -> Result<(), String> {
    let icon = std::thread::spawn(icon);
    let begun = Begun::of(launch);
    let title = begun.texts.say("app-name");
    let size = vec2(SIZE.x, begun.height());
    let ctx = context();
    let rehearsal = Rehearsal::begin(begun, ctx.clone(), size);
    let viewport = egui::ViewportBuilder::default()
        .with_app_id("hongbao")
        .with_inner_size(size)
        .with_min_inner_size([420.0, 640.0])
        .with_drag_and_drop(true)
        .with_icon(icon.join().unwrap_or_default());
    // Every letter comes with the program; asking the system for others would read all fonts again.
    let options = eframe::NativeOptions { viewport, system_font_fallback: false, ..eframe::NativeOptions::default() };
    let create = move |_: &eframe::CreationContext<'_>| -> Result<Box<dyn eframe::App>, _> {
        let mut window = rehearsal.window().ok_or("there is no window")?;
        window.pictures.wait_for_first();
        Ok(Box::new(window))
    };
    eframe::run_native_ext(&title, options, Some(ctx), Box::new(create)).map_err(|error| {
        // The last part says why; those before it name files of the libraries.
        let told = error.to_string();
        told.rsplit(": ").next().unwrap_or_default().to_owned()
    })
}

fn icon() -> egui::IconData {
    let side = 128;
    art::render(&art::app_icon(128.0), side, side)
        .map(|raster| egui::IconData { rgba: raster.rgba, width: raster.width, height: raster.height })
        .unwrap_or_default()
}
