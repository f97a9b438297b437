//! JSON bodies in, problem documents out. Reads bytes only: strict parsing is `jose::json`'s, limits are the server's.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::api::problem::{General, MEDIA_TYPE, Problem, essence};

/// A body that claims to be JSON (`application/json` or `application/…+json`), within the body limit, unparsed.
///
/// A route raises its limit with `axum::extract::DefaultBodyLimit::max(bytes)` as a layer.
#[derive(Clone)]
pub struct JsonBytes(pub Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::general(General::UnsupportedMediaType, "The body is not marked as JSON.")
                .with_next("Send it with Content-Type: application/json."));
        }
        let body = Bytes::from_request(request, state).await;
        body.map(Self).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                Problem::general(General::TooLarge, "The body is longer than this address takes.")
            }
            _ => Problem::general(General::BadRequest, "The body broke off."),
        })
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = essence(media_type.unwrap_or_default()).to_ascii_lowercase();
    media_type.strip_prefix("application/").is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // Five texts and a number always serialize; an empty body would still carry the status.
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, [(CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn which_media_types_are_json() {
        for (media_type, json) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/vnd.hongbao+json", true),
            ("application/jsonp", false),
            ("text/json", false),
            ("text/plain", false),
            ("", false),
        ] {
            let headers = [(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap())];
            assert_eq!(is_json(&headers.into_iter().collect()), json, "{media_type}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }
}
