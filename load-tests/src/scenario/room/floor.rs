//! The least that a delivery can cost when each is a write of its own: a thread that does nothing but
//! write a prepared frame to one socket after another.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::Step;
use crate::deliveries::{Deliveries, Delivery};
use crate::latency::Latency;
use crate::meter::Meter;
use crate::process::Process;
use crate::protocol::{Heard, Incoming, Protocol};
use crate::scenario::{PATIENCE, TURN};
use crate::swarm::Swarm;
use crate::websocket;

/// The floor's thread and its clients.
pub(super) struct Floor {
    thread: Process,
    orders: SyncSender<Vec<u8>>,
    swarm: Swarm<Listener>,
    members: usize,
    frame_bytes: usize,
    last: u64,
}

/// A client that says nothing and takes whatever comes.
#[derive(Clone)]
struct Listener;

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
    pub(super) fn open(members: usize, frame_bytes: usize) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let mut swarm = Swarm::new(listener.local_addr()?)?;
        let (orders, taken) = sync_channel(1);
        let (tell, told) = sync_channel(1);
        thread::spawn(move || {
            tell.send(Process::own_thread())?;
            serve(&listener, members, &taken)
        });
        let thread = told.recv()?;
        swarm.open(members, &Listener)?;
        Ok(Self { thread, orders, swarm, members, frame_bytes, last: 0 })
    }

    /// Has one message after another written to everybody.
    pub(super) fn write_for(&mut self, time: Duration) -> anyhow::Result<Step> {
        let mut deliveries = Deliveries::after(self.last, self.members);
        let mut complete = Latency::default();
        let mut messages = 0;
        let meter = Meter::start(self.thread)?;
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
        let mut cost = meter.stop()?;
        cost.own_cpu = cost.own_cpu.saturating_sub(cost.cpu);
        deliveries.finish(self.last)?;
        // What was ordered did not go over the network.
        Ok(Step { messages, requests: 0, deliveries: deliveries.total(), complete, cost })
    }
}

/// Lets the clients in, then writes each frame that is ordered to all of them.
fn serve(listener: &TcpListener, members: usize, orders: &Receiver<Vec<u8>>) -> anyhow::Result<()> {
    let mut clients = Vec::new();
    while clients.len() < members {
        clients.push(greet(listener.accept()?.0)?);
    }
    while let Ok(frame) = orders.recv() {
        for client in &mut clients {
            client.write_all(&frame)?;
        }
    }
    Ok(())
}

/// Answers a client's request for a WebSocket.
fn greet(mut client: TcpStream) -> anyhow::Result<TcpStream> {
    client.set_nodelay(true)?;
    let mut request = Vec::new();
    let mut buffer = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") {
        let count = client.read(&mut buffer)?;
        ensure!(count > 0, "a client left");
        request.extend_from_slice(&buffer[..count]);
    }
    client.write_all(websocket::acceptance().as_bytes())?;
    Ok(client)
}

/// A frame of this size: its number, and nothing.
fn frame(seq: u64, bytes: usize) -> Vec<u8> {
    let mut frame = Vec::new();
    websocket::push_unmasked(&mut frame, format!("{seq:<bytes$}").as_bytes());
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
