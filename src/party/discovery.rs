//! The well-known documents that every party serves.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Party;
use crate::api::routes;
use crate::jose::KeySet;

/// Serves the party's keys at [`routes::JWKS`]; each role adds its own [`routes::WELL_KNOWN`].
pub fn key_routes() -> OpenApiRouter<Arc<Party>> {
    OpenApiRouter::default().routes(routes!(keys))
}

/// The party's keys (RFC 7517).
#[utoipa::path(get, path = routes::JWKS, responses((status = 200, description = "The keys", body = KeySet)))]
async fn keys(State(party): State<Arc<Party>>) -> Json<serde_json::Value> {
    Json(party.keys().to_json())
}
