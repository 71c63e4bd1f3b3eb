//! The peers' own words, which are as few as can be: join a room, say something in it.

use super::{Line, Plan, Room, Words};
use crate::scenario::ask_all;
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};

/// Rooms of a Socket.IO server that knows `join` and `say`.
#[derive(Debug)]
pub(crate) struct Tiny;

impl Words for Tiny {
    type Client = SocketIo;

    fn seat(&mut self, swarm: &mut Swarm<SocketIo>, plan: Plan) -> anyhow::Result<Vec<Room>> {
        let all = swarm.open(plan.rooms * plan.listeners, &SocketIo::visitor())?;
        let first = all.start;
        let name = |room: usize| format!("room-{first}-{room}");
        let payload = |member: Member| format!("\"{}\"", name((member - first) / plan.listeners));
        ask_all(swarm, all, "join", payload, |_, _| Ok(()))?;
        let room = |number: usize| {
            let begin = first + number * plan.listeners;
            let listeners: Vec<_> = (begin..begin + plan.listeners).collect();
            let writers = listeners[..plan.writers].to_vec();
            Room { name: name(number), listeners, writers }
        };
        Ok((0..plan.rooms).map(room).collect())
    }

    fn say(&self, swarm: &mut Swarm<SocketIo>, line: Line<'_>) -> anyhow::Result<()> {
        let (room, text) = (line.room, line.text);
        swarm.emit(line.member, "say", &format!(r#""{room}","{text}""#), Some(line.seq))
    }

    fn accepted(&self, _: &str) -> anyhow::Result<Option<u64>> {
        Ok(None)
    }
}
