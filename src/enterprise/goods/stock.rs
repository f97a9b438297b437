//! Stock: how many units there are, and that no packet promises what is not there.

use std::sync::Arc;

use super::MAX_UNITS;
use super::ledger::{self, Move, Why};
use crate::enterprise::admin::{ChangeStock, StockView};
use crate::enterprise::failure::Failure;
use crate::enterprise::terms::Campaign;
use crate::enterprise::{Enterprise, campaigns, issuing, stored};
use crate::packet::{Contents, PacketClaims};
use crate::store::{StoreError, Tx, values};

/// Opens the stock of a new campaign, with so many units in it.
pub(in crate::enterprise) fn open(tx: &mut Tx<'_>, campaign: &str, units: u64, now: i64) -> Result<(), Failure> {
    tx.execute(
        "INSERT INTO goods_stock (campaign, free, promised, given, handed) VALUES (?1, 0, 0, 0, 0)",
        &values![campaign],
    )?;
    if units == 0 {
        return Ok(());
    }
    let units = i64::try_from(units).unwrap_or(i64::MAX);
    // The campaign's id is the id of the request that creates it.
    let movement = stocked(campaign, Why::Stocked, units, campaign);
    if ledger::book(tx, &movement, now)? { Ok(()) } else { Err(too_many()) }
}

const fn stocked<'a>(campaign: &'a str, why: Why, units: i64, request: &'a str) -> Move<'a> {
    let (packet, collection, request) = (None, None, Some(request));
    Move { why, campaign, units, packet, collection, actor: "operator", request }
}

/// Adds to a campaign's stock, or takes out of it what nothing promises.
pub(in crate::enterprise) async fn change(
    enterprise: &Arc<Enterprise>,
    campaign: String,
    change: ChangeStock,
) -> Result<StockView, Failure> {
    let now = enterprise.party.now();
    let decision = move |tx: &mut Tx<'_>| -> Result<StockView, Failure> {
        let (why, units) = match change.units {
            units if units > 0 => (Why::Stocked, units),
            units => (Why::Removed, units.checked_neg().unwrap_or(i64::MAX)),
        };
        let request = change.request.to_string();
        let known = "SELECT campaign, units, why FROM goods_move WHERE request = ?1";
        if let Some(row) = tx.first(known, &values![&request])? {
            let same =
                row.text("campaign")? == campaign && row.int("units")? == units && row.text("why")? == why.word();
            return if same { view(tx, &campaign) } else { Err(issuing::other_request()) };
        }
        let before = view(tx, &campaign)?;
        if units == 0 {
            return Err(bad("Stock changes by at least one unit."));
        }
        let (terms, _) = campaigns::load(tx, &campaign)?.ok_or_else(campaigns::unknown)?;
        let free = before.free.saturating_sub(kept(tx, &terms)?);
        let is_kept = why == Why::Removed && u64::try_from(units).is_ok_and(|units| units > free);
        if is_kept || !ledger::book(tx, &stocked(&campaign, why, units, &request), now)? {
            return Err(if why == Why::Stocked { too_many() } else { short(units, free) });
        }
        view(tx, &campaign)
    };
    enterprise.party.store.decide(decision).await
}

/// A campaign's stock.
pub(in crate::enterprise) async fn show(enterprise: &Arc<Enterprise>, campaign: String) -> Result<StockView, Failure> {
    enterprise.party.store.read(move |tx| view(tx, &campaign)).await
}

fn view(tx: &mut Tx<'_>, campaign: &str) -> Result<StockView, Failure> {
    campaigns::load(tx, campaign)?.ok_or_else(campaigns::unknown)?;
    let sql = "SELECT free, promised, given, handed FROM goods_stock WHERE campaign = ?1";
    let row = tx.first(sql, &values![campaign])?.ok_or_else(no_goods)?;
    let of = |place| stored::count(&row, place);
    let (free, promised, given, handed) = (of("free")?, of("promised")?, of("given")?, of("handed")?);
    Ok(StockView {
        campaign: campaign.to_owned(),
        stocked: free + promised + given + handed,
        free,
        promised,
        given,
        handed,
    })
}

/// Refuses packets that promise more than is in stock and not kept for a batch.
pub(in crate::enterprise) fn cover(tx: &mut Tx<'_>, campaign: &Campaign, packets: u32) -> Result<(), Failure> {
    let free = view(tx, &campaign.id)?.free.saturating_sub(kept(tx, campaign)?);
    match campaign.units(packets) {
        Some(units) if units <= free => Ok(()),
        units => Err(short(units.and_then(|units| i64::try_from(units).ok()).unwrap_or(i64::MAX), free)),
    }
}

/// Whether there is enough in stock for packets of a batch, for which it was kept.
pub(in crate::enterprise) fn is_there(tx: &mut Tx<'_>, campaign: &Campaign, packets: u32) -> Result<bool, Failure> {
    let free = view(tx, &campaign.id)?.free;
    Ok(campaign.units(packets).is_some_and(|units| units <= free))
}

/// How many units the batches that run still need.
fn kept(tx: &mut Tx<'_>, campaign: &Campaign) -> Result<u64, StoreError> {
    let row = tx.one("SELECT promised FROM campaign WHERE id = ?1", &values![&campaign.id])?;
    Ok(campaign.units(stored::small(&row, "promised")?).unwrap_or(u64::MAX))
}

/// A signed packet's goods are promised from now on.
pub(in crate::enterprise) fn issue(
    tx: &mut Tx<'_>,
    packet: &str,
    campaign: &str,
    claims: &PacketClaims,
    now: i64,
) -> Result<(), StoreError> {
    let Contents::Goods { quantity, shares, cash, .. } = &claims.contents else { return Ok(()) };
    tx.execute(
        "INSERT INTO goods_packet (packet, campaign, shares, units, opens, expires, cash) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &values![packet, campaign, *shares, *quantity, claims.nbf, claims.exp, cash.is_some()],
    )?;
    let units = i64::from(*quantity).saturating_mul(i64::from(*shares));
    let (packet, actor) = (Some(packet), "operator");
    let movement = Move { why: Why::Issued, campaign, units, packet, collection: None, actor, request: None };
    ledger::must_book(tx, &movement, now)
}

fn no_goods() -> Failure {
    let next = "`hongbao-server campaign show` says what it gives.";
    Failure::refused("no-goods", 409, "The campaign gives no goods", "Only campaigns of goods have stock.", next)
}

fn short(wanted: i64, free: u64) -> Failure {
    let detail =
        format!("{wanted} units are wanted, and {free} are in stock that no packet promises and no batch needs.");
    let next = "Add to it with `hongbao-server campaign stock add`, or ask for fewer.";
    Failure::refused("out-of-stock", 409, "Not enough goods in stock", &detail, next)
}

fn too_many() -> Failure {
    bad(&format!("A campaign has at most {MAX_UNITS} units."))
}

fn bad(detail: &str) -> Failure {
    Failure::refused("bad-stock", 422, "The stock cannot be so", detail, "Change that and try again.")
}
