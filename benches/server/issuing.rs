//! Issuing: packets signed, stored and with their vouchers.

use hongbao::load::Kind;

use crate::table::Table;
use crate::world::{World, books_hold, plan, run, usage};

const COUNT: u32 = 10_000;

pub(crate) async fn measure(world: &World, table: &mut Table) {
    let trio = world.servers("issuing");
    // The first requests fill caches and tables.
    run(&trio, &plan(Kind::Issuing, 1000, 1)).await;
    let report = run(&trio, &plan(Kind::Issuing, COUNT, 1)).await;
    let cpu_ms = |server| usage(&report, server).cpu_ms.unwrap_or(0).max(1);
    let enterprise = u64::from(COUNT) * 1000 / cpu_ms("enterprise");
    table.judged(
        "issuing: packets per second and core of the enterprise (sign, store, check the voucher that is at hand, store)",
        [format!("{enterprise}/s"), String::new(), String::new()],
        "≥ 5000/s",
        enterprise >= 5000,
    );
    let peak = usage(&report, "enterprise").peak_kib.unwrap_or(0);
    table.judged(
        "issuing: the enterprise's memory, at most",
        [format!("{:.1} MiB", peak as f64 / 1024.0), String::new(), String::new()],
        "≤ 64 MiB",
        peak <= 64 * 1024,
    );
    table.told(
        "issuing: the same with the bank's freezing and signing, a thousand by one command, on the clock",
        format!("{}/s", report.figures.per_second),
    );
    let bank = u64::from(COUNT) * 1000 / cpu_ms("issuing-bank");
    table.told("issuing: vouchers per second and core of the bank", format!("{bank}/s"));
    books_hold(&trio).await;
}
