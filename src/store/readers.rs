//! A few connections that only read, each query in one snapshot, on tokio's threads for blocking work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

#[cfg(feature = "server")]
use super::postgres;
use super::{StoreError, Tx, sqlite};

/// How many queries run at once.
pub(super) const CONNECTIONS: u32 = 4;

#[derive(Clone)]
pub(super) struct Readers {
    pool: Arc<Pool>,
    turns: Arc<Semaphore>,
}

struct Pool {
    source: Source,
    idle: Mutex<Vec<Reading>>,
}

/// Where connections come from.
pub(super) enum Source {
    Sqlite(sqlite::Source),
    #[cfg(feature = "server")]
    Postgres(postgres::Source),
}

enum Reading {
    Sqlite(rusqlite::Connection),
    #[cfg(feature = "server")]
    Postgres(Box<postgres::Session>),
}

impl Readers {
    pub(super) fn new(source: Source) -> Self {
        let pool = Pool { source, idle: Mutex::new(Vec::new()) };
        Self { pool: Arc::new(pool), turns: Arc::new(Semaphore::new(CONNECTIONS as usize)) }
    }

    pub(super) async fn read<T, E>(
        &self,
        query: impl FnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let turn = self.turns.clone().acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let pool = self.pool.clone();
        let work = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            pool.read(query)
        });
        work.await.unwrap_or_else(|ended| {
            Err(if ended.is_panic() { StoreError::panicked() } else { StoreError::Closed }.into())
        })
    }

    /// As [`Readers::read`], on the thread that asks.
    #[cfg(test)]
    pub(super) fn read_here<T, E: From<StoreError>>(
        &self,
        query: impl FnOnce(&mut Tx<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        self.pool.read(query)
    }

    /// Lets nobody in any more, and returns when the last query has ended and its connection is closed.
    pub(super) async fn close(self) {
        let all = self.turns.acquire_many(CONNECTIONS).await;
        self.turns.close();
        drop(all);
        let idle = std::mem::take(&mut *self.pool.idle());
        let leave = move || idle.into_iter().for_each(Reading::close);
        if tokio::task::spawn_blocking(leave).await.is_err() {
            tracing::error!("a connection that reads the database did not end as it should");
        }
    }
}

impl Pool {
    fn read<T, E: From<StoreError>>(&self, query: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let mut reading = self.begun()?;
        // A panic unwinds through here: the connection is closed, not kept.
        let mut tx = reading.tx();
        let answer = query(&mut tx);
        let failure = tx.failure();
        if reading.end().is_ok() {
            self.idle().push(reading);
        }
        match failure {
            Some(failure) if answer.is_ok() => Err(failure.into()),
            _ => answer,
        }
    }

    /// A connection in a transaction. One that was kept may have been lost since.
    fn begun(&self) -> Result<Reading, StoreError> {
        loop {
            let kept = self.idle().pop();
            let was_kept = kept.is_some();
            let mut reading = kept.map_or_else(|| self.source.open(), Ok)?;
            match reading.begin() {
                Ok(()) => return Ok(reading),
                Err(fault) if !was_kept => return Err(fault),
                Err(_) => {}
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Reading>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    fn open(&self) -> Result<Reading, StoreError> {
        match self {
            Self::Sqlite(source) => source.open().map(Reading::Sqlite),
            #[cfg(feature = "server")]
            Self::Postgres(source) => source.open().map(Box::new).map(Reading::Postgres),
        }
    }
}

impl Reading {
    fn begin(&mut self) -> Result<(), StoreError> {
        match self {
            // Deferred: the first statement fixes the moment that all others see.
            Self::Sqlite(connection) => sqlite_control(connection, "BEGIN"),
            #[cfg(feature = "server")]
            Self::Postgres(session) => postgres::begin_reading(session),
        }
    }

    fn end(&mut self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite_control(connection, "ROLLBACK"),
            #[cfg(feature = "server")]
            Self::Postgres(session) => postgres::end_reading(session),
        }
    }

    fn tx(&mut self) -> Tx<'_> {
        match self {
            Self::Sqlite(connection) => Tx::on_sqlite(connection),
            #[cfg(feature = "server")]
            Self::Postgres(session) => Tx::on_postgres(session),
        }
    }

    fn close(self) {
        match self {
            Self::Sqlite(connection) => drop(connection),
            #[cfg(feature = "server")]
            Self::Postgres(session) => session.close(),
        }
    }
}

fn sqlite_control(connection: &rusqlite::Connection, sql: &str) -> Result<(), StoreError> {
    connection.execute_batch(sql).map_err(|error| StoreError::from_sqlite(&error))
}
