//! One open transaction, as a decision or a query sees it. The only face of SQL in the house: no word of either database
//! passes through it, so that the same decisions run on both.

use rusqlite::Connection;

#[cfg(feature = "server")]
use super::postgres::Session;
use super::sqlite::statements;
use super::{Row, StoreError, Value};

/// One open transaction.
///
/// SQL is written in the subset SQLite and PostgreSQL share (`BIGINT`, `TEXT`, `ON CONFLICT … DO`, `RETURNING`), one
/// statement at a time, with the placeholders `?1`, `?2` …. Statements are prepared once and kept.
///
/// A statement that fails is the last: each later one fails as it did, and what a decision wrote is undone whatever it
/// returns. So what may be refused is asked about first, written `ON CONFLICT DO NOTHING`, or done [`apart`](Self::apart).
pub struct Tx<'a> {
    on: On<'a>,
    failure: Option<StoreError>,
}

enum On<'a> {
    Sqlite(&'a Connection),
    #[cfg(feature = "server")]
    Postgres(&'a mut Session),
}

impl<'a> Tx<'a> {
    pub(super) fn on_sqlite(connection: &'a Connection) -> Self {
        Self { on: On::Sqlite(connection), failure: None }
    }

    #[cfg(feature = "server")]
    pub(super) fn on_postgres(session: &'a mut Session) -> Self {
        Self { on: On::Postgres(session), failure: None }
    }

    /// How a statement failed, if one did.
    pub(super) fn failure(&self) -> Option<StoreError> {
        self.failure.clone()
    }

    /// Runs a statement that returns no rows, and says how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError::Unique`] and [`StoreError::Constraint`] if the schema refuses, [`StoreError::Shape`] if it
    /// returns rows (`SELECT`, `RETURNING`), [`StoreError::ReadOnly`] in a query.
    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.run(sql, values, |on| match on {
            On::Sqlite(connection) => statements::execute(connection, sql, values),
            #[cfg(feature = "server")]
            On::Postgres(session) => session.execute(sql, values),
        })
    }

    /// All rows of a `SELECT` or a `RETURNING`.
    ///
    /// # Errors
    /// As [`execute`](Self::execute); [`StoreError::Shape`] if a column is neither an integer, a text nor `NULL`.
    pub fn rows(&mut self, sql: &str, values: &[Value]) -> Result<Vec<Row>, StoreError> {
        self.fetch(sql, values, usize::MAX)
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// As [`rows`](Self::rows).
    pub fn first(&mut self, sql: &str, values: &[Value]) -> Result<Option<Row>, StoreError> {
        Ok(self.fetch(sql, values, 1)?.pop())
    }

    /// The one row there must be.
    ///
    /// # Errors
    /// As [`rows`](Self::rows); [`StoreError::Shape`] if there is none, or more than one.
    pub fn one(&mut self, sql: &str, values: &[Value]) -> Result<Row, StoreError> {
        let mut rows = self.fetch(sql, values, 2)?;
        match (rows.pop(), rows.pop()) {
            (Some(row), None) => Ok(row),
            (None, _) => Err(StoreError::Shape("there is no row where one must be".into())),
            (Some(_), Some(_)) => Err(StoreError::Shape("there are several rows where one must be".into())),
        }
    }

    /// Runs a part of a decision that may fail by itself: an error undoes what the part wrote and nothing else, so that
    /// many of a kind can be decided together and each is answered by itself.
    ///
    /// # Errors
    /// What `part` returned; how a statement of it failed, if it made nothing of that; [`StoreError`] when the whole
    /// transaction is lost.
    pub fn apart<T, E: From<StoreError>>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        if let Some(failure) = self.failure() {
            return Err(failure.into());
        }
        self.control("SAVEPOINT part")?;
        let outcome = part(self);
        let failure = self.failure();
        if self.is_lost() {
            return Err(failure.unwrap_or(StoreError::Closed).into());
        }
        self.failure = None;
        let outcome = outcome.and_then(|made| failure.map_or(Ok(made), |failure| Err(failure.into())));
        if outcome.is_err() {
            self.control("ROLLBACK TO SAVEPOINT part")?;
        }
        self.control("RELEASE SAVEPOINT part")?;
        outcome
    }

    fn control(&mut self, sql: &'static str) -> Result<(), StoreError> {
        let done = match &mut self.on {
            On::Sqlite(connection) => statements::execute(connection, sql, &[]).map(drop),
            #[cfg(feature = "server")]
            On::Postgres(session) => {
                session.ahead(sql);
                Ok(())
            }
        };
        self.failure = done.as_ref().err().cloned();
        done
    }

    /// Whether the transaction is gone as a whole; what failed then is kept as the failure.
    fn is_lost(&self) -> bool {
        match &self.on {
            On::Sqlite(connection) => connection.is_autocommit(),
            #[cfg(feature = "server")]
            On::Postgres(session) => session.is_lost(),
        }
    }

    fn fetch(&mut self, sql: &str, values: &[Value], most: usize) -> Result<Vec<Row>, StoreError> {
        self.run(sql, values, |on| match on {
            On::Sqlite(connection) => statements::fetch(connection, sql, values, most),
            #[cfg(feature = "server")]
            On::Postgres(session) => session.fetch(sql, values, most),
        })
    }

    fn run<T>(
        &mut self,
        sql: &str,
        values: &[Value],
        work: impl FnOnce(&mut On<'a>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        refuse_control(sql)?;
        if let Some(failure) = self.failure() {
            return Err(failure);
        }
        let is_fit = |value: &Value| !matches!(value, Value::Text(text) if text.contains('\0'));
        let result = if values.iter().all(is_fit) { work(&mut self.on) } else { Err(StoreError::Nul) };
        self.failure = result.as_ref().err().cloned();
        result
    }
}

/// Transactions belong to the store: a decision that ended one would commit or undo the work of others.
fn refuse_control(sql: &str) -> Result<(), StoreError> {
    const RESERVED: [&str; 10] =
        ["BEGIN", "COMMIT", "END", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA", "ATTACH", "DETACH", "VACUUM"];
    let verb = sql.split_whitespace().next().unwrap_or_default().trim_end_matches(';');
    if RESERVED.iter().any(|word| word.eq_ignore_ascii_case(verb)) {
        return Err(StoreError::Other(format!("{verb} is not for decisions and queries: please report this")));
    }
    Ok(())
}
