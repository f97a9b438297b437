//! That a reading which nobody waited for to its end is made up for by the next one.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::desk::Desk;
use super::{Event, Out, QUEUE};
use crate::wallet::tests::doubles::Person;

#[tokio::test]
async fn a_reading_that_was_left_is_told_by_the_next_one() {
    let person = Person::new();
    let (events, mut heard) = mpsc::channel(QUEUE);
    let desk = Desk {
        wallet: Arc::new(person.wallet().await),
        dir: person.dir.path().to_owned(),
        out: Out { events, wake: Arc::new(|| {}) },
        clock: person.clock.clone(),
        syncing: Arc::default(),
        reading: Arc::default(),
        wanted: Arc::default(),
        until: watch::Sender::default(),
        locked: Arc::default(),
    };
    // Left as early as it can be, and then a little later each time.
    for wait in 0..6 {
        let _ = tokio::time::timeout(Duration::from_micros(wait * 400), desk.reload()).await;
    }
    desk.reload().await;
    let mut told = Vec::new();
    while let Ok(event) = heard.try_recv() {
        told.push(event);
    }
    let is_told = told.iter().any(|event| matches!(event, Event::Data(_)));
    assert!(is_told && told.iter().any(|event| matches!(event, Event::Found(_))), "{told:?}");
    assert!(!desk.reload().await, "and once is enough");
}
