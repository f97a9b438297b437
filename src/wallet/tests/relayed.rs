//! What became of what was passed on to a friend's inbox, and taking it back.

use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use super::doubles::{Bank, Enterprise, Person, Terms};
use super::{TELL, befriend, by, code, take, to};
use crate::api::states::PacketState;
use crate::jose::Digest;
use crate::wallet::{Carrier, ForwardOptions, ForwardState, Forwarded, OpenOptions, Wallet};

/// Anna and Ben with their wallets, an enterprise whose packet Anna has, and the packet's id.
struct Scene {
    enterprise: std::sync::Arc<Enterprise>,
    bank: std::sync::Arc<Bank>,
    anna: Person,
    a: Wallet,
    b: Wallet,
    id: String,
}

impl Scene {
    async fn new(terms: Terms) -> Self {
        let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
        let (anna, ben) = (Person::new(), Person::new());
        let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
        let b = ben.wallet_knowing(&enterprise, &[&bank]).await;
        befriend(&a, &b, "Ben", &ben).await;
        befriend(&b, &a, "Anna", &anna).await;
        let id = take(&a, &enterprise.packet(&bank, &terms)).await;
        Self { enterprise, bank, anna, a, b, id }
    }

    async fn forwards(&self) -> Vec<Forwarded> {
        self.a.show(&self.id).await.unwrap().forwards
    }

    async fn state(&self) -> ForwardState {
        self.forwards().await.last().unwrap().state
    }
}

#[tokio::test]
async fn what_was_sent_is_told_as_delivered_and_as_opened_by_whoever_agreed() {
    let scene = Scene::new(Terms { shares: 3, reward: false, ..Terms::default() }).await;
    let sent = scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    assert_eq!((sent.state, sent.can_recall, sent.opened), (ForwardState::Sent, true, false));
    assert!(scene.a.sync().await.unwrap().forwards.is_empty(), "nobody fetched it");
    assert_eq!(scene.state().await, ForwardState::Sent);
    scene.b.sync().await.unwrap();
    let news: Vec<Digest> = vec![scene.id.parse().unwrap()];
    assert_eq!(scene.a.sync().await.unwrap().forwards, news);
    let delivered = scene.forwards().await.remove(0);
    assert_eq!((delivered.state, delivered.can_recall, delivered.opened), (ForwardState::Delivered, false, false));
    assert!(scene.a.sync().await.unwrap().forwards.is_empty(), "told once");
    assert_eq!(scene.a.recall(&scene.id, "Ben").await.unwrap().state, ForwardState::Delivered, "too late");

    // A packet without a reward: only the issuer's word tells of the opening, and only as the opener agreed.
    scene.b.open_packet(&scene.id, OpenOptions { tell: true, show_me: true }).await.unwrap();
    assert_eq!(scene.a.sync().await.unwrap().forwards, news);
    assert!(scene.forwards().await[0].opened);
    let ben = scene.b.client_id().await.unwrap().unwrap();
    assert_eq!(scene.a.shown_openings().await.unwrap().into_iter().collect::<Vec<_>>(), [(news[0], ben)]);
    assert!(scene.a.sync().await.unwrap().forwards.is_empty());
}

#[tokio::test]
async fn nobody_is_shown_who_did_not_agree_nor_by_another_issuer() {
    let scene = Scene::new(Terms { shares: 3, reward: false, ..Terms::default() }).await;
    scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    scene.b.sync().await.unwrap();
    scene.b.open_packet(&scene.id, TELL).await.unwrap();
    // Another issuer, whose packet Anna forwarded too, tells of this one.
    let other = Enterprise::start(5).await;
    scene.a.add_issuer(&other.origin).await.unwrap();
    let theirs = take(&scene.a, &other.packet(&scene.bank, &Terms { shares: 2, ..Terms::default() })).await;
    scene.a.forward(&theirs, by(Carrier::Link)).await.unwrap();
    let (anna, ben) = (scene.a.client_id().await.unwrap().unwrap(), scene.b.client_id().await.unwrap().unwrap());
    other.show(anna, scene.id.parse().unwrap(), ben);
    other.show(anna, Digest::of(b"never forwarded"), ben);
    other.show(anna, theirs.parse().unwrap(), ben);
    let synced = scene.a.sync().await.unwrap();
    assert!(!scene.forwards().await[0].opened);
    assert!(synced.forwards.contains(&theirs.parse().unwrap()) && synced.problems.is_empty());
}

#[tokio::test]
async fn what_was_taken_back_reaches_nobody_and_can_be_forwarded_anew() {
    let scene = Scene::new(Terms::default()).await;
    scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    assert_eq!(code(scene.a.forward(&scene.id, by(Carrier::Link)).await), "passed-on");
    for _ in 0..2 {
        let recalled = scene.a.recall(&scene.id, "Ben").await.unwrap();
        assert_eq!((recalled.state, recalled.stands), (ForwardState::Recalled, false));
    }
    assert!(scene.b.sync().await.unwrap().received.is_empty());
    let shown = scene.a.show(&scene.id).await.unwrap();
    assert_eq!(shown.state, PacketState::Received, "as if it had not been forwarded");
    assert_eq!(
        shown.history.iter().map(|it| it.kind.as_str()).collect::<Vec<_>>()[1..],
        ["forwarded", "relayed", "recalled"]
    );
    assert_eq!(scene.a.list().await.unwrap()[0].forwards, 0);
    // The gift is Anna's again; and what is forwarded anew is another hop, which the relay delivers.
    scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    assert_eq!(scene.b.sync().await.unwrap().received.len(), 1);
    scene.a.sync().await.unwrap();
    let states: Vec<_> = scene.forwards().await.iter().map(|it| it.state).collect();
    assert!(states.contains(&ForwardState::Recalled) && states.contains(&ForwardState::Delivered), "{states:?}");
    assert_eq!(code(scene.a.recall(&scene.id, "Nobody").await), "unknown-friend");
}

#[tokio::test]
async fn taking_back_waits_while_offline_and_says_in_the_end_what_holds() {
    let scene = Scene::new(Terms { shares: 2, ..Terms::default() }).await;
    scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    scene.enterprise.mood.down.store(true, SeqCst);
    let recalling = scene.a.recall(&scene.id, "Ben").await.unwrap();
    assert_eq!((recalling.state, recalling.can_recall, recalling.stands), (ForwardState::Recalling, false, true));
    assert_eq!(scene.a.waiting_count().await.unwrap(), 1);
    scene.enterprise.mood.down.store(false, SeqCst);
    scene.b.sync().await.unwrap();
    scene.anna.clock.advance(Duration::from_secs(1));
    scene.a.sync_due().await.unwrap();
    assert_eq!(scene.state().await, ForwardState::Delivered, "Ben was first");
    assert_eq!(scene.a.waiting_count().await.unwrap(), 0);
}

#[tokio::test]
async fn what_never_left_or_whose_answer_was_lost_is_taken_back_too() {
    for is_lost in [false, true] {
        let scene = Scene::new(Terms::default()).await;
        let mood = &scene.enterprise.mood;
        if is_lost { &mood.mute } else { &mood.down }.store(true, SeqCst);
        assert_eq!(scene.a.forward(&scene.id, to("Ben")).await.unwrap().state, ForwardState::Queued);
        mood.mute.store(false, SeqCst);
        mood.down.store(false, SeqCst);
        assert_eq!(scene.a.recall(&scene.id, "Ben").await.unwrap().state, ForwardState::Recalled, "{is_lost}");
        assert_eq!(scene.a.sync().await.unwrap().sent, 0, "nothing is sent any more");
        assert!(scene.b.sync().await.unwrap().received.is_empty());
    }
}

#[tokio::test]
async fn a_file_that_was_given_away_too_stays_given_away() {
    let scene = Scene::new(Terms::default()).await;
    let path = scene.anna.dir.path().join("for-ben.hongbao");
    let save = ForwardOptions { friend: Some("Ben".into()), ..by(Carrier::Save(path)) };
    scene.a.forward(&scene.id, save).await.unwrap();
    assert_eq!(code(scene.a.recall(&scene.id, "Ben").await), "nothing-to-recall");
    scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    let recalled = scene.a.recall(&scene.id, "Ben").await.unwrap();
    assert_eq!((recalled.state, recalled.stands), (ForwardState::Recalled, true));
    assert_eq!(code(scene.a.forward(&scene.id, by(Carrier::Link)).await), "passed-on");
    assert_eq!(scene.a.show(&scene.id).await.unwrap().state, PacketState::Forwarded);
}

#[tokio::test]
async fn what_is_sealed_is_followed_and_taken_back_by_its_own_digest() {
    let scene = Scene::new(Terms { shares: 2, ..Terms::default() }).await;
    let sealed = || ForwardOptions { carrier: Carrier::RelaySealed, ..to("Ben") };
    scene.a.forward(&scene.id, sealed()).await.unwrap();
    assert_eq!(scene.a.recall(&scene.id, "Ben").await.unwrap().state, ForwardState::Recalled);
    scene.a.forward(&scene.id, sealed()).await.unwrap();
    assert_eq!(scene.b.sync().await.unwrap().received.len(), 1);
    scene.a.sync().await.unwrap();
    let states: Vec<_> = scene.forwards().await.iter().map(|it| it.state).collect();
    assert!(states.contains(&ForwardState::Delivered), "{states:?}");
}

#[tokio::test]
async fn a_relay_is_asked_now_and_then_only() {
    let scene = Scene::new(Terms { shares: 2, ..Terms::default() }).await;
    scene.a.forward(&scene.id, to("Ben")).await.unwrap();
    scene.a.sync_due().await.unwrap();
    let requests = || scene.enterprise.mood.requests.load(SeqCst);
    let before = requests();
    scene.a.sync_due().await.unwrap();
    assert_eq!(requests() - before, 1, "the inbox alone");
    scene.anna.clock.advance(Duration::from_secs(300));
    scene.a.sync_due().await.unwrap();
    assert_eq!(requests() - before, 4, "inbox, relay and openings");
}
