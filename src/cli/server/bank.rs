//! A bank's commands: accounts, collections and members.

use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};
use uuid::Uuid;

use super::enterprise::segment;
use super::{Data, Failure, admin, read_origin, request_id, shaped, unexpected};
use crate::api::account::AccountNumber;
use crate::api::states::{AcceptedBy, RefusalReason};
use crate::bank::accounts::Document;
use crate::bank::admin::{
    self as shapes, AccountStatement, AddMember, Deposit, Direction, OpenAccount, SetAccount, SettleDues,
};
use crate::bank::desk::{self, Accept, Reject};
use crate::bank::shown;
use crate::money::Amount;
use crate::packet::Origin;

#[derive(Debug, Subcommand)]
pub(super) enum Account {
    /// Open an account; prints its number and the one-time code that ties it to a wallet.
    Open(Open),
    /// All accounts.
    List(Data),
    /// One account with its entries.
    Show(One),
    /// A new one-time code for an account, for another wallet or after the old one was lost.
    Code(One),
    /// Pay money into an account.
    Deposit(PayIn),
    /// Set whether what is collected into an account waits for a clerk.
    Set(SetOne),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum AcceptanceArg {
    /// Accepted at once.
    Auto,
    /// A clerk looks at it first.
    Clerk,
    /// As the bank has set for everybody.
    Bank,
}

#[derive(Debug, Args)]
pub(super) struct SetOne {
    /// The account's number.
    account: AccountNumber,
    /// How what is collected into it is accepted.
    #[arg(long, value_enum)]
    acceptance: AcceptanceArg,
    /// The clerk's name.
    #[arg(long, value_name = "NAME")]
    by: String,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Open {
    /// The account holder's name.
    #[arg(long)]
    holder: String,
    /// The identity document by which the bank knows the person: the same document is the same person.
    #[arg(long, value_name = "DOC")]
    identity: Option<Document>,
    /// The enterprise whose account it is: its key is fetched and pinned, and its applications are checked by it.
    #[arg(long, value_name = "ORIGIN", value_parser = read_origin)]
    applicant: Option<Origin>,
    /// Money paid in at once, such as 1000.00CNY.
    #[arg(long, value_name = "AMOUNT")]
    deposit: Option<Amount>,
    /// What is collected into it waits for a clerk; the holder can choose otherwise later.
    #[arg(long)]
    hold: bool,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct One {
    /// The account's number.
    account: AccountNumber,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct PayIn {
    /// The account's number.
    account: AccountNumber,
    /// Such as 1000.00CNY.
    amount: Amount,
    #[command(flatten)]
    data: Data,
}

/// An account with all its movements, from as many pages as there are.
async fn show(one: &One) -> Result<Value, Failure> {
    let path = shapes::account_path(one.account.as_str());
    let mut all: AccountStatement = shaped(admin::get(&one.data.data, &path).await?)?;
    while let Some(next) = all.next {
        let page: AccountStatement = shaped(admin::get(&one.data.data, &format!("{path}?after={next}")).await?)?;
        all = AccountStatement { entries: [all.entries, page.entries].concat(), ..page };
    }
    serde_json::to_value(all).map_err(|error| unexpected(&error))
}

impl Account {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Open(Open { holder, identity, applicant, deposit, hold, data }) => {
                let open = OpenAccount { request: request_id(), holder, identity, applicant, deposit, hold };
                admin::post(&data.data, shapes::ACCOUNTS, &open).await
            }
            Self::List(data) => admin::all(&data.data, shapes::ACCOUNTS, "accounts", "account").await.map(Value::Array),
            Self::Show(one) => show(&one).await,
            Self::Code(one) => {
                let path = shapes::code_path(one.account.as_str());
                admin::post(&one.data.data, &path, &serde_json::json!({})).await
            }
            Self::Deposit(PayIn { account, amount, data }) => {
                let path = shapes::deposit_path(account.as_str());
                admin::post(&data.data, &path, &Deposit { request: request_id(), amount }).await
            }
            Self::Set(SetOne { account, acceptance, by, data }) => {
                let acceptance = match acceptance {
                    AcceptanceArg::Auto => Some(AcceptedBy::Auto),
                    AcceptanceArg::Clerk => Some(AcceptedBy::Clerk),
                    AcceptanceArg::Bank => None,
                };
                let path = shapes::account_path(account.as_str());
                admin::post(&data.data, &path, &SetAccount { acceptance, by }).await
            }
        }
    }
}

#[derive(Debug, Subcommand)]
pub(super) enum Collection {
    /// Collections that wait for a clerk, or others, oldest first.
    List(ListCollections),
    /// One collection with each step: who, when and why.
    Show(OneCollection),
    /// Accept a collection that waits for a clerk: its issuing bank is asked to pay.
    Accept(Decide),
    /// Reject a collection that waits for a clerk: nothing is asked of its issuing bank.
    Reject(RejectOne),
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum WhichArg {
    /// Those that wait for a clerk.
    Held,
    /// All that are not at their end.
    Open,
    /// Those whose issuing bank has not kept the time it promised.
    Overdue,
    /// All.
    All,
}

impl WhichArg {
    const fn word(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::All => "all",
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct ListCollections {
    /// Which.
    #[arg(long, value_enum, default_value = "held")]
    state: WhichArg,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct OneCollection {
    /// Its `id` or `order`, as the list shows it.
    id: Uuid,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Decide {
    #[command(flatten)]
    one: OneCollection,
    /// The clerk's name.
    #[arg(long, value_name = "NAME")]
    by: String,
}

#[derive(Debug, Args)]
pub(super) struct RejectOne {
    #[command(flatten)]
    decide: Decide,
    /// Why: identity-unclear, account-restricted, irregular or declined.
    #[arg(long, value_name = "WORD", value_parser = reason)]
    reason: RefusalReason,
    /// What the customer is told besides.
    #[arg(long, value_name = "TEXT")]
    text: Option<String>,
}

fn reason(word: &str) -> Result<RefusalReason, String> {
    let reason = word.parse().ok().filter(|reason: &RefusalReason| reason.is_clerks());
    reason.ok_or_else(|| "a clerk's reason is identity-unclear, account-restricted, irregular or declined".to_owned())
}

impl Collection {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::List(ListCollections { state, data }) => collections(&data, state).await,
            Self::Show(OneCollection { id, data }) => {
                admin::get(&data.data, &desk::collection_path(&id.to_string())).await
            }
            Self::Accept(Decide { one: OneCollection { id, data }, by }) => {
                admin::post(&data.data, &desk::accept_path(&id.to_string()), &Accept { by }).await
            }
            Self::Reject(RejectOne { decide: Decide { one: OneCollection { id, data }, by }, reason, text }) => {
                let path = desk::reject_path(&id.to_string());
                admin::post(&data.data, &path, &Reject { by, reason, text }).await
            }
        }
    }
}

async fn collections(data: &Data, which: WhichArg) -> Result<Value, Failure> {
    let path = format!("{}?state={}", desk::COLLECTIONS, which.word());
    admin::all(&data.data, &path, "collections", "order").await.map(Value::Array)
}

#[derive(Debug, Subcommand)]
pub(super) enum Voucher {
    /// One voucher with its whole life: who changed it, when and why.
    Show(OneVoucher),
}

#[derive(Debug, Args)]
pub(super) struct OneVoucher {
    /// Its number, or the packet's id.
    #[arg(allow_hyphen_values = true)]
    id: String,
    #[command(flatten)]
    data: Data,
}

impl Voucher {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        let Self::Show(OneVoucher { id, data }) = self;
        admin::get(&data.data, &shown::voucher_path(segment(id.strip_prefix("id:").unwrap_or(&id))?)).await
    }
}

/// What waits for a clerk, and what other banks have not answered in the time they promised.
pub(super) async fn due(data: &Data) -> Result<Value, Failure> {
    let (held, overdue) = (collections(data, WhichArg::Held).await?, collections(data, WhichArg::Overdue).await?);
    Ok(json!({ "held": held, "overdue": overdue }))
}

#[derive(Debug, Subcommand)]
pub(super) enum Member {
    /// Deal with another bank: its key is fetched and pinned.
    Add(Add),
    /// Book money that moved between the banks for what one owed the other; prints what is still open.
    Settle(Settle),
    /// The banks it deals with.
    List(Data),
}

#[derive(Debug, Args)]
pub(super) struct Add {
    /// The other bank's origin.
    #[arg(value_parser = read_origin)]
    origin: Origin,
    /// How its account numbers begin, such as 620000.
    #[arg(long)]
    prefix: String,
    /// The most that it may owe this bank at any time.
    #[arg(long, value_name = "AMOUNT")]
    limit: Option<Amount>,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Settle {
    /// The other bank's origin.
    #[arg(value_parser = read_origin)]
    origin: Origin,
    /// Such as 1000.00CNY.
    amount: Amount,
    #[command(flatten)]
    direction: Way,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Way {
    /// This bank paid what it owed.
    #[arg(long)]
    paid: bool,
    /// This bank received what it was owed.
    #[arg(long)]
    received: bool,
}

impl Way {
    const fn direction(&self) -> Direction {
        // One of the two is always given.
        if self.paid { Direction::Paid } else { Direction::Received }
    }
}

impl Member {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Add(Add { origin, prefix, limit, data }) => {
                admin::post(&data.data, shapes::MEMBERS, &AddMember { origin, prefix, limit }).await
            }
            Self::Settle(Settle { origin, amount, direction, data }) => {
                let direction = direction.direction();
                let settle = SettleDues { request: request_id(), bank: origin, direction, amount };
                admin::post(&data.data, shapes::SETTLEMENTS, &settle).await
            }
            Self::List(data) => admin::all(&data.data, shapes::MEMBERS, "members", "origin").await.map(Value::Array),
        }
    }
}
