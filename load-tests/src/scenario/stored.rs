//! A hundred times the messages in the database: whether one more costs more for it.

use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::filling;
use crate::meter::Meter;
use crate::options::Options;
use crate::past::Past;
use crate::progress::say;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{By, Conversations, Plan};

/// How many messages there are already.
const STEPS: [usize; 2] = [10_000, 1_000_000];
/// Who goes on beside them: visitors who write, and an agent with each.
const PLAN: Plan = Plan { rooms: 200, listeners: 2, writers: 1 };
/// How much more anything may cost.
const GROWTH_MAX: f64 = 1.2;

const NOTE: &str = "\
A SQLite database that was filled over SQL and made searchable. Then 200 visitors begin conversations, an agent joins each, and \
the visitors write as fast as they are acknowledged. *Opening* is all it takes until everybody is in their room.";

const COLUMNS: [&str; 6] = [
    "messages before",
    "acknowledged/s",
    "p99 ms",
    "CPU µs per message",
    "CPU µs to open one and join",
    "MiB of memory",
];

/// What one of each costs.
#[derive(Clone, Copy)]
struct Costs {
    message_us: f64,
    open_us: f64,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let mut table = Table::new("Stored messages", NOTE, &COLUMNS);
    let [few, many] = STEPS.map(|stored| measure(&mut table, stored, options));
    let (few, many) = (few?, many?);
    let aims = vec![
        Aim::at_most(
            "Growth of the cost of a message with what is stored",
            GROWTH_MAX,
            many.message_us / few.message_us,
        ),
        Aim::at_most(
            "Growth of the cost of joining with what is stored",
            GROWTH_MAX,
            many.open_us / few.open_us,
        ),
    ];
    Ok(Found { tables: vec![table], aims, plots: Vec::new() })
}

fn measure(table: &mut Table, stored: usize, options: &Options) -> anyhow::Result<Costs> {
    say(&format!("{stored} messages are there already"));
    let past = Past::new(stored);
    let target = Target::provide_filled(options, |url| filling::fill(url, &past))?;
    let words = Conversations::new(&target, By::Visitor)?;
    let opening = Meter::start(&[target.process])?;
    let swarm = Swarm::new(target.address)?;
    let mut rooms = Rooms::open(words, swarm, &[target.process], PLAN, TEXT_CHARS)?;
    let opened = u32::try_from(PLAN.rooms * PLAN.listeners)?;
    let open_us = opening.stop()?.cpu_us_each(opened);
    rooms.saturate_all(1, WARM_UP)?;
    let mut outcome = rooms.saturate_all(1, options.step())?;
    let message_us = outcome.cost.cpu_us_each(outcome.messages);
    table.push(vec![
        stored.to_string(),
        number(outcome.cost.per_second(outcome.messages)),
        number(outcome.acked.percentile_ms(99)),
        number(message_us),
        number(open_us),
        number(f64::from(target.process.memory_kib()?) / 1_024.0),
    ]);
    Ok(Costs { message_us, open_us })
}
