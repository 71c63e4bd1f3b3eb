//! On SQLite a large commit is not waited for where it is written, but before anybody hears of it: the next is written meanwhile.
//! What has been read may be of a commit that the disk has not kept yet, so whoever reads waits as well.

use std::io;
use std::sync::Arc;

use switchboard_wal::Log;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::StoreError;
use super::open::Engine;

/// What waits for the disk. A clone waits for the same one.
#[derive(Clone, Debug)]
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
        let flushed = spawn_blocking(move || log.flush()).await.map_err(io::Error::from).flatten();
        flushed.map_err(|error| StoreError::Unavailable(format!("cannot flush: {error}")))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use futures_util::FutureExt as _;
    use sqlx::query;
    use tempfile::TempDir;
    use tokio_util::task::TaskTracker;

    use super::*;
    use crate::store::{DatabaseOptions, Done, GroupCommit, GroupCommitLimits, Store, Tx};

    impl Flush {
        fn is_done(&self) -> bool {
            let log = &self.0.as_ref().unwrap().log;
            log.has_flushed(log.written())
        }

        /// How many commits were not waited for.
        fn left(&self) -> u64 {
            self.0.as_ref().unwrap().log.written()
        }
    }

    async fn store() -> (TempDir, Store) {
        let folder = TempDir::new().unwrap();
        let url = format!("sqlite://{}", folder.path().join("a.db").display());
        let store = Store::open(&DatabaseOptions { url, connections_max: 4 }).await.unwrap();
        let mut tx = store.begin().await.unwrap();
        tx.execute(query("create table rows (text blob)")).await.unwrap();
        tx.commit().await.unwrap();
        (folder, store)
    }

    /// Writes more than is waited for where it is written.
    async fn write_much(tx: &mut Tx) -> Result<(), StoreError> {
        tx.execute(query("insert into rows values (randomblob(1000000))")).await.map(drop)
    }

    #[tokio::test]
    async fn a_commit_is_done_when_the_disk_has_it() {
        let (_folder, store) = store().await;
        let mut tx = store.begin().await.unwrap();
        write_much(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!((store.flush().left(), store.flush().is_done()), (1, true));
    }

    #[tokio::test]
    async fn what_is_read_is_on_the_disk_when_it_is_given() {
        let (_folder, store) = store().await;
        for reads_all in [true, false] {
            let mut tx = store.begin().await.unwrap();
            write_much(&mut tx).await.unwrap();
            tx.commit_soon().await.unwrap();
            assert!(!store.flush().is_done());
            let count = sqlx::query_as::<_, (i64,)>("select count(*) from rows");
            if reads_all {
                store.fetch_all(count).await.unwrap();
            } else {
                store.fetch_optional(count).await.unwrap();
            }
            assert!(store.flush().is_done());
        }
    }

    #[tokio::test]
    async fn what_is_committed_together_is_on_the_disk_when_anybody_hears_of_it() {
        let (_folder, store) = store().await;
        let (flush, tasks) = (store.flush().clone(), TaskTracker::new());
        let (heard, was_done) = (flush.clone(), Arc::new(AtomicBool::default()));
        let noted = Arc::clone(&was_done);
        let publish = move |_: Vec<()>| noted.store(heard.is_done(), Ordering::SeqCst);
        let commit = GroupCommit::start(store, GroupCommitLimits::default(), publish, &tasks);
        let wrote = commit.submit::<(), StoreError, _>(None, |tx| {
            async move { write_much(tx).await.map(Done::quietly) }.boxed()
        });
        wrote.await.unwrap();
        assert!(was_done.load(Ordering::SeqCst));
        assert_eq!((flush.left(), flush.is_done()), (1, true));
    }
}
