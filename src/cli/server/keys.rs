//! `keys`: the keys that a server signs with. They stand in its data directory, so the server must be stopped to change them.

use clap::Subcommand;
use serde_json::Value;

use super::{Data, Failure, unexpected};
use crate::api::discovery::Role;
use crate::clock::{Clock as _, SystemClock};
use crate::jose::ClientId;
use crate::party::OwnKeys;
use crate::party::data_dir::{self, DataDir, DataDirError, Lasting};
use crate::party::keys::{KeyList, RingError};
use crate::random::SystemRandom;

#[derive(Debug, Subcommand)]
pub(super) enum Keys {
    /// The keys, and with which one the server signs.
    List(Data),
    /// Make a new key, with which the server signs from its next start on; those before stay in use until they are retired.
    Add(Data),
    /// Take a key out of use. What it signed stays believed, unless it was stolen.
    Retire {
        /// Its thumbprint.
        kid: String,
        /// Somebody else has it: nothing that it signed is believed from now on, unless a bank vouches for it.
        #[arg(long)]
        stolen: bool,
        #[command(flatten)]
        data: Data,
    },
}

impl Keys {
    pub(super) fn run(&self) -> Result<Value, Failure> {
        let data = match self {
            Self::List(data) | Self::Add(data) | Self::Retire { data, .. } => data.data.as_path(),
        };
        let lasting = data_dir::read_lasting(data).map_err(|e| unexpected(&e))?;
        let Lasting { role, url, .. } = lasting.ok_or(DataDirError::Empty).map_err(|e| unexpected(&e))?;
        let now = SystemClock.now();
        let open = |role: Role| DataDir::open(data, role).map_err(|e| unexpected(&e));
        let own = match self {
            Self::List(_) => OwnKeys::read(data).map_err(|e| unexpected(&e))?,
            Self::Add(_) => open(role)?.add_key(&url, &SystemRandom, now).map_err(|e| refused(&e))?,
            Self::Retire { kid, stolen, .. } => {
                let kid = read_kid(kid)?;
                open(role)?.retire_key(&url, (kid, *stolen), &SystemRandom, now).map_err(|e| refused(&e))?
            }
        };
        serde_json::to_value(KeyList::from(&own)).map_err(|e| unexpected(&e))
    }
}

fn read_kid(text: &str) -> Result<ClientId, Failure> {
    let text = text.strip_prefix("id:").unwrap_or(text);
    text.parse().map_err(|_| Failure::new("unknown-key", format!("{text} is no thumbprint"), "See: keys list"))
}

fn refused(error: &RingError) -> Failure {
    let (code, next) = match error {
        RingError::DataDir(error) => return unexpected(error),
        RingError::Unknown(_) => ("unknown-key", "See: keys list"),
        RingError::Signs => ("key-signs", "Make a new one with: keys add, start the server, and retire this one then."),
        RingError::TooOften | RingError::Keys(_) => ("too-many-keys", "Retire keys that nothing needs any more."),
    };
    Failure::new(code, error.to_string(), next)
}
