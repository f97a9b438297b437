//! The wallet without a window: open, forward, collect, inbox, outbox, friends. [`Wallet`] is its one face.
//!
//! Every step is kept before it is taken: ids are in the database before they are sent, and what still has to be told
//! waits in the outbox until it is answered. So a wallet can be stopped at any moment, be offline, or run twice at
//! once. This room knows no terminal and no window, and prints nothing.

mod archive;
mod beside;
mod cards;
mod catching_up;
mod collecting;
mod draws;
mod errors;
mod forwarding;
mod friends;
mod gathering;
mod given;
mod goods;
mod history;
mod hosting;
mod inbox;
mod keeping;
mod keys;
mod lines;
mod marks;
mod opening;
mod outbox;
mod packets;
mod packing;
mod relaying;
mod scan;
mod shown;
mod standing;
mod strangers;
mod table;
mod talk;
#[cfg(test)]
pub(crate) mod tests;
mod trust;
mod view;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::Mutex;

pub use self::archive::Archived;
pub use self::cards::{CardChange, CardSeen, CardStanding};
pub use self::collecting::{CollectOptions, Collected, StepView};
pub use self::draws::{DrawState, DrawView};
pub use self::errors::WalletError;
pub use self::forwarding::{Carrier, Drawn, ForwardOptions, ForwardState, Forwarded, Money, Words};
pub use self::friends::{Friend, OwnCard};
pub use self::gathering::{ImportedMany, NotTaken, gather};
pub use self::given::Given;
pub use self::goods::{GoodsCollected, GoodsOptions, GoodsStepView};
pub use self::history::Event;
pub use self::hosting::{Hosted, LinkState};
pub use self::inbox::Synced;
pub use self::keeping::{BackedUp, Restored};
pub use self::opening::{Notice, OpenOptions, Opened};
pub use self::outbox::Trouble;
pub use self::packets::{Imported, Listed, Pictures, RewardFor, RewardListed, Sender, Shown, address_within};
pub use self::packing::Packed;
pub use self::scan::{Inside, in_picture, link_on};
pub use self::standing::VoucherStanding;
pub use self::strangers::{Blocked, Kept};
pub use self::table::Exported;
pub use self::trust::{KnownBank, KnownIssuer, LinkedAccount};
pub use self::view::{CashView, ForwardView, GoodsView, HopView, Inspection, RewardView, Time, VoucherView, inspect};

use crate::clock::Clock;
use crate::identity::keystore::{KeySource, KeystoreError, load_or_create, private_dir};
use crate::identity::{Identity, Seed};
use crate::jose::ClientId;
use crate::net::client::Client;
use crate::net::patience::Patience;
use crate::packet::Origin;
use crate::random::Random;
use crate::store::{Schema, Store, StoreError, values};

/// Name of the database in a wallet's folder.
pub const DATABASE: &str = "wallet.db";

/// What a wallet is given from outside.
#[derive(Clone)]
pub struct Surroundings {
    /// Where the seed is kept. Asked only when a signature is needed.
    pub keys: Arc<dyn KeySource>,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub random: Arc<dyn Random>,
    /// The network; its reach is widened by the loopback origins that the person added.
    pub client: Client,
}

/// One person's wallet.
pub struct Wallet {
    dir: PathBuf,
    store: Store,
    surroundings: Surroundings,
    /// The keys, from their first use until they are forgotten.
    identity: Mutex<Option<Arc<Identity>>>,
    /// When parties were last asked for their keys.
    patience: Patience,
}

impl Wallet {
    /// Opens the wallet in `dir`, making it when there is none. Asks for no key.
    ///
    /// # Errors
    /// [`WalletError::File`] and [`WalletError::Store`].
    pub async fn open(dir: &Path, surroundings: Surroundings) -> Result<Self, WalletError> {
        private_dir(dir).map_err(|error| WalletError::File(dir.to_owned(), error))?;
        let store = Store::open(&dir.join(DATABASE), Schema::Wallet)?;
        lines::complete(&store).await?;
        let wallet = Self {
            dir: dir.to_owned(),
            store,
            surroundings,
            identity: Mutex::default(),
            patience: Patience::default(),
        };
        for origin in wallet.store.read(trust::added).await? {
            wallet.surroundings.client.allow(origin);
        }
        Ok(wallet)
    }

    /// The wallet in `dir` at once, only to be looked at: its database is not inspected, and nothing can be written. None when
    /// there is something to be done first, which [`Wallet::open`] does.
    pub async fn glance(dir: &Path, surroundings: Surroundings) -> Option<Self> {
        let store = Store::glance(&dir.join(DATABASE), Schema::Wallet)?;
        let is_complete = store.read(lines::is_complete).await.unwrap_or(false);
        is_complete.then(|| Self {
            dir: dir.to_owned(),
            store,
            surroundings,
            identity: Mutex::default(),
            patience: Patience::default(),
        })
    }

    /// Finishes what is being written. A wallet that is only dropped loses nothing either.
    pub async fn close(self) {
        self.store.close().await;
    }

    /// The unique id of this wallet, if it has one yet; needs no key.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn client_id(&self) -> Result<Option<ClientId>, WalletError> {
        self.store.read(own_client).await
    }

    /// The keys of this wallet; made at first use.
    async fn identity(&self) -> Result<Arc<Identity>, WalletError> {
        // Whoever comes meanwhile waits, so that a person is asked once.
        let mut kept = self.identity.lock().await;
        if let Some(identity) = &*kept {
            return Ok(Arc::clone(identity));
        }
        let identity = Arc::new(Identity::from_seed(&self.seed().await?));
        *kept = Some(Arc::clone(&identity));
        Ok(identity)
    }

    /// Wipes the keys from memory, once nothing that is under way needs them; the next use asks for them anew. False when there are
    /// none, or when nobody would be asked, because the system's keyring has them.
    pub async fn lock(&self) -> bool {
        self.surroundings.keys.asks() && self.identity.lock().await.take().is_some()
    }

    /// Seals the key with a passphrase, which is asked for, where nobody is asked yet. Nothing to do where there is no key.
    ///
    /// # Errors
    /// [`WalletError::Key`]; the key is then still where it was.
    pub async fn protect(&self) -> Result<(), WalletError> {
        let keys = Arc::clone(&self.surroundings.keys);
        let protected = tokio::task::spawn_blocking(move || keys.protect()).await;
        Ok(protected.map_err(|_| WalletError::Message("the key store stopped".into()))??)
    }

    /// The seed of this wallet, asked for anew; made at first use.
    async fn seed(&self) -> Result<Seed, WalletError> {
        let known = self.client_id().await?;
        let (keys, random) = (Arc::clone(&self.surroundings.keys), Arc::clone(&self.surroundings.random));
        // Asking a person and deriving a key both take their time.
        let unlocked = tokio::task::spawn_blocking(move || -> Result<_, KeystoreError> {
            if known.is_some() { keys.load() } else { load_or_create(&*keys, &*random).map(Some) }
        });
        let seed = unlocked.await.map_err(|_| WalletError::Message("the key store stopped".into()))??;
        // A wallet that belongs to somebody never becomes somebody else's by a lost or exchanged key.
        let seed = seed.ok_or(WalletError::KeyMissing)?;
        let id = Identity::from_seed(&seed).id();
        let kept = self
            .store
            .decide(move |tx| {
                tx.execute(
                    "INSERT INTO meta (key, value) VALUES ('client', ?1) ON CONFLICT DO NOTHING",
                    &values![id.to_string()],
                )?;
                own_client(tx)
            })
            .await?;
        if kept == Some(id) { Ok(seed) } else { Err(WalletError::KeyMissing) }
    }

    fn now(&self) -> i64 {
        self.surroundings.clock.now()
    }

    fn uuid(&self) -> uuid::Uuid {
        self.surroundings.random.uuid(self.surroundings.clock.now_ms())
    }
}

impl std::fmt::Debug for Wallet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Wallet").field("dir", &self.dir).finish_non_exhaustive()
    }
}

fn own_client(tx: &mut crate::store::Tx<'_>) -> Result<Option<ClientId>, WalletError> {
    let row = tx.first("SELECT value FROM meta WHERE key = 'client'", &values![])?;
    row.map(|row| parsed(row.text("value")?)).transpose()
}

/// Reads a stored text; one that cannot be read means a damaged database.
fn parsed<T: std::str::FromStr>(text: &str) -> Result<T, WalletError> {
    text.parse().map_err(|_| WalletError::Store(StoreError::Corrupt))
}

fn stored_origin(text: &str) -> Result<Origin, WalletError> {
    Origin::parse(text).map_err(|_| WalletError::Store(StoreError::Corrupt))
}

fn stored_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, WalletError> {
    serde_json::from_str(text).map_err(|_| WalletError::Store(StoreError::Corrupt))
}

fn to_json(value: &impl serde::Serialize) -> Result<String, WalletError> {
    serde_json::to_string(value).map_err(|error| WalletError::Message(error.to_string()))
}
