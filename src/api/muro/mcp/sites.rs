//! The tools of websites, which REST v1 does not have.

use axum::Json;
use serde_json::{Value, json};

use super::arguments::{ListSites, UpdateSite};
use crate::api::App;
use crate::api::muro::error::Error;
use crate::api::muro::page::whole_list;
use crate::dialect::muro::SiteJson;
use crate::domain::{ApiKey, ChannelId};
use crate::service::{Noun, ServiceError, WebsiteChange};

pub(super) async fn list(app: App, key: ApiKey, ListSites {}: ListSites) -> Result<Value, Error> {
    let sites = app.services.list_websites(key.program()).await?;
    let Json(list) = whole_list(sites.iter().map(SiteJson::from));
    Ok(list)
}

pub(super) async fn update(
    app: App,
    key: ApiKey,
    UpdateSite { id, name, url }: UpdateSite,
) -> Result<Value, Error> {
    let id: ChannelId = id.parse().map_err(|_| ServiceError::NotFound(Noun::Website))?;
    let change = WebsiteChange { name, url };
    let site = app.services.change_website(key.program(), id, change).await?;
    Ok(json!(SiteJson::from(&site)))
}
