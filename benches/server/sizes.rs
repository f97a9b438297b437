//! What a notice costs when much is stored already: packets with their vouchers, each opened once, copied from one that was
//! issued. They are rows and not genuine packets, so these servers' books are not looked at.

use std::path::Path;

use hongbao::load::Kind;
use rusqlite::Connection;

use crate::table::Table;
use crate::world::{World, plan, run, usage};

const COUNT: u32 = 4000;
const CONNECTIONS: u32 = 32;

pub(crate) async fn measure(world: &World, table: &mut Table) {
    if world.database.is_some() {
        table.told("what is stored already: only measured on SQLite", "");
        return;
    }
    let sizes: &[u32] = if world.long { &[10_000, 100_000, 1_000_000] } else { &[10_000, 100_000] };
    run(&world.servers("sizes"), &plan(Kind::Issuing, 1, 1)).await;
    let mut first = None;
    for size in sizes {
        fill(&world.folder("sizes").join("enterprise"), *size);
        let trio = world.servers("sizes");
        run(&trio, &plan(Kind::Notices, 500, CONNECTIONS)).await;
        let report = run(&trio, &plan(Kind::Notices, COUNT, CONNECTIONS)).await;
        assert_eq!(report.done, u64::from(COUNT), "{:?}", report.others);
        let server = usage(&report, "enterprise");
        let each = server.cpu_ms.unwrap_or(0) as f64 * 1000.0 / f64::from(COUNT);
        let least = *first.get_or_insert(each);
        table.at_most(
            &format!("the server's CPU per notice with {size} packets stored / with {}", sizes[0]),
            [format!("{each:.0} µs"), format!("{least:.0} µs")],
            each / least,
            1.2,
        );
        let peak = server.peak_kib.unwrap_or(0);
        let text = format!("{:.1} MiB", peak as f64 / 1024.0);
        let what = format!("the server's memory under load with {size} packets stored, at most");
        table.judged(&what, [text, String::new(), String::new()], "≤ 64 MiB", peak <= 64 * 1024);
    }
}

/// Copies a packet, its voucher and an opening of it until there are so many.
fn fill(data: &Path, size: u32) {
    let database = Connection::open(data.join("hongbao.sqlite3")).unwrap_or_else(|error| panic!("{error}"));
    let sql = format!(
        "PRAGMA synchronous = OFF;
         BEGIN;
         INSERT INTO packet (id, serial, campaign, kind, jws, bank, amount, currency, expires, state, signed_at, issued_at)
         WITH RECURSIVE n (i) AS (SELECT COUNT(*) FROM packet UNION ALL SELECT i + 1 FROM n WHERE i + 1 < {size})
         SELECT substr(lower(hex(randomblob(22))), 1, 43), (SELECT MAX(serial) FROM packet) + i + 1, campaign, kind, jws,
                bank, amount, currency, expires, state, signed_at, issued_at
         FROM n, (SELECT * FROM packet WHERE kind = 'first' ORDER BY serial LIMIT 1);
         INSERT INTO voucher (packet, bank, number, jws, received)
         SELECT packet.id, packet.bank, 'copy-' || packet.serial, first.jws, packet.issued_at
         FROM packet, (SELECT jws FROM voucher LIMIT 1) AS first
         WHERE NOT EXISTS (SELECT 1 FROM voucher WHERE voucher.packet = packet.id);
         INSERT INTO notice (packet, opener, jti, hops, signers, at, result, reason, receipt)
         SELECT packet.id, substr(lower(hex(randomblob(22))), 1, 43), hex(randomblob(16)), 0, '[]', packet.issued_at,
                'not-rewarded', 'not-forwarded', jws
         FROM packet WHERE NOT EXISTS (SELECT 1 FROM notice WHERE notice.packet = packet.id);
         COMMIT;"
    );
    database.execute_batch(&sql).unwrap_or_else(|error| panic!("{error}"));
}
