//! What the enterprise promises, tried on real files and sockets, with a clock that stands still unless told.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audits;
mod bank;
mod goods;
mod inboxes;
mod instructions;
mod issuing;
mod lucky;
mod notices;
mod rewards;
mod world;
