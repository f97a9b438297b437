//! Made-up people: a key each, and nothing else.

use uuid::Uuid;

use super::LoadError;
use crate::api::auth::{self, Asked};
use crate::clock::{Clock as _, SystemClock};
use crate::jose::SigningKey;
use crate::packet::Origin;
use crate::random::{Random as _, SystemRandom};

/// A client with a key of its own.
pub(super) fn somebody() -> SigningKey {
    SigningKey::from_secret(&SystemRandom.secret())
}

pub(super) fn now() -> i64 {
    SystemClock.now()
}

pub(super) fn fresh_id() -> Uuid {
    SystemRandom.uuid(SystemClock.now_ms())
}

/// The authorization of one request.
pub(super) fn authorize(
    key: &SigningKey,
    server: &Origin,
    method: &str,
    path: &str,
    body: &[u8],
) -> Result<String, LoadError> {
    let asked = Asked { server, method, path, body };
    auth::authorize(key, asked, None, fresh_id(), now()).map_err(|error| LoadError::Message(error.to_string()))
}

/// Does `make` for each number below `count`, on threads of their own: making keys and signing takes a while.
pub(super) async fn in_parallel<T: Send + 'static>(
    count: usize,
    make: impl Fn(usize) -> Result<T, LoadError> + Clone + Send + 'static,
) -> Result<Vec<T>, LoadError> {
    let parts = std::thread::available_parallelism().map_or(1, usize::from);
    let size = count.div_ceil(parts).max(1);
    let mut working = Vec::new();
    for begin in (0..count).step_by(size) {
        let make = make.clone();
        let range = begin..(begin + size).min(count);
        working.push(tokio::task::spawn_blocking(move || range.map(make).collect::<Result<Vec<T>, LoadError>>()));
    }
    let mut all = Vec::with_capacity(count);
    for part in working {
        all.extend(part.await.map_err(|error| LoadError::Message(error.to_string()))??);
    }
    Ok(all)
}
