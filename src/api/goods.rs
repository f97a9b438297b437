//! Collecting goods: the collector asks the enterprise, whose ledger of goods decides, and gets a one-time code.
//!
//! Who may collect is read from the chain exactly as for money. The signed claims name a delivery address only by a salted
//! digest, so that the address can be forgotten while what was signed is kept.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::code::RedeemCode;
use super::collect::is_salt;
use super::states::{GoodsState, RefusalReason};
use super::{Refusal, is_fresh};
use crate::jose::{ClientId, Digest, Jws, KeySet, SigningKey, Typ, json};
use crate::packet::file::{Hop, read_hops};
use crate::packet::text::{self, TextError};
use crate::packet::{Contents, Handover, Origin, Packet, PacketFile, chain};

/// Where goods shall be sent. `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Address(String);

impl Address {
    /// An address that keeps the rules of texts.
    ///
    /// # Errors
    /// [`TextError`].
    pub fn new(text: &str) -> Result<Self, TextError> {
        let text = text.trim().replace("\r\n", "\n");
        text::ADDRESS.check(&text)?;
        Ok(Self(text))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Binds a request to an address without naming it.
    #[must_use]
    pub fn digest(&self, salt: &str) -> Digest {
        Digest::of(format!("{salt}.{}", self.0).as_bytes())
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address(private)")
    }
}

/// The claims of `hongbao-collect+jwt` for goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodsClaims {
    /// The enterprise.
    pub aud: Origin,
    /// The collection's id, kept over retries.
    pub jti: Uuid,
    /// When it was signed, which is when it was sent.
    pub iat: i64,
    /// The packet.
    pub packet: Digest,
    /// Digest of the last signed message of the chain by which the collector holds the packet.
    pub head: Digest,
    /// For delivery: SHA-256 of the salt, a dot and the address ([`Address::digest`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Digest>,
}

/// What is posted to [`super::routes::GOODS`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GoodsRequest {
    /// The signed claims.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub collect: String,
    /// The packet.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub packet: String,
    /// The hops.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_items = 16))]
    pub hops: Vec<String>,
    /// For delivery: where to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// With an address: 128 random bits, base64url, kept over retries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "server", schema(min_length = 22, max_length = 22, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$"))]
    pub salt: Option<String>,
}

/// How a request for goods ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GoodsResult {
    /// They are the collector's; there is a code.
    Collected,
    /// They are not, with a reason.
    Refused,
}

/// The claims of `hongbao-goods+jwt`, the enterprise's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoodsAnswerClaims {
    /// The enterprise.
    pub iss: Origin,
    /// The collector.
    pub aud: ClientId,
    /// When it was decided.
    pub iat: i64,
    /// The collection's id.
    pub collect: Uuid,
    /// The packet.
    pub packet: Digest,
    /// How it ended.
    pub result: GoodsResult,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefusalReason>,
    /// Which share, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// SHA-256 of the code ([`RedeemCode::digest`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<Digest>,
    /// Until when the code is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// The answer's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GoodsAnswer {
    /// The signed answer; of a collection the same bytes however often it is asked.
    pub answer: String,
    /// The code that it names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<RedeemCode>,
}

/// A state of a collection of goods and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GoodsStep {
    /// The state.
    pub state: GoodsState,
    /// Since when, in seconds.
    pub at: i64,
}

/// Where a collection of goods stands: the answer to `GET /v1/goods/<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct GoodsStatus {
    /// The collection's id.
    pub id: Uuid,
    /// Where it stands.
    pub state: GoodsState,
    /// Until when the code is good.
    pub until: i64,
    /// Why they were not there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// By what the parcel is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<String>,
    /// Every state it was in, first to last.
    pub steps: Vec<GoodsStep>,
}

/// A request for goods whose signatures and links hold.
#[derive(Clone, Debug)]
pub struct JudgedGoods {
    /// Who collects.
    pub client: ClientId,
    /// Its claims.
    pub claims: GoodsClaims,
    /// The packet.
    pub packet: Packet,
    /// The hops.
    pub hops: Vec<Hop>,
    /// Where to, for delivery, with its salt.
    pub address: Option<(Address, String)>,
}

/// What the collector must keep over retries.
#[derive(Clone, Debug)]
pub struct GoodsChoice<'a> {
    /// The collection's id.
    pub jti: Uuid,
    /// For delivery: where to, with a salt of 128 random bits, base64url.
    pub address: Option<(&'a Address, &'a str)>,
}

/// Makes the request, signed now.
///
/// # Errors
/// [`Refusal::Malformed`] when a message cannot be written.
pub fn write(key: &SigningKey, file: &PacketFile, choice: &GoodsChoice<'_>, now: i64) -> Result<GoodsRequest, Refusal> {
    let claims = GoodsClaims {
        aud: file.packet.claims.iss.clone(),
        jti: choice.jti,
        iat: now,
        packet: file.packet.id(),
        head: chain::head(&file.packet, &file.hops),
        address: choice.address.map(|(address, salt)| address.digest(salt)),
    };
    Ok(GoodsRequest {
        collect: Jws::sign(key, Typ::Collect, &claims)?.as_str().to_owned(),
        packet: file.packet.jws.as_str().to_owned(),
        hops: file.hops.iter().map(|hop| hop.jws.as_str().to_owned()).collect(),
        address: choice.address.map(|(address, _)| address.clone()),
        salt: choice.address.map(|(_, salt)| salt.to_owned()),
    })
}

/// Judges a request for goods by the enterprise's own keys. Whether there are any left is its ledger's to say.
///
/// # Errors
/// [`Refusal`].
pub fn judge(body: &[u8], own: &Origin, keys: &KeySet, now: i64) -> Result<JudgedGoods, Refusal> {
    let request: GoodsRequest = json::read(body)?;
    let jws = Jws::parse(&request.collect, Typ::Collect)?;
    let claims: GoodsClaims = jws.claims()?;
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    let packet = Packet::read(&request.packet)?;
    let hops = read_hops(&request.hops)?;
    if packet.claims.iss != *own {
        return Err(Refusal::NotAllowed("the packet is another enterprise's"));
    }
    let Contents::Goods { handover, .. } = &packet.claims.contents else {
        return Err(Refusal::Malformed("the packet holds no goods".into()));
    };
    let address = address(&request, &claims, handover.unwrap_or_default())?;
    packet.jws.verify(keys.find(&packet.jws.signer()).ok_or(Refusal::Unknown("the packet's key"))?)?;
    let client = jws.verify_client()?;
    let judged = JudgedGoods { client, claims, packet, hops, address };
    if !judged.is_about_its_packet() {
        return Err(Refusal::NotGenuine("the request is about another packet or chain"));
    }
    if !judged.is_entitled() {
        return Err(Refusal::NotAllowed("the packet was passed on to somebody else"));
    }
    Ok(judged)
}

/// What is delivered has an address, what is picked up has none, and it is the one that was signed.
fn address(
    request: &GoodsRequest,
    claims: &GoodsClaims,
    handover: Handover,
) -> Result<Option<(Address, String)>, Refusal> {
    match (handover, &request.address, &request.salt) {
        (Handover::Pickup, None, None) if claims.address.is_none() => Ok(None),
        (Handover::Pickup, ..) => Err(Refusal::Malformed("these goods are picked up: no address is taken".into())),
        (Handover::Delivery, Some(address), Some(salt)) => {
            text::ADDRESS
                .check(address.as_str())
                .map_err(|error| Refusal::Malformed(format!("the address: {error}")))?;
            if !is_salt(salt) {
                return Err(Refusal::Malformed("the salt is not 128 bits in base64url".into()));
            }
            if claims.address != Some(address.digest(salt)) {
                return Err(Refusal::NotGenuine("the request is for another address"));
            }
            Ok(Some((address.clone(), salt.clone())))
        }
        (Handover::Delivery, ..) => Err(Refusal::Malformed("these goods are delivered: an address is needed".into())),
    }
}

impl JudgedGoods {
    /// Whether the collector signed for this packet and this chain, and the chain holds.
    #[must_use]
    pub fn is_about_its_packet(&self) -> bool {
        self.claims.packet == self.packet.id()
            && chain::check(&self.packet, &self.hops).is_ok()
            && self.claims.head == chain::head(&self.packet, &self.hops)
    }

    /// Whether the chain entitles the collector.
    #[must_use]
    pub fn is_entitled(&self) -> bool {
        chain::holder(&self.packet.claims, &self.hops).admits(&self.client)
    }
}

/// Reads the answer to `client`'s collection `jti` of `packet`, signed by one of the enterprise's keys, with its code.
///
/// # Errors
/// [`Refusal`] when it is not that enterprise's answer to that request, or the code is not the one it names.
pub fn read_answer(
    answer: &GoodsAnswer,
    (issuer, keys): (&Origin, &KeySet),
    client: &ClientId,
    (jti, packet): (Uuid, &Digest),
) -> Result<GoodsAnswerClaims, Refusal> {
    let claims = read_signed(&answer.answer, issuer, keys, client)?;
    if claims.collect != jti || claims.packet != *packet {
        return Err(Refusal::NotGenuine("an answer to something else"));
    }
    if claims.code != answer.code.map(|code| code.digest()) {
        return Err(Refusal::NotGenuine("another code than the answer names"));
    }
    Ok(claims)
}

/// Reads a signed answer without its code, as an audit does.
///
/// # Errors
/// [`Refusal`].
pub fn read_signed(
    compact: &str,
    issuer: &Origin,
    keys: &KeySet,
    client: &ClientId,
) -> Result<GoodsAnswerClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Goods)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::NotGenuine("an answer by an unknown key"))?)?;
    let claims: GoodsAnswerClaims = jws.claims()?;
    if claims.iss != *issuer || claims.aud != *client {
        return Err(Refusal::NotGenuine("an answer for somebody else"));
    }
    let complete = match claims.result {
        GoodsResult::Collected => claims.share.is_some() && claims.code.is_some() && claims.until.is_some(),
        GoodsResult::Refused => claims.reason.is_some() && claims.code.is_none(),
    };
    if complete { Ok(claims) } else { Err(Refusal::Malformed("an answer without its code or reason".into())) }
}
