//! Times as the platform dialect writes them: UTC without saying so.

use jiff::Timestamp as Instant;
use jiff::fmt::temporal::DateTimePrinter;
use jiff::tz::Offset;

use crate::domain::Timestamp;

/// `2025-01-15T08:23:10.000000`: times of messages.
#[must_use]
pub fn micros(at: Timestamp) -> String {
    const MICROS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));
    print(at, &MICROS)
}

/// `2025-01-15T08:23:10`: all other times.
#[must_use]
pub fn seconds(at: Timestamp) -> String {
    const SECONDS: DateTimePrinter = DateTimePrinter::new().precision(Some(0));
    print(at, &SECONDS)
}

fn print(at: Timestamp, printer: &DateTimePrinter) -> String {
    let at = Instant::from_microsecond(at.micros()).unwrap_or_default();
    printer.datetime_to_string(&Offset::UTC.to_datetime(at))
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
