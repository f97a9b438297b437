//! Routes: reads requests, calls the room that decides, writes answers. Decides nothing itself.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::admin::batch::{BatchRows, BatchView, CreateBatch, LoadRows};
use super::admin::life::{Find, Lives, Reissue, Reissued};
use super::admin::review::{Judge, RewardPage, RewardRow};
use super::admin::{
    self, CampaignList, CampaignView, ChangeStock, CreateCampaign, Delivered, GoodsList, GoodsOne, InstructPackets,
    Instructed, IssuePackets, IssuedPackets, Missing, Redeem, Refund, Retried, Ship, StockView, TakeStep, TestPacket,
};
use super::arrivals::{Arrival, Crowd, STREAM_LIFE};
use super::failure::Failure;
use super::landing::{self, Asked, Wish};
use super::{
    Enterprise, batches, campaigns, deliveries, files, find, goods, holds, inbox, instructions, issuing, notices,
    posted, recovery, reissues, relay, samples, shown, standing, stats, stored, vouchers,
};
use crate::api::delivery::{DeliveryName, OpeningsPage, Recalled, StatesAnswer, StatesRequest};
use crate::api::discovery::{Discovery, Role};
use crate::api::goods::{GoodsAnswer, GoodsRequest, GoodsStatus};
use crate::api::inbox::{InboxPage, RelayRequest, Relayed};
use crate::api::notice::{NoticeAnswer, NoticeRequest};
use crate::api::posting::{PostRequest, Posted};
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::api::states::GoodsState;
use crate::jose::{ClientId, Digest};
use crate::net::events::{self, Event};
use crate::net::server::Stopping;
use crate::packet::file::{MAX_FILE_BYTES, MEDIA_TYPE};
use crate::packet::text;
use crate::party::discovery::key_routes;
use crate::party::figures::figure_routes;
use crate::party::openapi::{self, Document};
use crate::party::request::Incoming;
use crate::store::{StoreError, Tx, values};

/// A file and what stands around it in a request to pass it on.
const RELAY_BYTES: usize = MAX_FILE_BYTES + 4096;
/// Pictures as base64 and everything else of a campaign.
const ADMIN_BYTES: usize = 2 * 1024 * 1024;

type Shared = State<Arc<Enterprise>>;

/// The routes for everybody.
pub fn router(enterprise: Arc<Enterprise>) -> Router {
    let keys = Router::from(key_routes()).with_state(enterprise.party.clone());
    let routes = Router::from(own_routes()).with_state(enterprise).merge(keys);
    openapi::described(routes, &document())
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
        .routes(routes!(collect_goods))
        .routes(routes!(goods_status))
        .routes(routes!(pass_on).layer(DefaultBodyLimit::max(RELAY_BYTES)))
        .routes(routes!(relay_states))
        .routes(routes!(recall))
        .routes(routes!(openings))
        .routes(routes!(host_forward).layer(DefaultBodyLimit::max(RELAY_BYTES)))
        .routes(routes!(download))
        .routes(routes!(preview))
        .merge(recovery::routes())
}

/// The routes for the operator. Whoever serves them puts a token in front.
pub fn admin_router(enterprise: Arc<Enterprise>) -> Router {
    let figures = Router::from(figure_routes()).with_state(enterprise.party.clone());
    let routes = Router::from(admin_routes()).with_state(enterprise).merge(figures);
    openapi::described(routes, &admin_document())
}

/// What [`admin_router`] says of itself.
#[must_use]
pub fn admin_document() -> Document {
    openapi::admin(Role::Enterprise, [admin_routes().into_openapi(), figure_routes().into_openapi()])
}

fn admin_routes() -> OpenApiRouter<Arc<Enterprise>> {
    OpenApiRouter::default()
        .routes(routes!(list_campaigns, create_campaign))
        .routes(routes!(show_campaign))
        .routes(routes!(take_step))
        .routes(routes!(test_packet))
        .routes(routes!(issue_packets))
        .routes(routes!(packet_file))
        .routes(routes!(reissue))
        .routes(routes!(find_packets))
        .routes(routes!(create_batch))
        .routes(routes!(show_batch))
        .routes(routes!(batch_rows, load_rows))
        .routes(routes!(list_rewards))
        .routes(routes!(judge_reward))
        .routes(routes!(instruct))
        .routes(routes!(show_stats))
        .routes(routes!(retry))
        .routes(routes!(show_stock, change_stock))
        .routes(routes!(list_goods))
        .routes(routes!(show_goods))
        .routes(routes!(redeem))
        .routes(routes!(out_of_stock))
        .routes(routes!(refund))
        .routes(routes!(ship))
        .routes(routes!(delivered))
        .merge(recovery::admin_routes())
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
        keys: party.own.known().current.clone(),
        changes: party.own.changes().to_vec(),
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
    get, path = routes::INBOX, security(("signed" = ["client"])), params(After),
    responses((status = 200, description = "A page", body = InboxPage), (status = 403, description = "forbidden")),
)]
async fn read_inbox(
    State(enterprise): Shared,
    after: Result<Query<After>, QueryRejection>,
    request: Incoming,
) -> Result<Json<InboxPage>, Failure> {
    let client = client(&enterprise, &request)?;
    inbox::read(&enterprise, client, cursor(after)?).await.map(Json)
}

fn cursor(after: Result<Query<After>, QueryRejection>) -> Result<i64, Problem> {
    after.ok().map(|Query(After { after })| after).filter(|after| *after >= 0).ok_or_else(|| {
        Problem::general(General::BadRequest, "`after` is a cursor from an earlier page, or 0.")
            .with_next("Begin with ?after=0.")
    })
}

/// Events that wake the asking client; the inbox is the truth. The stream ends after 10 minutes.
#[utoipa::path(
    get, path = routes::INBOX_EVENTS, security(("signed" = ["client"])),
    responses(
        (status = 200, description = "Events `inbox` with `{\"next\":cursor}`", content_type = "text/event-stream", body = Object),
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

/// A collector asks for a packet's goods and gets their one-time code. Idempotent by the collection's `jti`.
#[utoipa::path(
    post, path = routes::GOODS, request_body = GoodsRequest,
    responses(
        (status = 200, description = "The signed answer", body = GoodsAnswer),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "id-reused"),
        (status = 422, description = "not-genuine, unknown-packet"),
    ),
)]
async fn collect_goods(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsAnswer>, Failure> {
    goods::collect(&enterprise, &request.body).await.map(Json)
}

/// Where goods of the asking client stand.
#[utoipa::path(
    get, path = format!("{}/{{id}}", routes::GOODS), security(("signed" = ["client"])),
    params(("id" = Uuid, Path, description = "The collection's id, its `jti`")),
    responses(
        (status = 200, description = "The status", body = GoodsStatus),
        (status = 403, description = "forbidden"),
        (status = 404, description = "not-found"),
    ),
)]
async fn goods_status(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<GoodsStatus>, Failure> {
    let client = client(&enterprise, &request)?;
    let id = id.parse().map_err(|_| Problem::general(General::NotFound, "A collection's id is a UUID."))?;
    goods::status(&enterprise, client, id).await.map(Json)
}

/// Passes a forwarded file on to a friend's inbox. Idempotent by recipient and last hop.
#[utoipa::path(
    post, path = routes::RELAY, security(("signed" = ["client"])), request_body = RelayRequest,
    responses(
        (status = 200, description = "By what the delivery is known", body = Relayed),
        (status = 403, description = "forbidden, sender-unknown"),
        (status = 404, description = "unknown-recipient"),
        (status = 422, description = "not-genuine"),
        (status = 429, description = "inbox-full"),
    ),
)]
async fn pass_on(State(enterprise): Shared, request: Incoming) -> Result<Json<Relayed>, Failure> {
    let sender = client(&enterprise, &request)?;
    relay::pass_on(&enterprise, &request.body, sender).await.map(Json)
}

/// Where what the asking client passed on stands: of what is not its own, `unknown`.
#[utoipa::path(
    post, path = routes::RELAY_STATES, security(("signed" = ["client"])), request_body = StatesRequest,
    responses(
        (status = 200, description = "Of each, in the same order", body = StatesAnswer),
        (status = 403, description = "forbidden"),
    ),
)]
async fn relay_states(State(enterprise): Shared, request: Incoming) -> Result<Json<StatesAnswer>, Failure> {
    let sender = client(&enterprise, &request)?;
    deliveries::states(&enterprise, &request.body, sender).await.map(Json)
}

/// Takes back what the asking client passed on, unless it is in the friend's wallet already. Idempotent.
#[utoipa::path(
    post, path = routes::RELAY_RECALL, security(("signed" = ["client"])), request_body = DeliveryName,
    responses(
        (status = 200, description = "What holds now", body = Recalled),
        (status = 403, description = "forbidden"),
    ),
)]
async fn recall(State(enterprise): Shared, request: Incoming) -> Result<Json<Recalled>, Failure> {
    let sender = client(&enterprise, &request)?;
    deliveries::recall(&enterprise, &request.body, sender).await.map(Json)
}

/// Who opened what the asking client forwarded, as far as they agreed to be shown.
#[utoipa::path(
    get, path = routes::OPENINGS, security(("signed" = ["client"])), params(After),
    responses((status = 200, description = "A page", body = OpeningsPage), (status = 403, description = "forbidden")),
)]
async fn openings(
    State(enterprise): Shared,
    after: Result<Query<After>, QueryRejection>,
    request: Incoming,
) -> Result<Json<OpeningsPage>, Failure> {
    let forwarder = client(&enterprise, &request)?;
    shown::page(&enterprise, forwarder, cursor(after)?).await.map(Json)
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

/// Hosts a forwarded file at an address of its own. Idempotent by the last hop.
#[utoipa::path(
    post, path = routes::FORWARDS, security(("signed" = ["client"])), request_body = PostRequest,
    responses(
        (status = 200, description = "Where it is", body = Posted),
        (status = 403, description = "forbidden"),
        (status = 410, description = "gone"),
        (status = 422, description = "not-genuine"),
        (status = 429, description = "too-many-links"),
    ),
)]
async fn host_forward(State(enterprise): Shared, request: Incoming) -> Result<Json<Posted>, Failure> {
    let sender = client(&enterprise, &request)?;
    posted::host(&enterprise, &request.body, sender).await.map(Json)
}

/// A packet file, as it was issued or forwarded; for whoever asks for `text/html`, a page that shows its envelope.
#[utoipa::path(
    get, path = format!("{}{{id}}", routes::DOWNLOAD),
    params(("id" = String, Path, description = "128 random bits", max_length = 64), Asked),
    responses(
        (status = 200, description = "The packet file, or its page", content((Object = "application/vnd.hongbao+json"), (String = "text/html; charset=utf-8"))),
        (status = 404, description = "not-found", content((String = "text/html; charset=utf-8"))),
        (status = 410, description = "gone", content((String = "text/html; charset=utf-8"))),
    ),
)]
async fn download(
    State(enterprise): Shared,
    Path(id): Path<String>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Response {
    // A query that makes no sense asks for nothing special.
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    landing::answer(&enterprise, &id, &Wish::of(&asked, &headers)).await
}

/// The picture of the envelope that previews show: no amount, nothing to collect with.
#[utoipa::path(
    get, path = format!("{}{{id}}{}", routes::DOWNLOAD, routes::PREVIEW),
    params(("id" = String, Path, description = "128 random bits", max_length = 64)),
    responses(
        (status = 200, description = "1200 × 630", content_type = "image/png", body = Vec<u8>),
        (status = 404, description = "not-found"),
        (status = 410, description = "gone"),
    ),
)]
async fn preview(State(enterprise): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    landing::preview(&enterprise, &id).await
}

/// One packet's file.
#[utoipa::path(
    get, path = admin::PACKET_FILE, params(("id" = inline(Digest), Path, description = "The packet's id")),
    responses((status = 200, description = "The packet file", content_type = MEDIA_TYPE, body = Object), (status = 404, description = "not-found")),
)]
async fn packet_file(State(enterprise): Shared, Path(id): Path<String>) -> Result<Response, Failure> {
    // What is no identifier names nothing, and not every database takes such a text (a NUL).
    if text::IDENTIFIER.check(&id).is_err() {
        return Err(landing::unknown());
    }
    let query = move |tx: &mut Tx<'_>| -> Result<_, StoreError> {
        let Some(row) = tx.first("SELECT id, serial FROM packet WHERE id = ?1", &values![id])? else {
            return Ok(None);
        };
        Ok(Some((stored::count(&row, "serial")?, files::of_packet(tx, row.text("id")?)?)))
    };
    match enterprise.party.store.read(query).await? {
        Some((serial, Some(file))) => Ok(landing::file(&file, serial)),
        Some((_, None)) => Err(landing::not_yet()),
        None => Err(landing::unknown()),
    }
}

/// Creates a campaign and has its rewards frozen at the bank. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::CAMPAIGNS, request_body = CreateCampaign,
    responses(
        (status = 200, description = "The campaign", body = CampaignView),
        (status = 409, description = "campaign-failed, request-reused"),
        (status = 422, description = "bad-campaign, bad-stock, bank-not-found"),
    ),
)]
async fn create_campaign(State(enterprise): Shared, request: Incoming) -> Result<Json<CampaignView>, Failure> {
    campaigns::create(&enterprise, request.json()?).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BehindCampaign {
    /// Those behind the campaign with this id; all without it.
    after: Option<String>,
}

/// A page of all campaigns, oldest first.
#[utoipa::path(
    get, path = admin::CAMPAIGNS, params(BehindCampaign),
    responses((status = 200, description = "The campaigns", body = CampaignList), (status = 404, description = "unknown-campaign")),
)]
async fn list_campaigns(
    State(enterprise): Shared,
    Query(BehindCampaign { after }): Query<BehindCampaign>,
) -> Result<Json<CampaignList>, Failure> {
    campaigns::list(&enterprise, after).await.map(Json)
}

/// One campaign.
#[utoipa::path(
    get, path = format!("{}/{{id}}", admin::CAMPAIGNS), params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The campaign", body = CampaignView), (status = 404, description = "unknown-campaign")),
)]
async fn show_campaign(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<CampaignView>, Failure> {
    campaigns::show(&enterprise, &id).await.map(Json)
}

/// Opens, pauses, resumes or closes a campaign.
#[utoipa::path(
    post, path = admin::CAMPAIGN_STEPS, params(("id" = String, Path, description = "The campaign's id")),
    request_body = TakeStep,
    responses(
        (status = 200, description = "The campaign", body = CampaignView),
        (status = 404, description = "unknown-campaign"),
        (status = 409, description = "campaign-closed, campaign-failed, campaign-not-open, request-reused"),
    ),
)]
async fn take_step(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<CampaignView>, Failure> {
    standing::step(&enterprise, &id, request.json()?).await.map(Json)
}

/// Makes a test packet, which is in no register.
#[utoipa::path(
    post, path = admin::CAMPAIGN_TEST, params(("id" = String, Path, description = "The campaign's id")),
    request_body = TestPacket,
    responses(
        (status = 200, description = "A packet file with the campaign's look and nothing to collect", content_type = "application/json", body = Object),
        (status = 404, description = "unknown-campaign"),
        (status = 422, description = "bad-card"),
    ),
)]
async fn test_packet(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Response, Failure> {
    let file = samples::make(&enterprise, &id, request.json()?).await?;
    Ok(([(CONTENT_TYPE, "application/json")], file.to_bytes()).into_response())
}

/// Issues packets of a campaign, with consecutive serial numbers. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::PACKETS, request_body = IssuePackets,
    responses(
        (status = 200, description = "The packets", body = IssuedPackets),
        (status = 404, description = "not-found, unknown-campaign"),
        (status = 409, description = "already-replaced, campaign-closed, campaign-exhausted, campaign-expired, campaign-not-open, campaign-paused, campaign-restored, draws-refused, not-withdrawn, out-of-stock, request-reused"),
        (status = 422, description = "bad-card, needs-recipient"),
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

/// Creates a batch of packets. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::batch::BATCHES,
    request_body = CreateBatch,
    responses(
        (status = 200, description = "The batch", body = BatchView),
        (status = 404, description = "unknown-campaign"),
        (status = 409, description = "campaign-closed, campaign-exhausted, campaign-expired, campaign-not-open, campaign-paused, campaign-restored, out-of-stock, request-reused"),
        (status = 422, description = "bad-batch, needs-recipient"),
    ),
)]
async fn create_batch(State(enterprise): Shared, request: Incoming) -> Result<Json<BatchView>, Failure> {
    batches::create(&enterprise, request.json()?).await.map(Json)
}

/// How a batch stands.
#[utoipa::path(
    get, path = admin::batch::BATCH, params(("id" = Uuid, Path, description = "The batch's id")),
    responses(
        (status = 200, description = "The batch", body = BatchView),
        (status = 404, description = "unknown-batch"),
    ),
)]
async fn show_batch(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<BatchView>, Failure> {
    batches::show(&enterprise, batches::parsed(&id)?).await.map(Json)
}

/// Loads a page of a batch's recipients. Idempotent by row.
#[utoipa::path(
    post, path = admin::batch::BATCH_ROWS, params(("id" = Uuid, Path, description = "The batch's id")),
    request_body = LoadRows,
    responses(
        (status = 200, description = "The batch", body = BatchView),
        (status = 404, description = "unknown-batch, unknown-campaign"),
        (status = 409, description = "campaign-closed, campaign-exhausted, campaign-expired, campaign-not-open, campaign-paused, campaign-restored, out-of-stock, request-reused"),
        (status = 422, description = "bad-batch"),
    ),
)]
async fn load_rows(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<BatchView>, Failure> {
    batches::load(&enterprise, &id, request.json()?).await.map(Json)
}

/// A batch's rows, with what became of them.
#[utoipa::path(
    get, path = admin::batch::BATCH_ROWS, params(("id" = Uuid, Path, description = "The batch's id"), After),
    responses(
        (status = 200, description = "A page", body = BatchRows),
        (status = 404, description = "unknown-batch"),
    ),
)]
async fn batch_rows(
    State(enterprise): Shared,
    Path(id): Path<String>,
    after: Result<Query<After>, QueryRejection>,
) -> Result<Json<BatchRows>, Failure> {
    batches::rows(&enterprise, &id, cursor(after)?).await.map(Json)
}

/// Packets by serial, id, link, recipient or client, with all that happened to them.
#[utoipa::path(
    get, path = admin::life::FIND, params(Find),
    responses(
        (status = 200, description = "The packets", body = Lives),
    ),
)]
async fn find_packets(State(enterprise): Shared, Query(wanted): Query<Find>) -> Result<Json<Lives>, Failure> {
    find::find(&enterprise, wanted).await.map(Json)
}

/// Sends a packet again that was lost. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::life::REISSUE, params(("id" = inline(Digest), Path, description = "The packet's id")),
    request_body = Reissue,
    responses(
        (status = 200, description = "How it was sent again", body = Reissued),
        (status = 404, description = "not-found"),
        (status = 409, description = "not-issued, request-reused"),
    ),
)]
async fn reissue(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<Reissued>, Failure> {
    reissues::reissue(&enterprise, &id, request.json()?).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Rewards {
    /// Only those that wait for a look.
    #[serde(default)]
    held: bool,
    /// Rewards behind this id.
    #[serde(default)]
    after: String,
}

/// Rewards by id.
#[utoipa::path(
    get, path = admin::review::REWARDS, params(Rewards),
    responses(
        (status = 200, description = "A page", body = RewardPage),
    ),
)]
async fn list_rewards(
    State(enterprise): Shared,
    Query(Rewards { held, after }): Query<Rewards>,
) -> Result<Json<RewardPage>, Failure> {
    holds::list(&enterprise, held, after).await.map(Json)
}

/// Decides of a reward that waits for a look.
#[utoipa::path(
    post, path = admin::review::JUDGEMENT, params(("id" = inline(Digest), Path, description = "The reward's id")),
    request_body = Judge,
    responses(
        (status = 200, description = "The reward", body = RewardRow),
        (status = 404, description = "not-found"),
        (status = 409, description = "already-judged, not-collected"),
    ),
)]
async fn judge_reward(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<RewardRow>, Failure> {
    holds::judge(&enterprise, &id, request.json()?).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Of {
    /// The campaign's id; all campaigns without it.
    campaign: Option<String>,
    /// Packets behind this serial number; 0 or nothing for all.
    #[param(minimum = 0)]
    #[serde(default)]
    after: i64,
}

/// A page of what became of the packets of one campaign, or of all.
#[utoipa::path(
    get, path = admin::stats::STATS, params(Of),
    responses((status = 200, description = "The figures", body = admin::stats::Stats), (status = 404, description = "unknown-campaign")),
)]
async fn show_stats(
    State(enterprise): Shared,
    of: Result<Query<Of>, QueryRejection>,
) -> Result<Json<admin::stats::Stats>, Failure> {
    let of = of.ok().map(|Query(of)| of).filter(|of| of.after >= 0).ok_or_else(|| {
        Problem::general(General::BadRequest, "The query cannot be read.")
            .with_next("Name at most one campaign, and a serial number to go on behind.")
    })?;
    stats::of(&enterprise, of.campaign, of.after).await.map(Json)
}

/// Tries again what a bank refused.
#[utoipa::path(post, path = admin::RETRY, responses((status = 200, description = "What is tried", body = Retried)))]
async fn retry(State(enterprise): Shared) -> Result<Json<Retried>, Failure> {
    vouchers::retry_refused(&enterprise).await.map(Json)
}

/// Where a campaign's units of goods are.
#[utoipa::path(
    get, path = admin::STOCK, params(("id" = String, Path, description = "The campaign's id")),
    responses(
        (status = 200, description = "The stock", body = StockView),
        (status = 404, description = "unknown-campaign"),
        (status = 409, description = "no-goods"),
    ),
)]
async fn show_stock(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<StockView>, Failure> {
    goods::show_stock(&enterprise, id).await.map(Json)
}

/// Puts units into a campaign's stock or takes them out. Idempotent by `request`.
#[utoipa::path(
    post, path = admin::STOCK, params(("id" = String, Path, description = "The campaign's id")), request_body = ChangeStock,
    responses(
        (status = 200, description = "The stock", body = StockView),
        (status = 404, description = "unknown-campaign"),
        (status = 409, description = "no-goods, out-of-stock, request-reused"),
        (status = 422, description = "bad-stock"),
    ),
)]
async fn change_stock(
    State(enterprise): Shared,
    Path(id): Path<String>,
    request: Incoming,
) -> Result<Json<StockView>, Failure> {
    goods::change_stock(&enterprise, id, request.json()?).await.map(Json)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Which {
    /// The campaign's id; all campaigns without it.
    campaign: Option<String>,
    /// A state of goods; all states without it.
    state: Option<String>,
    /// Those behind the collection with this id; the newest without it.
    after: Option<uuid::Uuid>,
}

/// A page of collections of goods, newest first.
#[utoipa::path(
    get, path = admin::GOODS, params(Which),
    responses((status = 200, description = "The collections", body = GoodsList), (status = 404, description = "unknown-goods")),
)]
async fn list_goods(State(enterprise): Shared, Query(which): Query<Which>) -> Result<Json<GoodsList>, Failure> {
    let state = which.state.as_deref().map(str::parse::<GoodsState>).transpose();
    let state = state.map_err(|_| {
        let next = "Use collected, out-of-stock, redeemed, shipped, delivered, expired or refunded.";
        Problem::general(General::BadRequest, "There is no such state of goods.").with_next(next)
    })?;
    goods::list(&enterprise, which.campaign, state, which.after).await.map(Json)
}

/// One collection of goods.
#[utoipa::path(
    get, path = format!("{}/{{id}}", admin::GOODS), params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The collection", body = GoodsOne), (status = 404, description = "unknown-goods")),
)]
async fn show_goods(State(enterprise): Shared, Path(id): Path<String>) -> Result<Json<GoodsOne>, Failure> {
    goods::show(&enterprise, id).await.map(Json)
}

/// Hands goods over for their code, once.
#[utoipa::path(
    post, path = admin::REDEEM, request_body = Redeem,
    responses(
        (status = 200, description = "The collection", body = GoodsOne),
        (status = 404, description = "unknown-code"),
        (status = 409, description = "already-redeemed, code-expired, other-handover, wrong-state"),
        (status = 422, description = "bad-code, bad-request"),
        (status = 429, description = "too-many-requests"),
    ),
)]
async fn redeem(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::redeem(&enterprise, request.json()?).await.map(Json)
}

/// Notes that goods were not there; their code stays good.
#[utoipa::path(
    post, path = admin::OUT_OF_STOCK, request_body = Missing,
    responses(
        (status = 200, description = "The collection", body = GoodsOne),
        (status = 404, description = "unknown-code, unknown-goods"),
        (status = 409, description = "already-redeemed, code-expired, other-handover, wrong-state"),
        (status = 422, description = "bad-code, bad-request"),
        (status = 429, description = "too-many-requests"),
    ),
)]
async fn out_of_stock(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::out_of_stock(&enterprise, request.json()?).await.map(Json)
}

/// Ends the code of goods that were chosen over money and are not there: the collector gets the money in a packet of its own. Once.
#[utoipa::path(
    post, path = admin::REFUND, request_body = Refund,
    responses(
        (status = 200, description = "The collection", body = GoodsOne),
        (status = 404, description = "unknown-code, unknown-goods"),
        (status = 409, description = "already-redeemed, code-expired, no-money, wrong-state"),
        (status = 422, description = "bad-code, bad-request"),
        (status = 429, description = "too-many-requests"),
    ),
)]
async fn refund(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::refund(&enterprise, request.json()?).await.map(Json)
}

/// Notes that goods were sent.
#[utoipa::path(
    post, path = admin::SHIP, request_body = Ship,
    responses(
        (status = 200, description = "The collection", body = GoodsOne),
        (status = 404, description = "unknown-goods"),
        (status = 409, description = "already-redeemed, code-expired, other-handover, wrong-state"),
        (status = 422, description = "bad-request"),
    ),
)]
async fn ship(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::ship(&enterprise, request.json()?).await.map(Json)
}

/// Notes that a parcel arrived.
#[utoipa::path(
    post, path = admin::DELIVERED, request_body = Delivered,
    responses(
        (status = 200, description = "The collection", body = GoodsOne),
        (status = 404, description = "unknown-goods"),
        (status = 409, description = "already-redeemed, code-expired, other-handover, wrong-state"),
        (status = 422, description = "bad-request"),
    ),
)]
async fn delivered(State(enterprise): Shared, request: Incoming) -> Result<Json<GoodsOne>, Failure> {
    goods::deliver(&enterprise, request.json()?).await.map(Json)
}
