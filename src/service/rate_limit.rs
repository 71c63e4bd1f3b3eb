//! Exact sliding windows: so many in any span of that length, and not one more.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use parking_lot::Mutex;

use super::ServiceError;
use crate::domain::Timestamp;

/// Beyond so many keys, those whose window is over are forgotten before another is added.
const KEYS_BEFORE_SWEEP: usize = 10_000;

/// So many per key in any window of that length.
#[derive(Debug)]
pub(super) struct SlidingWindow<K> {
    max: usize,
    window_ms: i64,
    seen: Mutex<Seen<K>>,
}

#[derive(Debug)]
struct Seen<K> {
    times: HashMap<K, VecDeque<Timestamp>>,
    sweep_at: usize,
}

impl<K: Eq + Hash> SlidingWindow<K> {
    /// `max` in any `window_ms`; a `max` of 0 lets everything through.
    pub(super) fn new(max: usize, window_ms: i64) -> Self {
        let seen = Seen { times: HashMap::new(), sweep_at: KEYS_BEFORE_SWEEP };
        Self { max, window_ms, seen: Mutex::new(seen) }
    }

    /// Counts one for `key`, or refuses it; what is refused is not counted.
    pub(super) fn admit(&self, key: K, now: Timestamp) -> Result<(), ServiceError> {
        if self.max == 0 {
            return Ok(());
        }
        let over = |time: &Timestamp| now.ms_since(*time) >= self.window_ms;
        let mut seen = self.seen.lock();
        if seen.times.len() >= seen.sweep_at {
            seen.times.retain(|_, times| !times.back().is_none_or(over));
            seen.sweep_at = KEYS_BEFORE_SWEEP.max(seen.times.len() * 2);
        }
        let times = seen.times.entry(key).or_default();
        while times.front().is_some_and(over) {
            times.pop_front();
        }
        if times.len() < self.max {
            times.push_back(now);
            return Ok(());
        }
        let wait_ms = times.front().map_or(0, |first| self.window_ms - now.ms_since(*first));
        Err(ServiceError::TooMany { retry_after_ms: wait_ms.try_into().unwrap_or(0) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::default().plus_ms(ms)
    }

    #[test]
    fn no_window_of_that_length_holds_more() {
        let limit = SlidingWindow::new(2, 1_000);
        assert!(limit.admit("a", at(0)).is_ok());
        assert!(limit.admit("a", at(900)).is_ok());
        let Err(ServiceError::TooMany { retry_after_ms }) = limit.admit("a", at(999)) else {
            panic!("a third within a second was let through");
        };
        assert_eq!(retry_after_ms, 1);
        assert!(limit.admit("b", at(999)).is_ok());
        assert!(limit.admit("a", at(1_000)).is_ok());
        assert!(limit.admit("a", at(1_899)).is_err());
        assert!(limit.admit("a", at(1_900)).is_ok());
    }

    #[test]
    fn zero_is_no_limit() {
        let limit = SlidingWindow::new(0, 1_000);
        assert!((0..100).all(|_| limit.admit("a", at(0)).is_ok()));
    }

    #[test]
    fn keys_whose_window_is_over_are_forgotten() {
        let limit = SlidingWindow::new(1, 1_000);
        for key in 0..KEYS_BEFORE_SWEEP {
            limit.admit(key, at(0)).unwrap();
        }
        limit.admit(KEYS_BEFORE_SWEEP, at(2_000)).unwrap();
        assert_eq!(limit.seen.lock().times.len(), 1);
    }
}
