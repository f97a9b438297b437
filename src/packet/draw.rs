//! The draw of lucky shares (拼手气): a fixed function of the bank's one-use seed and the packet's digest. The bank is bound to
//! the seed by its hash before the packet is signed, and the enterprise signs without knowing it, so neither of them alone
//! chose what anybody gets; and whoever is told the seed computes every share again. The spec is docs/packet-format.md §11.
//!
//! All ways to cut the pot into so many shares of at least one minor unit are equally likely, so every place has the same
//! chances. Integers only. This file knows no bank, no order and who was paid.

use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::BuildHasherDefault;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::jose::{Base64Error, Digest, to_base64url};

/// Under what a seed is hashed into a packet's `draw`.
const DRAW: &[u8] = b"hongbao/1 draw\0";
/// Under what seed and packet become the key of the shares.
const SHARES: &[u8] = b"hongbao/1 shares\0";

/// The one-use secret of a draw: 32 bytes. It is nobody's business before the draw is closed, so `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// A seed of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// What binds the bank to this seed: the packet's `draw`.
    #[must_use]
    pub fn draw(&self) -> Digest {
        Digest::of(&Zeroizing::new([DRAW, self.0.as_slice()].concat()))
    }
}

impl FromStr for Seed {
    type Err = Base64Error;

    fn from_str(text: &str) -> Result<Self, Base64Error> {
        // 32 bytes in the one spelling of base64url, as a digest is.
        text.parse::<Digest>().map(|bytes| Self(Zeroizing::new(*bytes.as_bytes())))
    }
}

impl TryFrom<String> for Seed {
    type Error = Base64Error;

    fn try_from(text: String) -> Result<Self, Base64Error> {
        text.parse()
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        to_base64url(seed.0.as_slice())
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(secret)")
    }
}

/// There is not one minor unit for each share, or there is no share at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the pot does not have one minor unit for each share")]
pub struct TooThin;

/// What each place gets, in minor units, from the first place to the last: `shares` amounts of at least 1 whose sum is `total`.
///
/// # Errors
/// [`TooThin`].
pub fn shares(seed: &Seed, packet: &Digest, total: i64, shares: u32) -> Result<Vec<i64>, TooThin> {
    let total = u64::try_from(total).map_err(|_| TooThin)?;
    let last_cut = total.checked_sub(1).ok_or(TooThin)?;
    let cuts = u64::from(shares.checked_sub(1).ok_or(TooThin)?);
    let first_bound = last_cut.checked_sub(cuts).ok_or(TooThin)? + 1;
    let mut numbers = Numbers::new(seed, packet);
    // Floyd's sampling without replacement: every set of so many of the places 1 … total-1 is equally likely.
    let mut chosen = HashSet::<u64, BuildHasherDefault<DefaultHasher>>::default();
    for bound in first_bound..=last_cut {
        let number = numbers.up_to(bound);
        if !chosen.insert(number) {
            chosen.insert(bound);
        }
    }
    let mut ends: Vec<u64> = chosen.into_iter().chain([total]).collect();
    ends.sort_unstable();
    let begins = std::iter::once(0).chain(ends.iter().copied());
    // The ends differ and the largest is `total`, which came out of an i64.
    begins.zip(&ends).map(|(begin, end)| i64::try_from(end - begin).map_err(|_| TooThin)).collect()
}

/// The numbers that a draw goes by: SHA-256 over the key and a counter, four words of 64 bits from each.
struct Numbers {
    key: Digest,
    block: u64,
    words: [u8; 32],
    used: usize,
}

impl Numbers {
    fn new(seed: &Seed, packet: &Digest) -> Self {
        let key = Digest::of(&Zeroizing::new([SHARES, seed.0.as_slice(), packet.as_bytes()].concat()));
        Self { key, block: 0, words: [0; 32], used: 32 }
    }

    fn word(&mut self) -> u64 {
        if self.used == self.words.len() {
            let mut input = [0; 40];
            input[..32].copy_from_slice(self.key.as_bytes());
            input[32..].copy_from_slice(&self.block.to_be_bytes());
            self.words = *Digest::of(&input).as_bytes();
            self.block += 1;
            self.used = 0;
        }
        let mut word = [0; 8];
        word.copy_from_slice(&self.words[self.used..self.used + 8]);
        self.used += 8;
        u64::from_be_bytes(word)
    }

    /// A number from 1 to `bound`, each equally likely.
    fn up_to(&mut self, bound: u64) -> u64 {
        loop {
            if let Some(number) = fair(self.word(), bound) {
                return number;
            }
        }
    }
}

/// The number from 1 to `bound` that a word stands for; none for the last words, which would make small numbers likelier.
const fn fair(word: u64, bound: u64) -> Option<u64> {
    // 2^64 mod bound, without 2^64.
    let surplus = (u64::MAX % bound + 1) % bound;
    if word > u64::MAX - surplus { None } else { Some(word % bound + 1) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeMap;

    use super::*;

    fn seed(number: u32) -> Seed {
        Seed(Zeroizing::new(*Digest::of(&number.to_be_bytes()).as_bytes()))
    }

    fn packet() -> Digest {
        Digest::of(b"packet")
    }

    #[test]
    fn shares_are_at_least_one_each_and_sum_to_the_pot() {
        for (total, places) in [(1, 1), (8800, 1), (8, 8), (9, 8), (8800, 100), (1_000_000_000_000, 50_000)] {
            let amounts = shares(&seed(1), &packet(), total, places).unwrap();
            assert_eq!((amounts.len(), amounts.iter().sum::<i64>()), (places as usize, total));
            assert!(amounts.iter().all(|amount| *amount >= 1), "{total} {places}");
        }
        for (total, places) in [(0, 0), (7, 0), (0, 1), (7, 8), (-1, 1), (i64::MIN, 1)] {
            assert_eq!(shares(&seed(1), &packet(), total, places), Err(TooThin), "{total} {places}");
        }
    }

    #[test]
    fn seed_and_packet_both_decide() {
        let drawn = shares(&seed(1), &packet(), 8800, 10).unwrap();
        assert_eq!(shares(&seed(1), &packet(), 8800, 10).unwrap(), drawn);
        assert_ne!(shares(&seed(2), &packet(), 8800, 10).unwrap(), drawn);
        assert_ne!(shares(&seed(1), &Digest::of(b"other"), 8800, 10).unwrap(), drawn);
        assert_ne!(seed(1).draw(), seed(2).draw());
    }

    /// Six in three shares can be cut in ten ways.
    #[test]
    fn every_way_to_cut_the_pot_is_equally_likely() {
        const DRAWS: u32 = 20_000;
        let mut found = BTreeMap::<Vec<i64>, f64>::new();
        for number in 0..DRAWS {
            *found.entry(shares(&seed(number), &packet(), 6, 3).unwrap()).or_default() += 1.0;
        }
        let expected = f64::from(DRAWS) / 10.0;
        let chi_square: f64 = found.values().map(|count| (count - expected).powi(2) / expected).sum();
        assert_eq!(found.len(), 10);
        // 99.9 % of fair draws stay below this with nine degrees of freedom. The seeds are fixed, so this never changes.
        assert!(chi_square < 27.88, "{chi_square} {found:?}");
    }

    /// Mean and variance of one part of a uniform composition, at every place.
    #[test]
    fn every_place_has_the_same_chances() {
        const DRAWS: u32 = 10_000;
        const PLACES: u32 = 8;
        let (total, n) = (1000.0, f64::from(PLACES));
        let mean = total / n;
        let variance = total * (total - n) * (n - 1.0) / (n * n * (n + 1.0));
        let mut sums = [(0.0, 0.0); PLACES as usize];
        for number in 0..DRAWS {
            let amounts = shares(&seed(number), &packet(), 1000, PLACES).unwrap();
            for (sum, amount) in sums.iter_mut().zip(amounts) {
                let off = f64::from(i32::try_from(amount).unwrap()) - mean;
                *sum = (sum.0 + off, sum.1 + off * off);
            }
        }
        for (place, (off, squares)) in sums.into_iter().enumerate() {
            let error = off / (variance * f64::from(DRAWS)).sqrt();
            assert!(error.abs() < 3.3, "place {place} is {error} standard errors off its mean");
            let spread = squares / f64::from(DRAWS) / variance;
            assert!((0.93..1.07).contains(&spread), "place {place} has {spread} times its variance");
        }
    }

    #[test]
    fn numbers_are_fair() {
        assert_eq!((fair(0, 1), fair(u64::MAX, 1)), (Some(1), Some(1)));
        // 2^64 is 5 modulo 11: the last five words stand for nothing.
        let accepted: Vec<_> = (0..7).map(|back| fair(u64::MAX - back, 11)).collect();
        assert_eq!(accepted, [None, None, None, None, None, Some(11), Some(10)]);
        assert_eq!((fair(u64::MAX, 1 << 40), fair(1 << 40, 1 << 40)), (Some(1 << 40), Some(1)));
    }

    #[test]
    fn a_seed_is_written_in_one_way_and_never_shown() {
        let text = String::from(seed(1));
        assert_eq!(text.parse::<Seed>().unwrap(), seed(1));
        assert!(format!("{text}=").parse::<Seed>().is_err() && text[1..].parse::<Seed>().is_err());
        assert_eq!(format!("{:?}", seed(1)), "Seed(secret)");
    }
}
