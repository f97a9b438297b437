//! What this disk needs to make a write durable.

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use crate::table::Table;
use crate::world::World;

const TURNS: usize = 200;
/// About what one commit writes.
const BYTES: usize = 16 * 1024;

/// The median and the 99th of 100.
pub(crate) struct Disk {
    pub(crate) median: Duration,
}

pub(crate) fn measure(world: &World, table: &mut Table) -> Disk {
    let path = world.folder("disk").join("file");
    let mut file = File::create(&path).unwrap_or_else(|error| panic!("{error}"));
    let mut times = Vec::new();
    for _ in 0..TURNS {
        file.write_all(&[7; BYTES]).unwrap_or_else(|error| panic!("{error}"));
        let begin = Instant::now();
        file.sync_data().unwrap_or_else(|error| panic!("{error}"));
        times.push(begin.elapsed());
    }
    times.sort_unstable();
    let median = times[TURNS / 2];
    table.told("one fsync of 16 KiB on this disk, median", format!("{median:.1?}"));
    table.told("the same, 99 of 100 within", format!("{:.1?}", times[TURNS * 99 / 100]));
    Disk { median }
}
