//! Times of many requests, and what they come to.

use std::time::Duration;

use serde::Serialize;

/// What times come to: integers only, so that the JSON is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// How long all took, in milliseconds.
    pub took_ms: u64,
    /// How many per second.
    pub per_second: u64,
    /// The median time of one, in microseconds.
    pub p50_us: u64,
    /// The time within which 99 of 100 were done, in microseconds.
    pub p99_us: u64,
    /// The longest time of one, in microseconds.
    pub max_us: u64,
}

/// Times as they are taken.
#[derive(Clone, Debug, Default)]
pub struct Times(Vec<Duration>);

impl Times {
    /// Notes one.
    pub fn note(&mut self, time: Duration) {
        self.0.push(time);
    }

    /// Notes those of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What they come to when all together took `took`.
    #[must_use]
    pub fn figures(mut self, took: Duration) -> Figures {
        self.0.sort_unstable();
        let at = |part: usize| {
            let place = (self.0.len() * part).div_ceil(100).saturating_sub(1);
            self.0.get(place).copied().unwrap_or_default()
        };
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let took_us = micros(took).max(1);
        Figures {
            took_ms: took_us / 1000,
            per_second: self.len().saturating_mul(1_000_000) / took_us,
            p50_us: micros(at(50)),
            p99_us: micros(at(99)),
            max_us: micros(at(100)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_times_come_to() {
        let mut times = Times::default();
        assert_eq!(times.clone().figures(Duration::ZERO), Figures::default());
        for micros in (1..=200).rev() {
            times.note(Duration::from_micros(micros));
        }
        let figures = times.figures(Duration::from_millis(500));
        assert_eq!((figures.took_ms, figures.per_second), (500, 400));
        assert_eq!((figures.p50_us, figures.p99_us, figures.max_us), (100, 198, 200));
    }
}
