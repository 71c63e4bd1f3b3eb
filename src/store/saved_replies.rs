//! Saved replies of organizations.

use sqlx::{FromRow, query, query_as};

use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::{OrganizationId, ReplyText, SavedReply, SavedReplyId, Timestamp};

#[derive(FromRow)]
struct SavedReplyRow {
    id: String,
    organization_id: String,
    shortcut: String,
    title: String,
    body: String,
    created_at: i64,
    updated_at: i64,
}

impl TryFrom<SavedReplyRow> for SavedReply {
    type Error = StoreError;

    fn try_from(row: SavedReplyRow) -> Result<Self, StoreError> {
        let source = Source { table: "saved_replies", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            organization_id: source.parse("organization_id", &row.organization_id)?,
            text: ReplyText { shortcut: row.shortcut, title: row.title, body: row.body },
            created_at: Timestamp::from_micros(row.created_at),
            updated_at: Timestamp::from_micros(row.updated_at),
        })
    }
}

/// The beginning of a query that gives [`SavedReplyRow`]s.
macro_rules! select_saved_replies {
    ($rest:literal) => {
        concat!(
            "select id, organization_id, shortcut, title, body, created_at, updated_at ",
            "from saved_replies ",
            $rest
        )
    };
}

impl Store {
    /// Saved replies of an organization after this one, the oldest first.
    pub async fn list_saved_replies(
        &self,
        organization: OrganizationId,
        after: Option<SavedReplyId>,
        limit: i64,
    ) -> Result<Vec<SavedReply>, StoreError> {
        let query = query_as::<_, SavedReplyRow>(select_saved_replies!(
            "where organization_id = $1 and id > $2 order by id limit $3"
        ));
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let query = query.bind(organization.to_string()).bind(after).bind(limit);
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }

    /// Saved replies of an organization whose shortcut begins so, in upper or lower case; the shortest first.
    pub async fn list_saved_replies_beginning(
        &self,
        organization: OrganizationId,
        beginning: &str,
        limit: i64,
    ) -> Result<Vec<SavedReply>, StoreError> {
        let query = query_as::<_, SavedReplyRow>(select_saved_replies!(
            "where organization_id = $1 and lower(substr(shortcut, 1, length($2))) = lower($2) \
             order by length(shortcut), shortcut limit $3"
        ));
        let query = query.bind(organization.to_string()).bind(beginning).bind(limit);
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }

    /// A saved reply of an organization.
    pub async fn lookup_saved_reply(
        &self,
        organization: OrganizationId,
        id: SavedReplyId,
    ) -> Result<Option<SavedReply>, StoreError> {
        let query = query_as::<_, SavedReplyRow>(select_saved_replies!(
            "where organization_id = $1 and id = $2"
        ));
        let query = query.bind(organization.to_string()).bind(id.to_string());
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }
}

impl Tx {
    /// A saved reply of an organization, as it stands in this transaction.
    pub async fn lookup_saved_reply(
        &mut self,
        organization: OrganizationId,
        id: SavedReplyId,
    ) -> Result<Option<SavedReply>, StoreError> {
        let query = query_as::<_, SavedReplyRow>(select_saved_replies!(
            "where organization_id = $1 and id = $2"
        ));
        let query = query.bind(organization.to_string()).bind(id.to_string());
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// The saved reply that has this shortcut.
    pub async fn lookup_saved_reply_by_shortcut(
        &mut self,
        organization: OrganizationId,
        shortcut: &str,
    ) -> Result<Option<SavedReply>, StoreError> {
        let query = query_as::<_, SavedReplyRow>(select_saved_replies!(
            "where organization_id = $1 and shortcut = $2"
        ));
        let query = query.bind(organization.to_string()).bind(shortcut);
        self.fetch_optional(query).await?.map(TryInto::try_into).transpose()
    }

    /// A new saved reply. A shortcut that is taken is a `Conflict`.
    pub async fn insert_saved_reply(&mut self, new: &SavedReply) -> Result<(), StoreError> {
        let statement = query(
            "insert into saved_replies \
             (id, organization_id, shortcut, title, body, created_at, updated_at) \
             values ($1, $2, $3, $4, $5, $6, $7)",
        );
        let statement = statement
            .bind(new.id.to_string())
            .bind(new.organization_id.to_string())
            .bind(new.text.shortcut.as_str())
            .bind(new.text.title.as_str())
            .bind(new.text.body.as_str())
            .bind(new.created_at.micros())
            .bind(new.updated_at.micros());
        self.execute(statement).await.map(drop)
    }

    /// A saved reply says something else now. A shortcut that is taken is a `Conflict`.
    pub async fn update_saved_reply(&mut self, changed: &SavedReply) -> Result<(), StoreError> {
        let statement = query(
            "update saved_replies set shortcut = $1, title = $2, body = $3, updated_at = $4 \
             where id = $5",
        );
        let statement = statement
            .bind(changed.text.shortcut.as_str())
            .bind(changed.text.title.as_str())
            .bind(changed.text.body.as_str())
            .bind(changed.updated_at.micros())
            .bind(changed.id.to_string());
        self.execute(statement).await.map(drop)
    }

    /// Forgets a saved reply of an organization; tells whether it was there.
    pub async fn delete_saved_reply(
        &mut self,
        organization: OrganizationId,
        id: SavedReplyId,
    ) -> Result<bool, StoreError> {
        let statement = query("delete from saved_replies where organization_id = $1 and id = $2");
        let statement = statement.bind(organization.to_string()).bind(id.to_string());
        Ok(self.execute(statement).await? == 1)
    }
}
