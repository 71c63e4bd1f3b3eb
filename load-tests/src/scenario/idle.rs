//! Connections that do nothing: what one costs in memory, and to open.

use std::time::Duration;

use crate::meter::{Cost, Meter};
use crate::options::Options;
use crate::progress::say;
use crate::protocol::Protocol;
use crate::pusher::Pusher;
use crate::report::{Table, number};
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

const SOCKETIO_CLIENTS: &str = "Visitors' connections on the main namespace, over WebSocket.";
const PUSHER_CLIENTS: &str = "\
Pusher connections over WebSocket, each subscribed to the same private channel; a subscription is \
part of what it takes to open one.";
const NOTE: &str = "\
Memory is the growth of the server's proportional set size for each, 3 s after the last one was \
opened, and again when each has been pinged; memory of the kernel is not in it.";

const COLUMNS: [&str; 6] = [
    "connections",
    "KiB each, opened",
    "KiB each, pinged",
    "opened per second",
    "CPU µs to open one",
    "CPU µs a ping",
];

pub(super) fn run(target: &Target, _: &Options) -> anyhow::Result<Table> {
    measure(target, "Idle connections", SOCKETIO_CLIENTS, &SocketIo::visitor())
}

pub(super) fn run_pusher(target: &Target, _: &Options) -> anyhow::Result<Table> {
    let client = Pusher::subscriber(&target.app, "private-load");
    measure(target, "Idle Pusher connections", PUSHER_CLIENTS, &client)
}

fn measure(
    target: &Target,
    title: &str,
    clients: &str,
    client: &impl Protocol,
) -> anyhow::Result<Table> {
    let mut table = Table::new(title, &format!("{clients} {NOTE}"), &COLUMNS);
    let mut first = Swarm::new(target.address)?;
    first.open(FIRST, client)?;
    drop(first);
    let mut swarm = Swarm::new(target.address)?;
    swarm.idle(SETTLE)?;
    let empty_kib = target.process.memory_kib()?;
    let mut open = 0;
    for count in STEPS {
        say(&format!("open {count} connections"));
        let meter = Meter::start(target.process)?;
        swarm.open(usize::from(count - open), client)?;
        let opening = meter.stop()?;
        swarm.idle(SETTLE)?;
        let each_kib =
            |now_kib: u32| (f64::from(now_kib) - f64::from(empty_kib)) / f64::from(count);
        let opened_kib = each_kib(target.process.memory_kib()?);
        say(&format!("{} KiB each; wait for pings", number(opened_kib)));
        let beating = beat(&mut swarm, target)?;
        table.push(vec![
            number(count.into()),
            number(opened_kib),
            number(each_kib(target.process.memory_kib()?)),
            number(opening.per_second((count - open).into())),
            number(opening.cpu_us_each((count - open).into())),
            number(beating.cpu_us_each(count.into())),
        ]);
        open = count;
    }
    Ok(table)
}

/// Waits until each connection has been pinged once.
fn beat(swarm: &mut Swarm<impl Protocol>, target: &Target) -> anyhow::Result<Cost> {
    let meter = Meter::start(target.process)?;
    let interval = swarm.ping_interval();
    swarm.idle(interval)?;
    let cost = meter.stop()?;
    swarm.idle(BEAT)?;
    Ok(cost)
}
