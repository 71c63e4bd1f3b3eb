//! The newest part of organizations' logs, read once for all clients that come back at the same time.
//!
//! After a failure thousands come back in one moment, and what they missed is in the same log. So what one
//! of them had read is kept for the others, for as long as any of them still catches up: nothing is kept
//! of an organization to which nobody comes back.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use tokio::sync::Mutex as Turns;
use tokio::sync::MutexGuard as Turn;

use crate::domain::{Event, OrganizationId, Position};
use crate::service::{ServiceError, Services};

/// Events read at a time.
const PAGE: u32 = 500;

/// The logs of organizations to which clients come back now.
#[derive(Debug, Default)]
pub(super) struct Pasts(Mutex<HashMap<OrganizationId, Weak<Past>>>);

impl Pasts {
    /// The log of an organization, shared with whoever reads it at this moment. It serves clients that
    /// missed at most `events_max` events.
    pub(super) fn of(&self, organization: OrganizationId, events_max: i64) -> Arc<Past> {
        let mut pasts = self.0.lock();
        if let Some(past) = pasts.get(&organization).and_then(Weak::upgrade) {
            return past;
        }
        pasts.retain(|_, past| past.strong_count() > 0);
        let (asked, tail) = Default::default();
        let past = Arc::new(Past { organization, events_max, asked, tail });
        pasts.insert(organization, Arc::downgrade(&past));
        past
    }
}

/// The newest part of one organization's log. All of it fails with `Internal` alone.
#[derive(Debug)]
pub(super) struct Past {
    organization: OrganizationId,
    events_max: i64,
    /// How often somebody wanted to know how the log stands.
    asked: AtomicU64,
    /// Whoever has their turn asks the database, also for those who wait meanwhile.
    tail: Turns<Tail>,
}

/// What is in memory of a log.
#[derive(Debug, Default)]
struct Tail {
    /// How many had asked when the database was asked last.
    answered: u64,
    /// The newest position then.
    newest: Position,
    /// The last events up to that one, without a gap.
    events: VecDeque<Arc<Event>>,
}

/// What a client missed.
#[derive(Debug)]
pub(super) struct Missed {
    pub(super) events: Vec<Arc<Event>>,
    /// How far the log went then.
    pub(super) newest: Position,
}

impl Past {
    /// Whether the log knows everything after `position`, and not too much of it.
    pub(super) async fn reaches(
        &self,
        services: &Services,
        position: Position,
    ) -> Result<bool, ServiceError> {
        let mut tail = self.look(services).await?;
        let missed = tail.newest - position;
        if !(0..=self.events_max).contains(&missed) {
            return Ok(false);
        }
        // With the last event that was heard: another room may have missed it.
        self.reach_back(&mut tail, services, (position - 1).max(0)).await?;
        Ok(tail.start() <= position)
    }

    /// Of what was committed before this call and is after `position`, the events that are wanted.
    pub(super) async fn since(
        &self,
        services: &Services,
        position: Position,
        is_wanted: impl Fn(&Event) -> bool,
    ) -> Result<Missed, ServiceError> {
        let mut tail = self.look(services).await?;
        self.reach_back(&mut tail, services, position).await?;
        let known = usize::try_from(position - tail.start()).unwrap_or(0);
        let missed = tail.events.iter().skip(known);
        let events = missed.filter(|event| is_wanted(event)).cloned().collect();
        Ok(Missed { events, newest: tail.newest })
    }

    /// Brings the tail up to what is committed now. Whoever waited while another did so after they had
    /// asked need not do it again.
    async fn look(&self, services: &Services) -> Result<Turn<'_, Tail>, ServiceError> {
        let ticket = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut tail = self.tail.lock().await;
        if tail.answered >= ticket {
            return Ok(tail);
        }
        let asked = self.asked.load(Ordering::SeqCst);
        if tail.answered == 0 {
            tail.newest = services.position(self.organization).await?;
        } else {
            self.read_on(&mut tail, services).await?;
        }
        tail.answered = asked;
        Ok(tail)
    }

    async fn read_on(&self, tail: &mut Tail, services: &Services) -> Result<(), ServiceError> {
        loop {
            let page = services.events_after(self.organization, tail.newest, PAGE).await?;
            let is_last = page.len() < PAGE as usize;
            for event in page {
                tail.push(event);
            }
            tail.keep(2 * self.events_max);
            if is_last {
                return Ok(());
            }
        }
    }

    /// Reads what is after `position` and before what is in memory, as far as it is still kept.
    async fn reach_back(
        &self,
        tail: &mut Tail,
        services: &Services,
        position: Position,
    ) -> Result<(), ServiceError> {
        let Ok(lacking) = u32::try_from(tail.start() - position) else { return Ok(()) };
        if lacking > 0 {
            let page = services.events_after(self.organization, position, lacking).await?;
            for event in page.into_iter().rev() {
                tail.put_before(event);
            }
        }
        Ok(())
    }
}

impl Tail {
    /// The position before the first event in memory.
    fn start(&self) -> Position {
        self.newest - i64::try_from(self.events.len()).unwrap_or_default()
    }

    fn push(&mut self, event: Event) {
        let Some(position) = event.position else { return };
        if position != self.newest + 1 {
            self.events.clear();
        }
        self.newest = position;
        self.events.push_back(Arc::new(event));
    }

    fn put_before(&mut self, event: Event) {
        if event.position == Some(self.start()) {
            self.events.push_front(Arc::new(event));
        }
    }

    fn keep(&mut self, most: i64) {
        let excess = i64::try_from(self.events.len()).unwrap_or_default() - most;
        self.events.drain(..usize::try_from(excess).unwrap_or(0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConversationId, EventKind, UserId};

    fn event(position: Position) -> Event {
        let online = EventKind::AgentStatus { agent_id: UserId::generate(), online: true };
        Event::logged(OrganizationId::generate(), position, ConversationId::generate(), online)
    }

    fn positions(tail: &Tail) -> Vec<Position> {
        tail.events.iter().filter_map(|event| event.position).collect()
    }

    #[test]
    fn a_tail_grows_at_both_ends_without_a_gap() {
        let mut tail = Tail { newest: 7, ..Tail::default() };
        assert_eq!(tail.start(), 7);
        for position in [7, 6, 4, 5] {
            tail.put_before(event(position));
        }
        for position in [8, 9] {
            tail.push(event(position));
        }
        assert_eq!((tail.start(), positions(&tail)), (4, vec![5, 6, 7, 8, 9]));
    }

    #[test]
    fn a_tail_that_misses_an_event_begins_anew() {
        let mut tail = Tail::default();
        for position in [1, 2, 4] {
            tail.push(event(position));
        }
        assert_eq!((tail.start(), positions(&tail)), (3, vec![4]));
    }

    #[test]
    fn a_tail_keeps_the_newest() {
        let mut tail = Tail::default();
        (1..=9).for_each(|position| tail.push(event(position)));
        tail.keep(4);
        assert_eq!((tail.start(), positions(&tail)), (5, vec![6, 7, 8, 9]));
    }

    #[test]
    fn nothing_is_kept_of_a_log_that_nobody_reads() {
        let (pasts, organization) = (Pasts::default(), OrganizationId::generate());
        let past = pasts.of(organization, 10);
        assert!(Arc::ptr_eq(&past, &pasts.of(organization, 10)));
        drop(past);
        let _other = pasts.of(OrganizationId::generate(), 10);
        assert_eq!(pasts.0.lock().len(), 1);
    }
}
