//! Sealing bytes with a passphrase: `XChaCha20-Poly1305` under a key made by Argon2id (RFC 9106). Knows no file.

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::stack;
use crate::random::Random;

/// The cipher, as a file names it.
pub(super) const CIPHER: &str = "xchacha20poly1305";
/// What makes the key, as a file names it.
pub(super) const KDF: &str = "argon2id";

/// Length of a nonce, in bytes.
pub(super) const NONCE_BYTES: usize = 24;
/// Length of a salt, in bytes.
pub(super) const SALT_BYTES: usize = 16;

/// How much work Argon2id does: memory in KiB, passes, lanes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cost {
    pub(super) m: u32,
    pub(super) t: u32,
    pub(super) p: u32,
}

impl Cost {
    /// Recommended for Argon2id by OWASP's Password Storage Cheat Sheet: 19 MiB, two passes, one lane.
    pub(super) const HERE: Self = Self { m: 19_456, t: 2, p: 1 };
    /// The second choice of RFC 9106 §4, for what may lie where others can copy it: 64 MiB, three passes, four lanes.
    pub(super) const AWAY: Self = Self { m: 65_536, t: 3, p: 4 };
    /// A file that asks for more than this was not written by us.
    const MOST: Self = Self { m: 1_048_576, t: 16, p: 4 };

    /// Whether this much work is done on a file's word.
    pub(super) const fn is_bearable(self) -> bool {
        self.m <= Self::MOST.m && self.t <= Self::MOST.t && self.p <= Self::MOST.p
    }
}

/// It does not open: another passphrase, or something was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shut;

/// What is fresh for every sealing.
pub(super) fn fresh(random: &dyn Random) -> ([u8; SALT_BYTES], [u8; NONCE_BYTES]) {
    let (mut salt, mut nonce) = ([0; SALT_BYTES], [0; NONCE_BYTES]);
    random.fill(&mut salt);
    random.fill(&mut nonce);
    (salt, nonce)
}

/// A passphrase with what a file says of its sealing.
pub(super) struct Lock<'a> {
    pub(super) passphrase: &'a str,
    pub(super) cost: Cost,
    pub(super) salt: &'a [u8],
    pub(super) nonce: &'a [u8; NONCE_BYTES],
    /// What the seal covers besides, so that nobody can change it.
    pub(super) bound: &'a [u8],
}

impl Lock<'_> {
    pub(super) fn seal(&self, bytes: &[u8]) -> Result<Vec<u8>, Shut> {
        let payload = Payload { msg: bytes, aad: self.bound };
        let sealed = self.cipher().and_then(|cipher| cipher.encrypt(self.nonce.into(), payload).map_err(|_| Shut));
        stack::wipe();
        sealed
    }

    pub(super) fn open(&self, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Shut> {
        let payload = Payload { msg: sealed, aad: self.bound };
        let opened = self.cipher().and_then(|cipher| cipher.decrypt(self.nonce.into(), payload).map_err(|_| Shut));
        let opened = opened.map(Zeroizing::new);
        stack::wipe();
        opened
    }

    #[inline(never)]
    fn cipher(&self) -> Result<XChaCha20Poly1305, Shut> {
        let mut key = Zeroizing::new([0; 32]);
        let Cost { m, t, p } = self.cost;
        let params = Params::new(m, t, p, Some(32)).map_err(|_| Shut)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(self.passphrase.as_bytes(), self.salt, &mut *key)
            .map_err(|_| Shut)?;
        Ok(XChaCha20Poly1305::new((&*key).into()))
    }
}
