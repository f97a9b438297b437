//! What two people read to each other to compare a key: six words, in English and in Chinese, for the same 66 bits of it.

use std::fmt;

use serde::Serialize;

use super::phrase::WordList;
use crate::jose::{ClientId, Digest};

/// How many words: each stands for 11 bits, and 66 bits are more than somebody finds another key for.
const WORDS: usize = 6;
/// What the digest begins with, so that it is a digest of nothing else.
const PURPOSE: &[u8] = b"hongbao/1 fingerprint\0";

/// A client's fingerprint. Both lines say the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint {
    /// English words.
    pub en: Vec<&'static str>,
    /// Chinese characters.
    #[serde(rename = "zh-CN")]
    pub zh: Vec<&'static str>,
}

impl Fingerprint {
    /// The fingerprint of a client's key.
    #[must_use]
    pub fn of(client: &ClientId) -> Self {
        let digest = Digest::of(&[PURPOSE, client.as_bytes()].concat());
        let words = |list: WordList| places(digest.as_bytes()).filter_map(|place| list.word(place)).collect();
        Self { en: words(WordList::English), zh: words(WordList::Chinese) }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.en.join(" "), self.zh.join(" "))
    }
}

/// Where in a list the words are: 11 bits for each, the first bit the highest.
fn places(bytes: &[u8; 32]) -> impl Iterator<Item = usize> + '_ {
    let bit = |at: usize| usize::from(bytes[at / 8] >> (7 - at % 8) & 1);
    (0..WORDS).map(move |word| (word * 11..(word + 1) * 11).fold(0, |sum, at| sum << 1 | bit(at)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn is_six_words_of_the_same_bits_in_each_list() {
        let of = |name: &[u8]| Fingerprint::of(&Digest::of(name).to_string().parse().unwrap());
        let ann = of(b"ann");
        assert_eq!((ann.en.len(), ann.zh.len()), (WORDS, WORDS));
        assert_eq!(ann, of(b"ann"));
        let ben = of(b"ben");
        assert!(ann.en.iter().zip(&ben.en).all(|(one, other)| one != other));
        // Fixed (docs/packet-format.md): two versions of the program must read the same.
        let nines: ClientId = "VZ4OIAv6G0qbywdlNMmRcAnyA0W3aOM4nXyabT7jsPo".parse().unwrap();
        assert_eq!(Fingerprint::of(&nines).to_string(), "glad remove follow omit brisk cereal / 序 码 靠 辩 将 收");
    }

    #[test]
    fn takes_eleven_bits_for_a_word() {
        let mut bytes = [0; 32];
        (bytes[0], bytes[1], bytes[2]) = (0xFF, 0xE0, 0x01);
        assert_eq!(places(&bytes).collect::<Vec<_>>(), [2047, 0, 1 << 9, 0, 0, 0]);
    }
}
