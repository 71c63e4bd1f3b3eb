//! Exact sliding windows in this node's memory.

use std::collections::{HashMap, VecDeque};

use parking_lot::Mutex;

use super::Allowance;
use crate::domain::Timestamp;

/// Beyond so many keys, those whose window is over are forgotten before another is added.
const KEYS_BEFORE_SWEEP: usize = 10_000;

/// So many per key in any window of that length, and not one more.
#[derive(Debug)]
pub(super) struct SlidingWindow {
    max: usize,
    window_ms: i64,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    times: HashMap<String, VecDeque<Timestamp>>,
    sweep_at: usize,
}

impl SlidingWindow {
    /// `max` in any `window_ms`.
    pub(super) fn new(max: usize, window_ms: i64) -> Self {
        let seen = Seen { times: HashMap::new(), sweep_at: KEYS_BEFORE_SWEEP };
        Self { max, window_ms, seen: Mutex::new(seen) }
    }

    /// Counts one for `key`, or refuses it; what is refused is not counted.
    pub(super) fn count(&self, key: &str, now: Timestamp) -> Allowance {
        let mut seen = self.seen.lock();
        let times = seen.of(key, now, self.window_ms);
        let admitted = times.len() < self.max;
        if admitted {
            times.push_back(now);
        }
        Allowance {
            admitted,
            limit: self.max,
            remaining: self.max.saturating_sub(times.len()),
            frees_at: times.front().map_or(now, |first| first.plus_ms(self.window_ms)),
        }
    }

    /// Counts one for `key` that was admitted elsewhere. Of more than would fit, the newest count.
    pub(super) fn note(&self, key: &str, now: Timestamp) {
        let mut seen = self.seen.lock();
        let times = seen.of(key, now, self.window_ms);
        times.push_back(now);
        if times.len() > self.max {
            times.pop_front();
        }
    }
}

impl Seen {
    /// What counts for `key` at `now`.
    fn of(&mut self, key: &str, now: Timestamp, window_ms: i64) -> &mut VecDeque<Timestamp> {
        let over = |time: &Timestamp| now.ms_since(*time) >= window_ms;
        if self.times.len() >= self.sweep_at {
            self.times.retain(|_, times| !times.back().is_none_or(over));
            self.sweep_at = KEYS_BEFORE_SWEEP.max(self.times.len() * 2);
        }
        let times = self.times.entry(key.to_owned()).or_default();
        while times.front().is_some_and(over) {
            times.pop_front();
        }
        times
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
        let admitted = |key, ms| limit.count(key, at(ms)).admitted;
        assert!(admitted("a", 0));
        assert!(admitted("a", 900));
        assert!(!admitted("a", 999));
        assert!(admitted("b", 999));
        assert!(admitted("a", 1_000));
        assert!(!admitted("a", 1_899));
        assert!(admitted("a", 1_900));
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
    fn what_was_admitted_elsewhere_counts_here() {
        let limit = SlidingWindow::new(2, 1_000);
        for ms in [0, 100, 200] {
            limit.note("a", at(ms));
        }
        assert!(!limit.count("a", at(1_099)).admitted);
        assert!(limit.count("a", at(1_100)).admitted);
    }

    #[test]
    fn keys_whose_window_is_over_are_forgotten() {
        let limit = SlidingWindow::new(1, 1_000);
        for key in 0..KEYS_BEFORE_SWEEP {
            limit.note(&key.to_string(), at(0));
        }
        limit.note("another", at(2_000));
        assert_eq!(limit.seen.lock().times.len(), 1);
    }
}
