//! The schemas and the steps that lead to them. Judges whether a file is ours before anything is written to it.

use refinery_core::traits::sync::{Migrate, Query, Transaction};
use refinery_core::{Migration, Runner};
use rusqlite::{Connection, ErrorCode, ffi};

use super::StoreError;

/// A step of a schema: its name, and its text for each database.
struct Step {
    name: &'static str,
    sqlite: &'static str,
    #[cfg(feature = "server")]
    postgres: &'static str,
}

/// A step that both databases run as it stands: the file `assets/migrations/$role/$name.sql`.
macro_rules! step {
    ($role:literal, $name:literal) => {
        Step {
            name: $name,
            sqlite: include_str!(concat!("../../assets/migrations/", $role, "/", $name, ".sql")),
            #[cfg(feature = "server")]
            postgres: include_str!(concat!("../../assets/migrations/", $role, "/", $name, ".sql")),
        }
    };
}

/// A step that each database needs in its own words, such as a rebuilt table: `$name.sqlite.sql` and
/// `$name.postgres.sql`.
macro_rules! pair {
    ($role:literal, $name:literal) => {
        Step {
            name: $name,
            sqlite: include_str!(concat!("../../assets/migrations/", $role, "/", $name, ".sqlite.sql")),
            #[cfg(feature = "server")]
            postgres: include_str!(concat!("../../assets/migrations/", $role, "/", $name, ".postgres.sql")),
        }
    };
}

/// Whose tables a database holds. A new step is a new file in `assets/migrations` (or two, see `pair!`) and a new line
/// here; a published step is never changed.
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
    fn steps(self) -> &'static [Step] {
        match self {
            Self::Wallet => &[
                step!("wallet", "V1__initial"),
                step!("wallet", "V2__lines"),
                step!("wallet", "V3__goods"),
                step!("wallet", "V4__lucky"),
                step!("wallet", "V5__bank_life"),
                step!("wallet", "V6__paid_first"),
                step!("wallet", "V7__acceptance"),
                step!("wallet", "V8__links"),
                step!("wallet", "V9__sealed"),
                step!("wallet", "V10__friends"),
                step!("wallet", "V11__senders"),
                step!("wallet", "V12__refund"),
            ],
            Self::Enterprise => &[
                step!("enterprise", "V1__initial"),
                step!("enterprise", "V2__changes"),
                step!("enterprise", "V3__goods"),
                step!("enterprise", "V4__campaigns"),
                step!("enterprise", "V5__bank_life"),
                step!("enterprise", "V6__lucky"),
                step!("enterprise", "V7__speed"),
                step!("enterprise", "V8__fewer_entries"),
                step!("enterprise", "V9__posted"),
                step!("enterprise", "V10__sealed"),
                step!("enterprise", "V11__relay"),
                step!("enterprise", "V13__issuing"),
                step!("enterprise", "V14__restore"),
                pair!("enterprise", "V15__refund"),
            ],
            Self::Bank => &[
                step!("bank", "V1__initial"),
                step!("bank", "V2__changes"),
                step!("bank", "V3__bank_life"),
                step!("bank", "V4__lucky"),
                step!("bank", "V6__surrender"),
                step!("bank", "V7__operation_terms"),
                step!("bank", "V8__restore"),
            ],
            #[cfg(test)]
            Self::Sample => {
                const META: &str = "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);";
                &[Step {
                    name: "V1__initial",
                    sqlite: META,
                    #[cfg(feature = "server")]
                    postgres: META,
                }]
            }
        }
    }

    /// How many steps lead to it.
    #[must_use]
    #[cfg(feature = "server")]
    pub fn steps_taken(self) -> usize {
        self.steps().len()
    }

    fn migrations(self) -> Result<Vec<Migration>, StoreError> {
        let migration = |step: &Step| Migration::unapplied(step.name, step.sqlite).map_err(from_refinery);
        self.steps().iter().map(migration).collect()
    }

    /// As [`migrations`](Self::migrations), for PostgreSQL: text is compared by its bytes, as SQLite does, whatever language
    /// the database was made for.
    #[cfg(feature = "server")]
    pub(super) fn postgres_migrations(self) -> Result<Vec<Migration>, StoreError> {
        let migration = |step: &Step| {
            Migration::unapplied(step.name, &step.postgres.replace(" TEXT", " TEXT COLLATE \"C\""))
                .map_err(from_refinery)
        };
        self.steps().iter().map(migration).collect()
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
    judge(&applied(connection)?, &schema.migrations()?)
}

/// Compares the steps in a database's history with those that this program knows.
pub(super) fn judge(applied: &[Applied], known: &[Migration]) -> Result<Standing, StoreError> {
    let newest = known.iter().map(Migration::version).max().unwrap_or(0);
    for (version, name, checksum) in applied {
        match known.iter().find(|step| step.version() == *version) {
            Some(step) if step.name() == name && step.checksum().to_string() == *checksum => {}
            None if *version > newest => return Err(StoreError::Newer { found: last(applied), known: newest }),
            _ => return Err(StoreError::Foreign),
        }
    }
    Ok(if applied.len() == known.len() { Standing::Current } else { Standing::Behind })
}

/// Brings a database that [`standing`] has accepted up to date. Foreign keys bind again when it is done.
pub(super) fn migrate(connection: &mut Connection, schema: Schema) -> Result<(), StoreError> {
    run(connection, &schema.migrations()?)
}

/// How many steps a schema has.
#[cfg(test)]
pub(super) fn count(schema: Schema) -> usize {
    schema.steps().len()
}

/// Runs the first steps only, as an earlier version of this program did.
#[cfg(test)]
pub(super) fn migrate_upto(connection: &mut Connection, schema: Schema, steps: usize) -> Result<(), StoreError> {
    run(connection, &schema.migrations()?[..steps])
}

fn run(connection: &mut Connection, steps: &[Migration]) -> Result<(), StoreError> {
    // SQLite changes a table by making it anew, and dropping the old one would break what refers to it.
    bind_foreign_keys(connection, false)?;
    // Grouped: a crash between a step and its entry in the history must not leave a file that can't be opened.
    let done = Runner::new(steps).set_grouped(true).run(&mut Unbound(connection)).map(drop).map_err(from_refinery);
    done.and(bind_foreign_keys(connection, true))
}

fn bind_foreign_keys(connection: &Connection, on: bool) -> Result<(), StoreError> {
    connection.pragma_update(None, "foreign_keys", on).map_err(|error| StoreError::from_sqlite(&error))
}

/// A connection whose foreign keys do not bind while steps run: what they leave is checked as a whole before it is kept.
struct Unbound<'a>(&'a mut Connection);

impl Transaction for Unbound<'_> {
    type Error = rusqlite::Error;

    fn execute<'a, T: Iterator<Item = &'a str>>(&mut self, queries: T) -> Result<usize, Self::Error> {
        let transaction = self.0.transaction()?;
        let mut count = 0;
        for query in queries {
            transaction.execute_batch(query)?;
            count += 1;
        }
        check_foreign_keys(&transaction)?;
        transaction.commit()?;
        Ok(count)
    }
}

impl Query<Vec<Migration>> for Unbound<'_> {
    fn query(&mut self, query: &str) -> Result<Vec<Migration>, Self::Error> {
        self.0.query(query)
    }
}

impl Migrate for Unbound<'_> {}

/// Fails, naming the table, if a row refers to one that is not there.
fn check_foreign_keys(connection: &Connection) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare("SELECT \"table\" FROM pragma_foreign_key_check LIMIT 1")?;
    let mut rows = statement.query(())?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let told = format!("a row of {} refers to one that is not there", row.get::<_, String>(0)?);
    let code = ffi::Error { code: ErrorCode::ConstraintViolation, extended_code: ffi::SQLITE_CONSTRAINT_FOREIGNKEY };
    Err(rusqlite::Error::SqliteFailure(code, Some(told)))
}

/// Version, name and checksum of a step in a database's history.
pub(super) type Applied = (i32, String, String);

/// The steps in the file's history, in order.
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

fn from_refinery(error: refinery_core::Error) -> StoreError {
    failed(&error, |cause| cause.downcast_ref().map(StoreError::from_sqlite))
}

/// Why steps could not be run. `known` knows the errors of one database.
pub(super) fn failed(
    error: &refinery_core::Error,
    known: impl Fn(&(dyn std::error::Error + Send + Sync + 'static)) -> Option<StoreError>,
) -> StoreError {
    let cause = match error.kind() {
        refinery_core::error::Kind::Connection(_, source) => known(&**source),
        _ => None,
    };
    cause.unwrap_or_else(|| {
        StoreError::Other(format!("the database could not be prepared: {error}; please report this"))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use std::collections::BTreeSet;

    use super::super::earlier::{migrate_cut_off, tables};
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
            // A step for which the databases need different words has a file for each.
            let step = |name: String| name.split('.').next().unwrap().to_owned();
            let names = files.read_dir().unwrap().map(|file| step(file.unwrap().file_name().into_string().unwrap()));
            let known = schema.steps().iter().map(|step| step.name.to_owned());
            assert_eq!(names.collect::<BTreeSet<_>>(), known.collect(), "{folder}");
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

    /// How SQLite changes a rule of a table that others refer to: a new one takes its place, rows and all.
    #[test]
    fn a_table_can_be_made_anew_while_others_refer_to_it() {
        let before = "CREATE TABLE parent (id BIGINT PRIMARY KEY, state TEXT CHECK (state IN ('a')));
            CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL REFERENCES parent (id));
            INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 1);";
        let anew = "CREATE TABLE parent_new (id BIGINT PRIMARY KEY, state TEXT CHECK (state IN ('a', 'b')));
            INSERT INTO parent_new SELECT id, state FROM parent;
            DROP TABLE parent; ALTER TABLE parent_new RENAME TO parent;";
        let steps = |second| [("V1__before", before), ("V2__anew", second)].map(unapplied);
        let mut connection = Connection::open_in_memory().unwrap();
        run(&mut connection, &steps(anew)[..1]).unwrap();

        // Rows that are forgotten on the way are told, and nothing is kept.
        let forgetful = anew.replace("SELECT id, state FROM parent", "VALUES (2, 'a')");
        let refused = run(&mut connection, &steps(&forgetful)).unwrap_err();
        assert!(matches!(&refused, StoreError::Constraint(told) if told.contains("a row of child")), "{refused:?}");
        let ids =
            |connection: &Connection| connection.query_row("SELECT id FROM parent", (), |row| row.get::<_, i64>(0));
        assert_eq!(ids(&connection), Ok(1));

        run(&mut connection, &steps(anew)).unwrap();
        assert_eq!(ids(&connection), Ok(1));
        connection.execute_batch("INSERT INTO parent VALUES (2, 'b'); INSERT INTO child VALUES (2, 2)").unwrap();
        // The keys bind again, after a failure too.
        assert!(connection.execute_batch("INSERT INTO child VALUES (3, 3)").is_err());
    }

    #[test]
    fn from_each_earlier_schema_one_comes_to_the_same() {
        for (schema, folder) in ALL {
            let steps = schema.migrations().unwrap();
            let whole = tables(&prepared(schema));
            for count in 1..steps.len() {
                let mut connection = Connection::open_in_memory().unwrap();
                run(&mut connection, &schema.migrations().unwrap()[..count]).unwrap();
                assert_eq!(standing(&connection, schema), Ok(Standing::Behind), "{folder} {count}");
                migrate(&mut connection, schema).unwrap();
                assert_eq!(standing(&connection, schema), Ok(Standing::Current), "{folder} {count}");
                assert_eq!(tables(&connection), whole, "{folder} {count}");
            }
        }
    }

    /// As by a kill: whatever had been done of the steps, nothing of it is there, and the next start does them.
    #[test]
    fn steps_that_are_cut_off_anywhere_leave_the_schema_before_them() {
        let mut cuts = 0;
        for (schema, folder) in ALL {
            for count in 0..schema.steps().len() {
                let mut connection = Connection::open_in_memory().unwrap();
                run(&mut connection, &schema.migrations().unwrap()[..count]).unwrap();
                let before = tables(&connection);
                cuts += migrate_cut_off(&mut connection, schema, 5, |connection, after| {
                    assert_eq!(tables(connection), before, "{folder} {count} cut off after {after}");
                });
                assert_eq!(standing(&connection, schema), Ok(Standing::Current), "{folder} {count}");
            }
        }
        assert!(cuts > 100, "{cuts} times cut off");
    }

    fn unapplied((name, sql): (&str, &str)) -> Migration {
        Migration::unapplied(name, sql).unwrap()
    }
}
