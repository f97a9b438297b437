//! The database room: opens a database, migrates it, runs decisions and queries in transactions.
//!
//! A *decision* is a synchronous function of one [`Tx`]. All of a store's decisions run one after the other, so each sees
//! all earlier ones, and its answer comes only when what it wrote is on disk. Queries live beside their domain: this
//! room must not know any table, and no other room must know SQLite or PostgreSQL.

#[cfg(feature = "server")]
mod database;
#[cfg(test)]
pub(crate) mod earlier;
mod error;
#[cfg(test)]
pub(crate) mod inline;
mod migrate;
#[cfg(feature = "server")]
mod postgres;
mod readers;
mod row;
mod sqlite;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod tx;
mod value;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "server")]
pub use self::database::Database;
pub use self::error::StoreError;
pub use self::migrate::Schema;
#[cfg(feature = "server")]
pub use self::postgres::Address;
pub use self::row::Row;
pub use self::tx::Tx;
pub use self::value::Value;
pub use crate::values;

use self::readers::{Readers, Source};
use self::writer::Writer;

/// A handle to one open database; clones share it. [`close`](Self::close) it in the end: dropping the last handle
/// stops the writer too, after the decisions already waiting, but nobody waits for that.
#[derive(Clone)]
pub struct Store {
    readers: Readers,
    /// None if opened only to read.
    writer: Option<Writer>,
    checkpoints: Arc<AtomicU64>,
    /// In the writer's place, in simulations.
    #[cfg(test)]
    inline: Option<inline::Inline>,
}

impl Store {
    /// Opens the database at `path`, creating it (for its owner only) if there is none, and migrates it.
    ///
    /// Before anything is written the file is inspected: one that is damaged, newer than this program or not ours is
    /// refused and left as it is. Several programs may have one file open. Blocks while another is opening it.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`], [`StoreError::Newer`], [`StoreError::Foreign`]; [`StoreError::Other`] if the folder is
    /// missing or can't be written.
    pub fn open(path: &Path, schema: Schema) -> Result<Self, StoreError> {
        let path = absolute(path)?;
        let connection = sqlite::open_writer(&path, schema)?;
        #[cfg(test)]
        if let Some(fuse) = inline::fuse_of(&path) {
            let inline = inline::Inline::new(sqlite::Writing::alone(connection), fuse);
            let source = Source::Sqlite(sqlite::Source::beside_writer(path, schema));
            return Ok(Self { inline: Some(inline), ..Self::reading(source) });
        }
        let (writing, checkpoints) = sqlite::Writing::start(connection, &path, schema)?;
        let writer = Writer::start(Box::new(writing))?;
        let source = Source::Sqlite(sqlite::Source::beside_writer(path, schema));
        Ok(Self { writer: Some(writer), checkpoints, ..Self::reading(source) })
    }

    /// Opens the database at `path` for queries only, whether or not another program has it open.
    ///
    /// # Errors
    /// As [`open`](Self::open); [`StoreError::Missing`] if there is no file, [`StoreError::Older`] if it waits for
    /// migrations.
    pub fn open_read_only(path: &Path, schema: Schema) -> Result<Self, StoreError> {
        let source = sqlite::Source::alone(absolute(path)?, schema)?;
        Ok(Self::reading(Source::Sqlite(source)))
    }

    /// Opens the database at `path` for queries at once, without inspecting it: for whoever shows what there is while
    /// [`open`](Self::open) inspects. None when there is none, or it is not as this program leaves it.
    pub fn glance(path: &Path, schema: Schema) -> Option<Self> {
        let source = sqlite::Source::beside_writer(absolute(path).ok()?, schema);
        source.is_current(schema).then(|| Self::reading(Source::Sqlite(source)))
    }

    fn reading(source: Source) -> Self {
        Self {
            readers: Readers::new(source),
            writer: None,
            checkpoints: Arc::default(),
            #[cfg(test)]
            inline: None,
        }
    }

    /// Runs a decision and answers when it is on disk.
    ///
    /// `Ok` keeps what it wrote; `Err`, or a panic (told as [`StoreError::Other`]), undoes it and nothing else. Once it
    /// waits in the queue it is carried out even if the caller goes away. Decisions that wait together share one
    /// commit: constraints must not be deferred to it, and if the disk fails there, all of them are told. What is on
    /// disk is then unknown, so a decision is written to be repeatable.
    ///
    /// # Errors
    /// What `decide` returned; [`StoreError::ReadOnly`] if opened only to read, [`StoreError::Closed`] after
    /// [`close`](Self::close), [`StoreError::Busy`] if another program writes for too long.
    pub async fn decide<T, E>(&self, decide: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        #[cfg(test)]
        if let Some(inline) = &self.inline {
            return inline.decide(decide).await;
        }
        match &self.writer {
            Some(writer) => writer.decide(decide).await,
            None => Err(StoreError::ReadOnly.into()),
        }
    }

    /// Runs a query: all it reads is of one moment, and nothing can be written. It sees every decision answered before.
    ///
    /// Must be called within a tokio runtime.
    ///
    /// # Errors
    /// What `query` returned; [`StoreError::Closed`] after [`close`](Self::close).
    pub async fn read<T, E>(&self, query: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        #[cfg(test)]
        if let Some(inline) = &self.inline {
            inline.may_read().await;
            return self.readers.read_here(query);
        }
        self.readers.read(query).await
    }

    /// Lets nobody in any more (other handles get [`StoreError::Closed`]), finishes what is waiting, brings everything
    /// into the main file and returns when the writer has ended.
    pub async fn close(self) {
        // Readers first, so that the writer is the last to leave and can tidy up.
        self.readers.close().await;
        if let Some(writer) = self.writer {
            writer.close().await;
        }
    }

    /// How many transactions were committed since the start: fewer than decisions when they come together.
    pub fn commits(&self) -> u64 {
        self.writer.as_ref().map_or(0, Writer::commits)
    }

    /// How often SQLite's log was brought into the main file since the start, beside decisions.
    pub fn checkpoints(&self) -> u64 {
        self.checkpoints.load(Ordering::Relaxed)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").field("read_only", &self.writer.is_none()).finish_non_exhaustive()
    }
}

/// So that no path can mean anything special to SQLite, and a later change of directory changes nothing.
fn absolute(path: &Path) -> Result<PathBuf, StoreError> {
    std::path::absolute(path).map_err(|error| StoreError::from_io(path, &error))
}
