//! Why a subscription is refused, as `pusher:subscription_error` says it.
//!
//! It names the channel, so that a client knows which of its subscriptions failed; the connection
//! stays open. Types and statuses are those that clients of self-hosted servers know.

use std::borrow::Cow;

use switchboard_protocol::pusher::server_frame;

use crate::realtime::frame::Frame;

/// A subscription that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    kind: &'static str,
    why: Cow<'static, str>,
    status: u16,
}

impl Refusal {
    /// Nobody who may has allowed it.
    pub(super) fn unauthorized(why: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "AuthError", why: why.into(), status: 401 }
    }

    /// What was asked for cannot be.
    pub(super) fn invalid(why: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: "InvalidSubscription", why: why.into(), status: 400 }
    }

    /// It would be more than the application's limits allow.
    pub(super) fn over_limit(why: impl Into<Cow<'static, str>>, status: u16) -> Self {
        Self { kind: "LimitReached", why: why.into(), status }
    }

    /// A presence channel has as many members as it may have.
    pub(super) fn full(max: usize) -> Self {
        Self::over_limit(format!("the channel has {max} members, the most it may have"), 4100)
    }

    /// The server cannot say; the client may try again.
    pub(super) fn unavailable() -> Self {
        Self { kind: "ServerError", why: "try again in a moment".into(), status: 503 }
    }

    /// In words for the client.
    pub(super) fn frame(&self, channel: &str) -> Frame {
        server_frame::subscription_error(channel, self.kind, &self.why, self.status).into()
    }
}
