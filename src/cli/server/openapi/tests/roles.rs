//! Who may ask what: every route of every document, asked by nobody, by a client, and by a party that nobody knows.
#![allow(clippy::unwrap_used)]

use std::future::pending;
use std::time::Duration;

use axum::Router;
use serde_json::Value;
use tokio::net::TcpListener;
use zeroize::Zeroizing;

use super::{DOORS, json, operations, routers};
use crate::api::auth::{Asked, authorize};
use crate::api::problem::Problem;
use crate::clock::{Clock as _, SystemClock};
use crate::jose::SigningKey;
use crate::net::client::{Answer, Client, Reach, Request};
use crate::net::server::{Limits, serve};
use crate::packet::Origin;
use crate::party::admin::protect;
use crate::random::{Random as _, SystemRandom};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Nobody says who they are.
    Nobody,
    /// A client that was never here.
    Client,
    /// A party that is in no table.
    Party,
}

/// A server, by its real listener, and how it is asked.
struct Running {
    origin: Origin,
    client: Client,
}

impl Running {
    async fn ask(&self, method: &str, template: &str, who: Who) -> Answer {
        let filled = template
            .replace("{part}", "issued")
            .replace("{id}", NOTHING)
            .replace("{packet}", NOTHING)
            .replace("{account}", ACCOUNT);
        let path = if template.ends_with("/feed") || template.contains("/draws/") {
            format!("{filled}?after=0")
        } else {
            filled
        };
        let body: &[u8] = if method == "POST" { b"{}" } else { b"" };
        let request = match method {
            "POST" => Request::post(&self.origin, &path, "application/json", body.to_vec()),
            _ => Request::get(&self.origin, &path),
        };
        let request = match who {
            Who::Nobody => request,
            Who::Client | Who::Party => request.header("authorization", self.signature(method, &path, body, who)),
        };
        self.client.send(request.timeout(Duration::from_secs(10)).max_answer(1 << 20)).await.unwrap()
    }

    fn signature(&self, method: &str, path: &str, body: &[u8], who: Who) -> String {
        let key = SigningKey::from_secret(&Zeroizing::new([9; 32]));
        let stranger = Origin::parse("https://stranger.example").unwrap();
        let asked = Asked { server: &self.origin, method, path, body };
        let iss = (who == Who::Party).then_some(&stranger);
        authorize(&key, asked, iss, SystemRandom.uuid(SystemClock.now_ms()), SystemClock.now()).unwrap()
    }
}

/// What names nothing: a packet, a collection, a campaign.
const NOTHING: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// An account that nobody has.
const ACCOUNT: &str = "6200000001880124";

fn run(listener: TcpListener, origin: Origin, router: Router) -> Running {
    tokio::spawn(serve(listener, router, Limits::default(), pending()));
    Running { origin, client: Client::new(Reach::Configured, "tests").unwrap() }
}

/// The problem's code, if it is one that the operation tells for this status.
fn told(operation: &Value, answer: &Answer) -> Option<String> {
    let response = &operation["responses"][answer.status.to_string()];
    let problem = Problem::of_document(answer.status, answer.content_type.as_deref(), &answer.body)?;
    let told = response["description"].as_str()?.split(", ").any(|code| code == problem.code());
    told.then(|| problem.code().to_owned())
}

#[tokio::test]
async fn each_role_is_answered_as_the_document_says() {
    for (at, (role, admin)) in DOORS.into_iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = Origin::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let router = routers(dir.path(), &origin).await.swap_remove(at);
        let router = if admin { protect(router, Zeroizing::new("token".to_owned())) } else { router };
        let server = run(listener, origin, router);
        let document = json(role, admin);
        for (path, method, operation) in operations(&document) {
            let method = method.to_uppercase();
            let roles: Option<Vec<&str>> = operation["security"].as_array().map(|all| {
                all.iter()
                    .flat_map(|one| one["signed"].as_array().unwrap())
                    .map(|role| role.as_str().unwrap())
                    .collect()
            });
            let signed = roles.is_some();
            for who in [Who::Nobody, Who::Client, Who::Party] {
                let at = format!("{role:?} {method} {path}, asked by {who:?}");
                if who != Who::Nobody && !admin && path.ends_with("/events") {
                    continue; // A client is welcome, and its stream would not end.
                }
                let answer = server.ask(&method, path, who).await;
                let code = told(operation, &answer);
                let seen = String::from_utf8_lossy(&answer.body);
                if admin || (signed && who == Who::Nobody) {
                    assert_eq!((answer.status, code.as_deref()), (401, Some("unauthorized")), "{at}: {seen}");
                    continue;
                }
                assert!(answer.is_success() || code.is_some(), "{at}: {} {seen}", answer.status);
                assert_ne!(code.as_deref(), Some("unauthorized"), "{at}: {seen}");
                let wrong = match who {
                    Who::Nobody => false,
                    Who::Client => roles.as_ref().is_some_and(|roles| !roles.contains(&"client")),
                    // It is none of the parties that this server knows.
                    Who::Party => signed,
                };
                assert!(!wrong || (400..500).contains(&answer.status), "{at}: {} {seen}", answer.status);
            }
        }
    }
}
