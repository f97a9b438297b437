//! `--database`: where a server's books are. What it was at the first start, it stays.

use std::fmt;
use std::path::PathBuf;

use clap::Args;

use super::{Failure, request_id, unexpected};
use crate::party::data_dir::Books;
use crate::store::{Address, Database};

/// PostgreSQL's own variable for a file of passwords.
const PASSWORDS: &str = "PGPASSFILE";

#[derive(Debug, Args)]
pub(super) struct DatabaseArg {
    /// A PostgreSQL database for the books, instead of a file in the data directory: `postgres://USER@HOST/DATABASE`.
    #[arg(long, value_name = "URL", env = "HONGBAO_DATABASE", hide_env_values = true)]
    database: Option<Hidden>,
}

/// An address that may hold a password, so it is neither shown nor judged by the reader of the command line.
#[derive(Clone)]
struct Hidden(String);

impl From<String> for Hidden {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hidden")
    }
}

impl DatabaseArg {
    /// Where the books of a new data directory are to be.
    pub(super) fn new_books(&self) -> Books {
        if self.database.is_some() { Books::Postgres(request_id()) } else { Books::Sqlite }
    }

    /// The database, if it is of the kind that the data directory was set up with. `used`: its server has run.
    pub(super) fn choose(&self, books: Books, used: bool, file: PathBuf) -> Result<Database, Failure> {
        match (&self.database, books) {
            (None, Books::Sqlite) => Ok(Database::File(file)),
            (Some(Hidden(text)), Books::Postgres(id)) => {
                let passwords = std::env::var_os(PASSWORDS).map(PathBuf::from);
                let address = Address::parse(text, passwords.as_deref()).map_err(|e| unexpected(&e))?;
                Ok(Database::Server(address.belonging(id, used)))
            }
            (Some(_), Books::Sqlite) => Err(Failure::new(
                "other-database",
                "The books of this data directory are in its own file, not in a PostgreSQL database.".to_owned(),
                "Leave out --database and unset HONGBAO_DATABASE, or set up a new server with another --data.",
            )),
            (None, Books::Postgres(_)) => Err(Failure::new(
                "other-database",
                "The books of this data directory are in a PostgreSQL database, and none was named.".to_owned(),
                "Name it with --database URL, or in the variable HONGBAO_DATABASE.",
            )),
        }
    }
}
