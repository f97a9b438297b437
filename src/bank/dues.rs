//! What banks owe each other, and how that is settled: money moves between the banks outside of this program, and the
//! operator books it here, once per request.
//!
//! This room must not know orders or collections, by which the dues grow.

use crate::api::problem::Problem;
use crate::bank::admin::{Books, Direction, Due, SettleDues};
use crate::bank::error::{BankError, id_reused, not_found, stored, strange};
use crate::bank::ledger::{self, AccountKind, LedgerError, Transfer, TransferKind};
use crate::bank::parties;
use crate::money::Amount;
use crate::packet::Origin;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// Who the clearing account's owner is; there is one per currency.
const BANKS: &str = "banks";

impl Direction {
    /// The word in the database.
    const fn operation(self) -> &'static str {
        match self {
            Self::Paid => "settle-paid",
            Self::Received => "settle-received",
        }
    }

    const fn account(self) -> AccountKind {
        match self {
            Self::Paid => AccountKind::DueTo,
            Self::Received => AccountKind::DueFrom,
        }
    }
}

/// Books that a debt was paid, in part or whole, and says what is left. The same request again only says that.
///
/// # Errors
/// `more-than-owed`; `not-found` for no member; `id-reused`.
pub fn settle(tx: &mut Tx<'_>, request: &SettleDues, now: i64) -> Result<Due, BankError> {
    let Amount { minor, currency } = request.amount;
    let (id, bank, kind) = (request.request.to_string(), request.bank.as_str(), request.direction.operation());
    let sql = "SELECT o.kind, o.member, t.amount, t.currency FROM operation o LEFT JOIN transfer t ON t.id = o.transfer \
               WHERE o.request = ?1";
    if let Some(row) = tx.first(sql, &values![&id])? {
        let is_same = row.text("kind")? == kind
            && row.opt_text("member")? == Some(bank)
            && row.opt_int("amount")? == Some(minor)
            && row.opt_text("currency")? == Some(currency.as_str());
        if !is_same {
            return Err(id_reused("request").into());
        }
    } else {
        let transfer = book(tx, request, now)?;
        let sql = "INSERT INTO operation (request, kind, member, transfer) VALUES (?1, ?2, ?3, ?4)";
        tx.execute(sql, &values![id, kind, bank, transfer])?;
    }
    let side = request.direction.account();
    let sql = "SELECT * FROM ledger_account WHERE kind = ?1 AND owner = ?2 AND currency = ?3";
    due(&tx.one(sql, &values![side.as_str(), bank, currency.as_str()])?, side).map_err(BankError::from)
}

fn book(tx: &mut Tx<'_>, request: &SettleDues, now: i64) -> Result<i64, BankError> {
    let (bank, currency) = (&request.bank, request.amount.currency);
    if parties::member(tx, bank)?.is_none() {
        return Err(not_found("There is no such member.").with_next("Look at the list of members.").into());
    }
    let Some(due) = ledger::find(tx, request.direction.account(), bank.as_str(), currency)? else {
        return Err(more_than_owed().into());
    };
    let clearing = ledger::account(tx, AccountKind::Clearing, BANKS, currency)?;
    let (debit, credit) = match request.direction {
        Direction::Paid => (due, clearing),
        Direction::Received => (clearing, due),
    };
    let kind = TransferKind::Settle;
    let transfer = Transfer { debit, credit, amount: request.amount, kind, voucher: None, fund: None };
    ledger::post(tx, &transfer, now).map_err(|error| match error {
        LedgerError::Insufficient => more_than_owed().into(),
        other => other.into(),
    })
}

fn more_than_owed() -> Problem {
    Problem::new("more-than-owed", 409, "More than is owed", "The open debt is smaller than this amount.")
        .with_next("Look at the books, and settle what they show at most.")
}

/// What this bank owes and is owed.
///
/// # Errors
/// [`StoreError`].
pub fn books(tx: &mut Tx<'_>) -> Result<Books, StoreError> {
    Ok(Books { due_to: all(tx, AccountKind::DueTo)?, due_from: all(tx, AccountKind::DueFrom)? })
}

fn all(tx: &mut Tx<'_>, kind: AccountKind) -> Result<Vec<Due>, StoreError> {
    let sql = "SELECT * FROM ledger_account WHERE kind = ?1 ORDER BY owner, currency";
    tx.rows(sql, &values![kind.as_str()])?.iter().map(|row| due(row, kind)).collect()
}

/// A debt grows on one side of its account and is settled on the other.
fn due(row: &Row, kind: AccountKind) -> Result<Due, StoreError> {
    let (debits, credits) = (row.int("debits_posted")?, row.int("credits_posted")?);
    let (grown, settled) = if kind == AccountKind::DueTo { (credits, debits) } else { (debits, credits) };
    let currency = stored(row, "currency")?;
    Ok(Due {
        bank: Origin::parse(row.text("owner")?).map_err(|_| strange("owner"))?,
        amount: Amount { minor: grown.saturating_sub(settled), currency },
        settled: Amount { minor: settled, currency },
    })
}
