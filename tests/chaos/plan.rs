//! The seed, for how long, and which faults come when: all of it follows from the seed.

use std::fmt;
use std::time::Duration;

use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

/// How many nodes there are.
pub(super) const NODES: usize = 3;

/// Clients of one conversation: three over Socket.IO, two over Pusher, one over REST.
const CLIENTS_EACH: usize = 6;

/// What is tried.
#[derive(Debug)]
pub(super) struct Plan {
    /// The same seed gives the same faults and the same clients.
    pub(super) seed: u64,
    /// For how long faults go on; `None`: until each kind has happened once, shortened.
    pub(super) time: Option<Duration>,
    /// Each has [`CLIENTS_EACH`] clients.
    pub(super) conversations: usize,
}

/// Something that goes wrong, and is put right again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    pub(super) kind: Kind,
    /// How long nothing happens before it.
    pub(super) calm_before: Duration,
    /// How long it lasts, where it lasts.
    pub(super) lasts: Duration,
}

/// What goes wrong; a number is that of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `kill -9`, and the same node comes back.
    NodeKilled(usize),
    /// SIGTERM, and the same node comes back.
    NodeStopped(usize),
    /// Redis ends and begins again, empty.
    RedisRestarted,
    /// Redis is away.
    RedisStopped,
    /// Postgres ends and begins again.
    PostgresRestarted,
    /// A node's connections to Redis are reset, and no new ones are taken.
    CutFromRedis(usize),
    /// A node's connections to Redis stay, and carry nothing.
    SilentToRedis(usize),
    /// A node's connections to Postgres are reset, and no new ones are taken.
    CutFromPostgres(usize),
}

impl Plan {
    /// `CHAOS_SECONDS`, `CHAOS_SEED` and `CHAOS_CONVERSATIONS`; without them the short form.
    pub(super) fn from_environment() -> Self {
        let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse().ok());
        Self {
            seed: number("CHAOS_SEED").unwrap_or(1),
            time: number("CHAOS_SECONDS").map(Duration::from_secs),
            conversations: number("CHAOS_CONVERSATIONS")
                .map_or(50, |count| usize::try_from(count).expect("that many clients fit nowhere")),
        }
    }

    /// The faults, one after another.
    pub(super) fn faults(&self) -> Vec<Fault> {
        let mut random = StdRng::seed_from_u64(self.seed);
        let Some(time) = self.time else { return one_of_each(&mut random) };
        let (mut faults, mut planned) = (Vec::new(), Duration::ZERO);
        while planned < time {
            let kind = Kind::all(&mut random)[random.random_range(0..Kind::COUNT)];
            let fault = Fault {
                kind,
                calm_before: Duration::from_millis(random.random_range(2_000..8_000)),
                lasts: kind.lasts(&mut random),
            };
            planned += fault.calm_before + fault.lasts;
            faults.push(fault);
        }
        faults
    }
}

fn one_of_each(random: &mut StdRng) -> Vec<Fault> {
    let mut kinds = Kind::all(random);
    kinds.shuffle(random);
    let calm_before = Duration::from_millis(1_500);
    kinds
        .into_iter()
        .map(|kind| {
            let lasts = kind.lasts(random).min(Duration::from_secs(3));
            Fault { kind, calm_before, lasts }
        })
        .collect()
}

impl Kind {
    const COUNT: usize = 8;

    fn all(random: &mut StdRng) -> [Self; Self::COUNT] {
        let mut node = || random.random_range(0..NODES);
        [
            Self::NodeKilled(node()),
            Self::NodeStopped(node()),
            Self::RedisRestarted,
            Self::RedisStopped,
            Self::PostgresRestarted,
            Self::CutFromRedis(node()),
            Self::SilentToRedis(node()),
            Self::CutFromPostgres(node()),
        ]
    }

    fn lasts(self, random: &mut StdRng) -> Duration {
        let range = match self {
            Self::RedisRestarted | Self::PostgresRestarted => return Duration::ZERO,
            Self::RedisStopped => return Duration::from_secs(20),
            Self::NodeKilled(_) | Self::NodeStopped(_) => 0..5_000,
            Self::CutFromRedis(_) | Self::SilentToRedis(_) => 1_000..15_000,
            Self::CutFromPostgres(_) => 1_000..8_000,
        };
        Duration::from_millis(random.random_range(range))
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clients = self.conversations * CLIENTS_EACH;
        write!(f, "seed {}, {NODES} nodes, {clients} clients", self.seed)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.lasts.as_secs_f32();
        match self.kind {
            Kind::NodeKilled(node) => write!(f, "node {node} is killed, for {seconds:.1} s"),
            Kind::NodeStopped(node) => write!(f, "node {node} is stopped, for {seconds:.1} s"),
            Kind::RedisRestarted => write!(f, "Redis is restarted"),
            Kind::RedisStopped => write!(f, "Redis is away for {seconds:.1} s"),
            Kind::PostgresRestarted => write!(f, "Postgres is restarted"),
            Kind::CutFromRedis(node) => {
                write!(f, "node {node} is cut off from Redis for {seconds:.1} s")
            }
            Kind::SilentToRedis(node) => {
                write!(f, "node {node}'s line to Redis is silent for {seconds:.1} s")
            }
            Kind::CutFromPostgres(node) => {
                write!(f, "node {node} is cut off from Postgres for {seconds:.1} s")
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_faults() {
    let faults = |seed| {
        let time = Some(Duration::from_mins(10));
        let plan = Plan { seed, time, conversations: 1 };
        plan.faults().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(faults(7), faults(7));
    assert_ne!(faults(7), faults(8));
}
