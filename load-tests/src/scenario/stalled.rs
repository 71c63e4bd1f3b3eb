//! A hundred of 300 members who stop reading: whether the others notice, and what is kept for those who do not
//! read.

use std::time::Duration;

use super::WARM_UP;
use crate::aim::Aim;
use crate::latency::Latency;
use crate::options::Options;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::swarm::Swarm;
use crate::target::Target;
use crate::words::{Channels, Plan};

const MEMBERS: usize = 300;
const STALLED: u16 = 100;
const PLAN: Plan = Plan { rooms: 1, listeners: MEMBERS, writers: 1 };
/// Large texts, so that the queues of those who do not read fill up while it is measured.
const TEXT_CHARS: usize = 8 * 1_024;
const PER_SECOND: u32 = 100;
/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(1);
/// How much of a connection's data may wait for it by default (`realtime.queue_bytes_max`).
const QUEUE_KIB: f64 = 1_024.0;
/// How much later the others' deliveries may be.
const LATER_MAX: f64 = 1.2;

const COLUMNS: [&str; 6] =
    ["", "deliveries", "p50 ms", "p99 ms", "CPU µs per delivery", "memory at most, MiB"];

/// What came of a phase.
struct Phase {
    arrived: Latency,
    deliveries: u32,
    cpu: Duration,
    memory_kib: u32,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let target = Target::provide(options)?;
    let words = Channels::new(&target.app);
    let swarm = Swarm::new(target.address)?;
    let mut rooms = Rooms::open(words, swarm, &[target.process], PLAN, TEXT_CHARS)?;
    rooms.pace(PER_SECOND, WARM_UP)?;
    let mut before = phase(&mut rooms, &target, options.step())?;
    rooms.stall(STALLED.into())?;
    let mut during = phase(&mut rooms, &target, options.step() * 2)?;
    let mut table = Table::new("Stalled readers", &note(), &COLUMNS);
    table.push(before.row("all read"));
    table.push(during.row(&format!("{STALLED} have stopped")));
    let later = during.arrived.percentile_ms(99) / before.arrived.percentile_ms(99);
    let grown_kib = f64::from(during.memory_kib) - f64::from(before.memory_kib);
    let aims = vec![
        Aim::at_most("p99 of the others when 100 of 300 stop reading, of before", LATER_MAX, later),
        Aim::at_most(
            "KiB kept for each who stopped reading",
            QUEUE_KIB,
            grown_kib / f64::from(STALLED),
        ),
    ];
    Ok(Found { tables: vec![table], aims, plots: Vec::new() })
}

/// Keeps the pace for so long, looking at the server's memory meanwhile.
fn phase(rooms: &mut Rooms<Channels>, target: &Target, time: Duration) -> anyhow::Result<Phase> {
    let (arrived, cpu) = (Latency::default(), Duration::ZERO);
    let mut phase = Phase { arrived, deliveries: 0, cpu, memory_kib: target.process.memory_kib()? };
    for _ in 0..time.as_secs() / LOOK.as_secs() {
        let outcome = rooms.pace(PER_SECOND, LOOK)?;
        phase.arrived.join(outcome.arrived);
        phase.deliveries += outcome.deliveries;
        phase.cpu += outcome.cost.cpu;
        phase.memory_kib = phase.memory_kib.max(target.process.memory_kib()?);
    }
    Ok(phase)
}

impl Phase {
    fn row(&mut self, name: &str) -> Vec<String> {
        vec![
            name.to_owned(),
            number(self.deliveries.into()),
            number(self.arrived.percentile_ms(50)),
            number(self.arrived.percentile_ms(99)),
            number(self.cpu.as_secs_f64() * 1e6 / f64::from(self.deliveries.max(1))),
            number(f64::from(self.memory_kib) / 1_024.0),
        ]
    }
}

fn note() -> String {
    format!(
        "A channel of {MEMBERS} subscribers and {PER_SECOND} events of {} KiB a second. Then {STALLED} of them read nothing \
         any more, and keep their connections: what the kernel and the server's bounded queues do not take ends them. \
         Only those who read are counted, and each of their deliveries is checked.",
        TEXT_CHARS / 1_024
    )
}
