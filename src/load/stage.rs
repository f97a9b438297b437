//! What a run needs before it begins: the banks know each other, the enterprise has money at the issuing bank, a campaign,
//! packets, and collectors with accounts at the collecting bank. All by the admin API, as the commands do it.

use std::sync::Arc;

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::line::Ask;
use super::people::{authorize, fresh_id, in_parallel, somebody};
use super::{LoadError, Trio};
use crate::api::account::AccountNumber;
use crate::api::routes;
use crate::jose::{Digest, SigningKey};
use crate::packet::PacketFile;

/// How many packets one request makes.
const PACKETS_AT_ONCE: u64 = 1000;
/// How many requests set something up at once.
const AT_ONCE: usize = 32;
/// What the enterprise pays in: enough for every run.
const DEPOSIT: i64 = 100_000_000_000;

/// What is asked of a campaign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// How many packets it may have.
    pub(super) packets: u64,
    /// How many may collect from each.
    pub(super) shares: u32,
    /// How many rewards one forwarder may earn; 0 for a campaign without.
    pub(super) rewards_each: u32,
    /// How many rewards in all.
    pub(super) rewards: u64,
    /// After how many seconds an owed reward is made.
    pub(super) delay: u32,
}

/// A campaign on its bank account.
pub(super) struct Stage {
    trio: Arc<Trio>,
    campaign: String,
}

fn setup(what: &str, why: impl std::fmt::Display) -> LoadError {
    LoadError::Setup { what: what.to_owned(), why: why.to_string() }
}

impl Stage {
    pub(super) async fn set(trio: &Arc<Trio>, terms: Terms) -> Result<Self, LoadError> {
        introduce(trio).await?;
        let (enterprise, bank) = (&trio.enterprise, &trio.issuing);
        let cny = |minor: i64| json!({ "minor": minor, "currency": "CNY" });
        let opened = bank
            .admin(
                "/admin/accounts",
                Some(&json!({ "request": fresh_id(), "holder": "Load Ltd", "applicant": enterprise.origin,
                              "deposit": cny(DEPOSIT) })),
            )
            .await?;
        let mut campaign = json!({
            "request": fresh_id(), "title": "Load Ltd", "greeting": "新春纳福\n愿你今年每一天都有好消息", "count": terms.packets,
            "amount": cny(100), "shares": terms.shares, "expires": 24 * 3600, "bank": bank.origin,
            "account": opened["account"], "max_hops": 5,
        });
        if terms.rewards_each > 0 {
            campaign["reward"] = cny(1);
            campaign["per_person"] = terms.rewards_each.into();
            campaign["reward_budget"] = cny(i64::try_from(terms.rewards).unwrap_or(DEPOSIT));
        }
        if terms.delay > 0 {
            campaign["reward_delay"] = terms.delay.into();
        }
        let made = enterprise.admin("/admin/campaigns", Some(&campaign)).await?;
        let campaign = made["id"].as_str().ok_or_else(|| setup("a campaign", &made))?.to_owned();
        Ok(Self { trio: trio.clone(), campaign })
    }

    /// Issues packets by one request; says which, once each has its voucher.
    pub(super) async fn issue(&self, count: u64) -> Result<Vec<Digest>, LoadError> {
        let order = json!({ "request": fresh_id(), "campaign": self.campaign, "count": count });
        loop {
            // The same request again only says how far they are.
            let issued = self.trio.enterprise.admin("/admin/packets", Some(&order)).await?;
            let packets = issued["packets"].as_array().map(Vec::as_slice).unwrap_or_default();
            if let Some(held) = packets.iter().find(|it| it["state"] == "held") {
                return Err(setup("a voucher", &held["reason"]));
            }
            if packets.iter().all(|it| it["state"] == "issued") {
                return packets.iter().map(id).collect();
            }
            tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        }
    }

    /// Issues so many packets and fetches their files.
    pub(super) async fn packets(&self, count: u64) -> Result<Vec<PacketFile>, LoadError> {
        let mut ids = Vec::new();
        while (ids.len() as u64) < count {
            ids.extend(self.issue((count - ids.len() as u64).min(PACKETS_AT_ONCE)).await?);
        }
        let mut files = Vec::new();
        for id in ids {
            let file = self.trio.enterprise.admin(&format!("/admin/packets/{id}/file"), None).await?;
            files.push(PacketFile::read(file.to_string().as_bytes()).map_err(|error| setup("a packet's file", error))?);
        }
        Ok(files)
    }
}

fn id(packet: &Value) -> Result<Digest, LoadError> {
    packet["id"].as_str().and_then(|id| id.parse().ok()).ok_or_else(|| setup("a packet", packet))
}

/// The banks deal with each other. Those that do already are left as they are.
async fn introduce(trio: &Trio) -> Result<(), LoadError> {
    for (bank, other) in [(&trio.issuing, &trio.collecting), (&trio.collecting, &trio.issuing)] {
        let members = bank.admin("/admin/members", None).await?;
        let is_known = |member: &Value| member["origin"] == other.origin.as_str();
        if members["members"].as_array().is_some_and(|members| members.iter().any(is_known)) {
            continue;
        }
        let mut line = other.line();
        let known = line.ask(Ask::get(routes::WELL_KNOWN)).await.ok_or_else(|| setup(other.name(), "no answer"))?;
        let known: Value = serde_json::from_slice(&known.body).map_err(|error| setup(other.name(), error))?;
        let member = json!({ "origin": other.origin, "prefix": known["account_prefixes"][0] });
        bank.admin("/admin/members", Some(&member)).await?;
    }
    Ok(())
}

/// A person with an account at the collecting bank that is linked to the person's wallet.
#[derive(Clone)]
pub(super) struct Collector {
    pub(super) key: SigningKey,
    pub(super) account: AccountNumber,
}

/// People with accounts.
pub(super) async fn collectors(trio: &Arc<Trio>, count: usize) -> Result<Vec<Collector>, LoadError> {
    let keys = in_parallel(count, |_| Ok(somebody())).await?;
    let (mut waiting, mut working, mut ready) = (keys.into_iter(), JoinSet::new(), Vec::with_capacity(count));
    loop {
        while working.len() < AT_ONCE
            && let Some(key) = waiting.next()
        {
            working.spawn(collector(trio.clone(), key));
        }
        match working.join_next().await {
            Some(done) => ready.push(done.map_err(|error| setup("an account", error))??),
            None => return Ok(ready),
        }
    }
}

async fn collector(trio: Arc<Trio>, key: SigningKey) -> Result<Collector, LoadError> {
    let bank = &trio.collecting;
    let open =
        json!({ "request": fresh_id(), "holder": "Load", "identity": format!("load {}", key.public().thumbprint()) });
    let opened = bank.admin("/admin/accounts", Some(&open)).await?;
    let account = opened["account"].as_str().and_then(|number| number.parse().ok());
    let account = account.ok_or_else(|| setup("an account", "it has no number"))?;
    let body = json!({ "account": account, "code": opened["code"] }).to_string();
    let authorization = authorize(&key, &bank.origin, "POST", routes::LINKS, body.as_bytes())?;
    let linked = bank.line().ask(Ask::post(routes::LINKS, body).by(authorization)).await;
    match linked {
        Some(reply) if reply.is_success() => Ok(Collector { key, account }),
        Some(reply) => Err(setup("a link to an account", reply.code())),
        None => Err(setup("a link to an account", "no answer")),
    }
}
