//! What is measured: one file for each scenario.

mod durable;
mod idle;
mod million;
mod room;

use std::time::Duration;

use anyhow::Context as _;
use clap::ValueEnum as _;

use crate::options::{Name, Options};
use crate::progress::say;
use crate::protocol::Incoming;
use crate::report::Table;
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};
use crate::target::Target;

/// What the largest scenario opens, and some to spare: 5,000 clients of the server, 5,000 of the floor and
/// the floor's other ends.
pub(crate) const FILES_NEEDED: u64 = 16_000;

/// The longest wait for something to arrive, before asking whether time is up.
const TURN: Duration = Duration::from_millis(100);
/// What is not measured: caches fill, buffers grow, queries are prepared.
const WARM_UP: Duration = Duration::from_secs(1);
/// A server that owes an answer for so long has lost it.
const PATIENCE: Duration = Duration::from_secs(20);

/// Provides the server and does what is asked.
pub(crate) fn run(name: Name, options: &Options) -> anyhow::Result<Table> {
    let scenario = match name {
        Name::Idle => idle::run,
        Name::Room => room::run,
        Name::Durable => durable::run,
        Name::PusherIdle => idle::run_pusher,
        Name::PusherRoom => room::run_pusher,
        Name::Million => return million::run(options).context("the scenario `million` failed"),
    };
    let title = name.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned());
    say(&format!("{title}: start"));
    let target = Target::provide(options)?;
    scenario(&target, options).with_context(|| format!("the scenario `{title}` failed"))
}

/// Sends one Socket.IO event for each of these members, and gives the acknowledgements to `hear`, until all
/// of them have come.
fn ask_all(
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
