//! Conversations.

mod change;
mod detail_row;
mod details;
mod reads;
mod rows;
mod state;
mod tips;

use sqlx::{query, query_as};

use super::row::Source;
use super::{StoreError, Tx};
use crate::domain::{
    ChannelId, ContactChannelId, ContactId, Conversation, ConversationId, ConversationState,
    ConversationStatus, OrganizationId, Position, Seq, Timestamp, UserId,
};
pub use change::{Changed, Mark, Unchanged};
pub(super) use detail_row::DetailRow;
pub use details::DetailScope;
pub(super) use details::detail_sql;
use rows::ConversationRow;
pub(super) use rows::StandingRow;
pub(super) use state::{StateRow, state_of_conversation, state_of_session};
pub use tips::{Tip, Unread, Wakes};
pub(super) use tips::{look_at_tips, move_tips, tips};

/// A conversation to be made.
#[derive(Clone, Debug)]
pub struct NewConversation {
    /// Which one.
    pub id: ConversationId,
    /// Whose it is.
    pub organization_id: OrganizationId,
    /// Where its end user came in.
    pub channel_id: ChannelId,
    /// Its end user.
    pub contact_id: ContactId,
    /// Its end user on that channel.
    pub contact_channel_id: ContactChannelId,
    /// Its counter in the organization.
    pub display_id: i64,
}

/// A conversation, and what decides who may come in.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The conversation.
    pub conversation: Conversation,
    /// Its end user.
    pub contact_id: ContactId,
    /// Its end user's id on the channel.
    pub source_id: String,
    /// Whether that id must be signed.
    pub require_identity: bool,
    /// What it is signed with, sealed.
    pub identity_secret: String,
    /// The newest position of the organization's log, read together with the rest.
    pub position: Position,
}

/// Which conversations of an organization to list.
#[derive(Clone, Copy, Debug)]
pub enum ConversationScope {
    /// With an open session that nobody took.
    Unassigned,
    /// With an open session of this agent.
    AssignedTo(UserId),
    /// With a message.
    All,
}

impl Tx {
    /// A conversation as it stands in this transaction.
    pub async fn lookup_conversation(
        &mut self,
        id: ConversationId,
    ) -> Result<Option<Conversation>, StoreError> {
        let query = query_as::<_, ConversationRow>(
            "select id, organization_id, channel_id, contact_channel_id, display_id, status, seq, \
             created_at, updated_at from conversations where id = $1",
        );
        self.fetch_optional(query.bind(id.to_string())).await?.map(TryInto::try_into).transpose()
    }

    /// The newest conversation of a person on a channel.
    pub async fn lookup_latest_conversation(
        &mut self,
        contact_channel: ContactChannelId,
    ) -> Result<Option<Conversation>, StoreError> {
        let query = query_as::<_, ConversationRow>(
            "select id, organization_id, channel_id, contact_channel_id, display_id, status, seq, \
             created_at, updated_at from conversations \
             where contact_channel_id = $1 order by created_at desc, id desc limit 1",
        );
        let row = self.fetch_optional(query.bind(contact_channel.to_string())).await?;
        row.map(TryInto::try_into).transpose()
    }

    /// A new conversation, open and without a message.
    pub async fn insert_conversation(
        &mut self,
        new: &NewConversation,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into conversations (id, organization_id, channel_id, contact_id, \
             contact_channel_id, display_id, status, seq, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, 'open', 0, $7, $7)",
        );
        let statement = statement
            .bind(new.id.to_string())
            .bind(new.organization_id.to_string())
            .bind(new.channel_id.to_string())
            .bind(new.contact_id.to_string())
            .bind(new.contact_channel_id.to_string())
            .bind(new.display_id)
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// A conversation stands elsewhere now. Gives how.
    pub async fn set_conversation_status(
        &mut self,
        id: ConversationId,
        status: ConversationStatus,
        now: Timestamp,
    ) -> Result<ConversationState, StoreError> {
        let id = id.to_string();
        let query = query_as::<_, StateRow>(concat!(
            "update conversations set status = $1, snoozed_until = null, updated_at = $2 where id = $3 ",
            state_of_conversation!()
        ));
        let query = query.bind(status.as_str()).bind(now.micros()).bind(id.as_str());
        let row = self.returning(query).await?;
        let source = Source { table: "conversations", id: &id };
        row.ok_or_else(|| source.corrupt("id"))?.try_into()
    }

    /// The organization has read a conversation up to `seq`: only the visitor's messages after it may
    /// still wait. Gives how the conversation stands if that makes fewer of them.
    pub async fn read_up_to(
        &mut self,
        id: ConversationId,
        seq: Seq,
    ) -> Result<Option<ConversationState>, StoreError> {
        let query = query_as::<_, StateRow>(concat!(
            "update conversations set unread = later.number from ( \
             select count(*) as number from messages \
             where conversation_id = $1 and seq > $2 and author_type = 'contact') as later \
             where id = $1 and unread > later.number ",
            state_of_conversation!()
        ));
        let row = self.returning(query.bind(id.to_string()).bind(seq)).await?;
        row.map(TryInto::try_into).transpose()
    }
}
