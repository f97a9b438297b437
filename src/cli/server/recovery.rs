//! `recovery`: how far a server is that was put back from a copy, and its end by the operator's word.

use clap::{Args, Subcommand};
use serde_json::Value;

use super::{Data, Failure, admin, read_origin};
use crate::packet::Origin;
use crate::party::recovery::{Finish, PATH};

#[derive(Debug, Subcommand)]
pub(super) enum Recovery {
    /// Who was heard, and what could not be put into the books again.
    Status(Data),
    /// End it, or go on without somebody who never answers. What was signed since the copy and is not known stays unknown: a bank may
    /// then pay again what it paid, and an enterprise issue or reward again.
    Finish(FinishArgs),
}

#[derive(Debug, Args)]
pub(super) struct FinishArgs {
    /// Who decides.
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Bank: go on without this member's or applicant's word, and wait for the others.
    #[arg(long, value_name = "URL", value_parser = read_origin)]
    without: Option<Origin>,
    #[command(flatten)]
    data: Data,
}

impl Recovery {
    pub(super) async fn run(self) -> Result<Value, Failure> {
        match self {
            Self::Status(data) => admin::get(&data.data, PATH).await,
            Self::Finish(FinishArgs { by, reason, without, data }) => {
                admin::post(&data.data, PATH, &Finish { by, reason, without }).await
            }
        }
    }
}
