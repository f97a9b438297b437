//! Tells a member that was put back from a copy what it signed for this bank: this bank's orders with the member's answers, and the
//! member's own orders that this bank answered. Nothing of it is new to the member but that it was lost.

use crate::api::recovery::{PAGE, PAGE_BYTES, Part, Record, RecoveryPage, is_cursor};
use crate::bank::error::{BankError, bad_request};
use crate::bank::{Bank, settlement};
use crate::packet::Origin;
use crate::store::{StoreError, Tx};
use crate::values;

/// The cursors of a page begin with the section they are in; ids follow.
const SENT: &str = "1.";
const ANSWERED: &str = "2.";

/// One page for a member.
///
/// # Errors
/// `bad-request` for a cursor that is none.
pub(in crate::bank) async fn tell(
    bank: &Bank,
    member: Origin,
    part: &str,
    after: &str,
) -> Result<RecoveryPage, BankError> {
    if !is_cursor(after) || part != Part::Orders.as_str() {
        return Err(bad_request("Begin with the first page of `orders`, and go on where each ends.").into());
    }
    if let Some(id) = after.strip_prefix(ANSWERED) {
        let id = id.to_owned();
        return Ok(bank.party.store.read(move |tx| answered(tx, &member, &id)).await?);
    }
    let id = after.strip_prefix(SENT).unwrap_or_default().to_owned();
    let sent = settlement::told(bank, &member, id).await?;
    let next = sent.last().map_or_else(|| ANSWERED.to_owned(), |(id, _)| format!("{SENT}{id}"));
    Ok(RecoveryPage { records: sent.into_iter().map(|(_, record)| record).collect(), next: Some(next) })
}

fn answered(tx: &mut Tx<'_>, member: &Origin, after: &str) -> Result<RecoveryPage, StoreError> {
    let sql = "SELECT o.id, o.request, v.packet_jws, v.voucher_jws FROM bank_order o JOIN voucher v ON v.number = o.voucher \
               WHERE o.bank = ?1 AND o.id > ?2 ORDER BY o.id LIMIT ?3";
    let most = i64::try_from(PAGE).unwrap_or(i64::MAX);
    let (mut page, mut bytes) = (RecoveryPage::default(), 0);
    for row in tx.rows(sql, &values![member.as_str(), after, most])? {
        let (order, packet) = (row.text("request")?.to_owned(), row.text("packet_jws")?.to_owned());
        let voucher = row.text("voucher_jws")?.to_owned();
        bytes += order.len() + packet.len() + voucher.len();
        page.records.push(Record::Answered { order, packet, voucher });
        page.next = Some(format!("{ANSWERED}{}", row.text("id")?));
        if bytes > PAGE_BYTES {
            break;
        }
    }
    Ok(page)
}
