//! What the window promises: its update logic without a window; every flow by role and label; its pictures, drawn on the CPU.
//! Nothing here needs a display.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod asking;
mod earned;
mod extreme;
pub(super) mod fixture;
mod flows;
mod ime;
mod keeping;
mod keyboard;
mod life;
mod many;
mod matrix;
mod pages;
mod panel;
mod play;
mod relations;
mod seen;
mod share;
mod sharp;
mod sheet;
mod snapshots;
mod start;
mod states;
mod update;
mod warnings;
mod whereabouts;
