//! The window's words in both languages, through Fluent. A key that is missing shows as itself, and fails a test.

use std::fmt;
use std::str::FromStr;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use serde::{Deserialize, Serialize};
use unic_langid::LanguageIdentifier;

use super::format::money;
use crate::money::Amount;

/// A language of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN")]
    Chinese,
    /// English.
    #[serde(rename = "en")]
    English,
}

impl Language {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// The machine's language where it is one of ours; else English.
    #[must_use]
    pub fn of_system() -> Self {
        let is_chinese = sys_locale::get_locale().is_some_and(|locale| locale.to_ascii_lowercase().starts_with("zh"));
        if is_chinese { Self::Chinese } else { Self::English }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::Chinese => include_str!("../../assets/locales/zh-CN/main.ftl"),
            Self::English => include_str!("../../assets/locales/en/main.ftl"),
        }
    }
}

impl FromStr for Language {
    type Err = String;

    fn from_str(tag: &str) -> Result<Self, String> {
        let tag = tag.to_ascii_lowercase();
        match tag.split(['-', '_']).next() {
            Some("zh") => Ok(Self::Chinese),
            Some("en") => Ok(Self::English),
            _ => Err("zh-CN or en".to_owned()),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

/// All words of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// A value within a text.
pub type Args<'a> = &'a [(&'a str, FluentValue<'a>)];

impl Texts {
    /// The words of `language`.
    #[must_use]
    pub fn new(language: Language) -> Self {
        let id: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // The marks tell where a value begins and ends; [`joined`] takes them out again, for they would show as boxes.
        // Nothing is lost with them: strangers' texts are refused when they turn direction.
        bundle.set_use_isolating(true);
        // What a parser could not read is left out, and a test sees to it that there is no such thing.
        let resource = FluentResource::try_new(language.source().to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
        Self { language, bundle }
    }

    /// Which language.
    #[must_use]
    pub const fn language(&self) -> Language {
        self.language
    }

    /// The words for `key`; `message.attribute` names an attribute.
    #[must_use]
    pub fn say(&self, key: &str) -> String {
        self.find(key, None).unwrap_or_else(|| key.to_owned())
    }

    /// The words for `key` with values.
    #[must_use]
    pub fn tell(&self, key: &str, values: Args<'_>) -> String {
        let args: FluentArgs<'_> = values.iter().map(|(name, value)| (*name, value.clone())).collect();
        self.find(key, Some(&args)).unwrap_or_else(|| key.to_owned())
    }

    /// Whether there are words for `key`.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.find(key, None).is_some()
    }

    fn find(&self, key: &str, args: Option<&FluentArgs<'_>>) -> Option<String> {
        let (message, attribute) = match key.split_once('.') {
            Some((message, attribute)) => (message, Some(attribute)),
            None => (key, None),
        };
        let message = self.bundle.get_message(message)?;
        let pattern = match attribute {
            Some(name) => message.get_attribute(name)?.value(),
            None => message.value()?,
        };
        let mut errors = Vec::new();
        Some(joined(&self.bundle.format_pattern(pattern, args, &mut errors)))
    }
}

/// First strong isolate and pop directional isolate, which Fluent puts around each value.
const MARKS: [char; 2] = ['\u{2068}', '\u{2069}'];

/// A text without the marks around its values. Where a value and the words beside it are Chinese on one side and Latin on the
/// other, a space stands between them, as it does in well-set Chinese (W3C, Requirements for Chinese Text Layout: mixed text).
fn joined(marked: &str) -> String {
    if !marked.contains(MARKS) {
        return marked.to_owned();
    }
    let mut text = String::with_capacity(marked.len());
    for (at, part) in marked.split(MARKS).enumerate() {
        let meet = (text.chars().last(), part.chars().next());
        if at > 0 && matches!(meet, (Some(before), Some(after)) if want_space(before, after)) {
            text.push(' ');
        }
        text.push_str(part);
    }
    text
}

fn want_space(before: char, after: char) -> bool {
    let is_chinese = |sign: char| ('\u{3400}'..='\u{9fff}').contains(&sign);
    let is_latin = |sign: char| sign.is_ascii_alphanumeric();
    is_chinese(before) && is_latin(after) || is_latin(before) && is_chinese(after)
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Texts").field("language", &self.language).finish_non_exhaustive()
    }
}

/// A value in a [`Line`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// A name.
    Text(String),
    /// How many.
    Count(i64),
    /// How much.
    Money(Amount),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Amount> for Value {
    fn from(amount: Amount) -> Self {
        Self::Money(amount)
    }
}

impl From<i64> for Value {
    fn from(count: i64) -> Self {
        Self::Count(count)
    }
}

/// A text by its key, with its values: the words are the reader's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The key.
    pub key: &'static str,
    /// The values.
    pub args: Vec<(&'static str, Value)>,
}

impl Line {
    /// A line.
    #[must_use]
    pub fn tell<const N: usize>(key: &'static str, args: [(&'static str, Value); N]) -> Self {
        Self { key, args: args.to_vec() }
    }

    /// Its words.
    #[must_use]
    pub fn text<'a>(&'a self, texts: &Texts) -> String {
        let value = |value: &'a Value| match value {
            Value::Text(text) => FluentValue::from(text.as_str()),
            Value::Count(count) => FluentValue::from(*count),
            Value::Money(amount) => FluentValue::from(money(*amount)),
        };
        let values: Vec<_> = self.args.iter().map(|(name, given)| (*name, value(given))).collect();
        texts.tell(self.key, &values)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;
    use std::path::Path;

    use fluent_bundle::FluentResource;

    use super::*;

    fn sources(folder: &Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push((path.display().to_string(), std::fs::read_to_string(&path).unwrap()));
            }
        }
    }

    #[test]
    fn every_word_that_a_screen_says_exists_in_both_languages() {
        let mut files = Vec::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/app"), &mut files);
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/demo"), &mut files);
        let both = Language::ALL.map(Texts::new);
        let mut seen = BTreeSet::new();
        for (path, text) in files.iter().filter(|(path, _)| !path.ends_with("text.rs")) {
            for call in ["say(\"", "tell(\"", "key!(\""] {
                for (at, _) in text.match_indices(call) {
                    let key = text[at + call.len()..].split('"').next().unwrap();
                    seen.insert(key.to_owned());
                    for texts in &both {
                        assert!(texts.has(key), "{path}: {key} is missing in {}", texts.language());
                    }
                }
            }
        }
        assert!(seen.len() > 100, "the screens say {} things", seen.len());
    }

    #[test]
    fn every_reason_without_a_reward_has_its_words() {
        use crate::api::states::NoRewardReason as Reason;
        let reasons = [
            Reason::NotForwarded,
            Reason::NoReward,
            Reason::OwnPacket,
            Reason::OwnForward,
            Reason::NotAddressee,
            Reason::TooLate,
            Reason::CapReached,
            Reason::FundExhausted,
            Reason::DayCapReached,
            Reason::DayExhausted,
            Reason::CampaignClosed,
            Reason::NotCollected,
        ];
        for texts in Language::ALL.map(Texts::new) {
            for reason in reasons {
                assert!(texts.has(&format!("no-reward-{reason}")), "{reason}");
            }
        }
    }

    #[test]
    fn both_languages_have_the_same_keys_and_values() {
        let placeables = |text: &str| -> Vec<(String, BTreeSet<String>)> {
            let resource = FluentResource::try_new(text.to_owned()).map_err(|(_, errors)| errors).unwrap();
            assert!(resource.entries().count() > 500);
            let mut keys: Vec<(String, BTreeSet<String>)> = Vec::new();
            for line in text.lines() {
                let is_entry = line.starts_with(|c: char| c.is_ascii_lowercase()) && line.contains('=');
                if is_entry {
                    keys.push((line.split('=').next().unwrap().trim().to_owned(), BTreeSet::new()));
                }
                let Some((_, names)) = keys.last_mut() else { continue };
                for part in line.split('$').skip(1) {
                    names.insert(part.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect());
                }
            }
            keys.sort();
            keys
        };
        let [chinese, english] = Language::ALL.map(|language| placeables(language.source()));
        for (one, other) in chinese.iter().zip(&english) {
            assert_eq!(one, other);
        }
        assert_eq!(chinese.len(), english.len());
    }

    #[test]
    fn values_stand_in_their_places() {
        let texts = Texts::new(Language::Chinese);
        assert_eq!(texts.tell("days-left", &[("count", 12.into())]), "还剩 12 天");
        let opened = |title: &str| texts.tell("activity-opened", &[("title", title.into())]);
        assert_eq!(opened("山茶花超市"), "打开了山茶花超市的红包");
        assert_eq!(opened("Mountain & Sea Books"), "打开了 Mountain & Sea Books 的红包");
        assert_eq!(opened("7天酒店"), "打开了 7天酒店的红包", "what is inside a name is nobody's to change");
        let unknown = "no-such-key";
        assert_eq!(texts.say(unknown), unknown);
        assert!(!texts.say("error-expired.next").is_empty());
    }
}
