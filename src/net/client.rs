//! The guarded HTTP client: where it may connect, and how much of an answer it reads.
//!
//! Packets name the servers to ask, so names are hostile. A wallet's client connects to public addresses alone, and
//! judges the address that it really connects to: the resolver hands on only public ones, so a name that answers
//! differently the second time gains nothing. No redirects, cookies, proxies or decompression.

use std::collections::BTreeSet;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::address::is_public;
pub use super::exchange::{Answer, Method, Request};
use crate::packet::origin::Origin;

#[cfg(test)]
mod tests;

/// Shorter than common servers keep an idle connection, so that a request seldom meets a closing one.
const IDLE_CONNECTION: Duration = Duration::from_secs(4);
const IDLE_CONNECTIONS_PER_HOST: usize = 2;

/// Where a client may connect.
#[derive(Clone, Debug)]
pub enum Reach {
    /// For wallets: https to public addresses, and the literal loopback origins that the person added.
    Public {
        /// Such as `http://127.0.0.1:8701`. What is not a literal loopback origin has no effect here.
        loopback: BTreeSet<Origin>,
    },
    /// For servers: any address of an origin, as the operator configured the origins.
    Configured,
}

/// Why a request was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name or literal has no public address.
    #[error("its address is not on the public Internet")]
    NotPublic,
    /// A loopback origin that the person did not add.
    #[error("a server on this machine must first be added by you")]
    LoopbackNotAdded,
    /// The path, a header or its name is not one.
    #[error("the request is malformed")]
    Malformed,
    /// No certificate authorities are installed, so no server can be checked.
    #[error("this machine has no root certificates; install them (on Debian the package ca-certificates)")]
    NoRootCertificates,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetError {
    /// Nothing was sent, and trying again does not help.
    #[error("not connected: {0}")]
    NotAllowed(Refusal),
    /// Nothing was sent: offline, an unknown name, nobody listens, or a certificate that does not verify.
    #[error("the server cannot be reached; check the connection and try again")]
    Unreachable,
    /// It is uncertain whether the server acted.
    #[error("the server did not answer in time; try again")]
    TimedOut,
    /// The server answered, with more than was asked for.
    #[error("the server's answer is too large")]
    TooLarge,
    /// The connection broke or the answer is not HTTP; it is uncertain whether the server acted.
    #[error("the connection broke; try again")]
    Broken,
}

/// Sends requests within its [`Reach`]. Clones share their connections and what was allowed.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    #[cfg(test)]
    wire: Option<Arc<dyn Wire>>,
    user_agent: HeaderValue,
    reach: RwLock<Reach>,
    plain: reqwest::Client,
    /// Made when first needed: reading the system's certificates takes a while, and may fail.
    secure: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client that names itself `user_agent`.
    ///
    /// # Errors
    /// [`Refusal::Malformed`] when `user_agent` cannot stand in a header.
    pub fn new(reach: Reach, user_agent: &str) -> Result<Self, NetError> {
        // The process has one provider; when another part of it was first, that one is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let user_agent = HeaderValue::from_str(user_agent).map_err(|_| NetError::NotAllowed(Refusal::Malformed))?;
        // It speaks no TLS at all, so it trusts nobody.
        let plain = builder(&user_agent, &reach).http1_only().tls_certs_only([]).build();
        let plain = plain.map_err(|_| NetError::Broken)?;
        Ok(Self(Arc::new(Inner {
            #[cfg(test)]
            wire: None,
            user_agent,
            reach: RwLock::new(reach),
            plain,
            secure: OnceLock::new(),
        })))
    }

    /// The same client over another wire than the network.
    #[cfg(test)]
    #[cfg_attr(not(all(feature = "desktop", feature = "server")), allow(dead_code))]
    pub(crate) fn over(&self, wire: Arc<dyn Wire>) -> Self {
        let Inner { user_agent, reach, plain, .. } = &*self.0;
        let reach = reach.read().unwrap_or_else(PoisonError::into_inner).clone();
        let (user_agent, plain) = (user_agent.clone(), plain.clone());
        let reach = RwLock::new(reach);
        Self(Arc::new(Inner { wire: Some(wire), user_agent, reach, plain, secure: OnceLock::new() }))
    }

    /// Allows a literal loopback origin that the person added. No effect on other origins.
    pub fn allow(&self, origin: Origin) {
        if let Reach::Public { loopback } = &mut *self.0.reach.write().unwrap_or_else(PoisonError::into_inner) {
            loopback.insert(origin);
        }
    }

    /// Takes back [`Client::allow`].
    pub fn disallow(&self, origin: &Origin) {
        if let Reach::Public { loopback } = &mut *self.0.reach.write().unwrap_or_else(PoisonError::into_inner) {
            loopback.remove(origin);
        }
    }

    /// Sends a request and reads the whole answer, whatever its status; redirects are answers too.
    ///
    /// # Errors
    /// [`NetError`] says whether the server may have acted. Every request can be repeated: writes are idempotent.
    pub async fn send(&self, request: Request) -> Result<Answer, NetError> {
        self.check(&request.origin).map_err(NetError::NotAllowed)?;
        #[cfg(test)]
        if let Some(wire) = &self.0.wire {
            return wire.carry(request).await;
        }
        let time = request.timeout;
        tokio::time::timeout(time, self.exchange(request)).await.unwrap_or(Err(NetError::TimedOut))
    }

    /// Judges an origin without the network; names are judged when they are resolved.
    fn check(&self, origin: &Origin) -> Result<(), Refusal> {
        let reach = self.0.reach.read().unwrap_or_else(PoisonError::into_inner);
        match (&*reach, origin.ip()) {
            (Reach::Public { loopback }, Some(ip)) if ip.is_loopback() && !loopback.contains(origin) => {
                Err(Refusal::LoopbackNotAdded)
            }
            (Reach::Public { .. }, Some(ip)) if !ip.is_loopback() && !is_public(ip) => Err(Refusal::NotPublic),
            _ => Ok(()),
        }
    }

    async fn exchange(&self, request: Request) -> Result<Answer, NetError> {
        let max = request.max_answer;
        let url = address(&request).ok_or(NetError::NotAllowed(Refusal::Malformed))?;
        let headers = headers(&request).ok_or(NetError::NotAllowed(Refusal::Malformed))?;
        let http = if url.scheme() == "http" { &self.0.plain } else { self.secure()? };
        let to_send = match request.method {
            Method::Get => http.get(url),
            Method::Post => http.post(url).body(request.body.unwrap_or_default()),
        };
        let mut response = to_send.headers(headers).send().await.map_err(|error| outcome(&error))?;
        let body = read(&mut response, max).await?;
        Ok(Answer::new(response.status().as_u16(), response.headers(), body))
    }

    fn secure(&self) -> Result<&reqwest::Client, NetError> {
        if let Some(client) = self.0.secure.get() {
            return Ok(client);
        }
        let builder = {
            let reach = self.0.reach.read().unwrap_or_else(PoisonError::into_inner);
            builder(&self.0.user_agent, &reach).https_only(true)
        };
        let client = builder.build().map_err(|_| NetError::NotAllowed(Refusal::NoRootCertificates))?;
        Ok(self.0.secure.get_or_init(|| client))
    }
}

/// What carries requests in the network's place, in simulations.
#[cfg(test)]
pub(crate) trait Wire: Send + Sync {
    /// Carries a request there and its answer back, or not.
    fn carry(&self, request: Request) -> std::pin::Pin<Box<dyn Future<Output = Result<Answer, NetError>> + Send + '_>>;
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("reach", &self.0.reach).finish_non_exhaustive()
    }
}

fn builder(user_agent: &HeaderValue, reach: &Reach) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .user_agent(user_agent)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(IDLE_CONNECTIONS_PER_HOST);
    match reach {
        Reach::Public { .. } => builder.dns_resolver(PublicOnly),
        Reach::Configured => builder,
    }
}

/// The request's URL, when its path and query are ones. Without the leading `/` a path could change the host.
fn address(request: &Request) -> Option<Url> {
    let path = request.path.as_str();
    let is_path = path.starts_with('/') && path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\#".contains(&byte));
    Url::parse(&request.origin.url(path)).ok().filter(|_| is_path)
}

fn headers(request: &Request) -> Option<HeaderMap> {
    let mut headers = HeaderMap::new();
    if let Some(content_type) = request.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_str(content_type).ok()?);
    }
    for (name, value) in &request.headers {
        let mut value = HeaderValue::from_str(value).ok()?;
        value.set_sensitive(true);
        headers.append(HeaderName::from_bytes(name.as_bytes()).ok()?, value);
    }
    Some(headers)
}

/// Reads a body, and stops as soon as it is known to be longer than `max` bytes.
async fn read(response: &mut reqwest::Response, max: usize) -> Result<Vec<u8>, NetError> {
    let announced = response.content_length().unwrap_or(0);
    if u64::try_from(max).is_ok_and(|max| announced > max) {
        return Err(NetError::TooLarge);
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| NetError::Broken)? {
        if chunk.len() > max - body.len() {
            return Err(NetError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a failed request means; nothing of the error's own text is kept.
fn outcome(error: &reqwest::Error) -> NetError {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return NetError::NotAllowed(Refusal::NotPublic);
        }
        cause = error.source();
    }
    if error.is_connect() { NetError::Unreachable } else { NetError::Broken }
}

/// Looks names up with the system's resolver and hands on only public addresses. Not asked for literals.
struct PublicOnly;

#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
struct NotPublic;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // The port comes from the URL.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err(NotPublic.into());
            }
            let public: Addrs = Box::new(public.into_iter());
            Ok(public)
        })
    }
}
