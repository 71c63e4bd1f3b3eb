//! What it costs to open a connection, here, elsewhere, and at the least.

use std::net::SocketAddr;
use std::time::Duration;

use crate::aim::Aim;
use crate::floor::{Greeting, Listener};
use crate::meter::{Cost, Meter};
use crate::options::Options;
use crate::peer::{self, Sort};
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

/// What a server says until a client of Socket.IO may begin.
const SOCKETIO: [&str; 2] = [
    r#"0{"sid":"vjy7hT0zJ9R2cW1xQm5a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#,
    r#"40{"sid":"mWq8Zc3rT5yK1vN0bD7e","pid":"uX2pL9sG4hJ6fA8iE0oR"}"#,
];
/// What a server says until a client of Pusher has its public channel.
const PUSHER: [&str; 2] = [
    r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"184713.922105\",\"activity_timeout\":25}"}"#,
    r#"{"event":"pusher_internal:subscription_succeeded","channel":"load","data":"{}"}"#,
];

const NOTE: &str = "\
Connections opened 128 at a time, over TCP and WebSocket until the server has said that the client may begin. A floor \
is a thread with one poll that accepts, and answers with prepared bytes: the first request for a WebSocket and nothing else, which \
is the bare one; or all that a client of Socket.IO or of Pusher says until it is where it wants to be, which is one message more. \
Of the floor: of the one that was told the same.";

const COLUMNS: [&str; 6] = [
    "server",
    "opened per second",
    "CPU µs to open one",
    "of the floor",
    "of the bare floor",
    "generator CPU µs",
];

/// How often the floors and the hub have their turns: what the machine gives meanwhile is to be the same for both.
const TURNS: u32 = 3;

/// A server, and what opening connections cost it, so often as it had its turn.
struct Row {
    server: String,
    cost: Cost,
    turns: u32,
}

/// The table and its plot.
struct Sheet {
    table: Table,
    plot: Plot,
    bare_us: f64,
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
    let names =
        ["floor, bare", "floor, Socket.IO", "hub, Socket.IO", "floor, Pusher", "hub, Pusher"];
    let [mut bare, mut socketio_floor, mut socketio, mut pusher_floor, mut pusher] =
        names.map(Row::new);
    let target = Target::provide(options)?;
    let (visitor, subscriber) = (SocketIo::visitor(), Pusher::subscriber(&target.app, "load"));
    for _ in 0..TURNS {
        bare.note(Greeting::new(&[]).cost(COUNT.into(), &Listener)?);
        socketio_floor.note(Greeting::new(&SOCKETIO).cost(COUNT.into(), &visitor)?);
        socketio.note(open(target.process, target.address, &visitor)?);
        pusher_floor.note(Greeting::new(&PUSHER).cost(COUNT.into(), &subscriber)?);
        pusher.note(open(target.process, target.address, &subscriber)?);
    }
    drop(target);
    let mut sheet = Sheet::new(&bare);
    sheet.push(&bare, &bare);
    sheet.push(&socketio_floor, &socketio_floor);
    let socketio = sheet.push(&socketio, &socketio_floor);
    sheet.push(&pusher_floor, &pusher_floor);
    let pusher = sheet.push(&pusher, &pusher_floor);
    for sort in peer::socketio(options) {
        sheet.push(&peer_row(&sort, &visitor)?, &socketio_floor);
    }
    for sort in peer::pusher(options) {
        sheet.push(&peer_row(&sort, &subscriber)?, &pusher_floor);
    }
    let aims = [
        Aim::at_most("Opening a Socket.IO connection, of the floor", OF_FLOOR_MAX, socketio),
        Aim::at_most("Opening a Pusher connection, of the floor", OF_FLOOR_MAX, pusher),
    ];
    Ok(Found { tables: vec![sheet.table], aims: aims.into(), plots: vec![sheet.plot] })
}

/// Starts another server, and says what it costs that one.
fn peer_row(sort: &Sort, client: &impl Protocol) -> anyhow::Result<Row> {
    let peer = sort.start()?;
    let mut row = Row::new(&peer.name);
    row.note(open(peer.process, peer.address, client)?);
    Ok(row)
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

impl Sheet {
    fn new(bare: &Row) -> Self {
        Self {
            table: Table::new("Opening connections", NOTE, &COLUMNS),
            plot: Plot::new("open", "Opening a connection", "CPU µs of the server"),
            bare_us: bare.each_us(),
        }
    }

    /// Adds a row, and says what it is of the floor that was told the same.
    fn push(&mut self, row: &Row, floor: &Row) -> f64 {
        let each_us = row.each_us();
        self.table.push(vec![
            row.server.clone(),
            number(row.cost.per_second(row.opened())),
            number(each_us),
            number(each_us / floor.each_us()),
            number(each_us / self.bare_us),
            number(row.cost.own_cpu_us_each(row.opened())),
        ]);
        self.plot.push(&row.server, each_us);
        each_us / floor.each_us()
    }
}
