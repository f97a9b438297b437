//! What it costs to read and judge a packet file, beside the least that anybody must do with it: parse, digest, check the
//! signatures.

use std::hint::black_box;

use hongbao::jose::{PublicKey, from_base64, from_base64url};
use hongbao::packet::chain::{NextHop, forward};
use hongbao::packet::media;
use hongbao::packet::{PacketFile, Verdict, verify};
use serde_json::Value;

use crate::table::{Table, by_turns};
use crate::wallets;

/// As many turns, and as often in each: one takes less than a clock can tell well.
const TURNS: usize = 400;
const EACH: usize = 10;
const GOAL: f64 = 1.5;

pub(crate) fn measure(table: &mut Table) {
    let gift = wallets::packet(1, 1_771_286_400);
    let mut passed = gift.clone();
    for n in 0..3_u8 {
        let next = NextHop { jti: uuid::Uuid::from_u128(u128::from(n)), iat: 1_771_286_500, to: None, note: None };
        passed = forward(&passed, &wallets::key(20 + n), &next).unwrap_or_else(|error| panic!("{error}"));
    }
    let pictured = wallets::pictured();
    for (what, file, clients) in
        [("a gift", &gift, 0), ("one forwarded thrice", &passed, 3), ("one with a picture", &pictured, 0)]
    {
        let bytes = file.to_bytes();
        let trust = wallets::trust();
        let keys = keys(clients);
        let whole = || {
            for _ in 0..EACH {
                let file = PacketFile::read(black_box(&bytes)).unwrap_or_else(|error| panic!("{error}"));
                assert_eq!(verify(&file, &trust).verdict, Verdict::Genuine);
                black_box(file.packet.id());
            }
        };
        let least = || (0..EACH).for_each(|_| bare(black_box(&bytes), &keys));
        let times = by_turns(TURNS, whole, least).map(|time| time / EACH as u32);
        table.ratio(&format!("reading and judging {what} / parse, digest, check"), times, GOAL);
    }
}

/// Who signed, in the order of the file.
fn keys(clients: u8) -> Vec<PublicKey> {
    [1, 2].into_iter().chain((0..clients).map(|n| 20 + n)).map(|secret| wallets::key(secret).public()).collect()
}

/// The bare work: the file's JSON, each message's header and claims, its digest, its signature.
fn bare(bytes: &[u8], keys: &[PublicKey]) {
    let outer: Value = serde_json::from_slice(bytes).unwrap_or_default();
    for picture in outer["media"].as_array().into_iter().flatten() {
        let bytes = from_base64(picture["data"].as_str().unwrap_or_default()).unwrap_or_default();
        black_box((media::integrity(&bytes), image::guess_format(&bytes).ok()));
    }
    let hops = outer["hops"].as_array().into_iter().flatten();
    let messages = [&outer["packet"], &outer["voucher"]].into_iter().chain(hops);
    for (message, key) in messages.zip(keys) {
        let compact = message.as_str().unwrap_or_default();
        let (signed, signature) = compact.rsplit_once('.').unwrap_or_default();
        let (header, claims) = signed.split_once('.').unwrap_or_default();
        let read = |part| from_base64url(part).ok().and_then(|json| serde_json::from_slice::<Value>(&json).ok());
        let (header, claims) = (read(header).unwrap_or_default(), read(claims));
        black_box(claims);
        // A client's key comes with the message and has to be judged, as the format says; a party's is known.
        let own = header.get("jwk").and_then(|jwk| serde_json::from_value::<PublicKey>(jwk.clone()).ok());
        let key = own.unwrap_or_else(|| key.clone());
        black_box(wallets::digest(compact));
        let signature: [u8; 64] = from_base64url(signature).unwrap_or_default().try_into().unwrap_or([0; 64]);
        assert!(key.verifies(signed.as_bytes(), &signature));
    }
}
