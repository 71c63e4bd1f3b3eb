//! Beginning anew after a connection has ended, at a calm pace.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::BusError;
use super::pace::{RETRY, RETRY_MAX};
use super::status::Status;

/// Holds one session after the other until `stop`; what ended each is written down.
pub(super) async fn repeat<S>(stop: &CancellationToken, status: &Status, session: impl Fn() -> S)
where
    S: Future<Output = BusError>,
{
    let sessions = async {
        let mut retry = Retry::default();
        loop {
            let began = Instant::now();
            status.trouble(&session().await);
            // One that lasted ended for a new reason.
            if began.elapsed() > RETRY_MAX * 2 {
                retry = Retry::default();
            }
            tokio::time::sleep(retry.wait()).await;
        }
    };
    stop.run_until_cancelled(sessions).await;
}

/// Growing waits between attempts, each with a random part so that nodes do not come all at once.
#[derive(Debug)]
struct Retry(Duration);

impl Default for Retry {
    fn default() -> Self {
        Self(RETRY)
    }
}

impl Retry {
    /// The next wait: between half and all of a time that doubles.
    fn wait(&mut self) -> Duration {
        let wait = self.0.mul_f64(rand::random_range(0.5..=1.0));
        self.0 = (self.0 * 2).min(RETRY_MAX);
        wait
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_the_longest_and_differ() {
        let mut retry = Retry::default();
        let waits: Vec<Duration> = (0..20).map(|_| retry.wait()).collect();
        assert!(waits[0] >= RETRY / 2 && waits[0] <= RETRY);
        let late = &waits[10..];
        assert!(late.iter().all(|wait| *wait >= RETRY_MAX / 2 && *wait <= RETRY_MAX));
        assert!(late.iter().any(|wait| *wait != late[0]));
    }
}
