//! A few connections that only read, each query in one snapshot, on tokio's threads for blocking work.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::sqlite::Source;
use super::{StoreError, Tx};

/// How many queries run at once.
pub(super) const CONNECTIONS: u32 = 4;

#[derive(Clone)]
pub(super) struct Readers {
    pool: Arc<Pool>,
    turns: Arc<Semaphore>,
}

struct Pool {
    source: Source,
    idle: Mutex<Vec<Connection>>,
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

    /// Lets nobody in any more, and returns when the last query has ended and its connection is closed.
    pub(super) async fn close(self) {
        let all = self.turns.acquire_many(CONNECTIONS).await;
        self.turns.close();
        drop(all);
        self.pool.idle().clear();
    }
}

impl Pool {
    fn read<T, E: From<StoreError>>(&self, query: impl FnOnce(&mut Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        let kept = self.idle().pop();
        let mut connection = kept.map_or_else(|| self.source.open(), Ok)?;
        // Deferred: the first statement fixes the snapshot that all others see.
        let snapshot = connection.transaction().map_err(|error| StoreError::from_sqlite(&error))?;
        // A panic unwinds through here: the connection is closed, not kept.
        let answer = query(&mut Tx::new(&snapshot));
        drop(snapshot);
        self.idle().push(connection);
        answer
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
