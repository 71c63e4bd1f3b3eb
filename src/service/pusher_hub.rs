//! What the HTTP API asks of the channels of Pusher's applications. The realtime layer does it; here
//! is only what is asked, so that neither has to know the other.

use std::fmt;
use std::sync::Arc;

use switchboard_protocol::pusher::{ChannelName, SocketId};

use crate::domain::PusherApp;

/// The channels of every application. Nothing here waits.
pub trait PusherHub: fmt::Debug + Send + Sync {
    /// Hands an event to the subscribers of a channel, but not to the connection `skip`; a cache
    /// channel remembers it.
    fn publish(
        &self,
        app: &Arc<PusherApp>,
        channel: &ChannelName,
        publication: Publication<'_>,
        skip: Option<SocketId>,
    );

    /// The channels that have subscribers and whose names begin with `prefix`, in alphabetical order.
    /// Those on which servers speak to one user are not among them.
    fn occupied(&self, app: &PusherApp, prefix: &str) -> Vec<(ChannelName, ChannelState)>;

    /// How things stand on one channel.
    fn state(&self, app: &PusherApp, channel: &ChannelName) -> ChannelState;

    /// The users in a presence channel, in alphabetical order.
    fn members(&self, app: &PusherApp, channel: &ChannelName) -> Vec<String>;

    /// Closes every connection of a signed-in user. Says how many those were.
    fn terminate_user(&self, app: &PusherApp, user_id: &str) -> usize;

    /// Connections that an application has.
    fn connections(&self, app: &PusherApp) -> usize;
}

/// An event as a server publishes it.
#[derive(Clone, Copy, Debug)]
pub struct Publication<'a> {
    /// The event's name.
    pub name: &'a str,
    /// The text of the event.
    pub data: &'a str,
    /// The user who sent it, where one did.
    pub user_id: Option<&'a str>,
}

/// How a channel stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelState {
    /// Connections that are subscribed; 0: nobody is there.
    pub subscription_count: usize,
    /// Users who are there; presence channels alone.
    pub user_count: Option<usize>,
    /// What a cache channel remembers.
    pub cached: Option<Cached>,
}

/// What a cache channel remembers, as servers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cached {
    /// The text of the event.
    pub data: String,
    /// Seconds until it is forgotten.
    pub ttl_s: u64,
}
