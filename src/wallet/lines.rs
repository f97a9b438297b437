//! What a list shows of each packet, kept beside it with the verdict as last judged, so that a list of very many reads no file
//! and checks no signature. Only lists believe it: whoever shows or opens a packet judges the file itself.
//!
//! A verdict depends on the file, on the keys of its issuer and on those of the bank that signed its voucher. Whoever
//! changes one of these judges again in the same decision.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::beside::Beside;
use super::packets::{Listed, RewardFor, RewardListed};
use super::relaying::STANDS;
use super::strangers::IS_LISTED;
use super::{Time, WalletError, own_client, parsed, stored_origin, trust};
use crate::api::states::{CollectionState, GoodsState};
use crate::jose::Digest;
use crate::money::Amount;
use crate::packet::{Origin, PacketFile, Trust, Verdict, When, verify};
use crate::store::{Row, Store, StoreError, Tx, values};

/// How many files one decision judges when lines are made for packets that have none.
const BATCH: i64 = 200;
/// How many rows are held at a time while a list is made.
const PAGE: i64 = 500;

const LIST: &str = "SELECT packet.number, packet.id, packet.state, packet.received_at, packet.opened_at, \
     line.serial, line.issuer, line.title, line.greeting, line.theme, line.kind, line.expires, line.amount, line.currency, \
     line.reward, line.verdict, packet.stranger FROM packet JOIN line ON line.number = packet.number \
     WHERE packet.number < ?1";

// A number is looked up in its own index first, which leads to the file; so the one that holds the rest is named.
const REWARDS: &str = "SELECT packet.id, packet.state, packet.reward_packet, packet.reward_opener, \
     line.amount, line.currency, \
     (SELECT collection.state FROM collection WHERE collection.packet = packet.id \
      ORDER BY collection.number DESC LIMIT 1) AS collection \
     FROM line JOIN packet INDEXED BY packet_row ON packet.number = line.number \
     WHERE line.reward = 1 AND line.addressee = ?1 ORDER BY line.number DESC";

/// A page of the list, behind a number.
fn page() -> String {
    format!("{LIST} AND {IS_LISTED} ORDER BY packet.number DESC LIMIT ?2")
}

fn judged(file: &PacketFile, trust: &Trust) -> &'static str {
    match verify(file, trust).verdict {
        Verdict::Genuine => "genuine",
        Verdict::Unchecked => "unchecked",
        Verdict::NotGenuine | Verdict::Unreadable => "not-genuine",
    }
}

fn verdict(word: &str) -> Result<Verdict, WalletError> {
    match word {
        "genuine" => Ok(Verdict::Genuine),
        "unchecked" => Ok(Verdict::Unchecked),
        "not-genuine" => Ok(Verdict::NotGenuine),
        _ => Err(StoreError::Corrupt.into()),
    }
}

/// Keeps the line of a packet that is stored, or brings it in step with its new file.
pub(super) fn keep(tx: &mut Tx<'_>, file: &PacketFile, trust: &Trust) -> Result<(), WalletError> {
    let claims = &file.packet.claims;
    // Of a lucky share nobody knows how much it is before it is paid; then its collection says so.
    let amount = claims.contents.amount().filter(|_| claims.contents.draw().is_none());
    let reward = claims.forward.as_ref().and_then(|forward| forward.reward.as_ref());
    tx.execute(
        "INSERT INTO line (number, serial, issuer, bank, addressee, title, greeting, theme, kind, amount, currency, expires, \
         reward, verdict, paid_first) \
         SELECT number, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15 FROM packet WHERE id = ?1 \
         ON CONFLICT (number) DO UPDATE SET bank = excluded.bank, verdict = excluded.verdict, paid_first = excluded.paid_first",
        &values![
            file.packet.id().to_string(),
            claims.envelope.serial.cast_signed(),
            claims.iss.as_str(),
            file.voucher.as_ref().map(|voucher| voucher.claims.iss.as_str()),
            claims.cnf.as_ref().map(|cnf| cnf.jkt.to_string()),
            &claims.envelope.title,
            &claims.envelope.greeting,
            claims.envelope.theme.as_deref(),
            claims.contents.kind(),
            amount.map(|amount| amount.minor),
            amount.map(|amount| amount.currency.to_string()),
            claims.exp,
            claims.reward_for.is_some(),
            judged(file, trust),
            reward.is_some_and(|reward| reward.when == When::Collected)
        ],
    )?;
    Ok(())
}

/// Judges again what this party's keys decide. Belongs to the decision that changed them.
pub(super) fn judge_again(tx: &mut Tx<'_>, party: &Origin) -> Result<(), WalletError> {
    let sql = "SELECT number FROM line WHERE issuer = ?1 OR bank = ?1";
    let concerned = tx.rows(sql, &values![party.as_str()])?;
    let trust = trust::load(tx)?;
    for row in concerned {
        let number = row.int("number")?;
        let row = tx.one("SELECT file FROM packet WHERE number = ?1", &values![number])?;
        let sql = "UPDATE line SET verdict = ?2 WHERE number = ?1 AND verdict <> ?2";
        tx.execute(sql, &values![number, judged(&read(&row)?, &trust)])?;
    }
    Ok(())
}

fn read(row: &Row) -> Result<PacketFile, WalletError> {
    Ok(PacketFile::read(row.text("file")?.as_bytes()).map_err(|_| StoreError::Corrupt)?)
}

/// Under which rules lines are judged: another version of this program may judge otherwise and ships other banks.
fn rules() -> String {
    format!("{} {}", env!("CARGO_PKG_VERSION"), trust::shipped_digest())
}

/// Makes the lines that are missing, and judges again those that were judged under other rules: a wallet of another version
/// of this program. In batches, each of which notes how far it came, so that a crash on the way loses nothing.
pub(super) async fn complete(store: &Store) -> Result<(), WalletError> {
    let mut work = store.read(work).await?;
    while let Some(from) = work {
        work = store.decide(move |tx| fill(tx, from)).await?;
    }
    Ok(())
}

/// From where on lines are to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum From {
    /// All after this packet.
    All(i64),
    /// Those after this packet that have none.
    Missing(i64),
}

/// What is to be done, if there is something.
fn work(tx: &mut Tx<'_>) -> Result<Option<From>, WalletError> {
    let mark = tx.first("SELECT value FROM meta WHERE key = 'lines'", &values![])?;
    let mark = mark.map(|row| row.text("value").map(str::to_owned)).transpose()?.unwrap_or_default();
    let Some(rest) = mark.strip_prefix(&rules()) else { return Ok(Some(From::All(0))) };
    if let Some(done) = rest.strip_prefix(" up to ") {
        return Ok(Some(From::All(parsed(done)?)));
    }
    // An older program that still ran keeps packets without lines.
    let sql = "SELECT (SELECT COUNT(*) FROM packet) - (SELECT COUNT(*) FROM line) AS missing";
    let missing = tx.one(sql, &values![])?.int("missing")?;
    Ok((missing > 0).then_some(From::Missing(0)))
}

/// Whether nothing is to be done.
pub(super) fn is_complete(tx: &mut Tx<'_>) -> Result<bool, WalletError> {
    Ok(work(tx)?.is_none())
}

/// One batch; what is left to be done.
fn fill(tx: &mut Tx<'_>, from: From) -> Result<Option<From>, WalletError> {
    let (only, after) = match from {
        From::All(after) => ("", after),
        From::Missing(after) => ("AND NOT EXISTS (SELECT 1 FROM line WHERE line.number = packet.number)", after),
    };
    let sql = format!("SELECT number, file FROM packet WHERE number > ?1 {only} ORDER BY number LIMIT ?2");
    let rows = tx.rows(&sql, &values![after, BATCH])?;
    let trust = trust::load(tx)?;
    for row in &rows {
        match read(row) {
            Ok(file) => keep(tx, &file, &trust)?,
            // One that cannot be read any more keeps the others from nothing; whoever shows it is told.
            Err(error) => tracing::error!(%error, "a stored packet cannot be listed"),
        }
    }
    let last = rows.last().map(|row| row.int("number")).transpose()?;
    let mark = last.map_or_else(rules, |last| format!("{} up to {last}", rules()));
    if let From::All(_) = from {
        tx.execute(
            "INSERT INTO meta (key, value) VALUES ('lines', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            &values![mark],
        )?;
    }
    Ok(last.map(|last| match from {
        From::All(_) => From::All(last),
        From::Missing(_) => From::Missing(last),
    }))
}

/// All packets, newest first; as long as they are the same, those that were listed before.
pub(super) fn list(tx: &mut Tx<'_>, listed_before: Arc<Vec<Listed>>) -> Result<Arc<Vec<Listed>>, WalletError> {
    let done = Done::read(tx)?;
    let (mut all, mut before) = (Beside::of(listed_before), i64::MAX);
    let list = page();
    loop {
        let rows = tx.rows(&list, &values![before, PAGE])?;
        let Some(last) = rows.last() else { break };
        before = last.int("number")?;
        for row in &rows {
            all.push(listed(row, &done)?);
        }
    }
    let all = all.finish();
    #[cfg(test)]
    compare(tx, &all);
    Ok(all)
}

/// Of the packets that earned a reward here, those that earn it only once the friend was paid too.
pub(super) fn paid_first(tx: &mut Tx<'_>) -> Result<BTreeSet<Digest>, WalletError> {
    let sql = "SELECT DISTINCT earned.id FROM packet AS reward JOIN packet AS earned ON earned.id = reward.reward_packet \
               JOIN line ON line.number = earned.number WHERE line.paid_first = 1";
    tx.rows(sql, &values![])?.iter().map(|row| parsed(row.text("id")?)).collect()
}

/// All rewards, newest first. A stranger's packet that only calls itself a reward is none: ours are addressed to us.
pub(super) fn rewards(tx: &mut Tx<'_>) -> Result<Vec<RewardListed>, WalletError> {
    let Some(own) = own_client(tx)? else { return Ok(Vec::new()) };
    let rows = tx.rows(REWARDS, &values![own.to_string()])?;
    rows.iter().map(reward).collect()
}

fn amount(row: &Row) -> Result<Option<Amount>, WalletError> {
    let currency = row.opt_text("currency")?.map(parsed).transpose()?;
    Ok(row.opt_int("amount")?.zip(currency).map(|(minor, currency)| Amount::new(minor, currency)))
}

/// What was done with packets, by packet. Read whole and once: asked for each packet of a long list it would be most of the work.
#[derive(Default)]
struct Done {
    forwards: HashMap<String, u32>,
    collections: HashMap<String, (i64, CollectionState)>,
    paid: HashMap<String, Amount>,
    goods: HashMap<String, (i64, GoodsState)>,
}

impl Done {
    fn read(tx: &mut Tx<'_>) -> Result<Self, WalletError> {
        let mut done = Self::default();
        let forwards = format!("SELECT packet, COUNT(*) AS forwards FROM forward WHERE {STANDS} GROUP BY packet");
        for row in tx.rows(&forwards, &values![])? {
            let forwards = u32::try_from(row.int("forwards")?).unwrap_or(u32::MAX);
            done.forwards.insert(row.text("packet")?.to_owned(), forwards);
        }
        for row in tx.rows("SELECT packet, number, state, amount, currency FROM collection", &values![])? {
            let state = parsed(row.text("state")?)?;
            if let Some(paid) = amount(&row)?.filter(|_| state == CollectionState::Paid) {
                done.paid.insert(row.text("packet")?.to_owned(), paid);
            }
            keep_latest(&mut done.collections, &row, state)?;
        }
        for row in tx.rows("SELECT packet, number, state FROM goods_collection", &values![])? {
            let state = parsed(row.text("state")?)?;
            keep_latest(&mut done.goods, &row, state)?;
        }
        Ok(done)
    }
}

/// Of several requests for one packet the last says how it stands.
fn keep_latest<S>(kept: &mut HashMap<String, (i64, S)>, row: &Row, state: S) -> Result<(), WalletError> {
    let (packet, number) = (row.text("packet")?, row.int("number")?);
    if kept.get(packet).is_none_or(|(before, _)| *before < number) {
        kept.insert(packet.to_owned(), (number, state));
    }
    Ok(())
}

fn collection(row: &Row) -> Result<Option<CollectionState>, WalletError> {
    row.opt_text("collection")?.map(parsed).transpose()
}

fn listed(row: &Row, done: &Done) -> Result<Listed, WalletError> {
    let id = row.text("id")?;
    Ok(Listed {
        id: parsed(id)?,
        serial: row.int("serial")?.cast_unsigned(),
        issuer: stored_origin(row.text("issuer")?)?,
        title: row.text("title")?.to_owned(),
        greeting: row.text("greeting")?.to_owned(),
        theme: row.opt_text("theme")?.map(str::to_owned),
        kind: if row.text("kind")? == "goods" { "goods" } else { "bank" },
        verdict: verdict(row.text("verdict")?)?,
        state: parsed(row.text("state")?)?,
        amount: amount(row)?.or_else(|| done.paid.get(id).copied()),
        expires: Time(row.int("expires")?),
        received_at: Time(row.int("received_at")?),
        opened: row.opt_int("opened_at")?.is_some(),
        forwards: done.forwards.get(id).copied().unwrap_or(0),
        reward: row.flag("reward")?,
        stranger: row.opt_text("stranger")?.map(parsed).transpose()?,
        collection: done.collections.get(id).map(|(_, state)| *state),
        goods: done.goods.get(id).map(|(_, state)| *state),
    })
}

fn reward(row: &Row) -> Result<RewardListed, WalletError> {
    let opener = row.opt_text("reward_opener")?.map(parsed).transpose()?;
    let packet: Option<Digest> = row.opt_text("reward_packet")?.map(parsed).transpose()?;
    Ok(RewardListed {
        id: parsed(row.text("id")?)?,
        amount: amount(row)?,
        reward_for: packet.map(|packet| RewardFor { packet, opener }),
        state: parsed(row.text("state")?)?,
        collection: collection(row)?,
    })
}

/// In tests every list is compared with the files themselves, judged anew.
#[cfg(test)]
#[allow(clippy::unwrap_used)]
fn compare(tx: &mut Tx<'_>, all: &[Listed]) {
    let trust = trust::load(tx).unwrap();
    let sql = format!("SELECT file FROM packet WHERE {IS_LISTED} ORDER BY number DESC");
    let rows = tx.rows(&sql, &values![]).unwrap();
    assert_eq!(rows.len(), all.len());
    for (row, listed) in rows.iter().zip(all) {
        let file = read(row).unwrap();
        let claims = &file.packet.claims;
        assert_eq!(listed.verdict, verify(&file, &trust).verdict, "{} was judged before and not again", listed.id);
        let fresh = (file.packet.id(), claims.envelope.serial, &claims.iss, &claims.envelope.title);
        assert_eq!((listed.id, listed.serial, &listed.issuer, &listed.title), fresh);
        let fresh = (&claims.envelope.greeting, &claims.envelope.theme, claims.contents.kind(), claims.exp);
        assert_eq!((&listed.greeting, &listed.theme, listed.kind, listed.expires.0), fresh);
        // Of a lucky share only its collection says how much it is.
        let amount = if claims.contents.draw().is_some() { listed.amount } else { claims.contents.amount() };
        assert_eq!((listed.amount, listed.reward), (amount, claims.reward_for.is_some()));
    }
}

#[cfg(test)]
mod tests;
