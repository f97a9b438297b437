//! A durable notice: packet, chain and notice are verified strictly, the opening and the reward that is owed are recorded, the
//! receipt is signed, all of it is committed, and then it is answered.

use std::time::{Duration, Instant};

use hongbao::jose::{Jws, SigningKey, Typ};
use hongbao::load::{Kind, Plan, Report};
use zeroize::Zeroizing;

use crate::bare;
use crate::disk::Disk;
use crate::table::Table;
use crate::world::{World, books_hold, ms, plan, run, usage};

const COUNT: u32 = 12_000;
/// How many that have nothing in common with any other.
const APART: u32 = 4000;
const CONNECTIONS: u32 = 32;
/// What is verified of a notice that has nothing in common with any other: the packet, one forwarding, the notice itself.
const VERIFIED: u32 = 3;
/// What is signed: the receipt.
const SIGNED: u32 = 1;

pub(crate) async fn measure(world: &World, table: &mut Table, disk: &Disk) {
    let trio = world.servers("notices");
    // The first requests fill caches and tables.
    run(&trio, &plan(Kind::Notices, 1000, CONNECTIONS)).await;
    let apart = Plan { each_forwarded: true, ..plan(Kind::Notices, APART, CONNECTIONS) };
    let apart = run(&trio, &apart).await;
    assert_eq!(apart.done, u64::from(APART), "{:?}", apart.others);
    cost(table, &apart);
    let report = run(&trio, &plan(Kind::Notices, COUNT, CONNECTIONS)).await;
    assert_eq!(report.done, u64::from(COUNT), "{:?}", report.others);
    tell(table, &report, disk);
    books_hold(&trio).await;
    drop(trio);
    if world.database.is_none() {
        let written = bare::measure(&world.folder("notices").join("enterprise"), COUNT);
        table.told("rows per notice", format!("{:.2}", written.rows_each));
        let ratio = report.figures.per_second as f64 / written.per_second;
        table.at_least(
            "notices per second / bare writer with the same statements, 100 in a transaction",
            [format!("{}/s", report.figures.per_second), format!("{:.0}/s", written.per_second)],
            ratio,
            0.5,
        );
    }
}

fn tell(table: &mut Table, report: &Report, disk: &Disk) {
    let server = usage(report, "enterprise");
    // A checkpoint waits for the disk up to three times: the log, the file, the log's new beginning.
    let fsyncs = server.commits.unwrap_or(0) + 3 * server.checkpoints.unwrap_or(0);
    table.at_most(
        &format!("fsyncs per notice at {CONNECTIONS} connections: commits, and three for each checkpoint"),
        [fsyncs.to_string(), report.done.to_string()],
        fsyncs as f64 / report.done as f64,
        0.15,
    );
    let each = Duration::from_millis(server.cpu_ms.unwrap_or(0)) / COUNT;
    let text = format!("{}: the notice is verified and the receipt signed", us(each));
    table.told("the server's CPU per notice of a packet that is passed around", text);
    let p99 = Duration::from_micros(report.figures.p99_us);
    table.at_most(
        &format!("99 of 100 notices at {CONNECTIONS} connections answered within / one fsync"),
        [ms(report.figures.p99_us), ms(u64::try_from(disk.median.as_micros()).unwrap_or(0))],
        p99.as_secs_f64() / disk.median.as_secs_f64(),
        10.0,
    );
    let again = report.again.as_ref().unwrap_or_else(|| panic!("sent once only"));
    table.at_least(
        "resends per second / first sends",
        [format!("{}/s", again.figures.per_second), format!("{}/s", report.figures.per_second)],
        again.figures.per_second as f64 / report.figures.per_second as f64,
        1.0,
    );
    table.judged(
        "resends answered with other bytes than the first time",
        [again.differing.to_string(), String::new(), String::new()],
        "0",
        again.differing == 0,
    );
    if let Some(peak) = server.peak_kib {
        let text = format!("{:.1} MiB", peak as f64 / 1024.0);
        table.judged(
            "the server's memory, at most",
            [text, String::new(), String::new()],
            "≤ 64 MiB",
            peak <= 64 * 1024,
        );
    }
}

/// What a notice costs that spares the server nothing.
fn cost(table: &mut Table, apart: &Report) {
    table.told(
        "signatures per notice that has nothing in common with others",
        format!("{VERIFIED} verified, {SIGNED} made"),
    );
    let (bare, with_keys) = signatures();
    let each = Duration::from_millis(usage(apart, "enterprise").cpu_ms.unwrap_or(0)) / APART;
    let ratio = each.as_secs_f64() / bare.as_secs_f64();
    table.at_most("the server's CPU per such notice / its bare signatures", [us(each), us(bare)], ratio, 4.0);
    table.told("its bare signatures with the strict check of the two clients' keys", us(with_keys));
}

fn us(time: Duration) -> String {
    format!("{:.0} µs", time.as_secs_f64() * 1e6)
}

/// What the signatures of one notice cost by themselves on one core, on messages of their size: without and with the
/// checks that make a client's key, which comes with its message, one that may be believed.
fn signatures() -> (Duration, Duration) {
    const TURNS: u32 = 2000;
    let key = SigningKey::from_secret(&Zeroizing::new([7; 32]));
    let claims = serde_json::json!({ "text": "x".repeat(500) });
    let jws = Jws::sign(&key, Typ::Notice, &claims).unwrap_or_else(|error| panic!("{error}"));
    let message = jws.as_str().as_bytes();
    let signature = key.sign(message);
    let public = key.public();
    let timed = |work: &dyn Fn() -> bool| {
        let begin = Instant::now();
        assert!((0..TURNS).all(|_| std::hint::black_box(work())));
        begin.elapsed() / TURNS
    };
    let verify = timed(&|| public.verifies(message, &signature));
    let sign = timed(&|| key.sign(message) == signature);
    let check = timed(&|| hongbao::jose::PublicKey::from_bytes(public.as_bytes()).is_ok());
    let bare = verify * VERIFIED + sign * SIGNED;
    (bare, bare + check * 2)
}
