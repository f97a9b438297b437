//! Every sum in a bank's books: one cent more, one cent less, another currency or a missing row is found, and by how much it is wrong.

use super::audits::{audit_if, busy_bank};
use super::*;
use crate::bank::ledger::{self, AccountKind, LedgerError, Transfer, TransferKind};
use crate::store::Tx;
use crate::store::testing::{integer_columns, one_row};

/// Every column that holds money, with what tells a row of its table from the others.
const SUMS: [(&str, &str, &str); 15] = [
    ("ledger_account", "id", "debits_posted"),
    ("ledger_account", "id", "credits_posted"),
    ("ledger_account", "id", "debits_pending"),
    ("ledger_account", "id", "credits_pending"),
    ("transfer", "id", "amount"),
    ("fund", "number", "total"),
    ("voucher", "number", "share_amount"),
    ("voucher", "number", "frozen"),
    ("share", "transfer", "amount"),
    ("collection", "transfer", "amount"),
    ("collection", "transfer", "held"),
    ("collection", "transfer", "pot"),
    ("feed", "applicant || cursor", "amount"),
    ("withdrawal", "voucher", "amount"),
    // What the operator allows is no part of the books: nothing says what it should be.
    ("member", "", "limit_amount"),
];
/// Columns that hold times, numbers and counts.
const NO_SUMS: [&str; 39] = [
    "since",
    "id",
    "at",
    "debit",
    "credit",
    "pending",
    "transfer",
    "seq",
    "ledger",
    "person",
    "opened_at",
    "wrong_tries",
    "issued_at",
    "per_person",
    "until",
    "frozen_at",
    "closed_at",
    "escrow",
    "shares",
    "nbf",
    "exp",
    "extended_until",
    "state_at",
    "place",
    "attempts",
    "next_at_ms",
    "held_until",
    "pays_within",
    "posted",
    "n",
    "cursor",
    "share",
    "instruction",
    "copied_at",
    "floor",
    "ended_at",
    "restore",
    "heard_at",
    "waived",
];
/// How many rows of each table are tried.
const ROWS: usize = 4;

#[test]
fn every_column_with_money_is_known() {
    let missed: Vec<_> = integer_columns(Schema::Bank)
        .into_iter()
        .filter(|(table, column)| {
            let is_sum = SUMS.iter().any(|(at, _, sum)| at == table && sum == column);
            !is_sum && !NO_SUMS.contains(&column.as_str())
        })
        .collect();
    assert!(missed.is_empty(), "is this money? {missed:?}");
}

/// A bank with something of everything, lucky packets, something withdrawn and a pending promise included.
async fn full_bank() -> TestBank {
    let bank = busy_bank().await;
    let shop = Shop::named(&bank, "https://second.example", 51).await;
    let person = Person::at(&bank, 72).await;
    let taken = shop.issue(&bank, &super::life::revocable(&shop, &bank, 2)).await.unwrap();
    person.collect_and_settle(&bank, &taken).await;
    super::life::withdraw(&shop, &bank, &[&taken]).await;
    let lucky = shop.issue_lucky(&bank, 2000, 3).await;
    person.collect_and_settle(&bank, &lucky).await;
    let asked = shop.issue_lucky(&bank, 3000, 3).await;
    person.collect(&bank, &asked, uuid()).await.unwrap();
    assert_eq!(bank.audit().await, Audit { ok: true, ..Audit::default() });
    bank.store().clone().close().await;
    bank
}

#[tokio::test]
async fn every_sum_that_is_off_by_a_cent_is_told_to_the_cent() {
    let bank = full_bank().await;
    let (mut tried, mut missed) = (0, Vec::new());
    for (table, key, column) in SUMS.iter().filter(|(_, key, _)| !key.is_empty()) {
        for (row, cent) in (0..ROWS).flat_map(|row| [(row, "+ 1"), (row, "- 1")]) {
            let which = one_row(table, key, &format!("{column} > 0"), row);
            let sql = format!("UPDATE {table} SET {column} = {column} {cent} WHERE {which}");
            let Some(audit) = audit_if(&bank.place, &sql).await else { continue };
            tried += 1;
            // A share's amount is off once for each share.
            let most = if *column == "share_amount" { 2 } else { 1 };
            if audit.least_apart().is_none_or(|apart| apart > most) {
                missed.push(format!("{sql}: {:?}", audit.differences));
            }
        }
    }
    assert!(missed.is_empty(), "{tried} tried, missed: {missed:#?}");
    assert!(tried >= 60, "{tried} corruptions were tried");
}

#[tokio::test]
async fn every_row_with_money_that_is_gone_or_of_another_currency_is_found() {
    let bank = full_bank().await;
    let (mut tried, mut missed) = (0, Vec::new());
    let mut tables: Vec<_> =
        SUMS.iter().filter(|(_, key, _)| !key.is_empty()).map(|(at, key, _)| (*at, *key)).collect();
    tables.dedup();
    for (table, key) in tables {
        for row in 0..ROWS {
            let which = one_row(table, key, "1 = 1", row);
            let mut changes = vec![format!("DELETE FROM {table} WHERE {which}")];
            if ["ledger_account", "transfer", "fund", "voucher", "collection", "feed"].contains(&table) {
                changes.push(format!("UPDATE {table} SET currency = 'USD' WHERE {which}"));
            }
            for sql in changes {
                let Some(audit) = audit_if(&bank.place, &sql).await else { continue };
                tried += 1;
                if audit.ok {
                    missed.push(sql);
                }
            }
        }
    }
    assert!(missed.is_empty(), "{tried} tried, missed: {missed:#?}");
    assert!(tried >= 30, "{tried} corruptions were tried");
}

/// No packet comes near it, but all of them together are never counted wrongly.
#[tokio::test]
async fn a_total_that_would_not_fit_moves_nothing() {
    let bank = one_bank().await;
    let deposit = |minor: i64| {
        move |tx: &mut Tx<'_>| {
            let debit = ledger::account(tx, AccountKind::Cash, "counter", Currency::CNY)?;
            let credit = ledger::account(tx, AccountKind::Fund, "F", Currency::CNY)?;
            let kind = TransferKind::Deposit;
            ledger::post(tx, &Transfer { debit, credit, amount: cny(minor), kind, voucher: None, fund: None }, START)
        }
    };
    bank.store().decide(deposit(i64::MAX)).await.unwrap();
    assert_eq!(bank.store().decide(deposit(1)).await, Err(LedgerError::Range));
    assert_eq!(bank.count("SELECT COUNT(*) AS n FROM transfer").await, 1);
}
