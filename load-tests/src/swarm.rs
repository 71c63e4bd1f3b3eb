//! Many clients on one thread: one poll, one read buffer, one system call for each read.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use mio::{Events, Interest, Poll, Token};
use switchboard_protocol::socketio::{ROOT, encode_event};

use crate::socket::{Incoming, Socket};

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
pub(crate) struct Swarm {
    address: SocketAddr,
    poll: Poll,
    events: Events,
    sockets: Vec<Socket>,
    scratch: Box<[u8]>,
}

impl Swarm {
    pub(crate) fn new(address: SocketAddr) -> anyhow::Result<Self> {
        Ok(Self {
            address,
            poll: Poll::new()?,
            events: Events::with_capacity(1024),
            sockets: Vec::new(),
            scratch: vec![0; SCRATCH_BYTES].into_boxed_slice(),
        })
    }

    /// Opens so many more connections, and returns when all of them are in the main namespace.
    pub(crate) fn open(
        &mut self,
        count: usize,
        auth: Option<&str>,
    ) -> anyhow::Result<Range<Member>> {
        let first = self.sockets.len();
        let all = first..first + count;
        let mut ready = first;
        let mut got_on = Instant::now();
        while ready < all.end {
            while self.sockets.len() < all.end && self.sockets.len() - ready < OPENING_MAX {
                self.add(auth)?;
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

    fn add(&mut self, auth: Option<&str>) -> anyhow::Result<()> {
        let mut socket = Socket::connect(self.address, auth).context("cannot open a socket")?;
        let token = Token(self.sockets.len());
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket.stream(), token, interest)?;
        self.sockets.push(socket);
        Ok(())
    }

    /// The time between two pings, as the server announced it.
    pub(crate) fn ping_interval(&self) -> Duration {
        self.sockets.last().map_or(Duration::ZERO, Socket::ping_interval)
    }

    /// Sends an event, and asks for an answer under `id` if there is one.
    pub(crate) fn emit(
        &mut self,
        member: Member,
        name: &str,
        payload: &str,
        id: Option<u64>,
    ) -> anyhow::Result<()> {
        let mut text = String::new();
        encode_event(&mut text, ROOT, id, name, &[payload], None);
        self.sockets[member].send(&text).with_context(|| format!("client {member}"))
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
