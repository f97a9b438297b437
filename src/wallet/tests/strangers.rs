//! What arrives from whom one does not know, and who is blocked.

use super::doubles::{Bank, Enterprise, Person, Terms};
use super::{TELL, befriend, code, take, to};
use crate::api::inbox::ItemKind;
use crate::jose::ClientId;
use crate::wallet::Wallet;

async fn strangers(wallet: &Wallet) -> Vec<Option<ClientId>> {
    wallet.list().await.unwrap().iter().map(|packet| packet.stranger).collect()
}

/// Anna, who has Ben as a friend, and Ben, who does not have Anna.
struct Scene {
    enterprise: std::sync::Arc<Enterprise>,
    bank: std::sync::Arc<Bank>,
    anna: Person,
    a: Wallet,
    b: Wallet,
}

impl Scene {
    async fn new() -> Self {
        let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
        let (anna, ben) = (Person::new(), Person::new());
        let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
        let b = ben.wallet_knowing(&enterprise, &[&bank]).await;
        befriend(&a, &b, "Ben", &ben).await;
        Self { enterprise, bank, anna, a, b }
    }

    async fn anna(&self) -> ClientId {
        self.a.own_card(None, None).await.unwrap().client
    }

    /// Anna sends Ben another packet.
    async fn send(&self, serial: u64) -> String {
        let terms = Terms { serial, shares: 2, ..Terms::default() };
        let id = take(&self.a, &self.enterprise.packet(&self.bank, &terms)).await;
        self.a.forward(&id, to("Ben")).await.unwrap();
        id
    }
}

#[tokio::test]
async fn a_strangers_packet_waits_apart_until_it_is_kept_used_or_its_sender_is_a_friend() {
    let scene = Scene::new().await;
    let anna = scene.anna().await;
    let first = scene.send(1).await;
    let synced = scene.b.sync().await.unwrap();
    assert_eq!(synced.others, synced.received);
    assert_eq!(strangers(&scene.b).await, [Some(anna)]);
    assert!(scene.b.show(&first).await.unwrap().from_stranger);
    for _ in 0..2 {
        assert_eq!(scene.b.keep(&first).await.unwrap().id.to_string(), first);
        assert_eq!(strangers(&scene.b).await, [None]);
    }
    let second = scene.send(2).await;
    scene.b.sync().await.unwrap();
    assert_eq!(strangers(&scene.b).await, [Some(anna), None]);
    scene.b.open_packet(&second, TELL).await.unwrap();
    assert_eq!(strangers(&scene.b).await, [None, None], "whoever opens it keeps it");
    scene.send(3).await;
    scene.b.sync().await.unwrap();
    assert_eq!(strangers(&scene.b).await, [Some(anna), None, None]);
    befriend(&scene.b, &scene.a, "Anna", &scene.anna).await;
    assert_eq!(strangers(&scene.b).await, [None; 3]);
    scene.send(4).await;
    let synced = scene.b.sync().await.unwrap();
    assert_eq!((synced.received.len(), synced.others.len()), (1, 0));
    assert_eq!(strangers(&scene.b).await, [None; 4]);
}

#[tokio::test]
async fn what_an_issuer_sends_or_the_person_takes_in_is_no_strangers() {
    let scene = Scene::new().await;
    let ben = scene.b.own_card(None, None).await.unwrap().client;
    let packet = scene.enterprise.packet(&scene.bank, &Terms { to: Some(ben), ..Terms::default() });
    let outer = serde_json::from_slice(&packet.to_bytes()).unwrap();
    scene.enterprise.put(ben, ItemKind::Packet, outer, None);
    let synced = scene.b.sync().await.unwrap();
    assert_eq!((synced.received.len(), synced.others.len()), (1, 0));
    assert_eq!(strangers(&scene.b).await, [None]);
    let id = scene.send(2).await;
    scene.b.sync().await.unwrap();
    let file = scene.a.forward(&id, super::by(crate::wallet::Carrier::Link)).await.unwrap();
    scene.b.import_link(file.link.as_deref().unwrap()).await.unwrap();
    assert_eq!(strangers(&scene.b).await, [None, None], "somebody gave it to Ben by hand");
}

#[tokio::test]
async fn of_a_blocked_client_nothing_is_kept_and_nothing_unkept_is_listed() {
    let scene = Scene::new().await;
    let anna = scene.anna().await;
    scene.send(1).await;
    let kept = scene.send(2).await;
    scene.b.sync().await.unwrap();
    scene.b.keep(&kept).await.unwrap();
    let blocked = scene.b.block(&anna.to_string()[..8]).await.unwrap();
    assert_eq!((blocked.client, blocked.name.as_deref(), blocked.dropped), (anna, None, 0));
    assert_eq!(strangers(&scene.b).await, [None], "what was kept stays");
    scene.send(3).await;
    let synced = scene.b.sync().await.unwrap();
    assert!(synced.received.is_empty() && synced.problems.is_empty());
    assert_eq!(scene.b.block(&anna.to_string()).await.unwrap().dropped, 1, "blocking again changes nothing");
    assert_eq!(scene.b.blocked().await.unwrap().len(), 1);
    scene.b.unblock(&anna.to_string()).await.unwrap();
    assert!(scene.b.blocked().await.unwrap().is_empty());
    assert_eq!(strangers(&scene.b).await, [None, Some(anna)], "what waited before waits again");
    assert!(scene.b.sync().await.unwrap().received.is_empty(), "what was dropped does not come back");
    assert_eq!(code(scene.b.unblock(&anna.to_string()).await), "unknown-friend");
    assert_eq!(code(scene.b.block("nobody here").await), "unknown-friend");
}

#[tokio::test]
async fn a_friend_can_be_blocked_and_adding_one_unblocks() {
    let scene = Scene::new().await;
    befriend(&scene.b, &scene.a, "Anna", &scene.anna).await;
    assert_eq!(scene.b.block("Anna").await.unwrap().name.as_deref(), Some("Anna"));
    scene.send(1).await;
    assert!(scene.b.sync().await.unwrap().received.is_empty());
    let again = Person::new();
    befriend(&scene.b, &scene.a, "Anna", &again).await;
    assert!(scene.b.blocked().await.unwrap().is_empty());
    scene.send(2).await;
    assert_eq!(scene.b.sync().await.unwrap().received.len(), 1);
}

/// The key that forwarded is known, and nothing else: not who it is, and not where to send anything.
#[tokio::test]
async fn a_sender_becomes_a_friend_by_the_key_alone_and_counts_as_not_compared() {
    let scene = Scene::new().await;
    let id = scene.send(1).await;
    scene.b.sync().await.unwrap();
    assert_eq!(strangers(&scene.b).await, [Some(scene.anna().await)]);
    assert_eq!(code(scene.b.befriend_sender(&id, "\u{202e}").await), "bad-text");
    let anna = scene.b.befriend_sender(&id, "Anna?").await.unwrap();
    assert_eq!((anna.client, anna.compared, anna.inbox.len()), (scene.anna().await, false, 0));
    assert_eq!(strangers(&scene.b).await, [None], "no stranger any more");
    let straight =
        take(&scene.b, &scene.enterprise.packet(&scene.bank, &Terms { serial: 9, ..Terms::default() })).await;
    assert_eq!(code(scene.b.befriend_sender(&straight, "Nobody").await), "unknown-friend", "nobody forwarded it");
    assert!(scene.b.compared("Anna?").await.unwrap().compared);

    // A card brings what is missing; the name stays, and a forwarding afterwards takes nothing away.
    let card = scene.anna.dir.path().join("anna.card");
    scene.a.own_card(Some(&card), Some("Anna")).await.unwrap();
    scene.b.add_friend(&std::fs::read(card).unwrap(), None).await.unwrap();
    let again = scene.b.befriend_sender(&id, "Anna").await.unwrap();
    assert_eq!((again.name.as_str(), again.compared, again.inbox.len()), ("Anna", true, 1));
}

#[tokio::test]
async fn a_card_takes_the_place_of_a_friend_by_the_key_alone() {
    let scene = Scene::new().await;
    let id = scene.send(1).await;
    scene.b.sync().await.unwrap();
    scene.b.befriend_sender(&id, "Anna?").await.unwrap();
    let card = scene.anna.dir.path().join("anna.card");
    scene.a.own_card(Some(&card), Some("Anna")).await.unwrap();
    let friend = scene.b.add_friend(&std::fs::read(card).unwrap(), None).await.unwrap();
    assert_eq!((friend.name.as_str(), friend.compared, friend.inbox.len()), ("Anna?", true, 1));
}
