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
}

impl fmt::Display for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conversation(id) => write!(f, "conv:{id}"),
            Self::Queue(id) => write!(f, "org:{id}:queue"),
            Self::Presence(id) => write!(f, "org:{id}:presence"),
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
        if let Some(id) = text.strip_prefix("conv:") {
            return id.parse().map(Self::Conversation).map_err(|_| UnknownRoom);
        }
        let (id, part) =
            text.strip_prefix("org:").and_then(|rest| rest.split_once(':')).ok_or(UnknownRoom)?;
        let id = id.parse().map_err(|_| UnknownRoom)?;
        match part {
            "queue" => Ok(Self::Queue(id)),
            "presence" => Ok(Self::Presence(id)),
            _ => Err(UnknownRoom),
        }
    }
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
        ];
        for room in rooms {
            assert_eq!(room.to_string().parse(), Ok(room));
        }
    }

    #[test]
    fn other_names_are_no_rooms() {
        for name in ["", "conv:", "conv:1", "org:", "org:x:queue", "queue"] {
            assert_eq!(name.parse::<Room>(), Err(UnknownRoom), "{name}");
        }
    }
}
