//! Who a client is: a seed, the keys made from it, its unique id, its contact card, where the seed is kept, and how it is
//! written down and backed up.
//!
//! Secrets in this room wipe themselves from memory and never show in `Debug`, an error or a log.

#[cfg(feature = "desktop")]
pub mod backup;
pub mod card;
#[cfg(feature = "desktop")]
pub mod fingerprint;
#[cfg(feature = "desktop")]
pub mod keystore;
#[cfg(feature = "desktop")]
pub mod phrase;
pub mod sealed;
#[cfg(feature = "desktop")]
mod sealing;
pub mod stack;

use std::fmt;

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::jose::{ClientId, SigningKey, to_base64url};

/// 32 random bytes from which all of a client's keys are made: what a backup must hold.
///
/// On the heap: whoever moves it moves where it is, and leaves no copy behind.
#[derive(Clone)]
pub struct Seed(Secret);

/// 32 bytes that stay where they are and are wiped there.
type Secret = Box<Zeroizing<[u8; 32]>>;

impl Seed {
    /// A seed from 32 bytes of a cryptographic random source.
    #[must_use]
    pub fn from_bytes(bytes: Zeroizing<[u8; 32]>) -> Self {
        Self(Box::new(bytes))
    }

    /// A seed whose 32 bytes are written to where they stay; none when that says so.
    #[must_use]
    pub fn written(write: impl FnOnce(&mut [u8; 32]) -> Option<()>) -> Option<Self> {
        let mut secret = Secret::default();
        write(&mut secret)?;
        Some(Self(secret))
    }

    /// A copy of exactly 32 bytes, as of a backup.
    #[must_use]
    pub fn copied(bytes: &[u8]) -> Option<Self> {
        Self::written(|seed| (bytes.len() == seed.len()).then(|| seed.copy_from_slice(bytes)))
    }

    /// The bytes, for whoever encrypts or writes them down.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }

    /// The key made from this seed for one purpose (HKDF-SHA256, RFC 5869): purposes never share a key.
    fn derive(&self, purpose: &str) -> Secret {
        let mut key = Secret::default();
        // 32 bytes are within what HKDF-SHA256 can give, so this cannot fail.
        let _ = Hkdf::<Sha256>::new(None, self.expose()).expand(purpose.as_bytes(), &mut **key);
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
    #[cfg(feature = "desktop")]
    sealing: SealingKey,
    id: ClientId,
    naming: Naming,
}

/// The key by which ids are made that this client finds again.
#[derive(Clone)]
struct Naming(Secret);

impl fmt::Debug for Naming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Naming(secret)")
    }
}

/// The secret of X25519 by which sealed files are opened.
#[cfg(feature = "desktop")]
#[derive(Clone)]
struct SealingKey(Secret);

#[cfg(feature = "desktop")]
impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealingKey(secret)")
    }
}

impl Identity {
    /// The identity of a seed.
    #[must_use]
    pub fn from_seed(seed: &Seed) -> Self {
        let identity = Self::made_of(seed);
        stack::wipe();
        identity
    }

    #[inline(never)]
    fn made_of(seed: &Seed) -> Self {
        let signing = SigningKey::from_secret(&seed.derive("hongbao/1 signing"));
        let id = signing.public().thumbprint();
        Self {
            signing,
            id,
            #[cfg(feature = "desktop")]
            sealing: SealingKey(seed.derive("hongbao/1 sealing")),
            naming: Naming(seed.derive("hongbao/1 naming")),
        }
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

    /// The secret that opens what was sealed for this client.
    #[cfg(feature = "desktop")]
    fn sealing(&self) -> &[u8; 32] {
        &self.sealing.0
    }

    /// The id of one thing that this client asks for. The same seed makes the same one again, on another device or after a
    /// restore, so that it asks for one thing once and can find again what it asked for. To anybody else it is random.
    #[must_use]
    pub fn uuid_for(&self, about: &[&str]) -> Uuid {
        uuid::Builder::from_custom_bytes(self.name("id", about)).into_uuid()
    }

    /// 128 bits for the salt of the same thing.
    #[must_use]
    pub fn salt_for(&self, about: &[&str]) -> String {
        to_base64url(&self.name("salt", about))
    }

    /// 128 bits of HMAC-SHA256 over the parts, none of which may hold a line feed.
    fn name(&self, purpose: &str, about: &[&str]) -> [u8; 16] {
        debug_assert!(about.iter().all(|part| !part.contains('\n')));
        let mut name = [0; 16];
        // HMAC takes a key of any length, so this cannot fail.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&**self.naming.0) {
            mac.update(purpose.as_bytes());
            for part in about {
                mac.update(b"\n");
                mac.update(part.as_bytes());
            }
            name.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_has_one_id_and_another_has_another() {
        let identity = |byte| Identity::from_seed(&Seed::from_bytes(Zeroizing::new([byte; 32])));
        let id = identity(9).uuid_for(&["collect", "a", "b"]);
        assert_eq!(id, identity(9).uuid_for(&["collect", "a", "b"]));
        // Fixed, because a wallet restored in ten years must find what it asked for.
        assert_eq!(id.to_string(), "e6d972d7-f881-8524-be36-9958777312ba");
        for other in [identity(8).uuid_for(&["collect", "a", "b"]), identity(9).uuid_for(&["collect", "ab"])] {
            assert_ne!(id, other);
        }
        assert_eq!(id.get_version_num(), 8);
        assert_eq!(identity(9).salt_for(&["collect"]).len(), 22);
        assert_ne!(identity(9).salt_for(&["collect"]), to_base64url(identity(9).uuid_for(&["collect"]).as_bytes()));
        assert!(format!("{:?}", identity(9)).contains("Naming(secret)"));
    }

    #[test]
    fn a_seed_gives_one_identity_and_stays_secret() {
        let seed = Seed::from_bytes(Zeroizing::new([9; 32]));
        let identity = Identity::from_seed(&seed);
        assert_eq!(identity.id(), Identity::from_seed(&seed).id());
        assert_ne!(identity.id(), Identity::from_seed(&Seed::from_bytes(Zeroizing::new([8; 32]))).id());
        assert_eq!(format!("{seed:?}"), "Seed(secret)");
        assert!(format!("{identity:?}").contains("Naming(secret)"));
        #[cfg(feature = "desktop")]
        assert!(format!("{identity:?}").contains("SealingKey(secret)"));
        // Fixed, because a wallet restored in ten years must be the same client.
        assert_eq!(identity.id().to_string(), "VZ4OIAv6G0qbywdlNMmRcAnyA0W3aOM4nXyabT7jsPo");
    }
}
