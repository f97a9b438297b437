//! Goods: every unit is where its movements put it, nothing is promised or given that is not there, and each collection is what
//! its collector signed and was answered.

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
use crate::party::audit::Auditor;
use crate::party::changes;
use crate::store::{Row, StoreError, Tx};

/// What the movements come to.
#[derive(Default)]
struct Moved {
    stocks: BTreeMap<String, BTreeMap<Place, i64>>,
    packets: BTreeMap<String, Packets>,
    collections: BTreeMap<String, Vec<(Why, i64)>>,
}

#[derive(Clone, Copy, Default)]
struct Packets {
    issued: i64,
    collected: i64,
    back: i64,
    cash: i64,
}

pub(super) fn check(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let moved = replay(tx, auditor)?;
    stocks(tx, &moved, auditor)?;
    packets(tx, &moved, auditor)?;
    collections(tx, keys, &moved, auditor)?;
    wishes(tx, keys, auditor)
}

/// Follows every movement in order.
fn replay(tx: &mut Tx<'_>, auditor: &mut Auditor) -> Result<Moved, StoreError> {
    let mut moved = Moved::default();
    for (at, row) in (1_i64..).zip(&tx.rows("SELECT * FROM goods_move ORDER BY seq", &[])?) {
        let (seq, word) = (row.int("seq")?, row.text("why")?);
        auditor.equal("goods-moves-without-gap", seq, at, seq);
        let Some(why) = Why::ALL.into_iter().find(|why| why.word() == word) else {
            auditor.differ("goods-move-legal", seq, "a known reason", word);
            continue;
        };
        let ((source, target), units) = (why.way(), row.int("units")?);
        let way = format!("{} to {}", row.text("source")?, row.text("target")?);
        auditor.equal("goods-move-legal", seq, format!("{} to {}", source.word(), target.word()), way);
        let stock = moved.stocks.entry(row.text("campaign")?.to_owned()).or_default();
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
            Why::Collected | Why::Redeemed | Why::Shipped | Why::Lapsed => (true, true),
        };
        auditor.equal("goods-move-named", seq, format!("{needed:?}"), format!("{named:?}"));
        if let Some(packet) = row.opt_text("packet")? {
            let of = moved.packets.entry(packet.to_owned()).or_default();
            match why {
                Why::Issued => of.issued = of.issued.saturating_add(units),
                Why::Collected => of.collected = of.collected.saturating_add(units),
                Why::Cash => {
                    of.back = of.back.saturating_add(units);
                    of.cash = of.cash.saturating_add(units);
                }
                Why::Expired | Why::Withdrawn => of.back = of.back.saturating_add(units),
                _ => {}
            }
        }
        if let Some(collection) = row.opt_text("collection")? {
            moved.collections.entry(collection.to_owned()).or_default().push((why, units));
        }
    }
    Ok(moved)
}

/// The stock is what the movements come to.
fn stocks(tx: &mut Tx<'_>, moved: &Moved, auditor: &mut Auditor) -> Result<(), StoreError> {
    let none = BTreeMap::new();
    for row in &tx.rows("SELECT * FROM goods_stock ORDER BY campaign", &[])? {
        let campaign = row.text("campaign")?;
        let balances = moved.stocks.get(campaign).unwrap_or(&none);
        for place in [Place::Free, Place::Promised, Place::Given, Place::Handed] {
            let expected = balances.get(&place).copied().unwrap_or(0);
            auditor.equal("goods-stock-as-moved", campaign, expected, row.int(place.word())?);
        }
    }
    Ok(())
}

const PACKETS: &str = "SELECT packet.id, packet.jws, packet.campaign AS of_campaign, goods_packet.*, \
     (SELECT COUNT(*) FROM goods_collection WHERE goods_collection.packet = packet.id) AS taken, \
     (SELECT COUNT(*) FROM feed WHERE feed.packet = packet.id AND feed.kind = 'collected') AS in_money, \
     (SELECT MAX(instructed.until) FROM instructed WHERE instructed.packet = packet.id \
     AND instructed.result = 'extended') AS extended, \
     (SELECT COUNT(*) FROM instructed WHERE instructed.packet = packet.id AND instructed.result = 'extended' \
     AND instructed.until = goods_packet.expires) AS told FROM packet \
     LEFT JOIN goods_packet ON goods_packet.packet = packet.id ORDER BY packet.serial";

/// A packet promises what it says, once, and never gives more; what has ended keeps nothing.
fn packets(tx: &mut Tx<'_>, moved: &Moved, auditor: &mut Auditor) -> Result<(), StoreError> {
    for row in &tx.rows(PACKETS, &[])? {
        let id = row.text("id")?;
        let Ok(Contents::Goods { quantity, shares, cash, .. }) =
            Packet::read(row.text("jws")?).map(|packet| packet.claims.contents)
        else {
            auditor.equal("goods-packet-known", id, false, row.opt_text("packet")?.is_some());
            continue;
        };
        if row.opt_text("packet")?.is_none() {
            auditor.differ("goods-packet-known", id, "what it promises", "nothing");
            continue;
        }
        auditor.equal("goods-packet-as-signed", id, i64::from(quantity), row.int("units")?);
        auditor.equal("goods-packet-as-signed", id, i64::from(shares), row.int("shares")?);
        auditor.equal("goods-packet-as-signed", id, cash.is_some(), row.flag("cash")?);
        auditor.equal("goods-packet-as-signed", id, row.text("of_campaign")?, row.text("campaign")?);
        dates(row, auditor)?;
        let of = moved.packets.get(id).copied().unwrap_or_default();
        let taken = row.int("taken")?;
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
    }
    Ok(())
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
     FROM goods_collection LEFT JOIN packet ON packet.id = goods_collection.packet \
     LEFT JOIN goods_packet ON goods_packet.packet = goods_collection.packet ORDER BY goods_collection.id";

fn collections(tx: &mut Tx<'_>, keys: &Keys, moved: &Moved, auditor: &mut Auditor) -> Result<(), StoreError> {
    for row in &tx.rows(COLLECTIONS, &[])? {
        let id = row.text("id")?;
        let state: GoodsState = stored::parsed(row, "state")?;
        let (Some(units), Some(shares)) = (row.opt_int("units")?, row.opt_int("shares")?) else {
            auditor.differ("goods-packet-known", row.text("packet")?, "what it promises", "nothing");
            continue;
        };
        let expected: Vec<(Why, i64)> = steps(state).iter().map(|why| (*why, units)).collect();
        let found = moved.collections.get(id).map(Vec::as_slice).unwrap_or_default();
        auditor.equal("goods-collection-moved", id, format!("{expected:?}"), format!("{found:?}"));
        if !(1..=shares).contains(&row.int("share")?) {
            auditor.differ("goods-within-shares", id, "one of the packet's shares", row.int("share")?);
        }
        let told = changes::of(tx, "goods", id)?;
        let last = told.last().map(|change| change.after.as_str()).unwrap_or_default();
        auditor.equal("goods-state-recorded", id, state.as_str(), last);
        let is_done = !state.is_open();
        auditor.equal("goods-done-when", id, is_done, row.opt_int("done_at")?.is_some());
        genuine(row, keys, auditor)?;
    }
    for id in moved.collections.keys() {
        let known = "SELECT 1 AS known FROM goods_collection WHERE id = ?1";
        if tx.first(known, &crate::values![id])?.is_none() {
            auditor.differ("goods-collection-moved", id, "a collection", "none");
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

const WISHES: &str = "SELECT goods_wish.*, packet.jws, goods_collection.id AS collection, goods_packet.cash FROM goods_packet \
     JOIN packet ON packet.id = goods_packet.packet \
     LEFT JOIN goods_wish ON goods_wish.packet = goods_packet.packet \
     LEFT JOIN goods_collection ON goods_collection.id = goods_wish.id ORDER BY goods_wish.id";

/// Where there was a choice, goods were given exactly to those whose money the bank took back, by its signed word.
fn wishes(tx: &mut Tx<'_>, keys: &Keys, auditor: &mut Auditor) -> Result<(), StoreError> {
    let loose = "SELECT goods_collection.id FROM goods_collection JOIN goods_packet ON goods_packet.packet = goods_collection.packet \
                 WHERE goods_packet.cash = 1 AND NOT EXISTS (SELECT 1 FROM goods_wish WHERE goods_wish.id = goods_collection.id)";
    for row in &tx.rows(loose, &[])? {
        auditor.differ("goods-surrendered", row.text("id")?, "money that was given up", "none");
    }
    for row in &tx.rows(WISHES, &[])? {
        let Some(id) = row.opt_text("id")? else { continue };
        auditor.equal("goods-surrendered", id, row.text("state")? == "given", row.opt_text("collection")?.is_some());
        if row.text("state")? != "open" {
            let said = surrendered(row, keys)?;
            auditor.equal("goods-surrendered", id, row.text("state")?, said);
        }
    }
    Ok(())
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
