//! Step 6 and what follows: asks the issuing bank to release, again and again until it has answered, and then posts or
//! voids the promised money. Only a signed answer decides; silence, faults and nonsense never do.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::task::JoinSet;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::api::order::{self, AnswerClaims, HolderKey, OrderAnswer, OrderClaims, OrderRequest, OrderResult};
use crate::api::recovery::{PAGE, PAGE_BYTES, Record};
use crate::api::routes;
use crate::api::states::{CollectionState, RefusalReason};
use crate::bank::accounts::Document;
use crate::bank::collections::Cause;
use crate::bank::error::{BankError, stored, strange};
use crate::bank::ledger::{self, Resolution, Transfer, TransferKind};
use crate::bank::{Bank, accounts, collections, keys, orders, parties};
use crate::jose::{Typ, from_base64url, key_named_by};
use crate::money::Amount;
use crate::net::backoff::{CAP_MS, delay_ms};
use crate::packet::Origin;
use crate::party::CallError;
use crate::party::worker::{Next, Stop};
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// How many orders are under way at once.
const AT_ONCE: usize = 16;
/// When to look again after a failure of our own, in milliseconds.
const AFTER_FAILURE_MS: i64 = 2_000;
/// No collection waits longer than this for its next try, but where a clock was wrong, in milliseconds.
const LONGEST_WAIT_MS: i64 = 2 * CAP_MS.cast_signed();

/// The issuing banks' keys for naming persons. Only in memory: whoever gets the database cannot name anybody.
#[derive(Default)]
pub(super) struct HolderKeys(RwLock<BTreeMap<Origin, Arc<Zeroizing<[u8; 32]>>>>);

impl HolderKeys {
    fn get(&self, bank: &Origin) -> Option<Arc<Zeroizing<[u8; 32]>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(bank).cloned()
    }

    fn put(&self, bank: &Origin, key: Arc<Zeroizing<[u8; 32]>>) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(bank.clone(), key);
    }
}

impl std::fmt::Debug for HolderKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HolderKeys(secret)")
    }
}

/// A collection that waits for the issuing bank.
#[derive(Clone, Debug)]
struct Open {
    client: String,
    id: Uuid,
    bank: Origin,
    voucher: String,
    fund: Option<String>,
    identity: Document,
    collect: String,
    hops: Vec<String>,
    order: Uuid,
    amount: Amount,
    /// Whether `amount` is only the most that it can be.
    is_lucky: bool,
}

impl Open {
    fn read(tx: &mut Tx<'_>, row: &Row, key: &Key) -> Result<Self, StoreError> {
        Ok(Self {
            client: key.client.clone(),
            id: stored(row, "id")?,
            bank: Origin::parse(row.text("bank")?).map_err(|_| strange("bank"))?,
            voucher: row.text("voucher")?.to_owned(),
            fund: row.opt_text("fund")?.map(str::to_owned),
            identity: accounts::identity(tx, row.int("person")?)?,
            collect: row.text("collect_jws")?.to_owned(),
            hops: serde_json::from_str(row.text("hops")?).map_err(|_| strange("hops"))?,
            order: stored(row, "order_id")?,
            amount: Amount { minor: row.int("amount")?, currency: stored(row, "currency")? },
            is_lucky: row.opt_int("held")?.is_some(),
        })
    }

    /// Whether the issuing bank can have paid this: what the packet says, or a part of a lucky packet's pot.
    fn fits(&self, paid: Amount) -> bool {
        let Amount { minor, currency } = self.amount;
        paid.currency == currency && if self.is_lucky { (1..=minor).contains(&paid.minor) } else { paid.minor == minor }
    }
}

/// Which collection, as the table says it, which even a damaged row does.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    client: String,
    id: String,
}

impl Key {
    fn of(row: &Row) -> Result<Self, StoreError> {
        Ok(Self { client: row.text("client")?.to_owned(), id: row.text("id")?.to_owned() })
    }
}

/// A collection whose turn it is, if its row can be read.
#[derive(Debug)]
struct Due {
    key: Key,
    attempts: u32,
    open: Result<Open, StoreError>,
}

/// Why the issuing bank's answer is not there yet.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoAnswer {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Own(#[from] BankError),
    #[error("the answer cannot be used: {0}")]
    Nonsense(String),
}

impl From<StoreError> for NoAnswer {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

/// Asks for all collections that are due, and says when the next one is.
/// Once the server stops, nothing new is started.
pub async fn step(bank: &Arc<Bank>, stop: &Stop) -> Next {
    match settle_due(bank, stop).await {
        Ok(next) => next,
        Err(error) => {
            tracing::error!(%error, "collections could not be settled; trying again");
            Next::At(bank.party.clock.now_ms().saturating_add(AFTER_FAILURE_MS))
        }
    }
}

async fn settle_due(bank: &Arc<Bank>, stop: &Stop) -> Result<Next, BankError> {
    // While the books are not whole, orders to other banks are asked about all the same: the decision is theirs, and a collection that
    // has ended there may stand in the way of another that is heard of. Not so one's own: of those nothing is decided meanwhile.
    let but = if bank.is_recovering().await? { bank.party.origin.as_str().to_owned() } else { String::new() };
    let latest_ms = bank.party.clock.now_ms().saturating_add(LONGEST_WAIT_MS);
    if bank.party.store.read(last_due).await?.is_some_and(|last| last > latest_ms) {
        make_due(bank).await?;
    }
    let mut under_way = JoinSet::new();
    let mut keys = BTreeSet::new();
    // A fault that concerns more than one collection. Those under way are still waited for.
    let mut fault = None;
    loop {
        if fault.is_none() && !*stop.borrow() {
            let now_ms = bank.party.clock.now_ms();
            let but = but.clone();
            let due = bank.party.store.read(move |tx| due(tx, &but, now_ms)).await.unwrap_or_else(|error| {
                fault = Some(error);
                Vec::new()
            });
            for due in due {
                if keys.len() < AT_ONCE && keys.insert(due.key.clone()) {
                    let bank = bank.clone();
                    under_way.spawn(async move { settle_or_postpone(&bank, &due).await.map(|()| due.key) });
                }
            }
        }
        // One silent bank must not keep the others' customers waiting: what arrives meanwhile starts at once.
        tokio::select! {
            biased;
            done = under_way.join_next() => match done {
                Some(Ok(Ok(key))) => drop(keys.remove(&key)),
                Some(Ok(Err(error))) => fault = Some(error),
                Some(Err(panic)) => fault = Some(StoreError::Other(panic.to_string())),
                None => break,
            },
            () = bank.arrivals.notified() => {}
        }
    }
    if let Some(fault) = fault {
        return Err(fault.into());
    }
    let sql = "SELECT MIN(next_at_ms) AS at FROM collection WHERE next_at_ms IS NOT NULL AND bank <> ?1";
    let next: Result<_, StoreError> = bank.party.store.read(move |tx| tx.one(sql, &values![but])?.opt_int("at")).await;
    Ok(next?.map_or(Next::WhenWoken, Next::At))
}

/// Makes everything that waits due now, at the start and after a clock ran ahead: that must not keep anybody's money waiting.
pub(crate) async fn make_due(bank: &Bank) -> Result<(), StoreError> {
    let now_ms = bank.party.clock.now_ms();
    let sql = "UPDATE collection SET next_at_ms = ?1 WHERE next_at_ms > ?1";
    bank.party.store.decide(move |tx| tx.execute(sql, &values![now_ms])).await.map(drop)
}

fn last_due(tx: &mut Tx<'_>) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT MAX(next_at_ms) AS at FROM collection WHERE next_at_ms IS NOT NULL";
    tx.one(sql, &values![])?.opt_int("at")
}

/// Some of what is due, `but` for the vouchers of that bank; an empty name is no bank's.
fn due(tx: &mut Tx<'_>, but: &str, now_ms: i64) -> Result<Vec<Due>, StoreError> {
    // First tries first. Those under way are still due, so there are twice as many rows as places.
    let sql = "SELECT * FROM collection WHERE next_at_ms <= ?1 AND bank <> ?3 ORDER BY attempts, next_at_ms LIMIT ?2";
    let most = i64::try_from(2 * AT_ONCE).unwrap_or(i64::MAX);
    let rows = tx.rows(sql, &values![now_ms, most, but])?;
    rows.iter()
        .map(|row| {
            let key = Key::of(row)?;
            let attempts = u32::try_from(row.int("attempts")?).unwrap_or(u32::MAX);
            let open = Open::read(tx, row, &key);
            Ok(Due { key, attempts, open })
        })
        .collect()
}

/// Settles one collection. When our own books stand in the way, that one waits and the others go on.
async fn settle_or_postpone(bank: &Bank, due: &Due) -> Result<(), StoreError> {
    let settled = match &due.open {
        Ok(open) => settle(bank, open, due.attempts).await,
        Err(error) => Err(error.clone().into()),
    };
    let Err(error) = settled else { return Ok(()) };
    tracing::error!(collection = %due.key.id, %error, "this collection could not be settled; trying again later");
    let (key, again) = (due.key.clone(), again_ms(bank, due.attempts));
    bank.party.store.decide(move |tx| postpone(tx, &key.client, &key.id, again)).await
}

/// When to try again after so many attempts.
fn again_ms(bank: &Bank, attempts: u32) -> i64 {
    let mut random = [0; 8];
    bank.party.random.fill(&mut random);
    let wait = i64::try_from(delay_ms(attempts, u64::from_le_bytes(random))).unwrap_or(i64::MAX);
    bank.party.clock.now_ms().saturating_add(wait).saturating_add(1)
}

/// One try for one collection: the step is on disk before the order is sent, and the outcome after.
async fn settle(bank: &Bank, open: &Open, attempts: u32) -> Result<(), BankError> {
    let store = &bank.party.store;
    let (now, releasing) = (bank.party.now(), open.clone());
    store.decide(move |tx| release(tx, &releasing, now)).await?;
    let outcome = ask(bank, open).await;
    let (now, open) = (bank.party.now(), open.clone());
    match outcome {
        Ok((claims, answer)) => store.decide(move |tx| conclude(tx, &open, &claims, &answer, now)).await,
        Err(reason) => {
            tracing::warn!(collection = %open.id, bank = %open.bank, %reason, "not answered; asking again later");
            let (again, patience) = (again_ms(bank, attempts), bank.settings.uncertain_after_seconds);
            store.decide(move |tx| doubt(tx, &open, again, now.saturating_sub(patience), now)).await
        }
    }
}

fn release(tx: &mut Tx<'_>, open: &Open, now: i64) -> Result<(), BankError> {
    let known = collections::find(tx, &open.client, open.id)?;
    if known.is_some_and(|known| known.state == CollectionState::Accepted) {
        collections::add_step(tx, &open.client, open.id, CollectionState::Released, Cause::BANK, now)?;
    }
    Ok(())
}

/// The order of a collection, signed now.
async fn order_for(bank: &Bank, open: &Open) -> Result<OrderRequest, NoAnswer> {
    let key = holder_key(bank, &open.bank).await?;
    let claims = OrderClaims {
        iss: bank.party.origin.clone(),
        aud: open.bank.clone(),
        jti: open.order,
        iat: bank.party.now(),
        voucher: open.voucher.clone(),
        collect: open.collect.clone(),
        holder: order::holder(&key, open.fund.as_ref().unwrap_or(&open.voucher), open.identity.as_str()),
    };
    let order = bank.party.sign(Typ::Order, &claims).map_err(BankError::from)?.as_str().to_owned();
    Ok(OrderRequest { order, hops: open.hops.clone() })
}

/// Some of the orders that an issuing bank has answered, behind an order's id, each with that and signed anew: for a bank that
/// lost them.
///
/// # Errors
/// [`BankError`], also while that bank cannot be asked by what key it names persons.
pub(super) async fn told(bank: &Bank, issuer: &Origin, after: String) -> Result<Vec<(String, Record)>, BankError> {
    let asked = issuer.clone();
    let query = move |tx: &mut Tx<'_>| -> Result<Vec<(Open, String)>, StoreError> {
        let sql = "SELECT * FROM collection WHERE bank = ?1 AND answer IS NOT NULL AND order_id > ?2 \
                   ORDER BY order_id LIMIT ?3";
        let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
        let rows = tx.rows(sql, &values![asked.as_str(), after, most])?;
        let read =
            |tx: &mut Tx<'_>, row: &Row| Ok((Open::read(tx, row, &Key::of(row)?)?, row.text("answer")?.to_owned()));
        rows.iter().map(|row| read(tx, row)).collect()
    };
    let (mut told, mut bytes) = (Vec::new(), 0);
    for (open, answer) in bank.party.store.read(query).await? {
        let OrderRequest { order, hops } = order_for(bank, &open).await.map_err(|error| match error {
            NoAnswer::Own(error) => error,
            other => CallError::Broken(other.to_string()).into(),
        })?;
        bytes += order.len() + answer.len() + hops.iter().map(String::len).sum::<usize>();
        told.push((open.order.to_string(), Record::Ordered { order, hops, answer }));
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(told)
}

/// Sends the order, signed now, and reads the answer.
async fn ask(bank: &Bank, open: &Open) -> Result<(AnswerClaims, String), NoAnswer> {
    let own = &bank.party.origin;
    let request = order_for(bank, open).await?;
    let (answer, keys) = if open.bank == *own {
        let body = serde_json::to_vec(&request).map_err(|error| NoAnswer::Nonsense(error.to_string()))?;
        (orders::receive(bank, &body).await?, bank.party.keys())
    } else {
        let answer: OrderAnswer = bank.party.post(&open.bank, routes::ORDERS, &request).await?;
        if let Some(signer) = key_named_by(&answer.answer) {
            keys::catch_up(bank, &open.bank, &signer).await?;
        }
        let issuer = open.bank.clone();
        let member = bank.party.store.read(move |tx| parties::member(tx, &issuer)).await?;
        let member = member.ok_or_else(|| NoAnswer::Nonsense("the issuing bank is no member any more".into()))?;
        (answer, member.keys.believed())
    };
    let claims = order::read_answer(&answer.answer, &open.bank, &keys, own, open.order)
        .map_err(|refusal| NoAnswer::Nonsense(refusal.to_string()))?;
    if claims.result == OrderResult::Paid && !claims.amount.is_some_and(|paid| open.fits(paid)) {
        return Err(NoAnswer::Nonsense("it names another amount than the packet".into()));
    }
    Ok((claims, answer.answer))
}

pub(super) async fn holder_key(bank: &Bank, issuer: &Origin) -> Result<Arc<Zeroizing<[u8; 32]>>, NoAnswer> {
    if *issuer == bank.party.origin {
        return Ok(Arc::new(bank.secrets.holder.clone()));
    }
    if let Some(key) = bank.holder_keys.get(issuer) {
        return Ok(key);
    }
    let answer: HolderKey = bank.party.get(issuer, routes::HOLDER_KEY).await?;
    let text = Zeroizing::new(answer.key);
    let bytes = from_base64url(&text).map(Zeroizing::new).map_err(|_| NoAnswer::Nonsense("not a key".into()))?;
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|_| NoAnswer::Nonsense("not a key".into()))?;
    let key = Arc::new(Zeroizing::new(key));
    bank.holder_keys.put(issuer, key.clone());
    Ok(key)
}

/// The issuing bank has answered: the money is there, or never was.
fn conclude(tx: &mut Tx<'_>, open: &Open, claims: &AnswerClaims, answer: &str, now: i64) -> Result<(), BankError> {
    let key = values![&open.client, open.id.to_string()];
    let row = tx.one("SELECT transfer, answer FROM collection WHERE client = ?1 AND id = ?2", &key)?;
    if row.opt_text("answer")?.is_some() {
        return Ok(());
    }
    let transfer = row.int("transfer")?;
    let state = match claims.result {
        OrderResult::Paid => CollectionState::Paid,
        OrderResult::Refused => CollectionState::Rejected,
    };
    let paid = claims.amount.filter(|_| claims.result == OrderResult::Paid);
    match paid {
        Some(amount) if open.is_lucky => post_share(tx, open, transfer, amount, now)?,
        Some(_) => ledger::resolve(tx, transfer, Resolution::Posted, now)?,
        None => ledger::resolve(tx, transfer, Resolution::Voided, now)?,
    }
    let reason = claims.reason.filter(|_| claims.result == OrderResult::Refused).map(RefusalReason::as_str);
    collections::add_step(tx, &open.client, open.id, state, Cause { actor: open.bank.as_str(), reason }, now)?;
    tx.execute(
        "UPDATE collection SET reason = ?3, answer = ?4, place = ?5, next_at_ms = NULL WHERE client = ?1 AND id = ?2",
        &values![&open.client, open.id.to_string(), reason, answer, claims.share.filter(|_| paid.is_some())],
    )?;
    Ok(())
}

/// Of a lucky share the most that it could be was held: that is let go, and what it really is comes in its place.
fn post_share(tx: &mut Tx<'_>, open: &Open, held: i64, amount: Amount, now: i64) -> Result<(), BankError> {
    ledger::resolve(tx, held, Resolution::Voided, now)?;
    let ends = tx.one("SELECT debit, credit FROM transfer WHERE id = ?1", &values![held])?;
    let transfer = Transfer {
        debit: ends.int("debit")?,
        credit: ends.int("credit")?,
        amount,
        kind: TransferKind::Collect,
        voucher: Some(&open.voucher),
        fund: None,
    };
    let posted = ledger::post(tx, &transfer, now)?;
    let sql = "UPDATE collection SET amount = ?3, posted = ?4 WHERE client = ?1 AND id = ?2";
    tx.execute(sql, &values![&open.client, open.id.to_string(), amount.minor, posted])?;
    Ok(())
}

/// No answer: it may or may not have been paid. The same order is sent again later; that it is uncertain is told once it was
/// released at `since` or before.
fn doubt(tx: &mut Tx<'_>, open: &Open, again_ms: i64, since: i64, now: i64) -> Result<(), BankError> {
    let sql = "SELECT at FROM collection_step WHERE client = ?1 AND id = ?2 AND state = 'released' AND at <= ?3";
    if tx.first(sql, &values![&open.client, open.id.to_string(), since])?.is_some() {
        collections::add_step(tx, &open.client, open.id, CollectionState::Uncertain, Cause::BANK, now)?;
    }
    Ok(postpone(tx, &open.client, &open.id.to_string(), again_ms)?)
}

fn postpone(tx: &mut Tx<'_>, client: &str, id: &str, again_ms: i64) -> Result<(), StoreError> {
    // A failure may have been told although its decision is on disk: what was answered stays answered.
    let sql = "UPDATE collection SET attempts = attempts + 1, next_at_ms = ?3 \
               WHERE client = ?1 AND id = ?2 AND answer IS NULL";
    tx.execute(sql, &values![client, id, again_ms]).map(drop)
}
