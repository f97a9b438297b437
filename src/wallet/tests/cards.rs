//! Contact cards: looked at before they are believed, and what a newer one changes.

use super::doubles::{NOW, Person};
use super::*;
use crate::identity::Seed;
use crate::identity::card::{Card, CardClaims};
use crate::identity::fingerprint::Fingerprint;
use crate::packet::Origin;

fn card(name: &str, iat: i64, inbox: &[&str]) -> Card {
    let key = Identity::from_seed(&Seed::from_bytes(zeroize::Zeroizing::new([5; 32])));
    let inbox = inbox.iter().map(|origin| Origin::parse(origin).unwrap()).collect();
    Card::sign(&key, CardClaims { name: Some(name.into()), iat, inbox, age: None }).unwrap()
}

#[tokio::test]
async fn looking_at_a_card_says_what_adding_it_would_change_and_changes_nothing() {
    let anna = Person::new();
    let wallet = anna.wallet().await;
    let first = card("Ben", NOW, &[]);
    let seen = wallet.look_at_card(&first.to_bytes()).await.unwrap();
    assert_eq!((seen.standing, seen.name.as_deref(), seen.called), (CardStanding::New, Some("Ben"), None));
    assert_eq!(seen.fingerprint, Fingerprint::of(&first.client));
    assert!(wallet.friends().await.unwrap().is_empty());

    wallet.add_friend(first.to_link().as_bytes(), Some("阿本")).await.unwrap();
    assert_eq!(wallet.look_at_card(first.to_link().as_bytes()).await.unwrap().standing, CardStanding::Same);
    let newer = card("Benjamin", NOW + 9, &["https://tea.example"]);
    let seen = wallet.look_at_card(&newer.to_bytes()).await.unwrap();
    assert_eq!((seen.standing, seen.called.as_deref()), (CardStanding::Changed, Some("阿本")));
    assert_eq!(seen.changes, [CardChange::Name, CardChange::Inbox]);
    assert!(wallet.friends().await.unwrap()[0].inbox.is_empty(), "looking took nothing over");
    wallet.add_friend(&newer.to_bytes(), None).await.unwrap();
    assert_eq!(wallet.look_at_card(&first.to_bytes()).await.unwrap().standing, CardStanding::Older);
    assert_eq!(wallet.friends().await.unwrap()[0].name, "阿本");

    let own = wallet.own_card(None, Some("Anna")).await.unwrap();
    let seen = wallet.look_at_card(own.link.as_bytes()).await.unwrap();
    assert_eq!((seen.standing, seen.client, seen.seals), (CardStanding::Own, own.client, true));
    assert_eq!(seen.fingerprint, own.fingerprint);
    // A card is no packet, by whatever way it comes.
    assert_eq!(code(wallet.import(&first.to_bytes()).await), "is-card");
    assert_eq!(code(wallet.import_link(&first.to_link()).await), "is-card");
}

#[tokio::test]
async fn a_friend_is_called_as_one_likes() {
    let anna = Person::new();
    let wallet = anna.wallet().await;
    let ben = wallet.add_friend(&card("Ben", NOW, &[]).to_bytes(), None).await.unwrap();
    assert_eq!(wallet.rename_friend("Ben", "阿本").await.unwrap().name, "阿本");
    assert_eq!(wallet.friends().await.unwrap(), [Friend { name: "阿本".into(), ..ben }]);
    assert_eq!(code(wallet.rename_friend("Ben", "x").await), "unknown-friend");
    assert_eq!(code(wallet.rename_friend("阿本", "").await), "bad-text");
}
