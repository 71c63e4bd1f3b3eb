//! The check that everybody got everything, once and in order.

use std::collections::VecDeque;

use anyhow::bail;

use crate::swarm::Member;

/// What the members of a room have been given.
#[derive(Debug)]
pub(crate) struct Deliveries {
    /// The `seq` that each member must hear next.
    next: Vec<u64>,
    /// How many members have each message that not all of them have; the oldest first.
    spread: VecDeque<usize>,
    /// The `seq` of the first in `spread`.
    first: u64,
    /// All deliveries that were right.
    total: u32,
}

/// How a message came to a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// As it should; others still wait for it.
    Partial,
    /// As it should, and now everybody has it.
    Complete,
}

impl Deliveries {
    /// A room with so many members, who have every message up to `last`.
    pub(crate) fn after(last: u64, members: usize) -> Self {
        let next = vec![last + 1; members];
        Self { next, spread: VecDeque::new(), first: last + 1, total: 0 }
    }

    /// Notes that a member was given the message with this `seq`.
    ///
    /// # Errors
    /// It is not the one that had to come: the one before is lost, or this one came twice.
    pub(crate) fn note(&mut self, member: Member, seq: u64) -> anyhow::Result<Delivery> {
        let due = self.next[member];
        if seq != due {
            let what = if seq > due { "lost or late" } else { "delivered twice" };
            bail!("member {member}: message {} {what}; {due} was due", due.min(seq));
        }
        self.next[member] += 1;
        self.total += 1;
        let place = usize::try_from(seq - self.first)?;
        if place >= self.spread.len() {
            self.spread.resize(place + 1, 0);
        }
        self.spread[place] += 1;
        if self.spread[0] < self.next.len() {
            return Ok(Delivery::Partial);
        }
        self.spread.pop_front();
        self.first += 1;
        Ok(Delivery::Complete)
    }

    /// How many there were.
    pub(crate) const fn total(&self) -> u32 {
        self.total
    }

    /// Checks that nobody waits for any message up to `last`, and nobody has more.
    pub(crate) fn finish(&self, last: u64) -> anyhow::Result<()> {
        let wrong = self.next.iter().filter(|next| **next != last + 1).count();
        if wrong > 0 {
            bail!("{wrong} members do not have exactly the messages up to {last}");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_complete_when_everybody_has_it() {
        let mut deliveries = Deliveries::after(5, 2);
        assert_eq!(deliveries.note(0, 6).unwrap(), Delivery::Partial);
        assert_eq!(deliveries.note(0, 7).unwrap(), Delivery::Partial);
        assert!(deliveries.finish(7).is_err());
        assert_eq!(deliveries.note(1, 6).unwrap(), Delivery::Complete);
        assert_eq!(deliveries.note(1, 7).unwrap(), Delivery::Complete);
        assert_eq!(deliveries.total(), 4);
        assert!(deliveries.finish(7).is_ok());
        assert!(deliveries.finish(8).is_err());
    }

    #[test]
    fn lost_and_doubled_messages_are_named() {
        let mut deliveries = Deliveries::after(0, 1);
        let lost = deliveries.note(0, 2).unwrap_err().to_string();
        assert!(lost.contains("message 1 lost"), "{lost}");
        deliveries.note(0, 1).unwrap();
        let doubled = deliveries.note(0, 1).unwrap_err().to_string();
        assert!(doubled.contains("message 1 delivered twice"), "{doubled}");
    }
}
