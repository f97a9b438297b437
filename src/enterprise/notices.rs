//! Forward notices: one decision records the opening, what is owed for it, and the signed receipt.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::failure::Failure;
use super::terms::Campaign;
use super::{Enterprise, Holds, campaigns, caps, genuine, goods, holds, recovery, samples, shown, standing, stored};
use crate::api::notice::{self, JudgedNotice, NoticeAnswer, NoticeRequest, ReceiptClaims};
use crate::api::problem::Problem;
use crate::api::states::{NoRewardReason, ReceiptResult};
use crate::jose::{ClientId, Digest, Typ};
use crate::packet::When;
use crate::packet::claims::{Reward, reward_for};
use crate::party::{Party, recovery as party_recovery};
use crate::store::{StoreError, Tx, values};

/// Most openings of one packet that are recorded.
pub const MAX_OPENINGS: i64 = 10_000;

/// The signed messages that a notice stands on, kept for audits.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Evidence {
    pub(super) notice: String,
    pub(super) hops: Vec<String>,
}

impl Evidence {
    fn of(judged: &JudgedNotice) -> Self {
        let hops = judged.hops.iter().map(|hop| hop.jws.as_str().to_owned()).collect();
        Self { notice: judged.jws.as_str().to_owned(), hops }
    }
}

/// Judges a notice, decides, and answers with the receipt when all of it is on disk.
pub(super) async fn receive(enterprise: &Enterprise, body: &[u8]) -> Result<NoticeAnswer, Failure> {
    let party = enterprise.party.clone();
    let now = party.now();
    let judged = judge(enterprise, body, now)?;
    let is_recovering = enterprise.is_recovering().await?;
    let rules = Rules { holds: enterprise.settings.holds, is_recovering };
    let decided = enterprise.party.store.decide(move |tx| decide(tx, &party, &rules, &judged, now)).await?;
    match decided.news {
        Some(ReceiptResult::Rewarded) => enterprise.wake.wake(),
        // What it waits for may already stand in the bank's feed.
        Some(ReceiptResult::Waiting) => enterprise.feed_wake.wake(),
        _ => {}
    }
    Ok(NoticeAnswer { receipt: decided.receipt })
}

/// The part that needs no register: signatures, on whatever core is free.
fn judge(enterprise: &Enterprise, body: &[u8], now: i64) -> Result<JudgedNotice, Failure> {
    let (mut name, mut is_known) = (None, false);
    let known = |request: &NoticeRequest| {
        name = genuine::name(request);
        let carried = enterprise.genuine.find(name.as_ref()?);
        is_known = carried.is_some();
        carried
    };
    let judged = notice::judge(body, &enterprise.party.origin, &enterprise.keys, known, now)?;
    if let Some(name) = name.filter(|_| !is_known) {
        enterprise.genuine.keep(name, &judged.carried);
    }
    Ok(judged)
}

struct Decided {
    receipt: String,
    /// None when the opening was known before.
    news: Option<ReceiptResult>,
}

/// What an opening comes to.
struct Outcome {
    result: ReceiptResult,
    reason: Option<NoRewardReason>,
    reward: Option<Digest>,
}

/// What an opening is judged by besides its campaign.
struct Rules {
    holds: Holds,
    is_recovering: bool,
}

fn decide(tx: &mut Tx<'_>, party: &Party, rules: &Rules, judged: &JudgedNotice, now: i64) -> Result<Decided, Failure> {
    if samples::is_test(&judged.packet.claims) {
        return Ok(Decided { receipt: turned_away(party, judged)?, news: None });
    }
    let packet = judged.id.to_string();
    let campaign = tx.first("SELECT campaign FROM packet WHERE id = ?1", &values![&packet])?;
    let Some(campaign) = campaign else { return Err(unknown_packet(tx)?) };
    if let Some(receipt) = known(tx, party, judged)? {
        return Ok(Decided { receipt, news: None });
    }
    if !judged.is_holder() {
        return Ok(Decided { receipt: turned_away(party, judged)?, news: None });
    }
    let openings = tx.first("SELECT openings FROM opened WHERE packet = ?1", &values![&packet])?;
    if openings.map_or(Ok(0), |row| row.int("openings"))? >= MAX_OPENINGS {
        return Err(too_many());
    }
    let (campaign, row) =
        campaigns::load(tx, campaign.text("campaign")?)?.ok_or_else(|| stored::strange("campaign"))?;
    let earned = match judged.earns(now) {
        Ok(_) if row.text("standing")? == standing::CLOSED => Err(NoRewardReason::CampaignClosed),
        Ok((forwarder, reward)) => caps::allowed(tx, &campaign, &forwarder, reward, now)?.map(|()| (forwarder, reward)),
        Err(reason) => Err(reason),
    };
    let earned = match earned {
        Ok((_, reward)) if is_missed(tx, judged, reward)? => Err(NoRewardReason::NotCollected),
        earned => earned,
    };
    let signal = match &earned {
        // The same opening may have been rewarded after the copy.
        Ok(_) if rules.is_recovering && recovery::is_doubtful(tx, &row)? => Some(recovery::RESTORED),
        Ok((forwarder, _)) => holds::signal(tx, &rules.holds, &campaign, judged, forwarder, now)?,
        Err(_) => None,
    };
    let outcome = match &earned {
        Ok((_, reward)) => promised(tx, judged, reward, signal)?,
        Err(reason) => Outcome { result: ReceiptResult::NotRewarded, reason: Some(*reason), reward: None },
    };
    let receipt = sign(party, judged, judged.claims.jti, now, &outcome)?;
    record(tx, judged, now, &outcome, &receipt)?;
    shown::keep(tx, judged, now)?;
    if let Ok((forwarder, reward)) = earned {
        owe(tx, judged, &campaign, (forwarder, reward), (outcome.result, signal), now)?;
    }
    Ok(Decided { receipt, news: Some(outcome.result) })
}

/// The receipt when this client's opening of this packet is already known.
///
/// The same notice gets the same bytes. Another notice of the same opening gets `already-known`, which follows from the
/// notice and the first decision alone, so nothing is stored and nobody can fill the register by repeating himself.
fn known(tx: &mut Tx<'_>, party: &Party, judged: &JudgedNotice) -> Result<Option<String>, Failure> {
    let key = values![judged.id.to_string(), judged.opener.to_string()];
    let Some(row) = tx.first("SELECT jti, at, receipt FROM notice WHERE packet = ?1 AND opener = ?2", &key)? else {
        return Ok(None);
    };
    if stored::parsed::<Uuid>(&row, "jti")? == judged.claims.jti {
        return Ok(Some(row.text("receipt")?.to_owned()));
    }
    let outcome = Outcome { result: ReceiptResult::AlreadyKnown, reason: None, reward: None };
    sign(party, judged, judged.claims.jti, row.int("at")?, &outcome).map(Some)
}

/// The receipt for a test packet, and for somebody to whom the packet is not addressed. It follows from packet, hops and notice alone, so nothing
/// is stored: whoever saw a packet cannot fill the register with fresh keys.
fn turned_away(party: &Party, judged: &JudgedNotice) -> Result<String, Failure> {
    let at = judged.packet.claims.iat;
    let reason = judged.earns(at).err().unwrap_or(NoRewardReason::NotAddressee);
    let outcome = Outcome { result: ReceiptResult::NotRewarded, reason: Some(reason), reward: None };
    sign(party, judged, judged.claims.jti, at, &outcome)
}

/// Rewarded at once, or waiting: until the bank's feed says that the friend collected, or until somebody had a look.
fn promised(
    tx: &mut Tx<'_>,
    judged: &JudgedNotice,
    reward: &Reward,
    signal: Option<&str>,
) -> Result<Outcome, StoreError> {
    let name = reward_for(&judged.id, &judged.opener);
    let is_owed = signal.is_none() && (reward.when == When::Opened || has_collected(tx, &judged.id, &name)?);
    let result = if is_owed { ReceiptResult::Rewarded } else { ReceiptResult::Waiting };
    Ok(Outcome { result, reason: None, reward: Some(name) })
}

/// Whether a reward waits for a payment that cannot come any more.
fn is_missed(tx: &mut Tx<'_>, judged: &JudgedNotice, reward: &Reward) -> Result<bool, StoreError> {
    let name = reward_for(&judged.id, &judged.opener);
    Ok(reward.when == When::Collected
        && has_ended(tx, &judged.id.to_string())?
        && !has_collected(tx, &judged.id, &name)?)
}

/// Whether nobody can be paid from a packet any more, by the word of its bank. Goods are not the bank's to end.
pub(super) fn has_ended(tx: &mut Tx<'_>, packet: &str) -> Result<bool, StoreError> {
    // Also where the voucher itself is not here yet, as in a register that was put back from a copy.
    let sql = "SELECT 1 AS ended FROM feed WHERE packet = ?1 AND kind IN ('paid', 'returned', 'withdrawn') \
               AND NOT EXISTS (SELECT 1 FROM goods_packet WHERE goods_packet.packet = feed.packet)";
    Ok(tx.first(sql, &values![packet])?.is_some())
}

/// Whether the friend behind this hash was paid a share of this packet, by the word of the packet's own bank, or has
/// collected its goods.
pub(super) fn has_collected(tx: &mut Tx<'_>, packet: &Digest, name: &Digest) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS known FROM feed JOIN packet ON packet.id = feed.packet AND packet.bank = feed.bank \
               WHERE feed.reward_for = ?1 AND feed.packet = ?2 AND feed.kind = 'collected'";
    let is_paid = tx.first(sql, &values![name.to_string(), packet.to_string()])?.is_some();
    Ok(is_paid || goods::has_collected(tx, packet, name)?)
}

fn sign(party: &Party, judged: &JudgedNotice, jti: Uuid, at: i64, outcome: &Outcome) -> Result<String, Failure> {
    let claims = ReceiptClaims {
        iss: party.origin.clone(),
        aud: judged.opener,
        iat: at,
        notice: jti,
        packet: judged.id,
        result: outcome.result,
        reason: outcome.reason,
        reward: outcome.reward,
    };
    Ok(party.sign(Typ::Receipt, &claims)?.as_str().to_owned())
}

fn record(
    tx: &mut Tx<'_>,
    judged: &JudgedNotice,
    now: i64,
    outcome: &Outcome,
    receipt: &str,
) -> Result<(), StoreError> {
    let evidence = outcome.reward.map(|_| stored::to_json(&Evidence::of(judged))).transpose()?;
    tx.execute(
        "INSERT INTO notice (packet, opener, jti, hops, signers, evidence, at, result, reason, receipt) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &values![
            judged.id.to_string(),
            judged.opener.to_string(),
            judged.claims.jti.to_string(),
            i64::try_from(judged.hops.len()).unwrap_or(i64::MAX),
            stored::to_json(&judged.signers())?,
            evidence,
            now,
            outcome.result.as_str(),
            outcome.reason.map(NoRewardReason::as_str),
            receipt,
        ],
    )?;
    tx.execute(
        "INSERT INTO opened (packet, openings) VALUES (?1, 1) \
         ON CONFLICT (packet) DO UPDATE SET openings = opened.openings + 1",
        &values![judged.id.to_string()],
    )?;
    Ok(())
}

fn owe(
    tx: &mut Tx<'_>,
    judged: &JudgedNotice,
    campaign: &Campaign,
    (forwarder, reward): (ClientId, &Reward),
    (result, signal): (ReceiptResult, Option<&str>),
    now: i64,
) -> Result<(), StoreError> {
    let (packet, is_owed) = (judged.id, result == ReceiptResult::Rewarded);
    let state = match signal {
        Some(_) => "held",
        None if is_owed => "owed",
        None => "waiting",
    };
    tx.execute(
        "INSERT INTO reward (id, packet, opener, campaign, forwarder, amount, currency, show_opener, state, decided_at, \
         owed_at, due_ms, signal, reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        &values![
            reward_for(&packet, &judged.opener).to_string(),
            packet.to_string(),
            judged.opener.to_string(),
            &campaign.id,
            forwarder.to_string(),
            reward.amount.minor,
            reward.amount.currency.as_str(),
            judged.claims.show_opener,
            state,
            now,
            is_owed.then_some(now),
            campaign.due_ms(now),
            signal,
            signal.map(holds::reason),
        ],
    )?;
    caps::count(tx, campaign, &forwarder, reward, now)
}

fn too_many() -> Failure {
    let detail = format!("{MAX_OPENINGS} people have told that they opened this packet.");
    let problem = Problem::new("too-many-openings", 429, "So many openings are not counted", detail);
    problem.with_next("The packet itself is as good as before.").with_retry_after(24 * 3600).into()
}

/// A packet that this enterprise signed and does not know: it was signed after the copy from which the register was put back.
pub(super) fn unknown_packet(tx: &mut Tx<'_>) -> Result<Failure, StoreError> {
    if party_recovery::under_way(tx)?.is_some() {
        return Ok(party_recovery::problem().into());
    }
    let detail = "This enterprise never issued this packet.";
    let next = "Do not trust this packet.";
    Ok(Failure::refused("unknown-packet", 422, "The packet is not known here", detail, next))
}
