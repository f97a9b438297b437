//! Who is asking: a short self-signed JWT with each request, in the manner of DPoP (RFC 9449).
//!
//! `Authorization: Hongbao <JWS>` names method, path and the digest of the body, and holds for 300 seconds. Reads may
//! be repeated within that time and writes are idempotent, so no list of used tokens is kept.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Refusal, is_fresh};
use crate::jose::{ClientId, Digest, Jws, JwsError, SigningKey, Typ};
use crate::packet::Origin;

/// The authorization scheme.
pub const SCHEME: &str = "Hongbao ";

/// The claims of `hongbao-auth+jwt`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthClaims {
    /// The server's origin.
    pub aud: Origin,
    /// The signer's origin, when a party and not a client asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<Origin>,
    /// `GET` or `POST`.
    pub htm: String,
    /// Path and query.
    pub htu: String,
    /// When it was signed.
    pub iat: i64,
    /// `UUIDv7`.
    pub jti: Uuid,
    /// SHA-256 of the body, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Digest>,
}

/// One request, as both sides see it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The server's origin.
    pub server: &'a Origin,
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The body; empty for none.
    pub body: &'a [u8],
}

/// Who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asker {
    /// The thumbprint of the key: a client's id; a party's key, still to be found in one's own table.
    pub key: ClientId,
    /// The origin the asker claims, if it is a party.
    pub origin: Option<Origin>,
}

/// The value of the `Authorization` header.
///
/// # Errors
/// [`JwsError`] when the token cannot be written.
pub fn authorize(
    key: &SigningKey,
    asked: Asked<'_>,
    iss: Option<&Origin>,
    jti: Uuid,
    now: i64,
) -> Result<String, JwsError> {
    let claims = AuthClaims {
        aud: asked.server.clone(),
        iss: iss.cloned(),
        htm: asked.method.to_owned(),
        htu: asked.path.to_owned(),
        iat: now,
        jti,
        body: body_digest(asked.body),
    };
    Ok(format!("{SCHEME}{}", Jws::sign(key, Typ::Auth, &claims)?.as_str()))
}

/// Judges the header of a request.
///
/// # Errors
/// [`Refusal`].
pub fn judge(header: &str, asked: Asked<'_>, now: i64) -> Result<Asker, Refusal> {
    let compact = header.strip_prefix(SCHEME).ok_or_else(|| Refusal::Malformed("no Hongbao authorization".into()))?;
    let jws = Jws::parse(compact, Typ::Auth)?;
    let key = jws.verify_client()?;
    let claims: AuthClaims = jws.claims()?;
    if claims.aud != *asked.server {
        return Err(Refusal::WrongAudience);
    }
    if !is_fresh(claims.iat, now) {
        return Err(Refusal::Stale);
    }
    if claims.htm != asked.method || claims.htu != asked.path || claims.body != body_digest(asked.body) {
        return Err(Refusal::NotGenuine("the authorization is for another request"));
    }
    Ok(Asker { key, origin: claims.iss })
}

fn body_digest(body: &[u8]) -> Option<Digest> {
    (!body.is_empty()).then(|| Digest::of(body))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_token_is_for_one_request() {
        let key = SigningKey::from_secret(&Zeroizing::new([3; 32]));
        let server = Origin::parse("https://bank.example").unwrap();
        let other = Origin::parse("https://other.example").unwrap();
        let asked = Asked { server: &server, method: "POST", path: "/v1/links", body: b"{}" };
        let header = authorize(&key, asked, None, Uuid::nil(), 1000).unwrap();
        assert_eq!(judge(&header, asked, 1300).unwrap().key, key.public().thumbprint());
        assert_eq!(judge(&header, asked, 1301), Err(Refusal::Stale));
        assert_eq!(judge(&header, asked, 699), Err(Refusal::Stale));
        assert_eq!(judge(&header, Asked { server: &other, ..asked }, 1000), Err(Refusal::WrongAudience));
        for wrong in [
            Asked { method: "GET", ..asked },
            Asked { path: "/v1/link", ..asked },
            Asked { body: b"{} ", ..asked },
            Asked { body: b"", ..asked },
        ] {
            assert!(matches!(judge(&header, wrong, 1000), Err(Refusal::NotGenuine(_))));
        }
        // Signed by that key, but not this.
        let elsewhere = authorize(&key, Asked { server: &other, ..asked }, None, Uuid::nil(), 1000).unwrap();
        let (said, signature) = (header.rsplit_once('.').unwrap().0, elsewhere.rsplit('.').next().unwrap());
        assert!(judge(&format!("{said}.{signature}"), asked, 1000).is_err(), "another message's signature");
        assert!(judge("Bearer x", asked, 1000).is_err());
    }
}
