//! Bytes that want to do harm: every byte of a good file changed, and documents made to cost time or memory.

use std::time::{Duration, Instant};

use hongbao::packet::media::{Media, MediaError};
use hongbao::packet::{PacketFile, Trust, Unreadable, Verdict, file, link, verify};

use super::maker::{Draft, client, png};
use super::vectors::trust_all;

/// Every signed message there is, and pictures, as small as can be.
fn sample() -> String {
    let zero = client(0);
    let picture = png(1, 1);
    let integrity = hongbao::packet::media::integrity(&picture);
    let mut draft = Draft::addressed();
    draft.packet["envelope"]["cover#integrity"] = integrity.into();
    let chain = draft.seal().forward(&zero, Some(&client(1))).note(&zero, "给你");
    chain.picture("image/png", &picture).text()
}

fn is_genuine(bytes: &[u8], trust: &Trust) -> bool {
    PacketFile::read(bytes).is_ok_and(|file| verify(&file, trust).verdict == Verdict::Genuine)
}

/// A link in which something stands that is not text is no link.
fn is_genuine_link(bytes: &[u8], trust: &Trust) -> bool {
    let file = std::str::from_utf8(bytes).ok().and_then(|text| link::read(text).ok());
    file.is_some_and(|file| verify(&file, trust).verdict == Verdict::Genuine)
}

/// Each byte changed in three ways, each byte left out, a byte put in before each, and the end cut off at each.
///
/// Only the end of a chain can be cut, at `may_end`: what is left is what an earlier holder had.
fn no_change_is_genuine(good: &[u8], judge: fn(&[u8], &Trust) -> bool, may_end: fn(&[u8]) -> bool) {
    let trust = trust_all();
    assert!(judge(good, &trust));
    let mut changed = good.to_vec();
    for (at, byte) in good.iter().enumerate() {
        // The lowest bit, the bit of upper and lower case, the bit that leaves ASCII.
        for pattern in [0x01, 0x20, 0x80] {
            changed[at] = byte ^ pattern;
            assert!(!judge(&changed, &trust), "byte {at} changed by {pattern:#x}");
        }
        changed[at] = *byte;
        let (before, after) = good.split_at(at);
        assert!(!judge(&[before, &after[1..]].concat(), &trust), "byte {at} left out");
        assert!(!judge(&[before, b"A", after].concat(), &trust), "a byte put in at {at}");
        assert_eq!(judge(before, &trust), may_end(after), "cut at {at}");
    }
}

#[test]
fn no_changed_file_is_genuine() {
    no_change_is_genuine(sample().as_bytes(), is_genuine, |_| false);
}

#[test]
fn no_changed_link_is_genuine() {
    let gift = Draft::forwardable(2).seal().forward(&client(0), None).note(&client(0), "给你");
    let may_end = |rest: &[u8]| rest.starts_with(b"&h=") || rest.starts_with(b"&n=");
    no_change_is_genuine(gift.link().as_bytes(), is_genuine_link, may_end);
}

/// Generous for a slow machine without optimisation; what is refused late takes minutes or all memory.
const SOON: Duration = Duration::from_secs(2);

fn refused_soon(what: &str, bytes: &[u8]) {
    let start = Instant::now();
    assert!(PacketFile::read(bytes).is_err(), "{what}");
    assert!(start.elapsed() < SOON, "{what} took {:?}", start.elapsed());
}

#[test]
fn what_is_made_to_cost_much_is_refused_soon() {
    let mib = file::MAX_FILE_BYTES;
    let members = |name: fn(usize) -> String, room: usize| {
        let mut text = String::from("{");
        for n in 0.. {
            text += &format!("\"{}\":0,", name(n));
            if text.len() > room {
                return text + "\"last\":0}";
            }
        }
        text
    };
    refused_soon("nested arrays", "[".repeat(mib).as_bytes());
    refused_soon("nested objects", "{\"a\":".repeat(mib / 5).as_bytes());
    refused_soon("one name many times", members(|_| "a".into(), mib - 100).as_bytes());
    refused_soon("many names", members(|n| n.to_string(), mib - 100).as_bytes());
    refused_soon("many items", format!("[{}0]", "0,".repeat(mib / 2 - 2)).as_bytes());
    refused_soon("a number of a million digits", "9".repeat(mib).as_bytes());
    refused_soon("a name of a million escapes", format!("{{\"{}\":1}}", "\\u0061".repeat(mib / 6 - 2)).as_bytes());
    let mut chain: serde_json::Value =
        serde_json::from_str(&Draft::forwardable(2).seal().forward(&client(0), None).text()).unwrap();
    let hop = chain["hops"][0].clone();
    chain["hops"] = vec![hop; 1000].into();
    assert_eq!(PacketFile::read(chain.to_string().as_bytes()), Err(Unreadable::TooMany));
    assert_eq!(PacketFile::read(&vec![b' '; mib + 1]), Err(Unreadable::TooLarge));
}

#[test]
fn the_largest_file_is_read_and_one_byte_more_is_not() {
    let good = Draft::gift().seal().text();
    let padded = |size: usize| [good.as_bytes(), &vec![b' '; size - good.len()]].concat();
    assert!(is_genuine(&padded(file::MAX_FILE_BYTES), &trust_all()));
    assert_eq!(PacketFile::read(&padded(file::MAX_FILE_BYTES + 1)), Err(Unreadable::TooLarge));
}

#[test]
fn pictures_that_claim_to_be_huge_are_measured_not_decoded() {
    for side in [2049, 65_535, 1 << 31, u32::MAX] {
        let start = Instant::now();
        assert_eq!(Media::from_bytes(&png(side, side)).unwrap_err(), MediaError::Size, "{side}");
        assert!(start.elapsed() < SOON);
    }
    let large = [png(1, 1), vec![0; 256 * 1024]].concat();
    assert_eq!(Media::from_bytes(&large).unwrap_err(), MediaError::Data);
}
