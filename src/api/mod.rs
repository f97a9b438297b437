//! What travels over HTTP and how it is judged, shared by every party. Pure: no IO, clock, randomness, async.

pub mod problem;
