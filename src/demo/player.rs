//! What a person does with a wallet during the story. A window plays by its own clicks; [`WalletPlayer`] asks the wallet.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::DemoError;
use super::stage::{Stage, Who};
use crate::api::account::AccountNumber;
use crate::jose::Digest;
use crate::wallet::{Carrier, CollectOptions, ForwardOptions, OpenOptions, Wallet, WalletError};

/// How long a person waits for the money.
const PATIENCE: Duration = Duration::from_secs(30);

/// Somebody who acts for both people. What came of it is read from the wallets and the parties, not believed.
pub trait Player {
    /// Opens a packet and tells the enterprise.
    fn open(&mut self, who: Who, id: &Digest) -> impl Future<Output = Result<(), DemoError>>;

    /// Collects a packet's money into an account, and waits for it.
    fn collect(
        &mut self,
        who: Who,
        id: &Digest,
        account: &AccountNumber,
    ) -> impl Future<Output = Result<(), DemoError>>;

    /// Forwards a packet into the inbox of a friend, by name.
    fn forward(&mut self, who: Who, id: &Digest, friend: &str) -> impl Future<Output = Result<(), DemoError>>;

    /// Fetches what arrived.
    fn refresh(&mut self, who: Who) -> impl Future<Output = Result<(), DemoError>>;

    /// What is to be seen after a step, as PNG; a player without a window has nothing to show.
    fn picture(&mut self, step: &str) -> impl Future<Output = Result<Option<Vec<u8>>, DemoError>> {
        let _ = step;
        async { Ok(None) }
    }
}

/// Asks the wallets directly, as the commands do.
pub struct WalletPlayer {
    first: (Arc<Wallet>, &'static str),
    friend: (Arc<Wallet>, &'static str),
}

impl WalletPlayer {
    /// For the two people on stage.
    #[must_use]
    pub fn new(stage: &Stage) -> Self {
        let of = |who| (Arc::clone(&stage.person(who).wallet), stage.person(who).name);
        Self { first: of(Who::First), friend: of(Who::Friend) }
    }

    fn wallet(&self, who: Who) -> &Wallet {
        match who {
            Who::First => &self.first.0,
            Who::Friend => &self.friend.0,
        }
    }

    fn done<T>(&self, who: Who, result: Result<T, WalletError>) -> Result<(), DemoError> {
        let name = match who {
            Who::First => self.first.1,
            Who::Friend => self.friend.1,
        };
        result.map(drop).map_err(|error| DemoError::Wallet { name, error: Box::new(error) })
    }
}

impl Player for WalletPlayer {
    async fn open(&mut self, who: Who, id: &Digest) -> Result<(), DemoError> {
        let options = OpenOptions { tell: true, show_me: false };
        self.done(who, self.wallet(who).open_packet(&id.to_string(), options).await)
    }

    async fn collect(&mut self, who: Who, id: &Digest, account: &AccountNumber) -> Result<(), DemoError> {
        let options = CollectOptions { account: account.clone(), anyway: false, wait: PATIENCE };
        self.done(who, self.wallet(who).collect(&id.to_string(), &options).await)
    }

    async fn forward(&mut self, who: Who, id: &Digest, friend: &str) -> Result<(), DemoError> {
        let options = ForwardOptions { carrier: Carrier::Relay, friend: Some(friend.to_owned()), note: None };
        self.done(who, self.wallet(who).forward(&id.to_string(), options).await)
    }

    async fn refresh(&mut self, who: Who) -> Result<(), DemoError> {
        self.done(who, self.wallet(who).sync().await)
    }
}
