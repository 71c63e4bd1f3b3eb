//! One stop on a postman's round.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Wake;

use super::wire::Load;
use super::{Postman, Wire};
use crate::realtime::frame::Outbound;

/// A queue whose frames are written on a wire by a postman, for as long as this is kept.
#[derive(Debug)]
#[must_use = "nothing is written once it is dropped"]
pub struct Letterbox(Arc<Stop>);

/// What the queue wakes, and the postman goes to.
#[derive(Debug)]
pub(super) struct Stop {
    outbound: Arc<Outbound>,
    wire: Arc<Wire>,
    postman: Arc<Postman>,
    /// It is on the postman's list.
    is_due: AtomicBool,
}

impl Letterbox {
    /// From now on the postman writes what waits in the queue, beginning with what does already.
    pub fn new(outbound: &Arc<Outbound>, wire: &Arc<Wire>, postman: &Arc<Postman>) -> Self {
        let stop = Arc::new(Stop {
            outbound: Arc::clone(outbound),
            wire: Arc::clone(wire),
            postman: Arc::clone(postman),
            is_due: AtomicBool::new(false),
        });
        wire.set_served(true);
        outbound.call(Some(Arc::clone(&stop).into()));
        Self(stop)
    }
}

impl Drop for Letterbox {
    fn drop(&mut self) {
        // The queue knows the stop, and the stop the queue: nobody else would part them.
        self.0.outbound.call(None);
        self.0.wire.set_served(false);
    }
}

impl Stop {
    /// Whether nobody is busy with its queue or its wire.
    pub(super) fn is_quiet(&self) -> bool {
        !(self.wire.is_busy() | self.outbound.is_busy())
    }

    /// Takes what waits.
    pub(super) fn take(&self) -> Option<Load<'_>> {
        // Before anything is taken: what comes after that needs another visit.
        self.is_due.store(false, Ordering::Release);
        self.wire.take(&self.outbound)
    }
}

impl Wake for Stop {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_due.swap(true, Ordering::AcqRel) {
            self.postman.visit(Arc::clone(self));
        }
    }
}
