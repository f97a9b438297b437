//! A place for a test's database: a file of its own, or a database of its own on the PostgreSQL server that
//! `HONGBAO_TEST_DATABASE` names, gone when the test is over. So one suite runs on both.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::PathBuf;

use tempfile::TempDir;

use super::{Schema, Store, StoreError};

/// The variable that names a server on which databases may be created, as `postgres://…/postgres`.
#[cfg(feature = "server")]
const SERVER: &str = "HONGBAO_TEST_DATABASE";

/// Where a test's database is.
pub(crate) struct Place {
    folder: TempDir,
    #[cfg(feature = "server")]
    server: Option<server::Made>,
}

impl Place {
    /// On the server, if the environment names one.
    pub(crate) fn new() -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            #[cfg(feature = "server")]
            server: std::env::var(SERVER).ok().map(|base| server::Made::new(&base, "template0")),
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("books.db")
    }

    /// The file, where the test's database is one.
    #[cfg(feature = "server")]
    pub(crate) fn as_file(&self) -> Option<PathBuf> {
        self.server.is_none().then(|| self.file())
    }

    pub(crate) fn open(&self, schema: Schema) -> Store {
        self.try_open(schema).unwrap()
    }

    pub(crate) fn try_open(&self, schema: Schema) -> Result<Store, StoreError> {
        #[cfg(feature = "server")]
        if let Some(made) = &self.server {
            return made.database().open(schema);
        }
        Store::open(&self.file(), schema)
    }

    pub(crate) fn open_read_only(&self, schema: Schema) -> Result<Store, StoreError> {
        #[cfg(feature = "server")]
        if let Some(made) = &self.server {
            return made.database().open_read_only(schema);
        }
        Store::open_read_only(&self.file(), schema)
    }

    /// The same rows in another place; every store here must be closed.
    #[cfg(feature = "server")]
    pub(crate) fn copy(&self) -> Self {
        let copy = Self { folder: TempDir::new().unwrap(), server: self.server.as_ref().map(server::Made::copy) };
        if self.file().exists() {
            std::fs::copy(self.file(), copy.file()).unwrap();
        }
        copy
    }

    /// Changes rows behind the store's back, past the rules of the schema, and says how many.
    pub(crate) fn damage(&self, sql: &str) -> u64 {
        #[cfg(feature = "server")]
        if let Some(made) = &self.server {
            return made.damage(sql);
        }
        let connection = rusqlite::Connection::open(self.file()).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").unwrap();
        connection.execute(sql, ()).unwrap_or_else(|error| panic!("{sql}: {error}")) as u64
    }
}

/// Every column of whole numbers, with its table.
#[cfg(feature = "server")]
pub(crate) fn integer_columns(schema: Schema) -> Vec<(String, String)> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("empty.db");
    drop(super::sqlite::open_writer(&path, schema).unwrap());
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
               WHERE t.type = 'table' AND t.name NOT LIKE 'refinery%' AND c.type = 'BIGINT'";
    let mut columns = connection.prepare(sql).unwrap();
    let columns = columns.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    columns.collect::<Result<_, _>>().unwrap()
}

/// The condition by which the `nth` of a table's rows is meant, by the order of its key, of those that are `fit`.
#[cfg(feature = "server")]
pub(crate) fn one_row(table: &str, key: &str, fit: &str, nth: usize) -> String {
    format!("{key} = (SELECT {key} FROM {table} WHERE {fit} ORDER BY {key} LIMIT 1 OFFSET {nth})")
}

#[cfg(feature = "server")]
pub(crate) mod server {
    use crate::store::postgres::Session;
    use crate::store::{Address, Database};

    /// A database that was made for a test.
    pub(crate) struct Made {
        base: String,
        name: String,
    }

    impl Made {
        pub(crate) fn new(base: &str, template: &str) -> Self {
            let name = format!("hongbao_test_{}", uuid::Uuid::now_v7().simple());
            let sql = format!("CREATE DATABASE {name} TEMPLATE {template} ENCODING 'UTF8'");
            run(base.to_owned(), vec![sql]);
            Self { base: base.to_owned(), name }
        }

        pub(crate) fn copy(&self) -> Self {
            Self::new(&self.base, &self.name)
        }

        pub(crate) fn url(&self) -> String {
            let mut url = url::Url::parse(&self.base).unwrap();
            url.set_path(&self.name);
            url.into()
        }

        pub(crate) fn database(&self) -> Database {
            Database::Server(Address::parse(&self.url(), None).unwrap())
        }

        /// Rules are dropped from the copy for good; triggers of foreign keys do not fire.
        pub(crate) fn damage(&self, sql: &str) -> u64 {
            let rules = "DO $$ DECLARE rule record; BEGIN FOR rule IN SELECT conrelid::regclass AS at, conname AS name \
                         FROM pg_constraint WHERE contype IN ('c', 'f') AND connamespace = current_schema()::regnamespace \
                         LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', rule.at, rule.name); END LOOP; END $$";
            run(self.url(), vec![rules.to_owned(), sql.to_owned()])
        }
    }

    impl Drop for Made {
        fn drop(&mut self) {
            run(self.base.clone(), vec![format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)]);
        }
    }

    /// Runs statements one after the other; says how many rows the last one changed.
    pub(crate) fn run(url: String, statements: Vec<String>) -> u64 {
        let work = move || {
            let mut session = Session::open(&Address::parse(&url, None).unwrap()).unwrap();
            let changed =
                statements.iter().map(|sql| session.execute(sql, &[]).unwrap_or_else(|e| panic!("{sql}: {e}")));
            let changed = changed.last().unwrap_or(0);
            session.close();
            changed
        };
        std::thread::spawn(work).join().unwrap()
    }
}
