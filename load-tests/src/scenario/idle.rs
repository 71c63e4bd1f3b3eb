//! Connections that do nothing: what one costs in memory.

use std::net::SocketAddr;
use std::time::Duration;

use crate::aim::Aim;
use crate::meter::{Cost, Meter};
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
use crate::process::Process;
use crate::progress::say;
use crate::protocol::Protocol;
use crate::pusher::Pusher;
use crate::report::{Found, Table, number};
use crate::socketio::SocketIo;
use crate::swarm::Swarm;
use crate::target::Target;

/// So many connections, one step after the other.
const STEPS: [u16; 2] = [1_000, 5_000];
/// Opened and closed before anything is measured, so that what the first ones cause is not counted.
const FIRST: usize = 100;
/// How long a server has to free what opening a connection took.
const SETTLE: Duration = Duration::from_secs(3);
/// How long after the first ping every connection must have had one.
const BEAT: Duration = Duration::from_secs(3);

/// What a connection may take.
const KIB_MAX: f64 = 3.5;

const SOCKETIO_CLIENTS: &str = "Visitors' connections on the main namespace, over WebSocket.";
const PUSHER_CLIENTS: &str = "\
Pusher connections over WebSocket, each subscribed to the same private channel; a subscription is \
part of what it takes to open one.";
const NOTE: &str = "\
Memory is the growth of the server's proportional set size for each, 3 s after the last one was \
opened, and again when each has been pinged; memory of the kernel is not in it.";

const COLUMNS: [&str; 6] = [
    "server",
    "connections",
    "KiB each, opened",
    "KiB each, pinged",
    "CPU µs to open one",
    "CPU µs a ping",
];

/// What was found so far.
struct Idle {
    table: Table,
    plot: Plot,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let mut idle = Idle::new("Idle connections", SOCKETIO_CLIENTS, "idle");
    let target = Target::provide(options)?;
    let kib = idle.measure("hub", (target.process, target.address), &SocketIo::visitor(), true)?;
    drop(target);
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        idle.measure(&peer.name, (peer.process, peer.address), &SocketIo::visitor(), false)?;
    }
    Ok(idle.finish(Aim::at_most("KiB of an idle Socket.IO connection", KIB_MAX, kib)))
}

pub(super) fn run_pusher(options: &Options) -> anyhow::Result<Found> {
    let mut idle = Idle::new("Idle Pusher connections", PUSHER_CLIENTS, "pusher-idle");
    let target = Target::provide(options)?;
    let client = Pusher::subscriber(&target.app, "private-load");
    let kib = idle.measure("hub", (target.process, target.address), &client, true)?;
    drop(target);
    for sort in peer::pusher(options) {
        let peer = sort.start()?;
        idle.measure(&peer.name, (peer.process, peer.address), &client, false)?;
    }
    Ok(idle.finish(Aim::at_most("KiB of an idle Pusher connection", KIB_MAX, kib)))
}

impl Idle {
    fn new(title: &str, clients: &str, plot: &'static str) -> Self {
        let table = Table::new(title, &format!("{clients} {NOTE}"), &COLUMNS);
        Self { table, plot: Plot::new(plot, title, "KiB of the server's memory for each") }
    }

    /// Opens connections of a server, and gives the KiB that each of the most takes.
    fn measure(
        &mut self,
        name: &str,
        (server, address): (Process, SocketAddr),
        client: &impl Protocol,
        pings: bool,
    ) -> anyhow::Result<f64> {
        let mut first = Swarm::new(address)?;
        first.open(FIRST, client)?;
        drop(first);
        let mut swarm = Swarm::new(address)?;
        swarm.idle(SETTLE)?;
        let empty_kib = server.memory_kib()?;
        let (mut open, mut last_kib) = (0, 0.0);
        for count in STEPS {
            let each_kib =
                |now_kib: u32| (f64::from(now_kib) - f64::from(empty_kib)) / f64::from(count);
            let meter = Meter::start(&[server])?;
            swarm.open(usize::from(count - open), client)?;
            let opening = meter.stop()?;
            swarm.idle(SETTLE)?;
            last_kib = each_kib(server.memory_kib()?);
            say(&format!("{name}: {count} connections, {} KiB each", number(last_kib)));
            // The wait is long, so it is made once.
            let beating = (pings && count == STEPS[STEPS.len() - 1])
                .then(|| beat(&mut swarm, server))
                .transpose()?;
            let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), number);
            let pinged_kib = beating.map(|_| server.memory_kib()).transpose()?.map(each_kib);
            self.table.push(vec![
                name.to_owned(),
                number(count.into()),
                number(last_kib),
                cell(pinged_kib),
                number(opening.cpu_us_each((count - open).into())),
                cell(beating.map(|cost| cost.cpu_us_each(count.into()))),
            ]);
            open = count;
        }
        self.plot.push(name, last_kib);
        Ok(last_kib)
    }

    fn finish(self, aim: Aim) -> Found {
        Found { tables: vec![self.table], aims: vec![aim], plots: vec![self.plot] }
    }
}

/// Waits until each connection has been pinged once.
fn beat(swarm: &mut Swarm<impl Protocol>, server: Process) -> anyhow::Result<Cost> {
    let meter = Meter::start(&[server])?;
    let interval = swarm.ping_interval();
    swarm.idle(interval)?;
    let cost = meter.stop()?;
    swarm.idle(BEAT)?;
    Ok(cost)
}
