//! What it costs to open a connection, here, elsewhere, and at the least.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::aim::Aim;
use crate::floor::Floor;
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

/// Opened before anything is measured.
const FIRST: usize = 500;
/// Opened and measured.
const COUNT: u16 = 5_000;
/// How long a server has to see off those that have left.
const SETTLE: Duration = Duration::from_secs(3);
/// What opening may cost, of the floor: 60 µs where the floor needed 28.
const OF_FLOOR_MAX: f64 = 60.0 / 28.0;

const NOTE: &str = "\
Connections opened 128 at a time, over TCP and WebSocket until the server has said that the client may begin. The floor \
is a thread with one poll that accepts, and answers each request for a WebSocket with prepared bytes; it speaks nothing \
inside. Socket.IO takes two messages more, Pusher's subscription to a public channel as well.";

const COLUMNS: [&str; 5] =
    ["server", "opened per second", "CPU µs to open one", "of the floor", "generator CPU µs"];

/// The rows, and the floor that they stand beside.
struct Rows {
    found: Found,
    table: Table,
    plot: Plot,
    floor_us: f64,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let mut rows = Rows::beside_floor()?;
    let target = Target::provide(options)?;
    let us =
        rows.add("hub, Socket.IO", &open(target.process, target.address, &SocketIo::visitor())?);
    rows.aim("Opening a Socket.IO connection, of the floor", us);
    let client = Pusher::subscriber(&target.app, "load");
    let us = rows.add("hub, Pusher", &open(target.process, target.address, &client)?);
    rows.aim("Opening a Pusher connection, of the floor", us);
    drop(target);
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        rows.add(&peer.name, &open(peer.process, peer.address, &SocketIo::visitor())?);
    }
    for sort in peer::pusher(options) {
        let peer = sort.start()?;
        let client = Pusher::subscriber(&Arc::new(options.app.clone()), "load");
        rows.add(&peer.name, &open(peer.process, peer.address, &client)?);
    }
    let Rows { mut found, table, plot, .. } = rows;
    found.tables.push(table);
    found.plots.push(plot);
    Ok(found)
}

/// Opens connections of a server, and says what they cost it.
fn open(server: Process, address: SocketAddr, client: &impl Protocol) -> anyhow::Result<Cost> {
    Swarm::new(address)?.open(FIRST, client)?;
    let mut swarm = Swarm::new(address)?;
    // The server has to do with those that have ended, of this swarm and of the one before it.
    swarm.idle(SETTLE)?;
    let meter = Meter::start(&[server])?;
    swarm.open(COUNT.into(), client)?;
    meter.stop()
}

impl Rows {
    fn beside_floor() -> anyhow::Result<Self> {
        let (_, cost) = Floor::open_metered(COUNT.into(), 0)?;
        let mut rows = Self {
            found: Found::default(),
            table: Table::new("Opening connections", NOTE, &COLUMNS),
            plot: Plot::new("open", "Opening a connection", "CPU µs of the server"),
            floor_us: cost.cpu_us_each(COUNT.into()),
        };
        // The floor is a thread of this program.
        let own_cpu = cost.own_cpu.saturating_sub(cost.cpu);
        rows.add("floor", &Cost { own_cpu, ..cost });
        Ok(rows)
    }

    /// Adds a server, and gives what one connection cost it.
    fn add(&mut self, server: &str, cost: &Cost) -> f64 {
        let each_us = cost.cpu_us_each(COUNT.into());
        say(&format!("{server}: {} µs each", number(each_us)));
        self.table.push(vec![
            server.to_owned(),
            number(cost.per_second(COUNT.into())),
            number(each_us),
            number(each_us / self.floor_us),
            number(cost.own_cpu_us_each(COUNT.into())),
        ]);
        self.plot.push(server, each_us);
        each_us
    }

    fn aim(&mut self, what: &str, each_us: f64) {
        self.found.aims.push(Aim::at_most(what, OF_FLOOR_MAX, each_us / self.floor_us));
    }
}
