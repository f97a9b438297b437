//! Strict JSON (RFC 8259): what two parsers could read differently is refused before anything is believed.
//!
//! Refused: duplicate member names, numbers that are not 64-bit integers, nesting deeper than [`MAX_DEPTH`], bytes
//! after the document. `serde_json::Value` alone keeps the last of duplicate members silently.

mod written;

use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use self::written::Written;

/// Deepest nesting of arrays and objects accepted (docs/packet-format.md, Limits).
pub const MAX_DEPTH: usize = 16;

/// Longest message of an error, in characters.
const MAX_ERROR_CHARS: usize = 160;

/// The bytes are not strict JSON of the shape asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct JsonError(String);

impl JsonError {
    /// Parsers quote the input; a stranger's text is neither long nor powerful in our messages.
    fn from_parser(error: &serde_json::Error) -> Self {
        let quoted = error.to_string();
        let plain = quoted.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' });
        Self(plain.take(MAX_ERROR_CHARS).collect())
    }
}

/// Reads strict JSON into `T`. The caller has checked the size.
///
/// # Errors
/// [`JsonError`] with the first rule broken and where.
pub fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, JsonError> {
    shape(value(bytes)?)
}

/// Reads a strict tree into `T`.
///
/// # Errors
/// [`JsonError`] when the tree has another shape.
pub fn shape<T: DeserializeOwned>(tree: Value) -> Result<T, JsonError> {
    T::deserialize(Written(tree)).map_err(|e| JsonError::from_parser(&e))
}

/// Reads a document that is signed or handed on, and only when it says exactly what is understood.
///
/// Serde also reads an array as a struct, `null` as an absent member and a UUID in four spellings. Another
/// implementation need not, so such a document would be good here and malformed there. Therefore `null` is refused
/// everywhere, and every member that is understood must stand there as it would be written. Others are ignored.
///
/// # Errors
/// As [`read`], and for a member in another than its normal form.
pub fn exact<T: DeserializeOwned + Serialize>(bytes: &[u8]) -> Result<T, JsonError> {
    exact_shape(&value(bytes)?)
}

/// As [`exact`], from a strict tree.
///
/// # Errors
/// As [`exact`].
pub fn exact_shape<T: DeserializeOwned + Serialize>(tree: &Value) -> Result<T, JsonError> {
    if holds_null(tree) {
        return Err(JsonError("null is not allowed: leave the member out".to_owned()));
    }
    let read = T::deserialize(tree).map_err(|e| JsonError::from_parser(&e))?;
    let written = serde_json::to_value(&read).map_err(|e| JsonError::from_parser(&e))?;
    if says(tree, &written) { Ok(read) } else { Err(JsonError("a member is not in its normal form".to_owned())) }
}

fn holds_null(tree: &Value) -> bool {
    match tree {
        Value::Null => true,
        Value::Array(items) => items.iter().any(holds_null),
        Value::Object(members) => members.values().any(holds_null),
        _ => false,
    }
}

/// Whether `tree` holds all that was `read` from it, in the same form. What is only in `tree` was ignored; what is
/// only in `read` is a default.
fn says(tree: &Value, read: &Value) -> bool {
    match (tree, read) {
        (Value::Object(tree), Value::Object(read)) => {
            read.iter().all(|(name, item)| tree.get(name).is_none_or(|there| says(there, item)))
        }
        (Value::Array(tree), Value::Array(read)) => {
            tree.len() == read.len() && tree.iter().zip(read).all(|(there, item)| says(there, item))
        }
        _ => tree == read,
    }
}

/// Reads strict JSON into a tree.
///
/// # Errors
/// As [`read`].
pub fn value(bytes: &[u8]) -> Result<Value, JsonError> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value = Strict { depth: 0 }.deserialize(&mut source).map_err(|e| JsonError::from_parser(&e))?;
    source.end().map_err(|e| JsonError::from_parser(&e))?;
    Ok(value)
}

#[derive(Clone, Copy)]
struct Strict {
    depth: usize,
}

impl Strict {
    fn deeper<E: serde::de::Error>(self) -> Result<Self, E> {
        if self.depth == MAX_DEPTH {
            return Err(E::custom(format_args!("nested deeper than {MAX_DEPTH}")));
        }
        Ok(Self { depth: self.depth + 1 })
    }
}

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("strict JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, b: bool) -> Result<Value, E> {
        Ok(Value::Bool(b))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Value, E> {
        Ok(Value::from(n))
    }

    fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Value, E> {
        // Everything we count fits i64, as do the databases' columns.
        i64::try_from(n).map(Value::from).map_err(|_| E::custom("an integer over 64 bits"))
    }

    fn visit_f64<E: serde::de::Error>(self, _: f64) -> Result<Value, E> {
        Err(E::custom("only integers are allowed as numbers"))
    }

    fn visit_str<E>(self, s: &str) -> Result<Value, E> {
        Ok(Value::String(s.to_owned()))
    }

    fn visit_string<E>(self, s: String) -> Result<Value, E> {
        Ok(Value::String(s))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut items = Vec::new();
        while let Some(item) = source.next_element_seed(inner)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Value, A::Error> {
        let inner = self.deeper()?;
        let mut members = Map::new();
        while let Some(name) = source.next_key::<String>()? {
            if members.contains_key(&name) {
                return Err(A::Error::custom("the same member twice in one object"));
            }
            let item = source.next_value_seed(inner)?;
            members.insert(name, item);
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_parsers_read_differently() {
        for bad in [
            r#"{"a":1,"a":2}"#,
            r#"{"a":1,"\u0061":2}"#,
            r#"{"x":{"a":1,"a":1}}"#,
            "1.0",
            "1e3",
            "-0",
            "9223372036854775808",
            "18446744073709551616",
            "NaN",
            "[1,]",
            "{} {}",
            "{}x",
            "\u{feff}{}",
            "'a'",
            "[01]",
            "\"\\ud800\"",
            "\"a\tb\"",
            "",
        ] {
            assert!(value(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(value(b"\"\xff\"").is_err(), "not UTF-8");
    }

    #[test]
    fn depth_has_a_limit() {
        let nested = |n: usize| format!("{}{}", "[".repeat(n), "]".repeat(n));
        assert!(value(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(value(nested(MAX_DEPTH + 1).as_bytes()).is_err());
        assert!(value("[".repeat(1 << 20).as_bytes()).is_err(), "a bomb ends early");
    }

    #[test]
    fn an_error_quotes_a_stranger_shortly_and_in_plain_letters() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Nothing {}
        let quoted = |name: &str| {
            let document = serde_json::json!({ name: 1 }).to_string();
            read::<Nothing>(document.as_bytes()).map_or_else(|error| error.to_string(), |_| String::new())
        };
        assert!(quoted("a b~").contains("`a b~`"), "{}", quoted("a b~"));
        assert!(quoted("\u{202e}\u{1b}[31m\n福").contains("`??[31m??`"), "{}", quoted("\u{202e}\u{1b}[31m\n福"));
        assert_eq!(quoted(&"a".repeat(10_000)).len(), MAX_ERROR_CHARS);
    }

    #[test]
    fn exact_documents_have_one_reading() {
        #[derive(serde::Deserialize, Serialize)]
        struct Inner {
            id: uuid::Uuid,
        }
        #[derive(serde::Deserialize, Serialize)]
        struct Sample {
            inner: Inner,
            #[serde(default)]
            flag: bool,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            more: Option<i64>,
            #[serde(default)]
            many: Vec<Inner>,
        }
        let ok = |text: &str| exact::<Sample>(text.as_bytes()).is_ok();
        let id = "\"018f4d5e-0000-7000-8000-00000000000a\"";
        assert!(ok(&format!(r#"{{"inner":{{"id":{id}}}}}"#)));
        assert!(ok(&format!(r#"{{"inner":{{"id":{id},"later":[1]}},"flag":true,"more":1}}"#)));
        let many = |items: &str| format!(r#"{{"inner":{{"id":{id}}},"many":[{items}]}}"#);
        assert!(ok(&many(&format!(r#"{{"id":{id},"later":1}},{{"id":{id}}}"#))), "ignored in an item too");
        assert!(!ok(&many(&format!(r#"{{"id":{id}}},{{"id":{}}}"#, id.to_uppercase()))), "another spelling in an item");
        assert!(!ok(&format!(r#"[{{"id":{id}}}]"#)), "an array for an object");
        assert!(!ok(&format!(r#"{{"inner":[{id}]}}"#)), "an array for an inner object");
        assert!(!ok(&format!(r#"{{"inner":{{"id":{id}}},"more":null}}"#)), "null");
        assert!(!ok(&format!(r#"{{"inner":{{"id":{id}}},"later":{{"a":null}}}}"#)), "null where nobody looks");
        assert!(!ok(&format!(r#"{{"inner":{{"id":{}}}}}"#, id.to_uppercase())), "another spelling");
        assert!(!ok(&format!(r#"{{"inner":{{"id":{}}}}}"#, id.replace('-', ""))), "another spelling");
    }

    #[test]
    fn an_object_is_not_an_array() {
        #[derive(serde::Deserialize, PartialEq, Debug)]
        #[serde(rename_all = "kebab-case")]
        enum Kind {
            Plain,
            Of(Inner),
        }
        #[derive(serde::Deserialize, PartialEq, Debug)]
        struct Inner {
            n: u32,
        }
        #[derive(serde::Deserialize, PartialEq, Debug)]
        struct Outer {
            kinds: Vec<Kind>,
            inner: Option<Inner>,
            pair: (i64, String),
        }
        let outer = |text: &str| read::<Outer>(text.as_bytes()).ok();
        let good = outer(r#"{"kinds":["plain",{"of":{"n":1}}],"inner":{"n":2},"pair":[-3,"x"]}"#);
        let kinds = vec![Kind::Plain, Kind::Of(Inner { n: 1 })];
        assert_eq!(good, Some(Outer { kinds, inner: Some(Inner { n: 2 }), pair: (-3, "x".to_owned()) }));
        assert!(outer(r#"{"kinds":[],"inner":null,"pair":[0,""]}"#).is_some(), "members may be null");
        for bad in [
            r#"[[],null,[0,""]]"#,
            r#"{"kinds":[],"inner":[2],"pair":[0,""]}"#,
            r#"{"kinds":[{"of":[1]}],"inner":null,"pair":[0,""]}"#,
            r#"{"kinds":[{"of":{"n":1},"plain":null}],"inner":null,"pair":[0,""]}"#,
            r#"{"kinds":[],"inner":{"n":-1},"pair":[0,""]}"#,
            r#"{"kinds":[],"inner":null,"pair":[0,"",1]}"#,
        ] {
            assert_eq!(outer(bad), None, "{bad}");
        }
    }

    #[test]
    fn reads_plain_documents() {
        let read: Result<std::collections::BTreeMap<String, i64>, _> = read(br#" {"a": 1, "b": -2} "#);
        assert_eq!(read.map(|m| m.into_values().collect::<Vec<_>>()), Ok(vec![1, -2]));
    }
}
