//! Backups of a data directory: a new folder with a copy of everything without which a server is not the one that it was, and a
//! manifest with the digest of each file. A folder gets its name when it is whole, so what was cut off is no backup.
//!
//! What is in the database is for others; the token of the admin API is not copied, as a server makes a new one.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::data_dir::{
    self, Books, DATABASE, DataDirError, KEPT, KEY, LASTING, io_error, make_private_dir, private, read_file,
    sync_parent, write_whole,
};
use super::keys::{LATER_PREFIX, LATER_SUFFIX, RING};
use crate::api::discovery::Role;
use crate::jose::{Digest, json};
use crate::packet::Origin;
use crate::random::Random;

const MANIFEST: &str = "backup.json";
/// How the manifest is written.
const FORMAT: u32 = 1;

/// Why there is no backup, or why it is not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file or folder.
    #[error(transparent)]
    DataDir(#[from] DataDirError),
    /// Nothing is ever written over.
    #[error("{0} is there already; name a new folder")]
    There(PathBuf),
    /// The folder holds no backup, or one that was cut off.
    #[error("{0} is no whole backup: it has no {MANIFEST}")]
    None(PathBuf),
    /// The manifest is not one of this program's.
    #[error("{0} cannot be read; it is damaged, or of a newer program")]
    Manifest(PathBuf),
    /// A file is not what the manifest says.
    #[error("{0} is not as it was backed up; use another backup")]
    Changed(PathBuf),
}

/// One file of a backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Its name, in the backup as in the data directory.
    pub name: String,
    /// How many bytes.
    pub bytes: u64,
    /// Of all of it.
    pub sha256: Digest,
}

/// What a backup is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// How this is written.
    pub format: u32,
    /// What the server is.
    pub role: Role,
    /// Its origin.
    pub url: Origin,
    /// Where its books are; those of a PostgreSQL server are not in the backup.
    pub books: Books,
    /// How many steps led to the schema of the database.
    pub schema: usize,
    /// When the copy was begun, in seconds: what is in it was decided then or later.
    pub taken: i64,
    /// What is in it.
    pub files: Vec<Kept>,
}

/// A folder under way: beside the place where it will be, and gone if it is not finished.
#[derive(Debug)]
pub struct Draft {
    folder: PathBuf,
    target: PathBuf,
    is_finished: bool,
}

impl Draft {
    /// Begins a folder that will be at `target`, where nothing may be but, if `may_be_empty`, an empty folder.
    ///
    /// # Errors
    /// [`BackupError::There`].
    pub fn beside(target: &Path, may_be_empty: bool, random: &dyn Random) -> Result<Self, BackupError> {
        let target = std::path::absolute(target).map_err(io_error(target))?;
        let is_empty = || fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_none());
        if target.symlink_metadata().is_ok() && !(may_be_empty && is_empty()) {
            return Err(BackupError::There(target));
        }
        let mut name = target.file_name().map(ToOwned::to_owned).unwrap_or_default();
        name.push(format!(".{}.new", random.token()));
        let folder = target.with_file_name(name);
        make_private_dir(&folder)?;
        Ok(Self { folder, target, is_finished: false })
    }

    /// Where it is until it is finished.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the database is in it.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        data_dir::database(&self.folder)
    }

    /// Copies everything that a data directory needs besides its database.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn take(&self, data: &Path) -> Result<(), BackupError> {
        let mut names: Vec<String> = [KEY, LASTING, KEPT, RING].map(str::to_owned).into();
        for entry in fs::read_dir(data).map_err(io_error(data))? {
            let name = entry.map_err(io_error(data))?.file_name();
            names.extend(name.to_str().filter(|name| is_later_key(name)).map(str::to_owned));
        }
        for name in names.iter().filter(|name| data.join(name).exists()) {
            copy(&data.join(name), &self.folder.join(name))?;
        }
        Ok(())
    }

    /// Writes the manifest of a backup.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn describe(
        &self,
        (role, url, books): (Role, Origin, Books),
        schema: usize,
        taken: i64,
    ) -> Result<Manifest, BackupError> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(io_error(&self.folder))? {
            let entry = entry.map_err(io_error(&self.folder))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            files.push(kept(&self.folder, name)?);
        }
        files.sort_by(|one, other| one.name.cmp(&other.name));
        let manifest = Manifest { format: FORMAT, role, url, books, schema, taken, files };
        let path = self.folder.join(MANIFEST);
        let text = serde_json::to_string_pretty(&manifest).map_err(|_| BackupError::Manifest(path.clone()))?;
        write_whole(&path, &text)?;
        Ok(manifest)
    }

    /// Gives the folder its name, on disk.
    ///
    /// # Errors
    /// [`BackupError`].
    pub fn finish(mut self) -> Result<PathBuf, BackupError> {
        sync_folder(&self.folder)?;
        fs::rename(&self.folder, &self.target).map_err(io_error(&self.target))?;
        self.is_finished = true;
        sync_parent(&self.target).map_err(io_error(&self.target))?;
        Ok(std::mem::take(&mut self.target))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // Only what was made here; if even that fails, its name says what it is.
        if !self.is_finished {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

impl Manifest {
    /// Reads the manifest of a backup.
    ///
    /// # Errors
    /// [`BackupError::None`], [`BackupError::Manifest`].
    pub fn read(backup: &Path) -> Result<Self, BackupError> {
        let path = backup.join(MANIFEST);
        let text = read_file(&path)?.ok_or_else(|| BackupError::None(backup.to_owned()))?;
        let manifest: Self = json::read(text.as_bytes()).map_err(|_| BackupError::Manifest(path.clone()))?;
        let is_known = manifest.files.iter().all(|file| is_one_of_ours(&file.name));
        if manifest.format == FORMAT && is_known { Ok(manifest) } else { Err(BackupError::Manifest(path)) }
    }

    /// Copies a backup's files, and examines what was copied.
    ///
    /// # Errors
    /// [`BackupError::Changed`].
    pub fn copy_into(&self, backup: &Path, draft: &Draft) -> Result<(), BackupError> {
        for file in &self.files {
            let from = backup.join(&file.name);
            copy(&from, &draft.folder.join(&file.name))?;
            if kept(&draft.folder, file.name.clone())? != *file {
                return Err(BackupError::Changed(from));
            }
        }
        // The manifest may have been shortened; without these there is no server.
        let has = |name: &str| self.files.iter().any(|file| file.name == name);
        let books = self.books != Books::Sqlite || has(DATABASE);
        if has(KEY) && has(LASTING) && books { Ok(()) } else { Err(BackupError::Changed(backup.join(MANIFEST))) }
    }
}

fn is_one_of_ours(name: &str) -> bool {
    [KEY, LASTING, KEPT, RING, DATABASE].contains(&name) || is_later_key(name)
}

/// A plain name, in whatever folder.
fn is_later_key(name: &str) -> bool {
    let id = name.strip_prefix(LATER_PREFIX).and_then(|rest| rest.strip_suffix(LATER_SUFFIX));
    id.is_some_and(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)))
}

fn kept(folder: &Path, name: String) -> Result<Kept, DataDirError> {
    let path = folder.join(&name);
    let file = File::open(&path).map_err(io_error(&path))?;
    let bytes = file.metadata().map_err(io_error(&path))?.len();
    let sha256 = Digest::of_reader(file).map_err(io_error(&path))?;
    Ok(Kept { name, bytes, sha256 })
}

/// Copies a file into a new one for its owner only, to the disk.
fn copy(from: &Path, to: &Path) -> Result<(), DataDirError> {
    let mut source = File::open(from).map_err(io_error(from))?;
    let copied = private(OpenOptions::new().write(true).create_new(true)).open(to).and_then(|mut target| {
        io::copy(&mut source, &mut target)?;
        target.sync_all()
    });
    copied.map_err(io_error(to))
}

fn sync_folder(folder: &Path) -> Result<(), DataDirError> {
    sync_parent(&folder.join(MANIFEST)).map_err(io_error(folder))
}
