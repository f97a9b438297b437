//! Ed25519 keys (RFC 8032) as JSON Web Keys (RFC 8037), judged once on entry: a [`PublicKey`] that exists is a good one.

use std::fmt;
use std::sync::LazyLock;

use curve25519_dalek::edwards::{CompressedEdwardsY, EdwardsPoint};
use curve25519_dalek::scalar::Scalar;
use ed25519_dalek::{Signer as _, VerifyingKey};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use zeroize::Zeroizing;

use super::base64::{from_base64url, to_base64url};
use super::digest::{ClientId, Digest};

/// Why bytes are not a public key we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an OKP key on Ed25519, or `x` is not 32 bytes of strict base64url.
    #[error("not an Ed25519 key")]
    Form,
    /// Not the canonical encoding of a point on the curve.
    #[error("not a point on the curve in its canonical encoding")]
    Point,
    /// Of small order, or with a torsion component: signatures by it prove nothing.
    #[error("a weak key")]
    Weak,
}

/// A public Ed25519 key whose encoding is canonical and which has no torsion component.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Jwk", into = "Jwk")]
#[cfg_attr(
    feature = "server",
    derive(utoipa::ToSchema),
    schema(value_type = Jwk)
)]
pub struct PublicKey(VerifyingKey);

impl PublicKey {
    /// Judges 32 bytes as a key.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_bytes(bytes: &[u8; 32]) -> Result<Self, KeyError> {
        let point = CompressedEdwardsY(*bytes).decompress().ok_or(KeyError::Point)?;
        let key = VerifyingKey::from(point);
        if key.as_bytes() != bytes {
            return Err(KeyError::Point);
        }
        if point.is_small_order() || !is_torsion_free(&point) {
            return Err(KeyError::Weak);
        }
        Ok(Self(key))
    }

    /// Whether `signature` is this key's over `message`, by the strict rules: canonical S and R, no small order.
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        self.0.verify_strict(message, &ed25519_dalek::Signature::from_bytes(signature)).is_ok()
    }

    /// The RFC 7638 thumbprint: the `kid` of a party's key, the unique id of a client.
    #[must_use]
    pub fn thumbprint(&self) -> ClientId {
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, to_base64url(self.0.as_bytes()));
        ClientId::from_thumbprint(Digest::of(members.as_bytes()))
    }

    /// The raw 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// Whether a point has no torsion component. Eight times an eighth of it is the point itself without that component; other
/// than the library's own test of the same, this takes no care to take the same time for each key, which is public: each
/// message of a client brings one, and this is half of what judging it costs.
fn is_torsion_free(point: &EdwardsPoint) -> bool {
    static EIGHTH: LazyLock<Scalar> = LazyLock::new(|| Scalar::from(8_u8).invert());
    let eighth = EdwardsPoint::vartime_double_scalar_mul_basepoint(&EIGHTH, point, &Scalar::ZERO);
    eighth.mul_by_cofactor() == *point
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.thumbprint())
    }
}

/// A public key as a JSON Web Key (RFC 8037 §2). Members other than these are ignored, private ones are never written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Jwk {
    /// Always `OKP`.
    pub kty: String,
    /// Always `Ed25519`.
    pub crv: String,
    /// The key's 32 bytes, base64url.
    pub x: String,
    /// The thumbprint, in key sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
}

impl TryFrom<Jwk> for PublicKey {
    type Error = KeyError;

    fn try_from(jwk: Jwk) -> Result<Self, KeyError> {
        if jwk.kty != "OKP" || jwk.crv != "Ed25519" || jwk.x.len() != 43 {
            return Err(KeyError::Form);
        }
        let bytes = from_base64url(&jwk.x).map_err(|_| KeyError::Form)?;
        Self::from_bytes(&bytes.try_into().map_err(|_| KeyError::Form)?)
    }
}

impl From<PublicKey> for Jwk {
    fn from(key: PublicKey) -> Self {
        Self { kty: "OKP".into(), crv: "Ed25519".into(), x: to_base64url(key.as_bytes()), kid: None }
    }
}

/// A JSON Web Key Set (RFC 7517 §5), as `/.well-known/jwks.json` serves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct KeySet {
    /// The keys; each is judged when read. Keys of other kinds are passed over (RFC 7517 §5): they sign other things.
    #[serde(deserialize_with = "ed25519_keys")]
    pub keys: Vec<PublicKey>,
}

fn ed25519_keys<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<PublicKey>, D::Error> {
    let keys = Vec::<Value>::deserialize(source)?;
    let ours = keys.into_iter().filter(|key| {
        let is = |name, value| key.get(name).and_then(Value::as_str) == Some(value);
        is("kty", "OKP") && is("crv", "Ed25519")
    });
    ours.map(|key| PublicKey::deserialize(key).map_err(D::Error::custom)).collect()
}

impl KeySet {
    /// The key with this thumbprint.
    #[must_use]
    pub fn find(&self, kid: &ClientId) -> Option<&PublicKey> {
        self.keys.iter().find(|key| key.thumbprint() == *kid)
    }

    /// The set as JSON with each key's `kid`, `alg` and `use`, which other JOSE libraries expect.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let keys: Vec<_> = self
            .keys
            .iter()
            .map(|key| {
                serde_json::json!({
                    "kty": "OKP", "crv": "Ed25519", "x": to_base64url(key.as_bytes()),
                    "kid": key.thumbprint(), "alg": "EdDSA", "use": "sig",
                })
            })
            .collect();
        serde_json::json!({ "keys": keys })
    }
}

/// A secret Ed25519 key. It wipes itself from memory and never shows in `Debug`. On the heap: whoever moves it leaves no copy behind.
#[derive(Clone)]
pub struct SigningKey(Box<ed25519_dalek::SigningKey>);

impl SigningKey {
    /// The key of a 32-byte secret (RFC 8032 §5.1.5).
    #[must_use]
    pub fn from_secret(secret: &Zeroizing<[u8; 32]>) -> Self {
        Self(Box::new(ed25519_dalek::SigningKey::from_bytes(secret)))
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> PublicKey {
        PublicKey(self.0.verifying_key())
    }

    /// Signs `message`; deterministic (RFC 8032 §5.1.6).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.0.sign(message).to_bytes()
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey(of {})", self.public().thumbprint())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn thumbprint_of_rfc_8037() {
        // RFC 8037 appendix A.3.
        let key = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
        let key: PublicKey = serde_json::from_str(key).unwrap();
        assert_eq!(key.thumbprint().to_string(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn refuses_other_keys() {
        for bad in [
            r#"{"kty":"OKP","crv":"X25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"EC","crv":"P-256","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo="}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":""}"#,
            r#"{"kty":"OKP","crv":"Ed25519","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}"#,
        ] {
            assert!(serde_json::from_str::<PublicKey>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_with_torsion_is_weak_whatever_its_other_part() {
        use curve25519_dalek::constants::{ED25519_BASEPOINT_POINT, EIGHT_TORSION};
        for n in 0..40_u64 {
            let clean = ED25519_BASEPOINT_POINT * Scalar::from(n * n + 7);
            for (at, torsion) in EIGHT_TORSION.iter().enumerate() {
                let point = clean + torsion;
                assert_eq!(is_torsion_free(&point), point.is_torsion_free());
                let read = PublicKey::from_bytes(&point.compress().to_bytes());
                assert_eq!(read.err(), if at == 0 { None } else { Some(KeyError::Weak) }, "{n} {at}");
            }
        }
    }

    /// As a library would take it that only puts the equation to the test.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "what it accepts is not accepted here")]
    fn a_signature_with_a_point_of_small_order_is_refused() {
        use ed25519_dalek::Verifier as _;
        use sha2::{Digest as _, Sha512};
        let key = SigningKey::from_secret(&Zeroizing::new([7; 32]));
        let mut identity = [0; 32];
        identity[0] = 1;
        let hash = Sha512::new().chain_update(identity).chain_update(key.public().as_bytes()).chain_update(b"message");
        let s = Scalar::from_bytes_mod_order_wide(&hash.finalize().into()) * key.0.to_scalar();
        let signature = [identity, s.to_bytes()].concat().try_into().unwrap();
        assert!(key.public().0.verify(b"message", &ed25519_dalek::Signature::from_bytes(&signature)).is_ok());
        assert!(!key.public().verifies(b"message", &signature));
    }

    #[test]
    fn a_set_passes_over_other_kinds_of_keys() {
        let set = |other: &str| {
            let ours = r#"{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#;
            serde_json::from_str::<KeySet>(&format!(r#"{{"keys":[{other},{ours}]}}"#))
        };
        assert_eq!(set(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#).unwrap().keys.len(), 1);
        assert_eq!(set(r#"{"kty":"OKP","crv":"X25519","x":"AA"}"#).unwrap().keys.len(), 1);
        assert!(set(r#"{"kty":"OKP","crv":"Ed25519","x":"AA"}"#).is_err(), "a bad key of our kind spoils the set");
    }

    #[test]
    fn a_secret_shows_only_its_thumbprint() {
        let key = SigningKey::from_secret(&Zeroizing::new([7; 32]));
        assert_eq!(format!("{key:?}"), format!("SigningKey(of {})", key.public().thumbprint()));
    }
}
