//! Batches: many packets from one request. The list of recipients arrives in pages; when all of it is there, the packets
//! are signed in the background, in small decisions, never far ahead of their vouchers. What was signed is in the rows, so
//! whatever is killed, the next step goes on behind the last.

use std::sync::Arc;

use uuid::Uuid;

use super::admin::batch::{BatchRow, BatchRows, BatchView, CreateBatch, LoadRows, MAX_ROWS, PAGE_ROWS, Recipient};
use super::arrivals::Arrival;
use super::failure::Failure;
use super::issuing::{self, Place};
use super::terms::Campaign;
use super::{Enterprise, campaigns, draws, goods, inbox, recovery, standing, stored};
use crate::clock::rfc3339;
use crate::identity::card::Card;
use crate::jose::ClientId;
use crate::packet::{Origin, text};
use crate::party::Party;
use crate::party::changes::{self, Change};
use crate::store::{Row, StoreError, Tx, values};

/// How many packets are signed in one decision: others wait no longer than that.
const AT_ONCE: i64 = 100;
/// How many packets of one batch may wait for their vouchers.
const AHEAD: i64 = 2000;
/// How many decisions are made before other work has its turn.
const ROUNDS: usize = 10;
/// Whose changes are recorded.
const BATCH: &str = "batch";

/// Creates a batch, or finds the one that the same request created.
pub(super) async fn create(enterprise: &Arc<Enterprise>, request: CreateBatch) -> Result<BatchView, Failure> {
    if !(1..=MAX_ROWS).contains(&request.size) {
        return Err(bad(&format!("A batch has 1 to {MAX_ROWS} packets.")));
    }
    let (id, now) = (request.request, enterprise.party.now());
    enterprise.party.store.decide(move |tx| begin(tx, &request, now)).await?;
    enterprise.wake.wake();
    show(enterprise, id).await
}

fn begin(tx: &mut Tx<'_>, request: &CreateBatch, now: i64) -> Result<(), Failure> {
    let id = request.request.to_string();
    if let Some(row) = tx.first("SELECT * FROM batch WHERE id = ?1", &values![&id])? {
        let same = row.text("campaign")? == request.campaign
            && row.int("size")? == i64::from(request.size)
            && row.flag("listed")? == request.listed
            && row.flag("addressed")? == request.addressed;
        return if same { Ok(()) } else { Err(issuing::other_request()) };
    }
    let (campaign, row) = campaigns::load(tx, &request.campaign)?.ok_or_else(campaigns::unknown)?;
    issuing::may_issue(tx, (&campaign, &row), u64::from(request.size), now)?;
    let addressed = request.addressed || campaign.terms.addressed;
    if addressed && !request.listed {
        return Err(issuing::needs_recipient());
    }
    tx.execute(
        "INSERT INTO batch (id, campaign, size, listed, addressed, loaded, signed, state, created) \
         VALUES (?1, ?2, ?3, ?4, ?5, 0, 0, 'loading', ?6)",
        &values![&id, &request.campaign, request.size, request.listed, request.addressed, now],
    )?;
    note(tx, &id, standing::OPERATOR, None, "loading", None, now)?;
    if request.listed { Ok(()) } else { start(tx, &id, &campaign, &row, request.size, now) }
}

/// Keeps the packets for the batch, which runs from now on.
fn start(tx: &mut Tx<'_>, id: &str, campaign: &Campaign, row: &Row, size: u32, now: i64) -> Result<(), Failure> {
    issuing::may_issue(tx, (campaign, row), u64::from(size), now)?;
    if campaign.terms.goods.is_some() {
        goods::cover(tx, campaign, size)?;
    }
    tx.execute("UPDATE campaign SET promised = promised + ?2 WHERE id = ?1", &values![&campaign.id, size])?;
    tx.execute("UPDATE batch SET state = 'running' WHERE id = ?1", &values![id])?;
    Ok(note(tx, id, standing::OPERATOR, Some("loading"), "running", None, now)?)
}

/// One row of a list, judged.
struct Listed {
    name: String,
    note: Option<String>,
    to: Option<ClientId>,
}

/// Takes a page of a batch's list. With the last page the batch runs.
pub(super) async fn load(enterprise: &Arc<Enterprise>, id: &str, page: LoadRows) -> Result<BatchView, Failure> {
    let id = parsed(id)?;
    if page.first == 0 || page.rows.is_empty() || page.rows.len() > PAGE_ROWS {
        return Err(bad(&format!("A page has 1 to {PAGE_ROWS} rows, and the first row is 1.")));
    }
    let judged = tokio::task::spawn_blocking(move || (page.first, judge(page)));
    let (first, rows) = judged.await.map_err(|_| StoreError::Other("a page could not be judged".into()))?;
    let (rows, batch, now) = (rows?, id.to_string(), enterprise.party.now());
    enterprise.party.store.decide(move |tx| keep(tx, &batch, i64::from(first), &rows, now)).await?;
    enterprise.wake.wake();
    show(enterprise, id).await
}

fn judge(page: LoadRows) -> Result<Vec<Listed>, Failure> {
    let first = page.first;
    let judged = (first..).zip(page.rows).map(|(number, row)| {
        let wrong = |what: &str, why: &dyn std::fmt::Display| bad(&format!("Row {number}: {what}: {why}."));
        let Recipient { name, note, card } = row;
        text::NAME.check(&name).map_err(|error| wrong("the name", &error))?;
        if let Some(note) = &note {
            text::NOTE.check(note).map_err(|error| wrong("the note", &error))?;
        }
        let card = card.map(|card| Card::read(card.to_string().as_bytes()));
        let to = card.transpose().map_err(|error| wrong("the card", &error))?.map(|card| card.client);
        Ok(Listed { name, note, to })
    });
    judged.collect()
}

fn keep(tx: &mut Tx<'_>, id: &str, first: i64, rows: &[Listed], now: i64) -> Result<(), Failure> {
    let batch = tx.first("SELECT * FROM batch WHERE id = ?1", &values![id])?.ok_or_else(unknown)?;
    let (size, loaded) = (batch.int("size")?, batch.int("loaded")?);
    let last = first + i64::try_from(rows.len()).unwrap_or(i64::MAX) - 1;
    if !batch.flag("listed")? || first > loaded + 1 || last > size {
        return Err(bad(&format!("The next row is {}, the last one is {size}.", loaded + 1)));
    }
    let (campaign, row) = campaigns::load(tx, batch.text("campaign")?)?.ok_or_else(campaigns::unknown)?;
    let needs_card = batch.flag("addressed")? || campaign.terms.addressed;
    for (number, listed) in (first..).zip(rows) {
        if number <= loaded {
            known(tx, id, number, listed)?;
            continue;
        }
        if batch.text("state")? != "loading" {
            return Err(bad("It takes no more rows."));
        }
        if needs_card && listed.to.is_none() {
            return Err(bad(&format!("Row {number} has no contact card, and every packet is for one client.")));
        }
        tx.execute(
            "INSERT INTO batch_row (batch, number, name, note, recipient) VALUES (?1, ?2, ?3, ?4, ?5)",
            &values![id, number, &listed.name, listed.note.as_ref(), listed.to.map(|to| to.to_string())],
        )?;
    }
    if last <= loaded {
        return Ok(());
    }
    tx.execute("UPDATE batch SET loaded = ?2 WHERE id = ?1", &values![id, last])?;
    if last < size { Ok(()) } else { start(tx, id, &campaign, &row, stored::small(&batch, "size")?, now) }
}

/// A row that is there already must be the same.
fn known(tx: &mut Tx<'_>, id: &str, number: i64, listed: &Listed) -> Result<(), Failure> {
    let row = "SELECT name, note, recipient FROM batch_row WHERE batch = ?1 AND number = ?2";
    let row = tx.one(row, &values![id, number])?;
    let to = listed.to.map(|to| to.to_string());
    let same = row.opt_text("name")? == Some(listed.name.as_str())
        && row.opt_text("note")? == listed.note.as_deref()
        && row.opt_text("recipient")? == to.as_deref();
    if same { Ok(()) } else { Err(issuing::other_request()) }
}

/// Signs some packets of the batches that run, oldest batch first.
pub(super) async fn sign_some(enterprise: &Arc<Enterprise>) -> Result<(), Failure> {
    for _ in 0..ROUNDS {
        if enterprise.is_stopping() {
            break;
        }
        if let Some((bank, count)) = enterprise.party.store.read(draws_needed(enterprise.party.now())).await? {
            draws::fetch(enterprise, &bank, count).await?;
        }
        let party = enterprise.party.clone();
        let Some(arrivals) = enterprise.party.store.decide(move |tx| sign_next(tx, &party)).await? else { break };
        for arrival in arrivals {
            enterprise.arrivals.tell(arrival);
        }
    }
    Ok(())
}

/// How many draws of which bank the next step needs, when its packets are lucky ones.
fn draws_needed(now: i64) -> impl FnOnce(&mut Tx<'_>) -> Result<Option<(Origin, u32)>, StoreError> {
    move |tx| {
        let Some((batch, Act::Sign(count))) = next(tx, now)? else { return Ok(None) };
        let campaign = campaigns::load(tx, batch.text("campaign")?)?.map(|(campaign, _)| campaign);
        let lucky = campaign.filter(Campaign::is_lucky);
        Ok(lucky.map(|campaign| (campaign.bank, u32::try_from(count).unwrap_or(u32::MAX))))
    }
}

/// Whether a batch can go on now.
pub(super) fn is_ready(tx: &mut Tx<'_>, now: i64) -> Result<bool, StoreError> {
    Ok(next(tx, now)?.is_some())
}

/// What is done next for a batch.
enum Act {
    /// So many more are signed.
    Sign(i64),
    /// Its campaign is over.
    Stop(&'static str),
}

/// The oldest batch that can go on. One waits while its campaign is paused, while the bank refuses it, and while
/// enough of its packets wait for vouchers.
fn next(tx: &mut Tx<'_>, now: i64) -> Result<Option<(Row, Act)>, StoreError> {
    let running = format!(
        "SELECT batch.id, batch.campaign, batch.size, batch.signed, batch.listed, campaign.expires, \
                   campaign.standing, \
                   (SELECT COUNT(*) FROM packet WHERE packet.batch = batch.id AND packet.state = 'signed') AS waiting, \
                   (SELECT COUNT(*) FROM packet WHERE packet.batch = batch.id AND packet.state = 'held') AS held \
                   FROM batch JOIN campaign ON campaign.id = batch.campaign \
                   WHERE batch.state = 'running' AND NOT {} ORDER BY batch.created, batch.id",
        recovery::OLDER
    );
    for row in tx.rows(&running, &[])? {
        if now >= row.int("expires")? {
            return Ok(Some((row, Act::Stop("campaign-expired"))));
        }
        let room = AHEAD - row.int("waiting")?;
        if row.text("standing")? != standing::RUNNING || row.int("held")? > 0 || room <= 0 {
            continue;
        }
        let count = AT_ONCE.min(room).min(row.int("size")? - row.int("signed")?);
        return Ok(Some((row, Act::Sign(count))));
    }
    Ok(None)
}

/// What arrived by the next step; none when there is none.
fn sign_next(tx: &mut Tx<'_>, party: &Party) -> Result<Option<Vec<Arrival>>, Failure> {
    let now = party.now();
    match next(tx, now)? {
        None => Ok(None),
        Some((batch, Act::Stop(why))) => {
            halt(tx, batch.text("id")?, "time", why, now)?;
            Ok(Some(Vec::new()))
        }
        Some((batch, Act::Sign(count))) => sign(tx, party, &batch, count).map(Some),
    }
}

fn sign(tx: &mut Tx<'_>, party: &Party, batch: &Row, count: i64) -> Result<Vec<Arrival>, Failure> {
    let mut arrivals = Vec::new();
    let (id, signed, now) = (batch.text("id")?, batch.int("signed")?, party.now());
    let (campaign, _) = campaigns::load(tx, batch.text("campaign")?)?.ok_or_else(|| stored::strange("campaign"))?;
    let packets = u32::try_from(count).unwrap_or(u32::MAX);
    // Only where the batch began before units were kept for it.
    if campaign.terms.goods.is_some() && !goods::is_there(tx, &campaign, packets)? {
        halt(tx, id, "time", "out-of-stock", now)?;
        return Ok(arrivals);
    }
    let drawn = if campaign.is_lucky() { draws::unused(tx, &campaign.bank, packets)? } else { Some(Vec::new()) };
    // Somebody else took some meanwhile; they are fetched before the next step.
    let Some(drawn) = drawn else { return Ok(arrivals) };
    let mut drawn = drawn.into_iter();
    let (is_listed, first) = (batch.flag("listed")?, issuing::next_serial(tx)?);
    for (number, serial) in (signed + 1..=signed + count).zip(first..) {
        let to = if is_listed { recipient(tx, id, number)? } else { None };
        if let Some(to) = &to {
            inbox::know(tx, to, now)?;
        }
        let download = Some(party.random.token());
        let place = Place { kind: "first", serial, download, issue: None, batch: Some(id), draw: drawn.next() };
        let (packet, arrival) = issuing::put_out(tx, party, &campaign, to, &place, party.clock.now_ms())?;
        arrivals.extend(arrival);
        // Rows that are only counted come to be here.
        let row = match is_listed {
            true => "UPDATE batch_row SET packet = ?3 WHERE batch = ?1 AND number = ?2",
            false => "INSERT INTO batch_row (batch, number, packet) VALUES (?1, ?2, ?3)",
        };
        tx.execute(row, &values![id, number, packet.to_string()])?;
    }
    let counted = "UPDATE campaign SET signed = signed + ?2, promised = promised - ?2 WHERE id = ?1";
    tx.execute(counted, &values![&campaign.id, count])?;
    let is_done = signed + count == batch.int("size")?;
    let state = if is_done { "done" } else { "running" };
    tx.execute("UPDATE batch SET signed = ?2, state = ?3 WHERE id = ?1", &values![id, signed + count, state])?;
    if is_done {
        note(tx, id, "time", Some("running"), "done", None, now)?;
    }
    Ok(arrivals)
}

/// For whom a listed row's packet is.
fn recipient(tx: &mut Tx<'_>, id: &str, number: i64) -> Result<Option<ClientId>, StoreError> {
    let row = tx.one("SELECT recipient FROM batch_row WHERE batch = ?1 AND number = ?2", &values![id, number])?;
    stored::opt_parsed(&row, "recipient")
}

/// A campaign that is closed stops its batches; what is signed stays.
pub(super) fn stop(tx: &mut Tx<'_>, campaign: &str, actor: &str, now: i64) -> Result<(), StoreError> {
    let unfinished = "SELECT id FROM batch WHERE campaign = ?1 AND state IN ('loading', 'running') ORDER BY id";
    for row in tx.rows(unfinished, &values![campaign])? {
        halt(tx, row.text("id")?, actor, "campaign-closed", now)?;
    }
    Ok(())
}

fn halt(tx: &mut Tx<'_>, id: &str, actor: &str, why: &str, now: i64) -> Result<(), StoreError> {
    let row = tx.one("SELECT campaign, state, size - signed AS rest FROM batch WHERE id = ?1", &values![id])?;
    let before = row.text("state")?;
    if before == "running" {
        let freed = "UPDATE campaign SET promised = promised - ?2 WHERE id = ?1";
        tx.execute(freed, &values![row.text("campaign")?, row.int("rest")?])?;
    }
    tx.execute("UPDATE batch SET state = 'stopped' WHERE id = ?1", &values![id])?;
    note(tx, id, actor, Some(before), "stopped", Some(why), now)
}

fn note(
    tx: &mut Tx<'_>,
    id: &str,
    actor: &str,
    before: Option<&str>,
    after: &str,
    reason: Option<&str>,
    now: i64,
) -> Result<(), StoreError> {
    changes::record(tx, &Change { subject: BATCH, id, actor, before, after, reason }, now)
}

/// How a batch stands.
pub(super) async fn show(enterprise: &Enterprise, id: Uuid) -> Result<BatchView, Failure> {
    enterprise.party.store.read(move |tx| view(tx, id)).await
}

fn view(tx: &mut Tx<'_>, id: Uuid) -> Result<BatchView, Failure> {
    // Only what waits or is held is counted, and that is never many.
    let batch = "SELECT batch.*, campaign.standing, \
                 (SELECT COUNT(*) FROM packet WHERE packet.batch = batch.id AND packet.state = 'signed') AS waiting, \
                 (SELECT COUNT(*) FROM packet WHERE packet.batch = batch.id AND packet.state = 'held') AS held, \
                 (SELECT MIN(reason) FROM packet WHERE packet.batch = batch.id AND packet.state = 'held') AS refused, \
                 (SELECT MIN(reason) FROM packet WHERE packet.batch = batch.id AND packet.state = 'signed') AS late \
                 FROM batch JOIN campaign ON campaign.id = batch.campaign WHERE batch.id = ?1";
    let row = tx.first(batch, &values![id.to_string()])?.ok_or_else(unknown)?;
    let (waiting, held) = (stored::small(&row, "waiting")?, stored::small(&row, "held")?);
    let signed = stored::small(&row, "signed")?;
    let state = row.text("state")?;
    let stopped = "SELECT reason FROM change WHERE subject = 'batch' AND id = ?1 AND after = 'stopped'";
    let stopped = tx.first(stopped, &values![id.to_string()])?;
    let reason = if let Some(stopped) = &stopped {
        stopped.opt_text("reason")?
    } else if held > 0 {
        row.opt_text("refused")?
    } else if row.text("standing")? == standing::PAUSED && state == "running" {
        Some("its campaign is paused")
    } else {
        row.opt_text("late")?
    };
    Ok(BatchView {
        id,
        campaign: row.text("campaign")?.to_owned(),
        state: state.to_owned(),
        reason: reason.map(str::to_owned),
        size: stored::small(&row, "size")?,
        loaded: stored::small(&row, "loaded")?,
        signed,
        issued: signed.saturating_sub(waiting).saturating_sub(held),
        held,
        created: rfc3339(row.int("created")?),
    })
}

/// A batch by the id in a path.
pub(super) fn parsed(id: &str) -> Result<Uuid, Failure> {
    id.parse().map_err(|_| unknown())
}

/// A page of a batch's rows.
pub(super) async fn rows(enterprise: &Enterprise, id: &str, after: i64) -> Result<BatchRows, Failure> {
    let (id, own) = (parsed(id)?.to_string(), enterprise.party.origin.clone());
    let query = move |tx: &mut Tx<'_>| -> Result<_, Failure> {
        tx.first("SELECT id FROM batch WHERE id = ?1", &values![&id])?.ok_or_else(unknown)?;
        let sql = "SELECT batch_row.number, batch_row.name, batch_row.recipient, packet.serial, packet.id, \
                   packet.download, packet.state, packet.reason FROM batch_row \
                   LEFT JOIN packet ON packet.id = batch_row.packet \
                   WHERE batch_row.batch = ?1 AND batch_row.number > ?2 ORDER BY batch_row.number LIMIT ?3";
        let most = i64::try_from(PAGE_ROWS).unwrap_or(i64::MAX);
        let mut rows = tx.rows(sql, &values![&id, after, most + 1])?;
        let more = rows.len() > PAGE_ROWS;
        rows.truncate(PAGE_ROWS);
        let told = rows.iter().map(|row| {
            Ok(BatchRow {
                row: stored::small(row, "number")?,
                name: row.opt_text("name")?.map(str::to_owned),
                serial: row.opt_int("serial")?.and_then(|serial| serial.try_into().ok()),
                packet: stored::opt_parsed(row, "id")?,
                link: row.opt_text("download")?.map(|download| issuing::link(&own, download)),
                to: stored::opt_parsed(row, "recipient")?,
                state: row.opt_text("state")?.unwrap_or("listed").to_owned(),
                reason: row.opt_text("reason")?.map(str::to_owned),
            })
        });
        Ok(BatchRows { rows: told.collect::<Result<_, StoreError>>()?, more })
    };
    enterprise.party.store.read(query).await
}

fn bad(detail: &str) -> Failure {
    Failure::refused("bad-batch", 422, "The batch cannot be so", detail, "Change that and try again.")
}

fn unknown() -> Failure {
    let detail = "There is no batch with this id.";
    Failure::refused("unknown-batch", 404, "No such batch", detail, "Run the command that made it again.")
}
