//! 10,000 clients who lose their connections and come back at once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow, ensure};
use serde_json::json;

use super::{PATIENCE, TEXT_CHARS, TURN, ask_all};
use crate::aim::Aim;
use crate::chat::check;
use crate::deliveries::Deliveries;
use crate::latency::Latency;
use crate::mark::Mark;
use crate::meter::{Cost, Meter};
use crate::options::Options;
use crate::progress::say;
use crate::protocol::Incoming;
use crate::report::{Found, Table, number};
use crate::rooms::Rooms;
use crate::socketio::SocketIo;
use crate::swarm::{Member, Swarm};
use crate::target::Target;
use crate::words::{By, Conversations, Line, Plan, Room, Words as _};

const ROOMS: usize = 100;
const AGENTS: usize = 100;
const CLIENTS: u16 = 10_000;
/// The others, who keep their connections.
const HEALTHY: Plan = Plan { rooms: 1, listeners: 100, writers: 1 };
const HEALTHY_PER_SECOND: u32 = 50;
/// How late the latest of a hundred of their deliveries may be.
const HEALTHY_P99_MS_MAX: f64 = 1_000.0;

const COLUMNS: [&str; 7] = [
    "clients",
    "recovered",
    "all back after, s",
    "CPU µs per client",
    "healthy, p99 before, ms",
    "healthy, p99 meanwhile, ms",
    "generator CPU µs per client",
];

/// Conversations, the visitors who write in them, and the agents who come and go.
struct Crowd {
    words: Conversations,
    visitors: Swarm<SocketIo>,
    rooms: Vec<Room>,
    /// In each conversation, who has heard what.
    heard: Vec<Deliveries>,
    /// The last text in each of them.
    last: u64,
}

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let target = Target::provide(options)?;
    let words = Conversations::new(&target, By::Visitor)?;
    let (mut crowd, mut agents) = Crowd::open(&target, words)?;
    crowd.say_all()?;
    crowd.hear_all(&mut agents)?;
    let words = Conversations::new(&target, By::Visitor)?.numbered_from(ROOMS);
    let swarm = Swarm::new(target.address)?;
    let mut healthy = Rooms::open(words, swarm, &[target.process], HEALTHY, TEXT_CHARS)?;
    let mut before = healthy.pace(HEALTHY_PER_SECOND, options.step())?.arrived;
    let over = AtomicBool::new(false);
    let (stormed, meanwhile) = thread::scope(|scope| {
        let beside = scope.spawn(|| keep_pace(&mut healthy, &over));
        let stormed = crowd.storm(&target, agents);
        over.store(true, Ordering::Relaxed);
        let meanwhile = beside.join().map_err(|_| anyhow!("the healthy clients panicked"))?;
        anyhow::Ok((stormed?, meanwhile.context("a healthy client")?))
    })?;
    let (mut meanwhile, (recovered, cost)) = (meanwhile, stormed);
    let healthy_ms = meanwhile.percentile_ms(99);
    let mut table = Table::new("Storm", &note(), &COLUMNS);
    table.push(vec![
        number(CLIENTS.into()),
        number(recovered.into()),
        number(cost.elapsed.as_secs_f64()),
        number(cost.cpu_us_each(CLIENTS.into())),
        number(before.percentile_ms(99)),
        number(healthy_ms),
        number(cost.own_cpu_us_each(CLIENTS.into())),
    ]);
    let aims = vec![
        Aim::at_least(
            "Of 10,000 who came back at once, recovered",
            CLIENTS.into(),
            recovered.into(),
        ),
        Aim::at_most("p99 of healthy clients meanwhile, ms", HEALTHY_P99_MS_MAX, healthy_ms),
    ];
    Ok(Found { tables: vec![table], aims, plots: Vec::new() })
}

/// Lets the healthy ones go on until it is over.
fn keep_pace(healthy: &mut Rooms<Conversations>, over: &AtomicBool) -> anyhow::Result<Latency> {
    let mut arrived = Latency::default();
    while !over.load(Ordering::Relaxed) {
        let outcome = healthy.pace(HEALTHY_PER_SECOND, Duration::from_secs(1))?;
        arrived.join(outcome.arrived);
    }
    Ok(arrived)
}

impl Crowd {
    /// Begins the conversations, and has the agents join them.
    fn open(target: &Target, mut words: Conversations) -> anyhow::Result<(Self, Swarm<SocketIo>)> {
        say(&format!("let {CLIENTS} in"));
        let mut visitors = Swarm::new(target.address)?;
        let alone = Plan { rooms: ROOMS, listeners: 1, writers: 1 };
        let rooms = words.seat(&mut visitors, alone)?;
        let mut agents = Swarm::new(target.address)?;
        let client = SocketIo::agent(&target.demo()?.platform.agent_key).remembering();
        let all = agents.open(CLIENTS.into(), &client)?;
        let join =
            |member: Member| json!({"conversation_id": rooms[member / AGENTS].name}).to_string();
        ask_all(&mut agents, all, "join_conversation", join, |_, answer| check(answer))?;
        let heard = rooms.iter().map(|_| Deliveries::after(0, AGENTS)).collect();
        Ok((Self { words, visitors, rooms, heard, last: 0 }, agents))
    }

    /// Breaks all of the agents' connections, has something said, and brings them back: gives how many took up where
    /// they were, and what it cost until everybody had heard everything.
    fn storm(&mut self, target: &Target, agents: Swarm<SocketIo>) -> anyhow::Result<(u32, Cost)> {
        say("break all connections");
        let clients: Vec<_> = (0..agents.len()).map(|it| agents.client(it).back()).collect();
        drop(agents);
        self.say_all()?;
        say("bring them back");
        let mut agents = Swarm::new(target.address)?;
        let meter = Meter::start(&[target.process])?;
        agents.open_at_once(&clients, |member, incoming| self.hear(member, incoming))?;
        self.hear_all(&mut agents)?;
        let cost = meter.stop()?;
        self.say_all()?;
        self.hear_all(&mut agents)?;
        let recovered = (0..agents.len()).filter(|it| agents.client(*it).is_recovered()).count();
        Ok((u32::try_from(recovered)?, cost))
    }

    /// Has every visitor say the next text, and waits until all are acknowledged.
    fn say_all(&mut self) -> anyhow::Result<()> {
        self.last += 1;
        let seq = self.last;
        for (writer, room) in self.rooms.iter().enumerate() {
            let text = Mark { writer, seq }.text(TEXT_CHARS);
            let line = Line { member: room.writers[0], room: &room.name, text: &text, seq };
            self.words.say(&mut self.visitors, line)?;
        }
        let (mut missing, began) = (ROOMS, Instant::now());
        while missing > 0 {
            ensure!(began.elapsed() < PATIENCE, "{missing} texts were not acknowledged");
            let words = &self.words;
            self.visitors.turn(TURN, |_, incoming| {
                if let Incoming::Ack(_, answer) = incoming {
                    words.accepted(answer)?;
                    missing -= 1;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Waits until all agents have heard all that was said.
    fn hear_all(&mut self, agents: &mut Swarm<SocketIo>) -> anyhow::Result<()> {
        let began = Instant::now();
        while self.heard.iter().any(|heard| heard.finish(self.last).is_err()) {
            ensure!(began.elapsed() < PATIENCE, "not every agent has heard text {}", self.last);
            agents.turn(TURN, |member, incoming| self.hear(member, incoming))?;
        }
        Ok(())
    }

    fn hear(&mut self, member: Member, incoming: Incoming<'_>) -> anyhow::Result<()> {
        let Incoming::Event(event) = incoming else { return Ok(()) };
        let Some(mark) = Mark::find(event) else { return Ok(()) };
        let room = member / AGENTS;
        ensure!(mark.writer == room, "agent {member} heard what was said in room {}", mark.writer);
        self.heard[room].note(member % AGENTS, mark.seq).map(drop)
    }
}

fn note() -> String {
    format!(
        "{CLIENTS} agents' clients in {ROOMS} conversations lose their connections; in each conversation something is \
         said, and then all of them come back at once, with the session and the offset they had. All are back when \
         every one of them has exactly what was said meanwhile. Afterwards something more is said, and heard by all. {} \
         others, who kept their connections and hear {HEALTHY_PER_SECOND} messages a second in a conversation of their \
         own, are the healthy ones.",
        HEALTHY.listeners
    )
}
