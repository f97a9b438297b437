//! A bank's commands: accounts and members.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Data, Failure, admin, read_origin, request_id};
use crate::api::account::AccountNumber;
use crate::bank::accounts::Document;
use crate::bank::admin::{self as shapes, AddMember, Deposit, Direction, OpenAccount, SettleDues};
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

impl Account {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Open(Open { holder, identity, applicant, deposit, data }) => {
                let open = OpenAccount { request: request_id(), holder, identity, applicant, deposit };
                admin::post(&data.data, shapes::ACCOUNTS, &open).await
            }
            Self::List(data) => admin::get(&data.data, shapes::ACCOUNTS).await,
            Self::Show(one) => admin::get(&one.data.data, &shapes::account_path(one.account.as_str())).await,
            Self::Code(one) => {
                let path = shapes::code_path(one.account.as_str());
                admin::post(&one.data.data, &path, &serde_json::json!({})).await
            }
            Self::Deposit(PayIn { account, amount, data }) => {
                let path = shapes::deposit_path(account.as_str());
                admin::post(&data.data, &path, &Deposit { request: request_id(), amount }).await
            }
        }
    }
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
            Self::List(data) => admin::get(&data.data, shapes::MEMBERS).await,
        }
    }
}
