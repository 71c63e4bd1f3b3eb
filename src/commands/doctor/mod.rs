//! `switchboard doctor`

mod clocks;
mod finding;
mod redis;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;
use std::time::Duration;

use self::finding::Finding::{self, Fail, Good, Warn};
use self::finding::Line;
use crate::clock::Clock;
use crate::config::{Config, Problems};
use crate::store::Store;

/// A commit that takes longer makes every acknowledgement feel slow.
const SLOW_COMMIT: Duration = Duration::from_millis(50);
/// Each connection is a file; fewer than these are soon used up.
const FILES_WANTED: u64 = 4_096;

/// Checks everything; the exit code is 1 when something must be changed.
pub(super) async fn run(
    config: Result<Config, Problems>,
    out: &mut impl Write,
) -> anyhow::Result<ExitCode> {
    let mut findings: Vec<Line> = Vec::new();
    match config {
        Ok(config) => {
            findings.push(("configuration", Good("every setting makes sense".to_owned())));
            findings.push(("address", address(&config)));
            findings.push(("secrets", secrets(&config)));
            findings.extend(database(&config).await);
            findings.extend(redis::check(&config).await);
        }
        Err(Problems(problems)) => {
            findings.extend(problems.into_iter().map(|problem| ("configuration", Fail(problem))));
        }
    }
    findings.push(clocks::own(Clock::System.now()));
    findings.push((
        "file limit",
        file_limit(&fs::read_to_string("/proc/self/limits").unwrap_or_default()),
    ));
    let failed = findings.iter().any(|(_, finding)| matches!(finding, Fail(_)));
    for (subject, finding) in findings {
        let (mark, text) = match finding {
            Good(text) => ("ok  ", text),
            Warn(text) => ("warn", text),
            Fail(text) => ("fail", text),
        };
        writeln!(out, "{mark}  {subject:<14}{text}")?;
    }
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn address(config: &Config) -> Finding {
    let listen = config.server.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Good(format!("{listen} is free; browsers reach it at {}", config.public_url())),
        Err(error) => Warn(format!(
            "cannot listen on {listen} ({error}): unless that is the running server, change server.listen"
        )),
    }
}

/// Looks only: the key is made by the first start, not by a check.
fn secrets(config: &Config) -> Finding {
    let path = config.key_path();
    if !path.exists() {
        return Warn(format!("{} is made on first start", path.display()));
    }
    match config.sealing_key() {
        Ok(_) => Good(format!("{} can be read by you alone", path.display())),
        Err(error) => Fail(error.to_string()),
    }
}

async fn database(config: &Config) -> Vec<Line> {
    let about = |finding| vec![("database", finding)];
    if let Some(path) = config.sqlite_path().filter(|path| !path.exists()) {
        return about(Warn(format!("{} is made on first start", path.display())));
    }
    let store = match Store::open(&config.database_options()).await {
        Ok(store) => store,
        Err(error) => return about(Fail(format!("database.url: {error}"))),
    };
    let mut lines = about(commit(&store).await);
    lines.extend(clocks::compared("Postgres", store.time()).await);
    store.close().await;
    lines
}

async fn commit(store: &Store) -> Finding {
    match store.probe(Clock::System.now()).await {
        Ok(took) if took > SLOW_COMMIT => Warn(format!(
            "writable, but a commit takes {took:.1?}: put it on a faster disk, every message waits for that"
        )),
        Ok(took) => Good(format!("writable; a commit takes {took:.1?}")),
        Err(error) => Fail(format!("{error}; if it was never used, run `switchboard migrate`")),
    }
}

fn file_limit(limits: &str) -> Finding {
    let soft = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|rest| rest.split_whitespace().next());
    match soft.map(str::parse::<u64>) {
        Some(Ok(files)) if files < FILES_WANTED => Warn(format!(
            "{files} open files are allowed, about as many connections: raise it (ulimit -n {FILES_WANTED})"
        )),
        Some(Ok(files)) => Good(format!("{files} open files are allowed")),
        Some(Err(_)) => Good("there is none".to_owned()),
        None => Warn("cannot be read from /proc/self/limits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_low_file_limit_is_warned_of() {
        let limits = |soft: &str| {
            format!("Limit  Soft  Hard  Units\nMax open files   {soft}   4096   files\n")
        };
        assert!(matches!(file_limit(&limits("1024")), Warn(_)));
        assert!(matches!(file_limit(&limits("65536")), Good(_)));
        assert!(matches!(file_limit(&limits("unlimited")), Good(_)));
        assert!(matches!(file_limit(""), Warn(_)));
    }
}
