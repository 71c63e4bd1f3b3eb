//! Which channels of an organization's Pusher application carry its conversations.

use super::{AGENT_TYPING, CONVERSATION_UPDATE, MESSAGE_NEW};
use crate::domain::{OrganizationId, Room};

const WORKSPACE: &str = "private-org-";
const THREAD: &str = "private-conv-";

/// The form of the name of a conversation's channel, as `GET /realtime` tells it.
pub const CONVERSATION_CHANNEL: &str = "private-conv-{id}";

/// What the server says on these channels, and nobody else may.
pub const EVENTS: [&str; 3] = [MESSAGE_NEW, CONVERSATION_UPDATE, AGENT_TYPING];

/// The channel on which programs hear a room: `private-org-org_…` for all conversations of an
/// organization, `private-conv-cnv_…` for one. `None` for rooms that programs do not hear.
#[must_use]
pub fn channel_name(room: Room) -> Option<String> {
    match room {
        Room::Workspace(id) => Some(format!("{WORKSPACE}{}", id.prefixed("org_"))),
        Room::Thread(id) => Some(format!("{THREAD}{}", id.prefixed("cnv_"))),
        Room::Conversation(_) | Room::Queue(_) | Room::Presence(_) => None,
    }
}

/// The room that a channel of this organization's application stands for; `None` for the channel of
/// another organization and for every channel that is the application's own affair.
///
/// Whether a [`Room::Thread`] is of a conversation of the organization is not known here: it has to be
/// looked up before anyone may listen.
#[must_use]
pub fn room_of(organization: OrganizationId, channel: &str) -> Option<Room> {
    let room = if let Some(id) = channel.strip_prefix(WORKSPACE) {
        Room::Workspace(id.parse().ok().filter(|id| *id == organization)?)
    } else {
        Room::Thread(channel.strip_prefix(THREAD)?.parse().ok()?)
    };
    // An id can be written in other ways too, but events carry the one name of their channel.
    channel_name(room).filter(|name| name == channel).map(|_| room)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ConversationId;

    #[test]
    fn a_channel_and_its_room_name_each_other() {
        let organization = OrganizationId::generate();
        for room in [Room::Workspace(organization), Room::Thread(ConversationId::generate())] {
            let name = channel_name(room).unwrap();
            assert_eq!(room_of(organization, &name), Some(room), "{name}");
        }
        assert_eq!(channel_name(Room::Queue(organization)), None);
    }

    #[test]
    fn another_organizations_channel_stands_for_no_room() {
        let foreign = channel_name(Room::Workspace(OrganizationId::generate())).unwrap();
        assert_eq!(room_of(OrganizationId::generate(), &foreign), None);
    }

    #[test]
    fn only_the_one_way_to_write_an_id_names_a_channel() {
        let organization = OrganizationId::generate();
        let conversation = ConversationId::generate();
        let digits = conversation.prefixed("");
        for name in [
            format!("private-org-{organization}"),
            format!("private-org-{}", organization.prefixed("cnv_")),
            format!("private-conv-{conversation}"),
            format!("private-conv-cnv_{}", digits.to_uppercase()),
            format!("private-conv-msg_{digits}"),
            format!("presence-conv-cnv_{digits}"),
            "private-conv-".to_owned(),
            "private-orders".to_owned(),
        ] {
            assert_eq!(room_of(organization, &name), None, "{name}");
        }
    }
}
