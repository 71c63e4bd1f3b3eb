//! Jobs: what is due at a time, until it is done.

use sqlx::{FromRow, query, query_as};

use super::open::Engine;
use super::row::Source;
use super::{Store, StoreError, Tx};
use crate::domain::{Event, EventKind, Job, JobId, Task, Timestamp};

#[derive(FromRow)]
struct JobRow {
    id: String,
    kind: String,
    subject: String,
    attempts: i64,
    due_at: i64,
}

impl JobRow {
    /// `None` for what a later version of this program has asked for: it is left to that.
    fn into_job(self) -> Result<Option<Job>, StoreError> {
        let source = Source { table: "jobs", id: &self.id };
        let Some(task) = Task::read(&self.kind, &self.subject) else { return Ok(None) };
        Ok(Some(Job {
            id: source.parse("id", &self.id)?,
            task,
            attempts: u32::try_from(self.attempts).map_err(|_| source.corrupt("attempts"))?,
            leased_until: Timestamp::from_micros(self.due_at),
        }))
    }
}

impl Store {
    /// When the next job is due, or was.
    pub async fn next_job_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let query = query_as::<_, (Option<i64>,)>("select min(due_at) from jobs");
        let row = self.fetch_optional(query).await?;
        Ok(row.and_then(|(due_at,)| due_at).map(Timestamp::from_micros))
    }

    /// How many jobs wait or are being done.
    pub async fn count_jobs(&self) -> Result<u64, StoreError> {
        let row = self.fetch_optional(query_as("select count(*) from jobs")).await?;
        Ok(row.map_or(0, |(count,): (i64,)| u64::try_from(count).unwrap_or(0)))
    }
}

/// Takes the end of the lease, the time, and how many. On Postgres, nodes that claim at once pass over what
/// another one is about to take, and wait for nobody; SQLite lets one in at a time.
fn claim_sql(engine: Engine) -> &'static str {
    macro_rules! claim {
        ($lock:literal) => {
            concat!(
                "with due as materialized (select id from jobs where due_at <= $2 ",
                "order by due_at, id limit $3",
                $lock,
                ") update jobs set due_at = $1, attempts = attempts + 1 ",
                "where id in (select id from due) ",
                "returning id, kind, subject, attempts, due_at"
            )
        };
    }
    match engine {
        Engine::Sqlite => claim!(""),
        Engine::Postgres => claim!(" for update skip locked"),
    }
}

impl Tx {
    /// Asks for the jobs that follow from an event.
    pub(super) async fn follow_up(
        &mut self,
        event: &Event,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match (&event.kind, event.conversation_id) {
            (EventKind::ConversationResolved { .. }, Some(id)) if self.summarizes_closed() => {
                self.put_job(Task::Summarize(id), now, now).await
            }
            _ => Ok(()),
        }
    }

    /// Asks for a task at `due_at`. If it was asked for before, that is forgotten; one who is doing it
    /// already does not end this one.
    pub async fn put_job(
        &mut self,
        task: Task,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let statement = query(
            "insert into jobs (id, kind, subject, attempts, due_at, created_at) \
             values ($1, $2, $3, 0, $4, $5) on conflict (kind, subject) do update set \
             id = excluded.id, attempts = 0, due_at = excluded.due_at, created_at = excluded.created_at",
        );
        let statement = statement
            .bind(JobId::generate().to_string())
            .bind(task.kind())
            .bind(task.subject())
            .bind(due_at.micros())
            .bind(now.micros());
        self.execute(statement).await.map(drop)
    }

    /// Takes what is due, those that wait longest first, at most `limit`; nobody else gets it before
    /// `until`.
    pub async fn claim_jobs(
        &mut self,
        now: Timestamp,
        until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Job>, StoreError> {
        let query = query_as::<_, JobRow>(claim_sql(self.engine()));
        let query = query.bind(until.micros()).bind(now.micros()).bind(limit);
        let rows = self.returning_all(query).await?;
        rows.into_iter().map(JobRow::into_job).filter_map(Result::transpose).collect()
    }

    /// Forgets a job: it is done, or given up.
    pub async fn delete_job(&mut self, id: JobId) -> Result<(), StoreError> {
        let statement = query("delete from jobs where id = $1");
        self.execute(statement.bind(id.to_string())).await.map(drop)
    }

    /// Puts a job back that was tried so often, to be tried at `due_at`. One whose lease ran out, and that someone else has
    /// taken since, is left to them.
    pub async fn postpone_job(
        &mut self,
        job: &Job,
        due_at: Timestamp,
        attempts: u32,
    ) -> Result<(), StoreError> {
        let statement =
            query("update jobs set due_at = $1, attempts = $2 where id = $3 and due_at = $4");
        let statement = statement
            .bind(due_at.micros())
            .bind(i64::from(attempts))
            .bind(job.id.to_string())
            .bind(job.leased_until.micros());
        self.execute(statement).await.map(drop)
    }
}
