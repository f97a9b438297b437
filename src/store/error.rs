//! What can go wrong in a database, as outcomes callers branch on. No text here holds a stored value.

use rusqlite::ErrorCode;
use rusqlite::ffi;

/// Why the database could not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A row with this identity is already there.
    #[error("this is already recorded: look it up instead of adding it again")]
    Unique,
    /// A rule of the schema (CHECK, NOT NULL, FOREIGN KEY) refused the row; the text names the rule.
    #[error("a rule of the database refused this: {0}; nothing of it was kept")]
    Constraint(String),
    /// The file was migrated by a newer version of this program.
    #[error(
        "the database was written by a newer version of this program (schema {found}, this version knows {known}): install the newer version"
    )]
    Newer {
        /// The newest migration in the file.
        found: i32,
        /// The newest migration this program knows.
        known: i32,
    },
    /// Only when opened to read: the file still waits for migrations of this version.
    #[error("the database was not yet prepared by this version: start the program that owns it once, then try again")]
    Older,
    /// A healthy database, but made by another program or with another schema.
    #[error("this database belongs to another server, role or program: check its path or address")]
    Foreign,
    /// Only when opened to read: there is no file.
    #[error("there is no database here: check its path or address")]
    Missing,
    /// The file is damaged. It was left as it is.
    #[error("the database is damaged and was left untouched: restore it from a backup")]
    Corrupt,
    /// Another program held the database for too long.
    #[error("another program is using the database: wait a moment and try again")]
    Busy,
    /// Another server holds the database; there is one writer at a time.
    #[error("another server is writing to this database: stop it first, or give this one a database of its own")]
    Taken,
    /// The database server does not answer, or ended the connection before it was told to keep anything.
    #[error(
        "the database server cannot be used: {0}; check that it runs and lets this user in, then try again; nothing was kept"
    )]
    Unreachable(String),
    /// The connection ended while the database server was keeping what it was told.
    #[error(
        "the connection to the database was lost, and whether this was kept is not known: do it again, nothing is done twice"
    )]
    Lost,
    /// The address of a database is not as it should be. The text never holds it, as it may have a password.
    #[error("the address of the database cannot be used: {0}")]
    Address(String),
    /// No room on the disk.
    #[error("the disk is full: free some space and try again; nothing was kept")]
    Full,
    /// The store was closed.
    #[error("the database is closed: start the program again")]
    Closed,
    /// A value holds the character U+0000, which PostgreSQL keeps in no text.
    #[error("a text holds the character U+0000, which cannot be kept: leave it out")]
    Nul,
    /// A result does not have the row, column or type that was asked for: a mistake in the program.
    #[error("a query and its reader disagree: {0}; please report this")]
    Shape(String),
    /// A write to a database that was opened, or may only be opened, for reading.
    #[error("the database can only be read here: check that you may write to its file and folder")]
    ReadOnly,
    /// Anything else.
    #[error("{0}")]
    Other(String),
}

impl StoreError {
    /// Whether the same may well succeed a little later, without anything being put right by the one who asks.
    #[must_use]
    pub fn passes(&self) -> bool {
        matches!(self, Self::Busy | Self::Closed | Self::Full | Self::Taken | Self::Unreachable(_) | Self::Lost)
    }

    /// What a caller hears whose decision or query panicked. The panic's own text is left out: it may hold a secret.
    pub(super) fn panicked() -> Self {
        Self::Other("an internal error stopped this and nothing of it was kept: please report it".into())
    }

    pub(super) fn from_io(path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::Other(format!(
            "cannot use {}: {error}; check that its folder exists and that you may write there",
            path.display()
        ))
    }

    pub(super) fn from_sqlite(error: &rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(code, _) => Self::from_code(*code, error),
            rusqlite::Error::ExecuteReturnedResults => {
                Self::Shape("this statement returns rows, so it can't be run by `execute`".into())
            }
            _ => Self::other(error),
        }
    }

    fn from_code(code: ffi::Error, error: &rusqlite::Error) -> Self {
        match (code.code, code.extended_code) {
            (_, ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID) => {
                Self::Unique
            }
            (ErrorCode::ConstraintViolation, _) => Self::Constraint(error.to_string()),
            (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Self::Busy,
            (ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase, _) => Self::Corrupt,
            (ErrorCode::DiskFull, _) => Self::Full,
            (ErrorCode::ReadOnly, _) => Self::ReadOnly,
            _ => Self::other(error),
        }
    }

    fn other(error: &rusqlite::Error) -> Self {
        Self::Other(format!("the database could not do this: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_outcomes() {
        let outcome = |code| StoreError::from_sqlite(&rusqlite::Error::SqliteFailure(ffi::Error::new(code), None));
        for code in [ffi::SQLITE_CONSTRAINT_UNIQUE, ffi::SQLITE_CONSTRAINT_PRIMARYKEY, ffi::SQLITE_CONSTRAINT_ROWID] {
            assert_eq!(outcome(code), StoreError::Unique);
        }
        for code in [ffi::SQLITE_CONSTRAINT_CHECK, ffi::SQLITE_CONSTRAINT_NOTNULL, ffi::SQLITE_CONSTRAINT_FOREIGNKEY] {
            assert!(matches!(outcome(code), StoreError::Constraint(_)));
        }
        assert_eq!(outcome(ffi::SQLITE_BUSY), StoreError::Busy);
        assert_eq!(outcome(ffi::SQLITE_BUSY_SNAPSHOT), StoreError::Busy);
        assert_eq!(outcome(ffi::SQLITE_CORRUPT_INDEX), StoreError::Corrupt);
        assert_eq!(outcome(ffi::SQLITE_NOTADB), StoreError::Corrupt);
        assert_eq!(outcome(ffi::SQLITE_FULL), StoreError::Full);
        assert_eq!(outcome(ffi::SQLITE_READONLY_DBMOVED), StoreError::ReadOnly);
        assert!(matches!(outcome(ffi::SQLITE_IOERR_FSYNC), StoreError::Other(_)));
    }
}
