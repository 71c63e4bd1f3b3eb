//! Reading conversations.

use sqlx::query_as;

use super::ConversationScope;
use super::rows::{ConversationRow, ViewRow};
use crate::domain::{ChannelId, Conversation, ConversationId, ConversationView, OrganizationId};
use crate::store::row::Query;
use crate::store::{Store, StoreError};

/// The query of conversations as agents see them, with the rest of its text.
macro_rules! view_sql {
    ($rest:literal) => {
        concat!(
            "select c.id, c.organization_id, c.channel_id, c.contact_channel_id, c.display_id, c.status, ",
            "c.seq, c.created_at, c.updated_at, c.contact_id, p.name as contact_name, cc.source_id, ",
            "s.id as session_id, s.conversation_id as session_conversation_id, ",
            "s.status as session_status, s.assigned_agent_id as session_assigned_agent_id, ",
            "s.tags as session_tags, s.first_message_at as session_first_message_at, ",
            "s.assigned_at as session_assigned_at, s.resolved_at as session_resolved_at ",
            "from conversations c join contacts p on p.id = c.contact_id ",
            "join contact_channels cc on cc.id = c.contact_channel_id ",
            "left join sessions s on s.conversation_id = c.id and s.status = 'open' ",
            $rest
        )
    };
}

impl Store {
    /// The newest conversation of a source id on a channel.
    pub async fn lookup_conversation_of_visitor(
        &self,
        channel: ChannelId,
        source_id: &str,
    ) -> Result<Option<Conversation>, StoreError> {
        let query = query_as::<_, ConversationRow>(
            "select c.id, c.organization_id, c.channel_id, c.contact_channel_id, c.display_id, c.status, \
             c.seq, c.created_at, c.updated_at \
             from contact_channels cc join conversations c on c.contact_channel_id = cc.id \
             where cc.channel_id = $1 and cc.source_id = $2 order by c.created_at desc, c.id desc limit 1",
        );
        let row = self.fetch_optional(query.bind(channel.to_string()).bind(source_id)).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// One conversation of an organization, as its agents see it.
    pub async fn lookup_view(
        &self,
        organization: OrganizationId,
        id: ConversationId,
    ) -> Result<Option<ConversationView>, StoreError> {
        let query = query_as::<_, ViewRow>(view_sql!("where c.organization_id = $1 and c.id = $2"));
        let query = query.bind(organization.to_string()).bind(id.to_string());
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// Conversations of an organization, the newest activity first.
    pub async fn list_views(
        &self,
        organization: OrganizationId,
        scope: ConversationScope,
        limit: i64,
        offset: i64,
    ) -> Result<Vec<ConversationView>, StoreError> {
        let sql = match scope {
            ConversationScope::Unassigned => view_sql!(
                "where c.organization_id = $1 and c.seq > 0 and s.id is not null and s.assigned_agent_id is null \
                 order by c.updated_at desc, c.id desc limit $2 offset $3"
            ),
            ConversationScope::AssignedTo(_) => view_sql!(
                "where c.organization_id = $1 and s.assigned_agent_id = $4 \
                 order by c.updated_at desc, c.id desc limit $2 offset $3"
            ),
            ConversationScope::All => view_sql!(
                "where c.organization_id = $1 and c.seq > 0 \
                 order by c.updated_at desc, c.id desc limit $2 offset $3"
            ),
        };
        let mut query: Query<'_, ViewRow> =
            query_as(sql).bind(organization.to_string()).bind(limit).bind(offset);
        if let ConversationScope::AssignedTo(agent) = scope {
            query = query.bind(agent.to_string());
        }
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }
}
