//! Goods that a collector chose over money and that are not there, or are broken: the code ends, and the collector gets the money
//! of that share after all, as a packet of its own. One decision; its voucher is fetched like any other's.

use std::sync::Arc;

use super::handing::{Step, checked, either, staff, take};
use super::ledger::Why;
use crate::api::states::GoodsState;
use crate::enterprise::admin::{GoodsOne, Refund};
use crate::enterprise::failure::Failure;
use crate::enterprise::issuing::{self, Place, Signed};
use crate::enterprise::{Enterprise, campaigns, inbox, recovery, stored};
use crate::jose::ClientId;
use crate::money::Amount;
use crate::packet::{Contents, Packet};
use crate::party::Party;
use crate::store::{Row, StoreError, Tx, values};

/// Ends a code whose goods cannot be handed over, and gives back what the collector chose them over; once.
pub(in crate::enterprise) async fn refund(enterprise: &Arc<Enterprise>, request: Refund) -> Result<GoodsOne, Failure> {
    let by = staff(request.by)?;
    checked("reason", &request.reason)?;
    let (party, reason) = (enterprise.party.clone(), request.reason);
    let action = move |tx: &mut Tx<'_>, row: &Row, now: i64| {
        // The code may have been used after the copy.
        recovery::may_give(tx, row.text("campaign")?)?;
        let money = money(row)?.ok_or_else(no_money)?;
        let (moves, reason) = (Some(Why::Missing), Some(reason.as_str()));
        let step = Step { moves, reason, ..Step::to(GoodsState::Refunded, &by) };
        take(tx, row, &step, now)?;
        pay_back(tx, &party, row, money, now)
    };
    let refunded = either(enterprise, &request.goods, action).await?;
    // The new packet waits for its voucher.
    enterprise.wake.wake();
    Ok(refunded)
}

/// What the collector could have had instead of the goods, if anything.
fn money(row: &Row) -> Result<Option<Amount>, StoreError> {
    match Packet::read(row.text("jws")?).map_err(|_| stored::strange("jws"))?.claims.contents {
        Contents::Goods { cash, .. } => Ok(cash.map(|cash| cash.amount)),
        Contents::Bank { .. } => Err(stored::strange("jws")),
    }
}

fn no_money() -> Failure {
    let detail = "The packet promises goods and no money, so there is nothing to give back.";
    let next = "`hongbao-server goods out-of-stock` keeps the code good until the goods are there.";
    Failure::refused("no-money", 409, "Nothing but goods was promised", detail, next)
}

/// Signs and stores the packet of money, for the collector alone. It is beyond the packets that its campaign was to have.
fn pay_back(tx: &mut Tx<'_>, party: &Party, row: &Row, money: Amount, now: i64) -> Result<(), Failure> {
    let campaign = campaigns::load(tx, row.text("campaign")?)?.map(|(campaign, _)| campaign);
    let campaign = campaign.ok_or_else(|| stored::strange("campaign"))?;
    let client: ClientId = stored::parsed(row, "client")?;
    let serial = issuing::next_serial(tx)?;
    let claims = campaign.refund_packet(issuing::fresh(party, serial)?, client, money);
    let signed = Signed::of(party, &campaign, claims)?;
    let place = Place { kind: "first", serial, download: None, issue: None, batch: None, draw: None };
    inbox::know(tx, &client, now)?;
    signed.store(tx, &place, now, party.clock.now_ms())?;
    let kept = "INSERT INTO goods_refund (collection, packet, at) VALUES (?1, ?2, ?3)";
    tx.execute(kept, &values![row.text("id")?, signed.id().to_string(), now])?;
    Ok(())
}
