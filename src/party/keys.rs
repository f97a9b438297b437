//! A server's own keys: those that it signs with, one after the other, and the signed changes by which others follow.
//!
//! They stand in its data directory: each key in a file for its owner only, and `keys.json` with what is public of them.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::data_dir::{DataDir, DataDirError, decode, read_file, root_key, write_whole};
use crate::api::keys::{KeysError, KnownKeys, MAX_CHANGES};
use crate::jose::{ClientId, Jws, KeySet, PublicKey, SigningKey, to_base64url};
use crate::packet::Origin;
use crate::random::Random;

pub(super) const RING: &str = "keys.json";
/// How the names of the files of later keys begin and end; their thumbprints stand between.
pub(super) const LATER_PREFIX: &str = "signing-";
pub(super) const LATER_SUFFIX: &str = ".key";

/// What a server has of its own keys.
#[derive(Clone, Debug)]
pub struct OwnKeys {
    root: SigningKey,
    signer: SigningKey,
    ring: Ring,
}

/// What is public of them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Ring {
    known: KnownKeys,
    changes: Vec<String>,
}

impl From<SigningKey> for OwnKeys {
    /// A server's first and only key.
    fn from(key: SigningKey) -> Self {
        Self { ring: Ring::first(&key), root: key.clone(), signer: key }
    }
}

impl OwnKeys {
    /// The first key, from which the server's other secrets are made as long as it lives: codes that were given and draws
    /// that were promised must not change with the key that signs.
    #[must_use]
    pub const fn root(&self) -> &SigningKey {
        &self.root
    }

    /// The key that signs now.
    #[must_use]
    pub const fn signer(&self) -> &SigningKey {
        &self.signer
    }

    /// The keys as others know them.
    #[must_use]
    pub const fn known(&self) -> &KnownKeys {
        &self.ring.known
    }

    /// The keys of a server that runs or does not, for whoever looks at its data directory.
    ///
    /// # Errors
    /// [`DataDirError`].
    pub fn read(directory: &Path) -> Result<Self, DataDirError> {
        Files(directory).own_keys(root_key(directory)?)
    }

    /// Those that are believed.
    #[must_use]
    pub fn believed(&self) -> KeySet {
        self.ring.known.believed()
    }

    /// The signed changes, first to last.
    #[must_use]
    pub fn changes(&self) -> &[String] {
        &self.ring.changes
    }
}

impl Ring {
    fn first(key: &SigningKey) -> Self {
        Self { known: KnownKeys { current: vec![key.public()], ..KnownKeys::default() }, changes: Vec::new() }
    }

    fn put(&mut self, (change, known): (Jws, KnownKeys)) {
        self.known = known;
        self.changes.push(change.as_str().to_owned());
    }
}

/// Why a server's keys are not changed.
#[derive(Debug, thiserror::Error)]
pub enum RingError {
    /// The directory.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Nobody would follow.
    #[error(transparent)]
    Keys(#[from] KeysError),
    /// A server's keys can be changed [`MAX_CHANGES`] times.
    #[error("these keys were changed {MAX_CHANGES} times, which is as often as others follow")]
    TooOften,
    /// No key in use has that thumbprint.
    #[error("no key in use is {0}")]
    Unknown(ClientId),
    /// It signs.
    #[error("that is the key that signs; add a new one first")]
    Signs,
}

/// One key of a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyView {
    /// Its thumbprint.
    pub kid: ClientId,
    /// `current`, `retired` or `dropped`.
    pub state: &'static str,
    /// Whether the server signs with it.
    pub signs: bool,
}

/// A server's keys, first to last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyList {
    /// The keys.
    pub keys: Vec<KeyView>,
    /// How often they were changed.
    pub changes: usize,
}

impl From<&OwnKeys> for KeyList {
    fn from(own: &OwnKeys) -> Self {
        let (known, signer) = (own.known(), own.signer.public());
        let of = |keys: &[PublicKey], state| {
            let view = |key: &PublicKey| KeyView { kid: key.thumbprint(), state, signs: *key == signer };
            keys.iter().map(view).collect::<Vec<_>>()
        };
        let keys = [of(&known.dropped, "dropped"), of(&known.retired, "retired"), of(&known.current, "current")];
        Self { keys: keys.concat(), changes: own.changes().len() }
    }
}

impl DataDir {
    /// The server's keys; its first one is made at the first start.
    ///
    /// # Errors
    /// [`DataDirError`]: a key is missing or damaged.
    pub fn own_keys(&self, random: &dyn Random) -> Result<OwnKeys, DataDirError> {
        self.files().own_keys(self.signing_key(random)?)
    }

    /// Adds a key, which signs from the next start on; those before stay in use until they are retired.
    ///
    /// # Errors
    /// [`RingError`]; nothing changed then.
    pub fn add_key(&self, party: &Origin, random: &dyn Random, now: i64) -> Result<OwnKeys, RingError> {
        let mut own = self.own_keys(random)?;
        own.refuse_too_often()?;
        let secret = random.secret();
        let key = SigningKey::from_secret(&secret);
        let current = own.known().current.iter().cloned().chain([key.public()]).collect();
        let change = own.known().change((party, &own.signer), current, own.known().retired.clone(), now)?;
        // The key before the word of it: a key that nobody heard of harms nobody, and the other way round nobody could sign.
        write_whole(&self.files().later_path(&key.public()), &Zeroizing::new(to_base64url(&*secret)))?;
        own.ring.put(change);
        self.files().keep_ring(&own.ring)?;
        own.signer = key;
        Ok(own)
    }

    /// Takes a key out of use: what it signed stays believed, unless it was stolen.
    ///
    /// # Errors
    /// [`RingError`]; nothing changed then.
    pub fn retire_key(
        &self,
        party: &Origin,
        (kid, is_stolen): (ClientId, bool),
        random: &dyn Random,
        now: i64,
    ) -> Result<OwnKeys, RingError> {
        let mut own = self.own_keys(random)?;
        own.refuse_too_often()?;
        let known = own.known();
        let (out, current): (Vec<_>, Vec<_>) = known.current.iter().cloned().partition(|key| key.thumbprint() == kid);
        let [out] = <[PublicKey; 1]>::try_from(out).map_err(|_| RingError::Unknown(kid))?;
        if out == own.signer.public() {
            return Err(RingError::Signs);
        }
        let mut retired = known.retired.clone();
        retired.extend((!is_stolen).then(|| out.clone()));
        let change = known.change((party, &own.signer), current, retired, now)?;
        own.ring.put(change);
        self.files().keep_ring(&own.ring)?;
        // The first key stays, for what is made from it; it signs nothing any more.
        if out != own.root.public() {
            let path = self.files().later_path(&out);
            fs::remove_file(&path).map_err(|error| DataDirError::Io { path, error })?;
        }
        Ok(own)
    }

    fn files(&self) -> Files<'_> {
        Files(self.folder())
    }
}

/// The files of a directory.
struct Files<'a>(&'a Path);

impl Files<'_> {
    fn own_keys(&self, root: SigningKey) -> Result<OwnKeys, DataDirError> {
        let path = self.0.join(RING);
        let ring = match read_file(&path)? {
            Some(text) => serde_json::from_str(&text).map_err(|_| DataDirError::Damaged(path.clone()))?,
            None => Ring::first(&root),
        };
        let newest = ring.known.current.last().ok_or(DataDirError::Damaged(path))?;
        let signer = if *newest == root.public() { root.clone() } else { self.later_key(newest)? };
        Ok(OwnKeys { root, signer, ring })
    }

    fn keep_ring(&self, ring: &Ring) -> Result<(), DataDirError> {
        let path = self.0.join(RING);
        let text = serde_json::to_string(ring).map_err(|_| DataDirError::Damaged(path.clone()))?;
        write_whole(&path, &text)
    }

    fn later_path(&self, key: &PublicKey) -> PathBuf {
        self.0.join(format!("{LATER_PREFIX}{}{LATER_SUFFIX}", key.thumbprint()))
    }

    /// A key that came after the first one.
    fn later_key(&self, public: &PublicKey) -> Result<SigningKey, DataDirError> {
        let path = self.later_path(public);
        let text = Zeroizing::new(read_file(&path)?.ok_or_else(|| DataDirError::Missing(path.clone()))?);
        let secret = decode(text.trim()).ok_or_else(|| DataDirError::Damaged(path.clone()))?;
        let key = SigningKey::from_secret(&secret);
        if key.public() == *public { Ok(key) } else { Err(DataDirError::Damaged(path)) }
    }
}

impl OwnKeys {
    fn refuse_too_often(&self) -> Result<(), RingError> {
        if self.ring.changes.len() < MAX_CHANGES { Ok(()) } else { Err(RingError::TooOften) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::api::discovery::{Discovery, Role};
    use crate::random::SystemRandom;

    fn shop() -> Origin {
        Origin::parse("https://shop.example").unwrap()
    }

    fn shown(own: &OwnKeys) -> Discovery {
        Discovery {
            role: Role::Enterprise,
            origin: shop(),
            name: "Shop".into(),
            keys: own.known().current.clone(),
            changes: own.changes().to_vec(),
            account_prefixes: vec![],
            members: vec![],
        }
    }

    #[test]
    fn keys_come_and_go_and_others_can_follow() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shop");
        let open = DataDir::open(&path, Role::Enterprise).unwrap();
        let first = open.own_keys(&SystemRandom).unwrap();
        let pinned = first.known().clone();
        let first_kid = first.signer().public().thumbprint();
        let refused = open.retire_key(&shop(), (first_kid, false), &SystemRandom, 1);
        assert!(matches!(refused, Err(RingError::Signs)));

        let added = open.add_key(&shop(), &SystemRandom, 2).unwrap();
        let again = open.own_keys(&SystemRandom).unwrap();
        assert_eq!(again.signer().public(), added.signer().public(), "the new one signs");
        assert_eq!(again.root().public(), first.signer().public(), "secrets stay those of the first");
        let overlap = pinned.follow(&shown(&again)).unwrap().unwrap();
        assert_eq!(overlap.believed().keys.len(), 2);

        let retired = open.retire_key(&shop(), (first_kid, false), &SystemRandom, 3).unwrap();
        assert_eq!(retired.known().retired, [first.signer().public()]);
        let missing = open.retire_key(&shop(), (first_kid, false), &SystemRandom, 3);
        assert!(matches!(missing, Err(RingError::Unknown(kid)) if kid == first_kid));
        let second_kid = added.signer().public().thumbprint();
        let third = open.add_key(&shop(), &SystemRandom, 4).unwrap();
        let stolen = open.retire_key(&shop(), (second_kid, true), &SystemRandom, 5).unwrap();
        for known in [&pinned, &overlap, third.known()] {
            let followed = known.follow(&shown(&stolen)).unwrap().unwrap();
            assert_eq!(&followed, stolen.known());
            assert!(followed.believed().find(&second_kid).is_none() && followed.believed().find(&first_kid).is_some());
        }
        assert!(!open.files().later_path(&added.signer().public()).exists(), "a key that is out of use is gone");
        let states: Vec<_> = KeyList::from(&stolen).keys.iter().map(|key| (key.state, key.signs)).collect();
        assert_eq!(states, [("dropped", false), ("retired", false), ("current", true)]);
        drop(open);

        let open = DataDir::open(&path, Role::Enterprise).unwrap();
        let signer = open.own_keys(&SystemRandom).unwrap().signer().public();
        assert_eq!(signer, stolen.signer().public());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(open.files().later_path(&signer)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        fs::write(open.files().later_path(&signer), to_base64url(&[5; 32])).unwrap();
        assert!(matches!(open.own_keys(&SystemRandom), Err(DataDirError::Damaged(_))), "another key in its place");
        fs::remove_file(open.files().later_path(&signer)).unwrap();
        assert!(matches!(open.own_keys(&SystemRandom), Err(DataDirError::Missing(_))), "never a new one by itself");
    }

    #[test]
    fn keys_change_as_often_as_others_follow() {
        let dir = tempfile::tempdir().unwrap();
        let open = DataDir::open(&dir.path().join("shop"), Role::Enterprise).unwrap();
        let mut own = open.own_keys(&SystemRandom).unwrap();
        let pinned = own.known().clone();
        let mut retire = None;
        while own.changes().len() < MAX_CHANGES {
            own = match retire.take() {
                Some(kid) => open.retire_key(&shop(), (kid, true), &SystemRandom, 1).unwrap(),
                None => {
                    retire = Some(own.signer().public().thumbprint());
                    open.add_key(&shop(), &SystemRandom, 1).unwrap()
                }
            };
        }
        assert!(matches!(open.add_key(&shop(), &SystemRandom, 1), Err(RingError::TooOften)));
        assert_eq!(pinned.follow(&shown(&own)).unwrap().unwrap(), *own.known());
        let document = serde_json::to_vec(&shown(&own)).unwrap();
        assert!(document.len() < crate::api::discovery::MAX_BYTES / 2, "room for members: {}", document.len());
    }
}
