//! What applicants instruct about vouchers that were issued: to withdraw what nobody collected, or to pay for longer. One
//! decision per instruction; every outcome is signed, stored and repeated word for word. Between a withdrawal and an order
//! the first commit wins.

use crate::api::Refusal;
use crate::api::feed::FeedKind;
use crate::api::instruction::{
    self, InstructionAnswer, InstructionClaims, Kind, MAX_AHEAD_SECONDS, OutcomeClaims, PacketResult,
};
use crate::api::states::{InstructionResult, VoucherState};
use crate::bank::draws::DrawKey;
use crate::bank::error::{BankError, bad_request, id_reused, not_found, strange};
use crate::bank::vouchers::{self, Cause, Issue};
use crate::bank::{Bank, funds, keys, parties};
use crate::clock::rfc3339;
use crate::jose::{Digest, Jws, Typ};
use crate::party::Party;
use crate::party::changes::{self, Change};
use crate::store::{StoreError, Tx};
use crate::values;

/// Carries out an instruction and says what became of each packet. The same instruction again gets the same outcome.
///
/// # Errors
/// [`BankError`] when it is none of an applicant, or its outcome could not be stored; then nothing was decided.
pub async fn receive(bank: &Bank, body: &[u8]) -> Result<InstructionAnswer, BankError> {
    let (kind, jws, claims) = instruction::read(body)?;
    keys::catch_up(bank, &claims.iss, &jws.signer()).await?;
    let (own, now, iss) = (bank.party.origin.clone(), bank.party.now(), claims.iss.clone());
    let applicant = bank.party.store.read(move |tx| parties::applicant(tx, &iss)).await?;
    let applicant = applicant.ok_or(Refusal::Unknown("the applicant"))?;
    instruction::judge((kind, &jws, &claims), &own, &applicant.keys.current(), now)?;
    let (party, grace) = (bank.party.clone(), bank.settings.order_grace_seconds);
    let (asked, key) = (Asked { kind, claims, request: jws.as_str().to_owned() }, bank.secrets.draws.clone());
    let outcome = party.clone().store.decide(move |tx| decide(tx, &party, &key, &asked, (grace, now))).await?;
    bank.wake_expiry.wake();
    Ok(InstructionAnswer { outcome })
}

/// An instruction whose signature holds.
struct Asked {
    kind: Kind,
    claims: InstructionClaims,
    request: String,
}

impl Asked {
    fn cause(&self) -> Cause<'_> {
        Cause { actor: self.claims.iss.as_str(), reason: Some(&self.claims.reason) }
    }
}

/// What becomes of one packet's voucher, before it is carried out.
struct Ruling {
    result: PacketResult,
    voucher: Option<Issue>,
}

fn decide(
    tx: &mut Tx<'_>,
    party: &Party,
    key: &DrawKey,
    asked: &Asked,
    (grace, now): (i64, i64),
) -> Result<String, BankError> {
    let (applicant, id) = (asked.claims.iss.as_str(), asked.claims.jti.to_string());
    let sql = "SELECT request, outcome FROM instruction WHERE applicant = ?1 AND id = ?2";
    if let Some(known) = tx.first(sql, &values![applicant, &id])? {
        let is_same = is_same(known.text("request")?, asked);
        return if is_same { Ok(known.text("outcome")?.to_owned()) } else { Err(id_reused("instruction").into()) };
    }
    let rulings =
        asked.claims.packets.iter().map(|packet| rule(tx, packet, asked, grace, now)).collect::<Result<Vec<_>, _>>()?;
    let claims = OutcomeClaims {
        iss: party.origin.clone(),
        aud: asked.claims.iss.clone(),
        iat: now,
        instruction: asked.claims.jti,
        results: rulings.iter().map(|ruling| ruling.result.clone()).collect(),
    };
    let outcome = parties::sign(tx, party, Typ::Outcome, &claims)?;
    book(tx, key, asked, &outcome, &rulings, now)?;
    Ok(outcome)
}

/// Books an instruction that was carried out before and is lost here, with the outcome that it had.
///
/// # Errors
/// [`BankError`]: why it cannot be in the books.
pub(super) fn relearn(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    (kind, claims, request): (Kind, InstructionClaims, &str),
    (told, outcome): (&OutcomeClaims, &str),
) -> Result<(), BankError> {
    let asked = Asked { kind, claims, request: request.to_owned() };
    let sql = "SELECT outcome FROM instruction WHERE applicant = ?1 AND id = ?2";
    if let Some(known) = tx.first(sql, &values![asked.claims.iss.as_str(), asked.claims.jti.to_string()])? {
        return if known.text("outcome")? == outcome { Ok(()) } else { Err(id_reused("instruction").into()) };
    }
    let mut rulings = Vec::with_capacity(told.results.len());
    for result in &told.results {
        let is_done = matches!(result.result, InstructionResult::Withdrawn | InstructionResult::Extended);
        let voucher = if is_done { Some(changed_voucher(tx, result, &asked)?) } else { None };
        rulings.push(Ruling { result: result.clone(), voucher });
    }
    book(tx, key, &asked, outcome, &rulings, told.iat)
}

/// The voucher that an outcome changed, if the books let it change so. One whose end was moved may have been paid since, and orders are
/// booked first.
fn changed_voucher(tx: &mut Tx<'_>, result: &PacketResult, asked: &Asked) -> Result<Issue, BankError> {
    let voucher = vouchers::of_packet(tx, &result.packet)?;
    let voucher = voucher.filter(|voucher| voucher.applicant == asked.claims.iss);
    let voucher = voucher.ok_or_else(|| not_found("Its voucher is not in the books."))?;
    match result.amount {
        Some(_) if !voucher.is_open() => Err(not_found("Its voucher is not open in the books.").into()),
        Some(amount) if amount != voucher.rest(tx)? => Err(bad_request("Another sum is left in the books.").into()),
        _ => Ok(voucher),
    }
}

fn book(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    asked: &Asked,
    outcome: &str,
    rulings: &[Ruling],
    now: i64,
) -> Result<(), BankError> {
    let (applicant, id) = (asked.claims.iss.as_str(), asked.claims.jti.to_string());
    let row = tx.one(
        "INSERT INTO instruction (seq, applicant, id, kind, at, request, outcome) \
         SELECT COALESCE(MAX(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6 FROM instruction RETURNING seq",
        &values![applicant, &id, asked.kind.as_str(), now, &asked.request, outcome],
    )?;
    let seq = row.int("seq")?;
    for ruling in rulings {
        carry_out(tx, key, ruling, (seq, asked), now)?;
    }
    Ok(())
}

/// Whether a repeated instruction asks for what was decided; only when it was signed may differ.
fn is_same(request: &str, asked: &Asked) -> bool {
    let known = Jws::parse(request, asked.kind.typ()).and_then(|jws| jws.claims::<InstructionClaims>());
    known.is_ok_and(|known| InstructionClaims { iat: asked.claims.iat, ..known } == asked.claims)
}

fn rule(tx: &mut Tx<'_>, packet: &Digest, asked: &Asked, grace: i64, now: i64) -> Result<Ruling, BankError> {
    let refused = |result| PacketResult { packet: *packet, result, amount: None, until: None };
    let voucher = vouchers::of_packet(tx, packet)?.filter(|voucher| voucher.applicant == asked.claims.iss);
    let Some(voucher) = voucher else {
        return Ok(Ruling { result: refused(InstructionResult::Unknown), voucher: None });
    };
    let why_not = match (voucher.state, asked.claims.until) {
        (VoucherState::Withdrawn, _) => Some(InstructionResult::AlreadyWithdrawn),
        (VoucherState::Paid, _) => Some(InstructionResult::Paid),
        (VoucherState::Returned, _) => Some(InstructionResult::Expired),
        // Time decides, not when the bank comes to it: a bank that was put back has told already that such a rest went back.
        (VoucherState::Issued | VoucherState::PartlyPaid, _) if now > voucher.until.saturating_add(grace) => {
            Some(InstructionResult::Expired)
        }
        (VoucherState::Issued | VoucherState::PartlyPaid, None) => {
            (!is_revocable(tx, &voucher)?).then_some(InstructionResult::NotRevocable)
        }
        (VoucherState::Issued | VoucherState::PartlyPaid, Some(until)) => not_extended(tx, &voucher, until, now)?,
    };
    if let Some(why_not) = why_not {
        return Ok(Ruling { result: refused(why_not), voucher: None });
    }
    let result = match asked.claims.until {
        None => PacketResult { amount: Some(voucher.rest(tx)?), ..refused(InstructionResult::Withdrawn) },
        Some(until) => PacketResult { until: Some(until), ..refused(InstructionResult::Extended) },
    };
    Ok(Ruling { result, voucher: Some(voucher) })
}

/// What was promised for good stays promised, and a reward was earned.
fn is_revocable(tx: &mut Tx<'_>, voucher: &Issue) -> Result<bool, StoreError> {
    let claims = vouchers::packet(tx, &voucher.number)?.claims;
    Ok(claims.reward_for.is_none() && claims.contents.money().is_some_and(|money| money.revocable))
}

/// Why a voucher's end does not move there: only to later, while the money is still there.
fn not_extended(
    tx: &mut Tx<'_>,
    voucher: &Issue,
    until: i64,
    now: i64,
) -> Result<Option<InstructionResult>, StoreError> {
    if until <= voucher.until {
        return Ok(Some(InstructionResult::NotLater));
    }
    if until > now.saturating_add(MAX_AHEAD_SECONDS) {
        return Ok(Some(InstructionResult::TooFar));
    }
    let fund = voucher.fund.as_deref().map(|fund| funds::find(tx, fund)).transpose()?.flatten();
    let is_beyond = fund.is_some_and(|fund| until > fund.kept_until());
    Ok(is_beyond.then_some(InstructionResult::BeyondFund))
}

fn carry_out(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    ruling: &Ruling,
    (seq, asked): (i64, &Asked),
    now: i64,
) -> Result<(), BankError> {
    let Some(voucher) = &ruling.voucher else { return Ok(()) };
    match (ruling.result.amount, ruling.result.until) {
        (Some(amount), _) => {
            let end = (VoucherState::Withdrawn, FeedKind::Withdrawn);
            let transfer = vouchers::give_back(tx, key, voucher, end, asked.cause(), now)?;
            tx.execute(
                "INSERT INTO withdrawal (voucher, instruction, transfer, amount, at) VALUES (?1, ?2, ?3, ?4, ?5)",
                &values![&voucher.number, seq, transfer, amount.minor, now],
            )?;
            Ok(())
        }
        (None, Some(until)) => Ok(extend(tx, voucher, until, seq, asked.cause(), now)?),
        (None, None) => Err(strange("result").into()),
    }
}

fn extend(
    tx: &mut Tx<'_>,
    voucher: &Issue,
    until: i64,
    seq: i64,
    cause: Cause<'_>,
    now: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO extension (voucher, n, instruction, until, at) \
         SELECT ?1, COALESCE(MAX(n), 0) + 1, ?2, ?3, ?4 FROM extension WHERE voucher = ?1",
        &values![&voucher.number, seq, until, now],
    )?;
    tx.execute("UPDATE voucher SET extended_until = ?2 WHERE number = ?1", &values![&voucher.number, until])?;
    let (before, after) = (rfc3339(voucher.until), rfc3339(until));
    let Cause { actor, reason } = cause;
    let change =
        Change { subject: "voucher-end", id: &voucher.number, actor, before: Some(&before), after: &after, reason };
    changes::record(tx, &change, now)
}
