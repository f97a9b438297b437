//! The commands of `hongbao-server`: `serve` runs a party; all others ask the running server's admin API, except
//! `audit`, `backup` and `restore`, which open the database by themselves, `keys`, which is about files, and `openapi`, which needs nothing. docs/cli.md describes each.

mod admin;
mod audit;
mod backup;
mod bank;
mod batch;
mod database;
mod enterprise;
mod find;
mod goods;
mod keys;
mod load;
mod openapi;
#[cfg(feature = "desktop")]
mod preview;
mod recipients;
mod recovery;
mod review;
mod serve;

use std::ffi::OsString;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use serde_json::Value;
use uuid::Uuid;

use super::{EXIT_FAILED, Failure, Output, Text, parse};
use crate::clock::{Clock as _, SystemClock};
use crate::packet::Origin;
use crate::random::{Random as _, SystemRandom};

const USER_AGENT: &str = concat!("hongbao-server/", env!("CARGO_PKG_VERSION"));

/// Enterprise and bank servers of Hongbao, the electronic red packets that are files.
#[derive(Debug, Parser)]
#[command(name = "hongbao-server", version, about, long_about = None, propagate_version = true)]
struct Cli {
    /// Print JSON, as docs/cli.md describes it.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Command,
}

/// What the program takes, for its manual.
#[cfg(feature = "desktop")]
pub(super) fn parser() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
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
    Audit(audit::AuditArgs),
    /// Copy a server, running or not, into a new folder; exit code 1 if its books do not agree.
    Backup(backup::Backup),
    /// Put a server back from a backup, into a new directory.
    Restore(backup::Restore),
    /// How far a server is that was put back from a backup.
    #[command(subcommand)]
    Recovery(recovery::Recovery),
    /// The keys that the server signs with.
    #[command(subcommand)]
    Keys(keys::Keys),
    /// Print the API as an OpenAPI document, without a server.
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
    /// Bank: accounts.
    #[command(subcommand)]
    Account(bank::Account),
    /// Bank: what customers collect, where a clerk must decide.
    #[command(subcommand)]
    Collection(bank::Collection),
    /// Bank: vouchers that it issued.
    #[command(subcommand)]
    Voucher(bank::Voucher),
    /// Bank: what waits for a clerk, and what other banks have not answered in the time they promised.
    Due(Data),
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
    /// Enterprise: rewards, and those that wait for a look.
    #[command(subcommand)]
    Reward(review::Reward),
    /// Enterprise: per campaign and serial number: issued, opened, forwarded, collected, rewarded, returned.
    Stats(enterprise::Stats),
    /// Enterprise: hand goods over for their one-time code.
    Redeem(goods::Redeem),
    /// Enterprise: collections of goods.
    #[command(subcommand)]
    Goods(goods::Command),
    /// Enterprise: try again what a bank refused, after the reason was put right.
    Retry(Data),
    /// Measure what servers bear, with made-up people, and check their books afterwards; exit code 1 on a difference.
    Load(load::Load),
}

/// How many threads there may be for what blocks or computes long. More than cores and queries only hold memory: the system's
/// allocator keeps some for each thread.
const BLOCKING_THREADS: usize = 4;

/// Reads the command line, runs the command, prints its answer.
#[must_use]
pub fn main(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli: Cli = match parse(data_last(args)) {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    let output = Output { json: cli.json };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().max_blocking_threads(BLOCKING_THREADS).enable_all().build();
    let ran = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command, output)),
        Err(error) => Err(unexpected(&error)),
    };
    ran.unwrap_or_else(|failure| output.fail(&failure))
}

/// `--data DIR` may stand anywhere: it belongs to each command's last word, so it is moved to the end.
fn data_last(args: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let (mut others, mut data) = (Vec::new(), Vec::new());
    let mut args = args.into_iter();
    while let Some(arg) = args.next() {
        if arg == "--data" {
            data.push(arg);
            data.extend(args.next());
        } else if arg.to_str().is_some_and(|text| text.starts_with("--data=")) {
            data.push(arg);
        } else {
            others.push(arg);
        }
    }
    others.extend(data);
    others
}

async fn run(command: Command, output: Output) -> Result<ExitCode, Failure> {
    let answer = match command {
        Command::Serve(serve) => {
            super::log(Some("warn"));
            serve.run().await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Audit(args) => {
            let audit = audit::run(&args).await?;
            output.show(&Answer(audit.answer))?;
            return Ok(if audit.ok { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) });
        }
        Command::Backup(backup) => {
            let taken = backup.run().await?;
            output.show(&Answer(taken.answer))?;
            return Ok(if taken.ok { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) });
        }
        Command::Load(load) => {
            let loaded = load.run().await?;
            output.show(&Answer(loaded.answer))?;
            return Ok(if loaded.ok { ExitCode::SUCCESS } else { ExitCode::from(EXIT_FAILED) });
        }
        Command::OpenApi(openapi) => {
            output.show(&openapi.run()?)?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Restore(restore) => restore.run().await?,
        Command::Recovery(recovery) => recovery.run().await?,
        Command::Keys(keys) => keys.run()?,
        Command::Account(account) => account.run().await?,
        Command::Collection(collection) => collection.run().await?,
        Command::Voucher(voucher) => voucher.run().await?,
        Command::Due(data) => bank::due(&data).await?,
        Command::Member(member) => member.run().await?,
        Command::Books(data) => admin::get(&data.data, crate::bank::admin::BOOKS).await?,
        Command::Campaign(campaign) => campaign.run().await?,
        Command::Packet(packet) => packet.run(output).await?,
        Command::Reward(reward) => reward.run().await?,
        Command::Stats(stats) => stats.run().await?,
        Command::Redeem(redeem) => redeem.run().await?,
        Command::Goods(command) => command.run().await?,
        Command::Retry(data) => {
            admin::post(&data.data, crate::enterprise::admin::RETRY, &serde_json::json!({})).await?
        }
    };
    output.show(&Answer(answer))?;
    Ok(ExitCode::SUCCESS)
}

/// An answer of the admin API: JSON as it came, or an indented outline for people.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Answer(Value);

impl Text for Answer {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        outline(&self.0, 0, &mut lines);
        lines.join("\n")
    }
}

fn outline(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match line(member) {
                    Some(text) => lines.push(format!("{indent}{name}: {text}")),
                    None => {
                        lines.push(format!("{indent}{name}:"));
                        outline(member, depth + 1, lines);
                    }
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                match line(item) {
                    Some(text) => lines.push(format!("{indent}- {text}")),
                    None => {
                        lines.push(format!("{indent}-"));
                        outline(item, depth + 1, lines);
                    }
                }
            }
        }
        other => lines.push(format!("{indent}{}", line(other).unwrap_or_default())),
    }
}

/// What fits on a line: single values, amounts, and nothing.
fn line(value: &Value) -> Option<String> {
    if let Ok(amount) = serde_json::from_value::<crate::money::Amount>(value.clone()) {
        return Some(amount.to_string());
    }
    match value {
        Value::String(text) => Some(text.replace('\n', " / ")),
        Value::Object(members) if members.is_empty() => Some("none".to_owned()),
        Value::Array(items) if items.is_empty() => Some("none".to_owned()),
        Value::Object(_) | Value::Array(_) => None,
        other => Some(other.to_string()),
    }
}

/// A failure that has no better advice than to look at what it says.
fn unexpected(error: &dyn std::error::Error) -> Failure {
    Failure::new("failed", error.to_string(), "Put that right and try again.")
}

/// A server's answer as what it is.
fn shaped<T: serde::de::DeserializeOwned>(answer: Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| unexpected(&error))
}

fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let cannot = |why: String| {
        Failure::new("cannot-read", format!("{}: {why}", path.display()), "Check the path and the file's permissions.")
    };
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| cannot(error.to_string()))?;
    if bytes.len() > limit { Err(cannot(format!("larger than {limit} bytes"))) } else { Ok(bytes) }
}

fn read_origin(text: &str) -> Result<Origin, String> {
    Origin::from_input(text).map_err(|error| error.to_string())
}

/// The id by which a server knows a request that is sent again because its answer was lost.
fn request_id() -> Uuid {
    SystemRandom.uuid(SystemClock.now_ms())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_may_stand_anywhere() {
        let moved = |line: &str| data_last(line.split(' ').map(OsString::from)).join(" ".as_ref());
        for line in ["x --data D account list", "x account --data D list", "x account list --data D"] {
            assert_eq!(moved(line), "x account list --data D");
        }
        assert_eq!(moved("x --data=D stats"), "x stats --data=D");
    }
}
