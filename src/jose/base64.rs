//! Base64 in its two alphabets, strict: one spelling per byte string (RFC 4648 §3.5).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// The text is not base64 in the one spelling we accept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not base64 in its strict form")]
pub struct Base64Error;

/// base64url without padding (RFC 7515 §2).
#[must_use]
pub fn to_base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Reads base64url without padding, refusing padding and spare bits.
///
/// # Errors
/// [`Base64Error`] for anything but the canonical spelling.
pub fn from_base64url(text: &str) -> Result<Vec<u8>, Base64Error> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Base64Error)
}

/// Base64 with padding, as media carry it (RFC 4648 §4).
#[must_use]
pub fn to_base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Reads base64 with padding, refusing missing padding and spare bits.
///
/// # Errors
/// [`Base64Error`] for anything but the canonical spelling.
pub fn from_base64(text: &str) -> Result<Vec<u8>, Base64Error> {
    STANDARD.decode(text).map_err(|_| Base64Error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_only() {
        assert_eq!(from_base64url("-_8"), Ok(vec![0xfb, 0xff]));
        for bad in ["-_8=", "-_9", "+/8", "-_ 8", "A", "-_8\n"] {
            assert_eq!(from_base64url(bad), Err(Base64Error), "{bad:?}");
        }
        assert_eq!(from_base64("+/8="), Ok(vec![0xfb, 0xff]));
        for bad in ["+/8", "+/9=", "-_8=", "+/8=="] {
            assert_eq!(from_base64(bad), Err(Base64Error), "{bad:?}");
        }
    }
}
