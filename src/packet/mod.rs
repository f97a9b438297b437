//! The packet file. Pure: no IO, clock, randomness, async.

pub mod origin;
