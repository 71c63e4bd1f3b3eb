//! What connections listen to: the names in the one registry of rooms.

use std::sync::Arc;

use switchboard_protocol::pusher::ChannelName;

use crate::domain::{OrganizationId, PusherAppId, Room};

/// Something that can be listened to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Where the events of conversations are heard.
    Room(Room),
    /// All that happens in an organization. Nothing is said there; whoever is in it hears what is said to its
    /// other rooms in the one order of the log.
    Log(OrganizationId),
    /// Where whatever an application publishes is heard.
    Channel(ChannelKey),
    /// What is for one signed-in user of an application alone, on all of its connections.
    User(UserKey),
    /// Whether a user of an application is there: heard by those who watch it.
    Watched(UserKey),
}

/// A channel of a Pusher application. Two applications may have channels of the same name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ChannelKey {
    /// Whose channel it is.
    pub app: PusherAppId,
    /// What the application calls it.
    pub name: ChannelName,
}

/// A user as a Pusher application knows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct UserKey {
    /// Whose user it is.
    pub app: PusherAppId,
    /// What the application calls it.
    pub id: Arc<str>,
}

impl From<Room> for Topic {
    fn from(room: Room) -> Self {
        Self::Room(room)
    }
}

impl ChannelKey {
    /// Its name among nodes.
    pub(super) fn shared_name(&self) -> String {
        shared_name(&self.app, self.name.as_str())
    }
}

impl UserKey {
    /// Its name among nodes.
    pub(super) fn shared_name(&self) -> String {
        shared_name(&self.app, &self.id)
    }
}

/// The length of the application's id goes before it: either name may hold any character.
fn shared_name(app: &PusherAppId, name: &str) -> String {
    let app = app.as_str();
    format!("{}.{app}.{name}", app.len())
}
