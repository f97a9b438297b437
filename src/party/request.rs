//! What arrives: a whole request, who asks, and its strict JSON.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use axum::http::uri::PathAndQuery;
use serde::de::DeserializeOwned;

use super::Party;
use crate::api::Refusal;
use crate::api::auth::{self, Asked, Asker};
use crate::api::problem::{General, Problem};
use crate::jose::json;
use crate::net::json::JsonBytes;

/// A request whose body is within the limit and, if there is one, says that it is JSON.
pub struct Incoming {
    /// `GET` or `POST`.
    pub method: Method,
    /// Path and query, as the client signed them.
    pub path: String,
    /// The body; empty for GET.
    pub body: Bytes,
    authorization: Option<String>,
}

impl<S: Send + Sync> FromRequest<S> for Incoming {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let method = request.method().clone();
        let path = request.uri().path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
        let header = request.headers().get(AUTHORIZATION);
        let authorization = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let body = if method == Method::POST { JsonBytes::from_request(request, state).await?.0 } else { Bytes::new() };
        Ok(Self { method, path, body, authorization })
    }
}

impl Incoming {
    /// Who asks, judged by the request's authorization. A party's key is still to be found in one's own table.
    ///
    /// # Errors
    /// A problem: `unauthorized` without or with a bad authorization, `clock-skew` with an old one.
    pub fn asker(&self, party: &Party) -> Result<Asker, Problem> {
        let header = self
            .authorization
            .as_deref()
            .ok_or_else(|| Problem::general(General::Unauthorized, "This address needs a signed authorization."))?;
        let asked = Asked { server: &party.origin, method: self.method.as_str(), path: &self.path, body: &self.body };
        auth::judge(header, asked, party.now()).map_err(|refusal| match refusal {
            Refusal::Stale => Problem::from(refusal),
            other => Problem::general(General::Unauthorized, other.to_string()),
        })
    }

    /// The body as strict JSON.
    ///
    /// # Errors
    /// The problem `bad-request`.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Problem> {
        json::read(&self.body).map_err(|e| Problem::general(General::BadRequest, e.to_string()))
    }
}
