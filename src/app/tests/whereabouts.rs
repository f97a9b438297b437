//! Where the money is, by role and label: each state says where, since when and whom to ask; the numbers can be copied.

use egui::accesskit::Role;

use super::fixture::{self, NOON, collected_one, opened_one, payable};
use super::pages::{Do, go, on, show, whereabouts, window};
use super::play::{Opening, Play};
use crate::api::draw::Flaw;
use crate::api::states::{CollectionState, VoucherState};
use crate::app::message::{Event, SyncState};
use crate::app::state::Page;
use crate::app::text::Language;
use crate::wallet::tests::doubles::Person;
use crate::wallet::{DrawState, Shown, VoucherStanding};

const ISSUING: &str = "禾风银行";
const COLLECTING: &str = "Bank of the Sea";

fn said(play: &Play, key: &str) -> String {
    let amount = crate::app::format::money(fixture::yuan(88));
    let values = [
        ("issuing", ISSUING.into()),
        ("collecting", COLLECTING.into()),
        ("issuer", "Mountain & Sea Books".into()),
        ("amount", amount.into()),
        ("frozen", crate::app::format::money(fixture::yuan(264)).into()),
        ("tail", crate::app::format::tail(fixture::account().as_str()).into()),
        ("reason", play.say("collect-refused").into()),
    ];
    play.tell(key, &values)
}

#[test]
fn each_state_says_where_the_money_is_and_whom_to_ask() {
    let person = Person::new();
    for language in Language::ALL {
        let mut play = window(&person, Opening { size: [420.0, 900.0], language, ..Opening::default() });
        let collections = [
            (CollectionState::Applied, "where-applied"),
            (CollectionState::Accepted, "where-accepted"),
            (CollectionState::Released, "where-released"),
            (CollectionState::Uncertain, "where-uncertain"),
            (CollectionState::Paid, "where-paid"),
            (CollectionState::Rejected, "where-refused"),
        ];
        for (state, key) in collections {
            show(&mut play, whereabouts(collected_one(state)));
            assert!(play.sees(&said(&play, key)), "{key}: {:#?}", play.shown());
            assert!(play.sees(&play.tell("where-ask", &[("who", COLLECTING.into())])), "{key}");
            assert!(play.sees("sea.example"), "{key}");
        }
        let mut waiting = collected_one(CollectionState::Applied);
        waiting.collection.as_mut().unwrap().sent = false;
        show(&mut play, whereabouts(waiting));
        assert!(play.sees(&said(&play, "where-waiting")), "{:#?}", play.shown());
        for (state, left, key, who) in [
            (VoucherState::Issued, 3, "where-frozen", ISSUING),
            (VoucherState::Paid, 0, "where-gone", ISSUING),
            (VoucherState::Returned, 0, "where-returned", ISSUING),
            (VoucherState::Withdrawn, 0, "where-withdrawn", "Mountain & Sea Books"),
        ] {
            let mut doing = whereabouts(opened_one());
            let standing = VoucherStanding { state, left, ..payable() };
            doing.push(Do::Hear(Event::Standing(fixture::id("from hao"), standing)));
            show(&mut play, doing);
            assert!(play.sees(&said(&play, key)), "{key}: {:#?}", play.shown());
            assert!(play.sees(&play.tell("where-ask", &[("who", who.into())])), "{key}: {:#?}", play.shown());
        }
    }
}

/// How the line on a lucky voucher begins, and why it does not hold.
const DRAWN: [(DrawState, Option<Flaw>, &str); 10] = [
    (DrawState::Waiting, None, "draw-waiting"),
    (DrawState::Holds, None, "draw-holds"),
    (DrawState::Overdue, None, "draw-overdue"),
    (DrawState::Broken, Some(Flaw::OtherSeed), "draw-broken"),
    (DrawState::Broken, Some(Flaw::OtherTerms), "draw-broken"),
    (DrawState::Broken, Some(Flaw::OtherShares), "draw-broken"),
    (DrawState::Broken, Some(Flaw::PlacesMissing), "draw-broken"),
    (DrawState::Broken, Some(Flaw::PlaceTwice), "draw-broken"),
    (DrawState::Broken, Some(Flaw::OwnAmount), "draw-broken"),
    (DrawState::Broken, Some(Flaw::OwnPlace), "draw-broken"),
];

#[test]
fn a_lucky_voucher_says_what_came_of_its_draw() {
    let person = Person::new();
    for language in Language::ALL {
        let mut play = window(&person, Opening { size: [420.0, 900.0], language, ..Opening::default() });
        for (state, flaw, key) in DRAWN {
            show(&mut play, on(fixture::drawn_one(state, flaw)));
            let told = play.tell(key, &[("share", 3.into()), ("count", 8.into()), ("day", "@".into())]);
            assert!(told.split('@').all(|part| play.sees(part)), "{told}: {:#?}", play.shown());
            let why = flaw.map(|flaw| play.say(&format!("draw-{flaw}"))).unwrap_or_default();
            assert!(play.sees(&why), "{why}: {:#?}", play.shown());
        }
        show(&mut play, on(collected_one(CollectionState::Paid)));
        assert!(DRAWN[1..].iter().all(|(_, _, key)| !play.sees(&play.say(key))), "equal shares have no draw");
        let mut open = fixture::drawn_one(DrawState::Waiting, None);
        (open.collection, open.draw) = (None, None);
        show(&mut play, on(open));
        assert!(play.sees(&play.say("lucky-share")), "nobody knows how much yet: {:#?}", play.shown());
    }
}

/// The page of a packet whose bank was not asked.
fn unasked(shown: Shown) -> Vec<Do> {
    let id = shown.inspection.id.unwrap();
    vec![go(Page::Packets), go(Page::Where(id)), Do::Hear(fixture::read(shown))]
}

#[test]
fn what_nobody_asked_the_bank_is_told_as_no_more_than_a_signature() {
    let person = Person::new();
    let mut play = window(&person, Opening::default());
    show(&mut play, unasked(opened_one()));
    assert!(play.sees(&said(&play, "where-promised")), "{:#?}", play.shown());
    assert!(play.sees("it was not asked since"), "{:#?}", play.shown());
    assert!(play.has(Role::Button, &play.say("where-ask-now")));
    let mut late = opened_one();
    late.inspection.expires = Some(crate::wallet::Time(NOON - 1));
    show(&mut play, unasked(late));
    assert!(play.sees(&said(&play, "where-lapsed")), "{:#?}", play.shown());
    let mut unknown = opened_one();
    unknown.inspection.voucher = None;
    show(&mut play, unasked(unknown));
    assert!(play.sees(&said(&play, "where-unvouched")), "{:#?}", play.shown());
    assert!(!play.has(Role::Button, &play.say("where-ask-now")), "there is no bank to ask");
    let mut goods = fixture::goods_one();
    show(&mut play, unasked(goods.clone()));
    assert!(play.sees("your code gets them"), "{:#?}", play.shown());
    assert!(play.sees(&play.say("where-title-goods")) && !play.sees(&play.say("where-title")), "{:#?}", play.shown());
    play.press_key("where-copy-goods");
    let letter = play.copied().unwrap().to_owned();
    assert!(letter.starts_with(&play.say("where-message-goods")), "{letter}");
    assert!(!letter.contains(&fixture::sample_code().to_string()), "whoever has the code has the goods: {letter}");
    goods.handover = None;
    show(&mut play, unasked(goods.clone()));
    assert!(play.sees(&said(&play, "where-goods")), "{:#?}", play.shown());
    // Whoever took the price instead asks for money.
    goods.collection = collected_one(CollectionState::Applied).collection;
    show(&mut play, unasked(goods));
    assert!(play.sees(&play.say("where-title")) && !play.sees(&play.say("where-title-goods")), "{:#?}", play.shown());
}

#[test]
fn offline_it_is_what_was_last_known() {
    let person = Person::new();
    let mut play = window(&person, Opening::default());
    let mut doing = whereabouts(collected_one(CollectionState::Accepted));
    let offline = SyncState { offline: true, ..fixture::in_step() };
    doing.push(Do::Hear(Event::Synced(offline, 0)));
    show(&mut play, doing);
    assert!(play.sees(&play.say("where-last-known")), "{:#?}", play.shown());
}

#[test]
fn numbers_are_copied_one_by_one_or_as_a_letter() {
    let person = Person::new();
    let mut play = window(&person, Opening { size: [800.0, 700.0], language: Language::Chinese, ..Opening::default() });
    show(&mut play, whereabouts(collected_one(CollectionState::Uncertain)));
    let copy = |play: &Play, key: &str| play.tell("where-copy-one", &[("name", play.say(key).into())]);
    let voucher = copy(&play, "where-number-voucher");
    play.press(&voucher);
    assert_eq!(play.copied(), Some("HF-2026-0000128"));
    let packet = copy(&play, "where-number-packet");
    play.press(&packet);
    assert_eq!(play.copied(), Some(fixture::id("from hao").to_string().as_str()));
    play.press_key("where-copy");
    let letter = play.copied().unwrap().to_owned();
    assert!(letter.starts_with(&play.say("where-message")), "{letter}");
    for part in ["HF-2026-0000128", "No. 002026", "hefeng.example", "2026-02-16 11:00", &said(&play, "where-uncertain")]
    {
        assert!(letter.contains(part), "{part} in {letter}");
    }
    assert!(!letter.contains(fixture::account().as_str()), "{letter}");
    play.press_key("where-back");
    assert!(play.window(|window| window.seats[0].state.page == Page::Packet(fixture::id("from hao"))));
}

#[test]
fn the_overview_leads_to_each_packet() {
    let person = Person::new();
    let mut play = window(&person, Opening::default());
    let mut doing: Vec<Do> = fixture::full().into_iter().map(Do::Hear).collect();
    doing.push(go(Page::Activity));
    show(&mut play, doing);
    play.press_key("where-title");
    for (key, count) in [("money-moving", 2), ("money-waiting", 4), ("money-arrived", 6)] {
        assert!(play.sees(&play.tell(key, &[("count", count.into())])), "{key}: {:#?}", play.shown());
    }
    let row = play.shown_name(Role::Button, "1,288.00");
    play.press(&row);
    assert!(play.window(|window| window.seats[0].state.page == Page::Where(fixture::id("collecting"))));
}

#[test]
fn a_friend_is_added_by_the_path_of_a_card_and_the_id_is_copied() {
    let (person, ben) = (Person::new(), Person::new());
    let card = person.dir.path().join("ben.hongbao-contact");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let id = runtime.block_on(async {
        let wallet = ben.wallet().await;
        let id = wallet.own_card(Some(&card), Some("Ben")).await.unwrap().client;
        wallet.close().await;
        id
    });
    let mut play = Play::open(&person, Opening::default());
    play.go("page-friends");
    assert!(play.sees(&play.say("friends-empty")));
    play.press_key("friend-add");
    assert!(!play.is_enabled(Role::Button, &play.say("friend-take")));
    play.type_into(&play.say("card-path"), &card.display().to_string());
    play.press_key("friend-take");
    play.until_seen(&play.say("card-came"));
    assert!(!play.sees(&play.say("card-path")), "the field closed");
    let fingerprint = crate::identity::fingerprint::Fingerprint::of(&id);
    assert!(play.sees(&fingerprint.en.join(" ")) && play.sees(&fingerprint.zh.join(" ")));
    play.until_idle();
    play.press_key("friend-take");
    play.until_seen(&play.tell("friend-added", &[("name", "Ben".into())]));
    play.until_idle();
    assert!(!play.sees(&play.say("card-came")));
    assert!(play.sees(&play.say("friend-never")));
    play.press(&play.tell("friend-look", &[("name", "Ben".into())]));
    let short = crate::app::format::short_id(&id.to_string());
    play.press(&play.tell("friend-copy", &[("name", short.into())]));
    assert_eq!(play.copied(), Some(id.to_string().as_str()));
    play.type_into(&play.say("friend-name"), "Benjamin");
    play.press_key("friend-keep");
    play.until_seen(&play.tell("friend-renamed", &[("name", "Benjamin".into())]));
    assert!(play.sees(&play.tell("friend-look", &[("name", "Benjamin".into())])));
}
