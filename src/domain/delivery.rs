//! What has to be posted to someone, and is kept until it is.

use std::fmt;
use std::str::FromStr;

use super::{DeliveryId, Timestamp};

/// Whose webhooks they are. Each kind has its own envelope, its own signature and its own schedule of
/// retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryKind {
    /// Of a Pusher application: what happens on its channels. The owner is the application's id, and
    /// a lane is a channel.
    Pusher,
    /// Of an organization's conversations, in the muro dialect. The owner is the webhook's id, a lane is
    /// a conversation or a visitor, and the payload is a [`Notice`](super::Notice).
    Muro,
}

impl DeliveryKind {
    /// As it is kept.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pusher => "pusher",
            Self::Muro => "muro",
        }
    }
}

impl fmt::Display for DeliveryKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not a kind of delivery")]
pub struct UnknownDeliveryKind;

impl FromStr for DeliveryKind {
    type Err = UnknownDeliveryKind;

    fn from_str(text: &str) -> Result<Self, UnknownDeliveryKind> {
        match text {
            "pusher" => Ok(Self::Pusher),
            "muro" => Ok(Self::Muro),
            _ => Err(UnknownDeliveryKind),
        }
    }
}

/// A receiver. It is named by its URL and not by its place in a list: a list that is edited must not
/// send to one receiver what was meant for another.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    /// Whose webhook it is.
    pub kind: DeliveryKind,
    /// The id of what it belongs to; see [`DeliveryKind`].
    pub owner: String,
    /// Where it is.
    pub url: String,
}

/// Paths and queries of webhooks are often secret.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Endpoint({} of {} at {})", self.kind, self.owner, self.origin())
    }
}

impl Endpoint {
    /// Where it is, as far as it can be shown.
    #[must_use]
    pub fn origin(&self) -> String {
        url::Url::parse(&self.url)
            .map_or_else(|_| "…".to_owned(), |url| url.origin().ascii_serialization())
    }
}

/// One event on its way to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Sorts in the order in which the events happened.
    pub id: DeliveryId,
    /// What it keeps its order in.
    pub lane: String,
    /// The event, in JSON.
    pub payload: String,
    /// How often it was tried.
    pub attempts: u32,
    /// Until when nobody else tries it.
    pub leased_until: Timestamp,
    /// When it has had its time.
    pub give_up_at: Timestamp,
    /// When it happened.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_reads_back_from_its_text() {
        for kind in [DeliveryKind::Pusher, DeliveryKind::Muro] {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!("fax".parse::<DeliveryKind>(), Err(UnknownDeliveryKind));
    }

    #[test]
    fn an_endpoint_does_not_show_its_path() {
        let url = "https://user:hunter2@a.example/hooks/hunter3?key=hunter4".to_owned();
        let endpoint = Endpoint { kind: DeliveryKind::Pusher, owner: "1".to_owned(), url };
        let shown = format!("{endpoint:?}");
        assert!(!shown.contains("hunter") && shown.contains("https://a.example"), "{shown}");
    }
}
