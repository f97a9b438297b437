//! What a server says of its own API: an OpenAPI 3.1 document made of the routes as they are registered, so that no
//! route is without its description. Knows no route but the document's own.
//!
//! A handler's annotation names what is its own; what every route of a kind can answer is added here. The description
//! of a response of 400 and above lists the stable codes of its problems, such as `"id-reused, expired"`.

use std::collections::{BTreeMap, BTreeSet};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use utoipa::PartialSchema as _;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, Ref, Schema, Type};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, RefOr, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::discovery::Role;
use crate::api::problem::{MEDIA_TYPE, Problem, TYPE_PREFIX};
use crate::api::{Refusal, routes};

mod held_to;

/// Where the admin API has its own document.
pub const ADMIN_OPENAPI: &str = "/admin/openapi.json";

/// The scheme of requests that a client or party signs; handlers name it.
const SIGNED: &str = "signed";
/// The scheme of the admin API, before every route of it.
const TOKEN: &str = "token";

/// Who stands before the routes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    /// Everybody.
    Public,
    /// Whoever has the admin token.
    Admin,
}

/// A router's complete document.
#[derive(Clone)]
pub struct Document {
    openapi: OpenApi,
    door: Door,
}

impl std::fmt::Debug for Document {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Document({}, {:?})", self.openapi.info.title, self.door)
    }
}

impl Document {
    /// The document as JSON.
    ///
    /// # Errors
    /// When the document cannot be written, which no route of ours makes happen.
    pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(&self.openapi)
    }
}

/// The document of a role's public routes.
pub fn public(role: Role, parts: impl IntoIterator<Item = OpenApi>) -> Document {
    document(role, Door::Public, parts)
}

/// The document of a role's admin API.
pub fn admin(role: Role, parts: impl IntoIterator<Item = OpenApi>) -> Document {
    document(role, Door::Admin, parts)
}

/// The routes with the one at which their document is read. A debug build also holds every answer against the document.
pub fn described(routes: Router, document: &Document) -> Router {
    // A document that cannot be written is an empty answer; a test reads each.
    let bytes = serde_json::to_vec(&document.openapi).unwrap_or_default();
    let routes = routes.merge(Router::from(own_route(document.door)).with_state(Bytes::from(bytes)));
    if cfg!(debug_assertions) { held_to::hold(routes, document) } else { routes }
}

fn own_route(door: Door) -> OpenApiRouter<Bytes> {
    match door {
        Door::Public => OpenApiRouter::default().routes(routes!(public_document)),
        Door::Admin => OpenApiRouter::default().routes(routes!(admin_document)),
    }
}

/// This document.
#[utoipa::path(get, path = routes::OPENAPI, responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn public_document(State(document): State<Bytes>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], document)
}

/// This document.
#[utoipa::path(get, path = ADMIN_OPENAPI, responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
async fn admin_document(State(document): State<Bytes>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "application/json")], document)
}

fn document(role: Role, door: Door, parts: impl IntoIterator<Item = OpenApi>) -> Document {
    let mut openapi = own_route(door).into_openapi();
    for part in parts {
        openapi.merge(part);
    }
    let what = match role {
        Role::Enterprise => "enterprise",
        Role::Bank => "bank",
    };
    let title = match door {
        Door::Public => format!("Hongbao {what}"),
        Door::Admin => format!("Hongbao {what}, admin API"),
    };
    let info = InfoBuilder::new().title(title).version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT));
    openapi.info = info.build();
    let components = openapi.components.get_or_insert_default();
    components.schemas.insert("Problem".to_owned(), Problem::schema());
    let (name, scheme) = scheme(door);
    components.add_security_scheme(name, scheme);
    if door == Door::Admin {
        openapi.security = Some(vec![SecurityRequirement::new(TOKEN, [""; 0])]);
    }
    for operation in openapi.paths.paths.values_mut().flat_map(operations) {
        explain(operation, door);
    }
    Document { openapi, door }
}

const ABOUT: &str = "Bodies are strict JSON: no duplicate member, integers only, depth 16. Problems are told apart by their \
    code alone, the end of `type`. What is signed, and how, stands in docs/protocol.md.";

fn scheme(door: Door) -> (&'static str, SecurityScheme) {
    match door {
        Door::Public => {
            let about = "`Hongbao` and a compact JWS of typ `hongbao-auth+jwt` for this one request: server, method, path with \
                query, SHA-256 of the body, and when it was signed.";
            (SIGNED, SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description("Authorization", about))))
        }
        Door::Admin => (TOKEN, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer))),
    }
}

fn operations(item: &mut utoipa::openapi::PathItem) -> impl Iterator<Item = &mut Operation> {
    let utoipa::openapi::PathItem { get, put, post, delete, patch, .. } = item;
    [get, put, post, delete, patch].into_iter().flatten()
}

/// Codes by status.
type Codes = BTreeMap<u16, BTreeSet<String>>;

/// Gives an operation all its problems: its own, which its responses name, and those of its kind.
fn explain(operation: &mut Operation, door: Door) {
    let mut codes = Codes::new();
    for (status, code) in general(operation, door) {
        codes.entry(status).or_default().insert(code.to_owned());
    }
    for (status, response) in &operation.responses.responses {
        if let (Ok(status @ 400..), RefOr::T(response)) = (status.parse(), response) {
            codes.entry(status).or_default().extend(response.description.split(", ").map(str::to_owned));
        }
    }
    // Whoever takes a signed message for itself refuses it for any of these.
    if codes.get(&400).is_some_and(|codes| codes.contains(Refusal::WrongAudience.code())) {
        for refusal in [Refusal::NotGenuine(""), Refusal::Stale, Refusal::NotAllowed(""), Refusal::Unknown("")] {
            codes.entry(refusal.status()).or_default().insert(refusal.code().to_owned());
        }
    }
    for (status, codes) in codes {
        let known = operation.responses.responses.remove(&status.to_string());
        let mut answer = problem(status, &codes);
        // What else a route answers with such a status, such as a page, is its own affair.
        if let Some(RefOr::T(own)) = known {
            answer.content.extend(own.content);
        }
        operation.responses.responses.insert(status.to_string(), RefOr::T(answer));
    }
}

/// What any route of this kind can answer.
fn general(operation: &Operation, door: Door) -> Vec<(u16, &'static str)> {
    let mut codes = vec![(500, "internal"), (503, "unavailable"), (503, "recovering")];
    if operation.request_body.is_some() {
        codes.extend([(400, "bad-request"), (413, "too-large"), (415, "unsupported-media-type")]);
    }
    if operation.parameters.is_some() {
        codes.push((400, "bad-request"));
    }
    match door {
        Door::Public => codes.push((429, "too-many-requests")),
        Door::Admin => codes.push((401, "unauthorized")),
    }
    if operation.security.is_some() {
        codes.extend([(401, "unauthorized"), (401, "clock-skew")]);
    }
    codes
}

fn problem(status: u16, codes: &BTreeSet<String>) -> utoipa::openapi::Response {
    let types = codes.iter().map(|code| format!("{TYPE_PREFIX}{code}"));
    let of_type = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(types));
    let of_status = ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([status]));
    let narrowed = ObjectBuilder::new().property("type", of_type).property("status", of_status);
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(narrowed);
    let content = Content::new(Some(Schema::AllOf(schema.build())));
    let description = codes.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
}
