//! A writer with nothing around it: the statements of a decision about a notice, for the very rows that the server wrote,
//! on a copy of its database from which they were taken out, in transactions of a hundred. What it wrote is compared with
//! what the server wrote, so that neither can do less.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, Row, params};

/// How many notices share a transaction.
const TOGETHER: usize = 100;
/// As the server has it.
const LOG_PAGES: u32 = 2000;
/// The tables that a notice is written to.
const TABLES: [&str; 5] = ["notice", "reward", "earned", "opened", "shown"];

/// What the bare writer came to.
pub(crate) struct Written {
    pub(crate) per_second: f64,
    /// Rows inserted or changed for each notice.
    pub(crate) rows_each: f64,
}

/// One notice with its reward, as the server stored it.
struct Stored {
    packet: String,
    opener: String,
    jti: String,
    hops: i64,
    signers: String,
    evidence: Option<String>,
    at: i64,
    result: String,
    receipt: String,
    reward: String,
    campaign: String,
    forwarder: String,
    amount: i64,
    currency: String,
    show_opener: i64,
    state: String,
    due_ms: i64,
}

impl Stored {
    fn read(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            packet: row.get("packet")?,
            opener: row.get("opener")?,
            jti: row.get("jti")?,
            hops: row.get("hops")?,
            signers: row.get("signers")?,
            evidence: row.get("evidence")?,
            at: row.get("at")?,
            result: row.get("result")?,
            receipt: row.get("receipt")?,
            reward: row.get("id")?,
            campaign: row.get("campaign")?,
            forwarder: row.get("forwarder")?,
            amount: row.get("amount")?,
            currency: row.get("currency")?,
            show_opener: row.get("show_opener")?,
            state: row.get("state")?,
            due_ms: row.get("due_ms")?,
        })
    }
}

/// Writes the last `count` notices of the stopped server in `data` once more.
pub(crate) fn measure(data: &Path, count: u32) -> Written {
    let path = data.join("hongbao.sqlite3");
    let copy = data.join("bare.sqlite3");
    let server = open(&path);
    server.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |_| Ok(())).unwrap_or_else(|error| panic!("{error}"));
    let all = stored(&server);
    drop(server);
    std::fs::copy(&path, &copy).unwrap_or_else(|error| panic!("{error}"));
    let mut bare = open(&copy);
    for table in ["shown", "reward", "notice", "earned", "opened"] {
        bare.execute(&format!("DELETE FROM {table}"), ()).unwrap_or_else(|error| panic!("{error}"));
    }
    // Those before the measured ones were written by a warm-up, and are here too.
    let (warm, measured) = all.split_at(all.len() - count as usize);
    write(&mut bare, warm);
    let changes = |bare: &Connection| {
        bare.query_row("SELECT total_changes()", (), |row| row.get::<_, i64>(0))
            .unwrap_or_else(|error| panic!("{error}"))
    };
    let (before, begin) = (changes(&bare), Instant::now());
    write(&mut bare, measured);
    let took = begin.elapsed();
    let rows_each = (changes(&bare) - before) as f64 / f64::from(count);
    compare(&bare, &path);
    Written { per_second: f64::from(count) / took.as_secs_f64(), rows_each }
}

fn open(path: &Path) -> Connection {
    let connection = Connection::open(path).unwrap_or_else(|error| panic!("{error}"));
    let set = |name: &str, value: &str| {
        connection.pragma_update(None, name, value).unwrap_or_else(|error| panic!("{name}: {error}"));
    };
    set("journal_mode", "WAL");
    set("synchronous", "FULL");
    set("foreign_keys", "ON");
    set("wal_autocheckpoint", &LOG_PAGES.to_string());
    connection.set_prepared_statement_cache_capacity(128);
    connection
}

fn stored(server: &Connection) -> Vec<Stored> {
    let sql = "SELECT notice.*, reward.id, reward.campaign, reward.forwarder, reward.amount, reward.currency, \
               reward.show_opener, reward.state, reward.due_ms \
               FROM notice JOIN reward ON reward.packet = notice.packet AND reward.opener = notice.opener ORDER BY notice.rowid";
    let mut statement = server.prepare(sql).unwrap_or_else(|error| panic!("{error}"));
    let rows = statement.query_map((), Stored::read).unwrap_or_else(|error| panic!("{error}"));
    rows.collect::<Result<_, _>>().unwrap_or_else(|error| panic!("{error}"))
}

fn write(bare: &mut Connection, all: &[Stored]) {
    for some in all.chunks(TOGETHER) {
        let transaction = bare.transaction().unwrap_or_else(|error| panic!("{error}"));
        for one in some {
            write_one(&transaction, one).unwrap_or_else(|error| panic!("{error}"));
        }
        transaction.commit().unwrap_or_else(|error| panic!("{error}"));
    }
}

/// The statements of `enterprise::notices`, in their order.
fn write_one(to: &Connection, one: &Stored) -> rusqlite::Result<()> {
    let look = |sql: &str, values: &[&dyn rusqlite::ToSql]| -> rusqlite::Result<bool> {
        to.prepare_cached(sql)?.query(values)?.next().map(|row| row.is_some())
    };
    look("SELECT campaign FROM packet WHERE id = ?1", &[&one.packet])?;
    look("SELECT jti, at, receipt FROM notice WHERE packet = ?1 AND opener = ?2", &[&one.packet, &one.opener])?;
    look("SELECT openings FROM opened WHERE packet = ?1", &[&one.packet])?;
    let campaign = "SELECT id, terms, bank, created, expires, state, reason, fund_jti, fund, attempts, standing, signed, \
                    promised FROM campaign WHERE id = ?1";
    look(campaign, &[&one.campaign])?;
    let earned = "SELECT rewards, amount FROM earned WHERE campaign = ?1 AND forwarder = ?2 AND day = ?3";
    look(earned, &[&one.campaign, &one.forwarder, &-1])?;
    look(earned, &[&one.campaign, &"", &-1])?;
    to.prepare_cached(
        "INSERT INTO notice (packet, opener, jti, hops, signers, evidence, at, result, reason, receipt) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, NULL, ?9)",
    )?
    .execute(params![
        one.packet,
        one.opener,
        one.jti,
        one.hops,
        one.signers,
        one.evidence,
        one.at,
        one.result,
        one.receipt
    ])?;
    to.prepare_cached(
        "INSERT INTO opened (packet, openings) VALUES (?1, 1) \
         ON CONFLICT (packet) DO UPDATE SET openings = opened.openings + 1",
    )?
    .execute([&one.packet])?;
    if one.show_opener == 1 {
        to.prepare_cached(
            "INSERT INTO shown (forwarder, cursor, packet, opener, at) \
             VALUES (?1, (SELECT COALESCE(MAX(cursor), 0) + 1 FROM shown WHERE forwarder = ?1), ?2, ?3, ?4)",
        )?
        .execute(params![one.forwarder, one.packet, one.opener, one.at])?;
    }
    to.prepare_cached(
        "INSERT INTO reward (id, packet, opener, campaign, forwarder, amount, currency, show_opener, state, decided_at, \
         owed_at, due_ms, signal, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, NULL, NULL)",
    )?
    .execute(params![
        one.reward,
        one.packet,
        one.opener,
        one.campaign,
        one.forwarder,
        one.amount,
        one.currency,
        one.show_opener,
        one.state,
        one.at,
        one.due_ms
    ])?;
    for who in ["", one.forwarder.as_str()] {
        to.prepare_cached(
            "INSERT INTO earned (campaign, forwarder, day, rewards, amount) VALUES (?1, ?2, ?3, 1, ?4) \
             ON CONFLICT (campaign, forwarder, day) DO UPDATE \
             SET rewards = earned.rewards + 1, amount = earned.amount + excluded.amount",
        )?
        .execute(params![one.campaign, who, -1, one.amount])?;
    }
    Ok(())
}

/// Both wrote the same rows, or the comparison is worth nothing.
fn compare(bare: &Connection, server: &Path) {
    let attach = format!("ATTACH DATABASE '{}' AS server", server.display());
    bare.execute(&attach, ()).unwrap_or_else(|error| panic!("{error}"));
    for table in TABLES {
        for (one, other) in [("main", "server"), ("server", "main")] {
            let sql =
                format!("SELECT COUNT(*) FROM (SELECT * FROM {one}.{table} EXCEPT SELECT * FROM {other}.{table})");
            let missing: i64 = bare.query_row(&sql, (), |row| row.get(0)).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(missing, 0, "{missing} rows of {table} are only in {one}: the statements are not the server's");
        }
    }
}
