//! One connection's packets: messages go up, pongs are signs of life.

use std::sync::Arc;

use switchboard_protocol::engineio::Packet;

use super::Messages;
use crate::realtime::close::Close;
use crate::realtime::connection::{Inbound, Session};
use crate::realtime::line::Line;

/// The Engine.IO session of a connection, whichever transport carries it.
#[derive(Debug)]
pub(super) struct EngineSession<M> {
    pub(super) messages: M,
    pub(super) line: Arc<Line>,
}

impl<M: Messages> Session for EngineSession<M> {
    async fn receive(&mut self, inbound: Inbound) -> Result<(), Close> {
        let text = match inbound {
            Inbound::Text(text) => text,
            Inbound::Binary(bytes) => return self.messages.binary(bytes).await,
        };
        match Packet::decode(&text).map_err(|_| Close::ParseError)? {
            Packet::Message(message) => self.messages.text(message).await,
            Packet::Binary(bytes) => self.messages.binary(bytes).await,
            Packet::Pong(_) => {
                self.line.pulse.answer();
                Ok(())
            }
            Packet::Close => Err(Close::PeerLeft),
            // Harmless from a client that was slow to notice that its upgrade is over.
            Packet::Noop | Packet::Upgrade => Ok(()),
            // In protocol 4 it is the server that pings and opens.
            Packet::Ping(_) | Packet::Open(_) => Err(Close::ParseError),
        }
    }

    fn owes(&self) -> bool {
        self.messages.owes()
    }

    async fn settle(&mut self) {
        self.messages.settle().await;
    }
}
