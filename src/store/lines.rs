//! Connections to the database: made when one is needed, kept, and used again.
//!
//! The pool that sqlx has asks a connection whether it is still there before each use and after it, which makes three
//! round trips of every query. Here it is asked when it has been idle; and one that somebody left in the middle of
//! something is given up, so nobody has to ask afterwards.

use std::io::ErrorKind;
use std::time::Duration;

use deadpool::managed::{
    Manager, Metrics, Object, Pool, PoolError, QueueMode, RecycleError, RecycleResult, Timeouts,
};
use deadpool::{Runtime, managed};
use sqlx::{AnyConnection, Connection as _, Executor as _};

use super::StoreError;
use super::open::Engine;

/// How long to wait for a free connection, and for a new one.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before a database that is not there yet is tried again.
const PAUSE: Duration = Duration::from_millis(100);
/// Whoever was heard so long ago may be gone: the database may have been started again, the network may have forgotten the
/// connection.
const FRESH: Duration = Duration::from_secs(1);
/// How long a connection is used: what the database keeps for it grows.
const LIFETIME: Duration = Duration::from_mins(30);

/// Connections of one sort. A clone is another handle on the same ones.
#[derive(Clone, Debug)]
pub(super) struct Lines(Pool<Exchange>);

/// A connection that nobody else has at the moment. Unless it is [kept](Self::keep), it is closed when it is dropped, and
/// what it was in the middle of is undone.
#[derive(Debug)]
pub(super) struct Line(Option<Object<Exchange>>);

/// Makes connections.
#[derive(Debug)]
struct Exchange {
    engine: Engine,
    /// What each begins with.
    settings: &'static str,
    url: String,
}

impl Lines {
    /// At most `max` connections to `url`, each of which begins with `settings`. The first is made now.
    pub(super) async fn open(
        engine: Engine,
        settings: &'static str,
        url: String,
        max: u32,
    ) -> Result<Self, StoreError> {
        let timeouts = Timeouts { wait: Some(PATIENCE), create: Some(PATIENCE), recycle: None };
        let pool = Pool::builder(Exchange { engine, settings, url })
            .max_size(usize::try_from(max).unwrap_or(usize::MAX).max(1))
            .timeouts(timeouts)
            // What was used last has most of the file in its memory.
            .queue_mode(QueueMode::Lifo)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let lines = Self(pool);
        lines.take().await?.keep();
        Ok(lines)
    }

    /// A connection, once one is free.
    ///
    /// # Errors
    /// `Unavailable` after five seconds without one.
    pub(super) async fn take(&self) -> Result<Line, StoreError> {
        match self.0.get().await {
            Ok(object) => Ok(Line(Some(object))),
            Err(PoolError::Backend(error)) => Err(error.into()),
            Err(PoolError::Timeout(managed::TimeoutType::Wait)) => {
                Err(StoreError::Unavailable(format!("no connection was free in {PATIENCE:?}")))
            }
            Err(other) => Err(StoreError::Unavailable(other.to_string())),
        }
    }

    /// Closes every connection.
    pub(super) async fn close(&self) {
        for connection in self.0.retain(|_, _| false).removed {
            // It says goodbye, and that is all.
            let _ = connection.close().await;
        }
        self.0.close();
    }
}

impl Line {
    /// What statements are run on.
    pub(super) fn connection(&mut self) -> &mut AnyConnection {
        self.0.as_mut().expect("a line has its connection until it is kept or dropped")
    }

    /// Leaves it to the next one.
    pub(super) fn keep(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if let Some(object) = self.0.take() {
            drop(Object::take(object));
        }
    }
}

impl Manager for Exchange {
    type Type = AnyConnection;
    type Error = sqlx::Error;

    async fn create(&self) -> Result<AnyConnection, sqlx::Error> {
        let mut connection = loop {
            match AnyConnection::connect(&self.url).await {
                Err(error) if is_coming(&error) => tokio::time::sleep(PAUSE).await,
                came => break came?,
            }
        };
        connection.execute(self.settings).await?;
        Ok(connection)
    }

    async fn recycle(
        &self,
        connection: &mut AnyConnection,
        metrics: &Metrics,
    ) -> RecycleResult<sqlx::Error> {
        if metrics.age() > LIFETIME {
            return Err(RecycleError::message("it was used long enough"));
        }
        if self.engine == Engine::Postgres && metrics.last_used() > FRESH {
            tokio::time::timeout(PATIENCE, connection.ping())
                .await
                .map_err(|_| RecycleError::message("it does not answer"))??;
        }
        Ok(())
    }
}

/// Whether a database is about to be there, or has no place for us at the moment.
fn is_coming(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(error) => error.kind() == ErrorKind::ConnectionRefused,
        // `cannot_connect_now`, `too_many_connections`.
        sqlx::Error::Database(error) => matches!(error.code().as_deref(), Some("57P03" | "53300")),
        _ => false,
    }
}
