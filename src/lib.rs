//! Hongbao: electronic red packets that are files. This page is the map of the house; it holds no logic.
//!
//! Arrows point down: `cli` → `wallet` → `net`, `store`, `api` → `packet`, `identity` → `jose`, `money`; and
//! `enterprise`, `bank` → `party` → `net`, `store`, `api`. What window and pages draw is in `art`. The wallet never meets the servers' rooms; `demo` runs both,
//! and knows servers as processes only. `jose`, `packet`,
//! `money` and `api` are pure: no IO, clock, randomness, async. ARCHITECTURE.md says what each room is for.

pub mod api;
#[cfg(feature = "desktop")]
pub mod app;
#[cfg(any(feature = "desktop", feature = "server"))]
pub mod art;
#[cfg(feature = "server")]
pub mod bank;
pub mod cli;
pub mod clock;
#[cfg(all(feature = "desktop", feature = "server"))]
pub mod demo;
#[cfg(feature = "server")]
pub mod enterprise;
pub mod identity;
pub mod jose;
#[cfg(feature = "server")]
pub mod load;
pub mod money;
pub mod net;
pub mod packet;
#[cfg(feature = "server")]
pub mod party;
pub mod random;
#[cfg(all(test, feature = "desktop", feature = "server"))]
mod simulation;
pub mod store;
#[cfg(feature = "desktop")]
pub mod wallet;
