//! What the enterprise promises, tried on real files and sockets, with a clock that stands still unless told.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod audits;
mod bank;
mod batches;
mod clocks;
mod crowds;
mod deliveries;
mod earlier;
mod finding;
mod goods;
mod holds;
mod inboxes;
mod instructions;
mod issuing;
mod lives;
mod lucky;
mod notices;
mod others;
mod posted;
mod restored;
mod rewards;
mod samples;
mod sums;
mod world;
