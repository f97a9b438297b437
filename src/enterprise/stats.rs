//! What became of campaigns and packets, by serial number and in pages, counted from the rows.

use std::collections::BTreeMap;

use super::admin::stats::{CampaignStats, Counts, PAGE_PACKETS, PacketStats, Stats};
use super::failure::Failure;
use super::terms::Campaign;
use super::{Enterprise, campaigns, issuing, stored};
use crate::api::states::VoucherState;
use crate::clock::rfc3339;
use crate::money::Amount;
use crate::packet::Origin;
use crate::party::recovery;
use crate::store::{Row, StoreError, Tx, Value, values};

const SELECT: &str = "SELECT packet.serial, packet.id, packet.campaign, packet.kind, packet.state, packet.recipient, \
    packet.download, packet.issued_at, packet.currency, packet.amount AS frozen, \
    (SELECT COUNT(*) FROM notice WHERE notice.packet = packet.id) AS opened, \
    (SELECT COUNT(*) FROM notice WHERE notice.packet = packet.id AND notice.hops > 0) AS forwarded, \
    (SELECT COUNT(*) FROM reward WHERE reward.packet = packet.id AND reward.owed_at IS NOT NULL) AS rewarded, \
    (SELECT COUNT(*) FROM reward WHERE reward.packet = packet.id AND reward.state = 'waiting') AS waiting, \
    (SELECT COUNT(*) FROM reward WHERE reward.packet = packet.id AND reward.state = 'held' AND reward.judged IS NULL) AS held, \
    (SELECT COUNT(*) FROM feed WHERE feed.packet = packet.id AND feed.kind = 'collected') \
        + (SELECT COUNT(*) FROM goods_collection WHERE goods_collection.packet = packet.id) AS collected, \
    (SELECT COUNT(*) FROM goods_collection WHERE goods_collection.packet = packet.id \
        AND goods_collection.state IN ('redeemed', 'shipped', 'delivered')) AS handed, \
    (SELECT CAST(COALESCE(SUM(feed.amount), 0) AS BIGINT) FROM feed \
        WHERE feed.packet = packet.id AND feed.kind = 'collected') AS paid, \
    (SELECT CAST(COALESCE(SUM(feed.amount), 0) AS BIGINT) FROM feed \
        WHERE feed.packet = packet.id AND feed.kind IN ('returned', 'withdrawn')) AS returned, \
    (SELECT MIN(feed.at) FROM feed WHERE feed.packet = packet.id AND feed.kind = 'collected') AS collected_at, \
    (SELECT MAX(feed.kind) FROM feed WHERE feed.packet = packet.id \
        AND feed.kind IN ('paid', 'returned', 'withdrawn')) AS ended, \
    (SELECT MAX(feed.at) FROM feed WHERE feed.packet = packet.id \
        AND feed.kind IN ('paid', 'returned', 'withdrawn')) AS ended_at, \
    (SELECT MAX(instructed.until) FROM instructed \
        WHERE instructed.packet = packet.id AND instructed.result = 'extended') AS extended \
    FROM packet";

/// A page of statistics of one campaign, or of all: the packets behind the serial number `after`.
pub(super) async fn of(enterprise: &Enterprise, campaign: Option<String>, after: i64) -> Result<Stats, Failure> {
    let own = enterprise.party.origin.clone();
    enterprise.party.store.read(move |tx| collect(tx, &own, campaign.as_deref(), after)).await
}

fn collect(tx: &mut Tx<'_>, own: &Origin, campaign: Option<&str>, after: i64) -> Result<Stats, Failure> {
    let named = campaign.map(|id| campaigns::load(tx, id)?.ok_or_else(campaigns::unknown)).transpose()?;
    let most = i64::try_from(PAGE_PACKETS).unwrap_or(i64::MAX);
    let of = if campaign.is_some() { "packet.campaign = ?3 AND" } else { "" };
    let sql = format!("{SELECT} WHERE {of} packet.serial > ?1 ORDER BY packet.serial LIMIT ?2");
    let mut values = values![after, most + 1].to_vec();
    values.extend(campaign.map(Value::from));
    let mut rows = tx.rows(&sql, &values)?;
    let more = rows.len() > PAGE_PACKETS;
    rows.truncate(PAGE_PACKETS);
    let mut chosen: Vec<Campaign> = named.into_iter().map(|(campaign, _)| campaign).collect();
    for row in &rows {
        let id = row.text("campaign")?;
        if chosen.iter().all(|known| known.id != id) {
            chosen.push(campaigns::load(tx, id)?.ok_or_else(|| stored::strange("campaign"))?.0);
        }
    }
    chosen.sort_by(|one, other| (one.created, &one.id).cmp(&(other.created, &other.id)));
    let shares: BTreeMap<&str, u32> = chosen.iter().map(|it| (it.id.as_str(), it.terms.shares)).collect();
    let packets = rows.iter().map(|row| packet(row, own, &shares)).collect::<Result<Vec<_>, StoreError>>()?;
    let mut by_campaign: BTreeMap<&str, Vec<&PacketStats>> = BTreeMap::new();
    for packet in &packets {
        by_campaign.entry(&packet.campaign).or_default().push(packet);
    }
    let campaigns = chosen.iter().map(|campaign| {
        let packets = by_campaign.get(campaign.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        sum(campaign, packets)
    });
    let campaigns = campaigns.collect::<Result<_, StoreError>>()?;
    let totals = total(packets.iter());
    let recovering = recovery::under_way(tx)?.is_some();
    Ok(Stats { campaigns, packets, totals, more, recovering })
}

fn packet(row: &Row, own: &Origin, shares: &BTreeMap<&str, u32>) -> Result<PacketStats, StoreError> {
    let currency = stored::parsed(row, "currency")?;
    let standing = standing(row)?;
    let of_campaign = shares.get(row.text("campaign")?).copied().unwrap_or(1);
    Ok(PacketStats {
        serial: stored::count(row, "serial")?,
        id: stored::parsed(row, "id")?,
        campaign: row.text("campaign")?.to_owned(),
        kind: row.text("kind")?.to_owned(),
        state: row.text("state")?.to_owned(),
        voucher: standing.map(|(state, _)| state),
        voucher_since: standing.map(|(_, since)| rfc3339(since)),
        extended: row.opt_int("extended")?.map(rfc3339),
        shares: if row.text("kind")? == "reward" { 1 } else { of_campaign },
        to: stored::opt_parsed(row, "recipient")?,
        link: row.opt_text("download")?.map(|download| issuing::link(own, download)),
        issued: row.opt_int("issued_at")?.map(rfc3339),
        opened: stored::count(row, "opened")?,
        forwarded: stored::count(row, "forwarded")?,
        collected: stored::count(row, "collected")?,
        handed: stored::count(row, "handed")?,
        rewarded: stored::count(row, "rewarded")?,
        waiting: stored::count(row, "waiting")?,
        held: stored::count(row, "held")?,
        paid: Amount::new(row.int("paid")?, currency),
        returned: Amount::new(row.int("returned")?, currency),
    })
}

/// Where a voucher stands and since when, as far as its bank has told; none before there is one.
fn standing(row: &Row) -> Result<Option<(VoucherState, i64)>, StoreError> {
    // Of goods alone no money is frozen, and no bank knows them.
    let Some(issued_at) = row.opt_int("issued_at")?.filter(|_| row.int("frozen") != Ok(0)) else { return Ok(None) };
    let ended = stored::opt_parsed(row, "ended")?.zip(row.opt_int("ended_at")?);
    let begun = row.opt_int("collected_at")?.map(|at| (VoucherState::PartlyPaid, at));
    Ok(ended.or(begun).or(Some((VoucherState::Issued, issued_at))))
}

fn sum(campaign: &Campaign, packets: &[&PacketStats]) -> Result<CampaignStats, StoreError> {
    let none = Amount::new(0, campaign.terms.amount.currency);
    let money = |of: fn(&PacketStats) -> Amount| {
        packets.iter().try_fold(none, |sum, packet| sum.plus(of(packet))).map_err(|_| stored::strange("amount"))
    };
    Ok(CampaignStats {
        id: campaign.id.clone(),
        title: campaign.terms.title.clone(),
        counts: total(packets.iter().copied()),
        paid: money(|packet| packet.paid)?,
        returned: money(|packet| packet.returned)?,
    })
}

fn total<'a>(packets: impl Iterator<Item = &'a PacketStats>) -> Counts {
    let mut all = Counts::default();
    for packet in packets {
        all.add(Counts {
            issued: u64::from(packet.issued.is_some()),
            opened: packet.opened,
            forwarded: packet.forwarded,
            collected: packet.collected,
            handed: packet.handed,
            rewarded: packet.rewarded,
            waiting: packet.waiting,
            held: packet.held,
        });
    }
    all
}
