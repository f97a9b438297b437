//! Caps on rewards: per forwarder, per forwarder and day, per day, and the fund. Each is one row to read, whatever was
//! earned before; the audit counts the rewards themselves.

use super::terms::{Campaign, RewardTerms};
use crate::api::states::NoRewardReason;
use crate::jose::ClientId;
use crate::packet::Reward;
use crate::store::{StoreError, Tx, values};

/// Everybody together.
pub(super) const EVERYBODY: &str = "";
/// All days together.
pub(super) const ALL_DAYS: i64 = -1;

/// Whether the caps leave room for one more reward.
pub(super) fn allowed(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    forwarder: &ClientId,
    reward: &Reward,
    now: i64,
) -> Result<Result<(), NoRewardReason>, StoreError> {
    let Some(terms) = &campaign.terms.reward else { return Ok(Err(NoRewardReason::NoReward)) };
    let (id, forwarder, day) = (campaign.id.as_str(), forwarder.to_string(), terms.day(now));
    if earned(tx, id, &forwarder, ALL_DAYS)?.0 >= i64::from(reward.per_person) {
        return Ok(Err(NoRewardReason::CapReached));
    }
    if let Some(cap) = terms.per_day
        && earned(tx, id, &forwarder, day)?.0 >= i64::from(cap)
    {
        return Ok(Err(NoRewardReason::DayCapReached));
    }
    if let Some(limit) = terms.day_limit
        && earned(tx, id, EVERYBODY, day)?.0 >= i64::from(limit)
    {
        return Ok(Err(NoRewardReason::DayExhausted));
    }
    let spent = earned(tx, id, EVERYBODY, ALL_DAYS)?.1;
    let fits = spent.checked_add(reward.amount.minor).is_some_and(|with_this| with_this <= terms.budget.minor);
    Ok(if fits { Ok(()) } else { Err(NoRewardReason::FundExhausted) })
}

/// How many rewards, and how much they come to.
fn earned(tx: &mut Tx<'_>, campaign: &str, forwarder: &str, day: i64) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT rewards, amount FROM earned WHERE campaign = ?1 AND forwarder = ?2 AND day = ?3";
    let row = tx.first(sql, &values![campaign, forwarder, day])?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int("rewards")?, row.int("amount")?)))
}

/// Where a reward counts: by forwarder and by day. Days only where a cap needs them.
pub(super) fn places<'a>(terms: &RewardTerms, forwarder: &'a str, at: i64) -> Vec<(&'a str, i64)> {
    let mut places = vec![(EVERYBODY, ALL_DAYS), (forwarder, ALL_DAYS)];
    if terms.per_day.is_some() {
        places.push((forwarder, terms.day(at)));
    }
    if terms.day_limit.is_some() {
        places.push((EVERYBODY, terms.day(at)));
    }
    places
}

/// A refused reward does not count for everybody any more.
pub(super) fn give_back(tx: &mut Tx<'_>, campaign: &Campaign, amount: i64, at: i64) -> Result<(), StoreError> {
    let Some(terms) = &campaign.terms.reward else { return Ok(()) };
    let days = if terms.day_limit.is_some() { vec![ALL_DAYS, terms.day(at)] } else { vec![ALL_DAYS] };
    for day in days {
        let less = "UPDATE earned SET rewards = rewards - 1, amount = amount - ?4 \
                    WHERE campaign = ?1 AND forwarder = ?2 AND day = ?3";
        tx.execute(less, &values![&campaign.id, EVERYBODY, day, amount])?;
    }
    Ok(())
}

/// Counts a reward that was decided now.
pub(super) fn count(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    forwarder: &ClientId,
    reward: &Reward,
    now: i64,
) -> Result<(), StoreError> {
    let Some(terms) = &campaign.terms.reward else { return Ok(()) };
    for (who, day) in places(terms, &forwarder.to_string(), now) {
        tx.execute(
            "INSERT INTO earned (campaign, forwarder, day, rewards, amount) VALUES (?1, ?2, ?3, 1, ?4) \
             ON CONFLICT (campaign, forwarder, day) DO UPDATE \
             SET rewards = earned.rewards + 1, amount = earned.amount + excluded.amount",
            &values![&campaign.id, who, day, reward.amount.minor],
        )?;
    }
    Ok(())
}
