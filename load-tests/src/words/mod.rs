//! How rooms are joined and spoken in, which every server calls by words of its own.

mod channel;
mod conversation;
mod queue;
mod signs;
mod tiny;

pub(crate) use channel::Channels;
pub(crate) use conversation::{By, Conversations};
pub(crate) use queue::Queue;
pub(crate) use signs::Signs;
pub(crate) use tiny::Tiny;

use crate::mark::Mark;
use crate::protocol::Protocol;
use crate::swarm::{Member, Swarm};

/// What clients say to one kind of server.
pub(crate) trait Words {
    /// What they speak.
    type Client: Protocol;

    /// Opens connections and seats them in rooms.
    ///
    /// # Errors
    /// The server refused somebody.
    fn seat(&mut self, swarm: &mut Swarm<Self::Client>, plan: Plan) -> anyhow::Result<Vec<Room>>;

    /// Says a text, as the writer that has this place among all of them.
    fn say(&self, swarm: &mut Swarm<Self::Client>, line: Line<'_>) -> anyhow::Result<()>;

    /// Which text an event is that came to a member; none where it is something else.
    ///
    /// # Errors
    /// It is not the one that had to come.
    fn find(&mut self, _member: Member, event: &str) -> anyhow::Result<Option<Mark>> {
        Ok(Mark::find(event))
    }

    /// Reads the answer to a text: the number that the server gave the message, if it numbers them.
    ///
    /// # Errors
    /// The server refused it.
    fn accepted(&self, answer: &str) -> anyhow::Result<Option<u64>>;

    /// Whether texts are answered at all.
    fn answers(&self) -> bool {
        true
    }
}

/// How many rooms there are to be, all alike.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) rooms: usize,
    /// How many hear what is said in a room.
    pub(crate) listeners: usize,
    /// How many say something in it.
    pub(crate) writers: usize,
}

/// A room, and who is in it.
#[derive(Debug)]
pub(crate) struct Room {
    /// What the server calls it.
    pub(crate) name: String,
    pub(crate) listeners: Vec<Member>,
    /// Some of the listeners, or others.
    pub(crate) writers: Vec<Member>,
}

/// A text that is to be said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line<'a> {
    pub(crate) member: Member,
    pub(crate) room: &'a str,
    pub(crate) text: &'a str,
    /// Which of the writer's texts it is; the answer has the same number.
    pub(crate) seq: u64,
}
