//! How fast the events of one connection are taken.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// A bucket of events that fills at a steady rate.
///
/// Over the rate nothing is refused and nothing is lost: the next event is simply not read yet, it
/// waits in the peer's own send buffer, and the peer alone is slowed down.
#[derive(Clone, Copy, Debug)]
pub struct Throttle {
    /// The time one event costs; zero switches the throttle off.
    cost: Duration,
    /// How much unused time may be saved up for a burst.
    burst: Duration,
    /// Everything up to here is spent.
    spent: Instant,
}

impl Throttle {
    /// Lets `per_second` events pass each second (0: any number), and `burst` at once.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let cost = Duration::from_secs(1).checked_div(per_second).unwrap_or_default();
        let now = Instant::now();
        let burst = cost * burst.max(1);
        Self { cost, burst, spent: now.checked_sub(burst).unwrap_or(now) }
    }

    /// Takes one more event if that may be done now; for what is refused rather than delayed.
    pub fn try_take(&mut self) -> bool {
        let now = Instant::now();
        let earliest = now.checked_sub(self.burst).unwrap_or(now);
        let spent = self.spent.max(earliest) + self.cost;
        let passes = self.cost.is_zero() || spent <= now;
        if passes {
            self.spent = spent;
        }
        passes
    }

    /// Waits until one more event may be taken.
    pub async fn take(&mut self) {
        if self.cost.is_zero() {
            return;
        }
        let now = Instant::now();
        let earliest = now.checked_sub(self.burst).unwrap_or(now);
        self.spent = self.spent.max(earliest) + self.cost;
        if self.spent > now {
            sleep_until(self.spent).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_burst_passes_at_once_and_the_rest_at_the_rate() {
        // Some time must have passed since the clock's beginning for a burst to be saved up.
        tokio::time::sleep(Duration::from_mins(1)).await;
        let mut throttle = Throttle::new(10, 5);
        let started = Instant::now();
        for _ in 0..5 {
            throttle.take().await;
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
        for _ in 0..20 {
            throttle.take().await;
        }
        assert_eq!(started.elapsed(), Duration::from_secs(2));
    }

    #[tokio::test(start_paused = true)]
    async fn over_the_rate_an_event_that_cannot_wait_is_refused() {
        tokio::time::sleep(Duration::from_mins(1)).await;
        let mut throttle = Throttle::new(10, 10);
        assert_eq!((0..20).filter(|_| throttle.try_take()).count(), 10);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert_eq!((0..20).filter(|_| throttle.try_take()).count(), 10);
        assert!(Throttle::new(0, 0).try_take());
    }

    #[tokio::test(start_paused = true)]
    async fn zero_switches_it_off() {
        let mut throttle = Throttle::new(0, 0);
        let started = Instant::now();
        for _ in 0..10_000 {
            throttle.take().await;
        }
        assert_eq!(started.elapsed(), Duration::ZERO);
    }
}
