//! The one-time code by which goods are handed over: 128 random bits as people can read, say and type them, and two more
//! characters by which a mistyped one is known. A secret: `Debug` hides it.
//!
//! Letters are Crockford's base 32 (no I, L, O, U; either case; O is read as 0, I and L as 1). The two characters make it
//! a Reed–Solomon code over GF(32): any two wrong characters, or two that changed places, are noticed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::jose::Digest;

const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of 128 bits, and with the two that check them.
const DATA: usize = 26;
const ALL: usize = 28;
/// How many characters stand together.
const GROUP: usize = 4;
/// Longest text looked at, in bytes: people put spaces and hyphens in between.
const MAX_TEXT: usize = 128;

/// Why a text is not a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Too few or too many characters, or one that codes do not have.
    #[error("a code has 28 letters and digits, such as 0000-0000-0000-0000-0000-0000-0000")]
    Form,
    /// The check characters do not fit.
    #[error("the code is mistyped: its check characters do not fit")]
    Mistyped,
}

/// A one-time code. `Display` writes it in groups of four; handle it like a password.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct RedeemCode([u8; ALL]);

impl RedeemCode {
    /// The code of 128 bits.
    #[must_use]
    pub fn of(bits: [u8; 16]) -> Self {
        let mut rest = u128::from_be_bytes(bits);
        let mut values = [0; ALL];
        for value in values[..DATA].iter_mut().rev() {
            *value = u8::try_from(rest % 32).unwrap_or(0);
            rest /= 32;
        }
        let check = remainder(&values[..DATA]);
        values[DATA..].copy_from_slice(&check);
        Self(values)
    }

    /// What is kept and signed in place of the code.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(&self.0.map(|value| LETTERS[usize::from(value)]))
    }
}

/// The product in GF(32), by the polynomial x⁵ + x² + 1.
const fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    while b > 0 {
        if b & 1 == 1 {
            product ^= a;
        }
        a <<= 1;
        if a & 32 != 0 {
            a ^= 0b10_0101;
        }
        b >>= 1;
    }
    product
}

/// What is left when the values, as a polynomial, are divided by (x − 1)(x − 2): the two check values.
fn remainder(values: &[u8]) -> [u8; 2] {
    values.iter().fold([0, 0], |[high, low], value| {
        let lead = value ^ high;
        [low ^ times(lead, 3), times(lead, 2)]
    })
}

impl FromStr for RedeemCode {
    type Err = CodeError;

    fn from_str(text: &str) -> Result<Self, CodeError> {
        if text.len() > MAX_TEXT {
            return Err(CodeError::Form);
        }
        let mut values = [0; ALL];
        let mut count = 0;
        for typed in text.bytes().filter(|byte| !matches!(byte, b' ' | b'-' | b'\t' | b'\n' | b'\r')) {
            let meant = match typed.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            let value = LETTERS.iter().position(|letter| *letter == meant).ok_or(CodeError::Form)?;
            *values.get_mut(count).ok_or(CodeError::Form)? = u8::try_from(value).unwrap_or(0);
            count += 1;
        }
        if count != ALL {
            return Err(CodeError::Form);
        }
        // The first character holds three bits only.
        if remainder(&values[..DATA]) != values[DATA..] || values[0] > 7 {
            return Err(CodeError::Mistyped);
        }
        Ok(Self(values))
    }
}

impl fmt::Display for RedeemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, value) in self.0.iter().enumerate() {
            if at > 0 && at % GROUP == 0 {
                f.write_str("-")?;
            }
            write!(f, "{}", char::from(LETTERS[usize::from(*value)]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for RedeemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedeemCode(secret)")
    }
}

impl Serialize for RedeemCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for RedeemCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_code_is_read_as_people_write_it_and_hides_itself() {
        let code = RedeemCode::of(*b"sixteen letters!");
        let text = code.to_string();
        assert_eq!((text.len(), text.matches('-').count()), (34, 6));
        for spelling in [
            text.to_lowercase(),
            text.replace('-', " "),
            text.replace('-', ""),
            text.replace('0', "o").replace('1', "L"),
            format!(" {text}\n"),
        ] {
            assert_eq!(spelling.parse(), Ok(code), "{spelling}");
        }
        assert!(!format!("{code:?}").contains(&text[..4]));
        assert_eq!(serde_json::from_value::<RedeemCode>(serde_json::to_value(code).unwrap()).unwrap(), code);
        for bad in ["", "0", "U000-0000-0000-0000-0000-0000-0000", "零", &"0".repeat(29), &"-".repeat(200)] {
            assert_eq!(bad.parse::<RedeemCode>(), Err(CodeError::Form), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn one_or_two_wrong_characters_are_noticed(
            bits: [u8; 16], first in 0..ALL, second in 0..ALL, by in 1_u8..32, also in 0_u8..32
        ) {
            let code = RedeemCode::of(bits);
            prop_assert_eq!(code.to_string().parse(), Ok(code));
            let mut wrong = code.0;
            wrong[first] ^= by;
            if second != first {
                wrong[second] ^= also;
            }
            prop_assert_eq!(RedeemCode(wrong).to_string().parse::<RedeemCode>(), Err(CodeError::Mistyped));
            let mut swapped = code.0;
            swapped.swap(first, second);
            if swapped != code.0 {
                prop_assert_eq!(RedeemCode(swapped).to_string().parse::<RedeemCode>(), Err(CodeError::Mistyped));
            }
        }
    }
}
