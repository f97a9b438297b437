//! The applicant's feed: what happened to its vouchers, by cursor, and nothing of the persons paid.

use crate::api::feed::{FeedAnswer, FeedClaims, FeedEntry, FeedKind, PAGE};
use crate::bank::Bank;
use crate::bank::error::{BankError, stored, stored_opt, strange};
use crate::bank::vouchers::Issue;
use crate::jose::{Digest, Typ};
use crate::money::Amount;
use crate::packet::Origin;
use crate::store::{Row, StoreError, Tx};
use crate::values;

/// What happened to a voucher.
#[derive(Clone, Debug)]
pub struct Event {
    /// What.
    pub kind: FeedKind,
    /// How much, in minor units of the voucher's currency.
    pub minor: i64,
    /// Which share, and the hash of packet and collector.
    pub share: Option<(i64, Digest)>,
}

const fn word(kind: FeedKind) -> &'static str {
    match kind {
        FeedKind::Issued => "issued",
        FeedKind::Collected => "collected",
        FeedKind::Paid => "paid",
        FeedKind::Returned => "returned",
        FeedKind::Withdrawn => "withdrawn",
    }
}

fn kind(row: &Row) -> Result<FeedKind, StoreError> {
    let text = row.text("kind")?;
    let all = [FeedKind::Issued, FeedKind::Collected, FeedKind::Paid, FeedKind::Returned, FeedKind::Withdrawn];
    all.into_iter().find(|kind| word(*kind) == text).ok_or_else(|| strange("kind"))
}

/// Appends to the feed of the voucher's applicant, within the decision that made it happen.
///
/// # Errors
/// [`StoreError`].
pub fn append(tx: &mut Tx<'_>, voucher: &Issue, event: &Event, now: i64) -> Result<(), StoreError> {
    let applicant = voucher.applicant.as_str();
    tx.execute(
        // After books were put back from a copy, behind all that the applicant may have read.
        "INSERT INTO feed (applicant, cursor, at, kind, packet, voucher, amount, currency, share, reward_for) \
         SELECT ?1, MAX(n) + 1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 FROM \
         (SELECT COALESCE(MAX(cursor), 0) AS n FROM feed WHERE applicant = ?1 \
         UNION ALL SELECT COALESCE(MAX(floor), 0) FROM restore) AS known",
        &values![
            applicant,
            now,
            word(event.kind),
            voucher.packet.to_string(),
            &voucher.number,
            event.minor,
            voucher.currency.as_str(),
            event.share.map(|(place, _)| place),
            event.share.map(|(_, digest)| digest.to_string()),
        ],
    )?;
    Ok(())
}

/// One signed page for an applicant: what happened after the cursor `after`.
///
/// # Errors
/// [`BankError`].
pub async fn page(bank: &Bank, applicant: Origin, after: i64) -> Result<FeedAnswer, BankError> {
    let aud = applicant.clone();
    let entries = bank.party.store.read(move |tx| entries(tx, &applicant, after)).await?;
    let claims = FeedClaims {
        iss: bank.party.origin.clone(),
        aud,
        iat: bank.party.now(),
        after,
        next: entries.last().map_or(after, |entry| entry.cursor),
        entries,
    };
    Ok(FeedAnswer { feed: bank.party.sign(Typ::Feed, &claims)?.as_str().to_owned() })
}

fn entries(tx: &mut Tx<'_>, applicant: &Origin, after: i64) -> Result<Vec<FeedEntry>, StoreError> {
    let sql = "SELECT * FROM feed WHERE applicant = ?1 AND cursor > ?2 ORDER BY cursor LIMIT ?3";
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
    tx.rows(sql, &values![applicant.as_str(), after, limit])?.iter().map(entry).collect()
}

fn entry(row: &Row) -> Result<FeedEntry, StoreError> {
    let share = row.opt_int("share")?.map(u32::try_from).transpose().map_err(|_| strange("share"))?;
    Ok(FeedEntry {
        cursor: row.int("cursor")?,
        at: row.int("at")?,
        kind: kind(row)?,
        packet: stored(row, "packet")?,
        voucher: row.text("voucher")?.to_owned(),
        amount: Amount { minor: row.int("amount")?, currency: stored(row, "currency")? },
        share,
        reward_for: stored_opt(row, "reward_for")?,
    })
}
