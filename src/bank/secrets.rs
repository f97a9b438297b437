//! The bank's own secrets, made from its signing key and therefore never in its database.

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::bank::draws::DrawKey;
use crate::bank::links::CodeKey;
use crate::jose::SigningKey;

/// What is signed to get at secret bytes that only the key's owner can make: Ed25519 is deterministic (RFC 8032 §5.1.6).
/// It can never be a message of ours, which all begin with a base64url header; the signature itself is never shown.
const LABEL: &[u8] = b"hongbao/1 secrets of a bank";

/// Keys that are the bank's alone, or its members' too.
pub(super) struct Secrets {
    /// By which members name persons to this bank.
    pub(super) holder: Zeroizing<[u8; 32]>,
    /// By which one-time codes are hashed.
    pub(super) codes: CodeKey,
    /// From which the seeds of draws are made.
    pub(super) draws: DrawKey,
}

impl Secrets {
    pub(super) fn of(key: &SigningKey) -> Self {
        let root = Zeroizing::new(key.sign(LABEL));
        let hkdf = Hkdf::<Sha256>::new(None, &*root);
        let derive = |purpose: &[u8]| {
            let mut secret = Zeroizing::new([0; 32]);
            // 32 bytes are within what HKDF-SHA256 can give, so this cannot fail.
            let _ = hkdf.expand(purpose, &mut *secret);
            secret
        };
        Self {
            holder: derive(b"hongbao/1 holder"),
            codes: CodeKey(derive(b"hongbao/1 link code")),
            draws: DrawKey(derive(b"hongbao/1 seed of a draw")),
        }
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_key_gives_the_same_secrets_and_each_purpose_its_own() {
        let of = |byte| Secrets::of(&SigningKey::from_secret(&Zeroizing::new([byte; 32])));
        assert_eq!(of(1).holder, of(1).holder);
        assert_ne!(of(1).holder, of(2).holder);
        assert_ne!(of(1).holder, of(1).codes.0);
        assert_ne!(of(1).draws.0, of(1).codes.0);
        assert_eq!(format!("{:?}", of(1)), "Secrets(secret)");
    }
}
