//! A backup file's form: everything of a wallet in one file, sealed with a passphrase. Knows no wallet: what the bytes beside
//! the seed are is its business.
//!
//! One line of JSON that says how it is sealed, a line feed, and the rest sealed; the seal covers that line too. Sealed are the
//! 32 bytes of the seed and then the wallet's bytes.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Seed;
use super::sealing::{self, CIPHER, Cost, KDF, Lock};
use crate::jose::{from_base64url, json, to_base64url};
use crate::random::Random;

/// What a backup file's name ends in.
pub const EXTENSION: &str = "hongbao-backup";
/// Largest file that is read or written.
pub const MAX_FILE_BYTES: usize = 512 * 1024 * 1024;

const FORMAT: &str = "hongbao-backup/1";
/// What the names of all versions of this form begin with.
const FAMILY: &str = "hongbao-backup/";
const MAX_HEAD_BYTES: usize = 1024;
const SEED_BYTES: usize = 32;

/// Why a backup cannot be made or read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BackupError {
    /// Some other file, or the beginning of one.
    #[error("this is no backup of a wallet")]
    NotOne,
    /// It was made by a newer program.
    #[error("this backup was made by a newer version of this program")]
    Newer,
    /// It does not open.
    #[error("the passphrase is wrong, or the backup is incomplete or was changed")]
    Shut,
    /// Nothing this large is a backup.
    #[error("this is larger than a backup may be")]
    TooLarge,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    format: String,
    kdf: String,
    cost: Cost,
    salt: String,
    cipher: String,
    nonce: String,
}

/// What is read first: which version it is.
#[derive(Deserialize)]
struct Version {
    format: String,
}

/// Seals a wallet.
///
/// # Errors
/// [`BackupError::TooLarge`].
pub fn seal(seed: &Seed, wallet: &[u8], passphrase: &str, random: &dyn Random) -> Result<Vec<u8>, BackupError> {
    if wallet.len() > MAX_FILE_BYTES - 2 * MAX_HEAD_BYTES {
        return Err(BackupError::TooLarge);
    }
    let (salt, nonce) = sealing::fresh(random);
    let cost = Cost::AWAY;
    let head = Head {
        format: FORMAT.to_owned(),
        kdf: KDF.to_owned(),
        cost,
        salt: to_base64url(&salt),
        cipher: CIPHER.to_owned(),
        nonce: to_base64url(&nonce),
    };
    let mut file = serde_json::to_vec(&head).map_err(|_| BackupError::NotOne)?;
    let content = Zeroizing::new([seed.expose(), wallet].concat());
    let lock = Lock { passphrase, cost, salt: &salt, nonce: &nonce, bound: &file };
    let sealed = lock.seal(&content).map_err(|_| BackupError::TooLarge)?;
    file.push(b'\n');
    file.extend(sealed);
    Ok(file)
}

/// Whether these bytes say that they are a backup of any version.
#[must_use]
pub fn is_backup(bytes: &[u8]) -> bool {
    head_of(bytes)
        .is_some_and(|(head, _)| json::read::<Version>(head).is_ok_and(|head| head.format.starts_with(FAMILY)))
}

/// Opens a backup: the seed, and the wallet's bytes.
///
/// # Errors
/// [`BackupError`].
pub fn open(file: &[u8], passphrase: &str) -> Result<(Seed, Zeroizing<Vec<u8>>), BackupError> {
    if file.len() > MAX_FILE_BYTES {
        return Err(BackupError::TooLarge);
    }
    let (line, sealed) = head_of(file).ok_or(BackupError::NotOne)?;
    let version: Version = json::read(line).map_err(|_| BackupError::NotOne)?;
    if version.format != FORMAT {
        return Err(if version.format.starts_with(FAMILY) { BackupError::Newer } else { BackupError::NotOne });
    }
    let head: Head = json::read(line).map_err(|_| BackupError::NotOne)?;
    if head.kdf != KDF || head.cipher != CIPHER || !head.cost.is_bearable() {
        return Err(BackupError::NotOne);
    }
    let bytes = |text: &str| from_base64url(text).map_err(|_| BackupError::NotOne);
    let nonce = bytes(&head.nonce)?.try_into().map_err(|_| BackupError::NotOne)?;
    let lock = Lock { passphrase, cost: head.cost, salt: &bytes(&head.salt)?, nonce: &nonce, bound: line };
    let mut content = lock.open(sealed).map_err(|_| BackupError::Shut)?;
    let seed = content.get(..SEED_BYTES).and_then(Seed::copied).ok_or(BackupError::Shut)?;
    content.drain(..SEED_BYTES);
    Ok((seed, content))
}

/// The first line and what follows it.
fn head_of(file: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = file.iter().take(MAX_HEAD_BYTES).position(|byte| *byte == b'\n')?;
    let (head, rest) = file.split_at(end);
    Some((head, rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::random::SystemRandom;

    const WALLET: &[u8] = b"packets and friends";

    fn sealed() -> Vec<u8> {
        seal(&Seed::from_bytes(Zeroizing::new([3; 32])), WALLET, "春风", &SystemRandom).unwrap()
    }

    #[test]
    fn it_opens_with_its_passphrase_only() {
        let file = sealed();
        assert!(is_backup(&file));
        let (seed, wallet) = open(&file, "春风").unwrap();
        assert_eq!((seed.expose(), wallet.as_slice()), (&[3; 32], WALLET));
        assert_eq!(open(&file, "冬风").err(), Some(BackupError::Shut));
        for secret in [&[3; 32][..], WALLET] {
            assert!(!file.windows(secret.len()).any(|window| window == secret));
        }
    }

    #[test]
    fn every_change_is_noticed() {
        let file = sealed();
        let head = file.iter().position(|byte| *byte == b'\n').unwrap();
        // Some bytes of the head and of the rest; an unbearable cost is not even tried.
        for at in (0..head).step_by(23).chain([head + 1, file.len() - 1]) {
            let mut changed = file.clone();
            changed[at] ^= 1;
            if String::from_utf8_lossy(&changed[..head]).contains("\"m\":65536") || at > head {
                assert!(open(&changed, "春风").is_err(), "{at}");
            }
        }
        for length in [0, 1, head, head + 1, head + 20, file.len() - 1] {
            assert!(open(&file[..length], "春风").is_err(), "{length}");
        }
        assert_eq!(open(&[file.as_slice(), b"x"].concat(), "春风").err(), Some(BackupError::Shut));
    }

    #[test]
    fn what_is_no_backup_or_a_newer_one_is_told() {
        assert_eq!(open(b"{}\n", "p").err(), Some(BackupError::NotOne));
        assert_eq!(open(b"Dear friend,\nhello", "p").err(), Some(BackupError::NotOne));
        let newer = b"{\"format\":\"hongbao-backup/2\",\"more\":1}\nxyz";
        assert!(is_backup(newer));
        assert_eq!(open(newer, "p").err(), Some(BackupError::Newer));
        let text = String::from_utf8_lossy(&sealed()).into_owned();
        let greedy = text.replacen("65536", "4194304", 1);
        assert_eq!(open(greedy.as_bytes(), "春风").err(), Some(BackupError::NotOne));
    }
}
