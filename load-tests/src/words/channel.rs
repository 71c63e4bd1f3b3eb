//! Pusher's channels, in which clients send events to each other.

use std::sync::Arc;

use serde_json::json;

use super::{Line, Plan, Room, Words};
use crate::app::App;
use crate::pusher::Pusher;
use crate::swarm::Swarm;

/// Private channels. Nobody hears their own events, so the writers come on top of the listeners.
#[derive(Debug)]
pub(crate) struct Channels {
    app: Arc<App>,
}

impl Channels {
    pub(crate) fn new(app: &Arc<App>) -> Self {
        Self { app: Arc::clone(app) }
    }
}

impl Words for Channels {
    type Client = Pusher;

    fn seat(&mut self, swarm: &mut Swarm<Pusher>, plan: Plan) -> anyhow::Result<Vec<Room>> {
        let mut rooms = Vec::with_capacity(plan.rooms);
        for _ in 0..plan.rooms {
            let name = format!("private-load-{}", swarm.len());
            let client = Pusher::subscriber(&self.app, &name);
            let all = swarm.open(plan.writers + plan.listeners, &client)?;
            let mut writers: Vec<_> = all.collect();
            let listeners = writers.split_off(plan.writers);
            rooms.push(Room { name, listeners, writers });
        }
        Ok(rooms)
    }

    fn say(&self, swarm: &mut Swarm<Pusher>, line: Line<'_>) -> anyhow::Result<()> {
        let event = json!({"event": "client-say", "channel": line.room, "data": line.text});
        swarm.send(line.member, &event.to_string())
    }

    fn accepted(&self, _: &str) -> anyhow::Result<Option<u64>> {
        Ok(None)
    }

    fn answers(&self) -> bool {
        false
    }
}
