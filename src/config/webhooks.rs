//! `[webhooks]`: how events are posted to whoever asked for them.

use std::str::FromStr;

use jiff::SignedDuration;
use serde::Deserialize;

use crate::service::WebhookTimes;

/// `[webhooks]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// How long a receiver may take to answer.
    pub timeout_ms: u64,
    /// The wait after the first attempt.
    pub retry_first_ms: u32,
    /// The longest wait between attempts.
    pub retry_max_ms: u32,
    /// How long an event of a Pusher application is tried.
    pub give_up_ms: u32,
    /// The waits between attempts to tell an organization's webhook something.
    pub schedule: Vec<Wait>,
    /// How long an organization's webhook may fail.
    pub switch_off_ms: u32,
    /// From the moment nobody is there until receivers are told.
    pub vacated_delay_ms: u32,
    /// The same where the server died or was restarted.
    pub lost_grace_ms: u32,
    /// Whether organizations' webhooks may reach addresses that are not public.
    pub allow_private_addresses: bool,
}

impl Webhooks {
    /// What the services need to know.
    #[must_use]
    pub fn times(&self) -> WebhookTimes {
        WebhookTimes {
            vacated_delay_ms: i64::from(self.vacated_delay_ms),
            lost_grace_ms: i64::from(self.lost_grace_ms),
            give_up_ms: i64::from(self.give_up_ms),
            switch_off_ms: i64::from(self.switch_off_ms),
        }
    }
}

/// The longest wait.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(24);

/// A wait as people write it: `30s`, `5m`, `6h`, or several of them in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Wait(SignedDuration);

impl Wait {
    /// Its length in milliseconds.
    #[must_use]
    pub fn ms(self) -> i64 {
        i64::try_from(self.0.as_millis()).unwrap_or(i64::MAX)
    }
}

/// The text is no wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a time of at most a day, such as 30s, 5m or 6h")]
pub struct BadWait;

impl FromStr for Wait {
    type Err = BadWait;

    fn from_str(text: &str) -> Result<Self, BadWait> {
        let wait: SignedDuration = text.parse().map_err(|_| BadWait)?;
        (SignedDuration::ZERO..=WAIT_MAX).contains(&wait).then_some(Self(wait)).ok_or(BadWait)
    }
}

impl TryFrom<String> for Wait {
    type Error = BadWait;

    fn try_from(text: String) -> Result<Self, BadWait> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> Result<i64, BadWait> {
        text.parse().map(Wait::ms)
    }

    #[test]
    fn a_wait_is_read_as_people_write_it() {
        let waits = ["30s", "1m", "6h", "1h 30m", "250ms", "0s"].map(ms);
        let expected = [30_000, 60_000, 21_600_000, 5_400_000, 250, 0].map(Ok);
        assert_eq!(waits, expected);
        for text in ["", "30", "-1s", "25h", "soon"] {
            assert_eq!(ms(text), Err(BadWait), "{text}");
        }
    }
}
