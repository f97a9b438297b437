//! From an opening to the reward in the forwarder's inbox, at a steady rate: openings are told when their time has come,
//! whether or not those before them are done.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::figures::Times;
use super::line::Ask;
use super::notices::{Telling, forwarded, message};
use super::people::{authorize, in_parallel, somebody};
use super::stage::{Stage, Terms};
use super::{Kind, LoadError, Plan, Progress, Report, Trio, kills};
use crate::api::inbox::InboxPage;
use crate::api::routes;
use crate::jose::{ClientId, SigningKey};
use crate::packet::PacketFile;

/// Between two looks into one inbox: what a wallet that is woken by an event would need at least.
const LOOK: Duration = Duration::from_millis(100);
/// How long rewards are waited for after the last opening.
const PATIENCE: Duration = Duration::from_secs(60);
/// Forwarders, each with a packet and an inbox.
const FORWARDERS: usize = 16;

/// One opening, and when it was told.
struct Opening {
    opener: ClientId,
    telling: Telling,
}

pub(super) async fn run(trio: &Arc<Trio>, plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    let count = plan.count as usize;
    progress.say(&format!("making {count} openings"));
    let each = u32::try_from(count.div_ceil(FORWARDERS)).unwrap_or(u32::MAX);
    let terms =
        Terms { packets: FORWARDERS as u64, shares: 1, rewards_each: each, rewards: u64::from(plan.count), delay: 0 };
    let stage = Stage::set(trio, terms).await?;
    let forwarded = forwarded(stage.packets(FORWARDERS as u64).await?)?;
    let files: Arc<Vec<PacketFile>> = Arc::new(forwarded.iter().map(|(file, _)| file.clone()).collect());
    let openings = in_parallel(count, move |at| {
        let opener = somebody();
        let file = files.get(at % FORWARDERS).ok_or_else(|| LoadError::Message("too few packets".to_owned()))?;
        Ok(Opening { opener: opener.public().thumbprint(), telling: message(file, &opener)? })
    });
    let openings = Arc::new(openings.await?);
    trio.usage().await;
    let killer = kills::Killer::begin(trio, plan.kill);
    progress.say(&format!("telling {} a second", plan.rate));
    let (begin, over) = (Instant::now(), Arc::new(AtomicBool::new(false)));
    let readers = read_inboxes(trio, forwarded.into_iter().map(|(_, key)| key), begin, &over);
    let (told, others) = tell_at_rate(trio, &openings, plan, begin).await;
    let took = begin.elapsed();
    progress.say("waiting for the last rewards");
    let arrived = readers.all(told.len(), &over).await?;
    let kills = killer.end().await?;
    let servers = trio.usage().await;
    let mut times = Times::default();
    let mut lost = 0;
    for (opener, at) in &told {
        match arrived.get(opener) {
            Some(there) => times.note(there.saturating_sub(*at)),
            None => lost += 1,
        }
    }
    let done = times.len();
    // The rate that was held: until the last opening was told.
    let figures = times.figures(took);
    Ok(Report { kind: Kind::Rewards, done, others, figures, again: None, kills, lost, servers })
}

/// Who told of an opening, and when, since the beginning.
type When = HashMap<ClientId, Duration>;

async fn tell_at_rate(
    trio: &Arc<Trio>,
    openings: &Arc<Vec<Opening>>,
    plan: &Plan,
    begin: Instant,
) -> (When, BTreeMap<String, u64>) {
    let (next, mut working) = (Arc::new(AtomicUsize::new(0)), JoinSet::new());
    let gap = Duration::from_secs(1) / plan.rate.max(1);
    for _ in 0..plan.connections {
        let (mut line, openings, next, time) = (trio.enterprise.line(), openings.clone(), next.clone(), plan.time);
        working.spawn(async move {
            let mut results = Vec::new();
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let due = gap.saturating_mul(u32::try_from(at).unwrap_or(u32::MAX));
                let Some(opening) = openings.get(at).filter(|_| due < time) else { return results };
                tokio::time::sleep_until((begin + due).into()).await;
                let reply = loop {
                    match line.ask(Ask::post(routes::NOTICES, opening.telling.body.clone())).await {
                        Some(reply) if reply.status != 503 => break reply,
                        _ => tokio::time::sleep(Duration::from_millis(20)).await,
                    }
                };
                // From when it was due, so that a server that falls behind is not spared.
                let result = if reply.is_success() { Ok(due) } else { Err(reply.code()) };
                results.push((opening.opener, result));
            }
        });
    }
    let (mut told, mut others) = (When::new(), BTreeMap::new());
    while let Some(Ok(results)) = working.join_next().await {
        for (opener, result) in results {
            match result {
                Ok(at) => drop(told.insert(opener, at)),
                Err(code) => *others.entry(code).or_insert(0) += 1,
            }
        }
    }
    (told, others)
}

/// Forwarders that look into their inboxes.
struct Readers {
    working: JoinSet<Result<When, LoadError>>,
    arrived: Arc<AtomicUsize>,
}

fn read_inboxes(
    trio: &Arc<Trio>,
    keys: impl Iterator<Item = SigningKey>,
    begin: Instant,
    over: &Arc<AtomicBool>,
) -> Readers {
    let arrived = Arc::new(AtomicUsize::new(0));
    let mut working = JoinSet::new();
    for key in keys {
        working.spawn(read_inbox(trio.clone(), key, begin, over.clone(), arrived.clone()));
    }
    Readers { working, arrived }
}

impl Readers {
    /// What arrived, once all did or nobody waits any longer.
    async fn all(mut self, expected: usize, over: &AtomicBool) -> Result<When, LoadError> {
        let begin = Instant::now();
        while self.arrived.load(Ordering::Relaxed) < expected && begin.elapsed() < PATIENCE {
            tokio::time::sleep(LOOK).await;
        }
        over.store(true, Ordering::Relaxed);
        let mut all = When::new();
        while let Some(read) = self.working.join_next().await {
            all.extend(read.map_err(|error| LoadError::Message(error.to_string()))??);
        }
        Ok(all)
    }
}

async fn read_inbox(
    trio: Arc<Trio>,
    key: SigningKey,
    begin: Instant,
    over: Arc<AtomicBool>,
    arrived: Arc<AtomicUsize>,
) -> Result<When, LoadError> {
    let (mut line, mut after, mut seen) = (trio.enterprise.line(), 0, When::new());
    loop {
        let is_last = over.load(Ordering::Relaxed);
        let path = format!("{}?after={after}", routes::INBOX);
        let authorization = authorize(&key, &trio.enterprise.origin, "GET", &path, b"")?;
        let reply = line.ask(Ask::get(&path).by(authorization)).await;
        let page: Option<InboxPage> =
            reply.filter(|reply| reply.is_success()).and_then(|reply| serde_json::from_slice(&reply.body).ok());
        let more = page.as_ref().is_some_and(|page| page.more);
        if let Some(page) = page {
            let now = begin.elapsed();
            after = page.next;
            for opener in page.items.iter().filter_map(|item| item.reward_for.as_ref()?.opener) {
                if seen.insert(opener, now).is_none() {
                    arrived.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        if is_last && !more {
            return Ok(seen);
        }
        if !more {
            tokio::time::sleep(LOOK).await;
        }
    }
}
