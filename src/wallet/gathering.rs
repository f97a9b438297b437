//! Many files at once: what is found in folders, and taking in all of it with a summary. One that is no packet stops nothing.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Imported, Wallet, WalletError};
use crate::packet::picture::MAX_BYTES;

/// What a packet file's name ends in.
const EXTENSION: &str = "hongbao";
/// Most files that are gathered from folders at once.
const MAX_FILES: usize = 10_000;
const MAX_DEPTH: usize = 8;

/// What came of taking many in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ImportedMany {
    /// The packets, in order.
    pub packets: Vec<Imported>,
    /// What could not be taken in.
    pub refused: Vec<NotTaken>,
}

/// A file that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotTaken {
    /// Which.
    pub path: PathBuf,
    /// The stable code of why.
    #[serde(rename = "type")]
    pub code: String,
    /// Why.
    pub detail: String,
}

impl NotTaken {
    /// A file that failed so.
    #[must_use]
    pub fn new(path: &Path, error: &WalletError) -> Self {
        Self { path: path.to_owned(), code: error.code().to_owned(), detail: error.to_string() }
    }
}

/// The files that these paths stand for: themselves, and of a folder all packet files in it and below, by name. Links to folders
/// are not followed. Blocks.
#[must_use]
pub fn gather(paths: &[PathBuf]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            below(path, MAX_DEPTH, &mut files);
        } else {
            files.push(path.clone());
        }
    }
    files.truncate(MAX_FILES);
    files
}

fn below(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(std::fs::DirEntry::file_name);
    for entry in entries {
        if files.len() >= MAX_FILES {
            return;
        }
        let (path, kind) = (entry.path(), entry.file_type());
        let ends = |path: &Path, with: &str| path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case(with));
        let is_sealed = || ends(&path, "age") && path.file_stem().is_some_and(|stem| ends(Path::new(stem), EXTENSION));
        let is_packet = ends(&path, EXTENSION) || is_sealed();
        match kind {
            Ok(kind) if kind.is_dir() && depth > 0 => below(&path, depth - 1, files),
            Ok(kind) if kind.is_file() && is_packet => files.push(path),
            _ => {}
        }
    }
}

impl Wallet {
    /// Takes many packet files in, each by itself.
    ///
    /// # Errors
    /// [`WalletError::Store`]: what is broken here stops it.
    pub async fn import_many(&self, files: &[PathBuf]) -> Result<ImportedMany, WalletError> {
        let mut many = ImportedMany::default();
        for path in files {
            match self.import_file(path).await {
                Ok(imported) => many.packets.push(imported),
                Err(error @ WalletError::Store(_)) => return Err(error),
                Err(error) => many.refused.push(NotTaken::new(path, &error)),
            }
        }
        Ok(many)
    }

    async fn import_file(&self, path: &Path) -> Result<Imported, WalletError> {
        use tokio::io::AsyncReadExt as _;
        let at = |error| WalletError::File(path.to_owned(), error);
        let file = tokio::fs::File::open(path).await.map_err(at)?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).await.map_err(at)?;
        self.import(&bytes).await
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_folder_stands_for_the_packets_in_it() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::create_dir_all(at("a/b")).unwrap();
        for name in [
            "2.hongbao",
            "1.HONGBAO",
            "a/b/3.hongbao",
            "4.hongbao.age",
            "letter.txt",
            "a/key.age",
            "a/me.hongbao-contact",
        ] {
            std::fs::write(at(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(dir.path(), at("a/round")).unwrap();
        let files = gather(&[at("letter.txt"), dir.path().to_owned(), at("none")]);
        assert_eq!(files, ["letter.txt", "1.HONGBAO", "2.hongbao", "4.hongbao.age", "a/b/3.hongbao", "none"].map(at));
    }
}
