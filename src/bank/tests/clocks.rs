//! The machine's clock jumps a year ahead for a minute, and is right again: nothing is lost, and what was put off goes on.

use std::time::Duration;

use super::*;
use crate::api::states::{CollectionState, VoucherState};
use crate::bank::expiry;

const YEAR: i64 = 365 * DAY;

#[tokio::test]
async fn nothing_is_given_back_by_a_clock_that_has_just_jumped() {
    let bank = one_bank().await;
    let shop = Shop::at(&bank).await;
    let fund = shop.freeze(&bank, uuid(), 1).await.unwrap();
    let file = shop.issue(&bank, &shop.claims(&bank, 1)).await.unwrap();
    let closed = "SELECT COUNT(*) AS n FROM fund WHERE closed_at IS NOT NULL";
    expiry::step(&bank.bank).await;
    bank.clock.jump(YEAR);
    for _ in 0..2 {
        expiry::step(&bank.bank).await;
    }
    assert_eq!((bank.status(&file.packet).await.state, bank.count(closed).await), (VoucherState::Issued, 0), "{fund}");
    bank.clock.jump(-YEAR);
    expiry::step(&bank.bank).await;
    let person = Person::at(&bank, 70).await;
    assert_eq!(person.collect_and_settle(&bank, &file).await.state, CollectionState::Paid);

    // It was wrong before, and now it is right: time goes on.
    bank.clock.jump(YEAR);
    expiry::step(&bank.bank).await;
    bank.clock.advance(Duration::from_secs(300));
    expiry::step(&bank.bank).await;
    assert_eq!(bank.count(closed).await, 1);
    assert_mirrored(&bank, &bank).await;
}

#[tokio::test]
async fn an_order_that_was_put_off_by_a_clock_a_year_ahead_is_sent_when_it_is_right() {
    let (mut issuing, collecting) = two_banks().await;
    let shop = Shop::at(&issuing).await;
    let person = Person::at(&collecting, 70).await;
    let file = shop.issue(&issuing, &shop.claims(&issuing, 1)).await.unwrap();
    issuing.hang_up().await;
    let jti = uuid();
    person.collect(&collecting, &file, jti).await.unwrap();
    collecting.clock.jump(YEAR);
    collecting.settle().await;
    collecting.clock.jump(-YEAR);
    issuing.pick_up().await;
    collecting.settle().await;
    assert_eq!(person.collection(&collecting, jti).await.unwrap().state, CollectionState::Paid);
    assert_mirrored(&issuing, &collecting).await;
}
