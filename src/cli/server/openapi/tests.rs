//! The documents against the routers that they describe, of both roles: `cli` alone knows both.
#![allow(clippy::unwrap_used)]

mod roles;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::header::ALLOW;
use axum::http::{Request, StatusCode};
use serde_json::Value;
use tower::ServiceExt as _;
use zeroize::Zeroizing;

use super::*;
use crate::clock::SystemClock;
use crate::jose::SigningKey;
use crate::net::client::{Client, Reach};
use crate::packet::Origin;
use crate::party::Party;
use crate::random::SystemRandom;
use crate::store::{Schema, Store};

const DOORS: [(Role, bool); 4] =
    [(Role::Bank, false), (Role::Bank, true), (Role::Enterprise, false), (Role::Enterprise, true)];

fn json(role: Role, admin: bool) -> Value {
    document(role, admin).to_json().unwrap()
}

/// Path, method, operation.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().iter().map(move |(m, op)| (path.as_str(), m.as_str(), op)))
        .collect()
}

fn party(dir: &Path, schema: Schema, origin: &Origin) -> Arc<Party> {
    std::fs::create_dir(dir).unwrap();
    Arc::new(Party {
        origin: origin.clone(),
        name: "Party".to_owned(),
        own: SigningKey::from_secret(&Zeroizing::new([7; 32])).into(),
        store: Store::open(&dir.join("party.sqlite3"), schema).unwrap(),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        client: Client::new(Reach::Configured, "tests").unwrap(),
    })
}

/// In the order of [`DOORS`].
async fn routers(dir: &Path, origin: &Origin) -> Vec<Router> {
    let bank = bank::Bank::new(party(&dir.join("bank"), Schema::Bank, origin), bank::Settings::default()).unwrap();
    let house = party(&dir.join("enterprise"), Schema::Enterprise, origin);
    let house = enterprise::Enterprise::open(house, enterprise::Settings::default()).await.unwrap();
    let public = [bank::router(bank.clone()), enterprise::router(house.clone())];
    let admin = [bank::admin_router(bank), enterprise::admin_router(house)];
    let [[bank, enterprise], [bank_admin, enterprise_admin]] = [public, admin];
    vec![bank, bank_admin, enterprise, enterprise_admin]
}

#[tokio::test]
async fn routers_and_documents_know_the_same_routes() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::parse("https://party.example").unwrap();
    for (router, (role, admin)) in routers(dir.path(), &origin).await.into_iter().zip(DOORS) {
        let document = json(role, admin);
        let mut methods = BTreeMap::<&str, BTreeSet<String>>::new();
        for (path, method, _) in operations(&document) {
            methods.entry(path).or_default().insert(method.to_uppercase());
        }
        assert!(methods.len() > 4);
        for (path, methods) in methods {
            // What no route takes is answered with what this one takes.
            let request = Request::builder().method("BREW").uri(path.replace(['{', '}'], "")).body(Body::empty());
            let answer = router.clone().oneshot(request.unwrap()).await.unwrap();
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{role:?} {path}");
            let allowed = answer.headers()[ALLOW].to_str().unwrap().split(',').map(str::to_owned);
            // HEAD comes with GET.
            let allowed: BTreeSet<_> = allowed.filter(|method| method != "HEAD").collect();
            assert_eq!(allowed, methods, "{role:?} {path}");
        }
    }
}

#[tokio::test]
async fn a_server_serves_the_document_that_the_command_prints() {
    let dir = tempfile::tempdir().unwrap();
    let origin = Origin::parse("https://party.example").unwrap();
    for (router, (role, admin)) in routers(dir.path(), &origin).await.into_iter().zip(DOORS) {
        let path = if admin { crate::party::openapi::ADMIN_OPENAPI } else { crate::api::routes::OPENAPI };
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        let answer = router.oneshot(request).await.unwrap();
        let served = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&served).unwrap(), json(role, admin));
    }
}

#[test]
fn every_operation_is_described() {
    for (role, admin) in DOORS {
        let document = json(role, admin);
        assert_eq!(document["openapi"], "3.1.0");
        let mut ids = BTreeSet::new();
        for (path, method, operation) in operations(&document) {
            let at = format!("{role:?} {method} {path}");
            assert!(operation["summary"].as_str().is_some_and(|text| !text.is_empty()), "{at}");
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{at}: its id is another's too");
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("200") && responses.contains_key("500"), "{at}");
            for (status, response) in responses {
                let content = response["content"].as_object().unwrap();
                let media_type = if status == "200" { None } else { Some("application/problem+json") };
                assert!(media_type.is_none_or(|media_type| content.contains_key(media_type)), "{at} {status}");
            }
            let parameters = operation["parameters"].as_array();
            let named = parameters.into_iter().flatten().filter(|it| it["in"] == "path");
            let named: BTreeSet<_> = named.map(|it| it["name"].as_str().unwrap()).collect();
            let in_path: BTreeSet<_> = path.split('{').skip(1).map(|rest| rest.split('}').next().unwrap()).collect();
            assert_eq!(named, in_path, "{at}");
            assert_eq!(
                admin || operation["security"].is_array(),
                responses.contains_key("401") && is_asked(responses),
                "{at}"
            );
        }
    }
}

/// Whether an operation refuses those who do not say who they are.
fn is_asked(responses: &serde_json::Map<String, Value>) -> bool {
    responses["401"]["description"].as_str().unwrap().split(", ").any(|code| code == "unauthorized")
}

#[test]
fn words_are_spelled_as_they_travel() {
    let document = json(Role::Bank, false);
    let words = &document["components"]["schemas"]["VoucherState"]["enum"];
    assert_eq!(words[1], serde_json::to_value(crate::api::states::VoucherState::PartlyPaid).unwrap(), "{words}");
    let refused = &document["paths"]["/v1/feed"]["get"]["responses"]["401"]["content"]["application/problem+json"];
    let kind = &refused["schema"]["allOf"][1]["properties"];
    assert_eq!((kind["type"]["type"].as_str(), kind["status"]["type"].as_str()), (Some("string"), Some("integer")));
}

#[test]
fn references_lead_somewhere() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }
    for (role, admin) in DOORS {
        let document = json(role, admin);
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(found.len() > 10);
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{role:?}: {reference}");
        }
    }
}

/// The sources of both roles, without their tests.
fn sources() -> Vec<String> {
    let rooms =
        ["bank", "enterprise", "party"].map(|room| Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(room));
    let (mut folders, mut found) = (rooms.to_vec(), Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.extend((!path.ends_with("tests")).then_some(path));
            } else {
                found.push(std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

/// Codes that stand right where a problem is made, with their status.
fn codes_in(sources: &[String]) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for (text, maker) in sources.iter().flat_map(|text| [(text, "Problem::new("), (text, "Failure::refused(")]) {
        for rest in text.split(maker).skip(1) {
            let mut parts = rest.trim_start().splitn(3, ',');
            let (code, status) = (parts.next().unwrap(), parts.next().unwrap_or_default().trim());
            if let Some(code) = code.strip_prefix('"').and_then(|code| code.strip_suffix('"')) {
                found.insert((code.to_owned(), status.to_owned()));
            }
        }
    }
    found
}

#[test]
fn every_problem_of_the_sources_is_in_a_document_and_no_other() {
    let mut documented = BTreeSet::new();
    for (role, admin) in DOORS {
        let document = json(role, admin);
        for (_, _, operation) in operations(&document) {
            for (status, response) in
                operation["responses"].as_object().unwrap().iter().filter(|(status, _)| *status != "200")
            {
                let codes = response["description"].as_str().unwrap().split(", ");
                documented.extend(codes.map(|code| (code.to_owned(), status.clone())));
            }
        }
    }
    let sources = sources();
    let own = codes_in(&sources);
    assert!(own.len() > 15, "{own:?}");
    let missing: Vec<_> = own.difference(&documented).collect();
    assert!(missing.is_empty(), "in no document: {missing:?}");
    let general = |code: &str, status: &str| {
        use crate::api::Refusal;
        use crate::api::problem::{General, Problem};
        let refusals = [
            Refusal::Malformed(String::new()),
            Refusal::NotGenuine(""),
            Refusal::Stale,
            Refusal::WrongAudience,
            Refusal::NotAllowed(""),
            Refusal::Unknown(""),
        ];
        let refused = refusals.iter().any(|refusal| refusal.code() == code && refusal.status().to_string() == status);
        refused
            || General::ALL.iter().any(|general| {
                let problem = Problem::general(*general, "");
                problem.code() == code && problem.status().to_string() == status
            })
    };
    // Some are chosen first, and put into a problem further down.
    let written = |code: &str| {
        let (quoted, described) = (format!("\"{code}\""), format!("description = \"{code}\""));
        sources.iter().any(|text| text.matches(&quoted).count() > text.matches(&described).count())
    };
    let unknown = documented.difference(&own).filter(|(code, status)| !general(code, status) && !written(code));
    let unknown: Vec<_> = unknown.collect();
    assert!(unknown.is_empty(), "in no source: {unknown:?}");
}

/// The schemas that a document's requests are made of.
fn asked(document: &Value) -> BTreeSet<&str> {
    let schemas = &document["components"]["schemas"];
    let mut found = BTreeSet::new();
    let mut open: Vec<&Value> =
        operations(document).into_iter().map(|(_, _, operation)| &operation["requestBody"]).collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Object(members) => open.extend(members.values()),
            Value::Array(items) => open.extend(items),
            Value::String(text) => {
                let name = text.strip_prefix("#/components/schemas/").unwrap_or_default();
                if !name.is_empty() && found.insert(name) {
                    open.push(&schemas[name]);
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn amounts_that_are_asked_for_have_the_limits_by_which_they_are_judged() {
    use crate::money::{Amount, Currency, MAX_MINOR};
    let mut seen = 0;
    for (role, admin) in DOORS {
        let document = json(role, admin);
        let names = asked(&document);
        assert!(!names.contains("Amount"), "{role:?}: an amount without limits is asked for");
        for (name, least) in [("Sum", 1), ("SumOrNothing", 0)] {
            if !names.contains(name) {
                continue;
            }
            seen += 1;
            let minor = &document["components"]["schemas"][name]["properties"]["minor"];
            assert_eq!((minor["minimum"].as_i64(), minor["maximum"].as_i64()), (Some(least), Some(MAX_MINOR)));
            let judged = |minor| {
                let amount = Amount::new(minor, Currency::CNY);
                if least == 0 { amount.or_nothing() } else { amount.within_packet_limits() }.is_ok()
            };
            let limits = [least - 1, least, MAX_MINOR, MAX_MINOR + 1].map(judged);
            assert_eq!(limits, [false, true, true, false], "{name}");
        }
    }
    assert_eq!(seen, 4, "both roles' admin APIs ask for both");
}
