//! What the window is told of everything that there is: read as a whole, held against what it shows already, and told with
//! what was found in it for the person's question.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::desk::{Desk, Done, named};
use crate::app::index::Index;
use crate::app::message::{Data, Event, Fault, Packet};
use crate::app::pictures::Photo;
use crate::app::screens::packets::{Found, Query};
use crate::identity::keystore::FILE_NAME;
use crate::jose::Digest;
use crate::wallet::{Event as Happened, WalletError};

/// What the window was told last.
#[derive(Default)]
pub(super) struct Reading {
    pub(super) data: Option<Arc<Data>>,
    pub(super) found: Option<Arc<Found>>,
    /// How many readings had been wanted when it began.
    pub(super) upto: u64,
}

/// What the window is to be told.
#[derive(Default)]
pub(super) struct Wanted {
    /// How many readings have been wanted so far.
    pub(super) readings: AtomicU64,
    /// What the person looks for now.
    pub(super) query: Mutex<Query>,
}

impl Desk {
    /// Reads what the first page shows, once; what was found in it. What happened before is not on it, and is longer than all
    /// the rest: see [`Desk::look_back`].
    pub(super) async fn glance(&self) -> Option<Arc<Found>> {
        // A wallet that cannot be read so is read again once it is open, and what is wrong with it is told then.
        let data = self.data(&Data::default(), Arc::default()).await.ok()?;
        let mut reading = self.reading.lock().await;
        self.tell(&mut reading, data).await;
        tracing::debug!("a first look was taken");
        reading.found.clone()
    }

    /// Reads what happened before, once the first page is shown.
    pub(super) async fn look_back(self) {
        let mut reading = self.reading.lock().await;
        let (Some(data), Ok(history)) = (reading.data.clone(), self.wallet.history_again(Arc::default()).await) else {
            return;
        };
        if !history.is_empty() {
            self.tell(&mut reading, Data { history, ..Data::clone(&data) }).await;
        }
    }

    async fn tell(&self, reading: &mut Reading, data: Data) {
        data.prepare();
        let data = Arc::new(data);
        // First what is found in it: no frame shows new data beside nothing found.
        self.find_in(reading, &data).await;
        self.out.send(Event::Data(Arc::clone(&data))).await;
        reading.data = Some(data);
    }

    /// Reads everything again and tells the window, if it is not what the window shows already; whether it is not. What was
    /// told is noted when it was: whoever waits for this may give up at any moment.
    pub(super) async fn reload(&self) -> bool {
        let wanted = self.wanted.readings.fetch_add(1, Ordering::SeqCst) + 1;
        // Read and sent in one go, so that no older reading arrives after a newer one.
        let mut reading = self.reading.lock().await;
        if reading.upto >= wanted {
            // One that began after this one was wanted has told it already.
            return false;
        }
        let upto = self.wanted.readings.load(Ordering::SeqCst);
        let before = reading.data.clone().unwrap_or_default();
        let read = async || {
            let history = self.wallet.history_again(Arc::clone(&before.history)).await?;
            self.data(&before, history).await
        };
        let data = match read().await {
            Ok(data) => data,
            Err(error) => {
                self.out.send(Event::Failed(None, Fault::from(&error))).await;
                return false;
            }
        };
        let is_news = reading.data.as_deref() != Some(&data);
        tracing::debug!(packets = data.packets.len(), is_news, "everything was read");
        if is_news {
            self.tell(&mut reading, data).await;
        }
        reading.upto = upto;
        is_news
    }

    /// Finds what the person looks for now, unless the window shows just that.
    pub(super) async fn find(&self) {
        let mut reading = self.reading.lock().await;
        if let Some(data) = reading.data.clone() {
            self.find_in(&mut reading, &data).await;
        }
    }

    async fn find_in(&self, reading: &mut Reading, data: &Arc<Data>) {
        let query = self.wanted.query.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let now = self.clock.now();
        if reading.found.as_ref().is_some_and(|found| found.holds(data, &query, now)) {
            return;
        }
        let found = Arc::new(Found::of(data, query, now));
        if reading.found.as_ref().is_none_or(|before| !before.shows_the_same(&found)) {
            self.out.send(Event::Found(Arc::clone(&found))).await;
        }
        self.until.send_replace(found.until());
        reading.found = Some(found);
    }

    /// Everything, with this that happened; of what may be very long, as much as there was before is kept.
    async fn data(&self, before: &Data, history: Arc<Vec<Happened>>) -> Result<Data, WalletError> {
        let wallet = &self.wallet;
        Ok(Data {
            packets: wallet.list_again(Arc::clone(&before.packets)).await?,
            rewards: wallet.rewards().await?,
            friends: wallet.friends().await?,
            accounts: wallet.accounts().await?,
            issuers: wallet.issuers().await?,
            banks: wallet.banks().await?,
            history,
            collected: wallet.collected_amounts().await?,
            given: wallet.given().await?,
            shown: wallet.shown_openings().await?,
            blocked: wallet.blocked().await?,
            paid_first: wallet.paid_first().await?,
            client: wallet.client_id().await?,
            name: wallet.own_name().await?,
            waiting: wallet.waiting_count().await?,
            key_in_file: tokio::fs::try_exists(self.dir.join(FILE_NAME)).await.unwrap_or(false),
            made: Index::default(),
        })
    }

    pub(super) async fn show(&self, id: &Digest) -> Done {
        let _turn = self.reading.lock().await;
        let shown = self.wallet.show(&named(id)).await?;
        let pictures = self.wallet.pictures(&named(id)).await?;
        let photo = |bytes: Option<Vec<u8>>| bytes.map(Photo::new);
        let packet = Packet {
            shown,
            cover: photo(pictures.cover),
            emblem: photo(pictures.emblem),
            goods: photo(pictures.goods),
        };
        self.out.send(Event::Packet(Box::new(packet))).await;
        Ok(())
    }
}
