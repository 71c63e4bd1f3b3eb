//! SQLite's log is folded into the file beside the writing, not in its way: otherwise every thousandth commit or so does
//! it for all before it, and whoever waits for that one waits for the disk twice.

use sqlx::query;
use tokio::sync::mpsc;

use super::open::Engine;
use super::{Store, StoreError};

/// The work of so many callers is folded in together: pages that many of them change are written once. They leave 16 to
/// 32 MiB, which is well before the writer does it by itself.
const CALLERS: usize = 1_024;

/// Counts those whose work is committed, and asks for it to be folded in.
#[derive(Debug)]
pub(super) struct Folding {
    asked: mpsc::Sender<()>,
    callers: usize,
}

impl Folding {
    /// Where callers are counted, and the task that folds what was written for them. It ends when this is dropped.
    pub(super) fn begin(store: Store) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let (asked, asks) = mpsc::channel(1);
        (Self { asked, callers: 0 }, fold(store, asks))
    }

    /// The work of so many was committed.
    pub(super) fn note(&mut self, callers: usize) {
        self.callers += callers;
        if self.callers >= CALLERS {
            self.callers = 0;
            // If it was asked for already, that will do.
            let _ = self.asked.try_send(());
        }
    }
}

/// Wakes for: commits to fold in.
async fn fold(store: Store, mut asks: mpsc::Receiver<()>) {
    while asks.recv().await.is_some() {
        if let Err(error) = store.fold().await {
            // The writer does it by itself when too much is left.
            tracing::debug!(error = %error, "cannot fold the log");
        }
    }
}

impl Store {
    /// Folds in what nobody needs in the log any more, while others write. On Postgres that is its own affair.
    async fn fold(&self) -> Result<(), StoreError> {
        if self.engine() == Engine::Sqlite {
            let mut line = self.lines().take().await?;
            query("pragma wal_checkpoint(passive)").execute(line.connection()).await?;
            line.keep();
        }
        Ok(())
    }
}
