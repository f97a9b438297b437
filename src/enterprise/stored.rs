//! Reading typed values from rows, and spelling them for columns. Knows no table.

use std::str::FromStr;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::packet::Origin;
use crate::store::{Row, StoreError};

/// A text column as what it stands for: an id, a digest, a word.
pub(super) fn parsed<T: FromStr>(row: &Row, column: &str) -> Result<T, StoreError> {
    row.text(column)?.parse().map_err(|_| strange(column))
}

/// As [`parsed`], or none for `NULL`.
pub(super) fn opt_parsed<T: FromStr>(row: &Row, column: &str) -> Result<Option<T>, StoreError> {
    row.opt_text(column)?.map(|text| text.parse().map_err(|_| strange(column))).transpose()
}

/// A column with an origin.
pub(super) fn origin(row: &Row, column: &str) -> Result<Origin, StoreError> {
    Origin::parse(row.text(column)?).map_err(|_| strange(column))
}

/// A number that is never negative and fits 32 bits.
pub(super) fn small(row: &Row, column: &str) -> Result<u32, StoreError> {
    row.int(column)?.try_into().map_err(|_| strange(column))
}

/// A count or a serial number.
pub(super) fn count(row: &Row, column: &str) -> Result<u64, StoreError> {
    row.int(column)?.try_into().map_err(|_| strange(column))
}

/// A column that holds JSON.
pub(super) fn json<T: DeserializeOwned>(row: &Row, column: &str) -> Result<T, StoreError> {
    serde_json::from_str(row.text(column)?).map_err(|_| strange(column))
}

/// JSON for a column.
pub(super) fn to_json(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::Shape("a value cannot be written as JSON".into()))
}

pub(super) fn strange(column: &str) -> StoreError {
    StoreError::Shape(format!("column {column} holds what this program does not know"))
}
