//! Collecting goods: one decision per request. First commit wins, each client once; whoever has collected is answered word
//! for word the same, and with the same code, however often the request is repeated.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ledger::{self, Move, Why};
use super::{CODE_SECONDS, GRACE_SECONDS, Secrets};
use crate::api::Refusal;
use crate::api::goods::{
    self, GoodsAnswer, GoodsAnswerClaims, GoodsRequest, GoodsResult, GoodsStatus, GoodsStep, JudgedGoods,
};
use crate::api::problem::{General, Problem};
use crate::api::states::{GoodsState, RefusalReason};
use crate::enterprise::failure::Failure;
use crate::enterprise::{Enterprise, notices, rewards, stored};
use crate::jose::{ClientId, Digest, Typ, json};
use crate::packet::claims::reward_for;
use crate::party::Party;
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx, values};

/// What the collector signed, kept for audits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::enterprise) struct Evidence {
    pub(in crate::enterprise) collect: String,
    pub(in crate::enterprise) hops: Vec<String>,
}

/// Judges a request for goods, decides, and answers when all of it is on disk.
pub(in crate::enterprise) async fn collect(enterprise: &Arc<Enterprise>, body: &[u8]) -> Result<GoodsAnswer, Failure> {
    let party = enterprise.party.clone();
    let now = party.now();
    let judged = goods::judge(body, &party.origin, &enterprise.keys, now)?;
    let request: GoodsRequest = json::read(body).map_err(Refusal::from)?;
    let evidence = Evidence { collect: request.collect, hops: request.hops };
    let secrets = enterprise.secrets.clone();
    let decision = move |tx: &mut Tx<'_>| decide(tx, &party, &secrets, &judged, &evidence, now);
    let (answer, owes) = enterprise.party.store.decide(decision).await?;
    if owes {
        // A forwarder's reward waited for this.
        enterprise.wake.wake();
    }
    Ok(answer)
}

/// The decision, and whether a reward became owed by it.
fn decide(
    tx: &mut Tx<'_>,
    party: &Party,
    secrets: &Secrets,
    judged: &JudgedGoods,
    evidence: &Evidence,
    now: i64,
) -> Result<(GoodsAnswer, bool), Failure> {
    if let Some(answer) = known(tx, secrets, judged)? {
        return Ok((answer, false));
    }
    let id = judged.packet.id().to_string();
    let sql = "SELECT goods_packet.* FROM goods_packet JOIN packet ON packet.id = goods_packet.packet \
               WHERE goods_packet.packet = ?1 AND packet.state = 'issued'";
    let row = tx.first(sql, &values![id])?.ok_or_else(notices::unknown_packet)?;
    match next_share(tx, &row, &judged.client, now)? {
        Ok(share) => give(tx, party, secrets, judged, evidence, (&row, share), now),
        Err(reason) => Ok((refuse(party, judged, reason, now)?, false)),
    }
}

/// The answer to a request that was answered before.
fn known(tx: &mut Tx<'_>, secrets: &Secrets, judged: &JudgedGoods) -> Result<Option<GoodsAnswer>, Failure> {
    let (id, packet) = (judged.claims.jti, judged.packet.id());
    let sql = "SELECT packet, client, answer FROM goods_collection WHERE id = ?1";
    let Some(row) = tx.first(sql, &values![id.to_string()])? else { return Ok(None) };
    if row.text("packet")? != packet.to_string() || row.text("client")? != judged.client.to_string() {
        let detail = "This collection's id was used before, for something else.";
        return Err(Failure::refused("id-reused", 409, "Another collection has this id", detail, "Collect again."));
    }
    let code = secrets.code(id, &packet, &judged.client);
    Ok(Some(GoodsAnswer { answer: row.text("answer")?.to_owned(), code: Some(code) }))
}

/// Which share of a packet a client would get now, or why none.
fn next_share(
    tx: &mut Tx<'_>,
    packet: &Row,
    client: &ClientId,
    now: i64,
) -> Result<Result<u32, RefusalReason>, StoreError> {
    let id = packet.text("packet")?;
    let mine = "SELECT 1 AS mine FROM goods_collection WHERE packet = ?1 AND client = ?2";
    if tx.first(mine, &values![id, client.to_string()])?.is_some() {
        return Ok(Err(RefusalReason::AlreadyCollected));
    }
    if now < packet.int("opens")? {
        return Ok(Err(RefusalReason::NotYetValid));
    }
    let taken = tx.one("SELECT COUNT(*) AS taken FROM goods_collection WHERE packet = ?1", &values![id])?;
    let taken = stored::small(&taken, "taken")?;
    if taken >= stored::small(packet, "shares")? {
        return Ok(Err(RefusalReason::AllSharesCollected));
    }
    // What has ended is in stock again, whatever the clock says now.
    if now > packet.int("expires")?.saturating_add(GRACE_SECONDS) || packet.flag("ended")? {
        return Ok(Err(RefusalReason::Expired));
    }
    Ok(Ok(taken + 1))
}

/// Gives a share: the units, the signed answer, the code.
fn give(
    tx: &mut Tx<'_>,
    party: &Party,
    secrets: &Secrets,
    judged: &JudgedGoods,
    evidence: &Evidence,
    (row, share): (&Row, u32),
    now: i64,
) -> Result<(GoodsAnswer, bool), Failure> {
    let (id, packet, client) = (judged.claims.jti.to_string(), judged.packet.id(), judged.client);
    let code = secrets.code(judged.claims.jti, &packet, &client);
    let until = row.int("expires")?.max(now.saturating_add(CODE_SECONDS));
    let claims = GoodsAnswerClaims {
        share: Some(share),
        code: Some(code.digest()),
        until: Some(until),
        ..answer(party, judged, GoodsResult::Collected, now)
    };
    let answer = party.sign(Typ::Goods, &claims)?.as_str().to_owned();
    let reward = reward_for(&packet, &client);
    let (address, salt) = judged.address.as_ref().map(|(address, salt)| (address.as_str(), salt.as_str())).unzip();
    tx.execute(
        "INSERT INTO goods_collection (id, packet, client, share, reward_for, request, answer, code, state, at, until, \
         address, salt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'collected', ?9, ?10, ?11, ?12)",
        &values![
            &id,
            packet.to_string(),
            client.to_string(),
            share,
            reward.to_string(),
            stored::to_json(evidence)?,
            &answer,
            code.digest().to_string(),
            now,
            until,
            address,
            salt
        ],
    )?;
    let actor = client.to_string();
    let movement = Move {
        why: Why::Collected,
        campaign: row.text("campaign")?,
        units: row.int("units")?,
        packet: Some(row.text("packet")?),
        collection: Some(&id),
        actor: &actor,
        request: None,
    };
    ledger::must_book(tx, &movement, now)?;
    let change = Change { subject: "goods", id: &id, actor: &actor, before: None, after: "collected", reason: None };
    changes::record(tx, &change, now)?;
    let owes = rewards::collected_goods(tx, &packet, &reward, now)?;
    Ok((GoodsAnswer { answer, code: Some(code) }, owes))
}

fn answer(party: &Party, judged: &JudgedGoods, result: GoodsResult, now: i64) -> GoodsAnswerClaims {
    GoodsAnswerClaims {
        iss: party.origin.clone(),
        aud: judged.client,
        iat: now,
        collect: judged.claims.jti,
        packet: judged.packet.id(),
        result,
        reason: None,
        share: None,
        code: None,
        until: None,
    }
}

/// A signed refusal. It follows from what is stored already, so nothing is stored: nobody can fill the register with it.
fn refuse(party: &Party, judged: &JudgedGoods, reason: RefusalReason, now: i64) -> Result<GoodsAnswer, Failure> {
    let claims = GoodsAnswerClaims { reason: Some(reason), ..answer(party, judged, GoodsResult::Refused, now) };
    Ok(GoodsAnswer { answer: party.sign(Typ::Goods, &claims)?.as_str().to_owned(), code: None })
}

/// Where a client's own collection stands.
pub(in crate::enterprise) async fn status(
    enterprise: &Enterprise,
    client: ClientId,
    id: Uuid,
) -> Result<GoodsStatus, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<Option<GoodsStatus>, StoreError> {
        let sql = "SELECT * FROM goods_collection WHERE id = ?1 AND client = ?2";
        let row = tx.first(sql, &values![id.to_string(), client.to_string()])?;
        row.map(|row| standing(tx, id, &row)).transpose()
    };
    enterprise.party.store.read(query).await?.ok_or_else(|| {
        let problem = Problem::general(General::NotFound, "This client has no such collection of goods.");
        problem.with_next("Collect the packet first.").into()
    })
}

fn standing(tx: &mut Tx<'_>, id: Uuid, row: &Row) -> Result<GoodsStatus, StoreError> {
    let told = changes::of(tx, "goods", &id.to_string())?;
    let step = |told: &changes::Recorded| told.after.parse().map(|state| GoodsStep { state, at: told.at });
    let state: GoodsState = stored::parsed(row, "state")?;
    Ok(GoodsStatus {
        id,
        state,
        until: row.int("until")?,
        // Why a state is so; an old reason says nothing of the next state.
        reason: row.opt_text("reason")?.filter(|_| state == GoodsState::OutOfStock).map(str::to_owned),
        tracking: row.opt_text("tracking")?.map(str::to_owned),
        steps: told.iter().map(step).collect::<Result<_, _>>().map_err(|_| stored::strange("after"))?,
    })
}

/// Whether the ledger of goods says that the client behind this hash collected from this packet.
pub(in crate::enterprise) fn has_collected(
    tx: &mut Tx<'_>,
    packet: &Digest,
    name: &Digest,
) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS known FROM goods_collection WHERE reward_for = ?1 AND packet = ?2";
    Ok(tx.first(sql, &values![name.to_string(), packet.to_string()])?.is_some())
}
