//! The bank's public routes: reads who asks, hands on to the room that decides, and writes its answer.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::{Json, Router, middleware};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::collect::{AcceptanceChoice, CollectRequest, CollectionStatus, LinkRequest, Linked};
use crate::api::discovery::{Discovery, Role};
use crate::api::draw::{DrawAnswer, DrawPage, DrawRequest};
use crate::api::feed::FeedAnswer;
use crate::api::fund::{FundAnswer, FundRequest};
use crate::api::instruction::{InstructionAnswer, InstructionRequest};
use crate::api::order::{HolderKey, OrderAnswer, OrderRequest};
use crate::api::problem::Problem;
use crate::api::recovery::RecoveryPage;
use crate::api::routes;
use crate::api::surrender::{SurrenderAnswer, SurrenderRequest};
use crate::api::voucher::{Application, Batch, BatchAnswer, Issued, MAX_BATCH_BYTES, VoucherStatus};
use crate::bank::error::{BankError, bad_request, not_found};
use crate::bank::{Bank, collections, draws, feed, funds, instructions, keys, links, orders, surrenders, vouchers};
use crate::jose::{Digest, to_base64url};
use crate::party::discovery::key_routes;
use crate::party::openapi::{self, Document};
use crate::party::recovery::{self, Cursor};
use crate::party::request::Incoming;

type Answer<T> = Result<Json<T>, Problem>;

/// The routes for everybody: wallets, enterprises and other banks.
pub fn router(bank: Arc<Bank>) -> Router {
    let keys = Router::from(key_routes()).with_state(bank.party.clone());
    let gate = middleware::from_fn_with_state(bank.clone(), recovery::gate::<Bank>);
    let routes = Router::from(own_routes()).with_state(bank).layer(gate).merge(keys);
    openapi::described(routes, &document())
}

/// What [`router`] says of itself.
#[must_use]
pub fn document() -> Document {
    openapi::public(Role::Bank, [own_routes().into_openapi(), key_routes().into_openapi()])
}

fn own_routes() -> OpenApiRouter<Arc<Bank>> {
    OpenApiRouter::default()
        .routes(routes!(discovery))
        .routes(routes!(freeze))
        .routes(routes!(issue))
        .routes(routes!(issue_batch).layer(DefaultBodyLimit::max(MAX_BATCH_BYTES)))
        .routes(routes!(voucher))
        .routes(routes!(give_draws))
        .routes(routes!(closed_draw))
        .routes(routes!(instruct))
        .routes(routes!(read_feed))
        .routes(routes!(link))
        .routes(routes!(choose_acceptance))
        .routes(routes!(collect))
        .routes(routes!(collection))
        .routes(routes!(order))
        .routes(routes!(surrender))
        .routes(routes!(holder_key))
        .routes(routes!(tell_lost))
}

/// What the bank is: its name, keys, account prefixes and member banks.
#[utoipa::path(get, path = routes::WELL_KNOWN, responses((status = 200, description = "The document", body = Discovery)))]
async fn discovery(State(bank): State<Arc<Bank>>) -> Answer<Discovery> {
    answer(bank.discovery().await.map_err(BankError::from))
}

/// An applicant freezes money for many vouchers. Idempotent by the fund's `jti`.
#[utoipa::path(
    post, path = routes::FUNDS, request_body = FundRequest,
    responses(
        (status = 200, description = "The fund's number", body = FundAnswer),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 409, description = "id-reused, insufficient-funds, wrong-currency"),
        (status = 422, description = "not-genuine, unknown-party, unknown-account"),
    ),
)]
async fn freeze(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<FundAnswer> {
    answer(funds::freeze(&bank, &incoming.body).await)
}

/// An applicant applies for a packet's voucher, and its money is frozen. Idempotent by the packet.
#[utoipa::path(
    post, path = routes::VOUCHERS, security(("signed" = ["applicant"])), request_body = Application,
    responses(
        (status = 200, description = "The signed voucher", body = Issued),
        (status = 400, description = "wrong-audience"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "already-issued, draw-used, expired, fund-not-frozen, insufficient-funds, unknown-draw, wrong-currency"),
        (status = 422, description = "not-genuine, unknown-account, unknown-party"),
    ),
)]
async fn issue(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<Issued> {
    let asker = incoming.asker(&bank.party)?;
    answer(vouchers::issue(&bank, asker, incoming.json()?).await)
}

/// An applicant applies for many packets' vouchers, each answered by itself.
#[utoipa::path(
    post, path = routes::VOUCHER_BATCH, security(("signed" = ["applicant"])), request_body = Batch,
    responses(
        (status = 200, description = "The vouchers, or why not", body = BatchAnswer),
        (status = 403, description = "forbidden"),
        (status = 422, description = "unknown-party"),
    ),
)]
async fn issue_batch(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<BatchAnswer> {
    let asker = incoming.asker(&bank.party)?;
    answer(vouchers::issue_batch(&bank, asker, incoming.json()?).await)
}

/// Where a packet's voucher stands.
#[utoipa::path(
    get, path = format!("{}/{{packet}}", routes::VOUCHERS),
    params(("packet" = inline(Digest), Path, description = "The packet's digest")),
    responses((status = 200, description = "The status", body = VoucherStatus), (status = 404, description = "not-found")),
)]
async fn voucher(State(bank): State<Arc<Bank>>, Path(packet): Path<String>) -> Answer<VoucherStatus> {
    let digest: Digest = packet.parse().map_err(|_| not_found("This bank issued no voucher for that packet."))?;
    answer(vouchers::status(&bank, digest).await)
}

/// An applicant instructs about its vouchers: to withdraw or to extend. Idempotent by the instruction's `jti`.
#[utoipa::path(
    post, path = routes::INSTRUCTIONS, request_body = InstructionRequest,
    responses(
        (status = 200, description = "The signed outcome, packet by packet", body = InstructionAnswer),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 409, description = "id-reused"),
        (status = 422, description = "not-genuine, unknown-party"),
    ),
)]
async fn instruct(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<InstructionAnswer> {
    answer(instructions::receive(&bank, &incoming.body).await)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct After {
    /// Entries behind this cursor; 0 for all.
    after: i64,
}

/// What happened to an applicant's vouchers.
#[utoipa::path(
    get, path = routes::FEED, security(("signed" = ["applicant"])), params(After),
    responses(
        (status = 200, description = "A signed page", body = FeedAnswer),
        (status = 403, description = "forbidden"),
        (status = 422, description = "unknown-party"),
    ),
)]
async fn read_feed(
    State(bank): State<Arc<Bank>>,
    after: Result<Query<After>, axum::extract::rejection::QueryRejection>,
    incoming: Incoming,
) -> Answer<FeedAnswer> {
    let asker = incoming.asker(&bank.party)?;
    let Query(After { after }) = after.map_err(|_| bad_request("Say from where on to read, such as ?after=0."))?;
    let applicant = keys::asking_applicant(&bank, asker).await;
    answer(feed::page(&bank, applicant.map_err(Problem::from)?.origin, after).await)
}

/// An applicant gets draws for lucky packets. Idempotent by the request.
#[utoipa::path(
    post, path = routes::DRAWS, security(("signed" = ["applicant"])), request_body = DrawRequest,
    responses(
        (status = 200, description = "The hashes of one-use seeds", body = DrawAnswer),
        (status = 403, description = "forbidden"),
        (status = 409, description = "id-reused, too-many-draws"),
        (status = 422, description = "unknown-party"),
    ),
)]
async fn give_draws(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<DrawAnswer> {
    let asker = incoming.asker(&bank.party)?;
    let request: DrawRequest = incoming.json()?;
    let applicant = keys::asking_applicant(&bank, asker).await;
    answer(draws::give(&bank, applicant.map_err(Problem::from)?.origin, request).await)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Behind {
    /// Places behind this one; 0 for all.
    after: u32,
}

/// A closed draw, for whoever has its packet.
#[utoipa::path(
    get, path = format!("{}/{{packet}}", routes::DRAWS),
    params(("packet" = inline(Digest), Path, description = "The packet's digest"), Behind),
    responses(
        (status = 200, description = "A signed page", body = DrawPage),
        (status = 404, description = "not-found"),
        (status = 409, description = "not-yet-closed"),
    ),
)]
async fn closed_draw(
    State(bank): State<Arc<Bank>>,
    Path(packet): Path<String>,
    behind: Result<Query<Behind>, axum::extract::rejection::QueryRejection>,
) -> Answer<DrawPage> {
    let packet = packet.parse().map_err(|_| not_found("This bank draws no lucky shares of that packet."))?;
    let Query(Behind { after }) = behind.map_err(|_| bad_request("Say from where on to read, such as ?after=0."))?;
    answer(draws::page(&bank, packet, after).await)
}

/// Ties an account to the asking client with its one-time code.
#[utoipa::path(
    post, path = routes::LINKS, security(("signed" = ["client"])), request_body = LinkRequest,
    responses((status = 200, description = "The account", body = Linked), (status = 403, description = "wrong-code")),
)]
async fn link(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<Linked> {
    let client = incoming.asker(&bank.party)?.key;
    let (request, key, now) = (incoming.json::<LinkRequest>()?, bank.secrets.codes.clone(), bank.party.now());
    let linked = bank.party.store.decide(move |tx| links::link(tx, &key, &client, &request, now)).await;
    linked.map_err(Problem::from)?.map(Json)
}

/// A customer says whether collections into the own account wait for a clerk.
#[utoipa::path(
    post, path = routes::ACCEPTANCE, security(("signed" = ["client"])), request_body = AcceptanceChoice,
    responses(
        (status = 200, description = "What is set now", body = AcceptanceChoice),
        (status = 403, description = "account-not-linked"),
    ),
)]
async fn choose_acceptance(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<AcceptanceChoice> {
    let client = incoming.asker(&bank.party)?.key;
    answer(collections::choose_acceptance(&bank, client, incoming.json()?).await)
}

/// A collector applies for a packet's money. Idempotent by the collection's `jti`.
#[utoipa::path(
    post, path = routes::COLLECTIONS, request_body = CollectRequest,
    responses(
        (status = 200, description = "Where it stands", body = CollectionStatus),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 403, description = "account-not-linked, forbidden"),
        (status = 409, description = "already-collected, collection-in-progress, id-reused, member-limit, wrong-currency"),
        (status = 422, description = "not-genuine, unknown-party"),
    ),
)]
async fn collect(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<CollectionStatus> {
    answer(collections::apply(&bank, &incoming.body).await)
}

/// Where a collection of the asking client stands.
#[utoipa::path(
    get, path = format!("{}/{{id}}", routes::COLLECTIONS), security(("signed" = ["client"])),
    params(("id" = Uuid, Path, description = "The collection's id, its `jti`")),
    responses((status = 200, description = "The status", body = CollectionStatus), (status = 404, description = "not-found")),
)]
async fn collection(
    State(bank): State<Arc<Bank>>,
    Path(id): Path<String>,
    incoming: Incoming,
) -> Answer<CollectionStatus> {
    let client = incoming.asker(&bank.party)?.key;
    let id: Uuid = id.parse().map_err(|_| not_found("There is no such collection of yours."))?;
    answer(collections::status(&bank, client, id).await)
}

/// A member bank asks to release a share. Idempotent by the order's `jti`: the same bytes are answered forever.
#[utoipa::path(
    post, path = routes::ORDERS, request_body = OrderRequest,
    responses(
        (status = 200, description = "The signed answer", body = OrderAnswer),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 409, description = "id-reused"),
        (status = 422, description = "not-genuine, unknown-party"),
    ),
)]
async fn order(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<OrderAnswer> {
    answer(orders::receive(&bank, &incoming.body).await)
}

/// An applicant gives up a share's money, because its collector chose the goods. Idempotent by `jti`.
#[utoipa::path(
    post, path = routes::SURRENDERS, request_body = SurrenderRequest,
    responses(
        (status = 200, description = "The signed answer", body = SurrenderAnswer),
        (status = 400, description = "wrong-audience"),
        (status = 401, description = "clock-skew"),
        (status = 403, description = "forbidden"),
        (status = 409, description = "id-reused"),
        (status = 422, description = "not-genuine, unknown-party"),
    ),
)]
async fn surrender(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<SurrenderAnswer> {
    answer(surrenders::receive(&bank, &incoming.body).await)
}

/// The key by which a member bank names persons to this bank.
#[utoipa::path(
    get, path = routes::HOLDER_KEY, security(("signed" = ["member"])),
    responses(
        (status = 200, description = "The key", body = HolderKey),
        (status = 403, description = "forbidden"),
        (status = 422, description = "unknown-party"),
    ),
)]
async fn holder_key(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Answer<HolderKey> {
    let asker = incoming.asker(&bank.party)?;
    let member = keys::asking_member(&bank, asker).await;
    answer(member.map(|_| HolderKey { key: to_base64url(&*bank.secrets.holder) }))
}

/// What a member bank signed for this one, for a member whose books were put back from a copy.
#[utoipa::path(
    get, path = format!("{}{{part}}", routes::RECOVERY), security(("signed" = ["member"])),
    params(("part" = String, Path, description = "`orders`"), Cursor),
    responses(
        (status = 200, description = "A page", body = RecoveryPage),
        (status = 403, description = "forbidden"),
        (status = 422, description = "unknown-party"),
        (status = 502, description = "party-unreachable"),
    ),
)]
async fn tell_lost(
    State(bank): State<Arc<Bank>>,
    Path(part): Path<String>,
    after: Result<Query<Cursor>, axum::extract::rejection::QueryRejection>,
    incoming: Incoming,
) -> Answer<RecoveryPage> {
    let asker = incoming.asker(&bank.party)?;
    let Query(Cursor { after }) = after.map_err(|_| bad_request("Begin without `after`."))?;
    let member = keys::asking_member(&bank, asker).await.map_err(Problem::from)?;
    answer(super::recovery::tell(&bank, member.origin, &part, &after).await)
}

pub(super) fn answer<T>(result: Result<T, BankError>) -> Answer<T> {
    result.map(Json).map_err(Problem::from)
}
