//! The way in: the pool, and the settings without which a commit would be no promise.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind};
use std::os::unix::fs::OpenOptionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::any::install_default_drivers;
use sqlx::query;
use tokio::sync::Notify;

use super::flush::Flush;
use super::lines::Lines;
use super::row::{Reading, fetch_all, fetch_optional};
use super::{StoreError, Tx};
use crate::domain::{NodeId, Timestamp};

/// How long the database may take to answer, or for all that is committed together. A line that has gone
/// silent would be waited for as long as the system sends again, which is a quarter of an hour.
pub(super) const ANSWER: Duration = Duration::from_secs(30);

/// Where the database is.
#[derive(Clone, Debug)]
pub struct DatabaseOptions {
    /// `sqlite://path` (made when missing) or `postgres://…`.
    pub url: String,
    /// Most connections of this node.
    pub connections_max: u32,
}

/// What keeps the data. Where the two need words of their own, this tells whose are to be said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

/// The database. A clone is another handle on the same connections.
#[derive(Clone, Debug)]
pub struct Store {
    lines: Lines,
    /// Where transactions are begun.
    writers: Lines,
    flush: Flush,
    engine: Engine,
    outbox: Arc<Notify>,
    summarizes_closed: bool,
}

impl Store {
    /// Connects. Does not migrate: see [`Store::migrate`].
    ///
    /// # Errors
    /// `Unavailable` when the database cannot be reached or the URL is none this server knows.
    pub async fn open(options: &DatabaseOptions) -> Result<Self, StoreError> {
        install_default_drivers();
        let engine =
            if options.url.starts_with("sqlite:") { Engine::Sqlite } else { Engine::Postgres };
        if engine == Engine::Sqlite {
            make_private(&options.url)
                .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        }
        let (url, all) = (connect_url(engine, &options.url), options.connections_max);
        let write = engine.writers(all);
        let lines = Lines::open(engine, engine.settings(), url.clone(), all - write).await?;
        let flush = Flush::of(engine);
        let url = flush.url(&url);
        let writers = Lines::open(engine, engine.writer_settings(), url, write).await?;
        let outbox = Arc::default();
        Ok(Self { lines, writers, flush, engine, outbox, summarizes_closed: false })
    }

    /// The same, through which the end of a conversation asks for its summary, or does not.
    #[must_use]
    pub fn summarizing_closed(self, summarizes_closed: bool) -> Self {
        Self { summarizes_closed, ..self }
    }

    /// Begins a transaction. On SQLite it takes the write lock at once: one that read first and
    /// wanted to write later would fail against any other writer.
    ///
    /// # Errors
    /// `Unavailable` after five seconds without a connection or the lock.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let mut tx = self.begin_soon().await?;
        tx.catch_up().await?;
        Ok(tx)
    }

    /// Begins a transaction; on SQLite with the first statement, in one go.
    ///
    /// # Errors
    /// `Unavailable` after five seconds without a connection.
    pub(super) async fn begin_soon(&self) -> Result<Tx, StoreError> {
        let line = self.writers.take().await?;
        let (flush, outbox) = (self.flush.clone(), Arc::clone(&self.outbox));
        Tx::begin(line, self.engine, flush, outbox, self.summarizes_closed).await
    }

    /// Rings when a transaction was committed that has something to be delivered. For one listener.
    #[must_use]
    pub fn outbox_bell(&self) -> Arc<Notify> {
        Arc::clone(&self.outbox)
    }

    /// Asks the database for nothing in particular, and whether the disk has refused something.
    ///
    /// # Errors
    /// `Unavailable` when it does not answer, or the disk has.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut line = self.lines.take().await?;
        query("select 1").execute(line.connection()).await?;
        line.keep();
        self.flush.done().await
    }

    /// The time of the server; `None` on SQLite, which has none of its own.
    ///
    /// # Errors
    /// `Unavailable` when it does not answer.
    pub async fn time(&self) -> Result<Option<Timestamp>, StoreError> {
        if self.engine == Engine::Sqlite {
            return Ok(None);
        }
        let query = sqlx::query_as::<_, (i64,)>(
            "select cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)",
        );
        let row = self.fetch_optional(query).await?;
        Ok(row.map(|(micros,)| Timestamp::from_micros(micros)))
    }

    /// Writes and commits something that leaves no trace, and tells how long that took: what every
    /// acknowledged message waits for.
    ///
    /// # Errors
    /// `Unavailable` when the database is not writable, or its schema is not up to date.
    pub async fn probe(&self, now: Timestamp) -> Result<Duration, StoreError> {
        let id = NodeId::generate();
        let mut tx = self.begin().await?;
        tx.touch_node(id, now).await?;
        tx.delete_node(id).await?;
        let began = Instant::now();
        tx.commit().await?;
        Ok(began.elapsed())
    }

    /// Closes every connection; on SQLite the write-ahead log is folded into the file.
    pub async fn close(&self) {
        self.lines.close().await;
        self.writers.close().await;
    }

    pub(super) fn engine(&self) -> Engine {
        self.engine
    }

    pub(super) fn lines(&self) -> &Lines {
        &self.lines
    }

    /// What waits for the disk.
    pub(super) fn flush(&self) -> &Flush {
        &self.flush
    }

    pub(super) async fn fetch_optional<R: for<'r> Reading<'r>>(
        &self,
        query: super::row::Query<'_, R>,
    ) -> Result<Option<R>, StoreError> {
        in_time(async {
            let mut line = self.lines.take().await?;
            let row = fetch_optional(line.connection(), query).await?;
            line.keep();
            self.flush.done().await?;
            Ok(row)
        })
        .await
    }

    pub(super) async fn fetch_all<R: for<'r> Reading<'r>>(
        &self,
        query: super::row::Query<'_, R>,
    ) -> Result<Vec<R>, StoreError> {
        in_time(async {
            let mut line = self.lines.take().await?;
            let rows = fetch_all(line.connection(), query).await?;
            line.keep();
            self.flush.done().await?;
            Ok(rows)
        })
        .await
    }
}

/// Gives up when no answer came in time.
pub(super) async fn in_time<T>(
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    let silent = || StoreError::Unavailable(format!("it did not answer within {ANSWER:?}"));
    tokio::time::timeout(ANSWER, answer).await.unwrap_or_else(|_| Err(silent()))
}

/// Makes the file of a new database readable by its owner alone, whatever the umask; what SQLite
/// puts beside it gets the same mode.
fn make_private(url: &str) -> io::Result<()> {
    let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
    let path = path.split('?').next().unwrap_or_default();
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

impl Engine {
    /// How many of all connections are for writing.
    fn writers(self, all: u32) -> u32 {
        match self {
            // One at a time can write anyway. It is always the same: what it has in memory of the file would be
            // worth nothing after another one has written.
            Self::Sqlite => 1,
            // The committer has one; the index of words is written apart from it, and so is the probe of health.
            Self::Postgres => 3.min(all / 2),
        }
    }

    /// What a connection begins with that reads.
    const fn settings(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_SETTINGS,
            Self::Postgres => POSTGRES_SETTINGS,
        }
    }

    /// What one begins with that writes.
    const fn writer_settings(self) -> &'static str {
        match self {
            Self::Sqlite => SQLITE_SETTINGS,
            Self::Postgres => POSTGRES_WRITER_SETTINGS,
        }
    }
}

/// `synchronous = full` makes each commit wait for the disk: acknowledged means kept. Up to 32 MiB of pages stay with
/// a connection: a search looks at some thousand rows, which are not to be fetched from the system each time. The log is
/// folded into the file beside the writing (`fold.rs`); whoever writes does it once it has 64 MiB, and begins it anew.
const SQLITE_SETTINGS: &str = "pragma journal_mode = wal; pragma synchronous = full; \
     pragma foreign_keys = on; pragma busy_timeout = 5000; pragma cache_size = -32768; \
     pragma wal_autocheckpoint = 16384; pragma temp_store = memory;";

macro_rules! postgres_settings {
    () => {
        "set max_parallel_workers_per_gather = 0; set jit = off; \
         set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; \
         set idle_in_transaction_session_timeout = 10000;"
    };
}

/// Queries here are short, but some look long to the planner: starting a process to help with one, or compiling it,
/// takes longer than the page that is asked for. All of them ask for some rows by their keys, and a statement keeps its
/// plan: one made while a table was small would read the whole of it for as long as the connection lives, so there are
/// only plans that go by the indexes. A node that is cut off in the middle of a transaction must not keep the others from
/// what it has locked.
const POSTGRES_SETTINGS: &str = postgres_settings!();

/// What is written is found by its ids, whatever they are: a plan is made once, and not for each message anew.
const POSTGRES_WRITER_SETTINGS: &str =
    concat!(postgres_settings!(), " set plan_cache_mode = force_generic_plan;");

/// SQLite makes a missing file only when its URL says so.
fn connect_url(engine: Engine, url: &str) -> String {
    match (engine, url.split_once('?')) {
        (Engine::Sqlite, None) => format!("{url}?mode=rwc"),
        (Engine::Sqlite, Some((_, query))) if !query.contains("mode=") => format!("{url}&mode=rwc"),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use sqlx::{AnyConnection, Connection as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_database_that_says_nothing_is_given_up() {
        let silent = in_time(pending::<Result<(), StoreError>>()).await;
        assert!(matches!(silent, Err(StoreError::Unavailable(_))), "{silent:?}");
    }

    /// As `.cargo/config.toml` asks; a build that does not read it is slower under many readers, and nothing says so.
    #[tokio::test]
    async fn connections_of_sqlite_share_no_lock() {
        install_default_drivers();
        let mut connection = AnyConnection::connect("sqlite::memory:").await.unwrap();
        let rows: Vec<(String,)> =
            sqlx::query_as("pragma compile_options").fetch_all(&mut connection).await.unwrap();
        let options: Vec<_> = rows.iter().map(|(option,)| option.as_str()).collect();
        assert!(options.contains(&"DEFAULT_MEMSTATUS=0"), "{options:?}");
        assert!(!options.contains(&"ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
    }
}
