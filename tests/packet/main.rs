//! Tests of the packet file from outside: the vectors in tests/vectors, hostile bytes, and laws that always hold.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs, unreachable_pub)]

mod broken;
mod draws;
mod hostile;
mod maker;
mod pictures;
mod properties;
mod public;
mod schema;
mod valid;
mod vectors;
