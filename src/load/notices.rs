//! Openings told to the enterprise: each by another client, of a packet that somebody forwarded, with a reward owed. Then
//! all of them once more: the answers must be the same bytes, so nothing that was acknowledged is lost.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::task::JoinSet;

use super::figures::{Figures, Times};
use super::line::{Ask, Line};
use super::people::{fresh_id, in_parallel, now, somebody};
use super::stage::{Stage, Terms};
use super::{Again, Kind, LoadError, Plan, Progress, Report, Trio, kills};
use crate::api::notice::{self, NoticeAnswer};
use crate::api::routes;
use crate::jose::{Digest, Jws, SigningKey, Typ};
use crate::packet::PacketFile;
use crate::packet::chain::{NextHop, forward};

/// How many open one packet.
pub(super) const OPENERS: usize = 500;
/// Rewards are made much later: a run measures notices alone.
const DELAY: u32 = 3600;
/// Before asking again after no answer.
const PAUSE: Duration = Duration::from_millis(20);

/// A message that is ready to be sent, and how it was answered.
pub(super) struct Telling {
    pub(super) body: Bytes,
}

pub(super) async fn run(trio: &Arc<Trio>, plan: &Plan, progress: &Progress) -> Result<Report, LoadError> {
    let count = plan.count as usize;
    progress.say(&format!("making {count} openings"));
    let packets = count.div_ceil(OPENERS);
    let rewards = u64::from(plan.count);
    let each = u32::try_from(OPENERS).unwrap_or(u32::MAX);
    let terms = Terms { packets: packets as u64, shares: 1, rewards_each: each, rewards, delay: DELAY };
    let stage = Stage::set(trio, terms).await?;
    let packets = stage.packets(packets as u64).await?;
    let messages = Arc::new(messages(packets, count, plan.each_forwarded).await?);
    trio.usage().await;
    let killer = kills::Killer::begin(trio, plan.kill);
    progress.say(&format!("telling them over {} connections", plan.connections));
    let first = tell(trio, &messages, plan, None).await;
    let servers = trio.usage().await;
    let kills = killer.end().await?;
    progress.say("telling them again");
    let receipts = Arc::new(first.receipts);
    let again = tell(trio, &messages, plan, Some(receipts)).await;
    let differing = again.others.get(DIFFERING).copied().unwrap_or(0);
    Ok(Report {
        kind: Kind::Notices,
        done: first.done,
        others: first.others,
        figures: first.figures,
        // Whatever was acknowledged and is now answered otherwise was lost.
        lost: differing,
        again: Some(Again { figures: again.figures, differing }),
        kills,
        servers,
    })
}

/// Each packet forwarded once, openly.
pub(super) fn forwarded(packets: Vec<PacketFile>) -> Result<Vec<(PacketFile, SigningKey)>, LoadError> {
    packets.iter().map(pass_on).collect()
}

/// Somebody forwards a packet, openly.
fn pass_on(file: &PacketFile) -> Result<(PacketFile, SigningKey), LoadError> {
    let by = somebody();
    let hop = NextHop { jti: fresh_id(), iat: now(), to: None, note: None };
    let forwarded = forward(file, &by, &hop).map_err(|error| LoadError::Message(error.to_string()))?;
    Ok((forwarded, by))
}

/// The packets' openings: of one forwarding of each packet, or each of a forwarding of its own.
async fn messages(packets: Vec<PacketFile>, count: usize, each_forwarded: bool) -> Result<Vec<Telling>, LoadError> {
    let files = if each_forwarded { packets } else { forwarded(packets)?.into_iter().map(|(file, _)| file).collect() };
    let files = Arc::new(files);
    in_parallel(count, move |at| {
        let file = files.get(at / OPENERS).ok_or_else(|| LoadError::Message("too few packets".to_owned()))?;
        if each_forwarded { message(&pass_on(file)?.0, &somebody()) } else { message(file, &somebody()) }
    })
    .await
}

/// What `opener` tells of a packet.
pub(super) fn message(file: &PacketFile, opener: &SigningKey) -> Result<Telling, LoadError> {
    let fail = |error: String| LoadError::Message(error);
    let request = notice::write(opener, &file.packet, &file.hops, fresh_id(), true, now());
    let request = request.map_err(|error| fail(error.to_string()))?;
    Ok(Telling { body: serde_json::to_vec(&request).map_err(|error| fail(error.to_string()))?.into() })
}

const DIFFERING: &str = "another-receipt";

struct Told {
    done: u64,
    others: BTreeMap<String, u64>,
    figures: Figures,
    /// By message: the digest of its receipt, when there was one.
    receipts: Vec<Option<Digest>>,
}

/// Sends all messages, over so many connections. With `before`, each receipt must be the one that was given then.
async fn tell(
    trio: &Arc<Trio>,
    messages: &Arc<Vec<Telling>>,
    plan: &Plan,
    before: Option<Arc<Vec<Option<Digest>>>>,
) -> Told {
    let next = Arc::new(AtomicUsize::new(0));
    let (begin, deadline) = (Instant::now(), plan.time);
    let mut working = JoinSet::new();
    for _ in 0..plan.connections {
        let (line, messages, next, before) = (trio.enterprise.line(), messages.clone(), next.clone(), before.clone());
        working.spawn(async move {
            let mut worker = Worker { line, times: Times::default(), results: Vec::new() };
            while begin.elapsed() < deadline {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(message) = messages.get(at) else { break };
                let known = before.as_ref().and_then(|before| before.get(at).copied().flatten());
                worker.tell(at, message, known).await;
            }
            worker
        });
    }
    let (mut times, mut others, mut receipts) = (Times::default(), BTreeMap::new(), vec![None; messages.len()]);
    while let Some(Ok(worker)) = working.join_next().await {
        times.extend(worker.times);
        for (at, result) in worker.results {
            match result {
                Ok(receipt) => receipts[at] = Some(receipt),
                Err(code) => *others.entry(code).or_insert(0) += 1,
            }
        }
    }
    Told { done: times.len(), others, figures: times.figures(begin.elapsed()), receipts }
}

struct Worker {
    line: Line,
    times: Times,
    results: Vec<(usize, Result<Digest, String>)>,
}

impl Worker {
    async fn tell(&mut self, at: usize, message: &Telling, known: Option<Digest>) {
        let begin = Instant::now();
        let reply = loop {
            match self.line.ask(Ask::post(routes::NOTICES, message.body.clone())).await {
                // Not acknowledged; sending the same again is what a wallet does.
                None => tokio::time::sleep(PAUSE).await,
                Some(reply) if reply.status == 503 => tokio::time::sleep(PAUSE).await,
                Some(reply) => break reply,
            }
        };
        let time = begin.elapsed();
        let result = match reply.is_success() {
            true => result(&reply.body),
            false => Err(reply.code()),
        };
        let result = match (result, known) {
            (Ok(receipt), Some(known)) if receipt != known => Err(DIFFERING.to_owned()),
            (Err(code), Some(_)) => {
                tracing::warn!(code, "an acknowledged opening is answered otherwise");
                Err(DIFFERING.to_owned())
            }
            (result, _) => result,
        };
        if result.is_ok() {
            self.times.note(time);
        }
        self.results.push((at, result));
    }
}

/// The receipt's digest, when it says that a reward is owed.
fn result(body: &[u8]) -> Result<Digest, String> {
    let strange = |_| "unreadable".to_owned();
    let answer: NoticeAnswer = serde_json::from_slice(body).map_err(|_| "unreadable".to_owned())?;
    let receipt = Jws::parse(&answer.receipt, Typ::Receipt).map_err(strange)?;
    let claims: notice::ReceiptClaims = receipt.claims().map_err(strange)?;
    if claims.reward.is_some() { Ok(Digest::of(body)) } else { Err(claims.result.as_str().to_owned()) }
}
