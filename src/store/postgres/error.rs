//! PostgreSQL's errors as the outcomes callers branch on. The server's own words may quote stored values, so they are
//! told only where they speak of a statement's form.

use tokio_postgres::error::{DbError, SqlState};

use crate::store::StoreError;

/// What a statement's failure means.
pub(super) fn outcome(error: &tokio_postgres::Error) -> StoreError {
    match error.as_db_error() {
        Some(fault) => of_fault(fault),
        None => unreachable(error),
    }
}

/// What the failure of a connection that was being made means.
pub(super) fn refused(error: &tokio_postgres::Error) -> StoreError {
    let Some(fault) = error.as_db_error() else { return unreachable(error) };
    let told = match fault.code().code() {
        code if code.starts_with("28") => "it refuses this user or password",
        "3D000" => "it has no database of this name; create it with `createdb`",
        "53300" => "it has no connection left",
        code if code.starts_with("57P") => "it is starting or stopping",
        code => return StoreError::Unreachable(format!("it answers with SQLSTATE {code}")),
    };
    StoreError::Unreachable(told.into())
}

/// Whether the connection has ended with this.
pub(super) fn ends_connection(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        Some(code) => code.code().starts_with("57P0") || code.code().starts_with("08"),
        // Only an answer that we can't read, or a value that we can't write, leaves it whole.
        None => error.is_closed() || has_io(error),
    }
}

fn has_io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.downcast_ref::<std::io::Error>().is_some())
}

fn unreachable(error: &tokio_postgres::Error) -> StoreError {
    // Such an error has no word of the server's: it tells what the system or TLS said.
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    StoreError::Unreachable(format!("{error}{cause}"))
}

fn of_fault(fault: &DbError) -> StoreError {
    let code = fault.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return StoreError::Unique;
    }
    match (code.code(), code.code().get(..2).unwrap_or_default()) {
        (_, "23") => StoreError::Constraint(rule(fault)),
        (_, "40") | ("55P03", _) => StoreError::Busy,
        ("53100", _) => StoreError::Full,
        ("25006" | "42501", _) => StoreError::ReadOnly,
        ("XX001" | "XX002", _) => StoreError::Corrupt,
        (_, "57" | "08" | "53") => StoreError::Unreachable(format!("it gave up with SQLSTATE {}", code.code())),
        // About the statement, whose text never holds a value.
        (_, "42") => StoreError::Other(format!("the database could not do this: {}", fault.message())),
        (other, _) => StoreError::Other(format!("the database could not do this: SQLSTATE {other}")),
    }
}

/// Names the rule, and no value.
fn rule(fault: &DbError) -> String {
    let table = fault.table().unwrap_or("a table");
    match (fault.constraint(), fault.column()) {
        (Some(constraint), _) => format!("{constraint} of {table}"),
        (None, Some(column)) => format!("{column} of {table} must not be empty"),
        (None, None) => format!("a rule of {table}"),
    }
}
