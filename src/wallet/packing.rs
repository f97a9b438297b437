//! All packet files into a folder: for whoever wants them beside the wallet, as keepsakes or for another program.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::friends::write_new;
use super::{Wallet, WalletError};
use crate::store::{Tx, values};

/// How many files of one name are told apart by a number.
const MOST_OF_ONE_NAME: u32 = 100;
/// How many rows are held at a time.
const PAGE: i64 = 100;

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Packed {
    /// The folder.
    pub folder: PathBuf,
    /// How many files are new.
    pub written: usize,
    /// How many were there already, the same.
    pub there: usize,
}

struct PacketRow {
    number: i64,
    name: String,
    file: String,
}

impl Wallet {
    /// Writes every packet's file into a folder, which is made if it is not there. Nothing is overwritten: a file of the same
    /// name that holds something else stays, and the packet's gets a number.
    ///
    /// # Errors
    /// [`WalletError::File`].
    pub async fn export_packets(&self, folder: &Path) -> Result<Packed, WalletError> {
        let at = |error| WalletError::File(folder.to_owned(), error);
        tokio::fs::create_dir_all(folder).await.map_err(at)?;
        let folder = std::path::absolute(folder).map_err(at)?;
        let mut packed = Packed { folder, written: 0, there: 0 };
        let mut after = 0;
        loop {
            let rows = self.store.read(move |tx| page(tx, after)).await?;
            let Some(last) = rows.last() else { return Ok(packed) };
            after = last.number;
            for row in &rows {
                if write_one(&packed.folder, row).await? { packed.written += 1 } else { packed.there += 1 }
            }
        }
    }
}

/// Names are made of numbers and of an id's letters only, so that no packet chooses where it is written.
fn page(tx: &mut Tx<'_>, after: i64) -> Result<Vec<PacketRow>, WalletError> {
    let sql = "SELECT packet.number, packet.id, packet.file, line.serial FROM packet \
               JOIN line ON line.number = packet.number WHERE packet.number > ?1 ORDER BY packet.number LIMIT ?2";
    let rows = tx.rows(sql, &values![after, PAGE])?;
    rows.iter()
        .map(|row| {
            let id: String = row.text("id")?.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
            let name = format!("hongbao-{:06}-{id}", row.int("serial")?);
            Ok(PacketRow { number: row.int("number")?, name, file: row.text("file")?.to_owned() })
        })
        .collect()
}

/// False when it is there already.
async fn write_one(folder: &Path, row: &PacketRow) -> Result<bool, WalletError> {
    let mut taken = None;
    for count in 1..=MOST_OF_ONE_NAME {
        let more = if count == 1 { String::new() } else { format!("-{count}") };
        let path = folder.join(format!("{}{more}.hongbao", row.name));
        match write_new(&path, row.file.as_bytes()).await {
            Ok(()) => return Ok(true),
            Err(WalletError::Exists(path)) => {
                if is_same(&path, row.file.as_bytes()).await.unwrap_or(false) {
                    return Ok(false);
                }
                taken = Some(path);
            }
            Err(error) => return Err(error),
        }
    }
    Err(WalletError::Exists(taken.unwrap_or_default()))
}

async fn is_same(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let there = tokio::fs::symlink_metadata(path).await?;
    if !there.is_file() || usize::try_from(there.len()).ok() != Some(bytes.len()) {
        return Ok(false);
    }
    Ok(tokio::fs::read(path).await? == bytes)
}
