//! docs/packet.schema.json agrees with the program, as far as a schema can tell.

use hongbao::jose::from_base64url;
use hongbao::packet::{Origin, PacketFile};
use jsonschema::Validator;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::vectors::{Content, all};

/// The validator of the whole schema, or of one of its `$defs`.
fn validator(part: &str) -> Validator {
    let mut schema: Value = serde_json::from_str(include_str!("../../docs/packet.schema.json")).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    if !part.is_empty() {
        schema = json!({"$defs": schema["$defs"], "$ref": format!("#/$defs/{part}")});
    }
    jsonschema::validator_for(&schema).unwrap()
}

struct Schemas {
    parts: Vec<(&'static str, Validator)>,
}

impl Schemas {
    fn new() -> Self {
        let names = ["", "party_header", "client_header", "packet", "voucher", "hop", "note"];
        Self { parts: names.into_iter().map(|name| (name, validator(name))).collect() }
    }

    fn holds(&self, part: &str, value: &Value) -> bool {
        self.parts.iter().find(|(name, _)| *name == part).unwrap().1.is_valid(value)
    }

    fn message(&self, header: &str, claims: &str, compact: &Value) -> bool {
        let mut parts = compact
            .as_str()
            .unwrap()
            .split('.')
            .map(|part| from_base64url(part).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()));
        let (Some(Some(first)), Some(Some(second))) = (parts.next(), parts.next()) else { return false };
        self.holds(header, &first) && self.holds(claims, &second)
    }

    /// Whether the file and all that is signed in it have the schema's shape.
    fn file(&self, bytes: &[u8]) -> bool {
        let Ok(outer) = serde_json::from_slice::<Value>(bytes) else { return false };
        let optional = |name: &str, header, claims| outer.get(name).is_none_or(|jws| self.message(header, claims, jws));
        self.holds("", &outer)
            && self.message("party_header", "packet", &outer["packet"])
            && optional("voucher", "party_header", "voucher")
            && optional("note", "client_header", "note")
            && outer["hops"]
                .as_array()
                .is_none_or(|hops| hops.iter().all(|hop| self.message("client_header", "hop", hop)))
    }
}

/// What only a program can tell: what lies between members, how JSON is written, what characters mean.
const BEYOND_A_SCHEMA: [&str; 31] = [
    "json-duplicate-claim",
    "json-duplicate-escaped",
    "json-float-whole",
    "json-exponent",
    "json-minus-zero",
    "json-null-unknown",
    "json-deep",
    "outer-duplicate-member",
    "jose-typ-swapped",
    "jose-jwk-weak",
    "jose-jwk-torsion",
    "text-greeting-control",
    "text-greeting-long",
    "text-greeting-return",
    "text-note-long",
    "text-title-long",
    "text-title-stacked",
    "text-title-joiners",
    "text-title-filler",
    "text-title-lines",
    "text-title-bidi",
    "text-title-isolate",
    "text-title-tag",
    "text-title-zero-width",
    "claim-total-over",
    "claim-cash-over",
    "claim-goods-gtin",
    "claim-lucky-thin",
    "claim-exp",
    "claim-iss-number",
    "claim-iss-ipv6",
];

#[test]
fn the_schema_and_the_program_agree() {
    let schemas = Schemas::new();
    let mut wrong = Vec::new();
    for case in all() {
        let Content::File(bytes) = &case.content else { continue };
        let beyond = BEYOND_A_SCHEMA.contains(&case.name);
        if schemas.file(bytes) != (PacketFile::read(bytes).is_ok() || beyond) {
            wrong.push(case.name);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_origin_has_the_schema_s_form(text in "https?://[a-z0-9.:~!_\\[\\]-]{1,12}(:[0-9]{1,6})?") {
        static ORIGIN: std::sync::LazyLock<Validator> = std::sync::LazyLock::new(|| validator("origin"));
        if Origin::parse(&text).is_ok() {
            prop_assert!(ORIGIN.is_valid(&Value::from(text.as_str())), "{}", text);
        }
    }
}
