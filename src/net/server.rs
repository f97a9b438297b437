//! The listener: connections, their limits and their end. Knows no route; a router is passed in.
//!
//! Servers speak plain HTTP/1.1 behind a TLS proxy. Forwarding headers are not believed, so behind a proxy the limit
//! by address belongs into the proxy.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::io;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::pin::{Pin, pin};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::Service;

use crate::api::problem::{General, Problem};

mod guard;
#[cfg(test)]
mod tests;

/// What open connections get to finish after the server was told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// How long, and how much, is still read of a request that was answered before it was complete.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 2 * 1024 * 1024;
/// Pause when the system has no further socket to give.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
/// Bounds the memory of a connection, and so the headers of a request.
const BUFFER_BYTES: usize = 64 * 1024;

/// What a server allows its callers.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Longest request body in bytes; a route may set its own (see [`super::json::JsonBytes`]).
    pub body: usize,
    /// For a request's head, also on a connection kept open between requests.
    pub header_read_timeout: Duration,
    /// From a request's head to the head of its response; an event stream may then go on.
    pub request_timeout: Duration,
    /// Connections at once; further ones wait in the system's queue.
    pub max_connections: usize,
    /// Requests per second and address (IPv6: /64 network); `None` behind a proxy, which all requests come from.
    pub per_ip_per_second: Option<NonZeroU32>,
    /// How many requests an address may save up.
    pub burst: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            header_read_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            max_connections: 1024,
            per_ip_per_second: None,
            burst: NonZeroU32::MIN.saturating_add(49),
        }
    }
}

/// The address at the other end of the request's socket; an extractor. Behind a proxy it is the proxy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerIp(pub IpAddr);

/// Tells a handler that the server stops; an extractor, for [`super::events`].
#[derive(Clone, Debug)]
pub struct Stopping(pub(super) watch::Receiver<bool>);

impl Stopping {
    /// Returns when the server stops.
    pub async fn wait(&mut self) {
        // An error means that the server is gone.
        let _ = self.0.wait_for(|stopping| *stopping).await;
    }
}

impl<S: Sync> FromRequestParts<S> for PeerIp {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        extension(parts)
    }
}

impl<S: Sync> FromRequestParts<S> for Stopping {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        extension(parts)
    }
}

/// What [`serve`] gave the request.
fn extension<T: Clone + Send + Sync + 'static>(parts: &Parts) -> Result<T, Problem> {
    let found = parts.extensions.get::<T>().cloned();
    found.ok_or_else(|| Problem::general(General::Internal, "The server was put together wrongly."))
}

/// Serves `router` until `shutdown` completes; then open requests get 5 seconds and event streams end at once.
///
/// The router brings its routes; unknown routes and methods, panics, broken limits and bare errors of extractors are
/// answered with problem documents here. An error of a connection ends only that connection.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, shutdown: impl Future<Output = ()>) {
    let router = guard::guarded(router, limits);
    let (stop, stopping) = watch::channel(false);
    let mut connections = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => break,
            Some(_) = connections.join_next() => {}
            (stream, peer) = accept(&listener), if connections.len() < limits.max_connections => {
                connections.spawn(converse(stream, peer, router.clone(), limits, Stopping(stopping.clone())));
            }
        }
    }
    drop(listener);
    stop.send_replace(true);
    let finished = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(GRACE, finished).await.is_err() {
        tracing::warn!(open = connections.len(), "connections were cut off at shutdown");
    }
    connections.shutdown().await;
}

async fn accept(listener: &TcpListener) -> (TcpStream, IpAddr) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (stream, peer.ip().to_canonical()),
            Err(error) if is_of_connection(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; trying again in a second");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether an error of `accept` was the connection's, which is then gone, rather than the listener's.
fn is_of_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Answers the requests of one connection.
async fn converse(stream: TcpStream, peer: IpAddr, router: Router, limits: Limits, mut stopping: Stopping) {
    // Answers are small and complete; waiting to fill a segment only delays them.
    let _ = stream.set_nodelay(true);
    let told = stopping.clone();
    let service = hyper::service::service_fn(move |request| respond(router.clone(), request, peer, told.clone()));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_read_timeout)
        .max_buf_size(BUFFER_BYTES)
        .serve_connection(TokioIo::new(stream), service);
    let mut told_connection = false;
    loop {
        tokio::select! {
            done = poll_fn(|context| connection.poll_without_shutdown(context)) => {
                if let Err(error) = done {
                    tracing::debug!(%error, "a connection ended early");
                }
                break;
            }
            () = stopping.wait(), if !told_connection => {
                Pin::new(&mut connection).graceful_shutdown();
                told_connection = true;
            }
        }
    }
    close(connection.into_parts().io.into_inner(), stopping).await;
}

type Responding = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

fn respond(mut router: Router, request: Request<Incoming>, peer: IpAddr, stopping: Stopping) -> Responding {
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(PeerIp(peer));
    request.extensions_mut().insert(stopping);
    Box::pin(Service::call(&mut router, request))
}

/// Ends a connection so that its last answer arrives.
///
/// An answer may precede the end of the request (too large, too many). Closing a socket with unread bytes resets the
/// connection, and the caller would lose the answer; so the rest is read and dropped, within limits.
async fn close(mut stream: TcpStream, mut stopping: Stopping) {
    if stream.shutdown().await.is_err() {
        return;
    }
    let drain = async {
        let (mut dropped, mut buffer) = (0, [0; 8 * 1024]);
        while dropped < LINGER_BYTES {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => break,
                Ok(bytes) => dropped += bytes,
            }
        }
    };
    tokio::select! {
        _ = tokio::time::timeout(LINGER, drain) => {}
        () = stopping.wait() => {}
    }
}

/// Completes when the process is asked to stop: SIGINT or SIGTERM, elsewhere Ctrl-C. Listens from the call on.
///
/// # Errors
/// When the system refuses to deliver the signals.
#[cfg(unix)]
pub fn wait_for_stop() -> io::Result<impl Future<Output = ()> + Send> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Completes when the process is asked to stop: SIGINT or SIGTERM, elsewhere Ctrl-C. Listens from the call on.
///
/// # Errors
/// When the system refuses to deliver the signals.
#[cfg(windows)]
pub fn wait_for_stop() -> io::Result<impl Future<Output = ()> + Send> {
    let mut ctrl_c = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        ctrl_c.recv().await;
    })
}
