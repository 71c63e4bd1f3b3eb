//! A conversation as the platform dialect shows it to agents.

use serde::Serialize;

use super::seconds;
use crate::domain::{
    ChannelId, ContactId, ConversationId, ConversationView, OrganizationId, Session, SessionId,
    UserId,
};

/// A conversation with its end user and its open session.
#[derive(Debug, Serialize)]
pub struct ConversationJson<'a> {
    id: ConversationId,
    end_user: EndUserJson<'a>,
    channel_id: ChannelId,
    organization_id: OrganizationId,
    active_session: Option<SessionJson<'a>>,
    created_at: String,
    updated_at: String,
}

#[derive(Debug, Serialize)]
struct EndUserJson<'a> {
    id: ContactId,
    display_name: Option<&'a str>,
    external_id: &'a str,
}

/// A session.
#[derive(Debug, Serialize)]
pub struct SessionJson<'a> {
    id: SessionId,
    status: &'static str,
    assigned_agent_id: Option<UserId>,
    tags: &'a [String],
    first_message_at: Option<String>,
    assigned_at: Option<String>,
    resolved_at: Option<String>,
}

impl<'a> From<&'a ConversationView> for ConversationJson<'a> {
    fn from(view: &'a ConversationView) -> Self {
        let ConversationView { conversation, contact, active_session } = view;
        Self {
            id: conversation.id,
            end_user: EndUserJson {
                id: contact.id,
                display_name: contact.name.as_deref(),
                external_id: &contact.source_id,
            },
            channel_id: conversation.channel_id,
            organization_id: conversation.organization_id,
            active_session: active_session.as_ref().map(SessionJson::from),
            created_at: seconds(conversation.created_at),
            updated_at: seconds(conversation.updated_at),
        }
    }
}

impl<'a> From<&'a Session> for SessionJson<'a> {
    fn from(session: &'a Session) -> Self {
        Self {
            id: session.id,
            status: session.status.as_str(),
            assigned_agent_id: session.assigned_agent_id,
            tags: session.tags.as_slice(),
            first_message_at: session.first_message_at.map(seconds),
            assigned_at: session.assigned_at.map(seconds),
            resolved_at: session.resolved_at.map(seconds),
        }
    }
}
