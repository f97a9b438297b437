//! One voucher with its whole life, for the operator: where it stands since when, and who changed it, when and why.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::account::AccountNumber;
use crate::api::problem::Problem;
use crate::api::states::VoucherState;
use crate::bank::Bank;
use crate::bank::error::{BankError, not_found};
use crate::bank::router::answer;
use crate::bank::vouchers::{self, Issue};
use crate::clock::rfc3339;
use crate::jose::Digest;
use crate::money::Amount;
use crate::packet::{Origin, text};
use crate::party::changes::{self, ChangeView};
use crate::store::Tx;

/// One voucher (GET, with its number or its packet's digest).
pub const VOUCHERS: &str = "/admin/vouchers";

/// The path of one voucher.
#[must_use]
pub fn voucher_path(id: &str) -> String {
    format!("{VOUCHERS}/{id}")
}

/// A voucher with its whole life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct VoucherLife {
    /// Its number.
    pub number: String,
    /// The packet.
    pub packet: Digest,
    /// For whom the money is frozen.
    pub applicant: Origin,
    /// Where the rest goes back to.
    pub account: AccountNumber,
    /// The fund it was drawn from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fund: Option<String>,
    /// Where it stands.
    pub state: VoucherState,
    /// Since when.
    pub since: String,
    /// The total frozen.
    pub frozen: Amount,
    /// How many shares.
    pub shares: i64,
    /// How many of them are paid.
    pub paid: i64,
    /// Whether the applicant may withdraw what is uncollected.
    pub revocable: bool,
    /// Until when it can be collected.
    pub expires: String,
    /// Every change of its state and of its end, first to last.
    pub changes: Vec<ChangeView>,
}

/// The route; whoever serves it puts the admin token in front.
pub(super) fn routes() -> OpenApiRouter<Arc<Bank>> {
    OpenApiRouter::default().routes(routes!(show))
}

/// One voucher with its whole life.
#[utoipa::path(
    get, path = voucher_path("{id}"), operation_id = "show_voucher",
    params(("id" = String, Path, description = "Its number, or its packet's digest")),
    responses((status = 200, description = "The voucher", body = VoucherLife), (status = 404, description = "not-found")),
)]
async fn show(State(bank): State<Arc<Bank>>, Path(id): Path<String>) -> Result<Json<VoucherLife>, Problem> {
    answer(bank.party.store.read(move |tx| life(tx, &id)).await)
}

fn life(tx: &mut Tx<'_>, id: &str) -> Result<VoucherLife, BankError> {
    let by_packet = id.parse().ok().map(|digest| vouchers::of_packet(tx, &digest)).transpose()?.flatten();
    // What is no identifier names nothing, and not every database takes such a text (a NUL).
    let found = match by_packet {
        None if text::IDENTIFIER.check(id).is_ok() => vouchers::find(tx, id)?,
        known => known,
    };
    let voucher: Issue = found.ok_or_else(|| {
        not_found("There is no such voucher.").with_next("Give its number, or the packet's id of 43 characters.")
    })?;
    let contents = vouchers::packet(tx, &voucher.number)?.claims.contents;
    let mut changed = changes::of(tx, "voucher", &voucher.number)?;
    changed.extend(changes::of(tx, "voucher-end", &voucher.number)?);
    changed.sort_by_key(|change| change.at);
    Ok(VoucherLife {
        frozen: voucher.amount(voucher.frozen),
        number: voucher.number,
        packet: voucher.packet,
        applicant: voucher.applicant,
        account: voucher.account,
        fund: voucher.fund,
        state: voucher.state,
        since: rfc3339(voucher.since),
        shares: voucher.shares,
        paid: voucher.paid,
        revocable: contents.money().is_some_and(|money| money.revocable),
        expires: rfc3339(voucher.until),
        changes: changed.into_iter().map(ChangeView::from).collect(),
    })
}
