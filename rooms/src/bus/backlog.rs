//! What this node published and Redis has not confirmed.
//!
//! A publication stays here until Redis answered for it, so that one whose outcome is unknown when a
//! connection breaks is sent again, in its place. The queue has a number of bytes it may hold; over
//! it the oldest are dropped, and the other nodes are told that something is missing.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::sync::Notify;

use super::envelope::{Envelope, Kind};

/// What a publication costs beside its name and its bytes.
const OVERHEAD: usize = 64;
/// Most publications in one pipeline.
const BATCH: usize = 1024;
/// A pipeline is closed when it holds this many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// A publication on its way.
#[derive(Clone, Debug)]
pub(super) struct Publication {
    pub(super) number: u64,
    pub(super) channel: Arc<str>,
    /// The whole envelope.
    pub(super) bytes: Bytes,
}

impl Publication {
    fn size(&self) -> usize {
        OVERHEAD + self.channel.len() + self.bytes.len()
    }
}

/// What goes out in one pipeline.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) publications: Vec<Publication>,
    /// How many publications were dropped so far, when the other nodes have to be told.
    pub(super) dropped: Option<u64>,
}

/// The figures of a backlog.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Figures {
    pub(super) queued: usize,
    pub(super) queued_bytes: usize,
    pub(super) published: u64,
    pub(super) dropped: u64,
}

/// The queue towards Redis. Any number of producers, one consumer.
#[derive(Debug)]
pub(super) struct Backlog {
    node: u128,
    bytes_max: usize,
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<Publication>,
    bytes: usize,
    /// The number of the last publication.
    number: u64,
    published: u64,
    dropped: u64,
    /// How many drops the other nodes have been told of.
    told: u64,
}

impl Backlog {
    pub(super) fn new(node: u128, bytes_max: usize) -> Self {
        Self { node, bytes_max, state: Mutex::default(), filled: Notify::new() }
    }

    /// Numbers and queues a publication. Over the limit the oldest go.
    pub(super) fn push(&self, channel: Arc<str>, body: Bytes) {
        let mut state = self.state.lock();
        state.number += 1;
        let number = state.number;
        let envelope = Envelope { kind: Kind::Publication, node: self.node, number, body };
        let publication = Publication { number, channel, bytes: envelope.encode() };
        state.bytes += publication.size();
        state.waiting.push_back(publication);
        while state.bytes > self.bytes_max && state.pop() {
            state.dropped += 1;
        }
        drop(state);
        self.filled.notify_one();
    }

    /// Waits until there is something to send. For the one consumer.
    pub(super) async fn filled(&self) {
        while self.is_empty() {
            self.filled.notified().await;
        }
    }

    /// Whether there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        let state = self.state.lock();
        state.waiting.is_empty() && state.told == state.dropped
    }

    /// What goes next. It stays in the queue until [`sent`](Self::sent).
    pub(super) fn next(&self) -> Batch {
        let state = self.state.lock();
        let mut bytes = 0;
        let fits = |publication: &&Publication| {
            let open = bytes < BATCH_BYTES;
            bytes += publication.size();
            open
        };
        let publications = state.waiting.iter().take(BATCH).take_while(fits).cloned().collect();
        let dropped = (state.told < state.dropped).then_some(state.dropped);
        Batch { publications, dropped }
    }

    /// Redis has the batch.
    pub(super) fn sent(&self, batch: &Batch) {
        let mut state = self.state.lock();
        let through = batch.publications.last().map_or(0, |last| last.number);
        while state.waiting.front().is_some_and(|first| first.number <= through) {
            state.pop();
        }
        state.published += batch.publications.len() as u64;
        state.told = state.told.max(batch.dropped.unwrap_or(0));
    }

    pub(super) fn figures(&self) -> Figures {
        let state = self.state.lock();
        Figures {
            queued: state.waiting.len(),
            queued_bytes: state.bytes,
            published: state.published,
            dropped: state.dropped,
        }
    }
}

impl State {
    fn pop(&mut self) -> bool {
        let first = self.waiting.pop_front();
        self.bytes -= first.as_ref().map_or(0, Publication::size);
        first.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backlog(publications_max: usize) -> Backlog {
        let publication = OVERHEAD + "room".len() + 25 + "x".len();
        Backlog::new(1, publications_max * publication)
    }

    fn push(backlog: &Backlog, times: usize) {
        for _ in 0..times {
            backlog.push("room".into(), Bytes::from_static(b"x"));
        }
    }

    fn numbers(batch: &Batch) -> Vec<u64> {
        batch.publications.iter().map(|publication| publication.number).collect()
    }

    #[test]
    fn what_was_not_confirmed_is_sent_again_in_its_place() {
        let backlog = backlog(10);
        push(&backlog, 2);
        let lost = backlog.next();
        push(&backlog, 1);
        let again = backlog.next();
        assert_eq!((numbers(&lost), numbers(&again)), (vec![1, 2], vec![1, 2, 3]));
        backlog.sent(&again);
        assert!(backlog.is_empty());
        assert_eq!(backlog.figures().queued_bytes, 0);
    }

    #[test]
    fn over_the_limit_the_oldest_go_and_the_others_are_told_once() {
        let backlog = backlog(3);
        push(&backlog, 5);
        let batch = backlog.next();
        assert_eq!((numbers(&batch), batch.dropped), (vec![3, 4, 5], Some(2)));
        backlog.sent(&batch);
        assert!(backlog.is_empty());
        push(&backlog, 1);
        assert_eq!(backlog.next().dropped, None);
    }

    #[test]
    fn a_drop_while_a_batch_is_on_its_way_is_told_afterwards() {
        let backlog = backlog(2);
        push(&backlog, 2);
        let batch = backlog.next();
        push(&backlog, 1);
        backlog.sent(&batch);
        let next = backlog.next();
        assert_eq!((numbers(&next), next.dropped), (vec![3], Some(1)));
    }

    #[test]
    fn a_publication_larger_than_the_queue_is_dropped_and_told() {
        let backlog = Backlog::new(1, 10);
        push(&backlog, 1);
        assert!(!backlog.is_empty());
        let batch = backlog.next();
        assert_eq!((batch.publications.len(), batch.dropped), (0, Some(1)));
    }

    #[test]
    fn a_batch_ends_at_its_number_and_its_bytes() {
        let backlog = Backlog::new(1, usize::MAX);
        push(&backlog, BATCH + 1);
        assert_eq!(backlog.next().publications.len(), BATCH);

        let backlog = Backlog::new(1, usize::MAX);
        for _ in 0..3 {
            backlog.push("room".into(), vec![0; BATCH_BYTES - 100].into());
        }
        assert_eq!(backlog.next().publications.len(), 2);
    }

    #[tokio::test]
    async fn the_consumer_is_woken_by_a_publication() {
        let backlog = backlog(3);
        tokio::join!(backlog.filled(), async { push(&backlog, 1) });
    }
}
