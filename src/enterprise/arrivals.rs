//! Who waits for their inbox right now. Only wakes: what arrived is in the database.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::jose::ClientId;

/// The clients that wait, each with the cursor of what arrived last.
#[derive(Debug, Default)]
pub(super) struct Arrivals(Mutex<HashMap<ClientId, watch::Sender<i64>>>);

/// Something arrived for a client; told only after it is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arrival {
    pub(super) client: ClientId,
    pub(super) cursor: i64,
}

impl Arrivals {
    /// Waits for what arrives for a client. Listen first, then look into the inbox and [`tell`](Self::tell) what is
    /// there, so that nothing falls in between.
    pub(super) fn listen(&self, client: ClientId) -> watch::Receiver<i64> {
        let mut waiting = self.waiting();
        waiting.retain(|_, sender| sender.receiver_count() > 0);
        waiting.entry(client).or_insert_with(|| watch::channel(0).0).subscribe()
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
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
