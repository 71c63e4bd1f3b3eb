//! How much one application may do.

use serde::{Deserialize, Serialize};

/// The limits of an application. 0 switches a limit off. The defaults are those of hosted Pusher.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PusherLimits {
    /// Most connections at once on one server.
    pub connections_max: usize,
    /// Most channels of one connection.
    pub channels_per_connection_max: usize,
    /// Most characters of a channel's name.
    pub channel_name_chars_max: usize,
    /// Most characters of an event's name.
    pub event_name_chars_max: usize,
    /// Most bytes of an event's data.
    pub event_bytes_max: usize,
    /// Most channels one request to publish may name.
    pub channels_per_event_max: usize,
    /// Most events of one batch.
    pub events_per_batch_max: usize,
    /// Most client events a second of one connection.
    pub client_events_per_second: u32,
    /// Most members of a presence channel.
    pub presence_members_max: usize,
    /// Most bytes of what a member tells of itself.
    pub presence_user_bytes_max: usize,
    /// Most characters of a user's id.
    pub user_id_chars_max: usize,
    /// Most users one user may watch.
    pub watchlist_max: usize,
    /// How long a cache channel remembers its last event, in milliseconds.
    pub cache_ttl_ms: u64,
    /// How long a connection may stay without proof of who it is, where that is asked for, in
    /// milliseconds.
    pub authorized_connections_ms: u64,
}

impl Default for PusherLimits {
    fn default() -> Self {
        Self {
            connections_max: 0,
            channels_per_connection_max: 0,
            channel_name_chars_max: 200,
            event_name_chars_max: 200,
            event_bytes_max: 10_240,
            channels_per_event_max: 100,
            events_per_batch_max: 10,
            client_events_per_second: 10,
            presence_members_max: 100,
            presence_user_bytes_max: 1_024,
            user_id_chars_max: 128,
            watchlist_max: 100,
            cache_ttl_ms: 1_800_000,
            authorized_connections_ms: 30_000,
        }
    }
}
