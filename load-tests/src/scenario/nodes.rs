//! Two nodes behind one Redis and one Postgres: what it costs to reach members on the other node.

use anyhow::Context as _;

use super::{TEXT_CHARS, WARM_UP};
use crate::database::Database;
use crate::options::Options;
use crate::plot::Plot;
use crate::progress::say;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::{Setup, Target};
use crate::words::{By, Conversations, Plan};

const MEMBERS: usize = 500;
const PLAN: Plan = Plan { rooms: 1, listeners: MEMBERS, writers: 1 };
const PER_SECOND: u32 = 40;

const COLUMNS: [&str; 6] = [
    "agents are",
    "messages/s",
    "deliveries",
    "CPU µs per delivery, both nodes",
    "p50 ms",
    "p99 ms",
];

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let (Some(postgres), Some(redis)) = (&options.postgres, &options.redis) else {
        say("nodes are left out: name a --postgres and a --redis");
        return Ok(Found::default());
    };
    let database = Database::create(postgres)?;
    let setup = || Setup { database: Some(database.url()), redis: Some(redis.clone()) };
    let first = Target::provide_with(options, setup())?;
    let second = first.provide_beside(options, &setup()).context("the second node")?;
    let mut table = Table::new("Two nodes", &note(), &COLUMNS);
    let mut plot = Plot::new("nodes", "A delivery across nodes, p99", "ms");
    let places = [("on the visitor's node", first.address), ("on the other node", second.address)];
    for (place, (name, address)) in places.into_iter().enumerate() {
        say(&format!("agents {name}"));
        let words = Conversations::new(&first, By::Visitor)?.numbered_from(place);
        let words = words.with_agents_at(address);
        let servers = [first.process, second.process];
        let swarm = Swarm::new(first.address)?;
        let mut rooms = Rooms::open(words, swarm, &servers, PLAN, TEXT_CHARS)?;
        rooms.pace(PER_SECOND, WARM_UP)?;
        let mut outcome = rooms.pace(PER_SECOND, options.step())?;
        let p99 = outcome.arrived.percentile_ms(99);
        table.push(vec![
            name.to_owned(),
            number(outcome.cost.per_second(outcome.messages)),
            number(outcome.deliveries.into()),
            number(outcome.cost.cpu_us_each(outcome.deliveries)),
            number(outcome.arrived.percentile_ms(50)),
            number(p99),
        ]);
        plot.push(format!("hub, agents {name}"), p99);
    }
    // Both nodes end before their database is dropped.
    drop((second, first));
    Ok(Found { tables: vec![table], aims: Vec::new(), plots: vec![plot] })
}

fn note() -> String {
    format!(
        "Two nodes with one Redis and one Postgres. A visitor writes {PER_SECOND} messages a second into a conversation that \
         {} agents have joined, all on the same node as the visitor, then all on the other. Every delivery is checked.",
        MEMBERS - 1
    )
}
