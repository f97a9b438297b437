//! `audit`: the books from their raw rows, read-only, whether the server runs or not.

use clap::Args;
use serde_json::Value;

use super::database::DatabaseArg;
use super::{Data, Failure, unexpected};
use crate::api::discovery::Role;
use crate::party::data_dir::{self, DataDirError};
use crate::store::{Database, Schema};
use crate::{bank, enterprise};

#[derive(Debug, Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    data: Data,
    #[command(flatten)]
    database: DatabaseArg,
}

/// What an audit found.
pub(super) struct Audited {
    /// Whether everything agrees.
    pub(super) ok: bool,
    /// The audit as JSON.
    pub(super) answer: Value,
}

pub(super) async fn run(args: &AuditArgs) -> Result<Audited, Failure> {
    let data = args.data.data.as_path();
    let lasting = data_dir::read_lasting(data).map_err(|e| unexpected(&e))?;
    let lasting = lasting.ok_or(DataDirError::Empty).map_err(|e| unexpected(&e))?;
    let database = args.database.choose(lasting.books, true, data_dir::database(data))?;
    of(&database, lasting.role).await
}

/// Audits the books of a server of that role.
pub(super) async fn of(database: &Database, role: Role) -> Result<Audited, Failure> {
    let schema = match role {
        Role::Bank => Schema::Bank,
        Role::Enterprise => Schema::Enterprise,
    };
    let store = database.open_read_only(schema).map_err(|e| unexpected(&e))?;
    let audit = match role {
        Role::Bank => bank::audit(&store).await,
        Role::Enterprise => enterprise::audit(&store).await,
    };
    let audit = audit.map_err(|e| unexpected(&e))?;
    store.close().await;
    let answer = serde_json::to_value(&audit).map_err(|e| unexpected(&e))?;
    Ok(Audited { ok: audit.ok, answer })
}
