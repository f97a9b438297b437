//! Texts that people read: how long they may be and which characters they may hold.
//!
//! A title or greeting comes from a stranger. What could hide, reorder or imitate text is refused, never repaired.

use unicode_segmentation::UnicodeSegmentation as _;

/// How long a text may be, in characters as people count them and in bytes, and whether it may have several lines.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Most extended grapheme clusters (UAX #29).
    pub graphemes: usize,
    /// Most bytes of UTF-8: a grapheme alone has no upper bound.
    pub bytes: usize,
    /// Whether line feeds are allowed.
    pub lines: bool,
}

/// An envelope's title.
pub const TITLE: Rule = Rule { graphemes: 64, bytes: 512, lines: false };
/// An envelope's greeting; its first line is set large.
pub const GREETING: Rule = Rule { graphemes: 500, bytes: 4096, lines: true };
/// A forwarder's own words.
pub const NOTE: Rule = Rule { graphemes: 140, bytes: 1024, lines: true };
/// Names: of a bank, an applicant, a person, a merchant, an item, a unit, a campaign.
pub const NAME: Rule = Rule { graphemes: 64, bytes: 512, lines: false };
/// Terms of a goods voucher and how to redeem it.
pub const TERMS: Rule = Rule { graphemes: 1000, bytes: 8192, lines: true };
/// Where goods shall be sent: name, street, town, telephone number.
pub const ADDRESS: Rule = Rule { graphemes: 300, bytes: 2048, lines: true };
/// Identifiers that a party makes: voucher and fund numbers, campaign ids.
pub const IDENTIFIER: Rule = Rule { graphemes: 64, bytes: 64, lines: false };

/// Why a text is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but white space, joiners and variation selectors.
    #[error("the text is empty")]
    Empty,
    /// Longer than its rule allows.
    #[error("the text is too long")]
    TooLong,
    /// A control, reordering or invisible character.
    #[error("the text holds a control or invisible character")]
    Character,
}

impl Rule {
    /// Checks a text.
    ///
    /// # Errors
    /// [`TextError`], the first that applies.
    pub fn check(&self, text: &str) -> Result<(), TextError> {
        if text.len() > self.bytes {
            return Err(TextError::TooLong);
        }
        if text.chars().all(|c| c.is_whitespace() || is_joiner(c)) {
            return Err(TextError::Empty);
        }
        if text.chars().any(|c| is_forbidden(c) && !(self.lines && c == '\n')) {
            return Err(TextError::Character);
        }
        if text.graphemes(true).count() > self.graphemes {
            return Err(TextError::TooLong);
        }
        Ok(())
    }
}

/// What shapes the characters around it and shows nothing by itself: joiners and variation selectors.
const fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}')
}

/// A text as a spreadsheet's cell: what begins like a formula gets an apostrophe before it.
#[must_use]
pub fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_formula { format!("'{text}") } else { text.to_owned() }
}

/// Controls, bidirectional marks, embeddings, overrides and isolates (UAX #9), line and paragraph separators, what
/// shows as nothing (soft hyphen, zero-width space, fillers, blank Braille, byte order mark), interlinear annotation,
/// tag characters and noncharacters.
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' |
            '\u{180b}'..='\u{180f}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' |
            '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{fdd0}'..='\u{fdef}' |
            '\u{e0000}'..='\u{e0fff}')
        || (c as u32) & 0xfffe == 0xfffe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_as_people_do() {
        assert_eq!(TITLE.check(&"福".repeat(64)), Ok(()));
        assert_eq!(TITLE.check(&"福".repeat(65)), Err(TextError::TooLong));
        assert_eq!(NOTE.check(&"👨‍👩‍👧".repeat(40)), Ok(()), "a family is one grapheme");
        assert_eq!(TITLE.check(&format!("a{}", "\u{301}".repeat(300))), Err(TextError::TooLong), "stacked marks");
        assert_eq!(TITLE.check(" \u{3000}"), Err(TextError::Empty));
        assert_eq!(TITLE.check("\u{200d}\u{fe0f}"), Err(TextError::Empty), "nothing to see");
    }

    #[test]
    fn refuses_what_hides_or_reorders() {
        for c in [
            '\0',
            '\u{7f}',
            '\u{9b}',
            '\u{202e}',
            '\u{2066}',
            '\u{200f}',
            '\u{2028}',
            '\u{e0041}',
            '\u{ffff}',
            '\u{feff}',
            '\u{ad}',
            '\u{3164}',
        ] {
            assert_eq!(GREETING.check(&format!("恭喜{c}发财")), Err(TextError::Character), "{c:?}");
        }
        assert_eq!(GREETING.check("新春纳福\n愿你今年每一天都有好消息"), Ok(()));
        assert_eq!(TITLE.check("新春\n纳福"), Err(TextError::Character));
    }
}
