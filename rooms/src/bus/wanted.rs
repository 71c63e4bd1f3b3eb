//! Which topics are wanted, and which of them Redis has confirmed.
//!
//! Wanting is a state and not an order: whoever wants and unwants a hundred times in a row costs Redis
//! nothing. The ear brings Redis in line with the set, many topics in one command. A topic that is
//! no longer wanted is kept for a moment ([`LINGER`](super::pace::LINGER)), since whoever left may be back.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::pace::LINGER;

/// Most topics in one command.
const TOGETHER: usize = 1000;

/// What is to be done next to bring Redis in line.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changes {
    pub(super) subscribe: Vec<Arc<str>>,
    pub(super) unsubscribe: Vec<Arc<str>>,
    /// Wanted again while the subscription still stood.
    pub(super) announce: Vec<Arc<str>>,
}

impl Changes {
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What to do with something heard on a topic.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hear {
    /// Nobody wants it.
    Ignored,
    /// Wanted; the subscription has not been announced yet, and has to be before.
    First(Arc<str>),
    Wanted,
}

/// The set of wanted topics.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    state: Mutex<State>,
    /// Wakes the ear.
    changed: Notify,
    /// Wakes those who wait for a topic, or for the news that there is no use in waiting.
    settled: Notify,
}

#[derive(Debug, Default)]
struct State {
    topics: HashMap<Arc<str>, Seat>,
    /// Topics to look at. Empty while the ear is deaf: then everything is looked at on its return.
    changes: VecDeque<Arc<str>>,
    /// Topics that were wanted until then.
    leaving: VecDeque<(Instant, Arc<str>)>,
    /// The ear has a connection.
    open: bool,
    /// Redis is known to be away.
    away: bool,
    subscribed: usize,
}

#[derive(Debug, Default)]
struct Seat {
    wanted: bool,
    subscribed: bool,
    announced: bool,
    /// It stands in `changes`.
    noted: bool,
}

impl Wanted {
    /// The topic shall be heard.
    pub(super) fn want(&self, topic: Arc<str>) {
        let mut state = self.state.lock();
        let seat = state.topics.entry(Arc::clone(&topic)).or_default();
        if !std::mem::replace(&mut seat.wanted, true) {
            state.note(&topic);
            drop(state);
            self.changed.notify_one();
        }
    }

    /// The topic need not be heard any more.
    pub(super) fn unwant(&self, topic: &str) {
        let mut state = self.state.lock();
        let Some((topic, _)) = state.topics.get_key_value(topic) else { return };
        let topic = Arc::clone(topic);
        let open = state.open;
        if let Some(seat) = state.topics.get_mut(&topic) {
            seat.wanted = false;
            seat.announced = false;
        }
        if open {
            state.note(&topic);
            drop(state);
            self.changed.notify_one();
        } else {
            state.topics.remove(&topic);
        }
    }

    /// Waits until the topic is heard. False when it is not wanted, when Redis is known to be away,
    /// or when the patience is over.
    pub(super) async fn listening(&self, topic: &str, patience: Duration) -> bool {
        let settled = async {
            loop {
                let news = self.settled.notified();
                if let Some(answer) = self.state.lock().listening(topic) {
                    return answer;
                }
                news.await;
            }
        };
        tokio::time::timeout(patience, settled).await.unwrap_or(false)
    }

    /// The ear has a new connection: everything wanted is to be subscribed to.
    pub(super) fn open(&self) {
        let mut state = self.state.lock();
        state.open = true;
        state.away = false;
        let topics: Vec<_> = state.topics.keys().cloned().collect();
        for topic in &topics {
            state.note(topic);
        }
    }

    /// The ear has no connection, or could not get one.
    pub(super) fn close(&self) {
        let mut state = self.state.lock();
        state.open = false;
        state.away = true;
        state.subscribed = 0;
        state.changes.clear();
        state.leaving.clear();
        state.topics.retain(|_, seat| seat.wanted);
        for seat in state.topics.values_mut() {
            *seat = Seat { wanted: true, ..Seat::default() };
        }
        drop(state);
        self.settled.notify_waiters();
    }

    /// Waits until something is to be done.
    pub(super) async fn changed(&self) {
        while self.state.lock().changes.is_empty() {
            self.changed.notified().await;
        }
    }

    /// What is to be done, at most so much as fits one command of each kind.
    pub(super) fn changes(&self, now: Instant) -> Changes {
        let mut state = self.state.lock();
        let mut changes = Changes::default();
        for _ in 0..TOGETHER {
            let Some(topic) = state.changes.pop_front() else { break };
            state.decide(topic, now, &mut changes);
        }
        state.expire(now, &mut changes);
        changes
    }

    /// Redis has confirmed the topic.
    pub(super) fn subscribed(&self, topic: &str) {
        let mut state = self.state.lock();
        let Some(seat) = state.topics.get_mut(topic) else { return };
        if !std::mem::replace(&mut seat.subscribed, true) {
            state.subscribed += 1;
        }
    }

    /// Redis no longer sends these topics. Those that are wanted again by now are looked at again.
    pub(super) fn unsubscribed(&self, topics: &[Arc<str>]) {
        let mut state = self.state.lock();
        for topic in topics {
            state.note(topic);
        }
    }

    /// Those of the topics that are wanted and confirmed, and were not announced before. Those that
    /// were given up meanwhile are looked at again.
    pub(super) fn announce(&self, topics: &[Arc<str>]) -> Vec<Arc<str>> {
        let mut state = self.state.lock();
        let mut news = Vec::with_capacity(topics.len());
        for topic in topics {
            let Some(seat) = state.topics.get_mut(topic) else { continue };
            if !seat.wanted {
                state.note(topic);
            } else if seat.subscribed && !std::mem::replace(&mut seat.announced, true) {
                news.push(Arc::clone(topic));
            }
        }
        news
    }

    /// Wakes those who wait for a topic: call it when what [`announce`](Self::announce) gave was told.
    pub(super) fn announced(&self) {
        self.settled.notify_waiters();
    }

    /// Something was said on the topic.
    pub(super) fn hear(&self, topic: &str) -> Hear {
        let mut state = self.state.lock();
        let Some((topic, _)) = state.topics.get_key_value(topic) else { return Hear::Ignored };
        let topic = Arc::clone(topic);
        let Some(seat) = state.topics.get_mut(&topic) else { return Hear::Ignored };
        if !seat.wanted || !seat.subscribed {
            Hear::Ignored
        } else if std::mem::replace(&mut seat.announced, true) {
            Hear::Wanted
        } else {
            Hear::First(topic)
        }
    }

    /// How many topics Redis has confirmed.
    pub(super) fn count(&self) -> usize {
        self.state.lock().subscribed
    }
}

impl State {
    fn note(&mut self, topic: &Arc<str>) {
        if !self.open {
            return;
        }
        let Some(seat) = self.topics.get_mut(topic) else { return };
        if !std::mem::replace(&mut seat.noted, true) {
            self.changes.push_back(Arc::clone(topic));
        }
    }

    fn decide(&mut self, topic: Arc<str>, now: Instant, changes: &mut Changes) {
        let Some(seat) = self.topics.get_mut(&topic) else { return };
        seat.noted = false;
        match (seat.wanted, seat.subscribed) {
            (true, false) => changes.subscribe.push(topic),
            (true, true) if !seat.announced => changes.announce.push(topic),
            (true, true) => {}
            (false, true) => self.leaving.push_back((now, topic)),
            (false, false) => {
                self.topics.remove(&topic);
            }
        }
    }

    fn expire(&mut self, now: Instant, changes: &mut Changes) {
        let over = |(since, _): &(Instant, Arc<str>)| now.duration_since(*since) >= LINGER;
        while changes.unsubscribe.len() < TOGETHER && self.leaving.front().is_some_and(over) {
            let Some((_, topic)) = self.leaving.pop_front() else { break };
            let Some(seat) = self.topics.get_mut(&topic) else { continue };
            if !seat.wanted && seat.subscribed {
                seat.subscribed = false;
                self.subscribed -= 1;
                changes.unsubscribe.push(topic);
            }
        }
    }

    fn listening(&self, topic: &str) -> Option<bool> {
        match self.topics.get(topic) {
            Some(seat) if seat.wanted && seat.announced => Some(true),
            Some(seat) if seat.wanted && !self.away => None,
            _ => Some(false),
        }
    }
}
