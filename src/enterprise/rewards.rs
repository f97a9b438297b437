//! Making second packets (第二电子红包): in the background, each exactly once, whatever is killed in between.
//!
//! A reward's steps: waiting (for the friend to collect), owed, made (its packet is signed, when it is due), delivered
//! (with its voucher in the forwarder's inbox); or held, with a reason. While its campaign is paused, an owed one is parked.

use std::sync::Arc;

use super::failure::Failure;
use super::feed::Told;
use super::issuing::{Place, Signed, fresh, next_serial};
use super::{Enterprise, campaigns, standing, stored};
use crate::jose::Digest;
use crate::party::Party;
use crate::store::{Row, StoreError, Tx, values};

/// How many rewards are made in one decision.
const AT_ONCE: usize = 128;
/// When a parked reward is due.
const PARKED: i64 = i64::MAX;

/// Makes a packet for each reward that is owed. Its voucher comes from [`super::vouchers`].
pub(super) async fn make_owed(enterprise: &Enterprise) -> Result<(), Failure> {
    while !enterprise.is_stopping() {
        let party = enterprise.party.clone();
        let made = enterprise.party.store.decide(move |tx| make_some(tx, &party)).await?;
        if made < AT_ONCE {
            break;
        }
    }
    Ok(())
}

fn make_some(tx: &mut Tx<'_>, party: &Arc<Party>) -> Result<usize, Failure> {
    let owed = "SELECT * FROM reward WHERE state = 'owed' AND due_ms <= ?1 ORDER BY due_ms, id LIMIT 128";
    let owed = tx.rows(owed, &values![party.clock.now_ms()])?;
    for row in &owed {
        make(tx, party, row)?;
    }
    Ok(owed.len())
}

/// When the next reward is due.
pub(super) fn next_due(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let next = "SELECT MIN(due_ms) AS next FROM reward WHERE state = 'owed' AND due_ms < ?1";
    tx.one(next, &values![PARKED])?.opt_int("next")
}

/// Rewards that are owed since a time that has not come, by a clock that ran ahead, and due later than their campaign says.
const TOO_LATE: &str =
    "SELECT id, campaign, due_ms FROM reward WHERE state = 'owed' AND due_ms > ?1 AND due_ms < ?2 AND owed_at > ?3";
/// So much a clock may be set back without that, in seconds.
const SET_BACK: i64 = 3600;

fn too_late(tx: &mut Tx<'_>, now: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let latest = now.saturating_add(SET_BACK);
    let mut found = Vec::new();
    for row in tx.rows(TOO_LATE, &values![latest.saturating_mul(1000), PARKED, latest])? {
        let (campaign, _) = campaigns::load(tx, row.text("campaign")?)?.ok_or_else(|| stored::strange("campaign"))?;
        let due_ms = campaign.due_ms(now);
        if row.int("due_ms")? > due_ms.saturating_add(SET_BACK * 1000) {
            found.push((row.text("id")?.to_owned(), due_ms));
        }
    }
    Ok(found)
}

/// Whether there are any.
pub(super) fn is_any_too_late(tx: &mut Tx<'_>, now: i64) -> Result<bool, StoreError> {
    Ok(!too_late(tx, now)?.is_empty())
}

/// They are due as if they were owed from now on.
pub(super) fn call_in(tx: &mut Tx<'_>, now: i64) -> Result<(), StoreError> {
    for (id, due_ms) in too_late(tx, now)? {
        tx.execute("UPDATE reward SET due_ms = ?2 WHERE id = ?1", &values![id, due_ms])?;
    }
    Ok(())
}

/// Lets a campaign's parked rewards go on.
pub(super) fn unpark(tx: &mut Tx<'_>, campaign: &str) -> Result<(), StoreError> {
    let due = "UPDATE reward SET due_ms = 0 WHERE state = 'owed' AND due_ms = ?2 AND campaign = ?1";
    tx.execute(due, &values![campaign, PARKED]).map(drop)
}

/// Signs the reward's packet and stores it with the reward, so that there is never a second one.
fn make(tx: &mut Tx<'_>, party: &Party, row: &Row) -> Result<(), Failure> {
    let id = row.text("id")?;
    let (campaign, standing) =
        campaigns::load(tx, row.text("campaign")?)?.ok_or_else(|| stored::strange("campaign"))?;
    if standing.text("standing")? == standing::PAUSED {
        tx.execute("UPDATE reward SET due_ms = ?2 WHERE id = ?1", &values![id, PARKED])?;
        return Ok(());
    }
    let now = party.now();
    let serial = next_serial(tx)?;
    let fresh = fresh(party, serial)?;
    let claims = campaign.reward_packet(fresh, stored::parsed(row, "forwarder")?, stored::parsed(row, "id")?);
    let Some(claims) = claims else {
        let why = "fund-ended: the bank has given the rest of the fund back";
        tx.execute("UPDATE reward SET state = 'held', reason = ?2 WHERE id = ?1", &values![id, why])?;
        return Ok(());
    };
    let signed = Signed::of(party, &campaign, claims)?;
    let place = Place { kind: "reward", serial, download: None, issue: None, batch: None, draw: None };
    signed.store(tx, &place, now, 0)?;
    let made = "UPDATE reward SET state = 'made', made = ?2 WHERE id = ?1 AND state = 'owed'";
    tx.execute(made, &values![id, signed.id().to_string()])?;
    Ok(())
}

/// A reward that waited for exactly this payment, told by the packet's own bank, is owed from now on.
pub(super) fn friend_collected(tx: &mut Tx<'_>, told: &Told<'_>, now: i64) -> Result<(), StoreError> {
    let Some(name) = told.entry.reward_for else { return Ok(()) };
    let (id, packet) = (name.to_string(), told.entry.packet.to_string());
    let waiting = "SELECT campaign FROM reward WHERE id = ?1 AND packet = ?2 AND state = 'waiting' \
                   AND EXISTS (SELECT 1 FROM packet WHERE packet.id = ?2 AND packet.bank = ?3)";
    let Some(row) = tx.first(waiting, &values![&id, packet, told.bank])? else { return Ok(()) };
    owe(tx, &id, row.text("campaign")?, now)
}

/// A reward is owed from now on.
pub(super) fn owe(tx: &mut Tx<'_>, id: &str, campaign: &str, now: i64) -> Result<(), StoreError> {
    let (campaign, _) = campaigns::load(tx, campaign)?.ok_or_else(|| stored::strange("campaign"))?;
    let owed = "UPDATE reward SET state = 'owed', owed_at = ?2, due_ms = ?3 WHERE id = ?1";
    tx.execute(owed, &values![id, now, campaign.due_ms(now)]).map(drop)
}

/// A reward that waited for the friend to collect these goods is owed from now on. Whether there was one.
pub(super) fn collected_goods(tx: &mut Tx<'_>, packet: &Digest, name: &Digest, now: i64) -> Result<bool, StoreError> {
    let (id, packet) = (name.to_string(), packet.to_string());
    let waiting = "SELECT campaign FROM reward WHERE id = ?1 AND packet = ?2 AND state = 'waiting'";
    let Some(row) = tx.first(waiting, &values![&id, packet])? else { return Ok(false) };
    owe(tx, &id, row.text("campaign")?, now)?;
    Ok(true)
}
