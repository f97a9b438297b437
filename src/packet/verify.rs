//! The verdict on a packet file: each check passed, failed or not done, with the reason.
//!
//! Signatures say who made a packet, never that it is paid or still payable: only the bank's ledger is money.

use std::collections::BTreeMap;

use serde::Serialize;

use super::chain::{self, ChainError};
use super::file::{PacketFile, Unreadable};
use super::link::LinkError;
use super::media;
use super::origin::Origin;
use crate::jose::{Jws, KeySet};

/// A bank whose vouchers one believes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BankKeys {
    /// Its name, for the badge.
    pub name: String,
    /// Its keys.
    pub keys: KeySet,
}

/// The keys that a verdict stands on. They come from pins, fetches and lists, never from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// Issuers' keys, by origin.
    pub issuers: BTreeMap<Origin, KeySet>,
    /// Known banks, by origin.
    pub banks: BTreeMap<Origin, BankKeys>,
}

/// The verdict over all checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every check that matters passed.
    Genuine,
    /// A check failed: someone changed it, or it was never made by whom it names.
    NotGenuine,
    /// Nothing failed, but a key is not known yet.
    Unchecked,
    /// Not a packet file at all.
    Unreadable,
}

/// What was checked, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// Within 1 MiB.
    Size,
    /// Strict JSON, members, messages and claims within their limits.
    Form,
    /// The voucher's signature, with a key from the bank list.
    VoucherSignature,
    /// The voucher is for this packet, applicant, bank and sum.
    VoucherMatch,
    /// The packet's signature.
    PacketSignature,
    /// The forwardings.
    Hops,
    /// The last forwarder's words.
    Note,
    /// The pictures.
    Media,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not hold.
    Failed,
    /// It could not be done here and now.
    NotDone,
}

/// Why a check ended as it did: stable codes, which the window and the command turn into sentences.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// Larger than 1 MiB; a link: than 16 KiB.
    TooLarge,
    /// Not strict JSON, or a message or claim in it is malformed.
    Malformed,
    /// Of a later version of the format.
    UnknownVersion,
    /// The bank is not on the list of banks one knows.
    BankUnknown,
    /// A known bank, but not with a key that is known.
    BankKeyUnknown,
    /// A bank packet without a voucher.
    VoucherMissing,
    /// A voucher where none belongs.
    VoucherUnexpected,
    /// The voucher belongs to another packet.
    OtherPacket,
    /// The voucher names another applicant than the packet's issuer.
    OtherApplicant,
    /// The voucher is of another bank than the packet names.
    OtherBank,
    /// The voucher freezes another sum than the packet promises.
    OtherAmount,
    /// The issuer's key is not known yet.
    IssuerUnknown,
    /// The issuer is known, but signed with a key that is not.
    IssuerKeyUnknown,
    /// The issuer's key is not known, but a known bank's voucher vouches for exactly this packet.
    VouchedByBank,
    /// The signature does not fit.
    Signature,
    /// Forwarded although it may not be.
    NotForwardable,
    /// Forwarded more often than allowed.
    TooManyHops,
    /// Forwardings out of order.
    HopOrder,
    /// A forwarding of another packet or chain.
    HopElsewhere,
    /// A forwarding by someone to whom it was not addressed.
    HopNotHolder,
    /// The words belong to another forwarding or forwarder.
    NoteElsewhere,
    /// A picture that the packet names is not in the file.
    MediaMissing,
    /// A picture that the packet does not name, or names once and is there twice.
    MediaUnexpected,
    /// A picture that is not what it says, or larger than allowed.
    MediaMalformed,
}

/// One check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    /// What was checked.
    pub check: CheckKind,
    /// How it ended.
    pub result: Outcome,
    /// Why; none when it simply passed.
    pub reason: Option<Reason>,
}

/// The verdict and what it stands on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Over all checks.
    pub verdict: Verdict,
    /// In the order they were made.
    pub checks: Vec<Check>,
}

type Finding = Result<Option<Reason>, (Outcome, Reason)>;

const fn failed(reason: Reason) -> Finding {
    Err((Outcome::Failed, reason))
}

const fn not_done(reason: Reason) -> Finding {
    Err((Outcome::NotDone, reason))
}

impl Check {
    fn new(check: CheckKind, finding: Finding) -> Self {
        match finding {
            Ok(reason) => Self { check, result: Outcome::Passed, reason },
            Err((result, reason)) => Self { check, result, reason: Some(reason) },
        }
    }

    /// Whether a known party's signature is by a key that is not known: the party may have changed its keys.
    #[must_use]
    pub const fn is_by_unknown_key(&self) -> bool {
        matches!(self.reason, Some(Reason::IssuerKeyUnknown | Reason::BankKeyUnknown))
    }
}

impl Report {
    /// How one check ended.
    #[must_use]
    pub fn outcome(&self, kind: CheckKind) -> Option<Outcome> {
        self.checks.iter().find(|check| check.check == kind).map(|check| check.result)
    }

    /// Whether the issuer signed this packet, as far as one can know: by its own key or by a known bank's voucher.
    #[must_use]
    pub fn issuer_passed(&self) -> bool {
        self.outcome(CheckKind::PacketSignature) == Some(Outcome::Passed)
    }

    /// The report on bytes that are not a packet file.
    #[must_use]
    pub fn unreadable(why: &Unreadable) -> Self {
        Self::refused(match why {
            Unreadable::TooLarge => Reason::TooLarge,
            Unreadable::Version => Reason::UnknownVersion,
            _ => Reason::Malformed,
        })
    }

    /// The report on a text that is not a packet's link.
    #[must_use]
    pub fn unreadable_link(why: &LinkError) -> Self {
        match why {
            LinkError::TooLong => Self::refused(Reason::TooLarge),
            LinkError::Form => Self::refused(Reason::Malformed),
            LinkError::Unreadable(why) => Self::unreadable(why),
        }
    }

    fn refused(reason: Reason) -> Self {
        let checks = match reason {
            Reason::TooLarge => vec![Check::new(CheckKind::Size, failed(reason))],
            _ => vec![Check::new(CheckKind::Size, Ok(None)), Check::new(CheckKind::Form, failed(reason))],
        };
        Self { verdict: Verdict::Unreadable, checks }
    }
}

/// Judges a file that was read, with the keys one trusts. Pure: the same file and keys give the same report.
#[must_use]
pub fn verify(file: &PacketFile, trust: &Trust) -> Report {
    let mut checks = vec![Check::new(CheckKind::Size, Ok(None)), Check::new(CheckKind::Form, Ok(None))];
    let signature = voucher_signature(file, trust);
    let matches = voucher_match(file);
    let vouched = file.voucher.is_some() && signature.is_ok() && matches.is_ok();
    if file.packet.claims.contents.money().is_some() || file.voucher.is_some() {
        checks.push(Check::new(CheckKind::VoucherSignature, signature));
        checks.push(Check::new(CheckKind::VoucherMatch, matches));
    }
    checks.push(Check::new(CheckKind::PacketSignature, packet_signature(file, trust, vouched)));
    checks.push(Check::new(CheckKind::Hops, hops(file)));
    if file.note.is_some() {
        checks.push(Check::new(CheckKind::Note, note(file)));
    }
    checks.push(Check::new(CheckKind::Media, pictures(file)));
    Report { verdict: verdict(&checks), checks }
}

fn verdict(checks: &[Check]) -> Verdict {
    if checks.iter().any(|check| check.result == Outcome::Failed) {
        return Verdict::NotGenuine;
    }
    // A picture that did not travel along takes nothing from who signed what.
    let open = checks.iter().any(|check| check.result == Outcome::NotDone && check.check != CheckKind::Media);
    if open { Verdict::Unchecked } else { Verdict::Genuine }
}

fn by_known_key(jws: &Jws, keys: &KeySet, unknown: Reason) -> Finding {
    let Some(key) = keys.find(&jws.signer()) else { return failed(unknown) };
    if jws.verify(key).is_ok() { Ok(None) } else { failed(Reason::Signature) }
}

fn voucher_signature(file: &PacketFile, trust: &Trust) -> Finding {
    let Some(voucher) = &file.voucher else { return failed(Reason::VoucherMissing) };
    match trust.banks.get(&voucher.claims.iss) {
        Some(bank) => by_known_key(&voucher.jws, &bank.keys, Reason::BankKeyUnknown),
        None => not_done(Reason::BankUnknown),
    }
}

fn voucher_match(file: &PacketFile) -> Finding {
    let packet = &file.packet.claims;
    let Some(money) = packet.contents.money() else { return failed(Reason::VoucherUnexpected) };
    let Some(voucher) = file.voucher.as_ref().map(|voucher| &voucher.claims) else {
        return failed(Reason::VoucherMissing);
    };
    if voucher.packet != file.packet.id() {
        return failed(Reason::OtherPacket);
    }
    if voucher.applicant.origin != packet.iss {
        return failed(Reason::OtherApplicant);
    }
    if voucher.iss != *money.bank {
        return failed(Reason::OtherBank);
    }
    match packet.contents.total() {
        Ok(Some(total)) if total == voucher.frozen => Ok(None),
        _ => failed(Reason::OtherAmount),
    }
}

/// With the issuer's own key where one has it; else a known bank's voucher for exactly this packet stands in.
fn packet_signature(file: &PacketFile, trust: &Trust, vouched: bool) -> Finding {
    match trust.issuers.get(&file.packet.claims.iss) {
        Some(keys) if vouched && keys.find(&file.packet.jws.signer()).is_none() => Ok(Some(Reason::VouchedByBank)),
        Some(keys) => by_known_key(&file.packet.jws, keys, Reason::IssuerKeyUnknown),
        None if vouched => Ok(Some(Reason::VouchedByBank)),
        None => not_done(Reason::IssuerUnknown),
    }
}

fn hops(file: &PacketFile) -> Finding {
    chain::check(&file.packet, &file.hops).map(|()| None).or_else(|error| {
        failed(match error {
            ChainError::NotForwardable => Reason::NotForwardable,
            ChainError::TooManyHops => Reason::TooManyHops,
            ChainError::Signature => Reason::Signature,
            ChainError::Order => Reason::HopOrder,
            ChainError::Previous => Reason::HopElsewhere,
            ChainError::NotHolder => Reason::HopNotHolder,
        })
    })
}

fn note(file: &PacketFile) -> Finding {
    let (Some(note), false) = (&file.note, file.hops.is_empty()) else { return failed(Reason::NoteElsewhere) };
    match note.jws.verify_client() {
        Err(_) => failed(Reason::Signature),
        // Of the last forwarding, or of one before whose words were kept.
        Ok(by) if file.hops.iter().any(|hop| by == hop.by() && note.claims.hop == hop.jws.digest()) => Ok(None),
        Ok(_) => failed(Reason::NoteElsewhere),
    }
}

fn pictures(file: &PacketFile) -> Finding {
    let mut named: Vec<&str> = file.packet.claims.media().collect();
    named.sort_unstable();
    named.dedup();
    for item in &file.media {
        let bytes = item.check().map_err(|_| (Outcome::Failed, Reason::MediaMalformed))?;
        let digest = media::integrity(&bytes);
        let Some(at) = named.iter().position(|name| *name == digest) else {
            return failed(Reason::MediaUnexpected);
        };
        named.swap_remove(at);
    }
    if named.is_empty() { Ok(None) } else { not_done(Reason::MediaMissing) }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn reasons(report: &Report) -> Vec<Reason> {
        report.checks.iter().filter_map(|check| check.reason).collect()
    }

    #[test]
    fn knows_what_it_could_not_check() {
        let file = sample::file(sample::claims());
        let all = sample::trust();
        let banks = Trust { issuers: BTreeMap::new(), ..all.clone() };
        let issuers = Trust { banks: BTreeMap::new(), ..all.clone() };
        for (trust, verdict, issuer_passed, why) in [
            (all, Verdict::Genuine, true, vec![]),
            (banks, Verdict::Genuine, true, vec![Reason::VouchedByBank]),
            (issuers, Verdict::Unchecked, true, vec![Reason::BankUnknown]),
            (Trust::default(), Verdict::Unchecked, false, vec![Reason::BankUnknown, Reason::IssuerUnknown]),
        ] {
            let report = verify(&file, &trust);
            assert_eq!((report.verdict, report.issuer_passed(), reasons(&report)), (verdict, issuer_passed, why));
        }
    }

    #[test]
    fn a_failed_check_outweighs_one_not_done() {
        let mut file = sample::file(sample::claims());
        file.voucher = sample::file(super::super::PacketClaims { exp: 3000, ..sample::claims() }).voucher;
        let report = verify(&file, &Trust::default());
        assert_eq!(report.verdict, Verdict::NotGenuine);
        assert_eq!(reasons(&report), [Reason::BankUnknown, Reason::OtherPacket, Reason::IssuerUnknown]);
        assert_eq!((report.outcome(CheckKind::Note), report.issuer_passed()), (None, false));
    }

    #[test]
    fn a_key_that_a_known_party_may_have_changed_is_told_from_everything_else() {
        let keys = KeySet { keys: vec![sample::key(3).public()] };
        let mut changed = sample::trust();
        changed.issuers.values_mut().for_each(|known| *known = keys.clone());
        changed.banks.values_mut().for_each(|bank| bank.keys = keys.clone());
        for (trust, by_unknown_key) in
            [(changed, vec![Reason::BankKeyUnknown, Reason::IssuerKeyUnknown]), (Trust::default(), vec![])]
        {
            let report = verify(&sample::file(sample::claims()), &trust);
            let told: Vec<_> =
                report.checks.iter().filter(|check| check.is_by_unknown_key()).filter_map(|it| it.reason).collect();
            assert_eq!(told, by_unknown_key);
        }
    }

    #[test]
    fn says_why_it_cannot_be_read() {
        let json = serde_json::to_value(Report::unreadable(&Unreadable::TooLarge));
        let too_large = serde_json::json!({"verdict": "unreadable",
            "checks": [{"check": "size", "result": "failed", "reason": "too-large"}]});
        assert_eq!(json.ok(), Some(too_large));
        assert_eq!(reasons(&Report::unreadable(&Unreadable::Version)), [Reason::UnknownVersion]);
        assert_eq!(reasons(&Report::unreadable(&Unreadable::TooMany)), [Reason::Malformed]);
        assert_eq!(reasons(&Report::unreadable_link(&LinkError::TooLong)), [Reason::TooLarge]);
    }
}
