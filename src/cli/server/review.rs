//! `reward`: what forwarders earned, and deciding of what waits for a look.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::enterprise::segment;
use super::{Data, Failure, admin};
use crate::enterprise::admin::review::{self as shapes, Judge};

#[derive(Debug, Subcommand)]
pub(super) enum Reward {
    /// Rewards, or those that are held.
    List(List),
    /// Give a reward that waits for a look.
    Approve(Approve),
    /// Refuse a reward that waits for a look.
    Refuse(Refuse),
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// Only those that are held.
    #[arg(long)]
    held: bool,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Approve {
    /// The reward's id.
    id: String,
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    data: Data,
}

#[derive(Debug, Args)]
pub(super) struct Refuse {
    /// The reward's id.
    id: String,
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    #[command(flatten)]
    data: Data,
}

impl Reward {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::List(list) => list.run().await,
            Self::Approve(Approve { id, by, reason, data }) => {
                judge(&data, &id, &Judge { approve: true, by, reason }).await
            }
            Self::Refuse(Refuse { id, by, reason, data }) => {
                judge(&data, &id, &Judge { approve: false, by, reason: Some(reason) }).await
            }
        }
    }
}

async fn judge(data: &Data, id: &str, judge: &Judge) -> Result<Value, Failure> {
    let id = id.strip_prefix("id:").unwrap_or(id);
    admin::post(&data.data, &shapes::JUDGEMENT.replace("{id}", segment(id)?), judge).await
}

impl List {
    /// All pages as one answer.
    async fn run(self) -> Result<Value, Failure> {
        let path = format!("{}?held={}", shapes::REWARDS, self.held);
        Ok(json!({ "rewards": admin::all(&self.data.data, &path, "rewards", "id").await? }))
    }
}
