//! What stands around every route: headers, panics, rates, time, size, and a problem document for every bare error.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tower_http::catch_panic::CatchPanicLayer;

use super::{Limits, PeerIp};
use crate::api::problem::{General, Problem};

/// After so many requests, addresses that have their whole burst again are forgotten. Counted rather than timed, so
/// an idle server stays idle.
const FORGET_EVERY: u32 = 1024;

/// The router with everything around it. Of the layers the last one is the outermost.
pub(super) fn guarded(router: Router, limits: Limits) -> Router {
    let mut router =
        router.layer(DefaultBodyLimit::max(limits.body)).layer(from_fn_with_state(limits.request_timeout, in_time));
    if let Some(per_second) = limits.per_ip_per_second {
        router = router.layer(from_fn_with_state(Arc::new(Rates::new(per_second, limits.burst)), at_rate));
    }
    router.layer(CatchPanicLayer::custom(|_| panicked())).layer(from_fn(explained)).layer(from_fn(with_headers))
}

/// What panicked may be secret, so it is not repeated; the panic hook has told where.
fn panicked() -> Response {
    tracing::error!("a handler panicked");
    Problem::general(General::Internal, "This is our fault, not yours.")
        .with_next("Try again later; if it happens again, tell the operator.")
        .into_response()
}

async fn with_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Makes a problem document of an error without one: an unknown route or method, or an extractor's plain text.
async fn explained(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let (status, media_type) = (response.status(), response.headers().get(CONTENT_TYPE));
    let is_bare = media_type.is_none_or(|media_type| media_type.as_bytes().starts_with(b"text/plain"));
    if !is_bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut problem = Problem::of_status(status.as_u16()).into_response();
    let mut headers = response.into_parts().0.headers;
    headers.remove(CONTENT_LENGTH);
    headers.extend(std::mem::take(problem.headers_mut()));
    *problem.headers_mut() = headers;
    problem
}

async fn in_time(State(time): State<Duration>, request: Request, next: Next) -> Response {
    tokio::time::timeout(time, next.run(request)).await.unwrap_or_else(|_| {
        Problem::general(General::Unavailable, "The request took too long.")
            .with_next("Try again; sending the same again is safe.")
            .into_response()
    })
}

async fn at_rate(State(rates): State<Arc<Rates>>, peer: PeerIp, request: Request, next: Next) -> Response {
    match rates.check(peer.0) {
        Ok(()) => next.run(request).await,
        Err(seconds) => Problem::general(General::TooManyRequests, "Too many requests came from your address.")
            .with_next(format!("Try again in {seconds} s."))
            .with_retry_after(seconds)
            .into_response(),
    }
}

/// How often each address may ask.
struct Rates {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
    checks: AtomicU32,
}

impl Rates {
    fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let quota = Quota::per_second(per_second).allow_burst(burst);
        Self { limiter: RateLimiter::keyed(quota), clock: DefaultClock::default(), checks: AtomicU32::new(0) }
    }

    /// Counts a request, or says in how many seconds there is room for one.
    fn check(&self, ip: IpAddr) -> Result<(), u64> {
        if self.checks.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.limiter.retain_recent();
            self.limiter.shrink_to_fit();
        }
        self.limiter.check_key(&network(ip)).map_err(|not_until| {
            let wait = not_until.wait_time_from(self.clock.now());
            wait.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX).max(1)
        })
    }
}

/// Who counts as one caller: an IPv4 address, or an IPv6 /64, of which one host may use every address.
fn network(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const ONE: NonZeroU32 = NonZeroU32::MIN;

    #[test]
    fn an_ipv6_network_is_one_caller() {
        let rates = Rates::new(ONE, ONE);
        assert_eq!(rates.check("2400:3200::1".parse().unwrap()), Ok(()));
        assert_eq!(rates.check("2400:3200::2:0:0:1".parse().unwrap()), Err(1));
        assert_eq!(rates.check("2400:3200:0:1::1".parse().unwrap()), Ok(()));
        assert_eq!(rates.check("1.1.1.1".parse().unwrap()), Ok(()));
        assert_eq!(rates.check("1.1.1.2".parse().unwrap()), Ok(()));
    }

    #[test]
    fn addresses_are_forgotten_again() {
        // The burst of an address is whole again after a nanosecond.
        let rates = Rates::new(NonZeroU32::new(1_000_000_000).unwrap(), ONE);
        for bits in 0..10 * FORGET_EVERY {
            let _ = rates.check(IpAddr::from(bits.to_be_bytes()));
        }
        assert!(rates.limiter.len() <= FORGET_EVERY as usize, "{}", rates.limiter.len());
    }
}
