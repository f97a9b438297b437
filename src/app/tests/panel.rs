//! The panel beside an opened packet, by role and label: goods or their price, where goods are sent, and what the issuer was told.

use egui::accesskit::Role;

use super::fixture::{self, yuan};
use super::pages::{on, show, window};
use super::play::{Opening, Play};
use crate::api::states::{GoodsState, ReceiptResult};
use crate::app::format;
use crate::app::text::Language;
use crate::packet::{Handover, When};
use crate::wallet::tests::doubles::Person;
use crate::wallet::{CashView, GoodsCollected, Notice, Opened, Shown};

/// Goods that nobody asked for yet.
fn goods(change: impl FnOnce(&mut crate::wallet::GoodsView)) -> Shown {
    let mut shown = fixture::goods_one();
    shown.handover = None;
    change(shown.inspection.goods.as_mut().unwrap());
    shown
}

#[test]
fn of_goods_and_their_price_one_is_chosen() {
    let person = Person::new();
    for (size, language) in [([1120.0, 760.0], Language::Chinese), ([420.0, 900.0], Language::English)] {
        let mut play = window(&person, Opening { size, language, ..Opening::default() });
        let mut shown = goods(|goods| goods.cash = Some(CashView { amount: yuan(40) }));
        // The price is paid by a bank's voucher.
        shown.inspection.bank = fixture::opened_one().inspection.bank;
        show(&mut play, on(shown));
        let name = |play: &Play, label: &str| format!("{}: {label}", play.say("goods-choice"));
        let price = play.tell("goods-choice-cash", &[("amount", format::money(yuan(40)).into())]);
        let (price, goods) = (name(&play, &price), name(&play, &play.say("goods-choice-goods")));
        assert!(play.is_chosen(Role::RadioButton, &goods) && !play.is_chosen(Role::RadioButton, &price));
        assert!(play.sees(&play.say("goods-choice-more")), "{:#?}", play.shown());
        assert!(play.has(Role::Button, &play.say("goods-collect")));
        play.tab_to(Role::RadioButton, &price);
        play.key(egui::Key::Space);
        assert!(play.is_chosen(Role::RadioButton, &price), "{:#?}", play.shown());
        assert!(!play.has(Role::Button, &play.say("goods-collect")), "no code is asked for by whoever takes the money");
        let collect = play.tell("collect-button-amount", &[("amount", format::money(yuan(40)).into())]);
        assert!(play.sees(&collect), "{:#?}", play.shown());
        play.click(Role::RadioButton, &goods);
        assert!(play.has(Role::Button, &play.say("goods-collect")) && !play.sees(&collect));
    }
}

#[test]
fn whoever_is_refused_the_goods_is_offered_their_price_at_once() {
    let person = Person::new();
    let mut play = window(&person, Opening { size: [420.0, 900.0], ..Opening::default() });
    let mut shown = goods(|goods| goods.cash = Some(CashView { amount: yuan(40) }));
    shown.inspection.bank = fixture::opened_one().inspection.bank;
    shown.handover = Some(GoodsCollected {
        code: None,
        reason: Some("not-yet-valid".into()),
        ..fixture::goods_collected(GoodsState::Rejected)
    });
    show(&mut play, on(shown));
    let price = play.tell("goods-choice-cash", &[("amount", format::money(yuan(40)).into())]);
    let price = format!("{}: {price}", play.say("goods-choice"));
    play.click(Role::RadioButton, &price);
    let collect = play.tell("collect-button-amount", &[("amount", format::money(yuan(40)).into())]);
    assert!(play.sees(&collect), "{:#?}", play.shown());
}

#[test]
fn goods_are_sent_only_to_a_whole_address() {
    let person = Person::new();
    let mut play = window(&person, Opening { size: [420.0, 900.0], ..Opening::default() });
    show(&mut play, on(goods(|goods| goods.handover = Handover::Delivery)));
    let send = play.say("goods-send");
    assert!(!play.is_enabled(Role::Button, &send));
    for (field, text) in [("goods-address-name", "林夏"), ("goods-address-phone", "13800000000")] {
        play.type_into(&play.say(field), text);
        assert!(!play.is_enabled(Role::Button, &send), "{field}");
    }
    let place = play.say("goods-address-place");
    play.type_into(&place, "   ");
    assert!(!play.is_enabled(Role::Button, &send), "blanks are no place");
    play.type_into(&place, "杭州市西湖区");
    assert!(play.is_enabled(Role::Button, &send), "{:#?}", play.shown());
}

#[test]
fn what_a_reward_still_waits_for_is_told() {
    let person = Person::new();
    let mut play = window(&person, Opening::default());
    let waits = |when: When| {
        let mut shown = fixture::from_a_friend();
        let (id, opened_at) = (shown.inspection.id.unwrap(), fixture::opened_one().opened_at);
        let receipt = Some(ReceiptResult::Waiting);
        shown.opening = Some(Opened { receipt, ..fixture::opened(id, Notice::Answered) });
        (shown.opened_at, shown.state) = (opened_at, fixture::opened_one().state);
        shown.inspection.forward.as_mut().unwrap().reward.as_mut().unwrap().when = when;
        shown
    };
    for (when, told, other) in
        [(When::Opened, "told-waiting-look", "told-waiting"), (When::Collected, "told-waiting", "told-waiting-look")]
    {
        show(&mut play, on(waits(when)));
        assert!(play.sees(&play.say(told)), "{told}: {:#?}", play.shown());
        assert!(!play.sees(&play.say(other)), "{told} and not {other}: {:#?}", play.shown());
    }
}
