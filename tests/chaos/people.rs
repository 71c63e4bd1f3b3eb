//! Visitors and agents over Socket.IO: each writes, and hears everything of one conversation.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until, timeout};

use super::ledger::{Receipt, count};
use super::line::{Incoming, Line, Memory};
use super::verdict::Heard;
use super::world::{World, pause};
use crate::support::message_id;

/// A message that is not answered for so long is sent again over another connection.
const ANSWERED: Duration = Duration::from_secs(10);
/// A proxy would have noticed by then that this node cannot write.
const REFUSALS_MAX: u32 = 3;
/// The acknowledgement of joining; those of messages begin after it.
const JOIN: u64 = 0;

/// What somebody is, and how they come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// A visitor whose client recovers its connection.
    Recovery,
    /// A visitor whose client says which message it had last.
    After,
    /// An agent's program, which recovers.
    Agent,
}

/// A message on its way.
struct Unsent {
    client_message_id: String,
    text: String,
}

/// Somebody in one conversation.
pub(super) struct Person {
    /// Says something now and then; otherwise only listens.
    writes: bool,
    world: Arc<World>,
    pub(super) who: String,
    /// Who the visitor of the conversation is.
    external_id: String,
    conversation: String,
    way: Way,
    chance: StdRng,
    memory: Memory,
    is_joined: bool,
    /// Ids, in the order in which they were shown. The number of the last is how many there are.
    heard: Vec<String>,
    written: u64,
    unsent: Option<Unsent>,
}

impl Person {
    pub(super) fn new(world: &Arc<World>, name: &str, conversation: &str, way: Way) -> Self {
        let who = format!("{name} ({way:?})");
        Self {
            world: Arc::clone(world),
            chance: world.chance(&who),
            who,
            external_id: name.to_owned(),
            conversation: conversation.to_owned(),
            way,
            writes: true,
            memory: Memory::default(),
            is_joined: false,
            heard: Vec::new(),
            written: 0,
            unsent: None,
        }
    }

    /// One of many in the same conversation, who only listens.
    pub(super) fn listener(
        world: &Arc<World>,
        name: &str,
        conversation: &str,
        number: usize,
    ) -> Self {
        let way = if number.is_multiple_of(2) { Way::Recovery } else { Way::After };
        let mut person = Self::new(world, name, conversation, way);
        person.who = format!("{name} (listener {number})");
        person.chance = world.chance(&person.who);
        person.writes = false;
        person
    }

    /// Stays until the clients are to leave, over as many connections as it takes.
    pub(super) async fn live(mut self) -> Heard {
        while !self.world.is_closed() {
            if self.connect().await.is_err() {
                pause(&mut self.chance).await;
            }
        }
        Heard::messages(self.who, self.conversation, self.heard)
    }

    /// One connection, from beginning to end. Ends well only when the clients are to leave.
    async fn connect(&mut self) -> Result<()> {
        let world = Arc::clone(&self.world);
        if self.way == Way::After {
            self.memory = Memory::default();
        }
        let door = world.any_door(&mut self.chance);
        let auth = match self.way {
            Way::Agent => json!({ "token": door.demo.platform.agent_key }),
            Way::Recovery | Way::After => json!({ "as": "visitor" }),
        };
        let mut line = Line::open(door, &auth, &mut self.memory).await?;
        count(&world.ledger.counts.connections);
        self.is_joined &= line.is_recovered;
        if line.is_recovered {
            count(&world.ledger.counts.recovered);
        }
        if !self.is_joined {
            timeout(ANSWERED, self.join(&mut line)).await.context("joining is not answered")??;
        }
        tokio::select! {
            ended = self.converse(&mut line) => {
                world.ledger.lost_connection();
                ended
            }
            () = world.closed() => Ok(()),
        }
    }

    async fn join(&mut self, line: &mut Line) -> Result<()> {
        let join = json!({
            "conversation_id": self.conversation,
            "external_id": self.external_id,
            "after": self.heard.len(),
        });
        line.ask(JOIN, "join_conversation", &join).await?;
        loop {
            match line.next(&mut self.memory).await? {
                Incoming::Event { name, payload } => self.hear(&name, &payload),
                Incoming::Ack { answer, .. } if answer["ok"] == true => break,
                Incoming::Ack { answer, .. } => bail!("joining is refused: {answer}"),
            }
        }
        self.is_joined = true;
        Ok(())
    }

    /// Hears and writes until the connection ends, or is good for nothing.
    async fn converse(&mut self, line: &mut Line) -> Result<()> {
        let (mut asked, mut refusals) = (JOIN, 0);
        let mut is_waiting = false;
        let mut next = self.next_time(self.unsent.is_some());
        loop {
            tokio::select! {
                incoming = line.next(&mut self.memory) => match incoming? {
                    Incoming::Event { name, payload } => self.hear(&name, &payload),
                    Incoming::Ack { id, answer } if id == asked => {
                        is_waiting = false;
                        refusals += u32::from(!self.answered(&answer));
                        if refusals == REFUSALS_MAX {
                            bail!("this node cannot write");
                        }
                        next = self.next_time(self.unsent.is_some());
                    }
                    Incoming::Ack { .. } => {}
                },
                () = sleep_until(next) => {
                    if is_waiting {
                        count(&self.world.ledger.counts.tried_again);
                        bail!("the message is not answered");
                    }
                    next = Instant::now() + ANSWERED;
                    if let Some(message) = self.message() {
                        asked += 1;
                        is_waiting = true;
                        line.ask(asked, "send_message", &message).await?;
                    }
                }
            }
        }
    }

    /// When to write: soon, where something could not be sent before.
    fn next_time(&mut self, again: bool) -> Instant {
        let wait = if again { 200..600 } else { 2_000..6_000 };
        Instant::now() + Duration::from_millis(self.chance.random_range(wait))
    }

    /// The message that is on its way, or a new one while clients may write.
    fn message(&mut self) -> Option<Value> {
        if self.unsent.is_none() && self.writes && self.world.is_writing() {
            self.written += 1;
            count(&self.world.ledger.counts.written);
            let text = format!("{} {}", self.who, self.written);
            self.unsent = Some(Unsent { client_message_id: message_id(), text });
        }
        let unsent = self.unsent.as_ref()?;
        Some(json!({
            "conversation_id": self.conversation,
            "external_id": self.external_id,
            "sender_type": if self.way == Way::Agent { "agent" } else { "end_user" },
            "content": unsent.text,
            "content_type": "text",
            "client_message_id": unsent.client_message_id,
        }))
    }

    /// Takes an answer to a message; whether that was accepted.
    fn answered(&mut self, answer: &Value) -> bool {
        let is_accepted = answer["ok"] == true;
        if !is_accepted {
            count(&self.world.ledger.counts.tried_again);
        } else if let Some(unsent) = self.unsent.take() {
            let id = answer["message"]["id"].as_str().unwrap_or_default().to_owned();
            self.world.ledger.acknowledge(&self.conversation, Receipt { id, text: unsent.text });
        }
        is_accepted
    }

    fn hear(&mut self, name: &str, message: &Value) {
        if name != "message_received" {
            return;
        }
        count(&self.world.ledger.counts.heard);
        let (last, seq) = (self.heard.len() as u64, message["seq"].as_u64().unwrap_or_default());
        if seq != last + 1 {
            let why = if seq > last { "a hole" } else { "heard before" };
            self.world.ledger.wrong(format!("{}: {seq} came after {last}: {why}", self.who));
        }
        // What was heard twice is not shown twice, or every later message would be wrong as well.
        if seq > last {
            self.heard.push(message["id"].as_str().unwrap_or_default().to_owned());
            self.world.ledger.has_heard(&self.who, self.heard.len());
        }
    }
}
