//! From an event to the queues of those who hear it.

use std::time::Duration;

use metrics::counter;
use switchboard_protocol::pusher::{ChannelName, SocketId, server_frame};
use switchboard_rooms::{ConnectionId, Place};

use super::app_channels::AppChannels;
use crate::realtime::frame::Frame;
use crate::realtime::topic::{ChannelKey, Topic};
use crate::service::Publication;

impl AppChannels {
    /// Hands an event of a server to a channel, but not to the connection `skip`.
    pub(super) fn publish(
        &self,
        name: &ChannelName,
        publication: Publication<'_>,
        skip: Option<SocketId>,
    ) {
        let Publication { name: event, data, user_id } = publication;
        let frame = || server_frame::event(event, name.as_str(), data, user_id);
        if !name.is_cache() {
            let skip = skip.and_then(|it| self.state.lock().sockets.get(&it).copied());
            return self.tell(&self.key(name), skip, frame);
        }
        let ttl = Duration::from_millis(self.app().settings.limits.cache_ttl_ms);
        let frame = Frame::from(frame());
        let mut state = self.state.lock();
        let skip = skip.and_then(|it| state.sockets.get(&it).copied());
        state.cache.put(name, data, frame.clone(), ttl);
        self.hand_out(&Topic::Channel(self.key(name)), skip, || frame);
    }

    /// Hands a client's event on to the other subscribers.
    pub(super) fn relay(&self, name: &ChannelName, frame: String, sender: ConnectionId) {
        self.tell(&self.key(name), Some(sender), || frame);
    }

    /// Encodes once, for the subscribers of a channel that has any.
    pub(super) fn tell(
        &self,
        key: &ChannelKey,
        skip: Option<ConnectionId>,
        frame: impl FnOnce() -> String,
    ) {
        self.hand_out(&Topic::Channel(key.clone()), skip, || frame().into());
    }

    pub(super) fn hand_out(
        &self,
        topic: &Topic,
        skip: Option<ConnectionId>,
        frame: impl FnOnce() -> Frame,
    ) {
        let mut frame = Some(frame);
        // Nobody but Pusher's clients listens to these topics, so there is one format.
        let encode = |_| frame.take().map(|frame| frame());
        let count = self.shared.hub.rooms.publish(topic, Place::default(), skip, encode);
        counter!("switchboard_deliveries_total").increment(count as u64);
    }

    pub(super) fn send(&self, id: ConnectionId, frame: Frame) {
        self.shared.hub.rooms.send(id, |_| Some(frame));
    }
}
