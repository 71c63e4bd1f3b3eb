//! Coming to a channel and leaving it, and what the others are told of that.

use std::sync::Arc;

use switchboard_protocol::pusher::{ChannelName, presence, server_frame};
use switchboard_rooms::ConnectionId;

use super::admission::{Admission, Member};
use super::app_channels::{AppChannels, Guest, State};
use super::bridge;
use super::refusal::Refusal;
use crate::domain::{ApiKeyId, OccurrenceKind};
use crate::realtime::frame::Frame;
use crate::realtime::topic::{ChannelKey, Topic};

/// What it means that a connection of a member came.
#[derive(Clone, Copy, Default)]
struct Coming {
    /// The member was nowhere before: the others are told.
    is_news: bool,
    /// It was not on this node. Webhooks are told of it by the database, where nodes count.
    is_first_here: bool,
}

impl AppChannels {
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
            None => Coming::default(),
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
        if let Some(member) = admission.member {
            self.added(&key, &member, came, id);
        }
        self.counted(&mut state, name);
        Ok(())
    }

    /// Lets a member into a presence channel.
    fn enter(&self, key: &ChannelKey, member: &Member) -> Result<Coming, Refusal> {
        let members = &self.shared.members;
        let max = self.app().settings.limits.presence_members_max;
        let is_full = max > 0 && members.count(key) >= max;
        if is_full && !members.contains(key, &member.user_id) {
            return Err(Refusal::full(max));
        }
        let is_first_here = !members.is_here(key, &member.user_id);
        let is_news = members.enter(key, &member.user_id, member.user_info.clone());
        Ok(Coming { is_news, is_first_here })
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

    fn added(&self, key: &ChannelKey, member: &Member, came: Coming, id: ConnectionId) {
        let (name, user_id) = (key.name.as_str(), &*member.user_id);
        if came.is_news {
            let info = member.user_info.as_deref();
            self.tell(key, Some(id), || server_frame::member_added(name, user_id, info));
        }
        if came.is_first_here {
            let user_id = user_id.to_owned();
            self.record(&key.name, OccurrenceKind::MemberAdded { user_id });
        }
    }

    /// Ends a subscription; harmless where there is none.
    pub(super) fn unsubscribe(self: &Arc<Self>, id: ConnectionId, name: &ChannelName) {
        let key = self.key(name);
        let mut state = self.state.lock();
        self.depart(&mut state, id, &key);
    }

    fn depart(self: &Arc<Self>, state: &mut State, id: ConnectionId, key: &ChannelKey) {
        if let Some(room) = bridge::room_of(&self.app(), &key.name) {
            self.shared.hub.rooms.leave(id, &room.into());
        }
        if self.shared.hub.rooms.leave(id, &Topic::Channel(key.clone())) {
            self.left(state, id, key);
        }
    }

    /// What follows when a connection is not on a channel any more.
    pub(super) fn left(self: &Arc<Self>, state: &mut State, id: ConnectionId, key: &ChannelKey) {
        let Some(channel) = state.occupied.get_mut(&key.name) else { return };
        channel.subscribers -= 1;
        let is_empty = channel.subscribers == 0;
        let user_id = channel.guests.remove(&id).and_then(|guest| guest.user_id);
        if is_empty {
            state.occupied.remove(&key.name);
        }
        if let Some(user_id) = user_id {
            self.went(key, user_id);
        }
        if is_empty {
            self.record(&key.name, OccurrenceKind::Vacated);
        }
        self.counted(state, &key.name);
    }

    fn went(self: &Arc<Self>, key: &ChannelKey, user_id: Arc<str>) {
        let Some(leaving) = self.shared.members.leave(key, &user_id) else { return };
        let kind = OccurrenceKind::MemberRemoved { user_id: user_id.to_string() };
        self.record(&key.name, kind);
        let key = key.clone();
        self.when_settled(move |this| {
            if this.shared.members.confirm(&key, &user_id, leaving) {
                let removed = || server_frame::member_removed(key.name.as_str(), &user_id);
                this.tell(&key, None, removed);
            }
        });
    }

    /// As whom a connection is in a presence channel.
    pub(super) fn user_of(&self, id: ConnectionId, name: &ChannelName) -> Option<Arc<str>> {
        let state = self.state.lock();
        state.occupied.get(name)?.guests.get(&id)?.user_id.clone()
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
