//! Every answer of a debug build is held against the document: whoever runs the tests learns which answer it does not tell of.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Response};
use axum::middleware::{Next, from_fn_with_state};
use serde_json::Value;

use super::Document;
use crate::api::problem::{MAX_BYTES, MEDIA_TYPE, Problem, TYPE_PREFIX, essence};

/// What an operation may answer: by status, its media types, and the codes of its problems.
type Answers = BTreeMap<u16, (BTreeSet<String>, BTreeSet<String>)>;

/// By path and method.
type Told = BTreeMap<(String, String), Answers>;

/// The same routes, which panic when they answer what the document does not tell.
pub(super) fn hold(routes: Router, document: &Document) -> Router {
    let told = told(&document.to_json().unwrap_or_default());
    routes.route_layer(from_fn_with_state(Arc::new(told), held))
}

async fn held(State(told): State<Arc<Told>>, request: Request, next: Next) -> Response<Body> {
    let path = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned()).unwrap_or_default();
    let method = if request.method() == Method::HEAD { Method::GET } else { request.method().clone() };
    let answer = next.run(request).await;
    // What no operation takes is answered by the server that all routes stand in.
    let Some(answers) = told.get(&(path.clone(), method.as_str().to_lowercase())) else { return answer };
    let (head, body) = answer.into_parts();
    let media_type =
        head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(essence).unwrap_or_default();
    let status = head.status.as_u16();
    let known = answers.get(&status);
    let is_other = known.is_some_and(|(media_types, _)| media_type != MEDIA_TYPE && media_types.contains(media_type));
    if status < 400 || is_other {
        assert!(known.is_some(), "{method} {path} answers {status}, which its document does not tell");
        return Response::from_parts(head, body);
    }
    // What is not to be read is answered below as the general problem of its status.
    let body = to_bytes(body, MAX_BYTES).await.unwrap_or_else(|_| Bytes::new());
    let problem = Problem::of_answer(status, Some(media_type), &body);
    let is_told = known.is_some_and(|(_, codes)| codes.contains(problem.code()));
    assert!(is_told, "{method} {path} answers {status} {}, which its document does not tell", problem.code());
    Response::from_parts(head, Body::from(body))
}

fn told(document: &Value) -> Told {
    let members = |value: &Value| value.as_object().cloned().unwrap_or_default();
    let mut told = Told::new();
    for (path, item) in members(&document["paths"]) {
        for (method, operation) in members(&item) {
            let responses = members(&operation["responses"]).into_iter();
            let answers = responses.filter_map(|(status, response)| Some((status.parse().ok()?, answer(&response))));
            told.insert((path.clone(), method), answers.collect());
        }
    }
    told
}

/// Media types, and the codes of problems, of one response of the document.
fn answer(response: &Value) -> (BTreeSet<String>, BTreeSet<String>) {
    let content = response["content"].as_object();
    let media_types = content.into_iter().flat_map(|content| content.keys().map(|name| essence(name).to_owned()));
    let narrowed = &response["content"][MEDIA_TYPE]["schema"]["allOf"][1];
    let types = narrowed["properties"]["type"]["enum"].as_array().into_iter().flatten();
    let codes = types.filter_map(|name| Some(name.as_str()?.strip_prefix(TYPE_PREFIX)?.to_owned()));
    (media_types.collect(), codes.collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use axum::http::StatusCode;
    use tower::ServiceExt as _;
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    use super::*;
    use crate::api::discovery::Role;
    use crate::api::problem::General;

    #[utoipa::path(get, path = "/told", responses((status = 200, description = "Well"), (status = 404, description = "not-found")))]
    async fn told_of() -> Problem {
        Problem::general(General::NotFound, "It is told of.")
    }

    #[utoipa::path(get, path = "/code", responses((status = 200, description = "Well"), (status = 404, description = "not-found")))]
    async fn another_code() -> Problem {
        Problem::new("unknown-code", 404, "It is not told of", "Of the status it is.")
    }

    #[utoipa::path(get, path = "/status", responses((status = 200, description = "Well")))]
    async fn another_status() -> StatusCode {
        StatusCode::ACCEPTED
    }

    async fn ask(path: &str) -> u16 {
        let mut described = OpenApiRouter::default()
            .routes(routes!(told_of))
            .routes(routes!(another_code))
            .routes(routes!(another_status));
        let document = super::super::public(Role::Bank, [described.to_openapi()]);
        let request = axum::http::Request::get(path).body(Body::empty()).unwrap();
        hold(described.into(), &document).oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test]
    async fn what_is_told_of_is_answered() {
        assert_eq!((ask("/told").await, ask("/nowhere").await), (404, 404));
    }

    #[tokio::test]
    #[should_panic = "GET /code answers 404 unknown-code"]
    async fn a_code_that_is_not_told_of_is_noticed() {
        ask("/code").await;
    }

    #[tokio::test]
    #[should_panic = "GET /status answers 202"]
    async fn a_status_that_is_not_told_of_is_noticed() {
        ask("/status").await;
    }
}
