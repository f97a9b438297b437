//! Account numbers: 16–19 digits with a Luhn check (ISO/IEC 7812-1 annex B), or an IBAN (ISO 13616).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Fewest and most digits of a card-like account number.
const DIGITS: std::ops::RangeInclusive<usize> = 16..=19;
/// Shortest and longest IBAN (ISO 13616-1; Norway has 15 characters).
const IBAN: std::ops::RangeInclusive<usize> = 15..=34;

/// An account number in its one spelling: no spaces, capital letters. `Debug` shows only its last four characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "server",
    derive(utoipa::ToSchema),
    schema(value_type = String, pattern = "^([0-9]{16,19}|[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30})$", example = "6200000001880124")
)]
pub struct AccountNumber(String);

/// Why a text is not an account number; told while typing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// So many characters short.
    #[error("{0} digits short; check the number")]
    Short(usize),
    /// So many characters too long.
    #[error("{0} digits too long; check the number")]
    Long(usize),
    /// Something other than digits, or than an IBAN's letters and digits.
    #[error("an account number holds only digits, or is an IBAN")]
    Characters,
    /// The check digits do not fit: a typing error.
    #[error("a digit is wrong; check the number")]
    Check,
}

impl FromStr for AccountNumber {
    type Err = AccountError;

    fn from_str(text: &str) -> Result<Self, AccountError> {
        // Longer than any number with a space between all its digits: not worth looking at.
        if text.len() > 80 {
            return Err(AccountError::Long(text.len() - DIGITS.end()));
        }
        let plain: String = text.chars().filter(|c| *c != ' ').collect::<String>().to_ascii_uppercase();
        let bytes = plain.as_bytes();
        let is_iban = bytes.first().is_some_and(u8::is_ascii_alphabetic);
        let allowed = if is_iban { u8::is_ascii_alphanumeric } else { u8::is_ascii_digit };
        if !bytes.iter().all(allowed) {
            return Err(AccountError::Characters);
        }
        let length = if is_iban { IBAN } else { DIGITS };
        if bytes.len() < *length.start() {
            return Err(AccountError::Short(length.start() - bytes.len()));
        }
        if bytes.len() > *length.end() {
            return Err(AccountError::Long(bytes.len() - length.end()));
        }
        let fits = if is_iban { iban_fits(bytes) } else { luhn(bytes) == 0 };
        if fits { Ok(Self(plain)) } else { Err(AccountError::Check) }
    }
}

impl AccountNumber {
    /// Completes `digits` (15–18 of them) with their check digit.
    ///
    /// # Errors
    /// [`AccountError`] when the result is no account number.
    pub fn with_check_digit(digits: &str) -> Result<Self, AccountError> {
        let open = format!("{digits}0");
        let check = (10 - luhn(open.as_bytes())) % 10;
        format!("{digits}{check}").parse()
    }

    /// The number.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Sum of the digits, every second one from the right doubled, modulo 10; 0 for a right number.
fn luhn(digits: &[u8]) -> u32 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0') << (at % 2);
            if value > 9 { value - 9 } else { value }
        })
        .sum();
    sum % 10
}

/// The first four characters moved to the end, letters as 10 … 35: 1 modulo 97 (ISO 7064 MOD 97-10).
fn iban_fits(iban: &[u8]) -> bool {
    let (head, tail) = iban.split_at(4);
    let country_and_check = matches!(head, [a, b, c, d]
        if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit());
    let remainder = tail.iter().chain(head).fold(0_u32, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter - b'A') + 10) % 97,
    });
    country_and_check && remainder == 1
}

impl TryFrom<String> for AccountNumber {
    type Error = AccountError;

    fn try_from(text: String) -> Result<Self, AccountError> {
        text.parse()
    }
}

impl From<AccountNumber> for String {
    fn from(number: AccountNumber) -> Self {
        number.0
    }
}

impl fmt::Display for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccountNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "…{}", self.0.get(self.0.len().saturating_sub(4)..).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn judges_numbers_as_typed() {
        let parse = |text: &str| text.parse::<AccountNumber>().map(String::from);
        assert_eq!(parse("6200 0000 0188 0124").as_deref(), Ok("6200000001880124"));
        assert_eq!(parse("6200 0000 0188 0125"), Err(AccountError::Check));
        assert_eq!(parse("4111 1111 1111 1111").as_deref(), Ok("4111111111111111"));
        assert_eq!(parse("41111111111111"), Err(AccountError::Short(2)));
        assert_eq!(parse("41111111111111111111"), Err(AccountError::Long(1)));
        assert_eq!(parse("4111-1111-1111-1111"), Err(AccountError::Characters));
        assert_eq!(parse("４１１１"), Err(AccountError::Characters));
        assert_eq!(parse(""), Err(AccountError::Short(16)));
        assert_eq!(parse("gb82 west 1234 5698 7654 32").as_deref(), Ok("GB82WEST12345698765432"));
        assert_eq!(parse("GB82WEST12345698765433"), Err(AccountError::Check));
        assert_eq!(parse("GBXXWEST12345698765432"), Err(AccountError::Check));
    }

    #[test]
    fn every_single_wrong_digit_is_noticed() {
        let good = AccountNumber::with_check_digit("620000000001234").unwrap();
        for at in 0..good.as_str().len() {
            for digit in b'0'..=b'9' {
                let mut bytes = good.as_str().as_bytes().to_vec();
                bytes[at] = digit;
                let text = String::from_utf8(bytes).unwrap();
                assert_eq!(text.parse::<AccountNumber>().is_ok(), text == good.as_str());
            }
        }
    }

    #[test]
    fn debug_hides_the_number() {
        let number = AccountNumber::with_check_digit("620000000001234").unwrap();
        assert!(!format!("{number:?}").contains("620000"));
    }
}
