//! Vouchers: fetched from the bank for signed packets, checked, stored, and with that the packet is issued and, when
//! it is for one client, delivered. All in the background or by the request that signed the packets; twice does no harm.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::admin::Retried;
use super::arrivals::Arrival;
use super::failure::{Failure, reason};
use super::inbox::{self, Delivery};
use super::{Enterprise, banks, campaigns, issuing, retry_at, standing, stored};
use crate::api::inbox::{ItemKind, RewardFor};
use crate::api::problem::Problem;
use crate::api::routes;
use crate::api::voucher::{Answered, Application, Batch, BatchAnswer, MAX_BATCH_BYTES, Source};
use crate::jose::ClientId;
use crate::packet::file::Voucher;
use crate::packet::verify::{CheckKind, Outcome};
use crate::packet::{BankKeys, Origin, Packet, PacketFile, Trust, verify};
use crate::party::CallError;
use crate::store::{Row, StoreError, Tx, values};

use super::terms::Campaign;

/// How many packets' worth of bytes is asked for in one request: the limit, less what stands around them.
const BATCH_BYTES: usize = MAX_BATCH_BYTES - 64 * 1024;
/// What stands around one packet in a request.
const AROUND_BYTES: usize = 256;
/// How many packets are asked for in one request. A bank takes more, but while it signs these the ones before are checked and
/// stored, and memory holds few. One decision keeps them.
const ASKED: usize = 125;
/// How many requests are under way to one bank at a time.
const ABREAST: usize = 2;
/// How long a request waits for its vouchers; the rest is for the background.
const PATIENCE: Duration = Duration::from_secs(20);

/// One packet that needs its voucher.
struct Task {
    id: String,
    bank: Origin,
    attempts: u32,
    application: Application,
    is_reward: bool,
    /// The one client it is for.
    to: Option<ClientId>,
}

/// Whether it makes sense to go on asking the same bank now.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Went {
    On,
    BankAway,
}

const SELECT: &str = "SELECT id, serial, jws, kind, bank, attempts, next_ms, campaign, recipient FROM packet \
     WHERE state = 'signed'";

/// Packets that wait for their vouchers, read as they are asked for: memory holds only those that are under way.
struct Waiting {
    which: Which,
    /// When the last one that was read is due, and its serial number.
    after: (i64, i64),
    is_over: bool,
}

enum Which {
    /// In order of serial numbers, up to this one.
    UpTo(i64),
    /// Of this bank, and due at this time in milliseconds.
    Due(Origin, i64),
}

impl Waiting {
    /// From this serial number on.
    fn of_serials(serials: &RangeInclusive<i64>) -> Self {
        Self { which: Which::UpTo(*serials.end()), after: (i64::MIN, serials.start() - 1), is_over: false }
    }

    fn due(bank: Origin, now_ms: i64) -> Self {
        Self { which: Which::Due(bank, now_ms), after: (i64::MIN, i64::MIN), is_over: false }
    }

    /// The next ones, as many as are asked for in one request; none when there are no more.
    async fn next(&mut self, enterprise: &Enterprise) -> Result<Vec<Task>, Failure> {
        if self.is_over {
            return Ok(Vec::new());
        }
        let most = i64::try_from(ASKED).unwrap_or(i64::MAX);
        let (due, serial) = self.after;
        let (sql, values) = match &self.which {
            Which::UpTo(last) => {
                ("serial > ?2 AND serial <= ?3 ORDER BY serial LIMIT ?1", values![most, serial, *last].to_vec())
            }
            Which::Due(bank, now_ms) => (
                "bank = ?2 AND next_ms <= ?3 AND (next_ms, serial) > (?4, ?5) ORDER BY next_ms, serial LIMIT ?1",
                values![most, bank.as_str(), *now_ms, due, serial].to_vec(),
            ),
        };
        let query = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
            let rows = tx.rows(&format!("{SELECT} AND {sql}"), &values)?;
            let last = rows.last().map(|row| Ok::<_, StoreError>((row.int("next_ms")?, row.int("serial")?)));
            Ok((tasks(tx, &rows)?, last.transpose()?))
        };
        let (tasks, last) = enterprise.party.store.read(query).await?;
        self.is_over = tasks.len() < ASKED;
        self.after = last.unwrap_or(self.after);
        Ok(tasks)
    }
}

/// What is asked for each of these packets. Many are of one campaign, whose terms are read once.
fn tasks(tx: &mut Tx<'_>, rows: &[Row]) -> Result<Vec<Task>, StoreError> {
    let (mut campaigns, mut tasks) = (HashMap::new(), Vec::with_capacity(rows.len()));
    for row in rows {
        let id = row.text("campaign")?;
        let campaign = match campaigns.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(campaigns::load(tx, id)?.ok_or_else(|| stored::strange("campaign"))?.0),
        };
        tasks.push(task(row, campaign)?);
    }
    Ok(tasks)
}

/// What was asked for a packet, by its row.
pub(super) fn application(tx: &mut Tx<'_>, row: &Row) -> Result<Application, StoreError> {
    let (campaign, _) = campaigns::load(tx, row.text("campaign")?)?.ok_or_else(|| stored::strange("campaign"))?;
    Ok(task(row, &campaign)?.application)
}

fn task(row: &Row, campaign: &Campaign) -> Result<Task, StoreError> {
    let is_reward = row.text("kind")? == "reward";
    let source = if is_reward {
        campaign.fund.clone().map(Source::Fund)
    } else {
        campaign.terms.account.clone().map(Source::Account)
    };
    Ok(Task {
        id: row.text("id")?.to_owned(),
        bank: stored::origin(row, "bank")?,
        attempts: stored::small(row, "attempts")?,
        application: Application {
            packet: row.text("jws")?.to_owned(),
            source: source.ok_or_else(|| stored::strange("terms"))?,
        },
        is_reward,
        to: stored::opt_parsed(row, "recipient")?,
    })
}

/// Fetches the vouchers of a request's packets, until all are there or the bank or the time says no.
pub(super) async fn fetch_for_request(enterprise: &Arc<Enterprise>, request: &str) -> Result<(), Failure> {
    let wanted = request.to_owned();
    let Some(serials) = enterprise.party.store.read(move |tx| issuing::serials(tx, &wanted)).await? else {
        return Ok(());
    };
    // What is cut off when the time is up is asked again by the background; the bank answers the same.
    let _ = tokio::time::timeout(PATIENCE, fetch_all(enterprise, Waiting::of_serials(&serials))).await;
    // New vouchers have news soon; else the feed would next be read up to a minute later.
    enterprise.feed_wake.wake();
    Ok(())
}

/// Fetches what is due, bank by bank, so that one bank that is away holds up only itself.
pub(super) async fn fetch_due(enterprise: &Arc<Enterprise>) -> Result<(), Failure> {
    let now_ms = enterprise.party.clock.now_ms();
    let query = move |tx: &mut Tx<'_>| -> Result<Vec<Origin>, StoreError> {
        let sql = "SELECT origin FROM bank WHERE EXISTS \
                   (SELECT 1 FROM packet WHERE bank = bank.origin AND state = 'signed' AND next_ms <= ?1)";
        tx.rows(sql, &values![now_ms])?.iter().map(|row| stored::origin(row, "origin")).collect()
    };
    let mut running = JoinSet::new();
    for bank in enterprise.party.store.read(query).await? {
        let enterprise = enterprise.clone();
        running.spawn(async move { fetch_all(&enterprise, Waiting::due(bank, now_ms)).await });
    }
    // One bank's failure is told when all banks have been asked.
    let mut all = Ok(());
    while let Some(done) = running.join_next().await {
        all = all.and(joined(done).map(drop));
    }
    all
}

fn joined<T>(done: Result<Result<T, Failure>, JoinError>) -> Result<T, Failure> {
    done.unwrap_or_else(|_| Err(StoreError::Other("a task for vouchers ended early".into()).into()))
}

/// Asks one bank for all of these, a few requests at a time.
async fn fetch_all(enterprise: &Arc<Enterprise>, mut waiting: Waiting) -> Result<Went, Failure> {
    let (mut left, mut running, mut went) = (VecDeque::new(), JoinSet::new(), Ok(Went::On));
    loop {
        while running.len() < ABREAST && matches!(went, Ok(Went::On)) && !enterprise.is_stopping() {
            if left.is_empty() {
                match waiting.next(enterprise).await {
                    Ok(tasks) => left.extend(batches(tasks)),
                    Err(failure) => went = Err(failure),
                }
            }
            let Some(batch) = left.pop_front() else { break };
            let enterprise = enterprise.clone();
            running.spawn(async move { fetch(&enterprise, batch).await });
        }
        let Some(done) = running.join_next().await else { return went };
        let done = joined(done);
        // What is under way is still recorded; nothing more is asked.
        if !matches!(done, Ok(Went::On)) && matches!(went, Ok(Went::On)) {
            went = done;
        }
    }
}

/// Parts that each fit into one request.
fn batches(tasks: Vec<Task>) -> Vec<Vec<Task>> {
    let (mut batches, mut bytes) = (Vec::<Vec<Task>>::new(), 0);
    for task in tasks {
        let size = task.application.packet.len() + AROUND_BYTES;
        match batches.last_mut() {
            Some(batch) if batch.len() < ASKED && bytes + size <= BATCH_BYTES => {
                batch.push(task);
                bytes += size;
            }
            _ => {
                batches.push(vec![task]);
                bytes = size;
            }
        }
    }
    batches
}

/// Asks for the vouchers of one request, and records what came of each.
async fn fetch(enterprise: &Arc<Enterprise>, tasks: Vec<Task>) -> Result<Went, Failure> {
    let Some(bank) = tasks.first().map(|task| task.bank.clone()) else { return Ok(Went::On) };
    let request = Batch { applications: tasks.iter().map(|task| task.application.clone()).collect() };
    let party = &enterprise.party;
    let answer = party.post_long::<BatchAnswer>(&bank, routes::VOUCHER_BATCH, &request, MAX_BATCH_BYTES).await;
    drop(request);
    if let Some(voucher) = answer.as_ref().ok().and_then(newest_voucher) {
        // What fails here fails again below, for each packet by itself.
        let _ = banks::keys_for(enterprise, &bank, voucher).await;
    }
    let keys = party.store.read(move |tx| banks::pinned(tx, &bank)).await;
    let outcomes = tokio::task::spawn_blocking(move || outcomes(tasks, answer, keys)).await;
    let outcomes = outcomes.map_err(|_| StoreError::Other("the bank's answers could not be judged".into()))?;
    record(enterprise, outcomes).await
}

/// The last voucher of an answer: where a bank changed its keys, one that was issued before bears the older.
fn newest_voucher(answer: &BatchAnswer) -> Option<&str> {
    answer.answers.iter().rev().find_map(|answer| match answer {
        Answered::Voucher(compact) => Some(compact.as_str()),
        Answered::Problem(_) => None,
    })
}

/// What came of one packet's application: a voucher that holds, or why there is none.
struct Answer {
    task: Task,
    voucher: Result<Voucher, CallError>,
}

/// The part that needs no register, and most of the time: reading the vouchers and checking their signatures.
fn outcomes(
    tasks: Vec<Task>,
    answer: Result<BatchAnswer, CallError>,
    keys: Result<Option<BankKeys>, StoreError>,
) -> Vec<Answer> {
    let keys = keys.map(Option::unwrap_or_default).map_err(|fault| CallError::Broken(fault.to_string()));
    let all = answer.and_then(|answer| keys.map(|keys| (answer.answers, keys)));
    let (answers, keys) = match all {
        Ok((answers, keys)) if answers.len() == tasks.len() => (answers, keys),
        other => {
            let error = other.err().unwrap_or_else(|| CallError::Broken("it answered others than were asked".into()));
            return tasks.into_iter().map(|task| Answer { task, voucher: Err(error.clone()) }).collect();
        }
    };
    let judge = |(task, answer): (Task, Answered)| Answer { voucher: judge(&task, answer, &keys), task };
    tasks.into_iter().zip(answers).map(judge).collect()
}

fn judge(task: &Task, answer: Answered, keys: &BankKeys) -> Result<Voucher, CallError> {
    match answer {
        Answered::Voucher(compact) => check(task, &compact, keys).map_err(CallError::Broken),
        Answered::Problem(document) => Err(Problem::of_member(&document)
            .map_or_else(|| CallError::Broken("a refusal without a reason".into()), CallError::told)),
    }
}

/// Records what came of several applications in one decision, and wakes whoever waits for what arrived.
async fn record(enterprise: &Arc<Enterprise>, outcomes: Vec<Answer>) -> Result<Went, Failure> {
    let party = enterprise.party.clone();
    let decision = move |tx: &mut Tx<'_>| -> Result<(Went, Vec<Arrival>), StoreError> {
        let (mut away, mut arrivals, now) = (None, Vec::new(), party.now());
        // A new voucher has news soon: its feed is read often again.
        if let Some(answer) = outcomes.iter().find(|answer| answer.voucher.is_ok()) {
            let lively = "UPDATE bank SET feed_changed = ?2 WHERE origin = ?1";
            tx.execute(lively, &values![answer.task.bank.as_str(), now])?;
        }
        // A savepoint for each costs as much as its rows: only where one makes trouble is each done apart.
        if let Ok(all) = tx.apart(|tx| accept_all(tx, &outcomes, now)) {
            return Ok((Went::On, all));
        }
        for outcome in outcomes {
            let at = retry_at(&party, outcome.task.attempts);
            match record_one(tx, &outcome, at, now)? {
                (Went::BankAway, _) => away = Some((outcome.task.bank, at)),
                (Went::On, arrival) => arrivals.extend(arrival),
            }
        }
        if let Some((bank, at)) = &away {
            put_off_others(tx, bank, *at)?;
        }
        Ok((if away.is_some() { Went::BankAway } else { Went::On }, arrivals))
    };
    let (went, arrivals) = enterprise.party.store.decide(decision).await?;
    for arrival in arrivals {
        enterprise.arrivals.tell(arrival);
    }
    Ok(went)
}

/// What arrived when every one has its voucher.
fn accept_all(tx: &mut Tx<'_>, outcomes: &[Answer], now: i64) -> Result<Vec<Arrival>, StoreError> {
    let mut arrivals = Vec::new();
    for Answer { task, voucher } in outcomes {
        let voucher = voucher.as_ref().map_err(|error| StoreError::Other(error.to_string()))?;
        arrivals.extend(accept(tx, task, voucher, now)?);
    }
    Ok(arrivals)
}

/// One packet that cannot be done does not hold up the others.
fn record_one(tx: &mut Tx<'_>, outcome: &Answer, at: i64, now: i64) -> Result<(Went, Option<Arrival>), StoreError> {
    let task = &outcome.task;
    let voucher = match &outcome.voucher {
        Ok(voucher) => voucher,
        Err(error) => return Ok((put_off(tx, task, error, at)?, None)),
    };
    match tx.apart(|tx| accept(tx, task, voucher, now)) {
        Ok(arrival) => Ok((Went::On, arrival)),
        Err(fault) => {
            tracing::error!(packet = task.id, %fault, "a voucher could not be kept and is asked for again");
            Ok((put_off(tx, task, &CallError::Broken(fault.to_string()), at)?, None))
        }
    }
}

/// Stores a voucher that holds; the packet is issued and, when it is for one client, in that client's inbox.
///
/// # Errors
/// [`StoreError`] also when the bank gave this number to another packet.
fn accept(tx: &mut Tx<'_>, task: &Task, voucher: &Voucher, now: i64) -> Result<Option<Arrival>, StoreError> {
    let issued = "UPDATE packet SET state = 'issued', reason = NULL, issued_at = ?2 WHERE id = ?1 AND state = 'signed'";
    if tx.execute(issued, &values![&task.id, now])? == 0 {
        return Ok(None);
    }
    let kept = tx.execute(
        // The bank's feed may have told the voucher's end before the voucher itself arrived.
        "INSERT INTO voucher (packet, bank, number, jws, received, finished) VALUES (?1, ?2, ?3, ?4, ?5, \
         CASE WHEN EXISTS (SELECT 1 FROM feed WHERE packet = ?1 AND bank = ?2 \
                           AND kind IN ('paid', 'returned', 'withdrawn')) THEN 1 ELSE 0 END) ON CONFLICT DO NOTHING",
        &values![&task.id, task.bank.as_str(), &voucher.claims.number, voucher.jws.as_str(), now],
    )?;
    if kept == 0 {
        return Err(StoreError::Other("the voucher's number is another packet's".into()));
    }
    // A bank that was put back from a copy may have told of one that it signed, lost before it was here, and signed anew.
    let other = "DELETE FROM feed WHERE packet = ?1 AND bank = ?2 AND kind = 'issued' AND voucher <> ?3";
    tx.execute(other, &values![&task.id, task.bank.as_str(), &voucher.claims.number])?;
    let Some(client) = task.to else { return Ok(None) };
    let reward_for = if task.is_reward { Some(delivered(tx, &task.id, now)?) } else { None };
    let kind = if task.is_reward { ItemKind::Reward } else { ItemKind::Packet };
    let head = voucher.claims.packet;
    inbox::put(tx, Delivery { client, kind, head, file: None, reward_for }, now)
}

fn delivered(tx: &mut Tx<'_>, packet: &str, now: i64) -> Result<RewardFor, StoreError> {
    let row = tx.one(
        "UPDATE reward SET state = 'delivered', reason = NULL, delivered_at = ?2 WHERE made = ?1 \
         RETURNING packet, opener, show_opener",
        &values![packet, now],
    )?;
    let opener = if row.flag("show_opener")? { Some(stored::parsed(&row, "opener")?) } else { None };
    Ok(RewardFor { packet: stored::parsed(&row, "packet")?, opener })
}

/// A bank's mistake is told as text; the voucher is asked for again.
fn check(task: &Task, compact: &str, bank: &BankKeys) -> Result<Voucher, String> {
    let voucher = Voucher::read(compact).map_err(|e| e.to_string())?;
    let packet = Packet::read(&task.application.packet).map_err(|e| e.to_string())?;
    let fund = match &task.application.source {
        Source::Fund(fund) => Some(fund),
        Source::Account(_) => None,
    };
    if voucher.claims.fund.as_ref() != fund {
        return Err("the voucher was drawn from elsewhere".into());
    }
    let trust = Trust { banks: [(task.bank.clone(), bank.clone())].into(), ..Trust::default() };
    let file = PacketFile { packet, voucher: Some(voucher.clone()), hops: Vec::new(), note: None, media: Vec::new() };
    let report = verify(&file, &trust);
    for kind in [CheckKind::VoucherSignature, CheckKind::VoucherMatch] {
        if report.outcome(kind) != Some(Outcome::Passed) {
            return Err(format!("the voucher does not hold ({kind:?})"));
        }
    }
    Ok(voucher)
}

/// Records that there is no voucher yet: for good when the bank refused, else until `at`.
fn put_off(tx: &mut Tx<'_>, task: &Task, error: &CallError, at: i64) -> Result<Went, StoreError> {
    let why = reason(error);
    if let CallError::Refused(_) = error {
        tracing::warn!(packet = task.id, why, "the bank refused a voucher");
        let held = "UPDATE packet SET state = 'held', reason = ?2 WHERE id = ?1 AND state = 'signed'";
        tx.execute(held, &values![&task.id, &why])?;
        let held = "UPDATE reward SET state = 'held', reason = ?2 WHERE made = ?1 AND state = 'made'";
        tx.execute(held, &values![&task.id, &why])?;
        return Ok(Went::On);
    }
    let later =
        "UPDATE packet SET attempts = attempts + 1, next_ms = ?2, reason = ?3 WHERE id = ?1 AND state = 'signed'";
    tx.execute(later, &values![&task.id, at, why])?;
    Ok(if matches!(error, CallError::Broken(_)) { Went::On } else { Went::BankAway })
}

/// Whoever cannot answer some cannot answer the others either.
fn put_off_others(tx: &mut Tx<'_>, bank: &Origin, at: i64) -> Result<(), StoreError> {
    let others = "UPDATE packet SET next_ms = ?2 WHERE bank = ?1 AND state = 'signed' AND next_ms < ?2";
    tx.execute(others, &values![bank.as_str(), at]).map(drop)
}

/// Puts everything that a bank refused back to work, after the operator put the reason right. A campaign asks again
/// with the id of its first request, so a fund that was frozen after all is found and not frozen twice.
pub(super) async fn retry_refused(enterprise: &Enterprise) -> Result<Retried, Failure> {
    let now = enterprise.party.now();
    let decision = move |tx: &mut Tx<'_>| -> Result<Retried, StoreError> {
        tx.execute("UPDATE reward SET state = 'made', reason = NULL WHERE state = 'held' AND made IS NOT NULL", &[])?;
        let packets =
            tx.execute("UPDATE packet SET state = 'signed', attempts = 0, next_ms = 0 WHERE state = 'held'", &[])?;
        let drafts = "UPDATE campaign SET state = 'draft', reason = NULL, attempts = 0, next_ms = 0 \
                      WHERE state = 'failed' AND standing = 'running' RETURNING id";
        let drafts = tx.rows(drafts, &[])?;
        for row in &drafts {
            standing::note(tx, row.text("id")?, standing::OPERATOR, Some("failed"), "draft", Some("retry"), now)?;
        }
        Ok(Retried { packets, campaigns: drafts.len() as u64 })
    };
    let retried = enterprise.party.store.decide(decision).await?;
    enterprise.wake.wake();
    Ok(retried)
}
