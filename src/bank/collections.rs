//! Steps 3 and 4, the collecting bank's decision: a customer applies with the own account; the bank verifies and accepts
//! by itself, or holds it for a clerk. The money is promised (pending) until the issuing bank, or the clerk, has answered. Of a
//! lucky share nobody here knows how much it is before that, so the most that it can be is held.

use uuid::Uuid;

use crate::api::account::AccountNumber;
use crate::api::collect::{self, AcceptanceChoice, CollectionStatus, JudgedCollect, Step};
use crate::api::problem::Problem;
use crate::api::states::{AcceptedBy, CollectionState};
use crate::bank::error::{BankError, bad_request, id_reused, not_found, stored, stored_opt, strange};
use crate::bank::ledger::{self, AccountKind, Transfer, TransferKind};
use crate::bank::parties::MemberBank;
use crate::bank::{Bank, Settings, accounts, keys, links, parties, recovery};
use crate::jose::ClientId;
use crate::money::Amount;
use crate::packet::{Mode, Money};
use crate::store::{StoreError, Tx};
use crate::values;

/// Accepts a customer's collection and says where it stands. The same request again only says where it stands.
///
/// # Errors
/// [`BankError`]; nothing was accepted then.
pub async fn apply(bank: &Bank, body: &[u8]) -> Result<CollectionStatus, BankError> {
    let (trust, now) = (bank.trust().await?, bank.party.now());
    let judged = match collect::judge(body, &bank.party.origin, &trust, now) {
        Err(_) if keys::catch_up_with_voucher(bank, body).await? => {
            collect::judge(body, &bank.party.origin, &bank.trust().await?, now)?
        }
        judged => judged?,
    };
    let policy = Policy::of(&bank.settings);
    let now_ms = bank.party.clock.now_ms();
    let acceptance = Acceptance { order: bank.party.uuid(), now, now_ms, policy, was_accepted: false };
    let status = bank.party.store.decide(move |tx| decide(tx, &judged, acceptance)).await?;
    bank.arrivals.notify_one();
    bank.wake_settlement.wake();
    bank.wake_expiry.wake();
    Ok(status)
}

/// Has what is collected into an own account wait for a clerk, or not.
///
/// # Errors
/// `account-not-linked` for anybody else's.
pub async fn choose_acceptance(
    bank: &Bank,
    client: ClientId,
    choice: AcceptanceChoice,
) -> Result<AcceptanceChoice, BankError> {
    let now = bank.party.now();
    let chosen = bank.party.store.decide(move |tx| {
        let account = linked_account(tx, &client, &choice.account)?;
        accounts::set_acceptance(tx, &account, choice.acceptance, &client.to_string(), now)?;
        Ok::<_, BankError>(choice)
    });
    chosen.await
}

/// Where a client's own collection stands.
///
/// # Errors
/// `not-found` for anybody else's.
pub async fn status(bank: &Bank, client: ClientId, id: Uuid) -> Result<CollectionStatus, BankError> {
    let client = client.to_string();
    let found = bank.party.store.read(move |tx| find(tx, &client, id)).await?;
    Ok(found.ok_or_else(|| not_found("There is no such collection of yours."))?)
}

/// What is made up for a new collection before it is decided.
#[derive(Clone, Copy)]
pub(super) struct Acceptance {
    /// The id of the order to the issuing bank.
    pub(super) order: Uuid,
    pub(super) now: i64,
    pub(super) now_ms: i64,
    pub(super) policy: Policy,
    /// Whether this bank accepted it already, which it does not remember.
    pub(super) was_accepted: bool,
}

/// What the bank has set about who accepts.
#[derive(Clone, Copy)]
pub(super) struct Policy {
    acceptance: AcceptedBy,
    clerk_above: Option<Amount>,
    hold_seconds: i64,
}

impl Policy {
    pub(super) const fn of(settings: &Settings) -> Self {
        let Settings { acceptance, clerk_above, hold_seconds, .. } = settings;
        Self { acceptance: *acceptance, clerk_above: *clerk_above, hold_seconds: *hold_seconds }
    }

    /// Until when a clerk decides, if one must.
    fn held_until(&self, account: &accounts::Account, amount: Amount, now: i64) -> Option<i64> {
        let is_large =
            self.clerk_above.is_some_and(|most| most.currency != amount.currency || amount.minor > most.minor);
        let is_held = is_large || account.acceptance.unwrap_or(self.acceptance) == AcceptedBy::Clerk;
        is_held.then(|| now.saturating_add(self.hold_seconds))
    }
}

impl Acceptance {
    /// Of a collection that was accepted before, under the order that was sent for it.
    pub(super) const fn before(order: Uuid, now: i64, now_ms: i64) -> Self {
        let policy = Policy { acceptance: AcceptedBy::Auto, clerk_above: None, hold_seconds: 0 };
        Self { order, now, now_ms, policy, was_accepted: true }
    }
}

/// Who moves a collection on, and why.
#[derive(Clone, Copy)]
pub(super) struct Cause<'a> {
    /// A client, a clerk, `bank`, `time`, or the issuing bank.
    pub(super) actor: &'a str,
    pub(super) reason: Option<&'a str>,
}

impl Cause<'_> {
    /// The bank by itself.
    pub(super) const BANK: Self = Self { actor: "bank", reason: None };
}

pub(super) fn decide(
    tx: &mut Tx<'_>,
    judged: &JudgedCollect,
    acceptance: Acceptance,
) -> Result<CollectionStatus, BankError> {
    let client = judged.client.to_string();
    let id = judged.claims.jti;
    if let Some(known) = find(tx, &client, id)? {
        let row = tx.one(
            "SELECT packet, account FROM collection WHERE client = ?1 AND id = ?2",
            &values![&client, id.to_string()],
        )?;
        let packet = judged.claims.packet.to_string();
        let is_same = row.text("packet")? == packet && row.text("account")? == judged.account.as_str();
        return if is_same { Ok(known) } else { Err(id_reused("collection").into()) };
    }
    let sent = recovery::order_of(tx, &judged.client, &id.to_string())?;
    let sent = sent.map(|order| order.parse().map_err(|_| strange("order_id"))).transpose()?;
    let is_sent = sent.is_some() || acceptance.was_accepted;
    let acceptance = Acceptance { order: sent.unwrap_or(acceptance.order), ..acceptance };
    let promise = Promise::of(judged)?;
    let amount = promise.amount;
    let account = linked_account(tx, &judged.client, &judged.account)?;
    refuse_second(tx, judged, account.person)?;
    let due_from = ledger::account(tx, AccountKind::DueFrom, judged.claims.bank.as_str(), amount.currency)?;
    if !is_sent {
        check_limit(tx, judged, due_from, promise)?;
    }
    let transfer = Transfer {
        debit: due_from,
        credit: account.ledger,
        amount,
        kind: TransferKind::Collect,
        voucher: Some(&judged.claims.voucher),
        fund: None,
    };
    let transfer = ledger::hold(tx, &transfer, acceptance.now)?;
    // What was sent was accepted.
    let held_until = acceptance.policy.held_until(&account, amount, acceptance.now).filter(|_| !is_sent);
    insert(tx, judged, (account.person, transfer, held_until), promise, acceptance)?;
    let by_client = Cause { actor: &client, reason: None };
    add_step(tx, &client, id, CollectionState::Applied, by_client, acceptance.now)?;
    if held_until.is_none() {
        add_step(tx, &client, id, CollectionState::Accepted, Cause::BANK, acceptance.now)?;
    }
    find(tx, &client, id)?.ok_or_else(|| strange("id").into())
}

/// What one person gets.
#[derive(Clone, Copy)]
struct Promise {
    /// So much, or of a lucky share so much at most.
    amount: Amount,
    /// Of a lucky share the whole pot, in minor units.
    pot: Option<i64>,
}

impl Promise {
    fn of(judged: &JudgedCollect) -> Result<Self, BankError> {
        match judged.file.packet.claims.contents.money() {
            Some(Money { amount, mode: Mode::Each, .. }) => Ok(Self { amount, pot: None }),
            // Everybody else's share is at least one minor unit; the claims say that there is one for each.
            Some(Money { amount, mode: Mode::Lucky, shares, .. }) => {
                let most = Amount { minor: amount.minor - i64::from(shares) + 1, ..amount };
                Ok(Self { amount: most, pot: Some(amount.minor) })
            }
            None => Err(bad_request("The packet holds no money.").into()),
        }
    }
}

fn linked_account(tx: &mut Tx<'_>, client: &ClientId, number: &AccountNumber) -> Result<accounts::Account, BankError> {
    let account = if links::is_linked(tx, client, number)? { accounts::find(tx, number)? } else { None };
    Ok(account.ok_or_else(|| {
        Problem::new("account-not-linked", 403, "The account is not linked", "This wallet has no such account here.")
            .with_next("Link the account first, with the one-time code from the bank.")
    })?)
}

/// Why nobody collects twice from a voucher.
pub(super) const ALREADY_COLLECTED: &str = "already-collected";

/// One person collects once from a voucher. The issuing bank decides that in the end; this spares it the question.
fn refuse_second(tx: &mut Tx<'_>, judged: &JudgedCollect, person: i64) -> Result<(), BankError> {
    let row = tx.first(
        "SELECT state FROM collection WHERE bank = ?1 AND voucher = ?2 AND person = ?3 AND state <> 'rejected'",
        &values![judged.claims.bank.as_str(), &judged.claims.voucher, person],
    )?;
    let Some(row) = row else { return Ok(()) };
    let state: CollectionState = stored(&row, "state")?;
    Err(if state == CollectionState::Paid {
        Problem::new(ALREADY_COLLECTED, 409, "Already collected", "This person has collected from this voucher.")
            .with_next("Everybody gets one share; look at the account.")
    } else {
        let detail = "This person is already collecting from this voucher.";
        Problem::new("collection-in-progress", 409, "Being collected", detail)
            .with_next("Wait for that collection to end.")
    }
    .into())
}

/// A member may owe this bank only so much, what is promised included.
fn check_limit(tx: &mut Tx<'_>, judged: &JudgedCollect, due_from: i64, promise: Promise) -> Result<(), BankError> {
    let amount = promise.amount;
    let members = parties::members(tx)?;
    let member = members.into_iter().find(|member| member.pinned.origin == judged.claims.bank);
    let Some(MemberBank { limit: Some(limit), .. }) = member else { return Ok(()) };
    let sql = "SELECT debits_posted + debits_pending - credits_posted AS owed FROM ledger_account WHERE id = ?1";
    let owed = tx.one(sql, &values![due_from])?.int("owed")?;
    let would_owe = owed.checked_add(amount.minor).filter(|_| limit.currency == amount.currency);
    if let Some(would_owe) = would_owe
        && (would_owe <= limit.minor || would_owe - overstated(tx, judged, promise)? <= limit.minor)
    {
        return Ok(());
    }
    let detail = "The issuing bank already owes this bank as much as was agreed.";
    Err(Problem::new("member-limit", 409, "The banks' limit is reached", detail)
        .with_next("Try again later; the voucher stays as it is.")
        .into())
}

/// By how much what is held for a bank's lucky shares, with this new one, is more than they can come to: all of one pot
/// together are never more than the pot.
fn overstated(tx: &mut Tx<'_>, judged: &JudgedCollect, promise: Promise) -> Result<i64, StoreError> {
    let sql = "SELECT COALESCE(SUM(CASE WHEN held > rest THEN held - rest ELSE 0 END), 0) AS excess FROM \
               (SELECT voucher, SUM(held) AS held, MAX(pot) - SUM(paid) AS rest FROM \
               (SELECT voucher, pot, CASE WHEN answer IS NULL THEN held ELSE 0 END AS held, \
               CASE WHEN state = 'paid' THEN amount ELSE 0 END AS paid \
               FROM collection WHERE bank = ?1 AND currency = ?2 AND held IS NOT NULL \
               UNION ALL SELECT ?3, ?4, ?5, 0) AS shares GROUP BY voucher) AS pots";
    let Promise { amount, pot } = promise;
    let (bank, voucher) = (judged.claims.bank.as_str(), &judged.claims.voucher);
    tx.one(sql, &values![bank, amount.currency.as_str(), voucher, pot, amount.minor])?.int("excess")
}

fn insert(
    tx: &mut Tx<'_>,
    judged: &JudgedCollect,
    (person, transfer, held_until): (i64, i64, Option<i64>),
    promise: Promise,
    acceptance: Acceptance,
) -> Result<(), StoreError> {
    let amount = promise.amount;
    let hops: Vec<&str> = judged.file.hops.iter().map(|hop| hop.jws.as_str()).collect();
    let claims = &judged.claims;
    tx.execute(
        "INSERT INTO collection (client, id, account, person, bank, voucher, fund, packet, collect_jws, hops, amount, \
         currency, transfer, order_id, state, next_at_ms, held_until, pays_within, pot, held) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)",
        &values![
            judged.client.to_string(),
            claims.jti.to_string(),
            judged.account.as_str(),
            person,
            claims.bank.as_str(),
            &claims.voucher,
            judged.voucher().and_then(|voucher| voucher.claims.fund.as_deref()),
            claims.packet.to_string(),
            judged.jws.as_str(),
            serde_json::to_string(&hops).map_err(|_| strange("hops"))?,
            amount.minor,
            amount.currency.as_str(),
            transfer,
            acceptance.order.to_string(),
            CollectionState::Applied.as_str(),
            // What is held is due once a clerk has accepted it.
            Some(acceptance.now_ms).filter(|_| held_until.is_none()),
            held_until,
            judged.voucher().and_then(|voucher| voucher.claims.pays_within),
            promise.pot,
            promise.pot.map(|_| amount.minor),
        ],
    )?;
    Ok(())
}

/// Moves a collection on: writes its state, since when, who made it so and why, once per state.
///
/// # Errors
/// [`StoreError`].
pub(super) fn add_step(
    tx: &mut Tx<'_>,
    client: &str,
    id: Uuid,
    state: CollectionState,
    cause: Cause<'_>,
    now: i64,
) -> Result<(), StoreError> {
    let values = values![client, id.to_string(), state.as_str(), now, cause.actor, cause.reason];
    tx.execute(
        "INSERT INTO collection_step (client, id, n, state, at, actor, reason) \
         SELECT ?1, ?2, COALESCE(MAX(n), 0) + 1, ?3, ?4, ?5, ?6 FROM collection_step WHERE client = ?1 AND id = ?2 \
         ON CONFLICT DO NOTHING",
        &values,
    )?;
    let sql = "UPDATE collection SET state = ?3 WHERE client = ?1 AND id = ?2";
    tx.execute(sql, &values![client, id.to_string(), state.as_str()])?;
    Ok(())
}

/// Where a client's collection stands.
///
/// # Errors
/// [`StoreError`].
pub(super) fn find(tx: &mut Tx<'_>, client: &str, id: Uuid) -> Result<Option<CollectionStatus>, StoreError> {
    let key = values![client, id.to_string()];
    let sql = "SELECT state, reason, amount, currency, held, place, told, held_until FROM collection \
               WHERE client = ?1 AND id = ?2";
    let Some(row) = tx.first(sql, &key)? else { return Ok(None) };
    let sql = "SELECT state, at FROM collection_step WHERE client = ?1 AND id = ?2 ORDER BY n";
    let steps = tx.rows(sql, &key)?;
    let steps = steps.iter().map(|row| Ok(Step { state: stored(row, "state")?, at: row.int("at")? }));
    let state: CollectionState = stored(&row, "state")?;
    let amount = Amount { minor: row.int("amount")?, currency: stored(&row, "currency")? };
    let is_known = row.opt_int("held")?.is_none() || state == CollectionState::Paid;
    Ok(Some(CollectionStatus {
        id,
        state,
        amount: is_known.then_some(amount),
        share: row.opt_int("place")?.map(u32::try_from).transpose().map_err(|_| strange("place"))?,
        told: row.opt_text("told")?.map(str::to_owned),
        decides_by: row.opt_int("held_until")?.filter(|_| state == CollectionState::Applied),
        reason: stored_opt(&row, "reason")?,
        steps: steps.collect::<Result<_, StoreError>>()?,
    }))
}
