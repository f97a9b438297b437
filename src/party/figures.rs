//! What a server's database did since the start, for its operator: how many decisions shared how many commits.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Party;

/// Path: what the database did since the server started (GET).
pub const PATH: &str = "/admin/figures";

/// What the database did since the server started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figures {
    /// Transactions that were committed; each waits for the disk once.
    pub commits: u64,
    /// Times the log was brought into the main file, which waits for the disk up to three times. None where the database
    /// does that by itself.
    pub checkpoints: u64,
}

/// The route, for the admin API.
pub fn figure_routes() -> OpenApiRouter<Arc<Party>> {
    OpenApiRouter::default().routes(routes!(figures))
}

/// What the database did since the server started.
#[utoipa::path(get, path = PATH, responses((status = 200, description = "The figures", body = Figures)))]
async fn figures(State(party): State<Arc<Party>>) -> Json<Figures> {
    Json(Figures { commits: party.store.commits(), checkpoints: party.store.checkpoints() })
}
