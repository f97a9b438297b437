//! The well-known documents that every party serves.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::routing::get;

use super::Party;
use crate::api::routes;

/// Serves the party's keys at [`routes::JWKS`]; each role adds its own [`routes::WELL_KNOWN`].
pub fn key_routes(party: Arc<Party>) -> Router {
    Router::new().route(routes::JWKS, get(keys)).with_state(party)
}

async fn keys(State(party): State<Arc<Party>>) -> Json<serde_json::Value> {
    Json(party.keys().to_json())
}
