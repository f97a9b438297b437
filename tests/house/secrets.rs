//! Secrets wipe themselves from memory: what holds one is declared so that it does, and nothing that is named like one is a plain text
//! or array. What is really left in a process is looked at by `tests/story/memory.rs`.

use super::files;

/// What holds a secret, and by which words it wipes it.
const HOLDERS: &[(&str, &str)] = &[
    ("identity/mod.rs", "type Secret = Box<Zeroizing<[u8; 32]>>;"),
    ("identity/mod.rs", "pub struct Seed(Secret);"),
    ("identity/mod.rs", "struct Naming(Secret);"),
    ("identity/mod.rs", "struct SealingKey(Secret);"),
    ("identity/phrase.rs", "pub struct Phrase(Vec<Zeroizing<String>>);"),
    ("identity/sealing.rs", "Result<Zeroizing<Vec<u8>>, Shut>"),
    ("identity/keystore.rs", "fn ask(&self, asking: Asking) -> Result<Zeroizing<String>, KeystoreError>;"),
    ("jose/key.rs", "pub struct SigningKey(Box<ed25519_dalek::SigningKey>);"),
    ("packet/draw.rs", "pub struct Seed(Zeroizing<[u8; 32]>);"),
    ("app/message.rs", "pub(super) struct OneTimeCode(pub Zeroizing<String>);"),
    ("app/message.rs", "pub(super) struct Passphrase(pub Zeroizing<String>);"),
    ("app/screens/passphrase.rs", "first: Zeroizing<String>,"),
    ("app/screens/passphrase.rs", "second: Zeroizing<String>,"),
    ("app/screens/packet/mod.rs", "code: Zeroizing<String>,"),
    ("bank/draws.rs", "struct DrawKey(pub(super) Zeroizing<[u8; 32]>);"),
    ("bank/links.rs", "pub struct CodeKey(pub(super) Zeroizing<[u8; 32]>);"),
    ("bank/settlement.rs", "struct HolderKeys(RwLock<BTreeMap<Origin, Arc<Zeroizing<[u8; 32]>>>>);"),
];

/// Libraries that hold secrets of ours, with what makes them wipe them.
const LIBRARIES: &[&str] = &[
    "ed25519-dalek = { version = \"3\", features = [\"zeroize\"] }",
    "curve25519-dalek = { version = \"5\", default-features = false, features = [\"alloc\", \"zeroize\"] }",
    "argon2 = { version = \"0.6\", features = [\"zeroize\"] }",
    "features = [\"alloc\", \"chinese-simplified\", \"zeroize\"], optional = true }",
];

/// Names of what is secret, and types that wipe nothing.
const NAMES: [&str; 6] = ["passphrase", "phrase", "seed", "secret", "password", "token"];
const PLAIN: [&str; 6] = ["String", "Vec<u8>", "[u8; 32]", "[u8; 64]", "Option<String>", "&mut String"];

/// From what patterns are drawn: digests of what everybody may see.
const DRAWN: &str = "art";

#[test]
fn what_holds_a_secret_wipes_it() {
    let files = files();
    for (file, words) in HOLDERS {
        let text = files.iter().find(|(_, path, _)| path.ends_with(file)).map(|(_, _, text)| text);
        assert!(text.expect(file).contains(words), "{file}: {words}");
    }
    let manifest = include_str!("../../Cargo.toml");
    for library in LIBRARIES {
        assert!(manifest.contains(library), "{library}");
    }
}

#[test]
fn nothing_named_like_a_secret_is_plain() {
    let mut plain = Vec::new();
    for (_, path, text) in files().into_iter().filter(|(room, ..)| room != DRAWN) {
        let is_test = path.components().any(|part| ["tests", "tests.rs"].contains(&part.as_os_str().to_str().unwrap()));
        for line in text.lines().filter(|_| !is_test) {
            let Some((name, typ)) = line.trim().split_once(": ") else { continue };
            let name = name.rsplit([' ', '(']).next().unwrap_or_default();
            let typ = typ.split([',', ')', ' ', ';']).next().unwrap_or_default();
            let array = line.contains("[u8; 32]") || line.contains("[u8; 64]");
            let is_plain =
                PLAIN.contains(&typ) || (typ == "[u8" && array) || (typ == "&mut" && line.contains("&mut String"));
            if is_plain && NAMES.contains(&name) {
                plain.push(format!("{}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(plain.is_empty(), "{plain:#?}");
}
