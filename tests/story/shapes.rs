//! Holds what the programs print against docs/cli.schema.json.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};

pub static SCHEMA: LazyLock<Value> = LazyLock::new(|| {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.schema.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
});

/// Commands whose second word belongs to their name.
const FAMILIES: &[&str] = &[
    "account",
    "backup",
    "collection",
    "friend",
    "issuer",
    "bank",
    "member",
    "campaign",
    "packet",
    "goods",
    "keys",
    "recovery",
    "reward",
    "voucher",
];

/// The definition's name of a command line: `collect`, `account-link`, and with `server-` before for the server's.
pub fn definition(program: &str, args: &[&str]) -> String {
    // The wallet's `backup` is a family, the server's a command.
    let is_word = |word: &&&str| !word.starts_with("--");
    let words = if FAMILIES.contains(&args[0]) { args.iter().take(2).take_while(is_word).count() } else { 1 };
    format!("{program}{}", args[..words].join("-"))
}

/// One line of JSON that fits a definition.
pub fn fits(definition: &str, bytes: &[u8]) -> Value {
    let text = std::str::from_utf8(bytes).unwrap();
    assert_eq!(text.lines().count(), 1, "one line: {text}");
    let value: Value = serde_json::from_str(text).unwrap();
    assert!(SCHEMA["$defs"].get(definition).is_some(), "docs/cli.schema.json defines {definition}");
    let mut wanted = SCHEMA.clone();
    wanted["$ref"] = json!(format!("#/$defs/{definition}"));
    let validator = jsonschema::validator_for(&wanted).unwrap();
    let problems: Vec<_> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(problems.is_empty(), "{definition}: {problems:?} in {text}");
    value
}
