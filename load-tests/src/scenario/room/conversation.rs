//! A conversation of the hub, with everybody in it.

use std::time::Duration;

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::Step;
use super::flights::Flights;
use crate::chat::{AgentWriter, Visitor, check, delivered_seq, receipt};
use crate::deliveries::{Deliveries, Delivery};
use crate::latency::Latency;
use crate::meter::Meter;
use crate::process::Process;
use crate::protocol::Incoming;
use crate::scenario::{PATIENCE, TURN, ask_all};
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};
use crate::target::Target;

/// The visitor; the agents follow.
const VISITOR: Member = 0;

/// A room, and the `seq` of the last message in it.
pub(super) struct Conversation {
    process: Process,
    swarm: Swarm<SocketIo>,
    writer: AgentWriter,
    members: usize,
    last: u64,
    frame_bytes: usize,
}

impl Conversation {
    /// Lets a visitor begin a conversation, and this many agents join it.
    pub(super) fn open(target: &Target, agents: usize) -> anyhow::Result<Self> {
        let keys = &target.demo()?.platform;
        let mut swarm = Swarm::new(target.address)?;
        let visitor = swarm.open(1, &SocketIo::visitor())?;
        let first = Visitor::new(0).message(&keys.embed_token, 0);
        let mut begun = None;
        let note = |_: Member, answer: &str| {
            begun = Some(receipt(answer)?);
            Ok(())
        };
        ask_all(&mut swarm, visitor, "send_message", |_| first.clone(), note)?;
        let begun = begun.context("no conversation was begun")?;
        let all = swarm.open(agents, &SocketIo::agent(&keys.agent_key))?;
        let join = json!({"conversation_id": begun.conversation_id}).to_string();
        ask_all(&mut swarm, all, "join_conversation", |_| join.clone(), |_, it| check(it))?;
        Ok(Self {
            process: target.process,
            swarm,
            writer: AgentWriter::new(&begun.conversation_id),
            members: agents + 1,
            last: begun.seq,
            frame_bytes: 0,
        })
    }

    /// How long the last frame with an event was.
    pub(super) const fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// Lets the first of the agents write, each with so many messages on their way, and waits until
    /// everybody has everything.
    pub(super) fn write_for(
        &mut self,
        writers: usize,
        each: usize,
        time: Duration,
    ) -> anyhow::Result<Step> {
        let first = VISITOR + 1;
        let mut deliveries = Deliveries::after(self.last, self.members);
        let mut flights = Flights::new(writers);
        let mut complete = Latency::default();
        let mut messages = 0;
        let meter = Meter::start(self.process)?;
        loop {
            let elapsed = meter.elapsed();
            for writer in (0..writers).filter(|_| elapsed < time) {
                while flights.open(writer) < each {
                    self.write(first + writer)?;
                    flights.sent(writer);
                    messages += 1;
                }
            }
            if flights.is_empty() {
                break;
            }
            ensure!(elapsed < time + PATIENCE, "not every message reached everybody");
            let frame_bytes = &mut self.frame_bytes;
            self.swarm.turn(TURN, |member, incoming| {
                if let Some(seq) = delivered_seq(incoming)
                    && deliveries.note(member, seq)? == Delivery::Complete
                {
                    complete.extend(flights.completed(seq));
                }
                match incoming {
                    Incoming::Event(event) => *frame_bytes = "42".len() + event.len(),
                    Incoming::Ack(_, answer) => {
                        complete.extend(flights.acked(member - first, receipt(answer)?.seq)?);
                    }
                }
                Ok(())
            })?;
        }
        let cost = meter.stop()?;
        deliveries.finish(self.last)?;
        Ok(Step { messages, requests: messages, deliveries: deliveries.total(), complete, cost })
    }

    fn write(&mut self, member: Member) -> anyhow::Result<()> {
        self.last += 1;
        let message = self.writer.message(self.last);
        self.swarm.emit(member, "send_message", &message, Some(self.last))
    }
}
