//! The outbox: what has to be posted, until it is.

use sqlx::{FromRow, query, query_as};

use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::{Delivery, DeliveryId, Endpoint, Timestamp};

/// A delivery to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewDelivery<'a> {
    /// To whom.
    pub endpoint: &'a Endpoint,
    /// What it keeps its order in.
    pub lane: &'a str,
    /// The event, in JSON.
    pub payload: &'a str,
    /// When it has had its time.
    pub give_up_at: Timestamp,
}

#[derive(FromRow)]
struct DeliveryRow {
    id: String,
    lane: String,
    payload: String,
    attempts: i64,
    due_at: i64,
    give_up_at: i64,
    created_at: i64,
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let source = Source { table: "deliveries", id: &row.id };
        Ok(Self {
            id: source.parse("id", &row.id)?,
            lane: row.lane,
            payload: row.payload,
            attempts: u32::try_from(row.attempts).map_err(|_| source.corrupt("attempts"))?,
            leased_until: Timestamp::from_micros(row.due_at),
            give_up_at: Timestamp::from_micros(row.give_up_at),
            created_at: Timestamp::from_micros(row.created_at),
        })
    }
}

impl Store {
    /// The endpoints that something is due to, those that wait longest first. What an earlier delivery
    /// of its lane holds back is not due.
    pub async fn list_due_endpoints(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Endpoint>, StoreError> {
        let query = query_as::<_, (String, String, String)>(
            "with held as materialized (select kind, owner, endpoint, lane, min(id) as first \
             from deliveries where due_at > $1 group by kind, owner, endpoint, lane) \
             select d.kind, d.owner, d.endpoint from deliveries d \
             left join held h on h.kind = d.kind and h.owner = d.owner \
             and h.endpoint = d.endpoint and h.lane = d.lane \
             where d.due_at <= $1 and (h.first is null or d.id < h.first) \
             group by d.kind, d.owner, d.endpoint order by min(d.due_at) limit $2",
        );
        let rows = self.fetch_all(query.bind(now.micros()).bind(limit)).await?;
        let endpoint = |(kind, owner, url): (String, String, String)| {
            let kind = Source { table: "deliveries", id: &owner }.parse("kind", &kind)?;
            Ok(Endpoint { kind, owner, url })
        };
        rows.into_iter().map(endpoint).collect()
    }

    /// When the next delivery that is not due yet will be.
    pub async fn next_delivery_due(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let query =
            query_as::<_, (Option<i64>,)>("select min(due_at) from deliveries where due_at > $1");
        let row = self.fetch_optional(query.bind(now.micros())).await?;
        Ok(row.and_then(|(due_at,)| due_at).map(Timestamp::from_micros))
    }

    /// How many deliveries wait.
    pub async fn count_deliveries(&self) -> Result<u64, StoreError> {
        let row = self.fetch_optional(query_as("select count(*) from deliveries")).await?;
        Ok(row.map_or(0, |(count,): (i64,)| u64::try_from(count).unwrap_or(0)))
    }
}

impl Tx {
    /// Something to be delivered, after everything that is in its lane already.
    pub async fn insert_delivery(
        &mut self,
        new: NewDelivery<'_>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into deliveries (id, kind, owner, endpoint, lane, payload, attempts, due_at, \
             give_up_at, created_at) values ($1, $2, $3, $4, $5, $6, 0, $7, $8, $7)",
        );
        let statement = statement
            .bind(DeliveryId::generate().to_string())
            .bind(new.endpoint.kind.as_str())
            .bind(new.endpoint.owner.as_str())
            .bind(new.endpoint.url.as_str())
            .bind(new.lane)
            .bind(new.payload)
            .bind(now.micros())
            .bind(new.give_up_at.micros());
        self.execute(statement).await?;
        self.ring_outbox();
        Ok(())
    }

    /// Takes what is due to an endpoint, in order, at most `limit`; nobody else gets it before
    /// `until`. A lane whose next delivery is not due, or is another node's, gives nothing.
    pub async fn claim_deliveries(
        &mut self,
        endpoint: &Endpoint,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        // Two nodes at once: the second would not see what the first one takes, and would take what
        // comes after it in the same lanes.
        self.execute(query("update turns set name = name where name = 'deliveries'")).await?;
        let query = query_as::<_, DeliveryRow>(
            "with held as materialized (select lane, min(id) as first from deliveries \
             where kind = $1 and owner = $2 and endpoint = $3 and due_at > $4 group by lane) \
             update deliveries set due_at = $5 where id in (select d.id from deliveries d \
             left join held h on h.lane = d.lane \
             where d.kind = $1 and d.owner = $2 and d.endpoint = $3 and d.due_at <= $4 \
             and (h.first is null or d.id < h.first) order by d.id limit $6) \
             returning id, lane, payload, attempts, due_at, give_up_at, created_at",
        );
        let query = query
            .bind(endpoint.kind.as_str())
            .bind(endpoint.owner.as_str())
            .bind(endpoint.url.as_str())
            .bind(now.micros())
            .bind(until.micros())
            .bind(limit);
        let rows = self.returning_all(query).await?;
        let mut claimed: Vec<Delivery> =
            rows.into_iter().map(TryInto::try_into).collect::<Result<_, _>>()?;
        claimed.sort_by_key(|delivery| delivery.id);
        Ok(claimed)
    }

    /// Forgets a delivery: it arrived, or is given up.
    pub async fn delete_delivery(&mut self, id: DeliveryId) -> Result<(), StoreError> {
        let statement = query("delete from deliveries where id = $1");
        self.execute(statement.bind(id.to_string())).await.map(drop)
    }

    /// Puts a delivery back, to be tried at `due_at`. One whose lease ran out, and that someone else
    /// has taken since, is left to them.
    pub async fn postpone_delivery(
        &mut self,
        delivery: &Delivery,
        due_at: Timestamp,
        attempts: u32,
    ) -> Result<(), StoreError> {
        let statement =
            query("update deliveries set due_at = $1, attempts = $2 where id = $3 and due_at = $4");
        let statement = statement
            .bind(due_at.micros())
            .bind(i64::from(attempts))
            .bind(delivery.id.to_string())
            .bind(delivery.leased_until.micros());
        self.execute(statement).await.map(drop)
    }

    /// A delivery holds nothing back any more: it has a lane of its own. Those behind it in its lane may
    /// come before it.
    pub async fn step_aside(&mut self, delivery: &Delivery) -> Result<(), StoreError> {
        let statement = query("update deliveries set lane = id where id = $1 and due_at = $2");
        let statement =
            statement.bind(delivery.id.to_string()).bind(delivery.leased_until.micros());
        self.execute(statement).await.map(drop)
    }

    /// Forgets what an endpoint did not take in its time; tells how many there were.
    pub async fn delete_overdue_deliveries(
        &mut self,
        endpoint: &Endpoint,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        let statement = query(
            "delete from deliveries where kind = $1 and owner = $2 and endpoint = $3 \
             and give_up_at <= $4",
        );
        let statement = statement
            .bind(endpoint.kind.as_str())
            .bind(endpoint.owner.as_str())
            .bind(endpoint.url.as_str())
            .bind(now.micros());
        self.execute(statement).await
    }
}
