//! Requests that were received already.
//!
//! A signature covers the method, the path, the body and the second of signing, so the same signature is
//! the same request. But not every repetition is a replay: who triggers the same event twice within a
//! second signs the same thing twice (no SDK adds a nonce). So a repetition passes for a moment after
//! the first, and is refused from then on.
//!
//! Each node remembers what came to it, and all of them what came to any: a node that does not reach the
//! others' memory goes by its own.

use std::collections::{BTreeMap, HashMap};

use parking_lot::Mutex;
use switchboard_protocol::pusher::TIMESTAMP_TOLERANCE_S;

use crate::domain::{PusherAppId, Timestamp};
use crate::service::{SharedMemory, Sighting};

/// For how long before and after the second of signing a request would be admitted.
const WINDOW_S: i64 = TIMESTAMP_TOLERANCE_S.cast_signed();
/// By how much the clocks of nodes may differ.
const CLOCKS_APART_S: i64 = 60;
/// Most requests remembered for one application.
const REMEMBERED_MAX: usize = 200_000;

/// The requests of the last minutes that came to this node.
///
/// When an application's share of the memory is full, the oldest second is forgotten, and nothing
/// signed in it or before is admitted any more: the window gets shorter, its protection no weaker.
#[derive(Debug)]
pub struct Replays {
    grace_ms: i64,
    remembered_max: usize,
    memory: Mutex<Memory>,
}

/// A request whose signature is right.
#[derive(Clone, Copy, Debug)]
pub(super) struct Received<'a> {
    /// Who signed it.
    pub(super) app: &'a PusherAppId,
    /// Half of the signature.
    pub(super) signature: u128,
    /// The second of signing.
    pub(super) signed_at_s: i64,
}

impl Received<'_> {
    /// What nodes tell it apart by.
    fn mark(&self) -> String {
        format!("{} {:032x}", self.app, self.signature)
    }

    /// For how long a node may still admit it, some of whose clocks are behind this one's.
    fn keep_ms(&self, now: Timestamp) -> i64 {
        let until_s = self.signed_at_s.saturating_add(WINDOW_S + CLOCKS_APART_S);
        until_s.saturating_mul(1_000).saturating_sub(now.micros() / 1_000).max(1)
    }
}

/// Why a request is not admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It was received before.
    Repeated,
    /// It was signed so long ago that nobody remembers whether it was received.
    Forgotten,
}

#[derive(Debug, Default)]
struct Memory {
    apps: HashMap<PusherAppId, Share>,
    swept_at_s: i64,
}

/// What was received for one application.
#[derive(Debug)]
struct Share {
    /// By the second of signing: the signatures, and when each came first.
    seconds: BTreeMap<i64, HashMap<u128, Timestamp>>,
    count: usize,
    /// The last second that was forgotten before its time.
    forgotten_s: i64,
}

impl Default for Share {
    fn default() -> Self {
        Self { seconds: BTreeMap::new(), count: 0, forgotten_s: i64::MIN }
    }
}

impl Replays {
    /// Nothing received yet. A repetition passes until `grace_ms` after the first.
    #[must_use]
    pub fn new(grace_ms: u64) -> Self {
        let grace_ms = i64::try_from(grace_ms).unwrap_or(i64::MAX);
        Self { grace_ms, remembered_max: REMEMBERED_MAX, memory: Mutex::default() }
    }

    /// Remembers a request whose signature is right, or refuses it; here and, where there is one, in
    /// the memory that the nodes share.
    pub(super) async fn admit(
        &self,
        request: Received<'_>,
        now: Timestamp,
        shared: Option<&dyn SharedMemory>,
    ) -> Result<(), Refused> {
        self.admit_here(request, now)?;
        let Some(shared) = shared else { return Ok(()) };
        match shared.see(&request.mark(), request.keep_ms(now)).await {
            Some(Sighting::Again(ms_ago)) if ms_ago >= self.grace_ms => Err(Refused::Repeated),
            _ => Ok(()),
        }
    }

    fn admit_here(&self, request: Received<'_>, now: Timestamp) -> Result<(), Refused> {
        let Received { app, signature, signed_at_s } = request;
        let mut memory = self.memory.lock();
        memory.sweep(now.micros().div_euclid(1_000_000));
        let received = memory.apps.entry(app.clone()).or_default();
        if let Some(first) = received.first(signature, signed_at_s) {
            let passes = now.ms_since(first) < self.grace_ms;
            return passes.then_some(()).ok_or(Refused::Repeated);
        }
        if received.count >= self.remembered_max {
            received.forget_oldest();
        }
        if signed_at_s <= received.forgotten_s {
            return Err(Refused::Forgotten);
        }
        received.remember(signature, signed_at_s, now);
        Ok(())
    }
}

impl Memory {
    /// Once a second: forgets what is too old to be admitted anyway.
    fn sweep(&mut self, now_s: i64) {
        if now_s == self.swept_at_s {
            return;
        }
        self.swept_at_s = now_s;
        self.apps.retain(|_, received| {
            received.expire(now_s - WINDOW_S);
            received.count > 0 || received.forgotten_s >= now_s - WINDOW_S
        });
    }
}

impl Share {
    fn first(&self, signature: u128, signed_at_s: i64) -> Option<Timestamp> {
        self.seconds.get(&signed_at_s)?.get(&signature).copied()
    }

    fn remember(&mut self, signature: u128, signed_at_s: i64, now: Timestamp) {
        self.seconds.entry(signed_at_s).or_default().insert(signature, now);
        self.count += 1;
    }

    fn forget_oldest(&mut self) {
        if let Some((second, signatures)) = self.seconds.pop_first() {
            self.count -= signatures.len();
            self.forgotten_s = self.forgotten_s.max(second);
        }
    }

    /// Forgets what was signed before this second.
    fn expire(&mut self, before_s: i64) {
        let kept = self.seconds.split_off(&before_s);
        let expired = std::mem::replace(&mut self.seconds, kept);
        self.count -= expired.values().map(HashMap::len).sum::<usize>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::default().plus_ms(1_000_000_000 + ms)
    }

    const SIGNED: i64 = 1_000_000;

    fn admit(
        replays: &Replays,
        app: &PusherAppId,
        signature: u128,
        signed_at_s: i64,
        now: Timestamp,
    ) -> Result<(), Refused> {
        replays.admit_here(Received { app, signature, signed_at_s }, now)
    }

    #[test]
    fn a_repetition_passes_for_a_moment_and_never_again() {
        let (replays, app) = (Replays::new(3_000), PusherAppId::from("1"));
        let came = |signature, ms| admit(&replays, &app, signature, SIGNED, at(ms));
        assert_eq!(came(7, 0), Ok(()));
        assert_eq!(came(7, 2_999), Ok(()));
        // The moment is counted from the first: repetitions do not lengthen it.
        assert_eq!(came(7, 3_000), Err(Refused::Repeated));
        assert_eq!(came(7, 600_000), Err(Refused::Repeated));
        assert_eq!(came(8, 600_000), Ok(()));
        assert_eq!(admit(&replays, &"2".into(), 7, SIGNED, at(600_000)), Ok(()));
    }

    #[test]
    fn without_a_grace_no_repetition_passes() {
        let (replays, app) = (Replays::new(0), PusherAppId::from("1"));
        assert_eq!(admit(&replays, &app, 7, SIGNED, at(0)), Ok(()));
        assert_eq!(admit(&replays, &app, 7, SIGNED, at(0)), Err(Refused::Repeated));
    }

    #[test]
    fn a_request_is_remembered_for_as_long_as_its_timestamp_would_be_admitted() {
        let (replays, app) = (Replays::new(0), PusherAppId::from("1"));
        // Signed by a clock that is ahead as far as is allowed.
        let ahead = SIGNED + WINDOW_S;
        assert_eq!(admit(&replays, &app, 7, ahead, at(0)), Ok(()));
        let last = at(2 * WINDOW_S * 1_000);
        assert_eq!(admit(&replays, &app, 7, ahead, last), Err(Refused::Repeated));
        assert_eq!(admit(&replays, &"2".into(), 7, ahead, last.plus_ms(1_000)), Ok(()));
        assert!(!replays.memory.lock().apps.contains_key(&app), "nothing is kept longer");
    }

    #[test]
    fn a_full_memory_shortens_the_window_and_admits_nothing_twice() {
        let app = PusherAppId::from("1");
        let replays = Replays { remembered_max: 4, ..Replays::new(0) };
        let admit = |signature, signed| admit(&replays, &app, signature, signed, at(0));
        for signature in 0..4 {
            let signed = SIGNED + i64::try_from(signature / 2).unwrap();
            assert_eq!(admit(signature, signed), Ok(()));
        }
        assert_eq!(admit(4, SIGNED + 2), Ok(()));
        assert_eq!(admit(0, SIGNED), Err(Refused::Forgotten));
        assert_eq!(admit(2, SIGNED + 1), Err(Refused::Repeated));
        assert_eq!(replays.memory.lock().apps[&app].count, 3);
    }
}
