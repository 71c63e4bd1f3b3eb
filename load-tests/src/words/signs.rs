//! Signs of typing, which are told to everybody else in a conversation and kept nowhere.

use std::collections::HashMap;

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::{By, Conversations, Line, Plan, Room, Words};
use crate::chat::check;
use crate::mark::Mark;
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};
use crate::target::Target;

/// What everybody hears when somebody types. That they have stopped is not looked at: it comes after a while of silence.
const SHOWN: &str = r#"["typing_indicator""#;

/// Conversations in each of which one agent types, on top of those who listen. A sign has no text: its number is how many
/// came before it.
#[derive(Debug)]
pub(crate) struct Signs {
    conversations: Conversations,
    /// Of each who listens.
    ears: HashMap<Member, Ear>,
}

/// What a listener has heard.
#[derive(Debug)]
struct Ear {
    room: String,
    last: Mark,
}

impl Signs {
    /// Their visitors have numbers from here on: each step against the same server needs others.
    pub(crate) fn new(target: &Target, first: usize) -> anyhow::Result<Self> {
        let conversations = Conversations::new(target, By::Agents)?.numbered_from(first);
        Ok(Self { conversations, ears: HashMap::new() })
    }
}

impl Words for Signs {
    type Client = SocketIo;

    fn seat(&mut self, swarm: &mut Swarm<SocketIo>, plan: Plan) -> anyhow::Result<Vec<Room>> {
        ensure!(plan.writers == 1, "two who type cannot be told from each other");
        let seats = Plan { listeners: plan.listeners + 1, ..plan };
        let mut rooms = self.conversations.seat(swarm, seats)?;
        for (writer, room) in rooms.iter_mut().enumerate() {
            room.listeners.retain(|member| !room.writers.contains(member));
            let ear = || Ear { room: room.name.clone(), last: Mark { writer, seq: 0 } };
            self.ears.extend(room.listeners.iter().map(|member| (*member, ear())));
        }
        Ok(rooms)
    }

    fn say(&self, swarm: &mut Swarm<SocketIo>, line: Line<'_>) -> anyhow::Result<()> {
        let Line { member, room, seq, .. } = line;
        let sign = json!({"conversation_id": room, "sender_type": "agent"});
        swarm.emit(member, "user_typing", &sign.to_string(), Some(seq))
    }

    fn find(&mut self, member: Member, event: &str) -> anyhow::Result<Option<Mark>> {
        if !event.starts_with(SHOWN) {
            return Ok(None);
        }
        let ear = self.ears.get_mut(&member).context("who types heard of it")?;
        ear.last.seq += 1;
        ensure!(event.contains(&ear.room), "a sign of another conversation than {}", ear.room);
        Ok(Some(ear.last))
    }

    fn accepted(&self, answer: &str) -> anyhow::Result<Option<u64>> {
        check(answer)?;
        Ok(None)
    }
}
