//! Customers' accounts and the persons behind them. A person is an identity document, never a key: keys are free.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::api::account::AccountNumber;
use crate::api::problem::Problem;
use crate::api::states::AcceptedBy;
use crate::bank::error::{BankError, bad_request, id_reused, not_found, stored, stored_opt, strange};
use crate::bank::ledger::{self, AccountKind, Transfer, TransferKind};
use crate::jose::Digest;
use crate::money::{Amount, Currency};
use crate::packet::{Origin, text};
use crate::party::changes::{self, Change};
use crate::random::Random;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// Digits of an account number between the bank's prefix and the check digit.
const NUMBER_DIGITS: u32 = 9;
/// How often a taken number is drawn before something must be wrong.
const MAX_DRAWS: u32 = 100;
/// Who the cash account's owner is; there is one per currency.
const COUNTER: &str = "counter";

/// The number of an identity document. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[schema(max_length = 512)]
#[serde(transparent)]
pub struct Document(String);

impl Document {
    /// As it was shown, or as it is stored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// One spelling per document, equal at every bank: without spaces and hyphens, in capital letters.
    fn normal(&self) -> Result<Self, Problem> {
        text::NAME.check(&self.0).map_err(|e| bad_request(format!("The identity document: {e}.")))?;
        let plain: String = self.0.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let plain = plain.to_uppercase();
        if plain.is_empty() { Err(bad_request("The identity document has no number.")) } else { Ok(Self(plain)) }
    }
}

impl From<String> for Document {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(secret)")
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// Its number.
    pub number: AccountNumber,
    /// Its place in the ledger.
    pub ledger: i64,
    /// Whose it is.
    pub holder: String,
    /// Which person that is.
    pub person: i64,
    /// The enterprise whose applications may draw on it.
    pub applicant: Option<Origin>,
    /// In which currency it is kept.
    pub currency: Currency,
    /// How what is collected into it is accepted, if that was set for it.
    pub acceptance: Option<AcceptedBy>,
}

impl Account {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let applicant = row.opt_text("applicant")?.map(Origin::parse).transpose().map_err(|_| strange("applicant"))?;
        Ok(Self {
            number: stored(row, "number")?,
            ledger: row.int("ledger")?,
            holder: row.text("holder")?.to_owned(),
            person: row.int("person")?,
            applicant,
            currency: stored(row, "currency")?,
            acceptance: stored_opt(row, "acceptance")?,
        })
    }
}

/// What is needed to open an account.
#[derive(Clone, Debug)]
pub struct Opening {
    /// The bank's prefix.
    pub prefix: String,
    /// Whose it will be.
    pub holder: String,
    /// The identity document shown.
    pub identity: Option<Document>,
    /// The enterprise, already pinned.
    pub applicant: Option<Origin>,
    /// In which currency it is kept.
    pub currency: Currency,
}

/// The account with this number.
///
/// # Errors
/// [`StoreError`].
pub fn find(tx: &mut Tx<'_>, number: &AccountNumber) -> Result<Option<Account>, StoreError> {
    let sql = "SELECT a.*, l.currency FROM account a JOIN ledger_account l ON l.id = a.ledger WHERE a.number = ?1";
    let row = tx.first(sql, &values![number.as_str()])?;
    row.as_ref().map(Account::read).transpose()
}

/// As [`find`], for the operator.
///
/// # Errors
/// `not-found`.
pub fn existing(tx: &mut Tx<'_>, number: &AccountNumber) -> Result<Account, BankError> {
    find(tx, number)?
        .ok_or_else(|| not_found("There is no such account.").with_next("Look at the list of accounts.").into())
}

/// The account with this number, when it is that applicant's.
///
/// # Errors
/// `unknown-account` otherwise, whether or not there is such an account.
pub fn of_applicant(tx: &mut Tx<'_>, number: &AccountNumber, applicant: &Origin) -> Result<Account, BankError> {
    let account = find(tx, number)?.filter(|account| account.applicant.as_ref() == Some(applicant));
    Ok(account.ok_or_else(|| {
        Problem::new("unknown-account", 422, "Unknown account", "The enterprise has no such account at this bank.")
            .with_next("Check the account number with the bank.")
    })?)
}

/// At most so many accounts, first opened first: those that were opened after one of them, or from the first on.
///
/// # Errors
/// `not-found` when there is no such one.
pub fn opened_after(tx: &mut Tx<'_>, last: Option<&AccountNumber>, most: usize) -> Result<Vec<Account>, BankError> {
    let last = last.map(|number| tx.first("SELECT seq FROM account WHERE number = ?1", &values![number.as_str()]));
    let after = match last.transpose()? {
        Some(row) => row.ok_or_else(|| not_found("There is no such account."))?.int("seq")?,
        None => i64::MIN,
    };
    let sql = "SELECT a.*, l.currency FROM account a JOIN ledger_account l ON l.id = a.ledger \
               WHERE a.seq > ?1 ORDER BY a.seq LIMIT ?2";
    let rows = tx.rows(sql, &values![after, i64::try_from(most).unwrap_or(i64::MAX)])?;
    Ok(rows.iter().map(Account::read).collect::<Result<_, _>>()?)
}

/// A number that no account has yet. Nobody can guess it from others, and so nobody can try codes on strangers' accounts.
fn fresh_number(tx: &mut Tx<'_>, prefix: &str, random: &dyn Random) -> Result<AccountNumber, BankError> {
    for _ in 0..MAX_DRAWS {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        let digits = u64::from_le_bytes(bytes) % 10_u64.pow(NUMBER_DIGITS);
        let width = NUMBER_DIGITS as usize;
        let number = AccountNumber::with_check_digit(&format!("{prefix}{digits:0width$}"))
            .map_err(|e| bad_request(e.to_string()))?;
        if find(tx, &number)?.is_none() {
            return Ok(number);
        }
    }
    Err(StoreError::Other("no free account number was found".into()).into())
}

/// Whether an account can be kept in this name.
///
/// # Errors
/// `bad-request`.
pub fn check_holder(name: &str) -> Result<(), Problem> {
    text::NAME.check(name).map_err(|e| bad_request(format!("The holder's name: {e}.")))
}

/// Opens an account, under a random number.
///
/// # Errors
/// `bad-request` for a name or document outside the limits.
pub fn open(tx: &mut Tx<'_>, opening: &Opening, random: &dyn Random, now: i64) -> Result<Account, BankError> {
    check_holder(&opening.holder)?;
    let seq = tx.one("SELECT COALESCE(MAX(seq), 0) + 1 AS seq FROM account", &values![])?.int("seq")?;
    let number = fresh_number(tx, &opening.prefix, random)?;
    let identity = match &opening.identity {
        Some(document) => document.normal()?,
        // No document: this account is all that is known of the person. Documents hold no small letters.
        None => Document(format!("account:{number}")),
    };
    let person = person(tx, &identity)?;
    let ledger = ledger::account(tx, AccountKind::Customer, number.as_str(), opening.currency)?;
    tx.execute(
        "INSERT INTO account (number, seq, ledger, holder, person, applicant, opened_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &values![
            number.as_str(),
            seq,
            ledger,
            &opening.holder,
            person,
            opening.applicant.as_ref().map(Origin::as_str),
            now
        ],
    )?;
    existing(tx, &number)
}

/// Sets how what is collected into an account is accepted; without it, as the bank has set for everybody.
///
/// # Errors
/// [`StoreError`].
pub fn set_acceptance(
    tx: &mut Tx<'_>,
    account: &Account,
    acceptance: Option<AcceptedBy>,
    actor: &str,
    now: i64,
) -> Result<(), StoreError> {
    if account.acceptance == acceptance {
        return Ok(());
    }
    let (id, word) = (account.number.as_str(), |it: Option<AcceptedBy>| it.map_or("bank", AcceptedBy::as_str));
    let sql = "UPDATE account SET acceptance = ?2 WHERE number = ?1";
    tx.execute(sql, &values![id, acceptance.map(AcceptedBy::as_str)])?;
    let (before, after) = (Some(word(account.acceptance)), word(acceptance));
    changes::record(tx, &Change { subject: "account", id, actor, before, after, reason: None }, now)
}

/// What an operator's request does with an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Opens it.
    Open,
    /// Pays money in.
    Deposit,
}

/// An operator's request: what tells it apart from every other one.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Its id.
    pub id: Uuid,
    /// What it does.
    pub operation: Operation,
    /// The digest of all it asks for.
    pub terms: Digest,
}

impl Request {
    /// A request that asks for `terms`.
    ///
    /// # Errors
    /// [`StoreError::Shape`] when they cannot be written.
    pub fn new(id: Uuid, operation: Operation, terms: &impl Serialize) -> Result<Self, StoreError> {
        let terms = serde_json::to_vec(terms).map_err(|_| strange("terms"))?;
        Ok(Self { id, operation, terms: Digest::of(&terms) })
    }

    /// The account that it has already been done with, if it has.
    ///
    /// # Errors
    /// `id-reused` when the id was another request's.
    pub fn done(&self, tx: &mut Tx<'_>) -> Result<Option<Account>, BankError> {
        let sql = "SELECT kind, account, terms FROM operation WHERE request = ?1";
        let Some(row) = tx.first(sql, &values![self.id.to_string()])? else { return Ok(None) };
        // Of what was done before terms were kept only the kind is known.
        let same_terms = stored_opt::<Digest>(&row, "terms")?.is_none_or(|terms| terms == self.terms);
        if row.text("kind")? != self.operation.as_str() || !same_terms {
            return Err(id_reused("request").into());
        }
        let number = row.text("account")?.parse().map_err(|_| StoreError::Corrupt)?;
        existing(tx, &number).map(Some)
    }

    /// Keeps what it was done with, in the decision that does it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn note(&self, tx: &mut Tx<'_>, account: &Account) -> Result<(), StoreError> {
        tx.execute(
            "INSERT INTO operation (request, kind, account, terms) VALUES (?1, ?2, ?3, ?4)",
            &values![self.id.to_string(), self.operation.as_str(), account.number.as_str(), self.terms.to_string()],
        )
        .map(drop)
    }
}

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Deposit => "deposit",
        }
    }
}

fn person(tx: &mut Tx<'_>, identity: &Document) -> Result<i64, StoreError> {
    let identity = identity.as_str();
    tx.execute(
        "INSERT INTO person (id, identity) SELECT COALESCE(MAX(id), 0) + 1, ?1 FROM person WHERE 1 = 1 \
         ON CONFLICT (identity) DO NOTHING",
        &values![identity],
    )?;
    tx.one("SELECT id FROM person WHERE identity = ?1", &values![identity])?.int("id")
}

/// The identity document of a person, or what stands for it.
///
/// # Errors
/// [`StoreError`].
pub fn identity(tx: &mut Tx<'_>, person: i64) -> Result<Document, StoreError> {
    let row = tx.one("SELECT identity FROM person WHERE id = ?1", &values![person])?;
    Ok(Document(row.text("identity")?.to_owned()))
}

/// Cash into an account.
///
/// # Errors
/// `wrong-currency`, `bad-request` for nothing or too much.
pub fn deposit(tx: &mut Tx<'_>, account: &Account, amount: Amount, now: i64) -> Result<(), BankError> {
    amount.within_packet_limits()?;
    let cash = ledger::account(tx, AccountKind::Cash, COUNTER, amount.currency)?;
    let kind = TransferKind::Deposit;
    let transfer = Transfer { debit: cash, credit: account.ledger, amount, kind, voucher: None, fund: None };
    ledger::post(tx, &transfer, now)?;
    Ok(())
}
