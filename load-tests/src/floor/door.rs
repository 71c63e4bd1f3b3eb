//! How the floor lets clients in: with prepared bytes for whatever one says, and one poll for all of them.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::mpsc::sync_channel;
use std::thread;

use anyhow::ensure;
use mio::{Events, Interest, Poll, Token};

use crate::meter::{Cost, Meter};
use crate::process::Process;
use crate::protocol::Protocol;
use crate::swarm::Swarm;
use crate::websocket;

/// What a client says at once is shorter.
const SAID_BYTES_MAX: usize = 1024;
/// The token of the listening socket; those of clients count from 0.
const LISTENER: Token = Token(usize::MAX);

/// What every client is told: one piece for each thing that it says, of which the first is its request.
#[derive(Debug, Clone)]
pub(crate) struct Greeting(Vec<Vec<u8>>);

/// A client on its way in.
struct Guest {
    stream: mio::net::TcpStream,
    /// How much of the greeting it has had.
    told: usize,
}

impl Greeting {
    /// The answer to a request for a WebSocket, with the first of these texts behind it in the same write; then a text for
    /// each that a client sends.
    pub(crate) fn new(texts: &[&str]) -> Self {
        let mut pieces = vec![websocket::acceptance().into_bytes()];
        if let Some((first, others)) = texts.split_first() {
            websocket::push_unmasked(&mut pieces[0], first.as_bytes());
            pieces.extend(others.iter().map(|text| {
                let mut piece = Vec::new();
                websocket::push_unmasked(&mut piece, text.as_bytes());
                piece
            }));
        }
        Self(pieces)
    }

    /// Lets so many clients like this one in, and gives what that cost the thread that did.
    pub(crate) fn cost(self, count: usize, client: &impl Protocol) -> anyhow::Result<Cost> {
        let listener = listen()?;
        let mut swarm = Swarm::new(listener.local_addr()?)?;
        let (tell, told) = sync_channel(1);
        // It is there for as long as anybody wants to know what it cost.
        let (leave, stay) = sync_channel::<()>(0);
        thread::spawn(move || {
            tell.send(Process::own_thread())?;
            let guests = let_in(listener, count, &self)?;
            let _ = stay.recv();
            drop(guests);
            anyhow::Ok(())
        });
        let meter = Meter::start(&[told.recv()?])?;
        swarm.open(count, client)?;
        let cost = meter.stop()?;
        drop(leave);
        Ok(cost.of_own_thread())
    }
}

/// Where a floor lets its clients in.
pub(super) fn listen() -> anyhow::Result<mio::net::TcpListener> {
    Ok(mio::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?)
}

/// Greets so many clients.
pub(super) fn let_in(
    mut listener: mio::net::TcpListener,
    count: usize,
    greeting: &Greeting,
) -> anyhow::Result<Vec<TcpStream>> {
    let mut poll = Poll::new()?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    let mut events = Events::with_capacity(1024);
    let mut guests: Vec<Guest> = Vec::with_capacity(count);
    let mut greeted = 0;
    while greeted < count {
        poll.poll(&mut events, None)?;
        for event in &events {
            if event.token() != LISTENER {
                greeted += usize::from(guests[event.token().0].greet(greeting)?);
                continue;
            }
            while let Some(mut stream) = accept(&listener)? {
                stream.set_nodelay(true)?;
                poll.registry().register(&mut stream, Token(guests.len()), Interest::READABLE)?;
                guests.push(Guest { stream, told: 0 });
            }
        }
    }
    guests.into_iter().map(Guest::into_blocking).collect()
}

fn accept(listener: &mio::net::TcpListener) -> anyhow::Result<Option<mio::net::TcpStream>> {
    match listener.accept() {
        Ok((client, _)) => Ok(Some(client)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Guest {
    /// Answers what the client said, which comes in one piece on this machine; tells whether that was the last.
    fn greet(&mut self, greeting: &Greeting) -> anyhow::Result<bool> {
        let mut said = [0; SAID_BYTES_MAX];
        let count = match self.stream.read(&mut said) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            read => read?,
        };
        ensure!(count > 0, "a client left before it was greeted");
        ensure!(self.told > 0 || said[..count].ends_with(b"\r\n\r\n"), "not a whole request");
        let Some(piece) = greeting.0.get(self.told) else { return Ok(false) };
        self.stream.write_all(piece)?;
        self.told += 1;
        Ok(self.told == greeting.0.len())
    }

    fn into_blocking(self) -> anyhow::Result<TcpStream> {
        let stream = TcpStream::from(self.stream);
        stream.set_nonblocking(false)?;
        Ok(stream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::socketio::SocketIo;

    #[test]
    fn a_client_is_told_its_texts_one_by_one_and_the_first_with_the_answer() {
        let greeting = Greeting::new(&[r#"0{"pingInterval":25000}"#, r#"40{"sid":"a"}"#]);
        assert_eq!(greeting.0.len(), 2);
        assert!(greeting.0[0].starts_with(b"HTTP/1.1 101"));
        assert!(greeting.0[0].ends_with(b"25000}"));
        greeting.cost(3, &SocketIo::visitor()).unwrap();
    }
}
