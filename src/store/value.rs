//! What goes into a statement. The two types both databases share: 64-bit integers and text (and nothing).

use std::fmt;

/// A value for a placeholder, or one read from a column.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// `BIGINT`: counts, minor units, times, and 0 or 1 for no or yes.
    Int(i64),
    /// `TEXT`.
    Text(String),
}

/// Stored text may be a secret or a bearer packet, so only its length is shown.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("Null"),
            Self::Int(number) => write!(f, "Int({number})"),
            Self::Text(text) => write!(f, "Text({} bytes)", text.len()),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

/// Also what an integer literal in [`values!`](crate::values) becomes.
impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Int(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Int(number.into())
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Int(flag.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The values of a statement's placeholders, in order: `values![id, amount, note]` is a `[Value; 3]`.
#[macro_export]
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        [$($crate::store::Value::from($value)),*]
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_becomes_one_of_three() {
        let owned = String::from("b");
        let values = values![-1_i64, 2, 3_u32, true, "a", &owned, owned.clone(), Some("c"), None::<i64>, Some(4_i64)];
        let text = |text: &str| Value::Text(text.into());
        assert_eq!(
            values,
            [
                Value::Int(-1),
                Value::Int(2),
                Value::Int(3),
                Value::Int(1),
                text("a"),
                text("b"),
                text("b"),
                text("c"),
                Value::Null,
                Value::Int(4),
            ]
        );
    }

    #[test]
    fn debug_shows_no_text() {
        assert_eq!(format!("{:?}", values!["secret", 7, None::<&str>]), "[Text(6 bytes), Int(7), Null]");
    }
}
