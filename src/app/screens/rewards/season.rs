//! The stretches of time that rewards are counted over: all of it, a year, or a Spring Festival by the Chinese calendar.
//! Pure. A crate counts the moon, by the national standard (GB/T 33661): nothing here guesses a date.

use std::collections::BTreeSet;

use icu_calendar::types::Month;
use icu_calendar::{Date as ChineseDate, Iso};
use jiff::civil::Date;

/// Over what is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::app) enum Season {
    /// Everything.
    All,
    /// A year of the common calendar.
    Year(i16),
    /// From the first day of the twelfth month until the Lantern Festival, by the year in which the Chinese year begins.
    Spring(i16),
}

/// A day of the Chinese calendar in the common one.
fn day_of(year: i16, month: u8, day: u8) -> Option<Date> {
    let chinese = ChineseDate::try_new_chinese_traditional(year.into(), Month::new(month), day).ok()?;
    let common = chinese.to_calendar(Iso);
    let (month, day) = (common.month().number(), common.day_of_month().0);
    let year = i16::try_from(common.year().extended_year()).ok()?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

impl Season {
    /// The first and the last day; none when it has neither.
    pub(in crate::app) fn days(self) -> Option<(Date, Date)> {
        match self {
            Self::All => None,
            Self::Year(year) => Date::new(year, 1, 1).ok().zip(Date::new(year, 12, 31).ok()),
            Self::Spring(year) => day_of(year.checked_sub(1)?, 12, 1).zip(day_of(year, 1, 15)),
        }
    }

    /// Whether a day is counted.
    pub(in crate::app) fn holds(self, day: Date) -> bool {
        match self {
            Self::All => true,
            other => other.days().is_some_and(|(first, last)| (first..=last).contains(&day)),
        }
    }

    /// The Spring Festival that a day is part of.
    fn spring_of(day: Date) -> Option<Self> {
        [day.year(), day.year().saturating_add(1)].into_iter().map(Self::Spring).find(|season| season.holds(day))
    }

    /// What is counted as long as nobody chose: this Spring Festival, while it lasts; else everything.
    pub(in crate::app) fn usual(today: Date) -> Self {
        Self::spring_of(today).unwrap_or(Self::All)
    }
}

/// The seasons to choose from: those in which something was, and the present ones; the newest first, after everything.
pub(super) fn offered(days: impl Iterator<Item = Date>, today: Date) -> Vec<Season> {
    let mut found = BTreeSet::new();
    // Days come in runs: the calendar is asked once for each, not once for each thing that happened on it.
    let mut last = None;
    for day in days.chain([today]) {
        if last == Some(day) {
            continue;
        }
        last = Some(day);
        found.insert(Season::Year(day.year()));
        let known = found.range(Season::Spring(i16::MIN)..).any(|season| season.holds(day));
        if !known {
            found.extend(Season::spring_of(day));
        }
    }
    let mut seasons: Vec<Season> = found.into_iter().collect();
    let end = |season: &Season| season.days().map(|(_, last)| last);
    seasons.sort_by_key(|season| (std::cmp::Reverse(*season == Season::usual(today)), std::cmp::Reverse(end(season))));
    seasons.insert(0, Season::All);
    seasons
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use jiff::civil::date;

    #[test]
    fn new_years_days_are_those_of_the_almanac() {
        for (year, month, day) in
            [(2023, 1, 22), (2024, 2, 10), (2025, 1, 29), (2026, 2, 17), (2027, 2, 6), (2033, 1, 31)]
        {
            assert_eq!(day_of(year, 1, 1), Some(date(year, month, day)), "{year}");
        }
        // The year 2033 is the one that programs without astronomy get wrong: its leap month comes late.
        assert_eq!(day_of(2034, 1, 1), Some(date(2034, 2, 19)));
    }

    #[test]
    fn a_spring_festival_begins_with_the_twelfth_month_and_ends_with_the_lanterns() {
        assert_eq!(Season::Spring(2026).days(), Some((date(2026, 1, 19), date(2026, 3, 3))));
        assert_eq!(Season::usual(date(2026, 2, 16)), Season::Spring(2026));
        assert_eq!(Season::usual(date(2026, 3, 4)), Season::All);
        assert_eq!(Season::usual(date(2024, 12, 31)), Season::Spring(2025), "it can begin in the year before");
    }

    #[test]
    fn only_seasons_in_which_something_was_are_offered() {
        let days = [date(2026, 2, 16), date(2025, 7, 1), date(2025, 7, 1), date(2024, 2, 10)];
        let seasons = offered(days.into_iter(), date(2026, 2, 16));
        let expected = [
            Season::All,
            Season::Spring(2026),
            Season::Year(2026),
            Season::Year(2025),
            Season::Year(2024),
            Season::Spring(2024),
        ];
        assert_eq!(seasons, expected);
        assert_eq!(offered(std::iter::empty(), date(2026, 7, 1)), [Season::All, Season::Year(2026)]);
    }
}
