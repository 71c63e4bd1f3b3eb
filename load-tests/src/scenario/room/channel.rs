//! A Pusher channel: everybody is subscribed to it, and programs publish on it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};

use super::Step;
use crate::deliveries::{Deliveries, Delivery};
use crate::latency::Latency;
use crate::meter::Meter;
use crate::protocol::Incoming;
use crate::publisher::Publisher;
use crate::pusher::Pusher;
use crate::scenario::{PATIENCE, TURN};
use crate::swarm::Swarm;
use crate::target::Target;

const NAME: &str = "load";
/// Bytes of an event's data.
pub(super) const DATA_BYTES: usize = 200;

/// A channel and its subscribers.
pub(super) struct Channel<'a> {
    target: &'a Target,
    swarm: Swarm<Pusher>,
    members: usize,
    frame_bytes: usize,
}

/// A program that publishes, and has its own count of what it did.
struct Writer {
    publisher: Publisher,
    /// The `seq` of its last event.
    last: u64,
    sent_at: Instant,
    /// How many of its events have not reached everybody.
    open: usize,
    /// Whether it still owes an answer.
    asked: bool,
}

impl<'a> Channel<'a> {
    /// Subscribes so many members.
    pub(super) fn open(target: &'a Target, members: usize) -> anyhow::Result<Self> {
        let mut swarm = Swarm::new(target.address)?;
        swarm.open(members, &Pusher::subscriber(&target.app, NAME))?;
        Ok(Self { target, swarm, members, frame_bytes: 0 })
    }

    /// How long the last frame with an event was.
    pub(super) const fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// Lets so many writers publish, each so many events with one request, and waits until everybody
    /// has everything.
    pub(super) fn write_for(
        &mut self,
        writers: usize,
        each: usize,
        time: Duration,
    ) -> anyhow::Result<Step> {
        let (address, app) = (self.target.address, &self.target.app);
        let writer = |_| Publisher::connect(address, app).map(Writer::new);
        let mut writers: Vec<_> = (0..writers).map(writer).collect::<Result<_, _>>()?;
        let mut heard: Vec<_> =
            writers.iter().map(|_| Deliveries::after(0, self.members)).collect();
        let mut complete = Latency::default();
        let (mut messages, mut requests) = (0, 0);
        let meter = Meter::start(&[self.target.process])?;
        loop {
            let elapsed = meter.elapsed();
            for (number, writer) in writers.iter_mut().enumerate().filter(|(_, it)| it.open == 0) {
                writer.finish()?;
                if elapsed < time {
                    writer.publish(number, each)?;
                    messages += u32::try_from(each)?;
                    requests += 1;
                }
            }
            if writers.iter().all(|writer| writer.open == 0) {
                break;
            }
            ensure!(elapsed < time + PATIENCE, "not every event reached everybody");
            let frame_bytes = &mut self.frame_bytes;
            self.swarm.turn(TURN, |member, incoming| {
                let (number, seq) = origin(incoming).context("not what was published")?;
                let heard = heard.get_mut(number).context("nobody has published this")?;
                if heard.note(member, seq)? == Delivery::Complete {
                    complete.note(writers[number].arrived());
                }
                if let Incoming::Event(frame) = incoming {
                    *frame_bytes = frame.len();
                }
                Ok(())
            })?;
        }
        let cost = meter.stop()?;
        let mut deliveries = 0;
        for (heard, writer) in heard.iter().zip(&writers) {
            heard.finish(writer.last)?;
            deliveries += heard.total();
        }
        Ok(Step { messages, requests, deliveries, complete, cost })
    }
}

impl Writer {
    fn new(publisher: Publisher) -> Self {
        Self { publisher, last: 0, sent_at: Instant::now(), open: 0, asked: false }
    }

    /// Publishes so many events as writer `number`.
    fn publish(&mut self, number: usize, count: usize) -> anyhow::Result<()> {
        let first = self.last + 1;
        self.last += u64::try_from(count)?;
        let events: Vec<_> = (first..=self.last).map(|seq| event(number, seq)).collect();
        self.open = count;
        self.asked = true;
        self.sent_at = Instant::now();
        self.publisher.send(&events)
    }

    /// Takes the answer, if one is owed: what everybody has is published for sure.
    fn finish(&mut self) -> anyhow::Result<()> {
        if self.asked {
            self.publisher.finish()?;
        }
        self.asked = false;
        Ok(())
    }

    /// Everybody has the oldest event that was on its way. Gives the time that took.
    fn arrived(&mut self) -> Duration {
        self.open -= 1;
        self.sent_at.elapsed()
    }
}

/// The event `seq` of writer `number`.
fn event(number: usize, seq: u64) -> Value {
    let data = |text: &str| format!(r#"{{"writer":{number},"seq":{seq},"text":"{text}"}}"#);
    let text = "x".repeat(DATA_BYTES.saturating_sub(data("").len()));
    json!({"name": NAME, "channel": NAME, "data": data(&text)})
}

/// Who published what came, and its `seq`.
///
/// Looked for, not parsed: this is done a million times a second.
fn origin(incoming: Incoming<'_>) -> Option<(usize, u64)> {
    let Incoming::Event(frame) = incoming else { return None };
    let (_, rest) = frame.split_once(r#"{\"writer\":"#)?;
    let (number, rest) = rest.split_once(r#",\"seq\":"#)?;
    let (seq, _) = rest.split_once(',')?;
    Some((number.parse().ok()?, seq.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use switchboard_protocol::pusher::server_frame;

    use super::*;

    #[test]
    fn a_delivery_says_who_published_it_and_as_which() {
        let event = event(3, 42);
        let data = event["data"].as_str().unwrap();
        assert_eq!(data.len(), DATA_BYTES);
        let frame = server_frame::event(NAME, NAME, data, None);
        assert_eq!(origin(Incoming::Event(&frame)), Some((3, 42)));
        assert_eq!(origin(Incoming::Event("{}")), None);
    }
}
