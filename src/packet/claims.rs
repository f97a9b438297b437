//! The claims of the messages a packet file holds, and the rules each keeps by itself.
//!
//! Times are seconds since the epoch (`NumericDate`, RFC 7519 §2); amounts are integer minor units with an ISO 4217
//! currency. Unknown claims are ignored, so that a later issuer can say more without becoming unreadable.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::gtin;
use super::media;
use super::origin::Origin;
use super::text::{self, TextError};
use crate::jose::{ClientId, Digest};
use crate::money::{Amount, MoneyError};

/// Most forwardings that a packet may allow (docs/packet-format.md, Limits).
pub const MAX_HOPS: u32 = 16;
/// Most shares of one voucher.
pub const MAX_SHARES: u32 = 1_000_000;
/// Largest time that a claim may hold: the end of the year 9999, the last that RFC 3339 writes.
pub const MAX_TIME: i64 = 253_402_300_799;

/// A rule that claims break; the text names the claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    /// A text is empty, too long, or holds forbidden characters.
    #[error("{0}: {1}")]
    Text(&'static str, TextError),
    /// An amount is outside the limits.
    #[error("{0}: {1}")]
    Money(&'static str, MoneyError),
    /// A number, time or combination is outside what the format allows.
    #[error("{0} is not allowed to be so")]
    Value(&'static str),
}

fn text(name: &'static str, rule: text::Rule, value: &str) -> Result<(), ClaimError> {
    rule.check(value).map_err(|e| ClaimError::Text(name, e))
}

fn holds(name: &'static str, condition: bool) -> Result<(), ClaimError> {
    if condition { Ok(()) } else { Err(ClaimError::Value(name)) }
}

fn time(name: &'static str, at: i64) -> Result<(), ClaimError> {
    holds(name, (0..=MAX_TIME).contains(&at))
}

fn money(name: &'static str, amount: Amount) -> Result<(), ClaimError> {
    amount.within_packet_limits().map(|_| ()).map_err(|e| ClaimError::Money(name, e))
}

/// What the enterprise signs: the packet, which is also the application for its voucher (开证申请).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketClaims {
    /// The enterprise's origin.
    pub iss: Origin,
    /// `UUIDv7`.
    pub jti: Uuid,
    /// When it was signed.
    pub iat: i64,
    /// From when it can be collected.
    pub nbf: i64,
    /// Until when it can be collected.
    pub exp: i64,
    /// For whom it is, if for one client only (RFC 7800).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cnf: Option<Confirmation>,
    /// The enterprise's own name of the campaign.
    pub campaign: String,
    /// What one sees before opening (封套).
    pub envelope: Envelope,
    /// What is inside (内容物).
    pub contents: Contents,
    /// Whether and how it may be forwarded; absent: not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward: Option<Forward>,
    /// In a reward: SHA-256 over the forwarded packet's digest and the opener's id ([`reward_for`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward_for: Option<Digest>,
}

/// The client that a packet is addressed to (RFC 7800 §3.1, by thumbprint).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// The client's unique id.
    pub jkt: ClientId,
}

/// The envelope (封套).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The company's name.
    pub title: String,
    /// The greeting (祝语); its first line is set large.
    pub greeting: String,
    /// The serial number (编号), consecutive per enterprise.
    pub serial: u64,
    /// Digest of the company's emblem in `media`, as `sha256-` and base64.
    #[serde(rename = "emblem#integrity", default, skip_serializing_if = "Option::is_none")]
    pub emblem: Option<String>,
    /// A named look; unknown names look like the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<String>,
    /// Digest of the cover picture in `media`, as `sha256-` and base64.
    #[serde(rename = "cover#integrity", default, skip_serializing_if = "Option::is_none")]
    pub cover: Option<String>,
}

/// How the money is shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Mode {
    /// Equal shares: every person once, up to `shares`.
    Each,
    /// Random shares of one pot.
    Lucky,
}

/// The contents (内容物): one electronic voucher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Contents {
    /// A bank voucher (银信证).
    Bank {
        /// The issuing bank's origin.
        bank: Origin,
        /// What one person gets in `each`; the whole pot in `lucky`.
        amount: Amount,
        /// How it is shared out.
        mode: Mode,
        /// How many shares; 1 is a single gift.
        shares: u32,
        /// In `lucky`: the hash of the bank's one-use seed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        draw: Option<Digest>,
        /// Whether the enterprise may withdraw what is uncollected.
        #[serde(default)]
        revocable: bool,
    },
    /// A goods voucher (物信证).
    Goods {
        /// What.
        item: String,
        /// How many.
        quantity: u32,
        /// Of which unit, such as 盒.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        unit: Option<String>,
        /// From whom.
        merchant: String,
        /// Conditions.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        terms: Option<String>,
        /// How to get it.
        redeem: String,
        /// Digest of the picture in `media`.
        #[serde(rename = "picture#integrity", default, skip_serializing_if = "Option::is_none")]
        picture: Option<String>,
        /// What it is worth, if the issuer says so.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<Amount>,
        /// How it is shared out; goods are never drawn by lot.
        mode: Mode,
        /// How many shares.
        shares: u32,
        /// Its Global Trade Item Number, where there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        gtin: Option<String>,
        /// How it changes hands; absent: it is picked up.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        handover: Option<Handover>,
        /// What the collector may have instead, if the issuer leaves that choice.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cash: Option<Cash>,
    },
}

/// How goods change hands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Handover {
    /// The collector comes for them and shows a code.
    #[default]
    Pickup,
    /// They are sent to an address that the collector gives.
    Delivery,
}

/// Money in place of goods: each share is either goods or this, as its collector chooses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cash {
    /// The issuing bank's origin.
    pub bank: Origin,
    /// What one person gets.
    pub amount: Amount,
    /// Whether the enterprise may withdraw what is uncollected.
    #[serde(default)]
    pub revocable: bool,
}

/// The money that contents promise, wherever they say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money<'a> {
    /// The issuing bank.
    pub bank: &'a Origin,
    /// What one person gets in `each`; the whole pot in `lucky`.
    pub amount: Amount,
    /// How it is shared out.
    pub mode: Mode,
    /// How many shares.
    pub shares: u32,
    /// Whether the enterprise may withdraw what is uncollected.
    pub revocable: bool,
}

impl Contents {
    /// The figure on the voucher: what one person gets in `each`, the pot in `lucky`, the value of goods if stated.
    #[must_use]
    pub const fn amount(&self) -> Option<Amount> {
        match self {
            Self::Bank { amount, .. } => Some(*amount),
            Self::Goods { value, .. } => *value,
        }
    }

    /// `bank` or `goods`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bank { .. } => "bank",
            Self::Goods { .. } => "goods",
        }
    }

    /// How many people can collect.
    #[must_use]
    pub const fn shares(&self) -> u32 {
        match self {
            Self::Bank { shares, .. } | Self::Goods { shares, .. } => *shares,
        }
    }

    /// The hash of the bank's one-use seed; none for equal shares and goods.
    #[must_use]
    pub const fn draw(&self) -> Option<Digest> {
        match self {
            Self::Bank { draw, .. } => *draw,
            Self::Goods { .. } => None,
        }
    }

    /// What the bank must freeze for it: `amount` × `shares` in `each`, `amount` in `lucky`. None for goods.
    /// The money that is promised: of a bank voucher, or in place of goods. None for goods alone.
    #[must_use]
    pub const fn money(&self) -> Option<Money<'_>> {
        match self {
            Self::Bank { bank, amount, mode, shares, revocable, .. } => {
                Some(Money { bank, amount: *amount, mode: *mode, shares: *shares, revocable: *revocable })
            }
            Self::Goods { cash: Some(cash), mode, shares, .. } => Some(Money {
                bank: &cash.bank,
                amount: cash.amount,
                mode: *mode,
                shares: *shares,
                revocable: cash.revocable,
            }),
            Self::Goods { cash: None, .. } => None,
        }
    }

    /// What the bank must freeze for it: `amount` × `shares` in `each`, `amount` in `lucky`. None for goods alone.
    ///
    /// # Errors
    /// [`MoneyError::Range`] when the total is over the limit.
    pub fn total(&self) -> Result<Option<Amount>, MoneyError> {
        let Some(money) = self.money() else { return Ok(None) };
        let total = match money.mode {
            Mode::Each => money.amount.times(u64::from(money.shares))?,
            Mode::Lucky => money.amount,
        };
        total.within_packet_limits().map(Some)
    }

    fn check(&self) -> Result<(), ClaimError> {
        holds("contents.shares", (1..=MAX_SHARES).contains(&self.shares()))?;
        match self {
            Self::Bank { amount, mode, shares, draw, .. } => {
                money("contents.amount", *amount)?;
                self.total().map_err(|e| ClaimError::Money("contents.amount", e))?;
                holds("contents.draw", draw.is_some() == (*mode == Mode::Lucky))?;
                // Everybody in a draw gets at least one minor unit.
                holds("contents.shares", *mode == Mode::Each || i64::from(*shares) <= amount.minor)
            }
            Self::Goods { item, quantity, unit, merchant, terms, redeem, value, mode, gtin, cash, .. } => {
                text("contents.item", text::NAME, item)?;
                holds("contents.quantity", *quantity >= 1)?;
                unit.as_ref().map_or(Ok(()), |unit| text("contents.unit", text::NAME, unit))?;
                text("contents.merchant", text::NAME, merchant)?;
                terms.as_ref().map_or(Ok(()), |terms| text("contents.terms", text::TERMS, terms))?;
                text("contents.redeem", text::TERMS, redeem)?;
                value.map_or(Ok(()), |value| money("contents.value", value))?;
                holds("contents.gtin", gtin.as_deref().is_none_or(gtin::is_valid))?;
                cash.as_ref().map_or(Ok(()), |cash| money("contents.cash.amount", cash.amount))?;
                self.total().map_err(|e| ClaimError::Money("contents.cash.amount", e))?;
                holds("contents.mode", *mode == Mode::Each)
            }
        }
    }
}

/// Where the Forward button sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Placement {
    /// On the envelope: without opening.
    Envelope,
    /// On the contents: after opening.
    Contents,
    /// On both.
    Both,
}

/// Whether and how a packet may be forwarded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forward {
    /// Where the button sits.
    pub placement: Placement,
    /// Most forwardings, 1 … [`MAX_HOPS`].
    pub max_hops: u32,
    /// What the direct forwarder earns, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reward: Option<Reward>,
}

/// When a reward is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum When {
    /// When the friend opened and told.
    Opened,
    /// When the friend was also paid a share.
    Collected,
}

/// What a direct forwarder earns for each friend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// Per friend.
    pub amount: Amount,
    /// For what.
    pub when: When,
    /// Most rewards that one forwarder earns in this campaign.
    pub per_person: u32,
    /// Notices that arrive later earn nothing.
    pub until: i64,
    /// The number of the frozen fund that rewards are paid from.
    pub fund: String,
}

impl PacketClaims {
    /// Checks what the claims promise by themselves.
    ///
    /// # Errors
    /// [`ClaimError`], the first rule broken.
    pub fn check(&self) -> Result<(), ClaimError> {
        for (name, at) in [("iat", self.iat), ("nbf", self.nbf), ("exp", self.exp)] {
            time(name, at)?;
        }
        holds("exp", self.exp > self.nbf)?;
        text("campaign", text::IDENTIFIER, &self.campaign)?;
        text("envelope.title", text::TITLE, &self.envelope.title)?;
        text("envelope.greeting", text::GREETING, &self.envelope.greeting)?;
        holds("envelope.serial", (1..=i64::MAX.unsigned_abs()).contains(&self.envelope.serial))?;
        if let Some(theme) = &self.envelope.theme {
            text("envelope.theme", text::IDENTIFIER, theme)?;
        }
        holds("picture#integrity", self.media().all(media::is_integrity))?;
        self.contents.check()?;
        let Some(forward) = &self.forward else { return Ok(()) };
        holds("forward.max_hops", (1..=MAX_HOPS).contains(&forward.max_hops))?;
        // One level by design: a reward is never itself a reason for more rewards.
        holds("forward", self.reward_for.is_none())?;
        forward.reward.as_ref().map_or(Ok(()), Reward::check)
    }

    /// The digests of media that the claims name.
    pub fn media(&self) -> impl Iterator<Item = &str> {
        let picture = match &self.contents {
            Contents::Goods { picture, .. } => picture.as_deref(),
            Contents::Bank { .. } => None,
        };
        [self.envelope.cover.as_deref(), self.envelope.emblem.as_deref(), picture].into_iter().flatten()
    }
}

impl Reward {
    fn check(&self) -> Result<(), ClaimError> {
        money("forward.reward.amount", self.amount)?;
        holds("forward.reward.per_person", self.per_person >= 1)?;
        time("forward.reward.until", self.until)?;
        text("forward.reward.fund", text::IDENTIFIER, &self.fund)
    }
}

/// What the issuing bank signs: money frozen for one packet (银信证). All else is in the packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherClaims {
    /// The issuing bank's origin.
    pub iss: Origin,
    /// When it was issued.
    pub iat: i64,
    /// The bank's number of it.
    pub number: String,
    /// Digest of the packet it belongs to.
    pub packet: Digest,
    /// The total frozen.
    pub frozen: Amount,
    /// For whom the money is frozen (开证人).
    pub applicant: Applicant,
    /// The fund it was drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund: Option<String>,
    /// Within how many seconds of an accepted order the bank pays, if it promises that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_within: Option<u32>,
}

impl VoucherClaims {
    /// Checks what the claims promise by themselves.
    ///
    /// # Errors
    /// [`ClaimError`], the first rule broken.
    pub fn check(&self) -> Result<(), ClaimError> {
        time("voucher.iat", self.iat)?;
        text("voucher.number", text::IDENTIFIER, &self.number)?;
        money("voucher.frozen", self.frozen)?;
        text("voucher.applicant.name", text::NAME, &self.applicant.name)?;
        self.fund.as_ref().map_or(Ok(()), |fund| text("voucher.fund", text::IDENTIFIER, fund))
    }
}

/// The applicant (开证人), whom the bank knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// The packet's `iss`.
    pub origin: Origin,
    /// The name that the bank checked.
    pub name: String,
}

/// One forwarding, signed by the client that forwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HopClaims {
    /// `UUIDv7`.
    pub jti: Uuid,
    /// When.
    pub iat: i64,
    /// 1 for the first forwarding, then counting up.
    pub n: u32,
    /// Digest of the signed message before: the packet, then the hop before.
    pub prev: Digest,
    /// The next holder, when meant for one client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<ClientId>,
}

impl HopClaims {
    /// Checks what the claims promise by themselves.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn check(&self) -> Result<(), ClaimError> {
        time("hop.iat", self.iat)?;
        holds("hop.n", (1..=MAX_HOPS).contains(&self.n))
    }
}

/// A forwarder's own words, travelling along until the next forwarder drops them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoteClaims {
    /// Digest of the hop it belongs to, the last one.
    pub hop: Digest,
    /// The words.
    pub text: String,
}

impl NoteClaims {
    /// Checks the text.
    ///
    /// # Errors
    /// [`ClaimError`].
    pub fn check(&self) -> Result<(), ClaimError> {
        text("note.text", text::NOTE, &self.text)
    }
}

/// The name of a reward: SHA-256 over the 32 bytes of the forwarded packet's digest and the 32 of the opener's id.
///
/// One reward exists per (packet, opener), so this names it to bank and enterprise alike without naming the opener.
#[must_use]
pub fn reward_for(packet: &Digest, opener: &ClientId) -> Digest {
    Digest::of(&[packet.as_bytes().as_slice(), opener.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::sample;
    use super::*;
    use crate::money::Currency;

    fn bank(minor: i64, mode: Mode, shares: u32, draw: Option<Digest>) -> Contents {
        let amount = Amount::new(minor, Currency::CNY);
        Contents::Bank { bank: sample::origin("bank"), amount, mode, shares, draw, revocable: false }
    }

    #[test]
    fn the_total_is_what_the_bank_freezes() {
        let total = |contents: &Contents| contents.total().map(|total| total.map(|amount| amount.minor));
        assert_eq!(total(&bank(100, Mode::Each, 8, None)), Ok(Some(800)));
        assert_eq!(total(&bank(100, Mode::Lucky, 8, None)), Ok(Some(100)));
        assert_eq!(total(&bank(1_000_000_000_000, Mode::Each, 2, None)), Err(MoneyError::Range));
        assert_eq!(total(&bank(i64::MAX, Mode::Each, 2, None)), Err(MoneyError::Range));
    }

    #[test]
    fn a_draw_belongs_to_lucky_shares() {
        let seed = Some(Digest::of(b"seed"));
        let check = |contents: Contents| PacketClaims { contents, ..sample::claims() }.check();
        assert_eq!(check(bank(100, Mode::Lucky, 100, seed)), Ok(()));
        assert_eq!(check(bank(99, Mode::Lucky, 100, seed)), Err(ClaimError::Value("contents.shares")));
        assert_eq!(check(bank(100, Mode::Lucky, 100, None)), Err(ClaimError::Value("contents.draw")));
        assert_eq!(check(bank(100, Mode::Each, 1, seed)), Err(ClaimError::Value("contents.draw")));
    }

    #[test]
    fn a_reward_earns_no_reward() {
        let reward_for = Some(reward_for(&Digest::of(b"packet"), &sample::key(10).public().thumbprint()));
        let reward = PacketClaims { reward_for, ..sample::claims() };
        assert_eq!(reward.check(), Err(ClaimError::Value("forward")));
        assert_eq!(PacketClaims { forward: None, ..reward }.check(), Ok(()));
    }

    #[test]
    fn claims_are_written_as_the_spec_names_them() {
        let mut claims = sample::claims();
        claims.envelope.cover = Some(media::integrity(b""));
        let json = serde_json::to_value(&claims).unwrap();
        assert_eq!(json["contents"]["kind"], "bank");
        assert_eq!(json["envelope"]["cover#integrity"], media::integrity(b""));
        assert!(json.get("cnf").is_none() && json["envelope"].get("theme").is_none(), "absent, not null");
        assert_eq!(serde_json::from_value::<PacketClaims>(json).unwrap(), claims);
    }
}
