//! The operator's side: accounts, members, books. The shapes here are what the command prints with `--json`.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::api::account::AccountNumber;
use crate::api::discovery::{Role, is_prefix};
use crate::api::keys::KnownKeys;
use crate::api::problem::Problem;
use crate::api::states::AcceptedBy;
use crate::bank::accounts::{self, Account, Document, Opening, Operation};
use crate::bank::error::{BankError, bad_request};
use crate::bank::ledger;
use crate::bank::parties::{self, MemberBank, Pinned};
use crate::bank::router::answer;
use crate::bank::{Bank, desk, dues, keys, links, recovery, shown};
use crate::clock::rfc3339;
use crate::money::{Amount, Currency, Sum, SumOrNothing};
use crate::packet::Origin;
use crate::party::changes::{self, ChangeView};
use crate::party::figures::figure_routes;
use crate::party::openapi::{self, Document as OpenApiDocument};
use crate::party::request::Incoming;
use crate::random::Random;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// Accounts: list (GET), open (POST).
pub const ACCOUNTS: &str = "/admin/accounts";
/// Members: list (GET), add (POST).
pub const MEMBERS: &str = "/admin/members";
/// What members owed and was paid (POST, [`SettleDues`]).
pub const SETTLEMENTS: &str = "/admin/members/settlements";
/// What is owed to and by other banks.
pub const BOOKS: &str = "/admin/books";

/// The path of one account.
#[must_use]
pub fn account_path(account: &str) -> String {
    format!("{ACCOUNTS}/{account}")
}

/// The path at which an account gets a new one-time code (POST, empty object).
#[must_use]
pub fn code_path(account: &str) -> String {
    format!("{ACCOUNTS}/{account}/code")
}

/// The path at which money is put into an account (POST, [`Deposit`]).
#[must_use]
pub fn deposit_path(account: &str) -> String {
    format!("{ACCOUNTS}/{account}/deposits")
}

/// Opens an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenAccount {
    /// The request's id: the same request opens one account, and gives it a fresh code.
    pub request: Uuid,
    /// Whose it will be.
    #[schema(min_length = 1, max_length = 512)]
    pub holder: String,
    /// The identity document shown: the same document is the same person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Document>,
    /// The enterprise whose applications may draw on it; its keys are fetched and pinned now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<Origin>,
    /// A first deposit, which also says in which currency the account is kept; CNY without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Sum>)]
    pub deposit: Option<Amount>,
    /// Whether what is collected into it waits for a clerk; the holder can choose otherwise later.
    #[serde(default)]
    pub hold: bool,
}

/// Changes what is set for an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetAccount {
    /// How what is collected into it is accepted; absent: as the bank has set for everybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptedBy>,
    /// The clerk's name.
    #[schema(min_length = 1, max_length = 512)]
    pub by: String,
}

/// An account with its fresh one-time code, which is shown this once.
#[derive(Clone, Serialize, Deserialize, ToSchema)]
pub struct AccountCode {
    /// Its number.
    pub account: AccountNumber,
    /// The code that links it to one client.
    pub code: String,
}

/// Cash into an account.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Deposit {
    /// The request's id: the same one pays in once.
    pub request: Uuid,
    /// How much.
    #[schema(value_type = Sum)]
    pub amount: Amount,
}

/// An account in the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountSummary {
    /// Its number.
    pub account: AccountNumber,
    /// Whose it is.
    pub holder: String,
    /// The enterprise whose applications may draw on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applicant: Option<Origin>,
    /// What is on it.
    pub balance: Amount,
    /// How what is collected into it is accepted, if that was set for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acceptance: Option<AcceptedBy>,
}

/// Most accounts of one page.
pub const PAGE_ACCOUNTS: usize = 1000;
/// Most movements of one page.
pub const PAGE_ENTRIES: usize = 5000;

/// A page of the accounts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountList {
    /// First opened first.
    pub accounts: Vec<AccountSummary>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

/// An account with its movements.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccountStatement {
    /// The account.
    #[serde(flatten)]
    pub summary: AccountSummary,
    /// Its movements, first to last.
    pub entries: Vec<Entry>,
    /// Where there are more: behind what the next page begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
    /// Every change of what is set for it, first to last.
    pub changes: Vec<ChangeView>,
}

/// One movement of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// When, RFC 3339.
    pub at: String,
    /// How much came in; less than zero: went out.
    pub amount: Amount,
    /// `deposit`, `fund`, `freeze`, `return` or `collect`.
    pub kind: String,
    /// `pending`, `posted` or `voided`.
    pub state: String,
    /// For which voucher.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voucher: Option<String>,
    /// For which fund.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund: Option<String>,
}

/// Adds a member bank, whose keys are fetched and pinned now.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// Where it is.
    pub origin: Origin,
    /// How its account numbers begin.
    #[schema(pattern = "^[A-Z0-9]{2,12}$")]
    pub prefix: String,
    /// Most that it may owe this bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<SumOrNothing>)]
    pub limit: Option<Amount>,
}

/// A member bank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberSummary {
    /// Where it is.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// How its account numbers begin.
    pub prefixes: Vec<String>,
    /// Most that it may owe this bank.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Amount>,
}

/// Which way money went to settle what one bank owed the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// This bank paid what it owed.
    Paid,
    /// This bank received what it was owed.
    Received,
}

/// Books money that moved between the banks, outside of this program.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettleDues {
    /// The request's id: the same one is booked once.
    pub request: Uuid,
    /// The other bank.
    pub bank: Origin,
    /// Which way the money went.
    pub direction: Direction,
    /// How much.
    #[schema(value_type = Sum)]
    pub amount: Amount,
}

/// What banks owe each other, by this bank's books. One bank's `due_to` is the other's `due_from`, `amount` and `settled`
/// taken together: each bank books a settlement when it pays or receives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Books {
    /// What this bank owes.
    pub due_to: Vec<Due>,
    /// What this bank is owed, by orders that were answered.
    pub due_from: Vec<Due>,
}

/// One debt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Due {
    /// To or from whom.
    pub bank: Origin,
    /// How much is open.
    pub amount: Amount,
    /// How much was settled, ever.
    pub settled: Amount,
}

/// The routes for the operator; whoever serves them puts the admin token in front.
pub fn router(bank: Arc<Bank>) -> Router {
    let figures = Router::from(figure_routes()).with_state(bank.party.clone());
    let routes = Router::from(own_routes()).with_state(bank).merge(figures);
    openapi::described(routes, &document())
}

/// What [`router`] says of itself.
#[must_use]
pub fn document() -> OpenApiDocument {
    openapi::admin(Role::Bank, [own_routes().into_openapi(), figure_routes().into_openapi()])
}

fn own_routes() -> OpenApiRouter<Arc<Bank>> {
    OpenApiRouter::default()
        .routes(routes!(list_accounts, open_account))
        .routes(routes!(show_account, set_account))
        .routes(routes!(new_code))
        .routes(routes!(deposit))
        .routes(routes!(list_members, add_member))
        .routes(routes!(settle_dues))
        .routes(routes!(books))
        .merge(desk::routes())
        .merge(shown::routes())
        .merge(recovery::routes())
}

type Answer<T> = Result<Json<T>, Problem>;
type OfBank = State<Arc<Bank>>;

/// Opens an account and gives its first one-time code. Idempotent by `request`.
#[utoipa::path(
    post, path = ACCOUNTS, request_body = OpenAccount,
    responses(
        (status = 200, description = "The account and its code", body = AccountCode),
        (status = 409, description = "id-reused, keys-changed, wrong-currency"),
        (status = 502, description = "party-unreachable"),
    ),
)]
async fn open_account(State(bank): OfBank, incoming: Incoming) -> Answer<AccountCode> {
    answer(open(&bank, incoming.json()?).await)
}

/// Opens an account and gives its first one-time code.
///
/// # Errors
/// [`BankError`]: the name or document is not acceptable, or the applicant cannot be asked for its keys.
pub async fn open(bank: &Bank, request: OpenAccount) -> Result<AccountCode, BankError> {
    // Also of a request that was answered before: what is not acceptable was never asked for.
    accounts::check_holder(&request.holder)?;
    let asked = accounts::Request::new(request.request, Operation::Open, &request)?;
    let applicant = match &request.applicant {
        Some(origin) => Some(fetch(bank, origin, Role::Enterprise).await?.0),
        None => None,
    };
    let code = links::new_code(&*bank.party.random);
    let (now, key, fresh) = (bank.party.now(), bank.secrets.codes.clone(), code.clone());
    let opening = Opening {
        prefix: bank.settings.account_prefix.clone(),
        holder: request.holder,
        identity: request.identity,
        applicant: request.applicant,
        currency: request.deposit.map_or(Currency::CNY, |deposit| deposit.currency),
    };
    let random = bank.party.random.clone();
    let opened = bank.party.store.decide(move |tx| {
        if let Some(applicant) = &applicant {
            parties::pin_applicant(tx, applicant, now)?;
        }
        let account = match asked.done(tx)? {
            Some(account) => account,
            None => open_new(tx, &asked, &opening, request.deposit, &*random, now)?,
        };
        if request.hold {
            accounts::set_acceptance(tx, &account, Some(AcceptedBy::Clerk), "operator", now)?;
        }
        links::set_code(tx, &key, &account.number, &fresh, now)?;
        Ok::<_, BankError>(account.number)
    });
    Ok(AccountCode { account: opened.await?, code })
}

fn open_new(
    tx: &mut Tx<'_>,
    asked: &accounts::Request,
    opening: &Opening,
    deposit: Option<Amount>,
    random: &dyn Random,
    now: i64,
) -> Result<Account, BankError> {
    let account = accounts::open(tx, opening, random, now)?;
    if let Some(amount) = deposit {
        accounts::deposit(tx, &account, amount, now)?;
    }
    asked.note(tx, &account)?;
    Ok(account)
}

/// Asks a party who it is; the prefixes are a bank's.
async fn fetch(bank: &Bank, origin: &Origin, role: Role) -> Result<(Pinned, Vec<String>), BankError> {
    let found = bank.party.discover(origin, role).await?;
    keys::follow(bank, found.clone()).await?;
    let keys = KnownKeys::of(&found);
    Ok((Pinned { origin: found.origin, name: found.name, keys }, found.account_prefixes))
}

/// Gives an account a new one-time code; the code before no longer works.
#[utoipa::path(
    post, path = code_path("{account}"), params(("account" = inline(AccountNumber), Path, description = "Its number")),
    responses((status = 200, description = "The new code", body = AccountCode), (status = 404, description = "not-found")),
)]
async fn new_code(State(bank): OfBank, Path(account): Path<String>) -> Answer<AccountCode> {
    let number = number(&account)?;
    let code = links::new_code(&*bank.party.random);
    let (now, key, fresh) = (bank.party.now(), bank.secrets.codes.clone(), code.clone());
    let account = bank.party.store.decide(move |tx| {
        let account = accounts::existing(tx, &number)?;
        links::set_code(tx, &key, &account.number, &fresh, now)?;
        Ok::<_, BankError>(account.number)
    });
    answer(account.await.map(|account| AccountCode { account, code }))
}

/// Puts cash into an account. Idempotent by `request`.
#[utoipa::path(
    post, path = deposit_path("{account}"), params(("account" = inline(AccountNumber), Path, description = "Its number")), request_body = Deposit,
    responses(
        (status = 200, description = "The account", body = AccountSummary),
        (status = 404, description = "not-found"),
        (status = 409, description = "id-reused, wrong-currency"),
    ),
)]
async fn deposit(State(bank): OfBank, Path(account): Path<String>, incoming: Incoming) -> Answer<AccountSummary> {
    let (number, request, now) = (number(&account)?, incoming.json::<Deposit>()?, bank.party.now());
    let asked = accounts::Request::new(request.request, Operation::Deposit, &(&number, &request));
    let asked = asked.map_err(BankError::from)?;
    let deposited = bank.party.store.decide(move |tx| {
        let account = accounts::existing(tx, &number)?;
        if asked.done(tx)?.is_none() {
            accounts::deposit(tx, &account, request.amount, now)?;
            asked.note(tx, &account)?;
        }
        summary(tx, account)
    });
    answer(deposited.await)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BehindAccount {
    /// Those opened after the account with this number; all without it.
    after: Option<String>,
}

/// A page of all accounts, first opened first.
#[utoipa::path(
    get, path = ACCOUNTS, params(BehindAccount),
    responses((status = 200, description = "The accounts", body = AccountList), (status = 404, description = "not-found")),
)]
async fn list_accounts(
    State(bank): OfBank,
    Query(BehindAccount { after }): Query<BehindAccount>,
) -> Answer<AccountList> {
    let after = after.map(|after| number(&after)).transpose()?;
    let list = bank.party.store.read(move |tx| {
        let mut accounts = accounts::opened_after(tx, after.as_ref(), PAGE_ACCOUNTS + 1)?;
        let more = accounts.len() > PAGE_ACCOUNTS;
        accounts.truncate(PAGE_ACCOUNTS);
        let accounts = accounts.into_iter().map(|account| summary(tx, account)).collect::<Result<_, BankError>>()?;
        Ok::<_, BankError>(AccountList { accounts, more })
    });
    answer(list.await)
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BehindEntry {
    /// Movements behind the page that said this as its `next`; 0 or nothing for all.
    #[serde(default)]
    after: i64,
}

/// An account with a page of its movements.
#[utoipa::path(
    get, path = account_path("{account}"),
    params(("account" = inline(AccountNumber), Path, description = "Its number"), BehindEntry),
    responses((status = 200, description = "The account", body = AccountStatement), (status = 404, description = "not-found")),
)]
async fn show_account(
    State(bank): OfBank,
    Path(account): Path<String>,
    Query(BehindEntry { after }): Query<BehindEntry>,
) -> Answer<AccountStatement> {
    let number = number(&account)?;
    let statement = bank.party.store.read(move |tx| {
        let account = accounts::existing(tx, &number)?;
        let (ledger, currency) = (account.ledger, account.currency);
        let most = i64::try_from(PAGE_ENTRIES).unwrap_or(i64::MAX);
        let sql = "SELECT * FROM entry WHERE (debit = ?1 OR credit = ?1) AND id > ?2 ORDER BY id LIMIT ?3";
        let mut entries = tx.rows(sql, &values![ledger, after, most + 1])?;
        let more = entries.len() > PAGE_ENTRIES;
        entries.truncate(PAGE_ENTRIES);
        let next = entries.last().filter(|_| more).map(|last| last.int("id")).transpose()?;
        let entries = entries.iter().map(|row| entry(row, ledger, currency)).collect::<Result<_, StoreError>>()?;
        let changes = changes::of(tx, "account", account.number.as_str())?.into_iter().map(ChangeView::from).collect();
        Ok::<_, BankError>(AccountStatement { summary: summary(tx, account)?, entries, next, changes })
    });
    answer(statement.await)
}

/// Changes what is set for an account.
#[utoipa::path(
    post, path = account_path("{account}"), params(("account" = inline(AccountNumber), Path, description = "Its number")),
    request_body = SetAccount,
    responses((status = 200, description = "The account", body = AccountSummary), (status = 404, description = "not-found")),
)]
async fn set_account(State(bank): OfBank, Path(account): Path<String>, incoming: Incoming) -> Answer<AccountSummary> {
    let (number, request, now) = (number(&account)?, incoming.json::<SetAccount>()?, bank.party.now());
    desk::check_name(&request.by)?;
    let set = bank.party.store.decide(move |tx| {
        let account = accounts::existing(tx, &number)?;
        accounts::set_acceptance(tx, &account, request.acceptance, &request.by, now)?;
        summary(tx, Account { acceptance: request.acceptance, ..account })
    });
    answer(set.await)
}

fn number(text: &str) -> Result<AccountNumber, Problem> {
    text.parse().map_err(|error| bad_request(format!("The account number: {error}.")))
}

fn summary(tx: &mut Tx<'_>, account: Account) -> Result<AccountSummary, BankError> {
    let minor = ledger::balance(tx, account.ledger)?.posted;
    Ok(AccountSummary {
        account: account.number,
        holder: account.holder,
        applicant: account.applicant,
        balance: Amount { minor, currency: account.currency },
        acceptance: account.acceptance,
    })
}

fn entry(row: &Row, ledger: i64, currency: Currency) -> Result<Entry, StoreError> {
    let (amount, is_credit) = (row.int("amount")?, row.int("credit")? == ledger);
    Ok(Entry {
        at: rfc3339(row.int("at")?),
        amount: Amount { minor: if is_credit { amount } else { -amount }, currency },
        kind: row.text("kind")?.to_owned(),
        state: row.text("state")?.to_owned(),
        voucher: row.opt_text("voucher")?.map(str::to_owned),
        fund: row.opt_text("fund")?.map(str::to_owned),
    })
}

/// Adds a member bank; the same again changes nothing.
#[utoipa::path(
    post, path = MEMBERS, request_body = AddMember,
    responses(
        (status = 200, description = "The member", body = MemberSummary),
        (status = 409, description = "keys-changed, prefix-mismatch, prefix-taken"),
        (status = 502, description = "party-unreachable"),
    ),
)]
async fn add_member(State(bank): OfBank, incoming: Incoming) -> Answer<MemberSummary> {
    answer(add(&bank, incoming.json()?).await)
}

/// Adds a member bank; the same again changes nothing.
///
/// # Errors
/// [`BankError`]: it cannot be asked, publishes other prefixes or keys, the prefix is taken, or the limit is none.
pub async fn add(bank: &Bank, request: AddMember) -> Result<MemberSummary, BankError> {
    request.limit.map(Amount::or_nothing).transpose()?;
    if request.origin == bank.party.origin {
        return Err(bad_request("A bank is not its own member; its own vouchers need no entry.").into());
    }
    if !is_prefix(&request.prefix) {
        return Err(bad_request("A prefix is 2 to 12 digits or capital letters, such as 620000.").into());
    }
    let own = &bank.settings.account_prefix;
    if own.starts_with(&request.prefix) || request.prefix.starts_with(own) {
        return Err(parties::prefix_taken(&request.prefix).into());
    }
    let (party, prefixes) = fetch(bank, &request.origin, Role::Bank).await?;
    if !prefixes.contains(&request.prefix) {
        let detail = format!("{} says that its account numbers begin with {}.", party.origin, prefixes.join(", "));
        return Err(Problem::new("prefix-mismatch", 409, "The bank has another prefix", detail)
            .with_next("Give one of these prefixes.")
            .into());
    }
    let now = bank.party.now();
    let AddMember { prefix, limit, .. } = request;
    let added = bank.party.store.decide(move |tx| parties::add_member(tx, &party, &prefix, limit, now)).await?;
    // Collections of its vouchers may already be waiting.
    bank.wake_settlement.wake();
    Ok(added.into())
}

/// Most members of one page.
pub const PAGE_MEMBERS: usize = 500;

/// A page of the member banks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MemberList {
    /// In the order of their origins.
    pub members: Vec<MemberSummary>,
    /// Whether there are more behind the last one.
    pub more: bool,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct BehindMember {
    /// Those behind the member of this origin; all without it.
    #[serde(default)]
    after: String,
}

/// A page of the member banks, in the order of their origins.
#[utoipa::path(
    get, path = MEMBERS, params(BehindMember),
    responses((status = 200, description = "The members", body = MemberList)),
)]
async fn list_members(State(bank): OfBank, Query(BehindMember { after }): Query<BehindMember>) -> Answer<MemberList> {
    let page = bank.party.store.read(move |tx| parties::members_behind(tx, &after, PAGE_MEMBERS + 1)).await;
    answer(page.map_err(BankError::from).map(|mut members| {
        let more = members.len() > PAGE_MEMBERS;
        members.truncate(PAGE_MEMBERS);
        MemberList { members: members.into_iter().map(MemberSummary::from).collect(), more }
    }))
}

impl From<MemberBank> for MemberSummary {
    fn from(member: MemberBank) -> Self {
        let MemberBank { pinned, prefixes, limit } = member;
        Self { origin: pinned.origin, name: pinned.name, prefixes, limit }
    }
}

/// What banks owe each other.
#[utoipa::path(get, path = BOOKS, responses((status = 200, description = "The books", body = Books)))]
async fn books(State(bank): OfBank) -> Answer<Books> {
    answer(bank.party.store.read(dues::books).await.map_err(BankError::from))
}

/// Books money that moved between the banks. Idempotent by `request`.
#[utoipa::path(
    post, path = SETTLEMENTS, request_body = SettleDues,
    responses(
        (status = 200, description = "What is open now", body = Due),
        (status = 404, description = "not-found"),
        (status = 409, description = "id-reused, more-than-owed, wrong-currency"),
    ),
)]
async fn settle_dues(State(bank): OfBank, incoming: Incoming) -> Answer<Due> {
    let (request, now) = (incoming.json::<SettleDues>()?, bank.party.now());
    answer(bank.party.store.decide(move |tx| dues::settle(tx, &request, now)).await)
}
