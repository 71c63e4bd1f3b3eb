//! From an event to the queues of those who hear it.

use std::time::Duration;

use metrics::counter;
use switchboard_protocol::pusher::{ChannelName, SocketId, server_frame};
use switchboard_rooms::{ConnectionId, Place};

use super::app_channels::AppChannels;
use crate::realtime::bulletin::{Bulletin, SharedFrame, Terms};
use crate::realtime::feed::Feed;
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
        let frame = || server_frame::event(event, name.as_str(), data, user_id).into();
        let key = self.key(name);
        let mut terms = Terms { skip: skip.map(|it| it.to_string()), remember: None };
        if !name.is_cache() {
            let skip = skip.and_then(|it| self.state.lock().sockets.get(&it).copied());
            return self.spread(
                &Feed::Channel(key.clone()),
                &Topic::Channel(key),
                skip,
                terms,
                frame,
            );
        }
        let ttl_ms = self.app().settings.limits.cache_ttl_ms;
        let frame = frame();
        let mut state = self.state.lock();
        let skip = skip.and_then(|it| state.sockets.get(&it).copied());
        state.cache.put(name, data, Frame::clone(&frame), Duration::from_millis(ttl_ms));
        terms.remember = Some((data.to_owned(), ttl_ms));
        if self.shared.hub.company().is_some() {
            let shared = SharedFrame::new(terms.clone(), frame.clone());
            self.shared.memory.put(&key, Bulletin::Frame(shared).encode(), ttl_ms);
        }
        self.spread(&Feed::Channel(key.clone()), &Topic::Channel(key), skip, terms, || frame);
    }

    /// Hands a client's event on to the other subscribers.
    pub(super) fn relay(&self, name: &ChannelName, frame: String, sender: ConnectionId) {
        let key = self.key(name);
        let feed = Feed::Channel(key.clone());
        let frame = || frame.into();
        self.spread(&feed, &Topic::Channel(key), Some(sender), Terms::default(), frame);
    }

    /// Hands a frame to the members of a topic, here first and then on other nodes. It is encoded for nobody
    /// when nobody is here and there are no others.
    pub(super) fn spread(
        &self,
        feed: &Feed,
        topic: &Topic,
        skip: Option<ConnectionId>,
        terms: Terms,
        frame: impl FnOnce() -> Frame,
    ) {
        let hub = &self.shared.hub;
        if hub.company().is_none() {
            return self.hand_out(topic, skip, frame);
        }
        let frame = frame();
        self.hand_out(topic, skip, || frame.clone());
        hub.publish(feed, &Bulletin::Frame(SharedFrame::new(terms, frame)));
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

    /// Hands on what another node published.
    pub(super) fn heard(&self, feed: &Feed, shared: &SharedFrame) {
        let topic = match feed {
            Feed::Channel(key) => Topic::Channel(key.clone()),
            Feed::User(key) => Topic::User(key.clone()),
            _ => return,
        };
        let frame = shared.frame();
        let mut state = self.state.lock();
        let skip = shared.terms.skip.as_deref().and_then(|text| text.parse::<SocketId>().ok());
        let skip = skip.and_then(|it| state.sockets.get(&it).copied());
        if let (Feed::Channel(key), Some((data, ttl_ms))) = (feed, &shared.terms.remember) {
            state.cache.put(&key.name, data, frame.clone(), Duration::from_millis(*ttl_ms));
        } else {
            drop(state);
        }
        self.hand_out(&topic, skip, || frame);
    }

    pub(super) fn send(&self, id: ConnectionId, frame: Frame) {
        self.shared.hub.rooms.send(id, |_| Some(frame));
    }
}
