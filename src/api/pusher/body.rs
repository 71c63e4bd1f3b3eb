//! How large a request may be.

use axum::body::Body;
use bytes::Bytes;

use super::error::Error;
use crate::body::Unread;
use crate::domain::PusherLimits;

/// No body is larger than this, also where the application's own limits are switched off.
const CEILING: usize = 32 * 1024 * 1024;
/// The most bytes that JSON may make of one: `\u0000`.
const ESCAPED_BYTE: usize = 6;
/// The most bytes that JSON may make of one character: two halves, each `\ud83d`.
const ESCAPED_CHAR: usize = 12;
/// Room for what stands around names and data.
const AROUND: usize = 4096;
/// The largest body that can hold what the limits allow, however it is escaped.
pub(super) fn bytes_max(limits: &PusherLimits) -> usize {
    let counts = [limits.event_bytes_max, limits.event_name_chars_max];
    let names = [limits.channel_name_chars_max, limits.channels_per_event_max];
    let any_off = counts.iter().chain(&names).any(|limit| *limit == 0);
    if any_off || limits.events_per_batch_max == 0 {
        return CEILING;
    }
    let data = limits.event_bytes_max.saturating_mul(ESCAPED_BYTE);
    let name = limits.event_name_chars_max.saturating_mul(ESCAPED_CHAR);
    let channel = limits.channel_name_chars_max.saturating_mul(ESCAPED_CHAR);
    let event = data.saturating_add(name).saturating_add(AROUND);
    let trigger = event.saturating_add(channel.saturating_mul(limits.channels_per_event_max));
    let batch = event.saturating_add(channel).saturating_mul(limits.events_per_batch_max);
    trigger.max(batch).min(CEILING)
}

/// Reads a body of at most `max` bytes.
///
/// # Errors
/// 413 when it is larger, 408 when it does not come, 400 when it breaks off.
pub(super) async fn read(body: Body, max: usize) -> Result<Bytes, Error> {
    crate::body::read(body, max).await.map_err(|unread| match unread {
        Unread::TooLarge => Error::too_large(format!(
            "the body has more than {max} bytes; send smaller or fewer events"
        )),
        Unread::TooSlow => Error::too_slow("the body did not come in time; send it again"),
        Unread::BrokeOff => Error::bad_request("the body broke off"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_batch_fits_however_it_is_escaped() {
        let limits = PusherLimits::default();
        let data = "\u{1}".repeat(limits.event_bytes_max);
        let event = serde_json::json!({
            "name": "\u{1}".repeat(limits.event_name_chars_max),
            "channel": "c".repeat(limits.channel_name_chars_max),
            "data": data,
        });
        let batch = serde_json::json!({ "batch": vec![event; limits.events_per_batch_max] });
        assert!(batch.to_string().len() <= bytes_max(&limits));
    }

    #[test]
    fn there_is_a_limit_where_limits_are_off() {
        let limits = PusherLimits { event_bytes_max: 0, ..PusherLimits::default() };
        assert_eq!(bytes_max(&limits), CEILING);
        let limits = PusherLimits { event_bytes_max: usize::MAX, ..PusherLimits::default() };
        assert_eq!(bytes_max(&limits), CEILING);
    }

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(Body::from("12345678"), 8).await.unwrap(), "12345678");
        assert_eq!(read(Body::from("123456789"), 8).await.unwrap_err().status(), 413);
        assert_eq!(read(Body::empty(), 0).await.unwrap(), "");
    }
}
