//! Where the books of a server are: in a file, or on a PostgreSQL server.

use std::path::{Path, PathBuf};

use super::readers::Source;
use super::writer::Writer;
use super::{Address, Schema, Store, StoreError, postgres, sqlite};

/// Where the books of a server are.
#[derive(Clone, Debug)]
pub enum Database {
    /// An SQLite file.
    File(PathBuf),
    /// A database of a PostgreSQL server.
    Server(Address),
}

impl Database {
    /// Opens it for its server, creating a file that is missing, and migrates it.
    ///
    /// A file may be written by several programs; a database of a PostgreSQL server by one at a time, which stays the one
    /// through lost connections: what was being kept then is answered with [`StoreError::Lost`], and later decisions
    /// connect again.
    ///
    /// # Errors
    /// As [`Store::open`]; of a server [`StoreError::Unreachable`], and [`StoreError::Taken`] while another writes there.
    pub fn open(&self, schema: Schema) -> Result<Store, StoreError> {
        let address = match self {
            Self::File(path) => return Store::open(path, schema),
            Self::Server(address) => address.clone(),
        };
        let writing = aside({
            let address = address.clone();
            move || postgres::Writing::open(address, schema)
        })?;
        let writer = Writer::start(Box::new(writing))?;
        let source = Source::Postgres(postgres::Source::beside_writer(address));
        Ok(Store { writer: Some(writer), ..Store::reading(source) })
    }

    /// Opens it for queries only, whether or not its server runs.
    ///
    /// # Errors
    /// As [`Store::open_read_only`]; of a server [`StoreError::Unreachable`].
    pub fn open_read_only(&self, schema: Schema) -> Result<Store, StoreError> {
        let address = match self {
            Self::File(path) => return Store::open_read_only(path, schema),
            Self::Server(address) => address.clone(),
        };
        let source = aside(move || postgres::Source::alone(address, schema))?;
        Ok(Store::reading(Source::Postgres(source)))
    }

    /// Copies a file, as it is at one moment, into a new one for its owner only, whether or not its server runs, and examines
    /// the copy. False for a database of a PostgreSQL server, which has tools of its own.
    ///
    /// # Errors
    /// As [`Store::open_read_only`]; [`StoreError::Other`] when there is such a file, or no room for it.
    pub fn copy_to(&self, copy: &Path, schema: Schema) -> Result<bool, StoreError> {
        match self {
            Self::File(path) => sqlite::copying::copy(path, &super::absolute(copy)?, schema).map(|()| true),
            Self::Server(_) => Ok(false),
        }
    }
}

/// Does what must not be done where async code runs, on a thread of its own, and waits for it.
fn aside<T: Send + 'static>(work: impl FnOnce() -> Result<T, StoreError> + Send + 'static) -> Result<T, StoreError> {
    std::thread::spawn(work).join().unwrap_or_else(|_| Err(StoreError::panicked()))
}
