//! Time as something passed in: the real clock, a clock for tests and simulation, and how times and durations are
//! written. Must not know who asks or why.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

/// What time it is, in UTC since the Unix epoch.
pub trait Clock: Send + Sync {
    /// Milliseconds since the Unix epoch.
    fn now_ms(&self) -> i64;

    /// Milliseconds since some moment, by a clock that nobody sets.
    fn steady_ms(&self) -> i64;

    /// Whole seconds since the Unix epoch, as in the `iat`, `nbf` and `exp` of RFC 7519.
    fn now(&self) -> i64 {
        self.now_ms().div_euclid(1000)
    }
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now_ms(&self) -> i64 {
        (**self).now_ms()
    }

    fn steady_ms(&self) -> i64 {
        (**self).steady_ms()
    }
}

/// The machine's own clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one place where time enters the program")]
    fn now_ms(&self) -> i64 {
        let millis = |span: Duration| i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => millis(since),
            Err(before) => -millis(before.duration()),
        }
    }

    fn steady_ms(&self) -> i64 {
        static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(BEGIN.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that moves only when it is told to, for tests and simulation. Share it as `Arc<ManualClock>`.
#[derive(Debug)]
pub struct ManualClock {
    millis: AtomicI64,
    steady: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `seconds` since the Unix epoch.
    pub fn new(seconds: i64) -> Self {
        let millis = seconds.saturating_mul(1000);
        Self { millis: AtomicI64::new(millis), steady: AtomicI64::new(millis) }
    }

    /// Puts the clock to `seconds` since the Unix epoch: forwards as much time passes, back as if it had been wrong.
    pub fn set(&self, seconds: i64) {
        let millis = seconds.saturating_mul(1000);
        let before = self.millis.swap(millis, Ordering::SeqCst);
        self.steady.fetch_add(millis.saturating_sub(before).max(0), Ordering::SeqCst);
    }

    /// Sets the clock wrong by `seconds`, or right again: no time passes.
    pub fn jump(&self, seconds: i64) {
        self.millis.fetch_add(seconds.saturating_mul(1000), Ordering::SeqCst);
    }

    /// Moves the clock forward by `span`; less than a millisecond does not count.
    pub fn advance(&self, span: Duration) {
        let millis = i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
        self.millis.fetch_add(millis, Ordering::SeqCst);
        self.steady.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> i64 {
        self.millis.load(Ordering::SeqCst)
    }

    fn steady_ms(&self) -> i64 {
        self.steady.load(Ordering::SeqCst)
    }
}

/// A time in seconds since the Unix epoch as RFC 3339 in UTC: `2026-02-17T09:41:00Z`.
///
/// What lies outside the years -9999 to 9999 is shown as the nearest time inside, so that a hostile number can't fail.
pub fn rfc3339(seconds: i64) -> String {
    let shown = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
    Timestamp::from_second(shown).unwrap_or(Timestamp::MAX).to_string()
}

/// Reads a time as RFC 3339 writes it, such as `2026-02-17T08:00:00+08:00`, and returns its seconds since the Unix epoch.
///
/// # Errors
/// What is wrong with it.
pub fn parse_time(text: &str) -> Result<i64, String> {
    let form = "not a time: write it as 2026-02-17T08:00:00+08:00 or, in UTC, 2026-02-17T00:00:00Z";
    text.parse::<Timestamp>().map(Timestamp::as_second).map_err(|_| form.to_owned())
}

/// Reads how far a place's time is ahead of UTC, such as `+08:00` or `-03:30`, and returns it in minutes.
///
/// # Errors
/// What is wrong with it.
pub fn parse_offset(text: &str) -> Result<i32, String> {
    let form = || "not an offset from UTC: write it as +08:00 or -03:30".to_owned();
    let (sign, rest) = match text.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Err(form()),
    };
    let (hours, minutes) = rest.split_once(':').ok_or_else(form)?;
    let two = |digits: &str| -> Option<i32> {
        (digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_digit())).then(|| digits.parse().ok()).flatten()
    };
    match (two(hours), two(minutes)) {
        (Some(hours @ 0..=18), Some(minutes @ 0..=59)) => Ok(sign * (hours * 60 + minutes)),
        _ => Err(form()),
    }
}

/// Why a duration could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// Not a whole number followed by a unit.
    #[error("not a duration: write a whole number and a unit, such as 20s, 15m, 12h or 30d")]
    Form,
    /// More seconds than 64 bits can count.
    #[error("this duration is too long: choose a shorter one, such as 30d")]
    TooLong,
}

/// Reads a duration such as `20s`, `15m`, `12h` or `30d` (a day is 24 hours) and returns its seconds, never negative.
///
/// # Errors
/// [`DurationError::Form`] if it is written otherwise, [`DurationError::TooLong`] if it does not fit.
pub fn parse_duration(text: &str) -> Result<i64, DurationError> {
    let unit = text.chars().next_back().ok_or(DurationError::Form)?;
    let number = text.strip_suffix(unit).ok_or(DurationError::Form)?;
    let seconds_each = match unit {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return Err(DurationError::Form),
    };
    // `parse` alone would also take a sign.
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DurationError::Form);
    }
    let count: i64 = number.parse().map_err(|_| DurationError::TooLong)?;
    count.checked_mul(seconds_each).ok_or(DurationError::TooLong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn the_system_clock_is_in_this_century_and_agrees_with_itself() {
        let (before, seconds, after) = (SystemClock.now_ms(), SystemClock.now(), SystemClock.now_ms());
        assert!((1_750_000_000_000..4_102_444_800_000).contains(&before));
        assert!((before.div_euclid(1000)..=after.div_euclid(1000)).contains(&seconds));
    }

    #[test]
    fn the_manual_clock_moves_only_when_told() {
        let clock = Arc::new(ManualClock::new(100));
        let seen: Arc<dyn Clock> = clock.clone();
        assert_eq!((seen.now(), seen.now_ms()), (100, 100_000));
        clock.advance(Duration::from_millis(1999));
        assert_eq!((seen.now(), seen.now_ms()), (101, 101_999));
        clock.set(7);
        assert_eq!(seen.now(), 7);
        clock.set(-1);
        clock.advance(Duration::from_millis(1));
        assert_eq!(seen.now(), -1, "before the epoch seconds are rounded down, not towards zero");
    }

    #[test]
    fn times_are_written_as_rfc_3339() {
        assert_eq!(rfc3339(1_771_321_260), "2026-02-17T09:41:00Z");
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert!(rfc3339(i64::MAX).starts_with("9999-12-"));
        assert!(rfc3339(i64::MAX).ends_with('Z') && !rfc3339(i64::MAX).contains('.'));
        assert!(rfc3339(i64::MIN).starts_with("-009999-01-"));
    }

    #[test]
    fn times_and_offsets_are_read() {
        assert_eq!(parse_time("2026-02-17T17:41:00+08:00"), Ok(1_771_321_260));
        assert_eq!(parse_time("2026-02-17T09:41:00Z"), Ok(1_771_321_260));
        for text in ["", "2026-02-17", "09:41", "2026-02-17T09:41:00", "2026-02-30T09:41:00Z"] {
            assert!(parse_time(text).is_err(), "{text}");
        }
        for (text, minutes) in [("+08:00", 480), ("-03:30", -210), ("+00:00", 0), ("-00:00", 0), ("+18:00", 1080)] {
            assert_eq!(parse_offset(text), Ok(minutes), "{text}");
        }
        for text in ["", "8", "08:00", "+8:00", "+08", "+19:00", "+08:60", "+0８:00", "八:00", "+-1:00"] {
            assert!(parse_offset(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_are_read() {
        for (text, seconds) in [("20s", 20), ("15m", 900), ("12h", 43_200), ("30d", 2_592_000), ("0s", 0), ("007s", 7)]
        {
            assert_eq!(parse_duration(text), Ok(seconds), "{text}");
        }
        for text in ["", "s", "20", "-5s", "+5s", "5 s", " 5s", "5s ", "1.5h", "5w", "5S", "5秒", "٥s", "1h30m", "0x1s"]
        {
            assert_eq!(parse_duration(text), Err(DurationError::Form), "{text}");
        }
        for text in ["106751991167301d", "9223372036854775808s"] {
            assert_eq!(parse_duration(text), Err(DurationError::TooLong), "{text}");
        }
        assert_eq!(parse_duration("9223372036854775807s"), Ok(i64::MAX));
    }
}
