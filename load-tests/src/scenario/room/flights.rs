//! Messages on their way: sent, but not yet both acknowledged and in everybody's hands.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// What each writer has on its way.
///
/// Only the acknowledgement tells which `seq` a message got, and it may come before or after the
/// message has reached everybody.
#[derive(Debug)]
pub(super) struct Flights {
    /// For each writer, when it sent what was not acknowledged yet; the oldest first.
    sent: Vec<VecDeque<Instant>>,
    /// Acknowledged, on their way to some members: by `seq`, the writer and when it sent it.
    acked: HashMap<u64, (usize, Instant)>,
    /// In everybody's hands, not acknowledged.
    complete: HashSet<u64>,
    /// How many each writer has on its way.
    open: Vec<usize>,
}

impl Flights {
    pub(super) fn new(writers: usize) -> Self {
        Self {
            sent: vec![VecDeque::new(); writers],
            acked: HashMap::new(),
            complete: HashSet::new(),
            open: vec![0; writers],
        }
    }

    /// How many this writer has on its way.
    pub(super) fn open(&self, writer: usize) -> usize {
        self.open[writer]
    }

    /// Whether nothing is on its way.
    pub(super) fn is_empty(&self) -> bool {
        self.open.iter().all(|open| *open == 0)
    }

    pub(super) fn sent(&mut self, writer: usize) {
        self.sent[writer].push_back(Instant::now());
        self.open[writer] += 1;
    }

    /// The oldest message of this writer was acknowledged with this `seq`. Gives the time it was on
    /// its way, if it has arrived.
    pub(super) fn acked(&mut self, writer: usize, seq: u64) -> anyhow::Result<Option<Duration>> {
        let at = self.sent[writer].pop_front().context("an answer to nothing")?;
        self.acked.insert(seq, (writer, at));
        Ok(if self.complete.remove(&seq) { self.land(seq) } else { None })
    }

    /// Everybody has the message with this `seq`. Gives the time it was on its way, if it is
    /// acknowledged.
    pub(super) fn completed(&mut self, seq: u64) -> Option<Duration> {
        if !self.acked.contains_key(&seq) {
            self.complete.insert(seq);
            return None;
        }
        self.land(seq)
    }

    fn land(&mut self, seq: u64) -> Option<Duration> {
        let (writer, at) = self.acked.remove(&seq)?;
        self.open[writer] -= 1;
        Some(at.elapsed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_has_landed_when_it_is_acknowledged_and_complete_in_either_order() {
        let mut flights = Flights::new(2);
        flights.sent(0);
        flights.sent(1);
        assert!(flights.acked(1, 7).unwrap().is_none());
        assert!(flights.completed(7).is_some());
        assert_eq!((flights.open(0), flights.open(1)), (1, 0));
        assert!(flights.completed(8).is_none());
        assert!(!flights.is_empty());
        assert!(flights.acked(0, 8).unwrap().is_some());
        assert!(flights.is_empty());
        assert!(flights.acked(0, 9).is_err());
    }
}
