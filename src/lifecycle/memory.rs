//! What the nodes remember together, in Redis.

use std::fmt;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use redis::{Cmd, FromRedisValue};
use switchboard_rooms::{Bus, BusError};
use tokio::time::Instant;
use tracing::{info, warn};

use crate::domain::secrets::TokenHash;
use crate::service::{Counted, Quota, SharedMemory, Sighting};

/// How long a request waits for Redis before its node goes by its own memory.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long Redis is left alone once it was slow, so that not every request waits for it.
const REST: Duration = Duration::from_secs(1);
/// Half of a digest is enough to tell keys apart.
const KEY_DIGITS: usize = 32;

/// Counts one in the window of `KEYS[1]`: at most `ARGV[1]` in `ARGV[2]` microseconds. The times are those
/// of Redis, so that the clocks of nodes do not matter. Answers whether it was counted, how many more there
/// is room for, and in how many milliseconds the oldest no longer counts.
const COUNT: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local max, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local first = tonumber(redis.call('LINDEX', KEYS[1], 0) or nil)
while first and now - first >= window do
  redis.call('LPOP', KEYS[1])
  first = tonumber(redis.call('LINDEX', KEYS[1], 0) or nil)
end
local counted, admitted = redis.call('LLEN', KEYS[1]), 0
if counted < max then
  redis.call('RPUSH', KEYS[1], string.format('%.0f', now))
  redis.call('PEXPIRE', KEYS[1], math.ceil(window / 1000))
  counted, admitted, first = counted + 1, 1, first or now
end
return {admitted, max - counted, math.ceil(((first or now) + window - now) / 1000)}";

/// Remembers `KEYS[1]` for `ARGV[1]` milliseconds. Answers how many milliseconds ago that was done before; -1
/// the first time.
const SEE: &str = "
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if redis.call('SET', KEYS[1], string.format('%.0f', now), 'NX', 'PX', ARGV[1]) then
  return -1
end
return math.max(0, now - tonumber(redis.call('GET', KEYS[1])))";

/// The memory of all nodes that meet at one Redis.
pub struct RedisMemory {
    bus: Bus,
    reach: Mutex<Reach>,
}

/// Whether Redis answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Together,
    /// It did not, and is asked again from then on.
    Alone {
        until: Instant,
    },
}

impl fmt::Debug for RedisMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisMemory").field("reach", &*self.reach.lock()).finish_non_exhaustive()
    }
}

impl RedisMemory {
    /// Remembers where this bus goes.
    #[must_use]
    pub fn new(bus: Bus) -> Self {
        Self { bus, reach: Mutex::new(Reach::Together) }
    }

    /// Runs a script on the one key of `name`, which says nothing to who reads it.
    async fn run<T: FromRedisValue>(
        &self,
        script: &str,
        name: &str,
        arguments: &[i64],
    ) -> Option<T> {
        if self.is_left_alone() {
            return None;
        }
        let mut command = Cmd::new();
        command.arg("EVAL").arg(script).arg(1).arg(self.bus.key(name)).arg(arguments);
        let answer = self.bus.run(&command, PATIENCE).await;
        match &answer {
            Ok(_) => self.answered(),
            Err(why) => self.failed(why),
        }
        answer.ok()
    }

    fn is_left_alone(&self) -> bool {
        matches!(*self.reach.lock(), Reach::Alone { until } if Instant::now() < until)
    }

    fn answered(&self) {
        if std::mem::replace(&mut *self.reach.lock(), Reach::Together) != Reach::Together {
            info!("limits are counted over all nodes again");
        }
    }

    fn failed(&self, why: &BusError) {
        // What fails at once may be tried at once.
        let rest = if matches!(why, BusError::Slow) { REST } else { Duration::ZERO };
        let alone = Reach::Alone { until: Instant::now() + rest };
        if std::mem::replace(&mut *self.reach.lock(), alone) == Reach::Together {
            warn!(%why, "limits are counted on this node alone until Redis answers");
        }
    }
}

impl SharedMemory for RedisMemory {
    fn count<'a>(&'a self, quota: &'a Quota<'a>) -> BoxFuture<'a, Option<Counted>> {
        async move {
            let name = format!("rate:{}:{}", quota.name, digest(quota.key));
            let max = i64::try_from(quota.max).unwrap_or(i64::MAX);
            let arguments = [max, quota.window_ms.saturating_mul(1_000)];
            let (admitted, remaining, frees_in_ms): (bool, i64, i64) =
                self.run(COUNT, &name, &arguments).await?;
            let remaining = usize::try_from(remaining).unwrap_or(0);
            Some(Counted { admitted, remaining, frees_in_ms })
        }
        .boxed()
    }

    fn see<'a>(&'a self, what: &'a str, keep_ms: i64) -> BoxFuture<'a, Option<Sighting>> {
        async move {
            let name = format!("seen:{}", digest(what));
            let ms_ago: i64 = self.run(SEE, &name, &[keep_ms]).await?;
            Some(if ms_ago < 0 { Sighting::First } else { Sighting::Again(ms_ago) })
        }
        .boxed()
    }
}

/// Keys name people and addresses, which are nothing for a Redis to keep.
fn digest(key: &str) -> String {
    TokenHash::of(key).as_str().chars().take(KEY_DIGITS).collect()
}
