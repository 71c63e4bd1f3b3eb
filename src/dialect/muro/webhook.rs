//! Webhooks as the muro dialect shows them: what is posted, whom it is posted to, and what came of it.

use schemars::JsonSchema;
use serde::Serialize;

use super::millis;
use super::schema::{SignatureStyleSchema, WebhookEventSchema};
use crate::domain::{
    DeliveryAttempt, LoggedDelivery, News, Notice, NoticeSender, SignatureStyle, Tags, Webhook,
    WebhookEvent,
};

/// The body of a webhook: the envelope that every event has.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Notice")]
pub struct NoticeJson<'a> {
    id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    organization_id: String,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    data: DataJson<'a>,
}

/// What stands in the envelope; its shape depends on the event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Data")]
#[serde(rename_all = "lowercase")]
enum DataJson<'a> {
    Message {
        id: String,
        conversation_id: String,
        #[schemars(extend("enum" = ["visitor", "agent"]))]
        sender_type: &'static str,
        sender_id: Option<String>,
        content: &'a str,
        #[schemars(extend("format" = "date-time"))]
        created_at: String,
    },
    #[serde(rename = "conversation")]
    Opened {
        id: String,
        website_id: String,
        visitor_id: String,
        #[schemars(extend("format" = "date-time"))]
        created_at: String,
    },
    #[serde(rename = "conversation")]
    Closed {
        id: String,
        #[schemars(extend("const" = "closed"))]
        status: &'static str,
        #[schemars(with = "Vec<String>")]
        tags: &'a Tags,
        unread_count: i64,
        assigned_user_id: Option<String>,
        last_message_at: Option<String>,
    },
    Visitor {
        id: String,
        email: &'a str,
        name: Option<&'a str>,
    },
}

impl<'a> From<&'a Notice> for NoticeJson<'a> {
    fn from(notice: &'a Notice) -> Self {
        Self {
            id: notice.id.prefixed("evt_"),
            kind: notice.event().as_str(),
            organization_id: notice.organization_id.prefixed("org_"),
            created_at: millis(notice.created_at),
            data: DataJson::from(&notice.news),
        }
    }
}

impl<'a> From<&'a News> for DataJson<'a> {
    fn from(news: &'a News) -> Self {
        match news {
            News::MessageCreated { id, conversation_id, sender, content, created_at } => {
                let (sender_type, sender_id) = match sender {
                    NoticeSender::Visitor(id) => ("visitor", Some(id.prefixed("vis_"))),
                    NoticeSender::Agent(id) => ("agent", id.map(|id| id.prefixed("usr_"))),
                };
                let (id, conversation_id) = (id.prefixed("msg_"), conversation_id.prefixed("cnv_"));
                let created_at = millis(*created_at);
                Self::Message { id, conversation_id, sender_type, sender_id, content, created_at }
            }
            News::ConversationOpened { id, channel_id, contact_id, created_at } => Self::Opened {
                id: id.prefixed("cnv_"),
                website_id: channel_id.prefixed("web_"),
                visitor_id: contact_id.prefixed("vis_"),
                created_at: millis(*created_at),
            },
            News::ConversationClosed {
                id,
                tags,
                unread_count,
                assigned_agent_id,
                last_message_at,
            } => Self::Closed {
                id: id.prefixed("cnv_"),
                status: "closed",
                tags,
                unread_count: *unread_count,
                assigned_user_id: assigned_agent_id.map(|id| id.prefixed("usr_")),
                last_message_at: last_message_at.map(millis),
            },
            News::VisitorIdentified { id, email, name } => {
                Self::Visitor { id: id.prefixed("vis_"), email, name: name.as_deref() }
            }
        }
    }
}

/// A webhook; its secret is shown beside it, once.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Webhook")]
pub struct WebhookJson<'a> {
    #[schemars(extend("const" = "webhook"))]
    object: &'static str,
    id: String,
    url: &'a str,
    #[schemars(with = "Vec<WebhookEventSchema>")]
    events: &'a [WebhookEvent],
    website_id: Option<String>,
    #[schemars(with = "SignatureStyleSchema")]
    signature_style: &'static str,
    enabled: bool,
    disabled_reason: Option<&'a str>,
    failing_since: Option<String>,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    updated_at: String,
}

impl<'a> From<&'a Webhook> for WebhookJson<'a> {
    fn from(webhook: &'a Webhook) -> Self {
        Self {
            object: "webhook",
            id: webhook.id.prefixed("whk_"),
            url: &webhook.url,
            events: &webhook.events,
            website_id: webhook.channel_id.map(|id| id.prefixed("web_")),
            signature_style: SignatureStyle::as_str(webhook.signature_style),
            enabled: webhook.enabled,
            disabled_reason: webhook.disabled_reason.as_deref(),
            failing_since: webhook.failing_since.map(millis),
            created_at: millis(webhook.created_at),
            updated_at: millis(webhook.updated_at),
        }
    }
}

/// An event that a webhook was told, or was to be told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "WebhookDelivery")]
pub struct WebhookDeliveryJson<'a> {
    #[schemars(extend("const" = "webhook_delivery"))]
    object: &'static str,
    id: String,
    webhook_id: String,
    #[schemars(extend("enum" = ["pending", "delivered", "failed"]))]
    status: &'static str,
    event: NoticeJson<'a>,
    attempts: Vec<AttemptJson<'a>>,
    next_attempt_at: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Attempt")]
struct AttemptJson<'a> {
    #[schemars(extend("format" = "date-time"))]
    at: String,
    duration_ms: i64,
    status: Option<u16>,
    response: &'a str,
    error: Option<&'a str>,
}

impl<'a> From<&'a LoggedDelivery> for WebhookDeliveryJson<'a> {
    fn from(delivery: &'a LoggedDelivery) -> Self {
        Self {
            object: "webhook_delivery",
            id: delivery.id.prefixed("dlv_"),
            webhook_id: delivery.webhook_id.prefixed("whk_"),
            status: delivery.state.as_str(),
            event: NoticeJson::from(&delivery.notice),
            attempts: delivery.attempts.iter().map(Into::into).collect(),
            next_attempt_at: delivery.next_attempt_at.map(millis),
        }
    }
}

impl<'a> From<&'a DeliveryAttempt> for AttemptJson<'a> {
    fn from(attempt: &'a DeliveryAttempt) -> Self {
        Self {
            at: millis(attempt.at),
            duration_ms: attempt.duration_ms,
            status: attempt.status,
            response: &attempt.response,
            error: attempt.error.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::Timestamp;

    const DIGITS: &str = "00000000000000000000000000000001";

    fn id<T: From<Uuid>>() -> T {
        Uuid::from_u128(1).into()
    }

    fn at() -> Timestamp {
        Timestamp::from_micros(1_780_826_400_000_000)
    }

    /// The envelope of some news, as text: the order of fields is as documented.
    fn posted(news: News) -> String {
        let notice = Notice { id: id(), organization_id: id(), created_at: at(), news };
        serde_json::to_string(&NoticeJson::from(&notice)).unwrap().replace(DIGITS, "1")
    }

    fn enveloped(kind: &str, data: &str) -> String {
        format!(
            r#"{{"id":"evt_1","type":"{kind}","organization_id":"org_1","created_at":"2026-06-07T10:00:00.000Z","data":{data}}}"#
        )
    }

    #[test]
    fn the_four_events_are_shaped_as_documented() {
        let message = |sender| News::MessageCreated {
            id: id(),
            conversation_id: id(),
            sender,
            content: "Hi!".to_owned(),
            created_at: at(),
        };
        assert_eq!(
            posted(message(NoticeSender::Visitor(id()))),
            enveloped(
                "message.created",
                r#"{"message":{"id":"msg_1","conversation_id":"cnv_1","sender_type":"visitor","sender_id":"vis_1","content":"Hi!","created_at":"2026-06-07T10:00:00.000Z"}}"#
            )
        );
        assert!(
            posted(message(NoticeSender::Agent(Some(id()))))
                .contains(r#""agent","sender_id":"usr_1""#)
        );
        assert!(posted(message(NoticeSender::Agent(None))).contains(r#""agent","sender_id":null"#));
        let opened = News::ConversationOpened {
            id: id(),
            channel_id: id(),
            contact_id: id(),
            created_at: at(),
        };
        assert_eq!(
            posted(opened),
            enveloped(
                "conversation.opened",
                r#"{"conversation":{"id":"cnv_1","website_id":"web_1","visitor_id":"vis_1","created_at":"2026-06-07T10:00:00.000Z"}}"#
            )
        );
        let closed = News::ConversationClosed {
            id: id(),
            tags: Tags::new(["billing".to_owned()]).unwrap(),
            unread_count: 0,
            assigned_agent_id: Some(id()),
            last_message_at: Some(at()),
        };
        assert_eq!(
            posted(closed),
            enveloped(
                "conversation.closed",
                r#"{"conversation":{"id":"cnv_1","status":"closed","tags":["billing"],"unread_count":0,"assigned_user_id":"usr_1","last_message_at":"2026-06-07T10:00:00.000Z"}}"#
            )
        );
        let identified = News::VisitorIdentified {
            id: id(),
            email: "marie@example.com".to_owned(),
            name: Some("Marie".to_owned()),
        };
        assert_eq!(
            posted(identified),
            enveloped(
                "visitor.identified",
                r#"{"visitor":{"id":"vis_1","email":"marie@example.com","name":"Marie"}}"#
            )
        );
    }

    #[test]
    fn a_delivery_shows_what_came_of_each_attempt() {
        let news = News::VisitorIdentified { id: id(), email: "a@b.c".to_owned(), name: None };
        let notice = Notice { id: id(), organization_id: id(), created_at: at(), news };
        let attempt = DeliveryAttempt {
            at: at(),
            duration_ms: 12,
            status: Some(500),
            response: "oh no".to_owned(),
            error: Some("it answered 500".to_owned()),
        };
        let delivery = LoggedDelivery {
            id: id(),
            webhook_id: id(),
            notice,
            state: crate::domain::DeliveryState::Pending,
            next_attempt_at: Some(at()),
            attempts: vec![attempt],
        };
        let shown = json!(WebhookDeliveryJson::from(&delivery));
        assert_eq!(shown["status"], "pending");
        assert_eq!(shown["event"]["type"], "visitor.identified");
        let expected = json!([{
            "at": "2026-06-07T10:00:00.000Z", "duration_ms": 12, "status": 500,
            "response": "oh no", "error": "it answered 500",
        }]);
        assert_eq!(shown["attempts"], expected);
        assert_eq!(shown["next_attempt_at"], "2026-06-07T10:00:00.000Z");
    }
}
