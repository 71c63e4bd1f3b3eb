//! Visitors who write as fast as they are acknowledged: how many messages become durable.

use std::net::SocketAddr;

use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::database::Database;
use crate::disk::Disk;
use crate::options::{self, Options};
use crate::peer::{self, Keeping, Kept, Sort};
use crate::plot::Plot;
use crate::process::Process;
use crate::progress::say;
use crate::report::{Found, Table, number};
use crate::rooms::{Outcome, Rooms};
use crate::swarm::Swarm;
use crate::target::{Setup, Target};
use crate::words::{By, Conversations, Plan, Tiny, Words};

/// So many visitors, one step after the other.
const STEPS: [usize; 4] = [1, 50, 200, 500];
/// The step that is aimed at.
const AIMED: usize = 200;
/// Who hears what is said in a room: the visitor and an agent.
const LISTENERS: usize = 2;
/// How late the latest of a hundred acknowledgements may be, at half the rate that is aimed at.
const P99_MS_MAX: f64 = 50.0;
/// How much faster than a Node server that commits each message.
const OF_NODE_MIN: f64 = 5.0;

const COLUMNS: [&str; 8] = [
    "server",
    "visitors",
    "pace",
    "acknowledged/s",
    "acknowledged after, p50 ms",
    "p99 ms",
    "CPU µs per message",
    "generator CPU µs per message",
];

/// A database, and what is aimed at on it.
struct Engine {
    name: &'static str,
    /// A Postgres server; `None` is a SQLite file.
    server: Option<String>,
    per_second_min: u32,
}

/// What is being filled.
struct Rows {
    table: Table,
    plot: Plot,
    aims: Vec<Aim>,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let plot = Plot::new("durable", "Committed, told and acknowledged, 200 visitors", "messages/s");
    let table = Table::new("Durable messages", &note(options)?, &COLUMNS);
    let mut rows = Rows { table, plot, aims: Vec::new() };
    if options.address.is_some() || options.database.is_some() {
        let target = Target::provide(options)?;
        rows.hub(&target, None, ("the database named", 5_000), options)?;
    } else {
        let sqlite = Engine { name: "SQLite", server: None, per_second_min: 5_000 };
        let postgres = options.postgres.clone().map(|server| Engine {
            name: "Postgres",
            server: Some(server),
            per_second_min: 3_000,
        });
        if postgres.is_none() {
            say("Postgres is left out: name a server with --postgres");
        }
        for engine in std::iter::once(sqlite).chain(postgres) {
            rows.engine(&engine, options)?;
        }
    }
    Ok(Found { tables: vec![rows.table], aims: rows.aims, plots: vec![rows.plot] })
}

impl Rows {
    /// The hub and, beside it, Node on the same sort of database.
    fn engine(&mut self, engine: &Engine, options: &Options) -> anyhow::Result<()> {
        let create = || engine.server.as_deref().map(Database::create).transpose();
        let database = create()?;
        let setup = Setup { database: database.as_ref().map(Database::url), redis: None };
        let target = Target::provide_with(options, setup)?;
        let aimed = (engine.name, engine.per_second_min);
        let ours = self.hub(&target, database.as_ref(), aimed, options)?;
        drop((target, database));
        if !peer::node_is_here() {
            return Ok(());
        }
        for kept in [Kept::Messages, Kept::Conversations] {
            let database = create()?;
            let node = self.node(engine.name, kept, database.as_ref(), options)?;
            let what = format!(
                "Durable messages on {}, of Node's socket.io that commits {}",
                engine.name,
                kept.as_str()
            );
            self.aims.push(Aim::at_least(what, OF_NODE_MIN, ours / node));
        }
        Ok(())
    }

    /// A Node server that commits each message; gives how many a second were acknowledged.
    fn node(
        &mut self,
        engine: &str,
        what: Kept,
        database: Option<&Database>,
        options: &Options,
    ) -> anyhow::Result<f64> {
        let peer =
            Sort::Node(Some(Keeping { what, database: database.map(Database::url) })).start()?;
        let name = format!("{}, {engine}", peer.name);
        let mut rooms = open(Tiny, (peer.process, peer.address), AIMED)?;
        settle(database)?;
        rooms.saturate_all(1, WARM_UP)?;
        let mut outcome = rooms.saturate_all(1, options.step())?;
        let reached = self.push(&name, AIMED, "as fast as it goes", &mut outcome);
        self.plot.push(name, reached);
        Ok(reached)
    }

    /// All steps against one server; gives how many a second were acknowledged at the one that is aimed at.
    fn hub(
        &mut self,
        target: &Target,
        database: Option<&Database>,
        (engine, per_second_min): (&str, u32),
        options: &Options,
    ) -> anyhow::Result<f64> {
        let name = format!("hub, {engine}");
        let mut reached = 0.0;
        for (place, count) in STEPS.into_iter().enumerate() {
            say(&format!("{engine}: {count} visitors"));
            // Nobody of an earlier step.
            let words = Conversations::new(target, By::Visitor)?.numbered_from(place * 1_000);
            let mut rooms = open(words, (target.process, target.address), count)?;
            settle(database)?;
            rooms.saturate_all(1, WARM_UP)?;
            let mut outcome = rooms.saturate_all(1, options.step())?;
            let per_second = self.push(&name, count, "as fast as it goes", &mut outcome);
            if count != AIMED {
                continue;
            }
            reached = per_second;
            let half = half(per_second_min, &outcome);
            let mut paced = rooms.pace(half, options.step())?;
            self.push(&name, count, &format!("{half} a second"), &mut paced);
            let p99 = paced.acked.percentile_ms(99);
            let what = format!("Acknowledged on {engine} at {half} a second, p99 ms");
            self.aims.push(Aim::at_most(what, P99_MS_MAX, p99));
        }
        self.plot.push(name, reached);
        let what = format!("Durable messages a second on {engine}, {AIMED} senders");
        self.aims.push(Aim::at_least(what, per_second_min.into(), reached));
        Ok(reached)
    }

    /// Adds a row, and gives how many were acknowledged a second.
    fn push(&mut self, server: &str, count: usize, pace: &str, outcome: &mut Outcome) -> f64 {
        let Outcome { messages, cost, .. } = *outcome;
        let per_second = cost.per_second(messages);
        self.table.push(vec![
            server.to_owned(),
            count.to_string(),
            pace.to_owned(),
            number(per_second),
            number(outcome.acked.percentile_ms(50)),
            number(outcome.acked.percentile_ms(99)),
            number(cost.cpu_us_each(messages)),
            number(cost.own_cpu_us_each(messages)),
        ]);
        per_second
    }
}

/// A Postgres that has been there for a minute knows how large its tables are.
fn settle(database: Option<&Database>) -> anyhow::Result<()> {
    database.map_or(Ok(()), Database::analyze)
}

/// Half of the rate that is aimed at or, where that is not reached, of what is.
fn half(per_second_min: u32, reached: &Outcome) -> u32 {
    let whole_seconds = u32::try_from(reached.cost.elapsed.as_secs()).unwrap_or(u32::MAX).max(1);
    (reached.messages / whole_seconds).min(per_second_min).max(2) / 2
}

fn open<W: Words>(
    words: W,
    (server, address): (Process, SocketAddr),
    visitors: usize,
) -> anyhow::Result<Rooms<W>> {
    let plan = Plan { rooms: visitors, listeners: LISTENERS, writers: 1 };
    Rooms::open(words, Swarm::new(address)?, &[server], plan, TEXT_CHARS)
}

fn note(options: &Options) -> anyhow::Result<String> {
    let disk = Disk::measure(&options::folder()?, options.step())?;
    Ok(format!(
        "Each visitor writes {TEXT_CHARS} characters into a conversation of its own, that an agent has joined, and again \
         as soon as both have it and it is acknowledged, which is after the commit. Postgres is told to look how large its tables are before each step, as it does \
         by itself within a minute. The Node servers commit \
         each message in a transaction of its own, in SQLite (WAL, `synchronous=FULL`) or over 20 connections to Postgres, \
         before they tell the room: one inserts a row and nothing else (`messages`), one keeps what the hub keeps at the \
         least, which is the order of each conversation, what is unread in it, and a log of events (`conversations`). Acknowledgements and deliveries are checked: none lost, \
         none doubled, all in order. The disk takes {} ms to keep 4 KiB for good (write and fdatasync, median); asked for \
         that 250 times a second, it took {} ms at most for 99 of 100, and once {} ms, while nothing else was going on.",
        number(disk.median),
        number(disk.paced_p99),
        number(disk.paced_longest)
    ))
}
