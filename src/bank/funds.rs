//! Funds: an applicant's money frozen in advance for many vouchers.

use crate::api::Refusal;
use crate::api::account::AccountNumber;
use crate::api::fund::KEPT_SECONDS;
use crate::api::fund::{self, FundAnswer, FundClaims};
use crate::api::problem::Problem;
use crate::bank::error::{BankError, bad_request, id_reused, stored, strange};
use crate::bank::ledger::{self, AccountKind, Transfer, TransferKind};
use crate::bank::{Bank, accounts, keys, parties};
use crate::clock::rfc3339;
use crate::money::{Amount, Currency};
use crate::packet::Origin;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// A fund.
#[derive(Clone, Debug)]
pub struct Fund {
    /// The bank's number of it.
    pub number: String,
    /// Whose.
    pub applicant: Origin,
    /// From which account, and back to it.
    pub account: AccountNumber,
    /// In which currency.
    pub currency: Currency,
    /// Most vouchers of it that one person is paid.
    pub per_person: i64,
    /// Until when vouchers are drawn from it; it is kept [`KEPT_SECONDS`] longer.
    pub until: i64,
    /// Whether the rest went back.
    pub is_closed: bool,
}

impl Fund {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            number: row.text("number")?.to_owned(),
            applicant: Origin::parse(row.text("applicant")?).map_err(|_| strange("applicant"))?,
            account: stored(row, "account")?,
            currency: stored(row, "currency")?,
            per_person: row.int("per_person")?,
            until: row.int("until")?,
            is_closed: row.opt_int("closed_at")?.is_some(),
        })
    }

    /// The last second at which its money is kept.
    #[must_use]
    pub const fn kept_until(&self) -> i64 {
        self.until.saturating_add(KEPT_SECONDS)
    }

    /// Its place in the ledger.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ledger(&self, tx: &mut Tx<'_>) -> Result<i64, StoreError> {
        ledger::account(tx, AccountKind::Fund, &self.number, self.currency)
    }
}

/// The fund of this number.
///
/// # Errors
/// [`StoreError`].
pub fn find(tx: &mut Tx<'_>, number: &str) -> Result<Option<Fund>, StoreError> {
    tx.first("SELECT * FROM fund WHERE number = ?1", &values![number])?.as_ref().map(Fund::read).transpose()
}

/// The fund of this number, when it is that applicant's and its money is still kept.
///
/// # Errors
/// `fund-not-frozen` otherwise.
pub fn frozen(tx: &mut Tx<'_>, number: &str, applicant: &Origin, now: i64) -> Result<Fund, BankError> {
    let fund = find(tx, number)?.filter(|fund| fund.applicant == *applicant && !fund.is_closed);
    Ok(fund
        .filter(|fund| now <= fund.kept_until())
        .ok_or_else(|| not_frozen("No such fund is frozen for this enterprise."))?)
}

/// The fund that was promised is not there.
pub(super) fn not_frozen(detail: &str) -> Problem {
    Problem::new("fund-not-frozen", 409, "The fund is not frozen", detail)
        .with_next("Freeze a fund at this bank first, in the same currency and for long enough.")
}

/// Freezes what a signed request asks for. The same request again gets the same number, also after the fund's end.
///
/// # Errors
/// [`BankError`]; nothing is frozen then.
pub async fn freeze(bank: &Bank, body: &[u8]) -> Result<FundAnswer, BankError> {
    let (jws, claims) = fund::read(body)?;
    let (own, now) = (bank.party.origin.clone(), bank.party.now());
    keys::catch_up(bank, &claims.iss, &jws.signer()).await?;
    let iss = claims.iss.clone();
    let applicant = bank.party.store.read(move |tx| parties::applicant(tx, &iss)).await?;
    let applicant = applicant.ok_or(Refusal::Unknown("the applicant"))?;
    fund::judge(&jws, &claims, &own, &applicant.keys.current(), now)?;
    let request = jws.as_str().to_owned();
    let number = bank.party.store.decide(move |tx| decide(tx, &claims, &request, now)).await?;
    bank.wake_expiry.wake();
    Ok(FundAnswer { fund: number })
}

fn decide(tx: &mut Tx<'_>, claims: &FundClaims, request: &str, now: i64) -> Result<String, BankError> {
    let (iss, jti) = (claims.iss.as_str(), claims.jti.to_string());
    let known = tx.first("SELECT * FROM fund WHERE applicant = ?1 AND jti = ?2", &values![iss, &jti])?;
    if let Some(row) = known {
        let is_same = is_same(&row, claims)?;
        return if is_same { Ok(row.text("number")?.to_owned()) } else { Err(id_reused("fund").into()) };
    }
    if claims.until <= now {
        let problem = bad_request("The fund's end has already passed.");
        return Err(problem.with_next("Ask for a fund that ends later.").into());
    }
    let seq = next_seq(tx, "fund")?;
    let number = numbered('F', now, seq);
    book(tx, claims, request, (&number, seq), now)?;
    Ok(number)
}

/// Books a fund that was frozen before and is lost here, under its number.
///
/// # Errors
/// [`BankError`]: why it cannot be in the books.
pub(super) fn relearn(tx: &mut Tx<'_>, claims: &FundClaims, request: &str, number: &str) -> Result<(), BankError> {
    let (iss, jti) = (claims.iss.as_str(), claims.jti.to_string());
    let known = tx.first("SELECT * FROM fund WHERE applicant = ?1 AND jti = ?2", &values![iss, &jti])?;
    if let Some(row) = known {
        let is_same = is_same(&row, claims)? && row.text("number")? == number;
        return if is_same { Ok(()) } else { Err(id_reused("fund").into()) };
    }
    let floor = tx.one("SELECT COALESCE(MAX(floor), 0) AS floor FROM restore", &values![])?.int("floor")?;
    let count = number.strip_prefix('F').and_then(|rest| rest.split_once('-')).and_then(|it| it.1.parse::<i64>().ok());
    // One above it may be given to somebody else one day.
    if !count.is_some_and(|count| (1..=floor).contains(&count)) || find(tx, number)?.is_some() {
        return Err(bad_request("The fund's number is none that this bank gave.").into());
    }
    let seq = next_seq(tx, "fund")?;
    book(tx, claims, request, (number, seq), claims.iat)
}

/// The next of the numbers that count up in a table; after books were put back from a copy, above all that were given.
///
/// # Errors
/// [`StoreError`].
pub(super) fn next_seq(tx: &mut Tx<'_>, table: &str) -> Result<i64, StoreError> {
    let sql = format!(
        "SELECT MAX(n) + 1 AS seq FROM (SELECT COALESCE(MAX(seq), 0) AS n FROM {table} \
         UNION ALL SELECT COALESCE(MAX(floor), 0) FROM restore) AS known"
    );
    tx.one(&sql, &values![])?.int("seq")
}

fn book(
    tx: &mut Tx<'_>,
    claims: &FundClaims,
    request: &str,
    (number, seq): (&str, i64),
    now: i64,
) -> Result<(), BankError> {
    let (iss, jti) = (claims.iss.as_str(), claims.jti.to_string());
    let account = accounts::of_applicant(tx, &claims.account, &claims.iss)?;
    let Amount { minor, currency } = claims.total;
    tx.execute(
        "INSERT INTO fund (number, seq, applicant, jti, account, campaign, total, currency, per_person, until, \
         request, frozen_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        &values![
            number,
            seq,
            iss,
            &jti,
            account.number.as_str(),
            &claims.campaign,
            minor,
            currency.as_str(),
            claims.per_person,
            claims.until,
            request,
            now
        ],
    )?;
    let credit = ledger::account(tx, AccountKind::Fund, number, currency)?;
    let (debit, amount, kind) = (account.ledger, claims.total, TransferKind::Fund);
    ledger::post(tx, &Transfer { debit, credit, amount, kind, voucher: None, fund: Some(number) }, now)?;
    Ok(())
}

/// Whether a repeated request asks for what was frozen.
fn is_same(row: &Row, claims: &FundClaims) -> Result<bool, StoreError> {
    let total = Amount { minor: row.int("total")?, currency: stored(row, "currency")? };
    Ok(total == claims.total
        && row.int("per_person")? == i64::from(claims.per_person)
        && row.int("until")? == claims.until
        && row.text("account")? == claims.account.as_str()
        && row.text("campaign")? == claims.campaign)
}

/// A number for people: a letter, the day and a count. It need not be secret.
pub(super) fn numbered(letter: char, now: i64, seq: i64) -> String {
    let day: String = rfc3339(now).chars().take(10).filter(char::is_ascii_digit).collect();
    format!("{letter}{day}-{seq:06}")
}
