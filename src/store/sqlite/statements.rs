//! Statements on SQLite, prepared once and kept.

use std::sync::Arc;

use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection};

use crate::store::{Row, StoreError, Value};

/// Runs a statement that returns no rows, and says how many rows it changed.
pub(in crate::store) fn execute(connection: &Connection, sql: &str, values: &[Value]) -> Result<u64, StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    let changed = connection.prepare_cached(sql).and_then(|mut it| it.execute(placeholders(values))).map_err(sqlite)?;
    Ok(changed as u64)
}

/// Runs a statement and returns its first rows, at most so many.
pub(in crate::store) fn fetch(
    connection: &Connection,
    sql: &str,
    values: &[Value],
    most: usize,
) -> Result<Vec<Row>, StoreError> {
    let mut statement = connection.prepare_cached(sql).map_err(|error| StoreError::from_sqlite(&error))?;
    collect(&mut statement, values, most)
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
