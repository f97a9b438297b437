//! Books as earlier versions of this program left them, made from books of today: the schema of then, with every row and column that
//! it had. They are brought up to date, cut off on the way at many moments, and every row must still be there.

#![allow(clippy::unwrap_used, clippy::expect_used)]
// The books are of whoever keeps some: a wallet, an enterprise, a bank.
#![cfg_attr(not(any(feature = "desktop", feature = "server")), allow(dead_code))]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use super::Schema;
use super::migrate::{count, migrate, migrate_upto};

/// Books that were brought up to date.
pub(crate) struct Brought {
    /// How many steps they had behind them before.
    pub(crate) steps: usize,
    /// The database, under the name of the one that it was made from.
    pub(crate) path: PathBuf,
    /// How many rows each table had before.
    pub(crate) rows: BTreeMap<String, usize>,
    _folder: TempDir,
}

/// The columns of each table that both schemas have.
type Columns = BTreeMap<String, Vec<String>>;

/// Brings these closed books of today up to date from each earlier schema.
pub(crate) fn brought_up(books: &Path, schema: Schema) -> Vec<Brought> {
    (1..count(schema)).map(|steps| bring_up(books, schema, steps)).collect()
}

fn bring_up(books: &Path, schema: Schema, steps: usize) -> Brought {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(books.file_name().unwrap());
    let mut connection = Connection::open(&path).unwrap();
    migrate_upto(&mut connection, schema, steps).unwrap();
    let columns = fill(&connection, books);
    let (before, rows_before) = (tables(&connection), rows(&connection, &columns));
    let cuts = migrate_cut_off(&mut connection, schema, 50, |connection, after| {
        assert_eq!(tables(connection), before, "{schema:?} {steps} cut off after {after}");
        assert_eq!(rows(connection, &columns), rows_before, "{schema:?} {steps} cut off after {after}");
    });
    assert!(cuts > 2, "{schema:?} {steps}: cut off {cuts} times");
    assert_eq!(rows(&connection, &columns), rows_before, "{schema:?} {steps}: every row is still there");
    let rows = rows_before.into_iter().map(|(table, rows)| (table, rows.len())).collect();
    Brought { steps, path, rows, _folder: folder }
}

/// Brings it up to date, and cuts that off again and again on the way, as by a kill, each time later. What is to be true after each
/// cut is asserted by the caller; told is how many there were.
pub(super) fn migrate_cut_off(
    connection: &mut Connection,
    schema: Schema,
    first: i32,
    after_each: impl Fn(&Connection, i32),
) -> usize {
    let (mut instructions, mut cuts) = (first, 0);
    loop {
        connection.progress_handler(instructions, Some(|| true)).unwrap();
        let done = migrate(connection, schema);
        connection.progress_handler(0, None::<fn() -> bool>).unwrap();
        if done.is_ok() {
            return cuts;
        }
        cuts += 1;
        after_each(connection, instructions);
        instructions += 1 + instructions / 3;
    }
}

/// All tables and indexes as SQLite keeps their words.
pub(super) fn tables(connection: &Connection) -> Vec<String> {
    let sql = "SELECT type || ' ' || name || ': ' || COALESCE(sql, '') FROM sqlite_schema \
               WHERE tbl_name NOT LIKE 'refinery%' ORDER BY type, name";
    texts(connection, sql)
}

fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    statement.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

/// Takes over what an earlier schema could hold: no row that its rules forbid, and none that refers to one of those.
fn fill(connection: &Connection, books: &Path) -> Columns {
    connection.execute("ATTACH ?1 AS today", [books.to_str().unwrap()]).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    let mut columns = Columns::new();
    let of_then = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'refinery%' \
                   AND name IN (SELECT name FROM today.sqlite_schema)";
    for table in texts(connection, of_then) {
        let both = format!(
            "SELECT name FROM pragma_table_info('{table}', 'main') INTERSECT \
             SELECT name FROM pragma_table_info('{table}', 'today')"
        );
        let both = texts(connection, &both);
        let names = both.join(", ");
        let sql = format!("INSERT OR IGNORE INTO main.{table} ({names}) SELECT {names} FROM today.{table}");
        connection.execute_batch(&sql).unwrap();
        columns.insert(table, both);
    }
    let dangling =
        "SELECT 'DELETE FROM main.' || \"table\" || ' WHERE rowid = ' || rowid FROM pragma_foreign_key_check";
    loop {
        let deletes = texts(connection, dangling);
        if deletes.is_empty() {
            break;
        }
        connection.execute_batch(&deletes.join("; ")).unwrap();
    }
    connection.execute_batch("DETACH today; PRAGMA foreign_keys = ON").unwrap();
    columns
}

/// Every row of these columns, as text, in an order that does not depend on where it lies.
fn rows(connection: &Connection, columns: &Columns) -> BTreeMap<String, Vec<String>> {
    let of = |(table, columns): (&String, &Vec<String>)| {
        let quoted = columns.iter().map(|column| format!("quote({column})")).collect::<Vec<_>>().join(" || '|' || ");
        // How far lines were made is noted, and forgotten by a step after which they are to be made anew.
        let but = if table == "meta" { "WHERE key <> 'lines'" } else { "" };
        (table.clone(), texts(connection, &format!("SELECT {quoted} AS row FROM {table} {but} ORDER BY row")))
    };
    columns.iter().map(of).collect()
}
