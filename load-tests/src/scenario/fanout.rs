//! The table of what it costs to deliver a message, with the floor above its rows.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;

use crate::floor::{Floor, FloorStep};
use crate::latency::Latency;
use crate::meter::Cost;
use crate::peer::Peer;
use crate::plot::Plot;
use crate::process::Process;
use crate::progress::say;
use crate::report::{Table, number};
use crate::rooms::Outcome;
use crate::target::Target;

pub(super) const COLUMNS: [&str; 10] = [
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

/// Files that this program has open beside its connections, and more.
const FILES_BESIDE: u64 = 500;

/// What has to be known of the floor.
pub(super) const FLOOR: &str = "\
The floor is a thread that knows no rooms: it writes a prepared frame of the same size to each of as \
many sockets, with a system call for each.";

/// How often a server and the floor have their turns: a machine whose processors are shared with others gives more in one
/// second than in the next, and both are to have their part of that.
const TURNS: u32 = 4;

/// What came of a step.
#[derive(Clone, Default)]
pub(super) struct Step {
    pub(super) messages: u32,
    /// What the writers sent over the network: as many TCP segments.
    pub(super) requests: u32,
    pub(super) deliveries: u32,
    /// From sending a message until everybody had it (and it was acknowledged where it is).
    pub(super) complete: Latency,
    pub(super) cost: Cost,
}

/// A server whose rooms are measured.
pub(super) struct Server<'a> {
    pub(super) name: &'a str,
    pub(super) address: SocketAddr,
    pub(super) process: Process,
}

impl<'a> Server<'a> {
    /// One that was started or named, under this name.
    pub(super) fn target(name: &'a str, target: &Target) -> Self {
        Self { name, address: target.address, process: target.process }
    }

    /// Another one.
    pub(super) fn peer(peer: &'a Peer) -> Self {
        Self { name: &peer.name, address: peer.address, process: peer.process }
    }
}

/// A table that is being filled.
pub(super) struct Fanout {
    pub(super) table: Table,
    pub(super) plot: Plot,
    /// What a delivery cost the floor that was measured last.
    floor_us: f64,
    laid: Option<Laid>,
}

/// A floor whose turns come between those of servers.
struct Laid {
    floor: Floor,
    members: u16,
    /// All its turns.
    step: Step,
}

impl Fanout {
    pub(super) fn new(title: &str, note: &str, plot: Plot) -> Self {
        Self { table: Table::new(title, note, &COLUMNS), plot, floor_us: f64::NAN, laid: None }
    }

    /// Makes a floor ready for [`measure`](Self::measure). Each of its clients takes two files of this program, and
    /// those of the server are open as well: where not so many are allowed, it has fewer.
    pub(super) fn lay_floor(&mut self, members: u16, frame_bytes: usize) -> anyhow::Result<()> {
        say("the floor");
        let files = crate::files_allowed().saturating_sub(u64::from(members) + FILES_BESIDE);
        let members = members.min(u16::try_from(files / 2).unwrap_or(u16::MAX));
        let mut floor = Floor::open(members.into(), frame_bytes)?;
        floor.write_for(super::WARM_UP)?;
        self.laid = Some(Laid { floor, members, step: Step::default() });
        Ok(())
    }

    /// Measures a server in turns with the floor that was laid, for half as long, and adds a row.
    pub(super) fn measure(
        &mut self,
        (server, members, in_flight): (&str, u16, &str),
        time: Duration,
        mut turn: impl FnMut(Duration) -> anyhow::Result<Step>,
    ) -> anyhow::Result<f64> {
        let (mut all, mut floor) = (Step::default(), Step::default());
        for _ in 0..TURNS {
            floor.join(self.walk_floor(time / TURNS / 2)?);
            all.join(turn(time / TURNS)?);
        }
        self.floor_us = floor.cost.cpu_us_each(floor.deliveries);
        Ok(self.push(server, members, in_flight, all))
    }

    /// Has the floor that was laid write for so long, and gives what came of it.
    fn walk_floor(&mut self, time: Duration) -> anyhow::Result<Step> {
        let laid = self.laid.as_mut().context("no floor was laid")?;
        let step = Step::from(laid.floor.write_for(time)?);
        laid.step.join(step.clone());
        Ok(step)
    }

    /// Adds the row of the floor that was laid, and takes it away.
    pub(super) fn lift_floor(&mut self) {
        if let Some(Laid { members, step, .. }) = self.laid.take() {
            self.floor_us = step.cost.cpu_us_each(step.deliveries);
            self.push("floor", members, "1", step);
        }
    }

    /// Adds a row, and says what a delivery cost of what it cost the floor.
    fn push(&mut self, server: &str, members: u16, in_flight: &str, mut step: Step) -> f64 {
        let Step { messages, deliveries, cost, .. } = step;
        let writes = cost.segments.saturating_sub(step.requests);
        let (p50, p99) = (step.complete.percentile_ms(50), step.complete.percentile_ms(99));
        let each_us = cost.cpu_us_each(deliveries);
        say(&format!("{server}, {in_flight}: {} µs a delivery", number(each_us)));
        self.plot.push(format!("{server}, {members}, {in_flight}"), each_us);
        self.table.push(vec![
            server.to_owned(),
            number(members.into()),
            in_flight.to_owned(),
            number(cost.per_second(messages)),
            number(deliveries.into()),
            number(each_us),
            number(each_us / self.floor_us),
            number(f64::from(writes) / f64::from(deliveries.max(1))),
            format!("{} / {}", number(p50), number(p99)),
            number(cost.own_cpu_us_each(deliveries)),
        ]);
        each_us / self.floor_us
    }
}

impl Step {
    /// Goes on with another one.
    fn join(&mut self, other: Self) {
        self.messages += other.messages;
        self.requests += other.requests;
        self.deliveries += other.deliveries;
        self.complete.join(other.complete);
        self.cost = self.cost + other.cost;
    }
}

impl From<Outcome> for Step {
    fn from(outcome: Outcome) -> Self {
        let Outcome { messages, deliveries, complete, cost, .. } = outcome;
        Self { messages, requests: messages, deliveries, complete, cost }
    }
}

impl From<FloorStep> for Step {
    fn from(step: FloorStep) -> Self {
        let FloorStep { messages, deliveries, complete, cost, .. } = step;
        // What was ordered did not go over the network.
        Self { messages, requests: 0, deliveries, complete, cost: cost.of_own_thread() }
    }
}
