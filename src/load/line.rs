//! One connection kept open, one request after the other: what a busy proxy in front of a server does. Much lighter than
//! the guarded client, so that the measuring itself costs little.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use axum::http::{Method, Request};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::api::problem::Problem;

/// Longer than a server works on a request.
const TIMEOUT: Duration = Duration::from_secs(35);

/// A connection to one address, made when first needed and again when it broke.
pub(super) struct Line {
    address: SocketAddr,
    sender: Option<SendRequest<Full<Bytes>>>,
}

/// What was answered.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

impl Reply {
    pub(super) const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// The stable code of the problem.
    pub(super) fn code(&self) -> String {
        Problem::of_answer(self.status, Some(crate::api::problem::MEDIA_TYPE), &self.body).code().to_owned()
    }
}

/// A request.
pub(super) struct Ask<'a> {
    pub(super) method: Method,
    pub(super) path: &'a str,
    pub(super) authorization: Option<String>,
    pub(super) body: Bytes,
}

impl<'a> Ask<'a> {
    pub(super) fn post(path: &'a str, body: impl Into<Bytes>) -> Self {
        Self { method: Method::POST, path, authorization: None, body: body.into() }
    }

    pub(super) fn get(path: &'a str) -> Self {
        Self { method: Method::GET, path, authorization: None, body: Bytes::new() }
    }

    pub(super) fn by(self, authorization: String) -> Self {
        Self { authorization: Some(authorization), ..self }
    }
}

impl Line {
    pub(super) const fn to(address: SocketAddr) -> Self {
        Self { address, sender: None }
    }

    /// Asks; none when there is no answer, and it may or may not have been done.
    pub(super) async fn ask(&mut self, ask: Ask<'_>) -> Option<Reply> {
        let reply = tokio::time::timeout(TIMEOUT, self.exchange(ask)).await.ok().flatten();
        if reply.is_none() {
            self.sender = None;
        }
        reply
    }

    async fn exchange(&mut self, ask: Ask<'_>) -> Option<Reply> {
        let mut request = Request::builder().method(ask.method).uri(ask.path).header(HOST, self.address.to_string());
        if !ask.body.is_empty() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        if let Some(authorization) = ask.authorization {
            request = request.header(AUTHORIZATION, authorization);
        }
        let request = request.body(Full::new(ask.body)).ok()?;
        let sender = match &mut self.sender {
            Some(sender) if !sender.is_closed() => sender,
            slot => slot.insert(connect(self.address).await?),
        };
        sender.ready().await.ok()?;
        let response = sender.send_request(request).await.ok()?;
        let status = response.status().as_u16();
        Some(Reply { status, body: response.into_body().collect().await.ok()?.to_bytes() })
    }
}

async fn connect(address: SocketAddr) -> Option<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.ok()?;
    let _ = stream.set_nodelay(true);
    let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
    tokio::spawn(async {
        // Its end is told by the requests that it had.
        let _ = connection.await;
    });
    Some(sender)
}
