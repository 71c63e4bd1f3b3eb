//! From what was committed to the queues that want it, and to the bulletins that other nodes need.

use metrics::counter;
use switchboard_rooms::Place;

use super::bulletin::Told;
use super::encode::encode;
use super::feed::Feed;
use super::hub::Rooms;
use super::order::{Hearers, Telling};
use crate::domain::{Event, EventKind, Room};
use crate::service::{Announcement, Origin};

/// One thing of what a transaction has to tell.
#[derive(Debug)]
pub(super) enum Step {
    /// It is in the log: it has its turn.
    Logged(Telling),
    /// It is in no log: it is said at once.
    Said(Announcement),
}

/// Takes apart what one transaction has to tell. How a conversation stands goes with what changed it.
pub(super) fn steps(announcements: Vec<Announcement>) -> Vec<Step> {
    let mut steps = Vec::with_capacity(announcements.len());
    for Announcement { event, origin } in announcements {
        if event.position.is_some() {
            steps.push(Step::Logged(Telling { event, after: Vec::new(), origin }));
        } else if let Some(telling) = last_of_same(&mut steps, &event) {
            telling.after.push(event);
        } else {
            steps.push(Step::Said(Announcement { event, origin }));
        }
    }
    steps
}

fn last_of_same<'s>(steps: &'s mut [Step], event: &Event) -> Option<&'s mut Telling> {
    match (steps.last_mut()?, &event.kind) {
        (Step::Logged(telling), EventKind::ConversationUpdated(_))
            if telling.event.conversation_id == event.conversation_id =>
        {
            Some(telling)
        }
        _ => None,
    }
}

impl Step {
    /// What other nodes are to be told, to be kept while the step itself is handed out here. What is large in an
    /// event is shared.
    pub(super) fn told(&self) -> Told {
        match self {
            Self::Logged(telling) => {
                Told { event: telling.event.clone(), after: telling.after.clone() }
            }
            Self::Said(said) => Told { event: said.event.clone(), after: Vec::new() },
        }
    }
}

impl Told {
    /// The feeds on which it is published; the same bytes on each.
    pub(super) fn feeds(&self) -> Vec<Feed> {
        let event = &self.event;
        let mut feeds: Vec<Feed> = Vec::with_capacity(2);
        if event.position.is_some() {
            // Whoever hears all of the log hears each of its positions, or would see holes.
            feeds.push(Feed::Organization(event.organization_id));
            feeds.extend(event.conversation_id.map(Feed::Conversation));
        } else {
            for feed in event.audience().filter_map(Feed::of_room) {
                if !feeds.contains(&feed) {
                    feeds.push(feed);
                }
            }
        }
        feeds
    }
}

/// Hands an event of the log to the rooms of this node that are to hear it now: encoded once for each wire
/// format in each of its rooms, the same bytes for every member.
pub(super) fn hand_out(rooms: &Rooms, telling: &Telling, hearers: Hearers) {
    let Telling { event, after, origin } = telling;
    publish(rooms, event, origin.as_ref(), |room| hearers.include(room));
    for event in after {
        publish(rooms, event, None, |room| hearers.include(room));
    }
}

/// Says what is in no log, in those of its rooms that are to hear it.
pub(super) fn say(rooms: &Rooms, said: &Announcement, is_heard: impl Fn(Room) -> bool) {
    publish(rooms, &said.event, said.origin.as_ref(), is_heard);
}

fn publish(rooms: &Rooms, event: &Event, origin: Option<&Origin>, is_heard: impl Fn(Room) -> bool) {
    for (index, room) in event.audience().enumerate() {
        let told_apart = origin.filter(|_| is_own_copy(event, room)).map(|it| it.connection);
        if is_heard(room) {
            let skip = origin.map(|it| it.connection).filter(|_| skips_origin(event, room));
            let encoded = |format| encode(event, room, index, format, false);
            let count = rooms.publish(&room.into(), place(event), skip, encoded);
            counter!("switchboard_deliveries_total").increment(count as u64);
        }
        if let Some(sender) = told_apart {
            rooms.send(sender, |format| encode(event, room, index, format, true));
        }
    }
}

impl Hearers {
    fn include(self, room: Room) -> bool {
        match room {
            Room::Conversation(_) | Room::Thread(_) => self.conversation,
            Room::Queue(_) | Room::Workspace(_) | Room::Presence(_) => self.organization,
        }
    }
}

/// The sender of a message gets a copy of its own, with its own id of the message, whether it is in
/// the room or not.
fn is_own_copy(event: &Event, room: Room) -> bool {
    let in_conversation = matches!(room, Room::Conversation(_));
    in_conversation && matches!(event.kind, EventKind::MessageCreated(_))
}

/// Who types knows it.
fn skips_origin(event: &Event, room: Room) -> bool {
    is_own_copy(event, room) || matches!(event.kind, EventKind::Typing { .. })
}

fn place(event: &Event) -> Place {
    let seq = match &event.kind {
        EventKind::MessageCreated(message) => message.seq,
        _ => 0,
    };
    Place { position: event.position.unwrap_or_default(), seq }
}
