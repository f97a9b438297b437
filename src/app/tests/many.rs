//! Very many packets: a frame costs what can be seen, the keyboard goes on where the eye ends, and the worker finds what is
//! looked for, tells it once, and keeps still when there is nothing to tell.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};

use super::pages::{Do, show, window};
use super::play::{Opening, Play, opener};
use super::{fixture, play};
use crate::app::message::{Command, Data, Event};
use crate::app::screens::packets::{Action, Filter, Query, Sort};
use crate::app::state::{Act, Page};
use crate::app::window::Window;
use crate::app::worker::Worker;
use crate::wallet::tests::doubles::{Bank, Enterprise, Person, Terms};
use crate::wallet::{Event as Happened, Friend, Listed, Time};

/// So many packets, every other one opened; and as many friends and things that happened.
fn many(count: usize) -> Data {
    let id = |at: usize| fixture::id(&format!("packet {at}"));
    let packets = (0..count).map(|at| Listed {
        serial: at as u64,
        opened: at % 2 == 1,
        greeting: format!("新春纳福 {at:06}"),
        ..fixture::listed(id(at))
    });
    let history =
        (0..count).map(|at| Happened { at: Time(fixture::NOON), kind: "opened".into(), packet: id(at), detail: None });
    let friends = (0..count).map(|at| Friend { name: format!("friend {at:06}"), ..fixture::friend(&at.to_string()) });
    let friends = friends.collect();
    Data { packets: Arc::new(packets.collect()), history: Arc::new(history.collect()), friends, ..fixture::data() }
}

fn go(play: &mut Play, count: usize, page: Page) {
    let told = fixture::told(many(count)).into_iter().map(Do::Hear);
    show(play, told.chain([Do::Act(Act::Go(page))]).collect());
    play.until_drawn();
}

fn still(person: &Person) -> Play {
    let settings = crate::app::settings::Settings { welcomed: true, reduced_motion: true, ..Default::default() };
    window(person, Opening { settings, ..Opening::default() })
}

#[test]
fn a_frame_draws_as_much_with_ten_thousand_packets_as_with_a_hundred() {
    let person = Person::new();
    let mut play = still(&person);
    for page in [Page::Packets, Page::Friends] {
        let costs = [100, 10_000].map(|count| {
            go(&mut play, count, page);
            (play.shapes(), play.nodes().len())
        });
        let [few, lots] = costs;
        assert!(lots.0 <= few.0 + 8 && lots.1 <= few.1 + 8, "{page:?}: {few:?} shapes and nodes became {lots:?}");
        assert!(lots.1 < 200, "{page:?}: {lots:?}");
    }
}

#[test]
fn far_down_the_list_there_are_rows_and_they_stand_where_they_belong() {
    let person = Person::new();
    let mut play = still(&person);
    go(&mut play, 10_000, Page::Packets);
    play.key(Key::Tab);
    for _ in 0..40 {
        play.scroll(-4_000.0);
    }
    let rows = play.tops("新春纳福");
    let mut rows: Vec<f32> = rows.into_iter().filter(|top| (0.0..700.0).contains(top)).collect();
    rows.sort_by(f32::total_cmp);
    assert!(rows.len() >= 10, "{rows:?}");
    assert!(rows.windows(2).all(|pair| (pair[1] - pair[0] - 62.0).abs() < 0.01), "{rows:?}");
}

#[test]
fn the_keyboard_goes_on_where_the_eye_ends() {
    let person = Person::new();
    let mut play = still(&person);
    go(&mut play, 80, Page::Packets);
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..120 {
        play.key(Key::Tab);
        let Some(name) = play.focused().filter(|name| name.contains("新春纳福")) else { continue };
        let place = play.focused_place().unwrap();
        assert!(play.screen().expand(1.0).contains_rect(place), "{name} has the keyboard at {place:?}");
        seen.insert(name);
    }
    assert_eq!(seen.len(), 80, "forty on the shelf and forty rows");
    // What has the keyboard keeps it while it is scrolled away, and the keyboard goes on from there.
    let wanted = |name: String| name.contains("000041");
    while !play.focused().is_some_and(wanted) {
        play.key(Key::Tab);
    }
    let here = play.focused().unwrap();
    for _ in 0..6 {
        play.scroll(4_000.0);
    }
    assert_eq!(play.focused(), Some(here.clone()));
    play.key_with(Modifiers::SHIFT, Key::Tab);
    let before = play.focused().unwrap();
    let number = |name: &str| name.split_whitespace().find_map(|word| word.parse::<i64>().ok()).unwrap();
    assert_eq!(number(&before), number(&here) - 2, "the row before it");
}

/// A worker without a window, and the bell that would wake one.
struct Alone {
    worker: Worker,
    bell: Receiver<()>,
}

impl Alone {
    fn start(person: &Person) -> Self {
        let (ring, bell) = sync_channel(100);
        let wake = Arc::new(move || {
            let _ = ring.try_send(());
        });
        let worker = Worker::start(opener(person, false), wake, Box::new(|_| {}));
        Self { worker, bell }
    }

    /// The next event; none when the worker keeps still for this long.
    fn next(&mut self, patience: Duration) -> Option<Event> {
        let end = Instant::now() + patience;
        loop {
            if let Some(event) = self.worker.event() {
                return Some(event);
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return None;
            }
            let _ = self.bell.recv_timeout(left);
        }
    }

    /// The next event of a kind, whatever comes before.
    fn until<T>(&mut self, is_it: impl Fn(&Event) -> Option<T>) -> T {
        loop {
            let event = self.next(play::PATIENCE).expect("the worker says something");
            if let Some(found) = is_it(&event) {
                return found;
            }
        }
    }
}

fn with_packets(runtime: &tokio::runtime::Runtime, count: u64) -> Person {
    let person = Person::new();
    runtime.block_on(async {
        let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
        let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
        for serial in 1..=count {
            let terms = Terms { serial, ..Terms::default() };
            wallet.import(&enterprise.packet(&bank, &terms).to_bytes()).await.unwrap();
        }
        wallet.close().await;
    });
    person
}

#[test]
fn the_first_frame_shows_everything() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let person = with_packets(&runtime, 6);
    let ctx = egui::Context::default();
    let mut window = Window::new(&ctx, play::launch(&person, Opening::default()));
    window.listen(&ctx);
    let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1120.0, 760.0));
    let input = egui::RawInput { screen_rect: Some(screen), ..Default::default() };
    let mut output = ctx.run_ui(input, |ui| window.frame(ui));
    output.textures_delta.clear();
    assert_eq!(window.seats[0].state.found.shelf_len(), 6);
    assert!(window.is_at_rest(), "what the first page shows was drawn before it");
}

#[test]
fn the_worker_finds_what_is_looked_for_and_the_newest_query_wins() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let person = with_packets(&runtime, 12);
    let mut alone = Alone::start(&person);
    let found = alone.until(|event| if let Event::Found(found) = event { Some(Arc::clone(found)) } else { None });
    assert_eq!((found.shelf_len(), found.waiting(), found.len()), (12, 12, 0));
    let query = |search: &str| Query { search: search.into(), ..Query::default() };
    for search in ["000001", "0000", "00001", "000012"] {
        assert!(alone.worker.send(Command::Find(query(search))));
    }
    let last = query("000012");
    let newest = |event: &Event| match event {
        Event::Found(found) if found.query == last => Some(Arc::clone(found)),
        _ => None,
    };
    let found = alone.until(newest);
    assert_eq!((found.shelf_len(), found.waiting()), (1, 12));
    assert_eq!(found.on_shelf(0).map(|packet| packet.serial), Some(12));
    // Whatever was asked before is answered by now, or never.
    assert!(alone.worker.send(Command::Find(Query { filter: Filter::Expired, sort: Sort::Amount, ..last.clone() })));
    alone.until(|event| match event {
        Event::Found(found) if found.query.filter == Filter::Expired => Some(()),
        Event::Found(found) => panic!("{:?} came after a newer query", found.query),
        _ => None,
    });
}

#[test]
fn a_reading_that_says_nothing_new_wakes_nobody() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let person = with_packets(&runtime, 1);
    let mut alone = Alone::start(&person);
    alone.until(|event| matches!(event, Event::Synced(..)).then_some(()));
    while alone.next(Duration::from_millis(200)).is_some() {}
    // Looking for the same again, and a failure that reads everything again, find nothing new.
    assert!(alone.worker.send(Command::Find(Query::default())));
    assert!(alone.worker.send(Command::Show(fixture::id("unknown"))));
    let mut told = Vec::new();
    while let Some(event) = alone.next(Duration::from_millis(300)) {
        told.push(event);
    }
    assert!(matches!(told.as_slice(), [Event::Failed(None, _)]), "{told:?}");
}

#[test]
fn searching_in_the_window_shows_what_the_worker_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let person = with_packets(&runtime, 5);
    let mut play = Play::open(&person, Opening::default());
    let shelf = |play: &Play| play.window(|window| window.seats[0].state.found.shelf_len());
    assert_eq!(shelf(&play), 5);
    let hint = play.say("search-hint");
    play.type_into(&hint, "000003");
    play.until("the search is answered", |play| shelf(play) == 1);
    play.settle();
    assert_eq!(play.tops("新春纳福").len(), 1);
    play.change(|window| {
        let query = window.seats[0].state.packets.update(Action::Search("nothing".into()));
        assert!(window.seats[0].worker.send(Command::Find(query.unwrap())));
    });
    play.until_seen(&play.say("search-empty"));
}
