//! The enterprise: campaigns, issuing, notices, rewards, inboxes. Its state is its database; what is under way is found
//! there again after a stop.
//!
//! This room knows no ledger, no wallet and no window. What a message means is judged in [`crate::api`].

pub mod admin;
mod arrivals;
mod audit;
mod banks;
mod batches;
mod campaigns;
mod caps;
mod deliveries;
mod draws;
mod failure;
mod feed;
mod files;
mod find;
mod genuine;
mod goods;
mod holds;
mod inbox;
mod instructions;
mod issuing;
mod landing;
mod notices;
mod posted;
mod recovery;
mod reissues;
mod relay;
mod rewards;
mod router;
mod samples;
mod shown;
mod standing;
mod stats;
mod stored;
mod terms;
#[cfg(test)]
mod tests;
mod vouchers;

use std::num::NonZeroU64;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub use audit::audit;
pub use failure::Failure;
pub use holds::Holds;
pub use inbox::MAX_CLIENTS;
pub use issuing::MAX_AT_ONCE;
pub use landing::WalletUrl;
pub use notices::MAX_OPENINGS;
pub use posted::{MAX_LINKS_PER_PACKET, MAX_LINKS_PER_SENDER};
pub use recovery::mark as mark_restored;
pub use relay::{KEPT_SECONDS, MAX_PER_RECIPIENT, MAX_PER_SENDER, MAX_SEALED_PER_SENDER};
pub use router::{admin_document, admin_router, document, router};

use crate::jose::{KeySet, PublicKey};
use crate::net::backoff::{CAP_MS, delay_ms};
use crate::net::patience::Patience;
use crate::party::Party;
use crate::party::pace::Pace;
use crate::party::recovery::Recovering;
use crate::party::worker::{self, Next, Stop, Wake};
use crate::store::{StoreError, Tx, values};

/// Between two rounds of making rewards: each opening wakes the maker, and what comes together is made together.
const MAKER_PAUSE: Duration = Duration::from_millis(10);
/// Nothing waits longer than this for its next try, but where a clock was wrong, in milliseconds.
const LONGEST_WAIT_MS: i64 = 2 * CAP_MS.cast_signed();
/// When to look again at a clock that has just jumped.
const LOOK_AGAIN_MS: i64 = 30_000;
/// Between two readings of the feeds, for the same reason; nobody waits for what they tell.
const READER_PAUSE: Duration = Duration::from_millis(250);

/// What the operator may set.
#[derive(serde::Deserialize, Clone, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How often a bank's feed is read while something is expected of it, in seconds.
    pub feed_poll_seconds: NonZeroU64,
    /// Which rewards wait for a look.
    pub holds: Holds,
    /// Where people get the wallet, for the pages of download links; without it they are told to ask.
    pub wallet_url: Option<landing::WalletUrl>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { feed_poll_seconds: NonZeroU64::MIN, holds: Holds::default(), wallet_url: None }
    }
}

/// An enterprise's server, shared by its routes and its background work.
pub struct Enterprise {
    party: Arc<Party>,
    settings: Settings,
    /// All keys it ever signed with.
    keys: KeySet,
    arrivals: arrivals::Arrivals,
    /// What it need not verify again.
    genuine: genuine::Genuine,
    /// What codes for goods are made from.
    secrets: Arc<goods::Secrets>,
    guesses: goods::Guesses,
    /// Pictures for previews, made lately.
    previews: landing::Previews,
    /// When banks were last asked for their keys.
    patience: Patience,
    /// Whether its register was put back from a copy.
    recovering: Recovering,
    pace: Pace,
    /// Wakes the maker of rewards.
    wake: Wake,
    /// Wakes the reader of feeds.
    feed_wake: Wake,
    /// Tells that the server stops; empty until the background work runs.
    stop: OnceLock<Stop>,
}

impl std::fmt::Debug for Enterprise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Enterprise({})", self.party.origin)
    }
}

impl Enterprise {
    /// Takes up where an earlier process stopped: what it left unfinished is due at once.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn open(party: Arc<Party>, settings: Settings) -> Result<Arc<Self>, StoreError> {
        let (own, now) = (party.own.signer().public(), party.now());
        let keys = party.store.decide(move |tx| take_up(tx, &own, now)).await?;
        let (arrivals, genuine, guesses, previews, patience, recovering, pace, wake, feed_wake, stop) =
            Default::default();
        let secrets = Arc::new(goods::Secrets::of(party.own.root()));
        Ok(Arc::new(Self {
            party,
            settings,
            keys,
            arrivals,
            genuine,
            secrets,
            guesses,
            previews,
            patience,
            recovering,
            pace,
            wake,
            feed_wake,
            stop,
        }))
    }

    /// The party that this enterprise is.
    #[must_use]
    pub fn party(&self) -> &Arc<Party> {
        &self.party
    }

    /// Does what is due now: opens drafts, makes rewards, signs packets of batches, fetches vouchers. Says when there is more to do.
    ///
    /// Whatever fails is tried again later and holds up nothing else; nothing new begins when the server stops.
    pub(crate) async fn work(self: &Arc<Self>) -> Next {
        let now_ms = self.party.clock.now_ms();
        let is_even = self.pace.is_even(&*self.party.clock);
        let mut all = self.call_in(now_ms).await;
        all = all.and(campaigns::open_due(self, now_ms).await);
        if is_even && !self.is_stopping() {
            all = all.and(rewards::make_owed(self).await);
        }
        if is_even {
            all = all.and(batches::sign_some(self).await);
        }
        if !self.is_stopping() {
            all = all.and(vouchers::fetch_due(self).await);
        }
        if !self.is_stopping() {
            all = all.and(instructions::send_due(self, now_ms).await);
        }
        if !self.is_stopping() {
            all = all.and(goods::fulfil_due(self).await);
        }
        if is_even {
            all = all.and(relay::drop_old(self).await);
            all = all.and(posted::drop_over(self).await);
            all = all.and(goods::end_due(self).await);
        }
        // New vouchers have news soon.
        self.feed_wake.wake();
        if !is_even {
            return Next::At(now_ms + LOOK_AGAIN_MS);
        }
        let next = self.party.store.read(move |tx| next_due(tx, now_ms)).await.map_err(Failure::from);
        all.and(next).unwrap_or_else(|error| {
            tracing::error!(%error, "background work failed and is tried again");
            Next::At(now_ms + 5_000)
        })
    }

    /// What was put off by a clock that ran ahead is due now.
    async fn call_in(&self, now_ms: i64) -> Result<(), Failure> {
        let store = &self.party.store;
        let latest_ms = now_ms.saturating_add(LONGEST_WAIT_MS);
        if store.read(move |tx| is_any_waiting(tx, latest_ms)).await? {
            store.decide(move |tx| make_due(tx, latest_ms)).await?;
        }
        let now = now_ms.div_euclid(1000);
        if store.read(move |tx| rewards::is_any_too_late(tx, now)).await? {
            store.decide(move |tx| rewards::call_in(tx, now)).await?;
        }
        Ok(())
    }

    /// Whether the server stops.
    fn is_stopping(&self) -> bool {
        self.stop.get().is_some_and(|stop| *stop.borrow())
    }

    /// Reads the banks' feeds. Says when to read them again.
    pub(crate) async fn read_feeds(self: &Arc<Self>) -> Next {
        feed::read_all(self).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the feeds could not be read and are tried again");
            Next::At(self.party.clock.now_ms() + 5_000)
        })
    }
}

/// The background work, until the server stops.
pub async fn run(enterprise: Arc<Enterprise>, stop: Stop) {
    let clock = enterprise.party.clock.clone();
    let _ = enterprise.stop.set(stop.clone());
    enterprise.warn_if_recovering().await;
    let maker = worker::run(clock.clone(), enterprise.wake.clone(), stop.clone(), async || {
        let next = enterprise.work().await;
        tokio::time::sleep(MAKER_PAUSE).await;
        next
    });
    let reader = worker::run(clock, enterprise.feed_wake.clone(), stop, async || {
        let next = enterprise.read_feeds().await;
        tokio::time::sleep(READER_PAUSE).await;
        next
    });
    tokio::join!(maker, reader);
}

fn take_up(tx: &mut Tx<'_>, own: &PublicKey, now: i64) -> Result<KeySet, StoreError> {
    tx.execute(
        "INSERT INTO own_key (kid, jwk, since) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &values![own.thumbprint().to_string(), stored::to_json(own)?, now],
    )?;
    make_due(tx, 0)?;
    own_keys(tx)
}

/// What is tried again at its `next_ms`, with the state in which it waits.
const WAITING: [(&str, &str); 4] =
    [("packet", "signed"), ("campaign", "draft"), ("goods_wish", "open"), ("instruction", "waiting")];

/// Whether anything waits for longer than until then.
fn is_any_waiting(tx: &mut Tx<'_>, latest_ms: i64) -> Result<bool, StoreError> {
    for (table, state) in WAITING {
        let sql = format!("SELECT 1 AS late FROM {table} WHERE state = '{state}' AND next_ms > ?1 LIMIT 1");
        if tx.first(&sql, &values![latest_ms])?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes due what waits for longer than until then.
fn make_due(tx: &mut Tx<'_>, latest_ms: i64) -> Result<(), StoreError> {
    for (table, state) in WAITING {
        let sql = format!("UPDATE {table} SET next_ms = 0 WHERE state = '{state}' AND next_ms > ?1");
        tx.execute(&sql, &values![latest_ms])?;
    }
    Ok(())
}

/// All keys that this enterprise ever signed with.
fn own_keys(tx: &mut Tx<'_>) -> Result<KeySet, StoreError> {
    let rows = tx.rows("SELECT jwk FROM own_key ORDER BY since, kid", &[])?;
    Ok(KeySet { keys: rows.iter().map(|row| stored::json(row, "jwk")).collect::<Result<_, _>>()? })
}

fn next_due(tx: &mut Tx<'_>, now_ms: i64) -> Result<Next, StoreError> {
    if batches::is_ready(tx, now_ms.div_euclid(1000))? {
        return Ok(Next::At(now_ms));
    }
    let packet = "SELECT MIN((SELECT MIN(next_ms) FROM packet WHERE packet.bank = bank.origin AND state = 'signed')) AS next \
                  FROM bank";
    let packet = tx.one(packet, &[])?.opt_int("next")?;
    let campaign = format!("SELECT MIN(next_ms) AS next FROM campaign WHERE {}", campaigns::OPENING);
    let campaign = tx.one(&campaign, &[])?.opt_int("next")?;
    let waiting = "SELECT MIN(next_ms) AS next FROM instruction WHERE state = 'waiting'";
    let waiting = tx.one(waiting, &[])?.opt_int("next")?;
    let ends = goods::next_due(tx)?;
    let soonest = [packet, campaign, waiting, ends, rewards::next_due(tx)?].into_iter().flatten().min();
    Ok(soonest.map_or(Next::WhenWoken, Next::At))
}

/// When to try again after the given number of failures, in milliseconds since the epoch.
fn retry_at(party: &Party, attempts: u32) -> i64 {
    let mut random = [0; 8];
    party.random.fill(&mut random);
    let delay = delay_ms(attempts, u64::from_be_bytes(random));
    party.clock.now_ms().saturating_add(i64::try_from(delay).unwrap_or(i64::MAX))
}
