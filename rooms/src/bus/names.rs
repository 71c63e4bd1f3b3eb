//! What topics, keys and nodes are called in Redis.

/// The names of one installation, seen from one node.
#[derive(Debug)]
pub(super) struct Names {
    prefix: String,
    /// Before the name of each topic.
    topics: String,
    pub(super) node: u128,
}

impl Names {
    pub(super) fn new(prefix: &str, node: u128) -> Self {
        Self { prefix: prefix.to_owned(), topics: format!("{prefix}:topic:"), node }
    }

    /// The channel of a topic.
    pub(super) fn channel(&self, topic: &str) -> String {
        format!("{}{topic}", self.topics)
    }

    /// The topic of a channel; `None` for the channel of signs.
    pub(super) fn topic<'a>(&self, channel: &'a [u8]) -> Option<&'a str> {
        let topic = channel.strip_prefix(self.topics.as_bytes())?;
        std::str::from_utf8(topic).ok()
    }

    /// The channel on which nodes give signs of life.
    pub(super) fn control(&self) -> String {
        format!("{}:nodes", self.prefix)
    }

    /// A key of this installation.
    pub(super) fn key(&self, name: &str) -> String {
        format!("{}:{name}", self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_comes_back_from_its_channel() {
        let names = Names::new("switchboard", 1);
        let channel = names.channel("room:ü");
        assert_eq!(channel, "switchboard:topic:room:ü");
        assert_eq!(names.topic(channel.as_bytes()), Some("room:ü"));
        assert_eq!(names.topic(names.control().as_bytes()), None);
        assert_eq!(names.topic(b"switchboard2:topic:room"), None);
    }
}
