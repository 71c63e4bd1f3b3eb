//! `/webhooks`: who is told what happens in conversations, and what came of it.

use axum::Json;
use axum::extract::{Path, State};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::body::Body;
use super::cursor::Place;
use super::error::{Error, not_found};
use super::id::Id;
use super::key::{ReadKey, WriteKey};
use super::openapi::Created;
use super::page::Page;
use crate::api::App;
use crate::dialect::muro::schema::{SignatureStyleSchema, WebhookEventSchema};
use crate::dialect::muro::{WebhookDeliveryJson, WebhookJson};
use crate::domain::{
    ApiKey, ChannelId, DeliveryId, Invalid, SignatureStyle, Webhook, WebhookEvent, WebhookId,
};
use crate::service::{ChangeWebhook, CreateWebhook, NewWebhook, WebhookOwner};

/// Where a page of webhooks ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct After(WebhookId);

impl Place for After {
    const LIST: &'static str = "webhooks";
}

/// Where a page of deliveries ends.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct AfterDelivery(DeliveryId);

impl Place for AfterDelivery {
    const LIST: &'static str = "webhook_deliveries";
}

/// A new webhook. It hears of everything where nothing else is said.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct WebhookRequest {
    /// `http://…` or `https://…`, without a user name or a password.
    #[schemars(length(max = 2000), extend("format" = "uri"))]
    url: String,
    #[schemars(with = "Option<Vec<WebhookEventSchema>>", length(min = 1))]
    events: Option<Vec<String>>,
    #[schemars(regex(pattern = "^web_[0-9a-f]{32}$"))]
    website_id: Option<String>,
    #[schemars(with = "Option<SignatureStyleSchema>")]
    signature_style: Option<String>,
}

/// What is to be otherwise of a webhook, any part of it.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct ChangedWebhook {
    /// `http://…` or `https://…`, without a user name or a password.
    #[schemars(length(max = 2000), extend("format" = "uri"))]
    url: Option<String>,
    #[schemars(with = "Option<Vec<WebhookEventSchema>>", length(min = 1))]
    events: Option<Vec<String>>,
    #[schemars(with = "Option<SignatureStyleSchema>")]
    signature_style: Option<String>,
    enabled: Option<bool>,
}

/// `GET /webhooks`: the newest first.
pub(super) async fn list(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    page: Page<After>,
) -> Result<Json<Value>, Error> {
    let before = page.after.as_ref().map(|After(id)| *id);
    let webhooks = app.services.list_webhooks(owner(&key), before, page.rows()).await?;
    Ok(page.list(&webhooks, |webhook| After(webhook.id), WebhookJson::from))
}

/// `POST /webhooks`: the answer has the secret, this once.
pub(super) async fn create(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Body(request): Body<WebhookRequest>,
) -> Result<Created, Error> {
    let events = request.events.as_deref().map(WebhookEvent::list).transpose()?;
    let style = request.signature_style.as_deref().map(str::parse).transpose()?;
    let request = CreateWebhook {
        url: request.url,
        events: events.unwrap_or_else(|| WebhookEvent::ALL.to_vec()),
        channel_id: request.website_id.as_deref().map(read_website).transpose()?,
        signature_style: style.unwrap_or_default(),
    };
    let new = app.services.create_webhook(owner(&key), request).await?;
    Ok(Created(shown_once(&new)))
}

/// `GET /webhooks/{id}`
pub(super) async fn show(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<WebhookId>,
) -> Result<Json<Value>, Error> {
    Ok(shown(&app.services.get_webhook(owner(&key), id).await?))
}

/// `PATCH /webhooks/{id}`
pub(super) async fn change(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<WebhookId>,
    Body(change): Body<ChangedWebhook>,
) -> Result<Json<Value>, Error> {
    let change = read_change(change)?;
    Ok(shown(&app.services.change_webhook(owner(&key), id, change).await?))
}

/// `DELETE /webhooks/{id}`
pub(super) async fn delete(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<WebhookId>,
) -> Result<Json<Value>, Error> {
    app.services.delete_webhook(owner(&key), id).await?;
    Ok(Json(json!({"object": "webhook", "id": id.prefixed("whk_"), "deleted": true})))
}

/// `POST /webhooks/{id}/rotate`: another secret, shown this once.
pub(super) async fn rotate(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Id(id): Id<WebhookId>,
) -> Result<Json<Value>, Error> {
    Ok(shown_once(&app.services.rotate_webhook(owner(&key), id).await?))
}

/// `GET /webhooks/{id}/deliveries`: what was tried in the last 30 days, the newest first.
pub(super) async fn deliveries(
    State(app): State<App>,
    ReadKey(key): ReadKey,
    Id(id): Id<WebhookId>,
    page: Page<AfterDelivery>,
) -> Result<Json<Value>, Error> {
    let before = page.after.as_ref().map(|AfterDelivery(id)| *id);
    let services = &app.services;
    let list = services.list_webhook_deliveries(owner(&key), id, before, page.rows()).await?;
    Ok(page.list(&list, |it| AfterDelivery(it.id), WebhookDeliveryJson::from))
}

/// `POST /webhooks/{id}/deliveries/{delivery_id}/redeliver`: once more, at once, under the same id of the
/// event.
pub(super) async fn redeliver(
    State(app): State<App>,
    WriteKey(key): WriteKey,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Json<Value>, Error> {
    let (Ok(id), Ok(delivery)) = (id.parse(), delivery.parse()) else {
        return Err(not_found().await);
    };
    let delivery = app.services.redeliver(owner(&key), id, delivery).await?;
    Ok(Json(json!(WebhookDeliveryJson::from(&delivery))))
}

fn owner(key: &ApiKey) -> WebhookOwner {
    key.program().into()
}

fn shown(webhook: &Webhook) -> Json<Value> {
    Json(json!(WebhookJson::from(webhook)))
}

fn shown_once(new: &NewWebhook) -> Json<Value> {
    let Json(mut shown) = shown(&new.webhook);
    shown["secret"] = new.secret.expose().into();
    Json(shown)
}

/// A change that changes nothing is a mistake.
fn read_change(change: ChangedWebhook) -> Result<ChangeWebhook, Invalid> {
    let ChangedWebhook { url, events, signature_style, enabled } = change;
    if url.is_none() && events.is_none() && signature_style.is_none() && enabled.is_none() {
        let why = "must hold at least one of url, events, signature_style and enabled";
        return Err(Invalid::new("body", why));
    }
    let events = events.as_deref().map(WebhookEvent::list).transpose()?;
    let signature_style =
        signature_style.as_deref().map(str::parse::<SignatureStyle>).transpose()?;
    Ok(ChangeWebhook { url, events, signature_style, enabled })
}

fn read_website(id: &str) -> Result<ChannelId, Invalid> {
    id.parse().map_err(|_| Invalid::new("website_id", "is not a website of yours"))
}
