//! The window itself: one or more wallets, one shown at a time; draws, routes, wakes.

mod incoming;
mod start;

use std::cell::Cell;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use egui::{Color32, Context, Ui};

use super::announce::Announcer;
use super::format::Formats;
use super::instance::{Door, Handed};
use super::look::{Look, Room};
use super::message::{Command, Data, Fault, Pixels};
use super::over;
use super::pictures::Pictures;
use super::screens::{
    activity, forward, friends, keep, money, packet, packets, passphrase, rewards, settings as settings_page, welcome,
};
use super::settings::{Settings, ThemeChoice};
use super::shell::{self, SyncSign};
use super::state::{Act, Effect, Page, State};
use super::strip::{self, Board};
use super::text::{Language, Texts};
use super::theme::{self, Theme};
use super::worker::{Opener, Worker};
use crate::clock::Clock;

use self::incoming::Incoming;
use self::start::Begun;
pub use self::start::run;

/// A wallet to show.
pub struct Session {
    /// The wallet's folder.
    pub dir: PathBuf,
    /// Makes its surroundings.
    pub opener: Opener,
    /// What to take in at the beginning: files, folders, links.
    pub take: Vec<String>,
    /// Whether the first packet to open is shown as soon as it is there.
    pub greets: bool,
}

/// With what a window begins.
pub struct Launch {
    /// The wallets; the first is shown.
    pub sessions: Vec<Session>,
    /// Of two wallets: what the strip below them shows.
    pub board: Option<Board>,
    /// Where further starts of the first wallet's window hand over.
    pub door: Option<Door>,
    /// Instead of the language that was chosen before.
    pub language: Option<Language>,
    /// Instead of the theme that was chosen before.
    pub theme: Option<ThemeChoice>,
    /// Tells the desktop what happens while nobody looks; nobody does without one.
    pub announcer: Option<Arc<dyn Announcer>>,
    /// Time.
    pub clock: Arc<dyn Clock>,
}

impl std::fmt::Debug for Launch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Launch").field("sessions", &self.sessions.len()).finish_non_exhaustive()
    }
}

/// What wakes the window once it is there.
#[derive(Clone, Default)]
pub(super) struct Waker(Arc<OnceLock<Context>>);

impl Waker {
    pub(super) fn is_for(&self, ctx: &Context) {
        let _ = self.0.set(ctx.clone());
    }

    pub(super) fn function(&self) -> Arc<dyn Fn() + Send + Sync> {
        let waker = self.clone();
        Arc::new(move || waker.wake())
    }

    pub(super) fn wake(&self) {
        if let Some(ctx) = self.0.get() {
            ctx.request_repaint();
        }
    }

    /// Asks the window to close, once it is there.
    pub(super) fn close(&self) {
        if let Some(ctx) = self.0.get() {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
            ctx.request_repaint();
        }
    }
}

/// One wallet's part of the window.
pub(super) struct Seat {
    /// What holds only for this time, and what was kept instead of it.
    given: Given,
    pub(super) state: State,
    pub(super) worker: Worker,
    announcer: Option<Arc<dyn Announcer>>,
}

/// A language and a theme that were given for one time.
struct Given {
    language: Option<Language>,
    theme: Option<ThemeChoice>,
    kept: (Option<Language>, ThemeChoice),
}

impl Given {
    /// The choices to keep: what was only given, and not chosen since, leaves what was kept before.
    fn leave_out(&self, mut settings: Settings) -> Settings {
        if self.language.is_some() && settings.language == self.language {
            settings.language = self.kept.0;
        }
        if self.theme == Some(settings.theme) {
            settings.theme = self.kept.1;
        }
        settings
    }
}

/// The window.
pub(super) struct Window {
    pub(super) seats: Vec<Seat>,
    pub(super) shown: usize,
    board: Option<Board>,
    handed: Option<Handed>,
    incoming: Incoming,
    texts: Texts,
    formats: Formats,
    pictures: Pictures,
    clock: Arc<dyn Clock>,
    applied: Option<(Theme, u16)>,
    /// What this frame's ground was filled with already.
    ground: Cell<Option<Color32>>,
    frames: usize,
    told: Told,
}

/// Whether it was told that everything is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It is not, or nobody listens.
    Not,
    /// It will be once this frame is painted.
    Soon,
    /// It was.
    Yes,
}

impl Window {
    /// A window for a context that exists.
    pub(super) fn new(ctx: &Context, launch: Launch) -> Self {
        let mut window = Begun::of(launch).within(ctx);
        window.pictures.wait_for_first();
        window
    }

    /// A window of this size that was only rehearsed so far.
    #[cfg(test)]
    pub(super) fn rehearsed(ctx: &Context, launch: Launch, size: egui::Vec2) -> Self {
        let mut window = Begun::of(launch).within(ctx);
        start::rehearse(&mut window, ctx, size);
        window
    }

    /// Where the person's clock is, for pictures that must be the same everywhere.
    #[cfg(test)]
    pub(super) fn set_zone(&mut self, zone: jiff::tz::TimeZone) {
        self.formats.zone = zone;
    }

    /// Whether drawings are still being made.
    pub(super) const fn is_drawing(&self) -> bool {
        self.pictures.is_drawing()
    }

    /// Whether all is there that the shown wallet's page has to show, and nothing is under way.
    pub(super) fn is_at_rest(&self) -> bool {
        let Some(Seat { state, .. }) = self.seats.get(self.shown) else { return true };
        let waits = matches!(state.page, Page::Packet(_) | Page::Where(_)) && state.packet.packet.is_none();
        state.closed.is_some() || state.loaded && state.busy.is_empty() && !waits && !self.is_drawing()
    }

    /// Tells, when one listens, which frame this is, and once when everything that the first page has to show was painted: the
    /// frame before this one.
    fn tell_of_frame(&mut self) {
        tracing::trace!(number = self.frames, "a frame");
        self.frames += 1;
        if self.told == Told::Soon {
            tracing::debug!(frames = self.frames - 1, "everything is shown");
            self.told = Told::Yes;
        }
    }

    /// Hears what the workers have to say; also while the window is hidden.
    pub(super) fn listen(&mut self, ctx: &Context) {
        let (time, watched) = ctx.input(|input| (input.time, input.viewport().focused.unwrap_or(input.focused)));
        self.take_what_was_handed_over(ctx);
        for seat in &mut self.seats {
            seat.state.time = time;
            seat.state.watched = watched;
            while let Some(event) = seat.worker.event() {
                let effects = seat.state.hear(event, &self.texts);
                carry_out(ctx, seat, effects);
            }
        }
    }

    /// Shows what a second start was given, and comes forward; it does nothing else with it.
    fn take_what_was_handed_over(&mut self, ctx: &Context) {
        let (Some(handed), Some(seat)) = (&self.handed, self.seats.first_mut()) else { return };
        while let Some(take) = handed.next() {
            for command in [
                egui::ViewportCommand::Minimized(false),
                egui::ViewportCommand::Focus,
                egui::ViewportCommand::RequestUserAttention(egui::UserAttentionType::Informational),
            ] {
                ctx.send_viewport_cmd(command);
            }
            if !take.is_empty() {
                let effects = seat.state.act(Act::TakeAll(take), &self.texts);
                carry_out(ctx, seat, effects);
            }
        }
    }

    /// Leaves room for the strip below everything else. No texture is larger than the largest drawing, also the one with the
    /// letters: as long as its limit is the same, letters that were drawn before there was a window are still there.
    pub(super) fn reserve(&self, input: &mut egui::RawInput) {
        input.max_texture_side = input.max_texture_side.map(|side| side.min(crate::art::MAX_SIDE as usize));
        if let (Some(_), Some(all)) = (&self.board, input.screen_rect) {
            let bottom = strip::height(all.width());
            let margin = egui::epaint::MarginF32 { bottom, ..egui::epaint::MarginF32::ZERO };
            input.safe_area_insets = Some(egui::SafeAreaInsets(margin));
        }
    }

    /// Draws one frame and takes up what the person did.
    pub(super) fn frame(&mut self, ui: &mut Ui) {
        let ctx = ui.ctx().clone();
        self.pictures.begin_frame(&ctx);
        self.adopt_choices(&ctx);
        let data: Vec<Arc<Data>> = self.seats.iter().map(|seat| Arc::clone(&seat.state.data)).collect();
        let Some(seat) = self.seats.get_mut(self.shown) else { return };
        seat.state.time = ctx.input(|input| input.time);
        let mut acts = self.incoming.acts(&ctx);
        let mut look = Look {
            theme: theme_of(&ctx, &seat.state.settings),
            texts: &self.texts,
            formats: &self.formats,
            pictures: &mut self.pictures,
            now: self.clock.now(),
            time: seat.state.time,
            room: Room::of(ctx.content_rect().width()),
        };
        let ground = look.tokens().bg;
        if self.ground.take() != Some(ground) {
            ui.painter().rect_filled(ctx.content_rect(), 0.0, ground);
        }
        acts.extend(super::widgets::inside(ui, ctx.content_rect(), |ui| draw(ui, &mut look, &seat.state)));
        for act in acts {
            let effects = seat.state.act(act, &self.texts);
            carry_out(&ctx, seat, effects);
            ctx.request_repaint();
        }
        if self.board.as_ref().is_some_and(|board| below(ui, &mut look, board, &data, self.shown)) {
            self.be_other(&ctx);
        }
    }

    /// Shows the other wallet, which looks at once what arrived meanwhile.
    fn be_other(&mut self, ctx: &Context) {
        self.shown = 1 - self.shown.min(1);
        if let Some(seat) = self.seats.get_mut(self.shown) {
            let effects = seat.state.act(Act::Sync, &self.texts);
            carry_out(ctx, seat, effects);
        }
        ctx.request_repaint();
    }

    /// Brings language, colours and size in line with the choices.
    fn adopt_choices(&mut self, ctx: &Context) {
        let Some(seat) = self.seats.get(self.shown) else { return };
        let settings = &seat.state.settings;
        if let Some(language) = settings.language
            && language != self.texts.language()
        {
            self.texts = Texts::new(language);
            self.formats.language = language;
        }
        let theme = theme_of(ctx, settings);
        let wanted = (theme, settings.text_size.percent());
        if self.applied != Some(wanted) {
            theme::apply(ctx, theme);
            ctx.set_zoom_factor(settings.text_size.factor());
            self.applied = Some(wanted);
        }
    }
}

/// Shows the strip below the wallets; true when one wants to be the other.
fn below(ui: &Ui, look: &mut Look<'_>, board: &Board, data: &[Arc<Data>], shown: usize) -> bool {
    let [first, friend] = data else { return false };
    let all = ui.ctx().viewport_rect();
    let place = egui::Rect::from_min_max(egui::pos2(all.left(), ui.ctx().content_rect().bottom()), all.max);
    strip::view(ui, look, board, [first, friend], shown, place)
}

fn theme_of(ctx: &Context, settings: &Settings) -> Theme {
    let dark = match settings.theme {
        ThemeChoice::Light => false,
        ThemeChoice::Dark => true,
        ThemeChoice::System => ctx.system_theme() == Some(egui::Theme::Dark),
    };
    Theme { dark, still: settings.reduced_motion }
}

fn carry_out(ctx: &Context, seat: &mut Seat, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Announce(announcement) => {
                if let Some(announcer) = &seat.announcer {
                    announcer.announce(announcement);
                }
            }
            Effect::Copy(text) => ctx.copy_text(text),
            Effect::CopySecret(text) => {
                ctx.copy_text(text.0.to_string());
                let _ = seat.worker.send(Command::TakeBack(text));
            }
            Effect::CopyPicture(Pixels { size: [width, height], rgb }) => {
                ctx.copy_image(egui::ColorImage::from_rgb([width as usize, height as usize], &rgb));
            }
            Effect::Command(Command::Keep(settings)) => {
                let _ = seat.worker.send(Command::Keep(seat.given.leave_out(settings)));
            }
            Effect::Command(command) => {
                let task = command.task();
                if !seat.worker.send(command)
                    && let Some(task) = task
                {
                    // The worker has more to do than a person can click; this was not taken on.
                    seat.state.ended(task);
                }
            }
        }
    }
}

/// Draws everything; what the person did.
fn draw(ui: &mut Ui, look: &mut Look<'_>, state: &State) -> Vec<Act> {
    let ctx = ui.ctx().clone();
    if let Some(fault) = &state.closed {
        closed(ui, look, fault);
        return Vec::new();
    }
    let (place, act) = shell::around(ui, look, state);
    let mut acts: Vec<Act> = act.into_iter().collect();
    let place = over::offline_line(ui, look, state, place);
    acts.extend(super::widgets::inside(ui, place, |ui| page(ui, look, state)));
    if let (Some(sheet), Some(packet)) = (&state.forward, &state.packet.packet) {
        acts.extend(forward::view(&ctx, look, sheet, packet, &state.data, &state.busy));
    }
    if state.is_first_run() && state.keep.is_none() {
        acts.extend(welcome::view(&ctx, look));
    }
    if let Some(sheet) = &state.keep {
        acts.extend(keep::view(&ctx, look, sheet, &state.busy));
    }
    if let Some(question) = &state.passphrase {
        acts.extend(passphrase::view(&ctx, look, question));
    }
    acts.extend(over::toasts(ui, look, &state.toasts));
    if state.passphrase.is_none() {
        acts.extend(over::under_way(ui, look, state));
    }
    if ctx.input(|input| !input.raw.hovered_files.is_empty()) {
        packets::drop_overlay(&ctx, look);
    }
    acts
}

fn page(ui: &mut Ui, look: &mut Look<'_>, state: &State) -> Option<Act> {
    ui.push_id(std::mem::discriminant(&state.page), |ui| match &state.page {
        Page::Packets => {
            let around = packets::Around {
                data: &state.data,
                found: &state.found,
                sync: SyncSign::of(look, state),
                reminds_of_backup: state.reminds_of_backup(),
            };
            packets::view(ui, look, &state.packets, &around)
        }
        Page::Packet(_) | Page::Where(_) => {
            let around = packet::Around {
                data: &state.data,
                found: &state.found,
                busy: &state.busy,
                show_me: state.settings.show_me,
                offline: state.sync.offline,
            };
            match state.page {
                Page::Where(_) => packet::where_view(ui, look, &state.packet, &around),
                _ => packet::view(ui, look, &state.packet, &around),
            }
        }
        Page::Money => money::view(ui, look, &state.data, &state.sync),
        Page::Refused => {
            state.refused.as_ref().and_then(|refusal| packet::refused_view(ui, look, refusal, &state.busy))
        }
        Page::Rewards => rewards::view(ui, look, &state.rewards, &state.data, &state.busy),
        Page::Friends => friends::view(ui, look, &state.friends, &state.data, &state.busy),
        Page::Activity => {
            let around = activity::Around::of(&state.data, &state.busy, &state.dir);
            activity::view(ui, look, &state.activity, &around)
        }
        Page::Settings => {
            let around = settings_page::Around {
                data: &state.data,
                settings: &state.settings,
                busy: &state.busy,
                dir: &state.dir,
            };
            settings_page::view(ui, look, &state.settings_page, &around)
        }
    })
    .inner
}

fn closed(ui: &mut Ui, look: &mut Look<'_>, fault: &Fault) {
    let (what, money, next) = super::fault_words(look.texts, fault);
    let title = look.say("no-wallet");
    super::widgets::centred(ui, 460.0, |ui| {
        ui.add_space(120.0);
        super::widgets::empty(ui, look, theme::icons::WARNING_CIRCLE, [&title, &format!("{what} {money} {next}")]);
    });
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _: &mut eframe::Frame) {
        self.tell_of_frame();
        self.listen(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _: &mut eframe::Frame) {
        self.frame(ui);
        if self.told == Told::Not && tracing::enabled!(tracing::Level::DEBUG) && self.is_at_rest() {
            self.told = Told::Soon;
            ui.ctx().request_repaint();
        }
    }

    fn raw_input_hook(&mut self, _: &Context, input: &mut egui::RawInput) {
        self.reserve(input);
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        self.ground.set(Some(visuals.panel_fill));
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
