//! What the worker does with what it is given, with real wallets and without a window.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::clipboard::Copied;
use super::desk::{Desk, Idle, MINUTE};
use super::{Event, Out, QUEUE};
use crate::app::message::Pixels;
use crate::app::settings::{IdleLock, Settings};
use crate::app::share;
use crate::app::text::Language;
use crate::wallet::tests::doubles::{self, Bank, Enterprise, Person, Terms};
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

/// As it works by itself: a minute without anything done, however long that is here.
#[tokio::test]
async fn a_desk_that_is_left_alone_forgets_the_key() {
    let person = Person::new();
    let (desk, _heard) = desk(person.wallet().await, &person);
    desk.wallet.own_card(None, None).await.unwrap();
    let settings = Settings { idle_lock: IdleLock::ALL[0], ..Settings::default() };
    settings.save(person.dir.path()).unwrap();
    let (locked, wallet) = (desk.locked.clone(), desk.wallet.clone());
    let (_commands, inbox) = mpsc::channel(QUEUE);
    let working = tokio::spawn(Desk { minute: Duration::from_millis(50), ..desk }.work(inbox));
    let forgotten = async {
        while !locked.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), forgotten).await.unwrap();
    assert!(!wallet.lock().await, "it is gone");
    working.abort();
}

#[test]
fn the_time_until_the_lock_begins_anew_with_all_that_is_done_and_may_be_never() {
    let now = tokio::time::Instant::now();
    let later = now + Duration::from_secs(40);
    let left = IdleLock::ALL.map(|lock| {
        let mut idle = Idle::new(lock.after(MINUTE), now);
        idle.restart(later);
        idle.until.map(|until| (until - later).as_secs() / 60)
    });
    assert_eq!(left, [Some(1), Some(5), Some(15), Some(60), None]);
}

/// A machine without a clipboard, or with an empty one, says so.
#[tokio::test]
async fn what_is_pasted_leads_to_a_preview_or_says_why_not() {
    let person = Person::new();
    let (desk, mut heard) = desk(person.wallet().await, &person);
    let nothing = desk.take_copied(None).await;
    assert_eq!(nothing.unwrap_err().code(), "nothing-copied");
    let path = person.dir.path().join("ben.hongbao-contact");
    Person::new().wallet().await.own_card(Some(&path), Some("Ben")).await.unwrap();
    desk.take_copied(Some(Copied::Files(vec![path.clone()]))).await.unwrap();
    desk.take_copied(Some(Copied::Text(path.display().to_string()))).await.unwrap();
    let seen = told(&mut heard).into_iter().filter(|event| matches!(event, Event::CardSeen(..))).count();
    assert_eq!(seen, 2);
    assert!(desk.wallet.friends().await.unwrap().is_empty(), "only looked at");
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
        minute: MINUTE,
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

/// What was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What lies in a folder, byte by byte.
fn contents(folder: &std::path::Path) -> BTreeMap<std::ffi::OsString, Vec<u8>> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    files.map(|entry| (entry.file_name(), std::fs::read(entry.path()).unwrap())).collect()
}

/// By drop, paste, link, path and folder: genuine, forged, no packet, a card.
#[tokio::test]
async fn looking_at_what_is_dropped_or_pasted_asks_nobody_writes_nowhere_else_and_logs_no_packet() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone());
    let _logged = tracing::subscriber::set_default(subscriber.finish());
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (person, outside) = (Person::new(), tempfile::tempdir().unwrap());
    let wallet = person.wallet_knowing(&enterprise, &[&bank]).await;
    let genuine = |serial| enterprise.packet(&bank, &Terms { serial, shares: 2, ..Terms::default() });
    let forged = enterprise.packet_by(&doubles::key(8), &bank, &Terms::default());
    let mut torn = forged.clone();
    torn.voucher = genuine(7).voucher;
    let put = |name: &str, bytes: &[u8]| {
        let path = outside.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    put("a.hongbao", &genuine(1).to_bytes());
    put("forged.hongbao", &forged.to_bytes());
    put("torn.hongbao", &torn.to_bytes());
    put("no packet.hongbao", b"nothing");
    Person::new()
        .wallet()
        .await
        .own_card(Some(&outside.path().join("ben.hongbao-contact")), Some("Ben"))
        .await
        .unwrap();
    let link = crate::packet::link::write(&genuine(2)).unwrap();
    let asked = |mood: &doubles::Mood| mood.requests.load(Ordering::SeqCst);
    let before = (asked(&enterprise.mood), asked(&bank.mood), contents(outside.path()));
    let (desk, mut heard) = desk(wallet, &person);

    let paths: Vec<_> = before.2.keys().map(|name| outside.path().join(name)).collect();
    for path in &paths {
        let _ = desk.take(&std::fs::read(path).unwrap()).await;
        let _ = desk.take_text(&path.display().to_string()).await;
        let _ = desk.take_copied(Some(Copied::Files(vec![path.clone()]))).await;
    }
    desk.take_copied(Some(Copied::Files(paths.clone()))).await.unwrap();
    desk.take_all(vec![outside.path().display().to_string()]).await.unwrap();
    desk.take_text(&link).await.unwrap();
    desk.take_text(&format!("给你 {link} 新年好")).await.unwrap();

    let told = told(&mut heard);
    let is = |wanted: fn(&Event) -> bool| told.iter().filter(|event| wanted(event)).count();
    assert!(
        is(|event| matches!(event, Event::Imported(_))) >= 4 && is(|event| matches!(event, Event::Refused(_))) >= 4
    );
    assert!(
        is(|event| matches!(event, Event::TookMany(_))) == 2 && is(|event| matches!(event, Event::CardSeen(..))) >= 3
    );
    assert_eq!((asked(&enterprise.mood), asked(&bank.mood)), (before.0, before.1), "nobody is asked");
    assert_eq!(contents(outside.path()), before.2, "nothing is written, and nothing taken away");
    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("everything was read"), "it was listened to: {log}");
    let first = crate::packet::PacketFile::read(&before.2[std::ffi::OsStr::new("a.hongbao")]).unwrap();
    let jws = first.packet.jws.as_str();
    let secrets = [&link[link.len() - 60..], "hongbao:1", "给你", jws.rsplit('.').next().unwrap(), "\"packet\":"];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
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
