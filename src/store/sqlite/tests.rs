//! What the store promises of files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::store::tests::{INSERT, hold, insert, keys, queue, together, wait_until_queued};
use crate::store::writer::Writer;
use crate::store::{Schema, Store, StoreError, Tx, sqlite, values};

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bank.db");
    (folder, path)
}

fn open(path: &Path) -> Store {
    Store::open(path, Schema::Sample).unwrap()
}

#[tokio::test]
async fn a_transaction_lost_on_the_way_is_told_and_those_behind_go_on() {
    let (_folder, path) = place();
    let store = open(&path);
    let answers = together(
        &store,
        vec![
            Box::new(|tx| insert(tx, "before")),
            Box::new(|tx| {
                insert(tx, "culprit")?;
                // SQLite ends the whole transaction here, as it does by itself when the disk is full.
                let lost = tx.execute("INSERT OR ROLLBACK INTO meta VALUES ('culprit', 'x')", &[]);
                assert_eq!(lost, Err(StoreError::Unique));
                // Without a transaction this would be committed at once, whatever is answered.
                assert_eq!(insert(tx, "stray"), Err(StoreError::Unique));
                Ok(())
            }),
            Box::new(|tx| insert(tx, "after")),
        ],
    )
    .await;
    assert_eq!(answers, [Err(StoreError::Unique), Err(StoreError::Unique), Ok(())]);
    assert_eq!(keys(&store).await, ["after"]);
    let part = |tx: &mut Tx<'_>| tx.execute("INSERT OR ROLLBACK INTO meta VALUES ('after', 'x')", &[]).map(drop);
    let lost = store.decide::<(), StoreError>(move |tx| insert(tx, "b").and_then(|()| tx.apart(part).or(Ok(()))));
    assert_eq!(lost.await, Err(StoreError::Unique), "with the transaction goes everything");
    assert_eq!(keys(&store).await, ["after"]);
}

#[test]
fn the_writer_prepares_a_statement_once_and_undoes_in_memory() {
    let (_folder, path) = place();
    let writer = sqlite::open_writer(&path, Schema::Sample).unwrap();
    let kept: i64 = writer.query_row("PRAGMA temp_store", (), |row| row.get(0)).unwrap();
    assert_eq!(kept, 2, "in memory");
    // A limit's value could make another plan better, and without a guarantee each one is planned for.
    let mut limited = writer.prepare("SELECT key FROM meta ORDER BY key LIMIT ?1").unwrap();
    for most in 1..10 {
        limited.query_map([most], |row| row.get::<_, String>(0)).unwrap().count();
    }
    assert_eq!(limited.get_status(rusqlite::StatementStatus::RePrepare), 0);
}

#[tokio::test]
async fn close_drains_and_leaves_one_tidy_file() {
    let (folder, path) = place();
    let store = open(&path);
    let other = store.clone();
    let (go, held) = hold(&store).await;
    let waiting: Vec<_> = (0..10).map(|key| queue(&store, move |tx| insert(tx, &key.to_string()))).collect();
    wait_until_queued(&store, 10).await;
    let closing = tokio::spawn(store.close());
    wait_until_queued(&other, 11).await;
    let late = queue(&other, |tx| insert(tx, "late"));
    wait_until_queued(&other, 12).await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    closing.await.unwrap();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    late.await.unwrap().unwrap();
    assert_eq!(other.decide(|tx| insert(tx, "too late")).await, Err(StoreError::Closed));
    assert_eq!(other.read(|_| Ok::<_, StoreError>(())).await, Err(StoreError::Closed));
    other.close().await;

    let mut left: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["bank.db", "bank.db.lock"], "the log is merged into the main file");
    assert_eq!(keys(&open(&path)).await.len(), 11);
}

#[test]
fn the_writer_is_durable_and_strict() {
    let (_folder, path) = place();
    let connection = sqlite::open_writer(&path, Schema::Sample).unwrap();
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(connection.pragma_query_value(None, "journal_mode", |row| row.get(0)), Ok("wal".to_owned()));
    assert_eq!(["synchronous", "fullfsync", "foreign_keys", "busy_timeout"].map(pragma), [2, 1, 1, 5000]);

    connection.execute_batch("PRAGMA max_page_count = 20; BEGIN").unwrap();
    let full = Tx::on_sqlite(&connection).execute(INSERT, &values!["big", "x".repeat(100_000)]);
    assert_eq!(full, Err(StoreError::Full));
}

#[cfg(unix)]
#[test]
fn a_new_database_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let _store = open(&path);
    for entry in folder.path().read_dir().unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[tokio::test]
async fn a_busy_database_says_so() {
    let (_folder, path) = place();
    let connection = sqlite::open_writer(&path, Schema::Sample).unwrap();
    connection.busy_timeout(std::time::Duration::ZERO).unwrap();
    let (writing, _) = sqlite::Writing::start(connection, &path, Schema::Sample).unwrap();
    let writer = Writer::start(Box::new(writing)).unwrap();
    let mut stranger = Connection::open(&path).unwrap();
    let held = stranger.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    assert_eq!(writer.decide(|tx| insert(tx, "a")).await, Err(StoreError::Busy));
    drop(held);
    assert_eq!(writer.decide(|tx| insert(tx, "a")).await, Ok(()));
}

#[tokio::test]
async fn a_long_log_is_brought_over_beside_decisions_and_begins_anew() {
    let (_folder, path) = place();
    let store = open(&path);
    let log = || path.with_file_name(format!("{}-wal", path.file_name().unwrap().to_str().unwrap())).metadata();
    let (mut written, mut largest) = (0_u64, 0);
    // Each is some ten pages; together several times what the log holds before it is brought over.
    for n in 0..900 {
        let text = format!("{n:040000}");
        written += text.len() as u64;
        store.decide(move |tx| tx.execute(INSERT, &values![format!("{n}"), text]).map(drop)).await.unwrap();
        largest = largest.max(log().unwrap().len());
    }
    assert!(store.checkpoints() >= 2, "{}", store.checkpoints());
    assert!(largest < written, "it began anew: {largest} of {written}");
    store.close().await;
    assert!(log().map_or(0, |log| log.len()) == 0, "all is in the main file");
    let store = open(&path);
    let all = store.read(|tx| tx.one("SELECT COUNT(*) AS n FROM meta", &[])?.int("n")).await.unwrap();
    assert_eq!(all, 900);
}

#[test]
fn several_programs_may_prepare_one_file_at_once() {
    for _ in 0..10 {
        let (_folder, path) = place();
        let start = std::sync::Barrier::new(8);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    start.wait();
                    open(&path)
                });
            }
        });
    }
}

#[tokio::test]
async fn several_programs_may_write_one_file() {
    let (_folder, path) = place();
    let programs = [open(&path), open(&path), open(&path)];
    let mut waiting = Vec::new();
    for key in 0..60 {
        waiting.push(queue(&programs[key % 3], move |tx| insert(tx, &key.to_string())));
    }
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    for program in &programs {
        assert_eq!(keys(program).await.len(), 60);
    }
}

#[tokio::test]
async fn an_auditor_leaves_a_file_as_it_was() {
    let (folder, path) = place();
    assert_eq!(Store::open_read_only(&path, Schema::Sample).unwrap_err(), StoreError::Missing);
    assert_eq!(folder.path().read_dir().unwrap().count(), 0);

    let store = open(&path);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    assert!(path.with_extension("db-wal").exists());
    let beside = Store::open_read_only(&path, Schema::Sample).unwrap();
    assert_eq!(keys(&beside).await, ["a"]);
    store.decide(|tx| insert(tx, "b")).await.unwrap();
    assert_eq!(keys(&beside).await, ["a", "b"]);
    assert_eq!(beside.decide(|tx| insert(tx, "c")).await, Err(StoreError::ReadOnly));
    assert_eq!(beside.commits(), 0);
    beside.close().await;
    store.close().await;

    assert!(!path.with_extension("db-wal").exists());
    let before = fs::read(&path).unwrap();
    let after = Store::open_read_only(&path, Schema::Sample).unwrap();
    assert_eq!(keys(&after).await, ["a", "b"]);
    after.close().await;
    assert_eq!(fs::read(&path).unwrap(), before);
    open(&path).decide(|tx| insert(tx, "c")).await.unwrap();
}

/// As an ordinary user the folder can't be written; the superuser passes by the usual way.
#[cfg(unix)]
#[tokio::test]
async fn an_auditor_reads_a_copy_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = place();
    let store = open(&path);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    store.close().await;
    let permit = |mode| fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    permit(0o555);
    let audit = Store::open_read_only(&path, Schema::Sample);
    let seen = match &audit {
        Ok(store) => keys(store).await,
        Err(error) => panic!("{error}"),
    };
    permit(0o755);
    assert_eq!(seen, ["a"]);
}

#[test]
fn a_file_not_for_this_program_is_refused_and_left_alone() {
    let (_folder, path) = place();
    drop(sqlite::open_writer(&path, Schema::Sample).unwrap());
    let change = |sql| Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    let refused = |expected: StoreError| {
        let before = fs::read(&path).unwrap();
        assert_eq!(Store::open(&path, Schema::Sample).unwrap_err(), expected);
        assert_eq!(Store::open_read_only(&path, Schema::Sample).unwrap_err(), expected);
        assert_eq!(fs::read(&path).unwrap(), before);
    };
    let known = 1;

    change("INSERT INTO refinery_schema_history VALUES (900, 'later', '2030-01-01T00:00:00Z', '1')");
    refused(StoreError::Newer { found: 900, known });
    change(
        "DELETE FROM refinery_schema_history WHERE version = 900; UPDATE refinery_schema_history SET name = 'other'",
    );
    refused(StoreError::Foreign);

    change("DROP TABLE meta; DELETE FROM refinery_schema_history");
    assert_eq!(Store::open_read_only(&path, Schema::Sample).unwrap_err(), StoreError::Older);
    drop(open(&path));
    Store::open_read_only(&path, Schema::Sample).unwrap();
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let (_folder, path) = place();
    let store = open(&path);
    let fill = |tx: &mut Tx<'_>| {
        (0..500).try_for_each(|key| tx.execute(INSERT, &values![format!("{key}"), "x".repeat(100)]).map(drop))
    };
    store.decide::<_, StoreError>(fill).await.unwrap();
    store.close().await;
    let sound = fs::read(&path).unwrap();
    assert!(sound.len() > 10 * 4096);

    let scribbled = |from: usize, to: usize| {
        let mut bytes = sound.clone();
        bytes[from..to].fill(0xa5);
        bytes
    };
    let damaged = [
        Vec::new(),
        sound[..sound.len() / 2].to_vec(),
        sound[..sound.len() - 1].to_vec(),
        sound[..4096].to_vec(),
        sound[..50].to_vec(),
        scribbled(0, 16),
        scribbled(100, 4096),
        scribbled(5 * 4096, 6 * 4096),
        b"not a database".to_vec(),
        vec![0xff; 9000],
        vec![0; 9000],
    ];
    for (index, bytes) in damaged.into_iter().enumerate() {
        fs::write(&path, &bytes).unwrap();
        assert_eq!(Store::open(&path, Schema::Sample).unwrap_err(), StoreError::Corrupt, "{index}");
        assert_eq!(Store::open_read_only(&path, Schema::Sample).unwrap_err(), StoreError::Corrupt, "{index}");
        assert!(fs::read(&path).unwrap() == bytes, "file {index} was changed");
    }

    fs::write(&path, &sound).unwrap();
    assert_eq!(open(&path).read(|tx| tx.one("SELECT count(*) AS n FROM meta", &[])?.int("n")).await, Ok(500));
}

/// A crash leaves committed decisions in the log beside the main file; a damaged main file must not take them along.
#[tokio::test]
async fn the_log_of_a_damaged_or_lost_file_is_kept() {
    let (folder, path) = place();
    open(&path).close().await;
    let store = open(&path);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    let crashed = folder.path().join("crashed.db");
    let log = folder.path().join("crashed.db-wal");
    // Read by another process: closing a copy's handle in this one would end SQLite's locks.
    let copy = |from: &Path, to: &Path| {
        assert!(std::process::Command::new("cp").args([from, to]).status().unwrap().success());
    };
    copy(&path, &crashed);
    copy(&path.with_extension("db-wal"), &log);
    store.close().await;
    let (main, logged) = (fs::read(&crashed).unwrap(), fs::read(&log).unwrap());
    assert!(!logged.is_empty());

    for lost in [None, Some(Vec::new()), Some(vec![0xff; main.len()])] {
        match &lost {
            Some(bytes) => fs::write(&crashed, bytes).unwrap(),
            None => fs::remove_file(&crashed).unwrap(),
        }
        assert_eq!(Store::open(&crashed, Schema::Sample).unwrap_err(), StoreError::Corrupt);
        assert_eq!(fs::read(&log).unwrap(), logged);
        assert_eq!(crashed.exists(), lost.is_some());
        fs::write(&crashed, &main).unwrap();
    }
    assert_eq!(keys(&open(&crashed)).await, ["a"]);
}

#[test]
fn a_start_that_was_cut_off_is_begun_again() {
    let (folder, path) = place();
    fs::write(path.with_extension("db.new"), "half a database").unwrap();
    fs::write(path.with_extension("db.new-journal"), "half a journal").unwrap();
    drop(open(&path));
    assert!(!path.with_extension("db.new").exists() && !path.with_extension("db.new-journal").exists());
    assert!(folder.path().join("bank.db").exists());
}

#[test]
fn a_missing_folder_is_told_with_its_path() {
    let (folder, _) = place();
    let path = folder.path().join("missing/bank.db");
    let told = Store::open(&path, Schema::Sample).unwrap_err().to_string();
    assert!(told.contains("missing/bank.db") && told.contains("check that its folder exists"), "{told}");
}
