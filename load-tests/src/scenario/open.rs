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

/// How often the floor and the hub have their turns: what the machine gives meanwhile is to be the same for both.
const TURNS: u32 = 3;

/// A server, and what opening connections cost it, so often as it had its turn.
struct Row {
    server: String,
    cost: Cost,
    turns: u32,
}

impl Row {
    fn new(server: &str) -> Self {
        Self { server: server.to_owned(), cost: Cost::default(), turns: 0 }
    }

    fn note(&mut self, cost: Cost) {
        self.turns += 1;
        self.cost = self.cost + cost;
        say(&format!("{}: {} µs each", self.server, number(cost.cpu_us_each(COUNT.into()))));
    }

    fn opened(&self) -> u32 {
        self.turns * u32::from(COUNT)
    }

    fn each_us(&self) -> f64 {
        self.cost.cpu_us_each(self.opened())
    }
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let [mut floor, mut socketio, mut pusher] =
        ["floor", "hub, Socket.IO", "hub, Pusher"].map(Row::new);
    let target = Target::provide(options)?;
    let subscriber = Pusher::subscriber(&target.app, "load");
    for _ in 0..TURNS {
        floor.note(floor_cost()?);
        socketio.note(open(target.process, target.address, &SocketIo::visitor())?);
        pusher.note(open(target.process, target.address, &subscriber)?);
    }
    drop(target);
    let aims = [
        ("Opening a Socket.IO connection, of the floor", &socketio),
        ("Opening a Pusher connection, of the floor", &pusher),
    ];
    let aims =
        aims.map(|(what, row)| Aim::at_most(what, OF_FLOOR_MAX, row.each_us() / floor.each_us()));
    let mut rows = vec![floor, socketio, pusher];
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        let mut row = Row::new(&peer.name);
        row.note(open(peer.process, peer.address, &SocketIo::visitor())?);
        rows.push(row);
    }
    for sort in peer::pusher(options) {
        let peer = sort.start()?;
        let client = Pusher::subscriber(&Arc::new(options.app.clone()), "load");
        let mut row = Row::new(&peer.name);
        row.note(open(peer.process, peer.address, &client)?);
        rows.push(row);
    }
    Ok(found(&rows, aims.into()))
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

fn floor_cost() -> anyhow::Result<Cost> {
    let (_, cost) = Floor::open_metered(COUNT.into(), 0)?;
    // The floor is a thread of this program.
    Ok(Cost { own_cpu: cost.own_cpu.saturating_sub(cost.cpu), ..cost })
}

/// The table, in which the first row is the floor.
fn found(rows: &[Row], aims: Vec<Aim>) -> Found {
    let mut table = Table::new("Opening connections", NOTE, &COLUMNS);
    let mut plot = Plot::new("open", "Opening a connection", "CPU µs of the server");
    let floor_us = rows.first().map_or(f64::NAN, Row::each_us);
    for row in rows {
        let each_us = row.each_us();
        table.push(vec![
            row.server.clone(),
            number(row.cost.per_second(row.opened())),
            number(each_us),
            number(each_us / floor_us),
            number(row.cost.own_cpu_us_each(row.opened())),
        ]);
        plot.push(&row.server, each_us);
    }
    Found { tables: vec![table], aims, plots: vec![plot] }
}
