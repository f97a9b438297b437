//! What became of what was passed on, and what strangers send: on every page that tells of it. The flows are pressed through as a
//! person does.

use std::sync::Arc;

use egui::accesskit::Role;

use super::fixture::{self, id, person};
use super::pages::{Do, go, on, window};
use super::play::Opening;
use crate::app::message::{Command, Data, Event, Task};
use crate::app::screens::friends;
use crate::app::screens::packets::{Action, Filter, Found, Query};
use crate::app::state::{Act, Effect, Page, State};
use crate::app::text::{Language, Texts};
use crate::wallet::tests::doubles::Person;
use crate::wallet::{Blocked, ForwardState, Forwarded, Friend, Sender, Shown, Time};

fn blocked() -> Vec<Blocked> {
    let one = |name: &str, dropped: i64| Blocked {
        client: person(name),
        name: None,
        since: Time(fixture::NOON - 9 * 86_400),
        dropped,
    };
    vec![one("a stranger", 3), one("林浩", 0)]
}

/// A packet that somebody sent who is no friend.
fn from_a_stranger() -> Shown {
    let client = person("a stranger");
    let mut shown = fixture::from_a_friend();
    shown.inspection.hops[0].client = client;
    Shown { from: Some(Sender { client, name: None }), from_stranger: true, ..shown }
}

/// Everything that can have become of what was passed on.
fn passed_on(mut shown: Shown) -> Shown {
    let forward = |name: &str, state: ForwardState, opened: bool| Forwarded {
        to: Some(person(name)),
        state,
        can_recall: matches!(state, ForwardState::Queued | ForwardState::Sent),
        stands: !state.is_void(),
        opened,
        ..fixture::forwarded(id("from hao"))
    };
    shown.forwards = vec![
        forward("林浩", ForwardState::Sent, false),
        forward("Amelia", ForwardState::Delivered, true),
        forward("Someone with a long name, far away", ForwardState::Delivered, false),
        forward("林浩", ForwardState::Recalling, false),
        forward("Amelia", ForwardState::Recalled, false),
        forward("林浩", ForwardState::Dropped, false),
        forward("Amelia", ForwardState::Refused, false),
        forward("Amelia", ForwardState::Queued, false),
    ];
    shown
}

/// The pages that tell of it, by name.
pub(super) fn pages() -> Vec<(&'static str, Vec<Do>)> {
    let mut data = fixture::data();
    data.blocked = blocked();
    let packets = Arc::make_mut(&mut data.packets);
    for packet in packets.iter_mut().filter(|packet| !packet.opened).take(2) {
        packet.stranger = Some(person("a stranger"));
    }
    let told = || fixture::told(data.clone()).into_iter().map(Do::Hear).collect::<Vec<_>>();
    let mut others = told();
    let query = Query { filter: Filter::Others, ..Query::default() };
    let found = Found::of(&Arc::new(data.clone()), query, fixture::NOON);
    others.extend([go(Page::Packets), Do::Act(Act::Packets(Action::Filter(Filter::Others)))]);
    others.push(Do::Hear(Event::Found(Arc::new(found))));
    let mut friends = told();
    friends.push(go(Page::Friends));
    let sheet = |state: ForwardState| {
        let mut doing = on(fixture::from_a_friend());
        let forwarded = Forwarded {
            can_recall: state == ForwardState::Sent,
            ..passed_on(fixture::opened_one()).forwards[0].clone()
        };
        doing.push(Do::Act(Act::OpenForward));
        doing.push(Do::Hear(Event::Forwarded(Forwarded { state, ..forwarded })));
        doing
    };
    let mut by_key = on(from_a_stranger());
    let look = friends::Action::LookAtSender(id("from hao"), person("a stranger"));
    by_key.push(Do::Act(Act::Friends(look)));
    let mut not_compared = told();
    let friend = Friend { compared: false, inbox: Vec::new(), age: None, ..fixture::friend("林浩") };
    not_compared.extend([go(Page::Friends), Do::Act(Act::Friends(friends::Action::Look(Box::new(friend))))]);
    vec![
        ("friends, by the key", by_key),
        ("friends, not compared", not_compared),
        ("packets, from others", others),
        ("friends, blocked", friends),
        ("envelope, from a stranger", on(from_a_stranger())),
        ("envelope, passed on", on(passed_on(fixture::from_a_friend()))),
        ("voucher, passed on", on(passed_on(fixture::opened_one()))),
        ("goods, passed on", on(passed_on(fixture::goods_one()))),
        ("forward, sent", sheet(ForwardState::Sent)),
        ("forward, taken back", sheet(ForwardState::Recalled)),
    ]
}

fn english() -> Texts {
    Texts::new(Language::English)
}

/// A state with everything in it, on a packet's page.
fn state_on(shown: Shown) -> State {
    let mut state = State::new(crate::app::settings::Settings::default(), "/wallet".into());
    for doing in on(shown) {
        let _ = match doing {
            Do::Act(act) => state.act(act, &english()),
            Do::Hear(event) => state.hear(event, &english()),
        };
    }
    state.busy.clear();
    state
}

#[test]
fn what_the_relay_says_to_a_recall_is_said_in_words() {
    let mut state = state_on(passed_on(fixture::from_a_friend()));
    let packet = id("from hao");
    let recall = Command::Recall(packet, person("林浩"));
    assert_eq!(state.act(Act::Do(recall.clone()), &english()), [Effect::Command(recall)]);
    assert!(state.busy.contains(&Task::Recall(packet)));
    for (said, key, is_trouble) in [
        (ForwardState::Recalled, "toast-recalled", false),
        (ForwardState::Recalling, "toast-recalling", false),
        (ForwardState::Delivered, "toast-recall-late", true),
        (ForwardState::Sent, "toast-recall-unknown", true),
    ] {
        state.toasts.clear();
        let forwarded = Forwarded { state: said, ..fixture::forwarded(packet) };
        let _ = state.hear(Event::Recalled(forwarded), &english());
        let toast = &state.toasts[0];
        assert_eq!((toast.words.as_str(), toast.is_trouble), (english().say(key).as_str(), is_trouble));
    }
}

#[test]
fn blocking_leaves_the_page_of_what_is_not_listed_any_more_and_can_be_undone() {
    let mut state = state_on(from_a_stranger());
    let client = person("a stranger");
    let mut data = fixture::data();
    Arc::make_mut(&mut data.packets).retain(|packet| packet.id != id("from hao"));
    let _ = state.hear(Event::Data(Arc::new(data)), &english());
    let _ = state.hear(Event::Blocked(blocked().remove(0), true), &english());
    assert_eq!(state.page, Page::Packets);
    assert_eq!(state.act(Act::Undo(0), &english()), [Effect::Command(Command::Unblock(client))]);
}

#[test]
fn a_strangers_packet_is_not_shown_by_itself_nor_counted_as_waiting() {
    let mut state = State::new(crate::app::settings::Settings::default(), "/wallet".into());
    state.greets = true;
    let mut one = fixture::listed(id("one"));
    one.stranger = Some(person("a stranger"));
    let data = Arc::new(Data { packets: vec![one].into(), ..Data::default() });
    let _ = state.hear(Event::Data(Arc::clone(&data)), &english());
    assert_eq!(state.page, Page::Packets);
    let found = Found::of(&data, Default::default(), fixture::NOON);
    assert_eq!((found.waiting(), found.shelf_len(), found.len()), (0, 0, 0));
}

#[test]
fn what_to_do_with_a_strangers_packet_and_with_what_was_passed_on_is_pressed_for() {
    let wallet = Person::new();
    let settings = crate::app::settings::Settings { welcomed: true, reduced_motion: true, ..Default::default() };
    let mut play = window(&wallet, Opening { language: Language::English, settings, ..Opening::default() });
    super::pages::show(&mut play, on(from_a_stranger()));
    for key in ["stranger-keep", "friend-add", "stranger-block"] {
        assert!(play.has(Role::Button, &play.say(key)), "{key}");
    }
    super::pages::show(&mut play, on(passed_on(fixture::from_a_friend())));
    let recall = play.tell("recall-from", &[("name", "林浩".into())]);
    assert!(play.has(Role::Button, &recall));
    assert!(play.sees(&format!("Amelia: {}", play.say("rewards-is-open"))));
}

#[test]
fn a_sender_is_looked_at_named_and_made_a_friend_in_place() {
    let mut state = state_on(from_a_stranger());
    let (packet, sender) = (id("from hao"), person("a stranger"));
    assert_eq!(state.act(Act::Friends(friends::Action::LookAtSender(packet, sender)), &english()), []);
    assert_eq!(state.page, Page::Friends);
    assert_eq!(state.act(Act::Friends(friends::Action::Keep), &english()), [], "not without a name");
    let _ = state.act(Act::Friends(friends::Action::Name("阿浩?".into())), &english());
    let kept = state.act(Act::Friends(friends::Action::Keep), &english());
    assert_eq!(kept, [Effect::Command(Command::BefriendSender(packet, "阿浩?".into()))]);
}
