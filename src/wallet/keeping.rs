//! Keeping a wallet: its recovery phrase, a backup of everything in one sealed file, and the way back into an empty wallet.
//!
//! A backup holds a database of its own, made by the same migrations, so that a newer program reads an older one's backup.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use zeroize::Zeroizing;

use super::friends::write_new;
use super::{DATABASE, Wallet, WalletError, catching_up, own_client, trust};
use crate::identity::backup::{self, BackupError};
use crate::identity::keystore::{KeystoreError, private_dir};
use crate::identity::phrase::{self, Phrase, WordList};
use crate::identity::{Identity, Seed};
use crate::jose::ClientId;
use crate::store::{Schema, Store, StoreError, Tx, Value, values};

/// Everything that a wallet keeps; a table comes after those that it refers to.
const TABLES: [&str; 19] = [
    "meta",
    "issuer",
    "bank",
    "account",
    "friend",
    "blocked",
    "packet",
    "line",
    "opening",
    "forward",
    "shown",
    "shown_upto",
    "collection",
    "goods_collection",
    "draw",
    "outbox",
    "inbox",
    "clock_offset",
    "event",
];

/// A backup that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The new file.
    pub path: PathBuf,
    /// How many packets it holds.
    pub packets: usize,
    /// Its size.
    pub bytes: usize,
}

/// A wallet that was brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Whose it is.
    pub client: ClientId,
    /// How many packets came with it; with a phrase none, they come from the issuers' inboxes.
    pub packets: usize,
}

type Rows = Vec<(Arc<[String]>, Vec<Value>)>;

impl Wallet {
    /// The words from which this wallet's key can be made again. The key is asked for anew, however lately it was used.
    ///
    /// # Errors
    /// [`WalletError::Key`], [`WalletError::KeyMissing`].
    pub async fn recovery_phrase(&self, list: WordList) -> Result<Phrase, WalletError> {
        Ok(Phrase::of(&self.seed().await?, list))
    }

    /// Writes everything of this wallet into one new file, sealed with `passphrase`. The key is asked for anew.
    ///
    /// # Errors
    /// [`WalletError::Key`], [`WalletError::Exists`], [`WalletError::File`], [`WalletError::Backup`].
    pub async fn back_up(&self, path: &Path, passphrase: Zeroizing<String>) -> Result<BackedUp, WalletError> {
        let seed = self.seed().await?;
        let rows = self.store.read(|tx| TABLES.iter().map(|table| all_of(tx, table)).collect::<Result<Vec<_>, _>>());
        let rows: Vec<Rows> = rows.await?;
        let packets = TABLES.iter().position(|table| *table == "packet").map_or(0, |at| rows[at].len());
        let image = self.image(rows).await?;
        let random = Arc::clone(&self.surroundings.random);
        // Making a key from a passphrase is meant to take its time.
        let sealing = tokio::task::spawn_blocking(move || backup::seal(&seed, &image, &passphrase, &*random));
        let file = sealing.await.map_err(|_| WalletError::Message("sealing stopped".into()))??;
        write_new(path, &file).await?;
        Ok(BackedUp { path: path.to_owned(), packets, bytes: file.len() })
    }

    /// Brings everything back from a backup file's bytes, into a wallet in which there is nothing yet.
    ///
    /// # Errors
    /// [`WalletError::InUse`], [`WalletError::Backup`], [`WalletError::Key`]; nothing was brought back then.
    pub async fn restore(&self, file: Vec<u8>, passphrase: Zeroizing<String>) -> Result<Restored, WalletError> {
        self.store.read(refuse_used).await?;
        let opening = tokio::task::spawn_blocking(move || backup::open(&file, &passphrase));
        let (seed, image) = opening.await.map_err(|_| WalletError::Message("opening stopped".into()))??;
        let rows = self.rows_of(&image).await?;
        let (client, now) = (Identity::from_seed(&seed).id(), self.now());
        self.keep_seed(seed).await?;
        let restored = self.store.decide(move |tx| put_back(tx, rows, client, now)).await?;
        for origin in self.store.read(trust::added).await? {
            self.surroundings.client.allow(origin);
        }
        Ok(restored)
    }

    /// Makes this wallet, which has no key yet, the one that a recovery phrase stands for.
    ///
    /// # Errors
    /// [`WalletError::InUse`], [`WalletError::Phrase`], [`WalletError::Key`].
    pub async fn restore_phrase(&self, text: &str) -> Result<Restored, WalletError> {
        let seed = phrase::read(text)?;
        if self.client_id().await?.is_some() {
            return Err(WalletError::InUse);
        }
        let (client, now) = (Identity::from_seed(&seed).id(), self.now());
        self.keep_seed(seed).await?;
        let keep = move |tx: &mut Tx<'_>| {
            if own_client(tx)?.is_some() {
                return Err(WalletError::InUse);
            }
            belongs_to(tx, client, now)?;
            Ok(Restored { client, packets: 0 })
        };
        self.store.decide(keep).await
    }

    /// Keeps a seed where this wallet's is kept. One that an interrupted restore has kept already is the same one.
    async fn keep_seed(&self, seed: Seed) -> Result<(), WalletError> {
        let keys = Arc::clone(&self.surroundings.keys);
        let keeping = tokio::task::spawn_blocking(move || match keys.keep(&seed) {
            Err(KeystoreError::Exists) => {
                let is_same = keys.load()?.is_some_and(|kept| kept.expose() == seed.expose());
                if is_same { Ok(()) } else { Err(WalletError::InUse) }
            }
            kept => Ok(kept?),
        });
        keeping.await.map_err(|_| WalletError::Message("the key store stopped".into()))?
    }

    /// A database file with these rows.
    async fn image(&self, rows: Vec<Rows>) -> Result<Zeroizing<Vec<u8>>, WalletError> {
        // Beside the wallet, which holds the same unsealed; never where the backup goes.
        let folder = self.beside()?;
        let path = folder.path().join(DATABASE);
        let copy = Store::open(&path, Schema::Wallet)?;
        copy.decide(move |tx| write_all(tx, rows)).await?;
        copy.close().await;
        Ok(Zeroizing::new(std::fs::read(&path).map_err(|error| WalletError::File(path, error))?))
    }

    /// The rows of a database file, brought to what this program knows.
    async fn rows_of(&self, image: &[u8]) -> Result<Vec<Rows>, WalletError> {
        let folder = self.beside()?;
        let path = folder.path().join(DATABASE);
        std::fs::write(&path, image).map_err(|error| WalletError::File(path.clone(), error))?;
        let as_backup = |error: StoreError| match error {
            StoreError::Newer { .. } => WalletError::Backup(BackupError::Newer),
            StoreError::Corrupt | StoreError::Foreign => WalletError::Backup(BackupError::NotOne),
            other => WalletError::Store(other),
        };
        let copy = Store::open(&path, Schema::Wallet).map_err(as_backup)?;
        super::lines::complete(&copy).await?;
        let rows = copy.read(|tx| TABLES.iter().map(|table| all_of(tx, table)).collect()).await;
        copy.close().await;
        rows
    }

    fn beside(&self) -> Result<tempfile::TempDir, WalletError> {
        let at = |error| WalletError::File(self.dir.clone(), error);
        private_dir(&self.dir).map_err(at)?;
        tempfile::Builder::new().prefix(".backup-").tempdir_in(&self.dir).map_err(at)
    }
}

fn all_of(tx: &mut Tx<'_>, table: &str) -> Result<Rows, WalletError> {
    let rows = tx.rows(&format!("SELECT * FROM {table} ORDER BY 1"), &values![])?;
    Ok(rows.into_iter().map(crate::store::Row::into_parts).collect())
}

/// Puts rows into their tables, which are empty.
fn write_all(tx: &mut Tx<'_>, tables: Vec<Rows>) -> Result<(), WalletError> {
    for (table, rows) in TABLES.iter().zip(tables) {
        for (columns, values) in rows {
            let places: Vec<String> = (1..=columns.len()).map(|place| format!("?{place}")).collect();
            // The names come from our own migrations.
            let sql = format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "));
            tx.execute(&sql, &values)?;
        }
    }
    Ok(())
}

/// Only what nobody has used yet gives way to a backup: whatever is in a wallet stays.
fn refuse_used(tx: &mut Tx<'_>) -> Result<(), WalletError> {
    if own_client(tx)?.is_some() {
        return Err(WalletError::InUse);
    }
    for table in TABLES.iter().filter(|table| **table != "meta") {
        if tx.first(&format!("SELECT 1 AS used FROM {table} LIMIT 1"), &values![])?.is_some() {
            return Err(WalletError::InUse);
        }
    }
    Ok(())
}

fn put_back(tx: &mut Tx<'_>, rows: Vec<Rows>, client: ClientId, now: i64) -> Result<Restored, WalletError> {
    refuse_used(tx)?;
    tx.execute("DELETE FROM meta", &values![])?;
    write_all(tx, rows)?;
    if own_client(tx)?.is_some_and(|kept| kept != client) {
        return Err(BackupError::NotOne.into());
    }
    belongs_to(tx, client, now)?;
    let count = tx.one("SELECT COUNT(*) AS n FROM packet", &values![])?.int("n")?;
    Ok(Restored { client, packets: usize::try_from(count).unwrap_or(0) })
}

fn belongs_to(tx: &mut Tx<'_>, client: ClientId, now: i64) -> Result<(), WalletError> {
    let sql = "INSERT INTO meta (key, value) VALUES ('client', ?1) ON CONFLICT DO NOTHING";
    tx.execute(sql, &values![client.to_string()])?;
    Ok(catching_up::begin(tx, now)?)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// A table that is added later must not be forgotten here.
    #[tokio::test]
    async fn a_backup_leaves_out_no_table() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join(DATABASE), Schema::Wallet).unwrap();
        let names = |tx: &mut Tx<'_>| {
            let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
            let rows = tx.rows(sql, &values![])?;
            rows.iter().map(|row| Ok(row.text("name")?.to_owned())).collect::<Result<Vec<String>, WalletError>>()
        };
        let mut there = store.read(names).await.unwrap();
        there.retain(|name| name != "refinery_schema_history");
        there.sort();
        let mut kept = TABLES.map(str::to_owned);
        kept.sort();
        assert_eq!(there, kept);
        store.close().await;
    }
}
