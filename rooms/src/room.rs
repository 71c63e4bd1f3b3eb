//! What a room is called inside one node.

/// A room for as long as it has members; the same name gets another one after it was empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RoomId(pub u64);
