//! The bank's public routes: reads who asks, hands on to the room that decides, and writes its answer.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use uuid::Uuid;

use crate::api::collect::{AcceptanceChoice, CollectionStatus, LinkRequest, Linked};
use crate::api::discovery::Discovery;
use crate::api::draw::{DrawAnswer, DrawPage};
use crate::api::feed::FeedAnswer;
use crate::api::fund::FundAnswer;
use crate::api::instruction::InstructionAnswer;
use crate::api::order::{HolderKey, OrderAnswer};
use crate::api::problem::Problem;
use crate::api::routes;
use crate::api::voucher::{BatchAnswer, Issued, MAX_BATCH_BYTES, VoucherStatus};
use crate::bank::error::{BankError, bad_request, not_found};
use crate::bank::{Bank, collections, draws, feed, funds, instructions, links, orders, parties, vouchers};
use crate::jose::{Digest, to_base64url};
use crate::party::discovery::key_routes;
use crate::party::request::Incoming;

type Answer<T> = Result<Json<T>, Problem>;

/// The routes for everybody: wallets, enterprises and other banks.
pub fn router(bank: Arc<Bank>) -> Router {
    let keys = key_routes(bank.party.clone());
    Router::new()
        .route(routes::WELL_KNOWN, get(discovery))
        .route(routes::FUNDS, post(freeze))
        .route(routes::VOUCHERS, post(issue))
        .route(routes::VOUCHER_BATCH, post(issue_batch).layer(DefaultBodyLimit::max(MAX_BATCH_BYTES)))
        .route(&format!("{}/{{packet}}", routes::VOUCHERS), get(voucher))
        .route(routes::DRAWS, post(give_draws))
        .route(&format!("{}/{{packet}}", routes::DRAWS), get(closed_draw))
        .route(routes::INSTRUCTIONS, post(instruct))
        .route(routes::FEED, get(read_feed))
        .route(routes::LINKS, post(link))
        .route(routes::ACCEPTANCE, post(choose_acceptance))
        .route(routes::COLLECTIONS, post(collect))
        .route(&format!("{}/{{id}}", routes::COLLECTIONS), get(collection))
        .route(routes::ORDERS, post(order))
        .route(routes::HOLDER_KEY, get(holder_key))
        .with_state(bank)
        .merge(keys)
}

async fn discovery(State(bank): State<Arc<Bank>>) -> Answer<Discovery> {
    answer(bank.discovery().await.map_err(BankError::from))
}

async fn freeze(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<FundAnswer> {
    answer(funds::freeze(&bank, &incoming.body).await)
}

async fn issue(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<Issued> {
    let asker = incoming.asker(&bank.party)?;
    answer(vouchers::issue(&bank, asker, incoming.json()?).await)
}

async fn issue_batch(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<BatchAnswer> {
    let asker = incoming.asker(&bank.party)?;
    answer(vouchers::issue_batch(&bank, asker, incoming.json()?).await)
}

async fn voucher(State(bank): State<Arc<Bank>>, Path(packet): Path<String>) -> Answer<VoucherStatus> {
    let digest: Digest = packet.parse().map_err(|_| not_found("This bank issued no voucher for that packet."))?;
    answer(vouchers::status(&bank, digest).await)
}

async fn instruct(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<InstructionAnswer> {
    answer(instructions::receive(&bank, &incoming.body).await)
}

#[derive(Deserialize)]
struct After<T> {
    after: T,
}

/// From where on to read.
type Behind<T> = Result<Query<After<T>>, axum::extract::rejection::QueryRejection>;

fn behind<T>(after: Behind<T>) -> Result<T, Problem> {
    after.map(|Query(After { after })| after).map_err(|_| bad_request("Say from where on to read, such as ?after=0."))
}

async fn give_draws(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<DrawAnswer> {
    let (asker, request) = (incoming.asker(&bank.party)?, incoming.json()?);
    let applicant = bank.party.store.read(move |tx| parties::asking_applicant(tx, &asker)).await;
    answer(draws::give(&bank, applicant.map_err(Problem::from)?.origin, request).await)
}

async fn closed_draw(
    State(bank): State<Arc<Bank>>,
    Path(packet): Path<String>,
    after: Behind<u32>,
) -> Answer<DrawPage> {
    let packet = packet.parse().map_err(|_| not_found("This bank draws no lucky shares of that packet."))?;
    answer(draws::page(&bank, packet, behind(after)?).await)
}

async fn read_feed(State(bank): State<Arc<Bank>>, after: Behind<i64>, incoming: Incoming) -> Answer<FeedAnswer> {
    let asker = incoming.asker(&bank.party)?;
    let after = behind(after)?;
    let applicant = bank.party.store.read(move |tx| parties::asking_applicant(tx, &asker)).await;
    answer(feed::page(&bank, applicant.map_err(Problem::from)?.origin, after).await)
}

async fn link(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<Linked> {
    let client = incoming.asker(&bank.party)?.key;
    let (request, key, now) = (incoming.json::<LinkRequest>()?, bank.secrets.codes.clone(), bank.party.now());
    let linked = bank.party.store.decide(move |tx| links::link(tx, &key, &client, &request, now)).await;
    linked.map_err(Problem::from)?.map(Json)
}

async fn choose_acceptance(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<AcceptanceChoice> {
    let client = incoming.asker(&bank.party)?.key;
    answer(collections::choose_acceptance(&bank, client, incoming.json()?).await)
}

async fn collect(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<CollectionStatus> {
    answer(collections::apply(&bank, &incoming.body).await)
}

async fn collection(
    State(bank): State<Arc<Bank>>,
    Path(id): Path<String>,
    incoming: Incoming,
) -> Answer<CollectionStatus> {
    let client = incoming.asker(&bank.party)?.key;
    let id: Uuid = id.parse().map_err(|_| not_found("There is no such collection of yours."))?;
    answer(collections::status(&bank, client, id).await)
}

async fn order(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<OrderAnswer> {
    answer(orders::receive(&bank, &incoming.body).await)
}

async fn holder_key(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<HolderKey> {
    let asker = incoming.asker(&bank.party)?;
    let member = bank.party.store.read(move |tx| parties::asking_member(tx, &asker)).await;
    answer(member.map(|_| HolderKey { key: to_base64url(&*bank.secrets.holder) }))
}

pub(super) fn answer<T>(result: Result<T, BankError>) -> Answer<T> {
    result.map(Json).map_err(Problem::from)
}
