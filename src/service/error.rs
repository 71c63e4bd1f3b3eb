//! What a caller of a use-case can do about a refusal.

use std::fmt;

use crate::domain::Invalid;
use crate::store::StoreError;

/// What was asked for and is not there, or not for the one who asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Noun {
    /// A conversation.
    Conversation,
    /// A contact.
    Contact,
    /// An agent.
    Agent,
    /// A key.
    Key,
    /// An organization.
    Organization,
    /// A Pusher application.
    App,
    /// A saved reply.
    SavedReply,
    /// An automation rule.
    Rule,
    /// A webhook.
    Webhook,
    /// Something that a webhook was told.
    Delivery,
    /// A summary of a conversation.
    Summary,
    /// A website.
    Website,
}

impl fmt::Display for Noun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Conversation => "conversation",
            Self::Contact => "contact",
            Self::Agent => "agent",
            Self::Key => "key",
            Self::Organization => "organization",
            Self::App => "application",
            Self::SavedReply => "saved reply",
            Self::Rule => "automation rule",
            Self::Webhook => "webhook",
            Self::Delivery => "delivery",
            Self::Summary => "summary",
            Self::Website => "website",
        })
    }
}

/// Why a use-case was refused; each variant is something else its caller can do. The texts are safe
/// to show to whoever asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ServiceError {
    /// Ask for something else: this is not there, or belongs to another organization.
    #[error("{0} not found")]
    NotFound(Noun),
    /// Do not ask again as this one.
    #[error("{0}")]
    Forbidden(&'static str),
    /// Log in first.
    #[error("{0}")]
    Unauthenticated(&'static str),
    /// Mend the value.
    #[error(transparent)]
    Invalid(#[from] Invalid),
    /// Look again: what was asked does not fit how things stand.
    #[error("{0}")]
    Conflict(String),
    /// Wait.
    #[error("too many; try again in {retry_after_ms} ms")]
    TooMany {
        /// Milliseconds until the same would be let through.
        retry_after_ms: u64,
    },
    /// Nothing; the operator has to. Nothing is known to be kept; the same again may succeed.
    #[error("the server cannot do this now; try again")]
    Internal(#[source] StoreError),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        Self::Internal(error)
    }
}

impl ServiceError {
    /// Whether it may pass by itself: the database is away, and the same may succeed later.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Internal(StoreError::Unavailable(_)))
    }

    /// A field of the request breaks a rule.
    pub(crate) fn invalid(field: &str, why: &str) -> Self {
        Self::Invalid(Invalid::new(field, why))
    }
}
