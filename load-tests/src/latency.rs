//! How long things took.

use std::time::Duration;

/// Measured times; all of them are kept.
#[derive(Clone, Debug, Default)]
pub(crate) struct Latency {
    sorted: bool,
    times: Vec<Duration>,
}

impl Latency {
    pub(crate) fn note(&mut self, time: Duration) {
        self.sorted = false;
        self.times.push(time);
    }

    /// Takes over what another measured.
    pub(crate) fn join(&mut self, other: Self) {
        self.extend(other.times);
    }

    /// How many times were measured.
    pub(crate) fn count(&self) -> u32 {
        u32::try_from(self.times.len()).unwrap_or(u32::MAX)
    }

    /// The time that so many of 100 did not exceed, in milliseconds; 0 when nothing was measured.
    pub(crate) fn percentile_ms(&mut self, percent: usize) -> f64 {
        if !self.sorted {
            self.times.sort_unstable();
            self.sorted = true;
        }
        let rank = (self.times.len() * percent).div_ceil(100).max(1);
        self.times.get(rank - 1).map_or(0.0, |time| time.as_secs_f64() * 1e3)
    }
}

impl Extend<Duration> for Latency {
    fn extend<T: IntoIterator<Item = Duration>>(&mut self, times: T) {
        self.sorted = false;
        self.times.extend(times);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let mut latency = Latency::default();
        assert!(latency.percentile_ms(50).abs() < f64::EPSILON);
        (1..=200).rev().for_each(|ms| latency.note(Duration::from_millis(ms)));
        let shown = [1, 50, 99, 100].map(|percent| format!("{}", latency.percentile_ms(percent)));
        assert_eq!(shown, ["2", "100", "198", "200"]);
    }
}
