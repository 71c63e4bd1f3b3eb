//! What types cannot say about settings.

use std::net::SocketAddr;

use toml::{Table, Value};
use tracing_subscriber::EnvFilter;
use url::Url;

use super::{IpRange, Wait, ai, pusher};
use crate::domain::AllowedOrigins;

type Check = fn(&Value) -> Result<(), String>;

const CHECKS: &[(&str, &str, Check)] = &[
    ("server", "listen", listen),
    ("server", "public_url", public_url),
    ("server", "trusted_proxies", ranges),
    ("server", "allowed_origins", origins),
    ("database", "url", database_url),
    ("database", "connections_max", at_least::<2>),
    ("redis", "url", redis_url),
    ("redis", "prefix", named),
    ("redis", "queue_bytes_max", at_least::<1024>),
    ("redis", "lease_ms", at_least::<1000>),
    ("limits", "visitor_window_ms", at_least::<1>),
    ("realtime", "ping_interval_ms", at_least::<100>),
    ("realtime", "ping_timeout_ms", at_least::<100>),
    ("realtime", "connect_timeout_ms", at_least::<100>),
    ("realtime", "queue_bytes_max", at_least::<1024>),
    ("realtime", "payload_bytes_max", at_least::<1024>),
    ("realtime", "typing_ms", at_least::<1>),
    ("pusher", "activity_timeout_ms", at_least::<1000>),
    ("pusher", "pong_timeout_ms", at_least::<100>),
    ("webhooks", "timeout_ms", at_least::<1>),
    ("webhooks", "retry_first_ms", at_least::<1>),
    ("webhooks", "retry_max_ms", at_least::<1>),
    ("webhooks", "schedule", waits),
    ("webhooks", "switch_off_ms", at_least::<1>),
    ("ai", "base_url", ai::base_url),
    ("ai", "timeout_ms", at_least::<1>),
    ("ai", "max_input_chars", at_least::<1000>),
    ("sessions", "ttl_hours", at_least::<1>),
    ("secrets", "key_file", named),
    ("log", "format", log_format),
    ("log", "level", log_level),
];

/// Adds what is wrong with the values of a table whose types fit.
pub(super) fn meaning(table: &Table, problems: &mut Vec<String>) {
    for (section, key, check) in CHECKS {
        let value = table.get(*section).and_then(|keys| keys.get(*key));
        if let Some(Err(why)) = value.map(check) {
            problems.push(format!("{section}.{key}: {why}"));
        }
    }
    pusher::problems(table, problems);
    ai::problems(table, problems);
    let url = |section: &str| table.get(section)?.get("url")?.as_str();
    if url("redis").is_some_and(|url| !url.is_empty())
        && url("database").is_some_and(|url| url.starts_with("sqlite"))
    {
        let why = "several servers need one Postgres, and database.url is SQLite; leave it empty";
        problems.push(format!("redis.url: {why}"));
    }
    let number = |key: &str| table.get("realtime")?.get(key)?.as_integer();
    if number("event_log_ms") < number("recovery_ms") {
        problems
            .push("realtime.event_log_ms: must not be less than realtime.recovery_ms".to_owned());
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str)
}

fn listen(value: &Value) -> Result<(), String> {
    let parsed = text(value).parse::<SocketAddr>();
    parsed.map(drop).map_err(|_| "must be an address and a port, such as 127.0.0.1:4000".to_owned())
}

fn public_url(value: &Value) -> Result<(), String> {
    let text = text(value);
    let is_origin = |url: &Url| {
        matches!(url.scheme(), "http" | "https") && url.path() == "/" && url.query().is_none()
    };
    if text.is_empty() || Url::parse(text).is_ok_and(|url| is_origin(&url)) {
        return Ok(());
    }
    Err("must be empty or a URL without a path, such as https://chat.example.com".to_owned())
}

fn ranges(value: &Value) -> Result<(), String> {
    texts(value).try_for_each(|text| {
        text.parse::<IpRange>().map(drop).map_err(|error| format!("`{text}` {error}"))
    })
}

fn waits(value: &Value) -> Result<(), String> {
    texts(value).try_for_each(|text| {
        text.parse::<Wait>().map(drop).map_err(|error| format!("`{text}` {error}"))
    })
}

fn origins(value: &Value) -> Result<(), String> {
    AllowedOrigins::new(texts(value).map(str::to_owned)).map(drop).map_err(|invalid| invalid.why)
}

fn database_url(value: &Value) -> Result<(), String> {
    let url = text(value);
    if url.starts_with("sqlite::memory:") || url.contains("mode=memory") {
        return Err("must be a file: what is only in memory cannot be kept".to_owned());
    }
    let known = ["sqlite://", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme)) {
        return Ok(());
    }
    Err("must begin with sqlite:// or postgres://".to_owned())
}

fn redis_url(value: &Value) -> Result<(), String> {
    let url = text(value);
    let known = ["redis://", "rediss://"].iter().any(|scheme| url.starts_with(scheme));
    if url.is_empty() || known {
        return Ok(());
    }
    Err("must begin with redis:// or rediss://, or be empty".to_owned())
}

fn at_least<const MIN: i64>(value: &Value) -> Result<(), String> {
    if value.as_integer().is_none_or(|number| number >= MIN) {
        return Ok(());
    }
    Err(format!("must be at least {MIN}"))
}

fn named(value: &Value) -> Result<(), String> {
    (!text(value).is_empty()).then_some(()).ok_or_else(|| "must name a file".to_owned())
}

fn log_format(value: &Value) -> Result<(), String> {
    let known = matches!(text(value), "human" | "json");
    known.then_some(()).ok_or_else(|| "must be human or json".to_owned())
}

fn log_level(value: &Value) -> Result<(), String> {
    let filter = EnvFilter::try_new(text(value));
    filter.map(drop).map_err(|error| format!("is not a filter: {error}"))
}
