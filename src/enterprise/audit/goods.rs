//! Goods: every unit is where its movements put it, nothing is promised or given that is not there, and each collection is what
//! its collector signed and was answered.

mod refunds;

use std::collections::BTreeMap;

use super::Keys;
use crate::api::goods::{self, GoodsClaims, GoodsResult, JudgedGoods};
use crate::api::states::GoodsState;
use crate::api::surrender::{self, SurrenderClaims, SurrenderResult};
use crate::enterprise::goods::Evidence;
use crate::enterprise::goods::ledger::{Place, Why};
use crate::enterprise::stored;
use crate::jose::{Jws, Typ};
use crate::packet::claims::reward_for;
use crate::packet::file::read_hops;
use crate::packet::{Contents, Packet};
use crate::party::audit::{Auditor, each};
use crate::party::changes;
use crate::store::{Row, StoreError, Tx, values};

/// What each campaign's movements come to.
type Stocks = BTreeMap<String, BTreeMap<Place, i64>>;

/// What one packet's movements come to.
#[derive(Default)]
struct Moved {
    issued: i64,
    collected: i64,
    back: i64,
    cash: i64,
    collections: BTreeMap<String, Vec<(Why, i64)>>,
}

pub(super) fn check(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let moved = replay(tx, auditor)?;
    stocks(tx, &moved, auditor)?;
    each(tx, PACKETS, ("serial", i64::MIN), &[], |tx, row| packet(tx, row, keys, auditor))?;
    strays(tx, auditor)?;
    wishes(tx, keys, auditor)?;
    refunds::check(tx, auditor)
}

/// Follows every movement in order.
fn replay(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<Stocks, StoreError> {
    let (mut stocks, mut at) = (Stocks::new(), 0_i64);
    let moves = "SELECT * FROM goods_move WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    each(tx, moves, ("seq", i64::MIN), &[], |_, row| {
        at += 1;
        let seq = row.int("seq")?;
        auditor.equal("goods-moves-without-gap", seq, at, seq);
        let Some(why) = why(row)? else {
            auditor.differ("goods-move-legal", seq, "a known reason", row.text("why")?);
            return Ok(());
        };
        let ((source, target), units) = (why.way(), row.int("units")?);
        let way = format!("{} to {}", row.text("source")?, row.text("target")?);
        auditor.equal("goods-move-legal", seq, format!("{} to {}", source.word(), target.word()), way);
        let stock = stocks.entry(row.text("campaign")?.to_owned()).or_default();
        for (place, change) in [(source, -units), (target, units)] {
            let balance = stock.entry(place).or_default();
            *balance = balance.saturating_add(change);
            if place != Place::Outside && *balance < 0 {
                auditor.differ("goods-never-negative", seq, format!("at least 0 {}", place.word()), *balance);
            }
        }
        let named = (row.opt_text("packet")?.is_some(), row.opt_text("collection")?.is_some());
        let needed = match why {
            Why::Stocked | Why::Removed => (false, false),
            Why::Issued | Why::Expired | Why::Cash | Why::Withdrawn => (true, false),
            Why::Collected | Why::Redeemed | Why::Shipped | Why::Lapsed | Why::Missing => (true, true),
        };
        auditor.equal("goods-move-named", seq, format!("{needed:?}"), format!("{named:?}"));
        Ok(())
    })?;
    Ok(stocks)
}

fn why(row: &Row) -> Result<Option<Why>, StoreError> {
    let word = row.text("why")?;
    Ok(Why::ALL.into_iter().find(|why| why.word() == word))
}

/// Follows the movements of one packet.
fn moved(tx: &mut Tx<'_>, packet: &str) -> Result<Moved, StoreError> {
    let mut of = Moved::default();
    let moves =
        "SELECT seq, why, units, collection FROM goods_move WHERE packet = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2";
    each(tx, moves, ("seq", i64::MIN), &values![packet], |_, row| {
        let Some(why) = why(row)? else { return Ok(()) };
        let units = row.int("units")?;
        let sum = match why {
            Why::Issued => &mut of.issued,
            Why::Collected => &mut of.collected,
            _ => &mut of.back,
        };
        match why {
            Why::Redeemed | Why::Shipped | Why::Lapsed | Why::Missing | Why::Stocked | Why::Removed => {}
            _ => *sum = sum.saturating_add(units),
        }
        if why == Why::Cash {
            of.cash = of.cash.saturating_add(units);
        }
        if let Some(collection) = row.opt_text("collection")? {
            of.collections.entry(collection.to_owned()).or_default().push((why, units));
        }
        Ok(())
    })?;
    Ok(of)
}

/// The stock is what the movements come to.
fn stocks(tx: &mut Tx<'_>, moved: &Stocks, auditor: &mut Auditor) -> Result<(), StoreError> {
    let none = BTreeMap::new();
    for row in &tx.rows("SELECT * FROM goods_stock ORDER BY campaign", &[])? {
        let campaign = row.text("campaign")?;
        let balances = moved.get(campaign).unwrap_or(&none);
        for place in [Place::Free, Place::Promised, Place::Given, Place::Handed] {
            let expected = balances.get(&place).copied().unwrap_or(0);
            auditor.equal("goods-stock-as-moved", campaign, expected, row.int(place.word())?);
        }
    }
    Ok(())
}

const PACKETS: &str = "SELECT packet.id, packet.serial, packet.jws, packet.campaign AS of_campaign, goods_packet.*, \
     (SELECT COUNT(*) FROM goods_collection WHERE goods_collection.packet = packet.id) AS taken, \
     (SELECT COUNT(*) FROM feed WHERE feed.packet = packet.id AND feed.kind = 'collected') AS in_money, \
     (SELECT MAX(instructed.until) FROM instructed WHERE instructed.packet = packet.id \
     AND instructed.result = 'extended') AS extended, \
     (SELECT COUNT(*) FROM instructed WHERE instructed.packet = packet.id AND instructed.result = 'extended' \
     AND instructed.until = goods_packet.expires) AS told FROM packet \
     LEFT JOIN goods_packet ON goods_packet.packet = packet.id \
     WHERE packet.serial > ?1 ORDER BY packet.serial LIMIT ?2";

/// A packet promises what it says, once, and never gives more; what has ended keeps nothing.
fn packet(tx: &mut Tx<'_>, row: &Row, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let (id, is_known) = (row.text("id")?, row.opt_text("packet")?.is_some());
    let Ok(Contents::Goods { quantity, shares, cash, .. }) =
        Packet::read(row.text("jws")?).map(|packet| packet.claims.contents)
    else {
        auditor.equal("goods-packet-known", id, false, is_known);
        return Ok(());
    };
    if !is_known {
        auditor.differ("goods-packet-known", id, "what it promises", "nothing");
        return Ok(());
    }
    auditor.equal("goods-packet-as-signed", id, i64::from(quantity), row.int("units")?);
    auditor.equal("goods-packet-as-signed", id, i64::from(shares), row.int("shares")?);
    auditor.equal("goods-packet-as-signed", id, cash.is_some(), row.flag("cash")?);
    auditor.equal("goods-packet-as-signed", id, row.text("of_campaign")?, row.text("campaign")?);
    dates(row, auditor)?;
    let (of, taken) = (moved(tx, id)?, row.int("taken")?);
    auditor.equal("goods-issued-once", id, i64::from(quantity).saturating_mul(i64::from(shares)), of.issued);
    auditor.equal("goods-collected-as-moved", id, i64::from(quantity).saturating_mul(taken), of.collected);
    // Goods and money together, where there is a choice.
    let both = taken.saturating_add(row.int("in_money")?);
    if both > i64::from(shares) {
        auditor.differ("goods-within-shares", id, format!("at most {shares}"), both);
    }
    if of.cash > row.int("in_money")?.saturating_mul(i64::from(quantity)) {
        auditor.differ("goods-or-cash", id, "back only what was taken in money", of.cash);
    }
    let left = of.issued.saturating_sub(of.collected).saturating_sub(of.back);
    if left < 0 || left > 0 && row.flag("ended")? {
        auditor.differ("goods-ended-empty", id, "nothing more promised than is left", left);
    }
    collections(tx, id, keys, of.collections, auditor)
}

fn dates(row: &Row, auditor: &mut Auditor) -> Result<(), StoreError> {
    let Ok(packet) = Packet::read(row.text("jws")?) else { return Ok(()) };
    auditor.equal("goods-packet-as-signed", row.text("id")?, packet.claims.nbf, row.int("opens")?);
    let (signed, found) = (packet.claims.exp, row.int("expires")?);
    let expected = match row.opt_int("extended")? {
        // What had ended before its voucher was extended again stays ended.
        Some(_) if row.flag("ended")? && row.int("told")? > 0 => found,
        Some(until) if !row.flag("ended")? => until.max(signed),
        _ => signed,
    };
    auditor.equal("goods-packet-as-signed", row.text("id")?, expected, found);
    Ok(())
}

const COLLECTIONS: &str = "SELECT goods_collection.*, packet.jws, goods_packet.units, goods_packet.shares \
     FROM goods_collection JOIN packet ON packet.id = goods_collection.packet \
     JOIN goods_packet ON goods_packet.packet = goods_collection.packet \
     WHERE goods_collection.packet = ?3 AND goods_collection.share > ?1 ORDER BY goods_collection.share LIMIT ?2";

/// The collections of one packet moved its goods as their states say, and nothing else did.
fn collections(
    tx: &mut Tx<'_>,
    packet: &str,
    keys: &Keys,
    mut moved: BTreeMap<String, Vec<(Why, i64)>>,
    auditor: &mut Auditor,
) -> Result<(), StoreError> {
    each(tx, COLLECTIONS, ("share", i64::MIN), &values![packet], |tx, row| {
        let moved = moved.remove(row.text("id")?).unwrap_or_default();
        collection(tx, row, keys, &moved, auditor)
    })?;
    for id in moved.keys() {
        auditor.differ("goods-collection-moved", id, "a collection", "none");
    }
    Ok(())
}

fn collection(
    tx: &mut Tx<'_>,
    row: &Row,
    keys: &Keys,
    moved: &[(Why, i64)],
    auditor: &mut Auditor,
) -> Result<(), StoreError> {
    let (id, units, shares) = (row.text("id")?, row.int("units")?, row.int("shares")?);
    let state: GoodsState = stored::parsed(row, "state")?;
    let expected: Vec<(Why, i64)> = steps(state).iter().map(|why| (*why, units)).collect();
    auditor.equal("goods-collection-moved", id, format!("{expected:?}"), format!("{moved:?}"));
    if !(1..=shares).contains(&row.int("share")?) {
        auditor.differ("goods-within-shares", id, "one of the packet's shares", row.int("share")?);
    }
    let told = changes::of(tx, "goods", id)?;
    let last = told.last().map(|change| change.after.as_str()).unwrap_or_default();
    auditor.equal("goods-state-recorded", id, state.as_str(), last);
    auditor.equal("goods-done-when", id, !state.is_open(), row.opt_int("done_at")?.is_some());
    genuine(row, keys, auditor)
}

/// Nothing was moved for, or collected of, a packet that promises no goods.
fn strays(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<(), StoreError> {
    for (table, key) in [("goods_move", "seq"), ("goods_collection", "id")] {
        let sql = format!(
            "SELECT CAST({key} AS TEXT) AS id FROM {table} WHERE packet IS NOT NULL AND NOT EXISTS \
             (SELECT 1 FROM goods_packet JOIN packet ON packet.id = goods_packet.packet \
             WHERE goods_packet.packet = {table}.packet) ORDER BY {key}"
        );
        for row in &tx.rows(&sql, &[])? {
            auditor.differ("goods-packet-known", row.text("id")?, "what it promises", "nothing");
        }
    }
    Ok(())
}

/// The movements of a collection in this state.
const fn steps(state: GoodsState) -> &'static [Why] {
    match state {
        GoodsState::Collected | GoodsState::OutOfStock => &[Why::Collected],
        GoodsState::Redeemed => &[Why::Collected, Why::Redeemed],
        GoodsState::Shipped | GoodsState::Delivered => &[Why::Collected, Why::Shipped],
        GoodsState::Expired => &[Why::Collected, Why::Lapsed],
        GoodsState::Refunded => &[Why::Collected, Why::Missing],
        GoodsState::Applied | GoodsState::Rejected => &[],
    }
}

/// The collector signed for it and may have it, and was answered what the row says.
fn genuine(row: &Row, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let id = row.text("id")?;
    let Some(judged) = judged(row) else {
        auditor.differ("goods-request-genuine", id, "a request that its collector signed", "something else");
        return Ok(());
    };
    let holds = judged.is_about_its_packet() && judged.is_entitled();
    auditor.equal("goods-request-genuine", id, true, holds);
    auditor.equal("goods-request-genuine", id, id, judged.claims.jti.to_string().as_str());
    auditor.equal("goods-request-genuine", id, judged.client.to_string().as_str(), row.text("client")?);
    if let (Some(address), Some(salt)) = (&judged.address, judged.claims.address) {
        auditor.equal("goods-request-genuine", id, salt, address.0.digest(&address.1));
    }
    let packet = judged.packet.id();
    let name = reward_for(&packet, &judged.client).to_string();
    auditor.equal("goods-named", id, name.as_str(), row.text("reward_for")?);
    let issuer = &judged.packet.claims.iss;
    let Ok(answer) = goods::read_signed(row.text("answer")?, issuer, &keys.own, &judged.client) else {
        auditor.differ("goods-answer-genuine", id, "our answer to this request", "something else");
        return Ok(());
    };
    auditor.equal("goods-answer-says-so", id, answer.collect.to_string().as_str(), id);
    auditor.equal("goods-answer-says-so", id, answer.packet, packet);
    auditor.equal("goods-answer-says-so", id, answer.result == GoodsResult::Collected, true);
    auditor.equal("goods-answer-says-so", id, answer.iat, row.int("at")?);
    auditor.equal("goods-answer-says-so", id, answer.share.map_or(0, i64::from), row.int("share")?);
    let code = answer.code.map(|code| code.to_string()).unwrap_or_default();
    auditor.equal("goods-answer-says-so", id, code.as_str(), row.text("code")?);
    let until = row.int("until")?;
    if answer.until.is_none_or(|promised| until < promised) {
        auditor.differ("goods-answer-says-so", id, "a code as good as promised", until);
    }
    Ok(())
}

fn judged(row: &Row) -> Option<JudgedGoods> {
    let packet = Packet::read(row.opt_text("jws").ok()??).ok()?;
    let evidence: Evidence = stored::json(row, "request").ok()?;
    let jws = Jws::parse(&evidence.collect, Typ::Collect).ok()?;
    let (client, claims) = (jws.verify_client().ok()?, jws.claims::<GoodsClaims>().ok()?);
    let hops = read_hops(&evidence.hops).ok()?;
    let address = row.opt_text("address").ok()?.map(|text| goods::Address::new(text).ok());
    let address = match (address, row.opt_text("salt").ok()?) {
        (Some(Some(address)), Some(salt)) => Some((address, salt.to_owned())),
        (None, None) => None,
        _ => return None,
    };
    Some(JudgedGoods { client, claims, packet, hops, address })
}

const WISHES: &str = "SELECT goods_wish.*, packet.jws, goods_collection.id AS collection FROM goods_wish \
     JOIN goods_packet ON goods_packet.packet = goods_wish.packet JOIN packet ON packet.id = goods_wish.packet \
     LEFT JOIN goods_collection ON goods_collection.id = goods_wish.id \
     WHERE goods_wish.id > ?1 ORDER BY goods_wish.id LIMIT ?2";

/// Where there was a choice, goods were given exactly to those whose money the bank took back, by its signed word.
fn wishes(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let loose = "SELECT goods_collection.id FROM goods_collection JOIN goods_packet ON goods_packet.packet = goods_collection.packet \
                 WHERE goods_packet.cash = 1 AND NOT EXISTS (SELECT 1 FROM goods_wish WHERE goods_wish.id = goods_collection.id)";
    for row in &tx.rows(loose, &[])? {
        auditor.differ("goods-surrendered", row.text("id")?, "money that was given up", "none");
    }
    each(tx, WISHES, ("id", ""), &[], |_, row| {
        let (id, state) = (row.text("id")?, row.text("state")?);
        auditor.equal("goods-surrendered", id, state == "given", row.opt_text("collection")?.is_some());
        if state != "open" {
            auditor.equal("goods-surrendered", id, state, surrendered(row, keys)?);
        }
        Ok(())
    })
}

/// What the bank signed about a wish: `given`, `refused`, or nothing that is about it.
fn surrendered(row: &Row, keys: &Keys) -> Result<&'static str, StoreError> {
    const NOTHING: &str = "nothing that the bank signed";
    let Ok(packet) = Packet::read(row.text("jws")?) else { return Ok(NOTHING) };
    let Some(bank) = packet.claims.contents.money().map(|money| money.bank) else { return Ok(NOTHING) };
    let Some((_, bank_keys)) = keys.banks.iter().find(|(origin, _)| origin == bank) else { return Ok(NOTHING) };
    let asked = SurrenderClaims {
        iss: packet.claims.iss.clone(),
        aud: bank.clone(),
        jti: stored::parsed(row, "surrender")?,
        iat: row.int("at")?,
        packet: packet.id(),
        client: match row.text("client")?.parse() {
            Ok(client) => client,
            Err(_) => return Ok(NOTHING),
        },
    };
    let answer = surrender::read_answer(row.opt_text("answer")?.unwrap_or_default(), bank, &bank_keys.keys, &asked);
    Ok(match answer.map(|claims| claims.result) {
        Ok(SurrenderResult::Surrendered) => "given",
        Ok(SurrenderResult::Refused) => "refused",
        Err(_) => NOTHING,
    })
}
