//! A transaction: the only thing that writes.

use std::mem;
use std::sync::Arc;

use sqlx::any::AnyArguments;
use sqlx::query::Query as Statements;
use sqlx::{Any, AnyConnection, query};
use tokio::sync::Notify;

use super::StoreError;
use super::flush::Flush;
use super::held_logs::HeldLogs;
use super::lines::Line;
use super::open::Engine;
use super::row::{Query, Reading, fetch_all, fetch_optional};
use super::script::Step;

/// What writes; counted, so that a job that was refused before it wrote is known to have left nothing.
pub(super) type Statement<'q> = Statements<'q, Any, AnyArguments>;

/// A transaction; rolled back when dropped. Each statement goes through one of five doors, which count writes
/// and remember the first failure: Postgres refuses every statement after one.
#[derive(Debug)]
pub struct Tx {
    line: Line,
    engine: Engine,
    flush: Flush,
    /// What is still to be done, before the next statement that somebody waits for.
    ahead: Vec<Step>,
    /// Whether the database knows of it.
    has_begun: bool,
    writes: u64,
    failure: Option<StoreError>,
    logs: HeldLogs,
    /// Conversations that are closed are to be summarized.
    summarizes_closed: bool,
    /// Rung after the commit, if there is something to be delivered.
    outbox: Arc<Notify>,
    rings: bool,
}

impl Tx {
    /// A transaction that begins now on Postgres, and on SQLite with its first statement.
    pub(super) async fn begin(
        line: Line,
        engine: Engine,
        flush: Flush,
        outbox: Arc<Notify>,
        summarizes_closed: bool,
    ) -> Result<Self, StoreError> {
        let mut tx = Self {
            line,
            engine,
            flush,
            ahead: vec![begin(engine)],
            has_begun: false,
            writes: 0,
            failure: None,
            logs: HeldLogs::default(),
            summarizes_closed,
            outbox,
            rings: false,
        };
        if engine == Engine::Postgres {
            tx.catch_up().await?;
        }
        Ok(tx)
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// `Conflict` when something else that was written makes that impossible: nothing is kept. `Unavailable`: whether it was
    /// kept is unknown.
    pub async fn commit(self) -> Result<(), StoreError> {
        let flush = self.flush.clone();
        self.commit_soon().await?;
        flush.done().await
    }

    /// The same, but for the disk: whoever is told of it is told once [`Flush::done`] is.
    pub(super) async fn commit_soon(mut self) -> Result<(), StoreError> {
        self.write_positions().await?;
        if self.has_begun || self.writes > 0 {
            self.put_ahead([Step::new("commit")]);
            if let Err(error) = self.catch_up().await {
                if matches!(error, StoreError::Conflict(_)) {
                    // Nothing was committed, and the connection is as good as before.
                    let _ = self.rollback().await;
                }
                return Err(error);
            }
        }
        self.line.keep();
        if self.rings {
            self.outbox.notify_one();
        }
        Ok(())
    }

    /// Forgets what was written.
    ///
    /// # Errors
    /// `Unavailable`; it is forgotten all the same.
    pub async fn rollback(mut self) -> Result<(), StoreError> {
        self.ahead.clear();
        if self.has_begun {
            query("rollback").execute(self.line.connection()).await?;
        }
        self.line.keep();
        Ok(())
    }

    /// Has these done before the next statement that somebody waits for.
    pub(super) fn put_ahead(&mut self, steps: impl IntoIterator<Item = Step>) {
        self.ahead.extend(steps);
    }

    /// What is to be done before the next statement, which whoever takes it does.
    pub(super) fn take_ahead(&mut self) -> Vec<Step> {
        mem::take(&mut self.ahead)
    }

    /// What statements run on.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        self.line.connection()
    }

    /// Notes whether it has begun, once statements were run that were to begin it. One that has not does so with the next:
    /// nothing is ever written outside of it.
    pub(super) fn note_begun(&mut self, has_begun: bool) {
        self.has_begun |= has_begun;
        if !self.has_begun {
            self.ahead.insert(0, begin(self.engine));
        }
    }

    /// What it runs on.
    pub(super) fn engine(&self) -> Engine {
        self.engine
    }

    /// Whether the end of a conversation asks for its summary.
    pub(super) fn summarizes_closed(&self) -> bool {
        self.summarizes_closed
    }

    /// The worker that delivers is to be woken once this is committed.
    pub(super) fn ring_outbox(&mut self) {
        self.rings = true;
    }

    /// The logs it appends to.
    pub(super) fn logs(&mut self) -> &mut HeldLogs {
        &mut self.logs
    }

    /// Something was written of which a statement is still to tell.
    pub(super) fn note_write(&mut self) {
        self.writes += 1;
    }

    /// How much was written.
    pub(super) fn writes(&self) -> u64 {
        self.writes
    }

    /// The first statement's failure, if one failed.
    pub(super) fn failure(&self) -> Option<&StoreError> {
        self.failure.as_ref()
    }

    /// Writes; tells how many rows were touched.
    pub(super) async fn execute(&mut self, statement: Statement<'_>) -> Result<u64, StoreError> {
        self.writes += 1;
        self.catch_up().await?;
        let result = statement.execute(self.line.connection()).await;
        self.noted(result.map(|done| done.rows_affected()).map_err(StoreError::from))
    }

    /// Writes, and reads what `returning` says of the row.
    pub(super) async fn returning<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Option<R>, StoreError> {
        self.writes += 1;
        self.catch_up().await?;
        let result = fetch_optional(self.line.connection(), query).await;
        self.noted(result)
    }

    /// Writes, and reads what `returning` says of each row.
    pub(super) async fn returning_all<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Vec<R>, StoreError> {
        self.writes += 1;
        self.catch_up().await?;
        let result = fetch_all(self.line.connection(), query).await;
        self.noted(result)
    }

    pub(super) async fn fetch_optional<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Option<R>, StoreError> {
        self.catch_up().await?;
        let result = fetch_optional(self.line.connection(), query).await;
        self.noted(result)
    }

    pub(super) async fn fetch_all<R: for<'r> Reading<'r>>(
        &mut self,
        query: Query<'_, R>,
    ) -> Result<Vec<R>, StoreError> {
        self.catch_up().await?;
        let result = fetch_all(self.line.connection(), query).await;
        self.noted(result)
    }

    pub(super) fn noted<T>(&mut self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if let (Err(error), None) = (&result, &self.failure) {
            self.failure = Some(error.clone());
        }
        result
    }
}

fn begin(engine: Engine) -> Step {
    Step::new(match engine {
        Engine::Sqlite => "begin immediate",
        Engine::Postgres => "begin",
    })
}
