//! Between banks (steps 6 and 7): the collecting bank's order to release, and the issuing bank's answer.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;

use super::collect::CollectClaims;
use super::states::RefusalReason;
use super::{Refusal, is_fresh};
use crate::jose::{ClientId, Jws, KeySet, Typ, json, to_base64url};
use crate::money::Amount;
use crate::packet::chain::{self, ChainError};
use crate::packet::file::{Hop, read_hops};
use crate::packet::{Origin, Packet};

/// The claims of `hongbao-order+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderClaims {
    /// The collecting bank.
    pub iss: Origin,
    /// The issuing bank.
    pub aud: Origin,
    /// The order's id: repeated until answered, paid once.
    pub jti: Uuid,
    /// When it was signed, which is when it was sent.
    pub iat: i64,
    /// The voucher's number.
    pub voucher: String,
    /// The collector's own signed request, compact JWS.
    pub collect: String,
    /// Who the person is, for this issuing bank and this voucher or fund only ([`holder`]).
    pub holder: String,
}

/// What is posted to [`super::routes::ORDERS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OrderRequest {
    /// The signed order.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub order: String,
    /// The hops by which the collector holds the packet.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_items = 16))]
    pub hops: Vec<String>,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderResult {
    /// Money moved.
    Paid,
    /// It did not, with a reason.
    Refused,
}

/// The claims of `hongbao-answer+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerClaims {
    /// The issuing bank.
    pub iss: Origin,
    /// The collecting bank.
    pub aud: Origin,
    /// When it was decided.
    pub iat: i64,
    /// The order's id.
    pub order: Uuid,
    /// How it ended.
    pub result: OrderResult,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefusalReason>,
    /// How much was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Which share, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
}

/// The answer's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct OrderAnswer {
    /// The signed answer; the same bytes however often it is asked.
    pub answer: String,
}

/// The answer to `GET /v1/holder-key`, for member banks only.
#[derive(Clone, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct HolderKey {
    /// 32 bytes, base64url.
    #[cfg_attr(feature = "server", schema(min_length = 43, max_length = 43))]
    pub key: String,
}

/// An order whose signatures hold; the ledger has not been asked yet.
#[derive(Clone, Debug)]
pub struct JudgedOrder {
    /// The order's claims.
    pub claims: OrderClaims,
    /// The collector.
    pub client: ClientId,
    /// The collector's claims.
    pub collect: CollectClaims,
    /// The hops.
    pub hops: Vec<Hop>,
}

/// Who a person is to one issuing bank: HMAC-SHA256 under that bank's key of the voucher's fund or number and the
/// identity document. Equal from every bank, and of no use to anyone else.
#[must_use]
pub fn holder(key: &[u8; 32], fund_or_number: &str, identity: &str) -> String {
    // HMAC takes keys of any length, so this cannot fail; a zero tag would only refuse a payment.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for part in [fund_or_number, "\0", identity] {
        mac.update(part.as_bytes());
    }
    to_base64url(&mac.finalize().into_bytes())
}

/// Reads who sends an order, before any key is looked up.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn read(body: &[u8]) -> Result<(Jws, OrderClaims, Vec<Hop>), Refusal> {
    let request: OrderRequest = json::read(body)?;
    let jws = Jws::parse(&request.order, Typ::Order)?;
    let claims = jws.claims()?;
    Ok((jws, claims, read_hops(&request.hops)?))
}

/// Judges an order with the collecting bank's keys, as far as signatures go.
///
/// # Errors
/// [`Refusal`].
pub fn judge(
    (jws, claims, hops): (Jws, OrderClaims, Vec<Hop>),
    own: &Origin,
    keys: &KeySet,
    now: i64,
) -> Result<JudgedOrder, Refusal> {
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    let collect_jws = Jws::parse(&claims.collect, Typ::Collect)?;
    let client = collect_jws.verify_client()?;
    let collect: CollectClaims = collect_jws.claims()?;
    if collect.aud != claims.iss || collect.bank != *own || collect.voucher != claims.voucher {
        return Err(Refusal::NotGenuine("the collector asked for something else"));
    }
    if claims.holder.len() != 43 {
        return Err(Refusal::Malformed("holder".into()));
    }
    Ok(JudgedOrder { claims, client, collect, hops })
}

impl JudgedOrder {
    /// Whether the chain entitles the collector to this packet, which the issuing bank kept.
    #[must_use]
    pub fn is_entitled(&self, packet: &Packet) -> bool {
        let chain: Result<(), ChainError> = chain::check(packet, &self.hops);
        chain.is_ok()
            && self.collect.packet == packet.id()
            && self.collect.head == chain::head(packet, &self.hops)
            && chain::holder(&packet.claims, &self.hops).admits(&self.client)
    }
}

/// Reads the answer to order `jti`.
///
/// # Errors
/// [`Refusal`] when it is not that bank's answer to that order.
pub fn read_answer(
    compact: &str,
    bank: &Origin,
    keys: &KeySet,
    own: &Origin,
    jti: Uuid,
) -> Result<AnswerClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Answer)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    let claims: AnswerClaims = jws.claims()?;
    if claims.iss != *bank || claims.aud != *own || claims.order != jti {
        return Err(Refusal::NotGenuine("an answer to something else"));
    }
    let complete = match claims.result {
        OrderResult::Paid => claims.amount.is_some_and(|amount| amount.minor > 0) && claims.share.is_some(),
        OrderResult::Refused => claims.reason.is_some_and(|reason| !reason.is_collecting_banks()),
    };
    if complete { Ok(claims) } else { Err(Refusal::Malformed("an answer without its amount or reason".into())) }
}
