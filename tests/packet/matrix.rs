//! Each signed message as each other, by another key, for another audience, in another's place: refused by the one judgement that
//! every party calls. The messages are the fuzzer's seeds, so a new one comes here by itself.

use std::collections::BTreeSet;
use std::path::Path;

use hongbao::jose::Typ;
use serde_json::{Value, json};

use super::fuzzed::{TARGETS, Target, sign};
use super::maker::{Draft, client};

/// The judgements of signed messages, each with the messages that it takes.
fn judgements() -> Vec<(&'static str, Target, Vec<Value>)> {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
    let signed = TARGETS.iter().filter(|(name, _)| name.starts_with("signed-"));
    let read = |name: &str| {
        let files = std::fs::read_dir(seeds.join(name)).unwrap();
        files.map(|file| serde_json::from_slice(&std::fs::read(file.unwrap().path()).unwrap()).unwrap()).collect()
    };
    signed.map(|(name, target)| (*name, *target, read(name))).collect()
}

fn takes(judge: Target, document: &Value) -> bool {
    judge(document.to_string().as_bytes())
}

/// Every different message that a document shows, and not only names by its digest.
fn messages(document: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    let mut open = vec![document];
    while let Some(value) = open.pop() {
        if value.get("sign").is_some() && !found.contains(value) {
            found.push(value.clone());
        }
        match value {
            Value::Object(members) => open.extend(members.iter().filter(|(name, _)| *name != "digest").map(|it| it.1)),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    found
}

/// The document with one message changed wherever it stands, so that every digest of it agrees.
fn with(document: &Value, old: &Value, new: &Value) -> Value {
    if document == old {
        return new.clone();
    }
    match document {
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), with(value, old, new)))
            .collect::<serde_json::Map<_, _>>()
            .into(),
        Value::Array(items) => items.iter().map(|item| with(item, old, new)).collect(),
        plain => plain.clone(),
    }
}

fn typ(message: &Value) -> Typ {
    let name = message["sign"].as_str().unwrap();
    Typ::ALL.into_iter().find(|typ| sign::name(*typ) == name).unwrap()
}

#[test]
fn no_message_is_taken_for_another_of_any_type() {
    let mut seen = BTreeSet::new();
    for (name, judge, documents) in judgements() {
        for document in documents {
            assert!(takes(judge, &document), "{name}: {document}");
            for message in messages(&document) {
                seen.insert(sign::name(typ(&message)));
                for other in Typ::ALL.into_iter().filter(|other| *other != typ(&message)) {
                    let mut changed = message.clone();
                    changed["sign"] = sign::name(other).into();
                    let document = with(&document, &message, &changed);
                    assert!(!takes(judge, &document), "{name}: {:?} as {other:?}", typ(&message));
                }
            }
        }
    }
    let all: BTreeSet<_> = Typ::ALL.into_iter().map(sign::name).collect();
    let missing: Vec<_> = all.difference(&seen).copied().collect();
    assert!(missing.is_empty(), "no target's seed holds a message of: {missing:?}");
}

#[test]
fn no_message_is_taken_by_another_key_or_for_another_audience() {
    for (name, judge, documents) in judgements() {
        for document in documents {
            let found = messages(&document);
            // A draw is judged for a packet that was judged before, and what is relayed by the register behind its judgement.
            let is_judged = |message: &Value| match name {
                "signed-draw" => typ(message) != Typ::Packet,
                "signed-relay" => typ(message).by_client(),
                _ => true,
            };
            for message in found.iter().filter(|message| is_judged(message)).cloned() {
                // A client's message by another client is that client's; a party's key is the one that is known.
                // What a known bank vouched for stands by that, whoever signed it.
                let is_vouched = typ(&message) == Typ::Packet && found.iter().any(|other| typ(other) == Typ::Voucher);
                let others = if typ(&message).by_client() || is_vouched { vec![] } else { vec![1, 2, 3, 9] };
                for by in others.into_iter().filter(|by| message["by"] != *by) {
                    let mut changed = message.clone();
                    changed["by"] = by.into();
                    assert!(!takes(judge, &with(&document, &message, &changed)), "{name}: {:?} by {by}", typ(&message));
                }
                // Whose keys a party's request is judged with is found by the party that it names.
                let is_request =
                    matches!(typ(&message), Typ::Fund | Typ::Order | Typ::Surrender | Typ::Withdraw | Typ::Extend);
                for member in ["aud", "iss"].into_iter().filter(|member| *member == "aud" || !is_request) {
                    let Some(before) = message["claims"].get(member) else { continue };
                    let elsewhere = if before.is_string() && before.as_str().unwrap().starts_with("https://") {
                        json!("https://elsewhere.example")
                    } else {
                        json!({ "client": 9 })
                    };
                    let mut changed = message.clone();
                    changed["claims"][member] = elsewhere;
                    let document = with(&document, &message, &changed);
                    assert!(!takes(judge, &document), "{name}: {:?} with another {member}", typ(&message));
                }
            }
        }
    }
}

/// Each message of each document that a judgement takes, with these.
fn all_messages() -> Vec<(&'static str, Target, Value, Value)> {
    let mut all = Vec::new();
    for (name, judge, documents) in judgements() {
        for document in documents {
            all.extend(messages(&document).into_iter().map(|message| (name, judge, document.clone(), message)));
        }
    }
    all
}

/// By these a message says what it is about.
const ABOUT: [&str; 17] = [
    "packet",
    "head",
    "prev",
    "hop",
    "from",
    "account",
    "bank",
    "voucher",
    "client",
    "collect",
    "order",
    "notice",
    "surrender",
    "instruction",
    "after",
    "next",
    "code",
];

/// Something else of the same kind.
fn another(value: &Value) -> Value {
    match value {
        Value::String(text) if text.starts_with("https://") => json!("https://elsewhere.example"),
        Value::String(text) if text.len() == 36 => json!("00000000-0000-0000-0000-000000000009"),
        Value::String(text) => json!(format!("{text}9")),
        Value::Number(number) => json!(number.as_i64().unwrap() + 1),
        Value::Object(members) if members.contains_key("client") => json!({ "client": 9 }),
        _ => json!({ "digest": "another" }),
    }
}

/// What a message may say by itself: the books have what it must agree with, or it is judged behind this judgement.
fn is_free(judgement: &str, typ: Typ, member: &str) -> bool {
    matches!(
        (judgement, typ, member),
        ("signed-order", Typ::Collect, "packet" | "head" | "account")
            | ("signed-surrender", Typ::Surrender, _)
            | ("signed-draw", Typ::Draw, "voucher")
            | ("signed-relay", Typ::Voucher, _)
            | ("signed-receipt", Typ::Receipt, "packet")
    )
}

#[test]
fn no_message_is_taken_for_what_it_is_not_about() {
    let mut tried = BTreeSet::new();
    for (name, judge, document, message) in all_messages() {
        for member in ABOUT.into_iter().filter(|member| !is_free(name, typ(&message), member)) {
            let Some(before) = message["claims"].get(member) else { continue };
            let mut changed = message.clone();
            changed["claims"][member] = another(before);
            let document = with(&document, &message, &changed);
            assert!(!takes(judge, &document), "{name}: {:?} about another {member}", typ(&message));
            tried.insert((name, sign::name(typ(&message)), member));
        }
    }
    assert!(tried.len() > 30, "{tried:?}");
}

#[test]
fn no_answer_is_taken_without_what_it_must_say() {
    let mut tried = BTreeSet::new();
    let is_answer = |message: &Value| matches!(typ(message), Typ::Answer | Typ::Surrendered | Typ::Goods);
    for (name, judge, document, message) in all_messages().into_iter().filter(|(.., message)| is_answer(message)) {
        for member in message["claims"].as_object().unwrap().keys() {
            let mut changed = message.clone();
            changed["claims"].as_object_mut().unwrap().remove(member);
            let document = with(&document, &message, &changed);
            assert!(!takes(judge, &document), "{name}: {:?} without {member}", typ(&message));
            tried.insert((name, member.clone()));
        }
    }
    assert!(tried.len() > 20, "{tried:?}");
}

#[test]
fn no_request_or_answer_is_taken_in_the_place_of_another() {
    let all = judgements();
    for (name, judge, _) in &all {
        for (other, _, documents) in all.iter().filter(|(other, ..)| other != name) {
            for document in documents {
                assert!(!takes(*judge, document), "{name} takes what is for {other}: {document}");
            }
        }
    }
}

/// What hides, turns round, stands for nothing, or goes on for ever.
fn hostile_texts() -> Vec<String> {
    let characters = "\u{0}\u{7}\u{1b}\r\u{ad}\u{34f}\u{61c}\u{115f}\u{180e}\u{200b}\u{200e}\u{200f}\u{2028}\u{202a}\u{202e}\u{2060}\
                      \u{2066}\u{2069}\u{2800}\u{3164}\u{feff}\u{fff9}\u{fffe}\u{e0001}\u{e0041}";
    let mut texts: Vec<String> = characters.chars().map(|c| format!("红{c}包")).collect();
    texts.extend([
        String::new(),
        " \u{200d}\u{fe0f} ".into(),
        "长".repeat(10_000),
        format!("e{}", "\u{301}".repeat(5_000)),
        "\u{202e}moc.elpmaxe.knab//:sptth".into(),
        "https://bank.example@evil.example/".into(),
    ]);
    texts
}

/// The place of every text in a document's claims.
fn places_of_texts(value: &Value, place: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(place.to_owned()),
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| places_of_texts(value, &format!("{place}/{name}"), found))
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| places_of_texts(item, &format!("{place}/{at}"), found))
        }
        _ => {}
    }
}

#[test]
fn no_text_of_a_packet_hides_turns_round_or_goes_on_for_ever() {
    let reward = json!({"amount": {"minor": 100, "currency": "CNY"}, "when": "opened", "per_person": 1,
        "until": 1_771_286_400 + 86_400, "fund": "F-1"});
    let addressed = Draft::addressed().with("envelope.theme", "gold".into()).with("forward.reward", reward);
    let addressed = addressed.voucher_with("fund", "F-1".into());
    assert!(hongbao::packet::PacketFile::read(addressed.clone().seal().text().as_bytes()).is_ok());
    let mut fields = 0;
    for draft in [Draft::goods(), addressed] {
        let mut places = Vec::new();
        places_of_texts(&draft.packet, "", &mut places);
        for (place, text) in places.iter().flat_map(|place| hostile_texts().into_iter().map(move |text| (place, text)))
        {
            let mut changed = draft.clone();
            *changed.packet.pointer_mut(place).unwrap() = text.clone().into();
            let file = changed.seal().text();
            let is_url_of_text = text.starts_with("https://") && !place.ends_with("iss") && !place.ends_with("bank");
            let read = hongbao::packet::PacketFile::read(file.as_bytes());
            assert!(read.is_err() || is_url_of_text, "{place} holds {text:?}");
        }
        fields += places.len();
        let Some(voucher) = &draft.voucher else { continue };
        let mut places = Vec::new();
        places_of_texts(voucher, "", &mut places);
        for (place, text) in places.iter().flat_map(|place| hostile_texts().into_iter().map(move |text| (place, text)))
        {
            let mut changed = draft.clone();
            *changed.voucher.as_mut().unwrap().pointer_mut(place).unwrap() = text.clone().into();
            let is_url_of_text = text.starts_with("https://") && !place.ends_with("iss") && !place.ends_with("origin");
            let read = hongbao::packet::PacketFile::read(changed.seal().text().as_bytes());
            assert!(read.is_err() || is_url_of_text, "the voucher's {place} holds {text:?}");
        }
        fields += places.len();
    }
    assert!(fields > 20, "{fields}");
    for text in hostile_texts().into_iter().filter(|text| !text.starts_with("https://")) {
        let file = Draft::forwardable(2).seal().forward(&client(0), None).note(&client(0), &text).text();
        assert!(hongbao::packet::PacketFile::read(file.as_bytes()).is_err(), "a note holds {text:?}");
    }
}
