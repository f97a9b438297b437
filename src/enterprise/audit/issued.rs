//! Packets, vouchers and inboxes: consecutive serials, genuine signatures, each delivered once.

use super::Keys;
use crate::enterprise::campaigns;
use crate::packet::file::Voucher;
use crate::packet::verify::{CheckKind, Outcome};
use crate::packet::{Packet, PacketFile, Trust, verify};
use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx, values};

pub(super) fn check(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    // After the register was put back from a copy they go on above all that may have been given.
    let floors = tx.rows("SELECT floor FROM restore", &[])?;
    let floors: Vec<i64> = floors.iter().map(|row| row.int("floor")).collect::<Result<_, _>>()?;
    let sql = "SELECT packet.*, voucher.jws AS voucher, voucher.number AS number, voucher.bank AS voucher_bank, \
               draw.draw AS draw, draw.bank AS draw_bank FROM packet \
               LEFT JOIN voucher ON voucher.packet = packet.id LEFT JOIN draw ON draw.packet = packet.id \
               WHERE packet.serial > ?1 ORDER BY packet.serial LIMIT ?2";
    let mut at = 0_i64;
    each(tx, sql, ("serial", i64::MIN), &[], |tx, row| {
        let skipped = floors.iter().copied().filter(|floor| *floor < row.int("serial").unwrap_or_default());
        at = skipped.max().unwrap_or_default().max(at) + 1;
        auditor.equal("serials-consecutive", row.text("id")?, at, row.int("serial")?);
        packet(row, keys, auditor)?;
        delivery(tx, row, auditor)
    })?;
    vouchers(tx, auditor)?;
    draws(tx, auditor)?;
    replaced(tx, auditor)?;
    counts(tx, auditor)
}

/// Every answered request for draws brought as many as were asked for, and none was spent on what is no packet.
fn draws(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let requests = "SELECT * FROM (SELECT id, CASE WHEN answered_at IS NULL THEN 0 ELSE count END AS given, \
                    (SELECT COUNT(*) FROM draw WHERE draw.request = draw_request.id) AS kept FROM draw_request) AS counted \
                    WHERE given <> kept ORDER BY id";
    for row in &tx.rows(requests, &[])? {
        auditor.equal("draws-kept", row.text("id")?, row.int("given")?, row.int("kept")?);
    }
    let lost = "SELECT draw FROM draw WHERE packet IS NOT NULL \
                AND NOT EXISTS (SELECT 1 FROM packet WHERE packet.id = draw.packet) ORDER BY draw";
    for row in &tx.rows(lost, &[])? {
        auditor.differ("draw-has-packet", row.text("draw")?, "a packet", "none");
    }
    Ok(())
}

/// The stored packet is what was signed, its voucher is for it, and the columns say what the messages say.
fn packet(row: &Row, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = row.text("id")?;
    let Ok(packet) = Packet::read(row.text("jws")?) else {
        auditor.differ("packet-genuine", id, "a signed packet", "something else");
        return Ok(());
    };
    auditor.equal("packet-genuine", id, id, &packet.id().to_string());
    let is_ours = keys.own.find(&packet.jws.signer()).is_some_and(|key| packet.jws.verify(key).is_ok());
    auditor.equal("packet-genuine", id, "signed by us", if is_ours { "signed by us" } else { "not signed by us" });
    let claims = &packet.claims;
    let total = claims.contents.total().ok().flatten();
    auditor.equal("packet-as-signed", id, i64::try_from(claims.envelope.serial).unwrap_or(0), row.int("serial")?);
    auditor.equal("packet-as-signed", id, claims.campaign.as_str(), row.text("campaign")?);
    auditor.equal("packet-as-signed", id, claims.exp, row.int("expires")?);
    auditor.equal("packet-as-signed", id, total.map_or(0, |total| total.minor), row.int("amount")?);
    let to = claims.cnf.as_ref().map(|cnf| cnf.jkt.to_string()).unwrap_or_default();
    auditor.equal("packet-as-signed", id, to.as_str(), row.opt_text("recipient")?.unwrap_or_default());
    let drawn = claims.contents.draw().map(|draw| format!("{draw} of {}", row.text("bank").unwrap_or_default()));
    let spent = row.opt_text("draw")?.zip(row.opt_text("draw_bank")?).map(|(draw, bank)| format!("{draw} of {bank}"));
    auditor.equal("packet-draw", id, drawn.unwrap_or_default(), spent.unwrap_or_default());
    let kind = if claims.reward_for.is_some() { "reward" } else { "first" };
    auditor.equal("packet-as-signed", id, kind, row.text("kind")?);
    let (vouched, state) = (row.opt_text("voucher")?, row.text("state")?);
    // Goods alone have none.
    let needs_one = state == "issued" && claims.contents.money().is_some();
    auditor.equal("issued-has-voucher", id, needs_one, vouched.is_some());
    vouched.map_or(Ok(()), |voucher| check_voucher(row, packet, voucher, keys, auditor))
}

fn check_voucher(
    row: &Row,
    packet: Packet,
    compact: &str,
    keys: &Keys,
    auditor: &mut Auditor,
) -> Result<(), StoreError> {
    let id = row.text("id")?;
    let Ok(voucher) = Voucher::read(compact) else {
        auditor.differ("voucher-genuine", id, "a signed voucher", "something else");
        return Ok(());
    };
    auditor.equal("voucher-as-signed", id, voucher.claims.number.as_str(), row.text("number")?);
    auditor.equal("voucher-as-signed", id, voucher.claims.iss.as_str(), row.text("voucher_bank")?);
    let trust = Trust { banks: keys.banks.iter().cloned().collect(), ..Trust::default() };
    let file = PacketFile { packet, voucher: Some(voucher), hops: Vec::new(), note: None, media: Vec::new() };
    let report = verify(&file, &trust);
    for kind in [CheckKind::VoucherSignature, CheckKind::VoucherMatch] {
        if report.outcome(kind) != Some(Outcome::Passed) {
            auditor.differ(
                "voucher-genuine",
                id,
                "the pinned bank's voucher for this packet",
                format!("{kind:?} failed"),
            );
        }
    }
    Ok(())
}

/// A packet for one client is in that client's inbox exactly once when it is issued, and in nobody else's.
fn delivery(tx: &mut Tx<'_>, row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let (id, recipient) = (row.text("id")?, row.opt_text("recipient")?);
    let sql = "SELECT client, kind FROM inbox WHERE head = ?1";
    let found = tx.rows(sql, &values![id])?;
    let found: Vec<(&str, &str)> =
        found.iter().map(|row| Ok((row.text("client")?, row.text("kind")?))).collect::<Result<_, StoreError>>()?;
    let kind = if row.text("kind")? == "reward" { "reward" } else { "packet" };
    let expected = match recipient {
        Some(recipient) if row.text("state")? == "issued" => vec![(recipient, kind)],
        _ => Vec::new(),
    };
    auditor.equal("delivered-once", id, format!("{expected:?}"), format!("{found:?}"));
    again(tx, row, auditor)
}

/// What was sent again went into the same client's inbox, once for each request.
fn again(tx: &mut Tx<'_>, row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = row.text("id")?;
    let Some(recipient) = row.opt_text("recipient")? else { return Ok(()) };
    let sql = "SELECT (SELECT COUNT(*) FROM reissue WHERE reissue.packet = ?1) AS asked, \
               (SELECT COUNT(*) FROM inbox WHERE inbox.again = ?1) AS sent, \
               (SELECT COUNT(*) FROM inbox WHERE inbox.again = ?1 AND inbox.client = ?2) AS reached";
    let row = tx.one(sql, &values![id, recipient])?;
    auditor.equal("sent-again-as-asked", id, row.int("asked")?, row.int("sent")?);
    auditor.equal("sent-again-as-asked", id, row.int("asked")?, row.int("reached")?);
    Ok(())
}

/// No voucher without its packet, and no inbox with holes.
fn vouchers(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let orphans = "SELECT packet FROM voucher WHERE NOT EXISTS (SELECT 1 FROM packet WHERE packet.id = voucher.packet)";
    for row in &tx.rows(orphans, &[])? {
        auditor.differ("voucher-has-packet", row.text("packet")?, "a packet", "none");
    }
    let inboxes = "SELECT client, COUNT(*) AS items, MAX(cursor) - base AS newest FROM (SELECT client, cursor, \
                   COALESCE((SELECT MAX(floor) FROM restore WHERE floor < cursor), 0) AS base FROM inbox) AS placed \
                   GROUP BY client, base HAVING COUNT(*) <> MAX(cursor) - base ORDER BY client, base";
    for row in &tx.rows(inboxes, &[])? {
        auditor.equal("inbox-without-holes", row.text("client")?, row.int("items")?, row.int("newest")?);
    }
    Ok(())
}

/// What stands in another's place is of the same campaign, and nobody was paid for the other.
fn replaced(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    let wrong = "SELECT replacement.packet FROM replacement JOIN packet AS old ON old.id = replacement.packet \
                 JOIN packet AS new ON new.id = replacement.made \
                 WHERE old.campaign <> new.campaign OR old.kind <> 'first' OR new.kind <> 'first' \
                 OR new.serial <= old.serial \
                 OR NOT EXISTS (SELECT 1 FROM feed WHERE feed.packet = old.id AND feed.kind = 'withdrawn') \
                 OR EXISTS (SELECT 1 FROM feed WHERE feed.packet = old.id AND feed.kind = 'collected')";
    for row in &tx.rows(wrong, &[])? {
        auditor.differ("replaced-after-withdrawal", row.text("packet")?, "nothing paid, all withdrawn", "otherwise");
    }
    Ok(())
}

/// Never more packets than a campaign or a request allows.
fn counts(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    for (campaign, row) in campaigns::all(tx)? {
        let first = "SELECT COUNT(*) AS issued FROM packet WHERE campaign = ?1 AND kind = 'first' \
                     AND NOT EXISTS (SELECT 1 FROM goods_refund WHERE goods_refund.packet = packet.id)";
        let issued = tx.one(first, &values![&campaign.id])?.int("issued")?;
        auditor.equal("campaign-signed", &campaign.id, issued, row.int("signed")?);
        if issued > i64::from(campaign.terms.count) {
            auditor.differ("campaign-count", &campaign.id, format!("at most {}", campaign.terms.count), issued);
        }
        let has_fund = campaign.terms.reward.is_some() && row.text("state")? == "open";
        auditor.equal("open-campaign-has-fund", &campaign.id, has_fund, campaign.fund.is_some());
    }
    let requests = "SELECT * FROM (SELECT request, count, (SELECT COUNT(*) FROM packet WHERE packet.issue = issue.request \
                    AND serial BETWEEN first_serial AND first_serial + count - 1) AS made FROM issue) AS counted \
                    WHERE count <> made ORDER BY request";
    for row in &tx.rows(requests, &[])? {
        auditor.equal("request-issued-whole", row.text("request")?, row.int("count")?, row.int("made")?);
    }
    let loose = "SELECT id FROM packet WHERE kind = 'first' AND batch IS NULL \
                 AND NOT EXISTS (SELECT 1 FROM goods_refund WHERE goods_refund.packet = packet.id) \
                 AND NOT EXISTS (SELECT 1 FROM issue \
                 WHERE issue.request = packet.issue \
                 AND packet.serial BETWEEN first_serial AND first_serial + count - 1) ORDER BY id";
    for row in &tx.rows(loose, &[])? {
        auditor.differ("packet-has-request", row.text("id")?, "a request", "none");
    }
    Ok(())
}
