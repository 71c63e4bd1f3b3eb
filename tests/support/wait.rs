//! Waiting for what comes about by itself.

use std::time::{Duration, Instant};

use super::SOON;

const BETWEEN: Duration = Duration::from_millis(50);

/// Asks again until it is so.
pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    found(what, async || is_so().await.then_some(())).await;
}

/// Asks again until there is something, and gives that.
pub(crate) async fn found<T>(what: &str, look: impl AsyncFn() -> Option<T>) -> T {
    let deadline = Instant::now() + SOON;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(Instant::now() < deadline, "never: {what}");
        tokio::time::sleep(BETWEEN).await;
    }
}
