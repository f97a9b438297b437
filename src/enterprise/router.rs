//! Routes: reads requests, calls the room that decides, writes answers. Decides nothing itself.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::admin::{
    self, CampaignList, CampaignView, CreateCampaign, InstructPackets, Instructed, IssuePackets, IssuedPackets,
    Retried, Stats,
};
use super::arrivals::{Arrival, Crowd, STREAM_LIFE};
use super::failure::Failure;
use super::{Enterprise, campaigns, files, inbox, instructions, issuing, notices, relay, stats, stored, vouchers};
use crate::api::discovery::{Discovery, Role};
use crate::api::inbox::{InboxPage, RelayRequest, Relayed};
use crate::api::notice::{NoticeAnswer, NoticeRequest};
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::jose::{ClientId, Digest};
use crate::net::events::{self, Event};
use crate::net::server::Stopping;
use crate::packet::file::{MAX_FILE_BYTES, MEDIA_TYPE};
use crate::party::discovery::key_routes;
use crate::party::openapi::{self, Document};
use crate::party::request::Incoming;
use crate::store::{StoreError, Tx, values};

/// A file and what stands around it in a request to pass it on.
const RELAY_BYTES: usize = MAX_FILE_BYTES + 4096;
/// Pictures as base64 and everything else of a campaign.
const ADMIN_BYTES: usize = 1024 * 1024;

type Shared = State<Arc<Enterprise>>;

/// The routes for everybody.
pub fn router(enterprise: Arc<Enterprise>) -> Router {
    let keys = Router::from(key_routes()).with_state(enterprise.party.clone());
    Router::from(own_routes()).with_state(enterprise).merge(keys).merge(openapi::serve(&document()))
}

/// What [`router`] says of itself.
#[must_use]
pub fn document() -> Document {
    openapi::public(Role::Enterprise, [own_routes().into_openapi(), key_routes().into_openapi()])
}

fn own_routes() -> OpenApiRouter<Arc<Enterprise>> {
    OpenApiRouter::default()
        .routes(routes!(well_known))
        .routes(routes!(notice))
        .routes(routes!(read_inbox))
        .routes(routes!(inbox_events))
        .routes(routes!(pass_on).layer(DefaultBodyLimit::max(RELAY_BYTES)))
        .routes(routes!(download))
}

/// The routes for the operator. Whoever serves them puts a token in front.
pub fn admin_router(enterprise: Arc<Enterprise>) -> Router {
    Router::from(admin_routes()).with_state(enterprise).merge(openapi::serve(&admin_document()))
}

/// What [`admin_router`] says of itself.
#[must_use]
pub fn admin_document() -> Document {
    openapi::admin(Role::Enterprise, [admin_routes().into_openapi()])
}

fn admin_routes() -> OpenApiRouter<Arc<Enterprise>> {
    OpenApiRouter::default()
        .routes(routes!(list_campaigns, create_campaign))
        .routes(routes!(show_campaign))
        .routes(routes!(issue_packets))
        .routes(routes!(packet_file))
        .routes(routes!(instruct))
        .routes(routes!(show_stats))
        .routes(routes!(retry))
        .layer(DefaultBodyLimit::max(ADMIN_BYTES))
}

/// What the enterprise is: its name and keys.
#[utoipa::path(get, path = routes::WELL_KNOWN, responses((status = 200, description = "The document", body = Discovery)))]
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

/// A client tells that it opened a packet, and from whom it has it. Idempotent by packet and opener.
#[utoipa::path(
    post, path = routes::NOTICES, request_body = NoticeRequest,
    responses(
        (status = 200, description = "The signed receipt", body = NoticeAnswer),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 422, description = "not-genuine, unknown-packet"),
        (status = 429, description = "too-many-openings"),
    ),
)]
async fn notice(State(enterprise): Shared, request: Incoming) -> Result<Json<NoticeAnswer>, Failure> {
    notices::receive(&enterprise, &request.body).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// Items behind this cursor; 0 or nothing for all.
    #[param(minimum = 0)]
    #[serde(default)]
    after: i64,
}

/// What arrived for the asking client.
#[utoipa::path(
    get, path = routes::INBOX, security(("signed" = [])), params(After),
    responses((status = 200, description = "A page", body = InboxPage), (status = 403, description = "forbidden")),
)]
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

/// Events that wake the asking client; the inbox is the truth. The stream ends after 10 minutes.
#[utoipa::path(
    get, path = routes::INBOX_EVENTS, security(("signed" = [])),
    responses(
        (status = 200, description = "Events `inbox` with `{\"next\":cursor}`", content_type = "text/event-stream", body = String),
        (status = 403, description = "forbidden"),
        (status = 429, description = "too-many-requests"),
    ),
)]
async fn inbox_events(State(enterprise): Shared, stopping: Stopping, request: Incoming) -> Result<Response, Failure> {
    let client = client(&enterprise, &request)?;
    let waiting = enterprise.arrivals.listen(client).map_err(too_many)?;
    let cursor = enterprise.party.store.read(move |tx| inbox::newest(tx, &client)).await?;
    enterprise.arrivals.tell(Arrival { client, cursor });
    Ok(events::from_watch(waiting.during(STREAM_LIFE), stopping, |cursor| {
        Some(Event::default().event("inbox").data(format!("{{\"next\":{cursor}}}")))
    }))
}

/// Passes a forwarded file on to a friend's inbox. Idempotent by recipient and last hop.
#[utoipa::path(
    post, path = routes::RELAY, security(("signed" = [])), request_body = RelayRequest,
    responses(
        (status = 200, description = "By what the delivery is known", body = Relayed),
        (status = 403, description = "forbidden"),
        (status = 404, description = "unknown-recipient"),
        (status = 422, description = "not-genuine"),
        (status = 429, description = "inbox-full"),
    ),
)]
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

/// A packet file.
#[utoipa::path(
    get, path = format!("{}{{id}}", routes::DOWNLOAD),
    params(("id" = String, Path, description = "128 random bits", max_length = 64)),
    responses((status = 200, description = "The packet file", content_type = MEDIA_TYPE, body = Object), (status = 404, description = "not-found")),
)]
async fn download(State(enterprise): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    send_file(&enterprise, "download", id).await
}

/// One packet's file.
#[utoipa::path(
    get, path = admin::PACKET_FILE, params(("id" = inline(Digest), Path, description = "The packet's id")),
    responses((status = 200, description = "The packet file", content_type = MEDIA_TYPE, body = Object), (status = 404, description = "not-found")),
)]
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

/// Creates a campaign and has its rewards frozen at the bank. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::CAMPAIGNS, request_body = CreateCampaign,
    responses(
        (status = 200, description = "The campaign", body = CampaignView),
        (status = 409, description = "campaign-failed, request-reused"),
        (status = 422, description = "bad-campaign, bank-not-found"),
    ),
)]
async fn create_campaign(State(enterprise): Shared, request: Incoming) -> Result<Json<CampaignView>, Failure> {
    campaigns::create(&enterprise, request.json()?).await.map(Json)
}

/// All campaigns, oldest first.
#[utoipa::path(get, path = admin::CAMPAIGNS, responses((status = 200, description = "The campaigns", body = CampaignList)))]
async fn list_campaigns(State(enterprise): Shared) -> Result<Json<CampaignList>, Failure> {
    campaigns::list(&enterprise).await.map(Json)
}

/// One campaign.
#[utoipa::path(
    get, path = format!("{}/{{id}}", admin::CAMPAIGNS), params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignView), (status = 404, description = "unknown-campaign")),
)]
async fn show_campaign(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<CampaignView>, Failure> {
    campaigns::show(&enterprise, &id).await.map(Json)
}

/// Issues packets of a campaign, with consecutive serial numbers. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::PACKETS, request_body = IssuePackets,
    responses(
        (status = 200, description = "The packets", body = IssuedPackets),
        (status = 404, description = "unknown-campaign"),
        (status = 409, description = "campaign-exhausted, campaign-expired, campaign-not-open, request-reused"),
        (status = 422, description = "bad-card"),
    ),
)]
async fn issue_packets(State(enterprise): Shared, request: Incoming) -> Result<Json<IssuedPackets>, Failure> {
    issuing::issue(&enterprise, request.json()?).await.map(Json)
}

/// Has vouchers withdrawn or extended by their banks. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::INSTRUCTIONS, request_body = InstructPackets,
    responses(
        (status = 200, description = "What became of each packet", body = Instructed),
        (status = 404, description = "not-found, unknown-campaign"),
        (status = 409, description = "request-reused"),
    ),
)]
async fn instruct(State(enterprise): Shared, request: Incoming) -> Result<Json<Instructed>, Failure> {
    instructions::instruct(&enterprise, request.json()?).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// The campaign's id; all campaigns without it.
    campaign: Option<String>,
}

/// What became of the packets of one campaign, or of all.
#[utoipa::path(
    get, path = admin::STATS, params(Of),
    responses((status = 200, description = "The figures", body = Stats), (status = 404, description = "unknown-campaign")),
)]
async fn show_stats(State(enterprise): Shared, Query(of): Query<Of>) -> Result<Json<Stats>, Failure> {
    stats::of(&enterprise, of.campaign).await.map(Json)
}

/// Tries again what a bank refused.
#[utoipa::path(post, path = admin::RETRY, responses((status = 200, description = "What is tried", body = Retried)))]
async fn retry(State(enterprise): Shared) -> Result<Json<Retried>, Failure> {
    vouchers::retry_refused(&enterprise).await.map(Json)
}
