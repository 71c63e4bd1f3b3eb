//! Many small rooms, all of them busy: what it costs to deliver a message where few share it.

use std::time::Duration;

use super::fanout::{FLOOR, Fanout, Server, Step};
use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
use crate::report::Found;
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{By, Channels, Conversations, Plan, Signs, Tiny, Words};

const ROOMS: u16 = 250;
const MEMBERS: u16 = 4;
const PLAN: Plan = Plan { rooms: ROOMS as usize, listeners: MEMBERS as usize, writers: 1 };
/// How many messages are on their way in each room: one, and so many that the server is never without.
const IN_FLIGHT: [(usize, &str); 2] = [(1, "1 a room"), (8, "8 a room")];
/// What a delivery may cost where the server is never without, of the floor: 2.4 µs where the floor needed 4.1.
const OF_FLOOR_MAX: f64 = 2.4 / 4.1;

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let plot = Plot::new("small", "Rooms of four, all of them busy", "CPU µs of a delivery");
    let mut fanout = Fanout::new("Many small rooms", &note(), plot);
    let (target, time) = (Target::provide(options)?, options.step());
    let hub = |name| Server::target(name, &target);
    let pusher = busy(&mut fanout, &hub("hub, Pusher"), Channels::new(&target.app), time)?;
    let signs = Signs::new(&target, 0)?;
    let socketio = busy(&mut fanout, &hub("hub, Socket.IO, signs of typing"), signs, time)?;
    let committed = Conversations::new(&target, By::Visitor)?.numbered_from(PLAN.rooms);
    busy(&mut fanout, &hub("hub, Socket.IO, committed"), committed, time)?;
    drop(target);
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        // Another server that loses messages is no fault of this one.
        if let Err(error) = busy(&mut fanout, &Server::peer(&peer), Tiny, time) {
            fanout.table.add_note(&format!("{} failed: {error:#}.", peer.name));
        }
    }
    let aims = vec![
        Aim::at_most("Pusher, rooms of four, of the floor", OF_FLOOR_MAX, pusher),
        Aim::at_most(
            "Socket.IO, rooms of four, signs of typing, of the floor",
            OF_FLOOR_MAX,
            socketio,
        ),
    ];
    Ok(Found { tables: vec![fanout.table], aims, plots: vec![fanout.plot] })
}

/// Has something said in every room again as soon as everybody there has heard it, and gives what a delivery cost of the
/// floor where the server was never without.
fn busy(
    fanout: &mut Fanout,
    server: &Server<'_>,
    words: impl Words,
    time: Duration,
) -> anyhow::Result<f64> {
    let swarm = Swarm::new(server.address)?;
    let mut rooms = Rooms::open(words, swarm, &[server.process], PLAN, TEXT_CHARS)?;
    let mut of_floor = f64::NAN;
    rooms.saturate_all(1, WARM_UP)?;
    fanout.lay_floor(ROOMS * MEMBERS, rooms.frame_bytes())?;
    for (each, name) in IN_FLIGHT {
        rooms.saturate_all(each, WARM_UP)?;
        let turn = |time| rooms.saturate_all(each, time).map(Step::from);
        of_floor = fanout.measure((server.name, MEMBERS, name), time, turn)?;
    }
    fanout.lift_floor();
    Ok(of_floor)
}

fn note() -> String {
    format!(
        "{ROOMS} rooms with {MEMBERS} members who hear what is said, which is {TEXT_CHARS} characters, and again as soon \
         as all of them have it. On the hub, channels of Pusher and signs of typing, which one more client sends who hears none of \
         its own, and messages of conversations, each of which is committed. With one message on its way in each room, a member has nothing to hear until \
         the next is said; with eight the server is saturated. {FLOOR} Of rooms it knows nothing: it has as many sockets \
         as there are members."
    )
}
