//! Why a request to the enterprise came to nothing, and how that is told.

use axum::response::{IntoResponse, Response};

use crate::api::Refusal;
use crate::api::problem::{General, Problem};
use crate::jose::JwsError;
use crate::party::CallError;
use crate::store::StoreError;

/// Why a request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A rule says no; the problem is for the asker.
    #[error("{}", .0.detail())]
    Refused(Box<Problem>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be signed.
    #[error(transparent)]
    Sign(#[from] JwsError),
}

impl Failure {
    /// A refusal with a code of its own and what to do next.
    pub(super) fn refused(code: &'static str, status: u16, title: &str, detail: &str, next: &str) -> Self {
        Problem::new(code, status, title, detail).with_next(next).into()
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(Box::new(problem))
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused(problem) => *problem,
            Failure::Store(fault) if fault.passes() => {
                tracing::error!(%fault, "the database cannot be used now");
                Self::general(General::Unavailable, "The enterprise cannot use its register right now.")
                    .with_next("Try again later; nothing was lost.")
                    .with_retry_after(5)
            }
            Failure::Store(fault @ StoreError::Nul) => Self::general(General::BadRequest, fault.to_string()),
            fault => {
                tracing::error!(%fault, "a request failed");
                Self::general(General::Internal, "The enterprise's server could not do this; nothing was lost.")
                    .with_next("Try again later; sending the same again is safe.")
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// What a bank said, or did not, in one line for people and for the column `reason`.
pub(super) fn reason(error: &CallError) -> String {
    match error {
        CallError::Refused(problem) | CallError::Unavailable(problem) => {
            format!("{}: {}", problem.code(), problem.detail())
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_that_is_busy_or_full_is_worth_another_try() {
        for fault in [StoreError::Busy, StoreError::Full, StoreError::Closed, StoreError::Lost, StoreError::Taken] {
            let problem = Problem::from(Failure::from(fault));
            assert_eq!((problem.status(), problem.code(), problem.retry_after()), (503, "unavailable", Some(5)));
        }
        let strange = Problem::from(Failure::from(StoreError::Shape("x".into())));
        assert_eq!((strange.status(), strange.retry_after()), (500, None));
    }
}
