//! The network: the guarded client. Knows no packet, no
//! money, no database; what a message means is decided elsewhere.

pub mod address;
pub mod backoff;
pub mod client;
mod exchange;
