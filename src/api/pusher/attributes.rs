//! `info`: which attributes of channels an answer is to tell.

use serde::Serialize;
use switchboard_protocol::pusher::ChannelName;

use super::error::Error;
use crate::service::{Cached, ChannelState};

/// The attributes a request asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    /// Users who are there; presence channels have it.
    pub(super) user_count: bool,
    /// Connections that are subscribed.
    pub(super) subscription_count: bool,
    /// The last event; cache channels have it.
    pub(super) cache: bool,
}

impl Attributes {
    /// Reads the value of `info`: names with commas between.
    pub(super) fn parse(info: Option<&str>) -> Result<Self, Error> {
        let mut asked = Self::default();
        let names = info.unwrap_or_default().split(',').map(str::trim);
        for name in names.filter(|name| !name.is_empty()) {
            *match name {
                "user_count" => &mut asked.user_count,
                "subscription_count" => &mut asked.subscription_count,
                "cache" => &mut asked.cache,
                _ => {
                    return Err(Error::bad_request(format!(
                        "info: there is no attribute {name:?}; there are user_count, \
                         subscription_count and cache"
                    )));
                }
            } = true;
        }
        Ok(asked)
    }

    /// Refuses what no channel could tell here.
    pub(super) fn without_cache(self) -> Result<Self, Error> {
        if self.cache {
            let text = "info: cache is told of one channel at a time, by GET /channels/{name}";
            return Err(Error::bad_request(text));
        }
        Ok(self)
    }

    /// Refuses what this channel does not have.
    pub(super) fn of(self, channel: &ChannelName) -> Result<Self, Error> {
        if self.user_count && !channel.is_presence() {
            return Err(Error::bad_request("info: user_count is of presence channels alone"));
        }
        if self.cache && !channel.is_cache() {
            return Err(Error::bad_request("info: cache is of cache channels alone"));
        }
        Ok(self)
    }

    /// Those that a channel without subscribers still has.
    pub(super) fn of_the_empty(self) -> Self {
        Self { cache: self.cache, ..Self::default() }
    }

    /// Whether none is asked for.
    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// What is asked for and the channel has.
    pub(super) fn show(self, state: ChannelState) -> AttributesJson {
        AttributesJson {
            user_count: state.user_count.filter(|_| self.user_count),
            subscription_count: self.subscription_count.then_some(state.subscription_count),
            cache: self.cache.then(|| state.cached.into()),
        }
    }
}

/// Attributes of a channel, as answers have them.
#[derive(Debug, Default, Serialize)]
pub(super) struct AttributesJson {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cache: Option<CacheJson>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum CacheJson {
    /// The last event, and for how many seconds more.
    Event { data: String, ttl: u64 },
    /// `null`
    Nothing,
}

impl From<Option<Cached>> for CacheJson {
    fn from(cached: Option<Cached>) -> Self {
        match cached {
            Some(Cached { data, ttl_s }) => Self::Event { data, ttl: ttl_s },
            None => Self::Nothing,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text, 0).unwrap()
    }

    #[test]
    fn attributes_are_asked_for_by_name() {
        let asked = Attributes::parse(Some("user_count, subscription_count")).unwrap();
        assert_eq!((asked.user_count, asked.subscription_count, asked.cache), (true, true, false));
        for nothing in [None, Some(""), Some(",")] {
            assert!(Attributes::parse(nothing).unwrap().is_empty());
        }
        assert_eq!(Attributes::parse(Some("user_counts")).unwrap_err().status(), 400);
    }

    #[test]
    fn a_channel_is_asked_only_for_what_it_has() {
        let refused =
            |info, channel| Attributes::parse(Some(info)).unwrap().of(&name(channel)).is_err();
        assert!(refused("user_count", "private-a"));
        assert!(refused("cache", "presence-a"));
        assert!(!refused("user_count,subscription_count", "presence-a"));
        assert!(!refused("user_count,cache", "presence-cache-a"));
        assert!(!refused("subscription_count", "a"));
    }

    #[test]
    fn an_empty_cache_is_told_as_null() {
        let asked = Attributes::parse(Some("cache")).unwrap();
        let shown = |cached| {
            let state = ChannelState { cached, ..ChannelState::default() };
            serde_json::to_value(asked.show(state)).unwrap()
        };
        assert_eq!(shown(None), json!({"cache": null}));
        let cached = Cached { data: "{}".to_owned(), ttl_s: 60 };
        assert_eq!(shown(Some(cached)), json!({"cache": {"data": "{}", "ttl": 60}}));
    }
}
