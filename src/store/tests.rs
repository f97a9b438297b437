//! What the store promises, tried on real files.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fs;
use std::path::PathBuf;
use std::sync::mpsc;

use rusqlite::Connection;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::writer::{LARGEST_GROUP, QUEUE};
use super::*;

type Answer = Result<(), StoreError>;
type Decide = Box<dyn FnOnce(&mut Tx<'_>) -> Answer + Send>;

const INSERT: &str = "INSERT INTO meta (key, value) VALUES (?1, ?2)";

fn place() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("bank.db");
    (folder, path)
}

fn open(path: &Path) -> Store {
    Store::open(path, Schema::Sample).unwrap()
}

fn insert(tx: &mut Tx<'_>, key: &str) -> Answer {
    tx.execute(INSERT, &values![key, "x"]).map(|changed| assert_eq!(changed, 1))
}

async fn keys(store: &Store) -> Vec<String> {
    let query = |tx: &mut Tx<'_>| {
        let rows = tx.rows("SELECT key FROM meta WHERE value = ?1 ORDER BY key", &values!["x"])?;
        rows.iter().map(|row| Ok(row.text("key")?.to_owned())).collect()
    };
    store.read::<Vec<String>, StoreError>(query).await.unwrap()
}

/// Holds the writer inside a decision of its own until told to go on, so that others gather behind it.
async fn hold(store: &Store) -> (mpsc::Sender<()>, JoinHandle<Answer>) {
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go, may_go) = mpsc::channel();
    let held = queue(store, move |_| {
        begun.send(()).unwrap();
        may_go.recv().unwrap();
        Ok(())
    });
    has_begun.await.unwrap();
    (go, held)
}

fn queue(store: &Store, decide: impl FnOnce(&mut Tx<'_>) -> Answer + Send + 'static) -> JoinHandle<Answer> {
    let store = store.clone();
    tokio::spawn(async move { store.decide(decide).await })
}

async fn wait_until_queued(store: &Store, count: usize) {
    while store.writer.as_ref().unwrap().room() > QUEUE - count {
        tokio::task::yield_now().await;
    }
}

/// Runs decisions so that they share one transaction.
async fn together(store: &Store, decisions: Vec<Decide>) -> Vec<Answer> {
    let (go, held) = hold(store).await;
    let mut queued = Vec::new();
    for (index, decide) in decisions.into_iter().enumerate() {
        queued.push(queue(store, decide));
        wait_until_queued(store, index + 1).await;
    }
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    let mut answers = Vec::new();
    for answer in queued {
        answers.push(answer.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn an_answer_comes_after_the_commit() {
    let (_folder, path) = place();
    let store = open(&path);
    let stranger = Connection::open(&path).unwrap();
    for key in 0..20 {
        store.decide(move |tx| insert(tx, &key.to_string())).await.unwrap();
        let seen: i64 = stranger.query_row("SELECT count(*) FROM meta", (), |row| row.get(0)).unwrap();
        assert_eq!(seen, i64::from(key) + 1);
    }
    assert_eq!(store.commits(), 20);
}

#[tokio::test]
async fn decisions_that_wait_together_share_commits() {
    let (_folder, path) = place();
    let store = open(&path);
    let count = 2 * LARGEST_GROUP + 1;
    let (go, held) = hold(&store).await;
    let waiting: Vec<_> = (0..count).map(|key| queue(&store, move |tx| insert(tx, &key.to_string()))).collect();
    wait_until_queued(&store, count).await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(keys(&store).await.len(), count);
    // The holder alone, two full groups, the rest.
    assert_eq!(store.commits(), 4);
}

#[tokio::test]
async fn a_refusal_or_a_panic_undoes_only_itself() {
    let (_folder, path) = place();
    let store = open(&path);
    let answers = together(
        &store,
        vec![
            Box::new(|tx| insert(tx, "a")),
            Box::new(|tx| insert(tx, "refused").and(Err(StoreError::Shape("no".into())))),
            Box::new(|tx| insert(tx, "b")),
            Box::new(|tx| insert(tx, "panicked").map(|()| panic!("a test's own panic: secret"))),
            Box::new(|tx| insert(tx, "a")),
            Box::new(|tx| insert(tx, "c")),
        ],
    )
    .await;
    assert_eq!(
        answers,
        [
            Ok(()),
            Err(StoreError::Shape("no".into())),
            Ok(()),
            Err(StoreError::panicked()),
            Err(StoreError::Unique),
            Ok(())
        ]
    );
    assert_eq!(keys(&store).await, ["a", "b", "c"]);
    assert_eq!(store.commits(), 2, "the group was one transaction");
}

#[tokio::test]
async fn a_part_that_fails_undoes_only_itself() {
    let (_folder, path) = place();
    let store = open(&path);
    let answers = store.decide::<_, StoreError>(|tx| {
        insert(tx, "a")?;
        let mut answers = Vec::new();
        for key in ["b", "a", "c"] {
            answers.push(tx.apart(|tx| insert(tx, &format!("beside {key}")).and_then(|()| insert(tx, key))));
        }
        let inner = |tx: &mut Tx<'_>| tx.apart(|tx| insert(tx, "inner")).and(Err(StoreError::Shape("no".into())));
        answers.push(tx.apart(inner));
        Ok(answers)
    });
    let refused = Err(StoreError::Shape("no".into()));
    assert_eq!(answers.await.unwrap(), [Ok(()), Err(StoreError::Unique), Ok(()), refused]);
    assert_eq!(keys(&store).await, ["a", "b", "beside b", "beside c", "c"]);
    let lost = store.decide::<(), StoreError>(|tx| {
        tx.apart(|tx| tx.execute("INSERT OR ROLLBACK INTO meta VALUES ('a', 'x')", &[]).map(drop)).or(Ok(()))
    });
    assert_eq!(lost.await, Err(StoreError::Unique), "with the transaction goes everything");
    assert_eq!(keys(&store).await.len(), 5);
}

#[tokio::test]
async fn a_failed_commit_is_told_to_all_who_shared_it() {
    let (_folder, path) = place();
    let store = open(&path);
    let answers = together(
        &store,
        vec![
            Box::new(|tx| {
                tx.execute("CREATE TABLE child (key TEXT REFERENCES meta DEFERRABLE INITIALLY DEFERRED)", &[]).map(drop)
            }),
            Box::new(|tx| insert(tx, "a")),
            Box::new(|_| Err(StoreError::Unique)),
            Box::new(|tx| tx.execute("INSERT INTO child VALUES (?1)", &values!["orphan"]).map(drop)),
        ],
    )
    .await;
    let failed = Err(StoreError::Constraint("FOREIGN KEY constraint failed".into()));
    assert_eq!(answers, [failed.clone(), failed.clone(), failed.clone(), failed]);
    assert_eq!(keys(&store).await, [""; 0]);
    store.decide(|tx| insert(tx, "later")).await.unwrap();
    assert_eq!(keys(&store).await, ["later"]);
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
}

#[tokio::test]
async fn a_decision_outlives_its_caller_and_dropping_the_store_drains() {
    let (_folder, path) = place();
    let store = open(&path);
    let (go, held) = hold(&store).await;
    let waiting: Vec<_> = (0..300).map(|key| queue(&store, move |tx| insert(tx, &format!("{key:03}")))).collect();
    wait_until_queued(&store, 300).await;
    for caller in &waiting {
        caller.abort();
    }
    for caller in waiting {
        assert!(caller.await.unwrap_err().is_cancelled());
    }
    let thread = store.writer.as_ref().unwrap().take_thread();
    drop(store);
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    tokio::task::spawn_blocking(|| thread.join().unwrap()).await.unwrap();
    assert_eq!(keys(&open(&path)).await.len(), 300);
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
    assert_eq!(other.read(|_| Answer::Ok(())).await, Err(StoreError::Closed));
    other.close().await;

    let mut left: Vec<_> = folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["bank.db", "bank.db.lock"], "the log is merged into the main file");
    assert_eq!(keys(&open(&path)).await.len(), 11);
}

#[tokio::test]
async fn a_query_sees_one_moment_and_cannot_write() {
    let (_folder, path) = place();
    let store = open(&path);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let reader = store.clone();
    let query = tokio::spawn(async move {
        let count = |tx: &mut Tx<'_>| tx.one("SELECT count(*) AS n FROM meta", &[])?.int("n");
        let query = move |tx: &mut Tx<'_>| {
            let before = count(tx)?;
            begun.send(()).unwrap();
            may_go.recv().unwrap();
            let write = insert(tx, "from a query");
            Ok::<_, StoreError>((before, count(tx)?, write))
        };
        reader.read(query).await
    });
    has_begun.await.unwrap();
    store.decide(|tx| insert(tx, "meanwhile")).await.unwrap();
    go.send(()).unwrap();
    assert_eq!(query.await.unwrap(), Ok((0, 0, Err(StoreError::ReadOnly))));
    assert_eq!(keys(&store).await, ["meanwhile"]);
}

#[tokio::test]
async fn more_queries_than_connections_and_panicking_ones() {
    let (_folder, path) = place();
    let store = open(&path);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    let queries: Vec<_> = (0..30)
        .map(|index| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .read(move |tx| {
                        assert!(index % 3 > 0, "a test's own panic");
                        tx.one("SELECT key FROM meta", &[])?.text("key").map(String::from)
                    })
                    .await
            })
        })
        .collect();
    for (index, query) in queries.into_iter().enumerate() {
        let expected = if index % 3 > 0 { Ok("a".to_owned()) } else { Err(StoreError::panicked()) };
        assert_eq!(query.await.unwrap(), expected);
    }
}

#[tokio::test]
async fn statements_and_their_rows() {
    let (_folder, path) = place();
    let store = open(&path);
    let decide = |tx: &mut Tx<'_>| {
        let upsert = "INSERT INTO meta (key, value) VALUES (?1, ?2) \
                      ON CONFLICT (key) DO UPDATE SET value = excluded.value RETURNING key, value";
        assert_eq!(tx.one(upsert, &values!["a", "1"])?.text("value")?, "1");
        assert_eq!(tx.one(upsert, &values!["a", "2"])?.text("value")?, "2");
        let nothing = "INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        assert_eq!((tx.execute(nothing, &values!["a", "3"])?, tx.execute(nothing, &values!["b", "3"])?), (0, 1));
        // All rows are written though only the first is read.
        let both = "INSERT INTO meta (key, value) VALUES (?1, ?3), (?2, ?3) RETURNING key";
        assert_eq!(tx.first(both, &values!["c", "d", "4"])?.unwrap().text("key")?, "c");
        assert_eq!(tx.execute("UPDATE meta SET value = ?1", &values!["x"])?, 4);

        let select = "SELECT key FROM meta WHERE key = ?1";
        assert!(tx.first(select, &values!["none"])?.is_none());
        assert!(matches!(tx.one(select, &values!["none"]), Err(StoreError::Shape(_))));
        assert!(matches!(tx.one("SELECT key FROM meta", &[]), Err(StoreError::Shape(_))));
        assert!(matches!(tx.execute("SELECT key FROM meta", &[]), Err(StoreError::Shape(_))));
        for strange in ["SELECT 1.5 AS n", "SELECT x'00' AS n", "SELECT CAST(x'ff' AS TEXT) AS n"] {
            assert!(matches!(tx.rows(strange, &[]), Err(StoreError::Shape(_))), "{strange}");
        }
        assert!(matches!(tx.execute(INSERT, &values!["e", None::<&str>]), Err(StoreError::Constraint(_))));
        assert!(matches!(tx.execute(INSERT, &values!["e"]), Err(StoreError::Other(_))));
        assert!(matches!(tx.rows("SELECT 1; DROP TABLE meta", &[]), Err(StoreError::Other(_))));
        for control in ["COMMIT", " rollback;", "RELEASE x", "\nPRAGMA synchronous = OFF"] {
            assert!(matches!(tx.execute(control, &[]), Err(StoreError::Other(_))), "{control}");
        }
        Ok::<_, StoreError>(())
    };
    store.decide(decide).await.unwrap();
    assert_eq!(keys(&store).await, ["a", "b", "c", "d"]);
}

#[test]
fn the_writer_is_durable_and_strict() {
    let (_folder, path) = place();
    let connection = sqlite::open_writer(&path, Schema::Sample).unwrap();
    let pragma = |name| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(connection.pragma_query_value(None, "journal_mode", |row| row.get(0)), Ok("wal".to_owned()));
    assert_eq!(["synchronous", "fullfsync", "foreign_keys", "busy_timeout"].map(pragma), [2, 1, 1, 5000]);

    connection.execute_batch("PRAGMA max_page_count = 20; BEGIN").unwrap();
    let full = Tx::new(&connection).execute(INSERT, &values!["big", "x".repeat(100_000)]);
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
    let writer = Writer::start(connection).unwrap();
    let mut stranger = Connection::open(&path).unwrap();
    let held = stranger.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).unwrap();
    assert_eq!(writer.decide(|tx| insert(tx, "a")).await, Err(StoreError::Busy));
    drop(held);
    assert_eq!(writer.decide(|tx| insert(tx, "a")).await, Ok(()));
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
async fn an_auditor_reads_beside_a_running_server_and_after_it() {
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
