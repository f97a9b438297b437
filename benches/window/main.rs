//! How quick the window is, as ratios of two things measured by turns in one run: `cargo bench --bench window`. Says of each
//! whether docs/performance.md's goal is met, and ends with 1 when one is not. What needs a display runs the real program on
//! the one there is (`DISPLAY`), and is left out, which is said, where there is none.
//!
//! `--bare` is the other half of a comparison: a window of the same library with nothing in it.

mod bare;
mod display;
mod frames;
mod opening;
mod table;
mod wallets;

use std::process::ExitCode;

use table::Table;

fn main() -> ExitCode {
    if std::env::args().any(|argument| argument == "--bare") {
        return bare::show();
    }
    let mut table = Table::default();
    table.begin();
    opening::measure(&mut table);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    let small = wallets::with(&runtime, 100);
    let large = wallets::with(&runtime, 10_000);
    let huge = wallets::with(&runtime, 100_000);
    runtime.block_on(async {
        wallets::readings(&mut table, &large, &huge).await;
        frames::measure(&mut table, &small, &huge).await;
        frames::measure_opening(&mut table, &small).await;
    });
    display::measure(&mut table, &large, &huge);
    table.end()
}
