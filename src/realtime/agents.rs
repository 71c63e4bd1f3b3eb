//! Which agents of each organization are there, on any node, and who is told of it.

use std::sync::Arc;

use parking_lot::Mutex;
use switchboard_rooms::presence::{Audience, Changes};
use switchboard_rooms::{Leaving, Presence};

use super::hub::Rooms;
use super::membership::Membership;
use super::telling;
use crate::domain::{AgentActor, Event, OrganizationId, UserId};
use crate::service::Announcement;

/// The agents who are there. Each node tells its own clients, when it learns of a change.
pub(super) struct Agents {
    pub(super) presence: Arc<Presence<OrganizationId, UserId>>,
    rooms: Arc<Rooms>,
    /// Held while something changes and is told, so that it is told in the order in which it changed.
    order: Mutex<()>,
}

impl Agents {
    pub(super) fn new(rooms: Arc<Rooms>, membership: Option<Membership>) -> Self {
        Self { presence: Membership::presence(membership), rooms, order: Mutex::default() }
    }

    /// A connection of an agent came.
    pub(super) fn came(&self, agent: AgentActor) {
        let _order = self.order.lock();
        if self.presence.enter(&agent.organization_id, &agent.user_id, ()) {
            self.tell(agent.organization_id, agent.user_id, true);
        }
    }

    /// A connection of an agent went. `Some` when it was the last one of this node: to be confirmed after
    /// the grace.
    pub(super) fn left(&self, agent: AgentActor) -> Option<Leaving> {
        self.presence.leave(&agent.organization_id, &agent.user_id)
    }

    /// The grace is over: unless the agent is back, here or elsewhere, the others are told.
    pub(super) fn gone(&self, agent: AgentActor, leaving: Leaving) {
        let _order = self.order.lock();
        if self.presence.confirm(&agent.organization_id, &agent.user_id, leaving) {
            self.tell(agent.organization_id, agent.user_id, false);
        }
    }

    fn tell(&self, organization_id: OrganizationId, agent: UserId, is_online: bool) {
        let event = Event::agent_status(organization_id, agent, is_online);
        telling::say(&self.rooms, &Announcement { event, origin: None }, |_| true);
    }
}

impl Audience<OrganizationId, UserId, ()> for Agents {
    fn change(
        &self,
        organization_id: &OrganizationId,
        apply: &mut dyn FnMut() -> Changes<UserId, ()>,
    ) {
        let _order = self.order.lock();
        let Changes { came, went } = apply();
        for (agent, ()) in came {
            self.tell(*organization_id, agent, true);
        }
        for agent in went {
            self.tell(*organization_id, agent, false);
        }
    }
}
