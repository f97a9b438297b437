//! What an applicant instructs its bank about vouchers that were issued: to withdraw what nobody collected (刹车), or to
//! keep them payable for longer. The bank answers each packet by itself, in one signed outcome.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::states::InstructionResult;
use super::{Refusal, is_fresh};
use crate::jose::{Digest, Jws, KeySet, Typ, json};
use crate::money::Amount;
use crate::packet::claims::MAX_TIME;
use crate::packet::{Origin, text};

/// Most packets of one instruction: its outcome is one signed message and must fit its size.
pub const MAX_PACKETS: usize = 100;
/// How far ahead of now an extension may reach, in seconds.
pub const MAX_AHEAD_SECONDS: i64 = 366 * 24 * 60 * 60;

/// What is instructed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Take back what is uncollected, of what was signed `revocable`.
    Withdraw,
    /// Pay until later than the packet says.
    Extend,
}

impl Kind {
    /// The type of the signed message.
    #[must_use]
    pub const fn typ(self) -> Typ {
        match self {
            Self::Withdraw => Typ::Withdraw,
            Self::Extend => Typ::Extend,
        }
    }

    /// The word in databases.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Withdraw => "withdraw",
            Self::Extend => "extend",
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = super::states::UnknownState;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Withdraw, Self::Extend];
        all.into_iter().find(|kind| kind.as_str() == text).ok_or(super::states::UnknownState)
    }
}

/// The claims of `hongbao-withdraw+jwt` and `hongbao-extend+jwt`, by the applicant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstructionClaims {
    /// The applicant.
    pub iss: Origin,
    /// The issuing bank.
    pub aud: Origin,
    /// The instruction's id: decided once, kept over retries.
    pub jti: Uuid,
    /// When it was signed, which is when it was sent.
    pub iat: i64,
    /// Which packets, each once.
    pub packets: Vec<Digest>,
    /// Why, in the applicant's words.
    pub reason: String,
    /// To extend: until when they shall be payable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// What is posted to [`super::routes::INSTRUCTIONS`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InstructionRequest {
    /// The signed claims; their `typ` says what is instructed.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub instruction: String,
}

/// The answer's body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct InstructionAnswer {
    /// The signed outcome; the same bytes however often it is asked.
    pub outcome: String,
}

/// The claims of `hongbao-outcome+jwt`, by the bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeClaims {
    /// The bank.
    pub iss: Origin,
    /// The applicant.
    pub aud: Origin,
    /// When it was decided.
    pub iat: i64,
    /// The instruction's id.
    pub instruction: Uuid,
    /// Each packet, in the order of the instruction.
    pub results: Vec<PacketResult>,
}

/// What became of one packet's voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketResult {
    /// The packet.
    pub packet: Digest,
    /// Done, or why not.
    pub result: InstructionResult,
    /// Withdrawn: how much went back to the applicant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Extended: until when it is payable now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<i64>,
}

/// Reads who instructs what, before any key is looked up.
///
/// # Errors
/// [`Refusal::Malformed`].
pub fn read(body: &[u8]) -> Result<(Kind, Jws, InstructionClaims), Refusal> {
    let request: InstructionRequest = json::read(body)?;
    let (kind, jws) = match Jws::parse(&request.instruction, Typ::Withdraw) {
        Ok(jws) => (Kind::Withdraw, jws),
        Err(_) => (Kind::Extend, Jws::parse(&request.instruction, Typ::Extend)?),
    };
    let claims = jws.claims()?;
    Ok((kind, jws, claims))
}

/// Judges an instruction with the applicant's keys.
///
/// Whether the new end is still ahead is the ledger's to say: what was decided is answered alike also after it.
///
/// # Errors
/// [`Refusal`].
pub fn judge(
    (kind, jws, claims): (Kind, &Jws, &InstructionClaims),
    own: &Origin,
    keys: &KeySet,
    now: i64,
) -> Result<(), Refusal> {
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the applicant's key"))?)?;
    let distinct: BTreeSet<&Digest> = claims.packets.iter().collect();
    if !(1..=MAX_PACKETS).contains(&claims.packets.len()) || distinct.len() != claims.packets.len() {
        return Err(Refusal::Malformed(format!("an instruction names 1 to {MAX_PACKETS} packets, each once")));
    }
    text::NOTE.check(&claims.reason).map_err(|error| Refusal::Malformed(format!("the reason: {error}")))?;
    match (kind, claims.until) {
        (Kind::Withdraw, None) => Ok(()),
        (Kind::Extend, Some(until)) if (0..=MAX_TIME).contains(&until) => Ok(()),
        _ => Err(Refusal::Malformed("an extension says until when, and nothing else does".into())),
    }
}

/// Reads the outcome of an instruction about `packets`.
///
/// # Errors
/// [`Refusal`] when it is not that bank's outcome of that instruction, packet by packet.
pub fn read_outcome(
    compact: &str,
    (bank, keys): (&Origin, &KeySet),
    own: &Origin,
    (jti, kind, packets): (Uuid, Kind, &[Digest]),
) -> Result<OutcomeClaims, Refusal> {
    let jws = Jws::parse(compact, Typ::Outcome)?;
    jws.verify(keys.find(&jws.signer()).ok_or(Refusal::Unknown("the bank's key"))?)?;
    let claims: OutcomeClaims = jws.claims()?;
    if claims.iss != *bank || claims.aud != *own || claims.instruction != jti {
        return Err(Refusal::NotGenuine("an outcome of something else"));
    }
    if !claims.results.iter().map(|it| it.packet).eq(packets.iter().copied()) {
        return Err(Refusal::NotGenuine("an outcome of other packets"));
    }
    if claims.results.iter().all(|result| result.is_complete(kind)) {
        Ok(claims)
    } else {
        Err(Refusal::Malformed("an outcome without its amount or end".into()))
    }
}

impl PacketResult {
    /// Whether it says all that a result of this kind must, and nothing of the other kind.
    fn is_complete(&self, kind: Kind) -> bool {
        match self.result {
            InstructionResult::Withdrawn => {
                kind == Kind::Withdraw && self.amount.is_some_and(|amount| amount.minor > 0)
            }
            InstructionResult::Extended => kind == Kind::Extend && self.until.is_some(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zeroize::Zeroizing;

    use super::*;
    use crate::jose::{MAX_JWS_BYTES, SigningKey};
    use crate::money::Currency;

    const NOW: i64 = 1_770_000_000;

    fn key(number: u8) -> SigningKey {
        SigningKey::from_secret(&Zeroizing::new([number; 32]))
    }

    fn keys(number: u8) -> KeySet {
        KeySet { keys: vec![key(number).public()] }
    }

    fn origin(name: &str) -> Origin {
        Origin::parse(&format!("https://{name}.example")).unwrap()
    }

    fn digests(count: u32) -> Vec<Digest> {
        (0..count).map(|number| Digest::of(&number.to_be_bytes())).collect()
    }

    fn claims(count: u32) -> InstructionClaims {
        InstructionClaims {
            iss: origin("shop"),
            aud: origin("bank"),
            jti: Uuid::from_u128(7),
            iat: NOW,
            packets: digests(count),
            reason: "sent by mistake".into(),
            until: None,
        }
    }

    fn judged(kind: Kind, claims: &InstructionClaims) -> Result<Kind, Refusal> {
        let instruction = Jws::sign(&key(1), kind.typ(), claims)?.as_str().to_owned();
        let body = serde_json::to_vec(&InstructionRequest { instruction }).unwrap();
        let (kind, jws, claims) = read(&body)?;
        judge((kind, &jws, &claims), &origin("bank"), &keys(1), NOW).map(|()| kind)
    }

    #[test]
    fn the_type_says_what_is_instructed() {
        assert_eq!(judged(Kind::Withdraw, &claims(1)), Ok(Kind::Withdraw));
        let extend = InstructionClaims { until: Some(NOW + 1), ..claims(1) };
        assert_eq!(judged(Kind::Extend, &extend), Ok(Kind::Extend));
        assert!(judged(Kind::Withdraw, &extend).is_err() && judged(Kind::Extend, &claims(1)).is_err());
    }

    #[test]
    fn what_is_not_allowed_is_refused() {
        let code = |claims: &InstructionClaims| judged(Kind::Withdraw, claims).unwrap_err().code();
        let twice = [digests(1), digests(1)].concat();
        for (claims, expected) in [
            (claims(0), "bad-request"),
            (claims(101), "bad-request"),
            (InstructionClaims { packets: twice, ..claims(1) }, "bad-request"),
            (InstructionClaims { reason: String::new(), ..claims(1) }, "bad-request"),
            (InstructionClaims { reason: "\u{202e}".into(), ..claims(1) }, "bad-request"),
            (InstructionClaims { iat: NOW - 301, ..claims(1) }, "clock-skew"),
            (InstructionClaims { aud: origin("other"), ..claims(1) }, "wrong-audience"),
        ] {
            assert_eq!(code(&claims), expected, "{claims:?}");
        }
        let foreign = Jws::sign(&key(2), Typ::Withdraw, &claims(1)).unwrap();
        let claims = claims(1);
        let refused = judge((Kind::Withdraw, &foreign, &claims), &origin("bank"), &keys(1), NOW);
        assert_eq!(refused.unwrap_err().code(), "unknown-party");
    }

    fn outcome(results: Vec<PacketResult>) -> OutcomeClaims {
        OutcomeClaims { iss: origin("bank"), aud: origin("shop"), iat: NOW, instruction: Uuid::from_u128(7), results }
    }

    fn withdrawn(packet: Digest) -> PacketResult {
        let amount = Some(Amount::new(1_000_000_000_000, Currency::CNY));
        PacketResult { packet, result: InstructionResult::Withdrawn, amount, until: None }
    }

    #[test]
    fn the_longest_instruction_and_its_outcome_fit_a_signed_message() {
        let most = u32::try_from(MAX_PACKETS).unwrap();
        let longest = InstructionClaims { reason: "福".repeat(140), ..claims(most) };
        assert_eq!(judged(Kind::Withdraw, &longest), Ok(Kind::Withdraw));
        let results = digests(most).into_iter().map(withdrawn).collect();
        let signed = Jws::sign(&key(2), Typ::Outcome, &outcome(results)).unwrap();
        assert!(signed.as_str().len() <= MAX_JWS_BYTES);
    }

    #[test]
    fn an_outcome_answers_its_own_instruction_packet_by_packet() {
        let read = |claims: &OutcomeClaims, kind, count| {
            let signed = Jws::sign(&key(2), Typ::Outcome, claims).unwrap();
            let asked = (Uuid::from_u128(7), kind, digests(count));
            read_outcome(signed.as_str(), (&origin("bank"), &keys(2)), &origin("shop"), (asked.0, asked.1, &asked.2))
        };
        let good = outcome(vec![withdrawn(digests(1)[0])]);
        assert_eq!(read(&good, Kind::Withdraw, 1).unwrap(), good);
        assert!(read(&good, Kind::Withdraw, 2).is_err(), "one packet is missing");
        assert!(read(&good, Kind::Extend, 1).is_err(), "nobody asked to withdraw");
        let mut nothing = good.clone();
        nothing.results[0].amount = None;
        assert!(read(&nothing, Kind::Withdraw, 1).is_err());
        assert!(read(&OutcomeClaims { instruction: Uuid::from_u128(8), ..good }, Kind::Withdraw, 1).is_err());
    }
}
