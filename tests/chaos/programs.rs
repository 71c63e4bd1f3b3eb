//! Programs over Pusher: some hear a conversation and read through REST what they missed while they were
//! away, some are members of a presence channel.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use anyhow::{Context, Result};
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::APP;
use super::ledger::count;
use super::pollers::Reading;
use super::verdict::Heard;
use super::world::{World, pause};
use crate::support::plain_id;
use crate::support::pusher::{Frame, PusherApp, PusherSocket, data_of};

/// Waits for a frame, and answers when it is a question.
async fn next(socket: &mut PusherSocket) -> Result<Frame> {
    loop {
        let frame = socket.next_frame().await?;
        if frame["event"] != "pusher:ping" {
            return Ok(frame);
        }
        socket.send("pusher:pong", json!({})).await?;
    }
}

/// A program that hears one conversation.
pub(super) struct Program {
    world: Arc<World>,
    pub(super) who: String,
    conversation: String,
    app: PusherApp,
    chance: StdRng,
    reading: Reading,
}

impl Program {
    pub(super) fn new(world: &Arc<World>, name: &str, conversation: &str) -> Self {
        let who = format!("{name} (Pusher)");
        Self {
            app: PusherApp::of_demo(&world.doors[0].demo),
            world: Arc::clone(world),
            chance: world.chance(&who),
            who,
            conversation: conversation.to_owned(),
            reading: Reading::of(conversation),
        }
    }

    /// Stays until the clients are to leave, over as many connections as it takes.
    pub(super) async fn live(mut self) -> Heard {
        let world = Arc::clone(&self.world);
        while !world.is_closed() {
            let ended = tokio::select! {
                ended = self.connect(&world) => ended,
                () = world.closed() => Ok(()),
            };
            if ended.is_err() {
                pause(&mut self.chance).await;
            }
        }
        Heard::messages(self.who, self.conversation, self.reading.ids)
    }

    /// Listens first and reads then, so that nothing falls in between.
    async fn connect(&mut self, world: &World) -> Result<()> {
        let door = world.any_door(&mut self.chance);
        let mut socket = PusherSocket::connect(door, self.app).await?;
        count(&world.ledger.counts.connections);
        let channel = format!("private-conv-cnv_{}", self.conversation.replace('-', ""));
        socket.subscribe(&channel).await?;
        let door = world.any_door(&mut self.chance);
        self.reading.catch_up(world, door).await?;
        // What was published while it read comes over the connection as well.
        let read: HashSet<String> = self.reading.ids.iter().cloned().collect();
        let mut told = HashSet::new();
        loop {
            world.ledger.has_heard(&self.who, self.reading.ids.len());
            let frame = next(&mut socket).await?;
            if frame["event"] != "message.new" {
                continue;
            }
            count(&world.ledger.counts.heard);
            let message = data_of(&frame)?;
            let id = plain_id(message["id"].as_str().context("a message has an id")?);
            if !told.insert(id.clone()) {
                world.ledger.wrong(format!("{}: {id} was told of twice", self.who));
            } else if !read.contains(&id) {
                self.reading.add(&message)?;
            }
        }
    }
}

/// A member of a presence channel.
pub(super) struct Member {
    world: Arc<World>,
    pub(super) who: String,
    room: String,
    chance: StdRng,
    /// Who is there, as it was told.
    members: BTreeSet<String>,
}

impl Member {
    pub(super) fn new(world: &Arc<World>, name: &str, room: &str) -> Self {
        let members = BTreeSet::new();
        let (who, room) = (name.to_owned(), room.to_owned());
        Self { chance: world.chance(&who), world: Arc::clone(world), who, room, members }
    }

    /// Stays until the clients are to leave, over as many connections as it takes.
    pub(super) async fn live(mut self) -> Heard {
        let world = Arc::clone(&self.world);
        while !world.is_closed() {
            let ended = tokio::select! {
                ended = self.connect(&world) => ended,
                () = world.closed() => Ok(()),
            };
            if ended.is_err() {
                pause(&mut self.chance).await;
            }
        }
        Heard::members(self.who, self.room, self.members)
    }

    async fn connect(&mut self, world: &World) -> Result<()> {
        self.members.clear();
        let door = world.any_door(&mut self.chance);
        let mut socket = PusherSocket::connect(door, APP).await?;
        count(&world.ledger.counts.connections);
        let own = json!({ "user_id": self.who, "user_info": {} });
        let roster = socket.join(&self.room, &own).await?;
        let ids = roster["presence"]["ids"].as_array().context("a roster has ids")?;
        self.members = ids.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect();
        loop {
            world.ledger.has_heard(&self.who, self.members.len());
            let frame = next(&mut socket).await?;
            self.take(&frame)?;
        }
    }

    /// Whoever comes was not there, and whoever goes was.
    fn take(&mut self, frame: &Frame) -> Result<()> {
        let event = frame["event"].as_str().unwrap_or_default();
        let user = |data: Value| data["user_id"].as_str().map(str::to_owned).context("no user");
        let (is_change, user) = match event {
            "pusher_internal:member_added" => {
                let user = user(data_of(frame)?)?;
                (self.members.insert(user.clone()), user)
            }
            "pusher_internal:member_removed" => {
                let user = user(data_of(frame)?)?;
                (self.members.remove(&user), user)
            }
            _ => return Ok(()),
        };
        if !is_change {
            let wrong = format!("{} in {}: {event} of {user} again", self.who, self.room);
            self.world.ledger.wrong(wrong);
        }
        Ok(())
    }
}
