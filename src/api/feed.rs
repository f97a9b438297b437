//! The bank's feed: what happened to an applicant's vouchers, by cursor, signed.

use serde::{Deserialize, Serialize};

use super::Refusal;
use crate::jose::{Digest, Jws, KeySet, Typ};
use crate::money::Amount;
use crate::packet::Origin;

/// Most entries of one page: a page is one signed message and must fit its size.
pub const PAGE: usize = 40;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FeedKind {
    /// A voucher was issued.
    Issued,
    /// One share was paid.
    Collected,
    /// The last share was paid.
    Paid,
    /// It expired and the rest went back.
    Returned,
    /// It was withdrawn and the rest went back.
    Withdrawn,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedEntry {
    /// Position in the feed, counting up.
    pub cursor: i64,
    /// When, in seconds.
    pub at: i64,
    /// What.
    pub kind: FeedKind,
    /// The packet.
    pub packet: Digest,
    /// The voucher's number.
    pub voucher: String,
    /// How much: frozen, paid with this share, paid in all, returned.
    pub amount: Amount,
    /// Which share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// With a share: SHA-256 over packet and collector ([`crate::packet::claims::reward_for`]); nothing else of the person.
    #[serde(rename = "for", default, skip_serializing_if = "Option::is_none")]
    pub reward_for: Option<Digest>,
}

/// The claims of `hongbao-feed+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedClaims {
    /// The bank.
    pub iss: Origin,
    /// The applicant.
    pub aud: Origin,
    /// When it was signed.
    pub iat: i64,
    /// Entries behind this cursor.
    pub after: i64,
    /// Where to go on: the last entry's cursor, or `after` when there is none.
    pub next: i64,
    /// In order.
    pub entries: Vec<FeedEntry>,
}

/// The answer to `GET /v1/feed?after=<cursor>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FeedAnswer {
    /// The signed page.
    pub feed: String,
}

/// Reads a page of the feed.
///
/// # Errors
/// [`Refusal`] when it is not that bank's page for this applicant behind that cursor.
pub fn read(compact: &str, bank: &Origin, keys: &KeySet, own: &Origin, after: i64) -> Result<FeedClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Feed)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    let claims: FeedClaims = jws.claims()?;
    if claims.iss != *bank || claims.aud != *own || claims.after != after {
        return Err(Refusal::NotGenuine("the feed is somebody else's"));
    }
    let mut last = after;
    for entry in &claims.entries {
        if entry.cursor <= last {
            return Err(Refusal::NotGenuine("the feed is out of order"));
        }
        last = entry.cursor;
    }
    if claims.next != last {
        return Err(Refusal::NotGenuine("the feed's cursor is not its last entry's"));
    }
    Ok(claims)
}
