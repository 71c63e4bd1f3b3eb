//! What happens on the channels of Pusher applications, as webhooks tell it.

/// Something that happened on a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The channel's name.
    pub channel: String,
    /// What happened.
    pub kind: OccurrenceKind,
}

/// What happened (Pusher Channels, "Webhooks").
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OccurrenceKind {
    /// The first subscriber came.
    Occupied,
    /// The last subscriber went.
    Vacated,
    /// A user's first connection came to a presence channel.
    MemberAdded {
        /// The user.
        user_id: String,
    },
    /// A user's last connection left a presence channel.
    MemberRemoved {
        /// The user.
        user_id: String,
    },
    /// A client sent an event to others.
    ClientEvent {
        /// The event's name.
        event: String,
        /// As it was sent: the text where it was a JSON string, else the JSON.
        data: String,
        /// The connection that sent it.
        socket_id: String,
        /// Its user, on a presence channel.
        user_id: Option<String>,
    },
    /// Someone subscribed to a cache channel that remembers nothing.
    CacheMiss,
    /// The number of subscribers changed.
    SubscriptionCount {
        /// How many there are.
        count: u64,
    },
}

impl OccurrenceKind {
    /// Every name a kind can have in a webhook.
    pub const NAMES: [&'static str; 7] = [
        "channel_occupied",
        "channel_vacated",
        "member_added",
        "member_removed",
        "client_event",
        "cache_miss",
        "subscription_count",
    ];

    /// The name it has in a webhook.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Occupied => "channel_occupied",
            Self::Vacated => "channel_vacated",
            Self::MemberAdded { .. } => "member_added",
            Self::MemberRemoved { .. } => "member_removed",
            Self::ClientEvent { .. } => "client_event",
            Self::CacheMiss => "cache_miss",
            Self::SubscriptionCount { .. } => "subscription_count",
        }
    }
}
