//! `openapi`: the document that a server of a role serves, without a server.

use clap::Args;
use serde_json::Value;

use super::serve::RoleArg;
use super::{Failure, unexpected};
use crate::api::discovery::Role;
use crate::cli::Text;
use crate::party::openapi::Document;
use crate::{bank, enterprise};

#[cfg(test)]
mod tests;

#[derive(Debug, Args)]
pub(super) struct OpenApi {
    /// Whose API.
    #[arg(long, value_enum)]
    role: RoleArg,
    /// The admin API instead of the public one.
    #[arg(long)]
    admin: bool,
}

impl OpenApi {
    pub(super) fn run(&self) -> Result<Printed, Failure> {
        document(self.role.into(), self.admin).to_json().map(Printed).map_err(|e| unexpected(&e))
    }
}

fn document(role: Role, admin: bool) -> Document {
    match (role, admin) {
        (Role::Bank, false) => bank::document(),
        (Role::Bank, true) => bank::admin_document(),
        (Role::Enterprise, false) => enterprise::document(),
        (Role::Enterprise, true) => enterprise::admin_document(),
    }
}

/// JSON for programs either way; indented for people who read it all the same.
#[derive(serde::Serialize)]
#[serde(transparent)]
pub(super) struct Printed(Value);

impl Text for Printed {
    fn text(&self) -> String {
        format!("{:#}", self.0)
    }
}
