//! The task that reads from the database what did not come by itself: what stayed out for longer than a
//! moment, what was published while the bus was away, what a node that died had no time to publish.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};

use super::Order;
use super::line::Halt;
use crate::domain::{ConversationId, Event, OrganizationId, Position};
use crate::realtime::feed::Feed;
use crate::realtime::hub::Hub;
use crate::service::{ServiceError, Services};

/// How long an event may be late before the database is asked for it.
const PATIENCE: Duration = Duration::from_millis(50);
/// How often it is looked whether something is missing of which nothing tells.
const LOOK: Duration = Duration::from_secs(5);
/// The same, while other nodes are not heard.
const LOOK_ALONE: Duration = Duration::from_secs(1);
/// The wait before the database is asked again after it failed.
const RETRY: Duration = Duration::from_millis(500);
/// Events read at a time.
const PAGE: u32 = 500;
/// Events of which it is looked at a time whether they were told.
const REACH: Position = 10_000;

/// Sees to it that everything is handed out.
#[derive(Debug)]
pub struct Healer {
    /// The rooms that hear it.
    pub hub: Arc<Hub>,
    /// Where the logs are read.
    pub services: Services,
}

impl Healer {
    /// Wakes for: something that waits or may be missing; feeds that lost their last member, or are heard
    /// from now on; the time to look.
    pub async fn run(self, stop: CancellationToken) {
        let (order, interests) = (self.order(), self.hub.interests());
        let (mut looks, mut looked_at) = (interval(LOOK_ALONE), Instant::now());
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = order.bell.notified() => self.heal_late().await,
                () = interests.bell.notified() => {
                    self.close_vacated();
                    self.check_heard().await;
                }
                _ = looks.tick() => {
                    if self.hub.is_alone() || looked_at.elapsed() >= LOOK {
                        match self.look().await {
                            Ok(()) => looked_at = Instant::now(),
                            Err(error) => debug!(%error, "cannot look for what is missing"),
                        }
                    }
                }
                () = stop.cancelled() => return,
            }
        }
    }

    fn order(&self) -> &Order {
        self.hub.order()
    }

    fn close_vacated(&self) {
        for feed in self.hub.interests().take_vacated() {
            self.hub.vacated(&feed);
        }
    }

    /// Feeds that are heard from now on: what was published a moment before was not.
    async fn check_heard(&self) {
        let (mut conversations, order) = (Vec::new(), self.order());
        for part in self.hub.interests().take_heard() {
            match part {
                Feed::Organization(id) => order.doubt(id),
                Feed::Conversation(id) => conversations.push(id),
                _ => {}
            }
        }
        match self.services.newest_positions(&conversations).await {
            Ok(newest) => order.lagging(newest).into_iter().for_each(|id| order.doubt(id)),
            // Nobody knows, so all of them are looked at.
            Err(error) => {
                debug!(%error, "cannot look whether anything was missed");
                conversations
                    .iter()
                    .filter_map(|id| order.owner(*id))
                    .for_each(|id| order.doubt(id));
            }
        }
    }

    /// Most of what waits comes by itself in a moment, unless other nodes are not heard.
    async fn heal_late(&self) {
        sleep(if self.hub.is_alone() { PATIENCE / 10 } else { PATIENCE }).await;
        for organization in self.order().take_behind() {
            if self.order().is_behind(organization)
                && let Err(error) = self.heal(organization).await
            {
                warn!(%error, "cannot read what is missing; it is tried again");
                sleep(RETRY).await;
            }
            self.order().note_again(organization);
        }
    }

    /// Hands out what the log has and nobody heard yet.
    async fn heal(&self, organization: OrganizationId) -> Result<(), ServiceError> {
        let Some((mut position, doubts)) = self.order().begin_check(organization) else {
            return Ok(());
        };
        let mut healed = HashSet::new();
        loop {
            let page = self.services.events_after(organization, position, PAGE).await?;
            let (length, last) = (page.len(), page.last().and_then(|event| event.position));
            match self.order().relay(organization, page) {
                Ok(found) => healed.extend(found),
                Err(Halt::Opening) => return Ok(()),
                Err(Halt::Swept) => {
                    warn!(organization.id = %organization, "the log does not reach back; clients begin anew");
                    let newest = self.services.position(organization).await?;
                    self.hub.begin_anew(organization, newest);
                    break;
                }
            }
            position = last.unwrap_or(position);
            if length < PAGE as usize {
                self.order().settle(organization, doubts);
                break;
            }
        }
        if !healed.is_empty() {
            metrics::counter!("switchboard_healed_conversations_total")
                .increment(healed.len() as u64);
        }
        self.tell_states(organization, healed).await
    }

    /// How a conversation stands is in no log: programs hear how it is now.
    async fn tell_states(
        &self,
        organization: OrganizationId,
        healed: HashSet<ConversationId>,
    ) -> Result<(), ServiceError> {
        for conversation in healed {
            if let Some(state) =
                self.services.conversation_state(organization, conversation).await?
            {
                self.hub.tell_here(&Event::conversation_updated(state));
            }
        }
        Ok(())
    }

    /// Looks whether something happened that nobody heard of, in the organizations of which something is heard here.
    async fn look(&self) -> Result<(), ServiceError> {
        let order = self.order();
        let mut untold = Vec::new();
        for (organization, newest) in self.services.log_tails(&order.organizations()).await? {
            match order.lacks(organization, newest) {
                Some(true) => order.doubt(organization),
                Some(false) => {}
                None => {
                    let places = self.untold(organization, newest).await?;
                    untold.extend(places.into_iter().map(|(id, at)| (organization, id, at)));
                }
            }
        }
        if !untold.is_empty() {
            // What was committed a moment ago is being told.
            sleep(PATIENCE).await;
        }
        for (organization, id, at) in untold {
            if order.lacks_event(organization, id, at) {
                order.doubt(organization);
            }
        }
        Ok(())
    }

    /// Where nobody hears all of an organization, whose last position is `newest`: what happened to conversations that are
    /// heard, and was not told yet.
    async fn untold(
        &self,
        organization: OrganizationId,
        newest: Position,
    ) -> Result<Vec<(ConversationId, Position)>, ServiceError> {
        let (order, mut untold) = (self.order(), Vec::new());
        let mut checked = order.begin_check(organization).map_or(newest, |(checked, _)| checked);
        while checked < newest {
            let to = newest.min(checked + REACH);
            let mut places = self.services.newest_between(organization, checked, to).await?;
            places.retain(|&(id, at)| order.lacks_event(organization, id, at));
            untold.extend(places);
            if untold.is_empty() {
                order.has_checked(organization, to);
            }
            checked = to;
        }
        Ok(untold)
    }
}
