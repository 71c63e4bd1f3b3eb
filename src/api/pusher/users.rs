//! Signed-in users.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::auth::Signed;
use crate::api::App;

/// `{}`
#[derive(Debug, Serialize)]
pub(super) struct Done {}

/// `POST /apps/{id}/users/{user_id}/terminate_connections`: closes every connection on which the user
/// is signed in. That there is none is no error.
pub(super) async fn terminate(State(state): State<App>, signed: Signed) -> Json<Done> {
    state.channels.terminate_user(&signed.app, signed.user_id());
    Json(Done {})
}
