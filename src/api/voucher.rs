//! Applying for a voucher (steps 1 and 2), and asking a bank where one stands.

use serde::{Deserialize, Serialize};

use super::account::AccountNumber;
use super::states::VoucherState;
use crate::jose::Digest;
use crate::money::Amount;

/// What an applicant posts to [`super::routes::VOUCHERS`], authorized with its own key. Idempotent by the packet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Application {
    /// The signed packet: it is the application (开证申请).
    pub packet: String,
    /// Whose money is frozen for it.
    pub source: Source,
}

/// Where a voucher's money comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The applicant's account.
    Account(AccountNumber),
    /// A fund frozen before, by number.
    Fund(String),
}

/// The bank's answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The voucher, compact JWS.
    pub voucher: String,
}

/// Where a voucher stands: the answer to `GET /v1/vouchers/<digest of the packet>`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
