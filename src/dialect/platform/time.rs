//! Times as the platform dialect writes them: UTC without saying so.

use jiff::Timestamp as Instant;

use crate::domain::Timestamp;

/// `2025-01-15T08:23:10.000000`: times of messages.
#[must_use]
pub fn micros(at: Timestamp) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S%.6f")
}

/// `2025-01-15T08:23:10`: all other times.
#[must_use]
pub fn seconds(at: Timestamp) -> String {
    format(at, "%Y-%m-%dT%H:%M:%S")
}

fn format(at: Timestamp, form: &str) -> String {
    Instant::from_microsecond(at.micros()).unwrap_or_default().strftime(form).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_naive_utc_in_the_two_documented_forms() {
        let at = Timestamp::from_micros(1_736_929_390_000_042);
        assert_eq!(micros(at), "2025-01-15T08:23:10.000042");
        assert_eq!(seconds(at), "2025-01-15T08:23:10");
        assert_eq!(micros(at.plus_ms(0)).len(), "2025-01-15T08:23:10.000000".len());
        let whole = Timestamp::from_micros(1_736_929_390_000_000);
        assert_eq!(micros(whole), "2025-01-15T08:23:10.000000");
    }
}
