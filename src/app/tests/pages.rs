//! What holds on every page, in both languages and at three widths: controls have names and are large enough, no two things
//! share an id, nothing stands outside of the window, and a window in which nothing happens draws nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::accesskit::Role;
use egui_kittest::kittest::NodeT as _;

use super::fixture;
use super::play::{Opening, Play, is_control, spoken};
use crate::api::states::CollectionState;
use crate::app::message::{Data, Event, Passphrase, Refusal, SyncState, Task};
use crate::app::pictures::Photo;
use crate::app::screens::{activity, forward, friends, keep, packet};
use crate::app::settings::Settings;
use crate::app::state::{Act, Page};
use crate::app::text::Language;
use crate::identity::Seed;
use crate::identity::card::LINK;
use crate::identity::fingerprint::Fingerprint;
use crate::identity::keystore::Asking;
use crate::identity::phrase::{Phrase, WordList};
use crate::packet::Verdict;
use crate::wallet::tests::doubles::Person;
use crate::wallet::{
    BackedUp, CardChange, CardSeen, CardStanding, ForwardState, Forwarded, Inspection, OwnCard, Shown,
};

/// What is done to an idle window to get to a page.
#[allow(clippy::large_enum_variant, reason = "there are only a few of them at once")]
pub(super) enum Do {
    Act(Act),
    Hear(Event),
}

/// The ways to every page, by name.
pub(super) fn pages() -> Vec<(&'static str, Vec<Do>)> {
    let mut pages = plain_pages();
    pages.extend(packet_pages());
    pages.extend(sheets());
    pages
}

fn refusal(inspection: Inspection) -> Vec<Do> {
    let refusal = Refusal { inspection: Box::new(inspection), file: Arc::default() };
    vec![Do::Hear(Event::Refused(refusal))]
}

/// A file that a known company may have signed with a key that is not known yet; it was asked, or was not.
fn by_an_unknown_key(asked: bool) -> Vec<Do> {
    let (verdict, ask) = (Verdict::NotGenuine, vec![fixture::origin()]);
    refusal(Inspection { verdict, ask, asked, ..fixture::inspection(fixture::id("forged")) })
}

/// Pages that differ too little from others to be pictured.
pub(super) fn unpictured() -> Vec<(&'static str, Vec<Do>)> {
    let in_keyring = fixture::told(Data { key_in_file: false, ..fixture::data() }).into_iter().map(Do::Hear);
    vec![
        ("settings, no passphrase", in_keyring.chain([go(Page::Settings)]).collect()),
        ("refused, key unknown", by_an_unknown_key(false)),
        ("refused, key not theirs", by_an_unknown_key(true)),
    ]
}

pub(super) fn go(page: Page) -> Do {
    Do::Act(Act::Go(page))
}

fn full() -> Vec<Do> {
    fixture::full().into_iter().map(Do::Hear).collect()
}

fn plain_pages() -> Vec<(&'static str, Vec<Do>)> {
    let with = |page: Page| full().into_iter().chain([go(page)]).collect::<Vec<_>>();
    let empty = |page: Page| vec![Do::Hear(Event::Data(Arc::default())), go(page)];
    let offline = SyncState { offline: true, ..fixture::in_step() };
    let waiting = Data { waiting: 3, ..fixture::data() };
    let refused = |verdict| refusal(Inspection { verdict, ..fixture::inspection(fixture::id("forged")) });
    let mut adding = with(Page::Friends);
    adding.push(Do::Act(Act::Friends(friends::Action::Add(true))));
    let card = CardSeen {
        client: fixture::person("林浩"),
        name: Some("林浩".into()),
        called: Some("阿浩".into()),
        inbox: vec![fixture::origin()],
        seals: true,
        fingerprint: Fingerprint::of(&fixture::person("林浩")),
        standing: CardStanding::Changed,
        changes: vec![CardChange::Inbox, CardChange::Seal],
    };
    let mut looking = with(Page::Friends);
    looking.push(Do::Hear(Event::CardSeen(card, Arc::default())));
    let mut showing = with(Page::Settings);
    let own = OwnCard {
        client: fixture::person("me"),
        card: None,
        name: Some("林夏".into()),
        link: format!("{LINK}{}", "x".repeat(600)),
        fingerprint: Fingerprint::of(&fixture::person("me")),
    };
    showing.push(Do::Hear(Event::OwnCard(Box::new(own))));
    let mut exporting = with(Page::Activity);
    exporting.push(Do::Act(Act::Activity(activity::Action::Export("/home/lin/hongbao/hongbao-history.csv".into()))));
    vec![
        ("friends, a card", looking),
        ("settings, own card", showing),
        ("packets", with(Page::Packets)),
        ("packets, none", empty(Page::Packets)),
        (
            "packets, offline",
            fixture::told(waiting)
                .into_iter()
                .chain([Event::Synced(offline, 0)])
                .map(Do::Hear)
                .chain([go(Page::Packets)])
                .collect(),
        ),
        ("rewards", with(Page::Rewards)),
        ("rewards, none", empty(Page::Rewards)),
        ("friends", with(Page::Friends)),
        ("friends, none", empty(Page::Friends)),
        ("friends, adding", adding),
        ("activity", with(Page::Activity)),
        ("activity, none", empty(Page::Activity)),
        ("activity, export", exporting),
        ("money", with(Page::Money)),
        ("money, none", empty(Page::Money)),
        ("settings", with(Page::Settings)),
        ("settings, new", empty(Page::Settings)),
        ("refused", refused(Verdict::NotGenuine)),
        ("unreadable", refused(Verdict::Unreadable)),
    ]
}

/// A packet, shown.
pub(super) fn on(shown: Shown) -> Vec<Do> {
    let id = shown.inspection.id.unwrap();
    let mut doing = full();
    doing.extend([
        go(Page::Packet(id)),
        Do::Hear(fixture::read(shown)),
        Do::Hear(Event::Standing(id, fixture::payable())),
    ]);
    doing
}

/// A packet in this red whose issuer sent pictures.
pub(super) fn covered(theme: &str, cover: Photo) -> Vec<Do> {
    let mut shown = fixture::from_a_friend();
    shown.inspection.theme = Some(theme.into());
    let mut doing = on(shown.clone());
    doing.push(Do::Hear(fixture::read_with(shown, cover)));
    doing
}

/// Where a packet's money is.
pub(super) fn whereabouts(shown: Shown) -> Vec<Do> {
    let id = shown.inspection.id.unwrap();
    let mut doing = on(shown.clone());
    doing.extend([go(Page::Where(id)), Do::Hear(fixture::read(shown))]);
    doing
}

fn packet_pages() -> Vec<(&'static str, Vec<Do>)> {
    let closed = |change: fn(&mut Inspection)| {
        let mut shown = fixture::from_a_friend();
        change(&mut shown.inspection);
        on(shown)
    };
    let without_account = || {
        let mut doing = on(fixture::opened_one());
        doing.push(Do::Hear(Event::Data(Arc::new(Data { accounts: Vec::new(), ..fixture::data() }))));
        doing
    };
    let typed = |text: &str| Do::Act(Act::Packet(packet::Action::Account(text.into())));
    let mut linking = without_account();
    linking.push(typed("6200010000000003"));
    let mut wrong = without_account();
    wrong.push(typed("62000100"));
    let mut failed = on(fixture::opened_one());
    failed.push(Do::Act(Act::Packet(packet::Action::Collect(fixture::account()))));
    failed.push(Do::Hear(Event::Ended(Task::Collect(fixture::id("from hao")))));
    failed.push(Do::Hear(Event::Failed(Some(Task::Collect(fixture::id("from hao"))), fixture::fault("unreachable"))));
    vec![
        ("envelope", closed(|_| {})),
        ("envelope, cover", covered("crimson", fixture::tea())),
        ("envelope, unchecked", closed(|inspection| inspection.verdict = Verdict::Unchecked)),
        ("envelope, tampered", closed(|inspection| inspection.verdict = Verdict::NotGenuine)),
        ("envelope, expired", closed(|inspection| inspection.expires = Some(crate::wallet::Time(fixture::NOON - 9)))),
        ("envelope, for another", closed(|inspection| inspection.hops[0].to = Some(fixture::person("other")))),
        ("voucher", on(fixture::opened_one())),
        ("voucher, no account", without_account()),
        ("voucher, linking", linking),
        ("voucher, wrong number", wrong),
        ("voucher, trouble", failed),
        ("voucher, collecting", on(fixture::collected_one(CollectionState::Accepted))),
        ("voucher, paid", on(fixture::collected_one(CollectionState::Paid))),
        ("goods", on(fixture::goods_one())),
        ("where, frozen", whereabouts(fixture::opened_one())),
        ("where, uncertain", whereabouts(fixture::collected_one(CollectionState::Uncertain))),
        ("where, paid", whereabouts(fixture::collected_one(CollectionState::Paid))),
        ("where, goods", whereabouts(fixture::goods_one())),
    ]
}

fn sheets() -> Vec<(&'static str, Vec<Do>)> {
    let forwarding = |way: forward::Way| {
        let mut doing = on(fixture::from_a_friend());
        doing.extend([Do::Act(Act::OpenForward), Do::Act(Act::Forward(forward::Action::Way(way)))]);
        doing
    };
    let mut done = forwarding(forward::Way::Friend);
    let made = Forwarded {
        state: ForwardState::Queued,
        to: Some(fixture::person("林浩")),
        ..fixture::forwarded(fixture::id("from hao"))
    };
    done.push(Do::Hear(Event::Forwarded(made)));
    let mut sealed = forwarding(forward::Way::Friend);
    sealed.push(Do::Act(Act::Forward(forward::Action::Friend(Some(fixture::person("林浩"))))));
    sealed.push(Do::Act(Act::Forward(forward::Action::Seal(true))));
    vec![
        ("forward, sealed", sealed),
        ("forward, file", forwarding(forward::Way::File)),
        ("forward, link", forwarding(forward::Way::Link)),
        ("forward, picture", forwarding(forward::Way::Picture)),
        ("forward, friend", forwarding(forward::Way::Friend)),
        ("forward, done", done),
        ("passphrase, new", vec![Do::Hear(Event::Ask(Asking::New))]),
        ("passphrase", vec![Do::Hear(Event::Ask(Asking::Existing))]),
    ]
    .into_iter()
    .chain(keeping())
    .collect()
}

/// The sheets that keep the wallet safe; the words of a key are in no picture.
fn keeping() -> Vec<(&'static str, Vec<Do>)> {
    let act = |action| Do::Act(Act::Keep(action));
    let secret = |text: &str| Passphrase(zeroize::Zeroizing::new(text.to_owned()));
    let in_settings = |more: Vec<Do>| {
        let begin = full().into_iter().chain([go(Page::Settings)]);
        begin.chain(more).collect::<Vec<_>>()
    };
    let seed = Seed::from_bytes(zeroize::Zeroizing::new([7; 32]));
    let of = |list| Phrase::of(&seed, list);
    let words = keep::Words { english: of(WordList::English), chinese: of(WordList::Chinese), asked: [2, 9, 21] };
    let phrase = || Do::Hear(Event::Words(Box::new(words.clone())));
    let mut asked = vec![phrase(), act(keep::Action::Written)];
    asked.push(act(keep::Action::Word(0, secret("forest"))));
    asked.push(act(keep::Action::Compare));
    let path = "/media/lin/stick/my.hongbao-backup";
    let save = |more: Vec<keep::Action>| {
        let begin = [keep::Action::Open(keep::Sheet::Save), keep::Action::Path(path.into())];
        in_settings(begin.into_iter().chain(more).map(act).collect())
    };
    let typed = ["1", "2"].map(secret);
    let [first, second] = typed;
    let mut saved = save(Vec::new());
    saved.push(Do::Hear(Event::BackedUp(BackedUp { path: path.into(), packets: 6, bytes: 99_000 })));
    let restore = |more: Vec<keep::Action>| {
        let begin = [keep::Action::Open(keep::Sheet::Restore), keep::Action::Path(path.into())];
        begin.into_iter().chain(more).map(act).collect::<Vec<_>>()
    };
    let mut failed = restore(vec![keep::Action::First(secret("1"))]);
    failed.push(Do::Hear(Event::Failed(Some(Task::Restore), fixture::fault("backup-shut"))));
    let wrong = vec![
        keep::Action::From(keep::From::Phrase),
        keep::Action::Typed(secret("abandon abandom")),
        keep::Action::Restore,
    ];
    vec![
        ("phrase", in_settings(vec![phrase()])),
        ("phrase, asked again", in_settings(asked)),
        ("backup", save(vec![keep::Action::First(first), keep::Action::Second(second)])),
        ("backup, saved", saved),
        ("restore", failed),
        ("restore, phrase", restore(wrong)),
    ]
}

/// A window at rest, on a wallet that nothing is known of, at noon.
pub(super) fn window(person: &Person, opening: Opening) -> Play {
    person.clock.set(fixture::NOON);
    let mut play = Play::open(person, opening);
    play.until("the first round is over", |play| play.window(|window| window.seats[0].state.sync.synced_at.is_some()));
    play
}

/// Brings the window to a page, as if a person and a worker had.
pub(super) fn show(play: &mut Play, doing: Vec<Do>) {
    let texts = crate::app::text::Texts::new(play.language());
    play.change(|window| {
        let state = &mut window.seats[0].state;
        state.passphrase = None;
        state.keep = None;
        state.forward = None;
        state.activity = activity::Model::default();
        state.friends = friends::Model::default();
        state.toasts.clear();
        state.packet = packet::Model::default();
        for doing in doing {
            // What would be done outside is not done: the events are the fixture's.
            let _ = match doing {
                Do::Act(act) => state.act(act, &texts),
                Do::Hear(event) => state.hear(event, &texts),
            };
            state.busy.clear();
            state.under_way.clear();
        }
        state.toasts.clear();
    });
    play.settle();
}

const SIZES: [[f32; 2]; 3] = [[420.0, 640.0], [800.0, 700.0], [1120.0, 760.0]];

/// Visits every page in both languages at each size.
fn visit(mut look: impl FnMut(&mut Play, &str)) {
    let person = Person::new();
    for language in Language::ALL {
        let settings = Settings { welcomed: true, reduced_motion: true, ..Settings::default() };
        let mut play = window(&person, Opening { language, settings, ..Opening::default() });
        for size in SIZES {
            play.resize(size);
            for (name, doing) in pages() {
                show(&mut play, doing);
                look(&mut play, &format!("{name}, {language}, {} × {}", size[0], size[1]));
            }
        }
    }
}

#[test]
fn every_control_has_a_name_and_nothing_shares_an_id() {
    // Shared ids are looked for in every frame of every test.
    let mut trouble = BTreeSet::new();
    visit(|play, page| {
        let mut controls = 0;
        for node in play.nodes() {
            let inner = node.accesskit_node();
            let named = !spoken(&node).trim().is_empty() && inner.label().is_some_and(|label| !label.trim().is_empty());
            controls += usize::from(is_control(&node));
            if is_control(&node) && !named {
                trouble.insert(format!("{page}: {:?} at {:?} has no name", inner.role(), node.rect()));
            }
            for part in spoken(&node).split_whitespace() {
                let is_key = part.contains('-') && part.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                if is_key && play.is_key(part) {
                    trouble.insert(format!("{page}: {part} is no word"));
                }
            }
        }
        assert!(controls > 0, "{page}");
    });
    assert!(trouble.is_empty(), "{trouble:#?}");
}

#[test]
fn nothing_stands_outside_of_the_window() {
    let mut trouble = BTreeSet::new();
    visit(|play, page| {
        let screen = play.screen();
        for node in play.nodes() {
            let role = node.accesskit_node().role();
            let is_frame = matches!(role, Role::GenericContainer | Role::Window | Role::TextRun);
            if is_frame || node.accesskit_node().bounding_box().is_none() || scrolls_across(play, &node) {
                continue;
            }
            let rect = node.rect();
            if rect.left() < screen.left() - 0.6 || rect.right() > screen.right() + 0.6 {
                trouble.insert(format!("{page}: {role:?} {:?} at {rect:?}", spoken(&node)));
            }
        }
    });
    assert!(trouble.is_empty(), "{trouble:#?}");
}

#[test]
fn no_text_is_cut_by_the_edge_of_the_window() {
    let mut trouble = BTreeSet::new();
    visit(|play, page| {
        let screen = play.screen();
        for (text, rect, clip) in play.painted_at() {
            let is_seen = clip.intersects(rect) && rect.width() > 0.0;
            // What scrolls across is cut by its own edge.
            let by_window = clip.left() <= screen.left() + 0.6 && rect.left() < screen.left() - 1.0
                || clip.right() >= screen.right() - 0.6 && rect.right() > screen.right() + 1.0;
            if is_seen && by_window {
                trouble.insert(format!("{page}: {text:?} at {rect:?}"));
            }
        }
    });
    assert!(trouble.is_empty(), "{trouble:#?}");
}

/// Whether a thing is part of a row that is scrolled across: the shelf and the filters.
fn scrolls_across(play: &Play, node: &egui_kittest::Node<'_>) -> bool {
    let name = spoken(node);
    let is_filter = ["filter-all", "filter-opened", "filter-collected", "filter-forwarded", "filter-expired"]
        .iter()
        .any(|key| name == play.say(key));
    let is_on_shelf = fixture::data().packets.iter().any(|packet| {
        let greeting = packet.greeting.replace('\n', " ");
        name == play.tell("packet-name", &[("title", packet.title.as_str().into()), ("greeting", greeting.into())])
    });
    is_filter || is_on_shelf
}

#[test]
fn everything_that_is_pressed_is_large_enough() {
    let mut trouble = BTreeSet::new();
    visit(|play, page| {
        for node in play.nodes().into_iter().filter(is_control) {
            let rect = node.rect();
            if (rect.height() < 39.5 || rect.width() < 39.5) && rect.area() > 0.0 {
                let role = node.accesskit_node().role();
                trouble.insert(format!("{page}: {role:?} {:?} is {:?}", spoken(&node), rect.size()));
            }
        }
    });
    assert!(trouble.is_empty(), "{trouble:#?}");
}

#[test]
fn a_window_in_which_nothing_happens_draws_nothing() {
    let person = Person::new();
    let mut play = window(&person, Opening::default());
    for (name, doing) in pages() {
        show(&mut play, doing);
        play.until_drawn();
        let focused = play.focused().is_some();
        let frames = play.pass(10.0);
        // Where there is a caret, it blinks.
        let most = if focused { 60 } else { 0 };
        assert!(frames <= most, "{name}: {frames} frames in ten seconds of nothing");
    }
}

#[test]
fn a_word_that_passes_is_drawn_when_it_comes_and_when_it_goes() {
    let person = Person::new();
    let mut play = window(&person, Opening::default());
    show(&mut play, full());
    play.until_drawn();
    play.change(|window| {
        let texts = crate::app::text::Texts::new(Language::English);
        let _ = window.seats[0].state.hear(Event::CardWritten, &texts);
    });
    play.settle();
    assert!(play.sees(&play.say("toast-card")));
    let frames = play.pass(10.0);
    assert!(!play.sees(&play.say("toast-card")), "it went by itself");
    assert!(frames < 12, "{frames} frames");
}
