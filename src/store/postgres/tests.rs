//! What the store promises of a PostgreSQL server that fails, and of its lock. Run by `tests/postgres/run.sh`, which brings a
//! server.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::*;
use crate::store::testing::server::{Made, run};
use crate::store::tests::{hold, insert, keys, queue, together, wait_until_queued};
use crate::store::{Database, Store};

fn place() -> Made {
    Made::new(&std::env::var("HONGBAO_TEST_DATABASE").expect("tests/postgres/run.sh sets it"), "template0")
}

fn open(place: &Made) -> Store {
    place.database().open(Schema::Sample).unwrap()
}

/// Ends the session that runs it, as a server does that is stopped.
const END: &str = "SELECT pg_terminate_backend(pg_backend_pid())";

#[tokio::test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
async fn a_connection_lost_on_the_way_is_told_and_those_behind_go_on() {
    let place = place();
    let store = open(&place);
    let answers = together(
        &store,
        vec![
            Box::new(|tx| insert(tx, "before")),
            Box::new(|tx| {
                insert(tx, "culprit")?;
                let lost = tx.rows(END, &[]).map(drop);
                assert!(matches!(lost, Err(StoreError::Unreachable(_))), "{lost:?}");
                assert_eq!(insert(tx, "stray"), lost);
                Ok(())
            }),
            Box::new(|tx| insert(tx, "after")),
        ],
    )
    .await;
    assert!(matches!(answers[0], Err(StoreError::Unreachable(_))), "{answers:?}");
    assert!(matches!(answers[1], Err(StoreError::Unreachable(_))), "{answers:?}");
    assert_eq!(answers[2], Ok(()));
    assert_eq!(keys(&store).await, ["after"]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
async fn a_connection_lost_while_committing_leaves_the_fate_unknown() {
    let place = place();
    let store = open(&place);
    let trap = "CREATE FUNCTION trap() RETURNS trigger LANGUAGE plpgsql AS \
                $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); RETURN NULL; END $$";
    let sprung = "CREATE CONSTRAINT TRIGGER sprung AFTER INSERT ON meta DEFERRABLE INITIALLY DEFERRED \
                  FOR EACH ROW WHEN (new.key = 'trapped') EXECUTE FUNCTION trap()";
    run(place.url(), vec![trap.into(), sprung.into()]);
    assert_eq!(store.decide(|tx| insert(tx, "trapped")).await, Err(StoreError::Lost));
    assert_eq!(store.decide(|tx| insert(tx, "later")).await, Ok(()));
    assert_eq!(keys(&store).await, ["later"]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
async fn queries_connect_again_after_all_connections_ended() {
    let place = place();
    let store = open(&place);
    store.decide(|tx| insert(tx, "a")).await.unwrap();
    assert_eq!(keys(&store).await, ["a"]);
    run(
        place.url(),
        vec![
            "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid(); END $$"
                .into(),
        ],
    );
    assert_eq!(keys(&store).await, ["a"]);
    // The first decision may hear of it; the next goes on.
    let _ = store.decide(|tx| insert(tx, "b")).await;
    store.decide(|tx| insert(tx, "c")).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
async fn a_database_has_one_writer() {
    let place = place();
    let store = open(&place);
    assert_eq!(place.database().open(Schema::Sample).unwrap_err(), StoreError::Taken);
    // Whoever was taken for lost and comes back does not write beside the one that took its place.
    let end = |tx: &mut Tx<'_>| tx.rows(END, &[]).map(drop);
    assert!(matches!(store.decide(end).await, Err(StoreError::Unreachable(_))));
    let second = open(&place);
    assert_eq!(store.decide(|tx| insert(tx, "a")).await, Err(StoreError::Taken));
    second.decide(|tx| insert(tx, "b")).await.unwrap();
    second.close().await;
    store.decide(|tx| insert(tx, "c")).await.unwrap();
    assert_eq!(keys(&store).await, ["b", "c"]);
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
async fn a_table_that_another_holds_is_busy_and_refuses_only_its_decision() {
    let place = place();
    let store = open(&place);
    store.decide(|tx| tx.execute("SET lock_timeout = '50ms'", &[]).map(drop)).await.unwrap();
    let mut stranger = {
        let Database::Server(address) = place.database() else { panic!("a server") };
        std::thread::spawn(move || Session::open(&address).unwrap()).join().unwrap()
    };
    let (go, held) = hold(&store).await;
    let stranger = std::thread::spawn(move || {
        stranger.batch("BEGIN; LOCK TABLE meta").unwrap();
        stranger
    });
    let stranger = stranger.join().unwrap();
    let busy = queue(&store, |tx| insert(tx, "a"));
    wait_until_queued(&store, 1).await;
    go.send(()).unwrap();
    held.await.unwrap().unwrap();
    assert_eq!(busy.await.unwrap(), Err(StoreError::Busy));
    std::thread::spawn(move || stranger.close()).join().unwrap();
    store.decide(|tx| insert(tx, "a")).await.unwrap();
}

#[tokio::test]
#[ignore = "needs a PostgreSQL server: tests/postgres/run.sh"]
async fn the_writer_is_durable_and_a_server_that_is_not_there_is_told() {
    let place = place();
    let store = open(&place);
    let setting = |tx: &mut Tx<'_>| {
        tx.one("SELECT current_setting('synchronous_commit') AS it", &[])?.text("it").map(String::from)
    };
    assert_eq!(store.decide(setting).await, Ok("on".to_owned()));
    // No stored value is told, though the server's own words would quote it.
    let told = store
        .decide(|tx| tx.rows("SELECT CAST(key AS BIGINT) AS n FROM meta", &[]).map(drop).and(insert(tx, "s3cret")));
    told.await.unwrap();
    let told =
        store.decide(|tx| tx.rows("SELECT CAST(key AS BIGINT) AS n FROM meta", &[]).map(drop)).await.unwrap_err();
    assert!(!told.to_string().contains("s3cret") && told.to_string().contains("22P02"), "{told}");
    let twice = store.decide(|tx| insert(tx, "s3cret")).await.unwrap_err();
    assert_eq!(twice, StoreError::Unique);

    for (nowhere, expected) in [
        ("postgres://me:s3cret@127.0.0.1:1/books", "refused"),
        ("postgres://me:s3cret@/books?host=/nowhere", "error connecting"),
        (&place.url().replace("hongbao_test", "no_such"), "createdb"),
    ] {
        let database = Database::Server(Address::parse(nowhere, None).unwrap());
        let told = database.open(Schema::Sample).unwrap_err().to_string();
        assert!(told.contains(expected) && !told.contains("s3cret"), "{told}");
    }
}
