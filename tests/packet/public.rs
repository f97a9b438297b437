//! Vectors that others made (tests/vectors/public): Wycheproof, ed25519-speccheck and the JOSE cookbook.

use std::fs;
use std::path::Path;

use hongbao::jose::{Jws, JwsError, KeyError, KeySet, PublicKey, Typ, from_base64url, to_base64url};
use serde_json::Value;

const EVERY_TYP: [Typ; 4] = [Typ::Packet, Typ::Voucher, Typ::Hop, Typ::Note];

fn read(path: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/public").join(path);
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn hex<const N: usize>(value: &Value) -> Option<[u8; N]> {
    hex_bytes(value).try_into().ok()
}

fn hex_bytes(value: &Value) -> Vec<u8> {
    let text = value.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The groups of a Wycheproof file, with their tests.
fn wycheproof(file: &str) -> Vec<(Value, Vec<Value>)> {
    let document = read(&format!("wycheproof/{file}"));
    let groups = document["testGroups"].as_array().unwrap().clone();
    groups.into_iter().map(|group| (group.clone(), group["tests"].as_array().unwrap().clone())).collect()
}

#[test]
fn wycheproof_ed25519_agrees_in_every_case() {
    let mut counts = [0, 0];
    for (group, tests) in wycheproof("ed25519_test.json") {
        let key = hex(&group["publicKey"]["pk"]).and_then(|bytes| PublicKey::from_bytes(&bytes).ok());
        for test in tests {
            let signature = hex::<64>(&test["sig"]);
            let holds = key.as_ref().zip(signature).is_some_and(|(key, s)| key.verifies(&hex_bytes(&test["msg"]), &s));
            assert_eq!(holds, test["result"] == "valid", "case {}: {}", test["tcId"], test["comment"]);
            counts[usize::from(holds)] += 1;
        }
    }
    assert_eq!(counts, [63, 88], "refused and accepted");
}

#[test]
fn wycheproof_messages_of_other_algorithms_are_refused() {
    let mut count = 0;
    for (_, tests) in wycheproof("json_web_signature_test.json").into_iter().chain(wycheproof("json_web_key_test.json"))
    {
        for test in tests {
            let jws = test["jws"].as_str().map_or_else(|| test["jws"].to_string(), str::to_owned);
            for typ in EVERY_TYP {
                assert!(Jws::parse(&jws, typ).is_err(), "case {}: {}", test["tcId"], test["comment"]);
            }
            count += 1;
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn wycheproof_keys_of_other_kinds_are_refused() {
    let mut count = 0;
    for (group, _) in wycheproof("json_web_key_test.json") {
        for set in [&group["private"], &group["public"]].into_iter().filter(|set| set.is_object()) {
            for key in set["keys"].as_array().unwrap() {
                assert!(serde_json::from_value::<PublicKey>(key.clone()).is_err(), "{key}");
                count += 1;
            }
            assert_eq!(serde_json::from_value::<KeySet>(set.clone()).unwrap(), KeySet::default());
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn speccheck_leaves_nothing() {
    let mut strict = Vec::new();
    for (at, case) in read("ed25519-speccheck/cases.json").as_array().unwrap().iter().enumerate() {
        let (key, signature) = (hex::<32>(&case["pub_key"]).unwrap(), hex::<64>(&case["signature"]).unwrap());
        let alone = ed25519_dalek::VerifyingKey::from_bytes(&key).is_ok_and(|key| {
            key.verify_strict(&hex_bytes(&case["message"]), &ed25519_dalek::Signature::from_bytes(&signature)).is_ok()
        });
        let judged = PublicKey::from_bytes(&key);
        if alone {
            assert_eq!(judged.as_ref().err(), Some(&KeyError::Weak), "case {at}: its key has a torsion component");
            strict.push(at);
        }
        assert!(!judged.is_ok_and(|key| key.verifies(&hex_bytes(&case["message"]), &signature)), "case {at}");
    }
    assert_eq!(strict, [3], "what the strict check alone accepts");
}

#[test]
fn the_cookbook_s_signature_holds_but_says_not_what_it_is() {
    let case = read("rfc7520/curve25519/jws.json");
    let key: PublicKey = serde_json::from_value(case["input"]["key"].clone()).unwrap();
    let compact = case["output"]["compact"].as_str().unwrap();
    let (signed, signature) = compact.rsplit_once('.').unwrap();
    let signature: [u8; 64] = from_base64url(signature).unwrap().try_into().unwrap();
    assert!(key.verifies(signed.as_bytes(), &signature));
    let secret: [u8; 32] = from_base64url(case["input"]["key"]["d"].as_str().unwrap()).unwrap().try_into().unwrap();
    let ours = hongbao::jose::SigningKey::from_secret(&secret.into()).sign(signed.as_bytes());
    assert_eq!(to_base64url(&ours), case["signing"]["sig"].as_str().unwrap(), "and ours is the same");
    for typ in EVERY_TYP {
        assert_eq!(Jws::parse(compact, typ), Err(JwsError::Type), "its header has no typ");
    }
}
