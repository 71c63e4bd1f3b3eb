//! What is new in the logs of organizations, told without reading it.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::query_as;

use super::given::{among_sql, given, given_sql};
use super::open::Engine;
use super::row::{Source, to_json};
use super::{Store, StoreError};
use crate::domain::{ConversationId, OrganizationId, Position};

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
        #[derive(Serialize)]
        struct Asked<'a> {
            id: &'a ConversationId,
        }
        if conversations.is_empty() {
            return Ok(HashMap::new());
        }
        let query = query_as(match self.engine() {
            engine @ Engine::Sqlite => given_sql!(
                engine,
                [id text],
                "select c.id, c.position from given join conversations c on c.id = given.id \
                 where c.position is not null"
            ),
            engine @ Engine::Postgres => given_sql!(
                engine,
                [id text],
                "select id, position from (select given.id, (select max(e.position) from events e \
                 where e.conversation_id = given.id) as position from given) as newest \
                 where position is not null"
            ),
        });
        let asked = given(conversations.iter().map(|id| Asked { id }));
        let rows: Vec<(String, i64)> = self.fetch_all(query.bind(asked)).await?;
        let read = |(id, position): (String, i64)| {
            let source = Source { table: "conversations", id: &id };
            Ok((source.parse("id", &id)?, position))
        };
        rows.into_iter().map(read).collect()
    }

    /// The newest event of each conversation among those of an organization after `after` and up to `to`.
    pub async fn list_newest_between(
        &self,
        organization: OrganizationId,
        after: Position,
        to: Position,
    ) -> Result<Vec<(ConversationId, Position)>, StoreError> {
        let query = query_as(
            "select conversation_id, max(position) from events where organization_id = $1 \
             and position > $2 and position <= $3 and conversation_id is not null \
             group by conversation_id",
        );
        let query = query.bind(organization.to_string()).bind(after).bind(to);
        let rows: Vec<(String, i64)> = self.fetch_all(query).await?;
        let read = |(id, position): (String, i64)| {
            let place = format!("{organization}/{position}");
            let source = Source { table: "events", id: &place };
            Ok((source.parse("conversation_id", &id)?, position))
        };
        rows.into_iter().map(read).collect()
    }
}
