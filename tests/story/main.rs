//! The whole story over real sockets between separate processes, by the released commands alone.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs, unreachable_pub)]

mod bombs;
mod collecting;
mod crashes;
mod demo;
mod forgery;
mod goods;
mod keeping;
mod life;
mod load;
mod lucky;
#[path = "../packet/maker.rs"]
#[allow(dead_code)]
mod maker;
mod memory;
mod postgres;
mod proxy;
mod relayed;
mod restored;
mod rotation;
mod sealed;
mod season;
mod secrets;
mod servers;
mod shapes;
mod story;
mod wallet_alone;
mod ways;
mod world;
