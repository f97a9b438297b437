//! Goods or cash, the issuing bank's side: the applicant gives up the money of one share, because its collector chose the
//! goods. First commit wins, as among orders; every answer, a refusal too, is signed, stored and repeated word for word.

use crate::api::Refusal;
use crate::api::feed::FeedKind;
use crate::api::states::{RefusalReason, VoucherState};
use crate::api::surrender::{self, SurrenderAnswer, SurrenderClaims, SurrenderResult, SurrenderedClaims};
use crate::bank::error::{BankError, bad_request, id_reused, not_found};
use crate::bank::feed::{self, Event};
use crate::bank::ledger::{self, Transfer, TransferKind};
use crate::bank::vouchers::{self, Cause, Issue};
use crate::bank::{Bank, accounts, keys, parties};
use crate::jose::Typ;
use crate::packet::Contents;
use crate::party::Party;
use crate::store::{StoreError, Tx};
use crate::values;

/// Answers a surrender. The same again gets the same answer.
///
/// # Errors
/// [`BankError`] when it is no surrender by an applicant of its own voucher, or the answer could not be stored; then
/// nothing was decided.
pub async fn receive(bank: &Bank, body: &[u8]) -> Result<SurrenderAnswer, BankError> {
    let (jws, claims) = surrender::read(body)?;
    keys::catch_up(bank, &claims.iss, &jws.signer()).await?;
    let iss = claims.iss.clone();
    let applicant = bank.party.store.read(move |tx| parties::applicant(tx, &iss)).await?;
    let applicant = applicant.ok_or(Refusal::Unknown("the applicant"))?;
    let now = bank.party.now();
    surrender::judge(&jws, &claims, &bank.party.origin, &applicant.keys.current(), now)?;
    let (party, grace) = (bank.party.clone(), bank.settings.order_grace_seconds);
    let request = jws.as_str().to_owned();
    let answer = party.clone().store.decide(move |tx| decide(tx, &party, &claims, &request, grace, now)).await?;
    Ok(SurrenderAnswer { answer })
}

/// The answer to a surrender, word for word.
pub(super) fn decide(
    tx: &mut Tx<'_>,
    party: &Party,
    asked: &SurrenderClaims,
    request: &str,
    grace: i64,
    now: i64,
) -> Result<String, BankError> {
    let (applicant, id, client) = (asked.iss.as_str(), asked.jti.to_string(), asked.client.to_string());
    let voucher = vouchers::of_packet(tx, &asked.packet)?;
    // An applicant may give up only what is its own; other vouchers are none of its business.
    let voucher = voucher.filter(|voucher| voucher.applicant == asked.iss).ok_or(Refusal::Unknown("the voucher"))?;
    let sql = "SELECT voucher, client, answer FROM surrender WHERE applicant = ?1 AND id = ?2";
    if let Some(known) = tx.first(sql, &values![applicant, &id])? {
        let is_same = known.text("voucher")? == voucher.number && known.text("client")? == client;
        return if is_same { Ok(known.text("answer")?.to_owned()) } else { Err(id_reused("surrender").into()) };
    }
    // Money that was promised without goods in its place cannot be taken back like this.
    if !matches!(vouchers::packet(tx, &voucher.number)?.claims.contents, Contents::Goods { cash: Some(_), .. }) {
        return Err(Refusal::NotAllowed("the packet gives no goods in place of its money").into());
    }
    let verdict = judge(tx, &voucher, &client, grace, now)?;
    let claims = SurrenderedClaims {
        iss: party.origin.clone(),
        aud: asked.iss.clone(),
        iat: now,
        surrender: asked.jti,
        packet: asked.packet,
        client: asked.client,
        result: if verdict.is_ok() { SurrenderResult::Surrendered } else { SurrenderResult::Refused },
        reason: verdict.err(),
        amount: verdict.is_ok().then(|| voucher.amount(voucher.share_amount)),
    };
    let answer = parties::sign(tx, party, Typ::Surrendered, &claims)?;
    book(tx, &voucher, asked, request, (&claims, &answer))?;
    Ok(answer)
}

/// Books a surrender that was answered before and is lost here, as it was answered.
///
/// # Errors
/// [`BankError`]: why it cannot be in the books.
pub(super) fn relearn(
    tx: &mut Tx<'_>,
    asked: &SurrenderClaims,
    request: &str,
    (claims, answer): (&SurrenderedClaims, &str),
) -> Result<(), BankError> {
    let voucher = vouchers::of_packet(tx, &asked.packet)?.filter(|voucher| voucher.applicant == asked.iss);
    let voucher = voucher.ok_or_else(|| not_found("Its voucher is not in the books."))?;
    let sql = "SELECT answer FROM surrender WHERE applicant = ?1 AND id = ?2";
    if let Some(known) = tx.first(sql, &values![asked.iss.as_str(), asked.jti.to_string()])? {
        return if known.text("answer")? == answer { Ok(()) } else { Err(id_reused("surrender").into()) };
    }
    let is_left = voucher.is_open() && voucher.paid < voucher.shares;
    if claims.result == SurrenderResult::Surrendered
        && (!is_left || has_surrendered(tx, &voucher.number, &asked.client.to_string())?)
    {
        return Err(bad_request("The voucher in the books has no such share left.").into());
    }
    book(tx, &voucher, asked, request, (claims, answer))
}

fn book(
    tx: &mut Tx<'_>,
    voucher: &Issue,
    asked: &SurrenderClaims,
    request: &str,
    (claims, answer): (&SurrenderedClaims, &str),
) -> Result<(), BankError> {
    let (applicant, id, client) = (asked.iss.as_str(), asked.jti.to_string(), asked.client.to_string());
    let (verdict, now) = (claims.reason.map_or(Ok(()), Err), claims.iat);
    let transfer = if verdict.is_ok() { Some(give_back(tx, voucher, now)?) } else { None };
    let result = if verdict.is_ok() { "surrendered" } else { "refused" };
    let reason = verdict.err().map(RefusalReason::as_str);
    tx.execute(
        "INSERT INTO surrender (seq, applicant, id, voucher, client, at, result, reason, transfer, request, answer) \
         SELECT COALESCE(MAX(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM surrender",
        &values![applicant, &id, &voucher.number, &client, now, result, reason, transfer, request, answer],
    )?;
    if verdict.is_ok() && voucher.paid + 1 >= voucher.shares {
        // The last share is gone, as money or as goods.
        let cause = Cause { actor: applicant, reason: Some("surrendered") };
        vouchers::set_state(tx, voucher, VoucherState::Paid, cause, now)?;
        feed::append(tx, voucher, &Event { kind: FeedKind::Paid, minor: voucher.frozen, share: None }, now)?;
    }
    Ok(())
}

/// Why a share cannot be given up, if it cannot: by the same rules, in the same order, as it would be paid.
fn judge(
    tx: &mut Tx<'_>,
    voucher: &Issue,
    client: &str,
    grace: i64,
    now: i64,
) -> Result<Result<(), RefusalReason>, StoreError> {
    if voucher.state == VoucherState::Withdrawn {
        return Ok(Err(RefusalReason::Withdrawn));
    }
    let paid = "SELECT 1 AS had FROM bank_order WHERE voucher = ?1 AND client = ?2 AND result = 'paid'";
    let had = tx.first(paid, &values![&voucher.number, client])?.is_some();
    if had || has_surrendered(tx, &voucher.number, client)? {
        return Ok(Err(RefusalReason::AlreadyCollected));
    }
    if voucher.paid >= voucher.shares {
        return Ok(Err(RefusalReason::AllSharesCollected));
    }
    if now < voucher.nbf {
        return Ok(Err(RefusalReason::NotYetValid));
    }
    if !voucher.is_open() || now > voucher.until.saturating_add(grace) {
        return Ok(Err(RefusalReason::Expired));
    }
    Ok(Ok(()))
}

/// Whether this client's share of the voucher was given up for the goods.
///
/// # Errors
/// [`StoreError`].
pub fn has_surrendered(tx: &mut Tx<'_>, voucher: &str, client: &str) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS known FROM surrender WHERE voucher = ?1 AND client = ?2 AND result = 'surrendered'";
    Ok(tx.first(sql, &values![voucher, client])?.is_some())
}

fn give_back(tx: &mut Tx<'_>, voucher: &Issue, now: i64) -> Result<i64, BankError> {
    let transfer = Transfer {
        debit: voucher.escrow,
        credit: accounts::existing(tx, &voucher.account)?.ledger,
        amount: voucher.amount(voucher.share_amount),
        kind: TransferKind::Return,
        voucher: Some(&voucher.number),
        fund: voucher.fund.as_deref(),
    };
    Ok(ledger::post(tx, &transfer, now)?)
}
