//! How long things take at most.

use std::time::Duration;

/// A node says this often that it is there.
pub(super) const BEAT: Duration = Duration::from_secs(1);
/// A connection that did not answer, or did not deliver, for this long is given up.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);
/// Connecting takes at most this long, everything included.
pub(super) const CONNECT: Duration = Duration::from_secs(2);
/// The wait before a connection is tried again, at first.
pub(super) const RETRY: Duration = Duration::from_millis(100);
/// The wait before a connection is tried again, at most.
pub(super) const RETRY_MAX: Duration = Duration::from_secs(2);
/// After an outage the backlog waits for the others to listen again, but at most this long.
pub(super) const SETTLE: Duration = Duration::from_secs(3);
/// A subscription is kept this long after nobody wants it.
pub(super) const LINGER: Duration = Duration::from_secs(1);
/// A node that was not heard for this long is not waited for.
pub(super) const SILENCE: Duration = Duration::from_secs(10);
/// What is queued when the node stops goes out within this time, or not at all.
pub(super) const FAREWELL: Duration = Duration::from_secs(2);
