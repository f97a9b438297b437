//! Amounts: integer minor units and an ISO 4217 currency, with checked arithmetic. Pure.
//!
//! There is no floating point and no silent rounding anywhere: what does not fit is an error.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Largest amount that one packet may carry, in minor units (docs/packet-format.md, Limits).
pub const MAX_MINOR: i64 = 1_000_000_000_000;

/// An ISO 4217 currency code of three capital letters, with the number of its decimals.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "server",
    derive(utoipa::ToSchema),
    schema(value_type = String, pattern = "^[A-Z]{3}$", example = "CNY")
)]
pub struct Currency([u8; 3]);

/// ISO 4217 currencies (list one) whose minor unit is not 1/100, with their number of decimals.
const OTHER_DECIMALS: [(&[u8; 3], u32); 24] = [
    (b"BIF", 0),
    (b"CLP", 0),
    (b"DJF", 0),
    (b"GNF", 0),
    (b"ISK", 0),
    (b"JPY", 0),
    (b"KMF", 0),
    (b"KRW", 0),
    (b"PYG", 0),
    (b"RWF", 0),
    (b"UGX", 0),
    (b"UYI", 0),
    (b"VND", 0),
    (b"VUV", 0),
    (b"XAF", 0),
    (b"XOF", 0),
    (b"XPF", 0),
    (b"BHD", 3),
    (b"IQD", 3),
    (b"JOD", 3),
    (b"KWD", 3),
    (b"LYD", 3),
    (b"OMR", 3),
    (b"TND", 3),
];

/// The currencies of ISO 4217 (list one, amendment 179) that money is kept in: what a person may type.
const CURRENT: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD \
    CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL \
    HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA \
    MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB \
    RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU \
    UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// Why a text or a number is not an amount, or why arithmetic on amounts has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three capital letters.
    #[error("a currency is three capital letters, such as CNY")]
    Currency,
    /// Three letters, but no currency of today.
    #[error("there is no such currency; ISO 4217 lists them, such as CNY")]
    Unknown,
    /// Not digits, with at most the currency's decimals, followed by the currency.
    #[error("an amount looks like 88.00CNY, with no more decimals than the currency has")]
    Form,
    /// Outside what the integer holds or a rule allows.
    #[error("the amount is zero, too large or too small")]
    Range,
    /// Two currencies in one sum.
    #[error("amounts in different currencies cannot be added")]
    Mixed,
}

impl Currency {
    /// The renminbi.
    pub const CNY: Self = Self(*b"CNY");
    /// No currency (ISO 4217): where nothing is paid.
    pub const NONE: Self = Self(*b"XXX");

    /// The code, such as `CNY`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimals the major unit has: 2 for CNY, 0 for JPY, 3 for KWD (ISO 4217).
    #[must_use]
    pub fn decimals(self) -> u32 {
        OTHER_DECIMALS.iter().find(|(code, _)| **code == self.0).map_or(2, |(_, decimals)| *decimals)
    }
}

impl FromStr for Currency {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| MoneyError::Currency)?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return Err(MoneyError::Currency);
        }
        Ok(Self(code))
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, MoneyError> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An amount of money: `minor` minor units (分 for CNY) of `currency`. Its JSON is `{"minor":8800,"currency":"CNY"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Amount {
    /// Minor units; never a fraction.
    pub minor: i64,
    /// ISO 4217 currency.
    pub currency: Currency,
}

/// How documents of an API describe an amount that is judged by [`Amount::within_packet_limits`].
#[cfg(feature = "server")]
#[derive(Debug, utoipa::ToSchema)]
pub struct Sum {
    /// Minor units; never a fraction.
    #[schema(minimum = 1, maximum = 1_000_000_000_000_i64)]
    pub minor: i64,
    /// ISO 4217 currency.
    pub currency: Currency,
}

/// The same, where nothing is an amount too.
#[cfg(feature = "server")]
#[derive(Debug, utoipa::ToSchema)]
pub struct SumOrNothing {
    /// Minor units; never a fraction.
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub minor: i64,
    /// ISO 4217 currency.
    pub currency: Currency,
}

impl Amount {
    /// An amount of `minor` minor units.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum.
    ///
    /// # Errors
    /// [`MoneyError::Mixed`] for two currencies, [`MoneyError::Range`] when the sum does not fit.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed);
        }
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Range)?;
        Ok(Self { minor, ..self })
    }

    /// The amount `count` times.
    ///
    /// # Errors
    /// [`MoneyError::Range`] when the product does not fit.
    pub fn times(self, count: u64) -> Result<Self, MoneyError> {
        let count = i64::try_from(count).map_err(|_| MoneyError::Range)?;
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Range)?;
        Ok(Self { minor, ..self })
    }

    /// The amount itself when a packet may carry it: 1 … [`MAX_MINOR`] minor units.
    ///
    /// # Errors
    /// [`MoneyError::Range`] outside.
    pub fn within_packet_limits(self) -> Result<Self, MoneyError> {
        self.or_nothing().and_then(|it| if it.minor == 0 { Err(MoneyError::Range) } else { Ok(it) })
    }

    /// The same, where nothing is an amount too.
    ///
    /// # Errors
    /// [`MoneyError::Range`] below nothing and above [`MAX_MINOR`].
    pub fn or_nothing(self) -> Result<Self, MoneyError> {
        if (0..=MAX_MINOR).contains(&self.minor) { Ok(self) } else { Err(MoneyError::Range) }
    }
}

/// `88.00CNY`: the form that commands take. JSON carries minor units instead.
impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = self.currency.decimals() as usize;
        let digits = format!("{:0width$}", self.minor.unsigned_abs(), width = decimals + 1);
        let (major, minor) = digits.split_at(digits.len() - decimals);
        let sign = if self.minor < 0 { "-" } else { "" };
        let point = if decimals > 0 { "." } else { "" };
        write!(f, "{sign}{major}{point}{minor}{}", self.currency)
    }
}

/// Reads `88.00CNY`, `88CNY`, `88.5CNY`: never more decimals than the currency has, never a sign.
impl FromStr for Amount {
    type Err = MoneyError;

    fn from_str(text: &str) -> Result<Self, MoneyError> {
        let split = text.len().checked_sub(3).filter(|at| text.is_char_boundary(*at)).ok_or(MoneyError::Form)?;
        let (number, code) = text.split_at(split);
        let currency: Currency = code.parse()?;
        if !CURRENT.split_whitespace().any(|known| known == currency.as_str()) {
            return Err(MoneyError::Unknown);
        }
        let (major, minor) = number.split_once('.').unwrap_or((number, ""));
        let decimals = currency.decimals() as usize;
        let digits_only = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let pointless = number.ends_with('.');
        if major.is_empty() || pointless || minor.len() > decimals || !digits_only(major) || !digits_only(minor) {
            return Err(MoneyError::Form);
        }
        let minor = format!("{major}{minor:0<decimals$}").parse().map_err(|_| MoneyError::Range)?;
        Ok(Self { minor, currency })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn reads_and_writes_each_kind_of_currency() {
        for (text, minor, shown) in [
            ("88.00CNY", 8800, "88.00CNY"),
            ("88CNY", 8800, "88.00CNY"),
            ("88.5CNY", 8850, "88.50CNY"),
            ("0.01CNY", 1, "0.01CNY"),
            ("500JPY", 500, "500JPY"),
            ("1.234KWD", 1234, "1.234KWD"),
        ] {
            let amount: Amount = text.parse().unwrap();
            assert_eq!((amount.minor, amount.to_string().as_str()), (minor, shown));
        }
    }

    /// Balances may be below zero.
    #[test]
    fn a_sign_is_written_below_zero_only() {
        let shown = [-8801, -5, 0, 5].map(|minor| Amount::new(minor, Currency::CNY).to_string());
        assert_eq!(shown, ["-88.01CNY", "-0.05CNY", "0.00CNY", "0.05CNY"]);
    }

    #[test]
    fn refuses_what_is_not_an_amount() {
        for text in [
            "", "CNY", "88", "-1CNY", "+1CNY", "1.CNY", ".5CNY", "1.001CNY", "1.5JPY", "1e3CNY", "1 CNY", "1cny",
            "1元元", "１CNY",
        ] {
            assert!(text.parse::<Amount>().is_err(), "{text}");
        }
        assert_eq!("5.00XXQ".parse::<Amount>(), Err(MoneyError::Unknown));
        assert_eq!("99999999999999999999CNY".parse::<Amount>(), Err(MoneyError::Range));
    }

    #[test]
    fn arithmetic_is_checked() {
        let yuan = Amount::new(100, Currency::CNY);
        assert_eq!(yuan.plus(yuan).unwrap().minor, 200);
        assert_eq!(yuan.times(3).unwrap().minor, 300);
        assert_eq!(Amount::new(i64::MAX, Currency::CNY).plus(yuan), Err(MoneyError::Range));
        assert_eq!(Amount::new(i64::MAX, Currency::CNY).times(2), Err(MoneyError::Range));
        assert_eq!(yuan.plus(Amount::new(1, "JPY".parse().unwrap())), Err(MoneyError::Mixed));
        assert_eq!(Amount::new(0, Currency::CNY).within_packet_limits(), Err(MoneyError::Range));
        assert_eq!(Amount::new(MAX_MINOR + 1, Currency::CNY).within_packet_limits(), Err(MoneyError::Range));
    }
}
