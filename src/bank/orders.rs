//! Step 7, the issuing bank's decision: a member bank orders a voucher to be paid for one of its customers. First commit
//! wins; every answer, a refusal too, is signed, stored and repeated word for word.

use std::sync::Arc;

use crate::api::Refusal;
use crate::api::feed::FeedKind;
use crate::api::order::{self, AnswerClaims, JudgedOrder, OrderAnswer, OrderResult};
use crate::api::states::{RefusalReason, VoucherState};
use crate::bank::draws::{self, DrawKey, Drawn};
use crate::bank::error::{BankError, bad_request, id_reused, not_found, strange};
use crate::bank::feed::{self, Event};
use crate::bank::ledger::{self, AccountKind, Transfer, TransferKind};
use crate::bank::vouchers::{self, Cause, Issue};
use crate::bank::{Bank, funds, keys, parties, surrenders};
use crate::jose::Typ;
use crate::money::Amount;
use crate::packet::claims::reward_for;
use crate::party::Party;
use crate::store::{StoreError, Tx};
use crate::values;

/// Answers an order. The same order again gets the same answer.
///
/// # Errors
/// [`BankError`] when it is no order of a member bank, or the answer could not be stored; then nothing was decided.
pub async fn receive(bank: &Bank, body: &[u8]) -> Result<OrderAnswer, BankError> {
    let read = order::read(body)?;
    let iss = read.1.iss.clone();
    keys::catch_up(bank, &iss, &read.0.signer()).await?;
    let own = &bank.party.origin;
    let sender = if iss == *own {
        Some(bank.myself())
    } else {
        bank.party.store.read(move |tx| parties::member(tx, &iss)).await?
    };
    let sender = sender.ok_or(Refusal::Unknown("the collecting bank"))?;
    let now = bank.party.now();
    let request = read.0.as_str().to_owned();
    let judged = order::judge(read, own, &sender.keys.current(), now)?;
    let order = Arc::new(Received { order: judged, request, grace: bank.settings.order_grace_seconds, now });
    match decide_with(bank, &order, None).await? {
        Decided::Answered(answer) => Ok(OrderAnswer { answer }),
        Decided::Undrawn(voucher) => {
            let drawn = draws::drawn(bank, &voucher).await?;
            match decide_with(bank, &order, Some(drawn)).await? {
                Decided::Answered(answer) => Ok(OrderAnswer { answer }),
                Decided::Undrawn(_) => Err(strange("draw").into()),
            }
        }
    }
}

async fn decide_with(bank: &Bank, order: &Arc<Received>, drawn: Option<Arc<Drawn>>) -> Result<Decided, BankError> {
    let (party, order) = (bank.party.clone(), order.clone());
    bank.party.store.decide(move |tx| decide(tx, &party, &order, drawn.as_deref())).await
}

/// An order whose signatures hold, as it was received.
pub(super) struct Received {
    order: JudgedOrder,
    request: String,
    grace: i64,
    now: i64,
}

/// What came of an order.
pub(super) enum Decided {
    /// The answer, word for word.
    Answered(String),
    /// Nothing yet: what the shares of this voucher are must be computed first, outside of any decision.
    Undrawn(Box<Issue>),
}

fn decide(tx: &mut Tx<'_>, party: &Party, received: &Received, drawn: Option<&Drawn>) -> Result<Decided, BankError> {
    let Received { order, request, grace, now } = received;
    let (bank, id) = (order.claims.iss.as_str(), order.claims.jti.to_string());
    let sql = "SELECT voucher, holder, client, answer FROM bank_order WHERE bank = ?1 AND id = ?2";
    if let Some(known) = tx.first(sql, &values![bank, &id])? {
        let asked = [&order.claims.voucher, &order.claims.holder, &order.client.to_string()];
        let stored = [known.text("voucher")?, known.text("holder")?, known.text("client")?];
        let is_same = asked.iter().zip(stored).all(|(asked, stored)| *asked == stored);
        let answer = known.text("answer")?.to_owned();
        return if is_same { Ok(Decided::Answered(answer)) } else { Err(id_reused("order").into()) };
    }
    let voucher = vouchers::find(tx, &order.claims.voucher)?;
    let verdict = match &voucher {
        Some(voucher) => judge(tx, voucher, order, *grace, *now)?,
        None => Err(RefusalReason::UnknownVoucher),
    };
    let paid = match (voucher, verdict) {
        (Some(voucher), Ok(_)) if voucher.draw.is_some() && drawn.is_none() => {
            return Ok(Decided::Undrawn(Box::new(voucher)));
        }
        (Some(voucher), Ok(())) => Some(Paid::next(tx, voucher, drawn)?),
        _ => None,
    };
    let claims = AnswerClaims {
        iss: party.origin.clone(),
        aud: order.claims.iss.clone(),
        iat: *now,
        order: order.claims.jti,
        result: if paid.is_some() { OrderResult::Paid } else { OrderResult::Refused },
        reason: verdict.err(),
        amount: paid.as_ref().map(|paid| paid.amount),
        share: paid.as_ref().map(|paid| u32::try_from(paid.place).map_err(|_| strange("place"))).transpose()?,
    };
    let answer = parties::sign(tx, party, Typ::Answer, &claims)?;
    record(tx, order, request, &claims, &answer)?;
    if let Some(paid) = paid {
        pay(tx, &paid, order, *now)?;
        if let Some(drawn) = drawn.filter(|_| paid.is_last) {
            draws::publish(tx, &paid.voucher, drawn)?;
        }
    }
    Ok(Decided::Answered(answer))
}

/// Books an order that was answered before and is lost here, as it was answered. Answers come in any order, so whether a share is
/// the last is told by how many there are.
///
/// # Errors
/// [`BankError`]: why it cannot be in the books.
pub(super) fn relearn(
    tx: &mut Tx<'_>,
    key: &DrawKey,
    order: &JudgedOrder,
    (request, claims, answer): (&str, &AnswerClaims, &str),
) -> Result<(), BankError> {
    let sql = "SELECT answer FROM bank_order WHERE bank = ?1 AND id = ?2";
    if let Some(row) = tx.first(sql, &values![order.claims.iss.as_str(), order.claims.jti.to_string()])? {
        return if row.text("answer")? == answer { Ok(()) } else { Err(id_reused("order").into()) };
    }
    let paid = match (claims.result, claims.amount, claims.share) {
        (OrderResult::Paid, Some(amount), Some(place)) => Some(paid_before(tx, order, amount, i64::from(place))?),
        _ => None,
    };
    record(tx, order, request, claims, answer)?;
    let Some(paid) = paid else { return Ok(()) };
    pay(tx, &paid, order, claims.iat)?;
    if paid.is_last { draws::publish_rest(tx, key, &paid.voucher).map_err(BankError::from) } else { Ok(()) }
}

/// The share that an answer says was paid, if nothing in the books speaks against it.
fn paid_before(tx: &mut Tx<'_>, order: &JudgedOrder, amount: Amount, place: i64) -> Result<Paid, BankError> {
    let voucher =
        vouchers::find(tx, &order.claims.voucher)?.ok_or_else(|| not_found("Its voucher is not in the books."))?;
    let sql = "SELECT 1 AS known FROM share WHERE voucher = ?1 AND (place = ?2 OR holder = ?3)";
    if tx.first(sql, &values![&voucher.number, place, &order.claims.holder])?.is_some() {
        return Err(bad_request("The books have that share, or that person, paid by another order.").into());
    }
    let fits = voucher.is_open()
        && amount.currency == voucher.currency
        && place <= voucher.shares
        && (voucher.draw.is_some() || amount.minor == voucher.share_amount);
    if !fits {
        return Err(bad_request("The voucher in the books has no such share left.").into());
    }
    let sql = "SELECT COUNT(*) AS paid FROM share WHERE voucher = ?1";
    let is_last = tx.one(sql, &values![&voucher.number])?.int("paid")? + 1 >= voucher.shares;
    Ok(Paid { voucher, place, amount, is_last })
}

/// One share that is paid.
struct Paid {
    voucher: Issue,
    place: i64,
    amount: Amount,
    /// Whether none is left after it.
    is_last: bool,
}

impl Paid {
    /// The next share of a voucher of which one is left.
    fn next(tx: &mut Tx<'_>, voucher: Issue, drawn: Option<&Drawn>) -> Result<Self, StoreError> {
        let place = free_place(tx, &voucher)?;
        let minor = match (voucher.draw, drawn) {
            (Some(_), Some(drawn)) => drawn.at(place)?,
            _ => voucher.share_amount,
        };
        Ok(Self { amount: voucher.amount(minor), is_last: voucher.paid + 1 >= voucher.shares, voucher, place })
    }
}

/// The first place that nobody has: the one after the last, but where a payment was lost with the books and nobody had heard of it.
fn free_place(tx: &mut Tx<'_>, voucher: &Issue) -> Result<i64, StoreError> {
    let last = "SELECT COALESCE(MAX(place), 0) AS last FROM share WHERE voucher = ?1";
    let last = tx.one(last, &values![&voucher.number])?.int("last")?;
    if last == voucher.paid {
        return Ok(last + 1);
    }
    let free = "SELECT MIN(place) AS free FROM (SELECT 1 AS place UNION ALL SELECT place + 1 FROM share WHERE voucher = ?1) AS next \
                WHERE NOT EXISTS (SELECT 1 FROM share WHERE share.voucher = ?1 AND share.place = next.place)";
    tx.one(free, &values![&voucher.number])?.int("free")
}

/// Why no share is paid, if none is. What is final for this person is told before what is final for everybody.
fn judge(
    tx: &mut Tx<'_>,
    voucher: &Issue,
    order: &JudgedOrder,
    grace: i64,
    now: i64,
) -> Result<Result<(), RefusalReason>, BankError> {
    if !order.is_entitled(&vouchers::packet(tx, &voucher.number)?) {
        return Ok(Err(RefusalReason::NotEntitled));
    }
    if voucher.state == VoucherState::Withdrawn {
        return Ok(Err(RefusalReason::Withdrawn));
    }
    let holder = &order.claims.holder;
    let sql = "SELECT place FROM share WHERE voucher = ?1 AND holder = ?2";
    if tx.first(sql, &values![&voucher.number, holder])?.is_some() {
        return Ok(Err(RefusalReason::AlreadyCollected));
    }
    // Of goods or cash this client chose the goods.
    if surrenders::has_surrendered(tx, &voucher.number, &order.client.to_string())? {
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
    if is_capped(tx, voucher, holder)? {
        return Ok(Err(RefusalReason::CapReached));
    }
    Ok(Ok(()))
}

/// Whether this person has had as many vouchers of the fund as one person may.
fn is_capped(tx: &mut Tx<'_>, voucher: &Issue, holder: &str) -> Result<bool, StoreError> {
    let Some(number) = &voucher.fund else { return Ok(false) };
    let sql = "SELECT COUNT(*) AS paid FROM share WHERE fund = ?1 AND holder = ?2";
    let paid = tx.one(sql, &values![number, holder])?.int("paid")?;
    Ok(funds::find(tx, number)?.is_none_or(|fund| paid >= fund.per_person))
}

fn record(
    tx: &mut Tx<'_>,
    order: &JudgedOrder,
    request: &str,
    claims: &AnswerClaims,
    answer: &str,
) -> Result<(), StoreError> {
    let result = match claims.result {
        OrderResult::Paid => "paid",
        OrderResult::Refused => "refused",
    };
    tx.execute(
        "INSERT INTO bank_order (seq, bank, id, voucher, holder, client, at, result, reason, request, answer) \
         SELECT COALESCE(MAX(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM bank_order",
        &values![
            order.claims.iss.as_str(),
            order.claims.jti.to_string(),
            &order.claims.voucher,
            &order.claims.holder,
            order.client.to_string(),
            claims.iat,
            result,
            claims.reason.map(RefusalReason::as_str),
            request,
            answer,
        ],
    )?;
    Ok(())
}

fn pay(tx: &mut Tx<'_>, paid: &Paid, order: &JudgedOrder, now: i64) -> Result<(), BankError> {
    let Paid { voucher, place, amount, is_last } = paid;
    let bank = order.claims.iss.as_str();
    let transfer = Transfer {
        debit: voucher.escrow,
        credit: ledger::account(tx, AccountKind::DueTo, bank, voucher.currency)?,
        amount: *amount,
        kind: TransferKind::Pay,
        voucher: Some(&voucher.number),
        fund: voucher.fund.as_deref(),
    };
    let transfer = ledger::post(tx, &transfer, now)?;
    tx.execute(
        "INSERT INTO share (voucher, place, holder, fund, bank, order_id, transfer, amount, at, mark) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &values![
            &voucher.number,
            *place,
            &order.claims.holder,
            voucher.fund.as_deref(),
            bank,
            order.claims.jti.to_string(),
            transfer,
            amount.minor,
            now,
            draws::mark_of(voucher, &order.collect.account).map(|mark| mark.to_string()),
        ],
    )?;
    let share = Some((*place, reward_for(&voucher.packet, &order.client)));
    feed::append(tx, voucher, &Event { kind: FeedKind::Collected, minor: amount.minor, share }, now)?;
    let cause = Cause { actor: bank, reason: None };
    if *is_last {
        vouchers::set_state(tx, voucher, VoucherState::Paid, cause, now)?;
        feed::append(tx, voucher, &Event { kind: FeedKind::Paid, minor: voucher.frozen, share: None }, now)?;
    } else {
        vouchers::set_state(tx, voucher, VoucherState::PartlyPaid, cause, now)?;
    }
    Ok(())
}
