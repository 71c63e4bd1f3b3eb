//! An organization with many agents: what it costs to tell each of them of every message.

use super::{TEXT_CHARS, WARM_UP};
use crate::options::Options;
use crate::progress::say;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{Plan, Queue};

/// Agents, one step after the other.
const STEPS: [u16; 3] = [10, 100, 1_000];
const VISITORS: usize = 50;
/// Messages a second, of all visitors together.
const PER_SECOND: u32 = 50;

const COLUMNS: [&str; 7] = [
    "agents",
    "messages/s",
    "deliveries",
    "CPU µs per message",
    "CPU µs per delivery",
    "an agent has it, p50 ms",
    "p99 ms",
];

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let note = format!(
        "{VISITORS} visitors write {PER_SECOND} messages a second in conversations of their own; every agent is in the \
         queue, and hears of each of them. Each delivery to an agent is checked. What the visitors hear, and the commits, \
         are in the processor time."
    );
    let mut table = Table::new("An inbox with many agents", &note, &COLUMNS);
    let target = Target::provide(options)?;
    for (place, agents) in STEPS.into_iter().enumerate() {
        say(&format!("{agents} agents"));
        let plan = Plan { rooms: 1, listeners: agents.into(), writers: VISITORS };
        let words = Queue::new(&target, place * VISITORS)?;
        let swarm = Swarm::new(target.address)?;
        let mut rooms = Rooms::open(words, swarm, &[target.process], plan, TEXT_CHARS)?;
        rooms.pace(PER_SECOND, WARM_UP)?;
        let mut outcome = rooms.pace(PER_SECOND, options.step())?;
        table.push(vec![
            number(agents.into()),
            number(outcome.cost.per_second(outcome.messages)),
            number(outcome.deliveries.into()),
            number(outcome.cost.cpu_us_each(outcome.messages)),
            number(outcome.cost.cpu_us_each(outcome.deliveries)),
            number(outcome.arrived.percentile_ms(50)),
            number(outcome.arrived.percentile_ms(99)),
        ]);
    }
    Ok(table.into())
}
