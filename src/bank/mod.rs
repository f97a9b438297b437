//! The reference bank, in both roles: as issuing bank it freezes money and pays vouchers, as collecting bank it accepts
//! its customers' collections and has them paid. A complete ledger and protocol, not a licensed bank.
//!
//! Each decision (freeze, issue, link, accept, pay, settle, return) is one synchronous function of one transaction and
//! is idempotent by identity. This room must not know wallets or campaigns: only what arrives over the routes.

pub mod accounts;
pub mod admin;
pub mod audit;
pub mod collections;
pub mod draws;
pub mod dues;
mod error;
pub mod expiry;
pub mod feed;
pub mod funds;
pub mod instructions;
pub mod ledger;
pub mod links;
pub mod orders;
pub mod parties;
mod router;
mod secrets;
pub mod settlement;
#[cfg(test)]
mod tests;
pub mod vouchers;

use std::sync::Arc;

use tokio::sync::Notify;

pub use admin::router as admin_router;
pub use audit::audit;

pub use error::BankError;
pub use router::router;

use crate::api::discovery::{Discovery, Member, Role};
use crate::bank::draws::Draws;
use crate::bank::secrets::Secrets;
use crate::bank::settlement::HolderKeys;
use crate::packet::Trust;
use crate::party::Party;
use crate::party::worker::{self, Stop, Wake};
use crate::store::StoreError;

/// What the operator can set.
#[derive(serde::Deserialize, Clone, Debug, PartialEq, Eq)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The six digits with which account numbers begin.
    pub account_prefix: String,
    /// How many seconds after `exp` an order is still paid, because the collector asked in time.
    pub order_grace_seconds: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { account_prefix: "620000".to_owned(), order_grace_seconds: 300 }
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
    wake_settlement: Wake,
    wake_expiry: Wake,
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
        if !(0..=24 * 60 * 60).contains(&settings.order_grace_seconds) {
            return Err(SettingsError::Grace);
        }
        Ok(Arc::new(Self {
            secrets: Secrets::of(&party.key),
            party,
            settings,
            holder_keys: HolderKeys::default(),
            draws: Draws::default(),
            wake_settlement: Wake::default(),
            wake_expiry: Wake::default(),
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

    fn myself(&self) -> parties::Pinned {
        let Party { origin, name, .. } = &*self.party;
        parties::Pinned { origin: origin.clone(), name: name.clone(), keys: self.party.keys() }
    }

    async fn discovery(&self) -> Result<Discovery, StoreError> {
        let members = self.party.store.read(parties::members).await?;
        Ok(Discovery {
            role: Role::Bank,
            origin: self.party.origin.clone(),
            name: self.party.name.clone(),
            keys: self.party.keys().keys,
            account_prefixes: vec![self.settings.account_prefix.clone()],
            members: members.into_iter().map(Member::from).collect(),
        })
    }
}

/// The background work: settles collections and returns what expired, until the server stops.
pub async fn run(bank: Arc<Bank>, stop: Stop) {
    let clock = bank.party.clock.clone();
    let (settling, expiring) = (bank.clone(), bank.clone());
    if let Err(error) = settlement::make_due(&bank).await {
        tracing::error!(%error, "collections could not be taken up at once; they wait for their time");
    }
    let stopping = stop.clone();
    let settle = worker::run(clock.clone(), bank.wake_settlement.clone(), stop.clone(), move || {
        let (bank, stop) = (settling.clone(), stopping.clone());
        async move { settlement::step(&bank, &stop).await }
    });
    let expire = worker::run(clock, bank.wake_expiry.clone(), stop, move || {
        let bank = expiring.clone();
        async move { expiry::step(&bank).await }
    });
    tokio::join!(settle, expire);
}
