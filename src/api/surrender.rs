//! Goods or cash: an applicant gives up the money of one share, because its collector chose the goods. The bank decides
//! in one transaction, so that nobody ever has both.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::states::RefusalReason;
use super::{Refusal, is_fresh};
use crate::jose::{ClientId, Digest, Jws, KeySet, Typ, json};
use crate::money::Amount;
use crate::packet::Origin;

/// The claims of `hongbao-surrender+jwt`, by the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurrenderClaims {
    /// The applicant.
    pub iss: Origin,
    /// The issuing bank.
    pub aud: Origin,
    /// The request's id: repeated until answered, decided once.
    pub jti: Uuid,
    /// When it was signed, which is when it was sent.
    pub iat: i64,
    /// The packet.
    pub packet: Digest,
    /// The collector who chose the goods, and gets no money of this packet any more.
    pub client: ClientId,
}

/// What is posted to [`super::routes::SURRENDERS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SurrenderRequest {
    /// The signed claims.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub surrender: String,
}

/// How a surrender ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SurrenderResult {
    /// The share's money is back with the applicant.
    Surrendered,
    /// It is not, with a reason: the goods must not be given.
    Refused,
}

/// The claims of `hongbao-surrendered+jwt`, the bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurrenderedClaims {
    /// The issuing bank.
    pub iss: Origin,
    /// The applicant.
    pub aud: Origin,
    /// When it was decided.
    pub iat: i64,
    /// The request's id.
    pub surrender: Uuid,
    /// The packet.
    pub packet: Digest,
    /// The collector.
    pub client: ClientId,
    /// How it ended.
    pub result: SurrenderResult,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefusalReason>,
    /// How much went back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
}

/// The answer's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct SurrenderAnswer {
    /// The signed answer; the same bytes however often it is asked.
    pub answer: String,
}

/// Reads who surrenders, before any key is looked up.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn read(body: &[u8]) -> Result<(Jws, SurrenderClaims), Refusal> {
    let request: SurrenderRequest = json::read(body)?;
    let jws = Jws::parse(&request.surrender, Typ::Surrender)?;
    let claims = jws.claims()?;
    Ok((jws, claims))
}

/// Judges a surrender with its applicant's keys.
///
/// # Errors
/// [`Refusal`].
pub fn judge(jws: &Jws, claims: &SurrenderClaims, own: &Origin, keys: &KeySet, now: i64) -> Result<(), Refusal> {
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    Ok(jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the applicant's key"))?)?)
}

/// Reads the bank's answer to what was asked.
///
/// # Errors
/// [`Refusal`] when it is not that bank's answer to that surrender.
pub fn read_answer(
    compact: &str,
    bank: &Origin,
    keys: &KeySet,
    asked: &SurrenderClaims,
) -> Result<SurrenderedClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Surrendered)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    let claims: SurrenderedClaims = jws.claims()?;
    let about = (&claims.iss, &claims.aud, claims.surrender, claims.packet, claims.client);
    if about != (bank, &asked.iss, asked.jti, asked.packet, asked.client) {
        return Err(Refusal::NotGenuine("an answer to something else"));
    }
    let complete = match claims.result {
        SurrenderResult::Surrendered => claims.amount.is_some_and(|amount| amount.minor > 0),
        SurrenderResult::Refused => claims.reason.is_some(),
    };
    if complete { Ok(claims) } else { Err(Refusal::Malformed("an answer without its amount or reason".into())) }
}
