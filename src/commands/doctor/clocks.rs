//! Clocks that have to agree.

use std::time::Duration;

use super::finding::Finding::{Fail, Good, Warn};
use super::finding::Line;
use crate::clock::Clock;
use crate::domain::Timestamp;

/// 2025-01-01: a clock before it was never set.
const BEFORE_THIS_PROGRAM: Timestamp = Timestamp::from_micros(1_735_689_600_000_000);
/// Leases and times of messages are from the clocks of nodes; the shortest lease is some seconds long.
const APART_MS_MAX: u64 = 1_000;

/// This machine's own.
pub(super) fn own(now: Timestamp) -> Line {
    let finding = if now < BEFORE_THIS_PROGRAM {
        Fail("is before 2025: set it, messages carry its time".to_owned())
    } else {
        let shown = jiff::Timestamp::from_microsecond(now.micros());
        shown.map_or_else(
            |_| Fail("is beyond every calendar: set it".to_owned()),
            |time| Good(format!("{time:.0}")),
        )
    };
    ("clock", finding)
}

/// The clock of something that was asked for its time, compared with this machine's; `None` when it has none.
pub(super) async fn compared<E>(
    whose: &str,
    asked: impl Future<Output = Result<Option<Timestamp>, E>>,
) -> Option<Line> {
    let began = Clock::System.now();
    let theirs = asked.await.ok().flatten()?;
    let took_ms = Clock::System.now().ms_since(began);
    Some(("clock", apart(whose, theirs.ms_since(began.plus_ms(took_ms / 2)))))
}

fn apart(whose: &str, ahead_ms: i64) -> super::finding::Finding {
    let apart = Duration::from_millis(ahead_ms.unsigned_abs());
    if ahead_ms.unsigned_abs() <= APART_MS_MAX {
        return Good(format!("{whose} and this machine are {apart:?} apart"));
    }
    let way = if ahead_ms > 0 { "ahead of" } else { "behind" };
    Warn(format!(
        "{whose} is {apart:?} {way} this machine: let both follow NTP (chrony, systemd-timesyncd); \
         nodes take over from each other by these clocks"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_never_set_fails() {
        assert!(matches!(own(Timestamp::from_micros(0)), (_, Fail(_))));
        assert!(matches!(own(Clock::System.now()), (_, Good(_))));
    }

    #[test]
    fn clocks_that_are_apart_are_warned_of() {
        assert!(matches!(apart("Redis", 900), Good(_)));
        for (ahead_ms, way) in [(4_000, "ahead of"), (-4_000, "behind")] {
            let Warn(text) = apart("Redis", ahead_ms) else { panic!("{ahead_ms} ms are fine") };
            assert!(text.contains(way) && text.contains("4s"), "{text}");
        }
    }
}
