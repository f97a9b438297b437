//! What is fuzzed: every parser of what strangers send, and every signed message with its judgement.
//!
//! A parser gets the bytes as they are ([`parsers`]). A message gets a document in which the fuzzer's own texts are signed
//! on the way ([`sign`]), so that a signature is no wall behind which nothing is ever tried ([`messages`]). A target panics
//! when something is wrong, and says whether it took the input: the seeds must be taken.

mod messages;
mod parsers;
pub mod sign;

/// Tries one input; says whether it was acceptable.
pub type Target = fn(&[u8]) -> bool;

/// Every target by its name, which is also the name of its folder of seeds.
pub const TARGETS: &[(&str, Target)] = &[
    ("account", parsers::account),
    ("amount", parsers::amount),
    ("code", parsers::code),
    ("discovery", parsers::discovery),
    ("json", parsers::json),
    ("jws", parsers::jws),
    ("keys", parsers::keys),
    ("link", parsers::link),
    ("origin", parsers::origin),
    ("packet", parsers::packet),
    ("picture", parsers::picture),
    ("problem", parsers::problem),
    ("recall", parsers::recall),
    ("states", parsers::states),
    ("text", parsers::text),
    ("signed-answer", messages::answer),
    ("signed-auth", messages::auth),
    ("signed-card", messages::card),
    ("signed-collect", messages::collect),
    ("signed-draw", messages::draw),
    ("signed-feed", messages::feed),
    ("signed-fund", messages::fund),
    ("signed-goods", messages::goods),
    ("signed-goods-answer", messages::goods_answer),
    ("signed-instruction", messages::instruction),
    ("signed-keys", messages::keys_changed),
    ("signed-notice", messages::notice),
    ("signed-order", messages::order),
    ("signed-outcome", messages::outcome),
    ("signed-packet", messages::packet),
    ("signed-receipt", messages::receipt),
    ("signed-relay", messages::relay),
    ("signed-surrender", messages::surrender),
    ("signed-surrendered", messages::surrendered),
];

/// The target of that name.
#[must_use]
pub fn named(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// A seed that is refused would lead the fuzzer nowhere.
    #[test]
    fn every_target_takes_its_seeds() {
        // These sources are also part of the project's own tests.
        let home = Path::new(env!("CARGO_MANIFEST_DIR"));
        let seeds = if home.ends_with("fuzz") { home.join("seeds") } else { home.join("fuzz/seeds") };
        let mut refused = Vec::new();
        for (name, target) in TARGETS {
            let files: Vec<_> =
                std::fs::read_dir(seeds.join(name)).expect(name).map(|file| file.unwrap().path()).collect();
            assert!(!files.is_empty(), "{name} has no seed");
            refused.extend(files.into_iter().filter(|file| !target(&std::fs::read(file).unwrap())));
        }
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
