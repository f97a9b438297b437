//! Who a client is: a seed, the keys made from it, its unique id, its contact card, and where the seed is kept.
//!
//! Secrets in this room wipe themselves from memory and never show in `Debug`, an error or a log.

pub mod card;
#[cfg(feature = "desktop")]
pub mod keystore;

use std::fmt;

use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::jose::{ClientId, SigningKey};

/// 32 random bytes from which all of a client's keys are made: what a backup must hold.
#[derive(Clone)]
pub struct Seed(Zeroizing<[u8; 32]>);

impl Seed {
    /// A seed from 32 bytes of a cryptographic random source, or from a backup.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(bytes)
    }

    /// The bytes, for whoever encrypts or writes them down.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key made from this seed for one purpose (HKDF-SHA256, RFC 5869): purposes never share a key.
    fn derive(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are within what HKDF-SHA256 can give, so this cannot fail.
        let _ = Hkdf::<Sha256>::new(None, &*self.0).expand(purpose.as_bytes(), &mut *key);
        key
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(secret)")
    }
}

/// A client's keys.
#[derive(Clone, Debug)]
pub struct Identity {
    signing: SigningKey,
    id: ClientId,
}

impl Identity {
    /// The identity of a seed.
    #[must_use]
    pub fn from_seed(seed: &Seed) -> Self {
        let signing = SigningKey::from_secret(&seed.derive("hongbao/1 signing"));
        let id = signing.public().thumbprint();
        Self { signing, id }
    }

    /// The unique id (唯一标识).
    #[must_use]
    pub const fn id(&self) -> ClientId {
        self.id
    }

    /// The key that signs hops, notices and requests.
    #[must_use]
    pub const fn key(&self) -> &SigningKey {
        &self.signing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_gives_one_identity_and_stays_secret() {
        let seed = Seed::from_bytes(Zeroizing::new([9; 32]));
        let identity = Identity::from_seed(&seed);
        assert_eq!(identity.id(), Identity::from_seed(&seed).id());
        assert_ne!(identity.id(), Identity::from_seed(&Seed::from_bytes(Zeroizing::new([8; 32]))).id());
        assert_eq!(format!("{seed:?}"), "Seed(secret)");
        // Fixed, because a wallet restored in ten years must be the same client.
        assert_eq!(identity.id().to_string(), "VZ4OIAv6G0qbywdlNMmRcAnyA0W3aOM4nXyabT7jsPo");
    }
}
