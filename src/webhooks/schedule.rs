//! Waits that are listed.

use std::sync::Arc;

/// The waits between attempts, in milliseconds; after the last of them there is one more attempt, and then
/// none. A clone is another handle on the same list.
#[derive(Clone, Debug)]
pub struct Schedule(Arc<[i64]>);

impl Schedule {
    /// A schedule of these waits.
    pub fn new(waits_ms: impl IntoIterator<Item = i64>) -> Self {
        Self(waits_ms.into_iter().collect())
    }

    /// The wait after so many attempts; `None` when there is no further one.
    #[must_use]
    pub fn wait_ms(&self, attempts: u32) -> Option<i64> {
        let index = usize::try_from(attempts.saturating_sub(1)).ok()?;
        self.0.get(index).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_waits_ends() {
        let schedule = Schedule::new([30_000, 60_000]);
        let waits: Vec<_> = (1..=4).map(|attempts| schedule.wait_ms(attempts)).collect();
        assert_eq!(waits, [Some(30_000), Some(60_000), None, None]);
    }
}
