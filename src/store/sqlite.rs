//! Opens SQLite files: inspects them before anything is written, and sets what durability and isolation rest on.

mod checkpoints;
#[cfg(feature = "server")]
pub(super) mod copying;
pub(super) mod statements;
#[cfg(test)]
mod tests;
mod writing;

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Wal;
use rusqlite::{Connection, OpenFlags};

use super::StoreError;
use super::migrate::{Schema, Standing, migrate, standing};

/// Before this version a WAL file could be reset while still needed.
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long to wait for another program that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How much of its database a server's writer keeps in memory, in KiB: what it needs again and again among much else. The rest is
/// in the system's cache, from where a page is copied in less time than a statement takes.
const SERVER_CACHE_KIB: i64 = 8 * 1024;
/// The same for each connection of a server that only reads.
const READER_CACHE_KIB: i64 = 512;
/// How many prepared statements a connection keeps.
const STATEMENTS: usize = 128;

/// Opens the file for its one writer: creates it if there is none, inspects it, migrates it.
pub(super) fn open_writer(path: &Path, schema: Schema) -> Result<Connection, StoreError> {
    let _turn = wait_for_turn(path)?;
    if !exists(path)? {
        create(path, schema)?;
    }
    let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;

    // Until the file is known to be sound and ours, even closing it must not write.
    set(&connection, DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    inspect(&connection, path)?;
    let standing = standing(&connection, schema)?;
    set(&connection, DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, false)?;

    make_durable(&connection)?;
    if schema != Schema::Wallet {
        keep_in_memory(&connection, SERVER_CACHE_KIB)?;
    }
    if standing == Standing::Behind {
        migrate(&mut connection, schema)?;
    }
    // What undoes a decision alone is kept in memory: in a temporary file it would be written at each savepoint. Only now, so
    // that what migrations sort does not fill memory.
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(|error| StoreError::from_sqlite(&error))?;
    Ok(connection)
}

/// What is needed to open one more connection that only reads.
#[derive(Debug, Clone)]
pub(super) struct Source {
    path: PathBuf,
    /// The file lies where nothing can be written, so no other program can change it either.
    immutable: bool,
    /// How much each connection keeps in memory, where that is not as SQLite does by itself.
    cache_kib: Option<i64>,
}

impl Source {
    /// Readers of a file that [`open_writer`] has opened.
    pub(super) fn beside_writer(path: PathBuf, schema: Schema) -> Self {
        Self { path, immutable: false, cache_kib: (schema != Schema::Wallet).then_some(READER_CACHE_KIB) }
    }

    /// Readers of a file that may or may not be in use; inspects it.
    pub(super) fn alone(path: PathBuf, schema: Schema) -> Result<Self, StoreError> {
        if !exists(&path)? {
            return Err(StoreError::Missing);
        }
        let mut source = Self { path, immutable: false, cache_kib: None };
        let mut opened = source.open_inspected();
        // SQLite keeps two files beside a database in use. Where it may not create them, and none are there, the
        // database is at rest: a copy on a read-only disk, say.
        if matches!(opened, Err(StoreError::ReadOnly | StoreError::Other(_)))
            && !has_content(&beside(&source.path, "-wal"))
        {
            source.immutable = true;
            opened = source.open_inspected();
        }
        match standing(&opened?, schema)? {
            Standing::Current => Ok(source),
            Standing::Behind => Err(StoreError::Older),
        }
    }

    /// Whether there is a file of this schema, as this program leaves it.
    pub(super) fn is_current(&self, schema: Schema) -> bool {
        let standing = || standing(&self.open()?, schema);
        has_content(&self.path) && matches!(standing(), Ok(Standing::Current))
    }

    fn open_inspected(&self) -> Result<Connection, StoreError> {
        let connection = self.open()?;
        inspect(&connection, &self.path)?;
        Ok(connection)
    }

    pub(super) fn open(&self) -> Result<Connection, StoreError> {
        let connection = self.connect()?;
        if let Some(kib) = self.cache_kib {
            keep_in_memory(&connection, kib)?;
        }
        Ok(connection)
    }

    fn connect(&self) -> Result<Connection, StoreError> {
        if self.immutable {
            let mut address = url::Url::from_file_path(&self.path)
                .map_err(|()| StoreError::Other("the path of the database can't be used: choose another".into()))?;
            address.set_query(Some("immutable=1"));
            connect(Path::new(address.as_str()), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
        } else {
            connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)
        }
    }
}

/// A connection that writes, with what goes on beside it.
pub(super) struct Writing {
    connection: Connection,
    beside: Option<checkpoints::Beside>,
}

impl Writing {
    /// The writer of an opened file, and how often its log was brought over. A server's decisions do not wait for that.
    pub(super) fn start(
        mut connection: Connection,
        path: &Path,
        schema: Schema,
    ) -> Result<(Self, Arc<AtomicU64>), StoreError> {
        let (count, beside) = if schema == Schema::Wallet {
            (checkpoints::within_commits(&mut connection)?, None)
        } else {
            let (count, beside) = checkpoints::beside_commits(&mut connection, path)?;
            (count, Some(beside))
        };
        Ok((Self { connection, beside }, count))
    }

    /// A writer without anything beside it, for simulations.
    #[cfg(test)]
    pub(super) fn alone(connection: Connection) -> Self {
        Self { connection, beside: None }
    }

    /// How many rows were changed since it was opened, those that were undone included.
    #[cfg(test)]
    pub(super) fn changed_rows(&self) -> u64 {
        self.connection.total_changes()
    }

    /// Nobody writes any more.
    fn end(mut self) {
        // Without its hook nobody can give the thread a word any more, and it ends.
        let unhooked = self.connection.wal_hook(None::<fn(&mut Wal, i32) -> rusqlite::Result<()>>);
        if let (Ok(()), Some(beside)) = (unhooked, self.beside) {
            beside.join();
        }
        checkpoint(&self.connection);
    }
}

/// Brings everything into the main file, as far as other programs' readers allow.
fn checkpoint(connection: &Connection) {
    let done = connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0)));
    if let Err(error) = done {
        tracing::debug!(%error, "the database was closed without a checkpoint; the next start will make it");
    }
}

/// One program at a time prepares a file, so that two that start together neither migrate twice nor disturb each
/// other's switch to WAL (which SQLite refuses at once instead of waiting). The file stays; its lock ends with the value.
fn wait_for_turn(path: &Path) -> Result<File, StoreError> {
    let path = beside(path, ".lock");
    let turn = private(OpenOptions::new().create(true).truncate(false).write(true)).open(&path);
    turn.and_then(|file| file.lock().map(|()| file)).map_err(|error| StoreError::from_io(&path, &error))
}

/// Makes a new database beside its place and moves it there when it is whole, so that an empty or half-made file is never
/// one of ours. It, and what SQLite puts beside it, is for the owner's eyes only.
fn create(path: &Path, schema: Schema) -> Result<(), StoreError> {
    // The log of a lost main file may hold all that was committed; SQLite would delete it.
    if has_content(&beside(path, "-wal")) {
        return Err(StoreError::Corrupt);
    }
    let draft = beside(path, ".new");
    let io = |error| StoreError::from_io(&draft, &error);
    // Also empties what a crash has left here.
    private(OpenOptions::new().create(true).truncate(true).write(true)).open(&draft).map_err(io)?;
    let mut connection = connect(&draft, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migrate(&mut connection, schema)?;
    connection.close().map_err(|(_, error)| StoreError::from_sqlite(&error))?;
    std::fs::rename(&draft, path).map_err(io)?;
    sync_folder(path).map_err(io)
}

/// A new name is on disk only when its folder is. Elsewhere than on Unix folders can't be opened, and needn't be.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Opens without touching the file yet.
fn connect(path: &Path, flags: OpenFlags) -> Result<Connection, StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        return Err(StoreError::Other(format!(
            "SQLite {} can lose data: build this program with SQLite 3.51.3 or later",
            rusqlite::version()
        )));
    }
    let opened = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX);
    let connection = opened.map_err(|error| StoreError::from_sqlite(&error))?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(|error| StoreError::from_sqlite(&error))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // A schema in a foreign file must not make the program run functions it did not ask for.
    set(&connection, DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Else a statement whose plan could hang on a value is prepared again for each value.
    set(&connection, DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}

fn inspect(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    // SQLite would take an empty file for a new database, and delete the log beside it.
    if !has_content(path) {
        return Err(StoreError::Corrupt);
    }
    let mut report = Vec::new();
    let note = |row: &rusqlite::Row<'_>| row.get::<_, String>(0).map(|line| report.push(line));
    connection.pragma_query(None, "quick_check", note).map_err(sqlite)?;
    // SQLite reads a page cut off at its end as if it ended in zeros.
    let size = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
    let size: u64 = connection.query_row(size, (), |row| row.get::<_, i64>(0)).map_err(sqlite)?.unsigned_abs();
    let cut_off = path.metadata().map_err(|error| StoreError::from_io(path, &error))?.len() < size;
    if report == ["ok"] && (!cut_off || has_content(&beside(path, "-wal"))) {
        return Ok(());
    }
    tracing::error!(?report, cut_off, "the database is damaged");
    Err(StoreError::Corrupt)
}

fn make_durable(connection: &Connection) -> Result<(), StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0)).map_err(sqlite)?;
    if mode != "wal" {
        return Err(StoreError::Other("this disk can't hold the database safely: choose a local folder".into()));
    }
    // FULL: in WAL mode, NORMAL may lose answered decisions at power loss. The two `fullfsync` are macOS's real fsync.
    for (name, value) in
        [("synchronous", "FULL"), ("fullfsync", "ON"), ("checkpoint_fullfsync", "ON"), ("foreign_keys", "ON")]
    {
        connection.pragma_update(None, name, value).map_err(sqlite)?;
    }
    Ok(())
}

/// Sets how many KiB of the database this connection keeps in memory.
fn keep_in_memory(connection: &Connection, kib: i64) -> Result<(), StoreError> {
    connection.pragma_update(None, "cache_size", -kib).map_err(|error| StoreError::from_sqlite(&error))
}

fn set(connection: &Connection, config: DbConfig, on: bool) -> Result<(), StoreError> {
    connection.set_db_config(config, on).map(drop).map_err(|error| StoreError::from_sqlite(&error))
}

fn exists(path: &Path) -> Result<bool, StoreError> {
    path.try_exists().map_err(|error| StoreError::from_io(path, &error))
}

fn has_content(path: &Path) -> bool {
    path.metadata().is_ok_and(|file| file.len() > 0)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
