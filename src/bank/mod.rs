//! The reference bank, in both roles: as issuing bank it freezes money and pays vouchers, as collecting bank it accepts
//! its customers' collections and has them paid. A complete ledger and protocol, not a licensed bank.
//!
//! Each decision (freeze, issue, link, accept, pay, settle, return) is one synchronous function of one transaction and
//! is idempotent by identity. This room must not know wallets or campaigns: only what arrives over the routes.

pub mod accounts;
pub mod admin;
pub mod audit;
pub mod collections;
pub mod desk;
pub mod draws;
pub mod dues;
mod error;
pub mod expiry;
pub mod feed;
pub mod funds;
pub mod instructions;
mod keys;
pub mod ledger;
pub mod links;
pub mod orders;
pub mod parties;
pub mod recovery;
mod router;
mod secrets;
pub mod settlement;
pub mod shown;
pub mod surrenders;
#[cfg(test)]
mod tests;
pub mod vouchers;

use std::sync::Arc;
use std::sync::atomic::AtomicU32;

use tokio::sync::Notify;

pub use admin::{document as admin_document, router as admin_router};
pub use audit::audit;

pub use error::BankError;
pub use recovery::mark as mark_restored;
pub use router::{document, router};

use crate::api::discovery::{Discovery, Member, Role};
use crate::api::states::AcceptedBy;
use crate::bank::draws::Draws;
use crate::bank::secrets::Secrets;
use crate::bank::settlement::HolderKeys;
use crate::money::Amount;
use crate::net::patience::Patience;
use crate::packet::Trust;
use crate::party::Party;
use crate::party::pace::Pace;
use crate::party::recovery::Recovering;
use crate::party::worker::{self, Stop, Wake};
use crate::store::StoreError;

const DAY_SECONDS: i64 = 24 * 60 * 60;

/// What the operator can set.
#[derive(serde::Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The six digits with which account numbers begin.
    pub account_prefix: String,
    /// How many seconds after `exp` an order is still paid, because the collector asked in time.
    pub order_grace_seconds: i64,
    /// Who accepts what customers collect, unless it is set for their account.
    pub acceptance: AcceptedBy,
    /// Above this a clerk looks whatever else is set; sums in other currencies wait for a clerk too.
    pub clerk_above: Option<Amount>,
    /// How many seconds a collection waits for a clerk; then it is rejected as timed out.
    pub hold_seconds: i64,
    /// For how many seconds an order may stay unanswered before its collection is told as uncertain.
    pub uncertain_after_seconds: i64,
    /// Within how many seconds of an order its vouchers promise that it pays, if they promise that.
    pub pays_within_seconds: Option<u32>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            account_prefix: "620000".to_owned(),
            order_grace_seconds: 300,
            acceptance: AcceptedBy::Auto,
            clerk_above: None,
            hold_seconds: 3 * DAY_SECONDS,
            uncertain_after_seconds: 0,
            pays_within_seconds: None,
        }
    }
}

impl Settings {
    fn check(&self) -> Result<(), SettingsError> {
        let within = |range: std::ops::RangeInclusive<i64>, value: i64, error| {
            if range.contains(&value) { Ok(()) } else { Err(error) }
        };
        let promised = self.pays_within_seconds.map_or(1, i64::from);
        within(0..=DAY_SECONDS, self.order_grace_seconds, SettingsError::Grace)?;
        within(60..=31 * DAY_SECONDS, self.hold_seconds, SettingsError::Hold)?;
        within(0..=DAY_SECONDS, self.uncertain_after_seconds, SettingsError::Uncertain)?;
        within(1..=31 * DAY_SECONDS, promised, SettingsError::PaysWithin)?;
        within(0..=i64::MAX, self.clerk_above.map_or(0, |amount| amount.minor), SettingsError::ClerkAbove)
    }
}

/// Why settings cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// Not six digits.
    #[error("account numbers begin with exactly six digits, such as 620000")]
    Prefix,
    /// Below zero or more than a day.
    #[error("the time of grace for orders is between 0 seconds and one day")]
    Grace,
    /// Less than a minute or more than a month.
    #[error("a collection waits for a clerk between 60 seconds and 31 days")]
    Hold,
    /// Below zero or more than a day.
    #[error("an unanswered order is told as uncertain after 0 seconds to one day")]
    Uncertain,
    /// Nothing promised, or more than a month.
    #[error("a bank promises to pay within 1 second to 31 days, or promises nothing")]
    PaysWithin,
    /// Not a sum.
    #[error("the sum above which a clerk looks is zero or more")]
    ClerkAbove,
}

/// A bank.
#[derive(Debug)]
pub struct Bank {
    /// Its own self and means.
    pub party: Arc<Party>,
    /// What the operator set.
    pub settings: Settings,
    secrets: Secrets,
    holder_keys: HolderKeys,
    draws: Draws,
    patience: Patience,
    recovering: Recovering,
    pace: Pace,
    /// How often others were asked for what this bank signed, since the start.
    hearings: AtomicU32,
    wake_settlement: Wake,
    wake_expiry: Wake,
    wake_recovery: Wake,
    /// Tells settlement while it is at work that a collection arrived.
    arrivals: Notify,
}

impl Bank {
    /// A bank with these means. Nothing runs yet: [`router`] answers, [`run`] works in the background.
    ///
    /// # Errors
    /// [`SettingsError`].
    pub fn new(party: Arc<Party>, settings: Settings) -> Result<Arc<Self>, SettingsError> {
        let prefix = settings.account_prefix.as_bytes();
        if prefix.len() != 6 || !prefix.iter().all(u8::is_ascii_digit) {
            return Err(SettingsError::Prefix);
        }
        settings.check()?;
        Ok(Arc::new(Self {
            secrets: Secrets::of(party.own.root()),
            party,
            settings,
            holder_keys: HolderKeys::default(),
            draws: Draws::default(),
            patience: Patience::default(),
            wake_settlement: Wake::default(),
            wake_expiry: Wake::default(),
            wake_recovery: Wake::default(),
            recovering: Recovering::default(),
            pace: Pace::default(),
            hearings: AtomicU32::default(),
            arrivals: Notify::new(),
        }))
    }

    /// The banks whose vouchers this bank accepts: its members and itself.
    async fn trust(&self) -> Result<Trust, StoreError> {
        let members = self.party.store.read(parties::members).await?;
        let mut trust = Trust::default();
        for member in members {
            trust.banks.insert(member.pinned.origin.clone(), member.pinned.into());
        }
        trust.banks.insert(self.party.origin.clone(), self.myself().into());
        Ok(trust)
    }

    /// Something that all background work stands on has changed.
    fn wake_all(&self) {
        for wake in [&self.wake_settlement, &self.wake_expiry, &self.wake_recovery] {
            wake.wake();
        }
    }

    fn myself(&self) -> parties::Pinned {
        let Party { origin, name, .. } = &*self.party;
        parties::Pinned { origin: origin.clone(), name: name.clone(), keys: self.party.own.known().clone() }
    }

    async fn discovery(&self) -> Result<Discovery, StoreError> {
        let members = self.party.store.read(parties::members).await?;
        Ok(Discovery {
            role: Role::Bank,
            origin: self.party.origin.clone(),
            name: self.party.name.clone(),
            keys: self.party.own.known().current.clone(),
            changes: self.party.own.changes().to_vec(),
            account_prefixes: vec![self.settings.account_prefix.clone()],
            members: members.into_iter().map(Member::from).collect(),
        })
    }
}

/// The background work: settles collections and returns what expired, until the server stops.
pub async fn run(bank: Arc<Bank>, stop: Stop) {
    let clock = bank.party.clock.clone();
    let (settling, expiring, hearing) = (bank.clone(), bank.clone(), bank.clone());
    match bank.is_recovering().await {
        Ok(true) => tracing::warn!(
            "the books were put back from a copy: members and applicants are asked for what was signed since, and nothing is \
             decided before; see `hongbao-server recovery status`"
        ),
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "whether the books are whole cannot be read"),
    }
    if let Err(error) = settlement::make_due(&bank).await {
        tracing::error!(%error, "collections could not be taken up at once; they wait for their time");
    }
    let stopping = stop.clone();
    let settle = worker::run(clock.clone(), bank.wake_settlement.clone(), stop.clone(), move || {
        let (bank, stop) = (settling.clone(), stopping.clone());
        async move { settlement::step(&bank, &stop).await }
    });
    let expire = worker::run(clock.clone(), bank.wake_expiry.clone(), stop.clone(), move || {
        let bank = expiring.clone();
        async move { expiry::step(&bank).await }
    });
    let stopping = stop.clone();
    let recover = worker::run(clock, bank.wake_recovery.clone(), stop, move || {
        let (bank, stop) = (hearing.clone(), stopping.clone());
        async move { recovery::step(&bank, &stop).await }
    });
    tokio::join!(settle, expire, recover);
}
