//! The contact card: what one gives to friends and issuers, signed by its own key.

use serde::{Deserialize, Serialize};

use super::Identity;
use super::sealed::Recipient;
use crate::jose::{ClientId, Jws, JwsError, Typ, json};
use crate::packet::Origin;
use crate::packet::text::{self, TextError};

/// Largest card file, in bytes.
pub const MAX_CARD_BYTES: usize = 16 * 1024;
/// The `format` member.
pub const FORMAT: &str = "hongbao-contact/1";
/// What a card's link begins with; its message follows.
pub const LINK: &str = "hongbao:card?c=";
/// Most inboxes on one card.
pub const MAX_INBOXES: usize = 16;

/// The claims of `hongbao-card+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardClaims {
    /// The name its owner chose; proves nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// When it was signed.
    pub iat: i64,
    /// Where its owner reads what arrives.
    #[serde(default)]
    pub inbox: Vec<Origin>,
    /// For whom files are sealed that its owner alone shall open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<Recipient>,
}

/// A card that was read and whose signature holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Card {
    /// Whose it is.
    pub client: ClientId,
    /// What it says.
    pub claims: CardClaims,
    jws: Jws,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Outer {
    format: String,
    card: String,
}

/// Why bytes are not a contact card.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// Too large, not strict JSON, or another format.
    #[error("this is not a contact card")]
    Form,
    /// The name breaks the rules for names.
    #[error("the name on the card: {0}")]
    Name(#[from] TextError),
    /// The signature does not fit, or the message is malformed.
    #[error("the contact card is not genuine: {0}")]
    NotGenuine(#[from] JwsError),
}

impl Card {
    /// Signs one's own card.
    ///
    /// # Errors
    /// [`CardError::Name`] for a name outside the limits, [`CardError::Form`] for too many inboxes.
    pub fn sign(identity: &Identity, claims: CardClaims) -> Result<Self, CardError> {
        check(&claims)?;
        let jws = Jws::sign(identity.key(), Typ::Card, &claims)?;
        Ok(Self { client: identity.id(), claims, jws })
    }

    /// Reads a card, as a file or as a link, and checks its signature.
    ///
    /// # Errors
    /// [`CardError`].
    pub fn read(bytes: &[u8]) -> Result<Self, CardError> {
        if bytes.len() > MAX_CARD_BYTES {
            return Err(CardError::Form);
        }
        let jws = match link_within(bytes) {
            Some(message) => Jws::parse(message, Typ::Card)?,
            None => {
                let outer: Outer = json::read(bytes).map_err(|_| CardError::Form)?;
                if outer.format != FORMAT {
                    return Err(CardError::Form);
                }
                Jws::parse(&outer.card, Typ::Card)?
            }
        };
        let client = jws.verify_client()?;
        let claims: CardClaims = jws.claims()?;
        check(&claims)?;
        Ok(Self { client, claims, jws })
    }

    /// The card as a link: the same message in one line.
    #[must_use]
    pub fn to_link(&self) -> String {
        format!("{LINK}{}", self.jws.as_str())
    }

    /// Writes the card file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let outer = Outer { format: FORMAT.to_owned(), card: self.jws.as_str().to_owned() };
        // Two strings always serialise.
        serde_json::to_vec(&outer).unwrap_or_default()
    }
}

/// Whether these bytes say of themselves that they are a contact card, or the link of one.
#[must_use]
pub fn is_card(bytes: &[u8]) -> bool {
    let is_file = || json::read::<Outer>(bytes).is_ok_and(|outer| outer.format == FORMAT);
    bytes.len() <= MAX_CARD_BYTES && (link_within(bytes).is_some() || is_file())
}

/// The message of a card's link.
fn link_within(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()?.trim().strip_prefix(LINK)
}

fn check(claims: &CardClaims) -> Result<(), CardError> {
    if claims.inbox.len() > MAX_INBOXES {
        return Err(CardError::Form);
    }
    claims.name.as_deref().map_or(Ok(()), |name| text::NAME.check(name).map_err(CardError::Name))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zeroize::Zeroizing;

    use super::*;
    use crate::identity::Seed;

    fn card() -> Card {
        let identity = Identity::from_seed(&Seed::from_bytes(Zeroizing::new([9; 32])));
        Card::sign(&identity, CardClaims { name: Some("林夏".into()), iat: 1, inbox: Vec::new(), age: None }).unwrap()
    }

    #[test]
    fn file_and_link_are_the_same_card() {
        let card = card();
        let link = card.to_link();
        assert_eq!(Card::read(&card.to_bytes()).as_ref(), Ok(&card));
        assert_eq!(Card::read(link.as_bytes()).as_ref(), Ok(&card));
        assert_eq!(Card::read(format!(" {link}\n").as_bytes()).as_ref(), Ok(&card), "as people paste");
        assert!(is_card(link.as_bytes()) && is_card(&card.to_bytes()));
        assert!(!is_card(b"hongbao:1?p=x") && !is_card(b"{}"));
    }

    #[test]
    fn a_link_that_was_changed_or_goes_on_is_no_card() {
        let link = card().to_link();
        assert!(Card::read(&link.as_bytes()[..link.len() - 3]).is_err());
        assert!(Card::read(format!("{link}&c=x").as_bytes()).is_err());
        assert!(Card::read(format!("{link}{}", "A".repeat(MAX_CARD_BYTES)).as_bytes()).is_err());
    }
}
