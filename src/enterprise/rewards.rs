//! Making second packets (第二电子红包): in the background, each exactly once, whatever is killed in between.
//!
//! A reward's steps: waiting (for the friend to collect), owed, made (its packet is signed), delivered (with its voucher
//! in the forwarder's inbox); or held, with a reason.

use std::sync::Arc;

use super::failure::Failure;
use super::feed::Told;
use super::issuing::{Place, Signed, fresh};
use super::{Enterprise, campaigns, stored};
use crate::jose::Digest;
use crate::party::Party;
use crate::store::{Row, StoreError, Tx, values};

/// How many rewards are made in one decision.
const AT_ONCE: usize = 64;

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
    let owed = "SELECT * FROM reward WHERE state = 'owed' ORDER BY owed_at, id LIMIT 64";
    let owed = tx.rows(owed, &[])?;
    for row in &owed {
        make(tx, party, row)?;
    }
    Ok(owed.len())
}

/// Signs the reward's packet and stores it with the reward, so that there is never a second one.
fn make(tx: &mut Tx<'_>, party: &Party, row: &Row) -> Result<(), Failure> {
    let id = row.text("id")?;
    let (campaign, _) = campaigns::load(tx, row.text("campaign")?)?.ok_or_else(|| stored::strange("campaign"))?;
    let now = party.now();
    let fresh = fresh(tx, party)?;
    let claims = campaign.reward_packet(fresh, stored::parsed(row, "forwarder")?, stored::parsed(row, "id")?);
    let Some(claims) = claims else {
        let why = "fund-ended: the bank has given the rest of the fund back";
        tx.execute("UPDATE reward SET state = 'held', reason = ?2 WHERE id = ?1", &values![id, why])?;
        return Ok(());
    };
    let signed = Signed::of(party, &campaign, claims)?;
    signed.store(tx, &Place { kind: "reward", download: None, issue: None }, now, 0)?;
    let made = "UPDATE reward SET state = 'made', made = ?2 WHERE id = ?1 AND state = 'owed'";
    tx.execute(made, &values![id, signed.id().to_string()])?;
    Ok(())
}

/// A reward that waited for exactly this payment, told by the packet's own bank, is owed from now on.
pub(super) fn friend_collected(tx: &mut Tx<'_>, told: &Told<'_>, now: i64) -> Result<(), StoreError> {
    let Some(name) = told.entry.reward_for else { return Ok(()) };
    let owed = "UPDATE reward SET state = 'owed', owed_at = ?4 WHERE id = ?1 AND packet = ?2 AND state = 'waiting' \
                AND EXISTS (SELECT 1 FROM packet WHERE packet.id = ?2 AND packet.bank = ?3)";
    tx.execute(owed, &values![name.to_string(), told.entry.packet.to_string(), told.bank, now]).map(drop)
}

/// A reward that waited for the friend to collect these goods is owed from now on. Whether there was one.
pub(super) fn collected_goods(tx: &mut Tx<'_>, packet: &Digest, name: &Digest, now: i64) -> Result<bool, StoreError> {
    let owed = "UPDATE reward SET state = 'owed', owed_at = ?3 WHERE id = ?1 AND packet = ?2 AND state = 'waiting'";
    Ok(tx.execute(owed, &values![name.to_string(), packet.to_string(), now])? > 0)
}
