//! Reading conversations as programs see them.

use sqlx::query_as;

use super::detail_row::DetailRow;
use crate::domain::{
    ChannelId, ConversationDetail, ConversationId, ConversationStatus, OrganizationId,
};
use crate::store::row::Query;
use crate::store::{Before, Store, StoreError};

/// The query of conversations as programs see them, with the rest of its text. The tags and the agent are
/// those of the newest session.
macro_rules! detail_sql {
    ($($rest:tt)+) => {
        concat!(
            "select c.id, c.organization_id, c.status, c.unread, c.last_message_at, c.metadata, ",
            "c.snoozed_until, c.created_at, c.updated_at, c.channel_id, h.name as channel_name, ",
            "h.url as channel_url, c.contact_id, p.name as contact_name, p.email as contact_email, ",
            "(select s.tags from sessions s where s.conversation_id = c.id ",
            "order by s.created_at desc, s.id desc limit 1) as tags, ",
            "(select s.assigned_agent_id from sessions s where s.conversation_id = c.id ",
            "order by s.created_at desc, s.id desc limit 1) as assigned_agent_id, ",
            "m.content as message_content, m.author_type as message_author_type, ",
            "m.visibility as message_visibility, m.created_at as message_created_at ",
            "from conversations c join channels h on h.id = c.channel_id ",
            "join contacts p on p.id = c.contact_id ",
            "left join messages m on m.conversation_id = c.id and m.seq = c.seq ",
            $($rest)+
        )
    };
}

pub(in crate::store) use detail_sql;

/// Which conversations of an organization a program asks for.
#[derive(Clone, Copy, Debug)]
pub struct DetailScope {
    /// Whose they are.
    pub organization_id: OrganizationId,
    /// On this channel alone.
    pub channel_id: Option<ChannelId>,
    /// That stand so.
    pub status: Option<ConversationStatus>,
}

impl Store {
    /// One conversation of an organization, as programs see it; on `channel` alone where one is given.
    pub async fn lookup_detail(
        &self,
        organization: OrganizationId,
        channel: Option<ChannelId>,
        id: ConversationId,
    ) -> Result<Option<ConversationDetail>, StoreError> {
        let query = query_as::<_, DetailRow>(detail_sql!(
            "where c.organization_id = $1 and c.id = $2 and c.channel_id = coalesce($3, c.channel_id)"
        ));
        let query = query
            .bind(organization.to_string())
            .bind(id.to_string())
            .bind(channel.map(|id| id.to_string()));
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// Conversations of an organization, the newest activity first, from `before` on.
    pub async fn list_details(
        &self,
        scope: DetailScope,
        before: Option<Before<ConversationId>>,
        limit: i64,
    ) -> Result<Vec<ConversationDetail>, StoreError> {
        // Where a channel is given, its own indexes are to be used: so the organization is asked of it.
        let sql = match (scope.channel_id, scope.status) {
            (None, None) => detail_sql!(
                "where c.organization_id = $1 and (c.updated_at, c.id) < ($2, $3) \
                 order by c.updated_at desc, c.id desc limit $4"
            ),
            (None, Some(_)) => detail_sql!(
                "where c.organization_id = $1 and (c.updated_at, c.id) < ($2, $3) and c.status = $5 \
                 order by c.updated_at desc, c.id desc limit $4"
            ),
            (Some(_), None) => detail_sql!(
                "where h.organization_id = $1 and (c.updated_at, c.id) < ($2, $3) and c.channel_id = $5 \
                 order by c.updated_at desc, c.id desc limit $4"
            ),
            (Some(_), Some(_)) => detail_sql!(
                "where h.organization_id = $1 and (c.updated_at, c.id) < ($2, $3) and c.channel_id = $5 \
                 and c.status = $6 order by c.updated_at desc, c.id desc limit $4"
            ),
        };
        let (at, id) = Before::bounds(before);
        let mut query: Query<'_, DetailRow> =
            query_as(sql).bind(scope.organization_id.to_string()).bind(at).bind(id).bind(limit);
        if let Some(channel) = scope.channel_id {
            query = query.bind(channel.to_string());
        }
        if let Some(status) = scope.status {
            query = query.bind(status.as_str());
        }
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }
}
