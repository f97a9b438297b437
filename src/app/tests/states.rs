//! Everything the window can show, by name: every page, and beside them what only lasts, hangs over a page, or has to be
//! pressed for. Pictures and properties go through this list, so whatever is added to it is covered.

use egui::accesskit::Role;

use super::extreme;
use super::fixture;
use super::pages::{Do, on, pages, show, unpictured};
use super::play::Play;
use super::relations;
use crate::api::states::CollectionState;
use crate::app::message::{Data, Event, Task};
use crate::app::screens::packet;
use crate::app::state::{Act, Page, State};
use crate::app::text::Texts;

/// What the window shows, and how it gets there.
pub(super) struct Scene {
    pub(super) name: &'static str,
    doing: Vec<Do>,
    then: Then,
}

/// What happens once the page is there.
enum Then {
    /// Nothing.
    Rest,
    /// Something only the window's own state knows.
    Change(fn(&mut State, &Texts)),
    /// Tab, so often.
    Tab(usize),
    /// The button of this name is pressed.
    Press(&'static str),
    /// Files hang over the window.
    Files,
    /// The moment of opening, so many seconds after it began.
    Moment(f64),
}

/// All that can be shown.
pub(super) fn scenes() -> Vec<Scene> {
    let rest = |(name, doing)| Scene { name, doing, then: Then::Rest };
    let mut scenes: Vec<Scene> = pages().into_iter().map(rest).collect();
    scenes.extend(moments());
    scenes.extend(passing());
    scenes
}

/// The same, what became of what was passed on, and strangers' texts as long and as odd as they may be.
pub(super) fn all_scenes() -> Vec<Scene> {
    let mut scenes = scenes();
    let unpictured = extreme::pages().into_iter().chain(relations::pages()).chain(unpictured());
    scenes.extend(unpictured.map(|(name, doing)| Scene { name, doing, then: Then::Rest }));
    scenes
}

fn moments() -> Vec<Scene> {
    let mut collected = on(fixture::collected_one(CollectionState::Paid));
    // No bank is asked about what was collected.
    collected.pop();
    let scene = |name, doing, at| Scene { name, doing, then: Then::Moment(at) };
    vec![
        scene("opening, begun", on(fixture::opened_one()), 0.62),
        scene("opening", on(fixture::opened_one()), 1.9),
        scene("opening, goods", on(fixture::goods_one()), 1.9),
        scene("opening, collected", collected, 1.9),
    ]
}

fn passing() -> Vec<Scene> {
    let packets =
        || -> Vec<Do> { fixture::full().into_iter().map(Do::Hear).chain([Do::Act(Act::Go(Page::Packets))]).collect() };
    let empty = || -> Vec<Do> {
        let nothing = fixture::told(Data::default()).into_iter().map(Do::Hear);
        nothing.chain([Do::Act(Act::Go(Page::Packets))]).collect()
    };
    let scene = |name, doing, then| Scene { name, doing, then };
    vec![
        scene("welcome", empty(), Then::Change(|state, _| state.settings.welcomed = false)),
        scene("no wallet", empty(), Then::Change(|state, _| state.closed = Some(fixture::fault("database")))),
        scene("toasts", packets(), Then::Change(say_two_things)),
        scene("syncing", packets(), Then::Change(be_busy)),
        scene("files over the window", packets(), Then::Files),
        scene("focus", packets(), Then::Tab(8)),
        scene("envelope, menu", on(fixture::from_a_friend()), Then::Press("more")),
    ]
}

fn be_busy(state: &mut State, _: &Texts) {
    state.busy.insert(Task::Sync);
}

fn say_two_things(state: &mut State, texts: &Texts) {
    let _ = state.hear(Event::CardWritten, texts);
    let _ = state.hear(Event::Failed(None, fixture::fault("unreachable")), texts);
}

impl Scene {
    /// Brings the window there, from wherever it was.
    pub(super) fn bring(self, play: &mut Play) {
        play.calm();
        let texts = Texts::new(play.language());
        play.change(|window| {
            let state = &mut window.seats[0].state;
            state.closed = None;
            state.settings.welcomed = true;
            state.settings.reduced_motion = true;
            state.dir = "/home/lin/hongbao".into();
            state.settings_page = Default::default();
            state.packets = Default::default();
            state.found = Default::default();
        });
        show(play, self.doing);
        match self.then {
            Then::Rest => {}
            Then::Change(change) => {
                play.change(|window| change(&mut window.seats[0].state, &texts));
                play.settle();
            }
            Then::Tab(times) => (0..times).for_each(|_| play.key(egui::Key::Tab)),
            Then::Press(key) => {
                play.click(Role::Button, &play.say(key));
                play.settle();
            }
            Then::Files => {
                play.hover_files(1);
                play.hold_after(0.1);
            }
            Then::Moment(at) => {
                play.until_drawn();
                play.change(|window| {
                    let state = &mut window.seats[0].state;
                    state.settings.reduced_motion = false;
                    let _ = state.act(Act::Packet(packet::Action::Replay), &texts);
                });
                play.hold_after(at);
            }
        }
    }

    /// Whether it moves, and stands still only as long as it is held.
    pub(super) const fn moves(&self) -> bool {
        matches!(self.then, Then::Moment(_) | Then::Files)
    }
}
