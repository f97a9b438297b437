//! What is left of the demo: `report.json`, and each party's keys, by which anybody can check the packet files.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::parties::{Party, Server};
use super::stage::{Person, Stage};
use super::story::Recorded;
use super::{DemoError, Options, at, campaign};
use crate::api::discovery::{Discovery, MAX_BYTES, Role};
use crate::api::routes;
use crate::net::client::{Client, Reach, Request};

/// The report's name.
const REPORT: &str = "report.json";

fn key_file(party: Party) -> String {
    format!("{}.jwks.json", party.as_str())
}

/// Writes each party's keys, as it says them itself.
pub(super) async fn keys(stage: &Stage, out: Option<&Path>) -> Result<(), DemoError> {
    let Some(out) = out else { return Ok(()) };
    for server in stage.parties.all() {
        let keys = ask_keys(server).await.ok_or(DemoError::Answer { name: server.name })?;
        write_json(&out.join(key_file(server.party)), &keys)?;
    }
    Ok(())
}

async fn ask_keys(server: &Server) -> Option<Value> {
    let client = Client::new(Reach::Configured, concat!("hongbao/", env!("CARGO_PKG_VERSION"))).ok()?;
    let request = Request::get(&server.origin, routes::WELL_KNOWN).max_answer(MAX_BYTES);
    let answer = client.send(request).await.ok()?;
    let role = if server.party == Party::Enterprise { Role::Enterprise } else { Role::Bank };
    Some(Discovery::read(&answer.body, &server.origin, role).ok()?.key_set().to_json())
}

/// Writes the report, also of a story that failed; none without a folder.
pub(super) fn write(
    options: &Options,
    stage: &Stage,
    told: &Recorded,
    error: Option<&DemoError>,
) -> Result<Option<PathBuf>, DemoError> {
    let Some(out) = &options.out else { return Ok(None) };
    let path = out.join(REPORT);
    let failed =
        error.map(|error| json!({ "step": told.steps.len() + 1, "type": error.code(), "detail": error.to_string() }));
    let audits: Vec<Value> = told
        .audits
        .iter()
        .map(|(party, audit)| json!({ "party": party, "ok": audit["ok"], "differences": audit["differences"] }))
        .collect();
    let report = json!({
        "program": concat!("hongbao ", env!("CARGO_PKG_VERSION")),
        "language": options.language.tag(),
        "ok": error.is_none(),
        "error": failed,
        "parties": stage.parties.all().map(party),
        "people": [person(&stage.first), person(&stage.friend)],
        "campaign": sample(stage),
        "steps": told.steps,
        "audits": audits,
    });
    write_json(&path, &report)?;
    Ok(Some(path))
}

fn party(server: &Server) -> Value {
    json!({
        "party": server.party, "name": server.name, "origin": server.origin, "keys": key_file(server.party),
    })
}

fn person(person: &Person) -> Value {
    json!({ "who": person.who, "name": person.name, "client": person.client, "account": person.account })
}

fn sample(stage: &Stage) -> Value {
    json!({
        "id": stage.campaign,
        "title": stage.sample.company,
        "greeting": stage.sample.greeting,
        "amount": campaign::SHARE,
        "shares": campaign::SHARES,
        "reward": campaign::REWARD,
        "per_person": campaign::PER_PERSON,
        "count": campaign::COUNT,
    })
}

fn write_json(path: &Path, value: &Value) -> Result<(), DemoError> {
    let mut text = serde_json::to_vec_pretty(value).map_err(|error| at(path)(error.into()))?;
    text.push(b'\n');
    std::fs::write(path, text).map_err(at(path))
}
