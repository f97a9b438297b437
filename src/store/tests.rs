//! What the store promises, tried on real files, and on a PostgreSQL server when there is one for tests. What only a file
//! can show stands in `sqlite/tests.rs`, what only a server can in `postgres/tests.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::mpsc;

use tokio::task::JoinHandle;

use super::testing::Place;
use super::writer::{LARGEST_GROUP, QUEUE};
use super::*;

pub(super) type Answer = Result<(), StoreError>;
pub(super) type Decide = Box<dyn FnOnce(&mut Tx<'_>) -> Answer + Send>;

pub(super) const INSERT: &str = "INSERT INTO meta (key, value) VALUES (?1, ?2)";

fn open(place: &Place) -> Store {
    place.open(Schema::Sample)
}

pub(super) fn insert(tx: &mut Tx<'_>, key: &str) -> Answer {
    tx.execute(INSERT, &values![key, "x"]).map(|changed| assert_eq!(changed, 1))
}

pub(super) async fn keys(store: &Store) -> Vec<String> {
    let query = |tx: &mut Tx<'_>| {
        let rows = tx.rows("SELECT key FROM meta WHERE value = ?1 ORDER BY key", &values!["x"])?;
        rows.iter().map(|row| Ok(row.text("key")?.to_owned())).collect()
    };
    store.read::<Vec<String>, StoreError>(query).await.unwrap()
}

/// Holds the writer inside a decision of its own until told to go on, so that others gather behind it.
pub(super) async fn hold(store: &Store) -> (mpsc::Sender<()>, JoinHandle<Answer>) {
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

pub(super) fn queue(store: &Store, decide: impl FnOnce(&mut Tx<'_>) -> Answer + Send + 'static) -> JoinHandle<Answer> {
    let store = store.clone();
    tokio::spawn(async move { store.decide(decide).await })
}

pub(super) async fn wait_until_queued(store: &Store, count: usize) {
    while store.writer.as_ref().unwrap().room() > QUEUE - count {
        tokio::task::yield_now().await;
    }
}

/// Runs decisions so that they share one transaction.
pub(super) async fn together(store: &Store, decisions: Vec<Decide>) -> Vec<Answer> {
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
    let place = Place::new();
    let store = open(&place);
    let stranger = place.open_read_only(Schema::Sample).unwrap();
    for key in 0..20 {
        store.decide(move |tx| insert(tx, &key.to_string())).await.unwrap();
        assert_eq!(keys(&stranger).await.len(), key + 1);
    }
    assert_eq!(store.commits(), 20);
}

#[tokio::test]
async fn decisions_that_wait_together_share_commits() {
    let place = Place::new();
    let store = open(&place);
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
    let place = Place::new();
    let store = open(&place);
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
    let place = Place::new();
    let store = open(&place);
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
    // A part that makes nothing of a statement's failure is undone all the same, and told why.
    let silent = store.decide::<_, StoreError>(|tx| {
        let part = tx.apart(|tx| insert(tx, "beside").and_then(|()| insert(tx, "a").or(Ok(()))));
        insert(tx, "d").map(|()| part)
    });
    assert_eq!(silent.await, Ok(Err(StoreError::Unique)));
    assert_eq!(keys(&store).await.len(), 6);
}

#[tokio::test]
async fn a_failed_commit_is_told_to_all_who_shared_it() {
    let place = Place::new();
    let store = open(&place);
    let answers = together(
        &store,
        vec![
            Box::new(|tx| {
                let child = "CREATE TABLE child (key TEXT REFERENCES meta (key) DEFERRABLE INITIALLY DEFERRED)";
                tx.execute(child, &[]).map(drop)
            }),
            Box::new(|tx| insert(tx, "a")),
            Box::new(|_| Err(StoreError::Unique)),
            Box::new(|tx| tx.execute("INSERT INTO child VALUES (?1)", &values!["orphan"]).map(drop)),
        ],
    )
    .await;
    assert_eq!(answers.len(), 4);
    for answer in answers {
        assert!(matches!(answer, Err(StoreError::Constraint(_))), "{answer:?}");
    }
    assert_eq!(keys(&store).await, [""; 0]);
    store.decide(|tx| insert(tx, "later")).await.unwrap();
    assert_eq!(keys(&store).await, ["later"]);
}

#[tokio::test]
async fn a_decision_outlives_its_caller_and_dropping_the_store_drains() {
    let place = Place::new();
    let store = open(&place);
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
    assert_eq!(keys(&open(&place)).await.len(), 300);
}

#[tokio::test]
async fn a_query_sees_one_moment_and_cannot_write() {
    let place = Place::new();
    let store = open(&place);
    let (begun, has_begun) = tokio::sync::oneshot::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let (tell, seen) = mpsc::channel();
    let reader = store.clone();
    let query = tokio::spawn(async move {
        let count = |tx: &mut Tx<'_>| tx.one("SELECT count(*) AS n FROM meta", &[])?.int("n");
        let query = move |tx: &mut Tx<'_>| {
            let before = count(tx)?;
            begun.send(()).unwrap();
            may_go.recv().unwrap();
            tell.send((before, count(tx)?)).unwrap();
            insert(tx, "from a query")
        };
        reader.read(query).await
    });
    has_begun.await.unwrap();
    store.decide(|tx| insert(tx, "meanwhile")).await.unwrap();
    go.send(()).unwrap();
    assert_eq!(query.await.unwrap(), Err(StoreError::ReadOnly));
    assert_eq!(seen.recv(), Ok((0, 0)));
    assert_eq!(keys(&store).await, ["meanwhile"]);
}

#[tokio::test]
async fn more_queries_than_connections_and_panicking_ones() {
    let place = Place::new();
    let store = open(&place);
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
    let place = Place::new();
    let store = open(&place);
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
        let sums =
            tx.one("SELECT COUNT(*) AS n, SUM(length(key)) AS s, MAX(?1 + 0) AS m FROM meta", &values![1_i64 << 40])?;
        assert_eq!((sums.int("n")?, sums.int("s")?, sums.int("m")?), (4, 4, 1 << 40));
        assert_eq!(tx.one("SELECT SUM(CAST(?1 AS BIGINT)) AS s FROM meta", &values![3])?.int("s")?, 12);
        assert_eq!(tx.one("SELECT SUM(CAST(?1 AS BIGINT)) AS s FROM meta", &values![None::<i64>])?.opt_int("s")?, None);
        assert!(tx.one("SELECT key = 'a' AS is_a FROM meta WHERE key = ?1", &values!["a"])?.flag("is_a")?);
        // What the store itself refuses never reached the database.
        assert!(matches!(tx.one(select, &values!["none"]), Err(StoreError::Shape(_))));
        assert!(matches!(tx.one("SELECT key FROM meta", &[]), Err(StoreError::Shape(_))));
        for control in ["COMMIT", " rollback;", "RELEASE x", "\nPRAGMA synchronous = OFF"] {
            assert!(matches!(tx.execute(control, &[]), Err(StoreError::Other(_))), "{control}");
        }
        Ok::<_, StoreError>(())
    };
    store.decide(decide).await.unwrap();
    assert_eq!(keys(&store).await, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_statement_that_fails_ends_its_decision_and_says_why() {
    let place = Place::new();
    let store = open(&place);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    type Is = fn(&StoreError) -> bool;
    let shape: Is = |it| matches!(it, StoreError::Shape(_));
    let rule: Is = |it| matches!(it, StoreError::Constraint(_));
    let other: Is = |it| matches!(it, StoreError::Other(_));
    let cases: [(&'static str, Vec<Value>, Is); 11] = [
        (INSERT, values!["secret\0", "x"].into(), |it| *it == StoreError::Nul),
        (INSERT, values!["a", "x"].into(), |it| *it == StoreError::Unique),
        (INSERT, values!["e", None::<&str>].into(), rule),
        (INSERT, values!["e"].into(), other),
        ("INSERT INTO nowhere VALUES (?1)", values!["secret"].into(), other),
        ("SELECT 1; DROP TABLE meta", Vec::new(), other),
        ("SELECT 1.5 AS n", Vec::new(), shape),
        ("SELECT CAST(1 AS REAL) AS n", Vec::new(), shape),
        ("SELECT key FROM meta", Vec::new(), shape),
        ("INSERT INTO meta (key, value) VALUES ('r', 'x') RETURNING key", Vec::new(), shape),
        ("SELECT 9223372036854775807 + ?1 AS n", values![1].into(), |it| !matches!(it, StoreError::Unique)),
    ];
    for (sql, given, expected) in cases {
        let executed = matches!(sql, "SELECT key FROM meta") || sql.ends_with("RETURNING key");
        let (tell, told) = mpsc::channel();
        let answer = store.decide(move |tx| {
            insert(tx, "b")?;
            let failed = if executed { tx.execute(sql, &given).map(drop) } else { tx.rows(sql, &given).map(drop) };
            let later = [insert(tx, "c"), tx.rows("SELECT key FROM meta", &[]).map(drop)];
            tell.send((failed, later)).unwrap();
            // As if nothing had been.
            Answer::Ok(())
        });
        let answer = answer.await;
        let (failed, later) = told.recv().unwrap();
        assert!(
            failed.as_ref().is_err_and(|it| expected(it) && !it.to_string().contains("secret")),
            "{sql}: {failed:?}"
        );
        assert_eq!((&answer, &later), (&failed, &[failed.clone(), failed.clone()]), "{sql}");
        assert_eq!(keys(&store).await, ["a"], "{sql}");
    }
    let query = |tx: &mut Tx<'_>| Ok::<_, StoreError>(tx.rows("SELECT 1.5 AS n", &[]).is_err());
    assert!(matches!(store.read(query).await, Err(StoreError::Shape(_))), "a query neither");
}

#[tokio::test]
async fn text_is_ordered_by_its_bytes() {
    let place = Place::new();
    let store = open(&place);
    for key in ["b", "a", "Z", "é", "_", "红包", "ab"] {
        store.decide(move |tx| insert(tx, key)).await.unwrap();
    }
    assert_eq!(keys(&store).await, ["Z", "_", "a", "ab", "b", "é", "红包"]);
}

#[tokio::test]
async fn close_drains() {
    let place = Place::new();
    let store = open(&place);
    let other = store.clone();
    let (go, held) = hold(&store).await;
    let waiting: Vec<_> = (0..10).map(|key| queue(&store, move |tx| insert(tx, &key.to_string()))).collect();
    wait_until_queued(&store, 10).await;
    let closing = tokio::spawn(store.close());
    wait_until_queued(&other, 11).await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    closing.await.unwrap();
    for answer in waiting {
        answer.await.unwrap().unwrap();
    }
    assert_eq!(other.decide(|tx| insert(tx, "too late")).await, Err(StoreError::Closed));
    assert_eq!(other.read(|_| Answer::Ok(())).await, Err(StoreError::Closed));
    other.close().await;
    assert_eq!(keys(&open(&place)).await.len(), 10);
}

#[tokio::test]
async fn an_auditor_reads_beside_a_running_server_and_after_it() {
    let place = Place::new();
    assert_eq!(place.open_read_only(Schema::Sample).unwrap_err(), StoreError::Missing);
    let store = open(&place);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    let beside = place.open_read_only(Schema::Sample).unwrap();
    assert_eq!(keys(&beside).await, ["a"]);
    store.decide(|tx| insert(tx, "b")).await.unwrap();
    assert_eq!(keys(&beside).await, ["a", "b"]);
    assert_eq!(beside.decide(|tx| insert(tx, "c")).await, Err(StoreError::ReadOnly));
    assert_eq!(beside.commits(), 0);
    beside.close().await;
    store.close().await;
    let after = place.open_read_only(Schema::Sample).unwrap();
    assert_eq!(keys(&after).await, ["a", "b"]);
    after.close().await;
    open(&place).decide(|tx| insert(tx, "c")).await.unwrap();
}

#[tokio::test]
async fn a_database_not_for_this_program_is_refused() {
    let place = Place::new();
    open(&place).close().await;
    let refused = |expected: StoreError| {
        assert_eq!(place.try_open(Schema::Sample).unwrap_err(), expected);
        assert_eq!(place.open_read_only(Schema::Sample).unwrap_err(), expected);
    };
    place.damage("INSERT INTO refinery_schema_history VALUES (900, 'later', '2030-01-01T00:00:00Z', '1')");
    refused(StoreError::Newer { found: 900, known: 1 });
    place.damage("DELETE FROM refinery_schema_history WHERE version = 900");
    place.damage("UPDATE refinery_schema_history SET name = 'other'");
    refused(StoreError::Foreign);
    place.damage("DROP TABLE meta");
    place.damage("DELETE FROM refinery_schema_history");
    assert_eq!(place.open_read_only(Schema::Sample).unwrap_err(), StoreError::Older);
    open(&place).close().await;
    place.damage("DROP TABLE refinery_schema_history");
    refused(StoreError::Foreign);
}
