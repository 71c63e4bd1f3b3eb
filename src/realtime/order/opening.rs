//! Coming to hear something without missing or repeating any of it.
//!
//! Who comes cannot look and join in one moment. So first an [`Opening`] is made, and what the room is to be
//! told waits if nobody was in it before; then they join; then they read how far the log is; and then
//! [`Opening::at`] says so. What was committed before that they know, what comes after they hear.

use std::sync::Arc;

use super::{Order, Part, Telling};
use crate::domain::{OrganizationId, Position};

/// Someone is about to hear a part of an organization's log. Dropped, they do not.
#[must_use = "events wait for whoever is about to hear them"]
pub(in crate::realtime) struct Opening {
    order: Arc<Order>,
    organization: OrganizationId,
    part: Part,
    is_done: bool,
}

impl Order {
    /// Someone is about to hear a part.
    pub(in crate::realtime) fn open(
        self: &Arc<Self>,
        organization: OrganizationId,
        part: Part,
    ) -> Opening {
        self.with_line(organization, |line| line.opening(part));
        if let Part::Conversation(id) = part {
            self.owners.lock().insert(id, organization);
        }
        Opening { order: Arc::clone(self), organization, part, is_done: false }
    }
}

impl Opening {
    /// They are in the room, and know everything up to `position`.
    pub(in crate::realtime) fn at(mut self, position: Position) {
        self.is_done = true;
        let Self { order, organization, part, .. } = &self;
        order.with_line(*organization, |line| {
            let deliver = &mut |telling: &Telling, hearers| (order.deliver)(telling, hearers);
            line.opened(*part, position, deliver);
        });
    }
}

impl Drop for Opening {
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let Self { order, organization, part, .. } = &*self;
        order.with_line(*organization, |line| {
            let deliver = &mut |telling: &Telling, hearers| (order.deliver)(telling, hearers);
            line.abandoned(*part, deliver);
        });
        order.tidy(*organization, *part);
    }
}
