//! What is new in the logs of organizations, told without reading it.

use std::collections::HashMap;

use sqlx::query_as;

use super::given::among_sql;
use super::row::{Source, to_json};
use super::{Store, StoreError};
use crate::domain::{ConversationId, OrganizationId, Position};

/// How many conversations one statement asks about.
const CHUNK: usize = 20;

impl Store {
    /// The newest position of each of these organizations: a row for each, however much happened in it.
    pub async fn list_tails(
        &self,
        organizations: &[OrganizationId],
    ) -> Result<Vec<(OrganizationId, Position)>, StoreError> {
        if organizations.is_empty() {
            return Ok(Vec::new());
        }
        let query = query_as(among_sql!(
            self.engine(),
            "select id, position from organizations where id in",
            ""
        ));
        let rows: Vec<(String, i64)> = self.fetch_all(query.bind(to_json(&organizations))).await?;
        let read = |(id, position): (String, i64)| {
            let source = Source { table: "organizations", id: &id };
            Ok((source.parse("id", &id)?, position))
        };
        rows.into_iter().map(read).collect()
    }

    /// The newest position at which something happened to each of these conversations, where one is kept.
    pub async fn list_newest_positions(
        &self,
        conversations: &[ConversationId],
    ) -> Result<HashMap<ConversationId, Position>, StoreError> {
        let mut newest = HashMap::with_capacity(conversations.len());
        for chunk in conversations.chunks(CHUNK) {
            let mut query = query_as(
                "select conversation_id, max(position) from events where conversation_id in ( \
                 $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
                 $11, $12, $13, $14, $15, $16, $17, $18, $19, $20) group by conversation_id",
            );
            // A shorter chunk names its last conversation again until the places are full.
            for place in 0..CHUNK {
                query = query.bind(chunk[place.min(chunk.len() - 1)].to_string());
            }
            let rows: Vec<(String, i64)> = self.fetch_all(query).await?;
            for (id, position) in rows {
                let source = Source { table: "events", id: &id };
                newest.insert(source.parse("conversation_id", &id)?, position);
            }
        }
        Ok(newest)
    }

    /// Where the events of an organization after `position` are, in order, and of which conversations.
    pub async fn list_places_after(
        &self,
        organization: OrganizationId,
        position: Position,
        limit: i64,
    ) -> Result<Vec<(Position, Option<ConversationId>)>, StoreError> {
        let query = query_as(
            "select position, conversation_id from events \
             where organization_id = $1 and position > $2 order by position limit $3",
        );
        let query = query.bind(organization.to_string()).bind(position).bind(limit);
        let rows: Vec<(i64, Option<String>)> = self.fetch_all(query).await?;
        let read = |(position, id): (i64, Option<String>)| {
            let place = format!("{organization}/{position}");
            let source = Source { table: "events", id: &place };
            Ok((position, source.parse_optional("conversation_id", id.as_deref())?))
        };
        rows.into_iter().map(read).collect()
    }
}
