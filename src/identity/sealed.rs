//! Sealed files: an age file (X25519) that one client alone can open, and the recipient that a contact card names for it.
//!
//! The format is age's own, so that any age program with the key opens it. A stranger may have made the file: its size and its
//! header are judged before anything is computed, and what comes out is held to a packet file's limit.

use std::fmt;
use std::str::FromStr;

use bech32::primitives::decode::CheckedHrpstring;
use bech32::{Bech32, Hrp};
use serde::{Deserialize, Serialize};

use crate::packet::file::MAX_FILE_BYTES;

/// How every age file begins.
const BEGINNING: &[u8] = b"age-encryption.org/v1\n";
/// What age may add to a packet file: its header, and a tag for each 64 KiB.
const MAX_ADDED: usize = 8 * 1024;
/// Largest sealed file, in bytes.
pub const MAX_SEALED_BYTES: usize = MAX_FILE_BYTES + MAX_ADDED;
/// Largest header, in bytes.
const MAX_HEADER_BYTES: usize = 4 * 1024;
/// Most recipients in a header: each costs a try with the key.
const MAX_RECIPIENTS: usize = 8;

/// For whom a file is sealed: an age recipient, `age1…`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient(String);

/// Why a file cannot be sealed, or a sealed one not be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Not a sealed file within the limits.
    #[error("this is no sealed file that can be opened here")]
    Form,
    /// Sealed by a passphrase, which costs as much as its maker wanted.
    #[error("files that are sealed by a passphrase are not opened")]
    Passphrase,
    /// None of its recipients is this client.
    #[error("this file is sealed for somebody else")]
    ForSomebodyElse,
    /// Somebody changed it on its way, or it is not complete.
    #[error("the sealed file is damaged")]
    Damaged,
}

impl FromStr for Recipient {
    type Err = SealError;

    /// Reads a recipient in its one spelling.
    fn from_str(text: &str) -> Result<Self, SealError> {
        let checked = CheckedHrpstring::new::<Bech32>(text).map_err(|_| SealError::Form)?;
        let is_key = checked.hrp() == Hrp::parse_unchecked("age") && checked.byte_iter().count() == 32;
        let is_spelled = !text.bytes().any(|byte| byte.is_ascii_uppercase());
        if is_key && is_spelled { Ok(Self(text.to_owned())) } else { Err(SealError::Form) }
    }
}

impl TryFrom<String> for Recipient {
    type Error = SealError;

    fn try_from(text: String) -> Result<Self, SealError> {
        text.parse()
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.0
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whether a file says at its beginning that it is sealed.
#[must_use]
pub fn is_sealed(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINNING)
}

/// Judges a sealed file as far as whoever cannot open it may: its size, and that its header names keys, few, and no passphrase.
///
/// # Errors
/// [`SealError::Form`], [`SealError::Passphrase`].
pub fn check(bytes: &[u8]) -> Result<(), SealError> {
    if bytes.len() > MAX_SEALED_BYTES || !is_sealed(bytes) {
        return Err(SealError::Form);
    }
    let beginning = &bytes[..bytes.len().min(MAX_HEADER_BYTES)];
    let end = beginning.windows(5).position(|part| part == b"\n--- ").ok_or(SealError::Form)?;
    let header = std::str::from_utf8(&beginning[..end]).map_err(|_| SealError::Form)?;
    let recipients: Vec<&str> = header.lines().filter_map(|line| line.strip_prefix("-> ")).collect();
    if recipients.iter().any(|recipient| recipient.split(' ').next() == Some("scrypt")) {
        return Err(SealError::Passphrase);
    }
    if recipients.is_empty() || recipients.len() > MAX_RECIPIENTS {
        return Err(SealError::Form);
    }
    Ok(())
}

#[cfg(feature = "desktop")]
pub use self::client::{open, recipient, seal};

/// What only a client does: it has the key.
#[cfg(feature = "desktop")]
mod client {
    use std::io::{Read as _, Write as _};

    use age::{DecryptError, Decryptor, Encryptor, x25519};
    use bech32::{Bech32, Hrp};
    use zeroize::Zeroizing;

    use super::{MAX_FILE_BYTES, Recipient, SealError, check};
    use crate::identity::Identity;

    /// Age reads a key as the text of its own kind only.
    fn key(identity: &Identity) -> Result<x25519::Identity, SealError> {
        let kind = Hrp::parse_unchecked("age-secret-key-");
        let text = bech32::encode_upper::<Bech32>(kind, identity.sealing()).map(Zeroizing::new);
        text.map_err(|_| SealError::Form)?.parse().map_err(|_| SealError::Form)
    }

    /// Under which name others seal for this client.
    ///
    /// # Errors
    /// None that a key of 32 bytes could have.
    pub fn recipient(identity: &Identity) -> Result<Recipient, SealError> {
        key(identity)?.to_public().to_string().parse()
    }

    /// Seals a file. Twice the same gives two that differ.
    ///
    /// # Errors
    /// [`SealError::Form`] when the recipient's key is none.
    pub fn seal(file: &[u8], recipient: &Recipient) -> Result<Vec<u8>, SealError> {
        let recipient: x25519::Recipient = recipient.0.parse().map_err(|_| SealError::Form)?;
        let encryptor = Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient));
        let mut sealed = Vec::new();
        let mut writer =
            encryptor.map_err(|_| SealError::Form)?.wrap_output(&mut sealed).map_err(|_| SealError::Form)?;
        writer.write_all(file).and_then(|()| writer.finish()).map_err(|_| SealError::Form)?;
        Ok(sealed)
    }

    /// Opens a file that was sealed for this client.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(sealed: &[u8], identity: &Identity) -> Result<Vec<u8>, SealError> {
        check(sealed)?;
        let key = key(identity)?;
        let decryptor = Decryptor::new_buffered(sealed).map_err(|_| SealError::Damaged)?;
        let reader = decryptor.decrypt(std::iter::once(&key as &dyn age::Identity)).map_err(|error| match error {
            DecryptError::NoMatchingKeys => SealError::ForSomebodyElse,
            _ => SealError::Damaged,
        })?;
        let mut file = Vec::new();
        // One byte over the limit, so that its reader sees that it is too large.
        reader.take(MAX_FILE_BYTES as u64 + 1).read_to_end(&mut file).map_err(|_| SealError::Damaged)?;
        Ok(file)
    }
}

#[cfg(all(test, feature = "desktop"))]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::io::Write as _;

    use zeroize::Zeroizing;

    use super::*;
    use crate::identity::{Identity, Seed};

    fn client(secret: u8) -> Identity {
        Identity::from_seed(&Seed::from_bytes(Zeroizing::new([secret; 32])))
    }

    #[test]
    fn only_the_recipient_opens_it() {
        let (ann, ben) = (client(1), client(2));
        let sealed = seal(b"a packet", &recipient(&ann).unwrap()).unwrap();
        assert!(is_sealed(&sealed));
        assert_eq!(check(&sealed), Ok(()));
        assert_eq!(open(&sealed, &ann).as_deref(), Ok(&b"a packet"[..]));
        assert_eq!(open(&sealed, &ben), Err(SealError::ForSomebodyElse));
        assert_ne!(seal(b"a packet", &recipient(&ann).unwrap()).unwrap(), sealed);
    }

    #[test]
    fn what_was_changed_or_cut_is_damaged() {
        let ann = client(1);
        let sealed = seal(&[7; 100_000], &recipient(&ann).unwrap()).unwrap();
        for at in [30, 80, sealed.len() - 100_000, sealed.len() - 1] {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(&changed, &ann).is_err(), "byte {at}");
        }
        assert_eq!(open(&sealed[..sealed.len() - 20], &ann), Err(SealError::Damaged));
    }

    #[test]
    fn limits_come_first() {
        let ann = client(1);
        let name = recipient(&ann).unwrap();
        let most = seal(&vec![0; MAX_FILE_BYTES], &name).unwrap();
        assert_eq!(open(&most, &ann).unwrap().len(), MAX_FILE_BYTES);
        let too_large = seal(&vec![0; MAX_SEALED_BYTES], &name).unwrap();
        assert_eq!(open(&too_large, &ann), Err(SealError::Form));
        // What comes out is cut one byte over the limit, which the file's reader refuses.
        let over = seal(&vec![0; MAX_FILE_BYTES + 1000], &name).unwrap();
        assert_eq!(open(&over, &ann).unwrap().len(), MAX_FILE_BYTES + 1);

        let header = |stanzas: &str| format!("age-encryption.org/v1\n{stanzas}--- x\n").into_bytes();
        assert_eq!(open(&header("-> scrypt AAAA 30\nx\n"), &ann), Err(SealError::Passphrase));
        assert_eq!(open(&header(&"-> X25519 AAAA\nx\n".repeat(9)), &ann), Err(SealError::Form));
        assert_eq!(open(&header(""), &ann), Err(SealError::Form));
        assert_eq!(open(&header(&"x\n".repeat(4000)), &ann), Err(SealError::Form), "a header without end");
        let long = format!("-> X25519 {}\nx\n", "A".repeat(MAX_HEADER_BYTES));
        assert_eq!(open(&header(&long), &ann), Err(SealError::Form), "a recipient without end");
        assert_eq!(open(b"-----BEGIN AGE ENCRYPTED FILE-----\n", &ann), Err(SealError::Form), "one spelling");
        // A real one by a passphrase is refused before the passphrase costs anything.
        let by_words = age::Encryptor::with_user_passphrase("one two three".to_owned().into());
        let mut sealed = Vec::new();
        let mut writer = by_words.wrap_output(&mut sealed).unwrap();
        writer.write_all(b"x").unwrap();
        writer.finish().unwrap();
        assert_eq!(open(&sealed, &ann), Err(SealError::Passphrase));
    }

    #[test]
    fn a_recipient_has_one_spelling_and_belongs_to_the_seed() {
        // Fixed (docs/packet-format.md), because what was sealed for a wallet must open after it was restored.
        let name = recipient(&client(9)).unwrap().to_string();
        assert_eq!(name, "age1ul6l2qm0pnh39lyvtkt8klxr9r9m0d6h6an87cexlnkltlpam35s8hyn66");
        assert_eq!(name.parse::<Recipient>().unwrap().to_string(), name);
        assert!(name.to_uppercase().parse::<Recipient>().is_err());
        assert!(name[..name.len() - 1].parse::<Recipient>().is_err());
        assert!("age1".parse::<Recipient>().is_err());
    }
}
