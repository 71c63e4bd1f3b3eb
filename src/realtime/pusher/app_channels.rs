//! The channels of one application on this node: who is on them, and what they remember.
//!
//! Everything that changes who is on a channel happens under one lock for each application, so that
//! rosters, what members are told of each other, counts, and what webhooks hear agree. Publishing takes
//! no part in that, but on cache channels, where the event must not fall between what a subscriber is
//! shown of the past and what it hears.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};
use switchboard_protocol::pusher::{ChannelName, Code, SocketId};
use switchboard_rooms::{Closing, ConnectionId};

use super::cache::Cache;
use super::channels::Shared;
use super::counts::{self, Count};
use crate::domain::{ApiKeyId, Occurrence, OccurrenceKind, PusherApp};
use crate::realtime::frame::{Format, Outbound};
use crate::realtime::topic::{ChannelKey, Topic};
use crate::service::ChannelState;

/// The channels of one application.
pub(super) struct AppChannels {
    pub(super) shared: Arc<Shared>,
    app: RwLock<Arc<PusherApp>>,
    /// What nodes call the counts of its subscribers.
    pub(super) subscribers: Arc<str>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    pub(super) sockets: HashMap<SocketId, ConnectionId>,
    pub(super) occupied: HashMap<ChannelName, Occupied>,
    pub(super) cache: Cache,
}

/// A channel that has subscribers.
#[derive(Default)]
pub(super) struct Occupied {
    pub(super) subscribers: usize,
    /// Subscribers of whom more is known than that they are there.
    pub(super) guests: HashMap<ConnectionId, Guest>,
    pub(super) count: Count,
}

/// A subscriber of whom more is known.
#[derive(Default)]
pub(super) struct Guest {
    /// As whom it is in a presence channel.
    pub(super) user_id: Option<Arc<str>>,
    /// With which key it was let in.
    pub(super) key: Option<ApiKeyId>,
}

impl AppChannels {
    pub(super) fn new(shared: Arc<Shared>, app: Arc<PusherApp>) -> Self {
        let subscribers = counts::set_of(&app.id);
        Self { shared, app: RwLock::new(app), subscribers, state: Mutex::default() }
    }

    /// The application as it is now.
    pub(super) fn app(&self) -> Arc<PusherApp> {
        Arc::clone(&self.app.read())
    }

    /// Takes a connection in, unless the application has as many as it may have.
    pub(super) fn connect(
        &self,
        id: ConnectionId,
        socket_id: SocketId,
        outbound: &Arc<Outbound>,
    ) -> Result<(), Code> {
        let max = self.app().settings.limits.connections_max;
        let mut state = self.state.lock();
        if max > 0 && self.count_connections(&state) >= max {
            return Err(Code::OverQuota);
        }
        state.sockets.insert(socket_id, id);
        self.report_connections(&state);
        drop(state);
        self.shared.hub.rooms.register(id, Arc::clone(outbound), Format::Pusher);
        Ok(())
    }

    /// Forgets a connection: it is on no channel any more.
    pub(super) fn disconnect(self: &Arc<Self>, id: ConnectionId, socket_id: SocketId) {
        let mut state = self.state.lock();
        state.sockets.remove(&socket_id);
        self.report_connections(&state);
        for topic in self.shared.hub.rooms.remove(id) {
            match topic {
                Topic::Channel(key) => self.left(&mut state, id, &key),
                Topic::Watched(user) => self.shared.users.unwatch(&user),
                _ => {}
            }
        }
    }

    /// How many connections there are, on all nodes.
    pub(super) fn connections(&self) -> usize {
        self.count_connections(&self.state.lock())
    }

    fn count_connections(&self, state: &State) -> usize {
        let here = state.sockets.len();
        self.shared.hub.company().map_or(here, |company| company.connections(&self.app.read().id))
    }

    fn report_connections(&self, state: &State) {
        if let Some(company) = self.shared.hub.company() {
            company.set_connections(&self.app.read().id, state.sockets.len());
        }
    }

    pub(super) fn key(&self, name: &ChannelName) -> ChannelKey {
        ChannelKey { app: self.app.read().id.clone(), name: name.clone() }
    }

    /// Whether the connection is subscribed to the channel.
    pub(super) fn is_subscribed(&self, id: ConnectionId, name: &ChannelName) -> bool {
        self.shared.hub.rooms.contains(id, &Topic::Channel(self.key(name)))
    }

    /// Lets the application's webhooks know.
    pub(super) fn record(&self, name: &ChannelName, kind: OccurrenceKind) {
        let app = self.app();
        if app.settings.webhooks.is_empty() {
            return;
        }
        let occurrence = Occurrence { channel: name.as_str().to_owned(), kind };
        self.shared.recorder.record(&app, occurrence);
    }

    /// The channels that have subscribers here and whose names begin with `prefix`.
    pub(super) fn occupied(&self, prefix: &str) -> Vec<(ChannelName, ChannelState)> {
        let state = self.state.lock();
        let mut names: Vec<_> = state.occupied.keys().cloned().collect();
        names.retain(|name| name.as_str().starts_with(prefix));
        names.sort_unstable();
        let with_state = |name: ChannelName| {
            let channel_state = self.state_of(&state, &name);
            (name, channel_state)
        };
        names.into_iter().map(with_state).collect()
    }

    pub(super) fn channel_state(&self, name: &ChannelName) -> ChannelState {
        self.state_of(&self.state.lock(), name)
    }

    fn state_of(&self, state: &State, name: &ChannelName) -> ChannelState {
        let members = || self.shared.members.count(&self.key(name));
        ChannelState {
            subscription_count: state.occupied.get(name).map_or(0, |it| it.subscribers),
            user_count: name.is_presence().then(members),
            cached: name.is_cache().then(|| state.cache.get(name)).flatten(),
        }
    }

    /// The application is as given from now on.
    pub(super) fn app_changed(&self, app: &Arc<PusherApp>) {
        *self.app.write() = Arc::clone(app);
        self.follow_counts();
        if app.enabled {
            return;
        }
        let connections: Vec<_> = self.state.lock().sockets.values().copied().collect();
        for outbound in connections.iter().filter_map(|id| self.shared.hub.rooms.outbound(*id)) {
            outbound.close(Closing::Revoked);
        }
    }
}
