//! One conversation with many members: what it costs to deliver a message to one of them.

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

use conversation::Conversation;
use floor::Floor;

/// Agents in the room, beside the visitor who began it.
const AGENTS: u16 = 1_000;
/// Who writes: so many agents, each with so many messages on their way.
const STEPS: [(usize, usize); 3] = [(1, 1), (1, 8), (8, 1)];

const COLUMNS: [&str; 9] = [
    "server",
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
    deliveries: u32,
    /// From sending a message until it was acknowledged and everybody had it.
    complete: Latency,
    cost: Cost,
}

pub(super) fn run(target: &Target, options: &Options) -> anyhow::Result<Table> {
    let mut table = Table::new("One room", &note(), &COLUMNS);
    say("room: let everybody in");
    let mut conversation = Conversation::open(target, AGENTS.into())?;
    conversation.write_for(1, 1, super::WARM_UP)?;
    let floor = floor(conversation.event_bytes(), options.step())?;
    let floor_us = floor.cost.cpu_us_each(floor.deliveries);
    table.push(row("floor", "1".to_owned(), floor, floor_us));
    for (writers, each) in STEPS {
        let in_flight = format!("{each} from {writers}");
        say(&format!("room: {in_flight}"));
        let step = conversation.write_for(writers, each, options.step())?;
        table.push(row("hub", in_flight, step, floor_us));
    }
    Ok(table)
}

fn note() -> String {
    format!(
        "A conversation of {members} members, and agents in it who write {CONTENT_CHARS} characters at a \
         time. `8 from 1`: one agent with eight messages on their way, handled one after another; \
         `1 from 8`: eight agents with one each. Messages are committed before they are delivered. The \
         floor is a thread that knows no rooms and commits nothing: it writes a prepared frame of the \
         same size to each of {members} sockets. Every member's every message is checked: none lost, none \
         doubled, all in order.",
        members = number(f64::from(AGENTS + 1))
    )
}

fn floor(event_bytes: usize, time: Duration) -> anyhow::Result<Step> {
    say("room: the floor");
    let mut floor = Floor::open(usize::from(AGENTS) + 1, event_bytes)?;
    floor.write_for(super::WARM_UP)?;
    floor.write_for(time)
}

fn row(server: &str, in_flight: String, mut step: Step, floor_us: f64) -> Vec<String> {
    let Step { messages, deliveries, cost, .. } = step;
    // The messages themselves are segments too.
    let writes = cost.segments.saturating_sub(messages);
    let (p50, p99) = (step.complete.percentile_ms(50), step.complete.percentile_ms(99));
    vec![
        server.to_owned(),
        in_flight,
        number(cost.per_second(messages)),
        number(deliveries.into()),
        number(cost.cpu_us_each(deliveries)),
        number(cost.cpu_us_each(deliveries) / floor_us.max(f64::EPSILON)),
        number(f64::from(writes) / f64::from(deliveries.max(1))),
        format!("{} / {}", number(p50), number(p99)),
        number(cost.own_cpu_us_each(deliveries)),
    ]
}
