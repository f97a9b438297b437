//! The schemas and the steps that lead to them. Judges whether a file is ours before anything is written to it.

use refinery::{Migration, Runner};
use rusqlite::Connection;

use super::StoreError;

/// Whose tables a database holds. A new step is a new file in `assets/migrations` and a new line here; a published
/// step is never changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schema {
    /// One person's wallet.
    Wallet,
    /// An enterprise: campaigns, packets, notices, rewards.
    Enterprise,
    /// A bank: accounts, vouchers, collections.
    Bank,
    /// A table of the store's own tests, so that they do not change with anybody's tables.
    #[cfg(test)]
    Sample,
}

impl Schema {
    fn steps(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Wallet => &[
                ("V1__initial", include_str!("../../assets/migrations/wallet/V1__initial.sql")),
                ("V2__lines", include_str!("../../assets/migrations/wallet/V2__lines.sql")),
            ],
            Self::Enterprise => &[
                ("V1__initial", include_str!("../../assets/migrations/enterprise/V1__initial.sql")),
                ("V2__changes", include_str!("../../assets/migrations/enterprise/V2__changes.sql")),
                ("V6__lucky", include_str!("../../assets/migrations/enterprise/V6__lucky.sql")),
            ],
            Self::Bank => &[
                ("V1__initial", include_str!("../../assets/migrations/bank/V1__initial.sql")),
                ("V2__changes", include_str!("../../assets/migrations/bank/V2__changes.sql")),
                ("V4__lucky", include_str!("../../assets/migrations/bank/V4__lucky.sql")),
            ],
            #[cfg(test)]
            Self::Sample => &[("V1__initial", "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);")],
        }
    }

    fn migrations(self) -> Result<Vec<Migration>, StoreError> {
        self.steps().iter().map(|(name, sql)| Migration::unapplied(name, sql).map_err(from_refinery)).collect()
    }
}

/// How far a database has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// All steps are done.
    Current,
    /// New, or made by an older version.
    Behind,
}

/// Compares what was applied with what this program knows, without writing.
///
/// # Errors
/// [`StoreError::Newer`] or [`StoreError::Foreign`] if the file is not for this program.
pub(super) fn standing(connection: &Connection, schema: Schema) -> Result<Standing, StoreError> {
    let known = schema.migrations()?;
    let newest = known.iter().map(Migration::version).max().unwrap_or(0);
    let applied = applied(connection)?;
    for (version, name, checksum) in &applied {
        match known.iter().find(|step| step.version() == *version) {
            Some(step) if step.name() == name && step.checksum().to_string() == *checksum => {}
            None if *version > newest => return Err(StoreError::Newer { found: last(&applied), known: newest }),
            _ => return Err(StoreError::Foreign),
        }
    }
    Ok(if applied.len() == known.len() { Standing::Current } else { Standing::Behind })
}

/// Brings a database that [`standing`] has accepted up to date.
pub(super) fn migrate(connection: &mut Connection, schema: Schema) -> Result<(), StoreError> {
    // Grouped: a crash between a step and its entry in the history must not leave a file that can't be opened.
    Runner::new(&schema.migrations()?).set_grouped(true).run(connection).map(drop).map_err(from_refinery)
}

type Applied = (i32, String, String);

/// Version, name and checksum of each step in the file's history, in order.
fn applied(connection: &Connection) -> Result<Vec<Applied>, StoreError> {
    let sqlite = |error| StoreError::from_sqlite(&error);
    let count = "SELECT count(*) FILTER (WHERE name = 'refinery_schema_history'), count(*) FROM sqlite_schema";
    let (histories, anything): (i64, i64) =
        connection.query_row(count, (), |row| Ok((row.get(0)?, row.get(1)?))).map_err(sqlite)?;
    if histories == 0 {
        return if anything == 0 { Ok(Vec::new()) } else { Err(StoreError::Foreign) };
    }
    let history = "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version";
    let mut statement = connection.prepare(history).map_err(sqlite)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(sqlite)?;
    rows.collect::<Result<_, _>>().map_err(sqlite)
}

fn last(applied: &[Applied]) -> i32 {
    applied.last().map_or(0, |(version, _, _)| *version)
}

fn from_refinery(error: refinery::Error) -> StoreError {
    use refinery::error::Kind;
    if let Kind::Connection(_, source) = error.kind()
        && let Some(cause) = source.downcast_ref::<rusqlite::Error>()
    {
        return StoreError::from_sqlite(cause);
    }
    StoreError::Other(format!("the database could not be prepared: {error}; please report this"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    const ALL: [(Schema, &str); 3] =
        [(Schema::Wallet, "wallet"), (Schema::Enterprise, "enterprise"), (Schema::Bank, "bank")];

    fn prepared(schema: Schema) -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, schema).unwrap();
        connection
    }

    #[test]
    fn every_file_is_a_step_and_every_schema_can_be_made_twice() {
        for (schema, folder) in ALL {
            let files = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/migrations").join(folder);
            assert_eq!(files.read_dir().unwrap().count(), schema.steps().len(), "{folder}");
            let mut connection = prepared(schema);
            assert_eq!(standing(&connection, schema), Ok(Standing::Current));
            migrate(&mut connection, schema).unwrap();
        }
    }

    #[test]
    fn an_empty_file_is_behind() {
        assert_eq!(standing(&Connection::open_in_memory().unwrap(), Schema::Bank), Ok(Standing::Behind));
    }

    #[test]
    fn another_programs_tables_are_foreign() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE moz_places (id INTEGER PRIMARY KEY)").unwrap();
        assert_eq!(standing(&connection, Schema::Wallet), Err(StoreError::Foreign));
    }

    #[test]
    fn a_changed_step_is_foreign_and_an_unknown_one_is_newer() {
        let connection = prepared(Schema::Bank);
        connection
            .execute_batch("INSERT INTO refinery_schema_history VALUES (998, 'later', '', '1'), (999, 'last', '', '2')")
            .unwrap();
        let known = Schema::Bank.migrations().unwrap().last().unwrap().version();
        assert_eq!(standing(&connection, Schema::Bank), Err(StoreError::Newer { found: 999, known }));

        connection.execute_batch("UPDATE refinery_schema_history SET checksum = '1' WHERE version = 1").unwrap();
        assert_eq!(standing(&connection, Schema::Bank), Err(StoreError::Foreign));
    }
}
