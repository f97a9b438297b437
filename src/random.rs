//! Randomness, passed in: the system's in programs, a seeded one in tests and simulations.

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::jose::to_base64url;

/// A cryptographic random source.
pub trait Random: Send + Sync {
    /// Fills `bytes`.
    fn fill(&self, bytes: &mut [u8]);

    /// A 32-byte secret.
    fn secret(&self) -> Zeroizing<[u8; 32]> {
        let mut bytes = Zeroizing::new([0; 32]);
        self.fill(&mut *bytes);
        bytes
    }

    /// 128 random bits as 22 characters of base64url: an id that cannot be guessed, or a salt.
    fn token(&self) -> String {
        let mut bytes = [0; 16];
        self.fill(&mut bytes);
        to_base64url(&bytes)
    }

    /// A `UUIDv7` (RFC 9562 §5.7) of the time `now_ms`, in milliseconds since the epoch.
    fn uuid(&self, now_ms: i64) -> Uuid {
        let mut bytes = [0; 10];
        self.fill(&mut bytes);
        uuid::Builder::from_unix_timestamp_millis(now_ms.unsigned_abs(), &bytes).into_uuid()
    }
}

/// The operating system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Without randomness no key, id or salt is safe: there is nothing sensible to go on with.
        #[allow(clippy::expect_used)]
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_carry_their_time_and_differ() {
        let (one, two) = (SystemRandom.uuid(1_771_300_000_000), SystemRandom.uuid(1_771_300_000_000));
        assert_ne!(one, two);
        assert_eq!((one.get_version_num(), one.as_u128() >> 80), (7, 1_771_300_000_000));
        assert_eq!(SystemRandom.token().len(), 22);
    }
}
