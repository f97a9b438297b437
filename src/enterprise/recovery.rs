//! An enterprise whose register was put back from a copy, and what it tells a bank to which that happened.
//!
//! What was signed after the copy is in the hands of many, and nobody can say all of it: so nothing is decided again by itself that may have
//! been decided before. Rewards for packets of older campaigns wait for a look, nothing more is issued of those campaigns and no goods
//! of theirs are handed out, until the operator says that the recovery is over. New campaigns go on as ever.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::failure::Failure;
use super::{Enterprise, banks, campaigns, goods, instructions, standing, stored, vouchers};
use crate::api::Refusal;
use crate::api::auth::Asker;
use crate::api::keys::KnownKeys;
use crate::api::problem::{General, Problem};
use crate::api::recovery::{PAGE, PAGE_BYTES, Part, Record, RecoveryPage, is_cursor};
use crate::api::routes;
use crate::jose::Digest;
use crate::packet::{Origin, text};
use crate::party::Party;
use crate::party::recovery::{self, Cursor, Finish, Restore, Status};
use crate::party::request::Incoming;
use crate::store::{Row, StoreError, Tx, values};

/// The signal of rewards that wait for a look because the register was put back.
pub(super) const RESTORED: &str = "restored";
/// What a campaign that is older than the last restore waits for meanwhile.
pub(super) const STANDS_STILL: &str = "restored: nothing more is issued of it until `recovery finish`";
/// Of a batch or campaign that is older than the last restore, while its recovery is under way.
pub(super) const OLDER: &str =
    "(campaign.restored = 1 AND EXISTS (SELECT 1 FROM restore WHERE restore.ended_at IS NULL))";

/// Notes that the register was put back from a copy, before anything is served of it: what was owed then may have been given since.
///
/// # Errors
/// [`StoreError`].
pub fn mark(tx: &mut Tx<'_>, copied_at: i64, now: i64) -> Result<(), StoreError> {
    let highest = "SELECT MAX(n) AS highest FROM (SELECT COALESCE(MAX(serial), 0) AS n FROM packet \
                   UNION ALL SELECT COALESCE(MAX(cursor), 0) FROM inbox \
                   UNION ALL SELECT COALESCE(MAX(cursor), 0) FROM shown) AS counted";
    let highest = tx.one(highest, &[])?.int("highest")?;
    recovery::mark(tx, copied_at, highest, now)?;
    tx.execute("UPDATE campaign SET restored = 1", &[])?;
    // What somebody has looked at already is made at most once by the bank's own rule.
    let held = "UPDATE reward SET state = 'held', signal = ?1, reason = ?2, owed_at = NULL \
                WHERE state IN ('waiting', 'owed') AND judged IS NULL";
    tx.execute(held, &values![RESTORED, super::holds::reason(RESTORED)]).map(drop)
}

/// The number above which everything that counts up goes on.
///
/// # Errors
/// [`StoreError`].
pub(super) fn floor(tx: &mut Tx<'_>) -> Result<i64, StoreError> {
    tx.one("SELECT COALESCE(MAX(floor), 0) AS floor FROM restore", &[])?.int("floor")
}

/// Whether what is decided of the campaign of this row may have been decided before.
pub(super) fn is_doubtful(tx: &mut Tx<'_>, campaign: &Row) -> Result<bool, StoreError> {
    Ok(campaign.flag("restored")? && recovery::under_way(tx)?.is_some())
}

/// Refuses to issue what may have been issued before.
pub(super) fn may_issue(tx: &mut Tx<'_>, campaign: &Row) -> Result<(), Failure> {
    if !is_doubtful(tx, campaign)? {
        return Ok(());
    }
    let detail =
        "The register was put back from a copy, and nobody can say which packets of this campaign were issued since.";
    let next = "Create a new campaign, or see `hongbao-server recovery`.";
    Err(Failure::refused("campaign-restored", 409, "The campaign is older than the restore", detail, next))
}

/// Refuses what stands on goods of older campaigns.
pub(super) fn may_give(tx: &mut Tx<'_>, campaign: &str) -> Result<(), Failure> {
    let Some((_, row)) = campaigns::load(tx, campaign)? else { return Ok(()) };
    if is_doubtful(tx, &row)? { Err(recovery::problem().into()) } else { Ok(()) }
}

impl Enterprise {
    /// Whether its register was put back from a copy and the operator has not said that this is over.
    pub(super) async fn is_recovering(&self) -> Result<bool, StoreError> {
        self.recovering.is_under_way(&self.party.store).await
    }

    /// Tells the operator at the start.
    pub(super) async fn warn_if_recovering(&self) {
        match self.is_recovering().await {
            Ok(true) => tracing::warn!(
                "the register was put back from a copy: rewards of older campaigns wait for a look, and nothing more is issued of \
                 them; see `hongbao-server recovery status`"
            ),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "whether the register is whole cannot be read"),
        }
    }
}

/// The operator's routes.
pub(super) fn admin_routes() -> OpenApiRouter<Arc<Enterprise>> {
    OpenApiRouter::default().routes(routes!(show, finish))
}

/// The route for banks.
pub(super) fn routes() -> OpenApiRouter<Arc<Enterprise>> {
    OpenApiRouter::default().routes(routes!(tell_lost))
}

/// How far the enterprise is, if its register was put back from a copy.
#[utoipa::path(get, path = recovery::PATH, operation_id = "recovery", responses((status = 200, description = "How it stands", body = Status)))]
async fn show(State(enterprise): State<Arc<Enterprise>>) -> Result<Json<Status>, Failure> {
    let last = enterprise.party.store.read(recovery::last).await?;
    Ok(Json(Status::of(last.as_ref())))
}

/// Ends a recovery by the operator's word.
#[utoipa::path(
    post, path = recovery::PATH, operation_id = "finish_recovery", request_body = Finish,
    responses((status = 200, description = "How it stands then", body = Status), (status = 409, description = "not-recovering")),
)]
async fn finish(State(enterprise): State<Arc<Enterprise>>, incoming: Incoming) -> Result<Json<Status>, Failure> {
    let (asked, now) = (incoming.json::<Finish>()?, enterprise.party.now());
    standing::checked(&asked.by, text::NAME)?;
    standing::checked(&asked.reason, text::NOTE)?;
    if asked.without.is_some() {
        let detail = "An enterprise waits for nobody: its recovery is over when you say so.";
        return Err(Problem::general(General::BadRequest, detail).into());
    }
    let decision = move |tx: &mut Tx<'_>| -> Result<Option<Restore>, Failure> {
        let restore = recovery::under_way(tx)?.ok_or_else(recovery::nothing_to_finish)?;
        recovery::end(tx, &restore, (&asked.by, &asked.reason), now)?;
        Ok(recovery::last(tx)?)
    };
    let last = enterprise.party.store.decide(decision).await?;
    enterprise.wake.wake();
    Ok(Json(Status::of(last.as_ref())))
}

/// What a bank signed for this enterprise, for a bank whose books were put back from a copy.
#[utoipa::path(
    get, path = format!("{}{{part}}", routes::RECOVERY), security(("signed" = ["bank"])),
    params(("part" = String, Path, description = "`issued` or `ended`"), Cursor),
    responses(
        (status = 200, description = "A page", body = RecoveryPage),
        (status = 403, description = "forbidden"),
        (status = 422, description = "unknown-party"),
    ),
)]
async fn tell_lost(
    State(enterprise): State<Arc<Enterprise>>,
    Path(part): Path<String>,
    after: Result<Query<Cursor>, QueryRejection>,
    incoming: Incoming,
) -> Result<Json<RecoveryPage>, Failure> {
    let asker = incoming.asker(&enterprise.party)?;
    let after = after.ok().map(|Query(Cursor { after })| after).filter(|after| is_cursor(after));
    let bank = enterprise.party.store.read(move |tx| who_asks(tx, &asker)).await?;
    let sections = Part::ALL.into_iter().find(|known| known.as_str() == part).map(Section::of).unwrap_or_default();
    let Some(after) = after.filter(|_| !sections.is_empty()) else {
        let detail = "Begin with the first page of `issued` or `ended`, and go on where each ends.";
        return Err(Problem::general(General::BadRequest, detail).into());
    };
    let party = enterprise.party.clone();
    Ok(Json(enterprise.party.store.read(move |tx| page(tx, &party, &bank, sections, &after)).await?))
}

/// Which bank asks for what it signed.
fn who_asks(tx: &mut Tx<'_>, asker: &Asker) -> Result<Origin, Failure> {
    let only = Refusal::NotAllowed("only a bank that this enterprise deals with may ask this");
    let Some(origin) = &asker.origin else { return Err(only.into()) };
    let known = banks::known(tx, origin)?;
    if known.current().find(&asker.key).is_some() {
        return Ok(origin.clone());
    }
    if known != KnownKeys::default() {
        return Err(only.into());
    }
    // It signed nothing for this enterprise; but a register that lost something may have lost this.
    if recovery::under_way(tx)?.is_some() {
        return Err(recovery::problem().into());
    }
    Err(Refusal::Unknown("that bank").into())
}

/// One kind of what is told.
#[derive(Clone, Copy)]
enum Section {
    Draws,
    Funds,
    Vouchers,
    Surrenders,
    Instructions,
}

impl Section {
    const fn of(part: Part) -> &'static [Self] {
        match part {
            Part::Issued => &[Self::Draws, Self::Funds, Self::Vouchers],
            Part::Ended => &[Self::Surrenders, Self::Instructions],
            Part::Orders => &[],
        }
    }

    /// Rows with a key that counts up, behind a key.
    const fn rows(self) -> &'static str {
        match self {
            Self::Draws => {
                "SELECT id AS key, id FROM draw_request WHERE bank = ?1 AND answered_at IS NOT NULL AND id > ?2 \
                 ORDER BY id LIMIT ?3"
            }
            Self::Funds => {
                "SELECT id AS key, id FROM campaign WHERE bank = ?1 AND fund IS NOT NULL AND id > ?2 ORDER BY id LIMIT ?3"
            }
            Self::Vouchers => {
                "SELECT voucher.packet AS key, voucher.jws AS voucher, packet.* FROM voucher \
                 JOIN packet ON packet.id = voucher.packet \
                 WHERE voucher.bank = ?1 AND voucher.packet > ?2 ORDER BY voucher.packet LIMIT ?3"
            }
            Self::Surrenders => {
                "SELECT goods_wish.surrender AS key, goods_wish.* FROM goods_wish \
                 JOIN packet ON packet.id = goods_wish.packet WHERE packet.bank = ?1 AND goods_wish.answer IS NOT NULL \
                 AND goods_wish.surrender > ?2 ORDER BY goods_wish.surrender LIMIT ?3"
            }
            Self::Instructions => {
                "SELECT id AS key, instruction.* FROM instruction WHERE bank = ?1 AND outcome IS NOT NULL AND id > ?2 \
                 ORDER BY id LIMIT ?3"
            }
        }
    }

    fn record(self, tx: &mut Tx<'_>, party: &Party, bank: &Origin, row: &Row) -> Result<Record, Failure> {
        Ok(match self {
            Self::Draws => {
                let sql = "SELECT draw FROM draw WHERE request = ?1 ORDER BY n";
                let rows = tx.rows(sql, &values![row.text("id")?])?;
                let draws: Vec<Digest> =
                    rows.iter().map(|row| stored::parsed(row, "draw")).collect::<Result<_, StoreError>>()?;
                Record::Draws { request: stored::parsed(row, "id")?, draws }
            }
            Self::Funds => {
                let (campaign, row) =
                    campaigns::load(tx, row.text("id")?)?.ok_or_else(|| stored::strange("campaign"))?;
                let fund = campaigns::fund_request(party, &campaign, stored::parsed(&row, "fund_jti")?)?.fund;
                Record::Fund { fund, number: row.text("fund")?.to_owned() }
            }
            Self::Vouchers => {
                let application = vouchers::application(tx, row)?;
                let (packet, source) = (application.packet, application.source);
                Record::Voucher { packet, voucher: row.text("voucher")?.to_owned(), source }
            }
            Self::Surrenders => {
                let surrender = goods::surrender(party, bank, row)?;
                Record::Surrender { surrender, answer: row.text("answer")?.to_owned() }
            }
            Self::Instructions => {
                let instruction = instructions::signed(tx, party, row)?;
                Record::Instruction { instruction, outcome: row.text("outcome")?.to_owned() }
            }
        })
    }
}

/// One page. A cursor is the place of a section, a dot and the key behind which the page begins.
fn page(
    tx: &mut Tx<'_>,
    party: &Party,
    bank: &Origin,
    sections: &[Section],
    after: &str,
) -> Result<RecoveryPage, Failure> {
    let (place, key) = after.split_once('.').unwrap_or(("0", ""));
    let place: usize = place.parse().unwrap_or_default();
    let Some(section) = sections.get(place) else { return Ok(RecoveryPage::default()) };
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let (mut page, mut bytes) = (RecoveryPage::default(), 0);
    for row in tx.rows(section.rows(), &values![bank.as_str(), key, most])? {
        let record = section.record(tx, party, bank, &row)?;
        bytes += serde_json::to_vec(&record).map_or(0, |bytes| bytes.len());
        page.records.push(record);
        page.next = Some(format!("{place}.{}", row.text("key")?));
        if bytes > PAGE_BYTES {
            break;
        }
    }
    if page.records.is_empty() && place + 1 < sections.len() {
        page.next = Some(format!("{}.", place + 1));
    }
    Ok(page)
}
