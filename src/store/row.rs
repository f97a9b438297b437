//! One row of a result, owned, read by column name.

use std::sync::Arc;

use super::{StoreError, Value};

/// One row of a result. A column is asked for by its name in the result (`AS` gives it one).
///
/// Every reader fails with [`StoreError::Shape`] if the column is missing, is there twice, or holds another type.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    values: Vec<Value>,
}

impl Row {
    pub(super) fn new(columns: Arc<[String]>, values: Vec<Value>) -> Self {
        Self { columns, values }
    }

    /// The columns' names and the values in them, for whoever passes rows on as they are.
    #[must_use]
    pub fn into_parts(self) -> (Arc<[String]>, Vec<Value>) {
        (self.columns, self.values)
    }

    /// An integer that is never `NULL`.
    pub fn int(&self, column: &str) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| shape(column, "is NULL"))
    }

    /// An integer, or `None` for `NULL`.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, StoreError> {
        match self.value(column)? {
            Value::Int(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            Value::Text(_) => Err(shape(column, "is not an integer")),
        }
    }

    /// A text that is never `NULL`.
    pub fn text(&self, column: &str) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| shape(column, "is NULL"))
    }

    /// A text, or `None` for `NULL`.
    pub fn opt_text(&self, column: &str) -> Result<Option<&str>, StoreError> {
        match self.value(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Int(_) => Err(shape(column, "is not a text")),
        }
    }

    /// Yes or no, stored as 1 or 0.
    pub fn flag(&self, column: &str) -> Result<bool, StoreError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(shape(column, "is neither 0 nor 1")),
        }
    }

    fn value(&self, column: &str) -> Result<&Value, StoreError> {
        let mut found = self.columns.iter().zip(&self.values).filter(|(name, _)| *name == column);
        let (_, value) = found.next().ok_or_else(|| shape(column, "is not in the result"))?;
        // A join of two tables may bring one name twice; which is meant must not be left to chance.
        if found.next().is_some() { Err(shape(column, "is in the result twice")) } else { Ok(value) }
    }
}

fn shape(column: &str, problem: &str) -> StoreError {
    StoreError::Shape(format!("column {column} {problem}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::values;

    #[test]
    fn columns_are_read_by_name_and_type() {
        let names: Arc<[String]> = ["n", "t", "none", "yes", "two", "twice", "twice"].map(String::from).into();
        let row = Row::new(names, values![-5_i64, "hi", None::<i64>, true, 2, 1, 1].into());

        assert_eq!((row.int("n"), row.opt_int("n"), row.opt_int("none")), (Ok(-5), Ok(Some(-5)), Ok(None)));
        assert_eq!((row.text("t"), row.opt_text("t"), row.opt_text("none")), (Ok("hi"), Ok(Some("hi")), Ok(None)));
        assert_eq!(row.flag("yes"), Ok(true));

        let problem = |result: Result<(), StoreError>| match result {
            Err(StoreError::Shape(text)) => text,
            other => panic!("{other:?}"),
        };
        assert_eq!(problem(row.int("t").map(drop)), "column t is not an integer");
        assert_eq!(problem(row.int("none").map(drop)), "column none is NULL");
        assert_eq!(problem(row.text("n").map(drop)), "column n is not a text");
        assert_eq!(problem(row.text("none").map(drop)), "column none is NULL");
        assert_eq!(problem(row.flag("two").map(drop)), "column two is neither 0 nor 1");
        assert_eq!(problem(row.int("gone").map(drop)), "column gone is not in the result");
        assert_eq!(problem(row.int("twice").map(drop)), "column twice is in the result twice");
        assert!(!format!("{row:?}").contains("hi"));
    }
}
