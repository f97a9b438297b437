//! Collecting goods: asking the issuer for them, keeping the one-time code, and following what becomes of it.

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::outbox::{self, Item, Kind, Trouble};
use super::talk::{CallError, JSON};
use super::{Time, Wallet, WalletError, collecting, forwarding, history, packets, parsed, stored_json, to_json, trust};
use crate::api::code::RedeemCode;
use crate::api::discovery::Role;
use crate::api::goods::{
    self, Address, GoodsAnswer, GoodsAnswerClaims, GoodsChoice, GoodsResult, GoodsStatus, GoodsStep,
};
use crate::api::routes;
use crate::api::states::GoodsState;
use crate::identity::Identity;
use crate::jose::{ClientId, Digest};
use crate::net::client::Request;
use crate::packet::chain::holder;
use crate::packet::{Contents, Handover, Origin, PacketFile, verify};
use crate::store::{Row, StoreError, Tx, values};

/// First and longest pause between two tries while somebody waits.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// How goods are collected.
#[derive(Clone, Debug, Default)]
pub struct GoodsOptions {
    /// Where to, for goods that are delivered.
    pub address: Option<Address>,
    /// Also after the packet was passed on to a friend.
    pub anyway: bool,
    /// How long to wait for the answer; zero: not.
    pub wait: Duration,
}

/// A state of a collection of goods and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct GoodsStepView {
    /// The state.
    pub state: GoodsState,
    /// Since when.
    pub at: Time,
}

/// How collecting goods stands. `Debug` hides code and address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GoodsCollected {
    /// The packet.
    pub id: Digest,
    /// The collection's own id.
    pub collection: Uuid,
    /// Where it stands.
    pub state: GoodsState,
    /// The one-time code, once there is one: a secret until it is shown to whoever hands the goods over.
    pub code: Option<RedeemCode>,
    /// Until when the code is good.
    pub until: Option<Time>,
    /// Every state it was in, first to last.
    pub steps: Vec<GoodsStepView>,
    /// Why it was rejected, or why the goods were not there.
    pub reason: Option<String>,
    /// By what the parcel is found.
    pub tracking: Option<String>,
    /// Where they are sent.
    pub address: Option<Address>,
    /// Whether the issuer has answered yet.
    pub sent: bool,
    /// The issuer.
    pub issuer: Origin,
    /// The issuer's refusal to take the request at all.
    pub problem: Option<Trouble>,
}

/// A collection as it is kept.
pub(super) struct Kept {
    view: GoodsCollected,
    salt: Option<String>,
}

impl Kept {
    pub(super) fn view(self) -> GoodsCollected {
        self.view
    }
}

const COLUMNS: &str = "SELECT goods_collection.*, line.issuer, \
     (SELECT COUNT(*) FROM outbox WHERE outbox.kind = 'collect' AND outbox.subject = goods_collection.id) AS unsent \
     FROM goods_collection JOIN packet ON packet.id = goods_collection.packet JOIN line ON line.number = packet.number";

fn kept(row: &Row) -> Result<Kept, WalletError> {
    let steps: Vec<GoodsStep> = stored_json(row.text("steps")?)?;
    let address = row.opt_text("address")?.map(Address::new).transpose();
    let view = GoodsCollected {
        id: parsed(row.text("packet")?)?,
        collection: parsed(row.text("id")?)?,
        state: parsed(row.text("state")?)?,
        code: row.opt_text("code")?.map(parsed).transpose()?,
        until: row.opt_int("until")?.map(Time),
        steps: steps.iter().map(|step| GoodsStepView { state: step.state, at: Time(step.at) }).collect(),
        reason: row.opt_text("reason")?.map(str::to_owned),
        tracking: row.opt_text("tracking")?.map(str::to_owned),
        address: address.map_err(|_| StoreError::Corrupt)?,
        sent: row.int("unsent")? == 0,
        issuer: super::stored_origin(row.text("issuer")?)?,
        problem: outbox::read_problem(row.opt_text("problem")?)?,
    };
    Ok(Kept { view, salt: row.opt_text("salt")?.map(str::to_owned) })
}

/// The last collection of a packet's goods, if there is one.
pub(super) fn latest(tx: &mut Tx<'_>, packet: &Digest) -> Result<Option<Kept>, WalletError> {
    let sql = format!("{COLUMNS} WHERE goods_collection.packet = ?1 ORDER BY goods_collection.number DESC LIMIT 1");
    tx.first(&sql, &values![packet.to_string()])?.as_ref().map(kept).transpose()
}

/// The collection of a packet's goods that was not rejected.
pub(super) fn standing(tx: &mut Tx<'_>, packet: &Digest) -> Result<Option<GoodsCollected>, WalletError> {
    Ok(latest(tx, packet)?.map(Kept::view).filter(|goods| goods.state != GoodsState::Rejected))
}

/// Whether this is the id of a collection of goods.
pub(super) fn is_goods(tx: &mut Tx<'_>, id: &str) -> Result<bool, WalletError> {
    Ok(tx.first("SELECT 1 AS known FROM goods_collection WHERE id = ?1", &values![id])?.is_some())
}

fn get(tx: &mut Tx<'_>, id: &str) -> Result<Kept, WalletError> {
    let row = tx.first(&format!("{COLUMNS} WHERE goods_collection.id = ?1"), &values![id])?;
    kept(&row.ok_or(StoreError::Corrupt)?)
}

/// Those of which the issuer may have news.
fn unfinished(tx: &mut Tx<'_>) -> Result<Vec<GoodsCollected>, WalletError> {
    let sql = format!(
        "{COLUMNS} WHERE goods_collection.state IN ('collected', 'out-of-stock', 'shipped') ORDER BY goods_collection.id"
    );
    tx.rows(&sql, &values![])?.iter().map(|row| kept(row).map(Kept::view)).collect()
}

impl Wallet {
    /// Asks for a packet's goods. Once per packet: a second call tells how the first stands, unless it was rejected.
    ///
    /// # Errors
    /// [`WalletError::NoGoods`], [`WalletError::NotHolder`], [`WalletError::PassedOn`], [`WalletError::OpenFirst`],
    /// [`WalletError::AddressNeeded`], [`WalletError::NoAddressTaken`], [`WalletError::ChosenOtherwise`]. Nothing was asked
    /// for then.
    pub async fn collect_goods(&self, id: &str, options: &GoodsOptions) -> Result<GoodsCollected, WalletError> {
        let identity = self.identity().await?;
        let (id, options) = (id.to_owned(), options.clone());
        let wait = options.wait;
        let (now, now_ms) = (self.now(), self.surroundings.clock.now_ms());
        let decision = move |tx: &mut Tx<'_>| {
            let file = packets::find(tx, &id)?.file;
            let packet = file.packet.id();
            if let Some(begun) = standing(tx, &packet)? {
                return Ok::<_, WalletError>((packet, begun.collection));
            }
            check(tx, &file, &identity.id(), &options)?;
            let (jti, salt) = named(&identity, &packet, next_number(tx, &packet)?);
            let salt = options.address.as_ref().map(|_| salt);
            let plan = Plan { jti, address: options.address, salt, now, now_ms };
            begin(tx, &file, &plan)?;
            Ok((packet, jti))
        };
        let (packet, collection) = self.store.decide(decision).await?;
        self.deliver_now(Kind::Collect, &collection.to_string()).await?;
        self.follow_goods(packet, wait).await
    }

    /// Tries again until the issuer has answered or `wait` is over.
    async fn follow_goods(&self, packet: Digest, wait: Duration) -> Result<GoodsCollected, WalletError> {
        let until = tokio::time::Instant::now() + wait;
        let mut pause = PAUSE.0;
        loop {
            let now = self.store.read(move |tx| latest(tx, &packet)).await?.ok_or(StoreError::Corrupt)?.view();
            if now.sent || tokio::time::Instant::now() + pause > until {
                return Ok(now);
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
            self.deliver_now(Kind::Collect, &now.collection.to_string()).await?;
        }
    }

    /// Sends one request and keeps the answer, if the issuer signed it.
    pub(super) async fn apply_for_goods(&self, item: &Item) -> Result<(), CallError> {
        self.ensure_issuer(&item.origin).await?;
        let key = self.identity().await?;
        let subject = item.subject.clone();
        let read = move |tx: &mut Tx<'_>| {
            let kept = get(tx, &subject)?;
            let packet = packets::get(tx, &kept.view.id)?.ok_or(StoreError::Corrupt)?;
            Ok::<_, WalletError>((kept, packet.file))
        };
        let (kept, file) = self.store.read(read).await?;
        let jti = kept.view.collection;
        let choice = GoodsChoice { jti, address: kept.view.address.as_ref().zip(kept.salt.as_deref()) };
        let answer: GoodsAnswer = self
            .call(&item.origin, |now| {
                let request = goods::write(key.key(), &file, &choice, now);
                let body = to_json(&request.map_err(|error| WalletError::Message(error.to_string()))?)?;
                Ok(Request::post(&item.origin, routes::GOODS, JSON, body.into_bytes()))
            })
            .await?;
        let ours = (jti, &file.packet.id());
        let keys = self.keys_for(&item.origin, Role::Enterprise, &answer.answer).await?;
        let claims =
            goods::read_answer(&answer, (&item.origin, &keys), &key.id(), ours).map_err(|_| CallError::Nonsense)?;
        let item = item.clone();
        let keep = move |tx: &mut Tx<'_>| {
            outbox::take(tx, &item)?;
            keep_answer(tx, &claims, &answer)
        };
        Ok(self.store.decide(keep).await?)
    }

    /// Asks the issuer about every collection of goods of which there may be news.
    pub(super) async fn refresh_goods(&self, round: &mut outbox::Delivered) -> Result<(), WalletError> {
        for collection in self.store.read(unfinished).await? {
            if round.down.contains(&collection.issuer) {
                continue;
            }
            if let Err(error) = self.refresh_one(&collection).await {
                round.note(&collection.issuer, error)?;
            }
        }
        Ok(())
    }

    async fn refresh_one(&self, collection: &GoodsCollected) -> Result<(), CallError> {
        let path = format!("{}/{}", routes::GOODS, collection.collection);
        let status: GoodsStatus = self.call_as_self(|| Request::get(&collection.issuer, path.clone())).await?;
        if status.id != collection.collection || is_only_here(status.state) || !is_plain(&status) {
            return Err(CallError::Nonsense);
        }
        let now = self.now();
        Ok(self.store.decide(move |tx| keep_status(tx, &status, now)).await?)
    }
}

/// Whether no issuer says so: these states are the wallet's own.
pub(super) const fn is_only_here(state: GoodsState) -> bool {
    matches!(state, GoodsState::Applied | GoodsState::Rejected)
}

/// A stranger's words are kept only when they keep the rules of texts.
fn is_plain(status: &GoodsStatus) -> bool {
    let plain = |text: &String| crate::packet::text::NAME.check(text).is_ok();
    status.reason.as_ref().is_none_or(plain) && status.tracking.as_ref().is_none_or(plain) && status.steps.len() <= 64
}

/// Whether this person can ask for this packet's goods, as far as one can know here.
fn check(tx: &mut Tx<'_>, file: &PacketFile, own: &ClientId, options: &GoodsOptions) -> Result<(), WalletError> {
    let Contents::Goods { handover, .. } = &file.packet.claims.contents else { return Err(WalletError::NoGoods) };
    let report = verify(file, &trust::load(tx)?);
    packets::refuse_failed(&report)?;
    // Whoever opens a packet asks its issuer for the key; no address is given to one whose packet it may not be.
    if !report.issuer_passed() {
        return Err(WalletError::OpenFirst);
    }
    if !holder(&file.packet.claims, &file.hops).admits(own) {
        return Err(WalletError::NotHolder);
    }
    if !options.anyway && forwarding::passed_on(tx, file, None)? {
        return Err(WalletError::PassedOn);
    }
    if collecting::standing(tx, &file.packet.id())?.is_some() {
        return Err(WalletError::ChosenOtherwise("cash"));
    }
    match (handover.unwrap_or_default(), &options.address) {
        (Handover::Delivery, None) => Err(WalletError::AddressNeeded),
        (Handover::Pickup, Some(_)) => Err(WalletError::NoAddressTaken),
        _ => Ok(()),
    }
}

/// Id and salt of one's request for a packet's goods, the `number`th: the same wherever this client makes it.
pub(super) fn named(identity: &Identity, packet: &Digest, number: i64) -> (Uuid, String) {
    let (packet, number) = (packet.to_string(), number.to_string());
    let about = ["goods", &packet, &number];
    (identity.uuid_for(&about), identity.salt_for(&about))
}

/// The number of the next request for a packet's goods.
pub(super) fn next_number(tx: &mut Tx<'_>, packet: &Digest) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM goods_collection WHERE packet = ?1";
    tx.one(sql, &values![packet.to_string()])?.int("next")
}

/// Keeps a request of one's own that only the issuer knew of: true when it is news. Where the goods are picked up and the code
/// can still be used, it is asked for the code again.
pub(super) fn keep_found(
    tx: &mut Tx<'_>,
    file: &PacketFile,
    (number, status): (i64, &GoodsStatus),
    (now, now_ms): (i64, i64),
) -> Result<bool, WalletError> {
    let packet = file.packet.id();
    if standing(tx, &packet)?.is_some() || next_number(tx, &packet)? != number || !is_plain(status) {
        return Ok(false);
    }
    let Contents::Goods { handover, .. } = &file.packet.claims.contents else { return Ok(false) };
    let at = status.steps.first().map_or(now, |step| step.at);
    begin(tx, file, &Plan { jti: status.id, address: None, salt: None, now: at, now_ms })?;
    let has_code = handover.unwrap_or_default() == Handover::Pickup && status.state.is_open();
    if !has_code {
        let id = status.id.to_string();
        tx.execute("DELETE FROM outbox WHERE kind = 'collect' AND subject = ?1", &values![&id])?;
        tx.execute("UPDATE goods_collection SET state = 'collected' WHERE id = ?1", &values![&id])?;
        keep_status(tx, status, now)?;
    }
    Ok(true)
}

/// What a collection is kept with before it is sent.
struct Plan {
    jti: Uuid,
    address: Option<Address>,
    salt: Option<String>,
    now: i64,
    now_ms: i64,
}

fn begin(tx: &mut Tx<'_>, file: &PacketFile, plan: &Plan) -> Result<(), WalletError> {
    let packet = file.packet.id();
    let id = plan.jti.to_string();
    tx.execute(
        "INSERT INTO goods_collection (id, packet, number, address, salt, state, steps) VALUES (?1, ?2, \
         (SELECT COALESCE(MAX(number), 0) + 1 FROM goods_collection WHERE packet = ?2), ?3, ?4, 'applied', ?5)",
        &values![
            &id,
            packet.to_string(),
            plan.address.as_ref().map(Address::as_str),
            plan.salt.as_deref(),
            to_json(&[GoodsStep { state: GoodsState::Applied, at: plan.now }])?
        ],
    )?;
    outbox::put(tx, Kind::Collect, &id, &file.packet.claims.iss, plan.now_ms)?;
    Ok(history::record(tx, plan.now, "applied", &packet, None)?)
}

/// Keeps the issuer's signed answer.
fn keep_answer(tx: &mut Tx<'_>, claims: &GoodsAnswerClaims, answer: &GoodsAnswer) -> Result<(), WalletError> {
    let id = claims.collect.to_string();
    let before = get(tx, &id)?.view;
    if before.state != GoodsState::Applied {
        return Ok(());
    }
    let state = match claims.result {
        GoodsResult::Collected => GoodsState::Collected,
        GoodsResult::Refused => GoodsState::Rejected,
    };
    let reason = claims.reason.map(|reason| reason.as_str());
    tx.execute(
        "UPDATE goods_collection SET state = ?2, code = ?3, until = ?4, answer = ?5, reason = ?6, steps = ?7 WHERE id = ?1",
        &values![
            &id,
            state.as_str(),
            answer.code.map(|code| code.to_string()),
            claims.until,
            &answer.answer,
            reason,
            to_json(&with_step(&before, state, claims.iat))?
        ],
    )?;
    Ok(history::record(tx, claims.iat, state.as_str(), &before.id, reason)?)
}

fn with_step(before: &GoodsCollected, state: GoodsState, at: i64) -> Vec<GoodsStep> {
    let steps = before.steps.iter().map(|step| GoodsStep { state: step.state, at: step.at.0 });
    steps.chain([GoodsStep { state, at }]).collect()
}

/// Keeps what the issuer says; an end stays the end.
fn keep_status(tx: &mut Tx<'_>, status: &GoodsStatus, now: i64) -> Result<(), WalletError> {
    let id = status.id.to_string();
    let before = get(tx, &id)?.view;
    if before.state.is_final() || before.state == GoodsState::Applied {
        return Ok(());
    }
    let applied = before.steps.first().map(|step| GoodsStep { state: step.state, at: step.at.0 });
    let steps: Vec<&GoodsStep> = applied.iter().chain(&status.steps).collect();
    tx.execute(
        "UPDATE goods_collection SET state = ?2, until = ?3, reason = ?4, tracking = ?5, steps = ?6 WHERE id = ?1",
        &values![
            &id,
            status.state.as_str(),
            status.until,
            status.reason.as_deref(),
            status.tracking.as_deref(),
            to_json(&steps)?
        ],
    )?;
    if before.state != status.state {
        history::record(tx, now, status.state.as_str(), &before.id, status.reason.as_deref())?;
    }
    Ok(())
}

/// Keeps the issuer's refusal to take the request as its answer.
pub(super) fn refused(tx: &mut Tx<'_>, id: &str, code: &str, problem: &str, now: i64) -> Result<(), WalletError> {
    let before = get(tx, id)?.view;
    if before.state != GoodsState::Applied {
        return Ok(());
    }
    tx.execute(
        "UPDATE goods_collection SET state = 'rejected', reason = ?2, problem = ?3, steps = ?4 WHERE id = ?1",
        &values![id, code, problem, to_json(&with_step(&before, GoodsState::Rejected, now))?],
    )?;
    Ok(history::record(tx, now, "rejected", &before.id, Some(code))?)
}
