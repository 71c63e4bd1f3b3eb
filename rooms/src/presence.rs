//! Which members are there, however many connections each has.
//!
//! A member of a group is there from its first connection to its last. When the last one goes, the
//! member is *leaving*: the caller waits a moment where it wants to (a page that reloads is back in a
//! second) and then asks [`Presence::confirm`] whether it is really gone.
//!
//! What a member shows of itself (`D`) is what its first connection said, for as long as it stays: all
//! others have been told that.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;

use parking_lot::Mutex;

/// Groups named by `G` with members named by `M`, each showing `D`.
pub struct Presence<G, M, D = ()> {
    groups: Mutex<HashMap<G, HashMap<M, Attendance<D>>>>,
}

struct Attendance<D> {
    connections: usize,
    /// Grows with each last connection gone, so that an old departure cannot end a newer stay.
    departures: u64,
    shown: D,
}

/// A member whose last connection went: proof to be shown to [`Presence::confirm`] after the grace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaving(u64);

impl<G, M, D> Default for Presence<G, M, D> {
    fn default() -> Self {
        Self { groups: Mutex::new(HashMap::new()) }
    }
}

impl<G, M, D> fmt::Debug for Presence<G, M, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").field("groups", &self.groups.lock().len()).finish()
    }
}

impl<G: Clone + Eq + Hash, M: Clone + Eq + Hash, D: Clone> Presence<G, M, D> {
    /// A connection of the member came. True when it was not there before: tell the others.
    pub fn enter(&self, group: &G, member: &M, shown: D) -> bool {
        let mut groups = self.groups.lock();
        let members = groups.entry(group.clone()).or_default();
        if let Some(attendance) = members.get_mut(member) {
            attendance.connections += 1;
            return false;
        }
        members.insert(member.clone(), Attendance { connections: 1, departures: 0, shown });
        true
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

    /// As [`members`](Self::members), each with what it shows.
    pub fn roster(&self, group: &G) -> Vec<(M, D)> {
        let groups = self.groups.lock();
        let members = groups.get(group).into_iter().flatten();
        members.map(|(member, it)| (member.clone(), it.shown.clone())).collect()
    }

    /// How many members are there.
    pub fn count(&self, group: &G) -> usize {
        self.groups.lock().get(group).map_or(0, HashMap::len)
    }

    /// Whether the member is there.
    pub fn contains(&self, group: &G, member: &M) -> bool {
        self.groups.lock().get(group).is_some_and(|members| members.contains_key(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_comes_with_the_first_connection_and_goes_with_the_last() {
        let presence = Presence::default();
        assert!(presence.enter(&"org", &"ada", ()));
        assert!(!presence.enter(&"org", &"ada", ()));
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
        presence.enter(&"org", &"ada", ());
        let first = presence.leave(&"org", &"ada").unwrap();
        assert!(!presence.enter(&"org", &"ada", ()));
        assert!(!presence.confirm(&"org", &"ada", first));
        let second = presence.leave(&"org", &"ada").unwrap();
        assert!(!presence.confirm(&"org", &"ada", first), "an old departure ends no newer stay");
        assert!(presence.confirm(&"org", &"ada", second));
    }

    #[test]
    fn a_member_shows_what_its_first_connection_said() {
        let presence = Presence::default();
        presence.enter(&"room", &"ada", "on a laptop");
        presence.enter(&"room", &"ada", "on a phone");
        assert_eq!(presence.roster(&"room"), [("ada", "on a laptop")]);
        assert_eq!(presence.count(&"room"), 1);
        assert!(presence.contains(&"room", &"ada") && !presence.contains(&"room", &"bo"));
    }
}
