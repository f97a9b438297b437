//! Documents whose texts are signed on the way, by keys that are everybody's here.
//!
//! In a document, `{"sign": "notice", "by": 3, "claims": {…}}` stands for the compact JWS of these claims by that key,
//! `{"digest": …}` for the digest of the message in it, `{"client": 3}` for the id of that key, and `{"jwk": 3}` for its public half. Keys: 1 the enterprise,
//! 2 the bank, 3 and more clients.

use hongbao::jose::{Digest, Jws, KeySet, SigningKey, Typ};
use hongbao::packet::{BankKeys, Origin, Trust};
use serde_json::Value;
use zeroize::Zeroizing;

/// The clock of every target, seconds since 1970.
pub const NOW: i64 = 1_000;

/// Every type of signed message.
pub fn types() -> &'static [Typ] {
    &Typ::ALL
}

/// A key by its number.
pub fn key(number: u8) -> SigningKey {
    SigningKey::from_secret(&Zeroizing::new([number; 32]))
}

/// The keys of one party.
pub fn keys(number: u8) -> KeySet {
    KeySet { keys: vec![key(number).public()] }
}

/// `shop` the enterprise, `bank` the bank.
pub fn origin(name: &str) -> Origin {
    Origin::parse(&format!("https://{name}.example")).expect("an origin")
}

/// Enterprise and bank are known.
pub fn trust() -> Trust {
    let mut trust = Trust::default();
    trust.issuers.insert(origin("shop"), keys(1));
    trust.banks.insert(origin("bank"), BankKeys { name: "Example Bank".into(), keys: keys(2) });
    trust
}

/// The document with everything signed; none where that cannot be.
pub fn resolve(bytes: &[u8]) -> Option<Value> {
    // Deeper than anything real: what is too deep is tried by the parsers' own targets.
    resolved(serde_json::from_slice(bytes).ok()?, 16)
}

/// The same as bytes.
pub fn body(bytes: &[u8]) -> Option<Vec<u8>> {
    serde_json::to_vec(&resolve(bytes)?).ok()
}

fn resolved(value: Value, depth: u8) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    match value {
        Value::Object(mut members) => {
            if let Some(typ) = members.get("sign").and_then(Value::as_str) {
                let typ = Typ::ALL.iter().copied().find(|known| name(*known) == typ)?;
                let by = number(members.get("by")?)?;
                let claims = resolved(members.remove("claims")?, depth)?;
                return Some(Value::String(Jws::sign(&key(by), typ, &claims).ok()?.as_str().to_owned()));
            }
            if let Some(inner) = members.remove("digest") {
                let text = resolved(inner, depth)?;
                return Some(Value::String(Digest::of(text.as_str()?.as_bytes()).to_string()));
            }
            if let Some(client) = members.get("client").and_then(number).filter(|_| members.len() == 1) {
                return Some(Value::String(key(client).public().thumbprint().to_string()));
            }
            if let Some(number) = members.get("jwk").and_then(number).filter(|_| members.len() == 1) {
                return serde_json::to_value(key(number).public()).ok();
            }
            let members = members.into_iter().map(|(name, value)| Some((name, resolved(value, depth)?)));
            Some(Value::Object(members.collect::<Option<_>>()?))
        }
        Value::Array(items) => {
            Some(Value::Array(items.into_iter().map(|item| resolved(item, depth)).collect::<Option<_>>()?))
        }
        plain => Some(plain),
    }
}

/// The type's name in a document.
pub fn name(typ: Typ) -> &'static str {
    match typ {
        Typ::Packet => "packet",
        other => other.as_str().trim_start_matches("hongbao-").trim_end_matches("+jwt"),
    }
}

fn number(value: &Value) -> Option<u8> {
    value.as_u64().and_then(|number| u8::try_from(number).ok()).filter(|number| *number > 0)
}
