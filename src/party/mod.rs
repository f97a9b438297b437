//! What enterprise and bank servers share: who the party is, how it asks other parties, who asks it, its data
//! directory, its background work, and the form of an audit.
//!
//! This room knows no packet's meaning, no ledger and no campaign.

pub mod admin;
pub mod audit;
pub mod backup;
mod call;
pub mod changes;
pub mod data_dir;
pub mod discovery;
pub mod figures;
pub mod host;
pub mod keys;
pub mod openapi;
pub mod pace;
pub mod recovery;
pub mod request;
pub mod secrets;
pub mod worker;

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

pub use call::CallError;
pub use keys::OwnKeys;

use crate::clock::Clock;
use crate::jose::{Jws, JwsError, KeySet, Typ};
use crate::net::client::Client;
use crate::packet::Origin;
use crate::random::Random;
use crate::store::Store;

/// A server's own self and its means; passed to every part of it as `Arc<Party>`.
pub struct Party {
    /// Who it is: what it signs and what others ask.
    pub origin: Origin,
    /// Its name, for people.
    pub name: String,
    /// Its keys.
    pub own: OwnKeys,
    /// Its database.
    pub store: Store,
    /// Its clock.
    pub clock: Arc<dyn Clock>,
    /// Its random source.
    pub random: Arc<dyn Random>,
    /// How it reaches other parties.
    pub client: Client,
}

impl Party {
    /// Its public keys that are believed.
    #[must_use]
    pub fn keys(&self) -> KeySet {
        self.own.believed()
    }

    /// Now, in seconds since the epoch.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// A fresh `UUIDv7`.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.random.uuid(self.clock.now_ms())
    }

    /// Signs a message.
    ///
    /// # Errors
    /// [`JwsError`] when it cannot be written or is too large.
    pub fn sign(&self, typ: Typ, claims: &impl Serialize) -> Result<Jws, JwsError> {
        Jws::sign(self.own.signer(), typ, claims)
    }
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Party({})", self.origin)
    }
}
