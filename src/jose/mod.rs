//! Signatures over JSON: compact JWS (RFC 7515) with `EdDSA` over Ed25519 (RFC 8037), one suite, strict. Pure: no IO,
//! no clock, no randomness.
//!
//! This room knows how a message is signed, not what any message means. What another JOSE library would accept
//! leniently (padding, duplicate members, weak keys, malleable signatures) is refused, so that one signed message has
//! exactly one spelling.

mod base64;
mod digest;
pub mod json;
mod jws;
mod key;

pub use base64::{Base64Error, from_base64, from_base64url, to_base64, to_base64url};
pub use digest::{ClientId, Digest};
pub use jws::{HeaderKey, Jws, JwsError, MAX_JWS_BYTES, Typ, key_named_by};
pub use key::{Jwk, KeyError, KeySet, PublicKey, SigningKey};
