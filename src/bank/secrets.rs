//! The bank's own secrets, made from its signing key and therefore never in its database.

use crate::bank::draws::DrawKey;
use crate::bank::links::CodeKey;
use crate::jose::SigningKey;
use crate::party::secrets::{Root, Secret};

/// Keys that are the bank's alone, or its members' too.
pub(super) struct Secrets {
    /// By which members name persons to this bank.
    pub(super) holder: Secret,
    /// By which one-time codes are hashed.
    pub(super) codes: CodeKey,
    /// From which the seeds of draws are made.
    pub(super) draws: DrawKey,
}

impl Secrets {
    pub(super) fn of(key: &SigningKey) -> Self {
        let root = Root::of(key, "hongbao/1 secrets of a bank");
        Self {
            holder: root.derive("hongbao/1 holder"),
            codes: CodeKey(root.derive("hongbao/1 link code")),
            draws: DrawKey(root.derive("hongbao/1 seed of a draw")),
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
    use zeroize::Zeroizing;

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
