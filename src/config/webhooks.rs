//! `[webhooks]`: how events are posted to whoever asked for them.

use serde::Deserialize;

use crate::service::WebhookTimes;

/// `[webhooks]`
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Webhooks {
    /// How long a receiver may take to answer.
    pub timeout_ms: u64,
    /// The wait after the first attempt.
    pub retry_first_ms: u32,
    /// The longest wait between attempts.
    pub retry_max_ms: u32,
    /// How long an event is tried.
    pub give_up_ms: u32,
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
    pub fn times(self) -> WebhookTimes {
        WebhookTimes {
            vacated_delay_ms: i64::from(self.vacated_delay_ms),
            lost_grace_ms: i64::from(self.lost_grace_ms),
            give_up_ms: i64::from(self.give_up_ms),
        }
    }
}
