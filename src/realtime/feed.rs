//! What nodes tell each other about, under the names it has on the bus.

use std::sync::Arc;

use switchboard_protocol::pusher::ChannelName;

use super::order::Part;
use super::topic::{ChannelKey, Topic, UserKey};
use crate::domain::{ConversationId, OrganizationId, PusherAppId, Room};

/// What is published together. A node hears a feed while it has members in a room of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Feed {
    /// The whole log of an organization.
    Organization(OrganizationId),
    /// What is about one conversation.
    Conversation(ConversationId),
    /// A channel of a Pusher application.
    Channel(ChannelKey),
    /// What is for one user of a Pusher application, on all connections.
    User(UserKey),
    /// What concerns every node.
    Nodes,
}

impl Feed {
    /// Where what is said in a room is published; `None` for who is there, which each node tells its own
    /// clients.
    pub(super) const fn of_room(room: Room) -> Option<Self> {
        match room {
            Room::Queue(id) | Room::Workspace(id) => Some(Self::Organization(id)),
            Room::Conversation(id) | Room::Thread(id) => Some(Self::Conversation(id)),
            Room::Presence(_) => None,
        }
    }

    /// The feed of a topic, if what is heard there is published.
    pub(super) fn of(topic: &Topic) -> Option<Self> {
        match topic {
            Topic::Room(room) => Self::of_room(*room),
            Topic::Log(id) => Some(Self::Organization(*id)),
            Topic::Channel(key) => Some(Self::Channel(key.clone())),
            Topic::User(key) => Some(Self::User(key.clone())),
            Topic::Watched(_) => None,
        }
    }

    /// The part of a log that is published on it; `None` where what is published is in no log.
    pub(super) const fn part(&self) -> Option<Part> {
        match self {
            Self::Organization(_) => Some(Part::Organization),
            Self::Conversation(id) => Some(Part::Conversation(*id)),
            Self::Channel(_) | Self::User(_) | Self::Nodes => None,
        }
    }

    /// Its name on the bus.
    pub(super) fn name(&self) -> Arc<str> {
        match self {
            Self::Organization(id) => format!("org.{id}"),
            Self::Conversation(id) => format!("conv.{id}"),
            Self::Channel(key) => format!("channel.{}", key.shared_name()),
            Self::User(key) => format!("user.{}", key.shared_name()),
            Self::Nodes => "nodes".to_owned(),
        }
        .into()
    }

    /// Reads a name back; `None` for what is no name of a feed.
    pub(super) fn parse(name: &str) -> Option<Self> {
        if name == "nodes" {
            return Some(Self::Nodes);
        }
        let (kind, rest) = name.split_once('.')?;
        match kind {
            "org" => rest.parse().ok().map(Self::Organization),
            "conv" => rest.parse().ok().map(Self::Conversation),
            "channel" => {
                let (app, name) = split(rest)?;
                let name = ChannelName::parse(name, 0).ok()?;
                Some(Self::Channel(ChannelKey { app, name }))
            }
            "user" => {
                let (app, id) = split(rest)?;
                Some(Self::User(UserKey { app, id: id.into() }))
            }
            _ => None,
        }
    }
}

/// Reads the name that nodes have for a channel or a user.
fn split(rest: &str) -> Option<(PusherAppId, &str)> {
    let (length, rest) = rest.split_once('.')?;
    let (app, rest) = rest.split_at_checked(length.parse().ok()?)?;
    Some((PusherAppId::from(app), rest.strip_prefix('.')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_reads_back_from_its_name() {
        let app = PusherAppId::from("my.app");
        let name = ChannelName::parse("presence-a.b", 0).unwrap();
        let user = UserKey { app: app.clone(), id: "9.ada@example.com".into() };
        let feeds = [
            Feed::Organization(OrganizationId::generate()),
            Feed::Conversation(ConversationId::generate()),
            Feed::Channel(ChannelKey { app, name }),
            Feed::User(user),
            Feed::Nodes,
        ];
        for feed in feeds {
            assert_eq!(Feed::parse(&feed.name()), Some(feed));
        }
        for name in ["", "org", "org.x", "channel.9.a.b", "channel.1.ab", "user.é.a.b", "other.1"]
        {
            assert_eq!(Feed::parse(name), None, "{name}");
        }
    }
}
