//! Programs that read at the pace that a key allows, whatever the server does.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use crate::rest::Rest;

/// How many programs there are: together they ask 40 times a second.
pub(crate) const PROGRAMS: usize = 20;
/// Between two requests of a program: 120 in a minute, the most that a key may by default.
const INTERVAL: Duration = Duration::from_millis(500);

/// What a program may ask for.
pub(crate) struct Sort {
    pub(crate) name: &'static str,
    /// The path of each number: not always the same page.
    pub(crate) path: Box<dyn Fn(usize) -> String + Sync>,
}

/// What came of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read {
    /// Which sort it was.
    pub(crate) sort: usize,
    /// From the moment at which it was due.
    pub(crate) took: Duration,
    /// How long a list it was.
    pub(crate) entries: usize,
}

/// Has every program ask `rounds` times for each sort, one sort after the other; no two begin with the same one.
pub(crate) fn read(
    address: SocketAddr,
    key: &str,
    sorts: &[Sort],
    rounds: usize,
) -> anyhow::Result<Vec<Read>> {
    let began = Instant::now();
    thread::scope(|scope| {
        let programs: Vec<_> = (0..PROGRAMS)
            .map(|program| {
                scope.spawn(move || {
                    read_alone(Rest::connect(address, key)?, program, sorts, rounds, began)
                })
            })
            .collect();
        let mut reads = Vec::new();
        for program in programs {
            reads.extend(program.join().map_err(|_| anyhow!("a program panicked"))??);
        }
        Ok(reads)
    })
}

fn read_alone(
    mut rest: Rest,
    program: usize,
    sorts: &[Sort],
    rounds: usize,
    began: Instant,
) -> anyhow::Result<Vec<Read>> {
    let programs = u32::try_from(PROGRAMS)?;
    let mut due = began + INTERVAL * u32::try_from(program)? / programs;
    let mut reads = Vec::new();
    for turn in 0..rounds * sorts.len() {
        thread::sleep(due.saturating_duration_since(Instant::now()));
        let sort = (turn + program) % sorts.len();
        let (answer, answered) = rest.get(&(sorts[sort].path)(turn * PROGRAMS + program))?;
        let took = answered.saturating_duration_since(due);
        reads.push(Read { sort, took, entries: entries(&answer)? });
        due += INTERVAL;
    }
    Ok(reads)
}

/// The entries of a list; one thing alone is one.
fn entries(answer: &Value) -> anyhow::Result<usize> {
    if answer["object"] != "list" {
        return Ok(1);
    }
    Ok(answer["data"].as_array().context("no list")?.len())
}
