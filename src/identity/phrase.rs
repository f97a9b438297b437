//! The seed as 24 words to write down (BIP 39, English or simplified Chinese), and read again as people type them. Only the
//! words and their checksum are BIP 39's: the seed is what they stand for, with no passphrase and no stretching.

use std::fmt;

use bip39::{Language, Mnemonic};
use zeroize::Zeroizing;

use super::{Seed, stack};

/// How many words a seed has.
pub const WORDS: usize = 24;
/// Longest text that is read as a phrase, in bytes.
pub const MAX_BYTES: usize = 4096;

/// Whose words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WordList {
    /// English, which most other programs read too.
    #[default]
    English,
    /// Simplified Chinese: one character a word.
    Chinese,
}

impl WordList {
    const ALL: [Self; 2] = [Self::English, Self::Chinese];

    const fn language(self) -> Language {
        match self {
            Self::English => Language::English,
            Self::Chinese => Language::SimplifiedChinese,
        }
    }

    /// The word at a place of the list, from 0.
    pub(super) fn word(self, place: usize) -> Option<&'static str> {
        self.language().word_list().get(place).copied()
    }
}

/// A seed's words; they are the seed, so they wipe themselves and show nowhere by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Phrase(Vec<Zeroizing<String>>);

impl Phrase {
    /// The words of a seed.
    #[must_use]
    pub fn of(seed: &Seed, list: WordList) -> Self {
        let phrase = Self::made_of(seed, list);
        stack::wipe();
        phrase
    }

    #[inline(never)]
    fn made_of(seed: &Seed, list: WordList) -> Self {
        let words = Mnemonic::from_entropy_in(list.language(), seed.expose());
        // 32 bytes always have words.
        Self(words.map(|words| words.words().map(|word| Zeroizing::new(word.to_owned())).collect()).unwrap_or_default())
    }

    /// First to last.
    pub fn words(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|word| word.as_str())
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(secret)")
    }
}

/// Why a text is no seed's phrase. The words are the person's own, shown to nobody else.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhraseError {
    /// Not as many words as a seed has.
    #[error("a recovery phrase has {WORDS} words, and these are {0}")]
    Count(usize),
    /// A word that the list does not have.
    #[error("word {place} is in no list: {word}")]
    Unknown {
        /// Which, from 1.
        place: usize,
        /// As it was typed.
        word: String,
        /// What it may have been.
        suggestion: Option<&'static str>,
    },
    /// All words are known, and they do not belong together.
    #[error("all words are known, but they do not fit together: one is wrong, or two are exchanged")]
    Checksum,
}

/// Reads a phrase of either list, however it is spaced, numbered or capitalised.
///
/// # Errors
/// [`PhraseError`].
pub fn read(text: &str) -> Result<Seed, PhraseError> {
    let seed = seed_of(text);
    stack::wipe();
    seed
}

#[inline(never)]
fn seed_of(text: &str) -> Result<Seed, PhraseError> {
    let text = &text[..text.floor_char_boundary(MAX_BYTES)];
    let words = words_of(text);
    let list = list_of(&words);
    if let Some((place, word)) = words.iter().enumerate().find(|(_, word)| list.find_word(word).is_none()) {
        let suggestion = nearest(list, word);
        let word = word.chars().take(24).collect();
        return Err(PhraseError::Unknown { place: place + 1, word, suggestion });
    }
    if words.len() != WORDS {
        return Err(PhraseError::Count(words.len()));
    }
    let joined = Zeroizing::new(words.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(" "));
    let mnemonic = Mnemonic::parse_in_normalized(list, &joined).map_err(|_| PhraseError::Checksum)?;
    let entropy = Zeroizing::new(mnemonic.to_entropy());
    Seed::copied(&entropy).ok_or(PhraseError::Checksum)
}

/// What could be words: letters alone, in NFKD as the lists are. Each Chinese character is one.
fn words_of(text: &str) -> Vec<Zeroizing<String>> {
    let mut normal = text.into();
    Mnemonic::normalize_utf8_cow(&mut normal);
    let normal = Zeroizing::new(normal.to_lowercase());
    let mut words = Vec::new();
    for part in normal.split(|c: char| !c.is_alphabetic()).filter(|part| !part.is_empty()) {
        if part.is_ascii() {
            words.push(Zeroizing::new(part.to_owned()));
        } else {
            words.extend(part.chars().map(|c| Zeroizing::new(c.to_string())));
        }
    }
    words
}

/// The list that most of the words are in.
fn list_of(words: &[Zeroizing<String>]) -> Language {
    let known = |list: &WordList| words.iter().filter(|word| list.language().find_word(word).is_some()).count();
    // Of equals the last is taken, and English is the one to suggest from.
    WordList::ALL.into_iter().rev().max_by_key(known).unwrap_or_default().language()
}

/// The word that was most likely meant: a single character has no neighbours.
fn nearest(list: Language, word: &str) -> Option<&'static str> {
    if word.chars().count() < 3 {
        return None;
    }
    let near = |known: &&'static str| strsim::damerau_levenshtein(known, word);
    list.word_list().iter().copied().min_by_key(near).filter(|known| near(known) <= 2)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    fn seed(byte: u8) -> Seed {
        Seed::from_bytes(Zeroizing::new([byte; 32]))
    }

    fn text(phrase: &Phrase) -> String {
        phrase.words().collect::<Vec<_>>().join(" ")
    }

    /// The published vectors of BIP 39, whose entropy is what the words stand for.
    #[test]
    fn the_words_are_those_of_bip_39() {
        let zeros = text(&Phrase::of(&seed(0), WordList::English));
        assert_eq!(zeros, format!("{}art", "abandon ".repeat(23)));
        let ones = text(&Phrase::of(&seed(0xff), WordList::English));
        assert_eq!(ones, format!("{}vote", "zoo ".repeat(23)));
        assert_eq!(text(&Phrase::of(&seed(0), WordList::Chinese)).split(' ').next(), Some("的"));
    }

    proptest! {
        #[test]
        fn every_seed_is_read_again(bytes: [u8; 32]) {
            let seed = Seed::from_bytes(Zeroizing::new(bytes));
            for list in WordList::ALL {
                let phrase = Phrase::of(&seed, list);
                prop_assert_eq!(phrase.words().len(), WORDS);
                let read = read(&text(&phrase)).unwrap();
                prop_assert_eq!(read.expose(), &bytes);
            }
        }

        #[test]
        fn no_text_is_too_much(text in ".{0,300}") {
            let _ = read(&text);
        }
    }

    #[test]
    fn people_type_as_they_like() {
        let (english, chinese) = (Phrase::of(&seed(7), WordList::English), Phrase::of(&seed(7), WordList::Chinese));
        let numbered: Vec<String> =
            english.words().enumerate().map(|(n, word)| format!("{}. {}", n + 1, word.to_uppercase())).collect();
        let together: String = chinese.words().collect();
        for typed in
            [numbered.join("\n"), together, format!("\u{3000}{}，", chinese.words().collect::<Vec<_>>().join("、"))]
        {
            assert_eq!(read(&typed).unwrap().expose(), &[7; 32], "{typed}");
        }
        // Full-width letters are letters (NFKD).
        let wide: String = text(&english)
            .chars()
            .map(|c| if c == ' ' { c } else { char::from_u32(u32::from(c) + 0xfee0).unwrap() })
            .collect();
        assert_eq!(read(&wide).unwrap().expose(), &[7; 32]);
    }

    #[test]
    fn mistakes_are_told_by_place() {
        let phrase = Phrase::of(&seed(0), WordList::English);
        let mut words: Vec<&str> = phrase.words().collect();
        words[4] = "abandom";
        let wrong = |place, word: &str, suggestion| PhraseError::Unknown { place, word: word.to_owned(), suggestion };
        assert_eq!(read(&words.join(" ")).unwrap_err(), wrong(5, "abandom", Some("abandon")));
        words[4] = "xqxqxq";
        assert_eq!(read(&words.join(" ")).unwrap_err(), wrong(5, "xqxqxq", None));
        words[4] = "ability";
        assert_eq!(read(&words.join(" ")).unwrap_err(), PhraseError::Checksum);
        assert_eq!(read("abandon art").unwrap_err(), PhraseError::Count(2));
        assert_eq!(read("").unwrap_err(), PhraseError::Count(0));
        assert_eq!(format!("{phrase:?}"), "Phrase(secret)");
    }
}
