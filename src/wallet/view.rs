//! What a packet file says, judged and ready to be shown: the same for the commands and a window.

use std::path::Path;

use serde::Serialize;

use super::{DATABASE, Wallet, WalletError, trust};
use crate::clock;
use crate::identity::sealed;
use crate::jose::{ClientId, Digest};
use crate::money::Amount;
use crate::packet::claims::{Contents, Forward, Mode, VoucherClaims};
use crate::packet::file::Hop;
use crate::packet::{Check, CheckKind, Origin, Outcome, PacketFile, Report, Trust, Verdict, link, verify};
use crate::packet::{Handover, Placement, Reason, Unreadable, When, picture};
use crate::store::{Schema, Store};

/// A time in seconds since the epoch, written as RFC 3339 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time(pub i64);

impl Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&clock::rfc3339(self.0))
    }
}

/// Whether and how a packet may be forwarded, with times as people write them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ForwardView {
    /// Where the button sits.
    pub placement: Placement,
    /// Most forwardings.
    pub max_hops: u32,
    /// What the direct forwarder earns.
    pub reward: Option<RewardView>,
}

/// What a direct forwarder earns for each friend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RewardView {
    /// Per friend.
    pub amount: Amount,
    /// For what.
    pub when: When,
    /// Most rewards for one forwarder.
    pub per_person: u32,
    /// Notices that arrive later earn nothing.
    pub until: Time,
}

impl ForwardView {
    fn of(forward: &Forward) -> Self {
        let reward = forward.reward.as_ref().map(|reward| RewardView {
            amount: reward.amount,
            when: reward.when,
            per_person: reward.per_person,
            until: Time(reward.until),
        });
        Self { placement: forward.placement, max_hops: forward.max_hops, reward }
    }
}

/// What the bank's voucher says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VoucherView {
    /// The bank's number of it.
    pub number: String,
    /// The total that is frozen for it.
    pub frozen: Amount,
    /// When the bank signed it.
    pub at: Time,
    /// Within how many seconds of another bank's order it promises to pay, if it does.
    pub pays_within: Option<u32>,
}

/// One forwarding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HopView {
    /// Who forwarded.
    pub client: ClientId,
    /// For whom, if for one client.
    pub to: Option<ClientId>,
}

/// Goods, as the issuer describes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoodsView {
    /// What.
    pub item: String,
    /// How many.
    pub quantity: u32,
    /// Of which unit.
    pub unit: Option<String>,
    /// From whom.
    pub merchant: String,
    /// Conditions.
    pub terms: Option<String>,
    /// How to get it.
    pub redeem: String,
    /// Its Global Trade Item Number.
    pub gtin: Option<String>,
    /// How it changes hands.
    pub handover: Handover,
    /// What the collector may have instead.
    pub cash: Option<CashView>,
}

/// Money in place of goods.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CashView {
    /// What one person gets.
    pub amount: Amount,
}

impl GoodsView {
    fn of(contents: &Contents) -> Option<Self> {
        let Contents::Goods { item, quantity, unit, merchant, terms, redeem, gtin, handover, cash, .. } = contents
        else {
            return None;
        };
        Some(Self {
            item: item.clone(),
            quantity: *quantity,
            unit: unit.clone(),
            merchant: merchant.clone(),
            terms: terms.clone(),
            redeem: redeem.clone(),
            gtin: gtin.clone(),
            handover: handover.unwrap_or_default(),
            cash: cash.as_ref().map(|cash| CashView { amount: cash.amount }),
        })
    }
}

/// What a file says and how far it is to be believed. All but verdict and checks is none when it is unreadable.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// Over all checks.
    pub verdict: Verdict,
    /// Whether it is sealed for somebody, so that only that person's wallet sees what is in it.
    pub sealed: bool,
    /// Digest of the signed packet.
    pub id: Option<Digest>,
    /// Who says it made it.
    pub issuer: Option<Origin>,
    /// `bank` or `goods`.
    pub kind: Option<&'static str>,
    /// The company's name.
    pub title: Option<String>,
    /// The greeting.
    pub greeting: Option<String>,
    /// The look that the issuer chose, by name.
    pub theme: Option<String>,
    /// The serial number.
    pub serial: Option<u64>,
    /// What one person gets in `each`, the pot in `lucky`, the value of goods.
    pub amount: Option<Amount>,
    /// What it is, for goods.
    pub goods: Option<GoodsView>,
    /// Whether the issuer may take back what nobody collected.
    pub revocable: bool,
    /// How it is shared out.
    pub mode: Option<Mode>,
    /// How many people can collect.
    pub shares: Option<u32>,
    /// From when it can be collected.
    pub valid_from: Option<Time>,
    /// Until when.
    pub expires: Option<Time>,
    /// The issuing bank it names.
    pub bank: Option<Origin>,
    /// That bank's name, when this wallet knows the bank.
    pub bank_name: Option<String>,
    /// The voucher of a bank that this wallet knows: only when its signature holds and it belongs to this packet.
    pub voucher: Option<VoucherView>,
    /// The known bank that checked the issuer's identity, by its name: only when its signature holds.
    pub checked_by: Option<String>,
    /// Whom the enterprise addressed.
    pub addressed_to: Option<ClientId>,
    /// Whether and how it may be forwarded.
    pub forward: Option<ForwardView>,
    /// Whether it is a reward for a forwarding.
    pub reward: bool,
    /// The last forwarder's words, when they are that forwarder's.
    pub note: Option<String>,
    /// Who said that: the last forwarder, or one before whose words were kept.
    pub note_by: Option<ClientId>,
    /// The forwardings.
    pub hops: Vec<HopView>,
    /// What was checked.
    pub checks: Vec<Check>,
    /// Known parties whose key for this is not known here, when nothing else speaks against it: they may have changed it since
    /// they were asked last, or somebody pretends to be them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<Origin>,
    /// Whether they were asked before this was judged: then it is somebody who pretends.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub asked: bool,
}

impl Inspection {
    /// Judges a file with what is trusted.
    #[must_use]
    pub fn of(file: &PacketFile, trust: &Trust) -> Self {
        let report = verify(file, trust);
        let claims = &file.packet.claims;
        let (Contents::Bank { mode, shares, .. } | Contents::Goods { mode, shares, .. }) = &claims.contents;
        let money = claims.contents.money();
        let bank = money.map(|money| money.bank.clone());
        let passed = |kind| report.outcome(kind) == Some(Outcome::Passed);
        let note = file.note.as_ref().filter(|_| passed(CheckKind::Note));
        let said_with = note.and_then(|note| file.hops.iter().find(|hop| hop.jws.digest() == note.claims.hop));
        let (note, note_by) = (note.map(|note| note.claims.text.clone()), said_with.map(Hop::by));
        Self {
            verdict: report.verdict,
            sealed: false,
            id: Some(file.packet.id()),
            issuer: Some(claims.iss.clone()),
            kind: Some(claims.contents.kind()),
            title: Some(claims.envelope.title.clone()),
            greeting: Some(claims.envelope.greeting.clone()),
            theme: claims.envelope.theme.clone(),
            serial: Some(claims.envelope.serial),
            amount: claims.contents.amount(),
            mode: Some(*mode),
            shares: Some(*shares),
            valid_from: Some(Time(claims.nbf)),
            expires: Some(Time(claims.exp)),
            voucher: vouched(file, &report).map(|voucher| VoucherView {
                number: voucher.number.clone(),
                frozen: voucher.frozen,
                at: Time(voucher.iat),
                pays_within: voucher.pays_within,
            }),
            checked_by: checked_by(file, &report, trust),
            bank_name: bank.as_ref().and_then(|bank| trust.banks.get(bank)).map(|bank| bank.name.clone()),
            bank,
            goods: GoodsView::of(&claims.contents),
            revocable: money.is_some_and(|money| money.revocable),
            addressed_to: claims.cnf.as_ref().map(|cnf| cnf.jkt),
            forward: claims.forward.as_ref().map(ForwardView::of),
            reward: claims.reward_for.is_some(),
            note,
            note_by,
            hops: file.hops.iter().map(|hop| HopView { client: hop.by(), to: hop.claims.to }).collect(),
            ask: of_unknown_keys(file, &report),
            asked: false,
            checks: report.checks,
        }
    }

    fn unreadable(report: Report) -> Self {
        Self {
            verdict: report.verdict,
            sealed: false,
            id: None,
            issuer: None,
            kind: None,
            title: None,
            greeting: None,
            theme: None,
            serial: None,
            amount: None,
            mode: None,
            shares: None,
            valid_from: None,
            expires: None,
            bank: None,
            bank_name: None,
            goods: None,
            revocable: false,
            voucher: None,
            checked_by: None,
            addressed_to: None,
            forward: None,
            reward: false,
            note: None,
            note_by: None,
            hops: Vec::new(),
            ask: Vec::new(),
            asked: false,
            checks: report.checks,
        }
    }
}

/// The voucher, when a bank one knows signed it for this packet.
fn vouched<'a>(file: &'a PacketFile, report: &Report) -> Option<&'a VoucherClaims> {
    let vouches = [CheckKind::VoucherSignature, CheckKind::VoucherMatch]
        .into_iter()
        .all(|kind| report.outcome(kind) == Some(Outcome::Passed));
    file.voucher.as_ref().filter(|_| vouches).map(|voucher| &voucher.claims)
}

/// The celadon badge: a bank one knows signed the voucher and names the issuer as its applicant.
fn checked_by(file: &PacketFile, report: &Report, trust: &Trust) -> Option<String> {
    trust.banks.get(&vouched(file, report)?.iss).map(|bank| bank.name.clone())
}

/// The known parties whose key is not known, when nothing else failed.
fn of_unknown_keys(file: &PacketFile, report: &Report) -> Vec<Origin> {
    let party = |check: &Check| match (check.check, check.reason) {
        (CheckKind::PacketSignature, Some(Reason::IssuerKeyUnknown)) => Some(file.packet.claims.iss.clone()),
        (CheckKind::VoucherSignature, Some(Reason::BankKeyUnknown)) => {
            file.voucher.as_ref().map(|it| it.claims.iss.clone())
        }
        _ => None,
    };
    // The issuer before its bank.
    let failed = report.checks.iter().rev().filter(|check| check.result == Outcome::Failed);
    failed.map(party).collect::<Option<_>>().unwrap_or_default()
}

/// What a file's bytes, or a `hongbao:` link, hold.
fn read(bytes: &[u8]) -> Result<PacketFile, Unreadable> {
    match std::str::from_utf8(bytes).ok().map(str::trim).filter(|text| text.starts_with("hongbao:")) {
        Some(text) => link::read(text).map_err(|error| match error {
            link::LinkError::Unreadable(why) => why,
            link::LinkError::TooLong => Unreadable::TooLarge,
            link::LinkError::Form => Unreadable::Version,
        }),
        None => PacketFile::read(bytes),
    }
}

impl Wallet {
    /// Judges a file or a link as [`inspect`] does; where a known party's key for it is not known, that party is asked first
    /// whether it changed its keys. Takes nothing in.
    ///
    /// # Errors
    /// [`WalletError::Net`] when nobody answers; [`WalletError::KeyChanged`].
    pub async fn inspect_asking(&self, bytes: &[u8]) -> Result<Inspection, WalletError> {
        let inspection = inspect(&self.dir, bytes).await?;
        let inside = picture::read(bytes).ok().flatten();
        match read(inside.as_deref().unwrap_or(bytes)) {
            Ok(file) if !inspection.ask.is_empty() => {
                self.catch_up_with_keys(&file).await?;
                Ok(Inspection { asked: true, ..inspect(&self.dir, bytes).await? })
            }
            _ => Ok(inspection),
        }
    }
}

/// Judges a file's bytes, or a `hongbao:` link, with what the wallet in `dir` trusts. Touches no network and makes no
/// wallet: without one, only the shipped list of banks is trusted.
///
/// # Errors
/// [`WalletError::Store`] when there is a wallet that cannot be read. An unreadable file is a verdict, no error.
pub async fn inspect(dir: &Path, bytes: &[u8]) -> Result<Inspection, WalletError> {
    let Ok(inside) = picture::read(bytes) else {
        return Ok(Inspection::unreadable(Report::unreadable(&Unreadable::TooMany)));
    };
    let bytes = inside.as_deref().unwrap_or(bytes);
    let database = dir.join(DATABASE);
    let trust = if database.exists() {
        let store = Store::open_read_only(&database, Schema::Wallet)?;
        let trust = store.read(trust::load).await?;
        store.close().await;
        trust
    } else {
        trust::shipped_trust()
    };
    Ok(match read(bytes) {
        Ok(file) => Inspection::of(&file, &trust),
        Err(why) => {
            let is_sealed = sealed::is_sealed(bytes);
            Inspection { sealed: is_sealed, ..Inspection::unreadable(Report::unreadable(&why)) }
        }
    })
}
