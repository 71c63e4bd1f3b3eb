//! One room with many members: what it costs to deliver a message to one of them.

mod channel;

use std::time::Duration;

use super::fanout::{FLOOR, Fanout, Server, Step};
use super::{TEXT_CHARS, WARM_UP};
use crate::aim::Aim;
use crate::options::Options;
use crate::peer;
use crate::plot::Plot;
use crate::progress::say;
use crate::report::Found;
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{By, Conversations, Plan, Signs, Tiny, Words};

use channel::{Channel, DATA_BYTES};

/// Members of the room, one step after the other; the first is the one that is compared.
const MEMBERS: [u16; 2] = [1_000, 10_000];
/// Who writes: so many of them, each with so many messages on their way.
const STEPS: [(usize, usize); 3] = [(1, 1), (1, 8), (8, 1)];
/// Those of them in which one alone writes.
const ALONE: [(usize, usize); 2] = [STEPS[0], STEPS[1]];
/// What a delivery may cost with one message on its way, of the floor.
const ONE_OF_FLOOR_MAX: f64 = 1.1;
/// The same with eight.
const EIGHT_OF_FLOOR_MAX: f64 = 0.20;

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let plot = Plot::new("room", "One room: members, messages in flight", "CPU µs of a delivery");
    let mut fanout = Fanout::new("One room", &note(), plot);
    let mut aims = Vec::new();
    let target = Target::provide(options)?;
    for (place, members) in MEMBERS.into_iter().enumerate() {
        let words = Conversations::new(&target, By::Agents)?.numbered_from(place);
        let hub = Server::target("hub, committed", &target);
        let of_floor = walk(&mut fanout, &hub, words, members, &STEPS, options.step())?;
        if place == 0 {
            aims.extend(aims_of("Socket.IO room, committed", &STEPS, of_floor));
        }
    }
    let words = Signs::new(&target, MEMBERS.len())?;
    let hub = Server::target("hub, signs of typing", &target);
    let of_floor = walk(&mut fanout, &hub, words, MEMBERS[0], &ALONE, options.step())?;
    aims.extend(aims_of("Socket.IO room, signs of typing", &ALONE, of_floor));
    drop(target);
    for sort in peer::socketio(options) {
        let peer = sort.start()?;
        let server = Server::peer(&peer);
        // Another server that loses messages is no fault of this one.
        let walked = walk(&mut fanout, &server, Tiny, MEMBERS[0], &STEPS, options.step());
        if let Err(error) = walked {
            say(&format!("{} failed: {error:#}", peer.name));
            fanout.table.add_note(&format!("{} failed: {error:#}.", peer.name));
        }
    }
    Ok(Found { tables: vec![fanout.table], aims, plots: vec![fanout.plot] })
}

/// Seats so many in a room, has some of them write in each of these steps, and gives what a delivery cost of the floor.
fn walk(
    fanout: &mut Fanout,
    server: &Server<'_>,
    words: impl Words,
    members: u16,
    steps: &[(usize, usize)],
    time: Duration,
) -> anyhow::Result<Vec<f64>> {
    say(&format!("{}: let {members} in", server.name));
    // The room has as many writers as the step with most of them.
    let writers = steps.iter().map(|(writers, _)| *writers).max().unwrap_or(1);
    let plan = Plan { rooms: 1, listeners: members.into(), writers };
    let swarm = Swarm::new(server.address)?;
    let mut rooms = Rooms::open(words, swarm, &[server.process], plan, TEXT_CHARS)?;
    rooms.pace(20, WARM_UP)?;
    fanout.lay_floor(members, rooms.frame_bytes())?;
    let mut of_floor = Vec::with_capacity(steps.len());
    for &(writers, each) in steps {
        let row = (server.name, members, &*in_flight(writers, each));
        let turn = |time| rooms.saturate(writers, each, time).map(Step::from);
        of_floor.push(fanout.measure(row, time, turn)?);
    }
    fanout.lift_floor();
    Ok(of_floor)
}

pub(super) fn run_pusher(options: &Options) -> anyhow::Result<Found> {
    let plot =
        Plot::new("pusher-room", "One channel: members, events in flight", "CPU µs of a delivery");
    let mut fanout = Fanout::new("One Pusher channel", &note_pusher(), plot);
    let mut aims = Vec::new();
    let target = Target::provide(options)?;
    for (place, members) in MEMBERS.into_iter().enumerate() {
        say(&format!("let {members} subscribe"));
        let mut channel = Channel::open(&target, members.into())?;
        channel.write_for(1, 1, WARM_UP)?;
        fanout.lay_floor(members, channel.frame_bytes())?;
        for (writers, each) in STEPS {
            let row = ("hub", members, &*in_flight(writers, each));
            let turn = |time| channel.write_for(writers, each, time);
            let of_floor = fanout.measure(row, options.step(), turn)?;
            if place == 0 {
                aims.push(aim("Pusher channel", writers, each, of_floor));
            }
        }
        fanout.lift_floor();
    }
    drop(target);
    for sort in peer::pusher(options) {
        let peer = sort.start()?;
        let target = Target::running(peer.address, peer.process, options);
        let mut channel = Channel::open(&target, MEMBERS[0].into())?;
        channel.write_for(1, 1, WARM_UP)?;
        fanout.lay_floor(MEMBERS[0], channel.frame_bytes())?;
        for (writers, each) in STEPS {
            let row = (&*peer.name, MEMBERS[0], &*in_flight(writers, each));
            let turn = |time| channel.write_for(writers, each, time);
            fanout.measure(row, options.step(), turn)?;
        }
        fanout.lift_floor();
    }
    Ok(Found { tables: vec![fanout.table], aims, plots: vec![fanout.plot] })
}

fn in_flight(writers: usize, each: usize) -> String {
    format!("{each} from {writers}")
}

fn aims_of(what: &str, steps: &[(usize, usize)], of_floor: Vec<f64>) -> impl Iterator<Item = Aim> {
    steps.iter().zip(of_floor).map(move |(&(writers, each), it)| aim(what, writers, each, it))
}

fn aim(what: &str, writers: usize, each: usize, of_floor: f64) -> Aim {
    let max = if writers * each == 1 { ONE_OF_FLOOR_MAX } else { EIGHT_OF_FLOOR_MAX };
    Aim::at_most(
        format!("{what}, {} in flight, of the floor", in_flight(writers, each)),
        max,
        of_floor,
    )
}

fn note() -> String {
    format!(
        "A conversation of the hub, a visitor and agents, who write {TEXT_CHARS} characters at a \
         time. `8 from 1`: one agent with eight messages on their way; \
         `1 from 8`: eight agents with one each. The hub commits messages before it delivers them; signs of typing, which one \
         more agent gives, it only delivers, as the other servers do with everything: they keep nothing and know nobody. {FLOOR} Every member's every message is checked: none lost, none \
         doubled, all in order."
    )
}

fn note_pusher() -> String {
    format!(
        "A public channel, and programs that publish {DATA_BYTES} bytes at a time with signed requests \
         over connections that stay open. `8 from 1`: one program with eight events in each batch; \
         `1 from 8`: eight programs with one event each. {FLOOR} Every subscriber's every event is \
         checked: none lost, none doubled, those of each program in order."
    )
}
