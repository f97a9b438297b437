//! Signed messages, each by the one judgement that every party calls. The fuzzer's document is signed on the way.

use hongbao::api::discovery::{Discovery, Role};
use hongbao::api::keys::KnownKeys;
use hongbao::api::{auth, collect, draw, feed, fund, goods, inbox, instruction, notice, order, surrender};
use hongbao::identity::card::{Card, is_card};
use hongbao::jose::{Digest, json};
use hongbao::packet::{PacketFile, Verdict, verify};
use serde_json::Value;
use uuid::Uuid;

use super::sign::{NOW, body, key, keys, origin, resolve, trust};

/// The whole file, judged.
pub fn packet(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok(file) = PacketFile::read(&body) else { return false };
    verify(&file, &trust()).verdict == Verdict::Genuine
}

pub fn card(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok(card) = Card::read(&body) else { return false };
    assert!(is_card(&body), "it says so of itself");
    assert_eq!(Card::read(&card.to_bytes()).as_ref(), Ok(&card), "read again");
    true
}

pub fn notice(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok(judged) = notice::judge(&body, &origin("shop"), &keys(1), |_| None, NOW) else { return false };
    if let Ok((forwarder, _)) = judged.earns(NOW) {
        assert_ne!(forwarder, judged.opener, "nobody earns by opening what is their own");
        assert!(!judged.signers().contains(&judged.opener), "nor what they forwarded");
    }
    true
}

pub fn collect(bytes: &[u8]) -> bool {
    body(bytes).is_some_and(|body| collect::judge(&body, &origin("bank"), &trust(), NOW).is_ok())
}

pub fn goods(bytes: &[u8]) -> bool {
    body(bytes).is_some_and(|body| goods::judge(&body, &origin("shop"), &keys(1), NOW).is_ok())
}

pub fn fund(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok((jws, claims)) = fund::read(&body) else { return false };
    let holds = fund::judge(&jws, &claims, &origin("bank"), &keys(1), NOW).is_ok();
    assert!(!holds || claims.total.minor > 0, "money is more than nothing");
    holds
}

pub fn order(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok(read) = order::read(&body) else { return false };
    order::judge(read, &origin("bank"), &keys(2), NOW).is_ok()
}

pub fn instruction(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok((kind, jws, claims)) = instruction::read(&body) else { return false };
    instruction::judge((kind, &jws, &claims), &origin("bank"), &keys(1), NOW).is_ok()
}

pub fn surrender(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok((jws, claims)) = surrender::read(&body) else { return false };
    surrender::judge(&jws, &claims, &origin("bank"), &keys(1), NOW).is_ok()
}

/// The body, as client 3 sends it.
pub fn relay(bytes: &[u8]) -> bool {
    let sender = key(3).public().thumbprint();
    body(bytes).is_some_and(|body| inbox::judge_relay(&body, &sender).is_ok())
}

/// The token alone, for one fixed request.
pub fn auth(bytes: &[u8]) -> bool {
    let Some(Value::String(token)) = resolve(bytes) else { return false };
    let (server, body) = (origin("bank"), b"{}");
    let asked = auth::Asked { server: &server, method: "POST", path: "/v1/links", body };
    auth::judge(&format!("{}{token}", auth::SCHEME), asked, NOW).is_ok()
}

pub fn receipt(bytes: &[u8]) -> bool {
    let Some(Value::String(compact)) = resolve(bytes) else { return false };
    let opener = key(4).public().thumbprint();
    notice::read_receipt(&compact, &origin("shop"), &keys(1), &opener, Uuid::nil()).is_ok()
}

pub fn answer(bytes: &[u8]) -> bool {
    let Some(Value::String(compact)) = resolve(bytes) else { return false };
    order::read_answer(&compact, &origin("bank"), &keys(2), &origin("bank"), Uuid::nil()).is_ok()
}

pub fn feed(bytes: &[u8]) -> bool {
    let Some(Value::String(compact)) = resolve(bytes) else { return false };
    feed::read(&compact, &origin("bank"), &keys(2), &origin("shop"), 0).is_ok()
}

/// A list of pages, read and judged together for the packet of the first member.
pub fn draw(bytes: &[u8]) -> bool {
    let Some(Value::Array(parts)) = resolve(bytes) else { return false };
    let Some((Some(packet), pages)) = parts.split_first().map(|(first, rest)| (first.as_str(), rest)) else {
        return false;
    };
    let Ok(packet) = hongbao::packet::Packet::read(packet) else { return false };
    let (bank, keys, mut after, mut read) = (origin("bank"), keys(2), 0, Vec::new());
    for page in pages.iter().filter_map(Value::as_str).take(4) {
        let Ok(claims) = draw::read(page, &bank, &keys, &packet.id(), after) else { return false };
        after = claims.places.last().map_or(after, |place| place.place);
        read.push(claims);
    }
    // Whether it holds or is broken: it is judged without a panic.
    let _ = draw::judge(&packet, "V-1", &read, None);
    !read.is_empty()
}

/// `[answer, code]`, of which the code may be absent.
pub fn goods_answer(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok(answer) = json::read::<goods::GoodsAnswer>(&body) else { return false };
    let (shop, keys, client) = (origin("shop"), keys(1), key(3).public().thumbprint());
    let signed = goods::read_signed(&answer.answer, &shop, &keys, &client);
    let whole = goods::read_answer(&answer, (&shop, &keys), &client, (Uuid::nil(), &Digest::of(b"packet")));
    assert!(whole.is_err() || signed.is_ok(), "the whole needs the signed part");
    whole.is_ok()
}

pub fn outcome(bytes: &[u8]) -> bool {
    let Some(Value::String(compact)) = resolve(bytes) else { return false };
    let (bank, shop, keys, packet) = (origin("bank"), origin("shop"), keys(2), Digest::of(b"packet"));
    [instruction::Kind::Withdraw, instruction::Kind::Extend]
        .into_iter()
        .any(|kind| instruction::read_outcome(&compact, (&bank, &keys), &shop, (Uuid::nil(), kind, &[packet])).is_ok())
}

/// What the enterprise shows of itself, to somebody who pinned its key 1.
pub fn keys_changed(bytes: &[u8]) -> bool {
    let Some(body) = body(bytes) else { return false };
    let Ok(document) = Discovery::read(&body, &origin("shop"), Role::Enterprise) else { return false };
    let known = KnownKeys { current: keys(1).keys, ..KnownKeys::default() };
    let Ok(Some(now)) = known.follow(&document) else { return false };
    assert!(now.ever().find(&key(1).public().thumbprint()).is_some(), "what was known once stays on record");
    assert_eq!(now.follow(&document), Ok(None), "there is nothing more to follow");
    true
}

pub fn surrendered(bytes: &[u8]) -> bool {
    let Some(Value::String(compact)) = resolve(bytes) else { return false };
    let asked = surrender::SurrenderClaims {
        iss: origin("shop"),
        aud: origin("bank"),
        jti: Uuid::nil(),
        iat: NOW,
        packet: Digest::of(b"packet"),
        client: key(3).public().thumbprint(),
    };
    surrender::read_answer(&compact, &origin("bank"), &keys(2), &asked).is_ok()
}
