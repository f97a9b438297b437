//! The commands of `hongbao-server`: `serve` runs a party; all others ask the running server's admin API, except
//! `audit`, which reads the database by itself.

mod admin;
mod audit;
mod bank;
mod enterprise;
mod serve;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;

use super::{Failure, Printed};

/// Enterprise and bank servers of Hongbao, the electronic red packets that are files.
#[derive(Debug, Parser)]
#[command(name = "hongbao-server", version, about, long_about = None, propagate_version = true)]
pub struct ServerCommand {
    /// Print JSON, as docs/cli.md describes it.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// Which server a command is about.
#[derive(Debug, Args)]
struct Data {
    /// The server's data directory.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an enterprise or a bank until it is told to stop (Ctrl-C, SIGTERM).
    Serve(serve::Serve),
    /// Check the books from their raw rows, also while the server is stopped; exit code 1 on a difference.
    Audit(Data),
    /// Bank: accounts.
    #[command(subcommand)]
    Account(bank::Account),
    /// Bank: the banks it deals with.
    #[command(subcommand)]
    Member(bank::Member),
    /// Bank: what it owes other banks and what they owe it.
    Books(Data),
    /// Enterprise: campaigns.
    #[command(subcommand)]
    Campaign(enterprise::Campaign),
    /// Enterprise: packets.
    #[command(subcommand)]
    Packet(enterprise::Packet),
    /// Enterprise: per campaign and serial number: issued, opened, forwarded, collected, rewarded, returned.
    Stats(enterprise::Stats),
    /// Enterprise: try again what a bank refused, after the reason was put right.
    Retry(Data),
}

impl ServerCommand {
    /// Whether output is JSON.
    #[must_use]
    pub const fn json(&self) -> bool {
        self.json
    }

    /// Runs the command.
    ///
    /// # Errors
    /// [`Failure`]: what to say, and the exit code.
    pub async fn run(self) -> Result<Printed, Failure> {
        let answer: Value = match self.command {
            Command::Serve(serve) => return serve.run().await,
            Command::Audit(data) => return audit::run(&data.data).await,
            Command::Account(account) => account.run().await?,
            Command::Member(member) => member.run().await?,
            Command::Books(data) => admin::get(&data.data, crate::bank::admin::BOOKS).await?,
            Command::Campaign(campaign) => campaign.run().await?,
            Command::Packet(packet) => packet.run().await?,
            Command::Stats(stats) => stats.run().await?,
            Command::Retry(data) => {
                admin::post(&data.data, crate::enterprise::admin::RETRY, &serde_json::json!({})).await?
            }
        };
        Ok(Printed::of(answer))
    }
}
