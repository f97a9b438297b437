//! Collecting (收证): applying to the bank that holds the account, and following what becomes of it.

use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::keys::followed;
use super::outbox::{self, Item, Kind, Trouble};
use super::talk::{CallError, JSON};
use super::trust::{Bank, as_member};
use super::{
    LinkedAccount, Time, Wallet, WalletError, draws, forwarding, goods, history, own_client, packets, parsed,
    stored_json, to_json, trust,
};
use crate::api::account::AccountNumber;
use crate::api::collect::{self, Choice, CollectionStatus, Step};
use crate::api::discovery::{Member, Role};
use crate::api::draw::{self, Own};
use crate::api::problem::{General, Problem};
use crate::api::routes;
use crate::api::states::CollectionState;
use crate::identity::Identity;
use crate::jose::Digest;
use crate::money::Amount;
use crate::net::client::Request;
use crate::packet::chain::holder;
use crate::packet::claims::{Mode, Money};
use crate::packet::{CheckKind, Origin, Outcome, PacketFile, text, verify};
use crate::store::{Row, StoreError, Tx, values};

/// First and longest pause between two looks at a collection that somebody waits for.
const PAUSE: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(2));

/// How a packet is collected.
#[derive(Clone, Debug)]
pub struct CollectOptions {
    /// Into which account.
    pub account: AccountNumber,
    /// Also after the gift was passed on to a friend.
    pub anyway: bool,
    /// How long to wait for the end; zero: not.
    pub wait: Duration,
}

/// A state of a collection and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct StepView {
    /// The state.
    pub state: CollectionState,
    /// Since when.
    pub at: Time,
}

/// How collecting a packet stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// The packet.
    pub id: Digest,
    /// The collection's own id.
    pub collection: Uuid,
    /// Where it stands.
    pub state: CollectionState,
    /// What is paid or to be paid, once known.
    pub amount: Option<Amount>,
    /// Which share was paid, from 1.
    pub share: Option<u32>,
    /// Every state it was in, first to last.
    pub steps: Vec<StepView>,
    /// Why it was rejected: the bank's word, or the code of its refusal.
    pub reason: Option<String>,
    /// What the bank says of it besides, in its own words.
    pub told: Option<String>,
    /// While a clerk of the bank must look at it: until when.
    pub decides_by: Option<Time>,
    /// Whether the bank has answered yet.
    pub sent: bool,
    /// The collecting bank.
    pub bank: Origin,
    /// The account.
    pub account: AccountNumber,
    /// The bank's refusal to take the application at all.
    pub problem: Option<Trouble>,
}

/// A collection as it is kept.
#[derive(Clone, Debug)]
pub(super) struct Collection {
    pub(super) id: Uuid,
    pub(super) packet: Digest,
    pub(super) state: CollectionState,
    bank: Origin,
    account: AccountNumber,
    salt: String,
    amount: Option<Amount>,
    share: Option<u32>,
    reason: Option<String>,
    problem: Option<Trouble>,
    told: Option<String>,
    decides_by: Option<i64>,
    steps: Vec<Step>,
    sent: bool,
}

impl Collection {
    pub(super) fn view(self) -> Collected {
        Collected {
            id: self.packet,
            collection: self.id,
            state: self.state,
            amount: self.amount,
            share: self.share,
            steps: self.steps.iter().map(|step| StepView { state: step.state, at: Time(step.at) }).collect(),
            reason: self.reason,
            told: self.told,
            decides_by: self.decides_by.map(Time),
            sent: self.sent,
            bank: self.bank,
            account: self.account,
            problem: self.problem,
        }
    }

    /// What was paid, as a draw of lucky shares must have it.
    pub(super) fn drawn(&self) -> Option<Own> {
        let (place, amount) = self.share.zip(self.amount).filter(|_| self.state == CollectionState::Paid)?;
        let mark = draw::mark(&self.packet, &collect::account_digest(&self.salt, &self.account));
        Some(Own { place, amount, mark })
    }
}

const COLUMNS: &str = "SELECT id, packet, bank, account, salt, state, amount, currency, share, reason, problem, told, decides_by, \
     steps, \
     (SELECT COUNT(*) FROM outbox WHERE outbox.kind = 'collect' AND outbox.subject = collection.id) AS unsent \
     FROM collection";

fn collection(row: &Row) -> Result<Collection, WalletError> {
    let currency = row.opt_text("currency")?.map(parsed).transpose()?;
    Ok(Collection {
        id: parsed(row.text("id")?)?,
        packet: parsed(row.text("packet")?)?,
        state: parsed(row.text("state")?)?,
        bank: super::stored_origin(row.text("bank")?)?,
        account: parsed(row.text("account")?)?,
        salt: row.text("salt")?.to_owned(),
        amount: row.opt_int("amount")?.zip(currency).map(|(minor, currency)| Amount::new(minor, currency)),
        share: row.opt_int("share")?.map(u32::try_from).transpose().map_err(|_| StoreError::Corrupt)?,
        reason: row.opt_text("reason")?.map(str::to_owned),
        problem: outbox::read_problem(row.opt_text("problem")?)?,
        told: row.opt_text("told")?.map(str::to_owned),
        decides_by: row.opt_int("decides_by")?,
        steps: stored_json(row.text("steps")?)?,
        sent: row.int("unsent")? == 0,
    })
}

/// The last collection of a packet, if there is one.
pub(super) fn latest(tx: &mut Tx<'_>, packet: &Digest) -> Result<Option<Collection>, WalletError> {
    let sql = format!("{COLUMNS} WHERE packet = ?1 ORDER BY number DESC LIMIT 1");
    tx.first(&sql, &values![packet.to_string()])?.as_ref().map(collection).transpose()
}

/// The collection of a packet that was not rejected.
pub(super) fn standing(tx: &mut Tx<'_>, packet: &Digest) -> Result<Option<Collection>, WalletError> {
    Ok(latest(tx, packet)?.filter(|collection| collection.state != CollectionState::Rejected))
}

fn get(tx: &mut Tx<'_>, id: &str) -> Result<Collection, WalletError> {
    let row = tx.first(&format!("{COLUMNS} WHERE id = ?1"), &values![id])?;
    collection(&row.ok_or(StoreError::Corrupt)?)
}

/// Sent, answered, and not at its end.
fn unfinished(tx: &mut Tx<'_>) -> Result<Vec<Collection>, WalletError> {
    let rows = tx.rows(&format!("{COLUMNS} WHERE state NOT IN ('paid', 'rejected') ORDER BY id"), &values![])?;
    let all = rows.iter().map(collection).collect::<Result<Vec<_>, _>>()?;
    Ok(all.into_iter().filter(|collection| collection.sent).collect())
}

/// What a collection is kept with before it is sent.
struct Plan {
    identity: Identity,
    bank: Origin,
    account: AccountNumber,
    now: i64,
    now_ms: i64,
}

/// Id and salt of one's application for a packet's money, the `number`th: the same wherever this client makes it, so that two
/// devices apply once, and a restored wallet finds it again.
pub(super) fn named(identity: &Identity, packet: &Digest, account: &AccountNumber, number: i64) -> (Uuid, String) {
    let (packet, number) = (packet.to_string(), number.to_string());
    let about = ["collect", &packet, account.as_str(), &number];
    (identity.uuid_for(&about), identity.salt_for(&about))
}

/// The number of the next application for a packet's money.
pub(super) fn next_number(tx: &mut Tx<'_>, packet: &Digest) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(MAX(number), 0) + 1 AS next FROM collection WHERE packet = ?1";
    tx.one(sql, &values![packet.to_string()])?.int("next")
}

impl Wallet {
    /// Applies for a packet's money. Once per packet: a second call tells how the first stands, unless it was rejected.
    ///
    /// # Errors
    /// [`WalletError::NotBankVoucher`], [`WalletError::NotHolder`], [`WalletError::PassedOn`],
    /// [`WalletError::BankDoesNotTakePart`]; [`WalletError::Refused`] with `bank-unknown` or `account-not-linked`, which
    /// are found here. Nothing was applied for then.
    pub async fn collect(&self, id: &str, options: &CollectOptions) -> Result<Collected, WalletError> {
        let (named, anyway) = (id.to_owned(), options.anyway);
        let own = self.identity().await?.id();
        let (file, begun) = self
            .store
            .read(move |tx| {
                let file = packets::find(tx, &named)?.file;
                let begun = standing(tx, &file.packet.id())?;
                if begun.is_none() {
                    debug_assert!(own_client(tx)?.is_none_or(|kept| kept == own));
                    check(tx, &file, &own, anyway)?;
                }
                Ok::<_, WalletError>((file, begun))
            })
            .await?;
        let packet = file.packet.id();
        let collection = match begun {
            Some(collection) => collection.id,
            None => self.begin(&file, &options.account).await?,
        };
        self.deliver_now(Kind::Collect, &collection.to_string()).await?;
        self.follow(packet, options.wait).await
    }

    /// How the last collection of a packet stands, after waiting up to `wait` for its end; it applies for nothing.
    ///
    /// # Errors
    /// [`WalletError::UnknownPacket`]; [`WalletError::Store`] also when nothing was applied for.
    pub async fn follow_collection(&self, id: &str, wait: Duration) -> Result<Collected, WalletError> {
        let named = id.to_owned();
        let packet = self.store.read(move |tx| packets::find(tx, &named)).await?.file.packet.id();
        self.follow(packet, wait).await
    }

    /// The one decision of a collect: its id, account and salt are kept, and it waits in the outbox.
    async fn begin(&self, file: &PacketFile, account: &AccountNumber) -> Result<Uuid, WalletError> {
        let plan = Plan {
            identity: Identity::clone(&*self.identity().await?),
            bank: self.collecting_bank(file, account).await?,
            account: account.clone(),
            now: self.now(),
            now_ms: self.surroundings.clock.now_ms(),
        };
        let (packet, amount) = (file.packet.id(), certain_amount(file));
        self.store.decide(move |tx| decide(tx, &packet, amount, &plan)).await
    }

    /// Looks until the collection is at its end or `wait` is over.
    async fn follow(&self, packet: Digest, wait: Duration) -> Result<Collected, WalletError> {
        let until = tokio::time::Instant::now() + wait;
        let mut pause = PAUSE.0;
        loop {
            let now = self.store.read(move |tx| latest(tx, &packet)).await?.ok_or(StoreError::Corrupt)?;
            let over = tokio::time::Instant::now() + pause > until;
            if now.state.is_final() || over {
                return Ok(now.view());
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(PAUSE.1);
            if now.sent {
                // No answer is no news; whoever waits looks again.
                let _ = self.refresh(&now).await;
            } else {
                self.deliver_now(Kind::Collect, &now.id.to_string()).await?;
            }
        }
    }

    /// The bank that holds the account, by this wallet's own table: nothing that a file names is ever told an account
    /// number. It must be the issuing bank or one that it deals with.
    async fn collecting_bank(&self, file: &PacketFile, account: &AccountNumber) -> Result<Origin, WalletError> {
        let Some(Money { bank: issuing, .. }) = file.packet.claims.contents.money() else {
            return Err(WalletError::NotBankVoucher);
        };
        let (pinned, bank) = {
            let (account, issuing) = (account.clone(), issuing.clone());
            let facts = move |tx: &mut Tx<'_>| {
                let linked = trust::accounts(tx)?.into_iter().find(|linked| linked.account == account);
                let pinned = trust::banks(tx)?.into_iter().find(|bank| bank.entry.origin == issuing);
                let pinned = pinned.ok_or_else(|| bank_unknown(&issuing))?;
                let bank = linked.ok_or_else(|| not_linked(&issuing))?.bank;
                Ok::<_, WalletError>((pinned, bank))
            };
            self.store.read(facts).await?
        };
        let Some(takes_part) = self.members_of(&pinned).await? else {
            // Offline and never asked: the account's own bank will judge whether it deals with the issuing bank.
            return Ok(bank);
        };
        if takes_part.iter().any(|member| member.origin == bank) {
            return Ok(bank);
        }
        Err(WalletError::BankDoesNotTakePart(takes_part.into_iter().map(|member| member.name).collect()))
    }

    /// A known bank and its members: as it says now, else as it said when it was pinned.
    async fn members_of(&self, pinned: &Bank) -> Result<Option<Vec<Member>>, WalletError> {
        let (own, members) = match self.discover(&pinned.entry.origin, Role::Bank).await {
            Ok(document) => {
                let told = (as_member(&document), document.members.clone());
                if followed(Some(&pinned.keys), &document)? != pinned.keys {
                    let now = self.now();
                    self.store.decide(move |tx| trust::pin_bank(tx, &document, false, now)).await?;
                }
                told
            }
            // A bank that is known only by another bank's word never told us its members.
            Err(_) if pinned.added || !pinned.members.is_empty() => (pinned.entry.clone(), pinned.members.clone()),
            Err(_) => return Ok(None),
        };
        Ok(Some(std::iter::once(own).chain(members).collect()))
    }

    /// Sends one application and keeps where it stands.
    pub(super) async fn apply(&self, item: &Item) -> Result<(), CallError> {
        let identity = self.identity().await?;
        let key = identity.key();
        let subject = item.subject.clone();
        let (collection, file) = self
            .store
            .read(move |tx| {
                let collection = get(tx, &subject)?;
                let packet = packets::get(tx, &collection.packet)?.ok_or(StoreError::Corrupt)?;
                Ok::<_, WalletError>((collection, packet.file))
            })
            .await?;
        let choice =
            Choice { bank: &collection.bank, jti: collection.id, account: &collection.account, salt: &collection.salt };
        let status: CollectionStatus = self
            .call(&item.origin, |now| {
                let request = collect::write(key, &file, &choice, now);
                let body = to_json(&request.map_err(|error| WalletError::Message(error.to_string()))?)?;
                Ok(Request::post(&item.origin, routes::COLLECTIONS, JSON, body.into_bytes()))
            })
            .await?;
        if status.id != collection.id {
            return Err(CallError::Nonsense);
        }
        let (item, now) = (item.clone(), self.now());
        let keep = move |tx: &mut Tx<'_>| {
            outbox::take(tx, &item)?;
            keep_status(tx, &status, now)
        };
        Ok(self.store.decide(keep).await?)
    }

    /// Asks the collecting bank how a collection stands.
    async fn refresh(&self, collection: &Collection) -> Result<(), CallError> {
        let path = format!("{}/{}", routes::COLLECTIONS, collection.id);
        let request = || Request::get(&collection.bank, path.clone());
        let status: CollectionStatus = match self.call_as_self(request).await {
            Err(CallError::Refused(problem)) if problem.is(General::NotFound) => {
                return self.apply_anew(collection).await;
            }
            status => status?,
        };
        if status.id != collection.id {
            return Err(CallError::Nonsense);
        }
        let now = self.now();
        Ok(self.store.decide(move |tx| keep_status(tx, &status, now)).await?)
    }

    /// The bank took the application and does not know it: it was put back from a copy of its books. Under the same id it is one
    /// application, however often it is sent.
    async fn apply_anew(&self, collection: &Collection) -> Result<(), CallError> {
        let (collection, now_ms) = (collection.clone(), self.surroundings.clock.now_ms());
        let again = move |tx: &mut Tx<'_>| {
            let id = collection.id.to_string();
            if !get(tx, &id)?.state.is_final() {
                outbox::put(tx, Kind::Collect, &id, &collection.bank, now_ms)?;
            }
            Ok::<_, WalletError>(())
        };
        Ok(self.store.decide(again).await?)
    }

    /// How many collections were sent and are not at their end.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub async fn unfinished_collections(&self) -> Result<usize, WalletError> {
        Ok(self.store.read(unfinished).await?.len())
    }

    /// Asks about every collection that is not at its end.
    pub(super) async fn refresh_all(&self, round: &mut outbox::Delivered) -> Result<(), WalletError> {
        for collection in self.store.read(unfinished).await? {
            if round.down.contains(&collection.bank) {
                continue;
            }
            if let Err(error) = self.refresh(&collection).await {
                round.note(&collection.bank, error)?;
            }
        }
        Ok(())
    }
}

/// Whether this person can apply for this packet's money, as far as one can know here.
fn check(tx: &mut Tx<'_>, file: &PacketFile, own: &crate::jose::ClientId, anyway: bool) -> Result<(), WalletError> {
    let (Some(Money { bank, .. }), Some(_)) = (file.packet.claims.contents.money(), &file.voucher) else {
        return Err(WalletError::NotBankVoucher);
    };
    let report = verify(file, &trust::load(tx)?);
    packets::refuse_failed(&report)?;
    // Anybody can write a voucher of a bank that nobody knows.
    if report.outcome(CheckKind::VoucherSignature) != Some(Outcome::Passed) {
        return Err(bank_unknown(bank));
    }
    if !holder(&file.packet.claims, &file.hops).admits(own) {
        return Err(WalletError::NotHolder);
    }
    if goods::standing(tx, &file.packet.id())?.is_some() {
        return Err(WalletError::ChosenOtherwise("goods"));
    }
    if !anyway && forwarding::passed_on(tx, file, None)? {
        return Err(WalletError::PassedOn);
    }
    Ok(())
}

/// The voucher's bank is none that this wallet knows.
pub(super) fn bank_unknown(bank: &Origin) -> WalletError {
    let problem = Problem::new("bank-unknown", 403, "Unknown bank", "this wallet does not know the voucher's bank")
        .with_next(format!("If you trust it, add it first: bank add {bank}"));
    WalletError::Refused { origin: bank.clone(), problem: Box::new(problem) }
}

/// The account is none of this wallet's.
fn not_linked(bank: &Origin) -> WalletError {
    let detail = "this account is not linked to this wallet, so nothing was applied for";
    let problem = Problem::new("account-not-linked", 403, "Account not linked", detail)
        .with_next("Link it with: account link ACCOUNT --code CODE");
    WalletError::Refused { origin: bank.clone(), problem: Box::new(problem) }
}

/// In `each` everybody knows what a share is; in `lucky` only the bank does.
fn certain_amount(file: &PacketFile) -> Option<Amount> {
    file.packet.claims.contents.money().filter(|money| money.mode == Mode::Each).map(|money| money.amount)
}

fn decide(tx: &mut Tx<'_>, packet: &Digest, amount: Option<Amount>, plan: &Plan) -> Result<Uuid, WalletError> {
    // Another process may have begun since.
    if let Some(begun) = standing(tx, packet)? {
        return Ok(begun.id);
    }
    let number = next_number(tx, packet)?;
    let (jti, salt) = named(&plan.identity, packet, &plan.account, number);
    insert(
        tx,
        packet,
        &New { jti, number, bank: &plan.bank, account: &plan.account, salt: &salt, amount, at: plan.now },
    )?;
    outbox::put(tx, Kind::Collect, &jti.to_string(), &plan.bank, plan.now_ms)?;
    history::record(tx, plan.now, "applied", packet, None)?;
    Ok(jti)
}

/// A collection that is to be kept.
struct New<'a> {
    jti: Uuid,
    number: i64,
    bank: &'a Origin,
    account: &'a AccountNumber,
    salt: &'a str,
    amount: Option<Amount>,
    at: i64,
}

fn insert(tx: &mut Tx<'_>, packet: &Digest, new: &New<'_>) -> Result<(), WalletError> {
    let steps = to_json(&[Step { state: CollectionState::Applied, at: new.at }])?;
    tx.execute(
        "INSERT INTO collection (id, packet, number, bank, account, salt, state, amount, currency, steps) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'applied', ?7, ?8, ?9)",
        &values![
            new.jti.to_string(),
            packet.to_string(),
            new.number,
            new.bank.as_str(),
            new.account.as_str(),
            new.salt,
            new.amount.map(|amount| amount.minor),
            new.amount.map(|amount| amount.currency.to_string()),
            steps
        ],
    )?;
    Ok(())
}

/// Keeps a collection of one's own that only the bank knew of: true when it is news.
pub(super) fn keep_found(
    tx: &mut Tx<'_>,
    file: &PacketFile,
    (number, linked): (i64, &LinkedAccount),
    (status, salt): (&CollectionStatus, &str),
    now: i64,
) -> Result<bool, WalletError> {
    let packet = file.packet.id();
    if standing(tx, &packet)?.is_some() || next_number(tx, &packet)? != number {
        return Ok(false);
    }
    let (bank, account) = (&linked.bank, &linked.account);
    let at = status.steps.first().map_or(now, |step| step.at);
    insert(tx, &packet, &New { jti: status.id, number, bank, account, salt, amount: certain_amount(file), at })?;
    keep_status(tx, status, now)?;
    Ok(true)
}

/// Keeps what the bank says; an end stays the end.
fn keep_status(tx: &mut Tx<'_>, status: &CollectionStatus, now: i64) -> Result<(), WalletError> {
    let id = status.id.to_string();
    let before = get(tx, &id)?;
    if before.state.is_final() {
        return Ok(());
    }
    let steps = if status.steps.is_empty() { &before.steps } else { &status.steps };
    let amount = status.amount.or(before.amount);
    tx.execute(
        "UPDATE collection SET state = ?2, amount = ?3, currency = ?4, reason = ?5, steps = ?6, told = ?7, \
          decides_by = ?8, share = ?9 WHERE id = ?1",
        &values![
            &id,
            status.state.as_str(),
            amount.map(|amount| amount.minor),
            amount.map(|amount| amount.currency.to_string()),
            status.reason.map(|reason| reason.as_str()),
            to_json(steps)?,
            // A stranger's words are shown as they are or not at all.
            status.told.as_ref().filter(|words| text::NOTE.check(words).is_ok()),
            status.decides_by,
            status.share
        ],
    )?;
    if status.state == CollectionState::Paid && status.share.is_some() {
        draws::expect(tx, &before.packet, now)?;
    }
    if before.state != status.state {
        let reason = status.reason.map(|reason| reason.as_str());
        history::record(tx, now, status.state.as_str(), &before.packet, reason)?;
    }
    Ok(())
}

/// Keeps the bank's refusal to take the application as its answer.
pub(super) fn refused(tx: &mut Tx<'_>, id: &str, code: &str, problem: &str, now: i64) -> Result<(), WalletError> {
    let before = get(tx, id)?;
    if before.state.is_final() {
        return Ok(());
    }
    let rejected = Step { state: CollectionState::Rejected, at: now };
    let steps: Vec<&Step> = before.steps.iter().chain([&rejected]).collect();
    tx.execute(
        "UPDATE collection SET state = 'rejected', reason = ?2, problem = ?3, steps = ?4 WHERE id = ?1",
        &values![id, code, problem, to_json(&steps)?],
    )?;
    Ok(history::record(tx, now, "rejected", &before.packet, Some(code))?)
}
