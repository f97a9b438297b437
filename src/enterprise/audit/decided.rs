//! What was decided of campaigns, and the caps by day: nothing is issued while a campaign is not open, nothing made while it
//! is paused, nothing earned once it is closed; and what was earned is what the rewards themselves come to.

use std::collections::BTreeMap;

use crate::api::states::NoRewardReason as Why;
use crate::enterprise::terms::{Campaign, RewardTerms};
use crate::enterprise::{campaigns, caps, notices, standing};
use crate::packet::When;
use crate::party::audit::{Auditor, each};
use crate::party::changes;
use crate::store::{Row, StoreError, Tx, values};

pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    for (campaign, row) in campaigns::all(tx)? {
        let changes = changes::of(tx, standing::CAMPAIGN, &campaign.id)?;
        if let Some(last) = changes.last() {
            auditor.equal("campaign-as-decided", &campaign.id, last.after.as_str(), standing::word(&row)?);
        }
        for pair in changes.windows(2) {
            let before = pair[1].before.as_deref().unwrap_or_default();
            auditor.equal("changes-follow", &campaign.id, pair[0].after.as_str(), before);
        }
        for (at, change) in changes.iter().enumerate().filter(|(_, change)| change.after != "open") {
            let until = changes.get(at + 1).map_or(i64::MAX, |next| next.at);
            rested(tx, &campaign, (&change.after, change.at, until), auditor)?;
        }
        let closed = changes.iter().find(|change| change.after == standing::CLOSED).map(|change| change.at);
        denied(tx, &campaign, closed, auditor)?;
        earned(tx, &campaign, auditor)?;
        by_day(tx, &campaign, auditor)?;
    }
    Ok(())
}

/// Between two changes, as far as whole seconds tell: nothing was issued, nor, in a pause, made. What was given back for goods was
/// owed before.
fn rested(
    tx: &mut Tx<'_>,
    campaign: &Campaign,
    (state, from, until): (&str, i64, i64),
    auditor: &mut Auditor,
) -> Result<(), StoreError> {
    let signed = "SELECT COUNT(*) AS signed FROM packet WHERE campaign = ?1 AND kind = ?2 AND signed_at > ?3 AND signed_at < ?4 \
         AND NOT EXISTS (SELECT 1 FROM goods_refund WHERE goods_refund.packet = packet.id)";
    let kinds: &[&str] = if state == standing::PAUSED { &["first", "reward"] } else { &["first"] };
    for kind in kinds {
        let found = tx.one(signed, &values![&campaign.id, *kind, from, until])?.int("signed")?;
        auditor.equal("nothing-while-not-open", format!("{} {state} {kind}", campaign.id), 0, found);
    }
    if state == standing::CLOSED {
        let earned = "SELECT COUNT(*) AS earned FROM reward WHERE campaign = ?1 AND decided_at > ?2";
        let found = tx.one(earned, &values![&campaign.id, from])?.int("earned")?;
        auditor.equal("nothing-earned-once-closed", &campaign.id, 0, found);
    }
    Ok(())
}

/// Whoever was told of a closed campaign, of a cap by day, or of a packet that has ended, was told of one that there is.
fn denied(tx: &mut Tx<'_>, campaign: &Campaign, closed: Option<i64>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let told = "SELECT notice.packet, notice.opener, notice.at, notice.reason FROM notice \
                JOIN packet ON packet.id = notice.packet \
                WHERE packet.campaign = ?1 AND notice.reason IN \
                ('campaign-closed', 'day-cap-reached', 'day-exhausted', 'not-collected')";
    let reward = campaign.terms.reward.as_ref();
    for row in &tx.rows(told, &values![&campaign.id])? {
        let why = row.text("reason")?;
        let is_true = if why == Why::NotCollected.as_str() {
            let waits = reward.is_some_and(|reward| reward.when == When::Collected);
            waits && notices::has_ended(tx, row.text("packet")?)?
        } else if why == Why::CampaignClosed.as_str() {
            let at = row.int("at")?;
            closed.is_some_and(|closed| closed <= at)
        } else if why == Why::DayCapReached.as_str() {
            reward.is_some_and(|reward| reward.per_day.is_some())
        } else {
            reward.is_some_and(|reward| reward.day_limit.is_some())
        };
        if !is_true {
            let subject = format!("{}/{}", row.text("packet")?, row.text("opener")?);
            auditor.differ("denied-as-earned", subject, "a true reason", why);
        }
    }
    Ok(())
}

/// A forwarder and a day.
type Place = (String, i64);
/// How many, and how much.
type Figure = (i64, i64);
type Counts = BTreeMap<Place, Figure>;

const REWARDS: &str = "SELECT id, forwarder, amount, decided_at, judged FROM reward WHERE campaign = ?3 AND id > ?1 \
     ORDER BY id LIMIT ?2";

/// What was counted as earned is what the rewards come to.
fn earned(tx: &mut Tx<'_>, campaign: &Campaign, auditor: &mut Auditor) -> Result<(), StoreError> {
    let counted = "SELECT forwarder, day, rewards, amount FROM earned WHERE campaign = ?1";
    let counted = tx.rows(counted, &values![&campaign.id])?;
    let counted: Counts = counted.iter().map(figures).collect::<Result<_, StoreError>>()?;
    let mut real = Counts::new();
    if let Some(terms) = &campaign.terms.reward {
        each(tx, REWARDS, ("id", ""), &values![&campaign.id], |_, row| add(&mut real, row, terms))?;
    }
    let places: std::collections::BTreeSet<_> = counted.keys().chain(real.keys()).collect();
    for place in places {
        let of = |counts: &Counts| format!("{:?}", counts.get(place).copied().unwrap_or_default());
        let subject = format!("{} {:?} {}", campaign.id, place.0, place.1);
        auditor.equal("earned-as-counted", subject, of(&real), of(&counted));
    }
    Ok(())
}

fn figures(row: &Row) -> Result<(Place, Figure), StoreError> {
    Ok(((row.text("forwarder")?.to_owned(), row.int("day")?), (row.int("rewards")?, row.int("amount")?)))
}

fn add(real: &mut Counts, row: &Row, terms: &RewardTerms) -> Result<(), StoreError> {
    let is_refused = row.opt_text("judged")? == Some("refused");
    for (who, day) in caps::places(terms, row.text("forwarder")?, row.int("decided_at")?) {
        // Whoever was refused has still had a turn; the money is there for others.
        if !(is_refused && who == caps::EVERYBODY) {
            let count = real.entry((who.to_owned(), day)).or_default();
            *count = (count.0.saturating_add(1), count.1.saturating_add(row.int("amount")?));
        }
    }
    Ok(())
}

/// Never more on one day than the caps by day allow, counted from the rewards.
fn by_day(tx: &mut Tx<'_>, campaign: &Campaign, auditor: &mut Auditor) -> Result<(), StoreError> {
    let Some(terms) = &campaign.terms.reward else { return Ok(()) };
    let mut days: BTreeMap<i64, i64> = BTreeMap::new();
    let mut people: BTreeMap<(String, i64), i64> = BTreeMap::new();
    each(tx, REWARDS, ("id", ""), &values![&campaign.id], |_, row| {
        let day = terms.day(row.int("decided_at")?);
        *people.entry((row.text("forwarder")?.to_owned(), day)).or_default() += 1;
        if row.opt_text("judged")? != Some("refused") {
            *days.entry(day).or_default() += 1;
        }
        Ok(())
    })?;
    for (day, count) in days.iter().filter(|(_, count)| terms.day_limit.is_some_and(|most| **count > i64::from(most))) {
        auditor.differ("rewards-within-day", format!("{} {day}", campaign.id), format!("{:?}", terms.day_limit), count);
    }
    for ((who, day), count) in
        people.iter().filter(|(_, count)| terms.per_day.is_some_and(|most| **count > i64::from(most)))
    {
        auditor.differ("rewards-within-day", format!("{who} {day}"), format!("{:?}", terms.per_day), count);
    }
    Ok(())
}
