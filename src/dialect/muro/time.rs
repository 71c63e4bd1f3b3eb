//! Times as the muro dialect writes them.

use jiff::Timestamp as Instant;

use crate::domain::Timestamp;

/// `2026-06-07T10:00:00.000Z`: UTC, always with milliseconds.
#[must_use]
pub fn millis(at: Timestamp) -> String {
    let at = Instant::from_microsecond(at.micros()).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_utc_with_milliseconds_also_when_there_are_none() {
        let whole = Timestamp::from_micros(1_780_826_400_000_000);
        assert_eq!(millis(whole), "2026-06-07T10:00:00.000Z");
        assert_eq!(millis(whole.plus_ms(42)), "2026-06-07T10:00:00.042Z");
        let almost = Timestamp::from_micros(1_780_826_400_999_999);
        assert_eq!(millis(almost), "2026-06-07T10:00:00.999Z", "never a time that has not come");
    }
}
