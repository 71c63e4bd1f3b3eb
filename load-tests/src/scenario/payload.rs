//! Messages from 64 bytes to 64 KiB: what a delivery costs with its size.

use std::net::SocketAddr;
use std::time::Duration;

use super::WARM_UP;
use super::fanout::{FLOOR, Fanout, Step};
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
use crate::process::Process;
use crate::report::Found;
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{Channels, Plan, Tiny, Words};

const MEMBERS: u16 = 100;
const PLAN: Plan = Plan { rooms: 1, listeners: MEMBERS as usize, writers: 1 };
/// Characters of a text, which are bytes.
const SIZES: [usize; 6] = [64, 256, 1_024, 4_096, 16_384, 65_536];

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let plot = Plot::new("payload", "A room of 100: bytes of a message", "CPU µs of a delivery");
    let mut fanout = Fanout::new("Payload sizes", &note(), plot);
    // There are many steps.
    let time = options.step() / 2;
    let target = Target::provide(options)?;
    let mut channel = open(Channels::new(&target.app), (target.process, target.address))?;
    for size in SIZES {
        let step = say(&mut channel, size, time)?;
        fanout.floor(MEMBERS, channel.frame_bytes(), time)?;
        fanout.push(&format!("hub, {size}"), MEMBERS, "1", step);
    }
    drop((channel, target));
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        let mut room = open(Tiny, (peer.process, peer.address))?;
        for size in SIZES {
            let step = say(&mut room, size, time)?;
            fanout.floor(MEMBERS, room.frame_bytes(), time)?;
            fanout.push(&format!("{}, {size}", peer.name), MEMBERS, "1", step);
        }
    }
    Ok(Found { tables: vec![fanout.table], aims: Vec::new(), plots: vec![fanout.plot] })
}

fn open<W: Words>(words: W, (server, address): (Process, SocketAddr)) -> anyhow::Result<Rooms<W>> {
    let mut rooms = Rooms::open(words, Swarm::new(address)?, &[server], PLAN, SIZES[0])?;
    rooms.saturate_all(1, WARM_UP)?;
    Ok(rooms)
}

fn say<W: Words>(rooms: &mut Rooms<W>, size: usize, time: Duration) -> anyhow::Result<Step> {
    rooms.speak(size);
    // One by itself, after which it is known how long a frame is, and buffers have their size.
    rooms.pace(1, Duration::from_millis(1))?;
    rooms.saturate_all(1, time).map(Step::from)
}

fn note() -> String {
    format!(
        "A room of {MEMBERS} in which one says something, and again as soon as everybody has it: on the hub a channel of \
         Pusher. {FLOOR}"
    )
}
