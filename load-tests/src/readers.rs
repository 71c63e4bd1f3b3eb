//! Programs that read at the pace that a key allows.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, anyhow};
use serde_json::Value;

use crate::rest::Rest;

/// How many programs there are: together they ask 20 times a second.
pub(crate) const PROGRAMS: usize = 10;
/// Between two requests of a program: 120 in a minute, the most that a key may by default.
const INTERVAL: Duration = Duration::from_millis(500);

/// How often the same is asked for with nobody beside.
const ALONE: usize = 20;

/// What a program may ask for.
pub(crate) struct Sort {
    pub(crate) name: &'static str,
    /// The path of each number: not always the same page.
    pub(crate) path: Box<dyn Fn(usize) -> String + Sync>,
}

/// What came of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Read {
    /// The place of its sort among all.
    pub(crate) sort: usize,
    /// From asking to the whole answer.
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

/// Has one program ask for one sort, again and again, with nobody beside.
pub(crate) fn read_one_by_one(
    address: SocketAddr,
    key: &str,
    sort: &Sort,
) -> anyhow::Result<Vec<Read>> {
    let mut rest = Rest::connect(address, key)?;
    (0..ALONE).map(|number| ask(&mut rest, sort, 0, number)).collect()
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
        reads.push(ask(&mut rest, &sorts[sort], sort, turn * PROGRAMS + program)?);
        due += INTERVAL;
    }
    Ok(reads)
}

/// Asks for the page of this number of a sort that has this place.
fn ask(rest: &mut Rest, sort: &Sort, place: usize, number: usize) -> anyhow::Result<Read> {
    let (answer, took) = rest.get(&(sort.path)(number))?;
    Ok(Read { sort: place, took, entries: entries(&answer)? })
}

/// The entries of a list; one thing alone is one.
fn entries(answer: &Value) -> anyhow::Result<usize> {
    if answer["object"] != "list" {
        return Ok(1);
    }
    Ok(answer["data"].as_array().context("no list")?.len())
}
