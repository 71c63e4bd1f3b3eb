//! Who the members of a presence channel are.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::BadUser;
use super::user::{object, text_or_number};
use crate::json;

const FIELD: &str = "channel_data";

/// A member of a presence channel, as its application tells.
#[derive(Debug, Clone)]
pub struct PresenceUser {
    /// The user's id within the channel, never empty. Applications also write numbers, which mean
    /// the same as their text.
    pub user_id: String,
    /// What the others are told of the user: any JSON but `null`.
    pub user_info: Option<Box<RawValue>>,
}

#[derive(Deserialize)]
struct ChannelData<'a> {
    #[serde(borrow)]
    user_id: Option<&'a RawValue>,
    user_info: Option<Box<RawValue>>,
}

impl PresenceUser {
    /// Reads `channel_data`: `{"user_id":"1","user_info":{…}}`.
    ///
    /// # Errors
    /// Text that is no JSON object, nests too deep, or has no id that is a string or a number.
    pub fn parse(channel_data: &str) -> Result<Self, BadUser> {
        let data: ChannelData<'_> = object(FIELD, channel_data)?;
        let user_id = data.user_id.and_then(|json| text_or_number(json.get()));
        let user_id = user_id.ok_or(BadUser::Part {
            field: FIELD,
            part: "user_id",
            expected: "a string or a number",
        })?;
        Ok(Self { user_id, user_info: data.user_info })
    }
}

/// Who is in a presence channel, as data for
/// [`subscription_succeeded`](super::server_frame::subscription_succeeded):
/// `{"presence":{"ids":["1"],"hash":{"1":{…}},"count":1}}`.
///
/// Each member is an id and what the application told of the user, as JSON; nobody comes twice, and
/// the new subscriber is among them.
#[must_use]
pub fn roster<'a>(members: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> String {
    let (mut ids, mut hash, mut count) = (String::new(), String::new(), 0_usize);
    for (id, info_json) in members {
        if count > 0 {
            ids.push(',');
            hash.push(',');
        }
        json::push_string(&mut ids, id);
        json::push_string(&mut hash, id);
        hash.push(':');
        hash.push_str(info_json.unwrap_or("null"));
        count += 1;
    }
    format!(r#"{{"presence":{{"ids":[{ids}],"hash":{{{hash}}},"count":{count}}}}}"#)
}
