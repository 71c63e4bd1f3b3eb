//! An event in the words of each wire format.

use super::frame::{Format, Frame};
use super::{platform, pusher};
use crate::domain::{Event, Room};

/// Encodes an event for the members of one of its rooms: the `index`th of its audience.
///
/// `own` is for the one who caused it, where that copy differs. `None` where the format has no words
/// for it.
pub(super) fn encode(
    event: &Event,
    room: Room,
    index: usize,
    format: Format,
    own: bool,
) -> Option<Frame> {
    let offset = match format {
        Format::SocketIo => None,
        Format::SocketIoWithOffsets => platform::Offset::of(event, index),
        Format::Pusher => return pusher::bridge::encode(event, room),
    };
    platform::encode(event, room, offset, own)
}
