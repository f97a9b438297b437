//! Collecting goods: one decision per request. First commit wins, each client once; whoever has collected is answered word
//! for word the same, and with the same code, however often the request is repeated.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::ledger::{self, Move, Why};
use super::wishes::{self, Known};
use super::{CODE_SECONDS, GRACE_SECONDS, Secrets};
use crate::api::Refusal;
use crate::api::goods::{
    self, GoodsAnswer, GoodsAnswerClaims, GoodsRequest, GoodsResult, GoodsStatus, GoodsStep, JudgedGoods,
};
use crate::api::problem::{General, Problem};
use crate::api::states::{GoodsState, RefusalReason};
use crate::enterprise::failure::Failure;
use crate::enterprise::{Enterprise, notices, recovery, rewards, stored};
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

/// Who gets goods, and by which request.
pub(super) struct Taker {
    pub(super) id: Uuid,
    pub(super) packet: Digest,
    pub(super) client: ClientId,
    /// Where to, for delivery, with its salt.
    pub(super) address: Option<(String, String)>,
    /// What the collector signed, as it is kept.
    pub(super) evidence: String,
}

impl Taker {
    fn of(judged: &JudgedGoods, evidence: &Evidence) -> Result<Self, StoreError> {
        let address = judged.address.as_ref().map(|(address, salt)| (address.as_str().to_owned(), salt.clone()));
        let evidence = stored::to_json(evidence)?;
        Ok(Self { id: judged.claims.jti, packet: judged.packet.id(), client: judged.client, address, evidence })
    }
}

/// What a request came to.
enum Decided {
    /// An answer, and whether a reward became owed by it.
    Answer(GoodsAnswer, bool),
    /// The money of this wish is to be given up first.
    Wish(Uuid),
}

/// Judges a request for goods, decides, and answers when all of it is on disk.
pub(in crate::enterprise) async fn collect(enterprise: &Arc<Enterprise>, body: &[u8]) -> Result<GoodsAnswer, Failure> {
    let party = enterprise.party.clone();
    let now = party.now();
    let judged = goods::judge(body, &party.origin, &enterprise.keys, now)?;
    let request: GoodsRequest = json::read(body).map_err(Refusal::from)?;
    let taker = Taker::of(&judged, &Evidence { collect: request.collect, hops: request.hops })?;
    let secrets = enterprise.secrets.clone();
    let decision = move |tx: &mut Tx<'_>| decide(tx, &party, &secrets, &taker, now);
    match enterprise.party.store.decide(decision).await? {
        Decided::Answer(answer, owes) => {
            if owes {
                // A forwarder's reward waited for this.
                enterprise.wake.wake();
            }
            Ok(answer)
        }
        Decided::Wish(id) => wishes::fulfil(enterprise, id).await,
    }
}

fn decide(tx: &mut Tx<'_>, party: &Party, secrets: &Secrets, taker: &Taker, now: i64) -> Result<Decided, Failure> {
    if let Some(answer) = repeated(tx, secrets, taker)? {
        return Ok(Decided::Answer(answer, false));
    }
    let sql = "SELECT goods_packet.* FROM goods_packet JOIN packet ON packet.id = goods_packet.packet \
               WHERE goods_packet.packet = ?1 AND packet.state = 'issued'";
    let Some(row) = tx.first(sql, &values![taker.packet.to_string()])? else {
        return Err(notices::unknown_packet(tx)?);
    };
    recovery::may_give(tx, row.text("campaign")?)?;
    match wishes::known(tx, taker)? {
        Known::New => {}
        Known::Open => return Ok(Decided::Wish(taker.id)),
        Known::Refused(reason) => return Ok(Decided::Answer(refuse(party, taker, reason, now)?, false)),
        Known::Others => return Err(id_reused()),
    }
    if let Err(reason) = free_share(tx, &row, &taker.client, now)? {
        return Ok(Decided::Answer(refuse(party, taker, reason, now)?, false));
    }
    if row.flag("cash")? {
        wishes::keep(tx, taker, party.uuid(), now, party.clock.now_ms() + wishes::HEAD_START_MS)?;
        return Ok(Decided::Wish(taker.id));
    }
    let (answer, owes) = give(tx, party, secrets, taker, now)?;
    Ok(Decided::Answer(answer, owes))
}

fn id_reused() -> Failure {
    let detail = "This collection's id was used before, for something else.";
    Failure::refused("id-reused", 409, "Another collection has this id", detail, "Collect again.")
}

/// The answer to a request that was answered before.
pub(super) fn repeated(tx: &mut Tx<'_>, secrets: &Secrets, taker: &Taker) -> Result<Option<GoodsAnswer>, Failure> {
    let sql = "SELECT packet, client, answer FROM goods_collection WHERE id = ?1";
    let Some(row) = tx.first(sql, &values![taker.id.to_string()])? else { return Ok(None) };
    if row.text("packet")? != taker.packet.to_string() || row.text("client")? != taker.client.to_string() {
        return Err(id_reused());
    }
    let code = secrets.code(taker.id, &taker.packet, &taker.client);
    Ok(Some(GoodsAnswer { answer: row.text("answer")?.to_owned(), code: Some(code) }))
}

/// Why a client gets no share of a packet now, if it gets none.
fn free_share(
    tx: &mut Tx<'_>,
    packet: &Row,
    client: &ClientId,
    now: i64,
) -> Result<Result<(), RefusalReason>, StoreError> {
    let id = packet.text("packet")?;
    let mine = "SELECT 1 AS mine FROM goods_collection WHERE packet = ?1 AND client = ?2";
    if tx.first(mine, &values![id, client.to_string()])?.is_some() {
        return Ok(Err(RefusalReason::AlreadyCollected));
    }
    if now < packet.int("opens")? {
        return Ok(Err(RefusalReason::NotYetValid));
    }
    // What was taken in money, as far as the bank has told; of the rest it decides itself.
    let taken = "SELECT (SELECT COUNT(*) FROM goods_collection WHERE packet = ?1) \
                 + (SELECT COUNT(*) FROM feed WHERE packet = ?1 AND kind = 'collected') AS taken";
    if tx.one(taken, &values![id])?.int("taken")? >= packet.int("shares")? {
        return Ok(Err(RefusalReason::AllSharesCollected));
    }
    // What has ended is in stock again, whatever the clock says now.
    if now > packet.int("expires")?.saturating_add(GRACE_SECONDS) || packet.flag("ended")? {
        return Ok(Err(RefusalReason::Expired));
    }
    Ok(Ok(()))
}

/// Gives a share: the units, the signed answer, the code. Whether a reward became owed by it.
pub(super) fn give(
    tx: &mut Tx<'_>,
    party: &Party,
    secrets: &Secrets,
    taker: &Taker,
    now: i64,
) -> Result<(GoodsAnswer, bool), Failure> {
    let (id, packet, client) = (taker.id.to_string(), taker.packet.to_string(), taker.client.to_string());
    let row = tx.one(
        "SELECT campaign, units, expires, (SELECT COUNT(*) FROM goods_collection WHERE packet = ?1) + 1 AS share \
         FROM goods_packet WHERE packet = ?1",
        &values![&packet],
    )?;
    let share = stored::small(&row, "share")?;
    let code = secrets.code(taker.id, &taker.packet, &taker.client);
    let until = row.int("expires")?.max(now.saturating_add(CODE_SECONDS));
    let claims = GoodsAnswerClaims {
        share: Some(share),
        code: Some(code.digest()),
        until: Some(until),
        ..answer(party, taker, GoodsResult::Collected, now)
    };
    let answer = party.sign(Typ::Goods, &claims)?.as_str().to_owned();
    let reward = reward_for(&taker.packet, &taker.client);
    let (address, salt) = taker.address.as_ref().map(|(address, salt)| (address.as_str(), salt.as_str())).unzip();
    tx.execute(
        "INSERT INTO goods_collection (id, packet, client, share, reward_for, request, answer, code, state, at, until, \
         address, salt) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'collected', ?9, ?10, ?11, ?12)",
        &values![
            &id,
            &packet,
            &client,
            share,
            reward.to_string(),
            &taker.evidence,
            &answer,
            code.digest().to_string(),
            now,
            until,
            address,
            salt
        ],
    )?;
    let movement = Move {
        why: Why::Collected,
        campaign: row.text("campaign")?,
        units: row.int("units")?,
        packet: Some(&packet),
        collection: Some(&id),
        actor: &client,
        request: None,
    };
    ledger::must_book(tx, &movement, now)?;
    let change = Change { subject: "goods", id: &id, actor: &client, before: None, after: "collected", reason: None };
    changes::record(tx, &change, now)?;
    let owes = rewards::collected_goods(tx, &taker.packet, &reward, now)?;
    Ok((GoodsAnswer { answer, code: Some(code) }, owes))
}

fn answer(party: &Party, taker: &Taker, result: GoodsResult, now: i64) -> GoodsAnswerClaims {
    GoodsAnswerClaims {
        iss: party.origin.clone(),
        aud: taker.client,
        iat: now,
        collect: taker.id,
        packet: taker.packet,
        result,
        reason: None,
        share: None,
        code: None,
        until: None,
    }
}

/// A signed refusal. It follows from what is stored already, so nothing is stored: nobody can fill the register with it.
pub(super) fn refuse(party: &Party, taker: &Taker, reason: RefusalReason, now: i64) -> Result<GoodsAnswer, Failure> {
    let claims = GoodsAnswerClaims { reason: Some(reason), ..answer(party, taker, GoodsResult::Refused, now) };
    Ok(GoodsAnswer { answer: party.sign(Typ::Goods, &claims)?.as_str().to_owned(), code: None })
}

/// A share was taken in money, as the bank tells: its goods are in stock again.
pub(in crate::enterprise) fn took_cash(tx: &mut Tx<'_>, packet: &Digest, now: i64) -> Result<(), StoreError> {
    let sql = "SELECT campaign, units FROM goods_packet WHERE packet = ?1 AND cash = 1 AND ended = 0";
    let packet = packet.to_string();
    let Some(row) = tx.first(sql, &values![&packet])? else { return Ok(()) };
    let movement = Move {
        why: Why::Cash,
        campaign: row.text("campaign")?,
        units: row.int("units")?,
        packet: Some(&packet),
        collection: None,
        actor: "bank",
        request: None,
    };
    if !ledger::book(tx, &movement, now)? {
        // Its audit tells; a bank that pays more shares than there are holds up nothing else.
        tracing::error!(packet, "a bank paid more shares than there are goods for");
    }
    Ok(())
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
        reason: row
            .opt_text("reason")?
            .filter(|_| matches!(state, GoodsState::OutOfStock | GoodsState::Refunded))
            .map(str::to_owned),
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
