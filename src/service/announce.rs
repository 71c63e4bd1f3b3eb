//! How what was committed leaves the services.

use switchboard_rooms::ConnectionId;

use crate::domain::{Event, UserId};

/// The connection whose request caused an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The connection.
    pub connection: ConnectionId,
    /// The id its client gave the message, shown to that connection alone.
    pub client_message_id: Option<String>,
}

/// An event that is committed, and where it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Announcement {
    /// What happened.
    pub event: Event,
    /// Whose doing it was; `None` when it came by HTTP.
    pub origin: Option<Origin>,
}

impl Announcement {
    /// What was asked for over HTTP, or by nobody.
    pub(super) fn unprompted(event: Event) -> Self {
        Self { event, origin: None }
    }
}

/// Whoever tells the clients. Called in commit order, after the commit and before the caller is
/// answered, one call at a time; must not wait for anything.
pub trait Announce: Send + Sync + 'static {
    /// Something happened and is kept: all that one piece of work has to tell, in order.
    fn announce(&self, announcements: Vec<Announcement>);

    /// All logins of this agent have ended: connections that came in by one must close.
    fn logged_out(&self, user_id: UserId);
}
