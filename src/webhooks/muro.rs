//! Webhooks of organizations, as the muro dialect documents them.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::client::{Reach, Request};
use super::kind::Webhook as Kind;
use super::{Schedule, Settings};
use crate::dialect::muro::NoticeJson;
use crate::domain::secrets::{Secret, muro_signature, standard_signature};
use crate::domain::{Delivery, Endpoint, Notice, SignatureStyle, Timestamp, Webhook, WebhookId};
use crate::service::{ServiceError, Services};

const EVENT: HeaderName = HeaderName::from_static("x-muro-event");
const EVENT_ID: HeaderName = HeaderName::from_static("x-muro-event-id");
const TIMESTAMP: HeaderName = HeaderName::from_static("x-muro-timestamp");
const SIGNATURE: HeaderName = HeaderName::from_static("x-muro-signature");
const STANDARD_ID: HeaderName = HeaderName::from_static("webhook-id");
const STANDARD_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const STANDARD_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");

/// An event whose attempt of this number is refused lets those behind it pass: one event that a receiver
/// cannot bear must not keep the rest of its conversation for hours.
const PATIENT_ATTEMPTS: u32 = 3;

/// One webhook of an organization.
pub(super) struct MuroHook {
    webhook: Webhook,
    secret: Secret,
    reach: Reach,
    schedule: Schedule,
}

impl MuroHook {
    /// The webhook behind an endpoint, while it is there and enabled.
    pub(super) async fn find(
        services: &Services,
        settings: &Settings,
        endpoint: &Endpoint,
    ) -> Result<Option<Self>, ServiceError> {
        let Ok(id) = endpoint.owner.parse() else { return Ok(None) };
        let found = services.webhook_to_post(id).await?;
        Ok(found.map(|(webhook, secret)| Self::new(webhook, secret, settings)))
    }

    fn new(webhook: Webhook, secret: Secret, settings: &Settings) -> Self {
        let anywhere = settings.allow_private_addresses;
        let reach = if anywhere { Reach::Anywhere } else { Reach::Public };
        Self { webhook, secret, reach, schedule: settings.schedule.clone() }
    }

    /// The headers that tell what comes and prove where it comes from.
    fn headers(&self, message: &Message, seconds: i64) -> HeaderMap {
        let Message { event, id, body } = message;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(EVENT, HeaderValue::from_static(event));
        headers.insert(EVENT_ID, value(id));
        headers.insert(TIMESTAMP, HeaderValue::from(seconds));
        match self.webhook.signature_style {
            SignatureStyle::Muro => {
                let signature = muro_signature(&self.secret, body);
                headers.insert(SIGNATURE, value(&format!("t={seconds},v1={signature}")));
            }
            SignatureStyle::StandardWebhooks => {
                let signature = standard_signature(&self.secret, id, seconds, body);
                headers.insert(STANDARD_ID, value(id));
                headers.insert(STANDARD_TIMESTAMP, HeaderValue::from(seconds));
                headers.insert(STANDARD_SIGNATURE, value(&signature));
            }
        }
        headers
    }
}

/// One event as it is posted.
struct Message {
    event: &'static str,
    /// `evt_…`
    id: String,
    body: String,
}

impl Message {
    /// Reads what the outbox holds, and puts it in the words of the dialect. `None` when it cannot be read.
    fn of(delivery: &Delivery) -> Option<Self> {
        let notice: Notice = serde_json::from_str(&delivery.payload).ok()?;
        let body = serde_json::to_string(&NoticeJson::from(&notice)).ok()?;
        Some(Self { event: notice.event().as_str(), id: notice.id.prefixed("evt_"), body })
    }
}

/// Ids and signatures are plain ASCII.
fn value(text: &str) -> HeaderValue {
    HeaderValue::try_from(text).expect("ids and signatures hold nothing that a header cannot")
}

impl Kind for MuroHook {
    /// Each event is a request of its own.
    fn batch_max(&self) -> usize {
        1
    }

    fn reach(&self) -> Reach {
        self.reach
    }

    fn request(&self, events: &[Delivery], now: Timestamp) -> Option<Request> {
        let message = Message::of(events.first()?)?;
        let headers = self.headers(&message, now.micros().div_euclid(1_000_000));
        Some(Request { headers, body: message.body })
    }

    fn wait_ms(&self, attempts: u32) -> Option<i64> {
        self.schedule.wait_ms(attempts)
    }

    fn steps_aside(&self, attempts: u32) -> bool {
        attempts >= PATIENT_ATTEMPTS
    }

    fn logged_as(&self) -> Option<WebhookId> {
        Some(self.webhook.id)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::domain::{ContactId, DeliveryId, News, OrganizationId, WebhookEvent};
    use crate::webhooks::Backoff;

    fn hook(signature_style: SignatureStyle, allow_private_addresses: bool) -> MuroHook {
        let webhook = Webhook {
            id: WebhookId::generate(),
            organization_id: OrganizationId::generate(),
            channel_id: None,
            url: "https://receiver.example/hooks".to_owned(),
            events: WebhookEvent::ALL.to_vec(),
            signature_style,
            enabled: true,
            disabled_reason: None,
            failing_since: None,
            created_at: Timestamp::default(),
            updated_at: Timestamp::default(),
        };
        let settings = Settings {
            timeout: Duration::ZERO,
            backoff: Backoff { first_ms: 1, max_ms: 1 },
            schedule: Schedule::new([5]),
            allow_private_addresses,
        };
        MuroHook::new(webhook, Secret::new("whsec_dGVzdA=="), &settings)
    }

    fn delivery() -> (Notice, Delivery) {
        let news = News::VisitorIdentified {
            id: ContactId::generate(),
            email: "marie@example.com".to_owned(),
            name: Some("Marie".to_owned()),
        };
        let at = Timestamp::from_micros(1_780_826_400_000_000);
        let notice = Notice::new(OrganizationId::generate(), news, at);
        let delivery = Delivery {
            id: DeliveryId::generate(),
            lane: notice.lane(),
            payload: serde_json::to_string(&notice).unwrap(),
            attempts: 0,
            leased_until: at,
            give_up_at: at,
            created_at: at,
        };
        (notice, delivery)
    }

    fn posted(style: SignatureStyle) -> (Notice, Request) {
        let (notice, delivery) = delivery();
        let now = Timestamp::from_micros(1_780_826_400_999_999);
        (notice, hook(style, false).request(&[delivery], now).unwrap())
    }

    #[test]
    fn a_request_has_the_documented_headers() {
        let (notice, request) = posted(SignatureStyle::Muro);
        let header = |name: &str| request.headers[name].to_str().unwrap();
        assert_eq!(header("content-type"), "application/json");
        assert_eq!(header("x-muro-event"), "visitor.identified");
        assert_eq!(header("x-muro-event-id"), notice.id.prefixed("evt_"));
        assert_eq!(header("x-muro-timestamp"), "1780826400");
        let signature = muro_signature(&Secret::new("whsec_dGVzdA=="), &request.body);
        assert_eq!(header("x-muro-signature"), format!("t=1780826400,v1={signature}"));
        assert!(!request.headers.contains_key("webhook-signature"));
        let body: Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["id"], header("x-muro-event-id"));
    }

    #[test]
    fn the_other_style_signs_id_and_time_too() {
        let (_, request) = posted(SignatureStyle::StandardWebhooks);
        let header = |name: &str| request.headers[name].to_str().unwrap();
        assert_eq!(header("webhook-id"), header("x-muro-event-id"));
        assert_eq!(header("webhook-timestamp"), "1780826400");
        let secret = Secret::new("whsec_dGVzdA==");
        let expected =
            standard_signature(&secret, header("webhook-id"), 1_780_826_400, &request.body);
        assert_eq!(header("webhook-signature"), expected);
        assert!(!request.headers.contains_key("x-muro-signature"));
    }

    #[test]
    fn what_the_outbox_holds_and_nobody_can_read_is_not_posted() {
        let (_, mut delivery) = delivery();
        delivery.payload = "{}".to_owned();
        assert!(
            hook(SignatureStyle::Muro, false).request(&[delivery], Timestamp::default()).is_none()
        );
    }

    #[test]
    fn neighbours_are_reached_only_where_that_is_allowed() {
        assert_eq!(hook(SignatureStyle::Muro, false).reach(), Reach::Public);
        assert_eq!(hook(SignatureStyle::Muro, true).reach(), Reach::Anywhere);
    }
}
