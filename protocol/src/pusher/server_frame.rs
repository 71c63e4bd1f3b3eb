//! What the server says: each function makes one whole frame.
//!
//! Parameters named `data` are the text of an event's data, which the frame carries as a JSON
//! string; parameters named `…_json` are JSON and written as they are.

use std::fmt::Write as _;

use super::SocketId;
use crate::json;

/// `pusher:ping`: the client must answer. For clients that cannot see a WebSocket's own pings.
pub const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;

/// `pusher:pong`: the answer to a client's ping.
pub const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;

/// `pusher:connection_established`: the first frame of a connection that was accepted.
///
/// After `activity_timeout_s` seconds of silence the client asks with a ping whether the server is
/// there. 0 would make it give up at once.
#[must_use]
pub fn connection_established(socket_id: SocketId, activity_timeout_s: u64) -> String {
    let data = format!(r#"{{"socket_id":"{socket_id}","activity_timeout":{activity_timeout_s}}}"#);
    Frame::new("pusher:connection_established", Data::Text(&data)).encode()
}

/// `pusher:error`: a frame was refused, or the connection is about to be closed.
///
/// `code` is one of [`Code`](super::Code), or nothing where none fits.
#[must_use]
pub fn error(code: Option<u16>, message: &str) -> String {
    let mut data = String::with_capacity(32 + json::string_len(message));
    data.push_str(r#"{"code":"#);
    match code {
        Some(code) => push_number(&mut data, code.into()),
        None => data.push_str("null"),
    }
    data.push_str(r#","message":"#);
    json::push_string(&mut data, message);
    data.push('}');
    Frame::new("pusher:error", Data::Json(&data)).encode()
}

/// `pusher_internal:subscription_succeeded`: the client hears the channel from now on.
///
/// `data` is the [`roster`](super::presence::roster) of a presence channel, and `{}` for others.
#[must_use]
pub fn subscription_succeeded(channel: &str, data: &str) -> String {
    Frame::new("pusher_internal:subscription_succeeded", Data::Text(data)).on(channel).encode()
}

/// `pusher:subscription_error`: the client does not hear the channel. Its data is an object, not a
/// string.
///
/// `kind` is `AuthError` or `LimitReached`; `status` is 401, or the [`Code`](super::Code) that
/// fits.
#[must_use]
pub fn subscription_error(channel: &str, kind: &str, error: &str, status: u16) -> String {
    let mut data = String::with_capacity(64 + json::string_len(kind) + json::string_len(error));
    data.push_str(r#"{"type":"#);
    json::push_string(&mut data, kind);
    data.push_str(r#","error":"#);
    json::push_string(&mut data, error);
    data.push_str(r#","status":"#);
    push_number(&mut data, status.into());
    data.push('}');
    Frame::new("pusher:subscription_error", Data::Json(&data)).on(channel).encode()
}

/// `pusher_internal:member_added`: a user joined a presence channel, now with its first connection.
///
/// `user_info_json` is what the application told of the user.
#[must_use]
pub fn member_added(channel: &str, user_id: &str, user_info_json: Option<&str>) -> String {
    let mut data = String::with_capacity(
        32 + json::string_len(user_id) + user_info_json.map_or(0, |info| 16 + info.len()),
    );
    data.push_str(r#"{"user_id":"#);
    json::push_string(&mut data, user_id);
    if let Some(info) = user_info_json {
        data.push_str(r#","user_info":"#);
        data.push_str(info);
    }
    data.push('}');
    Frame::new("pusher_internal:member_added", Data::Text(&data)).on(channel).encode()
}

/// `pusher_internal:member_removed`: a user left a presence channel with its last connection.
#[must_use]
pub fn member_removed(channel: &str, user_id: &str) -> String {
    let data = object_of_text("user_id", user_id);
    Frame::new("pusher_internal:member_removed", Data::Text(&data)).on(channel).encode()
}

/// `pusher_internal:subscription_count`: how many connections hear the channel.
#[must_use]
pub fn subscription_count(channel: &str, count: u64) -> String {
    let data = format!(r#"{{"subscription_count":{count}}}"#);
    Frame::new("pusher_internal:subscription_count", Data::Text(&data)).on(channel).encode()
}

/// `pusher:cache_miss`: nothing is remembered for the new subscriber of a cache channel.
#[must_use]
pub fn cache_miss(channel: &str) -> String {
    Frame::new("pusher:cache_miss", Data::Text("{}")).on(channel).encode()
}

/// `pusher:signin_success`: the connection belongs to the user. `user_data` is the text the client
/// sent, unchanged.
#[must_use]
pub fn signin_success(user_data: &str) -> String {
    let data = object_of_text("user_data", user_data);
    Frame::new("pusher:signin_success", Data::Text(&data)).encode()
}

/// `pusher_internal:watchlist_events`: which users of the client's watchlist came and went. Nothing
/// is said of an empty list.
#[must_use]
pub fn watchlist_events<'a>(
    online: impl IntoIterator<Item = &'a str>,
    offline: impl IntoIterator<Item = &'a str>,
) -> String {
    let mut data = String::from(r#"{"events":["#);
    push_watchlist_event(&mut data, "online", online);
    push_watchlist_event(&mut data, "offline", offline);
    data.push_str("]}");
    Frame::new("pusher_internal:watchlist_events", Data::Text(&data)).encode()
}

/// An event the application published. On presence channels `user_id` may say on whose behalf.
#[must_use]
pub fn event(name: &str, channel: &str, data: &str, user_id: Option<&str>) -> String {
    Frame { user_id, ..Frame::new(name, Data::Text(data)).on(channel) }.encode()
}

/// An event another client sent: its data as that client wrote it. On presence channels `user_id`
/// is the sender's, by its subscription.
#[must_use]
pub fn client_event(name: &str, channel: &str, data_json: &str, user_id: Option<&str>) -> String {
    Frame { user_id, ..Frame::new(name, Data::Json(data_json)).on(channel) }.encode()
}

/// The parts of every frame.
struct Frame<'a> {
    event: &'a str,
    channel: Option<&'a str>,
    data: Data<'a>,
    user_id: Option<&'a str>,
}

enum Data<'a> {
    /// Written as it is.
    Json(&'a str),
    /// Written as a JSON string.
    Text(&'a str),
}

impl<'a> Frame<'a> {
    const fn new(event: &'a str, data: Data<'a>) -> Self {
        Self { event, channel: None, data, user_id: None }
    }

    const fn on(self, channel: &'a str) -> Self {
        Self { channel: Some(channel), ..self }
    }

    fn encode(&self) -> String {
        let mut out = String::with_capacity(self.len());
        out.push_str(r#"{"event":"#);
        json::push_string(&mut out, self.event);
        if let Some(channel) = self.channel {
            out.push_str(r#","channel":"#);
            json::push_string(&mut out, channel);
        }
        out.push_str(r#","data":"#);
        match self.data {
            Data::Json(json) => out.push_str(json),
            Data::Text(text) => json::push_string(&mut out, text),
        }
        if let Some(user_id) = self.user_id {
            out.push_str(r#","user_id":"#);
            json::push_string(&mut out, user_id);
        }
        out.push('}');
        out
    }

    /// Length of the frame in bytes: a frame for thousands should neither grow while it is written
    /// nor hold more memory than it needs.
    fn len(&self) -> usize {
        let data_len = match self.data {
            Data::Json(json) => json.len(),
            Data::Text(text) => json::string_len(text),
        };
        let channel_len =
            self.channel.map_or(0, |name| r#","channel":"#.len() + json::string_len(name));
        let user_id_len =
            self.user_id.map_or(0, |id| r#","user_id":"#.len() + json::string_len(id));
        let frame_len = r#"{"event":,"data":}"#.len() + json::string_len(self.event);
        frame_len + channel_len + data_len + user_id_len
    }
}

/// `{"name":"text"}`
fn object_of_text(name: &str, text: &str) -> String {
    let mut out = String::with_capacity(r#"{"":}"#.len() + name.len() + json::string_len(text));
    out.push_str(r#"{""#);
    out.push_str(name);
    out.push_str(r#"":"#);
    json::push_string(&mut out, text);
    out.push('}');
    out
}

/// `{"name":"online","user_ids":["7"]}`, or nothing when nobody is to be told of.
fn push_watchlist_event<'a>(
    events: &mut String,
    name: &str,
    user_ids: impl IntoIterator<Item = &'a str>,
) {
    let mut user_ids = user_ids.into_iter().peekable();
    if user_ids.peek().is_none() {
        return;
    }
    if events.ends_with('}') {
        events.push(',');
    }
    events.push_str(r#"{"name":""#);
    events.push_str(name);
    events.push_str(r#"","user_ids":"#);
    json::push_array_of_strings(events, user_ids);
    events.push('}');
}

fn push_number(out: &mut String, number: u64) {
    write!(out, "{number}").expect("a String takes any text");
}
