//! Tests of the packet file from outside: the vectors in tests/vectors, hostile bytes, and laws that always hold.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

mod broken;
mod draws;
#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, clippy::pedantic)]
mod fuzzed;
mod hostile;
mod maker;
mod matrix;
mod pictures;
mod properties;
mod public;
mod schema;
mod valid;
mod vectors;
