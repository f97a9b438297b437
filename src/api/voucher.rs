//! Applying for a voucher (steps 1 and 2), and asking a bank where one stands.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::account::AccountNumber;
use super::states::VoucherState;
use crate::jose::Digest;
use crate::money::Amount;

/// What an applicant posts to [`super::routes::VOUCHERS`], authorized with its own key. Idempotent by the packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Application {
    /// The signed packet: it is the application (开证申请).
    #[cfg_attr(feature = "server", schema(max_length = 32768))]
    pub packet: String,
    /// Whose money is frozen for it.
    pub source: Source,
}

/// Where a voucher's money comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Source {
    /// The applicant's account.
    Account(AccountNumber),
    /// A fund frozen before, by number.
    Fund(String),
}

/// The bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Issued {
    /// The voucher, compact JWS.
    pub voucher: String,
}

/// Most applications of one request.
pub const MAX_BATCH: usize = 1000;
/// Longest body of a request for many vouchers, in bytes. Who has longer packets asks for fewer at once.
pub const MAX_BATCH_BYTES: usize = 4 * 1024 * 1024;

/// What an applicant posts to [`super::routes::VOUCHER_BATCH`]: at most [`MAX_BATCH`] applications within
/// [`MAX_BATCH_BYTES`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct Batch {
    /// The applications, each as in a request of its own.
    #[cfg_attr(feature = "server", schema(min_items = 1, max_items = 1000))]
    pub applications: Vec<Application>,
}

/// The bank's answers to a [`Batch`], one for each application and in their order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct BatchAnswer {
    /// What came of each.
    pub answers: Vec<Answered>,
}

/// What came of one application of many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub enum Answered {
    /// The voucher, compact JWS.
    Voucher(String),
    /// The problem document that a request of its own would have been answered with.
    Problem(Value),
}

/// Where a voucher stands: the answer to `GET /v1/vouchers/<digest of the packet>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "server", derive(utoipa::ToSchema))]
pub struct VoucherStatus {
    /// The packet.
    pub packet: Digest,
    /// The bank's number.
    pub number: String,
    /// Where it stands.
    pub state: VoucherState,
    /// The total frozen at issue.
    pub frozen: Amount,
    /// How many shares it has.
    pub shares: u32,
    /// How many of them are not paid.
    pub left: u32,
    /// Whether a share can still be collected now.
    pub payable: bool,
    /// Since when it is in its state.
    pub since: i64,
    /// Until when it can be collected: as the packet says, or later if the issuer had it extended.
    pub expires: i64,
}
