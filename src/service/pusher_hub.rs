//! What the HTTP API asks of the channels of Pusher's applications. The realtime layer does it; here
//! is only what is asked, so that neither has to know the other.

use std::fmt;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use switchboard_protocol::pusher::{ChannelName, SocketId};

use crate::domain::PusherApp;

/// The channels of every application, on all nodes. Where the other nodes cannot be asked, the answer is
/// what this one knows.
pub trait PusherHub: fmt::Debug + Send + Sync {
    /// Hands an event to the subscribers of a channel, but not to the connection `skip`; a cache
    /// channel remembers it. Nothing is waited for.
    fn publish(
        &self,
        app: &Arc<PusherApp>,
        channel: &ChannelName,
        publication: Publication<'_>,
        skip: Option<SocketId>,
    );

    /// The channels that have subscribers and whose names begin with `prefix`, in alphabetical order;
    /// users are counted on request. Those on which servers speak to one user are not among them.
    fn occupied<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        prefix: &'a str,
        with_users: bool,
    ) -> BoxFuture<'a, Vec<(ChannelName, ChannelState)>>;

    /// How things stand on channels, one after the other.
    fn states<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        channels: &'a [ChannelName],
    ) -> BoxFuture<'a, Vec<ChannelState>>;

    /// Looks what a cache channel remembers on other nodes, before its state is asked for.
    fn recollect<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        channel: &'a ChannelName,
    ) -> BoxFuture<'a, ()>;

    /// The users in a presence channel, in alphabetical order.
    fn members<'a>(
        &'a self,
        app: &'a Arc<PusherApp>,
        channel: &'a ChannelName,
    ) -> BoxFuture<'a, Vec<String>>;

    /// Closes every connection of a signed-in user.
    fn terminate_user(&self, app: &Arc<PusherApp>, user_id: &str);

    /// Connections that an application has, as of a moment ago.
    fn connections(&self, app: &Arc<PusherApp>) -> usize;
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
