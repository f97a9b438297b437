//! A server's data directory: its lock, its secrets (each a file for its owner only) and what it keeps over restarts.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::api::discovery::Role;
use crate::jose::{SigningKey, from_base64url, to_base64url};
use crate::packet::Origin;
use crate::random::Random;

const LOCK: &str = "lock";
pub(super) const KEY: &str = "signing.key";
const TOKEN: &str = "admin.token";
pub(super) const KEPT: &str = "server.json";
pub(super) const LASTING: &str = "settings.json";
/// Longest file that is read, in bytes: the list of keys with every change that there can be.
const MAX_BYTES: u64 = 1024 * 1024;
pub(super) const DATABASE: &str = "hongbao.sqlite3";

/// Why a data directory cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataDirError {
    /// The system refused.
    #[error("{path}: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another server runs on it.
    #[error("another server is running on this directory; stop it first or choose another --data")]
    InUse,
    /// It belongs to a server of the other role.
    #[error("this directory belongs to a server of the other role; choose another --data")]
    OtherRole,
    /// A file is gone without which the rest of the directory is of no use.
    #[error("{0} is missing, but the database is there; restore the file from a backup")]
    Missing(PathBuf),
    /// A file in it is not what it should be.
    #[error("{0} is damaged; restore it from a backup")]
    Damaged(PathBuf),
    /// No server has ever run on it.
    #[error("there is no server in this directory; start one with `hongbao-server serve --data …`")]
    Empty,
}

/// What `serve` prints when it accepts requests, and what is kept over restarts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// Always true: written when requests are accepted.
    pub ready: bool,
    /// What the server is.
    pub role: Role,
    /// Its origin.
    pub url: Origin,
    /// Where its admin API listens.
    pub admin_url: Origin,
    /// Where it listens, as `address:port`.
    pub listen: String,
}

/// Where a server's books are. The address of a database on a server is not kept: it may hold a password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Books {
    /// In the directory's own file.
    #[default]
    Sqlite,
    /// In a database of a PostgreSQL server, which bears this id.
    Postgres(Uuid),
}

/// What a server is for good, written before its database is made: what others know it by, and how it was set up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lasting {
    /// What the server is.
    pub role: Role,
    /// Its origin, which everything it signs names.
    pub url: Origin,
    /// Where its books are.
    #[serde(default)]
    pub books: Books,
    /// The configuration it was last started with.
    pub config: serde_json::Map<String, serde_json::Value>,
    /// Whether it ever accepted requests: before that nobody can know its origin, and it may become another.
    #[serde(default = "served")]
    pub served: bool,
}

/// What was written down before this was kept counts as a server's that did.
const fn served() -> bool {
    true
}

/// An open data directory, locked for this process until dropped.
#[derive(Debug)]
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Opens a directory for a running server: makes it (mode 0700) if it is missing, and locks it.
    ///
    /// # Errors
    /// [`DataDirError`].
    pub fn open(path: &Path, role: Role) -> Result<Self, DataDirError> {
        make_private_dir(path)?;
        let lock_path = path.join(LOCK);
        let lock = private(OpenOptions::new().create(true).truncate(false).write(true)).open(&lock_path);
        let lock = lock.map_err(io_error(&lock_path))?;
        lock.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => DataDirError::InUse,
            fs::TryLockError::Error(error) => DataDirError::Io { path: lock_path, error },
        })?;
        let lasting = read_lasting(path)?;
        if lasting.as_ref().is_some_and(|lasting| lasting.role != role) {
            return Err(DataDirError::OtherRole);
        }
        if lasting.is_none() && database(path).exists() {
            return Err(DataDirError::Missing(path.join(LASTING)));
        }
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// The directory.
    pub(super) fn folder(&self) -> &Path {
        &self.path
    }

    /// Where the database is.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        database(&self.path)
    }

    /// What an earlier start kept.
    ///
    /// # Errors
    /// [`DataDirError::Damaged`].
    pub fn kept(&self) -> Result<Option<Kept>, DataDirError> {
        read_kept(&self.path)
    }

    /// What the server is for good; none before its first start.
    ///
    /// # Errors
    /// [`DataDirError::Damaged`].
    pub fn lasting(&self) -> Result<Option<Lasting>, DataDirError> {
        read_lasting(&self.path)
    }

    /// Keeps what the server is for good, durably.
    ///
    /// # Errors
    /// [`DataDirError::Io`].
    pub fn keep_lasting(&self, lasting: &Lasting) -> Result<(), DataDirError> {
        let path = self.path.join(LASTING);
        let text = serde_json::to_string(lasting).map_err(|_| DataDirError::Damaged(path.clone()))?;
        write_whole(&path, &text)
    }

    /// Keeps where the server listens, durably.
    ///
    /// # Errors
    /// [`DataDirError::Io`].
    pub fn keep(&self, kept: &Kept) -> Result<(), DataDirError> {
        let path = self.path.join(KEPT);
        let text = serde_json::to_string(kept).map_err(|_| DataDirError::Damaged(path.clone()))?;
        write_whole(&path, &text)
    }

    /// The server's first signing key, made at the first start.
    ///
    /// # Errors
    /// [`DataDirError`].
    pub(super) fn signing_key(&self, random: &dyn Random) -> Result<SigningKey, DataDirError> {
        let text = self.secret(KEY, random)?;
        Ok(SigningKey::from_secret(&decode(&text).ok_or_else(|| DataDirError::Damaged(self.path.join(KEY)))?))
    }

    /// The admin token, made at the first start.
    ///
    /// # Errors
    /// [`DataDirError`].
    pub fn admin_token(&self, random: &dyn Random) -> Result<Zeroizing<String>, DataDirError> {
        self.secret(TOKEN, random)
    }

    /// Whether there may be books that the key has signed for.
    fn has_books(&self) -> Result<bool, DataDirError> {
        let on_a_server = self.lasting()?.is_some_and(|lasting| lasting.books != Books::Sqlite);
        Ok(on_a_server || self.database().exists())
    }

    /// A secret of 32 bytes, base64url, made when there is none. One that is not whole is never used nor replaced.
    fn secret(&self, name: &str, random: &dyn Random) -> Result<Zeroizing<String>, DataDirError> {
        let path = self.path.join(name);
        let Some(text) = read_file(&path)? else {
            // A new key would be another party's; a new token only needs to be read again.
            if name == KEY && self.has_books()? {
                return Err(DataDirError::Missing(path));
            }
            let text = Zeroizing::new(to_base64url(&*random.secret()));
            write_whole(&path, &text)?;
            return Ok(text);
        };
        let text = Zeroizing::new(text.trim().to_owned());
        if decode(&text).is_some() { Ok(text) } else { Err(DataDirError::Damaged(path)) }
    }
}

/// What the server of a data directory is for good, if one has ever run there.
///
/// # Errors
/// [`DataDirError`].
pub fn read_lasting(path: &Path) -> Result<Option<Lasting>, DataDirError> {
    let path = path.join(LASTING);
    let Some(text) = read_file(&path)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|_| DataDirError::Damaged(path))
}

/// The first signing key of a directory in which a server has run.
pub(super) fn root_key(directory: &Path) -> Result<SigningKey, DataDirError> {
    let path = directory.join(KEY);
    let text = Zeroizing::new(read_file(&path)?.ok_or_else(|| DataDirError::Missing(path.clone()))?);
    Ok(SigningKey::from_secret(&decode(text.trim()).ok_or(DataDirError::Damaged(path))?))
}

pub(super) fn decode(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = Zeroizing::new(from_base64url(text).ok()?);
    bytes.as_slice().try_into().ok().map(Zeroizing::new)
}

/// How a command reaches the server that runs on a data directory.
pub struct AdminDoor {
    /// What the server kept.
    pub kept: Kept,
    /// The token.
    pub token: Zeroizing<String>,
}

impl AdminDoor {
    /// Reads where the server listens and its token.
    ///
    /// # Errors
    /// [`DataDirError::Empty`] when no server has run there.
    pub fn find(path: &Path) -> Result<Self, DataDirError> {
        let kept = read_kept(path)?.ok_or(DataDirError::Empty)?;
        let token = read_file(&path.join(TOKEN))?.ok_or(DataDirError::Empty)?;
        Ok(Self { kept, token: Zeroizing::new(token.trim().to_owned()) })
    }
}

/// Where the database of a data directory is.
#[must_use]
pub fn database(path: &Path) -> PathBuf {
    path.join(DATABASE)
}

/// What a server kept in a data directory, if one has run there.
///
/// # Errors
/// [`DataDirError`].
pub fn read_kept(path: &Path) -> Result<Option<Kept>, DataDirError> {
    let path = path.join(KEPT);
    let Some(text) = read_file(&path)? else { return Ok(None) };
    serde_json::from_str(&text).map(Some).map_err(|_| DataDirError::Damaged(path))
}

/// Writes a file for its owner only, so that after a crash it is whole or not there: beside it, synced, renamed.
pub(super) fn write_whole(path: &Path, text: &str) -> Result<(), DataDirError> {
    let new = path.with_extension("new");
    let written =
        private(OpenOptions::new().write(true).create(true).truncate(true)).open(&new).and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            sync_parent(path)
        });
    written.map_err(io_error(path))
}

/// Makes a rename durable, where folders can be synced.
pub(super) fn sync_parent(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

pub(super) fn read_file(path: &Path) -> Result<Option<String>, DataDirError> {
    let mut text = String::new();
    match File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_string(&mut text)) {
        Ok(_) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(DataDirError::Io { path: path.to_owned(), error }),
    }
}

pub(super) fn io_error(path: &Path) -> impl FnOnce(io::Error) -> DataDirError {
    let path = path.to_owned();
    move |error| DataDirError::Io { path, error }
}

#[cfg(unix)]
pub(super) fn make_private_dir(path: &Path) -> Result<(), DataDirError> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(io_error(path))
}

#[cfg(not(unix))]
pub(super) fn make_private_dir(path: &Path) -> Result<(), DataDirError> {
    fs::create_dir_all(path).map_err(io_error(path))
}

#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600)
}

#[cfg(not(unix))]
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::random::SystemRandom;

    #[test]
    fn one_server_one_role_and_secrets_for_the_owner() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("bank");
        let open = DataDir::open(&path, Role::Bank).unwrap();
        assert!(matches!(DataDir::open(&path, Role::Bank), Err(DataDirError::InUse)));
        let key = open.signing_key(&SystemRandom).unwrap().public();
        let token = open.admin_token(&SystemRandom).unwrap();
        assert!(matches!(AdminDoor::find(&path), Err(DataDirError::Empty)));
        let url = Origin::parse("http://127.0.0.1:9").unwrap();
        let (admin_url, listen) = (url.clone(), "127.0.0.1:9".to_owned());
        let kept = Kept { ready: true, role: Role::Bank, url: url.clone(), admin_url, listen };
        open.keep(&kept).unwrap();
        let config = serde_json::Map::new();
        open.keep_lasting(&Lasting { role: Role::Bank, url, books: Books::Sqlite, config, served: true }).unwrap();
        fs::write(open.database(), "").unwrap();
        drop(open);
        assert!(matches!(DataDir::open(&path, Role::Enterprise), Err(DataDirError::OtherRole)));
        let open = DataDir::open(&path, Role::Bank).unwrap();
        assert_eq!((open.signing_key(&SystemRandom).unwrap().public(), open.kept().unwrap()), (key, Some(kept)));
        assert_eq!(AdminDoor::find(&path).unwrap().token, token);
        #[cfg(unix)]
        for (name, mode) in [(KEY, 0o600), (TOKEN, 0o600), ("", 0o700)] {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(path.join(name)).unwrap().permissions().mode() & 0o777, mode, "{name}");
        }
        fs::remove_file(path.join(KEY)).unwrap();
        assert!(matches!(open.signing_key(&SystemRandom), Err(DataDirError::Missing(_))), "no other key in its place");
        drop(open);
        fs::remove_file(path.join(LASTING)).unwrap();
        assert!(matches!(DataDir::open(&path, Role::Bank), Err(DataDirError::Missing(_))), "no other origin either");
    }

    #[test]
    fn whoever_reads_while_a_file_is_written_finds_it_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(LASTING);
        let texts = ["a", "b"].map(|letter| letter.repeat(512 * 1024));
        write_whole(&path, &texts[0]).unwrap();
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for text in texts.iter().cycle().take(60) {
                    write_whole(&path, text).unwrap();
                }
                done.store(true, std::sync::atomic::Ordering::SeqCst);
            });
            while !done.load(std::sync::atomic::Ordering::SeqCst) {
                let found = read_file(&path).unwrap().unwrap();
                assert!(texts.contains(&found), "{} bytes", found.len());
            }
        });
    }

    #[test]
    fn a_secret_that_is_not_whole_is_neither_used_nor_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let open = DataDir::open(dir.path(), Role::Bank).unwrap();
        for cut_off in ["", "short"] {
            fs::write(dir.path().join(KEY), cut_off).unwrap();
            fs::write(dir.path().join(TOKEN), cut_off).unwrap();
            assert!(matches!(open.signing_key(&SystemRandom), Err(DataDirError::Damaged(_))));
            assert!(matches!(open.admin_token(&SystemRandom), Err(DataDirError::Damaged(_))));
            assert_eq!(fs::read_to_string(dir.path().join(KEY)).unwrap(), cut_off);
        }
    }
}
