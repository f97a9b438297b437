//! A window that is played without a display: real wallets in folders of their own, doubles of an enterprise and of banks
//! over loopback, clicks and keys by role and label. It steps only when the window asks to be drawn, so a flow that forgets
//! to wake the window stands still and fails.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use egui::accesskit::{NodeId, Role, Toggled};
use egui::{Event, Key, Modifiers, PointerButton, Pos2, Rect, TexturesDelta, Vec2, ViewportId};
use egui_kittest::kittest::NodeT as _;
use egui_kittest::{Harness, Node, TestRenderer};
use jiff::tz::TimeZone;

use super::seen;
use crate::app::announce::Announcer;
use crate::app::raster::Raster;
use crate::app::settings::{Settings, ThemeChoice};
use crate::app::text::{Args, Language, Texts};
use crate::app::window::{Launch, Session, Window};
use crate::app::worker::Opener;
use crate::clock::Clock;
use crate::identity::keystore::{FileKeys, KeySource};
use crate::net::client::{Client, Reach};
use crate::packet::PacketFile;
use crate::random::SystemRandom;
use crate::wallet::tests::doubles::{Bank, Enterprise, Person};
use crate::wallet::{Surroundings, Wallet};

/// Seconds of the window's time between two frames.
const FRAME: f64 = 1.0 / 60.0;
/// Real time after which a flow that stands still has failed.
pub(super) const PATIENCE: Duration = Duration::from_secs(40);

/// Everybody whom a wallet meets.
pub(super) struct World {
    pub(super) runtime: tokio::runtime::Runtime,
    pub(super) enterprise: Arc<Enterprise>,
    pub(super) bank: Arc<Bank>,
}

impl World {
    pub(super) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let enterprise = runtime.block_on(Enterprise::start(1));
        let bank = runtime.block_on(Bank::start(2, "620000"));
        Self { runtime, enterprise, bank }
    }

    /// A person whose wallet knows the enterprise and the bank.
    pub(super) fn person(&self) -> Person {
        let person = Person::new();
        self.with(&person, async |wallet| {
            wallet.add_issuer(&self.enterprise.origin).await.unwrap();
            wallet.add_bank(&self.bank.origin).await.unwrap();
        });
        person
    }

    /// Does something with a person's wallet while no window shows it.
    pub(super) fn with<R>(&self, person: &Person, then: impl AsyncFnOnce(&Wallet) -> R) -> R {
        self.runtime.block_on(async {
            let wallet = person.wallet().await;
            let done = then(&wallet).await;
            wallet.close().await;
            done
        })
    }

    /// The address that the window shows for the enterprise.
    pub(super) fn host(&self) -> String {
        self.enterprise.origin.host()
    }
}

/// Writes a file beside a person's wallet.
pub(super) fn put(person: &Person, name: &str, bytes: &[u8]) -> PathBuf {
    let path = person.dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

/// Writes a packet beside a person's wallet.
pub(super) fn put_packet(person: &Person, name: &str, file: &PacketFile) -> PathBuf {
    put(person, name, &file.to_bytes())
}

/// How a window is opened.
pub(super) struct Opening {
    pub(super) size: [f32; 2],
    /// Pixels for each point.
    pub(super) scale: f32,
    pub(super) language: Language,
    pub(super) theme: ThemeChoice,
    pub(super) take: Option<PathBuf>,
    /// Whether the key lies in a file whose passphrase the window asks for.
    pub(super) sealed: bool,
    pub(super) settings: Settings,
    /// Who hears what the desktop is told.
    pub(super) announcer: Option<Arc<dyn Announcer>>,
}

impl Default for Opening {
    fn default() -> Self {
        let settings = Settings { welcomed: true, ..Settings::default() };
        Self {
            size: [1120.0, 760.0],
            scale: 1.0,
            language: Language::English,
            theme: ThemeChoice::Light,
            take: None,
            sealed: false,
            settings,
            announcer: None,
        }
    }
}

/// With what a person's window begins.
pub(super) fn launch(person: &Person, opening: Opening) -> Launch {
    let Opening { language, theme, take, sealed, settings, announcer, .. } = opening;
    let dir = person.dir.path().to_owned();
    if !dir.join(crate::app::settings::FILE_NAME).exists() {
        settings.save(&dir).unwrap();
    }
    let session = Session {
        dir,
        opener: opener(person, sealed),
        take: take.map(|take| take.display().to_string()).into_iter().collect(),
        greets: false,
    };
    let clock: Arc<dyn Clock> = person.clock.clone();
    let (language, theme) = (Some(language), Some(theme));
    Launch { sessions: vec![session], board: None, door: None, language, theme, announcer, clock }
}

/// What holds a window while it is played. It is made with its context, as a native one is.
#[derive(Default)]
pub(super) struct Stage(Option<Window>);

/// Keeps what is to be drawn for whoever wants to see it; and what was let go in the last frame.
struct Canvas(Rc<RefCell<Raster>>, Vec<egui::TextureId>);

impl TestRenderer for Canvas {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        let mut raster = self.0.borrow_mut();
        // What was let go in the last frame was still part of its picture.
        let mut gone = TexturesDelta::default();
        gone.free.extend(std::mem::take(&mut self.1));
        raster.free(&gone);
        gone.clear();
        raster.take(delta);
        self.1 = delta.free.iter().copied().collect();
        delta.clear();
    }
}

/// A window being played.
pub(super) struct Play {
    harness: Harness<'static, Rc<RefCell<Stage>>>,
    woken: Arc<AtomicBool>,
    bell: Receiver<()>,
    time: f64,
    copied: Vec<String>,
    texts: Texts,
    raster: Rc<RefCell<Raster>>,
    /// Frames drawn so far.
    pub(super) frames: usize,
}

impl Play {
    /// Opens a person's window and waits until its wallet is shown.
    pub(super) fn open(person: &Person, opening: Opening) -> Self {
        let (size, scale, language) = (opening.size, opening.scale, opening.language);
        let launch = launch(person, opening);
        let stage: Rc<RefCell<Stage>> = Rc::default();
        let (made, woken) = (Rc::clone(&stage), Arc::new(AtomicBool::new(true)));
        let (raster, wake) = (Rc::<RefCell<Raster>>::default(), Arc::clone(&woken));
        let (ring, bell) = sync_channel(1);
        let harness = Harness::builder()
            .with_size(size)
            .with_pixels_per_point(scale)
            .renderer(Canvas(Rc::clone(&raster), Vec::new()))
            .with_max_steps(1)
            .with_wait_for_pending_images(false)
            .with_context_setup(move |ctx| {
                ctx.set_request_repaint_callback(move |info| {
                    if info.delay == Duration::ZERO {
                        wake.store(true, Ordering::SeqCst);
                        let _ = ring.try_send(());
                    }
                });
                let mut window = Window::new(ctx, launch);
                window.set_zone(TimeZone::UTC);
                made.borrow_mut().0 = Some(window);
            })
            .build_ui_state(show, stage);
        let texts = Texts::new(language);
        let mut play = Self { harness, woken, bell, time: 10.0, copied: Vec::new(), texts, raster, frames: 0 };
        play.until("the wallet is shown", |play| {
            play.window(|window| window.seats[0].state.loaded || window.seats[0].state.closed.is_some())
        });
        play.settle();
        play
    }

    /// Looks at the window's own state: for waiting, and for what nobody can see.
    pub(super) fn window<R>(&self, look: impl FnOnce(&Window) -> R) -> R {
        look(self.harness.state().borrow().0.as_ref().unwrap())
    }

    /// Changes the window's own state, for pages that no flow leads to.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Window)) {
        change(self.harness.state().borrow_mut().0.as_mut().unwrap());
        self.woken.store(true, Ordering::SeqCst);
    }

    /// The words for a key, in the language that the window began with.
    pub(super) fn say(&self, key: &str) -> String {
        self.texts.say(key)
    }

    /// The words for a key with values.
    pub(super) fn tell(&self, key: &str, values: Args<'_>) -> String {
        self.texts.tell(key, values)
    }

    /// The language that is read.
    pub(super) fn language(&self) -> Language {
        self.texts.language()
    }

    /// Whether a text is the name of words, instead of words.
    pub(super) fn is_key(&self, text: &str) -> bool {
        self.texts.has(text)
    }

    /// Reads on in another language.
    pub(super) fn read_in(&mut self, language: Language) {
        self.texts = Texts::new(language);
    }

    /// Draws one frame.
    pub(super) fn step(&mut self) {
        self.time += FRAME;
        self.frames += 1;
        self.woken.store(false, Ordering::SeqCst);
        let _ = self.bell.try_recv();
        self.harness.input_mut().time = Some(self.time);
        self.harness.step();
        for command in &self.harness.output().platform_output.commands {
            if let egui::OutputCommand::CopyText(text) = command {
                self.copied.push(text.clone());
            }
        }
        self.no_clash();
    }

    /// Two things of one id are an error that egui paints.
    fn no_clash(&self) {
        let told = self.painted();
        let clash: Vec<_> = told.iter().filter(|text| text.contains("use of") && text.contains("ID")).collect();
        assert!(clash.is_empty(), "{clash:?}");
    }

    /// Every text that was painted.
    pub(super) fn painted(&self) -> Vec<String> {
        self.painted_at().into_iter().map(|(text, _, _)| text).collect()
    }

    /// Every text that was painted, where, and within which clip.
    pub(super) fn painted_at(&self) -> Vec<(String, Rect, Rect)> {
        let galleys = self.galleys().into_iter();
        galleys.map(|(galley, rect, clip)| (galley.text().to_owned(), rect, clip)).collect()
    }

    fn galleys(&self) -> Vec<(Arc<egui::Galley>, Rect, Rect)> {
        let mut told = Vec::new();
        for clipped in &self.harness.output().shapes {
            texts(&clipped.shape, clipped.clip_rect, &mut told);
        }
        told
    }

    fn is_woken(&self) -> bool {
        self.woken.load(Ordering::SeqCst)
    }

    /// Draws as long as the window asks for it at once.
    pub(super) fn settle(&mut self) {
        let begin = Instant::now();
        while self.is_woken() {
            self.step();
            assert!(begin.elapsed() < PATIENCE, "never at rest: {:?}", self.harness.ctx.repaint_causes());
        }
    }

    /// Draws when the window asks for it, until something is so.
    #[track_caller]
    pub(super) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let begin = Instant::now();
        while !is_so(self) {
            if self.is_woken() {
                self.step();
            } else {
                // Until it is woken; and now and then for what does not wake it, such as a file.
                let _ = self.bell.recv_timeout(Duration::from_millis(5));
            }
            assert!(begin.elapsed() < PATIENCE, "waited in vain until {what}; shown: {:#?}", self.shown());
        }
    }

    /// Waits until somewhere there is a text with these words.
    #[track_caller]
    pub(super) fn until_seen(&mut self, words: &str) {
        self.until(words, |play| play.sees(words));
        self.settle();
    }

    /// Waits until there is no text with these words any more.
    #[track_caller]
    pub(super) fn until_gone(&mut self, words: &str) {
        self.until(words, |play| !play.sees(words));
        self.settle();
    }

    /// Waits until nothing is being done.
    #[track_caller]
    pub(super) fn until_idle(&mut self) {
        self.until("nothing is being done", |play| play.window(|window| window.seats[0].state.busy.is_empty()));
        self.settle();
    }

    /// Waits until every picture is drawn.
    pub(super) fn until_drawn(&mut self) {
        self.until("every picture is drawn", |play| play.window(|window| !window.is_drawing()));
        // The last one may have been seen before the word that it is there.
        let _ = self.bell.recv_timeout(Duration::from_millis(10));
        self.settle();
    }

    /// Lets so many seconds pass at once, then lets time stand still until every picture of that instant is drawn.
    pub(super) fn hold_after(&mut self, seconds: f64) {
        self.time += seconds - FRAME;
        self.step();
        let begin = Instant::now();
        let mut is_drawn = false;
        while !is_drawn {
            assert!(begin.elapsed() < PATIENCE, "the pictures of an instant are never drawn");
            is_drawn = !self.window(Window::is_drawing);
            let _ = self.bell.recv_timeout(Duration::from_millis(2));
            self.time -= FRAME;
            self.step();
            is_drawn &= !self.window(Window::is_drawing);
        }
    }

    /// Takes the keyboard away from whatever has it.
    pub(super) fn let_go(&mut self) {
        self.harness.ctx.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
        self.step();
        self.settle();
    }

    /// Whether a sheet lies over the page, which takes everything else out of reach.
    pub(super) fn has_sheet(&self) -> bool {
        self.harness.ctx.memory(egui::Memory::top_modal_layer).is_some()
    }

    /// Lets go of whatever the person had begun: the keyboard, a menu, files over the window.
    pub(super) fn calm(&mut self) {
        egui::Popup::close_all(&self.harness.ctx);
        self.harness.ctx.memory_mut(|memory| {
            if let Some(id) = memory.focused() {
                memory.surrender_focus(id);
            }
        });
        self.harness.input_mut().hovered_files.clear();
        self.event(Event::PointerGone);
    }

    /// Lets time pass without anything happening; how many frames the window wanted meanwhile.
    pub(super) fn pass(&mut self, seconds: f64) -> usize {
        let (end, before) = (self.time + seconds, self.frames);
        self.settle();
        while self.time < end {
            let delay = self.harness.output().viewport_output[&ViewportId::ROOT].repaint_delay;
            let left = end - self.time;
            if delay.as_secs_f64() >= left {
                self.time = end;
                break;
            }
            self.time += delay.as_secs_f64();
            self.step();
            self.settle();
        }
        self.frames - before
    }

    /// All names and texts that are shown, for a person who reads a failure.
    pub(super) fn shown(&self) -> Vec<String> {
        self.nodes().iter().map(|node| format!("{:?} {:?}", node.accesskit_node().role(), spoken(node))).collect()
    }

    /// All nodes.
    pub(super) fn nodes(&self) -> Vec<Node<'_>> {
        self.harness.root().children_recursive().collect()
    }

    /// All things of a role whose name is such.
    fn named(&self, role: Role, is_such: impl Fn(&str) -> bool) -> Vec<Node<'_>> {
        let fits = |node: &Node<'_>| node.accesskit_node().role() == role && is_such(&name(node));
        self.nodes().into_iter().filter(fits).collect()
    }

    /// Whether a text with these words is shown.
    pub(super) fn sees(&self, words: &str) -> bool {
        self.nodes().iter().any(|node| spoken(node).contains(words))
    }

    /// Whether exactly one thing of this role and name is there.
    pub(super) fn has(&self, role: Role, label: &str) -> bool {
        self.named(role, |name| name == label).len() == 1
    }

    /// The one thing of this role and name.
    #[track_caller]
    fn find(&self, role: Role, label: &str) -> Node<'_> {
        let found = self.named(role, |name| name == label);
        assert!(found.len() == 1, "{} × {role:?} {label:?} in {:#?}", found.len(), self.shown());
        found[0]
    }

    /// The whole name of the one thing of this role whose name holds these words.
    #[track_caller]
    pub(super) fn shown_name(&self, role: Role, words: &str) -> String {
        let found: Vec<String> = self.named(role, |name| name.contains(words)).iter().map(spoken).collect();
        assert!(found.len() == 1, "{} × {role:?} {words:?} in {:#?}", found.len(), self.shown());
        found[0].clone()
    }

    /// How far down the buttons are whose names hold these words.
    pub(super) fn tops(&self, words: &str) -> Vec<f32> {
        let found = self.named(Role::Button, |name| name.contains(words));
        found.iter().map(|node| node.rect().top()).collect()
    }

    /// Whether it is dark.
    pub(super) fn dark(&self) -> bool {
        self.harness.ctx.theme() == egui::Theme::Dark
    }

    /// Where the one thing of this role and name is.
    #[track_caller]
    pub(super) fn place(&self, role: Role, label: &str) -> Rect {
        self.find(role, label).rect()
    }

    /// Whether something can be pressed.
    #[track_caller]
    pub(super) fn is_enabled(&self, role: Role, label: &str) -> bool {
        !self.find(role, label).accesskit_node().is_disabled()
    }

    /// Whether something is chosen.
    #[track_caller]
    pub(super) fn is_chosen(&self, role: Role, label: &str) -> bool {
        self.find(role, label).accesskit_node().toggled() == Some(Toggled::True)
    }

    /// Clicks the one thing of this role and name, where a pointer would.
    #[track_caller]
    pub(super) fn click(&mut self, role: Role, label: &str) {
        self.bring_into_view(role, label);
        let node = self.find(role, label);
        assert!(!node.accesskit_node().is_disabled(), "{role:?} {label:?} cannot be pressed");
        let at = node.rect().center();
        self.click_at(at);
    }

    /// Presses the button of this name.
    #[track_caller]
    pub(super) fn press(&mut self, label: &str) {
        self.click(Role::Button, label);
    }

    /// Presses the button whose name is the words for `key`.
    #[track_caller]
    pub(super) fn press_key(&mut self, key: &str) {
        let label = self.say(key);
        self.press(&label);
    }

    /// Goes to a page by the rail or the bar.
    #[track_caller]
    pub(super) fn go(&mut self, key: &str) {
        let label = self.say(key);
        let at = self.named(Role::Tab, |name| name.contains(&label)).first().map(|node| node.rect().center());
        self.click_at(at.unwrap_or_else(|| panic!("no tab {label}")));
    }

    fn click_at(&mut self, at: Pos2) {
        self.tap_at(at);
        self.event(Event::PointerGone);
        self.settle();
    }

    fn tap_at(&mut self, pos: Pos2) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.event(Event::PointerMoved(pos));
        for pressed in [true, false] {
            self.event(Event::PointerButton { pos, button, pressed, modifiers });
        }
    }

    /// Clicks a button and looks no further than the frame in which it was let go.
    #[track_caller]
    pub(super) fn tap(&mut self, label: &str) {
        let at = self.place(Role::Button, label).center();
        self.tap_at(at);
    }

    /// Several things within one frame.
    pub(super) fn together(&mut self, events: Vec<Event>) {
        self.harness.input_mut().events.extend(events);
        self.step();
        self.settle();
    }

    pub(super) fn event(&mut self, event: Event) {
        self.harness.input_mut().events.push(event);
        self.step();
    }

    /// Scrolls until something can be hit.
    #[track_caller]
    fn bring_into_view(&mut self, role: Role, label: &str) {
        let screen = self.harness.ctx.content_rect().shrink(2.0);
        for _ in 0..4 {
            if screen.contains(self.find(role, label).rect().center()) {
                return;
            }
            self.find(role, label).scroll_to_me();
            self.step();
            self.settle();
        }
    }

    /// Types into the field of this name, after emptying it.
    #[track_caller]
    pub(super) fn type_into(&mut self, label: &str, text: &str) {
        let role = if self.has(Role::PasswordInput, label) { Role::PasswordInput } else { Role::TextInput };
        self.click(role, label);
        self.select_all();
        self.type_text(text);
    }

    /// Marks everything in the field that has the keyboard.
    pub(super) fn select_all(&mut self) {
        self.key_with(Modifiers::COMMAND, Key::A);
    }

    /// The names of everything that can be clicked or typed into.
    pub(super) fn reachable(&self) -> Vec<String> {
        self.nodes()
            .iter()
            .filter(|node| is_control(node) && !node.accesskit_node().is_disabled())
            .map(spoken)
            .collect()
    }

    /// Types where the keyboard is.
    pub(super) fn type_text(&mut self, text: &str) {
        self.event(Event::Text(text.to_owned()));
        self.settle();
    }

    /// Presses a key.
    pub(super) fn key(&mut self, key: Key) {
        self.key_with(Modifiers::NONE, key);
    }

    /// Presses a key together with others.
    pub(super) fn key_with(&mut self, modifiers: Modifiers, key: Key) {
        for pressed in [true, false] {
            self.harness.input_mut().events.push(Event::ModifiersChanged(modifiers));
            self.event(Event::Key { key, physical_key: None, pressed, repeat: false, modifiers });
        }
        self.event(Event::ModifiersChanged(Modifiers::NONE));
        self.settle();
    }

    /// Presses Tab until the thing of this role and name has the keyboard.
    #[track_caller]
    pub(super) fn tab_to(&mut self, role: Role, label: &str) {
        for _ in 0..80 {
            if self.has(role, label) && self.find(role, label).is_focused() {
                return;
            }
            self.key(Key::Tab);
        }
        panic!("{role:?} {label:?} is not reached by Tab in {:#?}", self.shown());
    }

    /// What is written in the field that has the keyboard.
    pub(super) fn focused_value(&self) -> String {
        let focused = self.nodes().into_iter().find(Node::is_focused);
        focused.and_then(|node| node.accesskit_node().value()).unwrap_or_default()
    }

    /// What kind of thing has the keyboard.
    pub(super) fn focused_role(&self) -> Option<Role> {
        self.nodes().iter().find(|node| node.is_focused()).map(|node| node.accesskit_node().role())
    }

    /// Where an input method puts what it offers.
    pub(super) fn composes_at(&self) -> Option<Rect> {
        self.harness.output().platform_output.ime.as_ref().map(|ime| ime.cursor_rect)
    }

    /// What has the keyboard.
    pub(super) fn focused(&self) -> Option<String> {
        self.nodes().iter().find(|node| node.is_focused()).map(spoken)
    }

    /// Where the thing is that has the keyboard.
    pub(super) fn focused_place(&self) -> Option<Rect> {
        self.nodes().iter().find(|node| node.is_focused()).map(Node::rect)
    }

    /// Turns the wheel over the middle of the window, down when negative.
    pub(super) fn scroll(&mut self, by: f32) {
        let middle = self.screen().center();
        self.event(Event::PointerMoved(middle));
        let delta = Vec2::new(0.0, by);
        self.event(Event::MouseWheel {
            unit: egui::MouseWheelUnit::Point,
            delta,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        self.event(Event::PointerGone);
        self.settle();
    }

    /// How many shapes the last frame drew.
    pub(super) fn shapes(&self) -> usize {
        self.harness.output().shapes.len()
    }

    /// Drops a file onto the window.
    pub(super) fn drop_file(&mut self, path: &Path) {
        self.harness.input_mut().dropped_files.push(Arc::new(Dropped(path.to_owned())));
        self.step();
    }

    /// Pastes a text while nothing has the keyboard.
    pub(super) fn paste(&mut self, text: &str) {
        self.let_go();
        self.event(Event::Paste(text.to_owned()));
        self.settle();
    }

    /// Hangs files over the window, or takes them away.
    pub(super) fn hover_files(&mut self, count: usize) {
        let input = self.harness.input_mut();
        input.hovered_files = vec![egui::HoveredFile::default(); count];
        self.step();
    }

    /// What was copied last.
    pub(super) fn copied(&self) -> Option<&str> {
        self.copied.last().map(String::as_str)
    }

    /// Makes the window another size.
    pub(super) fn resize(&mut self, size: [f32; 2]) {
        self.harness.set_size(Vec2::from(size));
        self.step();
        self.settle();
    }

    /// The last frame's meshes on a ground, drawn on the CPU.
    pub(super) fn picture(&self) -> egui::ColorImage {
        let output = self.harness.output();
        let scale = output.pixels_per_point;
        let primitives = self.harness.ctx.tessellate(output.shapes.clone(), scale);
        let size = self.harness.ctx.content_rect().size() * scale;
        self.raster.borrow().draw([size.x as usize, size.y as usize], scale, egui::Color32::BLACK, &primitives)
    }

    /// The part of the last frame within a rectangle of points.
    pub(super) fn picture_of(&self, part: Rect) -> egui::ColorImage {
        let output = self.harness.output();
        let scale = output.pixels_per_point;
        let near = output.shapes.iter().filter(|clipped| {
            let seen = clipped.shape.visual_bounding_rect().intersect(clipped.clip_rect);
            seen.intersects(part)
        });
        let primitives = self.harness.ctx.tessellate(near.cloned().collect(), scale);
        let size = [part.width(), part.height()].map(|side| (side * scale).ceil() as usize);
        let mut picture = egui::ColorImage::filled(size, egui::Color32::BLACK);
        self.raster.borrow().draw_on(&mut picture, part.min, scale, &primitives);
        picture
    }

    /// Pixels of a point.
    pub(super) fn scale(&self) -> f32 {
        self.harness.output().pixels_per_point
    }

    /// Every text of the last frame, on request with what lies behind it.
    pub(super) fn texts(&self, on_ground: bool) -> Vec<seen::Text> {
        if !on_ground {
            return seen::texts(&self.harness.output().shapes);
        }
        let (raster, size) = (self.raster.borrow(), self.screen().size());
        let frame = seen::Frame { ctx: &self.harness.ctx, raster: &raster, size, scale: self.scale() };
        seen::texts_on_ground(&self.harness.output().shapes, frame)
    }

    /// The letters of the last frame that no font has.
    pub(super) fn missing_letters(&self) -> BTreeSet<String> {
        let mut missing = BTreeSet::new();
        for (galley, _, _) in self.galleys() {
            for section in &galley.job.sections {
                let (font, words) = (&section.format.font_id, &galley.job.text);
                let range = section.byte_range.start.0..section.byte_range.end.0;
                for letter in words[range].chars().filter(|letter| !letter.is_control()) {
                    if !self.harness.ctx.fonts_mut(|fonts| fonts.has_glyph(font, letter)) {
                        missing.insert(format!("{letter:?} in {words:?}"));
                    }
                }
            }
        }
        missing
    }

    /// Scrolls a node into view; where it is then.
    pub(super) fn scroll_to(&mut self, id: NodeId) -> Option<Rect> {
        self.node(id)?.scroll_to_me();
        self.step();
        self.settle();
        Some(self.node(id)?.rect())
    }

    /// Gives a node the keyboard; where it is then. None when it does not take it.
    pub(super) fn focus(&mut self, id: NodeId) -> Option<Rect> {
        self.node(id)?.focus();
        self.step();
        self.settle();
        self.node(id).filter(Node::is_focused).map(|node| node.rect())
    }

    pub(super) fn node(&self, id: NodeId) -> Option<Node<'_>> {
        self.nodes().into_iter().find(|node| id_of(node) == id)
    }

    /// Turns the wheel over a place; whether a text moved along as far as was asked for. Then turns it back.
    pub(super) fn wheel(&mut self, at: Pos2, delta: Vec2, text: &seen::Text) -> bool {
        let turn = |play: &mut Self, delta: Vec2| {
            play.event(Event::PointerMoved(at));
            let unit = egui::MouseWheelUnit::Point;
            let (phase, modifiers) = (egui::TouchPhase::Move, Modifiers::NONE);
            let source = egui::MouseWheelSource::Unknown;
            play.event(Event::MouseWheel { unit, delta, phase, modifiers, source });
            play.settle();
        };
        turn(self, delta);
        let wanted = text.rect.translate(delta);
        let is_there = |rect: &Rect| rect.min.distance(wanted.min) < 2.0;
        let moved = self.painted_at().iter().any(|(words, rect, _)| *words == text.words && is_there(rect));
        turn(self, -delta);
        self.event(Event::PointerGone);
        self.settle();
        moved
    }

    /// The size of the window.
    pub(super) fn screen(&self) -> Rect {
        self.harness.ctx.content_rect()
    }
}

/// One frame of the window, over all of it.
fn show(ui: &mut egui::Ui, stage: &mut Rc<RefCell<Stage>>) {
    let mut stage = stage.borrow_mut();
    let Some(window) = &mut stage.0 else { return };
    let ctx = ui.ctx().clone();
    window.listen(&ctx);
    let all = ctx.content_rect();
    let mut whole = ui.new_child(egui::UiBuilder::new().max_rect(all));
    whole.set_clip_rect(all);
    window.frame(&mut whole);
}

pub(super) fn opener(person: &Person, sealed: bool) -> Opener {
    let (dir, memory, clock) = (person.dir.path().to_owned(), Arc::clone(&person.keys), Arc::clone(&person.clock));
    Box::new(move |ask| {
        let keys: Arc<dyn KeySource> =
            if sealed { Arc::new(FileKeys::new(&dir, ask, Arc::new(SystemRandom))) } else { memory };
        let client = Client::new(Reach::Public { loopback: Default::default() }, "hongbao/test").unwrap();
        Ok((dir, Surroundings { keys, clock, random: Arc::new(SystemRandom), client }))
    })
}

/// Whether a node is something to press, to choose or to type into.
pub(super) fn is_control(node: &Node<'_>) -> bool {
    use Role::{Button, CheckBox, MultilineTextInput, PasswordInput, RadioButton, Tab, TextInput};
    let roles = [Button, CheckBox, MultilineTextInput, PasswordInput, RadioButton, Tab, TextInput];
    roles.contains(&node.accesskit_node().role())
}

/// What tells a node from others.
pub(super) fn id_of(node: &Node<'_>) -> NodeId {
    node.accesskit_node().locate().0
}

/// A control's name; a text's words.
pub(super) fn name(node: &Node<'_>) -> String {
    let node = node.accesskit_node();
    let name = if node.role() == Role::Label { node.value() } else { node.label() };
    name.unwrap_or_default()
}

/// What a screen reader says of a node.
pub(super) fn spoken(node: &Node<'_>) -> String {
    let node = node.accesskit_node();
    [node.label(), node.value()].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

fn texts(shape: &egui::Shape, clip: Rect, told: &mut Vec<(Arc<egui::Galley>, Rect, Rect)>) {
    match shape {
        egui::Shape::Text(text) => told.push((Arc::clone(&text.galley), shape.visual_bounding_rect(), clip)),
        egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| texts(shape, clip, told)),
        _ => {}
    }
}

#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }

    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("the window reads no file itself".into())
    }
}
