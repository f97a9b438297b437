//! The forward notice (转发通知) and its receipt: a client tells the enterprise that it opened a packet, and from whom.

use std::ops::Deref;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::states::{NoRewardReason, ReceiptResult};
use super::{Refusal, is_fresh};
use crate::jose::{ClientId, Digest, Jws, KeySet, SigningKey, Typ, json};
use crate::packet::chain;
use crate::packet::file::{Hop, read_hops};
use crate::packet::{Origin, Packet, PacketClaims, Reward};

/// The claims of `hongbao-notice+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeClaims {
    /// The enterprise.
    pub aud: Origin,
    /// The notice's id, kept over retries.
    pub jti: Uuid,
    /// When it was signed, which is when it was sent.
    pub iat: i64,
    /// The packet.
    pub packet: Digest,
    /// Digest of the last signed message: the packet's, or the last hop's.
    pub head: Digest,
    /// Who signed the last hop: the first client. None when it was not forwarded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<ClientId>,
    /// Whether that client may learn who opened.
    #[serde(default)]
    pub show_opener: bool,
}

/// What is posted to [`super::routes::NOTICES`]: neither voucher nor pictures nor the forwarder's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct NoticeRequest {
    /// The packet, compact JWS.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub packet: String,
    /// The hops.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_items = 16))]
    pub hops: Vec<String>,
    /// The notice, compact JWS by the opener.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub notice: String,
}

/// The answer: a receipt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct NoticeAnswer {
    /// `hongbao-receipt+jwt`, by the enterprise.
    pub receipt: String,
}

/// The claims of `hongbao-receipt+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptClaims {
    /// The enterprise.
    pub iss: Origin,
    /// The opener.
    pub aud: ClientId,
    /// When it was decided.
    pub iat: i64,
    /// The notice's id.
    pub notice: Uuid,
    /// The packet.
    pub packet: Digest,
    /// What came of it.
    pub result: ReceiptResult,
    /// Why there is no reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<NoRewardReason>,
    /// The reward's name ([`crate::packet::claims::reward_for`]), when one is owed or waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Digest>,
}

/// A packet with the forwardings by which it came. Worth something only once [`judge`] has let it pass.
#[derive(Clone, Debug)]
pub struct Carried {
    /// The packet, by this enterprise.
    pub packet: Packet,
    /// The hops.
    pub hops: Vec<Hop>,
    /// The packet's id.
    pub id: Digest,
    /// The digest of the last signed message.
    pub head: Digest,
}

impl Carried {
    /// A packet with its hops.
    #[must_use]
    pub fn new(packet: Packet, hops: Vec<Hop>) -> Self {
        let (id, head) = (packet.id(), chain::head(&packet, &hops));
        Self { packet, hops, id, head }
    }

    fn check(&self, keys: &KeySet) -> Result<(), Refusal> {
        let signer = self.packet.jws.signer();
        let key = keys.find(&signer).ok_or(Refusal::NotGenuine("the packet is not signed by this issuer"))?;
        self.packet.jws.verify(key)?;
        chain::check(&self.packet, &self.hops)
            .map_err(|_| Refusal::NotGenuine("the chain of forwardings does not hold"))
    }
}

/// A notice whose signatures and links hold; it derefs to what it is about.
#[derive(Clone, Debug)]
pub struct JudgedNotice {
    /// The packet and its hops.
    pub carried: Arc<Carried>,
    /// Who opened it.
    pub opener: ClientId,
    /// The notice itself.
    pub jws: Jws,
    /// The claims.
    pub claims: NoticeClaims,
}

impl Deref for JudgedNotice {
    type Target = Carried;

    fn deref(&self) -> &Carried {
        &self.carried
    }
}

/// Makes the request that tells of an opening, signed now.
///
/// # Errors
/// [`Refusal::Malformed`] when a message cannot be written.
pub fn write(
    key: &SigningKey,
    packet: &Packet,
    hops: &[Hop],
    jti: Uuid,
    show_opener: bool,
    now: i64,
) -> Result<NoticeRequest, Refusal> {
    let claims = NoticeClaims {
        aud: packet.claims.iss.clone(),
        jti,
        iat: now,
        packet: packet.id(),
        head: chain::head(packet, hops),
        from: hops.last().map(Hop::by),
        show_opener,
    };
    Ok(NoticeRequest {
        packet: packet.jws.as_str().to_owned(),
        hops: hops.iter().map(|hop| hop.jws.as_str().to_owned()).collect(),
        notice: Jws::sign(key, Typ::Notice, &claims)?.as_str().to_owned(),
    })
}

/// Judges a notice as far as signatures go; caps, funds and what is already known are the enterprise's register.
///
/// `own` is the enterprise's origin, `keys` all keys it ever signed packets with. `genuine` may know what passed here
/// before, with the same origin and keys, by the very texts of packet and hops: that is not read and verified again.
///
/// # Errors
/// [`Refusal`].
pub fn judge(
    body: &[u8],
    own: &Origin,
    keys: &KeySet,
    genuine: impl FnOnce(&NoticeRequest) -> Option<Arc<Carried>>,
    now: i64,
) -> Result<JudgedNotice, Refusal> {
    let request: NoticeRequest = json::read(body)?;
    let (carried, is_genuine) = match genuine(&request) {
        Some(carried) => (carried, true),
        None => (Arc::new(read(&request, own)?), false),
    };
    let notice = Jws::parse(&request.notice, Typ::Notice)?;
    let claims: NoticeClaims = notice.claims()?;
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    let opener = notice.verify_client()?;
    if !is_genuine {
        carried.check(keys)?;
    }
    if claims.packet != carried.id || claims.head != carried.head {
        return Err(Refusal::NotGenuine("the notice is about another packet or chain"));
    }
    if claims.from != carried.hops.last().map(Hop::by) {
        return Err(Refusal::NotGenuine("the notice names another forwarder"));
    }
    Ok(JudgedNotice { carried, opener, jws: notice, claims })
}

fn read(request: &NoticeRequest, own: &Origin) -> Result<Carried, Refusal> {
    let packet = Packet::read(&request.packet)?;
    if packet.claims.iss != *own {
        return Err(Refusal::WrongAudience);
    }
    Ok(Carried::new(packet, read_hops(&request.hops)?))
}

impl JudgedNotice {
    /// Who earns what by this opening, by the signed rules alone; `now` is when the notice arrived.
    ///
    /// # Errors
    /// [`NoRewardReason`] when the opening only counts.
    pub fn earns(&self, now: i64) -> Result<(ClientId, &Reward), NoRewardReason> {
        let to = self.hops.last().and_then(|hop| hop.claims.to);
        earns(&self.packet.claims, &self.signers(), to, &self.opener, now)
    }

    /// Who signed the hops, first to last.
    #[must_use]
    pub fn signers(&self) -> Vec<ClientId> {
        self.hops.iter().map(Hop::by).collect()
    }

    /// Whether the opener holds the packet, or may: it is not addressed to somebody else.
    #[must_use]
    pub fn is_holder(&self) -> bool {
        chain::holder(&self.packet.claims, &self.hops).admits(&self.opener)
    }
}

/// Who earns what when `opener` opens a packet that `signers` forwarded, the last of them to `to`.
///
/// # Errors
/// [`NoRewardReason`] when the opening only counts.
pub fn earns<'a>(
    packet: &'a PacketClaims,
    signers: &[ClientId],
    to: Option<ClientId>,
    opener: &ClientId,
    now: i64,
) -> Result<(ClientId, &'a Reward), NoRewardReason> {
    let last = signers.last().ok_or(NoRewardReason::NotForwarded)?;
    let reward = packet.forward.as_ref().and_then(|forward| forward.reward.as_ref());
    let reward = reward.ok_or(NoRewardReason::NoReward)?;
    if packet.cnf.as_ref().is_some_and(|cnf| cnf.jkt == *opener) {
        return Err(NoRewardReason::OwnPacket);
    }
    if signers.contains(opener) {
        return Err(NoRewardReason::OwnForward);
    }
    if to.is_some_and(|to| to != *opener) {
        return Err(NoRewardReason::NotAddressee);
    }
    if now > reward.until {
        return Err(NoRewardReason::TooLate);
    }
    Ok((*last, reward))
}

/// Reads a receipt for `opener`'s notice `jti`, signed by one of the enterprise's keys.
///
/// # Errors
/// [`Refusal`] when it is not that enterprise's receipt for that notice.
pub fn read_receipt(
    compact: &str,
    issuer: &Origin,
    keys: &KeySet,
    opener: &ClientId,
    jti: Uuid,
) -> Result<ReceiptClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Receipt)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::NotGenuine("a receipt by an unknown key"))?)?;
    let claims: ReceiptClaims = jws.claims()?;
    if claims.iss != *issuer || claims.aud != *opener || claims.notice != jti {
        return Err(Refusal::NotGenuine("a receipt for something else"));
    }
    Ok(claims)
}
