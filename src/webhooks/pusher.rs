//! Webhooks of Pusher applications (Pusher Channels, "Webhooks").

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use switchboard_protocol::pusher::Token;

use super::client::{Reach, Request};
use super::kind::Webhook;
use super::{Backoff, Settings};
use crate::domain::{Delivery, Endpoint, PusherApp, PusherAppId, PusherWebhook};
use crate::service::{ServiceError, Services};

/// Most events of one request, where an application takes several.
const BATCH_MAX: usize = 50;
const KEY: HeaderName = HeaderName::from_static("x-pusher-key");
const SIGNATURE: HeaderName = HeaderName::from_static("x-pusher-signature");

/// One receiver of an application's webhooks.
pub(super) struct PusherHook {
    app: Arc<PusherApp>,
    headers: HeaderMap,
    reach: Reach,
    backoff: Backoff,
}

impl PusherHook {
    /// The application's webhook with this URL, while both are there and the application is enabled.
    pub(super) async fn find(
        services: &Services,
        settings: Settings,
        endpoint: &Endpoint,
    ) -> Result<Option<Self>, ServiceError> {
        let id = PusherAppId::from(endpoint.owner.as_str());
        let app = services.apps().by_id(id.as_str()).await?.filter(|app| app.enabled);
        Ok(app.and_then(|app| Self::of(app, settings, &endpoint.url)))
    }

    fn of(app: Arc<PusherApp>, settings: Settings, url: &str) -> Option<Self> {
        let webhook = app.settings.webhooks.iter().find(|webhook| webhook.url == url)?;
        let headers = headers(&app, webhook);
        // Who may edit the configuration may reach what the server can reach.
        let is_static = app.organization_id.is_none();
        let anywhere = is_static || settings.allow_private_addresses;
        let reach = if anywhere { Reach::Anywhere } else { Reach::Public };
        Some(Self { app, headers, reach, backoff: settings.backoff })
    }
}

/// The headers of every request but its signature; those of the server stand above the webhook's own.
fn headers(app: &PusherApp, webhook: &PusherWebhook) -> HeaderMap {
    let own = webhook.headers.iter().filter_map(|(name, value)| {
        Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
    });
    let mut headers: HeaderMap = own.collect();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Ok(key) = HeaderValue::try_from(&app.key) {
        headers.insert(KEY, key);
    }
    headers
}

impl Webhook for PusherHook {
    fn batch_max(&self) -> usize {
        if self.app.settings.batch_webhooks { BATCH_MAX } else { 1 }
    }

    fn reach(&self) -> Reach {
        self.reach
    }

    fn request(&self, events: &[Delivery]) -> Request {
        let body = body(events);
        let mut headers = self.headers.clone();
        let token = Token::new(&self.app.key, self.app.secret.expose());
        let signature = token.sign_webhook(body.as_bytes());
        let signature = HeaderValue::try_from(signature).expect("a signature is hexadecimal");
        headers.insert(SIGNATURE, signature);
        Request { headers, body }
    }

    fn wait_ms(&self, attempts: u32) -> i64 {
        self.backoff.wait_ms(attempts)
    }
}

/// The envelope. Its time is that of its first event, at every attempt: receivers tell by it how late
/// a webhook is.
fn body(events: &[Delivery]) -> String {
    let time_ms = events.first().map_or(0, |event| event.created_at.micros() / 1_000);
    let payloads: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
    format!(r#"{{"time_ms":{time_ms},"events":[{}]}}"#, payloads.join(","))
}
