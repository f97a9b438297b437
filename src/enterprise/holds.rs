//! Rewards that wait for a look: simple signals, each a few rows to read, that somebody should decide before money goes out.
//!
//! A signal proves nothing and its absence neither: friends do open each other's packets, and whoever has patience and
//! many people's accounts stays below every threshold. What stops one person with many keys is the bank, which pays one
//! person at most as many rewards of a fund as its cap says.

use std::sync::Arc;

use super::admin::review::{Judge, PAGE_REWARDS, RewardPage, RewardRow};
use super::failure::Failure;
use super::terms::Campaign;
use super::{Enterprise, campaigns, caps, notices, rewards, standing, stored};
use crate::api::notice::JudgedNotice;
use crate::api::problem::{General, Problem};
use crate::api::states::NoRewardReason;
use crate::clock::rfc3339;
use crate::jose::{ClientId, Digest};
use crate::money::Amount;
use crate::packet::{When, text};
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx, values};

/// Whose changes are recorded.
pub(super) const REWARD: &str = "reward";
/// How a held reward's reason begins when it waits for a look.
const REVIEW: &str = "review:";

/// From how much on a reward waits for a look. 0: never for that reason.
#[derive(serde::Deserialize, Clone, Copy, Debug)]
#[serde(default, deny_unknown_fields)]
pub struct Holds {
    /// Signal `burst-forwarder`: so many rewards of one forwarder, in whatever campaigns, within `burst_minutes`.
    pub burst_rewards: u32,
    /// Signal `burst-packet`: so many openings of one packet within `burst_minutes`.
    pub burst_openings: u32,
    /// How long a burst may take.
    pub burst_minutes: u32,
    /// Signal `ring`: the opener has earned so often by what this forwarder opened.
    pub ring: u32,
    /// Signal `one-account`: none of the forwarder's last so many friends in this campaign was paid a share within an hour,
    /// though shares were left: the bank pays one person once, whatever clients that person has.
    pub friends_unpaid: u32,
}

impl Default for Holds {
    fn default() -> Self {
        Self { burst_rewards: 100, burst_openings: 0, burst_minutes: 10, ring: 5, friends_unpaid: 20 }
    }
}

/// How long a friend has to collect before it counts against the forwarder, in seconds.
const TIME_TO_COLLECT: i64 = 3600;

/// The first signal that speaks against giving this reward unseen.
pub(super) fn signal(
    tx: &mut Tx<'_>,
    holds: &Holds,
    campaign: &Campaign,
    judged: &JudgedNotice,
    forwarder: &ClientId,
    now: i64,
) -> Result<Option<&'static str>, StoreError> {
    let (forwarder, opener) = (forwarder.to_string(), judged.opener.to_string());
    let since = now - i64::from(holds.burst_minutes) * 60;
    let returned = "SELECT 1 AS one FROM reward WHERE forwarder = ?1 AND opener = ?2 LIMIT ?3";
    if is_reached(tx, returned, &values![opener, &forwarder, holds.ring], holds.ring)? {
        return Ok(Some("ring"));
    }
    let lately = "SELECT 1 AS one FROM reward WHERE forwarder = ?1 AND decided_at > ?2 LIMIT ?3";
    if is_reached(tx, lately, &values![&forwarder, since, holds.burst_rewards], holds.burst_rewards)? {
        return Ok(Some("burst-forwarder"));
    }
    let opened = "SELECT 1 AS one FROM notice WHERE packet = ?1 AND at > ?2 LIMIT ?3";
    let packet = judged.id.to_string();
    if is_reached(tx, opened, &values![packet, since, holds.burst_openings], holds.burst_openings)? {
        return Ok(Some("burst-packet"));
    }
    // With one share, friends are only looking, which is as it should be.
    let is_shared = campaign.terms.shares > 1;
    let unpaid = "SELECT 1 AS one FROM (SELECT id, packet FROM reward WHERE campaign = ?1 AND forwarder = ?2 \
                  AND decided_at < ?3 ORDER BY decided_at DESC, id LIMIT ?4) AS latest \
                  WHERE EXISTS (SELECT 1 FROM voucher WHERE voucher.packet = latest.packet AND voucher.finished = 0) \
                  AND NOT EXISTS (SELECT 1 FROM feed WHERE feed.reward_for = latest.id AND feed.kind = 'collected')";
    let latest = values![&campaign.id, &forwarder, now - TIME_TO_COLLECT, holds.friends_unpaid];
    Ok((is_shared && is_reached(tx, unpaid, &latest, holds.friends_unpaid)?).then_some("one-account"))
}

/// Whether a query that is cut off at the threshold finds so many rows.
fn is_reached(tx: &mut Tx<'_>, sql: &str, values: &[crate::store::Value], threshold: u32) -> Result<bool, StoreError> {
    if threshold == 0 {
        return Ok(false);
    }
    let count = format!("SELECT COUNT(*) AS found FROM ({sql}) AS hits");
    Ok(tx.one(&count, values)?.int("found")? >= i64::from(threshold))
}

/// The reason of a reward that waits for a look.
pub(super) fn reason(signal: &str) -> String {
    format!("{REVIEW}{signal}")
}

/// A page of rewards, of all or of those that are held.
pub(super) async fn list(enterprise: &Enterprise, is_held: bool, after: String) -> Result<RewardPage, Failure> {
    let query = move |tx: &mut Tx<'_>| -> Result<RewardPage, StoreError> {
        let held = if is_held { "state = 'held' AND judged IS NULL AND" } else { "" };
        let sql = format!("SELECT * FROM reward WHERE {held} id > ?1 ORDER BY id LIMIT {}", PAGE_REWARDS + 1);
        let mut rows = tx.rows(&sql, &values![after])?;
        let more = rows.len() > PAGE_REWARDS;
        rows.truncate(PAGE_REWARDS);
        Ok(RewardPage { rewards: rows.iter().map(shown).collect::<Result<_, _>>()?, more })
    };
    Ok(enterprise.party.store.read(query).await?)
}

fn shown(row: &Row) -> Result<RewardRow, StoreError> {
    let is_refused = row.opt_text("judged")? == Some("refused");
    Ok(RewardRow {
        id: stored::parsed(row, "id")?,
        campaign: row.text("campaign")?.to_owned(),
        packet: stored::parsed(row, "packet")?,
        opener: stored::parsed(row, "opener")?,
        forwarder: stored::parsed(row, "forwarder")?,
        amount: Amount::new(row.int("amount")?, stored::parsed(row, "currency")?),
        state: if is_refused { "refused" } else { row.text("state")? }.to_owned(),
        reason: row.opt_text("reason")?.map(str::to_owned),
        decided: rfc3339(row.int("decided_at")?),
        made: stored::opt_parsed(row, "made")?,
    })
}

/// Gives or refuses a reward that waits for a look, once.
pub(super) async fn judge(enterprise: &Arc<Enterprise>, id: &str, judge: Judge) -> Result<RewardRow, Failure> {
    let by = standing::checked(&judge.by, text::NAME)?;
    let why = judge.reason.as_deref().map(|why| standing::checked(why, text::NOTE)).transpose()?;
    if !judge.approve && why.is_none() {
        return Err(Problem::general(General::BadRequest, "A refusal needs a reason.").into());
    }
    let id: Digest = id.parse().map_err(|_| unknown())?;
    let (now, id) = (enterprise.party.now(), id.to_string());
    let decision = move |tx: &mut Tx<'_>| decide(tx, &id, judge.approve, (&by, why.as_deref()), now);
    let row = enterprise.party.store.decide(decision).await?;
    enterprise.wake.wake();
    Ok(row)
}

const ONE: &str = "SELECT * FROM reward WHERE id = ?1";

fn decide(
    tx: &mut Tx<'_>,
    id: &str,
    is_approved: bool,
    (by, why): (&str, Option<&str>),
    now: i64,
) -> Result<RewardRow, Failure> {
    let row = tx.first(ONE, &values![id])?.ok_or_else(unknown)?;
    let wanted = if is_approved { "approved" } else { "refused" };
    match row.opt_text("judged")? {
        Some(known) if known == wanted => return Ok(shown(&row)?),
        None if row.text("state")? == "held" && row.opt_text("signal")?.is_some() => {}
        _ => {
            let detail = "It does not wait for a look, or somebody decided otherwise already.";
            let next = "`hongbao-server reward list --held` shows what waits.";
            return Err(Failure::refused("already-judged", 409, "There is nothing to decide", detail, next));
        }
    }
    let after = if is_approved { approve(tx, &row, now)? } else { refuse(tx, &row, why.unwrap_or_default())? };
    let change = Change { subject: REWARD, id, actor: by, before: Some("held"), after, reason: why };
    changes::record(tx, &change, now)?;
    Ok(shown(&tx.one(ONE, &values![id])?)?)
}

/// What waits for friends to collect from a packet that has ended is never earned. Nobody needs to look at it, and its money is there
/// for others.
pub(super) fn end_uncollected(tx: &mut Tx<'_>, packet: &str, bank: &str, now: i64) -> Result<(), StoreError> {
    if !notices::has_ended(tx, packet)? {
        return Ok(());
    }
    for row in &tx.rows("SELECT * FROM reward WHERE packet = ?1 AND state = 'waiting' ORDER BY id", &values![packet])? {
        let (id, why) = (row.text("id")?, "the packet ended before the friend collected");
        let held = "UPDATE reward SET state = 'held', signal = COALESCE(signal, ?2) WHERE id = ?1";
        tx.execute(held, &values![id, NoRewardReason::NotCollected.as_str()])?;
        let after = refuse(tx, row, why)?;
        let change = Change { subject: REWARD, id, actor: bank, before: Some("waiting"), after, reason: Some(why) };
        changes::record(tx, &change, now)?;
    }
    Ok(())
}

/// What was held is owed, or waits for the friend to collect as it would have.
fn approve(tx: &mut Tx<'_>, row: &Row, now: i64) -> Result<&'static str, Failure> {
    let (id, campaign) = (row.text("id")?, row.text("campaign")?);
    let (terms, _) = campaigns::load(tx, campaign)?.ok_or_else(|| stored::strange("campaign"))?;
    let when = terms.terms.reward.as_ref().map(|reward| reward.when);
    let waits = when == Some(When::Collected)
        && !notices::has_collected(tx, &stored::parsed(row, "packet")?, &stored::parsed(row, "id")?)?;
    if waits && notices::has_ended(tx, row.text("packet")?)? {
        let detail = "It is for a friend who collects, and nobody can collect from the packet any more.";
        let next = "Refuse it with a reason, so that its money is there for others.";
        return Err(Failure::refused("not-collected", 409, "The reward was not earned", detail, next));
    }
    tx.execute("UPDATE reward SET judged = 'approved', state = 'waiting', reason = NULL WHERE id = ?1", &values![id])?;
    if waits {
        return Ok("waiting");
    }
    rewards::owe(tx, id, campaign, now)?;
    Ok("owed")
}

/// The money is there for others; the forwarder has had a turn.
fn refuse(tx: &mut Tx<'_>, row: &Row, why: &str) -> Result<&'static str, StoreError> {
    let (id, campaign) = (row.text("id")?, row.text("campaign")?);
    tx.execute(
        "UPDATE reward SET judged = 'refused', reason = ?2 WHERE id = ?1",
        &values![id, format!("refused: {why}")],
    )?;
    let (campaign, _) = campaigns::load(tx, campaign)?.ok_or_else(|| stored::strange("campaign"))?;
    caps::give_back(tx, &campaign, row.int("amount")?, row.int("decided_at")?)?;
    Ok("refused")
}

fn unknown() -> Failure {
    let problem = Problem::general(General::NotFound, "There is no reward with this id.");
    problem.with_next("`hongbao-server reward list` shows the rewards there are.").into()
}
