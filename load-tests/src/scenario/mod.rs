//! What is measured: one file for each scenario.

mod durable;
mod idle;
mod room;

use std::time::Duration;

use anyhow::Context as _;

use crate::options::{Name, Options};
use crate::progress::say;
use crate::report::Table;
use crate::swarm::{Member, Swarm};
use crate::target::Target;

/// What the largest scenario opens, and some to spare.
pub(crate) const FILES_NEEDED: u64 = 6_000;

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
    };
    let title = format!("{name:?}").to_lowercase();
    say(&format!("{title}: start"));
    let target = Target::provide(options)?;
    scenario(&target, options).with_context(|| format!("the scenario `{title}` failed"))
}

/// Sends one event for each of these members, and gives the acknowledgements to `hear`, until all
/// of them have come.
fn ask_all(
    swarm: &mut Swarm,
    members: impl ExactSizeIterator<Item = Member>,
    name: &str,
    payload: impl Fn(Member) -> String,
    mut hear: impl FnMut(Member, &str) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    use crate::socket::Incoming;
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
