//! Compact JWS (RFC 7515 §7.1): read strictly, verify strictly, sign.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::base64::{from_base64url, to_base64url};
use super::digest::{ClientId, Digest};
use super::json;
use super::key::{PublicKey, SigningKey};

/// Largest compact JWS accepted, in bytes (docs/packet-format.md, Limits).
pub const MAX_JWS_BYTES: usize = 32 * 1024;

/// What a signed message is: its JOSE `typ`. A message of one type is never accepted as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Typ {
    /// `hongbao+jwt`
    Packet,
    /// `hongbao-voucher+jwt`
    Voucher,
    /// `hongbao-hop+jwt`
    Hop,
    /// `hongbao-note+jwt`
    Note,
    /// `hongbao-card+jwt`
    Card,
    /// `hongbao-notice+jwt`
    Notice,
    /// `hongbao-receipt+jwt`
    Receipt,
    /// `hongbao-collect+jwt`
    Collect,
    /// `hongbao-goods+jwt`
    Goods,
    /// `hongbao-order+jwt`
    Order,
    /// `hongbao-answer+jwt`
    Answer,
    /// `hongbao-fund+jwt`
    Fund,
    /// `hongbao-feed+jwt`
    Feed,
    /// `hongbao-draw+jwt`
    Draw,
    /// `hongbao-surrender+jwt`
    Surrender,
    /// `hongbao-surrendered+jwt`
    Surrendered,
    /// `hongbao-withdraw+jwt`
    Withdraw,
    /// `hongbao-extend+jwt`
    Extend,
    /// `hongbao-outcome+jwt`
    Outcome,
    /// `hongbao-keys+jwt`
    Keys,
    /// `hongbao-auth+jwt`
    Auth,
}

impl Typ {
    /// Every one; a test sees to it that none is missing.
    pub const ALL: [Self; 21] = [
        Self::Packet,
        Self::Voucher,
        Self::Hop,
        Self::Note,
        Self::Card,
        Self::Notice,
        Self::Receipt,
        Self::Collect,
        Self::Goods,
        Self::Order,
        Self::Answer,
        Self::Fund,
        Self::Feed,
        Self::Draw,
        Self::Surrender,
        Self::Surrendered,
        Self::Withdraw,
        Self::Extend,
        Self::Outcome,
        Self::Keys,
        Self::Auth,
    ];

    /// The header's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Packet => "hongbao+jwt",
            Self::Voucher => "hongbao-voucher+jwt",
            Self::Hop => "hongbao-hop+jwt",
            Self::Note => "hongbao-note+jwt",
            Self::Card => "hongbao-card+jwt",
            Self::Notice => "hongbao-notice+jwt",
            Self::Receipt => "hongbao-receipt+jwt",
            Self::Collect => "hongbao-collect+jwt",
            Self::Goods => "hongbao-goods+jwt",
            Self::Order => "hongbao-order+jwt",
            Self::Answer => "hongbao-answer+jwt",
            Self::Fund => "hongbao-fund+jwt",
            Self::Feed => "hongbao-feed+jwt",
            Self::Draw => "hongbao-draw+jwt",
            Self::Surrender => "hongbao-surrender+jwt",
            Self::Surrendered => "hongbao-surrendered+jwt",
            Self::Withdraw => "hongbao-withdraw+jwt",
            Self::Extend => "hongbao-extend+jwt",
            Self::Outcome => "hongbao-outcome+jwt",
            Self::Keys => "hongbao-keys+jwt",
            Self::Auth => "hongbao-auth+jwt",
        }
    }

    /// Whether the signer is a client, whose key stands in the header as `jwk`; every other signer is a party with an
    /// origin, whose key is looked up by `kid` and never taken from the message.
    #[must_use]
    pub const fn by_client(self) -> bool {
        matches!(self, Self::Hop | Self::Note | Self::Card | Self::Notice | Self::Collect | Self::Auth)
    }
}

/// Why a text is not a signed message we accept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// More than [`MAX_JWS_BYTES`].
    #[error("a signed message is larger than {MAX_JWS_BYTES} bytes")]
    TooLarge,
    /// Not three parts of strict base64url, or the signature is not 64 bytes.
    #[error("not a compact JWS")]
    Form,
    /// The header is not strict JSON, or asks for what we do not do (`crit`, `b64`).
    #[error("the header of a signed message is not acceptable")]
    Header,
    /// `alg` is not `EdDSA`.
    #[error("a signed message uses another algorithm than EdDSA")]
    Algorithm,
    /// `typ` is not the one expected here.
    #[error("a signed message is of another type than expected here")]
    Type,
    /// The key is missing from where its type says, or is not acceptable.
    #[error("the key of a signed message is missing or not acceptable")]
    Key,
    /// The claims are not strict JSON of the expected shape.
    #[error("the claims of a signed message cannot be read: {0}")]
    Claims(String),
    /// The signature is not the key's.
    #[error("the signature does not fit")]
    Signature,
}

/// How a message names its signer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderKey {
    /// `kid`: the thumbprint of a party's key, to be looked up.
    Kid(ClientId),
    /// `jwk`: a client's own key.
    Jwk(PublicKey),
}

/// A compact JWS, read but not believed: [`Jws::verify`] is what makes its claims worth anything.
#[derive(Clone, PartialEq, Eq)]
pub struct Jws {
    compact: String,
    key: HeaderKey,
    payload: Vec<u8>,
    signature: [u8; 64],
    signed_len: usize,
}

impl Jws {
    /// Reads a compact JWS of one type. Nothing is verified yet.
    ///
    /// # Errors
    /// [`JwsError`], never `Signature`.
    pub fn parse(compact: &str, typ: Typ) -> Result<Self, JwsError> {
        if compact.len() > MAX_JWS_BYTES {
            return Err(JwsError::TooLarge);
        }
        let mut parts = compact.split('.');
        let (Some(header), Some(payload), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(JwsError::Form);
        };
        let decode = |part| from_base64url(part).map_err(|_| JwsError::Form);
        let key = read_header(&decode(header)?, typ)?;
        let signature = decode(signature)?.try_into().map_err(|_| JwsError::Form)?;
        let signed_len = header.len() + 1 + payload.len();
        Ok(Self { compact: compact.to_owned(), key, payload: decode(payload)?, signature, signed_len })
    }

    /// Signs `claims` as a message of type `typ`.
    ///
    /// # Errors
    /// [`JwsError::Claims`] when the claims cannot be written, [`JwsError::TooLarge`] when the message would be.
    pub fn sign(key: &SigningKey, typ: Typ, claims: &impl Serialize) -> Result<Self, JwsError> {
        let public = key.public();
        let (named, header) = if typ.by_client() {
            let jwk = super::key::Jwk::from(public.clone());
            (HeaderKey::Jwk(public), serde_json::json!({"alg": "EdDSA", "typ": typ.as_str(), "jwk": jwk}))
        } else {
            let kid = public.thumbprint();
            (HeaderKey::Kid(kid), serde_json::json!({"alg": "EdDSA", "typ": typ.as_str(), "kid": kid}))
        };
        let payload = serde_json::to_vec(claims).map_err(|e| JwsError::Claims(e.to_string()))?;
        let signed = format!("{}.{}", to_base64url(header.to_string().as_bytes()), to_base64url(&payload));
        let signature = key.sign(signed.as_bytes());
        let compact = format!("{signed}.{}", to_base64url(&signature));
        if compact.len() > MAX_JWS_BYTES {
            return Err(JwsError::TooLarge);
        }
        Ok(Self { compact, key: named, payload, signature, signed_len: signed.len() })
    }

    /// Checks the signature with a key from elsewhere than this message.
    ///
    /// # Errors
    /// [`JwsError::Signature`].
    pub fn verify(&self, key: &PublicKey) -> Result<(), JwsError> {
        let signed = self.compact.get(..self.signed_len).unwrap_or_default();
        if key.verifies(signed.as_bytes(), &self.signature) { Ok(()) } else { Err(JwsError::Signature) }
    }

    /// Checks a client's message with the client's own key and says which client it is.
    ///
    /// # Errors
    /// [`JwsError::Key`] for a message that names a party instead, [`JwsError::Signature`].
    pub fn verify_client(&self) -> Result<ClientId, JwsError> {
        let HeaderKey::Jwk(key) = &self.key else { return Err(JwsError::Key) };
        self.verify(key)?;
        Ok(key.thumbprint())
    }

    /// The claims, read as strict JSON that says exactly what is understood ([`json::exact`]); unknown ones are ignored.
    ///
    /// # Errors
    /// [`JwsError::Claims`].
    pub fn claims<T: DeserializeOwned + Serialize>(&self) -> Result<T, JwsError> {
        json::exact(&self.payload).map_err(|e| JwsError::Claims(e.to_string()))
    }

    /// The client that the header names, verified or not; for a party's message the thumbprint of its key.
    #[must_use]
    pub fn signer(&self) -> ClientId {
        match &self.key {
            HeaderKey::Kid(kid) => *kid,
            HeaderKey::Jwk(key) => key.thumbprint(),
        }
    }

    /// Base64url SHA-256 of the compact form: the message's name everywhere.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.compact.as_bytes())
    }

    /// The compact form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.compact
    }
}

impl fmt::Debug for Jws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Jws({})", self.digest())
    }
}

impl Serialize for Jws {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.compact)
    }
}

/// The thumbprint by which a party's message names its key, whatever its type; none if it names none. Nothing is believed.
#[must_use]
pub fn key_named_by(compact: &str) -> Option<ClientId> {
    let header = compact.split('.').next().filter(|header| header.len() <= MAX_JWS_BYTES)?;
    let header = json::value(&from_base64url(header).ok()?).ok()?;
    json::exact_shape(header.get("kid")?).ok()
}

fn read_header(bytes: &[u8], typ: Typ) -> Result<HeaderKey, JwsError> {
    let header = json::value(bytes).map_err(|_| JwsError::Header)?;
    let text = |name| header.get(name).and_then(|value| value.as_str());
    // The algorithm is judged before the rest, so that a foreign message is called that and not malformed.
    if text("alg") != Some("EdDSA") {
        return Err(JwsError::Algorithm);
    }
    // Whatever they hold, even `null`: both change how the rest is to be read.
    if header.get("crit").is_some() || header.get("b64").is_some() {
        return Err(JwsError::Header);
    }
    if text("typ") != Some(typ.as_str()) {
        return Err(JwsError::Type);
    }
    match (typ.by_client(), header.get("kid"), header.get("jwk")) {
        (true, None, Some(jwk)) => json::exact_shape(jwk).map(HeaderKey::Jwk).map_err(|_| JwsError::Key),
        (false, Some(kid), None) => json::exact_shape(kid).map(HeaderKey::Kid).map_err(|_| JwsError::Key),
        _ => Err(JwsError::Key),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};
    use zeroize::Zeroizing;

    use super::*;

    fn key() -> SigningKey {
        SigningKey::from_secret(&Zeroizing::new([1; 32]))
    }

    fn with_header(header: &Value) -> Result<Jws, JwsError> {
        let signed = format!("{}.e30", to_base64url(header.to_string().as_bytes()));
        let compact = format!("{signed}.{}", to_base64url(&key().sign(signed.as_bytes())));
        Jws::parse(&compact, Typ::Hop)
    }

    #[test]
    fn signs_what_it_verifies() {
        let hop = Jws::sign(&key(), Typ::Hop, &json!({"n": 1})).unwrap();
        let read = Jws::parse(hop.as_str(), Typ::Hop).unwrap();
        assert_eq!((&read, read.verify_client()), (&hop, Ok(key().public().thumbprint())));
        assert_eq!(read.claims::<Value>().unwrap(), json!({"n": 1}));
        let other = SigningKey::from_secret(&Zeroizing::new([2; 32])).public();
        assert_eq!(read.verify(&other), Err(JwsError::Signature));
    }

    #[test]
    fn a_message_is_never_another() {
        for (typ, other) in Typ::ALL.into_iter().flat_map(|typ| Typ::ALL.map(|other| (typ, other))) {
            let message = Jws::sign(&key(), typ, &json!({})).unwrap();
            let read = Jws::parse(message.as_str(), other);
            assert_eq!(read.err(), (typ != other).then_some(JwsError::Type), "{typ:?} as {other:?}");
        }
        let packet = Jws::sign(&key(), Typ::Packet, &json!({})).unwrap();
        assert_eq!(Jws::parse(packet.as_str(), Typ::Packet).unwrap().verify_client(), Err(JwsError::Key));
    }

    #[test]
    fn no_type_is_missing_from_all_and_none_has_two_names() {
        // Every variant of the source, whatever `ALL` says.
        let source = include_str!("jws.rs");
        let (_, rest) = source.split_once("pub enum Typ {").unwrap();
        let (variants, _) = rest.split_once("\n}").unwrap();
        let names: Vec<_> = variants.lines().filter_map(|line| line.trim().strip_suffix(',')).collect();
        assert_eq!(names, Typ::ALL.map(|typ| format!("{typ:?}")));
        let texts: std::collections::BTreeSet<_> = Typ::ALL.iter().map(|typ| typ.as_str()).collect();
        assert_eq!(texts.len(), Typ::ALL.len());
    }

    #[test]
    fn headers_are_strict() {
        let jwk = serde_json::to_value(key().public()).unwrap();
        let good = json!({"alg": "EdDSA", "typ": "hongbao-hop+jwt", "jwk": jwk});
        assert!(with_header(&good).is_ok());
        let mut future = good.clone();
        future["later"] = json!("ignored");
        assert!(with_header(&future).is_ok());
        for (member, value, why) in [
            ("alg", json!("none"), JwsError::Algorithm),
            ("alg", json!("Ed25519"), JwsError::Algorithm),
            ("alg", Value::Null, JwsError::Algorithm),
            ("typ", json!("hongbao-HOP+jwt"), JwsError::Type),
            ("typ", Value::Null, JwsError::Type),
            ("crit", json!(["exp"]), JwsError::Header),
            ("crit", Value::Null, JwsError::Header),
            ("b64", json!(false), JwsError::Header),
            ("kid", json!("both"), JwsError::Key),
            ("kid", Value::Null, JwsError::Key),
            ("jwk", json!(["OKP", "Ed25519", jwk["x"]]), JwsError::Key),
            ("jwk", json!({"kty": "OKP", "crv": "Ed25519", "x": jwk["x"], "use": null}), JwsError::Key),
            ("jwk", Value::Null, JwsError::Key),
        ] {
            let mut bad = good.clone();
            bad[member] = value;
            assert_eq!(with_header(&bad), Err(why), "{member}");
        }
    }

    #[test]
    fn one_spelling_only() {
        let hop = Jws::sign(&key(), Typ::Hop, &json!({})).unwrap().as_str().to_owned();
        for bad in [format!("{hop}="), format!("{hop}."), hop.replacen('.', "..", 1), format!(" {hop}"), String::new()]
        {
            assert!(Jws::parse(&bad, Typ::Hop).is_err());
        }
        assert_eq!(Jws::parse(&"a".repeat(MAX_JWS_BYTES + 1), Typ::Hop), Err(JwsError::TooLarge));
    }

    #[test]
    fn a_partys_key_is_named_whatever_is_signed() {
        let named = key().public().thumbprint();
        for typ in Typ::ALL {
            let message = Jws::sign(&key(), typ, &json!({})).unwrap();
            assert_eq!(key_named_by(message.as_str()), (!typ.by_client()).then_some(named), "{typ:?}");
        }
        // A header that is as long as it may be, and one byte more. Nothing else of it is looked at.
        let header = |length: usize| {
            let bare = json!({"kid": named, "n": ""}).to_string().len();
            to_base64url(json!({"kid": named, "n": "a".repeat(length - bare)}).to_string().as_bytes())
        };
        let most = MAX_JWS_BYTES / 4 * 3;
        assert_eq!(header(most).len(), MAX_JWS_BYTES);
        assert_eq!(key_named_by(&header(most)), Some(named));
        for nobody in [header(most + 1), String::new(), "e30.e30.e30".into(), to_base64url(br#"{"kid":"me"}"#)] {
            assert_eq!(key_named_by(&nobody), None);
        }
    }

    #[test]
    fn what_is_just_not_too_large_is_signed_and_read() {
        let sign = |length: usize| Jws::sign(&key(), Typ::Packet, &json!({"n": "a".repeat(length)}));
        let longest = (1..MAX_JWS_BYTES).collect::<Vec<_>>().partition_point(|length| sign(*length).is_ok());
        let message = sign(longest).unwrap();
        assert_eq!(message.as_str().len(), MAX_JWS_BYTES, "the limit itself");
        assert_eq!(Jws::parse(message.as_str(), Typ::Packet), Ok(message));
        for length in [longest + 1, longest + 100] {
            assert_eq!(sign(length), Err(JwsError::TooLarge));
        }
    }
}
