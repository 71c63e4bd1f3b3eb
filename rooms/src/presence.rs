//! Which members are there, however many connections each has.
//!
//! A member of a group is there from its first connection to its last. When the last one goes, the
//! member is *leaving*: the caller waits a moment (a page that reloads is back in a second) and then
//! asks [`Presence::confirm`] whether it is really gone.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use parking_lot::Mutex;

/// Groups named by `G` with members named by `M`.
pub struct Presence<G, M> {
    groups: Mutex<HashMap<G, HashMap<M, Attendance>>>,
}

#[derive(Default)]
struct Attendance {
    connections: usize,
    /// Grows with each last connection gone, so that an old departure cannot end a newer stay.
    departures: u64,
}

/// A member whose last connection went: proof to be shown to [`Presence::confirm`] after the grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving(u64);

impl<G, M> Default for Presence<G, M> {
    fn default() -> Self {
        Self { groups: Mutex::new(HashMap::new()) }
    }
}

impl<G, M> fmt::Debug for Presence<G, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").field("groups", &self.groups.lock().len()).finish()
    }
}

impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash> Presence<G, M> {
    /// A connection of the member came. True when it was not there before: tell the others.
    pub fn enter(&self, group: &G, member: &M) -> bool {
        let mut groups = self.groups.lock();
        let members = groups.entry(group.clone()).or_default();
        let is_new = !members.contains_key(member);
        members.entry(member.clone()).or_default().connections += 1;
        is_new
    }

    /// A connection of the member went. `Some` when it was the last one.
    pub fn leave(&self, group: &G, member: &M) -> Option<Leaving> {
        let mut groups = self.groups.lock();
        let attendance = groups.get_mut(group)?.get_mut(member)?;
        attendance.connections = attendance.connections.saturating_sub(1);
        if attendance.connections > 0 {
            return None;
        }
        attendance.departures += 1;
        Some(Leaving(attendance.departures))
    }

    /// The grace is over. True when the member did not come back: it is gone, tell the others.
    pub fn confirm(&self, group: &G, member: &M, leaving: Leaving) -> bool {
        let mut groups = self.groups.lock();
        let Some(members) = groups.get_mut(group) else { return false };
        let gone =
            members.get(member).is_some_and(|it| it.connections == 0 && it.departures == leaving.0);
        if gone {
            members.remove(member);
            if members.is_empty() {
                groups.remove(group);
            }
        }
        gone
    }

    /// Everyone who is there, those who are just leaving included, in no particular order.
    pub fn members(&self, group: &G) -> Vec<M> {
        self.groups.lock().get(group).map(|m| m.keys().cloned().collect()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_comes_with_the_first_connection_and_goes_with_the_last() {
        let presence = Presence::default();
        assert!(presence.enter(&"org", &"ada"));
        assert!(!presence.enter(&"org", &"ada"));
        assert_eq!(presence.leave(&"org", &"ada"), None);
        let leaving = presence.leave(&"org", &"ada").unwrap();
        assert_eq!(presence.members(&"org"), ["ada"], "still there during the grace");
        assert!(presence.confirm(&"org", &"ada", leaving));
        assert!(presence.members(&"org").is_empty());
        assert!(!presence.confirm(&"org", &"ada", leaving), "gone only once");
    }

    #[test]
    fn coming_back_within_the_grace_is_not_a_coming() {
        let presence = Presence::default();
        presence.enter(&"org", &"ada");
        let first = presence.leave(&"org", &"ada").unwrap();
        assert!(!presence.enter(&"org", &"ada"));
        assert!(!presence.confirm(&"org", &"ada", first));
        let second = presence.leave(&"org", &"ada").unwrap();
        assert!(!presence.confirm(&"org", &"ada", first), "an old departure ends no newer stay");
        assert!(presence.confirm(&"org", &"ada", second));
    }
}
