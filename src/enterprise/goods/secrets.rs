//! The codes by which goods are handed over, made from the server's key: none is in the database, and each can be told
//! again to whom it was given.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use crate::api::code::RedeemCode;
use crate::jose::{ClientId, Digest, SigningKey};
use crate::party::secrets::{Root, Secret};

/// What codes are made from.
pub(in crate::enterprise) struct Secrets(Secret);

impl Secrets {
    pub(in crate::enterprise) fn of(key: &SigningKey) -> Self {
        Self(Root::of(key, "hongbao/1 secrets of an enterprise").derive("hongbao/1 goods code"))
    }

    /// The code of one collection.
    pub(super) fn code(&self, id: Uuid, packet: &Digest, client: &ClientId) -> RedeemCode {
        let mut bits = [0; 16];
        // HMAC takes keys of any length, so this cannot fail.
        if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&*self.0) {
            for part in [id.to_string(), packet.to_string(), client.to_string()] {
                mac.update(part.as_bytes());
                mac.update(b"\0");
            }
            bits.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        }
        RedeemCode::of(bits)
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(secret)")
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_code_is_made_from_the_key_and_all_that_the_collection_is() {
        let [key, other] = [1, 2].map(|byte| SigningKey::from_secret(&Zeroizing::new([byte; 32])));
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let (wang, li) = (key.public().thumbprint(), other.public().thumbprint());
        let code = |key, id, packet, client| Secrets::of(key).code(Uuid::from_u128(id), packet, client);
        let given = code(&key, 1, &one, &wang);
        assert_eq!(code(&key, 1, &one, &wang), given, "told again to whom it was given");
        for guessed in [
            code(&other, 1, &one, &wang),
            code(&key, 2, &one, &wang),
            code(&key, 1, &two, &wang),
            code(&key, 1, &one, &li),
        ] {
            assert_ne!(guessed, given);
        }
    }
}
