//! Books that were put back from a copy: older than what their server has signed since. That stands in the books themselves from
//! before anything is served of them, in a table `restore` of the same shape in both schemas; what follows from it is known by the
//! rooms that decide.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::changes::{self, Change};
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::clock::rfc3339;
use crate::packet::Origin;
use crate::store::{Row, Store, StoreError, Tx, values};

/// Path: how far a server is that was put back from a copy (GET), and its end by the operator's word (POST, [`Finish`]).
pub const PATH: &str = "/admin/recovery";
/// By how much numbers that count up are moved on: more than a server gives out between a copy and its loss.
const GAP: i64 = 1_000_000;
/// Whose changes are recorded.
const SUBJECT: &str = "restore";
/// After how many seconds to ask again.
const RETRY_SECONDS: u64 = 5;

/// One time that the books were put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restore {
    /// Which, from 1.
    pub n: i64,
    /// When the copy was taken.
    pub copied_at: i64,
    /// When it was put back.
    pub at: i64,
    /// Since when everything is decided as usual again.
    pub ended_at: Option<i64>,
}

fn read(row: &Row) -> Result<Restore, StoreError> {
    Ok(Restore {
        n: row.int("n")?,
        copied_at: row.int("copied_at")?,
        at: row.int("at")?,
        ended_at: row.opt_int("ended_at")?,
    })
}

/// Notes that the books were put back. `highest`: the highest of all numbers that count up in them.
///
/// # Errors
/// [`StoreError`].
pub fn mark(tx: &mut Tx<'_>, copied_at: i64, highest: i64, now: i64) -> Result<(), StoreError> {
    let row = tx.one(
        "INSERT INTO restore (n, copied_at, at, floor) \
         SELECT COALESCE(MAX(n), 0) + 1, ?1, ?2, CASE WHEN COALESCE(MAX(floor), 0) > ?3 THEN MAX(floor) ELSE ?3 END + ?4 \
         FROM restore RETURNING n",
        &values![copied_at, now, highest, GAP],
    )?;
    // A recovery that the copy caught in the middle is this one's now.
    tx.execute("UPDATE restore SET ended_at = ?2 WHERE n < ?1 AND ended_at IS NULL", &values![row.int("n")?, now])?;
    let id = row.int("n")?.to_string();
    let reason = format!("from a copy of {}", rfc3339(copied_at));
    let reason = Some(reason.as_str());
    changes::record(
        tx,
        &Change { subject: SUBJECT, id: &id, actor: "operator", before: None, after: "recovering", reason },
        now,
    )
}

/// The last time that the books were put back.
///
/// # Errors
/// [`StoreError`].
pub fn last(tx: &mut Tx<'_>) -> Result<Option<Restore>, StoreError> {
    tx.first("SELECT * FROM restore ORDER BY n DESC LIMIT 1", &[])?.as_ref().map(read).transpose()
}

/// The recovery under way.
///
/// # Errors
/// [`StoreError`].
pub fn under_way(tx: &mut Tx<'_>) -> Result<Option<Restore>, StoreError> {
    Ok(last(tx)?.filter(|restore| restore.ended_at.is_none()))
}

/// Ends a recovery, by whom and why.
///
/// # Errors
/// [`StoreError`].
pub fn end(tx: &mut Tx<'_>, restore: &Restore, (by, why): (&str, &str), now: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE restore SET ended_at = ?2 WHERE n = ?1", &values![restore.n, now])?;
    note(tx, restore, by, "recovered", why, now)
}

/// Records a step of a recovery.
///
/// # Errors
/// [`StoreError`].
pub fn note(
    tx: &mut Tx<'_>,
    restore: &Restore,
    actor: &str,
    after: &str,
    why: &str,
    now: i64,
) -> Result<(), StoreError> {
    let (id, before, reason) = (restore.n.to_string(), Some("recovering"), Some(why));
    changes::record(tx, &Change { subject: SUBJECT, id: &id, actor, before, after, reason }, now)
}

/// Whether a recovery is under way: asked of the books until it is not, and of memory from then on.
#[derive(Debug, Default)]
pub struct Recovering(AtomicBool);

impl Recovering {
    /// Whether it is.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn is_under_way(&self, store: &Store) -> Result<bool, StoreError> {
        if self.0.load(Ordering::Acquire) {
            return Ok(false);
        }
        let is_under_way = store.read(under_way).await?.is_some();
        self.0.store(!is_under_way, Ordering::Release);
        Ok(is_under_way)
    }
}

/// Where a page of what was lost begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Cursor {
    /// Where the page before said that this one begins; nothing for the first.
    #[param(max_length = 128)]
    #[serde(default)]
    pub after: String,
}

/// What is said instead of an answer that could be another than the one that was given before.
#[must_use]
pub fn problem() -> Problem {
    let detail = "This server was put back from a copy of its books, and learns from others what it decided since.";
    Problem::new("recovering", 503, "The server is recovering", detail)
        .with_next("Send the same again later; nothing is decided twice.")
        .with_retry_after(RETRY_SECONDS)
}

/// What answers stand on that must wait.
pub trait Books: Send + Sync + 'static {
    /// Its flag and its books.
    fn recovering(&self) -> (&Recovering, &Store);
}

/// Answers with [`problem`] in the place of everything that stands on the books, until they are whole again.
pub async fn gate<B: Books>(State(books): State<Arc<B>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let is_free = [routes::WELL_KNOWN, routes::JWKS, routes::OPENAPI, routes::HOLDER_KEY].contains(&path)
        || path.starts_with(routes::RECOVERY);
    if is_free {
        return next.run(request).await;
    }
    let (flag, store) = books.recovering();
    match flag.is_under_way(store).await {
        Ok(false) => next.run(request).await,
        Ok(true) => problem().into_response(),
        Err(error) => {
            tracing::error!(%error, "whether the books are whole cannot be read");
            Problem::general(General::Unavailable, "The server cannot use its books right now.")
                .with_retry_after(RETRY_SECONDS)
                .into_response()
        }
    }
}

/// How far a server is that was put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Status {
    /// `never-restored`, `recovering` or `recovered`.
    pub state: String,
    /// When the copy was taken, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copied: Option<String>,
    /// When it was put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restored: Option<String>,
    /// Since when everything is decided as usual again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovered: Option<String>,
    /// Who is asked for what was signed since, and how far that is.
    pub parties: Vec<Heard>,
    /// What was signed since and could not be put into the books again.
    pub differences: Vec<Unbooked>,
}

/// One party that is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Heard {
    /// Who.
    pub party: Origin,
    /// `waiting`, `heard` or `without`.
    pub state: String,
    /// Why it was not heard yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// One thing that is not in the books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Unbooked {
    /// Who has it.
    pub party: Origin,
    /// What it is.
    pub subject: String,
    /// Why it could not be put into the books.
    pub detail: String,
}

impl Status {
    /// How a recovery stands, without what a role knows of it.
    #[must_use]
    pub fn of(last: Option<&Restore>) -> Self {
        let state = match last {
            None => "never-restored",
            Some(Restore { ended_at: None, .. }) => "recovering",
            Some(_) => "recovered",
        };
        Self {
            state: state.to_owned(),
            copied: last.map(|it| rfc3339(it.copied_at)),
            restored: last.map(|it| rfc3339(it.at)),
            recovered: last.and_then(|it| it.ended_at).map(rfc3339),
            parties: Vec::new(),
            differences: Vec::new(),
        }
    }
}

/// The operator's word that a recovery is over, or that it goes on without somebody.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Finish {
    /// Who decides.
    #[schema(min_length = 1, max_length = 512)]
    pub by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 2048)]
    pub reason: String,
    /// Go on without this party's word; absent: it is over, whoever was not heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub without: Option<Origin>,
}

/// There is nothing to finish.
#[must_use]
pub fn nothing_to_finish() -> Problem {
    Problem::new("not-recovering", 409, "There is nothing to finish", "No recovery is under way.")
        .with_next("`hongbao-server recovery status` says how it stands.")
}
