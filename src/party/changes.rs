//! What changed, as rows that are never changed: who, when, from what to what, and why. Both kinds of server keep them in
//! a table `change` of the same shape; what the words mean is known by the rooms that write them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::rfc3339;
use crate::store::{Row, StoreError, Tx, values};

/// One change, as it is recorded.
#[derive(Clone, Copy, Debug)]
pub struct Change<'a> {
    /// What kind of thing changed, such as `voucher` or `campaign`.
    pub subject: &'static str,
    /// Which one: its number or id.
    pub id: &'a str,
    /// Who made it so: `operator`, `time`, or a party's origin or client id.
    pub actor: &'a str,
    /// Its state before, unless it is new.
    pub before: Option<&'a str>,
    /// Its state now.
    pub after: &'a str,
    /// Why: a stable word, or what the operator wrote.
    pub reason: Option<&'a str>,
}

/// One change, as it is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Recorded {
    /// When, in seconds since the epoch.
    pub at: i64,
    /// Who made it so.
    pub actor: String,
    /// The state before, unless it was new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The state after.
    pub after: String,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// One change, as the admin APIs tell it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangeView {
    /// When, RFC 3339.
    pub at: String,
    /// Who made it so: `operator` or a name, `time`, a client, or a party's origin.
    pub actor: String,
    /// The state before, unless it was new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The state after.
    pub after: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl From<Recorded> for ChangeView {
    fn from(Recorded { at, actor, before, after, reason }: Recorded) -> Self {
        Self { at: rfc3339(at), actor, before, after, reason }
    }
}

/// Records a change, in the transaction that makes it.
///
/// # Errors
/// [`StoreError`].
pub fn record(tx: &mut Tx<'_>, change: &Change<'_>, now: i64) -> Result<(), StoreError> {
    let Change { subject, id, actor, before, after, reason } = *change;
    tx.execute(
        "INSERT INTO change (seq, at, subject, id, actor, before, after, reason) \
         SELECT COALESCE(MAX(seq), 0) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7 FROM change",
        &values![now, subject, id, actor, before, after, reason],
    )?;
    Ok(())
}

/// All that changed of one thing, oldest first.
///
/// # Errors
/// [`StoreError`].
pub fn of(tx: &mut Tx<'_>, subject: &str, id: &str) -> Result<Vec<Recorded>, StoreError> {
    let sql = "SELECT at, actor, before, after, reason FROM change WHERE subject = ?1 AND id = ?2 ORDER BY seq";
    tx.rows(sql, &values![subject, id])?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Recorded, StoreError> {
    Ok(Recorded {
        at: row.int("at")?,
        actor: row.text("actor")?.to_owned(),
        before: row.opt_text("before")?.map(str::to_owned),
        after: row.text("after")?.to_owned(),
        reason: row.opt_text("reason")?.map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::store::Schema;
    use crate::store::testing::Place;

    #[tokio::test]
    async fn changes_of_one_thing_are_told_in_order_in_both_schemas() {
        for schema in [Schema::Bank, Schema::Enterprise] {
            let place = Place::new();
            let store = place.open(schema);
            let told = store.decide::<_, StoreError>(|tx| {
                let first =
                    Change { subject: "fund", id: "F1", actor: "operator", before: None, after: "open", reason: None };
                record(tx, &first, 10)?;
                record(tx, &Change { id: "F2", ..first }, 11)?;
                let closed =
                    Change { actor: "time", before: Some("open"), after: "closed", reason: Some("expired"), ..first };
                record(tx, &closed, 12)?;
                of(tx, "fund", "F1")
            });
            let told = told.await.unwrap();
            let words: Vec<_> = told.iter().map(|it| (it.at, it.before.as_deref(), it.after.as_str())).collect();
            assert_eq!(words, [(10, None, "open"), (12, Some("open"), "closed")]);
            assert_eq!(told[1].reason.as_deref(), Some("expired"));
            store.close().await;
        }
    }
}
