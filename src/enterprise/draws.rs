//! Draws of lucky shares: fetched from the bank before packets are signed with them. What was fetched is kept until it is used,
//! and used once, whatever is killed in between.

use uuid::Uuid;

use super::failure::{Failure, reason};
use super::{Enterprise, stored};
use crate::api::draw::{DrawAnswer, DrawRequest, MAX_AT_ONCE};
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::jose::Digest;
use crate::packet::Origin;
use crate::party::CallError;
use crate::store::{StoreError, Tx, values};

/// So many unused draws of a bank, in the order in which it gave them; none when there are fewer.
pub(super) fn unused(tx: &mut Tx<'_>, bank: &Origin, count: u32) -> Result<Option<Vec<Digest>>, StoreError> {
    let sql = "SELECT draw FROM draw WHERE bank = ?1 AND packet IS NULL ORDER BY request, n LIMIT ?2";
    let rows = tx.rows(sql, &values![bank.as_str(), count])?;
    let draws: Vec<Digest> = rows.iter().map(|row| stored::parsed(row, "draw")).collect::<Result<_, _>>()?;
    Ok((u32::try_from(draws.len()) == Ok(count)).then_some(draws))
}

/// Notes which packet was signed with a draw.
pub(super) fn spend(tx: &mut Tx<'_>, draw: &Digest, packet: &Digest) -> Result<(), StoreError> {
    let sql = "UPDATE draw SET packet = ?2 WHERE draw = ?1 AND packet IS NULL";
    let spent = tx.execute(sql, &values![draw.to_string(), packet.to_string()])?;
    if spent == 1 { Ok(()) } else { Err(stored::strange("draw")) }
}

/// Asks the bank until there are so many unused draws of it.
///
/// # Errors
/// `draws-refused` when the bank says no, `unavailable` when it does not answer; what it gave before is kept.
pub(super) async fn fetch(enterprise: &Enterprise, bank: &Origin, count: u32) -> Result<(), Failure> {
    let party = &enterprise.party;
    loop {
        let (from, id, now) = (bank.clone(), party.uuid(), party.now());
        let next = party.store.decide(move |tx| next(tx, &from, count, id, now)).await?;
        let Some(request) = next else { return Ok(()) };
        let answer: DrawAnswer = party.post(bank, routes::DRAWS, &request).await.map_err(|e| no_draws(&e))?;
        let (from, now) = (bank.clone(), party.now());
        party.store.decide(move |tx| keep(tx, &from, &request, &answer, now)).await?;
    }
}

/// The next request: one that was not answered yet, or a new one for what is missing.
fn next(tx: &mut Tx<'_>, bank: &Origin, count: u32, id: Uuid, now: i64) -> Result<Option<DrawRequest>, StoreError> {
    let open = "SELECT id, count FROM draw_request WHERE bank = ?1 AND answered_at IS NULL ORDER BY at, id LIMIT 1";
    if let Some(row) = tx.first(open, &values![bank.as_str()])? {
        return Ok(Some(DrawRequest { request: stored::parsed(&row, "id")?, count: stored::small(&row, "count")? }));
    }
    let kept = "SELECT COUNT(*) AS kept FROM draw WHERE bank = ?1 AND packet IS NULL";
    let missing = count.saturating_sub(stored::small(&tx.one(kept, &values![bank.as_str()])?, "kept")?);
    if missing == 0 {
        return Ok(None);
    }
    let request = DrawRequest { request: id, count: missing.min(MAX_AT_ONCE) };
    let new = "INSERT INTO draw_request (id, bank, count, at) VALUES (?1, ?2, ?3, ?4)";
    tx.execute(new, &values![id.to_string(), bank.as_str(), request.count, now])?;
    Ok(Some(request))
}

/// Keeps the answer to a request, once.
fn keep(tx: &mut Tx<'_>, bank: &Origin, request: &DrawRequest, answer: &DrawAnswer, now: i64) -> Result<(), Failure> {
    let id = request.request.to_string();
    let answered = "UPDATE draw_request SET answered_at = ?2 WHERE id = ?1 AND answered_at IS NULL";
    if tx.execute(answered, &values![&id, now])? == 0 {
        return Ok(());
    }
    if u32::try_from(answer.draws.len()) != Ok(request.count) {
        return Err(no_draws(&CallError::Broken("not as many as were asked for".into())));
    }
    for (n, draw) in (1_i64..).zip(&answer.draws) {
        let new = "INSERT INTO draw (draw, bank, request, n) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
        if tx.execute(new, &values![draw.to_string(), bank.as_str(), &id, n])? == 0 {
            return Err(no_draws(&CallError::Broken("one of them was given before".into())));
        }
    }
    Ok(())
}

fn no_draws(error: &CallError) -> Failure {
    let detail = format!("The bank gave no draws for lucky shares: {}", reason(error));
    if let CallError::Uncertain(_) | CallError::Unavailable(_) = error {
        let problem = Problem::general(General::Unavailable, detail);
        return problem.with_next("Send the same request again; nothing was issued.").into();
    }
    let next = "Put that right with the bank, then send the same request again; nothing was issued.";
    Failure::refused("draws-refused", 409, "The bank gives no draws", &detail, next)
}
