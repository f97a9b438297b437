//! Shares collected at one bank and paid by the other: from asking to the money being in the account.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use uuid::Uuid;

use super::figures::Times;
use super::line::{Ask, Line};
use super::people::{authorize, fresh_id, now};
use super::stage::{Collector, Stage, Terms, collectors};
use super::{Kind, LoadError, Plan, Progress, Report, Trio, kills};
use crate::api::collect::{self, Choice, CollectionStatus};
use crate::api::routes;
use crate::api::states::CollectionState;
use crate::packet::PacketFile;
use crate::random::{Random as _, SystemRandom};

/// How many collect from one packet when everybody gets a share.
const SHARES: u32 = 100;
/// Between two looks at how a collection stands.
const LOOK: Duration = Duration::from_millis(20);

/// How a collection ended.
#[derive(Clone, Debug, PartialEq, Eq)]
enum End {
    Paid,
    Refused(String),
    /// The time was over before.
    Open,
}

pub(super) async fn run(trio: &Arc<Trio>, plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    let count = plan.count as usize;
    progress.say(&format!("opening {count} accounts"));
    let shares = plan.one_packet.unwrap_or(SHARES);
    let packets = if plan.one_packet.is_some() { 1 } else { count.div_ceil(SHARES as usize) };
    let terms = Terms { packets: packets as u64, shares, rewards_each: 0, rewards: 0, delay: 0 };
    let stage = Stage::set(trio, terms).await?;
    let files = Arc::new(stage.packets(packets as u64).await?);
    let people = Arc::new(collectors(trio, count).await?);
    trio.usage().await;
    let killer = kills::Killer::begin(trio, plan.kill);
    progress.say(&format!("collecting over {} connections", plan.connections));
    let (next, begin) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let mut working = JoinSet::new();
    for _ in 0..plan.connections {
        let (trio, files, people, next, time) = (trio.clone(), files.clone(), people.clone(), next.clone(), plan.time);
        working.spawn(async move {
            let mut ends = Vec::new();
            let mut line = trio.collecting.line();
            while begin.elapsed() < time {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(person) = people.get(at) else { break };
                let Some(file) = files.get(at / shares as usize).or(files.last()) else { break };
                let (asked, jti) = (Instant::now(), fresh_id());
                let end = collect(&mut line, &trio, person, file, jti, begin + time).await?;
                ends.push((asked.elapsed(), end));
            }
            Ok::<_, LoadError>(ends)
        });
    }
    let (mut times, mut others, mut done) = (Times::default(), BTreeMap::new(), 0);
    while let Some(ended) = working.join_next().await {
        let ends = ended.map_err(|error| LoadError::Message(error.to_string()))??;
        for (time, end) in ends {
            match end {
                End::Paid => done += 1,
                End::Refused(why) => *others.entry(why).or_insert(0) += 1,
                End::Open => *others.entry("open".to_owned()).or_insert(0) += 1,
            }
            times.note(time);
        }
    }
    let took = begin.elapsed();
    let servers = trio.usage().await;
    let kills = killer.end().await?;
    let lost = paid_in(trio, &people).await?.abs_diff(done);
    let figures = times.figures(took);
    Ok(Report { kind: Kind::Collects, done, others, figures, again: None, kills, lost, servers })
}

/// Asks for a share and looks until it is decided.
async fn collect(
    line: &mut Line,
    trio: &Trio,
    person: &Collector,
    file: &PacketFile,
    jti: Uuid,
    until: Instant,
) -> Result<End, LoadError> {
    let bank = &trio.collecting;
    let fail = |error: String| LoadError::Message(error);
    let salt = SystemRandom.token();
    let choice = Choice { bank: &bank.origin, jti, account: &person.account, salt: &salt };
    let request = collect::write(&person.key, file, &choice, now()).map_err(|error| fail(error.to_string()))?;
    let body = serde_json::to_vec(&request).map_err(|error| fail(error.to_string()))?;
    let path = format!("{}/{jti}", routes::COLLECTIONS);
    let mut is_known = false;
    while Instant::now() < until {
        let ask = if is_known {
            Ask::get(&path).by(authorize(&person.key, &bank.origin, "GET", &path, b"")?)
        } else {
            Ask::post(routes::COLLECTIONS, body.clone())
        };
        match line.ask(ask).await {
            Some(reply) if reply.is_success() => {
                is_known = true;
                let status: CollectionStatus =
                    serde_json::from_slice(&reply.body).map_err(|error| fail(error.to_string()))?;
                match status.state {
                    CollectionState::Paid => return Ok(End::Paid),
                    CollectionState::Rejected => {
                        let why = status.reason.map_or("rejected", |reason| reason.as_str());
                        return Ok(End::Refused(why.to_owned()));
                    }
                    _ => {}
                }
            }
            Some(reply) if reply.status < 500 => return Ok(End::Refused(reply.code())),
            _ => {}
        }
        tokio::time::sleep(LOOK).await;
    }
    Ok(End::Open)
}

/// How many of these people's accounts hold a share, by the bank's own list.
async fn paid_in(trio: &Trio, people: &[Collector]) -> Result<u64, LoadError> {
    let ours: std::collections::BTreeSet<&str> = people.iter().map(|it| it.account.as_str()).collect();
    let (mut holding, mut path) = (0, "/admin/accounts".to_owned());
    loop {
        let page = trio.collecting.admin(&path, None).await?;
        let accounts = page["accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
        let holds = accounts.iter().filter(|it| it["account"].as_str().is_some_and(|number| ours.contains(number)));
        holding += holds.filter(|it| it["balance"]["minor"].as_i64().is_some_and(|minor| minor > 0)).count() as u64;
        match accounts.last().and_then(|last| last["account"].as_str()) {
            Some(last) if page["more"] == true => path = format!("/admin/accounts?after={last}"),
            _ => return Ok(holding),
        }
    }
}
