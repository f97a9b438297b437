//! Why the bank does not do what was asked, and how it says so. Refusals are problem documents with stable codes; what
//! broke inside is logged here and told outside only as a fault.

use crate::api::Refusal;
use crate::api::problem::{General, Problem};
use crate::bank::ledger::LedgerError;
use crate::jose::JwsError;
use crate::money::MoneyError;
use crate::packet::Unreadable;
use crate::party::CallError;
use crate::store::{Row, StoreError};

/// Why the bank does not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum BankError {
    /// It will not; the problem says why and what to do.
    #[error("{}", .0.title())]
    Refused(Problem),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An own message could not be signed.
    #[error(transparent)]
    Sign(#[from] JwsError),
}

impl From<Problem> for BankError {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Refusal> for BankError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal.into())
    }
}

impl From<Unreadable> for BankError {
    fn from(error: Unreadable) -> Self {
        Refusal::from(error).into()
    }
}

impl From<MoneyError> for BankError {
    fn from(error: MoneyError) -> Self {
        Self::Refused(bad_request(error.to_string()))
    }
}

impl From<LedgerError> for BankError {
    fn from(error: LedgerError) -> Self {
        let problem = match error {
            LedgerError::Store(error) => return Self::Store(error),
            LedgerError::Resolved => return Self::Store(StoreError::Shape(error.to_string())),
            LedgerError::Insufficient => Problem::new(
                "insufficient-funds",
                409,
                "There is not enough money",
                "The money there does not cover it.",
            )
            .with_next("Deposit more, or ask for less."),
            LedgerError::Currency => {
                Problem::new("wrong-currency", 409, "Another currency", "The account is kept in another currency.")
                    .with_next("Use an account in the packet's currency.")
            }
            LedgerError::Range => bad_request(error.to_string()),
        };
        Self::Refused(problem)
    }
}

impl From<CallError> for BankError {
    fn from(error: CallError) -> Self {
        let problem = Problem::new("party-unreachable", 502, "The other party cannot be asked", error.to_string())
            .with_next("Check the address, and that the other server is running; then try again.");
        Self::Refused(problem)
    }
}

impl From<BankError> for Problem {
    fn from(error: BankError) -> Self {
        let fault = match error {
            BankError::Refused(problem) => return problem,
            BankError::Store(fault) if fault.passes() => {
                tracing::error!(%fault, "the database cannot be used now");
                return Self::general(General::Unavailable, "The bank cannot use its books right now.")
                    .with_next("Try again later; nothing was lost.")
                    .with_retry_after(5);
            }
            BankError::Store(fault @ StoreError::Nul) => return bad_request(fault.to_string()),
            BankError::Store(fault) => fault.to_string(),
            BankError::Sign(fault) => fault.to_string(),
        };
        tracing::error!(%fault, "the bank has a fault");
        Self::general(General::Internal, "The bank could not finish this.")
            .with_next("Try again; nothing is done twice.")
    }
}

/// The request is not as it should be.
pub(super) fn bad_request(detail: impl Into<String>) -> Problem {
    Problem::general(General::BadRequest, detail)
}

/// There is no such thing, or it is not the asker's.
pub(super) fn not_found(detail: &str) -> Problem {
    Problem::general(General::NotFound, detail)
}

/// The asker is not who may ask this.
pub(super) fn forbidden(detail: &str) -> Problem {
    Problem::general(General::Forbidden, detail)
}

/// An id that was used before for something else.
pub(super) fn id_reused(what: &str) -> Problem {
    Problem::new("id-reused", 409, "This id was used before", format!("The id belongs to another {what}."))
        .with_next("Use a fresh id for each request, and the same one only to repeat it.")
}

/// Reads a column that holds the text form of `T`, which this program wrote itself.
pub(super) fn stored<T: std::str::FromStr>(row: &Row, column: &str) -> Result<T, StoreError> {
    parse(row.text(column)?, column)
}

/// As [`stored`], for a column that may be `NULL`.
pub(super) fn stored_opt<T: std::str::FromStr>(row: &Row, column: &str) -> Result<Option<T>, StoreError> {
    row.opt_text(column)?.map(|text| parse(text, column)).transpose()
}

fn parse<T: std::str::FromStr>(text: &str, column: &str) -> Result<T, StoreError> {
    text.parse().map_err(|_| strange(column))
}

/// A stored value that this program cannot have written.
pub(super) fn strange(column: &str) -> StoreError {
    StoreError::Shape(format!("column {column} holds what cannot be read"))
}
