//! A page of what is found.

use sqlx::query_as;

use super::sql::{said_sql, unindexed_sql};
use super::terms::{index_query, patterns};
use crate::domain::{ConversationDetail, ConversationId, Search};
use crate::store::conversations::{DetailRow, detail_sql};
use crate::store::open::Engine;
use crate::store::row::{Query, to_json};
use crate::store::{Before, DetailScope, Store, StoreError};

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

/// Of the conversations whose document is out of date, those that have all the words.
macro_rules! unindexed_page_sql {
    ($conversations:literal, $words:literal) => {
        concat!(
            "select c.id, c.updated_at from ",
            $conversations,
            " where c.organization_id = $1 and ",
            unindexed_sql!("c"),
            " and (c.updated_at, c.id) < ($2, $3) ",
            "and c.channel_id = coalesce($7, c.channel_id) and c.status = coalesce($8, c.status) ",
            "and not exists (select 1 from ",
            $words,
            " as word where not (",
            said_sql!("c", "word.value"),
            ")) order by c.updated_at desc, c.id desc limit $4"
        )
    };
}

/// The newest of two lists.
macro_rules! both_sql {
    ($first:expr, $second:expr) => {
        found_sql!(
            "select id, updated_at from (select * from (",
            $first,
            ") first ",
            "union all select * from (",
            $second,
            ") second) it ",
            "order by updated_at desc, id desc limit $4"
        )
    };
}

/// Where SQLite's index leads, in its order. It has 2^21 numbers for each millisecond.
macro_rules! sqlite_hits_sql {
    () => {
        concat!(
            "conversation_search s cross join conversation_documents d cross join conversations c ",
            "where s.conversation_search match $6 ",
            "and s.rowid < (min($2 / 1000, 4398046511102) + 1) << 21 and d.number = s.rowid ",
            "and c.id = d.conversation_id and c.organization_id = $1 and not ",
            unindexed_sql!("c"),
            " and (c.updated_at, c.id) < ($2, $3)"
        )
    };
}

// As many as fill the page, the newest first, and whatever is of the same millisecond as the last of them: which of these
// are on the page, only their times and ids tell.
const SQLITE: &str = both_sql!(
    concat!(
        "select c.id, c.updated_at from ",
        sqlite_hits_sql!(),
        " and s.rowid >= (select (min(number) >> 21) << 21 from (select s.rowid as number from ",
        sqlite_hits_sql!(),
        " order by s.rowid desc limit $4) near)"
    ),
    unindexed_page_sql!("conversations c indexed by conversations_unindexed", "json_each($5)")
);

// The documents are told by themselves from those that are out of date: to look at each hit's conversation takes longer
// than all the rest.
const POSTGRES: &str = both_sql!(
    concat!(
        "select d.conversation_id as id, d.updated_at from conversation_documents d where ",
        "document_words(d.words) @@ $6::tsquery ",
        "and (d.updated_at, d.conversation_id) < ($2, $3) and d.conversation_id not in (",
        "select c.id from conversations c where c.organization_id = $1 and ",
        unindexed_sql!("c"),
        ") order by d.updated_at desc, d.conversation_id desc limit $4"
    ),
    unindexed_page_sql!("conversations c", "json_array_elements_text($5::json)")
);

/// Among the newest conversations of a scope, on Postgres: a word that many have is met there sooner than the index has
/// gathered all of them.
macro_rules! newest_sql {
    ($($scope:literal),+) => {
        found_sql!(
            "select near.id, near.updated_at from (select c.* from conversations c where ", $($scope),+,
            " and (c.updated_at, c.id) < ($2, $3) order by c.updated_at desc, c.id desc limit 100",
            ") near where near.organization_id = $1 and not exists (",
            "select 1 from json_array_elements_text($5::json) as word where not case when ",
            unindexed_sql!("near"), " then ", said_sql!("near", "word.value"),
            " else (select 1 from conversation_documents d where d.conversation_id = near.id ",
            "and d.words like word.value) is not null end) order by near.updated_at desc, near.id desc limit $4"
        )
    };
}

/// The text of a query for a scope: `newest_sql` with the condition that is the scope's, on conversations `c`.
fn newest(scope: DetailScope) -> &'static str {
    match (scope.channel_id, scope.status) {
        (None, None) => newest_sql!("c.organization_id = $1"),
        (None, Some(_)) => newest_sql!("c.organization_id = $1 and c.status = $6"),
        (Some(_), None) => newest_sql!("c.channel_id = $6"),
        (Some(_), Some(_)) => newest_sql!("c.channel_id = $6 and c.status = $7"),
    }
}

impl Store {
    /// Conversations of an organization that have all the words that are searched for, wherever in them: in messages, in
    /// notes, or in the name and address of the end user. The newest activity first, from `before` on.
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
        match self.engine() {
            Engine::Sqlite => self.details(page.everywhere(SQLITE, Engine::Sqlite)).await,
            Engine::Postgres => {
                let newest = self.details(page.newest()).await?;
                if i64::try_from(newest.len()).is_ok_and(|found| found >= limit) {
                    return Ok(newest);
                }
                self.details(page.everywhere(POSTGRES, Engine::Postgres)).await
            }
        }
    }

    async fn details(
        &self,
        query: Query<'_, DetailRow>,
    ) -> Result<Vec<ConversationDetail>, StoreError> {
        self.fetch_all(query).await?.into_iter().map(TryInto::try_into).collect()
    }
}

/// A page of a search.
struct Page<'a> {
    scope: DetailScope,
    search: &'a Search,
    before: Option<Before<ConversationId>>,
    limit: i64,
}

impl Page<'_> {
    /// Binds `$1` to `$5`.
    fn begin<'q>(&self, sql: &'static str) -> Query<'q, DetailRow> {
        let (at, id) = Before::bounds(self.before);
        query_as(sql)
            .bind(self.scope.organization_id.to_string())
            .bind(at)
            .bind(id)
            .bind(self.limit)
            .bind(to_json(&patterns(self.search)))
    }

    /// Asks `newest_sql`.
    fn newest<'q>(&self) -> Query<'q, DetailRow> {
        let query = self.begin(newest(self.scope));
        let asked = [self.channel(), self.status()];
        asked.into_iter().flatten().fold(query, Query::bind)
    }

    /// Asks `SQLITE` or `POSTGRES`.
    fn everywhere<'q>(&self, sql: &'static str, engine: Engine) -> Query<'q, DetailRow> {
        let question = index_query(engine, self.scope, self.search);
        self.begin(sql).bind(question).bind(self.channel()).bind(self.status())
    }

    fn channel(&self) -> Option<String> {
        self.scope.channel_id.map(|id| id.to_string())
    }

    fn status(&self) -> Option<String> {
        self.scope.status.map(|status| status.as_str().to_owned())
    }
}
