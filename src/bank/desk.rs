//! The clerk's desk: collections that wait for a decision, what became of others, and what is overdue. A clerk decides with
//! a name, once; whoever decides too late is told what was decided.
//!
//! Whether a collection is held at all is decided in [`super::collections`].

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::account::AccountNumber;
use crate::api::problem::Problem;
use crate::api::states::{CollectionState, RefusalReason};
use crate::bank::error::{BankError, bad_request, not_found, stored, stored_opt, strange};
use crate::bank::ledger::{self, Resolution};
use crate::bank::router::answer;
use crate::bank::{Bank, collections};
use crate::clock::rfc3339;
use crate::jose::{ClientId, Digest};
use crate::money::Amount;
use crate::packet::{Origin, text};
use crate::party::request::Incoming;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// Collections (GET, `?state=held|open|overdue|all&after=ORDER`); one of them (GET, with its id or order).
pub const COLLECTIONS: &str = "/admin/collections";
/// Most collections of one page.
pub const PAGE_COLLECTIONS: usize = 500;

/// The path of one collection.
#[must_use]
pub fn collection_path(id: &str) -> String {
    format!("{COLLECTIONS}/{id}")
}

/// The path at which a held collection is accepted (POST, [`Accept`]).
#[must_use]
pub fn accept_path(id: &str) -> String {
    format!("{COLLECTIONS}/{id}/accept")
}

/// The path at which a held collection is rejected (POST, [`Reject`]).
#[must_use]
pub fn reject_path(id: &str) -> String {
    format!("{COLLECTIONS}/{id}/reject")
}

/// A clerk accepts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The clerk's name.
    #[schema(min_length = 1, max_length = 512)]
    pub by: String,
}

/// A clerk rejects.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Reject {
    /// The clerk's name.
    #[schema(min_length = 1, max_length = 512)]
    pub by: String,
    /// Why: a word of the collecting bank's own.
    pub reason: RefusalReason,
    /// What the customer is told besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 1024)]
    pub text: Option<String>,
}

/// Which collections.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Which {
    /// Those that wait for a clerk.
    #[default]
    Held,
    /// All that are not at their end.
    Open,
    /// Those whose issuing bank has not kept the time it promised.
    Overdue,
    /// All.
    All,
}

impl Which {
    const fn condition(self) -> &'static str {
        match self {
            Self::Held => "c.state = 'applied' AND CAST(?1 AS BIGINT) > 0",
            Self::Open => "c.state NOT IN ('paid', 'rejected') AND CAST(?1 AS BIGINT) > 0",
            Self::Overdue => {
                "c.state IN ('released', 'uncertain') AND c.pays_within IS NOT NULL AND (SELECT s.at FROM collection_step s \
                 WHERE s.client = c.client AND s.id = c.id AND s.state = 'released') + c.pays_within < ?1"
            }
            Self::All => "CAST(?1 AS BIGINT) > 0",
        }
    }
}

/// A collection, with what a clerk must see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionView {
    /// The collector's id of it.
    pub id: Uuid,
    /// This bank's id of it, and of its order.
    pub order: Uuid,
    /// Where it stands.
    pub state: CollectionState,
    /// Since when.
    pub since: String,
    /// The collector's client.
    pub client: ClientId,
    /// Into which account.
    pub account: AccountNumber,
    /// Whose account.
    pub holder: String,
    /// Whether the holder showed an identity document.
    pub identified: bool,
    /// How much.
    pub amount: Amount,
    /// The issuing bank.
    pub bank: Origin,
    /// Its voucher.
    pub voucher: String,
    /// The packet.
    pub packet: Digest,
    /// How often it was forwarded before.
    pub hops: u64,
    /// Held: until when a clerk can decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decides_by: Option<String>,
    /// Released: until when the issuing bank promised to answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pays_by: Option<String>,
    /// Whether that time is over.
    pub overdue: bool,
    /// Why it was rejected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<RefusalReason>,
    /// What the customer was told besides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<String>,
}

/// A page of collections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionList {
    /// In the order in which they came.
    pub collections: Vec<CollectionView>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// A collection with all that happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CollectionHistory {
    /// The collection.
    #[serde(flatten)]
    pub collection: CollectionView,
    /// Each state, first to last.
    pub steps: Vec<StepView>,
}

/// A state, since when, who made it so, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// The state.
    pub state: CollectionState,
    /// Since when.
    pub at: String,
    /// A client, a clerk, `bank`, `time`, or the issuing bank.
    pub actor: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The desk's routes; whoever serves them puts the admin token in front.
pub(super) fn routes() -> OpenApiRouter<Arc<Bank>> {
    OpenApiRouter::default().routes(routes!(list)).routes(routes!(show)).routes(routes!(accept)).routes(routes!(reject))
}

type Answer<T> = Result<Json<T>, Problem>;
type OfBank = State<Arc<Bank>>;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Which; held ones without it.
    #[param(inline)]
    #[serde(default)]
    state: Which,
    /// Those that came after the collection with this `order`; all without it.
    #[serde(default)]
    after: Option<Uuid>,
}

/// A page of collections, in the order in which they came.
#[utoipa::path(
    get, path = COLLECTIONS, operation_id = "list_collections", params(Wanted),
    responses((status = 200, description = "The collections", body = CollectionList), (status = 404, description = "not-found")),
)]
async fn list(
    State(bank): OfBank,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Answer<CollectionList> {
    let wrong = "`state` is held, open, overdue or all, and `after` the `order` of a collection.";
    let Query(Wanted { state, after }) = wanted.map_err(|_| bad_request(wrong))?;
    let now = bank.party.now();
    let list = bank.party.store.read(move |tx| {
        let behind = after.map_or(Ok(i64::MIN), |order| transfer_of(tx, order))?;
        let most = i64::try_from(PAGE_COLLECTIONS).unwrap_or(i64::MAX);
        let sql = format!("{SELECT} WHERE {} AND c.transfer > ?2 ORDER BY c.transfer LIMIT ?3", state.condition());
        let mut rows = tx.rows(&sql, &values![now, behind, most + 1])?;
        let more = rows.len() > PAGE_COLLECTIONS;
        rows.truncate(PAGE_COLLECTIONS);
        let collections = rows.iter().map(|row| view(row, now)).collect::<Result<_, StoreError>>()?;
        Ok::<_, BankError>(CollectionList { collections, more })
    });
    answer(list.await)
}

/// The transfer that was booked for a collection, by our id of it. Later ones have greater numbers.
fn transfer_of(tx: &mut Tx<'_>, order: Uuid) -> Result<i64, BankError> {
    let known = tx.first("SELECT transfer FROM collection WHERE order_id = ?1", &values![order.to_string()])?;
    let known = known.ok_or_else(|| not_found("There is no collection with this order to go on behind."))?;
    Ok(known.int("transfer")?)
}

/// One collection with all that happened to it.
#[utoipa::path(
    get, path = collection_path("{id}"), operation_id = "show_collection", params(("id" = String, Path, description = "The collection's id, or its order's")),
    responses(
        (status = 200, description = "The collection", body = CollectionHistory),
        (status = 404, description = "not-found"),
        (status = 409, description = "ambiguous-id"),
    ),
)]
async fn show(State(bank): OfBank, Path(id): Path<String>) -> Answer<CollectionHistory> {
    let now = bank.party.now();
    let shown = bank.party.store.read(move |tx| {
        let row = find(tx, &id)?;
        let sql = "SELECT * FROM collection_step WHERE client = ?1 AND id = ?2 ORDER BY n";
        let steps = tx.rows(sql, &values![row.text("client")?, row.text("id")?])?;
        let steps = steps.iter().map(step).collect::<Result<_, StoreError>>()?;
        Ok::<_, BankError>(CollectionHistory { collection: view(&row, now)?, steps })
    });
    answer(shown.await)
}

/// A clerk accepts a held collection.
#[utoipa::path(
    post, path = accept_path("{id}"), operation_id = "accept_collection", params(("id" = String, Path, description = "The collection's id, or its order's")), request_body = Accept,
    responses(
        (status = 200, description = "The collection", body = CollectionView),
        (status = 404, description = "not-found"),
        (status = 409, description = "ambiguous-id, collection-decided"),
    ),
)]
async fn accept(State(bank): OfBank, Path(id): Path<String>, incoming: Incoming) -> Answer<CollectionView> {
    let (request, now, now_ms) = (incoming.json::<Accept>()?, bank.party.now(), bank.party.clock.now_ms());
    check_name(&request.by)?;
    let accepted = bank.party.store.decide(move |tx| {
        let row = find(tx, &id)?;
        if !was_decided(&row, CollectionState::Accepted, now)? {
            let key = Key::read(&row)?;
            let cause = collections::Cause { actor: &request.by, reason: None };
            collections::add_step(tx, &key.client, key.id, CollectionState::Accepted, cause, now)?;
            let sql = "UPDATE collection SET next_at_ms = ?3 WHERE client = ?1 AND id = ?2";
            tx.execute(sql, &values![&key.client, key.id.to_string(), now_ms])?;
        }
        Ok::<_, BankError>(view(&find(tx, &id)?, now)?)
    });
    let accepted = accepted.await;
    bank.arrivals.notify_one();
    bank.wake_settlement.wake();
    answer(accepted)
}

/// A clerk rejects a held collection, with a reason.
#[utoipa::path(
    post, path = reject_path("{id}"), operation_id = "reject_collection", params(("id" = String, Path, description = "The collection's id, or its order's")), request_body = Reject,
    responses(
        (status = 200, description = "The collection", body = CollectionView),
        (status = 404, description = "not-found"),
        (status = 409, description = "ambiguous-id, collection-decided"),
    ),
)]
async fn reject(State(bank): OfBank, Path(id): Path<String>, incoming: Incoming) -> Answer<CollectionView> {
    let (request, now) = (incoming.json::<Reject>()?, bank.party.now());
    check_name(&request.by)?;
    if !request.reason.is_clerks() {
        let words = "identity-unclear, account-restricted, irregular or declined";
        return Err(bad_request(format!("A clerk's reason is {words}.")));
    }
    if let Some(words) = &request.text {
        text::NOTE.check(words).map_err(|error| bad_request(format!("The text: {error}.")))?;
    }
    let rejected = bank.party.store.decide(move |tx| {
        let row = find(tx, &id)?;
        if !was_decided(&row, CollectionState::Rejected, now)? {
            let refusal = Refused { by: &request.by, reason: request.reason, told: request.text.as_deref() };
            refuse(tx, &Key::read(&row)?, row.int("transfer")?, &refusal, now)?;
        }
        Ok::<_, BankError>(view(&find(tx, &id)?, now)?)
    });
    answer(rejected.await)
}

pub(super) fn check_name(by: &str) -> Result<(), Problem> {
    text::NAME.check(by).map_err(|error| bad_request(format!("The clerk's name: {error}.")))
}

/// Which collection.
struct Key {
    client: String,
    id: Uuid,
}

impl Key {
    fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { client: row.text("client")?.to_owned(), id: stored(row, "id")? })
    }
}

/// Whether a held collection was decided so before.
///
/// # Errors
/// `collection-decided` when it was decided otherwise or its time is over, or nobody had to decide it.
fn was_decided(row: &Row, so: CollectionState, now: i64) -> Result<bool, BankError> {
    let state: CollectionState = stored(row, "state")?;
    let held_until = row.opt_int("held_until")?;
    if state == CollectionState::Applied && held_until.is_some_and(|until| now <= until) {
        return Ok(false);
    }
    let as_asked = match so {
        CollectionState::Rejected => state == CollectionState::Rejected,
        _ => held_until.is_some() && !matches!(state, CollectionState::Applied | CollectionState::Rejected),
    };
    if as_asked {
        return Ok(true);
    }
    let detail = match (state, held_until) {
        (CollectionState::Applied, _) => "Its time to be decided is over; it is being rejected.".to_owned(),
        (_, None) => format!("No clerk had to decide this collection; it is {state}."),
        _ => format!("This collection was decided already; it is {state}."),
    };
    Err(Problem::new("collection-decided", 409, "There is nothing to decide", detail)
        .with_next("See how it stands: collection show ID")
        .into())
}

struct Refused<'a> {
    by: &'a str,
    reason: RefusalReason,
    told: Option<&'a str>,
}

/// The promised money is voided; nothing was asked of the issuing bank.
fn refuse(tx: &mut Tx<'_>, key: &Key, transfer: i64, refused: &Refused<'_>, now: i64) -> Result<(), BankError> {
    ledger::resolve(tx, transfer, Resolution::Voided, now)?;
    let reason = refused.reason.as_str();
    let cause = collections::Cause { actor: refused.by, reason: Some(reason) };
    collections::add_step(tx, &key.client, key.id, CollectionState::Rejected, cause, now)?;
    let sql = "UPDATE collection SET reason = ?3, told = ?4 WHERE client = ?1 AND id = ?2";
    tx.execute(sql, &values![&key.client, key.id.to_string(), reason, refused.told])?;
    Ok(())
}

/// Rejects some of the held collections whose time is over, and says how many those were.
///
/// # Errors
/// [`BankError`].
pub(super) fn time_out(tx: &mut Tx<'_>, most: i64, now: i64) -> Result<usize, BankError> {
    let sql = "SELECT client, id, transfer FROM collection WHERE state = 'applied' AND held_until < ?1 \
               ORDER BY held_until LIMIT ?2";
    let rows = tx.rows(sql, &values![now, most])?;
    for row in &rows {
        let refused = Refused { by: "time", reason: RefusalReason::TimedOut, told: None };
        refuse(tx, &Key::read(row)?, row.int("transfer")?, &refused, now)?;
    }
    Ok(rows.len())
}

/// When the next held collection's time is over.
///
/// # Errors
/// [`StoreError`].
pub(super) fn next_time_out(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MIN(held_until) AS at FROM collection WHERE state = 'applied'";
    Ok(tx.one(sql, &values![])?.opt_int("at")?.map(|at| at.saturating_add(1)))
}

const SELECT: &str = "SELECT c.*, a.holder, p.identity, \
    (SELECT MAX(s.at) FROM collection_step s WHERE s.client = c.client AND s.id = c.id AND s.state = c.state) AS since, \
    (SELECT MAX(s.at) FROM collection_step s WHERE s.client = c.client AND s.id = c.id AND s.state = 'released') \
    AS released_at FROM collection c JOIN account a ON a.number = c.account JOIN person p ON p.id = c.person";

/// The collection of this id, the collector's or ours. Collectors choose theirs, so two may have chosen the same.
fn find(tx: &mut Tx<'_>, id: &str) -> Result<Row, BankError> {
    let select = format!("{SELECT} WHERE c.id = ?1 OR c.order_id = ?1 LIMIT 2");
    // What is no id names nothing.
    let id = id.parse::<Uuid>().ok();
    let mut rows = id.map_or(Ok(Vec::new()), |id| tx.rows(&select, &values![id.to_string()]))?;
    if rows.len() > 1 {
        return Err(Problem::new("ambiguous-id", 409, "Two collections have this id", "Two clients chose this id.")
            .with_next("Name it by its `order`, as the list shows it.")
            .into());
    }
    let next = "See the list of collections: collection list --state all";
    rows.pop().ok_or_else(|| not_found("There is no such collection.").with_next(next).into())
}

fn view(row: &Row, now: i64) -> Result<CollectionView, StoreError> {
    let state: CollectionState = stored(row, "state")?;
    let hops: Vec<String> = serde_json::from_str(row.text("hops")?).map_err(|_| strange("hops"))?;
    let is_asked = matches!(state, CollectionState::Released | CollectionState::Uncertain);
    let pays_by = row.opt_int("released_at")?.zip(row.opt_int("pays_within")?).filter(|_| is_asked);
    let pays_by = pays_by.map(|(released, within)| released.saturating_add(within));
    let decides_by = row.opt_int("held_until")?.filter(|_| state == CollectionState::Applied);
    Ok(CollectionView {
        id: stored(row, "id")?,
        order: stored(row, "order_id")?,
        state,
        since: rfc3339(row.int("since")?),
        client: stored(row, "client")?,
        account: stored(row, "account")?,
        holder: row.text("holder")?.to_owned(),
        identified: !row.text("identity")?.starts_with("account:"),
        amount: Amount { minor: row.int("amount")?, currency: stored(row, "currency")? },
        bank: Origin::parse(row.text("bank")?).map_err(|_| strange("bank"))?,
        voucher: row.text("voucher")?.to_owned(),
        packet: stored(row, "packet")?,
        hops: u64::try_from(hops.len()).unwrap_or(u64::MAX),
        decides_by: decides_by.map(rfc3339),
        pays_by: pays_by.map(rfc3339),
        overdue: pays_by.is_some_and(|by| by < now),
        reason: stored_opt(row, "reason")?,
        told: row.opt_text("told")?.map(str::to_owned),
    })
}

fn step(row: &Row) -> Result<StepView, StoreError> {
    Ok(StepView {
        state: stored(row, "state")?,
        at: rfc3339(row.int("at")?),
        actor: row.opt_text("actor")?.unwrap_or("bank").to_owned(),
        reason: row.opt_text("reason")?.map(str::to_owned),
    })
}
