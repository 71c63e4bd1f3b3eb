//! Where a request comes from, for HTTP and sockets alike.

use std::net::IpAddr;

/// The address a request comes from, behind any trusted proxy. The server puts it into every
/// request's extensions.
#[derive(Clone, Copy, Debug)]
pub struct ClientAddress(pub IpAddr);

/// A trusted proxy says that its client reached it over TLS (`X-Forwarded-Proto: https`).
#[derive(Clone, Copy, Debug)]
pub struct OverTls;
