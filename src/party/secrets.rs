//! A server's own secrets, made from its signing key and therefore never in its database.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::jose::SigningKey;

/// 32 secret bytes.
pub type Secret = Zeroizing<[u8; 32]>;

/// What all secrets of a server are made from.
pub struct Root(Hkdf<Sha256>);

impl Root {
    /// The root that only the key's owner can make: Ed25519 is deterministic (RFC 8032 §5.1.6), and the signature itself
    /// is never shown. A label can never be a message of ours, which all begin with a base64url header: it holds a space.
    #[must_use]
    pub fn of(key: &SigningKey, label: &str) -> Self {
        debug_assert!(label.contains(' '), "{label}");
        let root = Zeroizing::new(key.sign(label.as_bytes()));
        Self(Hkdf::new(None, &*root))
    }

    /// The secret of one purpose.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Secret {
        let mut secret = Zeroizing::new([0; 32]);
        // 32 bytes are within what HKDF-SHA256 can give, so this cannot fail.
        let _ = self.0.expand(purpose.as_bytes(), &mut *secret);
        secret
    }
}

impl std::fmt::Debug for Root {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Root(secret)")
    }
}
