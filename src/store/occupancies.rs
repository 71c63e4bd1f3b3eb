//! What receivers of webhooks were told is there: channels, and members of presence channels.
//!
//! Whoever changes something about an occupancy first writes its row in `occupancies`, which on
//! Postgres keeps other nodes waiting, and only then looks at or changes its rows in `occupants`.

use sqlx::{FromRow, query, query_as};

use super::tx::Statement;
use super::{Store, StoreError, Tx};
use crate::domain::{NodeId, Timestamp};

/// A channel, or a member of one.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Occupancy {
    /// The application.
    pub app_id: String,
    /// The channel.
    pub channel: String,
    /// The member; empty for the channel itself.
    pub user_id: String,
}

impl Occupancy {
    /// Gives a statement the key, as `$1`, `$2` and `$3`.
    fn bound_to<'q>(&'q self, statement: Statement<'q>) -> Statement<'q> {
        statement.bind(self.app_id.as_str()).bind(self.channel.as_str()).bind(self.user_id.as_str())
    }
}

/// Who is alive, as one node sees it.
#[derive(Clone, Copy, Debug)]
pub struct Living {
    /// The node that asks: it lives, whatever the database says.
    pub me: NodeId,
    /// A node that was not seen since is dead.
    pub since: Timestamp,
}

impl Store {
    /// When the next occupancy ends.
    pub async fn next_vacancy(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = query_as::<_, (Option<i64>,)>("select min(vacates_at) from occupancies");
        let row = self.fetch_optional(query).await?;
        Ok(row.and_then(|(at,)| at).map(Timestamp::from_micros))
    }

    /// The dead nodes that still occupy something.
    pub async fn list_lost_occupants(&self, living: Living) -> Result<Vec<String>, StoreError> {
        let query = query_as::<_, (String,)>(
            "select distinct o.node_id from occupants o left join nodes n on n.id = o.node_id \
             where o.node_id <> $1 and (n.id is null or n.seen_at < $2)",
        );
        let query = query.bind(living.me.to_string()).bind(living.since.micros());
        let rows = self.fetch_all(query).await?;
        Ok(rows.into_iter().map(|(node_id,)| node_id).collect())
    }
}

impl Tx {
    /// Someone is there, on this node. Tells whether that is news: nobody was, on any node, and
    /// nobody had left so recently that receivers were not told.
    pub async fn occupy(&mut self, it: &Occupancy, node_id: NodeId) -> Result<bool, StoreError> {
        let id = uuid::Uuid::now_v7().to_string();
        let query = query_as::<_, (String,)>(
            "insert into occupancies (app_id, channel, user_id, id) values ($1, $2, $3, $4) \
             on conflict (app_id, channel, user_id) do update set vacates_at = null returning id",
        );
        let query = query
            .bind(it.app_id.as_str())
            .bind(it.channel.as_str())
            .bind(it.user_id.as_str())
            .bind(id.as_str());
        let kept = self.returning(query).await?;
        let statement = it.bound_to(sqlx::query(
            "insert into occupants (app_id, channel, user_id, node_id) values ($1, $2, $3, $4) \
             on conflict do nothing",
        ));
        self.execute(statement.bind(node_id.to_string())).await?;
        Ok(kept.is_some_and(|(kept,)| kept == id))
    }

    /// Nobody is there any more, on this node. Whether that is so on every node is looked at when the
    /// time comes.
    pub async fn leave(
        &mut self,
        it: &Occupancy,
        node_id: NodeId,
        vacates_at: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = it.bound_to(query(
            "update occupancies set vacates_at = $4 \
             where app_id = $1 and channel = $2 and user_id = $3",
        ));
        self.execute(statement.bind(vacates_at.micros())).await?;
        let statement = it.bound_to(query(
            "delete from occupants \
             where app_id = $1 and channel = $2 and user_id = $3 and node_id = $4",
        ));
        self.execute(statement.bind(node_id.to_string())).await.map(drop)
    }

    /// Occupancies whose end has come, members before the channels they were in. Nobody else touches
    /// them before the transaction ends.
    pub async fn list_ended_occupancies(
        &mut self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Occupancy>, StoreError> {
        let query = query_as::<_, EndedRow>(
            "update occupancies set vacates_at = vacates_at where vacates_at <= $1 \
             and (app_id, channel, user_id) in (select app_id, channel, user_id from occupancies \
             where vacates_at <= $1 order by vacates_at, user_id desc limit $2) \
             returning app_id, channel, user_id, vacates_at",
        );
        let mut rows = self.returning_all(query.bind(now.micros()).bind(limit)).await?;
        rows.sort_by_key(|row| (row.vacates_at, row.occupancy.user_id.is_empty()));
        Ok(rows.into_iter().map(|row| row.occupancy).collect())
    }

    /// Ends an occupancy, unless a living node still has someone there. Tells whether it ended.
    pub async fn end_occupancy(
        &mut self,
        it: &Occupancy,
        living: Living,
    ) -> Result<bool, StoreError> {
        let lost = it.bound_to(query(
            "delete from occupants where app_id = $1 and channel = $2 and user_id = $3 \
             and node_id <> $4 and node_id not in (select id from nodes where seen_at >= $5)",
        ));
        self.execute(lost.bind(living.me.to_string()).bind(living.since.micros())).await?;
        let ended = it.bound_to(query(
            "delete from occupancies where app_id = $1 and channel = $2 and user_id = $3 \
             and not exists (select 1 from occupants \
             where app_id = $1 and channel = $2 and user_id = $3)",
        ));
        if self.execute(ended).await? > 0 {
            return Ok(true);
        }
        let held = it.bound_to(query(
            "update occupancies set vacates_at = null \
             where app_id = $1 and channel = $2 and user_id = $3",
        ));
        self.execute(held).await?;
        Ok(false)
    }

    /// What a dead node occupied ends at `vacates_at`, where nobody comes back.
    pub async fn leave_with_node(
        &mut self,
        node_id: &str,
        vacates_at: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "update occupancies set vacates_at = $1 where vacates_at is null \
             and (app_id, channel, user_id) in \
             (select app_id, channel, user_id from occupants where node_id = $2)",
        );
        self.execute(statement.bind(vacates_at.micros()).bind(node_id)).await.map(drop)
    }

    /// Lets nothing end before `at`.
    pub async fn spare_occupancies(&mut self, at: Timestamp) -> Result<(), StoreError> {
        let statement = query("update occupancies set vacates_at = $1 where vacates_at < $1");
        self.execute(statement.bind(at.micros())).await.map(drop)
    }
}

#[derive(FromRow)]
struct EndedRow {
    #[sqlx(flatten)]
    occupancy: Occupancy,
    vacates_at: i64,
}
