//! What time brings: collections that no clerk decided are rejected, and what nobody collected goes back: of a voucher after its end and the time of grace, of a fund 30 days after its
//! `until`.

use crate::api::feed::FeedKind;
use crate::api::fund::KEPT_SECONDS;
use crate::api::states::VoucherState;
use crate::bank::draws::DrawKey;
use crate::bank::error::BankError;
use crate::bank::funds::{self, Fund};
use crate::bank::ledger::{self, Transfer, TransferKind};
use crate::bank::vouchers::{self, Cause};
use crate::bank::{Bank, accounts, desk};
use crate::money::Amount;
use crate::party::worker::Next;
use crate::store::{StoreError, Tx};
use crate::values;

/// How many are returned in one decision, so that others are not kept waiting.
const AT_ONCE: i64 = 50;
/// When to look again after a failure, in milliseconds.
const AFTER_FAILURE_MS: i64 = 5_000;
/// When to look again at a clock that has just jumped, in milliseconds.
const LOOK_AGAIN_MS: i64 = 30_000;

/// Returns what is due and says when the next will be.
pub async fn step(bank: &Bank) -> Next {
    match return_due(bank).await {
        Ok(next) => next,
        Err(error) => {
            tracing::error!(%error, "expired vouchers could not be returned; trying again");
            Next::At(bank.party.clock.now_ms().saturating_add(AFTER_FAILURE_MS))
        }
    }
}

async fn return_due(bank: &Bank) -> Result<Next, BankError> {
    if bank.is_recovering().await? {
        return Ok(Next::WhenWoken);
    }
    // What is given back is not frozen again when the clock is right.
    if !bank.pace.is_even(&*bank.party.clock) {
        return Ok(Next::At(bank.party.clock.now_ms().saturating_add(LOOK_AGAIN_MS)));
    }
    let grace = bank.settings.order_grace_seconds;
    loop {
        let (key, now) = (bank.secrets.draws.clone(), bank.party.now());
        if bank.party.store.decide(move |tx| decide(tx, &key, grace, now)).await? == 0 {
            break;
        }
    }
    let due: Option<i64> = bank.party.store.read(move |tx| next_due(tx, grace)).await?;
    Ok(due.map_or(Next::WhenWoken, |at| Next::At(at.saturating_mul(1000))))
}

/// Returns some of what is due, and says how many vouchers and funds that were.
pub(super) fn decide(tx: &mut Tx<'_>, key: &DrawKey, grace: i64, now: i64) -> Result<usize, BankError> {
    let vouchers = vouchers::expired(tx, now.saturating_sub(grace), AT_ONCE)?;
    for voucher in &vouchers {
        let cause = Cause { actor: "time", reason: Some("expired") };
        vouchers::give_back(tx, key, voucher, (VoucherState::Returned, FeedKind::Returned), cause, now)?;
    }
    let sql = "SELECT number FROM fund WHERE closed_at IS NULL AND until < ?1 ORDER BY until LIMIT ?2";
    let rows = tx.rows(sql, &values![now.saturating_sub(KEPT_SECONDS), AT_ONCE])?;
    for row in &rows {
        if let Some(fund) = funds::find(tx, row.text("number")?)? {
            return_fund(tx, &fund, now)?;
        }
    }
    Ok(vouchers.len() + rows.len() + desk::time_out(tx, AT_ONCE, now)?)
}

fn return_fund(tx: &mut Tx<'_>, fund: &Fund, now: i64) -> Result<(), BankError> {
    let debit = fund.ledger(tx)?;
    let rest = Amount { minor: ledger::balance(tx, debit)?.available, currency: fund.currency };
    // A fund may be used up to the last cent.
    if rest.minor > 0 {
        let credit = accounts::existing(tx, &fund.account)?.ledger;
        let kind = TransferKind::Return;
        ledger::post(
            tx,
            &Transfer { debit, credit, amount: rest, kind, voucher: None, fund: Some(&fund.number) },
            now,
        )?;
    }
    tx.execute("UPDATE fund SET closed_at = ?2 WHERE number = ?1", &values![&fund.number, now])?;
    Ok(())
}

/// The next second at which something is due: one after the last at which it is still kept.
fn next_due(tx: &mut Tx<'_>, grace: i64) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MIN(COALESCE(extended_until, exp)) AS at FROM voucher WHERE state IN ('issued', 'partly-paid')";
    let voucher = tx.one(sql, &values![])?.opt_int("at")?.map(|end| end.saturating_add(grace).saturating_add(1));
    let sql = "SELECT MIN(until) AS at FROM fund WHERE closed_at IS NULL";
    let fund =
        tx.one(sql, &values![])?.opt_int("at")?.map(|until| until.saturating_add(KEPT_SECONDS).saturating_add(1));
    Ok(voucher.into_iter().chain(fund).chain(desk::next_time_out(tx)?).min())
}
