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
/// What a delivery may cost, of the floor: 2.4 µs where the floor needed 4.1.
const OF_FLOOR_MAX: f64 = 2.4 / 4.1;

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let plot = Plot::new("small", "Rooms of four, all of them busy", "CPU µs of a delivery");
    let mut fanout = Fanout::new("Many small rooms", &note(), plot);
    let mut aims = Vec::new();
    let target = Target::provide(options)?;
    let place = (target.process, target.address);
    let (step, bytes) = busy(Channels::new(&target.app), place, options.step())?;
    fanout.floor(ROOMS * MEMBERS, bytes, options.step())?;
    let of_floor = fanout.push("hub, Pusher", MEMBERS, "1 a room", step);
    aims.push(Aim::at_most("Pusher, rooms of four, of the floor", OF_FLOOR_MAX, of_floor));
    let (step, _) = busy(Conversations::new(&target, By::Visitor)?, place, options.step())?;
    let of_floor = fanout.push("hub, Socket.IO, committed", MEMBERS, "1 a room", step);
    let what = "Socket.IO, rooms of four, each message committed, of the floor";
    aims.push(Aim::at_most(what, OF_FLOOR_MAX, of_floor));
    drop(target);
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        let (step, _) = busy(Tiny, (peer.process, peer.address), options.step())?;
        fanout.push(&peer.name, MEMBERS, "1 a room", step);
    }
    Ok(Found { tables: vec![fanout.table], aims, plots: vec![fanout.plot] })
}

/// Has something said in every room again as soon as everybody there has heard it. Gives also how long a
/// frame was.
fn busy(
    words: impl Words,
    (server, address): (Process, SocketAddr),
    time: Duration,
) -> anyhow::Result<(Step, usize)> {
    let mut rooms = Rooms::open(words, Swarm::new(address)?, &[server], PLAN, TEXT_CHARS)?;
    rooms.saturate_all(WARM_UP)?;
    let step = rooms.saturate_all(time)?.into();
    Ok((step, rooms.frame_bytes()))
}

fn note() -> String {
    format!(
        "{ROOMS} rooms with {MEMBERS} members who hear what is said, which is {TEXT_CHARS} characters, and again as soon \
         as all of them have it. On the hub, channels of Pusher, where one more client sends events and hears none of its \
         own, and conversations, whose messages are committed. {FLOOR} Of rooms it knows nothing: it has as many sockets \
         as there are members."
    )
}
