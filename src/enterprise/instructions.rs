//! Taking back what nobody collected, or having it paid for longer: the operator's wish is on disk, message by message,
//! before a bank hears of it, and each message is sent under its one id until the bank has answered.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::admin::{InstructPackets, Instructed, InstructedPacket};
use super::failure::{Failure, reason};
use super::{Enterprise, banks, campaigns, goods, issuing, retry_at, stored};
use crate::api::instruction::{
    self, InstructionAnswer, InstructionClaims, InstructionRequest, Kind, MAX_PACKETS, OutcomeClaims,
};
use crate::api::routes;
use crate::api::states::InstructionResult;
use crate::clock::rfc3339;
use crate::jose::{Digest, KeySet};
use crate::money::Amount;
use crate::packet::{Origin, text};
use crate::party::changes::{self, Change};
use crate::party::{CallError, Party};
use crate::store::{Row, StoreError, Tx, Value, values};

/// How long a request waits for the bank; the rest is for the background.
const PATIENCE: Duration = Duration::from_secs(20);
/// What is said of a packet that has no voucher to instruct about: not yet, or never, as of goods alone. Those are never promised as
/// revocable, which is what is said when they are to be withdrawn.
const NOT_ISSUED: &str = "not-issued";

/// Has vouchers withdrawn or extended, or says how far an earlier request of the same id has come.
pub(super) async fn instruct(enterprise: &Arc<Enterprise>, wish: InstructPackets) -> Result<Instructed, Failure> {
    let (request, party) = (wish.request.to_string(), enterprise.party.clone());
    check(&wish)?;
    enterprise.party.store.decide(move |tx| decide(tx, &party, &wish)).await?;
    // What is cut off when the time is up is sent again by the background; the bank answers the same.
    let sent = tokio::time::timeout(PATIENCE, send_request(enterprise, &request)).await;
    sent.unwrap_or(Ok(()))?;
    enterprise.wake.wake();
    enterprise.feed_wake.wake();
    show(enterprise, request).await
}

fn check(wish: &InstructPackets) -> Result<(), Failure> {
    let bad = |detail: &str| {
        let next = "Name a campaign, perhaps with serial numbers, or one packet; and say why.";
        Err(Failure::refused("bad-request", 400, "This cannot be instructed", detail, next))
    };
    if wish.campaign.is_none() && wish.packet.is_none() {
        return bad("Neither a campaign nor a packet is named.");
    }
    if wish.serials.is_some_and(|serials| serials.from > serials.to) {
        return bad("The serial numbers count down.");
    }
    if let Err(error) = text::NOTE.check(&wish.reason) {
        return bad(&format!("The reason: {error}."));
    }
    Ok(())
}

/// The decision: which packets, in which messages. Nothing is sent yet.
fn decide(tx: &mut Tx<'_>, party: &Party, wish: &InstructPackets) -> Result<(), Failure> {
    let (request, terms) = (wish.request.to_string(), stored::to_json(wish)?);
    let known = tx.first("SELECT terms FROM instruction_request WHERE request = ?1", &values![&request])?;
    if let Some(row) = known {
        return if row.text("terms")? == terms { Ok(()) } else { Err(issuing::other_request()) };
    }
    let chosen = chosen(tx, wish)?;
    let now = party.now();
    let sql = "INSERT INTO instruction_request (request, terms, at) VALUES (?1, ?2, ?3)";
    tx.execute(sql, &values![&request, terms, now])?;
    let mut by_bank: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in &chosen {
        if row.opt_text("number")?.is_some() {
            by_bank.entry(row.text("bank")?.to_owned()).or_default().push(row);
        } else {
            let is_kept = wish.extend_seconds.is_none() && row.text("state")? == "issued";
            let why = if is_kept { InstructionResult::NotRevocable.as_str() } else { NOT_ISSUED };
            note(tx, &request, row, None, 0, Some(why))?;
        }
    }
    let until = wish.extend_seconds.map(|seconds| now.saturating_add(i64::from(seconds)));
    for (bank, packets) in by_bank {
        for packets in packets.chunks(MAX_PACKETS) {
            message(tx, party, (&request, wish, until), &bank, packets)?;
        }
    }
    Ok(())
}

/// The packets that a wish names, in order of their serial numbers. A reward is never among them: it was earned.
fn chosen(tx: &mut Tx<'_>, wish: &InstructPackets) -> Result<Vec<Row>, Failure> {
    if let Some(campaign) = &wish.campaign {
        campaigns::load(tx, campaign)?.ok_or_else(campaigns::unknown)?;
    }
    let mut sql =
        "SELECT packet.id AS id, packet.bank AS bank, packet.state AS state, voucher.number AS number FROM packet \
                   LEFT JOIN voucher ON voucher.packet = packet.id WHERE packet.kind = 'first'"
            .to_owned();
    let mut named: Vec<Value> = Vec::new();
    let mut only = |condition: &str, value: Value| {
        named.push(value);
        sql.push_str(&format!(" AND {condition} ?{}", named.len()));
    };
    if let Some(campaign) = &wish.campaign {
        only("packet.campaign =", campaign.as_str().into());
    }
    if let Some(packet) = &wish.packet {
        only("packet.id =", packet.to_string().into());
    }
    if let Some(serials) = &wish.serials {
        only("packet.serial >=", i64::try_from(serials.from).unwrap_or(i64::MAX).into());
        only("packet.serial <=", i64::try_from(serials.to).unwrap_or(i64::MAX).into());
    }
    sql.push_str(" ORDER BY packet.serial");
    let rows = tx.rows(&sql, &named)?;
    if rows.is_empty() {
        let next = "`hongbao-server stats` shows the packets there are.";
        let detail = "No packet of the campaign fits; rewards cannot be named.";
        return Err(Failure::refused("not-found", 404, "There is no such packet", detail, next));
    }
    Ok(rows)
}

fn message(
    tx: &mut Tx<'_>,
    party: &Party,
    (request, wish, until): (&str, &InstructPackets, Option<i64>),
    bank: &str,
    packets: &[&Row],
) -> Result<(), StoreError> {
    let id = party.uuid().to_string();
    let kind = if until.is_some() { Kind::Extend } else { Kind::Withdraw };
    tx.execute(
        "INSERT INTO instruction (id, request, kind, bank, reason, until, at, state) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'waiting')",
        &values![&id, request, kind.as_str(), bank, &wish.reason, until, party.now()],
    )?;
    for (place, row) in (0_i64..).zip(packets) {
        note(tx, request, row, Some(&id), place, None)?;
    }
    Ok(())
}

fn note(
    tx: &mut Tx<'_>,
    request: &str,
    packet: &Row,
    instruction: Option<&str>,
    place: i64,
    result: Option<&str>,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO instructed (request, packet, instruction, place, result) VALUES (?1, ?2, ?3, ?4, ?5)";
    tx.execute(sql, &values![request, packet.text("id")?, instruction, place, result]).map(drop)
}

/// A message that no bank has answered yet.
struct Task {
    id: Uuid,
    kind: Kind,
    bank: Origin,
    reason: String,
    until: Option<i64>,
    packets: Vec<Digest>,
    attempts: u32,
}

fn task(tx: &mut Tx<'_>, row: &Row) -> Result<Task, StoreError> {
    let packets =
        tx.rows("SELECT packet FROM instructed WHERE instruction = ?1 ORDER BY place", &values![row.text("id")?])?;
    Ok(Task {
        id: stored::parsed(row, "id")?,
        kind: stored::parsed(row, "kind")?,
        bank: stored::origin(row, "bank")?,
        reason: row.text("reason")?.to_owned(),
        until: row.opt_int("until")?,
        packets: packets.iter().map(|row| stored::parsed(row, "packet")).collect::<Result<_, _>>()?,
        attempts: stored::small(row, "attempts")?,
    })
}

async fn send_request(enterprise: &Arc<Enterprise>, request: &str) -> Result<(), Failure> {
    while !enterprise.is_stopping() {
        let wanted = request.to_owned();
        let query = move |tx: &mut Tx<'_>| -> Result<Option<Task>, StoreError> {
            let sql =
                "SELECT * FROM instruction WHERE request = ?1 AND state = 'waiting' ORDER BY attempts, id LIMIT 1";
            tx.first(sql, &values![wanted])?.as_ref().map(|row| task(tx, row)).transpose()
        };
        let Some(task) = enterprise.party.store.read(query).await? else { break };
        if !send(enterprise, task).await? {
            break;
        }
    }
    Ok(())
}

/// Sends what is due, bank by bank; one that is away holds up only itself.
pub(super) async fn send_due(enterprise: &Arc<Enterprise>, now_ms: i64) -> Result<(), Failure> {
    let banks = "SELECT DISTINCT bank FROM instruction WHERE state = 'waiting' AND next_ms <= ?1";
    let query = move |tx: &mut Tx<'_>| -> Result<Vec<String>, StoreError> {
        tx.rows(banks, &values![now_ms])?.iter().map(|row| Ok(row.text("bank")?.to_owned())).collect()
    };
    let mut all = Ok(());
    for bank in enterprise.party.store.read(query).await? {
        all = all.and(send_due_to(enterprise, &bank, now_ms).await);
    }
    all
}

async fn send_due_to(enterprise: &Arc<Enterprise>, bank: &str, now_ms: i64) -> Result<(), Failure> {
    while !enterprise.is_stopping() {
        let bank = bank.to_owned();
        let query = move |tx: &mut Tx<'_>| -> Result<Option<Task>, StoreError> {
            let sql = "SELECT * FROM instruction WHERE bank = ?1 AND state = 'waiting' AND next_ms <= ?2 \
                       ORDER BY next_ms, id LIMIT 1";
            tx.first(sql, &values![bank, now_ms])?.as_ref().map(|row| task(tx, row)).transpose()
        };
        let Some(task) = enterprise.party.store.read(query).await? else { break };
        if !send(enterprise, task).await? {
            break;
        }
    }
    Ok(())
}

/// Sends one message, signed now, and keeps the answer; false when the bank cannot answer now.
async fn send(enterprise: &Arc<Enterprise>, task: Task) -> Result<bool, Failure> {
    let party = enterprise.party.clone();
    let request = InstructionRequest { instruction: sign(&party, &task)? };
    let answer = party.post::<InstructionAnswer>(&task.bank, routes::INSTRUCTIONS, &request).await;
    let answer = match answer {
        Ok(answer) => {
            let keys = banks::keys_for(enterprise, &task.bank, &answer.outcome).await?;
            judge(&party.origin, &task, answer, &keys)
        }
        Err(error) => Err(error),
    };
    let (again, now) = (retry_at(&party, task.attempts), party.now());
    Ok(party.store.decide(move |tx| keep(tx, &task, answer, again, now)).await?)
}

/// A message that was sent before, by its row, signed again.
pub(super) fn signed(tx: &mut Tx<'_>, party: &Party, row: &Row) -> Result<String, Failure> {
    sign(party, &task(tx, row)?)
}

fn sign(party: &Party, task: &Task) -> Result<String, Failure> {
    let claims = InstructionClaims {
        iss: party.origin.clone(),
        aud: task.bank.clone(),
        jti: task.id,
        iat: party.now(),
        packets: task.packets.clone(),
        reason: task.reason.clone(),
        until: task.until,
    };
    Ok(party.sign(task.kind.typ(), &claims)?.as_str().to_owned())
}

/// A bank's signed outcome, read and word for word.
type Outcome = (OutcomeClaims, String);

fn judge(own: &Origin, task: &Task, answer: InstructionAnswer, keys: &KeySet) -> Result<Outcome, CallError> {
    let asked = (task.id, task.kind, task.packets.as_slice());
    let claims = instruction::read_outcome(&answer.outcome, (&task.bank, keys), own, asked);
    claims.map(|claims| (claims, answer.outcome)).map_err(|why| CallError::Broken(why.to_string()))
}

fn keep(
    tx: &mut Tx<'_>,
    task: &Task,
    outcome: Result<Outcome, CallError>,
    again_ms: i64,
    now: i64,
) -> Result<bool, StoreError> {
    let waiting = "WHERE id = ?1 AND state = 'waiting'";
    let id = task.id.to_string();
    match outcome {
        Ok((claims, outcome)) => {
            let sql = format!("UPDATE instruction SET state = 'answered', outcome = ?2, problem = NULL {waiting}");
            if tx.execute(&sql, &values![&id, outcome])? > 0 {
                keep_results(tx, task, &claims, now)?;
            }
            Ok(true)
        }
        Err(error @ CallError::Refused(_)) => {
            let sql = format!("UPDATE instruction SET state = 'refused', problem = ?2 {waiting}");
            tx.execute(&sql, &values![&id, reason(&error)])?;
            Ok(true)
        }
        Err(error) => {
            let sql = "UPDATE instruction SET attempts = attempts + 1, next_ms = ?2, problem = ?3";
            tx.execute(&format!("{sql} {waiting}"), &values![&id, again_ms, reason(&error)])?;
            Ok(false)
        }
    }
}

fn keep_results(tx: &mut Tx<'_>, task: &Task, claims: &OutcomeClaims, now: i64) -> Result<(), StoreError> {
    for result in &claims.results {
        let packet = result.packet.to_string();
        let sql = "UPDATE instructed SET result = ?3, amount = ?4, until = ?5 WHERE instruction = ?1 AND packet = ?2";
        let amount = result.amount.map(|amount| amount.minor);
        tx.execute(sql, &values![task.id.to_string(), &packet, result.result.as_str(), amount, result.until])?;
        if let (InstructionResult::Extended, Some(until)) = (result.result, result.until) {
            goods::extended(tx, &packet, until)?;
        }
        let end = result.until.map(rfc3339);
        let (subject, after) = match (result.result, &end) {
            (InstructionResult::Withdrawn, _) => ("packet", "withdrawn"),
            (InstructionResult::Extended, Some(end)) => ("packet-end", end.as_str()),
            _ => continue,
        };
        let reason = Some(task.reason.as_str());
        changes::record(tx, &Change { subject, id: &packet, actor: "operator", before: None, after, reason }, now)?;
    }
    Ok(())
}

async fn show(enterprise: &Enterprise, request: String) -> Result<Instructed, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<Instructed, StoreError> {
        let sql = "SELECT packet.serial, packet.id, packet.currency, instructed.result, instructed.amount, \
                   instructed.until, instruction.state, instruction.problem FROM instructed \
                   JOIN packet ON packet.id = instructed.packet \
                   LEFT JOIN instruction ON instruction.id = instructed.instruction \
                   WHERE instructed.request = ?1 ORDER BY packet.serial";
        let rows = tx.rows(sql, &values![&request])?;
        let packets = rows.iter().map(shown).collect::<Result<Vec<_>, StoreError>>()?;
        let mut results = BTreeMap::new();
        for packet in &packets {
            *results.entry(packet.result.clone()).or_default() += 1;
        }
        Ok(Instructed { request: request.parse().map_err(|_| stored::strange("request"))?, results, packets })
    };
    Ok(enterprise.party.store.read(query).await?)
}

fn shown(row: &Row) -> Result<InstructedPacket, StoreError> {
    let currency = stored::parsed(row, "currency")?;
    let result = row.opt_text("result")?.or(row.opt_text("state")?).unwrap_or(NOT_ISSUED).to_owned();
    Ok(InstructedPacket {
        serial: stored::count(row, "serial")?,
        id: stored::parsed(row, "id")?,
        result,
        amount: row.opt_int("amount")?.map(|minor| Amount::new(minor, currency)),
        until: row.opt_int("until")?.map(rfc3339),
        problem: row.opt_text("problem")?.map(str::to_owned),
    })
}
