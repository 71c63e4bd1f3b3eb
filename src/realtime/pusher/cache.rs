//! What cache channels remember: the last event that a server published on each.

use std::collections::HashMap;
use std::time::Duration;

use switchboard_protocol::pusher::ChannelName;
use tokio::time::Instant;

use crate::realtime::frame::Frame;
use crate::service::Cached;

/// Channels remembered beyond this many make the one that is forgotten soonest go first.
const REMEMBERED_MAX: usize = 100_000;

/// What was heard so lately may not be in Redis yet; what was heard before gives way to what is.
const SETTLING: Duration = Duration::from_secs(2);

/// The last events of one application's cache channels. It is memory only: a node that is alone forgets with
/// a restart.
#[derive(Debug, Default)]
pub(super) struct Cache {
    remembered: HashMap<ChannelName, Remembered>,
    /// When what has had its time is looked for again.
    sweep_at: Option<Instant>,
}

#[derive(Debug)]
struct Remembered {
    data: String,
    frame: Frame,
    heard_at: Instant,
    until: Instant,
}

impl Cache {
    /// Remembers an event, for `ttl` and in place of the one before.
    pub(super) fn put(&mut self, channel: &ChannelName, data: &str, frame: Frame, ttl: Duration) {
        let now = Instant::now();
        self.sweep(now, ttl);
        let remembered =
            Remembered { data: data.to_owned(), frame, heard_at: now, until: now + ttl };
        self.remembered.insert(channel.clone(), remembered);
    }

    /// Remembers what other nodes do, unless this one heard something just now.
    pub(super) fn take_over(
        &mut self,
        channel: &ChannelName,
        data: &str,
        frame: Frame,
        left: Duration,
    ) {
        let is_new = |it: &Remembered| it.heard_at.elapsed() < SETTLING;
        if !self.remembered.get(channel).is_some_and(is_new) {
            self.put(channel, data, frame, left);
        }
    }

    /// Forgets what has had its time: now and then, and whenever there is too much.
    fn sweep(&mut self, now: Instant, ttl: Duration) {
        let is_full = self.remembered.len() >= REMEMBERED_MAX;
        if !is_full && self.sweep_at.is_some_and(|at| now < at) {
            return;
        }
        self.remembered.retain(|_, it| it.until > now);
        self.sweep_at = Some(now + ttl);
        if self.remembered.len() >= REMEMBERED_MAX {
            let soonest = self.remembered.iter().min_by_key(|(_, it)| it.until);
            if let Some(name) = soonest.map(|(name, _)| name.clone()) {
                self.remembered.remove(&name);
            }
        }
    }

    /// The frame that repeats the last event.
    pub(super) fn frame(&self, channel: &ChannelName) -> Option<Frame> {
        self.fresh(channel, Instant::now()).map(|it| it.frame.clone())
    }

    /// The last event, for servers.
    pub(super) fn get(&self, channel: &ChannelName) -> Option<Cached> {
        let now = Instant::now();
        let it = self.fresh(channel, now)?;
        Some(Cached { data: it.data.clone(), ttl_s: (it.until - now).as_secs() })
    }

    fn fresh(&self, channel: &ChannelName, now: Instant) -> Option<&Remembered> {
        self.remembered.get(channel).filter(|it| it.until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text, 0).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_cache_channel_remembers_its_last_event_for_a_while() {
        let (mut cache, ttl) = (Cache::default(), Duration::from_mins(1));
        cache.put(&name("cache-a"), "1", "first".into(), ttl);
        cache.put(&name("cache-a"), "2", "second".into(), ttl);
        assert_eq!(cache.frame(&name("cache-a")), Some("second".into()));
        let cached = cache.get(&name("cache-a")).unwrap();
        assert_eq!((cached.data.as_str(), cached.ttl_s), ("2", 60));
        assert_eq!(cache.frame(&name("cache-b")), None);
        tokio::time::sleep(ttl).await;
        assert_eq!(cache.frame(&name("cache-a")), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_other_nodes_remember_gives_way_to_what_was_just_heard() {
        let (mut cache, ttl) = (Cache::default(), Duration::from_mins(1));
        cache.put(&name("cache-a"), "1", "heard".into(), ttl);
        cache.take_over(&name("cache-a"), "0", "read".into(), ttl);
        assert_eq!(cache.frame(&name("cache-a")), Some("heard".into()));
        tokio::time::sleep(SETTLING).await;
        cache.take_over(&name("cache-a"), "2", "read".into(), ttl);
        assert_eq!(cache.frame(&name("cache-a")), Some("read".into()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_has_had_its_time_takes_no_memory() {
        let (mut cache, ttl) = (Cache::default(), Duration::from_mins(1));
        for at in 0..100 {
            cache.put(&name(&format!("cache-{at}")), "1", "event".into(), ttl);
        }
        tokio::time::sleep(ttl).await;
        cache.put(&name("cache-a"), "1", "event".into(), ttl);
        assert_eq!(cache.remembered.len(), 1);
    }
}
