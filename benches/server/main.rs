//! How quick the servers are, as ratios of things measured in one run: `cargo bench --bench server`. Prints the tables of
//! docs/performance.md and says of each goal whether it is met; ends with 1 when one is not. Servers are the real program in
//! processes of their own, over HTTP, on the disk of the target directory.
//!
//! `-- --long` also measures what takes minutes: rewards for a whole minute, and a million stored packets.
//! `-- --database postgres://…` keeps the servers' books there instead of in SQLite files.

mod bare;
mod collecting;
mod disk;
mod issuing;
mod notices;
mod rewards;
mod sizes;
mod table;
mod world;

use std::process::ExitCode;

use table::Table;
use world::World;

fn main() -> ExitCode {
    let world = World::from_arguments();
    let mut table = Table::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.unwrap_or_else(|error| panic!("no runtime: {error}"));
    runtime.block_on(async {
        table.begin(&world.title());
        let disk = disk::measure(&world, &mut table);
        notices::measure(&world, &mut table, &disk).await;
        issuing::measure(&world, &mut table).await;
        collecting::measure(&world, &mut table).await;
        rewards::measure(&world, &mut table).await;
        sizes::measure(&world, &mut table).await;
    });
    world.clear();
    table.end()
}
