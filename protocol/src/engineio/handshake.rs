//! The first packet of a session.

use serde::Serialize;

/// What the server tells a client that opened a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Handshake<'a> {
    /// The secret by which later requests name this session. Never shown to anybody else.
    pub sid: &'a str,
    /// The transports the client may move to from the one it used for this request.
    pub upgrades: &'a [&'a str],
    /// Time between two heartbeats, in milliseconds.
    #[serde(rename = "pingInterval")]
    pub ping_interval_ms: u64,
    /// How long to wait for the answer to a heartbeat, in milliseconds.
    #[serde(rename = "pingTimeout")]
    pub ping_timeout_ms: u64,
    /// The longest frame or long-polling body the server takes, in bytes.
    #[serde(rename = "maxPayload")]
    pub payload_bytes_max: usize,
}

impl Handshake<'_> {
    /// Writes the whole OPEN packet:
    /// `0{"sid":…,"upgrades":[…],"pingInterval":…,"pingTimeout":…,"maxPayload":…}`.
    #[must_use]
    pub fn encode(&self) -> String {
        format!("0{}", self.json())
    }

    fn json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers always serialise")
    }
}
