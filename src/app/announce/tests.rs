//! What is told, of what, and how often.
#![allow(clippy::unwrap_used)]

use super::*;
use crate::app::message::Event;
use crate::app::settings::Settings;
use crate::app::state::{Effect, State};
use crate::app::tests::fixture::{NOON, id, listed, person};
use crate::app::text::Language;
use crate::wallet::Time;

const ALL: Announced = Announced { arrivals: true, rewards: true, money: true, expiring: true };

fn texts() -> Texts {
    Texts::new(Language::English)
}

fn data(packets: Vec<Listed>) -> Arc<Data> {
    Arc::new(Data { packets: Arc::new(packets), ..Data::default() })
}

fn packet(name: &str, change: impl FnOnce(&mut Listed)) -> Listed {
    let mut packet = listed(id(name));
    change(&mut packet);
    packet
}

/// What a round brings that ends with these packets, after one that ended with those.
fn told(before: Vec<Listed>, after: Vec<Listed>, wanted: Announced) -> Vec<Announcement> {
    let mut memory = Memory::default();
    assert_eq!(memory.round_ended(&data(before), wanted, &texts()), [], "the first round's news are old");
    let now = data(after);
    let told = memory.round_ended(&now, wanted, &texts());
    assert_eq!(memory.round_ended(&now, wanted, &texts()), [], "each thing is told once");
    told
}

fn titles(told: &[Announcement]) -> Vec<&str> {
    told.iter().map(|announcement| announcement.title.as_str()).collect()
}

#[test]
fn arrivals_rewards_and_money_are_told_each_in_one_notice_and_each_can_be_switched_off() {
    let paid = |packet: &mut Listed| packet.collection = Some(CollectionState::Paid);
    let before = vec![packet("there", |_| {})];
    let after = vec![
        packet("new", |_| {}),
        packet("newer", |_| {}),
        packet("reward", |packet| packet.reward = true),
        packet("there", paid),
    ];
    let all = told(before.clone(), after.clone(), ALL);
    assert_eq!(titles(&all), ["2 packets arrived", "A reward arrived", "Money arrived"]);
    assert!(all.iter().all(|it| it.body.contains("山茶花超市") && !it.body.contains("88")), "{all:?}");
    for (off, left) in [
        (Announced { arrivals: false, ..ALL }, ["A reward arrived", "Money arrived"]),
        (Announced { rewards: false, ..ALL }, ["2 packets arrived", "Money arrived"]),
        (Announced { money: false, ..ALL }, ["2 packets arrived", "A reward arrived"]),
    ] {
        assert_eq!(titles(&told(before.clone(), after.clone(), off)), left);
    }
    let several = vec![packet("one", |_| {}), packet("two", |packet| packet.title = "Another".into())];
    assert_eq!(told(Vec::new(), several, ALL)[0].body, texts().say("announce-several"));
}

#[test]
fn nothing_is_said_of_strangers_of_what_nobody_vouches_for_or_of_what_is_known() {
    let quiet = vec![
        packet("stranger", |packet| packet.stranger = Some(person("a stranger"))),
        packet("unchecked", |packet| packet.verdict = Verdict::Unchecked),
        packet("archived", |packet| packet.state = crate::api::states::PacketState::Archived),
    ];
    assert_eq!(told(Vec::new(), quiet, ALL), []);
    // What the person did alone is known, and what comes after a restore is old.
    let mut memory = Memory::default();
    memory.know(&data(vec![packet("by hand", |_| {})]));
    assert_eq!(memory.round_ended(&data(vec![packet("old", |_| {})]), ALL, &texts()), []);
    let now = data(vec![packet("by hand", |_| {}), packet("old", |_| {})]);
    memory.know(&now);
    assert_eq!(memory.round_ended(&now, ALL, &texts()), []);
    memory.forget();
    assert_eq!(memory.round_ended(&data(vec![packet("restored", |_| {})]), ALL, &texts()), []);
}

#[test]
fn what_is_about_to_expire_is_what_can_still_be_used() {
    let ends = |seconds: i64| move |packet: &mut Listed| packet.expires = Time(NOON + seconds);
    let all = data(vec![
        packet("soon", ends(3600)),
        packet("later", ends(SOON + 1)),
        packet("over", ends(-1)),
        packet("paid", |packet| {
            ends(3600)(packet);
            packet.collection = Some(CollectionState::Paid);
        }),
    ]);
    let soon: Vec<Digest> = about_to_expire(&all, NOON).into_iter().collect();
    assert_eq!(soon, [id("soon")]);
    assert_eq!(expiring(&all, &soon, ALL, &texts()).unwrap().title, "A packet expires within a day");
    assert_eq!(expiring(&all, &soon, Announced { expiring: false, ..ALL }, &texts()), None);
    assert_eq!(expiring(&all, &[id("gone")], ALL, &texts()), None);
}

/// What a window does when this is there and a round has ended.
fn hears(state: &mut State, packets: Vec<Listed>) -> Vec<Effect> {
    let _ = state.hear(Event::Data(data(packets)), &texts());
    state.hear(Event::Synced(crate::app::message::SyncState::default(), 0), &texts())
}

#[test]
fn the_desktop_is_told_only_while_nobody_looks() {
    let mut state = State::new(Settings { welcomed: true, ..Settings::default() }, "/wallet".into());
    assert_eq!(hears(&mut state, vec![packet("there", |_| {})]), [], "what there was is old");
    let told = hears(&mut state, vec![packet("new", |_| {}), packet("there", |_| {})]);
    assert!(matches!(told.as_slice(), [Effect::Announce(told)] if told.title == "A packet arrived"), "{told:?}");
    state.watched = true;
    assert_eq!(hears(&mut state, vec![packet("newer", |_| {}), packet("new", |_| {}), packet("there", |_| {})]), []);
    state.watched = false;
    assert_eq!(hears(&mut state, vec![packet("newer", |_| {}), packet("new", |_| {}), packet("there", |_| {})]), []);
    let ends = state.hear(Event::Expiring(vec![id("there")]), &texts());
    assert!(matches!(ends.as_slice(), [Effect::Announce(_)]));
    state.settings.announced.expiring = false;
    assert_eq!(state.hear(Event::Expiring(vec![id("there")]), &texts()), []);
    // What the person takes in is told by nobody.
    let by_hand = vec![packet("by hand", |_| {}), packet("there", |_| {})];
    let _ = state.hear(Event::Data(data(by_hand.clone())), &texts());
    let _ = state.hear(Event::Ended(crate::app::message::Task::Take), &texts());
    assert_eq!(hears(&mut state, by_hand), []);
}
