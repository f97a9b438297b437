//! Where the seed is kept: the system's keyring, or a file sealed with a passphrase. Knows no wallet and no terminal:
//! how a passphrase is asked for is passed in.
//!
//! The file is sealed with a passphrase (`sealing`). It is written as a whole or not at all, readable by its owner only.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::sealing::{self, CIPHER, Cost, KDF, Lock};
use super::{Seed, stack};
use crate::jose::{from_base64url, json, to_base64url};
use crate::random::Random;

/// Name of the sealed file in a wallet's folder.
pub const FILE_NAME: &str = "identity.json";
/// Service under which the system's keyring keeps the seed.
pub const KEYRING_SERVICE: &str = "hongbao";

const FORMAT: &str = "hongbao-identity/1";
const MAX_FILE_BYTES: usize = 16 * 1024;
/// Why the seed cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// There is a sealed file, or none yet, and nobody to ask for its passphrase.
    #[error("a passphrase is needed for the key of this wallet")]
    PassphraseNeeded,
    /// The passphrase was typed differently the second time.
    #[error("the two passphrases are not the same")]
    PassphraseDiffers,
    /// The file does not open with this passphrase.
    #[error("the passphrase is wrong, or the key file was changed")]
    WrongPassphrase,
    /// The file is not a key file of a version that this program knows.
    #[error("the key file {} cannot be read: it is damaged or of a newer version", .0.display())]
    Damaged(PathBuf),
    /// Somebody made one in the meantime.
    #[error("there is a key already")]
    Exists,
    /// It was sealed in a file, and the keyring still has it too.
    #[error("the key is sealed in a file now, but the system's keyring keeps a copy of it")]
    Twice,
    /// The file cannot be read or written.
    #[error("the key file {} cannot be used: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
}

/// For what a passphrase is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// To open what is there.
    Existing,
    /// For a new key: a person at a terminal is asked twice.
    New,
}

/// Somebody who knows the passphrase: a file named by the environment, a person at a terminal, a window.
pub trait AskPassphrase: Send + Sync {
    /// The passphrase, not empty.
    ///
    /// # Errors
    /// [`KeystoreError::PassphraseNeeded`] when nobody can be asked.
    fn ask(&self, asking: Asking) -> Result<Zeroizing<String>, KeystoreError>;
}

/// A place that keeps one seed. Calls block.
pub trait KeySource: Send + Sync {
    /// The seed, if there is one.
    ///
    /// # Errors
    /// [`KeystoreError`].
    fn load(&self) -> Result<Option<Seed>, KeystoreError>;

    /// Whether a person is asked for it: then it is safer to forget it than to keep it in memory.
    fn asks(&self) -> bool {
        false
    }

    /// Moves the seed to where a person is asked for it, if nobody is yet and there is one.
    ///
    /// # Errors
    /// [`KeystoreError`]; the seed is then still where it was.
    fn protect(&self) -> Result<(), KeystoreError> {
        Ok(())
    }

    /// Keeps a new seed; never replaces one.
    ///
    /// # Errors
    /// [`KeystoreError::Exists`] when there is one already.
    fn keep(&self, seed: &Seed) -> Result<(), KeystoreError>;
}

/// The seed that `source` keeps; a new one when it keeps none.
///
/// # Errors
/// [`KeystoreError`].
pub fn load_or_create(source: &dyn KeySource, random: &dyn Random) -> Result<Seed, KeystoreError> {
    if let Some(seed) = source.load()? {
        return Ok(seed);
    }
    let seed = Seed::written(|bytes| {
        random.fill(bytes);
        Some(())
    });
    let seed = seed.ok_or(KeystoreError::Exists)?;
    match source.keep(&seed) {
        // Another process was first: its seed is the wallet's.
        Err(KeystoreError::Exists) => source.load()?.ok_or(KeystoreError::Exists),
        kept => kept.map(|()| seed),
    }
}

/// A file sealed with a passphrase.
pub struct FileKeys {
    path: PathBuf,
    ask: Arc<dyn AskPassphrase>,
    random: Arc<dyn Random>,
}

impl FileKeys {
    /// The file [`FILE_NAME`] in `dir`.
    pub fn new(dir: &Path, ask: Arc<dyn AskPassphrase>, random: Arc<dyn Random>) -> Self {
        Self { path: dir.join(FILE_NAME), ask, random }
    }

    fn read(&self) -> Result<Option<Vec<u8>>, KeystoreError> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.io(error)),
        }
    }

    fn io(&self, error: io::Error) -> KeystoreError {
        KeystoreError::Io(self.path.clone(), error)
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let dir = self.path.parent().unwrap_or(Path::new("."));
        private_dir(dir)?;
        // Temporary files of this crate are readable by their owner only.
        let mut file = tempfile::Builder::new().prefix(".identity-").tempfile_in(dir)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist_noclobber(&self.path).map_err(|error| error.error)?;
        sync_dir(dir)
    }
}

impl FileKeys {
    /// Waits until no other process makes this wallet's key; ends when the answer is dropped.
    fn turn(&self) -> Result<fs::File, KeystoreError> {
        let path = self.path.with_extension("lock");
        let folder = path.parent().unwrap_or(Path::new("."));
        let file = private_dir(folder).and_then(|()| fs::File::create(&path)).map_err(|error| self.io(error))?;
        file.lock().map_err(|error| self.io(error))?;
        Ok(file)
    }
}

impl KeySource for FileKeys {
    fn load(&self) -> Result<Option<Seed>, KeystoreError> {
        let Some(bytes) = self.read()? else { return Ok(None) };
        let sealed = Sealed::read(&bytes).ok_or_else(|| KeystoreError::Damaged(self.path.clone()))?;
        let passphrase = self.ask.ask(Asking::Existing)?;
        sealed.open(&passphrase).map(Some)
    }

    fn asks(&self) -> bool {
        self.path.exists()
    }

    fn keep(&self, seed: &Seed) -> Result<(), KeystoreError> {
        let passphrase = self.ask.ask(Asking::New)?;
        let sealed = Sealed::seal(seed, &passphrase, &*self.random)?;
        let bytes = serde_json::to_vec_pretty(&sealed).map_err(|error| self.io(error.into()))?;
        self.write(&bytes).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => KeystoreError::Exists,
            _ => self.io(error),
        })
    }
}

/// One entry of a keyring.
trait Vault: Send + Sync {
    /// The secret, if there is one and the keyring answers.
    fn secret(&self) -> Option<Zeroizing<Vec<u8>>>;
    fn set(&self, secret: &[u8]) -> bool;
    fn delete(&self) -> bool;
}

/// An entry of the system's keyring, for this user of [`KEYRING_SERVICE`].
struct SystemVault(String);

impl SystemVault {
    fn entry(&self) -> keyring::Result<keyring::Entry> {
        keyring::Entry::new(KEYRING_SERVICE, &self.0)
    }
}

impl Vault for SystemVault {
    fn secret(&self) -> Option<Zeroizing<Vec<u8>>> {
        self.entry().and_then(|entry| entry.get_secret()).map(Zeroizing::new).ok()
    }

    fn set(&self, secret: &[u8]) -> bool {
        self.entry().and_then(|entry| entry.set_secret(secret)).is_ok()
    }

    fn delete(&self) -> bool {
        self.entry().and_then(|entry| entry.delete_credential()).is_ok()
    }
}

/// The system's keyring; where there is none, the sealed file.
pub struct KeyringKeys {
    vault: Box<dyn Vault>,
    file: FileKeys,
}

impl KeyringKeys {
    /// The entry for the wallet in `dir`, with the file there as the fallback.
    pub fn new(dir: &Path, ask: Arc<dyn AskPassphrase>, random: Arc<dyn Random>) -> Self {
        let vault = Box::new(SystemVault(dir.display().to_string()));
        Self { vault, file: FileKeys::new(dir, ask, random) }
    }

    /// The seed in the keyring. One that does not answer is one without our seed; a wallet that knows its client never makes a new one.
    fn in_keyring(&self) -> Option<Seed> {
        let seed = self.vault.secret().and_then(|secret| Seed::copied(&secret));
        stack::wipe();
        seed
    }
}

impl KeySource for KeyringKeys {
    fn load(&self) -> Result<Option<Seed>, KeystoreError> {
        if self.file.path.exists() { self.file.load() } else { Ok(self.in_keyring()) }
    }

    fn asks(&self) -> bool {
        self.file.asks()
    }

    fn protect(&self) -> Result<(), KeystoreError> {
        let Some(seed) = self.in_keyring() else { return Ok(()) };
        if !self.file.path.exists() {
            // From here on the file is what is asked; killed before the next step, there are two of one seed and none is lost.
            self.file.keep(&seed)?;
        } else if *self.file.load()?.ok_or(KeystoreError::Exists)?.expose() != *seed.expose() {
            return Err(KeystoreError::Exists);
        }
        if self.vault.delete() { Ok(()) } else { Err(KeystoreError::Twice) }
    }

    fn keep(&self, seed: &Seed) -> Result<(), KeystoreError> {
        // Two first uses at once take turns, and the second finds what the first kept: a keyring overwrites silently.
        let _turn = self.file.turn()?;
        if self.file.path.exists() || self.vault.secret().is_some() {
            return Err(KeystoreError::Exists);
        }
        // Read back: a keyring that forgets must not be the only place of a key.
        let is_kept = self.vault.set(seed.expose())
            && self.vault.secret().is_some_and(|secret| secret.as_slice() == seed.expose());
        if is_kept { Ok(()) } else { self.file.keep(seed) }
    }
}

/// Makes `dir` and what is missing above it, for its owner only; leaves a folder that is there as it is.
///
/// # Errors
/// What the system says.
pub fn private_dir(dir: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Makes a rename in `dir` last through a power cut, where the system can.
///
/// # Errors
/// What the system says.
pub fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    fs::File::open(if dir.as_os_str().is_empty() { Path::new(".") } else { dir })?.sync_all()?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    format: String,
    kdf: String,
    cost: Cost,
    salt: String,
    cipher: String,
    nonce: String,
    sealed: String,
}

impl Sealed {
    fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() > MAX_FILE_BYTES {
            return None;
        }
        let sealed: Self = json::read(bytes).ok()?;
        let ours = sealed.format == FORMAT && sealed.kdf == KDF && sealed.cipher == CIPHER;
        (ours && sealed.cost.is_bearable()).then_some(sealed)
    }

    fn seal(seed: &Seed, passphrase: &str, random: &dyn Random) -> Result<Self, KeystoreError> {
        let (salt, nonce) = sealing::fresh(random);
        let cost = Cost::HERE;
        let lock = Lock { passphrase, cost, salt: &salt, nonce: &nonce, bound: &bound(cost) };
        let sealed = lock.seal(seed.expose()).map_err(|_| KeystoreError::WrongPassphrase)?;
        Ok(Self {
            format: FORMAT.to_owned(),
            kdf: KDF.to_owned(),
            cost,
            salt: to_base64url(&salt),
            cipher: CIPHER.to_owned(),
            nonce: to_base64url(&nonce),
            sealed: to_base64url(&sealed),
        })
    }

    fn open(&self, passphrase: &str) -> Result<Seed, KeystoreError> {
        let bytes = |text: &str| from_base64url(text).map_err(|_| KeystoreError::WrongPassphrase);
        let nonce = bytes(&self.nonce)?.try_into().map_err(|_| KeystoreError::WrongPassphrase)?;
        let (salt, cost) = (bytes(&self.salt)?, self.cost);
        let lock = Lock { passphrase, cost, salt: &salt, nonce: &nonce, bound: &bound(cost) };
        let seed = lock.open(&bytes(&self.sealed)?).map_err(|_| KeystoreError::WrongPassphrase)?;
        Seed::copied(&seed).ok_or(KeystoreError::WrongPassphrase)
    }
}

/// What the seal covers besides the seed, so that nobody can make the key cheaper to guess.
fn bound(cost: Cost) -> Vec<u8> {
    format!("{FORMAT} {KDF} m={} t={} p={} {CIPHER}", cost.m, cost.t, cost.p).into_bytes()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::sync::Mutex;

    use super::*;
    use crate::random::SystemRandom;

    struct Knows(&'static str);

    impl AskPassphrase for Knows {
        fn ask(&self, _: Asking) -> Result<Zeroizing<String>, KeystoreError> {
            Ok(Zeroizing::new(self.0.to_owned()))
        }
    }

    struct Nobody;

    impl AskPassphrase for Nobody {
        fn ask(&self, _: Asking) -> Result<Zeroizing<String>, KeystoreError> {
            Err(KeystoreError::PassphraseNeeded)
        }
    }

    fn keys(dir: &Path, ask: impl AskPassphrase + 'static) -> FileKeys {
        FileKeys::new(dir, Arc::new(ask), Arc::new(SystemRandom))
    }

    #[test]
    fn a_seed_is_kept_once_and_found_again() {
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("wallet");
        let seed = load_or_create(&keys(&dir, Knows("春风")), &SystemRandom).unwrap();
        let again = load_or_create(&keys(&dir, Knows("春风")), &SystemRandom).unwrap();
        assert_eq!(seed.expose(), again.expose());
        assert!(matches!(keys(&dir, Knows("x")).keep(&seed), Err(KeystoreError::Exists)), "never replaced");
        assert!(matches!(keys(&dir, Knows("冬风")).load(), Err(KeystoreError::WrongPassphrase)));
        assert!(matches!(keys(&dir, Nobody).load(), Err(KeystoreError::PassphraseNeeded)));
        let left: Vec<_> = fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left, [FILE_NAME], "no temporary file is left");
    }

    /// A keyring that may be locked for writing.
    #[derive(Clone, Default)]
    struct Ring {
        secret: Arc<Mutex<Option<Vec<u8>>>>,
        is_shut: bool,
    }

    impl Vault for Ring {
        fn secret(&self) -> Option<Zeroizing<Vec<u8>>> {
            self.secret.lock().unwrap().clone().map(Zeroizing::new)
        }

        fn set(&self, secret: &[u8]) -> bool {
            if !self.is_shut {
                *self.secret.lock().unwrap() = Some(secret.to_vec());
            }
            !self.is_shut
        }

        fn delete(&self) -> bool {
            if !self.is_shut {
                *self.secret.lock().unwrap() = None;
            }
            !self.is_shut
        }
    }

    fn ring_keys(dir: &Path, ring: &Ring, ask: impl AskPassphrase + 'static) -> KeyringKeys {
        KeyringKeys { vault: Box::new(ring.clone()), file: keys(dir, ask) }
    }

    #[test]
    fn a_key_moves_from_the_keyring_into_a_file_and_is_never_lost_between() {
        let (home, ring) = (tempfile::tempdir().unwrap(), Ring::default());
        let seed = load_or_create(&ring_keys(home.path(), &ring, Nobody), &SystemRandom).unwrap();
        assert!(ring.secret().is_some());
        assert!(!ring_keys(home.path(), &ring, Nobody).asks());
        // Nobody gives a passphrase: it stays where it is.
        let refused = ring_keys(home.path(), &ring, Nobody).protect();
        assert!(matches!(refused, Err(KeystoreError::PassphraseNeeded)));
        assert!(ring.secret().is_some() && !home.path().join(FILE_NAME).exists());
        // The keyring does not let go, which is told; a second try ends it.
        let shut = Ring { is_shut: true, ..ring.clone() };
        assert!(matches!(ring_keys(home.path(), &shut, Knows("p")).protect(), Err(KeystoreError::Twice)));
        ring_keys(home.path(), &ring, Knows("p")).protect().unwrap();
        assert!(ring.secret().is_none());
        let moved = ring_keys(home.path(), &ring, Knows("p"));
        assert!(moved.asks());
        assert_eq!(moved.load().unwrap().unwrap().expose(), seed.expose());
        moved.protect().unwrap();
        assert!(matches!(ring_keys(home.path(), &ring, Knows("x")).load(), Err(KeystoreError::WrongPassphrase)));
    }

    #[test]
    fn a_keyring_that_keeps_nothing_is_not_the_only_place_of_a_key() {
        let (home, shut) = (tempfile::tempdir().unwrap(), Ring { is_shut: true, ..Ring::default() });
        load_or_create(&ring_keys(home.path(), &shut, Knows("p")), &SystemRandom).unwrap();
        assert!(home.path().join(FILE_NAME).exists());
    }

    #[test]
    fn a_key_of_somebody_else_in_the_keyring_is_left_there() {
        let (home, ring) = (tempfile::tempdir().unwrap(), Ring::default());
        load_or_create(&keys(home.path(), Knows("p")), &SystemRandom).unwrap();
        ring.set(&[7; 32]);
        let refused = ring_keys(home.path(), &ring, Knows("p")).protect();
        assert!(matches!(refused, Err(KeystoreError::Exists)));
        assert!(ring.secret().is_some());
    }

    #[test]
    #[cfg(unix)]
    fn only_the_owner_can_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().unwrap();
        let dir = home.path().join("wallet");
        load_or_create(&keys(&dir, Knows("p")), &SystemRandom).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&dir), mode(&dir.join(FILE_NAME))), (0o700, 0o600));
    }

    #[test]
    fn the_file_holds_no_secret_and_notices_every_change() {
        let home = tempfile::tempdir().unwrap();
        let store = keys(home.path(), Knows("p"));
        let seed = load_or_create(&store, &SystemRandom).unwrap();
        let bytes = fs::read(&store.path).unwrap();
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains(&to_base64url(seed.expose())));
        assert!(!bytes.windows(32).any(|window| window == seed.expose()));

        let tree: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        for (pointer, value) in [
            ("/cost/m", serde_json::json!(64)),
            ("/cost/t", serde_json::json!(1)),
            ("/salt", serde_json::json!(to_base64url(&[1; 16]))),
            ("/nonce", serde_json::json!(to_base64url(&[1; 24]))),
            ("/sealed", serde_json::json!(to_base64url(&[1; 48]))),
            ("/cost/m", serde_json::json!(u32::MAX)),
            ("/cipher", serde_json::json!("none")),
            ("/format", serde_json::json!("hongbao-identity/2")),
        ] {
            let mut changed = tree.clone();
            *changed.pointer_mut(pointer).unwrap() = value;
            fs::write(&store.path, changed.to_string()).unwrap();
            assert!(
                matches!(store.load(), Err(KeystoreError::WrongPassphrase | KeystoreError::Damaged(_))),
                "{pointer}"
            );
        }
    }
}
