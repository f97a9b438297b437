//! Reading the banks' feeds: what became of our vouchers, kept as told, with the cursor, in one decision per page.

use std::sync::Arc;

use super::failure::{Failure, reason};
use super::{Enterprise, banks, goods, holds, rewards, stored};
use crate::api::feed::{self, FeedAnswer, FeedClaims, FeedEntry, FeedKind};
use crate::api::routes;
use crate::packet::Origin;
use crate::party::worker::Next;
use crate::store::{StoreError, Tx, values};

/// How long after news of a bank's vouchers more is expected soon, in seconds.
const LIVELY_SECONDS: i64 = 600;
/// How often a bank is asked when nothing is expected, in milliseconds.
const QUIET_MS: i64 = 30_000;

/// One entry as a bank told it.
pub(super) struct Told<'a> {
    pub(super) bank: &'a str,
    pub(super) entry: &'a FeedEntry,
}

/// A bank to ask.
struct Source {
    bank: Origin,
    after: i64,
    is_lively: bool,
}

/// Asks every bank with open vouchers, and says when to ask again.
pub(super) async fn read_all(enterprise: &Arc<Enterprise>) -> Result<Next, Failure> {
    let now = enterprise.party.now();
    let sources = enterprise.party.store.read(move |tx| sources(tx, now)).await?;
    let poll_seconds = enterprise.settings.feed_poll_seconds.get();
    let lively_ms = i64::try_from(poll_seconds).unwrap_or(i64::MAX).saturating_mul(1000);
    let mut next = Next::WhenWoken;
    for source in sources {
        if enterprise.is_stopping() {
            break;
        }
        let news = read_bank(enterprise, &source).await;
        let is_lively = match news {
            Ok(is_new) => is_new || source.is_lively,
            Err(error) => {
                tracing::warn!(bank = %source.bank, %error, "a bank's feed cannot be read now");
                false
            }
        };
        let wait = if is_lively { lively_ms.min(QUIET_MS) } else { QUIET_MS };
        next = next.or(Next::At(enterprise.party.clock.now_ms().saturating_add(wait)));
    }
    Ok(next)
}

/// Banks with vouchers that are not finished. Of those of which news are expected is a bank that just had some, that a
/// reward waits for, or whose voucher just expired.
fn sources(tx: &mut Tx<'_>, now: i64) -> Result<Vec<Source>, StoreError> {
    let rows = tx.rows(
        "SELECT origin, feed_cursor, (CASE WHEN feed_changed > ?1 \
           OR EXISTS (SELECT 1 FROM campaign WHERE campaign.bank = bank.origin AND campaign.expires BETWEEN ?1 AND ?2) \
           OR EXISTS (SELECT 1 FROM packet JOIN voucher ON voucher.packet = packet.id WHERE packet.kind = 'reward' \
                      AND packet.bank = bank.origin AND voucher.finished = 0 AND packet.expires BETWEEN ?1 AND ?2) \
           OR EXISTS (SELECT 1 FROM reward JOIN voucher ON voucher.packet = reward.packet \
                      WHERE reward.state = 'waiting' AND voucher.finished = 0 AND voucher.bank = bank.origin) \
           THEN 1 ELSE 0 END) AS lively \
         FROM bank WHERE EXISTS (SELECT 1 FROM voucher WHERE voucher.bank = bank.origin AND voucher.finished = 0)",
        &values![now - LIVELY_SECONDS, now],
    )?;
    let mut found = Vec::new();
    for row in &rows {
        let bank = stored::origin(row, "origin")?;
        found.push(Source { bank, after: row.int("feed_cursor")?, is_lively: row.flag("lively")? });
    }
    Ok(found)
}

/// Reads one bank's feed to its end; whether there was anything new.
async fn read_bank(enterprise: &Arc<Enterprise>, source: &Source) -> Result<bool, Failure> {
    let party = &enterprise.party;
    let mut after = source.after;
    while !enterprise.is_stopping() {
        let path = format!("{}?after={after}", routes::FEED);
        let answer: FeedAnswer = party.get(&source.bank, &path).await.map_err(|e| StoreError::Other(reason(&e)))?;
        let keys = banks::keys_for(enterprise, &source.bank, &answer.feed).await?;
        let page = feed::read(&answer.feed, &source.bank, &keys, &party.origin, after)?;
        if page.entries.is_empty() {
            break;
        }
        after = page.next;
        let (now, has_news) = (party.now(), page.entries.iter().any(|entry| entry.kind != FeedKind::Issued));
        let decision = move |tx: &mut Tx<'_>| keep(tx, &page, now);
        party.store.decide(decision).await?;
        if has_news {
            enterprise.wake.wake();
        }
    }
    Ok(after > source.after)
}

/// Keeps a page. A page that was kept before, by a reader that was just as far, changes nothing.
fn keep(tx: &mut Tx<'_>, page: &FeedClaims, now: i64) -> Result<(), StoreError> {
    let bank = page.iss.as_str();
    let moved = "UPDATE bank SET feed_cursor = ?2, feed_changed = ?3 WHERE origin = ?1 AND feed_cursor = ?4";
    if tx.execute(moved, &values![bank, page.next, now, page.after])? == 0 {
        return Ok(());
    }
    for entry in &page.entries {
        let told = Told { bank, entry };
        match judge(tx, &told)? {
            Judged::News => keep_entry(tx, bank, entry)?,
            Judged::Known => continue,
            Judged::Unfit(why) => {
                tracing::warn!(bank, cursor = entry.cursor, packet = %entry.packet, why, "an entry of a bank's feed is dropped");
                continue;
            }
        }
        match entry.kind {
            FeedKind::Issued => {}
            FeedKind::Collected => {
                rewards::friend_collected(tx, &told, now)?;
                goods::took_cash(tx, &entry.packet, now)?;
            }
            FeedKind::Paid | FeedKind::Returned | FeedKind::Withdrawn => {
                let sql = "UPDATE voucher SET finished = 1 WHERE packet = ?1 AND bank = ?2";
                let packet = entry.packet.to_string();
                tx.execute(sql, &values![&packet, bank])?;
                holds::end_uncollected(tx, &packet, bank, now)?;
                if entry.kind == FeedKind::Withdrawn {
                    goods::withdrawn(tx, &packet, now)?;
                }
            }
        }
    }
    Ok(())
}

/// What an entry is to us.
enum Judged {
    /// It is kept.
    News,
    /// It says what our voucher says itself, so there is nothing to keep.
    Known,
    /// It cannot be about one of our packets: a bank is believed about its own vouchers only.
    Unfit(&'static str),
}

fn judge(tx: &mut Tx<'_>, told: &Told<'_>) -> Result<Judged, StoreError> {
    let Told { bank, entry } = told;
    let sql = "SELECT packet.amount, packet.currency, voucher.number FROM packet \
               LEFT JOIN voucher ON voucher.packet = packet.id WHERE packet.id = ?1 AND packet.bank = ?2";
    let Some(row) = tx.first(sql, &values![entry.packet.to_string(), *bank])? else {
        return Ok(Judged::Unfit("not our packet at this bank"));
    };
    let (frozen, number) = (row.int("amount")?, row.opt_text("number")?);
    Ok(if entry.amount.currency.as_str() != row.text("currency")? {
        Judged::Unfit("another currency")
    } else if entry.amount.minor <= 0 || entry.amount.minor > frozen {
        Judged::Unfit("not within what is frozen")
    } else if number.is_some_and(|number| number != entry.voucher) {
        Judged::Unfit("another voucher")
    } else if (entry.kind == FeedKind::Issued && number.is_some() && entry.amount.minor == frozen)
        || is_known(tx, bank, entry)?
    {
        Judged::Known
    } else {
        Judged::News
    })
}

/// Whether it was told before: a bank that was put back from a copy tells again.
fn is_known(tx: &mut Tx<'_>, bank: &str, entry: &FeedEntry) -> Result<bool, StoreError> {
    let sql = "SELECT 1 AS known FROM feed WHERE packet = ?1 AND kind = ?2 AND bank = ?3 AND amount = ?4 \
               AND COALESCE(share, 0) = ?5";
    let share = entry.share.unwrap_or_default();
    let about = values![entry.packet.to_string(), word(entry.kind), bank, entry.amount.minor, share];
    Ok(tx.first(sql, &about)?.is_some())
}

fn keep_entry(tx: &mut Tx<'_>, bank: &str, entry: &FeedEntry) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO feed (bank, cursor, at, kind, packet, voucher, amount, currency, share, reward_for) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        &values![
            bank,
            entry.cursor,
            entry.at,
            word(entry.kind),
            entry.packet.to_string(),
            &entry.voucher,
            entry.amount.minor,
            entry.amount.currency.as_str(),
            entry.share,
            entry.reward_for.map(|it| it.to_string()),
        ],
    )?;
    Ok(())
}

/// How an entry's kind is stored, which is how it travels.
const fn word(kind: FeedKind) -> &'static str {
    match kind {
        FeedKind::Issued => "issued",
        FeedKind::Collected => "collected",
        FeedKind::Paid => "paid",
        FeedKind::Returned => "returned",
        FeedKind::Withdrawn => "withdrawn",
    }
}
