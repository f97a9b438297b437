//! Who knows the passphrase: a file that the environment names, for scripts; else the person at the terminal.

use std::ffi::OsString;
use std::fs;
use std::io::{self, IsTerminal as _};
use std::path::Path;

use zeroize::Zeroizing;

use crate::identity::keystore::{AskPassphrase, Asking, KeystoreError};

/// Names the file whose first line is the passphrase.
pub(super) const VARIABLE: &str = "HONGBAO_PASSPHRASE_FILE";
/// Longest passphrase file that is read, in bytes.
const MAX_BYTES: u64 = 64 * 1024;

/// The file of [`VARIABLE`], else the terminal.
pub(super) struct FileOrTerminal {
    file: Option<OsString>,
}

impl FileOrTerminal {
    pub(super) fn from_environment() -> Self {
        Self { file: std::env::var_os(VARIABLE).filter(|file| !file.is_empty()) }
    }

    /// The first line of this file.
    pub(super) fn of_file(file: std::path::PathBuf) -> Self {
        Self { file: Some(file.into()) }
    }

    /// The passphrase of a backup.
    pub(super) fn ask_for_backup(&self, asking: Asking) -> Result<Zeroizing<String>, KeystoreError> {
        self.ask_in(asking, &["Passphrase of the backup: ", "Choose a passphrase for the backup: "])
    }

    fn ask_in(&self, asking: Asking, prompts: &[&str; 2]) -> Result<Zeroizing<String>, KeystoreError> {
        match &self.file {
            Some(file) => first_line(Path::new(file)),
            None if io::stdin().is_terminal() => at_terminal(asking, prompts),
            None => Err(KeystoreError::PassphraseNeeded),
        }
    }

    /// Whether the environment names a file, so that nobody needs to be asked.
    pub(super) const fn has_file(&self) -> bool {
        self.file.is_some()
    }
}

impl AskPassphrase for FileOrTerminal {
    fn ask(&self, asking: Asking) -> Result<Zeroizing<String>, KeystoreError> {
        self.ask_in(asking, &["Passphrase of this wallet: ", "Choose a passphrase for this wallet's key: "])
    }
}

fn first_line(path: &Path) -> Result<Zeroizing<String>, KeystoreError> {
    let io = |error| KeystoreError::Io(path.to_owned(), error);
    if fs::metadata(path).map_err(io)?.len() > MAX_BYTES {
        return Err(KeystoreError::PassphraseNeeded);
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(io)?);
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() { Err(KeystoreError::PassphraseNeeded) } else { Ok(Zeroizing::new(line.to_owned())) }
}

fn at_terminal(asking: Asking, [existing, new]: &[&str; 2]) -> Result<Zeroizing<String>, KeystoreError> {
    let prompt = |text: &str| match rpassword::prompt_password(text).map(Zeroizing::new) {
        Ok(typed) if !typed.is_empty() => Ok(typed),
        _ => Err(KeystoreError::PassphraseNeeded),
    };
    if asking == Asking::Existing {
        return prompt(existing);
    }
    let passphrase = prompt(new)?;
    let again = prompt("Once more: ")?;
    if *passphrase == *again { Ok(passphrase) } else { Err(KeystoreError::PassphraseDiffers) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_first_line_is_the_passphrase() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("passphrase");
        for (text, passphrase) in
            [("春风 10 里\r\nmore", Some("春风 10 里")), ("p", Some("p")), ("\nx", None), ("", None)]
        {
            fs::write(&path, text).unwrap();
            assert_eq!(first_line(&path).ok().as_deref().map(String::as_str), passphrase, "{text:?}");
        }
        assert!(matches!(first_line(&dir.path().join("none")), Err(KeystoreError::Io(..))));
    }
}
