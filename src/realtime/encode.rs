//! An event in the words of each wire format.

use super::frame::{Format, Frame};
use super::platform;
use crate::domain::{Event, Room};

/// Encodes an event for the members of one of its rooms: the `index`th of its audience.
///
/// `own` is for the one who caused it, where that copy differs.
pub(super) fn encode(event: &Event, room: Room, index: usize, format: Format, own: bool) -> Frame {
    let offset = match format {
        Format::SocketIo => None,
        Format::SocketIoWithOffsets => platform::Offset::of(event, index),
    };
    platform::encode(event, room, offset, own)
}
