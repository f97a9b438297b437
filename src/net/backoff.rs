//! How long to wait before trying again. Pure: the randomness is passed in, the waiting is the caller's.

const BASE_MS: u64 = 1_000;
/// The longest wait.
pub const CAP_MS: u64 = 15 * 60 * 1_000;

/// Milliseconds to wait before try number `attempt` + 1, where 0 is the first failure.
///
/// The ceiling doubles from 1 second to 15 minutes, and the wait is anywhere below it ("full jitter"), so that
/// many wallets which lost the same server do not come back in step. `random` is uniform over all of `u64`.
#[must_use]
pub fn delay_ms(attempt: u32, random: u64) -> u64 {
    let ceiling = 1_u64.checked_shl(attempt).map_or(CAP_MS, |factor| factor.saturating_mul(BASE_MS)).min(CAP_MS);
    // The high half of the product is uniform over 0..=ceiling, without the bias of a remainder.
    let scaled = (u128::from(random) * (u128::from(ceiling) + 1)) >> 64;
    u64::try_from(scaled).unwrap_or(ceiling)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ceiling_doubles_up_to_the_cap() {
        for (attempt, ceiling) in [(0, 1_000), (1, 2_000), (2, 4_000), (9, 512_000), (10, CAP_MS), (64, CAP_MS)] {
            assert_eq!(delay_ms(attempt, u64::MAX), ceiling, "{attempt}");
            assert_eq!(delay_ms(attempt, 0), 0, "{attempt}");
            assert_eq!(delay_ms(attempt, u64::MAX / 2 + 1), ceiling / 2, "{attempt}");
        }
        assert_eq!(delay_ms(u32::MAX, u64::MAX), CAP_MS);
    }
}
