//! The two ways to a page of what is found.

use sqlx::query_as;

use super::terms::{beginning_pattern, index_query, words_pattern};
use crate::domain::{ConversationDetail, ConversationId, Search};
use crate::store::conversations::{DetailRow, detail_sql};
use crate::store::open::Engine;
use crate::store::row::Query;
use crate::store::{Before, DetailScope, Store, StoreError};

/// Where the newest conversations fill this part of a page, more of them are looked through: as many as would fill it
/// if they were like the newest, and a few more.
const SOON_FILLED_PART: i64 = 3;
/// So many hits of an index of SQLite are gathered sooner than more of the newest conversations are looked through.
/// It counts them at next to no cost, which Postgres cannot.
const FEW_HITS: i64 = 30_000;

/// The text of a query for a scope: `$sql` with the condition that is the scope's, on conversations `c`. What the scope
/// asks for is bound from `$first` on.
macro_rules! scoped_sql {
    ($sql:ident, $scope:expr, $first:literal, $second:literal) => {
        match ($scope.channel_id, $scope.status) {
            (None, None) => $sql!("c.organization_id = $1"),
            (None, Some(_)) => $sql!("c.organization_id = $1 and c.status = ", $first),
            (Some(_), None) => $sql!("c.channel_id = ", $first),
            (Some(_), Some(_)) => $sql!("c.channel_id = ", $first, " and c.status = ", $second),
        }
    };
}

/// The conversations that `found` names by their `id`, as programs see them. Nothing else is said of them here, not even in
/// which order they are but by `found`, so that every planner begins with the few that were found.
macro_rules! found_sql {
    ($($found:tt)+) => {
        detail_sql!(
            "join (", $($found)+, ") found on found.id = c.id ",
            "order by found.updated_at desc, found.id desc"
        )
    };
}

/// Among the newest conversations of a scope: the first `$conversations`, or as many as have `$messages` together. The
/// messages of one are asked for in a subquery that gives a value, which no planner can turn into a look at all messages.
macro_rules! walk_sql {
    ($conversations:literal, $messages:literal, $($scope:literal),+) => {
        found_sql!(
            "select near.id, near.updated_at from (",
            "select w.id, w.organization_id, w.contact_id, w.updated_at, ",
            "sum(w.seq) over (order by w.updated_at desc, w.id desc) - w.seq as passed from (",
            "select c.id, c.organization_id, c.contact_id, c.updated_at, c.seq from conversations c where ",
            $($scope),+,
            " and (c.updated_at, c.id) < ($2, $3) order by c.updated_at desc, c.id desc limit ", $conversations,
            ") w) near where near.organization_id = $1 and near.passed < ", $messages, " and (",
            "1 = (select 1 from messages m where m.conversation_id = near.id ",
            "and m.words like $5 and m.words like $6 limit 1) ",
            "or 1 = (select 1 from contacts k where k.id = near.contact_id ",
            "and k.words like $5 and k.words like $6)",
            ") order by near.updated_at desc, near.id desc limit $4"
        )
    };
}

// So far for every search.
macro_rules! newest_sql {
    ($($scope:literal),+) => { walk_sql!("200", "8000", $($scope),+) };
}

// So far for words that many of the newest have.
macro_rules! newer_sql {
    ($($scope:literal),+) => { walk_sql!("800", "32000", $($scope),+) };
}

/// Of the conversations that `hits` names by their `id`, those in a scope. `$conversations` are to be read by their ids,
/// beginning with the hits.
macro_rules! hits_sql {
    ([$($scope:literal),+], $conversations:literal, $($hits:literal),+) => {
        found_sql!(
            "select c.id, c.updated_at from (",
            $($hits),+,
            ") hit cross join ", $conversations, " where c.id = hit.id and c.organization_id = $1 and ",
            $($scope),+,
            " and (c.updated_at, c.id) < ($2, $3) order by c.updated_at desc, c.id desc limit $4"
        )
    };
}

// SQLite does a cross join in the order in which it is written.
macro_rules! sqlite_hits_sql {
    ($($scope:literal),+) => {
        hits_sql!(
            [$($scope),+],
            "conversations c",
            "select conversation_id as id from message_search where message_search match $5 ",
            "union select x.id from contact_search cross join conversations x ",
            "where x.contact_id = contact_search.contact_id and contact_search match $5"
        )
    };
}

// Postgres would rather read all conversations than some hundred by their ids; `offset 0` leaves it no choice.
macro_rules! postgres_hits_sql {
    ($($scope:literal),+) => {
        hits_sql!(
            [$($scope),+],
            "lateral (select * from conversations it where it.id = hit.id offset 0) c",
            "select m.conversation_id as id from messages m where ",
            "array_to_tsvector(string_to_array(replace(rtrim(m.words), '.', m.organization_id || '.'), ' ')) @@ $5::tsquery ",
            "union select x.id from contacts k join conversations x on x.contact_id = k.id where ",
            "array_to_tsvector(string_to_array(replace(rtrim(k.words), '.', k.organization_id || '.'), ' ')) @@ $5::tsquery"
        )
    };
}

/// A page of a search.
struct Page<'a> {
    scope: DetailScope,
    search: &'a Search,
    before: Option<Before<ConversationId>>,
    limit: i64,
}

impl Store {
    /// Conversations of an organization in which a message, a note, or the name and address of the end user have all
    /// that is searched for, the newest activity first, from `before` on.
    pub async fn search_details(
        &self,
        scope: DetailScope,
        search: &Search,
        before: Option<Before<ConversationId>>,
        limit: i64,
    ) -> Result<Vec<ConversationDetail>, StoreError> {
        if search.is_empty() {
            return Ok(Vec::new());
        }
        let page = Page { scope, search, before, limit };
        let newest = self.details(page.walk(scoped_sql!(newest_sql, scope, "$7", "$8"))).await?;
        if page.is_filled_by(&newest) {
            return Ok(newest);
        }
        if page.is_soon_filled_by(&newest) && !self.has_few_hits(&page).await? {
            let newer = self.details(page.walk(scoped_sql!(newer_sql, scope, "$7", "$8"))).await?;
            if page.is_filled_by(&newer) {
                return Ok(newer);
            }
        }
        self.find_by_index(&page).await
    }

    async fn has_few_hits(&self, page: &Page<'_>) -> Result<bool, StoreError> {
        if self.engine() == Engine::Postgres {
            return Ok(false);
        }
        let query = query_as(
            "select count(*) from \
             (select 1 from message_search where message_search match $1 limit $2) hit",
        );
        let question = index_query(self.engine(), page.scope.organization_id, page.search);
        let counted: Option<(i64,)> =
            self.fetch_optional(query.bind(question).bind(FEW_HITS)).await?;
        Ok(counted.is_some_and(|(hits,)| hits < FEW_HITS))
    }

    async fn find_by_index(&self, page: &Page<'_>) -> Result<Vec<ConversationDetail>, StoreError> {
        let sql = match self.engine() {
            Engine::Sqlite => scoped_sql!(sqlite_hits_sql, page.scope, "$6", "$7"),
            Engine::Postgres => scoped_sql!(postgres_hits_sql, page.scope, "$6", "$7"),
        };
        let organization = page.scope.organization_id;
        let question = index_query(self.engine(), organization, page.search);
        self.details(page.end(page.begin(sql).bind(question))).await
    }

    async fn details(
        &self,
        query: Query<'_, DetailRow>,
    ) -> Result<Vec<ConversationDetail>, StoreError> {
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }
}

impl Page<'_> {
    /// Binds `$1` to `$4`.
    fn begin<'q>(&self, sql: &'static str) -> Query<'q, DetailRow> {
        let (at, id) = Before::bounds(self.before);
        query_as(sql)
            .bind(self.scope.organization_id.to_string())
            .bind(at)
            .bind(id)
            .bind(self.limit)
    }

    /// Asks `walk_sql`.
    fn walk<'q>(&self, sql: &'static str) -> Query<'q, DetailRow> {
        let query = self.begin(sql);
        self.end(query.bind(words_pattern(self.search)).bind(beginning_pattern(self.search)))
    }

    fn is_filled_by(&self, found: &[ConversationDetail]) -> bool {
        i64::try_from(found.len()).is_ok_and(|found| found >= self.limit)
    }

    fn is_soon_filled_by(&self, found: &[ConversationDetail]) -> bool {
        i64::try_from(found.len()).is_ok_and(|found| found * SOON_FILLED_PART >= self.limit)
    }

    /// Binds what the scope asks for.
    fn end<'q>(&self, mut query: Query<'q, DetailRow>) -> Query<'q, DetailRow> {
        if let Some(channel) = self.scope.channel_id {
            query = query.bind(channel.to_string());
        }
        if let Some(status) = self.scope.status {
            query = query.bind(status.as_str());
        }
        query
    }
}
