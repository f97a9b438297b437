//! SHA-256 digests, as 43 characters of base64url: of compact JWS, and of keys (thumbprints, RFC 7638).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::base64::{Base64Error, from_base64url, to_base64url};

/// A SHA-256 digest. The digest of a signed message is over the ASCII bytes of its compact JWS.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "server",
    derive(utoipa::ToSchema),
    schema(value_type = String, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")
)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of all that `reader` gives, however much.
    ///
    /// # Errors
    /// What the reader could not read.
    pub fn of_reader(mut reader: impl std::io::Read) -> std::io::Result<Self> {
        let (mut hash, mut buffer) = (Sha256::new(), vec![0; 64 * 1024]);
        loop {
            let read = reader.read(&mut buffer)?;
            match buffer.get(..read) {
                Some([]) | None => return Ok(Self(hash.finalize().into())),
                Some(bytes) => hash.update(bytes),
            }
        }
    }

    /// The raw 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = Base64Error;

    fn from_str(text: &str) -> Result<Self, Base64Error> {
        // 43 characters before decoding, so that a hostile text costs nothing.
        if text.len() != 43 {
            return Err(Base64Error);
        }
        from_base64url(text)?.try_into().map(Self).map_err(|_| Base64Error)
    }
}

impl TryFrom<String> for Digest {
    type Error = Base64Error;

    fn try_from(text: String) -> Result<Self, Base64Error> {
        text.parse()
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> Self {
        digest.to_string()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_base64url(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A client's unique id (唯一标识): the RFC 7638 thumbprint of its Ed25519 key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(
    feature = "server",
    derive(utoipa::ToSchema),
    schema(value_type = String, min_length = 43, max_length = 43, pattern = "^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$")
)]
pub struct ClientId(Digest);

impl ClientId {
    pub(super) const fn from_thumbprint(digest: Digest) -> Self {
        Self(digest)
    }

    /// The raw 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

impl FromStr for ClientId {
    type Err = Base64Error;

    fn from_str(text: &str) -> Result<Self, Base64Error> {
        text.parse().map(Self)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
