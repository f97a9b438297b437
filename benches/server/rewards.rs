//! Rewards: from an opening to the second packet in the forwarder's inbox, at a thousand a second.

use hongbao::load::{Kind, Plan};

use crate::table::Table;
use crate::world::{World, books_hold, ms, plan, run};

const RATE: u32 = 1000;

pub(crate) async fn measure(world: &World, table: &mut Table) {
    let seconds = if world.long { 60 } else { 10 };
    let trio = world.servers("rewards");
    let report = run(&trio, &Plan { rate: RATE, ..plan(Kind::Rewards, RATE * seconds, 64) }).await;
    let figures = report.figures;
    let held = figures.per_second >= u64::from(RATE) * 97 / 100;
    table.judged(
        &format!("rewards from opening to inbox at {RATE} a second for {seconds} s: held; median; 99 of 100"),
        [
            format!("{}/s; {}; {}", figures.per_second, ms(figures.p50_us), ms(figures.p99_us)),
            String::new(),
            String::new(),
        ],
        &format!("{RATE}/s, none lost"),
        held && report.lost == 0 && report.others.is_empty(),
    );
    books_hold(&trio).await;
}
