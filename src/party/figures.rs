//! What a server's database did since the start, for its operator: how many decisions shared how many commits.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;

use super::Party;

/// Path: what the database did since the server started (GET).
pub const PATH: &str = "/admin/figures";

/// What the database did since the server started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Figures {
    /// Transactions that were committed; each waits for the disk once.
    pub commits: u64,
    /// Times the log was brought into the main file, which waits for the disk up to three times. None where the database
    /// does that by itself.
    pub checkpoints: u64,
}

/// The route, for the admin API.
pub fn route(party: Arc<Party>) -> Router {
    Router::new().route(PATH, get(figures)).with_state(party)
}

async fn figures(State(party): State<Arc<Party>>) -> Json<Figures> {
    Json(Figures { commits: party.store.commits(), checkpoints: party.store.checkpoints() })
}
