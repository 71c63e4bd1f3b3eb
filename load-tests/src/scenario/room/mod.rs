//! One room with many members: what it costs to deliver a message to one of them.

mod channel;
mod conversation;
mod flights;
mod floor;

use std::time::Duration;

use crate::chat::CONTENT_CHARS;
use crate::latency::Latency;
use crate::meter::Cost;
use crate::options::Options;
use crate::progress::say;
use crate::report::{Table, number};
use crate::target::Target;

use channel::{Channel, DATA_BYTES};
use conversation::Conversation;
use floor::Floor;

/// Agents in the conversation, beside the visitor who began it.
const AGENTS: u16 = 1_000;
/// Subscribers of the channel, one step after the other.
const SUBSCRIBERS: [u16; 2] = [1_000, 5_000];
/// Who writes: so many of them, each with so many messages on their way.
const STEPS: [(usize, usize); 3] = [(1, 1), (1, 8), (8, 1)];

const COLUMNS: [&str; 10] = [
    "server",
    "members",
    "in flight",
    "messages/s",
    "deliveries",
    "CPU s per million deliveries",
    "of the floor",
    "writes per delivery",
    "everybody has it, p50 / p99 ms",
    "generator CPU s per million",
];

/// What came of a step.
struct Step {
    messages: u32,
    /// What the writers sent over the network: as many TCP segments.
    requests: u32,
    deliveries: u32,
    /// From sending a message until everybody had it (and, in a conversation, it was acknowledged).
    complete: Latency,
    cost: Cost,
}

/// The rows of so many members, each beside the floor.
struct Rows<'a> {
    table: &'a mut Table,
    members: u16,
    floor_us: f64,
}

pub(super) fn run(target: &Target, options: &Options) -> anyhow::Result<Table> {
    let mut table = Table::new("One room", &note(), &COLUMNS);
    say("let everybody in");
    let mut conversation = Conversation::open(target, AGENTS.into())?;
    conversation.write_for(1, 1, super::WARM_UP)?;
    let mut rows =
        Rows::beside_floor(&mut table, AGENTS + 1, conversation.frame_bytes(), options.step())?;
    for (writers, each) in STEPS {
        rows.measure(writers, each, |time| conversation.write_for(writers, each, time), options)?;
    }
    Ok(table)
}

pub(super) fn run_pusher(target: &Target, options: &Options) -> anyhow::Result<Table> {
    let mut table = Table::new("One Pusher channel", &note_pusher(), &COLUMNS);
    for members in SUBSCRIBERS {
        say(&format!("let {members} subscribe"));
        let mut channel = Channel::open(target, members.into())?;
        channel.write_for(1, 1, super::WARM_UP)?;
        let mut rows =
            Rows::beside_floor(&mut table, members, channel.frame_bytes(), options.step())?;
        for (writers, each) in STEPS {
            rows.measure(writers, each, |time| channel.write_for(writers, each, time), options)?;
        }
    }
    Ok(table)
}

fn note() -> String {
    format!(
        "A conversation of {members} members, and agents in it who write {CONTENT_CHARS} characters at a \
         time. `8 from 1`: one agent with eight messages on their way, handled one after another; \
         `1 from 8`: eight agents with one each. Messages are committed before they are delivered. \
         {FLOOR} Every member's every message is checked: none lost, none doubled, all in order.",
        members = number(f64::from(AGENTS + 1))
    )
}

fn note_pusher() -> String {
    format!(
        "A public channel, and programs that publish {DATA_BYTES} bytes at a time with signed requests \
         over connections that stay open. `8 from 1`: one program with eight events in each batch; \
         `1 from 8`: eight programs with one event each. {FLOOR} Every subscriber's every event is \
         checked: none lost, none doubled, those of each program in order."
    )
}

const FLOOR: &str = "\
The floor is a thread that knows no rooms: it writes a prepared frame of the same size to each of as \
many sockets.";

impl<'a> Rows<'a> {
    /// Measures the floor, and begins with its row.
    fn beside_floor(
        table: &'a mut Table,
        members: u16,
        frame_bytes: usize,
        time: Duration,
    ) -> anyhow::Result<Self> {
        say("the floor");
        let mut floor = Floor::open(members.into(), frame_bytes)?;
        floor.write_for(super::WARM_UP)?;
        let step = floor.write_for(time)?;
        let floor_us = step.cost.cpu_us_each(step.deliveries);
        let mut rows = Self { table, members, floor_us };
        rows.push("floor", "1".to_owned(), step);
        Ok(rows)
    }

    /// Lets writers write, and adds the row of it.
    fn measure(
        &mut self,
        writers: usize,
        each: usize,
        write_for: impl FnOnce(Duration) -> anyhow::Result<Step>,
        options: &Options,
    ) -> anyhow::Result<()> {
        let in_flight = format!("{each} from {writers}");
        say(&in_flight);
        let step = write_for(options.step())?;
        self.push("hub", in_flight, step);
        Ok(())
    }

    fn push(&mut self, server: &str, in_flight: String, mut step: Step) {
        let Step { messages, deliveries, cost, .. } = step;
        let writes = cost.segments.saturating_sub(step.requests);
        let (p50, p99) = (step.complete.percentile_ms(50), step.complete.percentile_ms(99));
        self.table.push(vec![
            server.to_owned(),
            number(self.members.into()),
            in_flight,
            number(cost.per_second(messages)),
            number(deliveries.into()),
            number(cost.cpu_us_each(deliveries)),
            number(cost.cpu_us_each(deliveries) / self.floor_us.max(f64::EPSILON)),
            number(f64::from(writes) / f64::from(deliveries.max(1))),
            format!("{} / {}", number(p50), number(p99)),
            number(cost.own_cpu_us_each(deliveries)),
        ]);
    }
}
