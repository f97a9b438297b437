//! Every sum in a register: one cent more or less is found, and told to the cent; so is a row that is gone.

use super::audits::story;
use crate::store::Schema;
use crate::store::testing::{integer_columns, one_row};

/// Every column that holds money, with what tells a row of its table from the others.
const SUMS: [(&str, &str, &str); 5] = [
    ("packet", "id", "amount"),
    ("reward", "id", "amount"),
    ("feed", "cursor", "amount"),
    ("earned", "campaign || forwarder || day", "amount"),
    ("instructed", "packet", "amount"),
];
/// Columns that hold times, numbers, counts and units of goods, which have an audit of their own.
const NO_SUMS: [&str; 55] = [
    "since",
    "pinned",
    "feed_cursor",
    "feed_changed",
    "created",
    "expires",
    "attempts",
    "next_ms",
    "signed",
    "promised",
    "count",
    "at",
    "serial",
    "first_serial",
    "signed_at",
    "issued_at",
    "received",
    "finished",
    "hops",
    "show_opener",
    "decided_at",
    "owed_at",
    "delivered_at",
    "due_ms",
    "cursor",
    "share",
    "place",
    "sealed",
    "seq",
    "free",
    "given",
    "handed",
    "shares",
    "units",
    "opens",
    "cash",
    "ended",
    "until",
    "done_at",
    "day",
    "rewards",
    "size",
    "listed",
    "addressed",
    "loaded",
    "number",
    "answered_at",
    "n",
    "openings",
    "handed_at",
    "recalled_at",
    "copied_at",
    "floor",
    "ended_at",
    "restored",
];
/// How many rows of each table are tried.
const ROWS: usize = 4;

#[test]
fn every_column_with_money_is_known() {
    let is_sum = |table: &str, column: &str| SUMS.iter().any(|(at, _, sum)| *at == table && *sum == column);
    let all = integer_columns(Schema::Enterprise).into_iter();
    let missed: Vec<_> =
        all.filter(|(table, column)| !is_sum(table, column) && !NO_SUMS.contains(&column.as_str())).collect();
    assert!(missed.is_empty(), "is this money? {missed:?}");
}

#[tokio::test]
async fn every_sum_that_is_off_by_a_cent_and_every_row_that_is_gone_is_found() {
    let world = story().await;
    world.enterprise.party().store.clone().close().await;
    let (mut tried, mut missed) = (0, Vec::new());
    for (table, key, column) in SUMS {
        for row in 0..ROWS {
            let which = one_row(table, key, &format!("{column} > 0"), row);
            for change in ["+ 1", "- 1"] {
                let sql = format!("UPDATE {table} SET {column} = {column} {change} WHERE {which}");
                let Some(audit) = world.audit_if(&sql).await else { continue };
                tried += 1;
                if audit.least_apart() != Some(1) {
                    missed.push(format!("{sql}: {:?}", audit.differences));
                }
            }
            // That a voucher was issued is known by the voucher itself.
            let told = if table == "feed" { " AND kind <> 'issued'" } else { "" };
            let sql = format!("DELETE FROM {table} WHERE {which}{told}");
            let Some(audit) = world.audit_if(&sql).await else { continue };
            tried += 1;
            if audit.ok {
                missed.push(sql);
            }
        }
    }
    assert!(missed.is_empty(), "{tried} tried, missed: {missed:#?}");
    assert!(tried >= 30, "{tried} corruptions were tried");
}
