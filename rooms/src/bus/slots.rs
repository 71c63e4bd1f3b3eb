//! Who of a Redis Cluster is in charge of which channel.
//!
//! A cluster divides all names among 16384 slots, and the slots among its primaries. The rule is
//! <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model>.

use redis::Value;

/// How many slots there are.
const SLOTS: u16 = 16_384;

/// A server, as the cluster names it.
pub(super) type Place = (String, u16);

/// The primaries, and the slots of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    pub(super) primaries: Vec<Place>,
    /// The last slot of each range, in order, and the place of its primary in the list.
    ranges: Vec<(u16, usize)>,
}

impl Slots {
    /// Reads the answer to `CLUSTER SLOTS`. A primary without a name of its own is the one that was
    /// `asked`. `None` when slots are nobody's, or the answer is not understood.
    pub(super) fn read(answer: &Value, asked: &str) -> Option<Self> {
        let mut slots = Self { primaries: Vec::new(), ranges: Vec::new() };
        let mut covered = 0;
        for range in array(answer)? {
            let [first, last, primary, ..] = array(range)? else { return None };
            let (first, last) = (small(first)?, small(last)?);
            let shard = slots.shard(place(primary, asked)?);
            slots.ranges.push((last, shard));
            covered += (last + 1).checked_sub(first)?;
        }
        slots.ranges.sort_unstable();
        (covered == SLOTS).then_some(slots)
    }

    /// The place in `primaries` of the one in charge of the channel.
    pub(super) fn of(&self, channel: &str) -> usize {
        let slot = slot_of(channel.as_bytes());
        let range = self.ranges.partition_point(|(last, _)| *last < slot);
        self.ranges.get(range).map_or(0, |(_, shard)| *shard)
    }

    fn shard(&mut self, primary: Place) -> usize {
        let known = self.primaries.iter().position(|known| *known == primary);
        known.unwrap_or_else(|| {
            self.primaries.push(primary);
            self.primaries.len() - 1
        })
    }
}

/// The slot of a name: that of the part in braces, where there is one.
pub(super) fn slot_of(name: &[u8]) -> u16 {
    let tag = || {
        let open = name.iter().position(|byte| *byte == b'{')? + 1;
        let length = name[open..].iter().position(|byte| *byte == b'}')?;
        (length > 0).then(|| &name[open..open + length])
    };
    crc16::State::<crc16::XMODEM>::calculate(tag().unwrap_or(name)) % SLOTS
}

fn array(value: &Value) -> Option<&[Value]> {
    match value {
        Value::Array(values) => Some(values),
        _ => None,
    }
}

fn small(value: &Value) -> Option<u16> {
    match value {
        Value::Int(number) => u16::try_from(*number).ok(),
        _ => None,
    }
}

fn place(node: &Value, asked: &str) -> Option<Place> {
    let [host, port, ..] = array(node)? else { return None };
    let host = match host {
        Value::BulkString(host) => String::from_utf8(host.clone()).ok()?,
        Value::SimpleString(host) => host.clone(),
        Value::Nil => String::new(),
        _ => return None,
    };
    // Empty: "the same as you asked"; a question mark: the server does not know its own name.
    let unnamed = host.is_empty() || host == "?";
    Some((if unnamed { asked.to_owned() } else { host }, small(port)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: i64, last: i64, host: &str, port: i64) -> Value {
        let host = Value::BulkString(host.as_bytes().to_vec());
        let node = Value::Array(vec![host, Value::Int(port), Value::SimpleString("id".into())]);
        Value::Array(vec![Value::Int(first), Value::Int(last), node])
    }

    #[test]
    fn names_have_the_slots_that_redis_gives_them() {
        // As `CLUSTER KEYSLOT` answers.
        assert_eq!(slot_of(b"foo"), 12_182);
        assert_eq!(slot_of(b"{user1000}.following"), slot_of(b"user1000"));
        assert_eq!(slot_of(b"foo{}{bar}"), 8_363);
        assert_eq!(slot_of(b"foo{{bar}}zap"), slot_of(b"{bar"));
        assert_eq!(slot_of(b"foo{bar}{zap}"), slot_of(b"bar"));
    }

    #[test]
    fn each_channel_finds_its_primary() {
        let ranges =
            vec![range(12_182, 16_383, "a", 1), range(0, 99, "a", 1), range(100, 12_181, "", 2)];
        let slots = Slots::read(&Value::Array(ranges), "here").unwrap();
        assert_eq!(slots.primaries, [("a".to_owned(), 1), ("here".to_owned(), 2)]);
        assert_eq!(slots.of("foo"), 0);
        assert_eq!(slots.of("foo{}{bar}"), 1);
    }

    #[test]
    fn a_cluster_with_slots_that_are_nobodys_is_not_used() {
        assert_eq!(Slots::read(&Value::Array(vec![range(0, 16_382, "a", 1)]), "here"), None);
        assert_eq!(Slots::read(&Value::Array(Vec::new()), "here"), None);
        assert_eq!(Slots::read(&Value::Nil, "here"), None);
    }
}
