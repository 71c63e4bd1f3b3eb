//! Webhooks of Pusher applications (Pusher Channels, "Webhooks").

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use switchboard_protocol::pusher::Token;

use super::client::{Reach, Request};
use super::kind::Webhook;
use super::{Backoff, Settings};
use crate::domain::{Delivery, Endpoint, PusherApp, PusherAppId, PusherWebhook, Timestamp};
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
        settings: &Settings,
        endpoint: &Endpoint,
    ) -> Result<Option<Self>, ServiceError> {
        let id = PusherAppId::from(endpoint.owner.as_str());
        let app = services.apps().by_id(id.as_str()).await?.filter(|app| app.enabled);
        Ok(app.and_then(|app| Self::of(app, settings, &endpoint.url)))
    }

    fn of(app: Arc<PusherApp>, settings: &Settings, url: &str) -> Option<Self> {
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

    fn request(&self, events: &[Delivery], _now: Timestamp) -> Option<Request> {
        let body = body(events);
        let mut headers = self.headers.clone();
        let token = Token::new(&self.app.key, self.app.secret.expose());
        let signature = token.sign_webhook(body.as_bytes());
        let signature = HeaderValue::try_from(signature).expect("a signature is hexadecimal");
        headers.insert(SIGNATURE, signature);
        Some(Request { headers, body })
    }

    fn wait_ms(&self, attempts: u32) -> Option<i64> {
        Some(self.backoff.wait_ms(attempts))
    }
}

/// The envelope. Its time is that of its first event, at every attempt: receivers tell by it how late
/// a webhook is.
fn body(events: &[Delivery]) -> String {
    let time_ms = events.first().map_or(0, |event| event.created_at.micros() / 1_000);
    let payloads: Vec<&str> = events.iter().map(|event| event.payload.as_str()).collect();
    format!(r#"{{"time_ms":{time_ms},"events":[{}]}}"#, payloads.join(","))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use switchboard_protocol::pusher::Token;

    use super::*;
    use crate::domain::secrets::Secret;
    use crate::domain::{DeliveryId, OrganizationId, PusherSettings};
    use crate::webhooks::Schedule;

    const URL: &str = "https://receiver.example/hooks";

    fn hook(organization_id: Option<OrganizationId>, allow_private_addresses: bool) -> PusherHook {
        let headers = [("X-Mine", "yes"), ("Content-Type", "text/plain")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let webhook = PusherWebhook { headers, ..PusherWebhook::to(URL) };
        let app = PusherApp {
            id: "1".into(),
            name: "test".to_owned(),
            key: "key".to_owned(),
            secret: Secret::new("secret"),
            organization_id,
            enabled: true,
            settings: PusherSettings { webhooks: vec![webhook], ..PusherSettings::default() },
        };
        let backoff = Backoff { first_ms: 1, max_ms: 1 };
        let (timeout, schedule) = (Duration::ZERO, Schedule::new([]));
        let settings = Settings { timeout, backoff, schedule, allow_private_addresses };
        PusherHook::of(Arc::new(app), &settings, URL).unwrap()
    }

    fn event(payload: &str, created_ms: i64) -> Delivery {
        let created_at = Timestamp::default().plus_ms(created_ms);
        Delivery {
            id: DeliveryId::generate(),
            lane: "a".to_owned(),
            payload: payload.to_owned(),
            attempts: 0,
            leased_until: created_at,
            give_up_at: created_at,
            created_at,
        }
    }

    #[test]
    fn a_request_is_signed_as_it_is_sent() {
        let events = [event("{\"a\":1}", 5), event("{}", 6)];
        let request = hook(None, false).request(&events, Timestamp::default()).unwrap();
        assert_eq!(request.body, r#"{"time_ms":5,"events":[{"a":1},{}]}"#);
        let header = |name: &str| request.headers[name].to_str().unwrap();
        assert_eq!((header("x-pusher-key"), header("x-mine")), ("key", "yes"));
        assert_eq!(header("content-type"), "application/json", "the server's own header wins");
        let token = Token::new("key", "secret");
        assert!(token.verifies_webhook(request.body.as_bytes(), header("x-pusher-signature")));
    }

    #[test]
    fn organizations_reach_the_internet_alone_where_nothing_else_is_said() {
        let organization = Some(OrganizationId::generate());
        assert_eq!(hook(organization, false).reach(), Reach::Public);
        assert_eq!(hook(organization, true).reach(), Reach::Anywhere);
        assert_eq!(hook(None, false).reach(), Reach::Anywhere);
    }
}
