//! Contact cards before they are believed: what a card says, how it stands to what one has, and the six words to compare aloud.
//! Looking changes nothing; only adding does.

use serde::Serialize;

use super::{Friend, Wallet, WalletError, friends, own_client, stored_json};
use crate::identity::card::{Card, CardClaims};
use crate::identity::fingerprint::Fingerprint;
use crate::jose::ClientId;
use crate::packet::Origin;
use crate::store::{Tx, values};

/// How a card stands to what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardStanding {
    /// This wallet's own.
    Own,
    /// Of nobody whom one has as a friend.
    New,
    /// What one has already.
    Same,
    /// A newer card of a friend, with something else on it.
    Changed,
    /// Older than the one that one has.
    Older,
}

/// What a newer card changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CardChange {
    /// The name that its owner chose.
    Name,
    /// Where packets are sent to.
    Inbox,
    /// For whom files are sealed.
    Seal,
}

/// A card that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CardSeen {
    /// Whose it is.
    pub client: ClientId,
    /// The name that its owner chose; proves nothing.
    pub name: Option<String>,
    /// The name one has for this friend already.
    pub called: Option<String>,
    /// Where its owner reads what arrives.
    pub inbox: Vec<Origin>,
    /// Whether files can be sealed for its owner.
    pub seals: bool,
    /// Six words to compare aloud.
    pub fingerprint: Fingerprint,
    /// How it stands to what is kept.
    pub standing: CardStanding,
    /// What it changes.
    pub changes: Vec<CardChange>,
}

impl Wallet {
    /// What a contact card says, as a file's bytes or as a link, and what adding it would change. Changes nothing.
    ///
    /// # Errors
    /// [`WalletError::Card`].
    pub async fn look_at_card(&self, card: &[u8]) -> Result<CardSeen, WalletError> {
        let card = Card::read(card)?;
        self.store.read(move |tx| seen(tx, card)).await
    }

    /// Calls a friend by another name.
    ///
    /// # Errors
    /// [`WalletError::UnknownFriend`], [`WalletError::AmbiguousFriend`], [`WalletError::Text`].
    pub async fn rename_friend(&self, named: &str, name: &str) -> Result<Friend, WalletError> {
        crate::packet::text::NAME.check(name)?;
        let (named, name) = (named.to_owned(), name.to_owned());
        self.store
            .decide(move |tx| {
                let friend = friends::find(tx, &named)?;
                tx.execute(
                    "UPDATE friend SET name = ?2 WHERE client = ?1",
                    &values![friend.client.to_string(), &name],
                )?;
                Ok(Friend { name, ..friend })
            })
            .await
    }
}

fn seen(tx: &mut Tx<'_>, card: Card) -> Result<CardSeen, WalletError> {
    let sql = "SELECT name, card FROM friend WHERE client = ?1";
    let kept = tx.first(sql, &values![card.client.to_string()])?;
    let called = kept.as_ref().map(|row| row.text("name").map(str::to_owned)).transpose()?;
    let old: Option<CardClaims> = kept.as_ref().map(|row| stored_json(row.text("card")?)).transpose()?;
    let changes = old.as_ref().map(|old| changes(old, &card.claims)).unwrap_or_default();
    let standing = match old {
        _ if own_client(tx)? == Some(card.client) => CardStanding::Own,
        None => CardStanding::New,
        Some(old) if old.iat > card.claims.iat => CardStanding::Older,
        Some(_) if changes.is_empty() => CardStanding::Same,
        Some(_) => CardStanding::Changed,
    };
    Ok(CardSeen {
        client: card.client,
        called,
        fingerprint: Fingerprint::of(&card.client),
        seals: card.claims.age.is_some(),
        name: card.claims.name,
        inbox: card.claims.inbox,
        standing,
        changes,
    })
}

fn changes(old: &CardClaims, new: &CardClaims) -> Vec<CardChange> {
    let all = [
        (CardChange::Name, old.name != new.name),
        (CardChange::Inbox, old.inbox != new.inbox),
        (CardChange::Seal, old.age != new.age),
    ];
    all.into_iter().filter(|(_, changed)| *changed).map(|(what, _)| what).collect()
}
