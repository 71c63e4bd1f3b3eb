//! What is measured: one file for each scenario.

mod durable;
mod fanout;
mod growth;
mod idle;
mod inbox;
mod million;
mod nodes;
mod open;
mod paced;
mod payload;
mod room;
mod small;
mod stalled;
mod stored;
mod storm;

use std::time::Duration;

use crate::options::{Name, Options};
use crate::protocol::Incoming;
use crate::report::Found;
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};

/// What the largest scenario opens, and some to spare: 10,000 clients of the server, as many of the floor, and the
/// floor's other ends.
pub(crate) const FILES_NEEDED: u64 = 40_000;
/// The longest wait for something to arrive, before asking whether time is up.
pub(crate) const TURN: Duration = Duration::from_millis(100);
/// A server that owes an answer for so long has lost it.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Characters of a message, where nothing else is said.
const TEXT_CHARS: usize = 200;
/// What is not measured: caches fill, buffers grow, queries are prepared.
const WARM_UP: Duration = Duration::from_secs(1);

/// Does what is asked, on servers that it provides.
pub(crate) fn run(name: Name, options: &Options) -> anyhow::Result<Found> {
    let scenario = match name {
        Name::Idle => idle::run,
        Name::Open => open::run,
        Name::Room => room::run,
        Name::Small => small::run,
        Name::Paced => paced::run,
        Name::Payload => payload::run,
        Name::Stalled => stalled::run,
        Name::Durable => durable::run,
        Name::Inbox => inbox::run,
        Name::Storm => storm::run,
        Name::Nodes => nodes::run,
        Name::Growth => growth::run,
        Name::Stored => stored::run,
        Name::PusherIdle => idle::run_pusher,
        Name::PusherRoom => room::run_pusher,
        Name::Million => million::run,
    };
    scenario(options)
}

/// Sends one Socket.IO event for each of these members, and gives the acknowledgements to `hear`, until all
/// of them have come.
pub(crate) fn ask_all(
    swarm: &mut Swarm<SocketIo>,
    members: impl ExactSizeIterator<Item = Member>,
    name: &str,
    payload: impl Fn(Member) -> String,
    mut hear: impl FnMut(Member, &str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut missing = members.len();
    for member in members {
        swarm.emit(member, name, &payload(member), Some(0))?;
    }
    let began = std::time::Instant::now();
    while missing > 0 {
        swarm.turn(TURN, |member, incoming| {
            if let Incoming::Ack(_, answer) = incoming {
                missing -= 1;
                hear(member, answer)?;
            }
            Ok(())
        })?;
        anyhow::ensure!(began.elapsed() < PATIENCE, "{missing} answers to `{name}` did not come");
    }
    Ok(())
}
