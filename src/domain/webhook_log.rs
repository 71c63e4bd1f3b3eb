//! What became of what a webhook was to tell.

use super::{DeliveryId, Notice, Timestamp, WebhookId};

/// Most bytes of a receiver's answer that are kept.
pub const RESPONSE_BYTES_MAX: usize = 4 * 1024;

/// One try to tell a receiver something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryAttempt {
    /// When it began.
    pub at: Timestamp,
    /// How long it took until it was answered or given up.
    pub duration_ms: i64,
    /// The status of the answer; `None` when there was none.
    pub status: Option<u16>,
    /// How the answer's body begins, at most [`RESPONSE_BYTES_MAX`] of it.
    pub response: String,
    /// Why it failed; `None` when it did not.
    pub error: Option<String>,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried again.
    Pending,
    /// The receiver took it.
    Delivered,
    /// It was given up.
    Failed,
}

impl DeliveryState {
    /// The word it is shown under.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
}

/// Something that was tried at least once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedDelivery {
    /// Which delivery.
    pub id: DeliveryId,
    /// To whom.
    pub webhook_id: WebhookId,
    /// What it tells.
    pub notice: Notice,
    /// Where it stands.
    pub state: DeliveryState,
    /// When it will be tried again.
    pub next_attempt_at: Option<Timestamp>,
    /// Every try, the latest last.
    pub attempts: Vec<DeliveryAttempt>,
}
