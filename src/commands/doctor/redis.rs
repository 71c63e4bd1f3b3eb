//! What joins the nodes: reached as a node reaches it, and asked how it is set up.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use redis::{FromRedisValue, Value};
use switchboard_rooms::{Bus, BusError, Hearing};
use tokio::time::{Instant, interval};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clocks;
use super::finding::Finding::{self, Fail, Good, Warn};
use super::finding::Line;
use crate::config::Config;
use crate::domain::{NodeId, Timestamp};

/// How long Redis may take to answer, and to deliver what was published.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether it has.
const LOOK: Duration = Duration::from_millis(20);
/// The first version that can do what is asked of it.
const VERSION_MIN: u32 = 6;
/// The first version whose clusters divide channels.
const VERSION_DIVIDING: u32 = 7;
/// What Redis lets a subscriber fall behind unless it is told otherwise.
const BUFFER_BYTES_MIN: u64 = 32 << 20;

/// Listens to nothing.
struct Deaf;

impl Hearing for Deaf {
    fn heard(&self, _: &str, _: Bytes) {}
    fn listening(&self, _: &[Arc<str>]) {}
    fn lost(&self) {}
    fn missed(&self) {}
}

/// Joins the other nodes for a moment, and looks around.
pub(super) async fn check(config: &Config) -> Vec<Line> {
    if config.redis.url.expose().is_empty() {
        let text = "is not set: one node keeps everything in the process";
        return vec![about(Good(text.to_owned()))];
    }
    let options = match config.redis.bus_options(uuid::Uuid::from(NodeId::generate()).as_u128()) {
        Ok(options) => options,
        Err(why) => return vec![about(Fail(why))],
    };
    let (tasks, stop) = (TaskTracker::new(), CancellationToken::new());
    let lines = match Bus::start(&options, Arc::new(Deaf), &tasks, stop.clone()) {
        Ok(bus) => look_around(&bus).await,
        Err(error) => vec![about(Fail(format!("redis.url: {error}")))],
    };
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    lines
}

fn about(finding: Finding) -> Line {
    ("redis", finding)
}

async fn look_around(bus: &Bus) -> Vec<Line> {
    let Some(round_trip) = hear_itself(bus).await else {
        let why = bus.health().trouble.unwrap_or_else(|| "it delivers nothing".to_owned());
        return vec![about(Fail(format!("redis.url: {why}")))];
    };
    let mut lines = Vec::new();
    match ask(bus, &["INFO"]).await {
        Ok(info) => {
            lines.push(about(version(&info, round_trip)));
            lines.extend(eviction(&info).map(about));
        }
        Err(error) => lines.push(about(Warn(format!(
            "delivers after {round_trip:.1?}; INFO is not allowed, so its version is not known ({error})"
        )))),
    }
    if let Ok(limits) = ask(bus, &["CONFIG", "GET", "client-output-buffer-limit"]).await {
        lines.extend(buffer(&limits).map(about));
    }
    let key = bus.key("doctor");
    if let Err(error) = ask(bus, &["EVAL", "return redis.call('TIME')[1]", "1", &key]).await {
        lines.push(about(Warn(format!(
            "EVAL is refused, so each node counts its limits alone ({error})"
        ))));
    }
    lines.extend(clocks::compared("Redis", time(bus)).await);
    lines
}

/// Waits for a heartbeat that was published to be heard.
async fn hear_itself(bus: &Bus) -> Option<Duration> {
    let (deadline, mut looks) = (Instant::now() + PATIENCE, interval(LOOK));
    while Instant::now() < deadline {
        looks.tick().await;
        let health = bus.health();
        if let (true, Some(round_trip)) = (health.up, health.round_trip) {
            return Some(round_trip);
        }
    }
    None
}

/// What a command answers, as text. Of a cluster the first server that answers.
async fn ask(bus: &Bus, words: &[&str]) -> Result<String, BusError> {
    let mut command = redis::Cmd::new();
    command.arg(words);
    Ok(text(bus.run(&command, PATIENCE).await?))
}

/// The words of an answer, one after the other.
fn text(value: Value) -> String {
    match value {
        Value::Array(values) => values.into_iter().map(text).collect::<Vec<_>>().join(" "),
        // Several servers, or names and what they have.
        Value::Map(pairs) => {
            pairs.into_iter().next().map(|(_, value)| text(value)).unwrap_or_default()
        }
        value => String::from_redis_value(value).unwrap_or_default(),
    }
}

async fn time(bus: &Bus) -> Result<Option<Timestamp>, BusError> {
    let (seconds, micros): (i64, i64) = bus.run(&redis::cmd("TIME"), PATIENCE).await?;
    Ok(Some(Timestamp::from_micros(seconds * 1_000_000 + micros)))
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

fn version(info: &str, round_trip: Duration) -> Finding {
    let is_cluster = field(info, "redis_mode") == Some("cluster");
    let kind = if is_cluster { "a cluster" } else { "one server" };
    let compatible = field(info, "redis_version").unwrap_or("unknown");
    let name = field(info, "valkey_version")
        .map_or_else(|| format!("Redis {compatible}"), |version| format!("Valkey {version}"));
    let major = compatible.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
    if major < VERSION_MIN {
        return Fail(format!("{name} is too old: take Redis {VERSION_MIN} or later, or Valkey"));
    }
    if is_cluster && major < VERSION_DIVIDING {
        return Warn(format!(
            "{name}, a cluster: every server of it carries every publication; from Redis \
             {VERSION_DIVIDING} on they share them out"
        ));
    }
    Good(format!("{name}, {kind}; a publication comes back after {round_trip:.1?}"))
}

fn eviction(info: &str) -> Option<Finding> {
    let policy = field(info, "maxmemory_policy").filter(|policy| *policy != "noeviction")?;
    Some(Warn(format!(
        "maxmemory-policy is {policy}: short of memory, it forgets who is there and how often somebody \
         asked; set it to noeviction"
    )))
}

/// Says something when subscribers may fall behind by less than they may by default.
fn buffer(limits: &str) -> Option<Finding> {
    let (_, limit) = limits.split_once("pubsub ")?;
    let bytes: u64 = limit.split_whitespace().next()?.parse().ok()?;
    if bytes == 0 || bytes >= BUFFER_BYTES_MIN {
        return None;
    }
    Some(Warn(format!(
        "client-output-buffer-limit closes a node that is {bytes} bytes behind; set `pubsub 256mb 64mb 60`"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_version(text: &str) -> Finding {
        version(text, Duration::from_millis(1))
    }

    #[test]
    fn what_is_too_old_fails() {
        assert!(matches!(of_version("redis_version:5.0.14\r\n"), Fail(_)));
        assert!(matches!(of_version(""), Fail(_)));
        assert!(matches!(of_version("redis_version:6.2.1\r\nredis_mode:cluster\r\n"), Warn(_)));
        let valkey = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.1.0\r\n";
        let Good(text) = of_version(valkey) else { panic!("Valkey is fine") };
        assert!(text.starts_with("Valkey 8.1.0, one server"), "{text}");
    }

    #[test]
    fn a_redis_that_forgets_is_warned_of() {
        assert!(eviction("maxmemory_policy:noeviction\r\n").is_none());
        assert!(matches!(eviction("maxmemory_policy:allkeys-lru\r\n"), Some(Warn(_))));
    }

    #[test]
    fn a_buffer_that_is_too_small_is_warned_of() {
        let limits = |pubsub: &str| {
            buffer(&format!(
                "client-output-buffer-limit normal 0 0 0 slave 268435456 67108864 60 pubsub {pubsub}"
            ))
        };
        assert!(limits("33554432 8388608 60").is_none());
        assert!(limits("0 0 0").is_none());
        assert!(matches!(limits("1048576 8388608 60"), Some(Warn(_))));
    }
}
