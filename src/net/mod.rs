//! The network: the guarded client, and (feature `server`) the listener with its limits. Knows no packet, no
//! money, no database; what a message means is decided elsewhere.

pub mod address;
pub mod backoff;
pub mod client;
#[cfg(feature = "server")]
pub mod events;
mod exchange;
#[cfg(feature = "server")]
pub mod json;
pub mod patience;
#[cfg(feature = "server")]
pub mod server;
