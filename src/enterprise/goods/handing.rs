//! At the counter and in the parcel office: what staff do with collected goods. Each is done once; done again, it says when
//! and by whom it was.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::ledger::{self, Move, Why};
use super::{CODE_SECONDS, MAX_UNITS};
use crate::api::code::RedeemCode;
use crate::api::problem::{General, Problem};
use crate::api::states::GoodsState;
use crate::clock::rfc3339;
use crate::enterprise::admin::{Delivered, GoodsList, GoodsOne, Missing, PAGE_GOODS, Redeem, Ship};
use crate::enterprise::failure::Failure;
use crate::enterprise::{Enterprise, recovery, stored};
use crate::packet::text;
use crate::packet::{Contents, Handover, Packet};
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx, values};

/// How many unknown codes are looked up within [`GUESS_SECONDS`]; then none is for a while.
const MAX_GUESSES: usize = 20;
const GUESS_SECONDS: i64 = 600;

/// When unknown codes were tried lately. A code has 128 random bits, so this only makes a mistake or a curious clerk seen.
#[derive(Debug, Default)]
pub(in crate::enterprise) struct Guesses(Mutex<VecDeque<i64>>);

impl Guesses {
    fn check(&self, now: i64) -> Result<(), Failure> {
        let mut tried = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tried.retain(|at| *at > now - GUESS_SECONDS);
        if tried.len() < MAX_GUESSES {
            return Ok(());
        }
        let detail =
            format!("{MAX_GUESSES} codes that nobody was given were tried within {} minutes.", GUESS_SECONDS / 60);
        let problem = Problem::general(General::TooManyRequests, detail);
        Err(problem
            .with_next("Wait some minutes, and scan the code instead of typing it.")
            .with_retry_after(600)
            .into())
    }

    fn note(&self, now: i64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(now);
    }
}

/// What happens to a collection, by whom, and what is kept with it.
pub(super) struct Step<'a> {
    pub(super) to: GoodsState,
    /// How the goods may change hands for it.
    pub(super) handover: Option<Handover>,
    pub(super) from: &'a [GoodsState],
    pub(super) moves: Option<Why>,
    pub(super) by: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) tracking: Option<&'a str>,
    /// A later end of the code.
    pub(super) until: Option<i64>,
}

impl<'a> Step<'a> {
    /// Out of what can still be used, and nothing else with it.
    pub(super) const fn to(to: GoodsState, by: &'a str) -> Self {
        Self { to, handover: None, from: OPEN, moves: None, by, reason: None, tracking: None, until: None }
    }
}

const OPEN: &[GoodsState] = &[GoodsState::Collected, GoodsState::OutOfStock];

/// Hands goods over for their code, once.
pub(in crate::enterprise) async fn redeem(enterprise: &Arc<Enterprise>, request: Redeem) -> Result<GoodsOne, Failure> {
    let code = read_code(&request.code)?;
    let by = staff(request.by)?;
    at_counter(enterprise, code, move |tx, row, now| {
        // The code may have been used after the copy.
        recovery::may_give(tx, row.text("campaign")?)?;
        let (handover, moves) = (Some(Handover::Pickup), Some(Why::Redeemed));
        let step = Step { handover, moves, ..Step::to(GoodsState::Redeemed, &by) };
        take(tx, row, &step, now)
    })
    .await
}

/// Notes that the goods were not there when the code was shown; the code stays good for longer.
pub(in crate::enterprise) async fn out_of_stock(
    enterprise: &Arc<Enterprise>,
    request: Missing,
) -> Result<GoodsOne, Failure> {
    let by = staff(request.by)?;
    checked("reason", &request.reason)?;
    let goods = request.goods.clone();
    let action = move |tx: &mut Tx<'_>, row: &Row, now: i64| {
        let longer = now.saturating_add(request.extend.map_or(CODE_SECONDS, i64::from));
        let (reason, until) = (Some(request.reason.as_str()), Some(longer.max(row.int("until")?)));
        let step = Step { reason, until, ..Step::to(GoodsState::OutOfStock, &by) };
        take(tx, row, &step, now)
    };
    either(enterprise, &goods, action).await
}

/// Sends goods to the collector's address.
pub(in crate::enterprise) async fn ship(enterprise: &Arc<Enterprise>, request: Ship) -> Result<GoodsOne, Failure> {
    let by = staff(request.by)?;
    checked("tracking", &request.tracking)?;
    by_id(enterprise, request.id.to_string(), move |tx, row, now| {
        let (handover, moves, tracking) =
            (Some(Handover::Delivery), Some(Why::Shipped), Some(request.tracking.as_str()));
        let step = Step { handover, moves, tracking, ..Step::to(GoodsState::Shipped, &by) };
        take(tx, row, &step, now)
    })
    .await
}

/// Notes that a parcel arrived.
pub(in crate::enterprise) async fn deliver(
    enterprise: &Arc<Enterprise>,
    request: Delivered,
) -> Result<GoodsOne, Failure> {
    let by = staff(request.by)?;
    by_id(enterprise, request.id.to_string(), move |tx, row, now| {
        let (handover, from) = (Some(Handover::Delivery), &[GoodsState::Shipped][..]);
        let step = Step { handover, from, ..Step::to(GoodsState::Delivered, &by) };
        take(tx, row, &step, now)
    })
    .await
}

/// A mistyped code is known by itself; nothing is looked up for it.
fn read_code(text: &str) -> Result<RedeemCode, Failure> {
    text.parse::<RedeemCode>().map_err(|error| {
        let next = "Compare it with the collector's screen, or scan it.";
        Failure::refused("bad-code", 422, "This is no code", &format!("{error}."), next)
    })
}

pub(super) fn staff(by: Option<String>) -> Result<String, Failure> {
    let by = by.unwrap_or_else(|| "operator".to_owned());
    checked("by", &by)?;
    Ok(by)
}

pub(super) fn checked(name: &str, value: &str) -> Result<(), Failure> {
    text::NAME.check(value).map_err(|error| {
        let detail = format!("`{name}`: {error}.");
        Failure::refused("bad-request", 422, "The request cannot be so", &detail, "Use a short plain text.")
    })
}

const SELECT: &str = "SELECT goods_collection.*, goods_packet.campaign, goods_packet.units, packet.serial, packet.jws, \
     (SELECT goods_refund.packet FROM goods_refund WHERE goods_refund.collection = goods_collection.id) AS refund \
     FROM goods_collection JOIN goods_packet ON goods_packet.packet = goods_collection.packet \
     JOIN packet ON packet.id = goods_collection.packet";

type Action = dyn FnOnce(&mut Tx<'_>, &Row, i64) -> Result<(), Failure> + Send;

/// By the code, or by the collection's id.
pub(super) async fn either(
    enterprise: &Arc<Enterprise>,
    goods: &str,
    action: impl FnOnce(&mut Tx<'_>, &Row, i64) -> Result<(), Failure> + Send + 'static,
) -> Result<GoodsOne, Failure> {
    match goods.trim().parse::<Uuid>() {
        Ok(id) => by_id(enterprise, id.to_string(), action).await,
        Err(_) => at_counter(enterprise, read_code(goods)?, action).await,
    }
}

async fn at_counter(
    enterprise: &Arc<Enterprise>,
    code: RedeemCode,
    action: impl FnOnce(&mut Tx<'_>, &Row, i64) -> Result<(), Failure> + Send + 'static,
) -> Result<GoodsOne, Failure> {
    enterprise.guesses.check(enterprise.party.now())?;
    let found = act(enterprise, "code", code.digest().to_string(), Box::new(action)).await?;
    found.ok_or_else(|| {
        enterprise.guesses.note(enterprise.party.now());
        let detail = "The code is written as codes are, and none like it was given out here.";
        let next = "Ask the collector to open the packet and show its code; it must be this company's packet.";
        Failure::refused("unknown-code", 404, "Nobody was given this code", detail, next)
    })
}

async fn by_id(
    enterprise: &Arc<Enterprise>,
    id: String,
    action: impl FnOnce(&mut Tx<'_>, &Row, i64) -> Result<(), Failure> + Send + 'static,
) -> Result<GoodsOne, Failure> {
    act(enterprise, "id", id, Box::new(action)).await?.ok_or_else(unknown)
}

async fn act(
    enterprise: &Arc<Enterprise>,
    column: &'static str,
    value: String,
    action: Box<Action>,
) -> Result<Option<GoodsOne>, Failure> {
    let now = enterprise.party.now();
    let decision = move |tx: &mut Tx<'_>| -> Result<Option<GoodsOne>, Failure> {
        let sql = format!("{SELECT} WHERE goods_collection.{column} = ?1");
        let Some(row) = tx.first(&sql, &values![&value])? else { return Ok(None) };
        action(tx, &row, now)?;
        let row = tx.one(&sql, &values![&value])?;
        Ok(Some(one(tx, &row)?))
    };
    enterprise.party.store.decide(decision).await
}

/// The step, if it may be taken from where the collection stands.
pub(super) fn take(tx: &mut Tx<'_>, row: &Row, step: &Step<'_>, now: i64) -> Result<(), Failure> {
    let (id, before): (&str, GoodsState) = (row.text("id")?, stored::parsed(row, "state")?);
    let lapsed = OPEN.contains(&before) && now > row.int("until")?;
    if before == GoodsState::Expired || lapsed {
        return Err(lapsed_code(row.int("until")?));
    }
    let is_delivered = handover(row)? == Handover::Delivery;
    if step.handover.is_some_and(|needed| (needed == Handover::Delivery) != is_delivered) {
        return Err(other_way(is_delivered));
    }
    if !step.from.contains(&before) {
        return Err(done_before(row, before, step.to)?);
    }
    let is_done = step.to != GoodsState::OutOfStock;
    tx.execute(
        "UPDATE goods_collection SET state = ?2, reason = COALESCE(?3, reason), tracking = COALESCE(?4, tracking), \
         until = COALESCE(?5, until), done_at = COALESCE(?6, done_at), done_by = COALESCE(?7, done_by) WHERE id = ?1",
        &values![
            id,
            step.to.as_str(),
            step.reason,
            step.tracking,
            step.until,
            is_done.then_some(now),
            is_done.then_some(step.by)
        ],
    )?;
    if let Some(why) = step.moves {
        let movement = Move {
            why,
            campaign: row.text("campaign")?,
            units: row.int("units")?,
            packet: Some(row.text("packet")?),
            collection: Some(id),
            actor: step.by,
            request: None,
        };
        ledger::must_book(tx, &movement, now)?;
    }
    let (before, after) = (Some(before.as_str()), step.to.as_str());
    let reason = step.reason.or(step.tracking);
    Ok(changes::record(tx, &Change { subject: "goods", id, actor: step.by, before, after, reason }, now)?)
}

fn handover(row: &Row) -> Result<Handover, StoreError> {
    match Packet::read(row.text("jws")?).map_err(|_| stored::strange("jws"))?.claims.contents {
        Contents::Goods { handover, .. } => Ok(handover.unwrap_or_default()),
        Contents::Bank { .. } => Err(stored::strange("jws")),
    }
}

fn lapsed_code(until: i64) -> Failure {
    let detail = format!("The code was good until {}; its goods are in stock again.", rfc3339(until));
    Failure::refused("code-expired", 409, "The code has expired", &detail, "Nothing is handed over for it.")
}

fn other_way(is_delivered: bool) -> Failure {
    let (detail, next) = if is_delivered {
        ("These goods are sent to an address.", "Send them, then use `hongbao-server goods ship`.")
    } else {
        ("These goods are picked up with a code.", "Use `hongbao-server redeem` at the counter.")
    };
    Failure::refused("other-handover", 409, "These goods change hands otherwise", detail, next)
}

/// Done before: when, and by whom.
fn done_before(row: &Row, state: GoodsState, wanted: GoodsState) -> Result<Failure, StoreError> {
    let (at, by) = (row.opt_int("done_at")?.map(rfc3339), row.opt_text("done_by")?.unwrap_or("nobody"));
    let Some(at) = at else {
        let detail = format!("It is {state}, so it cannot become {wanted}.");
        return Ok(Failure::refused("wrong-state", 409, "Not from here", &detail, "See `hongbao-server goods show`."));
    };
    let detail = format!("It was {state} at {at} by {by}.");
    let next = "Hand nothing over for it again.";
    Ok(Failure::refused("already-redeemed", 409, "This was done before", &detail, next))
}

fn unknown() -> Failure {
    let detail = "There is no collection of goods with this id.";
    Failure::refused("unknown-goods", 404, "No such collection", detail, "See `hongbao-server goods list`.")
}

/// A page of the collections behind one of them, newest first: of one campaign or all, in one state or any.
pub(in crate::enterprise) async fn list(
    enterprise: &Enterprise,
    campaign: Option<String>,
    state: Option<GoodsState>,
    after: Option<Uuid>,
) -> Result<GoodsList, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<GoodsList, Failure> {
        let (campaign, state) = (campaign.unwrap_or_default(), state.map(GoodsState::as_str).unwrap_or_default());
        let after = after.map(|id| id.to_string());
        let at = "SELECT at FROM goods_collection WHERE id = ?1";
        let at = match &after {
            Some(id) => tx.first(at, &values![id])?.ok_or_else(unknown)?.int("at")?,
            None => i64::MAX,
        };
        let most = i64::try_from(PAGE_GOODS).unwrap_or(i64::MAX);
        let sql = format!(
            "{SELECT} WHERE (?1 = '' OR goods_packet.campaign = ?1) AND (?2 = '' OR goods_collection.state = ?2) \
             AND (goods_collection.at < ?3 OR (goods_collection.at = ?3 AND goods_collection.id > ?4)) \
             ORDER BY goods_collection.at DESC, goods_collection.id LIMIT ?5"
        );
        let mut rows = tx.rows(&sql, &values![campaign, state, at, after.unwrap_or_default(), most + 1])?;
        let more = rows.len() > PAGE_GOODS;
        rows.truncate(PAGE_GOODS);
        Ok(GoodsList { collections: rows.iter().map(|row| one(tx, row)).collect::<Result<_, _>>()?, more })
    };
    enterprise.party.store.read(query).await
}

/// One collection, with all that changed.
pub(in crate::enterprise) async fn show(enterprise: &Enterprise, id: String) -> Result<GoodsOne, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<Option<GoodsOne>, StoreError> {
        let row = tx.first(&format!("{SELECT} WHERE goods_collection.id = ?1"), &values![id])?;
        row.map(|row| one(tx, &row)).transpose()
    };
    enterprise.party.store.read(query).await?.ok_or_else(unknown)
}

fn one(tx: &mut Tx<'_>, row: &Row) -> Result<GoodsOne, StoreError> {
    let packet = Packet::read(row.text("jws")?).map_err(|_| stored::strange("jws"))?;
    let Contents::Goods { item, quantity, unit, handover, .. } = packet.claims.contents else {
        return Err(stored::strange("jws"));
    };
    debug_assert!(i64::from(quantity) <= MAX_UNITS);
    Ok(GoodsOne {
        id: row.text("id")?.to_owned(),
        packet: stored::parsed(row, "packet")?,
        serial: stored::count(row, "serial")?,
        campaign: row.text("campaign")?.to_owned(),
        client: stored::parsed(row, "client")?,
        share: stored::small(row, "share")?,
        item,
        quantity,
        unit,
        handover: handover.unwrap_or_default(),
        state: stored::parsed(row, "state")?,
        at: rfc3339(row.int("at")?),
        until: rfc3339(row.int("until")?),
        reason: row.opt_text("reason")?.map(str::to_owned),
        tracking: row.opt_text("tracking")?.map(str::to_owned),
        done: row.opt_int("done_at")?.map(rfc3339),
        by: row.opt_text("done_by")?.map(str::to_owned),
        refund: stored::opt_parsed(row, "refund")?,
        address: row.opt_text("address")?.map(str::to_owned),
        changes: changes::of(tx, "goods", row.text("id")?)?.into_iter().map(Into::into).collect(),
    })
}
