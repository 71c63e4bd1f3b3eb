//! The least that anything can cost: a thread with one poll that answers requests for a WebSocket, and writes a
//! prepared frame to one socket after another, each with one system call.

mod door;

use std::io::Write as _;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::deliveries::{Deliveries, Delivery};
use crate::latency::Latency;
use crate::meter::{Cost, Meter};
use crate::process::Process;
use crate::protocol::{Heard, Incoming, Protocol};
use crate::scenario::{PATIENCE, TURN};
use crate::swarm::Swarm;
use crate::websocket;

pub(crate) use door::Greeting;
use door::let_in;

/// The floor's thread and its clients.
pub(crate) struct Floor {
    thread: Process,
    orders: SyncSender<Vec<u8>>,
    swarm: Swarm<Listener>,
    members: usize,
    frame_bytes: usize,
    last: u64,
}

/// What came of having messages written.
pub(crate) struct FloorStep {
    pub(crate) messages: u32,
    pub(crate) deliveries: u32,
    /// From ordering a message until everybody had it.
    pub(crate) complete: Latency,
    /// From ordering a message until one of them had it. Only where a pace was kept.
    pub(crate) arrived: Latency,
    pub(crate) cost: Cost,
}

/// A client that asks for a WebSocket, says nothing in it, and takes whatever comes.
#[derive(Debug, Clone)]
pub(crate) struct Listener;

impl Protocol for Listener {
    fn path(&self) -> String {
        "/".to_owned()
    }

    fn hear<'a>(&mut self, text: &'a str) -> anyhow::Result<Heard<'a>> {
        Ok(Heard::Incoming(Incoming::Event(text)))
    }

    fn is_ready(&self) -> bool {
        true
    }

    fn ping_interval(&self) -> Duration {
        Duration::ZERO
    }
}

impl Floor {
    /// Connects so many clients, that will be sent frames of this size.
    pub(crate) fn open(members: usize, frame_bytes: usize) -> anyhow::Result<Self> {
        let listener = door::listen()?;
        let mut swarm = Swarm::new(listener.local_addr()?)?;
        let (orders, taken) = sync_channel(1);
        let (tell, told) = sync_channel(1);
        thread::spawn(move || {
            tell.send(Process::own_thread())?;
            serve(listener, members, &taken)
        });
        let thread = told.recv()?;
        swarm.open(members, &Listener)?;
        Ok(Self { thread, orders, swarm, members, frame_bytes, last: 0 })
    }

    /// Has one message after another written to everybody.
    pub(crate) fn write_for(&mut self, time: Duration) -> anyhow::Result<FloorStep> {
        let mut deliveries = Deliveries::after(self.last, self.members);
        let mut complete = Latency::default();
        let mut messages = 0;
        let meter = Meter::start(&[self.thread])?;
        while meter.elapsed() < time {
            self.last += 1;
            messages += 1;
            let sent_at = Instant::now();
            self.orders.send(frame(self.last, self.frame_bytes)).context("the floor is gone")?;
            let mut everybody = false;
            while !everybody {
                self.swarm.turn(TURN, |member, incoming| {
                    let seq = seq(incoming).context("not what was sent")?;
                    everybody |= deliveries.note(member, seq)? == Delivery::Complete;
                    Ok(())
                })?;
                ensure!(sent_at.elapsed() < PATIENCE, "a message did not reach everybody");
            }
            complete.note(sent_at.elapsed());
        }
        let cost = meter.stop()?;
        deliveries.finish(self.last)?;
        let arrived = Latency::default();
        Ok(FloorStep { messages, deliveries: deliveries.total(), complete, arrived, cost })
    }

    /// Has so many messages a second written to everybody, however long they take.
    pub(crate) fn pace(&mut self, per_second: u32, time: Duration) -> anyhow::Result<FloorStep> {
        let (first, mut messages) = (self.last, 0);
        let mut deliveries = Deliveries::after(first, self.members);
        let (mut complete, mut arrived) = (Latency::default(), Latency::default());
        let mut sent_at = Vec::new();
        let mut landed = 0;
        let meter = Meter::start(&[self.thread])?;
        while meter.elapsed() < time || landed < messages {
            let due = Duration::from_secs(1) * messages / per_second;
            let now = meter.elapsed();
            if due <= now && now < time {
                self.last += 1;
                messages += 1;
                sent_at.push(Instant::now());
                self.orders
                    .send(frame(self.last, self.frame_bytes))
                    .context("the floor is gone")?;
            }
            ensure!(now < time + PATIENCE, "not every message reached everybody");
            let wait = if now < time { due.saturating_sub(now).min(TURN) } else { TURN };
            self.swarm.turn(wait, |member, incoming| {
                let seq = seq(incoming).context("not what was sent")?;
                let age = sent_at[usize::try_from(seq - first - 1)?].elapsed();
                arrived.note(age);
                if deliveries.note(member, seq)? == Delivery::Complete {
                    complete.note(age);
                    landed += 1;
                }
                Ok(())
            })?;
        }
        let cost = meter.stop()?;
        deliveries.finish(self.last)?;
        Ok(FloorStep { messages, deliveries: deliveries.total(), complete, arrived, cost })
    }
}

/// Lets the clients in, then writes each frame that is ordered to all of them.
fn serve(
    listener: mio::net::TcpListener,
    members: usize,
    orders: &Receiver<Vec<u8>>,
) -> anyhow::Result<()> {
    let mut clients = let_in(listener, members, &Greeting::new(&[]))?;
    while let Ok(frame) = orders.recv() {
        for client in &mut clients {
            client.write_all(&frame)?;
        }
    }
    Ok(())
}

/// A frame of this size: its number, and nothing.
fn frame(seq: u64, bytes: usize) -> Vec<u8> {
    let mut text = seq.to_string().into_bytes();
    text.resize(text.len().max(bytes), b' ');
    let mut frame = Vec::new();
    websocket::push_unmasked(&mut frame, &text);
    frame
}

fn seq(incoming: Incoming<'_>) -> Option<u64> {
    let Incoming::Event(text) = incoming else { return None };
    text.trim_end().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_has_the_size_and_the_seq_that_were_asked_for() {
        let bytes = frame(12, 500);
        let (frame, taken) = websocket::next(&bytes).unwrap().unwrap();
        assert_eq!((taken, frame.payload.len()), (bytes.len(), 500));
        let text = std::str::from_utf8(frame.payload).unwrap();
        assert_eq!(seq(Incoming::Event(text)), Some(12));
    }
}
