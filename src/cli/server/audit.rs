//! `audit`: the books from their raw rows, read-only, whether the server runs or not.

use std::path::Path;

use serde_json::Value;

use super::{Failure, unexpected};
use crate::api::discovery::Role;
use crate::party::data_dir::{self, DataDirError};
use crate::store::{Schema, Store};
use crate::{bank, enterprise};

/// What an audit found.
pub(super) struct Audited {
    /// Whether everything agrees.
    pub(super) ok: bool,
    /// The audit as JSON.
    pub(super) answer: Value,
}

pub(super) async fn run(data: &Path) -> Result<Audited, Failure> {
    let lasting = data_dir::read_lasting(data).map_err(|e| unexpected(&e))?;
    let role = lasting.ok_or(DataDirError::Empty).map_err(|e| unexpected(&e))?.role;
    let schema = match role {
        Role::Bank => Schema::Bank,
        Role::Enterprise => Schema::Enterprise,
    };
    let store = Store::open_read_only(&data_dir::database(data), schema).map_err(|e| unexpected(&e))?;
    let audit = match role {
        Role::Bank => bank::audit(&store).await,
        Role::Enterprise => enterprise::audit(&store).await,
    };
    let audit = audit.map_err(|e| unexpected(&e))?;
    let answer = serde_json::to_value(&audit).map_err(|e| unexpected(&e))?;
    Ok(Audited { ok: audit.ok, answer })
}
