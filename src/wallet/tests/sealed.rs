//! What is sealed for a friend: who opens it, by a file and through an inbox.

use super::doubles::{Bank, Enterprise, NOW, Person, Terms};
use super::*;
use crate::identity::Seed;
use crate::identity::card::{Card, CardClaims};
use crate::identity::sealed::is_sealed;

fn sealed(carrier: Carrier, friend: &str) -> ForwardOptions {
    ForwardOptions { carrier, friend: Some(friend.to_owned()), words: Words::Own("给你的".into()) }
}

#[tokio::test]
async fn a_sealed_file_opens_for_the_friend_alone() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben, eve) = (Person::new(), Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let b = ben.wallet_knowing(&enterprise, &[&bank]).await;
    let e = eve.wallet_knowing(&enterprise, &[&bank]).await;
    befriend(&a, &b, "Ben", &ben).await;
    let id = take(&a, &enterprise.packet(&bank, &Terms { shares: 2, ..Terms::default() })).await;
    let path = anna.dir.path().join("for-ben.hongbao.age");
    let made = a.forward(&id, sealed(Carrier::SaveSealed(path.clone()), "Ben")).await.unwrap();
    assert_eq!((made.path.as_ref(), made.to), (Some(&path), b.client_id().await.unwrap()));
    let bytes = std::fs::read(&path).unwrap();
    assert!(is_sealed(&bytes));
    assert_eq!(code(a.forward(&id, sealed(Carrier::SaveSealed(path), "Ben")).await), "exists");

    assert_eq!(code(e.import(&bytes).await), "sealed-for-another");
    assert_eq!(code(a.import(&bytes).await), "sealed-for-another", "nor does its sender");
    assert!(e.list().await.unwrap().is_empty());
    assert!(b.import(&bytes).await.unwrap().new);
    let shown = b.show(&id).await.unwrap();
    assert_eq!(shown.from.unwrap().client, a.client_id().await.unwrap().unwrap());
    assert_eq!(shown.inspection.note.as_deref(), Some("给你的"));
    assert_eq!(b.open_packet(&id, TELL).await.unwrap().receipt, Some(ReceiptResult::Rewarded));
}

#[tokio::test]
async fn an_inbox_brings_what_is_sealed_and_it_is_sent_as_it_was_sealed() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let (anna, ben) = (Person::new(), Person::new());
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let b = ben.wallet_knowing(&enterprise, &[&bank]).await;
    befriend(&a, &b, "Ben", &ben).await;
    let id = take(&a, &enterprise.packet(&bank, &Terms { shares: 2, ..Terms::default() })).await;
    enterprise.mood.down.store(true, SeqCst);
    let queued = a.forward(&id, sealed(Carrier::RelaySealed, "Ben")).await.unwrap();
    assert_eq!((queued.state, queued.sealed), (ForwardState::Queued, true));
    enterprise.mood.down.store(false, SeqCst);
    a.sync().await.unwrap();
    assert_eq!(a.show(&id).await.unwrap().forwards[0].state, ForwardState::Sent);
    // For somebody else, and no sealed file at all: told, and the rest is read.
    let own = b.client_id().await.unwrap().unwrap();
    enterprise.put(own, ItemKind::Forwarded, "bm90IHNlYWxlZA".into(), None);
    let synced = b.sync().await.unwrap();
    assert_eq!(synced.received.len(), 1);
    assert_eq!(synced.problems.iter().map(|it| it.code.as_str()).collect::<Vec<_>>(), ["unreadable"]);
    assert_eq!(b.show(&id).await.unwrap().inspection.note.as_deref(), Some("给你的"));
    assert_eq!(b.sync().await.unwrap().received.len(), 0);
}

#[tokio::test]
async fn without_a_recipient_on_the_card_nothing_leaves() {
    let (enterprise, bank) = (Enterprise::start(1).await, Bank::start(2, "620000").await);
    let anna = Person::new();
    let a = anna.wallet_knowing(&enterprise, &[&bank]).await;
    let key = Identity::from_seed(&Seed::from_bytes(zeroize::Zeroizing::new([5; 32])));
    let claims = CardClaims { name: Some("Old".into()), iat: NOW, inbox: Vec::new(), age: None };
    a.add_friend(&Card::sign(&key, claims).unwrap().to_bytes(), None).await.unwrap();
    let id = take(&a, &enterprise.packet(&bank, &Terms::default())).await;
    let path = anna.dir.path().join("x.hongbao.age");
    assert_eq!(code(a.forward(&id, sealed(Carrier::SaveSealed(path.clone()), "Old")).await), "cannot-seal");
    assert_eq!(code(a.forward(&id, sealed(Carrier::RelaySealed, "Old")).await), "cannot-seal");
    assert_eq!(code(a.forward(&id, by(Carrier::SaveSealed(path.clone()))).await), "unknown-friend");
    assert!(!path.exists());
    assert!(a.show(&id).await.unwrap().forwards.is_empty());
}
