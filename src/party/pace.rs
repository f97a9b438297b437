//! Whether a machine's clock goes as time does. What time ends (vouchers, funds, what is held for a clerk, kept files) cannot be begun
//! again, and what is signed bears its time for ever: so while a clock has just jumped ahead, the background does neither, and whoever
//! set it wrong has a while to set it right.

use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;

/// So far a clock may be set ahead without anybody waiting, in milliseconds.
const TOLERANCE_MS: i64 = 60 * 60 * 1000;
/// So long a clock must go evenly after it was set further ahead, in milliseconds.
const PATIENCE_MS: i64 = 5 * 60 * 1000;

/// Watches one clock.
#[derive(Debug, Default)]
pub struct Pace(Mutex<Option<Seen>>);

#[derive(Debug)]
struct Seen {
    /// By how much the clock is ahead of the one that nobody sets.
    ahead_ms: i64,
    /// Until when by the clock that nobody sets.
    doubted_until_ms: i64,
}

impl Pace {
    /// Looks at the clock, and says whether it can be gone by. The first look has nothing to compare with.
    pub fn is_even(&self, clock: &dyn Clock) -> bool {
        let steady_ms = clock.steady_ms();
        let ahead_ms = clock.now_ms().saturating_sub(steady_ms);
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let seen = seen.get_or_insert(Seen { ahead_ms, doubted_until_ms: i64::MIN });
        let jump_ms = ahead_ms.saturating_sub(seen.ahead_ms);
        seen.ahead_ms = ahead_ms;
        if jump_ms > TOLERANCE_MS {
            seen.doubted_until_ms = steady_ms.saturating_add(PATIENCE_MS);
            tracing::warn!(
                seconds = jump_ms / 1000,
                "the clock jumped ahead: nothing is ended or made by it for some minutes, in which it can be set right"
            );
        } else if jump_ms < -TOLERANCE_MS {
            seen.doubted_until_ms = i64::MIN;
            tracing::warn!(seconds = -jump_ms / 1000, "the clock was set back");
        }
        steady_ms >= seen.doubted_until_ms
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::clock::ManualClock;

    const HOUR: i64 = 3600;

    #[test]
    fn a_clock_that_jumped_ahead_is_doubted_until_it_is_right_or_has_gone_on_for_a_while() {
        let (clock, pace) = (ManualClock::new(1_770_000_000), Pace::default());
        assert!(pace.is_even(&clock));
        clock.advance(Duration::from_secs(90 * 24 * 3600));
        assert!(pace.is_even(&clock), "a long sleep is no jump");
        clock.jump(HOUR);
        assert!(pace.is_even(&clock), "as clocks are set");
        clock.jump(365 * 24 * HOUR);
        assert!(!pace.is_even(&clock) && !pace.is_even(&clock), "also when it is looked at again");
        clock.jump(-365 * 24 * HOUR);
        assert!(pace.is_even(&clock), "it is right again");

        // It was wrong before: now it is right.
        clock.jump(365 * 24 * HOUR);
        assert!(!pace.is_even(&clock));
        clock.advance(Duration::from_millis(PATIENCE_MS.unsigned_abs() - 1));
        assert!(!pace.is_even(&clock));
        clock.advance(Duration::from_millis(1));
        assert!(pace.is_even(&clock));
    }
}
