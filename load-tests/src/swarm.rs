//! Many clients on one thread: one poll, one read buffer, one system call for each read.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::process::id;
use std::sync::atomic::{AtomicU32, Ordering};
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

/// Connections that begin at one address: fewer than the ports that a system gives to one by itself.
const CONNECTIONS_PER_ADDRESS: u32 = 10_000;
/// How many connections were opened by all swarms. A port stays taken for a minute after its connection has
/// ended, so none is used twice, neither by this run nor by the one before it.
static OPENED: AtomicU32 = AtomicU32::new(0);

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
        self.open_at(self.address, count, client)
    }

    /// The same at another node of the server.
    pub(crate) fn open_at(
        &mut self,
        address: SocketAddr,
        count: usize,
        client: &P,
    ) -> anyhow::Result<Range<Member>> {
        self.open_with(address, count, |_| client.clone(), OPENING_MAX, |_, _| Ok(()))
    }

    /// Opens one connection for each of these clients.
    pub(crate) fn open_each(&mut self, clients: &[P]) -> anyhow::Result<Range<Member>> {
        let client = |place: usize| clients[place].clone();
        self.open_with(self.address, clients.len(), client, OPENING_MAX, |_, _| Ok(()))
    }

    /// Opens one connection for each of these clients at once, however many they are, and hands over what
    /// comes meanwhile to those who are ready.
    pub(crate) fn open_at_once(
        &mut self,
        clients: &[P],
        hear: impl FnMut(Member, Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Range<Member>> {
        let client = |place: usize| clients[place].clone();
        self.open_with(self.address, clients.len(), client, usize::MAX, hear)
    }

    fn open_with(
        &mut self,
        address: SocketAddr,
        count: usize,
        client: impl Fn(usize) -> P,
        at_once: usize,
        mut hear: impl FnMut(Member, Incoming<'_>) -> anyhow::Result<()>,
    ) -> anyhow::Result<Range<Member>> {
        let first = self.sockets.len();
        let all = first..first + count;
        let mut ready = first;
        let mut got_on = Instant::now();
        while ready < all.end {
            while self.sockets.len() < all.end && self.sockets.len() - ready < at_once {
                self.add(address, client(self.sockets.len() - first))?;
            }
            self.turn(Duration::from_millis(100), &mut hear)?;
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

    fn add(&mut self, address: SocketAddr, client: P) -> anyhow::Result<()> {
        let socket =
            Socket::connect(address, source(id(), OPENED.fetch_add(1, Ordering::Relaxed)), client);
        let mut socket = socket.context("cannot open a socket")?;
        let token = Token(self.sockets.len());
        let interest = Interest::READABLE | Interest::WRITABLE;
        self.poll.registry().register(socket.stream(), token, interest)?;
        self.sockets.push(socket);
        Ok(())
    }

    /// How many clients there are.
    pub(crate) const fn len(&self) -> usize {
        self.sockets.len()
    }

    /// What a client has come to know.
    pub(crate) fn client(&self, member: Member) -> &P {
        self.sockets[member].protocol()
    }

    /// Reads nothing that comes for this client, for good; its connection stays.
    pub(crate) fn deafen(&mut self, member: Member) -> anyhow::Result<()> {
        Ok(self.poll.registry().deregister(self.sockets[member].stream())?)
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

/// Where a connection to a server on this machine begins, after so many others of this run.
fn source(run: u32, opened: u32) -> Ipv4Addr {
    let [_, _, high, low] = run.to_be_bytes();
    let place = u8::try_from(opened / CONNECTIONS_PER_ADDRESS + 1).unwrap_or(u8::MAX);
    Ipv4Addr::new(127, high, low, place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_has_more_connections_than_ports() {
        let sources = [0, 9_999, 10_000, 2_530_000].map(|opened| source(258, opened).to_string());
        assert_eq!(sources, ["127.1.2.1", "127.1.2.1", "127.1.2.2", "127.1.2.254"]);
    }

    #[test]
    fn a_run_uses_no_address_of_the_one_before_it() {
        assert_ne!(source(7, 0), source(8, 0));
    }
}
