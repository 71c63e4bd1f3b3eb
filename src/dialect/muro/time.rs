//! Times as the muro dialect writes them.

use jiff::Timestamp as Instant;

use crate::domain::{Invalid, Timestamp};

/// `2026-06-07T10:00:00.000Z`: UTC, always with milliseconds.
#[must_use]
pub fn millis(at: Timestamp) -> String {
    let at = Instant::from_microsecond(at.micros()).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads a time with its distance from UTC (`2026-06-07T10:00:00Z`, ISO 8601 as RFC 3339 has it).
///
/// # Errors
/// The field, when it is none.
pub fn read_time(field: &str, text: &str) -> Result<Timestamp, Invalid> {
    let instant = text.parse::<Instant>();
    instant
        .map(|at| Timestamp::from_micros(at.as_microsecond()))
        .map_err(|_| Invalid::new(field, "must be a time such as 2026-06-07T10:00:00.000Z"))
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
    #[test]
    fn a_time_is_read_from_anywhere_on_earth() {
        let noon = Timestamp::from_micros(1_780_826_400_000_000);
        for text in ["2026-06-07T10:00:00Z", "2026-06-07T12:00:00.000+02:00"] {
            assert_eq!(read_time("since", text), Ok(noon), "{text}");
        }
        for text in ["", "yesterday", "2026-06-07", "2026-06-07T10:00:00", "1780826400"] {
            assert_eq!(read_time("since", text).unwrap_err().field, "since", "{text}");
        }
    }
}
