//! Asking the admin API of the server that runs on a data directory, with the token that lies there.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::{Failure, USER_AGENT, unexpected};
use crate::api::discovery::Role;
use crate::api::problem::Problem;
use crate::jose::json;
use crate::net::client::{Answer, Client, NetError, Reach, Request};
use crate::party::data_dir::AdminDoor;
use crate::{bank, party};

/// Large campaigns answer with many packets.
const MAX_ANSWER_BYTES: usize = 64 * 1024 * 1024;
/// Creating a campaign and issuing wait for the bank.
const TIMEOUT: Duration = Duration::from_secs(120);

/// Before asking again for a lost answer.
const PAUSES: [Duration; 2] = [Duration::from_millis(500), Duration::from_secs(2)];

/// Gets `path`.
pub(super) async fn get(data: &Path, path: &str) -> Result<Value, Failure> {
    let door = find(data, path)?;
    send(&door, Request::get(&door.kept.admin_url, path)).await
}

/// All rows of a `list` that comes in pages, each behind the last row's `name` of the one before.
pub(super) async fn all(data: &Path, path: &str, list: &str, name: &str) -> Result<Vec<Value>, Failure> {
    let (mut rows, mut page) = (Vec::new(), get(data, path).await?);
    loop {
        if let Value::Array(some) = page[list].take() {
            rows.extend(some);
        }
        if page["more"] != true {
            return Ok(rows);
        }
        let after = match rows.last().map(|row| &row[name]) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            _ => {
                return Err(Failure::new(
                    "failed",
                    "A page says that there is more behind nothing",
                    "Please report this.",
                ));
            }
        };
        let joint = if path.contains('?') { '&' } else { '?' };
        page = get(data, &format!("{path}{joint}after={after}")).await?;
    }
}

/// Posts `body` to `path`.
pub(super) async fn post(data: &Path, path: &str, body: &impl Serialize) -> Result<Value, Failure> {
    let door = find(data, path)?;
    let body = serde_json::to_vec(body).map_err(|e| unexpected(&e))?;
    send(&door, Request::post(&door.kept.admin_url, path, "application/json", body)).await
}

/// The server's door, when the server is of the role that has this path.
fn find(data: &Path, path: &str) -> Result<AdminDoor, Failure> {
    let door = AdminDoor::find(data).map_err(|e| unexpected(&e))?;
    if path == party::recovery::PATH {
        return Ok(door);
    }
    let of_bank = [
        bank::admin::ACCOUNTS,
        bank::admin::MEMBERS,
        bank::admin::BOOKS,
        bank::desk::COLLECTIONS,
        bank::shown::VOUCHERS,
    ];
    let (role, named) = if of_bank.iter().any(|own| path.starts_with(own)) {
        (Role::Bank, "a bank")
    } else {
        (Role::Enterprise, "an enterprise")
    };
    if door.kept.role == role {
        return Ok(door);
    }
    let next = "Name the data directory of a server of that kind with --data.";
    Err(Failure::new("wrong-role", format!("This command is for {named}, and the server is none"), next))
}

async fn send(door: &AdminDoor, request: Request) -> Result<Value, Failure> {
    let authorization = format!("Bearer {}", door.token.as_str());
    let request = request.header("authorization", authorization).max_answer(MAX_ANSWER_BYTES).timeout(TIMEOUT);
    let client = Client::new(Reach::Configured, USER_AGENT).map_err(|e| unexpected(&e))?;
    let answer = send_again(&client, request).await.map_err(|error| match error {
        NetError::Unreachable => Failure::new(
            "not-running",
            "The server on this directory does not answer",
            "Start it with `hongbao-server serve --data …` and try again.",
        ),
        other => unexpected(&other),
    })?;
    if !answer.is_success() {
        let problem = Problem::of_answer(answer.status, answer.content_type.as_deref(), &answer.body);
        let next = problem.next().unwrap_or("Put that right and try again.");
        return Err(Failure::new(problem.code(), problem.detail(), next));
    }
    json::value(&answer.body).map_err(|e| unexpected(&e))
}

/// Sends again what may or may not have arrived: every write names its request, so it is done once.
async fn send_again(client: &Client, request: Request) -> Result<Answer, NetError> {
    for pause in PAUSES {
        match client.send(request.clone()).await {
            Err(NetError::TimedOut | NetError::Broken) => tokio::time::sleep(pause).await,
            other => return other,
        }
    }
    client.send(request).await
}
