//! What the worker does with what it is given, with real wallets and without a window.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::desk::Desk;
use super::{Event, Out, QUEUE};
use crate::app::message::Pixels;
use crate::app::share;
use crate::app::text::Language;
use crate::wallet::tests::doubles::{Bank, Enterprise, Person, Terms};
use crate::wallet::{Carrier, ForwardOptions, Wallet, Words};

/// The key of a wallet that lies idle is forgotten, and nothing brings it back but the person.
#[tokio::test]
async fn an_idle_wallet_forgets_its_key_and_asks_nobody_until_it_is_needed() {
    let person = Person::new();
    let (desk, mut heard) = desk(person.wallet().await, &person);
    assert!(!desk.wallet.lock().await, "there is none yet");
    desk.wallet.own_card(None, None).await.unwrap();
    desk.lock().await;
    assert!(desk.locked.load(Ordering::Relaxed));
    assert!(!desk.wallet.lock().await, "it is gone");
    desk.round(false).await;
    assert!(!desk.wallet.lock().await, "a round that nobody asked for brings it back by no means");
    assert!(heard.try_recv().is_err(), "and asks nobody");
    desk.wallet.own_card(None, None).await.unwrap();
    assert!(desk.wallet.lock().await, "what the person does brings it back");
}

#[tokio::test]
async fn a_reading_that_was_left_is_told_by_the_next_one() {
    let person = Person::new();
    let (desk, mut heard) = desk(person.wallet().await, &person);
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

fn desk(wallet: Wallet, person: &Person) -> (Desk, mpsc::Receiver<Event>) {
    let (events, heard) = mpsc::channel(QUEUE);
    let desk = Desk {
        wallet: Arc::new(wallet),
        dir: person.dir.path().to_owned(),
        out: Out { events, wake: Arc::new(|| {}) },
        clock: person.clock.clone(),
        syncing: Arc::default(),
        reading: Arc::default(),
        wanted: Arc::default(),
        until: watch::Sender::default(),
        locked: Arc::default(),
        expiring: Arc::default(),
    };
    (desk, heard)
}

fn told(heard: &mut mpsc::Receiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| heard.try_recv().ok()).collect()
}

/// A share card's pixels as a clipboard has them: nothing of its file is left but the code that one sees.
#[tokio::test]
async fn a_pasted_picture_is_taken_in_by_the_code_on_it() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let packet = enterprise.packet(&bank, &Terms { shares: 2, ..Terms::default() });
    let id = a.import(&packet.to_bytes()).await.unwrap().id;
    let options = ForwardOptions { carrier: Carrier::Picture, friend: None, words: Words::None };
    let (forwarded, picture) = share::forward(&a, &id.to_string(), options, Language::English).await.unwrap();
    assert!(forwarded.link.is_some());
    let drawn = image::load_from_memory(&picture).unwrap().into_rgb8();
    let pixels = Pixels { size: [drawn.width(), drawn.height()], rgb: drawn.into_raw().into() };
    let (desk, mut heard) = desk(ben.wallet_knowing(&enterprise, &[&bank]).await, &ben);
    desk.take_picture(&pixels).await.unwrap();
    let is_taken = |event: &Event| matches!(event, Event::Imported(imported) if imported.id == id && imported.new);
    assert!(told(&mut heard).iter().any(is_taken));
    let plain = Pixels { size: [8, 8], rgb: vec![255; 8 * 8 * 3].into() };
    assert_eq!(desk.take_picture(&plain).await.unwrap_err().code(), "nothing-inside");
}

/// Only the person adds a friend, however many files there are.
#[tokio::test]
async fn cards_among_many_files_are_looked_at_and_nobody_is_added() {
    let (person, folder) = (Person::new(), tempfile::tempdir().unwrap());
    let mut paths = vec![folder.path().join("no packet.hongbao").display().to_string()];
    std::fs::write(&paths[0], "nothing").unwrap();
    for name in ["Ben", "Mei"] {
        let path = folder.path().join(format!("{name}.hongbao-contact"));
        Person::new().wallet().await.own_card(Some(&path), Some(name)).await.unwrap();
        paths.push(path.display().to_string());
    }
    let (desk, mut heard) = desk(person.wallet().await, &person);
    desk.take_all(paths).await.unwrap();
    assert!(desk.wallet.friends().await.unwrap().is_empty());
    let told = told(&mut heard);
    let took = told.iter().find_map(|event| if let Event::TookMany(took) = event { Some(took) } else { None }).unwrap();
    assert_eq!((took.cards, took.new, took.refused.len()), (2, 0, 1));
    let seen = told.into_iter().find_map(|event| if let Event::CardsSeen(cards) = event { Some(cards) } else { None });
    let names: Vec<_> = seen.unwrap().into_iter().map(|(seen, _)| seen.name.unwrap()).collect();
    assert_eq!(names, ["Ben", "Mei"]);
}

/// What is about to expire when the window opens is seen on its pages; what comes to that later is told, once.
#[tokio::test]
async fn that_a_packet_is_about_to_expire_is_told_when_it_comes_to_that() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let person = Person::new();
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let packet =
        |serial, hours: i64| enterprise.packet(&bank, &Terms { serial, lasts: hours * 3600, ..Terms::default() });
    for file in [packet(1, 3), packet(2, 25)] {
        wallet.import(&file.to_bytes()).await.unwrap();
    }
    let (desk, mut heard) = desk(wallet, &person);
    let mut rounds = Vec::new();
    for hours in [0, 2, 0] {
        person.clock.advance(Duration::from_secs(hours * 3600));
        desk.reload().await;
        desk.round(false).await;
        let expiring = told(&mut heard).into_iter().find_map(|event| match event {
            Event::Expiring(packets) => Some(packets.len()),
            _ => None,
        });
        rounds.push(expiring);
    }
    assert_eq!(rounds, [None, Some(1), None]);
}
