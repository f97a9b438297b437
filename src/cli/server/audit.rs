//! `audit`: the books from their raw rows, read-only, whether the server runs or not.

use std::path::Path;

use crate::api::discovery::Role;
use crate::cli::{Failure, Printed};
use crate::party::data_dir::{self, DataDirError};
use crate::store::{Schema, Store};
use crate::{bank, enterprise};

pub(super) async fn run(data: &Path) -> Result<Printed, Failure> {
    let kept = data_dir::read_kept(data).map_err(|e| Failure::of(&e))?;
    let role = kept.ok_or(DataDirError::Empty).map_err(|e| Failure::of(&e))?.role;
    let schema = match role {
        Role::Bank => Schema::Bank,
        Role::Enterprise => Schema::Enterprise,
    };
    let store = Store::open_read_only(&data_dir::database(data), schema).map_err(|e| Failure::of(&e))?;
    let audit = match role {
        Role::Bank => bank::audit(&store).await,
        Role::Enterprise => enterprise::audit(&store).await,
    };
    let audit = audit.map_err(|e| Failure::of(&e))?;
    let exit = u8::from(!audit.ok);
    let answer = serde_json::to_value(&audit).map_err(|e| Failure::of(&e))?;
    Ok(Printed::of(answer).exit(exit))
}
