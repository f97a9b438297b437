//! Parsers of what strangers send. Besides not panicking, what is read is written and read again as the same.

use hongbao::api::account::AccountNumber;
use hongbao::api::code::RedeemCode;
use hongbao::api::delivery::{self, StatesRequest};
use hongbao::api::discovery::{Discovery, Role};
use hongbao::api::problem::{MEDIA_TYPE, Problem};
use hongbao::jose::{Jws, KeySet, json};
use hongbao::money::Amount;
use hongbao::packet::media::Media;
use hongbao::packet::{Origin, PacketFile, Verdict, link, text as texts, verify};

use super::sign::{self, trust, types};

pub fn packet(bytes: &[u8]) -> bool {
    let Ok(file) = PacketFile::read(bytes) else { return false };
    let written = file.to_bytes();
    let again = PacketFile::read(&written).expect("what was written is read");
    assert_eq!(again.to_bytes(), written, "written alike");
    let report = verify(&file, &trust());
    assert_ne!(report.verdict, Verdict::Unreadable, "what was read is judged");
    true
}

/// What a sender asks a relay about what it passed on.
pub fn states(bytes: &[u8]) -> bool {
    let Ok(deliveries) = delivery::judge_states(bytes) else { return false };
    assert!((1..=delivery::MAX_DELIVERIES).contains(&deliveries.len()), "some, and not too many");
    let written = serde_json::to_vec(&StatesRequest { deliveries: deliveries.clone() }).expect("names are written");
    assert_eq!(delivery::judge_states(&written).ok(), Some(deliveries), "read again");
    true
}

/// What a sender takes back.
pub fn recall(bytes: &[u8]) -> bool {
    let Ok(name) = delivery::judge_recall(bytes) else { return false };
    let written = serde_json::to_vec(&name).expect("a name is written");
    assert_eq!(delivery::judge_recall(&written).ok(), Some(name), "read again");
    true
}

pub fn link(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(file) = link::read(text) else { return false };
    assert_eq!(link::write(&file).as_deref(), Ok(text), "one spelling");
    true
}

pub fn picture(bytes: &[u8]) -> bool {
    Media::from_bytes(bytes).is_ok_and(|media| media.check().is_ok())
}

pub fn json(bytes: &[u8]) -> bool {
    let Ok(value) = json::value(bytes) else { return false };
    let written = serde_json::to_vec(&value).expect("a value is written");
    assert_eq!(json::value(&written).as_ref(), Ok(&value), "read again");
    true
}

pub fn jws(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let read: Vec<Jws> = types().iter().filter_map(|typ| Jws::parse(text, *typ).ok()).collect();
    assert!(read.len() <= 1, "a message is of one type");
    read.first().is_some_and(|jws| {
        assert_eq!(jws.as_str(), text, "the very bytes");
        let _ = jws.verify_client();
        true
    })
}

pub fn keys(bytes: &[u8]) -> bool {
    let Ok(keys) = json::read::<KeySet>(bytes) else { return false };
    let written = keys.to_json().to_string();
    let again: KeySet = json::read(written.as_bytes()).expect("what was written is read");
    assert_eq!(again.keys.len(), keys.keys.len(), "read again");
    true
}

pub fn discovery(bytes: &[u8]) -> bool {
    let enterprise = Discovery::read(bytes, &sign::origin("shop"), Role::Enterprise).is_ok();
    let bank = Discovery::read(bytes, &sign::origin("bank"), Role::Bank).is_ok();
    assert!(!(enterprise && bank), "one role");
    enterprise || bank
}

pub fn problem(bytes: &[u8]) -> bool {
    let problem = Problem::of_answer(400, Some(MEDIA_TYPE), bytes);
    for text in [problem.title(), problem.detail(), problem.next().unwrap_or_default()] {
        assert!(!text.chars().any(texts::is_forbidden), "nothing hides in a server's text");
    }
    Problem::of_document(400, Some(MEDIA_TYPE), bytes).is_some()
}

pub fn origin(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    if let Ok(typed) = Origin::from_input(text) {
        assert_eq!(Origin::parse(typed.as_str()).as_ref(), Ok(&typed), "what was typed has one spelling");
    }
    Origin::parse(text).is_ok_and(|origin| {
        assert_eq!(origin.as_str(), text, "one spelling");
        let _ = (origin.host(), origin.ip(), origin.is_loopback(), origin.url("/x"));
        true
    })
}

pub fn text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let rules = [texts::NAME, texts::NOTE, texts::TERMS, texts::IDENTIFIER, texts::ADDRESS];
    let holds = rules.iter().filter(|rule| rule.check(text).is_ok()).count() > 0;
    assert!(!holds || !text.contains('\u{202e}'), "nothing turns a text round");
    let _ = texts::cell(text);
    holds
}

pub fn amount(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(amount) = text.parse::<Amount>() else { return false };
    assert_eq!(amount.to_string().parse::<Amount>().as_ref(), Ok(&amount), "read again");
    let _ = (amount.plus(amount), amount.times(u64::MAX), amount.within_packet_limits());
    true
}

pub fn account(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(account) = text.parse::<AccountNumber>() else { return false };
    assert_eq!(account.as_str().parse::<AccountNumber>().as_ref(), Ok(&account), "read again");
    true
}

pub fn code(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(code) = text.parse::<RedeemCode>() else { return false };
    let _ = code.digest();
    true
}
