//! What each writer has on its way: said, but not yet both heard by everybody and answered.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use crate::deliveries::{Deliveries, Delivery};
use crate::mark::Mark;
use crate::swarm::Member;

/// All writers.
#[derive(Debug)]
pub(super) struct Lines {
    of_writers: Vec<Line>,
    /// Whether what is said is answered at all.
    answers: bool,
    /// How many texts are on their way.
    open: usize,
}

/// One of them.
#[derive(Debug)]
struct Line {
    heard: Deliveries,
    /// When each text on its way was said; the oldest first.
    said_at: VecDeque<Instant>,
    /// How many were said before the first in `said_at`.
    landed: u64,
    /// Up to which everybody has heard them.
    complete: u64,
    /// Up to which they were answered.
    answered: u64,
    /// The server's number for the last that was answered.
    number: Option<u64>,
}

/// How long a text was on its way, if it is not any more.
pub(super) type Landed = Option<Duration>;

impl Lines {
    /// Writers that have said so many texts before, each to so many listeners.
    pub(super) fn new(writers: impl Iterator<Item = (u64, usize)>, answers: bool) -> Self {
        let of_writers = writers.map(|(said, all)| Line::new(said, all)).collect();
        Self { of_writers, answers, open: 0 }
    }

    /// Whether nothing is on its way.
    pub(super) const fn is_quiet(&self) -> bool {
        self.open == 0
    }

    /// Notes that a writer says its next text.
    pub(super) fn said(&mut self, writer: usize) {
        self.of_writers[writer].said_at.push_back(Instant::now());
        self.open += 1;
    }

    /// Notes that one more listener has it: the one with this place in the room.
    ///
    /// # Errors
    /// It is not the text that had to come, or nobody has said it.
    pub(super) fn heard(&mut self, mark: Mark, place: Member) -> anyhow::Result<Landed> {
        let line = self.of_writers.get_mut(mark.writer).context("nobody has said this")?;
        ensure!(mark.seq <= line.last(), "text {} was heard before it was said", mark.seq);
        if line.heard.note(place, mark.seq)? == Delivery::Partial {
            return Ok(None);
        }
        line.complete += 1;
        Ok(self.land(mark.writer))
    }

    /// How long ago a text was said that has not landed.
    pub(super) fn age(&self, mark: Mark) -> Option<Duration> {
        let line = self.of_writers.get(mark.writer)?;
        let place = usize::try_from(mark.seq.checked_sub(line.landed + 1)?).ok()?;
        Some(line.said_at.get(place)?.elapsed())
    }

    /// Notes the answer to a text, which is to be the one after the last that was answered.
    ///
    /// # Errors
    /// It is another, or the server's number does not rise.
    pub(super) fn answered(&mut self, mark: Mark, number: Option<u64>) -> anyhow::Result<Landed> {
        let line = &mut self.of_writers[mark.writer];
        let due = line.answered + 1;
        ensure!(mark.seq == due, "text {} was answered; {due} was due", mark.seq);
        ensure!(mark.seq <= line.last(), "text {due} was answered before it was said");
        ensure!(number.is_none() || number > line.number, "text {due} has the number of another");
        (line.answered, line.number) = (due, number);
        Ok(self.land(mark.writer))
    }

    fn land(&mut self, writer: usize) -> Landed {
        let line = &mut self.of_writers[writer];
        let through = if self.answers { line.complete.min(line.answered) } else { line.complete };
        if through <= line.landed {
            return None;
        }
        line.landed += 1;
        self.open -= 1;
        line.said_at.pop_front().map(|at| at.elapsed())
    }

    /// How many deliveries there were.
    ///
    /// # Errors
    /// Somebody does not have exactly what was said.
    pub(super) fn finish(&self) -> anyhow::Result<u32> {
        let mut total = 0;
        for line in &self.of_writers {
            line.heard.finish(line.last())?;
            total += line.heard.total();
        }
        Ok(total)
    }
}

impl Line {
    fn new(said: u64, listeners: usize) -> Self {
        Self {
            heard: Deliveries::after(said, listeners),
            said_at: VecDeque::new(),
            landed: said,
            complete: said,
            answered: said,
            number: None,
        }
    }

    /// The last that was said.
    fn last(&self) -> u64 {
        self.landed + self.said_at.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn mark(seq: u64) -> Mark {
        Mark { writer: 0, seq }
    }

    fn line(answers: bool) -> Lines {
        Lines::new(std::iter::once((4, 2)), answers)
    }

    #[test]
    fn a_text_has_landed_when_it_is_answered_and_heard_by_all_in_either_order() {
        let mut lines = line(true);
        lines.said(0);
        lines.said(0);
        assert!(lines.heard(mark(5), 0).unwrap().is_none());
        assert!(lines.age(mark(5)).is_some());
        assert!(lines.heard(mark(5), 1).unwrap().is_none());
        assert!(lines.answered(mark(5), Some(1)).unwrap().is_some());
        assert!(lines.age(mark(5)).is_none());
        assert!(lines.answered(mark(6), Some(2)).unwrap().is_none());
        assert!(lines.heard(mark(6), 1).unwrap().is_none());
        assert!(lines.finish().is_err());
        assert!(lines.heard(mark(6), 0).unwrap().is_some());
        assert!(lines.is_quiet());
        assert_eq!(lines.finish().unwrap(), 4);
    }

    #[test]
    fn where_nothing_is_answered_being_heard_is_enough() {
        let mut lines = line(false);
        lines.said(0);
        assert!(lines.heard(mark(5), 0).unwrap().is_none());
        assert!(lines.heard(mark(5), 1).unwrap().is_some());
        assert!(lines.is_quiet());
    }

    #[test]
    fn what_was_lost_doubled_swapped_or_never_said_is_found() {
        let mut lines = line(true);
        assert!(lines.heard(mark(5), 0).is_err(), "never said");
        assert!(lines.heard(Mark { writer: 1, seq: 1 }, 0).is_err(), "nobody");
        lines.said(0);
        lines.said(0);
        assert!(lines.heard(mark(6), 0).is_err(), "5 was lost, or comes later");
        lines.heard(mark(5), 0).unwrap();
        assert!(lines.heard(mark(5), 0).is_err(), "twice");
        assert!(lines.answered(mark(6), None).is_err(), "5 is not answered");
        lines.answered(mark(5), Some(7)).unwrap();
        assert!(lines.answered(mark(6), Some(7)).is_err(), "the number of 5");
    }
}
