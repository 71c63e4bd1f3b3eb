//! Messages from 64 bytes to 64 KiB: what a delivery costs with its size.

use std::time::Duration;

use super::WARM_UP;
use super::fanout::{FLOOR, Fanout, Server, Step};
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
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
    grow(&mut fanout, &Server::target("hub", &target), Channels::new(&target.app), time)?;
    drop(target);
    for sort in peer::socketio(options) {
        grow(&mut fanout, &Server::peer(&sort.start()?), Tiny, time)?;
    }
    Ok(Found { tables: vec![fanout.table], aims: Vec::new(), plots: vec![fanout.plot] })
}

/// Has one text after the other said, each size for so long.
fn grow(
    fanout: &mut Fanout,
    server: &Server<'_>,
    words: impl Words,
    time: Duration,
) -> anyhow::Result<()> {
    let swarm = Swarm::new(server.address)?;
    let mut room = Rooms::open(words, swarm, &[server.process], PLAN, SIZES[0])?;
    room.saturate_all(1, WARM_UP)?;
    for size in SIZES {
        room.speak(size);
        // One by itself, after which it is known how long a frame is, and buffers have their size.
        room.pace(1, Duration::from_millis(1))?;
        fanout.lay_floor(MEMBERS, room.frame_bytes())?;
        let row = (&*format!("{}, {size}", server.name), MEMBERS, "1");
        fanout.measure(row, time, |time| room.saturate_all(1, time).map(Step::from))?;
        fanout.lift_floor();
    }
    Ok(())
}

fn note() -> String {
    format!(
        "A room of {MEMBERS} in which one says something, and again as soon as everybody has it: on the hub a channel of \
         Pusher. {FLOOR}"
    )
}
