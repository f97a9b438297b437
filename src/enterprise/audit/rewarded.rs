//! Notices, receipts and rewards: each reward earned by a genuine notice, within cap and fund, made once.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::Keys;
use crate::api::notice::{self, Carried, JudgedNotice, NoticeClaims, read_receipt};
use crate::api::states::{NoRewardReason, ReceiptResult};
use crate::enterprise::notices::{Evidence, has_collected};
use crate::enterprise::recovery::RESTORED;
use crate::enterprise::{campaigns, holds, stored};
use crate::jose::{ClientId, Digest, Jws, Typ};
use crate::packet::claims::reward_for;
use crate::packet::file::read_hops;
use crate::packet::{Packet, Reward, When, chain};
use crate::party::audit::{Auditor, PART, each};
use crate::party::changes;
use crate::store::{Row, StoreError, Tx, values};

const NOTICES: &str = "SELECT notice.*, packet.jws AS jws, reward.id AS reward, reward.state AS reward_state, \
    reward.forwarder, reward.amount, reward.owed_at, reward.made, reward.delivered_at FROM notice \
    LEFT JOIN packet ON packet.id = notice.packet \
    LEFT JOIN reward ON reward.packet = notice.packet AND reward.opener = notice.opener \
    WHERE (notice.packet, notice.opener) > (?1, ?2) ORDER BY notice.packet, notice.opener LIMIT ?3";

pub(super) fn check(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let (mut packet, mut opener) = (String::new(), String::new());
    loop {
        let rows = tx.rows(NOTICES, &values![&packet, &opener, PART])?;
        for row in &rows {
            notice(row, keys, auditor)?;
        }
        let Some(last) = rows.last() else { break };
        (packet, opener) = (last.text("packet")?.to_owned(), last.text("opener")?.to_owned());
    }
    let rewards = "SELECT * FROM reward WHERE id > ?1 ORDER BY id LIMIT ?2";
    each(tx, rewards, ("id", ""), &[], |tx, row| reward(tx, row, auditor))?;
    counted(tx, auditor)?;
    limits(tx, auditor)
}

/// The number of openings kept beside a packet, by which their limit is judged, is how many there are.
fn counted(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let sql = "SELECT * FROM (SELECT packet.id, \
               (SELECT COUNT(*) FROM notice WHERE notice.packet = packet.id) AS there, \
               COALESCE((SELECT openings FROM opened WHERE opened.packet = packet.id), 0) AS kept \
               FROM packet) AS counted WHERE there <> kept ORDER BY id";
    for row in &tx.rows(sql, &[])? {
        auditor.equal("openings-counted", row.text("id")?, row.int("there")?, row.int("kept")?);
    }
    Ok(())
}

/// A notice came to what the rules say, and its receipt says so; what earned is what its opener signed.
fn notice(row: &Row, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let subject = format!("{}/{}", row.text("packet")?, row.text("opener")?);
    let Some(told) = told(row)? else {
        auditor.differ("notice-genuine", &subject, "a packet, an opener and forwarders", "something else");
        return Ok(());
    };
    auditor.equal("notice-genuine", &subject, i64::try_from(told.signers.len()).unwrap_or(0), row.int("hops")?);
    let result = row.text("result")?;
    let has_reward = row.opt_text("reward")?.is_some();
    let promised = [ReceiptResult::Rewarded, ReceiptResult::Waiting].map(ReceiptResult::as_str).contains(&result);
    auditor.equal("reward-as-promised", &subject, promised, has_reward);
    if promised && !is_evident(row, &told)? {
        auditor.differ("notice-genuine", &subject, "a notice and hops whose signatures hold", "they do not");
    }
    match told.earns(row.int("at")?) {
        Ok((forwarder, reward)) if has_reward => {
            auditor.equal("reward-earned", &subject, forwarder.to_string().as_str(), row.text("forwarder")?);
            auditor.equal("reward-earned", &subject, reward.amount.minor, row.int("amount")?);
            let waits = row.text("reward_state")? == "waiting";
            if waits && result != ReceiptResult::Waiting.as_str() {
                auditor.differ("reward-as-promised", &subject, "owed", "waiting");
            }
        }
        Err(reason) if has_reward => auditor.differ("reward-earned", &subject, format!("none: {reason}"), "a reward"),
        earned => denied(row, earned.err(), &subject, auditor)?,
    }
    receipt(row, &told, keys, &subject, auditor)
}

/// Whoever got nothing was told the true reason: that of the signed rules, or else that a cap or the fund is
/// used up, the campaign closed, or nothing left to collect.
fn denied(row: &Row, why: Option<NoRewardReason>, subject: &str, auditor: &mut Auditor) -> Result<(), StoreError> {
    let found = row.opt_text("reason")?.unwrap_or_default();
    let used_up = [
        NoRewardReason::CapReached,
        NoRewardReason::FundExhausted,
        NoRewardReason::DayCapReached,
        NoRewardReason::DayExhausted,
        NoRewardReason::CampaignClosed,
        NoRewardReason::NotCollected,
    ]
    .map(NoRewardReason::as_str);
    match why {
        Some(why) => auditor.equal("denied-as-earned", subject, why.as_str(), found),
        None if used_up.contains(&found) => {}
        None => auditor.differ("denied-as-earned", subject, used_up.join(" or "), found),
    }
    Ok(())
}

/// An opening as its row has it.
struct Told {
    packet: Packet,
    signers: Vec<ClientId>,
    opener: ClientId,
    jti: Uuid,
}

impl Told {
    /// Only who may hold the packet is recorded, so it is addressed to nobody else.
    fn earns(&self, at: i64) -> Result<(ClientId, &Reward), NoRewardReason> {
        notice::earns(&self.packet.claims, &self.signers, None, &self.opener, at)
    }
}

fn told(row: &Row) -> Result<Option<Told>, StoreError> {
    let Some(Ok(packet)) = row.opt_text("jws")?.map(Packet::read) else { return Ok(None) };
    let (Ok(opener), Ok(jti)) = (row.text("opener")?.parse(), row.text("jti")?.parse()) else { return Ok(None) };
    let Ok(signers) = stored::json(row, "signers") else { return Ok(None) };
    Ok((row.text("packet")? == packet.id().to_string()).then_some(Told { packet, signers, opener, jti }))
}

/// Whether the signed messages that are kept say what the row says.
fn is_evident(row: &Row, told: &Told) -> Result<bool, StoreError> {
    if row.opt_text("evidence")?.is_none() {
        return Ok(false);
    }
    let Ok(evidence) = stored::json::<Evidence>(row, "evidence") else { return Ok(false) };
    let (Ok(hops), Ok(jws)) = (read_hops(&evidence.hops), Jws::parse(&evidence.notice, Typ::Notice)) else {
        return Ok(false);
    };
    let (Ok(opener), Ok(claims)) = (jws.verify_client(), jws.claims::<NoticeClaims>()) else { return Ok(false) };
    let packet = &told.packet;
    let judged = JudgedNotice { carried: Arc::new(Carried::new(packet.clone(), hops)), opener, jws, claims };
    Ok(chain::check(packet, &judged.hops).is_ok()
        && judged.claims.packet == judged.id
        && judged.claims.head == judged.head
        && judged.claims.jti == told.jti
        && judged.opener == told.opener
        && judged.signers() == told.signers
        && judged.is_holder())
}

/// The receipt that was answered says what the row says.
fn receipt(row: &Row, told: &Told, keys: &Keys, subject: &str, auditor: &mut Auditor) -> Result<(), StoreError> {
    let issuer = &told.packet.claims.iss;
    let Ok(receipt) = read_receipt(row.text("receipt")?, issuer, &keys.own, &told.opener, told.jti) else {
        auditor.differ("receipt-genuine", subject, "our receipt for this notice", "something else");
        return Ok(());
    };
    auditor.equal("receipt-says-so", subject, row.text("result")?, receipt.result.as_str());
    let reason = receipt.reason.map(|reason| reason.as_str()).unwrap_or_default();
    auditor.equal("receipt-says-so", subject, row.opt_text("reason")?.unwrap_or_default(), reason);
    auditor.equal("receipt-says-so", subject, row.int("at")?, receipt.iat);
    auditor.equal("receipt-says-so", subject, told.packet.id(), receipt.packet);
    let reward = receipt.reward.map(|reward| reward.to_string()).unwrap_or_default();
    auditor.equal("receipt-says-so", subject, row.opt_text("reward")?.unwrap_or_default(), reward.as_str());
    Ok(())
}

/// A reward is named by its packet and opener, has its notice, and its packet once it is made.
fn reward(tx: &mut Tx<'_>, row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = row.text("id")?;
    let (packet, opener): (Digest, ClientId) = (stored::parsed(row, "packet")?, stored::parsed(row, "opener")?);
    auditor.equal("reward-named", id, reward_for(&packet, &opener).to_string().as_str(), id);
    let noticed = "SELECT 1 AS known FROM notice WHERE packet = ?1 AND opener = ?2";
    let noticed = tx.first(noticed, &values![packet.to_string(), opener.to_string()])?;
    auditor.equal("reward-has-notice", id, true, noticed.is_some());
    let is_paid = has_collected(tx, &packet, &stored::parsed(row, "id")?)?;
    let state = row.text("state")?;
    if state == "waiting" && is_paid {
        auditor.differ("waiting-becomes-owed", id, "owed", state);
    }
    // What waits for a look, or was refused after one, is not owed.
    let is_unseen = row.opt_text("signal")?.is_some() && row.opt_text("judged")? != Some("approved");
    if state != "waiting" && !is_unseen && !is_paid && waits_for_payment(tx, &packet)? {
        auditor.differ("reward-collected", id, "a friend who was paid", state);
    }
    let made = row.opt_text("made")?;
    auditor.equal("reward-made", id, matches!(state, "made" | "delivered") || made.is_some(), made.is_some());
    auditor.equal("reward-owed-since", id, state != "waiting" && !is_unseen, row.opt_int("owed_at")?.is_some());
    looked_at(tx, row, is_unseen, auditor)?;
    made.map_or(Ok(()), |made| made_packet(tx, row, made, auditor))
}

/// What waits for a look is held, was not promised to anybody, and whoever decided is on record.
fn looked_at(tx: &mut Tx<'_>, row: &Row, is_unseen: bool, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = row.text("id")?;
    auditor.equal("held-until-seen", id, is_unseen, is_unseen && row.text("state")? == "held");
    let told = "SELECT result FROM notice WHERE packet = ?1 AND opener = ?2";
    let told = tx.first(told, &values![row.text("packet")?, row.text("opener")?])?;
    // What was promised before the register was put back waits as well.
    let signal = row.opt_text("signal")?.filter(|signal| *signal != RESTORED);
    if let (Some(_), Some(told)) = (signal, told) {
        auditor.equal("held-until-seen", id, ReceiptResult::Waiting.as_str(), told.text("result")?);
    }
    let changes = changes::of(tx, holds::REWARD, id)?;
    let decided = changes.last().map(|change| if change.after == "refused" { "refused" } else { "approved" });
    auditor.equal("judged-on-record", id, decided.unwrap_or_default(), row.opt_text("judged")?.unwrap_or_default());
    Ok(())
}

/// Whether the packet promises rewards only for friends who were paid.
fn waits_for_payment(tx: &mut Tx<'_>, packet: &Digest) -> Result<bool, StoreError> {
    let row = tx.first("SELECT jws FROM packet WHERE id = ?1", &values![packet.to_string()])?;
    let Some(Ok(packet)) = row.as_ref().map(|row| row.text("jws").map(Packet::read)).transpose()? else {
        return Ok(false);
    };
    let reward = packet.claims.forward.and_then(|forward| forward.reward);
    Ok(reward.is_some_and(|reward| reward.when == When::Collected))
}

fn made_packet(tx: &mut Tx<'_>, reward: &Row, made: &str, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = reward.text("id")?;
    let Some(row) = tx.first("SELECT jws, state FROM packet WHERE id = ?1", &values![made])? else {
        auditor.differ("reward-made", id, "its packet", "none");
        return Ok(());
    };
    let Ok(packet) = Packet::read(row.text("jws")?) else { return Ok(()) };
    let claims = &packet.claims;
    let named = claims.reward_for.map(|name| name.to_string()).unwrap_or_default();
    auditor.equal("reward-packet", id, id, named.as_str());
    let to = claims.cnf.as_ref().map(|cnf| cnf.jkt.to_string()).unwrap_or_default();
    auditor.equal("reward-packet", id, reward.text("forwarder")?, to.as_str());
    auditor.equal("reward-packet", id, reward.int("amount")?, claims.contents.amount().map_or(0, |it| it.minor));
    auditor.equal("reward-packet", id, reward.text("campaign")?, claims.campaign.as_str());
    auditor.equal("reward-delivered", id, row.text("state")? == "issued", reward.text("state")? == "delivered");
    Ok(())
}

/// Caps and funds, and no reward packet without its reward.
fn limits(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let mut terms = BTreeMap::new();
    for (campaign, _) in campaigns::all(tx)? {
        let reward = campaign.terms.reward.as_ref();
        let caps = reward.map_or((0, 0), |it| (i64::from(it.per_person), it.budget.minor));
        terms.insert(campaign.id, caps);
    }
    let of = |campaign: &str| terms.get(campaign).copied().unwrap_or_default();
    let campaigns = tx.rows("SELECT DISTINCT campaign FROM reward", &[])?;
    for campaign in &campaigns {
        let campaign = campaign.text("campaign")?;
        let (cap, _) = of(campaign);
        let earned = "SELECT forwarder, COUNT(*) AS earned FROM reward WHERE campaign = ?1 \
                      GROUP BY forwarder HAVING COUNT(*) > ?2";
        for row in &tx.rows(earned, &values![campaign, cap])? {
            let found = row.int("earned")?;
            auditor.differ("rewards-within-cap", row.text("forwarder")?, format!("at most {cap}"), found);
        }
    }
    let spent = "SELECT campaign, CAST(SUM(amount) AS BIGINT) AS spent FROM reward \
                 WHERE judged IS NULL OR judged <> 'refused' GROUP BY campaign";
    for row in &tx.rows(spent, &[])? {
        let (spent, (_, budget)) = (row.int("spent")?, of(row.text("campaign")?));
        if spent > budget {
            auditor.differ("rewards-within-fund", row.text("campaign")?, format!("at most {budget}"), spent);
        }
    }
    let loose = "SELECT id FROM packet WHERE kind = 'reward' \
                 AND NOT EXISTS (SELECT 1 FROM reward WHERE reward.made = packet.id) ORDER BY id";
    for row in &tx.rows(loose, &[])? {
        auditor.differ("reward-packet", row.text("id")?, "a reward", "none");
    }
    Ok(())
}
