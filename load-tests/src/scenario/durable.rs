//! Visitors who write as fast as they are acknowledged: how many messages become durable.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::{PATIENCE, TURN, WARM_UP, ask_all};
use crate::chat::{CONTENT_CHARS, Visitor, delivered_seq, receipt};
use crate::deliveries::Deliveries;
use crate::disk::commit_ms;
use crate::latency::Latency;
use crate::meter::{Cost, Meter};
use crate::options::{self, Options};
use crate::progress::say;
use crate::protocol::Incoming;
use crate::report::{Table, number};
use crate::socketio::SocketIo;
use crate::swarm::Swarm;
use crate::target::Target;

/// So many visitors, one step after the other.
const STEPS: [usize; 3] = [1, 50, 200];

/// A visitor with a conversation of its own.
struct Sender {
    visitor: Visitor,
    sent_at: Instant,
    /// The `seq` that was acknowledged last.
    seq: u64,
    waiting: bool,
    heard: Deliveries,
}

/// Everybody who writes.
struct Crowd<'a> {
    swarm: Swarm<SocketIo>,
    /// Each is the member of the swarm that has its place.
    senders: Vec<Sender>,
    embed_token: &'a str,
}

/// What came of a step.
struct Step {
    acked: u32,
    latency: Latency,
    cost: Cost,
}

pub(super) fn run(target: &Target, options: &Options) -> anyhow::Result<Table> {
    let mut table = Table::new(
        "Durable messages",
        &format!(
            "Each visitor writes {CONTENT_CHARS} characters into a conversation of its own, and again as soon as it \
             is acknowledged, which is after the commit. Acknowledgements and deliveries are checked: \
             `seq` without a gap, none lost, none doubled. The disk takes {} ms to keep 4 KiB for good \
             (write and fdatasync, median).",
            number(commit_ms(&options::folder()?)?)
        ),
        &[
            "visitors",
            "acknowledged/s",
            "acknowledged after, p50 ms",
            "p99 ms",
            "CPU µs per message",
            "generator CPU µs per message",
        ],
    );
    for count in STEPS {
        say(&format!("durable: {count} visitors"));
        let mut crowd = Crowd::begin(target, count)?;
        crowd.write_for(target, WARM_UP)?;
        let mut step = crowd.write_for(target, options.step())?;
        table.push(vec![
            count.to_string(),
            number(step.cost.per_second(step.acked)),
            number(step.latency.percentile_ms(50)),
            number(step.latency.percentile_ms(99)),
            number(step.cost.cpu_us_each(step.acked)),
            number(step.cost.own_cpu_us_each(step.acked)),
        ]);
    }
    Ok(table)
}

impl<'a> Crowd<'a> {
    /// Connects them, and begins their conversations.
    fn begin(target: &'a Target, count: usize) -> anyhow::Result<Self> {
        let embed_token = target.demo()?.platform.embed_token.as_str();
        let mut swarm = Swarm::new(target.address)?;
        let all = swarm.open(count, &SocketIo::visitor())?;
        // Nobody of an earlier step.
        let name = |member| count * 1_000 + member;
        let mut senders: Vec<Option<Sender>> = all.clone().map(|_| None).collect();
        ask_all(
            &mut swarm,
            all,
            "send_message",
            |member| Visitor::new(name(member)).message(embed_token, 0),
            |member, answer| {
                let first = receipt(answer)?;
                let mut visitor = Visitor::new(name(member));
                visitor.enter(&first.conversation_id);
                senders[member] = Some(Sender::after(visitor, first.seq));
                Ok(())
            },
        )?;
        let senders: Option<Vec<_>> = senders.into_iter().collect();
        Ok(Self { swarm, senders: senders.context("a conversation was not begun")?, embed_token })
    }

    /// Lets them write for so long, and waits for the last answers. What comes after that time is
    /// checked, and not counted.
    fn write_for(&mut self, target: &Target, time: Duration) -> anyhow::Result<Step> {
        let mut latency = Latency::default();
        let (mut acked, mut cost) = (0, None);
        let meter = Meter::start(target.process)?;
        loop {
            let elapsed = meter.elapsed();
            if elapsed < time {
                self.write()?;
            } else if cost.is_none() {
                cost = Some((acked, meter.stop()?));
            }
            if let Some((acked, cost)) = cost
                && self.senders.iter().all(Sender::is_done)
            {
                return Ok(Step { acked, latency, cost });
            }
            ensure!(elapsed < time + PATIENCE, "answers or deliveries did not come");
            let senders = &mut self.senders;
            self.swarm.turn(TURN, |member, incoming| {
                let sender = &mut senders[member];
                if let Some(seq) = delivered_seq(incoming) {
                    sender.heard.note(0, seq)?;
                } else if let Incoming::Ack(id, answer) = incoming {
                    latency.note(sender.acknowledged(id, answer)?);
                    acked += 1;
                }
                Ok(())
            })?;
        }
    }

    /// Sends the next message of everybody who is not waiting.
    fn write(&mut self) -> anyhow::Result<()> {
        for (member, sender) in self.senders.iter_mut().enumerate().filter(|(_, it)| !it.waiting) {
            let message = sender.visitor.message(self.embed_token, sender.seq + 1);
            sender.waiting = true;
            sender.sent_at = Instant::now();
            self.swarm.emit(member, "send_message", &message, Some(sender.seq + 1))?;
        }
        Ok(())
    }
}

impl Sender {
    fn after(visitor: Visitor, seq: u64) -> Self {
        let heard = Deliveries::after(seq, 1);
        Self { visitor, sent_at: Instant::now(), seq, waiting: false, heard }
    }

    /// Reads the answer it waited for, and gives the time it waited.
    fn acknowledged(&mut self, id: u64, answer: &str) -> anyhow::Result<Duration> {
        let seq = receipt(answer)?.seq;
        let due = self.seq + 1;
        ensure!((id, seq) == (due, due), "acknowledged {id} as {seq}; {due} was due");
        self.seq = seq;
        self.waiting = false;
        Ok(self.sent_at.elapsed())
    }

    /// Whether it has its answer, and has been given its own messages.
    fn is_done(&self) -> bool {
        !self.waiting && self.heard.finish(self.seq).is_ok()
    }
}
