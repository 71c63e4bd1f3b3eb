//! Exact sliding windows: so many in any span of that length, and not one more.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

use parking_lot::Mutex;

use super::{ServiceError, Services};
use crate::domain::{ApiKeyId, Timestamp};

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
        let allowance = self.count(key, now);
        if allowance.admitted { Ok(()) } else { Err(allowance.refusal(now)) }
    }

    /// The same, telling what is left.
    pub(super) fn count(&self, key: K, now: Timestamp) -> Allowance {
        if self.max == 0 {
            return Allowance { admitted: true, limit: 0, remaining: 0, frees_at: now };
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
        let admitted = times.len() < self.max;
        if admitted {
            times.push_back(now);
        }
        Allowance {
            admitted,
            limit: self.max,
            remaining: self.max - times.len(),
            frees_at: times.front().map_or(now, |first| first.plus_ms(self.window_ms)),
        }
    }
}

/// How a key stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whether the request may go on.
    pub admitted: bool,
    /// Most requests in any minute; 0 is no limit.
    pub limit: usize,
    /// How many more may come at once.
    pub remaining: usize,
    /// When the oldest request that still counts no longer does: from then on there is one more.
    pub frees_at: Timestamp,
}

impl Allowance {
    /// What a request is told that may not go on.
    #[must_use]
    pub fn refusal(&self, now: Timestamp) -> ServiceError {
        let wait_ms = self.frees_at.ms_since(now);
        ServiceError::TooMany { retry_after_ms: wait_ms.try_into().unwrap_or(0) }
    }
}

impl Services {
    /// Counts a request under an API key of REST v1. This node counts alone.
    #[must_use]
    pub fn count_request(&self, key: ApiKeyId) -> Allowance {
        self.inner.api_rate.count(key, self.now())
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
    fn what_is_left_is_told_and_when_there_is_more() {
        let limit = SlidingWindow::new(2, 1_000);
        let told = |ms| {
            let allowance = limit.count("a", at(ms));
            (allowance.admitted, allowance.remaining, allowance.frees_at)
        };
        assert_eq!(told(0), (true, 1, at(1_000)));
        assert_eq!(told(400), (true, 0, at(1_000)));
        assert_eq!(told(999), (false, 0, at(1_000)));
        assert_eq!(told(1_000), (true, 0, at(1_400)));
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
