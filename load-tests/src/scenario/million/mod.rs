//! A database with a million messages: how fast are its pages?

mod check;
mod sorts;

use std::time::Instant;

use crate::filling;
use crate::latency::Latency;
use crate::options::Options;
use crate::past::Past;
use crate::progress::say;
use crate::readers::{PROGRAMS, Read, read, read_one_by_one};
use crate::report::{Found, Table, number};
use crate::rest::Rest;
use crate::target::Target;
use check::check;
use sorts::{slowest, sorts};

/// How often each program asks for each sort of page before anything is measured.
const WARM_UP: usize = 1;
/// How often each program asks for each sort of page.
const ROUNDS: usize = 15;

pub(super) fn run(options: &Options) -> anyhow::Result<Found> {
    let past = Past::new(options.messages);
    let (mut filled_in, mut database) = (0.0, String::new());
    let target = Target::provide_filled(options, |url| {
        let began = Instant::now();
        filling::fill(url, &past)?;
        filled_in = began.elapsed().as_secs_f64();
        url.clone_into(&mut database);
        say("million: the server makes it searchable");
        Ok(())
    })?;
    filling::settle(&database)?;
    let key = &target.demo()?.muro.key;
    say("million: check what the server reads");
    let places = check(&mut Rest::connect(target.address, key)?, &past)?;
    let sorts = sorts(places);
    say("million: read");
    read(target.address, key, &sorts, WARM_UP)?;
    let reads = read(target.address, key, &sorts, ROUNDS)?;
    let alone = read_one_by_one(target.address, key, &slowest())?;
    let note = format!(
        "{} messages of 5 to 37 words in {} conversations, written over SQL in {} s and made searchable by the \
         server when it started, in {} s. {PROGRAMS} programs ask 120 times a minute each, for every sort of page in \
         turn; 25 entries a page. The last row was asked for alone.",
        number(count(options.messages)),
        number(count(past.conversations.len())),
        number(filled_in),
        number(target.started_in.as_secs_f64())
    );
    let columns = ["page", "requests", "entries", "p50 ms", "p95 ms", "p99 ms", "slowest ms"];
    let mut table = Table::new("A million messages", &note, &columns);
    for (place, sort) in sorts.iter().enumerate() {
        table.push(row(sort.name, reads.iter().filter(|it| it.sort == place)));
    }
    table.push(row(slowest().name, alone.iter()));
    Ok(table.into())
}

fn row<'a>(name: &str, reads: impl Iterator<Item = &'a Read>) -> Vec<String> {
    let (mut latency, mut requests, mut entries) = (Latency::default(), 0, 0);
    for read in reads {
        latency.note(read.took);
        requests += 1;
        entries += read.entries;
    }
    let mut cells =
        vec![name.to_owned(), requests.to_string(), number(count(entries) / count(requests))];
    cells.extend([50, 95, 99, 100].map(|percent| number(latency.percentile_ms(percent))));
    cells
}

/// A count as a number that can be shown; none here comes near 2³².
fn count(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}
