//! What happened, the newest first, with a heading for each day; all of it, or only money, or only forwardings. Pure.

use jiff::civil::Date;

use crate::app::format::Formats;
use crate::wallet::Event;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::app) enum Filter {
    #[default]
    All,
    Money,
    Forwards,
}

impl Filter {
    pub(super) const ALL: [Self; 3] = [Self::All, Self::Money, Self::Forwards];

    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::All => "filter-all",
            Self::Money => "filter-money",
            Self::Forwards => "filter-forwards",
        }
    }

    fn holds(self, kind: &str) -> bool {
        match self {
            Self::All => true,
            Self::Money => is_money(kind),
            Self::Forwards => matches!(kind, "forwarded" | "relayed" | "recalled"),
        }
    }
}

/// Whether an event is a state of a collection.
pub(super) fn is_money(kind: &str) -> bool {
    matches!(kind, "applied" | "accepted" | "released" | "paid" | "rejected" | "uncertain")
}

/// A line of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Day(Date),
    /// By its place in the wallet's history.
    Event(usize),
}

/// The lines of a history that goes from first to last.
pub(super) fn lines(history: &[Event], filter: Filter, formats: &Formats) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut last = None;
    for (at, event) in history.iter().enumerate().rev().filter(|(_, event)| filter.holds(&event.kind)) {
        let day = formats.date(event.at.0);
        if let Some(day) = day.filter(|_| day != last) {
            lines.push(Line::Day(day));
            last = Some(day);
        }
        lines.push(Line::Event(at));
    }
    lines
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::app::text::Language;
    use crate::jose::Digest;
    use crate::wallet::Time;
    use jiff::civil::date;
    use jiff::tz::{TimeZone, offset};

    fn event(at: &str, kind: &str) -> Event {
        let at: jiff::Timestamp = at.parse().unwrap();
        Event { at: Time(at.as_second()), kind: kind.into(), packet: Digest::of(b"p"), detail: None }
    }

    #[test]
    fn each_day_has_one_heading_where_the_person_is() {
        let history = [
            event("2026-02-15T10:00:00Z", "received"),
            event("2026-02-15T16:30:00Z", "paid"),
            event("2026-02-16T01:00:00Z", "forwarded"),
        ];
        let of = |filter, zone| lines(&history, filter, &Formats { language: Language::Chinese, zone });
        let utc = [
            Line::Day(date(2026, 2, 16)),
            Line::Event(2),
            Line::Day(date(2026, 2, 15)),
            Line::Event(1),
            Line::Event(0),
        ];
        assert_eq!(of(Filter::All, TimeZone::UTC), utc);
        let shanghai = of(Filter::All, TimeZone::fixed(offset(8)));
        assert_eq!(shanghai[..3], [Line::Day(date(2026, 2, 16)), Line::Event(2), Line::Event(1)]);
        assert_eq!(of(Filter::Money, TimeZone::UTC), [Line::Day(date(2026, 2, 15)), Line::Event(1)]);
        assert_eq!(of(Filter::Forwards, TimeZone::UTC), [Line::Day(date(2026, 2, 16)), Line::Event(2)]);
        assert!(lines(&[], Filter::All, &Formats { language: Language::Chinese, zone: TimeZone::UTC }).is_empty());
    }
}
