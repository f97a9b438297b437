//! What the banks told: never more paid and returned than was frozen, and all of it once a voucher is finished.

use crate::party::audit::{Auditor, each};
use crate::store::{Row, StoreError, Tx};

const VOUCHERS: &str = "SELECT voucher.packet, voucher.number, voucher.finished, packet.amount, packet.bank, \
    (SELECT COUNT(*) FROM feed WHERE feed.packet = voucher.packet AND feed.voucher <> voucher.number) AS others, \
    (SELECT COUNT(*) FROM feed WHERE feed.packet = voucher.packet AND feed.kind = 'collected') AS shares, \
    (SELECT COUNT(DISTINCT feed.share) FROM feed WHERE feed.packet = voucher.packet AND feed.kind = 'collected') AS places, \
    (SELECT COUNT(DISTINCT feed.reward_for) FROM feed \
        WHERE feed.packet = voucher.packet AND feed.kind = 'collected') AS people, \
    (SELECT COUNT(*) FROM feed WHERE feed.packet = voucher.packet \
        AND feed.kind IN ('paid', 'returned', 'withdrawn')) AS ends, \
    (SELECT CAST(COALESCE(SUM(feed.amount), 0) AS BIGINT) FROM feed \
        WHERE feed.packet = voucher.packet AND feed.kind = 'issued') AS told_frozen, \
    (SELECT COUNT(*) FROM feed WHERE feed.packet = voucher.packet AND feed.kind = 'issued') AS told_issued, \
    (SELECT CAST(COALESCE(SUM(feed.amount), 0) AS BIGINT) FROM feed \
        WHERE feed.packet = voucher.packet AND feed.kind = 'collected') AS collected, \
    (SELECT CAST(COALESCE(SUM(feed.amount), 0) AS BIGINT) FROM feed \
        WHERE feed.packet = voucher.packet AND feed.kind IN ('returned', 'withdrawn')) AS returned, \
    (SELECT COUNT(*) FROM goods_wish WHERE goods_wish.packet = voucher.packet AND goods_wish.state = 'given') AS given, \
    (SELECT COALESCE(MAX(shares), 1) FROM goods_packet WHERE goods_packet.packet = voucher.packet) AS parts \
    FROM voucher JOIN packet ON packet.id = voucher.packet WHERE voucher.packet > ?1 ORDER BY voucher.packet LIMIT ?2";

pub(super) fn check(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    each(tx, VOUCHERS, ("packet", ""), &[], |_, row| voucher(row, auditor))?;
    let strangers = "SELECT bank, cursor FROM feed \
                     WHERE NOT EXISTS (SELECT 1 FROM packet WHERE packet.id = feed.packet AND packet.bank = feed.bank)";
    for row in &tx.rows(strangers, &[])? {
        auditor.differ(
            "feed-is-about-us",
            format!("{}#{}", row.text("bank")?, row.int("cursor")?),
            "our packet",
            "another",
        );
    }
    let cursors = "SELECT origin, feed_cursor, \
                   (SELECT COALESCE(MAX(cursor), 0) FROM feed WHERE feed.bank = bank.origin) AS newest FROM bank";
    for row in &tx.rows(cursors, &[])? {
        // Entries that fit no packet of ours were dropped, so the last one kept may lie before the cursor.
        let (newest, cursor) = (row.int("newest")?, row.int("feed_cursor")?);
        if newest > cursor {
            auditor.differ("feed-cursor", row.text("origin")?, format!("at most {cursor}"), newest);
        }
    }
    Ok(())
}

fn voucher(row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let packet = row.text("packet")?;
    let frozen = row.int("amount")?;
    // Of goods or cash, what was given up for goods went back share by share.
    let given_up = row.int("given")?.saturating_mul(frozen / row.int("parts")?.max(1));
    let told = row.int("collected")?.saturating_add(row.int("returned")?).saturating_add(given_up);
    let ends = row.int("ends")?;
    if told > frozen {
        auditor.differ("paid-within-frozen", packet, format!("at most {frozen}"), told);
    }
    if ends > 0 && told != frozen {
        auditor.differ("finished-adds-up", packet, frozen, told);
    }
    if row.int("told_issued")? > 0 {
        auditor.equal("issued-as-frozen", packet, frozen, row.int("told_frozen")?);
    }
    auditor.equal("finished-as-told", packet, i64::from(ends > 0), row.int("finished")?);
    auditor.equal("share-paid-once", packet, row.int("shares")?, row.int("places")?);
    auditor.equal("share-per-person", packet, row.int("shares")?, row.int("people")?);
    auditor.equal("feed-names-voucher", packet, 0, row.int("others")?);
    Ok(())
}
