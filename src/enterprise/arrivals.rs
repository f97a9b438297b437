//! Who waits for their inbox right now. Only wakes: what arrived is in the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use crate::jose::ClientId;

/// Most streams at once: a quarter of the connections that a server takes, so that listeners leave room for requests.
const MAX_STREAMS: usize = 256;
/// Most streams of one client at once.
const MAX_PER_CLIENT: usize = 4;
/// After this a stream ends; whoever still wants to listen connects again.
pub(super) const STREAM_LIFE: Duration = Duration::from_secs(600);

/// The clients that wait, each with the cursor of what arrived last.
#[derive(Debug)]
pub(super) struct Arrivals {
    waiting: Mutex<HashMap<ClientId, watch::Sender<i64>>>,
    streams: Arc<Semaphore>,
}

/// Something arrived for a client; told only after it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) client: ClientId,
    pub(super) cursor: i64,
}

/// Who listens too often.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Crowd {
    /// This client.
    Client,
    /// All clients together.
    Server,
}

/// One client's place among those that wait.
#[derive(Debug)]
pub(super) struct Waiting {
    arrived: watch::Receiver<i64>,
    permit: OwnedSemaphorePermit,
}

impl Default for Arrivals {
    fn default() -> Self {
        Self { waiting: Mutex::default(), streams: Arc::new(Semaphore::new(MAX_STREAMS)) }
    }
}

impl Arrivals {
    /// Waits for what arrives for a client. Listen first, then look into the inbox and [`tell`](Self::tell) what is
    /// there, so that nothing falls in between.
    pub(super) fn listen(&self, client: ClientId) -> Result<Waiting, Crowd> {
        let permit = self.streams.clone().try_acquire_owned().map_err(|_| Crowd::Server)?;
        let mut waiting = self.waiting();
        waiting.retain(|_, sender| sender.receiver_count() > 0);
        let sender = waiting.entry(client).or_insert_with(|| watch::channel(0).0);
        if sender.receiver_count() >= MAX_PER_CLIENT {
            return Err(Crowd::Client);
        }
        Ok(Waiting { arrived: sender.subscribe(), permit })
    }

    /// Wakes a client that waits.
    pub(super) fn tell(&self, arrival: Arrival) {
        if let Some(sender) = self.waiting().get(&arrival.client) {
            sender.send_if_modified(|cursor| {
                let is_new = arrival.cursor > *cursor;
                *cursor = arrival.cursor.max(*cursor);
                is_new
            });
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<ClientId, watch::Sender<i64>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiting {
    /// What arrives during `life`. The place is given up then, or as soon as nobody listens any more.
    pub(super) fn during(self, life: Duration) -> watch::Receiver<i64> {
        let Self { mut arrived, permit } = self;
        let (sender, receiver) = watch::channel(*arrived.borrow_and_update());
        tokio::spawn(async move {
            let pass_on = async {
                while arrived.changed().await.is_ok() {
                    sender.send_replace(*arrived.borrow_and_update());
                }
            };
            tokio::select! {
                () = pass_on => {}
                () = sender.closed() => {}
                () = tokio::time::sleep(life) => {}
            }
            drop(permit);
        });
        receiver
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;
    use crate::jose::Digest;

    fn client(n: u16) -> ClientId {
        Digest::of(&n.to_be_bytes()).to_string().parse().unwrap()
    }

    #[tokio::test]
    async fn a_client_listens_four_times_and_all_together_as_often_as_there_is_room() {
        let arrivals = Arrivals::default();
        let mine: Vec<_> = (0..MAX_PER_CLIENT).map(|_| arrivals.listen(client(0)).unwrap()).collect();
        assert_eq!(arrivals.listen(client(0)).unwrap_err(), Crowd::Client);
        let others = u16::try_from(MAX_STREAMS - MAX_PER_CLIENT).unwrap();
        let others: Vec<_> = (1..=others).map(|n| arrivals.listen(client(n)).unwrap()).collect();
        assert_eq!(arrivals.listen(client(999)).unwrap_err(), Crowd::Server);
        drop(mine);
        arrivals.listen(client(0)).unwrap();
        drop(others);
    }

    #[tokio::test]
    async fn a_stream_tells_what_arrives_and_ends() {
        let arrivals = Arrivals::default();
        let mut stream = arrivals.listen(client(1)).unwrap().during(Duration::from_millis(300));
        arrivals.tell(Arrival { client: client(1), cursor: 7 });
        stream.changed().await.unwrap();
        assert_eq!(*stream.borrow_and_update(), 7);
        let ended = tokio::time::timeout(Duration::from_secs(10), stream.changed()).await;
        assert!(ended.expect("it ends").is_err());
        // Whoever goes away makes room at once.
        for _ in 0..MAX_PER_CLIENT {
            drop(arrivals.listen(client(1)).unwrap().during(Duration::from_secs(3600)));
        }
        let room = async {
            while arrivals.streams.available_permits() < MAX_STREAMS {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), room).await.expect("room again");
        arrivals.listen(client(1)).unwrap();
    }
}
