//! Collecting across two banks: from asking to the money being in the account.

use hongbao::load::{Kind, Plan};

use crate::table::Table;
use crate::world::{World, books_hold, ms, plan, run};

const ONE_PACKET: u32 = 1000;
const SHARES: u32 = 300;

pub(crate) async fn measure(world: &World, table: &mut Table) {
    let trio = world.servers("collecting");
    for (connections, count) in [(1, 100), (8, 500), (32, 1000)] {
        let report = run(&trio, &plan(Kind::Collects, count, connections)).await;
        let figures = report.figures;
        let what = format!("collecting at {connections} connections: paid per second; median; 99 of 100");
        let text = format!("{}/s; {}; {}", figures.per_second, ms(figures.p50_us), ms(figures.p99_us));
        table.judged(
            &what,
            [text, String::new(), String::new()],
            "all paid",
            report.done == u64::from(count) && report.lost == 0,
        );
    }
    let one = Plan { one_packet: Some(SHARES), ..plan(Kind::Collects, ONE_PACKET, 32) };
    let report = run(&trio, &one).await;
    let text = format!("{} paid; {}", report.done, ms(report.figures.p99_us));
    table.judged(
        &format!("{ONE_PACKET} collectors on one packet of {SHARES} shares: paid; 99 of 100 decided within"),
        [text, String::new(), String::new()],
        &format!("{SHARES} paid"),
        report.done == u64::from(SHARES) && report.lost == 0,
    );
    books_hold(&trio).await;
}
