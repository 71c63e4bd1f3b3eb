//! What is being written, and will be told in a moment.

use std::sync::Arc;

use tokio::sync::watch;

/// Batches that are being written, or told. Whoever is about to do what costs as much for one of them as for many can
/// wait for those. A clone is another handle on the same ones.
#[derive(Clone, Debug, Default)]
pub struct Coming(Arc<watch::Sender<Batches>>);

/// How many there were since the start.
#[derive(Clone, Copy, Debug, Default)]
struct Batches {
    begun: u64,
    over: u64,
}

/// A batch that was begun; it is over when this is dropped, whatever came of it.
#[derive(Debug)]
pub(crate) struct Underway(Coming);

impl Coming {
    /// One more is being written from now on.
    pub(crate) fn start(&self) -> Underway {
        // Nobody waits for a beginning.
        self.0.send_if_modified(|batches| {
            batches.begun += 1;
            false
        });
        Underway(self.clone())
    }

    /// Waits until what has begun by now is told, or known not to be kept.
    pub async fn told(&self) {
        let mut batches = self.0.subscribe();
        let begun = batches.borrow().begun;
        // It lasts as long as this handle.
        let _ = batches.wait_for(|batches| batches.over >= begun).await;
    }
}

impl Drop for Underway {
    fn drop(&mut self) {
        self.0.0.send_modify(|batches| batches.over += 1);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[tokio::test]
    async fn who_waits_waits_for_what_had_begun_and_for_nothing_later() {
        let coming = Coming::default();
        coming.told().await;
        let first = coming.start();
        let mut told = Box::pin(coming.told());
        assert_eq!((&mut told).now_or_never(), None);
        let later = coming.start();
        drop(first);
        told.await;
        assert_eq!(coming.told().now_or_never(), None);
        drop(later);
        coming.told().await;
    }
}
