//! On SQLite a large commit is not waited for where it is written, but before anybody hears of it: the next is written meanwhile.
//! What has been read may be of a commit that the disk has not kept yet, so whoever reads waits as well.

use std::sync::Arc;

use switchboard_wal::Log;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::StoreError;
use super::open::Engine;

/// What waits for the disk. A clone waits for the same one.
#[derive(Clone, Debug, Default)]
pub(super) struct Flush(Option<Arc<Pending>>);

#[derive(Debug)]
struct Pending {
    log: Arc<Log>,
    /// Whose turn it is to flush; who comes meanwhile mostly finds it done.
    turn: Mutex<()>,
}

impl Flush {
    /// Of a database that is not open yet. Postgres sees to it by itself, and so does SQLite where its log cannot be had.
    pub(super) fn of(engine: Engine) -> Self {
        let log = match engine {
            Engine::Sqlite => Log::register().ok(),
            Engine::Postgres => None,
        };
        Self(log.map(|log| Arc::new(Pending { log, turn: Mutex::default() })))
    }

    /// What those connect to who write.
    pub(super) fn url(&self, url: &str) -> String {
        match &self.0 {
            Some(pending) => format!("{url}&vfs={}", pending.log.vfs()),
            None => url.to_owned(),
        }
    }

    /// Waits until everything is kept that is committed by now.
    ///
    /// # Errors
    /// `Unavailable` when the disk refused it.
    pub(super) async fn done(&self) -> Result<(), StoreError> {
        let Some(pending) = &self.0 else { return Ok(()) };
        let written = pending.log.written();
        if pending.log.has_flushed(written) {
            return Ok(());
        }
        let _turn = pending.turn.lock().await;
        if pending.log.has_flushed(written) {
            return Ok(());
        }
        let log = Arc::clone(&pending.log);
        let flushed = spawn_blocking(move || log.flush()).await;
        let unavailable = |why: String| StoreError::Unavailable(format!("cannot flush: {why}"));
        flushed
            .map_err(|error| unavailable(error.to_string()))?
            .map_err(|error| unavailable(error.to_string()))
    }
}
