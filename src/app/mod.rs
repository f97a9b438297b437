//! The window: screens that show a wallet and turn clicks into its commands. It knows the wallet and never a server.

pub mod art;
pub mod theme;
