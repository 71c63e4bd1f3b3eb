//! A room with a steady pace: how late a delivery is when nobody is overloaded.

use std::net::SocketAddr;
use std::time::Duration;

use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::floor::Floor;
use crate::latency::Latency;
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
use crate::process::Process;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{By, Channels, Conversations, Plan, Tiny, Words};

const MEMBERS: usize = 1_000;
const PLAN: Plan = Plan { rooms: 1, listeners: MEMBERS, writers: 1 };
/// Messages a second: a fifth of what the floor manages with one processor.
const PER_SECOND: u32 = 40;
/// How much later than the floor's the latest of a hundred deliveries may be.
const OF_FLOOR_MAX: f64 = 3.0;

const COLUMNS: [&str; 6] =
    ["server", "messages", "deliveries", "p50 ms", "p99 ms", "p99, of the floor"];

struct Rows {
    table: Table,
    plot: Plot,
    floor_ms: f64,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let note = format!(
        "{PER_SECOND} messages a second, however long they take, to a room of {MEMBERS}: from sending one until a \
         member has it, of all deliveries. The floor writes to its sockets one after another, so half of its own time is \
         the wait for those before."
    );
    let mut rows = Rows {
        table: Table::new("Paced", &note, &COLUMNS),
        plot: Plot::new("paced", "99 of 100 deliveries were no later", "ms"),
        floor_ms: f64::NAN,
    };
    let mut aims = Vec::new();
    let target = Target::provide(options)?;
    let place = (target.process, target.address);
    let mut channel = open(Channels::new(&target.app), place)?;
    channel.pace(PER_SECOND, WARM_UP)?;
    let mut floor = Floor::open(MEMBERS, channel.frame_bytes())?;
    floor.pace(PER_SECOND, WARM_UP)?;
    let mut step = floor.pace(PER_SECOND, options.step())?;
    drop(floor);
    rows.floor_ms = step.arrived.percentile_ms(99);
    rows.push("floor", step.messages, &mut step.arrived);
    let of_floor = rows.measure("hub, Pusher", &mut channel, options.step())?;
    aims.push(Aim::at_most(
        "Paced delivery on a Pusher channel, p99, of the floor",
        OF_FLOOR_MAX,
        of_floor,
    ));
    drop(channel);
    let mut conversation = open(Conversations::new(&target, By::Agents)?, place)?;
    let of_floor = rows.measure("hub, Socket.IO, committed", &mut conversation, options.step())?;
    aims.push(Aim::at_most(
        "Paced delivery in a Socket.IO room, p99, of the floor",
        OF_FLOOR_MAX,
        of_floor,
    ));
    drop((conversation, target));
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        let mut room = open(Tiny, (peer.process, peer.address))?;
        rows.measure(&peer.name, &mut room, options.step())?;
    }
    Ok(Found { tables: vec![rows.table], aims, plots: vec![rows.plot] })
}

fn open<W: Words>(words: W, (server, address): (Process, SocketAddr)) -> anyhow::Result<Rooms<W>> {
    Rooms::open(words, Swarm::new(address)?, &[server], PLAN, TEXT_CHARS)
}

impl Rows {
    /// Gives how late the latest of a hundred deliveries was, of the floor's.
    fn measure<W: Words>(
        &mut self,
        server: &str,
        rooms: &mut Rooms<W>,
        time: Duration,
    ) -> anyhow::Result<f64> {
        rooms.pace(PER_SECOND, WARM_UP)?;
        let mut outcome = rooms.pace(PER_SECOND, time)?;
        Ok(self.push(server, outcome.messages, &mut outcome.arrived))
    }

    fn push(&mut self, server: &str, messages: u32, arrived: &mut Latency) -> f64 {
        let (p50, p99) = (arrived.percentile_ms(50), arrived.percentile_ms(99));
        self.plot.push(server, p99);
        self.table.push(vec![
            server.to_owned(),
            number(messages.into()),
            number(arrived.count().into()),
            number(p50),
            number(p99),
            number(p99 / self.floor_ms),
        ]);
        p99 / self.floor_ms
    }
}
