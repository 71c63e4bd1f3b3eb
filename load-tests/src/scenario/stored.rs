//! A hundred times the messages in the database: whether one more costs more for it.

use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::filling;
use crate::latency::Latency;
use crate::meter::{Cost, Meter};
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
/// How often the two have their turns: what the machine gives meanwhile is to be the same for both.
const TURNS: u32 = 4;
/// How long a server has to be done with those who go.
const SETTLE: Duration = Duration::from_secs(1);
/// How much more anything may cost.
const GROWTH_MAX: f64 = 1.2;

const NOTE: &str = "\
A SQLite database that was filled over SQL and made searchable. Then 200 visitors begin conversations, an agent joins each, and \
the visitors write as fast as they are acknowledged. *Opening* is all it takes until everybody is in their room. The two servers \
are measured in turns.";

const COLUMNS: [&str; 6] = [
    "messages before",
    "acknowledged/s",
    "p99 ms",
    "CPU µs per message",
    "CPU µs to open one and join",
    "MiB of memory",
];

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let mut table = Table::new("Stored messages", NOTE, &COLUMNS);
    let [few, many] = STEPS.map(|stored| Side::provide(stored, options));
    let (mut few, mut many) = (few?, many?);
    for turn in 0..TURNS {
        few.open(turn)?;
        many.open(turn)?;
    }
    for _ in 0..TURNS {
        few.busy(options.step() / TURNS)?;
        many.busy(options.step() / TURNS)?;
    }
    let (few, many) = (few.push(&mut table)?, many.push(&mut table)?);
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

/// What one of each costs.
#[derive(Clone, Copy)]
struct Costs {
    message_us: f64,
    open_us: f64,
}

/// A server of its own, with so many messages.
struct Side {
    stored: usize,
    target: Target,
    /// Those who came last.
    rooms: Option<Rooms<Conversations>>,
    opened: u32,
    opening: Cost,
    messages: u32,
    acked: Latency,
    writing: Cost,
}

impl Side {
    fn provide(stored: usize, options: &Options) -> anyhow::Result<Self> {
        say(&format!("{stored} messages are there already"));
        let past = Past::new(stored);
        let target = Target::provide_filled(options, |url| filling::fill(url, &past))?;
        let (opened, opening, messages, acked, writing) = Default::default();
        Ok(Self { stored, target, rooms: None, opened, opening, messages, acked, writing })
    }

    /// Lets visitors come who were not here before, in place of those who were.
    fn open(&mut self, turn: u32) -> anyhow::Result<()> {
        self.rooms = None;
        thread::sleep(SETTLE);
        let servers = [self.target.process];
        let first = usize::try_from(turn)? * PLAN.rooms;
        let words = Conversations::new(&self.target, By::Visitor)?.numbered_from(first);
        let swarm = Swarm::new(self.target.address)?;
        let meter = Meter::start(&servers)?;
        let mut rooms = Rooms::open(words, swarm, &servers, PLAN, TEXT_CHARS)?;
        self.opening = self.opening + meter.stop()?;
        self.opened += u32::try_from(PLAN.rooms * PLAN.listeners)?;
        rooms.saturate_all(1, WARM_UP)?;
        self.rooms = Some(rooms);
        Ok(())
    }

    /// Lets them write for a while.
    fn busy(&mut self, time: Duration) -> anyhow::Result<()> {
        let rooms = self.rooms.as_mut().context("nobody is here")?;
        let outcome = rooms.saturate_all(1, time)?;
        self.messages += outcome.messages;
        self.acked.join(outcome.acked);
        self.writing = self.writing + outcome.cost;
        Ok(())
    }

    /// Adds it to the table, and ends its server.
    fn push(self, table: &mut Table) -> anyhow::Result<Costs> {
        let Self { stored, target, opened, opening, messages, mut acked, writing, .. } = self;
        let costs = Costs {
            message_us: writing.cpu_us_each(messages),
            open_us: opening.cpu_us_each(opened),
        };
        table.push(vec![
            stored.to_string(),
            number(writing.per_second(messages)),
            number(acked.percentile_ms(99)),
            number(costs.message_us),
            number(costs.open_us),
            number(f64::from(target.process.memory_kib()?) / 1_024.0),
        ]);
        Ok(costs)
    }
}
