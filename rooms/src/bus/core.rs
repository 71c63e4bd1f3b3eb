//! What the handles and the two tasks of a bus share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::address::Address;
use super::backlog::Backlog;
use super::commands::Commands;
use super::envelope::{Envelope, Kind};
use super::link::Link;
use super::names::Names;
use super::once::Once;
use super::pulse::Pulse;
use super::status::{Health, Status};
use super::wanted::Wanted;
use super::{BusError, BusOptions, Hearing};

pub(super) struct Core {
    pub(super) names: Names,
    pub(super) address: Address,
    pub(super) hearing: Arc<dyn Hearing>,
    pub(super) backlog: Backlog,
    pub(super) wanted: Wanted,
    pub(super) pulse: Pulse,
    pub(super) status: Status,
    /// The ear has come to stand: the mouth is to say so.
    pub(super) stood: Notify,
    /// Another node asks for a beat.
    pub(super) called: Notify,
    once: Mutex<Once>,
    /// The mouth's connection, while it has one, and the one for commands.
    links: Mutex<Option<(Link, Commands)>>,
}

impl Core {
    pub(super) fn new(options: &BusOptions, hearing: Arc<dyn Hearing>) -> Result<Self, BusError> {
        Ok(Self {
            names: Names::new(&options.prefix, options.node),
            address: Address::new(options)?,
            hearing,
            backlog: Backlog::new(options.node, options.queue_bytes_max),
            wanted: Wanted::default(),
            pulse: Pulse::new(),
            status: Status::new(),
            stood: Notify::new(),
            called: Notify::new(),
            once: Mutex::default(),
            links: Mutex::new(None),
        })
    }

    /// The mouth's connection.
    pub(super) fn link(&self) -> Result<Link, BusError> {
        self.links.lock().as_ref().map(|(link, _)| link.clone()).ok_or(BusError::Away)
    }

    /// The connection for commands.
    pub(super) fn commands(&self) -> Result<Commands, BusError> {
        self.links.lock().as_ref().map(|(_, commands)| commands.clone()).ok_or(BusError::Away)
    }

    pub(super) fn connected(&self, link: Link, commands: Commands) {
        *self.links.lock() = Some((link, commands));
        self.status.set_mouth(true);
    }

    pub(super) fn disconnected(&self) {
        *self.links.lock() = None;
        self.status.set_mouth(false);
    }

    /// Something this node says of itself.
    pub(super) fn sign(&self, kind: Kind, number: u64, body: Bytes) -> Bytes {
        Envelope { kind, node: self.names.node, number, body }.encode()
    }

    /// Whether a publication is heard for the first time.
    pub(super) fn is_new(&self, slot: u16, envelope: &Envelope) -> bool {
        let new = self.once.lock().is_new(envelope.node, slot, envelope.number);
        self.status.count_heard(new);
        new
    }

    pub(super) fn is_new_drop(&self, envelope: &Envelope) -> bool {
        self.once.lock().is_new_drop(envelope.node, envelope.number)
    }

    pub(super) fn health(&self) -> Health {
        let (up, since, trouble) = self.status.now();
        let backlog = self.backlog.figures();
        Health {
            up,
            since,
            trouble,
            round_trip: self.pulse.round_trip(),
            nodes: self.pulse.others(),
            subscriptions: self.wanted.count(),
            queued: backlog.queued,
            queued_bytes: backlog.queued_bytes,
            published: backlog.published,
            dropped: backlog.dropped,
            heard: self.status.heard.load(Ordering::Relaxed),
            repeated: self.status.repeated.load(Ordering::Relaxed),
        }
    }
}
