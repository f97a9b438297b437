//! Values on their way to PostgreSQL and back.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::store::Value;

/// The type a placeholder has by its value. `NULL` leaves it to the statement.
pub(super) fn type_of(value: &Value) -> Type {
    match value {
        Value::Null => Type::UNKNOWN,
        Value::Int(_) => Type::INT8,
        Value::Text(_) => Type::TEXT,
    }
}

/// Keeps the driver's traits off the public [`Value`].
#[derive(Debug)]
pub(super) struct Placeholder<'a>(pub(super) &'a Value);

impl ToSql for Placeholder<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self.0 {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) => number.to_sql(ty, out),
            Value::Text(text) => text.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// What a column holds; none if it is neither an integer nor a text.
pub(super) struct Cell(pub(super) Option<Value>);

impl<'a> FromSql<'a> for Cell {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let value = match *ty {
            Type::INT8 => Some(Value::Int(i64::from_sql(ty, raw)?)),
            Type::INT4 => Some(Value::Int(i32::from_sql(ty, raw)?.into())),
            Type::INT2 => Some(Value::Int(i16::from_sql(ty, raw)?.into())),
            // SQLite has no other word for a truth.
            Type::BOOL => Some(Value::Int(bool::from_sql(ty, raw)?.into())),
            Type::NUMERIC => whole(raw).map(Value::Int),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                std::str::from_utf8(raw).ok().map(Value::from)
            }
            _ => None,
        };
        Ok(Self(value))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(Some(Value::Null)))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A `NUMERIC`, which sums of integers are, if it is whole and fits: digits to the base 10,000, the first of which counts
/// 10,000 to the power of `weight`.
fn whole(raw: &[u8]) -> Option<i64> {
    const NEGATIVE: u16 = 0x4000;
    let mut words = raw.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let [count, weight, sign, _scale] = [words.next()?, words.next()?, words.next()?, words.next()?];
    if !matches!(sign, 0 | NEGATIVE) {
        return None;
    }
    let weight = i16::from_be_bytes(weight.to_be_bytes());
    let digits: Vec<u16> = words.take(count.into()).collect();
    if digits.iter().skip(usize::try_from(i32::from(weight) + 1).unwrap_or(0)).any(|digit| *digit != 0) {
        return None;
    }
    let mut number: i128 = 0;
    for place in 0..=weight {
        let digit = digits.get(usize::try_from(place).ok()?).copied().unwrap_or(0);
        number = number.checked_mul(10_000)?.checked_add(digit.into())?;
    }
    i64::try_from(if sign == NEGATIVE { -number } else { number }).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_long_as_they_are_whole_and_fit() {
        let read = |words: &[u16]| whole(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>());
        assert_eq!(read(&[0, 0, 0, 0]), Some(0));
        assert_eq!(read(&[1, 0, 0, 0, 7]), Some(7));
        assert_eq!(read(&[1, 1, 0x4000, 0, 12]), Some(-120_000));
        assert_eq!(read(&[3, 2, 0, 0, 1, 2, 3]), Some(100_020_003));
        let limit = [922, 3372, 368, 5477, 5807];
        assert_eq!(read(&[&[5, 4, 0, 0][..], &limit].concat()), Some(i64::MAX));
        assert_eq!(read(&[5, 4, 0, 0, 922, 3372, 368, 5477, 5808]), None);
        assert_eq!(read(&[5, 4, 0x4000, 0, 922, 3372, 368, 5477, 5808]), Some(i64::MIN));
        assert_eq!(read(&[2, 0, 0, 1, 1, 5000]), None, "1.5");
        assert_eq!(read(&[1, 0xffff, 0, 1, 5000]), None, "0.5");
        assert_eq!(read(&[0, 0, 0xc000, 0]), None, "not a number");
        assert_eq!(read(&[1, 9000, 0, 0, 1]), None, "too much");
        assert_eq!(read(&[1]), None);
    }
}
