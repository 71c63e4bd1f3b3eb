//! The inbox, the demo page, and the files pages are made of.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::agent::Login;
use super::error::Error;
use crate::api::App;
use crate::api::redirect::found;
use crate::web::Page;

/// `GET /inbox`
pub(super) async fn inbox(State(app): State<App>, login: Option<Login>) -> Result<Response, Error> {
    let Some(Login(login)) = login else {
        return Ok(found("/auth/login?next=/inbox"));
    };
    let (organization, agents) = app.services.organization_of(login.agent.actor()).await?;
    let show = |agent: &crate::domain::Agent| json!({"id": agent.id, "name": agent.name, "email": agent.email});
    let bootstrap = json!({
        "organization": {"id": organization.id, "name": organization.name},
        "agent": show(&login.agent),
        "agents": agents.iter().map(show).collect::<Vec<_>>(),
    });
    let page = Page::new("inbox.html").csrf_token(&login.csrf_token).bootstrap(&bootstrap);
    Ok(page.render(&app.assets))
}

#[derive(Debug, Deserialize)]
pub(super) struct DemoQuery {
    token: Option<String>,
}

/// `GET /demo?token=ew_…`: a page of somebody else's with the widget in it.
pub(super) async fn demo(State(app): State<App>, Query(query): Query<DemoQuery>) -> Response {
    let bootstrap = json!({"embed_token": query.token});
    Page::new("demo.html").bootstrap(&bootstrap).frames_itself().render(&app.assets)
}

/// `GET /assets/{file}`
pub(super) async fn asset(
    State(app): State<App>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Response {
    app.assets.serve(&file, &headers)
}
