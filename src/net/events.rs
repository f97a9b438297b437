//! Server-sent events: how a server wakes those who wait. An event says only that there is something to look at;
//! what it is, is read with an ordinary request. Every stream ends when the server stops.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use tokio::sync::{broadcast, watch};
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use tokio_stream::wrappers::{BroadcastStream, WatchStream};
use tokio_stream::{Stream, StreamExt};

use super::server::Stopping;

pub use axum::response::sse::Event;

/// Comments keep proxies and phone networks from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What a listener heard from a broadcast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard<T> {
    /// A message.
    Message(T),
    /// The listener was too slow and messages are gone: it should look as if there had been one for it.
    Missed,
}

/// Streams a broadcast; `pick` makes an event of a message, or skips it. Ends with its senders or the server.
pub fn from_broadcast<T, F>(receiver: broadcast::Receiver<T>, stopping: Stopping, mut pick: F) -> Response
where
    T: Clone + Send + 'static,
    F: FnMut(Heard<T>) -> Option<Event> + Send + 'static,
{
    let heard = BroadcastStream::new(receiver).filter_map(move |message| {
        pick(match message {
            Ok(message) => Heard::Message(message),
            Err(BroadcastStreamRecvError::Lagged(_)) => Heard::Missed,
        })
    });
    respond(heard, stopping)
}

/// Streams a watched value, the present one first; `pick` makes an event of it, or skips it. Ends as
/// [`from_broadcast`] does.
pub fn from_watch<T, F>(receiver: watch::Receiver<T>, stopping: Stopping, pick: F) -> Response
where
    T: Clone + Send + Sync + 'static,
    F: FnMut(T) -> Option<Event> + Send + 'static,
{
    respond(WatchStream::new(receiver).filter_map(pick), stopping)
}

fn respond(events: impl Stream<Item = Event> + Send + 'static, stopping: Stopping) -> Response {
    // Either end, of the events or of the server, is a None in the merged stream, and ends it.
    let events = events.map(Some).chain(tokio_stream::once(None));
    let stop = WatchStream::new(stopping.0).filter(|stopping| *stopping).map(|_| None);
    let merged = events.merge(stop).map_while(|event: Option<Event>| event.map(Ok::<_, Infallible>));
    // The header asks nginx not to hold events back.
    ([("x-accel-buffering", "no")], Sse::new(merged).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))).into_response()
}
