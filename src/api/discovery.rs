//! What a party says about itself at [`super::routes::WELL_KNOWN`].

use serde::{Deserialize, Serialize};

use super::keys::{MAX_CHANGES, MAX_CURRENT};
use crate::jose::{KeySet, PublicKey};
use crate::packet::{Origin, text};

/// Largest discovery document, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// Most members of one bank that a reader takes.
pub const MAX_MEMBERS: usize = 1000;

/// What a server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Role {
    /// Makes packets.
    Enterprise,
    /// Keeps accounts, issues vouchers, pays.
    Bank,
}

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Discovery {
    /// What it is.
    pub role: Role,
    /// Its own origin, which must be the one asked.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// Its keys in use.
    pub keys: Vec<PublicKey>,
    /// The signed changes that led to them, `hongbao-keys+jwt`, first to last; [`super::keys`] follows them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "server", schema(max_items = 64))]
    pub changes: Vec<String>,
    /// A bank's own account prefixes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub account_prefixes: Vec<String>,
    /// The banks that a bank deals with.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
}

/// A bank that another bank deals with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Member {
    /// Its origin.
    pub origin: Origin,
    /// Its name.
    pub name: String,
    /// How its account numbers begin.
    pub account_prefixes: Vec<String>,
    /// Its keys.
    pub keys: Vec<PublicKey>,
}

/// Why a discovery document is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DiscoveryError {
    /// Not the document it should be.
    #[error("{0}")]
    Document(&'static str),
    /// It is not of the role one asked for.
    #[error("that address is not of the kind asked for")]
    Role,
}

impl Discovery {
    /// Reads the document that `origin` served, strictly.
    ///
    /// # Errors
    /// [`DiscoveryError`] when it is malformed, names another origin, has no key, or has another role.
    pub fn read(bytes: &[u8], origin: &Origin, role: Role) -> Result<Self, DiscoveryError> {
        let document: Self = crate::jose::json::read(bytes)
            .map_err(|_| DiscoveryError::Document("that address does not answer as a Hongbao party"))?;
        if document.role != role {
            return Err(DiscoveryError::Role);
        }
        if document.origin != *origin {
            return Err(DiscoveryError::Document("the party says that it lives at another address"));
        }
        let names = std::iter::once(&document.name).chain(document.members.iter().map(|member| &member.name));
        let names_hold = names.into_iter().all(|name| text::NAME.check(name).is_ok());
        let prefixes = document.members.iter().flat_map(|member| &member.account_prefixes);
        let prefixes_hold = prefixes.chain(&document.account_prefixes).all(|prefix| is_prefix(prefix));
        let keys_hold = (1..=MAX_CURRENT).contains(&document.keys.len()) && document.changes.len() <= MAX_CHANGES;
        if !keys_hold || document.members.len() > MAX_MEMBERS || !names_hold || !prefixes_hold {
            return Err(DiscoveryError::Document("the party describes itself in a way that cannot be used"));
        }
        Ok(document)
    }

    /// The keys as a set.
    #[must_use]
    pub fn key_set(&self) -> KeySet {
        KeySet { keys: self.keys.clone() }
    }
}

/// Whether a text can be how account numbers begin: 2 … 12 capital letters or digits.
#[must_use]
pub fn is_prefix(prefix: &str) -> bool {
    (2..=12).contains(&prefix.len()) && prefix.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}
