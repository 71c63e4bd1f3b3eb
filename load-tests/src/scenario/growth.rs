//! Ten times the connections and a thousand times the rooms: whether one of them costs more for it.

use std::time::Duration;

use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::meter::Meter;
use crate::options::Options;
use crate::progress::say;
use crate::pusher::Pusher;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{Channels, Plan};

/// What is busy, always the same: 10 rooms, and with their writers 1,000 connections.
const BUSY: Plan = Plan { rooms: 10, listeners: 99, writers: 1 };
/// The connections that are idle beside it, and in how many rooms they are.
const STEPS: [(u16, u16); 3] = [(0, 0), (17_000, 1), (17_000, 9_990)];
/// Opened and closed before anything is measured: few, because what they leave behind is used again.
const FIRST: usize = 20;
/// How long a server has to free what opening connections took.
const SETTLE: Duration = Duration::from_secs(2);
/// How much more anything may cost.
const GROWTH_MAX: f64 = 1.2;

const NOTE: &str = "\
The same 10 channels with 99 subscribers each are busy, one event in flight in each, while others are connected and do \
nothing: alone, beside 17,000 connections in one more room, and beside as many in 9,990 rooms. Each row has a server of its \
own. Opening and memory are those of all its connections.";

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
    let mut costs = Vec::new();
    for (idle, idle_rooms) in STEPS {
        costs.push(measure(&mut table, idle, idle_rooms, options)?);
    }
    let most = |cost: fn(&Costs) -> f64| {
        costs.iter().map(cost).fold(f64::NAN, f64::max) / costs.first().map_or(f64::NAN, cost)
    };
    let aims = vec![
        Aim::at_most("Growth of the cost of a delivery", GROWTH_MAX, most(|it| it.delivery_us)),
        Aim::at_most(
            "Growth of the cost of opening a connection",
            GROWTH_MAX,
            most(|it| it.open_us),
        ),
        Aim::at_most("Growth of the memory of a connection", GROWTH_MAX, most(|it| it.kib)),
    ];
    Ok(Found { tables: vec![table], aims, plots: Vec::new() })
}

fn measure(
    table: &mut Table,
    idle: u16,
    idle_rooms: u16,
    options: &Options,
) -> anyhow::Result<Costs> {
    let busy = u16::try_from(BUSY.rooms * (BUSY.listeners + BUSY.writers))?;
    let (connections, rooms) = (busy + idle, u16::try_from(BUSY.rooms)? + idle_rooms);
    say(&format!("{connections} connections in {rooms} rooms"));
    let target = Target::provide(options)?;
    let servers = [target.process];
    Swarm::new(target.address)?.open(FIRST, &Pusher::subscriber(&target.app, "first"))?;
    let mut others = Swarm::new(target.address)?;
    others.idle(SETTLE)?;
    let empty_kib = target.process.memory_kib()?;
    let opening = Meter::start(&servers)?;
    let swarm = Swarm::new(target.address)?;
    let mut room = Rooms::open(Channels::new(&target.app), swarm, &servers, BUSY, TEXT_CHARS)?;
    seat(&mut others, &target, idle, idle_rooms)?;
    let opening = opening.stop()?;
    others.idle(SETTLE)?;
    let grown_kib = f64::from(target.process.memory_kib()?) - f64::from(empty_kib);
    room.saturate_all(1, WARM_UP)?;
    let outcome = room.saturate_all(1, options.step())?;
    let costs = Costs {
        delivery_us: outcome.cost.cpu_us_each(outcome.deliveries),
        open_us: opening.cpu_us_each(connections.into()),
        kib: grown_kib / f64::from(connections),
    };
    table.push(vec![
        number(connections.into()),
        number(rooms.into()),
        number(costs.delivery_us),
        number(costs.open_us),
        number(costs.kib),
        number(outcome.deliveries.into()),
    ]);
    Ok(costs)
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
