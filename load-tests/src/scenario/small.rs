//! Many small rooms, all of them busy: what it costs to deliver a message where few share it.

use std::net::SocketAddr;
use std::time::Duration;

use super::fanout::{FLOOR, Fanout, Step};
use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
use crate::process::Process;
use crate::report::Found;
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{By, Channels, Conversations, Plan, Tiny, Words};

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
    let mut aims = Vec::new();
    let target = Target::provide(options)?;
    let place = (target.process, target.address);
    let (steps, bytes) = busy(Channels::new(&target.app), place, options.step())?;
    fanout.floor(ROOMS * MEMBERS, bytes, options.step())?;
    let of_floor = push(&mut fanout, "hub, Pusher", steps);
    aims.push(Aim::at_most("Pusher, rooms of four, of the floor", OF_FLOOR_MAX, of_floor));
    let (steps, _) = busy(Conversations::new(&target, By::Visitor)?, place, options.step())?;
    let of_floor = push(&mut fanout, "hub, Socket.IO, committed", steps);
    let what = "Socket.IO, rooms of four, each message committed, of the floor";
    aims.push(Aim::at_most(what, OF_FLOOR_MAX, of_floor));
    drop(target);
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        // Another server that loses messages is no fault of this one.
        match busy(Tiny, (peer.process, peer.address), options.step()) {
            Ok((steps, _)) => drop(push(&mut fanout, &peer.name, steps)),
            Err(error) => fanout.table.add_note(&format!("{} failed: {error:#}.", peer.name)),
        }
    }
    Ok(Found { tables: vec![fanout.table], aims, plots: vec![fanout.plot] })
}

/// Has something said in every room again as soon as everybody there has heard it. Gives also how long a
/// frame was.
fn busy(
    words: impl Words,
    (server, address): (Process, SocketAddr),
    time: Duration,
) -> anyhow::Result<(Vec<Step>, usize)> {
    let mut rooms = Rooms::open(words, Swarm::new(address)?, &[server], PLAN, TEXT_CHARS)?;
    let mut steps = Vec::with_capacity(IN_FLIGHT.len());
    for (each, _) in IN_FLIGHT {
        rooms.saturate_all(each, WARM_UP)?;
        steps.push(rooms.saturate_all(each, time)?.into());
    }
    Ok((steps, rooms.frame_bytes()))
}

/// Adds a server's rows, and gives what the last says of the floor.
fn push(fanout: &mut Fanout, server: &str, steps: Vec<Step>) -> f64 {
    let rows = IN_FLIGHT.into_iter().zip(steps);
    rows.fold(f64::NAN, |_, ((_, name), step)| fanout.push(server, MEMBERS, name, step))
}

fn note() -> String {
    format!(
        "{ROOMS} rooms with {MEMBERS} members who hear what is said, which is {TEXT_CHARS} characters, and again as soon \
         as all of them have it. On the hub, channels of Pusher, where one more client sends events and hears none of its \
         own, and conversations, whose messages are committed. With one message on its way in each room, a member has nothing to hear until \
         the next is said; with eight the server is saturated. {FLOOR} Of rooms it knows nothing: it has as many sockets \
         as there are members."
    )
}
