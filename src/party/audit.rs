//! The form of an audit: what should be, what is, and where they differ.

use serde::Serialize;

use super::recovery;
use crate::store::{Row, StoreError, Tx, Value};

/// How many rows are read at once: a season has more than fit into memory.
pub const PART: i64 = 1000;

/// Reads a table in parts and looks at each row. `sql` orders by `key` and takes the key of the last row before as `?1`, how
/// many rows as `?2`, and `others` from `?3` on. `before` is less than every key.
///
/// # Errors
/// What `look` returned; [`StoreError`].
pub fn each(
    tx: &mut Tx<'_>,
    sql: &str,
    (key, before): (&str, impl Into<Value>),
    others: &[Value],
    mut look: impl FnMut(&mut Tx<'_>, &Row) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut values = vec![before.into(), PART.into()];
    values.extend_from_slice(others);
    loop {
        let rows = tx.rows(sql, &values)?;
        for row in &rows {
            look(tx, row)?;
        }
        let Some(last) = rows.last() else { return Ok(()) };
        values[0] = match values[0] {
            Value::Int(_) => last.int(key)?.into(),
            _ => last.text(key)?.into(),
        };
    }
}

/// An audit's result.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// Whether everything agrees.
    pub ok: bool,
    /// What does not.
    pub differences: Vec<Difference>,
    /// Whether the books were put back from a copy and are not whole again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub recovering: bool,
}

#[cfg(test)]
impl Audit {
    /// The least by which what is stored is told to be too much or too little, in whatever the differences count.
    pub(crate) fn least_apart(&self) -> Option<u64> {
        let numbers = |text: &str| -> Vec<i64> {
            text.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
        };
        let apart = |it: &Difference| {
            let (expected, found) = (numbers(&it.expected), numbers(&it.found));
            let apart = expected.iter().zip(&found).map(|(one, other)| one.abs_diff(*other)).sum::<u64>();
            (expected.len() == found.len() && apart > 0).then_some(apart)
        };
        self.differences.iter().filter_map(apart).min()
    }
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Difference {
    /// The rule, in a stable word.
    pub invariant: String,
    /// Which voucher, account, packet …
    pub subject: String,
    /// What follows from the raw rows.
    pub expected: String,
    /// What is stored.
    pub found: String,
}

/// Collects differences.
#[derive(Debug, Default)]
pub struct Auditor(Vec<Difference>);

impl Auditor {
    /// Notes a difference unless `expected` and `found` are the same.
    pub fn equal<T: PartialEq + std::fmt::Display>(
        &mut self,
        invariant: &str,
        subject: impl std::fmt::Display,
        expected: T,
        found: T,
    ) {
        if expected != found {
            self.differ(invariant, subject, expected, found);
        }
    }

    /// Notes a difference.
    pub fn differ(
        &mut self,
        invariant: &str,
        subject: impl std::fmt::Display,
        expected: impl std::fmt::Display,
        found: impl std::fmt::Display,
    ) {
        self.0.push(Difference {
            invariant: invariant.to_owned(),
            subject: subject.to_string(),
            expected: expected.to_string(),
            found: found.to_string(),
        });
    }

    /// The result, in a stable order.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn finish(mut self, tx: &mut Tx<'_>) -> Result<Audit, StoreError> {
        self.0.sort();
        let recovering = recovery::under_way(tx)?.is_some();
        Ok(Audit { ok: self.0.is_empty(), differences: self.0, recovering })
    }
}
