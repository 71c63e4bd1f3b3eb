//! What this node's members listen to, and so what it wants to hear of other nodes.

use std::collections::HashMap;
use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use parking_lot::Mutex;
use switchboard_rooms::Watch;
use switchboard_rooms::bus::Bus;
use tokio::sync::Notify;

use super::feed::Feed;
use super::topic::Topic;

/// How long a client waits for what other nodes know, when Redis is slow.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

/// The feeds of all rooms that have members, or are wanted anyhow.
#[derive(Default)]
pub(super) struct Interests {
    /// How many rooms of each feed have members.
    rooms: Mutex<HashMap<Feed, usize>>,
    /// Feeds that lost their last member since these were asked for.
    vacated: Mutex<Vec<Feed>>,
    /// Feeds that are heard since these were asked for.
    heard: Mutex<Vec<Feed>>,
    /// Rung when one is added to either.
    pub(super) bell: Notify,
    /// What joins the nodes; empty while this node is the only one.
    bus: OnceLock<Bus>,
}

impl fmt::Debug for Interests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interests").field("feeds", &self.rooms.lock().len()).finish_non_exhaustive()
    }
}

impl Interests {
    /// Other nodes are heard from now on.
    pub(super) fn join(&self, bus: Bus) {
        let rooms = self.rooms.lock();
        for feed in rooms.keys() {
            bus.want(feed.name());
        }
        // Once in a node's life.
        let _ = self.bus.set(bus);
    }

    /// What joins the nodes, if anything does.
    pub(super) fn bus(&self) -> Option<&Bus> {
        self.bus.get()
    }

    /// Something of a feed is to be heard, beside whatever else of it is.
    pub(super) fn want(&self, feed: Feed) {
        let mut rooms = self.rooms.lock();
        if let Some(count) = rooms.get_mut(&feed) {
            *count += 1;
            return;
        }
        if let Some(bus) = self.bus.get() {
            bus.want(feed.name());
        }
        rooms.insert(feed, 1);
    }

    /// One thing less of a feed is to be heard.
    pub(super) fn unwant(&self, feed: Feed) {
        let mut rooms = self.rooms.lock();
        let Some(count) = rooms.get_mut(&feed) else { return };
        *count -= 1;
        if *count > 0 {
            return;
        }
        rooms.remove(&feed);
        if let Some(bus) = self.bus.get() {
            bus.unwant(&feed.name());
        }
        drop(rooms);
        if feed.part().is_some() {
            self.vacated.lock().push(feed);
            self.bell.notify_one();
        }
    }

    /// What other nodes publish on these feeds is heard from now on.
    pub(super) fn now_heard(&self, feeds: impl Iterator<Item = Feed>) {
        self.heard.lock().extend(feeds.filter(|feed| feed.part().is_some()));
        self.bell.notify_one();
    }

    /// The feeds of logs that are heard since this was asked last.
    pub(super) fn take_heard(&self) -> Vec<Feed> {
        std::mem::take(&mut *self.heard.lock())
    }

    /// The feeds that nobody listens to any more, of those that lost their last member.
    pub(super) fn take_vacated(&self) -> Vec<Feed> {
        let mut vacated = std::mem::take(&mut *self.vacated.lock());
        let rooms = self.rooms.lock();
        vacated.retain(|feed| !rooms.contains_key(feed));
        vacated
    }
}

/// A feed that is heard for as long as this is kept.
pub(super) struct Attention<'i> {
    interests: &'i Interests,
    feed: Feed,
}

impl Interests {
    /// Waits until what other nodes publish on a feed is heard, but not for long, and not while they cannot
    /// be heard at all. `None` while this node is alone.
    pub(super) async fn attend(&self, feed: Feed) -> Option<Attention<'_>> {
        let bus = self.bus.get()?;
        self.want(feed.clone());
        let attention = Attention { interests: self, feed };
        bus.listening(&attention.feed.name(), PATIENCE).await;
        Some(attention)
    }
}

impl Drop for Attention<'_> {
    fn drop(&mut self) {
        self.interests.unwant(self.feed.clone());
    }
}

impl Watch<Topic> for Interests {
    fn appeared(&self, room: &Topic) {
        if let Some(feed) = Feed::of(room) {
            self.want(feed);
        }
    }

    fn vanished(&self, room: &Topic) {
        if let Some(feed) = Feed::of(room) {
            self.unwant(feed);
        }
    }
}
