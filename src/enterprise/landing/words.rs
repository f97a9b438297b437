//! The page's words in both languages, from the same folder as the window's: assets/locales/*/page.ftl.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

/// A language of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tongue {
    /// Simplified Chinese.
    Chinese,
    /// English.
    English,
}

impl Tongue {
    /// Both.
    pub(super) const ALL: [Self; 2] = [Self::Chinese, Self::English];

    /// The language of a tag of BCP 47, if it is one of ours.
    pub(super) fn of_tag(tag: &str) -> Option<Self> {
        match tag.split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// BCP 47.
    pub(super) const fn tag(self) -> &'static str {
        match self {
            Self::Chinese => "zh-CN",
            Self::English => "en",
        }
    }

    /// What its speakers call it.
    pub(super) const fn own_name(self) -> &'static str {
        match self {
            Self::Chinese => "中文",
            Self::English => "English",
        }
    }

    const fn source(self) -> &'static str {
        match self {
            Self::Chinese => include_str!("../../../assets/locales/zh-CN/page.ftl"),
            Self::English => include_str!("../../../assets/locales/en/page.ftl"),
        }
    }

    /// The words for `key`; a key without words shows as itself, and fails a test.
    pub(super) fn say(self, key: &str) -> String {
        self.tell(key, &[])
    }

    /// The words for `key` with values, which stand there as they are: they are escaped with everything else.
    pub(super) fn tell(self, key: &str, values: &[(&str, &str)]) -> String {
        static BUNDLES: LazyLock<[FluentBundle<FluentResource>; 2]> = LazyLock::new(|| Tongue::ALL.map(bundle));
        let bundle = &BUNDLES[self as usize];
        let Some(pattern) = bundle.get_message(key).and_then(|message| message.value()) else {
            return key.to_owned();
        };
        let args: FluentArgs<'_> = values.iter().copied().collect();
        bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

fn bundle(tongue: Tongue) -> FluentBundle<FluentResource> {
    let id: LanguageIdentifier = tongue.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // Nothing is lost without marks around values: strangers' texts are refused when they turn direction.
    bundle.set_use_isolating(false);
    let resource = FluentResource::try_new(tongue.source().to_owned()).unwrap_or_else(|(read, _)| read);
    bundle.add_resource_overriding(resource);
    bundle
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::collections::BTreeSet;

    use super::*;

    fn keys(tongue: Tongue) -> BTreeSet<&'static str> {
        assert!(FluentResource::try_new(tongue.source().to_owned()).is_ok(), "{}", tongue.tag());
        tongue.source().lines().filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect()
    }

    #[test]
    fn both_languages_have_the_same_words_and_the_page_uses_each() {
        assert_eq!(keys(Tongue::Chinese), keys(Tongue::English));
        let page = include_str!("page.rs");
        for key in keys(Tongue::English) {
            assert!(page.contains(&format!("\"{key}\"")), "{key} is used nowhere");
        }
        for key in page.split('"').filter(|part| part.starts_with("page-") && !part.contains(['.', ' '])) {
            assert_ne!(Tongue::English.say(key), key, "{key} has no words");
        }
    }
}
