//! The ledger: double entry in integer minor units. Every transfer moves one amount between exactly two accounts, so
//! every transaction sums to zero; transfers are never changed, and a pending one is posted or voided at most once.
//!
//! This room must not know vouchers, funds or collections; a transfer only carries their numbers.

use crate::money::{Amount, Currency};
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// What an account stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountKind {
    /// A customer's money, which the bank owes.
    Customer,
    /// Frozen for one voucher.
    Escrow,
    /// Frozen for many vouchers.
    Fund,
    /// What the bank owes another bank.
    DueTo,
    /// What another bank owes.
    DueFrom,
    /// Money that came in over the counter.
    Cash,
    /// Money that came in from other banks to settle their dues, less what went out to settle this bank's.
    Clearing,
}

impl AccountKind {
    /// The word in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Escrow => "escrow",
            Self::Fund => "fund",
            Self::DueTo => "due-to",
            Self::DueFrom => "due-from",
            Self::Cash => "cash",
            Self::Clearing => "clearing",
        }
    }
}

/// Why money moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransferKind {
    /// Cash into an account.
    Deposit,
    /// From an account into a fund.
    Fund,
    /// Into a voucher's escrow.
    Freeze,
    /// From escrow to what is due to the collecting bank.
    Pay,
    /// The rest back to the applicant.
    Return,
    /// From what is due from the issuing bank into the collector's account.
    Collect,
    /// Between banks, for what one owed the other.
    Settle,
}

impl TransferKind {
    /// The word in the database and in `--json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Fund => "fund",
            Self::Freeze => "freeze",
            Self::Pay => "pay",
            Self::Return => "return",
            Self::Collect => "collect",
            Self::Settle => "settle",
        }
    }
}

/// How a pending transfer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// The money is there.
    Posted,
    /// It never was.
    Voided,
}

impl Resolution {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Posted => "posted",
            Self::Voided => "voided",
        }
    }
}

/// One movement between two accounts.
#[derive(Clone, Copy, Debug)]
pub struct Transfer<'a> {
    /// Debited.
    pub debit: i64,
    /// Credited.
    pub credit: i64,
    /// How much, more than zero.
    pub amount: Amount,
    /// Why.
    pub kind: TransferKind,
    /// For which voucher.
    pub voucher: Option<&'a str>,
    /// For which fund.
    pub fund: Option<&'a str>,
}

/// What an account holds, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Balance {
    /// By posted transfers.
    pub posted: i64,
    /// What can be spent: posted less what pending transfers will take.
    pub available: i64,
}

/// Why money does not move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The account would fall below zero.
    #[error("there is not enough money on the account")]
    Insufficient,
    /// One of the accounts is kept in another currency.
    #[error("the account is kept in another currency")]
    Currency,
    /// The amount is not more than zero, or a total would not fit.
    #[error("the amount is too small or too large")]
    Range,
    /// A pending transfer was already posted or voided.
    #[error("this transfer was already resolved")]
    Resolved,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The four running totals of one account, and what they mean for it.
#[derive(Clone, Copy)]
struct Totals {
    debits_posted: i64,
    credits_posted: i64,
    debits_pending: i64,
    credits_pending: i64,
}

#[derive(Clone, Copy)]
enum Side {
    Debit,
    Credit,
}

impl Totals {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            debits_posted: row.int("debits_posted")?,
            credits_posted: row.int("credits_posted")?,
            debits_pending: row.int("debits_pending")?,
            credits_pending: row.int("credits_pending")?,
        })
    }

    fn posted(&mut self, side: Side) -> &mut i64 {
        match side {
            Side::Debit => &mut self.debits_posted,
            Side::Credit => &mut self.credits_posted,
        }
    }

    fn pending(&mut self, side: Side) -> &mut i64 {
        match side {
            Side::Debit => &mut self.debits_pending,
            Side::Credit => &mut self.credits_pending,
        }
    }

    fn balance(&self, kind: &str) -> Result<Balance, LedgerError> {
        let net = if is_debit_normal(kind) {
            [self.debits_posted, self.credits_posted, self.credits_pending]
        } else {
            [self.credits_posted, self.debits_posted, self.debits_pending]
        };
        let posted = net[0].checked_sub(net[1]).ok_or(LedgerError::Range)?;
        Ok(Balance { posted, available: posted.checked_sub(net[2]).ok_or(LedgerError::Range)? })
    }
}

fn is_debit_normal(kind: &str) -> bool {
    kind == AccountKind::DueFrom.as_str() || is_outside(kind)
}

/// Whether it stands for money outside of these books, of which they cannot say how much there is.
fn is_outside(kind: &str) -> bool {
    kind == AccountKind::Cash.as_str() || kind == AccountKind::Clearing.as_str()
}

fn add(total: &mut i64, amount: i64) -> Result<(), LedgerError> {
    *total = total.checked_add(amount).ok_or(LedgerError::Range)?;
    Ok(())
}

/// The account of this kind, owner and currency; opened now if there was none.
///
/// # Errors
/// [`StoreError`].
pub fn account(tx: &mut Tx<'_>, kind: AccountKind, owner: &str, currency: Currency) -> Result<i64, StoreError> {
    if let Some(id) = find(tx, kind, owner, currency)? {
        return Ok(id);
    }
    let row = tx.one(
        "INSERT INTO ledger_account (id, kind, owner, currency) \
         SELECT COALESCE(MAX(id), 0) + 1, ?1, ?2, ?3 FROM ledger_account RETURNING id",
        &values![kind.as_str(), owner, currency.as_str()],
    )?;
    row.int("id")
}

/// The account of this kind, owner and currency.
///
/// # Errors
/// [`StoreError`].
pub fn find(tx: &mut Tx<'_>, kind: AccountKind, owner: &str, currency: Currency) -> Result<Option<i64>, StoreError> {
    let row = tx.first(
        "SELECT id FROM ledger_account WHERE kind = ?1 AND owner = ?2 AND currency = ?3",
        &values![kind.as_str(), owner, currency.as_str()],
    )?;
    row.map(|row| row.int("id")).transpose()
}

/// What an account holds.
///
/// # Errors
/// [`LedgerError::Store`] when there is no such account.
pub fn balance(tx: &mut Tx<'_>, account: i64) -> Result<Balance, LedgerError> {
    let row = tx.one("SELECT * FROM ledger_account WHERE id = ?1", &values![account])?;
    Totals::read(&row)?.balance(row.text("kind")?)
}

/// Moves money at once, and says under which number.
///
/// # Errors
/// [`LedgerError`].
pub fn post(tx: &mut Tx<'_>, transfer: &Transfer<'_>, at: i64) -> Result<i64, LedgerError> {
    let Amount { minor, currency } = transfer.amount;
    let id = record(tx, transfer, false, at)?;
    change(tx, transfer.debit, Some(currency), |totals| add(totals.posted(Side::Debit), minor))?;
    change(tx, transfer.credit, Some(currency), |totals| add(totals.posted(Side::Credit), minor))?;
    Ok(id)
}

/// Promises money: what it takes is no longer available, what it brings not yet.
///
/// # Errors
/// [`LedgerError`].
pub fn hold(tx: &mut Tx<'_>, transfer: &Transfer<'_>, at: i64) -> Result<i64, LedgerError> {
    let Amount { minor, currency } = transfer.amount;
    let id = record(tx, transfer, true, at)?;
    change(tx, transfer.debit, Some(currency), |totals| add(totals.pending(Side::Debit), minor))?;
    change(tx, transfer.credit, Some(currency), |totals| add(totals.pending(Side::Credit), minor))?;
    Ok(id)
}

/// Posts or voids a pending transfer, once.
///
/// # Errors
/// [`LedgerError::Resolved`] the second time.
pub fn resolve(tx: &mut Tx<'_>, transfer: i64, outcome: Resolution, at: i64) -> Result<(), LedgerError> {
    let row = tx.one("SELECT debit, credit, amount FROM transfer WHERE id = ?1 AND pending = 1", &values![transfer])?;
    let added = tx.execute(
        "INSERT INTO resolution (transfer, outcome, at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &values![transfer, outcome.as_str(), at],
    )?;
    if added == 0 {
        return Err(LedgerError::Resolved);
    }
    let amount = row.int("amount")?;
    for (account, side) in [(row.int("debit")?, Side::Debit), (row.int("credit")?, Side::Credit)] {
        change(tx, account, None, |totals| {
            add(totals.pending(side), -amount)?;
            if outcome == Resolution::Posted { add(totals.posted(side), amount) } else { Ok(()) }
        })?;
    }
    Ok(())
}

fn record(tx: &mut Tx<'_>, transfer: &Transfer<'_>, pending: bool, at: i64) -> Result<i64, LedgerError> {
    if transfer.amount.minor <= 0 || transfer.debit == transfer.credit {
        return Err(LedgerError::Range);
    }
    let row = tx.one(
        "INSERT INTO transfer (id, at, debit, credit, amount, currency, kind, pending, voucher, fund) \
         SELECT COALESCE(MAX(id), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM transfer RETURNING id",
        &values![
            at,
            transfer.debit,
            transfer.credit,
            transfer.amount.minor,
            transfer.amount.currency.as_str(),
            transfer.kind.as_str(),
            pending,
            transfer.voucher,
            transfer.fund,
        ],
    )?;
    Ok(row.int("id")?)
}

fn change(
    tx: &mut Tx<'_>,
    account: i64,
    currency: Option<Currency>,
    change: impl FnOnce(&mut Totals) -> Result<(), LedgerError>,
) -> Result<(), LedgerError> {
    let row = tx.one("SELECT * FROM ledger_account WHERE id = ?1", &values![account])?;
    if currency.is_some_and(|currency| row.text("currency") != Ok(currency.as_str())) {
        return Err(LedgerError::Currency);
    }
    let mut totals = Totals::read(&row)?;
    change(&mut totals)?;
    let kind = row.text("kind")?;
    if totals.balance(kind)?.available < 0 && !is_outside(kind) {
        return Err(LedgerError::Insufficient);
    }
    tx.execute(
        "UPDATE ledger_account SET debits_posted = ?2, credits_posted = ?3, debits_pending = ?4, credits_pending = ?5 \
         WHERE id = ?1",
        &values![account, totals.debits_posted, totals.credits_posted, totals.debits_pending, totals.credits_pending],
    )?;
    Ok(())
}
