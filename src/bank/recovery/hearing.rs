//! Asks members and applicants for what this bank signed since the copy, all of it in three parts, and ends the recovery when
//! everybody was heard to the end and nothing is left over.

use std::sync::Arc;

use super::booking::{self, Source};
use crate::api::recovery::{MAX_BYTES, PAGE, Part, Record, RecoveryPage, is_cursor};
use crate::api::routes;
use crate::bank::Bank;
use crate::bank::error::BankError;
use crate::bank::parties;
use crate::net::backoff::delay_ms;
use crate::packet::Origin;
use crate::party::CallError;
use crate::party::recovery::{self, Restore};
use crate::party::worker::{Next, Stop};
use crate::store::{StoreError, Tx};
use crate::values;

/// After so many tries the pauses grow no more: about half a minute.
const LONGEST: u32 = 5;

/// Asks everybody, if a recovery is under way, and says when to ask again.
pub async fn step(bank: &Arc<Bank>, stop: &Stop) -> Next {
    match bank.is_recovering().await {
        Ok(false) => return Next::WhenWoken,
        Ok(true) => {}
        Err(error) => tracing::error!(%error, "whether the books are whole cannot be read; trying again"),
    }
    match pass(bank, stop).await {
        Ok(true) => {
            tracing::warn!("all that was signed since the copy is in the books again; everything is decided as usual");
            bank.wake_all();
            return Next::WhenWoken;
        }
        Ok(false) => {}
        Err(error) => tracing::error!(%error, "the recovery could not go on; trying again"),
    }
    let mut random = [0; 8];
    bank.party.random.fill(&mut random);
    let tries = bank.hearings.fetch_add(1, std::sync::atomic::Ordering::Relaxed).min(LONGEST);
    let wait = i64::try_from(delay_ms(tries, u64::from_le_bytes(random))).unwrap_or(i64::MAX);
    Next::At(bank.party.clock.now_ms().saturating_add(wait).saturating_add(200))
}

/// Asks everybody once; whether the recovery is over.
async fn pass(bank: &Arc<Bank>, stop: &Stop) -> Result<bool, BankError> {
    let Some((restore, asked)) = bank.party.store.decide(begin).await? else { return Ok(true) };
    for part in Part::ALL {
        let mut all = true;
        for source in asked.iter().filter(|source| source.has(part)) {
            if *stop.borrow() {
                return Ok(false);
            }
            if let Err(why) = hear(bank, restore, source, part).await {
                tracing::warn!(party = %source.origin(), %why, "it cannot be heard now, and the bank decides nothing before");
                let (origin, why) = (source.origin().clone(), why.to_string());
                bank.party.store.decide(move |tx| not_heard(tx, &restore, &origin, &why)).await?;
                all = false;
            }
        }
        // What comes after stands on it.
        if !all {
            return Ok(false);
        }
    }
    let now = bank.party.now();
    Ok(bank.party.store.decide(move |tx| conclude(tx, &restore, now)).await?)
}

/// Who is to be asked. What could not be booked the last time is tried again: its reason may be gone.
fn begin(tx: &mut Tx<'_>) -> Result<Option<(Restore, Vec<Source>)>, StoreError> {
    let Some(restore) = recovery::under_way(tx)? else { return Ok(None) };
    let mut all = Vec::new();
    for row in tx.rows("SELECT origin FROM applicant ORDER BY origin", &values![])? {
        let origin = Origin::parse(row.text("origin")?).map_err(|_| super::strange("origin"))?;
        all.extend(parties::applicant(tx, &origin)?.map(Source::Applicant));
    }
    all.extend(parties::members(tx)?.into_iter().map(|member| Source::Member(member.pinned)));
    let mut asked = Vec::new();
    for source in all {
        let new = "INSERT INTO restore_party (restore, party) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
        tx.execute(new, &values![restore.n, source.origin().as_str()])?;
        let waived = "SELECT waived FROM restore_party WHERE restore = ?1 AND party = ?2";
        if !tx.one(waived, &values![restore.n, source.origin().as_str()])?.flag("waived")? {
            asked.push(source);
        }
    }
    tx.execute("DELETE FROM restore_difference WHERE restore = ?1", &values![restore.n])?;
    Ok(Some((restore, asked)))
}

fn not_heard(tx: &mut Tx<'_>, restore: &Restore, party: &Origin, why: &str) -> Result<(), StoreError> {
    let sql = "UPDATE restore_party SET problem = ?3 WHERE restore = ?1 AND party = ?2";
    tx.execute(sql, &values![restore.n, party.as_str(), why]).map(drop)
}

/// Why somebody was not heard to the end.
#[derive(Debug, thiserror::Error)]
enum NotHeard {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Own(#[from] BankError),
    #[error("its pages do not follow one another")]
    Disorder,
}

impl From<StoreError> for NotHeard {
    fn from(error: StoreError) -> Self {
        Self::Own(error.into())
    }
}

/// Reads one part of what somebody has, page by page, each booked before the next is asked for.
async fn hear(bank: &Arc<Bank>, restore: Restore, source: &Source, part: Part) -> Result<(), NotHeard> {
    let (mut after, mut instructions) = (String::new(), Vec::new());
    loop {
        let path = format!("{}{}?after={after}", routes::RECOVERY, part.as_str());
        let page: RecoveryPage = match bank.party.get_long(source.origin(), &path, MAX_BYTES).await {
            Err(CallError::Refused(why)) if source.has_nothing(&why) => return Ok(()),
            page => page?,
        };
        let (later, records) = page.records.into_iter().partition(|it| matches!(it, Record::Instruction { .. }));
        instructions.extend::<Vec<Record>>(later);
        book(bank, restore, source, records).await?;
        match page.next {
            None => break,
            Some(next) if is_cursor(&next) && next > after => after = next,
            Some(_) => return Err(NotHeard::Disorder),
        }
    }
    // The order of the pages is another one.
    instructions.sort_by_key(booking::decided);
    for records in instructions.chunks(PAGE) {
        book(bank, restore, source, records.to_vec()).await?;
    }
    Ok(())
}

async fn book(bank: &Arc<Bank>, restore: Restore, source: &Source, records: Vec<Record>) -> Result<(), NotHeard> {
    let source = booking::followed(bank, source, &records).await?;
    Ok(booking::book_all(bank, restore, &source, records).await?)
}

/// Everybody was heard: the recovery is over, unless something is left for the operator.
fn conclude(tx: &mut Tx<'_>, restore: &Restore, now: i64) -> Result<bool, StoreError> {
    let heard = "UPDATE restore_party SET heard_at = COALESCE(heard_at, ?2), problem = NULL WHERE restore = ?1";
    tx.execute(heard, &values![restore.n, now])?;
    let left = "SELECT COUNT(*) AS left_over FROM restore_difference WHERE restore = ?1";
    if tx.one(left, &values![restore.n])?.int("left_over")? > 0 {
        tracing::warn!("what was signed since the copy is not all in the books; see `hongbao-server recovery status`");
        return Ok(false);
    }
    // The operator may have been faster.
    if let Some(restore) = recovery::under_way(tx)? {
        recovery::end(tx, &restore, ("bank", "everybody was heard"), now)?;
    }
    Ok(true)
}
