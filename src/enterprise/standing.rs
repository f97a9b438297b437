//! A campaign's life, as its enterprise decides it: draft, open, paused, open again, closed. Each step is a row, with who
//! took it and why. Knows no packet.
//!
//! Paused, nothing is signed or made; openings are recorded as ever, and the rewards that they earn wait. Closed, openings
//! earn nothing any more; what was promised before is still made, and what the fund still holds goes back when the bank
//! gives it back, 30 days after the campaign's end.

use std::sync::Arc;

use super::admin::{CampaignView, Step, TakeStep};
use super::failure::Failure;
use super::{Enterprise, batches, campaigns, rewards};
use crate::packet::text;
use crate::party::changes::{self, Change, ChangeView};
use crate::store::{Row, StoreError, Tx, values};

/// Created, not opened.
pub(super) const PLANNED: &str = "planned";
/// As it should be.
pub(super) const RUNNING: &str = "running";
/// Stopped for a while.
pub(super) const PAUSED: &str = "paused";
/// Over for good.
pub(super) const CLOSED: &str = "closed";

/// Whose changes are recorded.
pub(super) const CAMPAIGN: &str = "campaign";
/// Who decides where nobody is named.
pub(super) const OPERATOR: &str = "operator";

/// The one word for how a campaign stands: what was decided, and what the bank did.
pub(super) fn word(row: &Row) -> Result<&str, StoreError> {
    Ok(match row.text("standing")? {
        PLANNED => "draft",
        RUNNING => row.text("state")?,
        decided => decided,
    })
}

/// Why it is not open, or what it waits for.
pub(super) fn reason(row: &Row) -> Result<Option<String>, StoreError> {
    let standing = row.text("standing")?;
    if standing == PLANNED {
        return Ok(Some("It waits for `campaign open`.".to_owned()));
    }
    Ok(row.opt_text("reason")?.filter(|_| standing == RUNNING).map(str::to_owned))
}

/// Takes a step, once: a campaign that stands there already stays as it is.
pub(super) async fn step(enterprise: &Arc<Enterprise>, id: &str, take: TakeStep) -> Result<CampaignView, Failure> {
    let by = who(take.by.as_deref())?;
    let why = take.reason.as_deref().map(|why| checked(why, text::NOTE)).transpose()?;
    let (wanted, now, step) = (id.to_owned(), enterprise.party.now(), take.step);
    let decision = move |tx: &mut Tx<'_>| decide(tx, &wanted, step, (&by, why.as_deref()), now);
    enterprise.party.store.decide(decision).await?;
    enterprise.wake.wake();
    if step == Step::Open { campaigns::opened(enterprise, id).await } else { campaigns::show(enterprise, id).await }
}

/// Who decides, for a row of changes.
pub(super) fn who(by: Option<&str>) -> Result<String, Failure> {
    by.map_or_else(|| Ok(OPERATOR.to_owned()), |by| checked(by, text::NAME))
}

/// A staff member's text, as a row of changes keeps it.
pub(super) fn checked(text: &str, rule: text::Rule) -> Result<String, Failure> {
    rule.check(text).map_err(|error| {
        let detail = format!("The name or reason: {error}.");
        Failure::refused("bad-request", 400, "A text cannot be so", &detail, "Change that and try again.")
    })?;
    Ok(text.to_owned())
}

fn decide(tx: &mut Tx<'_>, id: &str, step: Step, (by, why): (&str, Option<&str>), now: i64) -> Result<(), Failure> {
    let (_, row) = campaigns::load(tx, id)?.ok_or_else(campaigns::unknown)?;
    let before = word(&row)?;
    let is_open = row.text("state")? == "open";
    let standing = match (step, row.text("standing")?) {
        (Step::Open, PLANNED) | (Step::Resume, PAUSED) => RUNNING,
        (Step::Pause, RUNNING) if is_open => PAUSED,
        (Step::Close, PLANNED | RUNNING | PAUSED) => CLOSED,
        (Step::Open | Step::Resume, RUNNING) | (Step::Pause, PAUSED) | (Step::Close, CLOSED) => return Ok(()),
        (_, _) => return Err(cannot(step, before)),
    };
    let moved =
        "UPDATE campaign SET standing = ?2, next_ms = CASE WHEN state = 'draft' THEN 0 ELSE next_ms END WHERE id = ?1";
    tx.execute(moved, &values![id, standing])?;
    if before == PAUSED {
        rewards::unpark(tx, id)?;
    }
    if standing == CLOSED {
        batches::stop(tx, id, by, now)?;
    }
    let (_, row) = campaigns::load(tx, id)?.ok_or_else(campaigns::unknown)?;
    let after = word(&row)?;
    // A draft that is opened is still a draft until the bank has frozen its rewards.
    Ok(if after == before { Ok(()) } else { note(tx, id, by, Some(before), after, why, now) }?)
}

fn cannot(step: Step, before: &str) -> Failure {
    let (code, detail) = match before {
        CLOSED => ("campaign-closed", "It was closed, and that is for good."),
        "draft" => ("campaign-not-open", "It was never opened."),
        _ => ("campaign-not-open", "It is not open."),
    };
    let title = match step {
        Step::Open => "The campaign cannot be opened",
        Step::Pause => "The campaign cannot be paused",
        Step::Resume => "The campaign cannot go on",
        Step::Close => "The campaign cannot be closed",
    };
    let next = "`hongbao-server campaign show` says how it stands.";
    Failure::refused(code, 409, title, detail, next)
}

/// The bank froze a draft's rewards, or refused to. Of a campaign that was closed meanwhile nothing changes by it.
pub(super) fn bank_answered(tx: &mut Tx<'_>, id: &str, state: &str, now: i64) -> Result<(), StoreError> {
    let row = tx.one("SELECT bank, standing, reason FROM campaign WHERE id = ?1", &values![id])?;
    if row.text("standing")? != RUNNING {
        return Ok(());
    }
    note(tx, id, row.text("bank")?, Some("draft"), state, row.opt_text("reason")?, now)
}

/// Records a campaign's change.
pub(super) fn note(
    tx: &mut Tx<'_>,
    id: &str,
    actor: &str,
    before: Option<&str>,
    after: &str,
    reason: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    changes::record(tx, &Change { subject: CAMPAIGN, id, actor, before, after, reason }, now)
}

/// What changed of one thing, as it is shown.
pub(super) fn changes(tx: &mut Tx<'_>, subject: &str, id: &str) -> Result<Vec<ChangeView>, StoreError> {
    Ok(changes::of(tx, subject, id)?.into_iter().map(ChangeView::from).collect())
}
