//! Packets: signed, stored and with a voucher each, in requests of a thousand, as the enterprise's staff asks for them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::figures::Times;
use super::stage::{Stage, Terms};
use super::{Kind, LoadError, Plan, Progress, Report, Trio, kills};

/// How many packets one request makes.
const AT_ONCE: u64 = 1000;

pub(super) async fn run(trio: &Arc<Trio>, plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    let count = u64::from(plan.count);
    let terms = Terms { packets: count, shares: 1, rewards_each: 0, rewards: 0, delay: 0 };
    let stage = Stage::set(trio, terms).await?;
    trio.usage().await;
    let killer = kills::Killer::begin(trio, plan.kill);
    let (mut done, mut times, begin) = (0, Times::default(), Instant::now());
    while done < count && begin.elapsed() < plan.time {
        let some = AT_ONCE.min(count - done);
        let asked = Instant::now();
        stage.issue(some).await?;
        // The time of a request is every one of its packets' time.
        (0..some).for_each(|_| times.note(asked.elapsed()));
        done += some;
        progress.say(&format!("{done} of {count} packets"));
    }
    let took = begin.elapsed();
    let kills = killer.end().await?;
    let servers = trio.usage().await;
    let figures = times.figures(took);
    let others = BTreeMap::new();
    Ok(Report { kind: Kind::Issuing, done, others, figures, again: None, kills, lost: 0, servers })
}
