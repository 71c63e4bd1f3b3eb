//! The channels of one application on this node: who is on them, and what they remember.
//!
//! Everything that changes who is on a channel happens under one lock for each application, so that
//! rosters, what members are told of each other, counts, and what webhooks hear agree. Publishing takes
//! no part in that, but on cache channels, where the event must not fall between what a subscriber is
//! shown of the past and what it hears.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use parking_lot::{Mutex, RwLock};
use switchboard_protocol::pusher::{ChannelName, Code, SocketId, presence, server_frame};
use switchboard_rooms::{Closing, ConnectionId, Place};

use super::cache::Cache;
use super::channels::Shared;
use super::counts::Count;
use super::refusal::Refusal;
use crate::domain::{ApiKeyId, Occurrence, OccurrenceKind, PusherApp, Room};
use crate::realtime::frame::{Format, Frame, Outbound};
use crate::realtime::topic::{ChannelKey, Topic};
use crate::service::{ChannelState, Publication};

/// The channels of one application.
pub(super) struct AppChannels {
    pub(super) shared: Arc<Shared>,
    app: RwLock<Arc<PusherApp>>,
    pub(super) state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    sockets: HashMap<SocketId, ConnectionId>,
    pub(super) occupied: HashMap<ChannelName, Occupied>,
    cache: Cache,
}

/// A channel that has subscribers.
#[derive(Default)]
pub(super) struct Occupied {
    pub(super) subscribers: usize,
    /// Subscribers of whom more is known than that they are there.
    guests: HashMap<ConnectionId, Guest>,
    pub(super) count: Count,
}

#[derive(Default)]
struct Guest {
    /// As whom it is in a presence channel.
    user_id: Option<Arc<str>>,
    /// With which key it was let in.
    key: Option<ApiKeyId>,
}

/// A member of a presence channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) user_id: Arc<str>,
    /// JSON.
    pub(super) user_info: Option<Arc<str>>,
}

/// What goes with a subscription that was found to be allowed.
#[derive(Clone, Debug, Default)]
pub(super) struct Admission {
    /// Who subscribes; presence channels alone.
    pub(super) member: Option<Member>,
    /// The room of conversations whose events are heard on the channel.
    pub(super) room: Option<Room>,
    /// The key with which it was let in.
    pub(super) key: Option<ApiKeyId>,
}

impl AppChannels {
    pub(super) fn new(shared: Arc<Shared>, app: Arc<PusherApp>) -> Self {
        Self { shared, app: RwLock::new(app), state: Mutex::default() }
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
        if max > 0 && state.sockets.len() >= max {
            return Err(Code::OverQuota);
        }
        state.sockets.insert(socket_id, id);
        drop(state);
        self.shared.hub.rooms.register(id, Arc::clone(outbound), Format::Pusher);
        Ok(())
    }

    /// Forgets a connection: it is on no channel any more.
    pub(super) fn disconnect(self: &Arc<Self>, id: ConnectionId, socket_id: SocketId) {
        let mut state = self.state.lock();
        state.sockets.remove(&socket_id);
        for topic in self.shared.hub.rooms.remove(id) {
            if let Topic::Channel(key) = topic {
                self.left(&mut state, id, &key);
            }
        }
    }

    /// How many connections there are.
    pub(super) fn connections(&self) -> usize {
        self.state.lock().sockets.len()
    }

    pub(super) fn key(&self, name: &ChannelName) -> ChannelKey {
        ChannelKey { app: self.app.read().id.clone(), name: name.clone() }
    }

    /// Whether the connection is subscribed to the channel.
    pub(super) fn is_subscribed(&self, id: ConnectionId, name: &ChannelName) -> bool {
        self.shared.hub.rooms.contains(id, &Topic::Channel(self.key(name)))
    }

    /// Subscribes a connection and tells it so; one that is subscribed already is told again, and
    /// nothing else happens.
    ///
    /// # Errors
    /// [`Refusal`] where the channel is full.
    pub(super) fn subscribe(
        self: &Arc<Self>,
        id: ConnectionId,
        name: &ChannelName,
        admission: Admission,
    ) -> Result<(), Refusal> {
        let key = self.key(name);
        let topic = Topic::Channel(key.clone());
        let mut state = self.state.lock();
        if self.shared.hub.rooms.contains(id, &topic) {
            self.send(id, self.succeeded(&key));
            self.recall(&state, id, name);
            return Ok(());
        }
        let came = match &admission.member {
            Some(member) => self.enter(&key, member)?,
            None => false,
        };
        self.shared.hub.rooms.join_after(self.succeeded(&key), id, &topic);
        self.recall(&state, id, name);
        if let Some(room) = admission.room {
            self.shared.hub.rooms.join(id, &room.into());
        }
        let channel = state.occupied.entry(name.clone()).or_default();
        channel.subscribers += 1;
        let is_first = channel.subscribers == 1;
        let user_id = admission.member.as_ref().map(|it| Arc::clone(&it.user_id));
        if user_id.is_some() || admission.key.is_some() {
            channel.guests.insert(id, Guest { user_id, key: admission.key });
        }
        if is_first {
            self.record(name, OccurrenceKind::Occupied);
        }
        if let Some(member) = admission.member.filter(|_| came) {
            self.added(&key, &member, id);
        }
        self.counted(&mut state, name);
        Ok(())
    }

    /// Lets a member into a presence channel. True when it was not there before.
    fn enter(&self, key: &ChannelKey, member: &Member) -> Result<bool, Refusal> {
        let members = &self.shared.members;
        let max = self.app().settings.limits.presence_members_max;
        let is_full = max > 0 && members.count(key) >= max;
        if is_full && !members.contains(key, &member.user_id) {
            return Err(Refusal::full(max));
        }
        Ok(members.enter(key, &member.user_id, member.user_info.clone()))
    }

    fn succeeded(&self, key: &ChannelKey) -> Frame {
        if !key.name.is_presence() {
            return server_frame::subscription_succeeded(key.name.as_str(), "{}").into();
        }
        let roster = self.shared.members.roster(key);
        let members = roster.iter().map(|(id, info)| (&**id, info.as_deref()));
        server_frame::subscription_succeeded(key.name.as_str(), &presence::roster(members)).into()
    }

    /// Shows a new subscriber of a cache channel what the channel remembers.
    fn recall(&self, state: &State, id: ConnectionId, name: &ChannelName) {
        if !name.is_cache() {
            return;
        }
        if let Some(frame) = state.cache.frame(name) {
            return self.send(id, frame);
        }
        self.send(id, server_frame::cache_miss(name.as_str()).into());
        self.record(name, OccurrenceKind::CacheMiss);
    }

    fn added(&self, key: &ChannelKey, member: &Member, id: ConnectionId) {
        let (user_id, info) = (&*member.user_id, member.user_info.as_deref());
        self.tell(key, Some(id), || server_frame::member_added(key.name.as_str(), user_id, info));
        let user_id = user_id.to_owned();
        self.record(&key.name, OccurrenceKind::MemberAdded { user_id });
    }

    /// Ends a subscription; harmless where there is none.
    pub(super) fn unsubscribe(self: &Arc<Self>, id: ConnectionId, name: &ChannelName) {
        let key = self.key(name);
        let mut state = self.state.lock();
        self.depart(&mut state, id, &key);
    }

    fn depart(self: &Arc<Self>, state: &mut State, id: ConnectionId, key: &ChannelKey) {
        if let Some(room) = super::bridge::room_of(&self.app(), &key.name) {
            self.shared.hub.rooms.leave(id, &room.into());
        }
        if self.shared.hub.rooms.leave(id, &Topic::Channel(key.clone())) {
            self.left(state, id, key);
        }
    }

    /// What follows when a connection is not on a channel any more.
    fn left(self: &Arc<Self>, state: &mut State, id: ConnectionId, key: &ChannelKey) {
        let Some(channel) = state.occupied.get_mut(&key.name) else { return };
        channel.subscribers -= 1;
        let is_empty = channel.subscribers == 0;
        let user_id = channel.guests.remove(&id).and_then(|guest| guest.user_id);
        if is_empty {
            state.occupied.remove(&key.name);
        }
        if let Some(user_id) = user_id {
            self.went(key, &user_id);
        }
        if is_empty {
            self.record(&key.name, OccurrenceKind::Vacated);
        }
        self.counted(state, &key.name);
    }

    fn went(&self, key: &ChannelKey, user_id: &Arc<str>) {
        let members = &self.shared.members;
        let leaving = members.leave(key, user_id);
        if !leaving.is_some_and(|leaving| members.confirm(key, user_id, leaving)) {
            return;
        }
        self.tell(key, None, || server_frame::member_removed(key.name.as_str(), user_id));
        let user_id = user_id.to_string();
        self.record(&key.name, OccurrenceKind::MemberRemoved { user_id });
    }

    /// As whom a connection is in a presence channel.
    pub(super) fn user_of(&self, id: ConnectionId, name: &ChannelName) -> Option<Arc<str>> {
        let state = self.state.lock();
        state.occupied.get(name)?.guests.get(&id)?.user_id.clone()
    }

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

    /// Lets the application's webhooks know.
    pub(super) fn record(&self, name: &ChannelName, kind: OccurrenceKind) {
        let app = self.app();
        if app.settings.webhooks.is_empty() {
            return;
        }
        let occurrence = Occurrence { channel: name.as_str().to_owned(), kind };
        self.shared.recorder.record(&app, occurrence);
    }

    /// The channels that have subscribers and whose names begin with `prefix`.
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
        if app.enabled {
            return;
        }
        let connections: Vec<_> = self.state.lock().sockets.values().copied().collect();
        for outbound in connections.iter().filter_map(|id| self.shared.hub.rooms.outbound(*id)) {
            outbound.close(Closing::Revoked);
        }
    }

    /// Ends the subscriptions that were made with a key.
    pub(super) fn key_revoked(self: &Arc<Self>, revoked: ApiKeyId) {
        let mut state = self.state.lock();
        let mut lost = Vec::new();
        for (name, channel) in &state.occupied {
            let guests = channel.guests.iter().filter(|(_, guest)| guest.key == Some(revoked));
            lost.extend(guests.map(|(id, _)| (*id, name.clone())));
        }
        for (id, name) in lost {
            self.depart(&mut state, id, &self.key(&name));
            let refusal = Refusal::unauthorized("the key that opened this channel was revoked");
            self.send(id, refusal.frame(name.as_str()));
        }
    }
}
