//! Ids. Each says of what it is, so that one can never stand in for another.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The place of a message in its conversation: 1, 2, 3 … without holes.
pub type Seq = i64;

/// The place of an event in its organization's log: 1, 2, 3 … without holes, in commit order.
pub type Position = i64;

/// The text is no id of this kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a valid id")]
pub struct BadId;

/// Reads a plain UUID (`0190a6…-…`) or a dialect's form of it: letters, `_`, 32 hex digits.
fn parse(text: &str) -> Result<Uuid, BadId> {
    let digits = match text.split_once('_') {
        Some((prefix, rest)) if is_prefix(prefix) && rest.len() == 32 => rest,
        None if text.len() == 36 => text,
        _ => return Err(BadId),
    };
    Uuid::try_parse(digits).map_err(|_| BadId)
}

fn is_prefix(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// A new id; later ones sort after earlier ones.
            #[must_use]
            pub fn generate() -> Self {
                Self(Uuid::now_v7())
            }

            /// The id as a dialect shows it: `prefix` (such as `org_`) and 32 hex digits.
            #[must_use]
            pub fn prefixed(self, prefix: &str) -> String {
                format!("{prefix}{}", self.0.simple())
            }
        }

        impl From<Uuid> for $name {
            fn from(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                parse(text).map(Self)
            }
        }
    )*};
}

ids! {
    /// A customer of this server; nothing of one is ever seen by another.
    OrganizationId;
    /// Someone who works for an organization: an agent.
    UserId;
    /// A way in for visitors: a website, an app, an integration.
    ChannelId;
    /// A person an organization talks with.
    ContactId;
    /// A person on one channel, known there by a source id.
    ContactChannelId;
    /// One end user's conversation on one channel.
    ConversationId;
    /// One support episode of a conversation, from open to resolved.
    SessionId;
    /// One message of a conversation.
    MessageId;
    /// A key that lets a program in.
    ApiKeyId;
    /// One carrying out of a request with an `Idempotency-Key`.
    AttemptId;
    /// One event on its way to one receiver.
    DeliveryId;
    /// A receiver that an organization has asked to be told of its conversations.
    WebhookId;
    /// One thing that receivers are told of, the same for all of them.
    EventId;
    /// One time that a task was asked for.
    JobId;
    /// An answer that agents keep ready.
    SavedReplyId;
    /// An automation rule.
    RuleId;
    /// One state of the automation rules of an organization.
    RulesRevisionId;
    /// One run of one server; after a restart it is another node.
    NodeId;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_both_of_its_forms() {
        let id = ConversationId::generate();
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(id.prefixed("cnv_").parse(), Ok(id));
        assert_eq!(id.prefixed("cnv_").len(), 36);
    }

    #[test]
    fn what_is_no_id_is_refused() {
        let digits = "0190a6d2b0c87c3e9d7f5b1e4a3c2d1f";
        for text in
            ["", "1", "cnv_", "cnv_12", digits, &format!("_{digits}"), &format!("C_{digits}")]
        {
            assert_eq!(text.parse::<ConversationId>(), Err(BadId), "{text}");
        }
    }

    #[test]
    fn later_ids_sort_after_earlier_ones() {
        let first = MessageId::generate();
        assert!(first < MessageId::generate());
    }
}
