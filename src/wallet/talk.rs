//! Talking to one server: authorized, with its clock taken into account, its answer told apart by what it means for
//! the next try. Knows no message.

use serde::de::DeserializeOwned;

use super::{Wallet, WalletError};
use crate::api::auth::{self, Asked};
use crate::api::problem::{General, Problem};
use crate::jose::json;
use crate::net::client::{Answer, Method, NetError, Request};
use crate::packet::Origin;
use crate::store::values;

/// Media type of what is sent.
pub(super) const JSON: &str = "application/json";

/// Why a call did not succeed.
#[derive(Debug)]
pub(super) enum CallError {
    /// No answer: it may or may not have happened. Ask again.
    Net(NetError),
    /// No, and asking again will not change it.
    Refused(Box<Problem>),
    /// Not now; perhaps after so many seconds.
    Later(Box<Problem>, Option<u64>),
    /// An answer that makes no sense. Ask again.
    Nonsense,
    /// Something here, not there.
    Wallet(Box<WalletError>),
}

impl<E: Into<WalletError>> From<E> for CallError {
    fn from(error: E) -> Self {
        Self::Wallet(Box::new(error.into()))
    }
}

impl Wallet {
    /// Sends what `build` makes for the server's time. When the clocks differ, learns the difference and asks once more.
    pub(super) async fn call<T: DeserializeOwned>(
        &self,
        origin: &Origin,
        build: impl Fn(i64) -> Result<Request, WalletError>,
    ) -> Result<T, CallError> {
        let ahead = self.ahead(origin).await?;
        match self.exchange(origin, build(self.now().saturating_add(ahead))?).await? {
            Reply::Good(body) => json::read(&body).map_err(|_| CallError::Nonsense),
            Reply::Bad(error) => Err(error),
            Reply::ClockDiffers(date) => {
                let ahead = date.saturating_sub(self.now());
                self.set_ahead(origin, ahead).await?;
                match self.exchange(origin, build(self.now().saturating_add(ahead))?).await? {
                    Reply::Good(body) => json::read(&body).map_err(|_| CallError::Nonsense),
                    Reply::Bad(error) => Err(error),
                    Reply::ClockDiffers(_) => {
                        let problem = Problem::general(General::ClockSkew, "The server's clock cannot be followed.");
                        Err(CallError::Later(Box::new(problem), None))
                    }
                }
            }
        }
    }

    /// As [`Wallet::call`], with this wallet's signature over the whole request.
    pub(super) async fn call_as_self<T: DeserializeOwned>(
        &self,
        request: impl Fn() -> Request,
    ) -> Result<T, CallError> {
        let identity = self.identity().await?;
        let key = identity.key();
        let origin = request().origin;
        self.call(&origin, |now| {
            let request = request();
            let method = match request.method {
                Method::Get => "GET",
                Method::Post => "POST",
            };
            let body = request.body.as_deref().unwrap_or_default();
            let asked = Asked { server: &request.origin, method, path: &request.path, body };
            let token = auth::authorize(key, asked, None, self.uuid(), now);
            let token = token.map_err(|error| WalletError::Message(error.to_string()))?;
            Ok(request.header("authorization", token))
        })
        .await
    }

    async fn exchange(&self, origin: &Origin, request: Request) -> Result<Reply, CallError> {
        debug_assert_eq!(&request.origin, origin);
        match self.surroundings.client.send(request).await {
            Ok(answer) => Ok(judge(answer)),
            Err(error) => Err(CallError::Net(error)),
        }
    }

    async fn ahead(&self, origin: &Origin) -> Result<i64, WalletError> {
        let origin = origin.to_string();
        self.store
            .read(move |tx| {
                let row = tx.first("SELECT seconds FROM clock_offset WHERE origin = ?1", &values![origin])?;
                Ok(row.map(|row| row.int("seconds")).transpose()?.unwrap_or(0))
            })
            .await
    }

    async fn set_ahead(&self, origin: &Origin, seconds: i64) -> Result<(), WalletError> {
        let origin = origin.to_string();
        self.store
            .decide(move |tx| {
                tx.execute(
                    "INSERT INTO clock_offset (origin, seconds) VALUES (?1, ?2) \
                     ON CONFLICT (origin) DO UPDATE SET seconds = excluded.seconds",
                    &values![origin, seconds],
                )?;
                Ok(())
            })
            .await
    }
}

enum Reply {
    Good(Vec<u8>),
    Bad(CallError),
    ClockDiffers(i64),
}

fn judge(answer: Answer) -> Reply {
    if answer.is_success() {
        return Reply::Good(answer.body);
    }
    let media_type = answer.content_type.as_deref();
    let is_own_word = Problem::of_document(answer.status, media_type, &answer.body).is_some();
    let problem = Box::new(Problem::of_answer(answer.status, media_type, &answer.body));
    match answer.status {
        401 if problem.is(General::ClockSkew) => match answer.date {
            Some(date) => Reply::ClockDiffers(date),
            None => Reply::Bad(CallError::Later(problem, answer.retry_after)),
        },
        // A proxy's page, or a token that was not taken, decides nothing: the party itself was not heard.
        401 | 408 | 429 => Reply::Bad(CallError::Later(problem, answer.retry_after)),
        400..=499 if is_own_word => Reply::Bad(CallError::Refused(problem)),
        400..=499 => Reply::Bad(CallError::Later(problem, answer.retry_after)),
        500..=599 => Reply::Bad(CallError::Later(problem, answer.retry_after)),
        _ => Reply::Bad(CallError::Nonsense),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, content_type: &str, body: &[u8]) -> Answer {
        Answer {
            status,
            date: None,
            content_type: Some(content_type.to_owned()),
            retry_after: None,
            body: body.to_vec(),
        }
    }

    #[test]
    fn only_the_party_itself_refuses() {
        let problem = br#"{"type":"urn:hongbao:problem:expired","title":"Expired","detail":"Too late."}"#;
        let own = "application/problem+json";
        for (given, refused) in [
            (answer(404, "text/html", b"<h1>Not found</h1>"), false),
            (answer(403, own, b"{}"), false),
            (answer(409, own, problem), true),
            (answer(401, own, problem), false),
            (answer(429, own, problem), false),
            (answer(503, own, problem), false),
        ] {
            let status = given.status;
            let judged = judge(given);
            assert_eq!(matches!(judged, Reply::Bad(CallError::Refused(_))), refused, "{status}");
            assert!(refused || matches!(judged, Reply::Bad(CallError::Later(..))), "{status}");
        }
    }
}
