//! Many clients on one thread: one poll, one read buffer, one system call for each read.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mio::{Events, Interest, Poll, Token};

use crate::protocol::{Incoming, Protocol};
use crate::socket::Socket;

/// Large enough for all that waits in a socket when the server is quick.
const SCRATCH_BYTES: usize = 256 * 1024;
/// Handshakes at a time: enough to keep a server busy, fewer than any backlog.
const OPENING_MAX: usize = 128;
/// A server that does not get on with opening connections for so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which client of a swarm.
pub(crate) type Member = usize;

/// Clients of one server.
#[derive(Debug)]
pub(crate) struct Swarm<P> {
    address: SocketAddr,
    poll: Poll,
    events: Events,
    sockets: Vec<Socket<P>>,
    scratch: Box<[u8]>,
}

impl<P: Protocol> Swarm<P> {
    pub(crate) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            address,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            sockets: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
        })
    }

    /// Opens so many more connections, that each begin as this one, and returns when all of them are
    /// ready.
    pub(crate) fn open(&mut self, count: usize, client: &P) -> anyhow::Result<Range<Member>> {
        let first = self.sockets.len();
        let all = first..first + count;
        let mut ready = first;
        let mut got_on = Instant::now();
        while ready < all.end {
            while self.sockets.len() < all.end && self.sockets.len() - ready < OPENING_MAX {
                self.add(client)?;
            }
            self.turn(Duration::from_millis(100), |_, _| Ok(()))?;
            let now_ready =
                ready + self.sockets[ready..].iter().take_while(|it| it.is_ready()).count();
            if now_ready > ready {
                got_on = Instant::now();
            } else if got_on.elapsed() > PATIENCE {
                bail!("only {} of {count} connections could be opened", ready - first);
            }
            ready = now_ready;
        }
        Ok(all)
    }

    fn add(&mut self, client: &P) -> anyhow::Result<()> {
        let socket = Socket::connect(self.address, client.clone());
        let mut socket = socket.context("cannot open a socket")?;
        let token = Token(self.sockets.len());
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket.stream(), token, interest)?;
        self.sockets.push(socket);
        Ok(())
    }

    /// After how much silence the server asks whether a client is there.
    pub(crate) fn ping_interval(&self) -> Duration {
        self.sockets.last().map_or(Duration::ZERO, |socket| socket.protocol().ping_interval())
    }

    /// Sends a text.
    pub(crate) fn send(&mut self, member: Member, text: &str) -> anyhow::Result<()> {
        self.sockets[member].send(text)
    }

    /// Waits at most this long, and hands over all that has come.
    pub(crate) fn turn(
        &mut self,
        wait: Duration,
        mut hear: impl FnMut(Member, Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        match self.poll.poll(&mut self.events, Some(wait)) {
            Err(error) if error.kind() == ErrorKind::Interrupted => return Ok(()),
            polled => polled?,
        }
        for event in &self.events {
            let member = event.token().0;
            let socket = &mut self.sockets[member];
            let mut serve = || {
                if event.is_writable() {
                    socket.flush()?;
                }
                if event.is_readable() {
                    socket.read(&mut self.scratch, |incoming| hear(member, incoming))?;
                }
                anyhow::Ok(())
            };
            serve().with_context(|| format!("client {member}"))?;
        }
        Ok(())
    }

    /// Lets this much time pass, answering pings. The clients are idle: whatever comes is dropped.
    pub(crate) fn idle(&mut self, time: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            self.turn(left, |_, _| Ok(()))?;
        }
        Ok(())
    }
}
