//! Asking another party: JSON in, JSON out, authorized with one's own key.

use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Party;
use crate::api::auth::{self, Asked};
use crate::api::discovery::{self, Discovery, DiscoveryError, Role};
use crate::api::problem::Problem;
use crate::api::routes;
use crate::jose::json;
use crate::net::client::{Answer, NetError, Request};
use crate::packet::Origin;

/// For what takes a party long: as long as a server works on a request.
const LONG: Duration = Duration::from_secs(30);

/// Why another party did not give what was asked. Only [`CallError::Refused`] is a decision; after anything else the
/// same request is asked again.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CallError {
    /// No answer: it may or may not have acted.
    #[error("{0}")]
    Uncertain(#[from] NetError),
    /// It decided against it, and said so in a problem document of ours.
    #[error("{}: {}", .0.title(), .0.detail())]
    Refused(Problem),
    /// It cannot answer now (5xx, or too many requests), or somebody in between answered in its place.
    #[error("{}: {}", .0.title(), .0.detail())]
    Unavailable(Problem),
    /// It answered something else than it should.
    #[error("the answer cannot be used: {0}")]
    Broken(String),
}

impl CallError {
    /// What a problem document of the party itself means.
    #[must_use]
    pub fn told(problem: Problem) -> Self {
        if is_decision(problem.status()) { Self::Refused(problem) } else { Self::Unavailable(problem) }
    }
}

impl Party {
    /// Posts `body` to another party as this party.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post<T: DeserializeOwned>(
        &self,
        to: &Origin,
        path: &str,
        body: &impl Serialize,
    ) -> Result<T, CallError> {
        read(&self.client.send(self.posting(to, path, body)?).await?)
    }

    /// As [`Party::post`], for work that takes long and is answered with up to `max_answer` bytes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn post_long<T: DeserializeOwned>(
        &self,
        to: &Origin,
        path: &str,
        body: &impl Serialize,
        max_answer: usize,
    ) -> Result<T, CallError> {
        let request = self.posting(to, path, body)?.max_answer(max_answer).timeout(LONG);
        read(&self.client.send(request).await?)
    }

    fn posting(&self, to: &Origin, path: &str, body: &impl Serialize) -> Result<Request, CallError> {
        let body = serde_json::to_vec(body).map_err(|e| CallError::Broken(e.to_string()))?;
        let authorization = self.authorize(Asked { server: to, method: "POST", path, body: &body })?;
        Ok(Request::post(to, path, "application/json", body).header("authorization", authorization))
    }

    /// Gets `path` (with its query) from another party as this party.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get<T: DeserializeOwned>(&self, to: &Origin, path: &str) -> Result<T, CallError> {
        let authorization = self.authorize(Asked { server: to, method: "GET", path, body: b"" })?;
        let request = Request::get(to, path).header("authorization", authorization);
        read(&self.client.send(request).await?)
    }

    /// As [`Party::get`], for what is answered with up to `max_answer` bytes.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get_long<T: DeserializeOwned>(
        &self,
        to: &Origin,
        path: &str,
        max_answer: usize,
    ) -> Result<T, CallError> {
        let authorization = self.authorize(Asked { server: to, method: "GET", path, body: b"" })?;
        let request = Request::get(to, path).max_answer(max_answer).timeout(LONG);
        read(&self.client.send(request.header("authorization", authorization)).await?)
    }

    /// Asks a party who it is.
    ///
    /// # Errors
    /// [`CallError`]; [`CallError::Broken`] when it is not of that role or describes itself wrongly.
    pub async fn discover(&self, origin: &Origin, role: Role) -> Result<Discovery, CallError> {
        let request = Request::get(origin, routes::WELL_KNOWN).max_answer(discovery::MAX_BYTES);
        let answer = self.client.send(request).await?;
        Discovery::read(success(&answer)?, origin, role).map_err(|e: DiscoveryError| CallError::Broken(e.to_string()))
    }

    fn authorize(&self, asked: Asked<'_>) -> Result<String, CallError> {
        auth::authorize(self.own.signer(), asked, Some(&self.origin), self.uuid(), self.now())
            .map_err(|e| CallError::Broken(e.to_string()))
    }
}

fn read<T: DeserializeOwned>(answer: &Answer) -> Result<T, CallError> {
    json::read(success(answer)?).map_err(|e| CallError::Broken(e.to_string()))
}

fn success(answer: &Answer) -> Result<&[u8], CallError> {
    if answer.is_success() {
        return Ok(&answer.body);
    }
    Err(match Problem::of_document(answer.status, answer.content_type.as_deref(), &answer.body) {
        Some(problem) => CallError::told(problem),
        // A proxy's 403 or 404 is not the party's word.
        None => CallError::Unavailable(Problem::of_status(answer.status)),
    })
}

/// A wrong clock or token (401) can be put right; the decision was not made.
fn is_decision(status: u16) -> bool {
    matches!(status, 400..=499) && !matches!(status, 401 | 408 | 429)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)]
    use super::*;

    const OURS: &str = r#"{"type":"urn:hongbao:problem:insufficient-funds","title":"Not enough","detail":"Empty."}"#;

    fn answered(status: u16, content_type: Option<&str>, body: &str) -> CallError {
        let answer = Answer {
            status,
            content_type: content_type.map(str::to_owned),
            body: body.as_bytes().to_vec(),
            date: None,
            retry_after: None,
        };
        success(&answer).unwrap_err()
    }

    #[test]
    fn only_a_problem_document_of_ours_is_a_decision() {
        let problem = Some("application/problem+json");
        for status in [400, 403, 404, 409, 413, 422, 499] {
            assert!(
                matches!(answered(status, problem, OURS), CallError::Refused(it) if it.code() == "insufficient-funds")
            );
            for (content_type, body) in [
                (None, ""),
                (Some("text/html"), "<h1>Forbidden</h1>"),
                (Some("application/json"), OURS),
                (problem, r#"{"type":"about:blank","title":"Forbidden","status":403}"#),
                (problem, "<h1>Forbidden</h1>"),
            ] {
                let error = answered(status, content_type, body);
                assert!(matches!(error, CallError::Unavailable(_)), "{status} {content_type:?} {body}");
            }
        }
        for status in [302, 401, 408, 429, 500, 503] {
            assert!(matches!(answered(status, problem, OURS), CallError::Unavailable(_)), "{status}");
        }
    }
}
