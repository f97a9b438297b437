//! Collecting (收证, step 3): the collector applies to the bank that holds the account.
//!
//! The signed claims name the account only by a salted digest, so that the issuing bank can later check the client's own
//! signature without learning the account number.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::account::AccountNumber;
use super::states::{AcceptedBy, CollectionState, RefusalReason};
use super::{Refusal, is_fresh};
use crate::jose::{ClientId, Digest, Jws, SigningKey, Typ, from_base64url, json};
use crate::money::Amount;
use crate::packet::chain;
use crate::packet::file::{Packet, PacketFile, Voucher, read_hops};
use crate::packet::verify::{CheckKind, Outcome};
use crate::packet::{Origin, Trust, verify};

/// The claims of `hongbao-collect+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectClaims {
    /// The collecting bank.
    pub aud: Origin,
    /// The collection's id, kept over retries.
    pub jti: Uuid,
    /// When it was signed, which is when it was sent.
    pub iat: i64,
    /// The issuing bank.
    pub bank: Origin,
    /// The voucher's number.
    pub voucher: String,
    /// The packet.
    pub packet: Digest,
    /// Digest of the last signed message of the chain by which the collector holds the packet.
    pub head: Digest,
    /// SHA-256 of the salt, a dot and the account number ([`account_digest`]).
    pub account: Digest,
}

/// What is posted to [`super::routes::COLLECTIONS`].
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CollectRequest {
    /// The signed claims.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub collect: String,
    /// The collector's account at this bank.
    pub account: AccountNumber,
    /// 128 random bits, base64url, kept over retries.
    #[cfg_attr(feature = "server", schema(min_length = 22, max_length = 22, pattern = "^[A-Za-z0-9_-]{21}[AQgw]$"))]
    pub salt: String,
    /// The packet.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub packet: String,
    /// The voucher.
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub voucher: String,
    /// The hops.
    #[serde(default)]
    #[cfg_attr(feature = "server", schema(max_items = 16))]
    pub hops: Vec<String>,
}

/// Where a collection stands: the answer to POST, and to `GET /v1/collections/<id>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct CollectionStatus {
    /// The collection's id.
    pub id: Uuid,
    /// Where it stands.
    pub state: CollectionState,
    /// What is paid or to be paid, once known: of a lucky share, when it is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// Which share was paid, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<u32>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefusalReason>,
    /// What the bank says of it besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
    /// While a clerk must look at it: until when, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decides_by: Option<i64>,
    /// Every state it was in, first to last.
    pub steps: Vec<Step>,
}

/// A state and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Step {
    /// The state.
    pub state: CollectionState,
    /// Since when, in seconds.
    pub at: i64,
}

/// A request to collect whose signatures and links hold.
#[derive(Clone, Debug)]
pub struct JudgedCollect {
    /// Who collects.
    pub client: ClientId,
    /// The signed request itself, which the issuing bank will see.
    pub jws: Jws,
    /// Its claims.
    pub claims: CollectClaims,
    /// The account.
    pub account: AccountNumber,
    /// Packet, voucher and hops.
    pub file: PacketFile,
}

impl JudgedCollect {
    /// The voucher; every judged collect has one.
    #[must_use]
    pub const fn voucher(&self) -> Option<&Voucher> {
        self.file.voucher.as_ref()
    }
}

/// Binds a collect to an account without naming it.
#[must_use]
pub fn account_digest(salt: &str, account: &AccountNumber) -> Digest {
    Digest::of(format!("{salt}.{account}").as_bytes())
}

/// Whether a salt is long enough that an account number cannot be found by trying all of them.
pub(super) fn is_salt(salt: &str) -> bool {
    from_base64url(salt).is_ok_and(|bytes| bytes.len() == 16)
}

/// What the collector chose and must keep over retries.
#[derive(Clone, Debug)]
pub struct Choice<'a> {
    /// The collecting bank.
    pub bank: &'a Origin,
    /// The collection's id.
    pub jti: Uuid,
    /// The account.
    pub account: &'a AccountNumber,
    /// The salt: 128 random bits, base64url.
    pub salt: &'a str,
}

/// Makes the request, signed now.
///
/// # Errors
/// [`Refusal::Malformed`] when there is no voucher to collect or a message cannot be written.
pub fn write(key: &SigningKey, file: &PacketFile, choice: &Choice<'_>, now: i64) -> Result<CollectRequest, Refusal> {
    let voucher = file.voucher.as_ref().ok_or_else(|| Refusal::Malformed("there is no bank voucher inside".into()))?;
    let claims = CollectClaims {
        aud: choice.bank.clone(),
        jti: choice.jti,
        iat: now,
        bank: voucher.claims.iss.clone(),
        voucher: voucher.claims.number.clone(),
        packet: file.packet.id(),
        head: chain::head(&file.packet, &file.hops),
        account: account_digest(choice.salt, choice.account),
    };
    Ok(CollectRequest {
        collect: Jws::sign(key, Typ::Collect, &claims)?.as_str().to_owned(),
        account: choice.account.clone(),
        salt: choice.salt.to_owned(),
        packet: file.packet.jws.as_str().to_owned(),
        voucher: voucher.jws.as_str().to_owned(),
        hops: file.hops.iter().map(|hop| hop.jws.as_str().to_owned()).collect(),
    })
}

/// Judges a request to collect. `trust` holds the banks this bank deals with, itself among them.
///
/// Whether the account is this client's, and whether there is money, are the bank's own tables.
///
/// # Errors
/// [`Refusal`].
pub fn judge(body: &[u8], own: &Origin, trust: &Trust, now: i64) -> Result<JudgedCollect, Refusal> {
    let request: CollectRequest = json::read(body)?;
    let jws = Jws::parse(&request.collect, Typ::Collect)?;
    let claims: CollectClaims = jws.claims()?;
    if claims.aud != *own {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    let file = PacketFile {
        packet: Packet::read(&request.packet)?,
        voucher: Some(Voucher::read(&request.voucher)?),
        hops: read_hops(&request.hops)?,
        note: None,
        media: Vec::new(),
    };
    if !trust.banks.contains_key(&claims.bank) {
        return Err(Refusal::Unknown("the issuing bank"));
    }
    if !is_salt(&request.salt) {
        return Err(Refusal::Malformed("the salt is not 128 bits in base64url".into()));
    }
    let client = jws.verify_client()?;
    let report = verify(&file, trust);
    let passed = |check| report.outcome(check) == Some(Outcome::Passed);
    if !passed(CheckKind::VoucherSignature) || !passed(CheckKind::VoucherMatch) {
        return Err(Refusal::NotGenuine("the voucher does not hold"));
    }
    if !passed(CheckKind::Hops) {
        return Err(Refusal::NotGenuine("the chain of forwardings does not hold"));
    }
    let named = file
        .voucher
        .as_ref()
        .is_some_and(|voucher| voucher.claims.number == claims.voucher && voucher.claims.iss == claims.bank);
    if !named || claims.packet != file.packet.id() || claims.head != chain::head(&file.packet, &file.hops) {
        return Err(Refusal::NotGenuine("the request is about another voucher or chain"));
    }
    if claims.account != account_digest(&request.salt, &request.account) {
        return Err(Refusal::NotGenuine("the request is for another account"));
    }
    if !chain::holder(&file.packet.claims, &file.hops).admits(&client) {
        return Err(Refusal::NotAllowed("the packet was passed on to somebody else"));
    }
    Ok(JudgedCollect { client, jws, claims, account: request.account, file })
}

/// What is posted to [`super::routes::LINKS`], authorized by the client that the account shall belong to.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct LinkRequest {
    /// The account.
    pub account: AccountNumber,
    /// The one-time code given when the account was opened.
    pub code: String,
}

/// What is posted to [`super::routes::ACCEPTANCE`], authorized by a client whose account it is; and the bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct AcceptanceChoice {
    /// The account.
    pub account: AccountNumber,
    /// How what is collected into it is accepted; absent: as the bank has set for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptedBy>,
}

/// The bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Linked {
    /// The account.
    pub account: AccountNumber,
    /// The account holder's name (收证人).
    pub holder: String,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// There are few account numbers; whoever tries them all must not find the one behind a digest.
    #[test]
    fn an_account_is_named_by_a_digest_that_hangs_on_its_salt() {
        let account: AccountNumber = "6200000001880124".parse().unwrap();
        let [one, other] =
            ["AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAQ"].map(|salt| account_digest(salt, &account));
        assert_ne!(one, other);
        assert_ne!(one, Digest::of(account.as_str().as_bytes()));
        for (salt, is_one) in [("AAAAAAAAAAAAAAAAAAAAAA", true), ("AAAA", false), ("", false)] {
            assert_eq!(is_salt(salt), is_one, "{salt}");
        }
    }
}
