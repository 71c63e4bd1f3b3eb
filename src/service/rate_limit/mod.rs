//! How much may come: so many in any span of that length, counted over all nodes.

mod window;

use self::window::SlidingWindow;
use super::shared::{Counted, Quota};
use super::{ServiceError, Services};
use crate::domain::{ApiKeyId, ChannelId, Timestamp};

/// A limit for each of many keys.
///
/// It is counted in what the nodes share. What that admits this node notes for itself as well: when
/// the others are out of reach it counts alone, and goes on from there.
#[derive(Debug)]
pub(super) struct Limit {
    name: &'static str,
    max: usize,
    window_ms: i64,
    here: SlidingWindow,
}

impl Limit {
    /// `max` in any `window_ms`; a `max` of 0 lets everything through.
    pub(super) fn new(name: &'static str, max: usize, window_ms: i64) -> Self {
        Self { name, max, window_ms, here: SlidingWindow::new(max, window_ms) }
    }

    fn quota<'a>(&self, key: &'a str) -> Quota<'a> {
        Quota { name: self.name, key, max: self.max, window_ms: self.window_ms }
    }
}

/// How a key stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Whether the request may go on.
    pub admitted: bool,
    /// Most requests in any minute; 0 is no limit.
    pub limit: usize,
    /// How many more may come at once.
    pub remaining: usize,
    /// When the oldest request that still counts no longer does: from then on there is one more.
    pub frees_at: Timestamp,
}

impl Allowance {
    /// What a request is told that may not go on.
    #[must_use]
    pub fn refusal(&self, now: Timestamp) -> ServiceError {
        let wait_ms = self.frees_at.ms_since(now);
        ServiceError::TooMany { retry_after_ms: wait_ms.try_into().unwrap_or(0) }
    }
}

impl Services {
    /// Counts a request under an API key of REST v1.
    pub async fn count_request(&self, key: ApiKeyId) -> Allowance {
        self.count(&self.inner.api_rate, &key.to_string()).await
    }

    /// Counts something that a visitor wants kept, or refuses it.
    pub(super) async fn count_visitor(
        &self,
        channel: ChannelId,
        source_id: &str,
    ) -> Result<(), ServiceError> {
        self.admit(&self.inner.visitor_rate, &format!("{channel} {source_id}")).await
    }

    /// Counts one for a key, or refuses it; what is refused is not counted.
    pub(super) async fn admit(&self, limit: &Limit, key: &str) -> Result<(), ServiceError> {
        let allowance = self.count(limit, key).await;
        if allowance.admitted { Ok(()) } else { Err(allowance.refusal(self.now())) }
    }

    async fn count(&self, limit: &Limit, key: &str) -> Allowance {
        let (max, now) = (limit.max, self.now());
        if max == 0 {
            return Allowance { admitted: true, limit: 0, remaining: 0, frees_at: now };
        }
        let shared = match self.shared_memory() {
            Some(memory) => memory.count(&limit.quota(key)).await,
            None => None,
        };
        let Some(Counted { admitted, remaining, frees_in_ms }) = shared else {
            return limit.here.count(key, now);
        };
        if admitted {
            limit.here.note(key, now);
        }
        Allowance { admitted, limit: max, remaining, frees_at: now.plus_ms(frees_in_ms) }
    }
}
