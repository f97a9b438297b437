//! Amounts, dates and ids as people read them in their language. Knows no clock: what time it is now is passed in.

mod words;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::text::{Language, Texts};
use crate::money::Amount;

pub use self::words::in_words;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// How a person writes figures and dates.
#[derive(Clone, Debug)]
pub struct Formats {
    /// The language.
    pub language: Language,
    /// Where the person's clock is.
    pub zone: TimeZone,
}

/// The sign of a currency before its figure; the code where none is common.
fn sign(currency: &str) -> &str {
    match currency {
        "CNY" => "¥",
        "USD" => "US$",
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "JP¥",
        "HKD" => "HK$",
        "TWD" => "NT$",
        "SGD" => "S$",
        other => other,
    }
}

/// The figure alone, such as `1,288.00`.
#[must_use]
pub fn figure(amount: Amount) -> String {
    let decimals = amount.currency.decimals();
    let unit = 10_i64.checked_pow(decimals).unwrap_or(1).unsigned_abs();
    let minor = amount.minor.unsigned_abs();
    let whole = grouped(minor / unit);
    let minus = if amount.minor < 0 { "-" } else { "" };
    if decimals == 0 {
        return format!("{minus}{whole}");
    }
    format!("{minus}{whole}.{:0width$}", minor % unit, width = decimals as usize)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// The sign of an amount's currency, such as `¥`.
#[must_use]
pub fn currency_sign(amount: Amount) -> String {
    sign(amount.currency.as_str()).to_owned()
}

/// The whole, such as `¥ 88.00`, which never breaks over two lines.
#[must_use]
pub fn money(amount: Amount) -> String {
    format!("{}\u{a0}{}", sign(amount.currency.as_str()), figure(amount))
}

impl Formats {
    /// The day of a time, where the person is.
    #[must_use]
    pub fn date(&self, at: i64) -> Option<Date> {
        Some(Timestamp::from_second(at).ok()?.to_zoned(self.zone.clone()).date())
    }

    /// Hours and minutes.
    #[must_use]
    pub fn clock(&self, at: i64) -> String {
        let time = Timestamp::from_second(at).map(|at| at.to_zoned(self.zone.clone()).time());
        time.map(|time| format!("{:02}:{:02}", time.hour(), time.minute())).unwrap_or_default()
    }

    /// A day with its year.
    #[must_use]
    pub fn day(&self, at: i64) -> String {
        let Some(date) = self.date(at) else { return String::new() };
        match self.language {
            Language::Chinese => format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()),
            Language::English => format!("{} {} {}", date.day(), month(date.month()), date.year()),
        }
    }

    /// A day with its year, and the time.
    #[must_use]
    pub fn day_and_time(&self, at: i64) -> String {
        let between = if self.language == Language::Chinese { " " } else { ", " };
        format!("{}{between}{}", self.day(at), self.clock(at))
    }

    /// A day of about now: today and yesterday by name, this year without the year.
    #[must_use]
    pub fn when(&self, at: i64, now: i64, texts: &Texts) -> String {
        let (Some(date), Some(today)) = (self.date(at), self.date(now)) else { return String::new() };
        let clock = self.clock(at);
        if date == today {
            return texts.tell("today-at", &[("time", clock.into())]);
        }
        if self.date(now.saturating_sub(DAY)) == Some(date) {
            return texts.tell("yesterday-at", &[("time", clock.into())]);
        }
        if date.year() != today.year() {
            return self.day(at);
        }
        match self.language {
            Language::Chinese => format!("{}月{}日", date.month(), date.day()),
            Language::English => format!("{} {}", date.day(), month(date.month())),
        }
    }

    /// The name of a day: today and yesterday as such, this year without the year.
    #[must_use]
    pub fn day_name(&self, day: Date, now: i64, texts: &Texts) -> String {
        let Some(today) = self.date(now) else { return String::new() };
        if day == today {
            return texts.say("day-today");
        }
        if day.tomorrow().ok() == Some(today) {
            return texts.say("day-yesterday");
        }
        let (month_number, number, year) = (day.month(), day.day(), day.year());
        match self.language {
            Language::Chinese if year == today.year() => format!("{month_number}月{number}日"),
            Language::Chinese => format!("{year}年{month_number}月{number}日"),
            Language::English if year == today.year() => format!("{number} {}", month(month_number)),
            Language::English => format!("{number} {} {year}", month(month_number)),
        }
    }

    /// A day as short as under a bar.
    #[must_use]
    pub fn short_date(&self, date: Date) -> String {
        match self.language {
            Language::Chinese => format!("{}/{}", date.month(), date.day()),
            Language::English => format!("{} {}", date.day(), month(date.month())),
        }
    }

    /// Days from now until the day of `until`; negative once it is over.
    #[must_use]
    pub fn days_until(&self, until: i64, now: i64) -> i64 {
        match (self.date(until), self.date(now)) {
            (Some(last), Some(today)) => i64::from(today.until(last).map(|span| span.get_days()).unwrap_or(0)),
            _ => 0,
        }
    }

    /// An amount in words, as a voucher states it.
    #[must_use]
    pub fn words(&self, amount: Amount) -> Option<String> {
        in_words(amount, self.language)
    }
}

const fn month(number: i8) -> &'static str {
    match number {
        1 => "Jan",
        2 => "Feb",
        3 => "Mar",
        4 => "Apr",
        5 => "May",
        6 => "Jun",
        7 => "Jul",
        8 => "Aug",
        9 => "Sep",
        10 => "Oct",
        11 => "Nov",
        _ => "Dec",
    }
}

/// An account number in groups of four.
#[must_use]
pub fn in_fours(number: &str) -> String {
    let characters: Vec<char> = number.chars().filter(|c| !c.is_whitespace()).collect();
    characters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

/// The last four characters of an account number.
#[must_use]
pub fn tail(number: &str) -> String {
    let characters: Vec<char> = number.chars().collect();
    characters[characters.len().saturating_sub(4)..].iter().collect()
}

/// The beginning of a long id, enough to tell it apart.
#[must_use]
pub fn short_id(id: &str) -> String {
    let short: String = id.chars().take(8).collect();
    if short.len() < id.len() { format!("{short}…") } else { short }
}

/// A serial number as it is printed.
#[must_use]
pub fn serial(number: u64) -> String {
    format!("No. {number:06}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn amount(minor: i64, currency: &str) -> Amount {
        Amount::new(minor, currency.parse().unwrap())
    }

    #[test]
    fn amounts_have_their_decimals_and_groups() {
        for (minor, currency, text) in [
            (8800, "CNY", "¥\u{a0}88.00"),
            (5, "CNY", "¥\u{a0}0.05"),
            (123_456_789, "USD", "US$\u{a0}1,234,567.89"),
            (1288, "JPY", "JP¥\u{a0}1,288"),
            (1500, "KWD", "KWD\u{a0}1.500"),
            (-100, "CNY", "¥\u{a0}-1.00"),
        ] {
            assert_eq!(money(amount(minor, currency)), text);
        }
    }

    #[test]
    fn days_are_told_as_people_do() {
        let formats = Formats { language: Language::Chinese, zone: TimeZone::UTC };
        let texts = Texts::new(Language::Chinese);
        let now = 1_771_321_260; // 2026-02-17 09:41 UTC
        assert_eq!(formats.when(now - 3600, now, &texts), "今天 08:41");
        assert_eq!(formats.when(now - DAY, now, &texts), "昨天 09:41");
        assert_eq!(formats.when(now - 7 * DAY, now, &texts), "2月10日");
        assert_eq!(formats.day(now), "2026-02-17");
        assert_eq!(formats.days_until(now + 12 * DAY, now), 12);
        assert_eq!(formats.days_until(now - DAY, now), -1);
        let english = Formats { language: Language::English, zone: TimeZone::UTC };
        assert_eq!(english.day_and_time(now), "17 Feb 2026, 09:41");
    }

    #[test]
    fn ids_and_accounts_are_cut_for_the_eye() {
        assert_eq!(in_fours("6200000001880124"), "6200 0000 0188 0124");
        assert_eq!(tail("6200000001880124"), "0124");
        assert_eq!(short_id("abcdefghijk"), "abcdefgh…");
        assert_eq!(serial(128), "No. 000128");
    }
}
