//! A conversation as the muro dialect shows it.

use schemars::JsonSchema;
use serde::Serialize;

use super::message::sender_type;
use super::millis;
use super::schema::MetadataSchema;
use crate::domain::{
    ConversationDetail, ConversationState, ConversationStatus, Email, LastMessage, Metadata,
    Visitor, Website,
};

/// A conversation, with its visitor and its website.
#[derive(Debug, Serialize, JsonSchema)]
#[expect(clippy::option_option, reason = "it is null where a conversation sleeps without an end")]
#[schemars(rename = "Conversation")]
pub struct ConversationJson<'a> {
    #[schemars(extend("const" = "conversation"))]
    object: &'static str,
    id: String,
    #[schemars(extend("enum" = ["open", "closed", "snoozed"]))]
    status: &'static str,
    unread_count: i64,
    tags: &'a [String],
    assigned_user_id: Option<String>,
    #[schemars(with = "MetadataSchema")]
    metadata: &'a Metadata,
    visitor: VisitorJson<'a>,
    website: WebsiteJson<'a>,
    website_id: String,
    last_message: Option<LastMessageJson<'a>>,
    last_message_at: Option<String>,
    /// Shown of a conversation that sleeps alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    snoozed_until: Option<Option<String>>,
    #[schemars(extend("format" = "date-time"))]
    created_at: String,
    #[schemars(extend("format" = "date-time"))]
    updated_at: String,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Visitor")]
struct VisitorJson<'a> {
    id: String,
    name: Option<&'a str>,
    email: Option<&'a str>,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Website")]
struct WebsiteJson<'a> {
    id: String,
    name: &'a str,
    url: &'a str,
}

#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LastMessage")]
struct LastMessageJson<'a> {
    content: &'a str,
    #[schemars(extend("enum" = ["visitor", "agent", "note", "system"]))]
    sender_type: &'static str,
    #[schemars(extend("format" = "date-time"))]
    at: String,
}

impl<'a> From<&'a ConversationDetail> for ConversationJson<'a> {
    fn from(detail: &'a ConversationDetail) -> Self {
        let state = &detail.state;
        let sleeps = state.status == ConversationStatus::Snoozed;
        Self {
            object: "conversation",
            id: state.id.prefixed("cnv_"),
            status: state.status.as_str(),
            unread_count: state.unread_count,
            tags: state.tags.as_slice(),
            assigned_user_id: state.assigned_agent_id.map(|id| id.prefixed("usr_")),
            metadata: &detail.metadata,
            visitor: (&detail.visitor).into(),
            website: (&detail.website).into(),
            website_id: detail.website.id.prefixed("web_"),
            last_message: detail.last_message.as_ref().map(Into::into),
            last_message_at: state.last_message_at.map(millis),
            snoozed_until: sleeps.then(|| detail.snoozed_until.map(millis)),
            created_at: millis(detail.created_at),
            updated_at: millis(detail.updated_at),
        }
    }
}

impl<'a> From<&'a Visitor> for VisitorJson<'a> {
    fn from(visitor: &'a Visitor) -> Self {
        Self {
            id: visitor.id.prefixed("vis_"),
            name: visitor.name.as_deref(),
            email: visitor.email.as_ref().map(Email::as_str),
        }
    }
}

impl<'a> From<&'a Website> for WebsiteJson<'a> {
    fn from(website: &'a Website) -> Self {
        Self { id: website.id.prefixed("web_"), name: &website.name, url: &website.url }
    }
}

impl<'a> From<&'a LastMessage> for LastMessageJson<'a> {
    fn from(message: &'a LastMessage) -> Self {
        Self {
            content: &message.text,
            sender_type: sender_type(message.visibility, message.sender),
            at: millis(message.at),
        }
    }
}

/// How a conversation stands: the data of `conversation.update`, with the fields that the webhook
/// `conversation.closed` has.
#[derive(Debug, Serialize)]
pub struct ConversationUpdateJson<'a> {
    id: String,
    status: &'static str,
    tags: &'a [String],
    unread_count: i64,
    assigned_user_id: Option<String>,
    last_message_at: Option<String>,
}

impl<'a> From<&'a ConversationState> for ConversationUpdateJson<'a> {
    fn from(state: &'a ConversationState) -> Self {
        Self {
            id: state.id.prefixed("cnv_"),
            status: state.status.as_str(),
            tags: state.tags.as_slice(),
            unread_count: state.unread_count,
            assigned_user_id: state.assigned_agent_id.map(|id| id.prefixed("usr_")),
            last_message_at: state.last_message_at.map(millis),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{SenderType, Tags, Timestamp, Visibility};

    fn detail() -> ConversationDetail {
        let at = Timestamp::from_micros(1_780_826_400_123_456);
        ConversationDetail {
            state: ConversationState {
                id: Uuid::from_u128(1).into(),
                organization_id: Uuid::from_u128(2).into(),
                status: ConversationStatus::Open,
                tags: Tags::new(["vip".to_owned()]).unwrap(),
                unread_count: 1,
                assigned_agent_id: Some(Uuid::from_u128(3).into()),
                last_message_at: Some(at),
            },
            snoozed_until: None,
            metadata: Metadata::default(),
            visitor: Visitor {
                id: Uuid::from_u128(4).into(),
                name: Some("Marie".to_owned()),
                email: Some("marie@example.com".parse().unwrap()),
            },
            website: Website {
                id: Uuid::from_u128(5).into(),
                name: "Shop".to_owned(),
                url: "https://shop.example".to_owned(),
            },
            last_message: Some(LastMessage {
                text: "Hi!".to_owned(),
                sender: SenderType::EndUser,
                visibility: Visibility::Public,
                at,
            }),
            created_at: at,
            updated_at: at,
        }
    }

    #[test]
    fn a_conversation_has_the_documented_fields() {
        let at = "2026-06-07T10:00:00.123Z";
        let expected = json!({
            "object": "conversation",
            "id": "cnv_00000000000000000000000000000001",
            "status": "open",
            "unread_count": 1,
            "tags": ["vip"],
            "assigned_user_id": "usr_00000000000000000000000000000003",
            "metadata": {},
            "visitor": {
                "id": "vis_00000000000000000000000000000004",
                "name": "Marie",
                "email": "marie@example.com",
            },
            "website": {
                "id": "web_00000000000000000000000000000005",
                "name": "Shop",
                "url": "https://shop.example",
            },
            "website_id": "web_00000000000000000000000000000005",
            "last_message": {"content": "Hi!", "sender_type": "visitor", "at": at},
            "last_message_at": at,
            "created_at": at,
            "updated_at": at,
        });
        assert_eq!(json!(ConversationJson::from(&detail())), expected);
    }

    #[test]
    fn a_conversation_that_sleeps_says_until_when() {
        let mut sleeping = detail();
        sleeping.state.status = ConversationStatus::Snoozed;
        let shown = json!(ConversationJson::from(&sleeping));
        assert_eq!(shown.get("snoozed_until"), Some(&json!(null)), "until its visitor writes");
        sleeping.snoozed_until = Some(Timestamp::from_micros(1_780_826_400_000_000));
        let shown = json!(ConversationJson::from(&sleeping));
        assert_eq!(shown["snoozed_until"], "2026-06-07T10:00:00.000Z");
    }
}
