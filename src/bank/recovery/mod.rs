//! A bank whose books were put back from a copy: what it signed since stands in the books of its members and applicants. Until it
//! has read that and booked it again, by the code that booked it first, it decides nothing about money and answers `recovering`.
//!
//! `hearing` asks the others, `booking` books what they tell, `telling` tells another bank that asks. What was signed for
//! nobody else, such as accounts, deposits and payments to the bank's own customers, only its operator can put right.

pub(in crate::bank) mod booking;
mod hearing;
mod telling;

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use hearing::step;
pub(super) use telling::tell;

use crate::api::problem::Problem;
use crate::bank::Bank;
use crate::bank::error::{BankError, bad_request, not_found, strange};
use crate::bank::router::answer;
use crate::jose::{ClientId, Digest};
use crate::packet::{Origin, text};
use crate::party::recovery::{self, Books, Finish, Heard, Recovering, Restore, Status, Unbooked};
use crate::party::request::Incoming;
use crate::store::{Row, Store, StoreError, Tx};
use crate::values;

impl Books for Bank {
    fn recovering(&self) -> (&Recovering, &Store) {
        (&self.recovering, &self.party.store)
    }
}

impl Bank {
    /// Whether it learns what it signed, and so decides nothing.
    pub(super) async fn is_recovering(&self) -> Result<bool, StoreError> {
        self.recovering.is_under_way(&self.party.store).await
    }
}

/// Notes that the books were put back from a copy, before anything is served of them.
///
/// # Errors
/// [`StoreError`].
pub fn mark(tx: &mut Tx<'_>, copied_at: i64, now: i64) -> Result<(), StoreError> {
    let highest = "SELECT MAX(n) AS highest FROM (SELECT COALESCE(MAX(seq), 0) AS n FROM voucher \
                   UNION ALL SELECT COALESCE(MAX(seq), 0) FROM fund \
                   UNION ALL SELECT COALESCE(MAX(cursor), 0) FROM feed) AS counted";
    let highest = tx.one(highest, &values![])?.int("highest")?;
    recovery::mark(tx, copied_at, highest, now)
}

/// Whether a voucher was signed for this packet that could not be put into the books: there must never be another.
///
/// # Errors
/// [`StoreError`].
pub(super) fn is_lost(tx: &mut Tx<'_>, packet: &Digest) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS known FROM restore_difference WHERE packet = ?1";
    Ok(tx.first(sql, &values![packet.to_string()])?.is_some())
}

/// The order that was sent for a collection which the books lost, so that the issuing bank hears no second one.
///
/// # Errors
/// [`StoreError`].
pub(super) fn order_of(tx: &mut Tx<'_>, client: &ClientId, id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT order_id FROM restore_order WHERE client = ?1 AND id = ?2";
    tx.first(sql, &values![client.to_string(), id])?.map(|row| Ok(row.text("order_id")?.to_owned())).transpose()
}

/// How the last recovery stands.
pub(super) fn status(tx: &mut Tx<'_>) -> Result<Status, StoreError> {
    let last = recovery::last(tx)?;
    let mut status = Status::of(last.as_ref());
    let Some(restore) = last else { return Ok(status) };
    let sql = "SELECT * FROM restore_party WHERE restore = ?1 ORDER BY party";
    status.parties = tx.rows(sql, &values![restore.n])?.iter().map(heard).collect::<Result<_, _>>()?;
    let sql = "SELECT * FROM restore_difference WHERE restore = ?1 ORDER BY party, subject";
    status.differences = tx.rows(sql, &values![restore.n])?.iter().map(unbooked).collect::<Result<_, _>>()?;
    Ok(status)
}

fn party(row: &Row) -> Result<Origin, StoreError> {
    Origin::parse(row.text("party")?).map_err(|_| strange("party"))
}

fn heard(row: &Row) -> Result<Heard, StoreError> {
    let state = match (row.flag("waived")?, row.opt_int("heard_at")?) {
        (true, _) => "without",
        (_, Some(_)) => "heard",
        _ => "waiting",
    };
    Ok(Heard { party: party(row)?, state: state.to_owned(), problem: row.opt_text("problem")?.map(str::to_owned) })
}

fn unbooked(row: &Row) -> Result<Unbooked, StoreError> {
    let (subject, detail) = (row.text("subject")?.to_owned(), row.text("detail")?.to_owned());
    Ok(Unbooked { party: party(row)?, subject, detail })
}

/// The operator's routes.
pub(super) fn routes() -> OpenApiRouter<Arc<Bank>> {
    OpenApiRouter::default().routes(routes!(show, finish))
}

/// How far the bank is, if its books were put back from a copy.
#[utoipa::path(get, path = recovery::PATH, operation_id = "recovery", responses((status = 200, description = "How it stands", body = Status)))]
async fn show(State(bank): State<Arc<Bank>>) -> Result<Json<Status>, Problem> {
    answer(bank.party.store.read(status).await.map_err(BankError::from))
}

/// Ends a recovery, or goes on without somebody, by the operator's word.
#[utoipa::path(
    post, path = recovery::PATH, operation_id = "finish_recovery", request_body = Finish,
    responses(
        (status = 200, description = "How it stands then", body = Status),
        (status = 404, description = "not-found"),
        (status = 409, description = "not-recovering"),
    ),
)]
async fn finish(State(bank): State<Arc<Bank>>, incoming: Incoming) -> Result<Json<Status>, Problem> {
    let (asked, now) = (incoming.json::<Finish>()?, bank.party.now());
    check(&asked)?;
    let finished = bank.party.store.decide(move |tx| decide(tx, &asked, now)).await;
    bank.wake_all();
    answer(finished)
}

fn check(asked: &Finish) -> Result<(), Problem> {
    let told = |what: &str, error: text::TextError| bad_request(format!("{what}: {error}."));
    text::NAME.check(&asked.by).map_err(|error| told("The name", error))?;
    text::NOTE.check(&asked.reason).map_err(|error| told("The reason", error))
}

fn decide(tx: &mut Tx<'_>, asked: &Finish, now: i64) -> Result<Status, BankError> {
    let restore = recovery::under_way(tx)?.ok_or_else(recovery::nothing_to_finish)?;
    match &asked.without {
        None => recovery::end(tx, &restore, (&asked.by, &asked.reason), now)?,
        Some(party) => {
            let sql = "UPDATE restore_party SET waived = 1, heard_at = ?3 WHERE restore = ?1 AND party = ?2";
            if tx.execute(sql, &values![restore.n, party.as_str(), now])? == 0 {
                return Err(not_found("That party is none that is asked.").into());
            }
            recovery::note(tx, &restore, &asked.by, &format!("without {party}"), &asked.reason, now)?;
        }
    }
    Ok(status(tx)?)
}

/// Notes that something could not be put into the books; what is known of it stays.
fn differ(
    tx: &mut Tx<'_>,
    restore: &Restore,
    (party, subject, packet): (&Origin, &str, Option<Digest>),
    detail: &str,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO restore_difference (restore, party, subject, packet, detail) VALUES (?1, ?2, ?3, ?4, ?5) \
         ON CONFLICT (restore, party, subject) DO UPDATE SET detail = excluded.detail",
        &values![restore.n, party.as_str(), subject, packet.map(|packet| packet.to_string()), detail],
    )
    .map(drop)
}
