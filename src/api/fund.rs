//! Funds: money frozen in advance for many vouchers, with a cap per person.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::AccountNumber;
use super::{Refusal, is_fresh};
use crate::jose::{Jws, KeySet, Typ, json};
use crate::money::Amount;
use crate::packet::claims::MAX_TIME;
use crate::packet::{Origin, text};

/// How long a bank keeps a fund after its `until`, in seconds; so long rewards drawn from it can be collected.
pub const KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The claims of `hongbao-fund+jwt`, by the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FundClaims {
    /// The applicant.
    pub iss: Origin,
    /// The bank.
    pub aud: Origin,
    /// The request's id: the same id freezes once.
    pub jti: Uuid,
    /// When it was signed.
    pub iat: i64,
    /// The applicant's account.
    pub account: AccountNumber,
    /// The applicant's own name of the campaign.
    pub campaign: String,
    /// How much to freeze.
    pub total: Amount,
    /// Most vouchers of this fund that one person is paid.
    pub per_person: u32,
    /// Until when vouchers are drawn from it; it is kept 30 days longer.
    pub until: i64,
}

/// What is posted to [`super::routes::FUNDS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FundRequest {
    /// The signed claims.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub fund: String,
}

/// The bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct FundAnswer {
    /// The fund's number.
    pub fund: String,
}

/// Reads who asks for a fund, before any key is looked up.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn read(body: &[u8]) -> Result<(Jws, FundClaims), Refusal> {
    let request: FundRequest = json::read(body)?;
    let jws = Jws::parse(&request.fund, Typ::Fund)?;
    let claims = jws.claims()?;
    Ok((jws, claims))
}

/// Judges a request for a fund with the applicant's keys.
///
/// Whether its end is still to come is not judged here: a fund that was frozen is answered alike also after its end.
///
/// # Errors
/// [`Refusal`].
pub fn judge(jws: &Jws, claims: &FundClaims, own: &Origin, keys: &KeySet, now: i64) -> Result<(), Refusal> {
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the applicant's key"))?)?;
    let sound = claims.total.within_packet_limits().is_ok()
        && claims.per_person >= 1
        && (0..=MAX_TIME).contains(&claims.until)
        && text::IDENTIFIER.check(&claims.campaign).is_ok();
    if sound { Ok(()) } else { Err(Refusal::Malformed("the fund's total, cap, end or name is not allowed".into())) }
}
