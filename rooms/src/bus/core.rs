//! What the handles and the two tasks of a bus share.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::backlog::Backlog;
use super::envelope::{Envelope, Kind};
use super::link::{Address, Link};
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
    once: Mutex<Once>,
    /// The mouth's connection, while it has one.
    link: Mutex<Option<Link>>,
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
            once: Mutex::default(),
            link: Mutex::new(None),
        })
    }

    /// The mouth's connection, for commands.
    pub(super) fn linked(&self) -> Result<Link, BusError> {
        self.link.lock().clone().ok_or(BusError::Away)
    }

    pub(super) fn link(&self, link: Link) {
        *self.link.lock() = Some(link);
        self.status.set_mouth(true);
    }

    pub(super) fn unlink(&self) {
        *self.link.lock() = None;
        self.status.set_mouth(false);
    }

    /// Something this node says of itself.
    pub(super) fn sign(&self, kind: Kind, number: u64, body: Bytes) -> Bytes {
        Envelope { kind, node: self.names.node, number, body }.encode()
    }

    pub(super) fn is_new(&self, envelope: &Envelope) -> bool {
        let new = self.once.lock().is_new(envelope.node, 0, envelope.number);
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
