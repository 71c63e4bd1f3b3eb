//! Configuration: the embedded default, then a file, then the environment. What is wrong is told all
//! at once.

mod ai;
mod bus;
mod check;
mod key_file;
mod merge;
mod proxies;
mod pusher;
mod webhooks;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::Table;

pub use ai::Ai;
pub use key_file::KeyFileError;
pub use merge::DEFAULT;
pub use proxies::{BadRange, IpRange, any_contains};
pub use pusher::Pusher;
pub use webhooks::{BadWait, Wait, Webhooks};

use crate::domain::ContentLimits;
use crate::domain::secrets::Secret;
use crate::service::ServiceLimits;
use crate::store::DatabaseOptions;

/// Everything an operator can set. Each key is explained in `config.default.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server is.
    pub server: Server,
    /// Where conversations are kept.
    pub database: Database,
    /// What joins several servers.
    pub redis: Redis,
    /// How much is let through.
    pub limits: Limits,
    /// Connections.
    pub realtime: Realtime,
    /// Pusher applications.
    pub pusher: Pusher,
    /// Events posted to whoever asked for them.
    pub webhooks: Webhooks,
    /// The model that writes summaries.
    pub ai: Ai,
    /// Agents' logins.
    pub sessions: Sessions,
    /// The key that seals secrets.
    pub secrets: Secrets,
    /// What is written about the run.
    pub log: Log,
    /// What is counted about the run.
    pub metrics: Metrics,
}

/// `[server]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// As it was given; see [`Config::public_url`].
    pub public_url: String,
    /// Proxies in front.
    pub trusted_proxies: Vec<IpRange>,
    /// Origins whose pages may connect with a login beside our own.
    pub allowed_origins: Vec<String>,
}

/// `[database]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// May hold a password.
    pub url: Secret,
    /// Most connections of this node.
    pub connections_max: u32,
}

/// `[redis]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redis {
    /// May hold a password; empty: none.
    pub url: Secret,
    /// Before every channel and key.
    pub prefix: String,
    /// Certificates to trust instead of the system's; empty: the system's.
    pub ca_file: PathBuf,
    /// Bytes that wait for Redis while it is away.
    pub queue_bytes_max: usize,
    /// Silence after which another node, and everyone on it, is gone.
    pub lease_ms: u64,
}

/// `[limits]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Most characters of a text.
    pub content_chars_max: usize,
    /// Most messages of a visitor in the window.
    pub visitor_messages: usize,
    /// That window.
    pub visitor_window_ms: u32,
    /// Most attempts to log in within a minute.
    pub login_attempts: usize,
    /// Most requests of one API key in a minute.
    pub api_requests_per_minute: usize,
}

/// `[realtime]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Realtime {
    /// From ping to ping.
    pub ping_interval_ms: u64,
    /// From ping to giving up.
    pub ping_timeout_ms: u64,
    /// From opening to joining a namespace.
    pub connect_timeout_ms: u64,
    /// How long a lost connection can be taken up again.
    pub recovery_ms: u64,
    /// Most events replayed to one client.
    pub recovery_events_max: u32,
    /// How long events are kept.
    pub event_log_ms: u64,
    /// Most bytes that wait for one client.
    pub queue_bytes_max: usize,
    /// Largest message from a client.
    pub payload_bytes_max: usize,
    /// Events a second of one connection.
    pub events_per_second: u32,
    /// Events at once of one connection.
    pub events_burst: u32,
    /// Connections of one address.
    pub connections_per_address: usize,
    /// Silence after which nobody is typing.
    pub typing_ms: u64,
    /// Absence after which an agent is offline.
    pub presence_grace_ms: u64,
    /// Time in which clients are let go at shutdown.
    pub drain_ms: u64,
}

/// `[sessions]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sessions {
    /// How long a login lasts.
    pub ttl_hours: u32,
}

/// `[secrets]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secrets {
    /// As it was given; see [`Config::key_path`].
    pub key_file: PathBuf,
}

/// `[log]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// How lines look.
    pub format: LogFormat,
    /// A filter, as `tracing-subscriber` reads it.
    pub level: String,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Human,
    /// One object a line.
    Json,
}

/// `[metrics]`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    /// Whether `/metrics` is served.
    pub enabled: bool,
}

/// Everything that is wrong with a configuration, each as `section.key: why`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Problems(pub Vec<String>);

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("\n"))
    }
}

impl Config {
    /// Reads the default, then `file`, then the variables of `environment` that begin with
    /// `SWITCHBOARD__`.
    ///
    /// # Errors
    /// Everything that is wrong, at once.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let mut table = merge::default_table();
        if let Some(path) = file {
            merge::file(&mut table, path, &mut problems);
        }
        merge::environment(&mut table, environment, &mut problems);
        check::meaning(&table, &mut problems);
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        Table::try_into(table).map_err(|error| Problems(vec![error.to_string()]))
    }

    /// How browsers reach this server, without a slash at the end.
    #[must_use]
    pub fn public_url(&self) -> String {
        if !self.server.public_url.is_empty() {
            return self.server.public_url.trim_end_matches('/').to_owned();
        }
        let listen = self.server.listen;
        // Nobody can open "0.0.0.0": who listens on every address is reached on this machine's own.
        match listen.ip() {
            ip if ip.is_unspecified() => format!("http://127.0.0.1:{}", listen.port()),
            IpAddr::V4(ip) => format!("http://{ip}:{}", listen.port()),
            IpAddr::V6(ip) => format!("http://[{ip}]:{}", listen.port()),
        }
    }

    /// Whether a peer is a proxy whose word about the client's address is taken.
    #[must_use]
    pub fn trusts_proxy(&self, peer: IpAddr) -> bool {
        any_contains(&self.server.trusted_proxies, peer)
    }

    /// Where conversations are kept.
    #[must_use]
    pub fn database_options(&self) -> DatabaseOptions {
        DatabaseOptions {
            url: self.database.url.expose().to_owned(),
            connections_max: self.database.connections_max,
        }
    }

    /// The file of the SQLite database; `None` on Postgres.
    #[must_use]
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let path = self.database.url.expose().strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(PathBuf::from(path.split('?').next().unwrap_or_default()))
    }

    /// What the services let through.
    #[must_use]
    pub fn service_limits(&self) -> ServiceLimits {
        let ms = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        ServiceLimits {
            visitor_messages: self.limits.visitor_messages,
            visitor_window_ms: i64::from(self.limits.visitor_window_ms),
            login_attempts: self.limits.login_attempts,
            api_requests_per_minute: self.limits.api_requests_per_minute,
            content: ContentLimits { chars_max: self.limits.content_chars_max },
            login_ms: i64::from(self.sessions.ttl_hours) * 3_600_000,
            recovery_ms: ms(self.realtime.recovery_ms),
            event_log_ms: ms(self.realtime.event_log_ms),
            webhooks: self.webhooks.times(),
            summarize_closed: self.ai.is_on(),
            model_patience_ms: self.ai.patience_ms(),
            ..ServiceLimits::default()
        }
    }
}
