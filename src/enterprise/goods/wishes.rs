//! Goods or cash, when the collector chose the goods: the money of that share goes back first, then the code is given. The
//! wish is kept before the bank is asked, so that whatever is killed in between, nobody has both and nobody has neither.

use std::sync::Arc;

use uuid::Uuid;

use super::collecting::{self, Taker};
use crate::api::goods::GoodsAnswer;
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::api::states::RefusalReason;
use crate::api::surrender::{
    self, SurrenderAnswer, SurrenderClaims, SurrenderRequest, SurrenderResult, SurrenderedClaims,
};
use crate::enterprise::failure::{Failure, reason};
use crate::enterprise::{Enterprise, banks, retry_at, stored};
use crate::jose::{ClientId, Digest, Typ};
use crate::packet::{Origin, Packet};
use crate::party::{CallError, Party};
use crate::store::{Row, StoreError, Tx, values};

/// How long the background work leaves a new wish to the request that made it, in milliseconds.
pub(super) const HEAD_START_MS: i64 = 10_000;
/// How many wishes are taken up at a time.
const AT_ONCE: i64 = 32;

/// Keeps that somebody chose the goods, before the bank is asked.
pub(super) fn keep(tx: &mut Tx<'_>, taker: &Taker, surrender: Uuid, now: i64, next_ms: i64) -> Result<(), StoreError> {
    let (address, salt) = taker.address.as_ref().map(|(address, salt)| (address.as_str(), salt.as_str())).unzip();
    tx.execute(
        "INSERT INTO goods_wish (id, packet, client, request, address, salt, surrender, at, state, next_ms) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'open', ?9)",
        &values![
            taker.id.to_string(),
            taker.packet.to_string(),
            taker.client.to_string(),
            &taker.evidence,
            address,
            salt,
            surrender.to_string(),
            now,
            next_ms
        ],
    )?;
    Ok(())
}

/// What is known of a request where there is a choice.
pub(super) enum Known {
    /// Nothing.
    New,
    /// It is under way.
    Open,
    /// The bank refused, or another request of the same client is under way, which will be the answer to it.
    Refused(RefusalReason),
    /// Somebody else's, or for another packet.
    Others,
}

/// What is known of a request. One that came true has its collection.
pub(super) fn known(tx: &mut Tx<'_>, taker: &Taker) -> Result<Known, StoreError> {
    let (packet, client) = (taker.packet.to_string(), taker.client.to_string());
    let sql = "SELECT packet, client, state, reason FROM goods_wish WHERE id = ?1";
    if let Some(row) = tx.first(sql, &values![taker.id.to_string()])? {
        return Ok(match row.text("state")? {
            _ if row.text("packet")? != packet || row.text("client")? != client => Known::Others,
            "refused" => Known::Refused(stored::parsed(&row, "reason")?),
            _ => Known::Open,
        });
    }
    let sql = "SELECT 1 AS known FROM goods_wish WHERE packet = ?1 AND client = ?2 AND state <> 'refused'";
    let other = tx.first(sql, &values![packet, client])?.is_some();
    Ok(if other { Known::Refused(RefusalReason::AlreadyCollected) } else { Known::New })
}

/// One wish that waits for its bank.
struct Wish {
    taker: Taker,
    surrender: Uuid,
    bank: Origin,
    attempts: u32,
}

const SELECT: &str = "SELECT goods_wish.*, packet.jws FROM goods_wish JOIN packet ON packet.id = goods_wish.packet";

fn wish(row: &Row) -> Result<Wish, StoreError> {
    let packet = Packet::read(row.text("jws")?).map_err(|_| stored::strange("jws"))?;
    let bank = packet.claims.contents.money().map(|money| money.bank.clone()).ok_or_else(|| stored::strange("jws"))?;
    let text = |column: &str| Ok::<_, StoreError>(row.opt_text(column)?.map(str::to_owned));
    let taker = Taker {
        id: stored::parsed(row, "id")?,
        packet: packet.id(),
        client: stored::parsed(row, "client")?,
        address: text("address")?.zip(text("salt")?),
        evidence: row.text("request")?.to_owned(),
    };
    let (surrender, attempts) = (stored::parsed(row, "surrender")?, stored::small(row, "attempts")?);
    Ok(Wish { taker, surrender, bank, attempts })
}

/// Has the money of one share given up, and then gives the goods; the collector's answer once there is one.
pub(super) async fn fulfil(enterprise: &Arc<Enterprise>, id: Uuid) -> Result<GoodsAnswer, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<Option<Wish>, StoreError> {
        let sql = format!("{SELECT} WHERE goods_wish.id = ?1 AND goods_wish.state = 'open'");
        tx.first(&sql, &values![id.to_string()])?.as_ref().map(wish).transpose()
    };
    let Some(wish) = enterprise.party.store.read(query).await? else { return Err(later("It was decided just now.")) };
    let (surrender, answer, attempts) = (wish.surrender, ask(enterprise, &wish).await, wish.attempts);
    match answer {
        Ok((claims, compact)) => record(enterprise, wish.taker, surrender, claims, compact).await,
        Err(error) => {
            let (at, why) = (retry_at(&enterprise.party, attempts), reason(&error));
            let put_off = "UPDATE goods_wish SET attempts = attempts + 1, next_ms = ?2, reason = ?3 \
                           WHERE id = ?1 AND state = 'open'";
            let decision = move |tx: &mut Tx<'_>| tx.execute(put_off, &values![id.to_string(), at, why]);
            enterprise.party.store.decide(decision).await?;
            enterprise.wake.wake();
            Err(later("The bank, which has to take back the money first, does not answer."))
        }
    }
}

fn later(detail: &str) -> Failure {
    let problem = Problem::general(General::Unavailable, detail);
    problem.with_next("Ask again: you get goods once, whatever happens.").with_retry_after(5).into()
}

/// A surrender that a bank has answered, by its row, signed again.
pub(in crate::enterprise) fn surrender(party: &Party, bank: &Origin, row: &Row) -> Result<String, Failure> {
    let about = (stored::parsed(row, "surrender")?, stored::parsed(row, "packet")?, stored::parsed(row, "client")?);
    Ok(party.sign(Typ::Surrender, &claims(party, bank, about))?.as_str().to_owned())
}

fn claims(party: &Party, bank: &Origin, (jti, packet, client): (Uuid, Digest, ClientId)) -> SurrenderClaims {
    SurrenderClaims { iss: party.origin.clone(), aud: bank.clone(), jti, iat: party.now(), packet, client }
}

async fn ask(enterprise: &Enterprise, wish: &Wish) -> Result<(SurrenderedClaims, String), CallError> {
    let party = &enterprise.party;
    let claims = claims(party, &wish.bank, (wish.surrender, wish.taker.packet, wish.taker.client));
    let broken = |why: &dyn std::fmt::Display| CallError::Broken(why.to_string());
    let surrender = party.sign(Typ::Surrender, &claims).map_err(|error| broken(&error))?.as_str().to_owned();
    let answer: SurrenderAnswer = party.post(&wish.bank, routes::SURRENDERS, &SurrenderRequest { surrender }).await?;
    let keys = banks::keys_for(enterprise, &wish.bank, &answer.answer).await.map_err(|error| broken(&error))?;
    let read = surrender::read_answer(&answer.answer, &wish.bank, &keys, &claims).map_err(|error| broken(&error))?;
    Ok((read, answer.answer))
}

/// The second decision: the bank's answer is kept, and the goods are given or refused by it.
async fn record(
    enterprise: &Arc<Enterprise>,
    taker: Taker,
    surrender: Uuid,
    claims: SurrenderedClaims,
    compact: String,
) -> Result<GoodsAnswer, Failure> {
    let (party, secrets, now) = (enterprise.party.clone(), enterprise.secrets.clone(), enterprise.party.now());
    let decision = move |tx: &mut Tx<'_>| -> Result<(GoodsAnswer, bool), Failure> {
        // The background may have been as fast.
        if let Some(answer) = collecting::repeated(tx, &secrets, &taker)? {
            return Ok((answer, false));
        }
        let state = if claims.result == SurrenderResult::Surrendered { "given" } else { "refused" };
        let told = claims.reason.map(RefusalReason::as_str);
        let kept = "UPDATE goods_wish SET state = ?2, answer = ?3, reason = ?4, address = NULL, salt = NULL \
                    WHERE surrender = ?1 AND state = 'open'";
        if tx.execute(kept, &values![surrender.to_string(), state, compact, told])? == 0 {
            return Err(later("It was decided just now."));
        }
        match claims.reason {
            Some(reason) => Ok((collecting::refuse(&party, &taker, reason, now)?, false)),
            None => collecting::give(tx, &party, &secrets, &taker, now),
        }
    };
    let (answer, owes) = enterprise.party.store.decide(decision).await?;
    if owes {
        enterprise.wake.wake();
    }
    Ok(answer)
}

/// Takes up the wishes whose time has come, whoever left them.
pub(in crate::enterprise) async fn fulfil_due(enterprise: &Arc<Enterprise>) -> Result<(), Failure> {
    let now_ms = enterprise.party.clock.now_ms();
    let query = move |tx: &mut Tx<'_>| -> Result<Vec<Uuid>, StoreError> {
        let sql = "SELECT id FROM goods_wish WHERE state = 'open' AND next_ms <= ?1 ORDER BY next_ms, id LIMIT ?2";
        tx.rows(sql, &values![now_ms, AT_ONCE])?.iter().map(|row| stored::parsed(row, "id")).collect()
    };
    let mut all = Ok(());
    for id in enterprise.party.store.read(query).await? {
        if enterprise.is_stopping() {
            break;
        }
        match fulfil(enterprise, id).await {
            // Put off, or decided by the request itself.
            Ok(_) | Err(Failure::Refused(_)) => {}
            Err(failure) => all = all.and(Err(failure)),
        }
    }
    all
}

/// When the next wish is due, in milliseconds since the epoch.
pub(super) fn next_due(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    tx.one("SELECT MIN(next_ms) AS next FROM goods_wish WHERE state = 'open'", &[])?.opt_int("next")
}
