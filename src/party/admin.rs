//! The admin API's door: a bearer token that stands in the data directory, for its owner only.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::api::problem::{General, Problem};

/// Lets only requests with `Authorization: Bearer <token>` through to `router`.
pub fn protect(router: Router, token: Zeroizing<String>) -> Router {
    router.layer(middleware::from_fn_with_state(Arc::new(token), check))
}

async fn check(State(token): State<Arc<Zeroizing<String>>>, request: Request, next: Next) -> Response {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(|value| value.strip_prefix("Bearer "));
    if given.is_some_and(|given| same(given, &token)) {
        return next.run(request).await;
    }
    Problem::general(General::Unauthorized, "The admin API needs the token from the data directory.").into_response()
}

/// Compares without telling by its time how far the texts agree: digests of both are compared.
fn same(given: &str, token: &str) -> bool {
    let digest = |text: &str| -> [u8; 32] { Sha256::digest(text.as_bytes()).into() };
    let differing = digest(given).iter().zip(digest(token)).fold(0, |found, (a, b)| found | (a ^ b));
    differing == 0
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    #[tokio::test]
    async fn nobody_enters_without_the_token() {
        // Even an empty token, which a data directory never gives, lets nobody in who brings none.
        for token in ["secret", ""] {
            let door = protect(Router::new().route("/", get(async || "in")), Zeroizing::new(token.to_owned()));
            for (header, status) in [(None, 401), (Some("Bearer wrong"), 401), (Some("Basic secret"), 401)] {
                let mut request = Request::builder().uri("/");
                if let Some(header) = header {
                    request = request.header(AUTHORIZATION, header);
                }
                let answer = door.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
                assert_eq!(answer.status(), status, "{token:?} {header:?}");
            }
        }
        let door = protect(Router::new().route("/", get(async || "in")), Zeroizing::new("secret".to_owned()));
        let request = Request::builder().uri("/").header(AUTHORIZATION, "Bearer secret").body(Body::empty()).unwrap();
        assert_eq!(door.oneshot(request).await.unwrap().status(), 200);
    }

    #[test]
    fn only_the_token_is_the_token() {
        assert!(same("abc", "abc"));
        for wrong in ["", "ab", "abcd", "abC"] {
            assert!(!same(wrong, "abc"));
        }
    }
}
