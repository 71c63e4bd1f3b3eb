//! Rooms full of clients of any server: somebody says something, and everybody must hear it.

mod lines;

use std::collections::HashMap;
use std::time::Duration;

use anyhow::{Context as _, ensure};

use crate::latency::Latency;
use crate::mark::Mark;
use crate::meter::{Cost, Meter};
use crate::process::Process;
use crate::protocol::Incoming;
use crate::scenario::{PATIENCE, TURN};
use crate::swarm::{Member, Swarm};
use crate::words::{Line, Plan, Room, Words};

use lines::Lines;

/// Who is in which room of a server, and how far each writer has come.
pub(crate) struct Rooms<W: Words> {
    words: W,
    swarm: Swarm<W::Client>,
    servers: Vec<Process>,
    all: Vec<Room>,
    /// Of each member: the room it listens in, and its place there.
    seats: Vec<Option<(usize, usize)>>,
    /// All writers: the room, and who it is.
    writers: Vec<(usize, Member)>,
    /// Of each writer's member, its place among all writers.
    places: HashMap<Member, usize>,
    /// The last text that each of them has said.
    said: Vec<u64>,
    text_chars: usize,
    frame_bytes: usize,
}

/// What came of letting them write.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) messages: u32,
    pub(crate) deliveries: u32,
    /// From saying something until everybody had it, and it was acknowledged where it is.
    pub(crate) complete: Latency,
    /// From saying something until one of those who listen had it. Only where a pace was kept.
    pub(crate) arrived: Latency,
    /// From saying something until it was acknowledged.
    pub(crate) acked: Latency,
    pub(crate) cost: Cost,
    notes_arrivals: bool,
}

/// How fast they write.
#[derive(Debug, Clone, Copy)]
enum Pace {
    /// So many writers have so many texts each on their way, always.
    InFlight { writers: usize, each: usize },
    /// All together so many a second, however long they take.
    PerSecond(u32),
}

impl<W: Words> Rooms<W> {
    /// Seats clients, who will say texts of so many characters.
    pub(crate) fn open(
        mut words: W,
        mut swarm: Swarm<W::Client>,
        servers: &[Process],
        plan: Plan,
        text_chars: usize,
    ) -> anyhow::Result<Self> {
        let rooms = words.seat(&mut swarm, plan)?;
        let writers: Vec<_> = rooms
            .iter()
            .enumerate()
            .flat_map(|(number, room)| room.writers.iter().map(move |writer| (number, *writer)))
            .collect();
        let mut opened = Self {
            words,
            swarm,
            servers: servers.to_vec(),
            seats: Vec::new(),
            said: vec![0; writers.len()],
            places: writers.iter().enumerate().map(|(place, (_, it))| (*it, place)).collect(),
            all: rooms,
            writers,
            text_chars,
            frame_bytes: 0,
        };
        opened.find_seats();
        Ok(opened)
    }

    fn find_seats(&mut self) {
        self.seats = vec![None; self.swarm.len()];
        for (number, room) in self.all.iter().enumerate() {
            for (place, member) in room.listeners.iter().enumerate() {
                self.seats[*member] = Some((number, place));
            }
        }
    }

    /// How long the last frame with a text was.
    pub(crate) const fn frame_bytes(&self) -> usize {
        self.frame_bytes
    }

    /// From here on they say texts of so many characters.
    pub(crate) const fn speak(&mut self, text_chars: usize) {
        self.text_chars = text_chars;
    }

    /// Has so many of the last listeners of each room read nothing any more, for good.
    pub(crate) fn stall(&mut self, count: usize) -> anyhow::Result<()> {
        for room in &mut self.all {
            let deaf = room.listeners.split_off(room.listeners.len().saturating_sub(count));
            for member in deaf {
                self.swarm.deafen(member)?;
            }
        }
        self.find_seats();
        Ok(())
    }

    /// Lets so many writers of all write for so long, each with so many texts on their way, and waits
    /// until everybody has everything.
    pub(crate) fn saturate(
        &mut self,
        writers: usize,
        each: usize,
        time: Duration,
    ) -> anyhow::Result<Outcome> {
        self.write(Pace::InFlight { writers, each }, time)
    }

    /// The same with all writers.
    pub(crate) fn saturate_all(&mut self, each: usize, time: Duration) -> anyhow::Result<Outcome> {
        self.saturate(self.writers.len(), each, time)
    }

    /// Lets the writers say so many texts a second, one after another, and waits until everybody
    /// has everything.
    pub(crate) fn pace(&mut self, per_second: u32, time: Duration) -> anyhow::Result<Outcome> {
        self.write(Pace::PerSecond(per_second), time)
    }

    fn write(&mut self, pace: Pace, time: Duration) -> anyhow::Result<Outcome> {
        let listeners = self.writers.iter().map(|(room, _)| self.all[*room].listeners.len());
        let mut lines = Lines::new(self.said.iter().copied().zip(listeners), self.words.answers());
        let mut outcome = Outcome::none(matches!(pace, Pace::PerSecond(_)));
        // Who has something to say: in the beginning, and whenever one of their texts has landed.
        let mut free: Vec<usize> = match pace {
            Pace::InFlight { writers, each } => (0..each).flat_map(|_| 0..writers).collect(),
            Pace::PerSecond(_) => Vec::new(),
        };
        let meter = Meter::start(&self.servers)?;
        loop {
            let elapsed = meter.elapsed();
            let mut wait = TURN;
            if elapsed < time {
                if let Pace::PerSecond(rate) = pace {
                    wait = owe(&mut free, rate, elapsed, outcome.messages, self.writers.len())?;
                }
                for line in free.drain(..) {
                    self.say(line, &mut lines)?;
                    outcome.messages += 1;
                }
            } else if lines.is_quiet() {
                break;
            }
            ensure!(elapsed < time + PATIENCE, "not everything said reached everybody");
            self.hear(wait, &mut lines, &mut outcome, |line| {
                if matches!(pace, Pace::InFlight { .. }) {
                    free.push(line);
                }
            })?;
        }
        outcome.cost = meter.stop()?;
        outcome.deliveries = lines.finish()?;
        Ok(outcome)
    }

    fn say(&mut self, writer: usize, lines: &mut Lines) -> anyhow::Result<()> {
        let (room, member) = self.writers[writer];
        self.said[writer] += 1;
        let seq = self.said[writer];
        lines.said(writer);
        let text = Mark { writer, seq }.text(self.text_chars);
        let room = self.all[room].name.as_str();
        self.words.say(&mut self.swarm, Line { member, room, text: &text, seq })
    }

    /// Takes what has come, and tells which writers have one text less on their way.
    fn hear(
        &mut self,
        wait: Duration,
        lines: &mut Lines,
        outcome: &mut Outcome,
        mut landed: impl FnMut(usize),
    ) -> anyhow::Result<()> {
        let Self { swarm, seats, writers, places, words, all: rooms, frame_bytes, .. } = self;
        swarm.turn(wait, |member, incoming| {
            let (mark, time) = match incoming {
                Incoming::Event(event) => {
                    let Some((room, place)) = seats[member] else { return Ok(()) };
                    let Some(mark) = words.find(member, event)? else { return Ok(()) };
                    let (meant, _) = *writers.get(mark.writer).context("nobody has said this")?;
                    let names = (&rooms[meant].name, &rooms[room].name);
                    ensure!(meant == room, "a text of room {} was heard in {}", names.0, names.1);
                    *frame_bytes = event.len();
                    if outcome.notes_arrivals {
                        outcome.arrived.extend(lines.age(mark));
                    }
                    (mark, lines.heard(mark, place)?)
                }
                Incoming::Ack(seq, answer) => {
                    let writer = places.get(&member).context("an answer to nobody")?;
                    let mark = Mark { writer: *writer, seq };
                    outcome.acked.extend(lines.age(mark));
                    (mark, lines.answered(mark, words.accepted(answer)?)?)
                }
            };
            if let Some(time) = time {
                outcome.complete.note(time);
                landed(mark.writer);
            }
            Ok(())
        })
    }
}

/// Notes whose turn it is by now when so many a second are to be said, and says how long it is until
/// the next.
fn owe(
    free: &mut Vec<usize>,
    per_second: u32,
    elapsed: Duration,
    said: u32,
    writers: usize,
) -> anyhow::Result<Duration> {
    let mut next = said;
    loop {
        let due = Duration::from_secs(1) * next / per_second;
        if let Some(wait) = due.checked_sub(elapsed).filter(|wait| !wait.is_zero()) {
            return Ok(wait.min(TURN));
        }
        free.push(usize::try_from(next)? % writers);
        next += 1;
    }
}

impl Outcome {
    fn none(notes_arrivals: bool) -> Self {
        let (complete, arrived, acked) = Default::default();
        let cost = Cost::default();
        Self { messages: 0, deliveries: 0, complete, arrived, acked, cost, notes_arrivals }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_late_is_said_at_once_and_nothing_before_its_time() {
        let mut free = Vec::new();
        let ms = Duration::from_millis;
        assert_eq!(owe(&mut free, 100, ms(0), 0, 3).unwrap(), ms(10));
        assert_eq!(free, [0]);
        free.clear();
        assert_eq!(owe(&mut free, 100, ms(35), 1, 3).unwrap(), ms(5));
        assert_eq!(free, [1, 2, 0]);
        free.clear();
        assert_eq!(owe(&mut free, 1, ms(35), 1, 3).unwrap(), TURN);
        assert!(free.is_empty());
    }
}
