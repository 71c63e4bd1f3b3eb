//! Ten times the connections and a thousand times the rooms: whether one of them costs more for it.

use std::time::Duration;

use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::meter::{Cost, Meter};
use crate::options::Options;
use crate::progress::say;
use crate::pusher::Pusher;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{Channels, Plan};

/// What is busy, always the same: 10 rooms, and with their writers 1,000 connections.
const BUSY: Plan = Plan { rooms: BUSY_ROOMS as usize, listeners: 99, writers: 1 };
const BUSY_ROOMS: u16 = 10;
/// The connections that are idle beside it, and in how many rooms they are.
const STEPS: [(u16, u16); 2] = [(17_000, 1), (17_000, 9_990)];
/// Opened and closed again in each of so many turns: few at a time, because this program has nearly as many files open as it
/// may.
const GUESTS: u16 = 500;
const VISITS: u32 = 12;
/// How long a server has to see off those.
const FAREWELL: Duration = Duration::from_millis(300);
/// How often those who are alone and those beside others have their turns: what the machine gives meanwhile is to be the
/// same for both.
const TURNS: u32 = 4;
/// Opened and closed before anything is measured: few, because what they leave behind is used again.
const FIRST: usize = 20;
/// How long a server has to free what opening connections took.
const SETTLE: Duration = Duration::from_secs(2);
/// How much more anything may cost.
const GROWTH_MAX: f64 = 1.2;

const NOTE: &str = "\
The same 10 channels with 99 subscribers each are busy, one event in flight in each, while others are connected and do \
nothing: 17,000 connections in one more room, or in 9,990 rooms. Each row has a server of its own, and the row above each of \
them one without the others; the two are measured in turns. Opening is that of 500 more, twelve times; memory is that of all \
connections.";

const COLUMNS: [&str; 6] =
    ["connections", "rooms", "CPU µs per delivery", "CPU µs to open one", "KiB each", "deliveries"];

/// What one of each costs.
#[derive(Clone, Copy)]
struct Costs {
    delivery_us: f64,
    open_us: f64,
    kib: f64,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let mut table = Table::new("Growth", NOTE, &COLUMNS);
    let mut growth = Costs { delivery_us: f64::NAN, open_us: f64::NAN, kib: f64::NAN };
    for (idle, idle_rooms) in STEPS {
        let mut alone = Row::open(0, 0, options)?;
        let mut beside = Row::open(idle, idle_rooms, options)?;
        for _ in 0..TURNS {
            alone.busy(options.step() / TURNS)?;
            beside.busy(options.step() / TURNS)?;
        }
        for _ in 0..VISITS {
            alone.welcome()?;
            beside.welcome()?;
        }
        let [alone, beside] = [alone, beside].map(|row| row.push(&mut table));
        growth = Costs {
            delivery_us: growth.delivery_us.max(beside.delivery_us / alone.delivery_us),
            open_us: growth.open_us.max(beside.open_us / alone.open_us),
            kib: growth.kib.max(beside.kib / alone.kib),
        };
    }
    let aim = |what, grown| Aim::at_most(what, GROWTH_MAX, grown);
    let aims = vec![
        aim("Growth of the cost of a delivery", growth.delivery_us),
        aim("Growth of the cost of opening a connection", growth.open_us),
        aim("Growth of the memory of a connection", growth.kib),
    ];
    Ok(Found { tables: vec![table], aims, plots: Vec::new() })
}

/// A server of its own, with its connections.
struct Row {
    target: Target,
    room: Rooms<Channels>,
    /// Those who do nothing.
    others: Swarm<Pusher>,
    idle_rooms: u16,
    connections: u16,
    kib: f64,
    deliveries: u32,
    cost: Cost,
    opened: u32,
    opening: Cost,
}

impl Row {
    fn open(idle: u16, idle_rooms: u16, options: &Options) -> anyhow::Result<Self> {
        let busy = u16::try_from(BUSY.rooms * (BUSY.listeners + BUSY.writers))?;
        let (connections, rooms) = (busy + idle, BUSY_ROOMS + idle_rooms);
        say(&format!("{connections} connections in {rooms} rooms"));
        let target = Target::provide(options)?;
        let servers = [target.process];
        Swarm::new(target.address)?.open(FIRST, &Pusher::subscriber(&target.app, "first"))?;
        let mut others = Swarm::new(target.address)?;
        others.idle(SETTLE)?;
        let empty_kib = target.process.memory_kib()?;
        let swarm = Swarm::new(target.address)?;
        let mut room = Rooms::open(Channels::new(&target.app), swarm, &servers, BUSY, TEXT_CHARS)?;
        seat(&mut others, &target, idle, idle_rooms)?;
        others.idle(SETTLE)?;
        let grown_kib = f64::from(target.process.memory_kib()?) - f64::from(empty_kib);
        let kib = grown_kib / f64::from(connections);
        room.saturate_all(1, WARM_UP)?;
        let (deliveries, cost, opened, opening) = Default::default();
        Ok(Self {
            target,
            room,
            others,
            idle_rooms,
            connections,
            kib,
            deliveries,
            cost,
            opened,
            opening,
        })
    }

    /// Lets those who are busy be so for a while.
    fn busy(&mut self, time: Duration) -> anyhow::Result<()> {
        let outcome = self.room.saturate_all(1, time)?;
        self.deliveries += outcome.deliveries;
        self.cost = self.cost + outcome.cost;
        Ok(())
    }

    /// Lets more come for a moment, into the rooms of those who do nothing.
    fn welcome(&mut self) -> anyhow::Result<()> {
        let meter = Meter::start(&[self.target.process])?;
        let mut guests = Swarm::new(self.target.address)?;
        seat(&mut guests, &self.target, GUESTS, self.idle_rooms.max(1))?;
        self.opening = self.opening + meter.stop()?;
        self.opened += u32::from(GUESTS);
        drop(guests);
        self.others.idle(FAREWELL)
    }

    /// Adds it to the table, and ends its server.
    fn push(self, table: &mut Table) -> Costs {
        let delivery_us = self.cost.cpu_us_each(self.deliveries);
        let open_us = self.opening.cpu_us_each(self.opened);
        table.push(vec![
            number(self.connections.into()),
            number((BUSY_ROOMS + self.idle_rooms).into()),
            number(delivery_us),
            number(open_us),
            number(self.kib),
            number(self.deliveries.into()),
        ]);
        drop(self.target);
        Costs { delivery_us, open_us, kib: self.kib }
    }
}

/// Opens connections that do nothing, spread over so many rooms.
fn seat(
    swarm: &mut Swarm<Pusher>,
    target: &Target,
    connections: u16,
    rooms: u16,
) -> anyhow::Result<()> {
    let room = |place: u16| Pusher::subscriber(&target.app, &format!("idle-{}", place % rooms));
    let clients: Vec<_> = (0..connections).map(room).collect();
    swarm.open_each(&clients).map(drop)
}
