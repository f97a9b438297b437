//! A copy of a database in use: all of one moment, without holding up who writes.

use std::fs::{File, OpenOptions};
use std::path::Path;

use super::super::StoreError;
use super::super::migrate::Schema;
use super::{Source, private};

/// Copies the database at `from`, as it is at one moment, into a new file for its owner only, and examines the copy. Its server
/// may go on writing: a reader of the log is in nobody's way.
pub(in super::super) fn copy(from: &Path, to: &Path, schema: Schema) -> Result<(), StoreError> {
    let io = |error| StoreError::from_io(to, &error);
    let name = to.to_str().ok_or_else(|| StoreError::Other("the copy's path is no text: choose another".into()))?;
    let source = Source::alone(from.to_owned(), schema)?.open()?;
    // Made first, so that it is nobody else's to read from its first byte on.
    private(OpenOptions::new().create_new(true).write(true)).open(to).map_err(io)?;
    source.execute("VACUUM INTO ?1", [name]).map_err(|error| StoreError::from_sqlite(&error))?;
    examine(to, schema)?;
    // SQLite leaves it to the system when a copy reaches the disk.
    File::open(to).and_then(|file| file.sync_all()).map_err(io)
}

/// Reads all of a copy, indexes too.
fn examine(copy: &Path, schema: Schema) -> Result<(), StoreError> {
    let connection = Source::alone(copy.to_owned(), schema)?.open()?;
    let mut report = Vec::new();
    let note = |row: &rusqlite::Row<'_>| row.get::<_, String>(0).map(|line| report.push(line));
    connection.pragma_query(None, "integrity_check", note).map_err(|error| StoreError::from_sqlite(&error))?;
    if report == ["ok"] { Ok(()) } else { Err(StoreError::Corrupt) }
}
