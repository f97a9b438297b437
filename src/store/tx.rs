//! One open transaction, as a decision or a query sees it. The only face of SQL in the house: no word of SQLite
//! passes through it, so that the same decisions can run on PostgreSQL.

use std::sync::Arc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection};

use super::{Row, StoreError, Value};

/// One open transaction.
///
/// SQL is written in the subset SQLite and PostgreSQL share (`BIGINT`, `TEXT`, `ON CONFLICT … DO`, `RETURNING`), one
/// statement at a time, with the placeholders `?1`, `?2` …. Statements are prepared once and kept.
pub struct Tx<'a> {
    connection: &'a Connection,
    lost: Option<StoreError>,
}

impl<'a> Tx<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Self { connection, lost: None }
    }

    /// Runs a statement that returns no rows, and says how many rows it changed.
    ///
    /// # Errors
    /// [`StoreError::Unique`] and [`StoreError::Constraint`] if the schema refuses, [`StoreError::Shape`] if it
    /// returns rows (`SELECT`, `RETURNING`), [`StoreError::ReadOnly`] in a query.
    pub fn execute(&mut self, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
        self.run(sql, |statement| {
            let changed = statement.execute(placeholders(values)).map_err(|error| StoreError::from_sqlite(&error))?;
            Ok(changed as u64)
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
    /// What `part` returned; [`StoreError`] when the whole transaction is lost.
    pub fn apart<T, E: From<StoreError>>(&mut self, part: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        self.control("SAVEPOINT part")?;
        let outcome = part(self);
        if outcome.is_err() {
            self.control("ROLLBACK TO part")?;
        }
        self.control("RELEASE part")?;
        outcome
    }

    /// Fails if SQLite gave up the whole transaction on the way, as it does when the disk is full or fails.
    pub(super) fn check_alive(self) -> Result<(), StoreError> {
        if self.connection.is_autocommit() { Err(self.lost.unwrap_or_else(given_up)) } else { Ok(()) }
    }

    fn fetch(&mut self, sql: &str, values: &[Value], most: usize) -> Result<Vec<Row>, StoreError> {
        self.run(sql, |statement| collect(statement, values, most))
    }

    fn run<T>(
        &mut self,
        sql: &str,
        work: impl FnOnce(&mut CachedStatement<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        refuse_control(sql)?;
        self.run_any(sql, work)
    }

    fn control(&mut self, sql: &str) -> Result<(), StoreError> {
        self.run_any(sql, |statement| statement.execute(()).map(drop).map_err(|error| StoreError::from_sqlite(&error)))
    }

    fn run_any<T>(
        &mut self,
        sql: &str,
        work: impl FnOnce(&mut CachedStatement<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // Once the transaction is lost, a further statement would be committed at once and alone.
        if self.connection.is_autocommit() {
            return Err(self.lost.clone().unwrap_or_else(given_up));
        }
        let prepared = self.connection.prepare_cached(sql).map_err(|error| StoreError::from_sqlite(&error));
        let result = prepared.and_then(|mut statement| work(&mut statement));
        if let Err(error) = &result
            && self.connection.is_autocommit()
        {
            self.lost = Some(error.clone());
        }
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

fn given_up() -> StoreError {
    StoreError::Other("the database gave up this transaction and nothing of it was kept: try again".into())
}

fn collect(statement: &mut CachedStatement<'_>, values: &[Value], most: usize) -> Result<Vec<Row>, StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    let mut found = Vec::new();
    let mut columns: Option<Arc<[String]>> = None;
    let mut rows = statement.query(placeholders(values)).map_err(sqlite)?;
    while found.len() < most
        && let Some(row) = rows.next().map_err(sqlite)?
    {
        // Only now: the first step may prepare the statement again and change its columns.
        let columns = columns.get_or_insert_with(|| row.as_ref().column_names().map(String::from).collect());
        let values: Result<Vec<Value>, StoreError> = (0..columns.len())
            .map(|index| read(row.get_ref(index).map_err(sqlite)?).ok_or_else(|| strange_type(&columns[index])))
            .collect();
        found.push(Row::new(columns.clone(), values?));
    }
    Ok(found)
}

fn read(value: ValueRef<'_>) -> Option<Value> {
    match value {
        ValueRef::Null => Some(Value::Null),
        ValueRef::Integer(number) => Some(Value::Int(number)),
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok().map(Value::from),
        ValueRef::Real(_) | ValueRef::Blob(_) => None,
    }
}

fn strange_type(column: &str) -> StoreError {
    StoreError::Shape(format!("column {column} is neither an integer nor a text"))
}

fn placeholders(values: &[Value]) -> impl rusqlite::Params {
    rusqlite::params_from_iter(values.iter().map(Placeholder))
}

/// Keeps SQLite's traits off the public [`Value`].
struct Placeholder<'a>(&'a Value);

impl ToSql for Placeholder<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}
