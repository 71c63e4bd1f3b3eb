//! How long to wait before the same is tried again.

/// Waits that double.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first attempt.
    pub first_ms: i64,
    /// The longest wait.
    pub max_ms: i64,
}

impl Backoff {
    /// The wait after so many attempts, in milliseconds.
    #[must_use]
    pub fn wait_ms(self, attempts: u32) -> i64 {
        let doublings = attempts.saturating_sub(1).min(31);
        self.first_ms.saturating_mul(1 << doublings).min(self.max_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff { first_ms: 1_000, max_ms: 60_000 };
        let waits: Vec<i64> = (1..=8).map(|attempts| backoff.wait_ms(attempts)).collect();
        assert_eq!(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
        assert_eq!(backoff.wait_ms(u32::MAX), 60_000);
    }
}
