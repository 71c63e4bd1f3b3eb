//! Where events are heard.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ConversationId, OrganizationId};

/// A room: who is in it hears what is said to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// `conv:<id>`: the end user of a conversation and the agents who have it open.
    Conversation(ConversationId),
    /// `org:<id>:queue`: the agents of an organization who watch its list of conversations.
    Queue(OrganizationId),
    /// `org:<id>:presence`: the agents of an organization who watch each other come and go.
    Presence(OrganizationId),
    /// `org:<id>:workspace`: the programs of an organization that follow all its conversations.
    Workspace(OrganizationId),
    /// `conv:<id>:thread`: the programs of an organization that follow one conversation, notes included.
    Thread(ConversationId),
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversation(id) => write!(f, "conv:{id}"),
            Self::Queue(id) => write!(f, "org:{id}:queue"),
            Self::Presence(id) => write!(f, "org:{id}:presence"),
            Self::Workspace(id) => write!(f, "org:{id}:workspace"),
            Self::Thread(id) => write!(f, "conv:{id}:thread"),
        }
    }
}

/// The text names no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is not the name of a room")]
pub struct UnknownRoom;

impl FromStr for Room {
    type Err = UnknownRoom;

    fn from_str(text: &str) -> Result<Self, UnknownRoom> {
        let (kind, rest) = text.split_once(':').ok_or(UnknownRoom)?;
        let (id, part) = rest.split_once(':').map_or((rest, None), |(id, part)| (id, Some(part)));
        match (kind, part) {
            ("conv", None) => read(id).map(Self::Conversation),
            ("conv", Some("thread")) => read(id).map(Self::Thread),
            ("org", Some("queue")) => read(id).map(Self::Queue),
            ("org", Some("presence")) => read(id).map(Self::Presence),
            ("org", Some("workspace")) => read(id).map(Self::Workspace),
            _ => Err(UnknownRoom),
        }
    }
}

fn read<T: FromStr>(id: &str) -> Result<T, UnknownRoom> {
    id.parse().map_err(|_| UnknownRoom)
}

impl Serialize for Room {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Room {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_reads_back_from_its_name() {
        let organization = OrganizationId::generate();
        let rooms = [
            Room::Conversation(ConversationId::generate()),
            Room::Queue(organization),
            Room::Presence(organization),
            Room::Workspace(organization),
            Room::Thread(ConversationId::generate()),
        ];
        for room in rooms {
            assert_eq!(room.to_string().parse(), Ok(room));
        }
    }

    #[test]
    fn other_names_are_no_rooms() {
        let id = OrganizationId::generate();
        let of_nothing =
            [format!("org:{id}"), format!("org:{id}:thread"), format!("conv:{id}:queue")];
        let beyond = [format!("conv:{id}:thread:"), format!("conv:{id}:")];
        let names = ["", "conv:", "conv:1", "org:", "org:x:queue", "queue"].map(str::to_owned);
        for name in names.into_iter().chain(of_nothing).chain(beyond) {
            assert_eq!(name.parse::<Room>(), Err(UnknownRoom), "{name}");
        }
    }
}
