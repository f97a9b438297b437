//! Routes: reads requests, calls the room that decides, writes answers. Decides nothing itself.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;

use super::admin::{
    self, CampaignList, CampaignView, GoodsList, GoodsOne, Instructed, IssuedPackets, Retried, Stats, StockView,
};
use super::arrivals::{Arrival, Crowd, STREAM_LIFE};
use super::failure::Failure;
use super::{
    Enterprise, campaigns, files, goods, inbox, instructions, issuing, notices, relay, stats, stored, vouchers,
};
use crate::api::discovery::{Discovery, Role};
use crate::api::goods::{GoodsAnswer, GoodsStatus};
use crate::api::inbox::{InboxPage, Relayed};
use crate::api::notice::NoticeAnswer;
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::api::states::GoodsState;
use crate::jose::ClientId;
use crate::net::events::{self, Event};
use crate::net::server::Stopping;
use crate::packet::file::{MAX_FILE_BYTES, MEDIA_TYPE};
use crate::party::discovery::key_routes;
use crate::party::request::Incoming;
use crate::store::{StoreError, Tx, values};

/// A file and what stands around it in a request to pass it on.
const RELAY_BYTES: usize = MAX_FILE_BYTES + 4096;
/// Pictures as base64 and everything else of a campaign.
const ADMIN_BYTES: usize = 2 * 1024 * 1024;

type Shared = State<Arc<Enterprise>>;

/// The routes for everybody.
pub fn router(enterprise: Arc<Enterprise>) -> Router {
    let keys = key_routes(enterprise.party.clone());
    Router::new()
        .route(routes::WELL_KNOWN, get(well_known))
        .route(routes::NOTICES, post(notice))
        .route(routes::INBOX, get(read_inbox))
        .route(routes::INBOX_EVENTS, get(inbox_events))
        .route(routes::GOODS, post(collect_goods))
        .route(&format!("{}/{{id}}", routes::GOODS), get(goods_status))
        .route(routes::RELAY, post(pass_on).layer(DefaultBodyLimit::max(RELAY_BYTES)))
        .route(&format!("{}{{id}}", routes::DOWNLOAD), get(download))
        .with_state(enterprise)
        .merge(keys)
}

/// The routes for the operator. Whoever serves them puts a token in front.
pub fn admin_router(enterprise: Arc<Enterprise>) -> Router {
    Router::new()
        .route(admin::CAMPAIGNS, get(list_campaigns).post(create_campaign))
        .route(&format!("{}/{{id}}", admin::CAMPAIGNS), get(show_campaign))
        .route(admin::PACKETS, post(issue_packets))
        .route(admin::PACKET_FILE, get(packet_file))
        .route(admin::INSTRUCTIONS, post(instruct))
        .route(admin::STATS, get(show_stats))
        .route(admin::RETRY, post(retry))
        .route(admin::STOCK, get(show_stock).post(change_stock))
        .route(admin::GOODS, get(list_goods))
        .route(&format!("{}/{{id}}", admin::GOODS), get(show_goods))
        .route(admin::REDEEM, post(redeem))
        .route(admin::OUT_OF_STOCK, post(out_of_stock))
        .route(admin::SHIP, post(ship))
        .route(admin::DELIVERED, post(delivered))
        .layer(DefaultBodyLimit::max(ADMIN_BYTES))
        .with_state(enterprise)
}

async fn well_known(State(enterprise): Shared) -> Json<Discovery> {
    let party = &enterprise.party;
    Json(Discovery {
        role: Role::Enterprise,
        origin: party.origin.clone(),
        name: party.name.clone(),
        keys: party.keys().keys,
        account_prefixes: Vec::new(),
        members: Vec::new(),
    })
}

async fn notice(State(enterprise): Shared, request: Incoming) -> Result<Json<NoticeAnswer>, Failure> {
    notices::receive(&enterprise, &request.body).await.map(Json)
}

#[derive(Deserialize)]
struct After {
    #[serde(default)]
    after: i64,
}

async fn read_inbox(
    State(enterprise): Shared,
    Query(After { after }): Query<After>,
    request: Incoming,
) -> Result<Json<InboxPage>, Failure> {
    let client = client(&enterprise, &request)?;
    if after < 0 {
        return Err(Problem::general(General::BadRequest, "`after` is a cursor from an earlier page, or 0.").into());
    }
    inbox::read(&enterprise, client, after).await.map(Json)
}

async fn inbox_events(State(enterprise): Shared, stopping: Stopping, request: Incoming) -> Result<Response, Failure> {
    let client = client(&enterprise, &request)?;
    let waiting = enterprise.arrivals.listen(client).map_err(too_many)?;
    let cursor = enterprise.party.store.read(move |tx| inbox::newest(tx, &client)).await?;
    enterprise.arrivals.tell(Arrival { client, cursor });
    Ok(events::from_watch(waiting.during(STREAM_LIFE), stopping, |cursor| {
        Some(Event::default().event("inbox").data(format!("{{\"next\":{cursor}}}")))
    }))
}

async fn collect_goods(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsAnswer>, Failure> {
    goods::collect(&enterprise, &request.body).await.map(Json)
}

async fn goods_status(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<GoodsStatus>, Failure> {
    let client = client(&enterprise, &request)?;
    let id = id.parse().map_err(|_| Problem::general(General::NotFound, "A collection's id is a UUID."))?;
    goods::status(&enterprise, client, id).await.map(Json)
}

async fn pass_on(State(enterprise): Shared, request: Incoming) -> Result<Json<Relayed>, Failure> {
    let sender = client(&enterprise, &request)?;
    relay::pass_on(&enterprise, &request.body, sender).await.map(Json)
}

fn too_many(crowd: Crowd) -> Problem {
    match crowd {
        Crowd::Client => Problem::general(General::TooManyRequests, "This client listens often enough already.")
            .with_next("Use the streams that are open."),
        Crowd::Server => Problem::general(General::Unavailable, "Too many clients listen at the moment.")
            .with_next("Read the inbox now and then instead."),
    }
    .with_retry_after(60)
}

/// Only clients have inboxes; a party that asks as such is told so.
fn client(enterprise: &Enterprise, request: &Incoming) -> Result<ClientId, Problem> {
    let asker = request.asker(&enterprise.party)?;
    if asker.origin.is_some() {
        return Err(Problem::general(General::Forbidden, "Only clients have inboxes here."));
    }
    Ok(asker.key)
}

async fn download(State(enterprise): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    send_file(&enterprise, "download", id).await
}

async fn packet_file(State(enterprise): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    send_file(&enterprise, "id", id).await
}

async fn send_file(enterprise: &Enterprise, column: &'static str, id: String) -> Result<Response, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let sql = format!("SELECT id, serial FROM packet WHERE {column} = ?1");
        let Some(row) = tx.first(&sql, &values![id])? else {
            return Ok(None);
        };
        Ok(Some((stored::count(&row, "serial")?, files::of_packet(tx, row.text("id")?)?)))
    };
    match enterprise.party.store.read(query).await? {
        Some((serial, Some(file))) => {
            let name = format!("attachment; filename=\"hongbao-{serial}.hongbao\"");
            let headers = [(CONTENT_TYPE, MEDIA_TYPE.to_owned()), (CONTENT_DISPOSITION, name)];
            Ok((headers, file.to_bytes()).into_response())
        }
        Some((_, None)) => Err(Problem::general(General::Unavailable, "The bank has not signed for this packet yet.")
            .with_next("Try again in a minute.")
            .with_retry_after(30)
            .into()),
        None => Err(Problem::general(General::NotFound, "There is no packet at this address.")
            .with_next("Check the link or id: it must be complete, to the last letter.")
            .into()),
    }
}

async fn create_campaign(State(enterprise): Shared, request: Incoming) -> Result<Json<CampaignView>, Failure> {
    campaigns::create(&enterprise, request.json()?).await.map(Json)
}

async fn list_campaigns(State(enterprise): Shared) -> Result<Json<CampaignList>, Failure> {
    campaigns::list(&enterprise).await.map(Json)
}

async fn show_campaign(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<CampaignView>, Failure> {
    campaigns::show(&enterprise, &id).await.map(Json)
}

async fn issue_packets(State(enterprise): Shared, request: Incoming) -> Result<Json<IssuedPackets>, Failure> {
    issuing::issue(&enterprise, request.json()?).await.map(Json)
}

async fn instruct(State(enterprise): Shared, request: Incoming) -> Result<Json<Instructed>, Failure> {
    instructions::instruct(&enterprise, request.json()?).await.map(Json)
}

#[derive(Deserialize)]
struct Of {
    campaign: Option<String>,
}

async fn show_stats(State(enterprise): Shared, Query(of): Query<Of>) -> Result<Json<Stats>, Failure> {
    stats::of(&enterprise, of.campaign).await.map(Json)
}

async fn retry(State(enterprise): Shared) -> Result<Json<Retried>, Failure> {
    vouchers::retry_refused(&enterprise).await.map(Json)
}

async fn show_stock(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<StockView>, Failure> {
    goods::show_stock(&enterprise, id).await.map(Json)
}

async fn change_stock(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<StockView>, Failure> {
    goods::change_stock(&enterprise, id, request.json()?).await.map(Json)
}

#[derive(Deserialize)]
struct Which {
    campaign: Option<String>,
    state: Option<String>,
}

async fn list_goods(State(enterprise): Shared, Query(which): Query<Which>) -> Result<Json<GoodsList>, Failure> {
    let state = which.state.as_deref().map(str::parse::<GoodsState>).transpose();
    let state = state.map_err(|_| {
        let next = "Use collected, out-of-stock, redeemed, shipped, delivered or expired.";
        Problem::general(General::BadRequest, "There is no such state of goods.").with_next(next)
    })?;
    goods::list(&enterprise, which.campaign, state).await.map(Json)
}

async fn show_goods(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<GoodsOne>, Failure> {
    goods::show(&enterprise, id).await.map(Json)
}

async fn redeem(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::redeem(&enterprise, request.json()?).await.map(Json)
}

async fn out_of_stock(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::out_of_stock(&enterprise, request.json()?).await.map(Json)
}

async fn ship(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::ship(&enterprise, request.json()?).await.map(Json)
}

async fn delivered(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::deliver(&enterprise, request.json()?).await.map(Json)
}
