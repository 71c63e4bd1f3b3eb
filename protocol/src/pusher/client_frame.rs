//! What a client says.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use super::NESTING_MAX;
use crate::json;

/// What the names of events from client to client begin with.
pub const CLIENT_EVENT: &str = "client-";

const SUBSCRIBE: &str = "pusher:subscribe";
const UNSUBSCRIBE: &str = "pusher:unsubscribe";
const SIGN_IN: &str = "pusher:signin";
const PING: &str = "pusher:ping";
const PONG: &str = "pusher:pong";

/// One frame of a client, pointing into the text it was read from.
#[derive(Debug, Clone)]
pub enum ClientFrame<'a> {
    /// `pusher:subscribe`: it wants to hear a channel.
    Subscribe {
        /// The channel's name, not checked yet.
        channel: Cow<'a, str>,
        /// The application's consent, `KEY:SIGNATURE`; empty where none is needed.
        auth: Cow<'a, str>,
        /// Who the client is on a presence channel: the text the application signed, see
        /// [`PresenceUser::parse`](super::PresenceUser::parse).
        channel_data: Option<Cow<'a, str>>,
    },
    /// `pusher:unsubscribe`: it no longer wants to hear a channel.
    Unsubscribe {
        /// The channel's name, not checked yet.
        channel: Cow<'a, str>,
    },
    /// `pusher:signin`: the application vouches for the user of this connection.
    SignIn {
        /// The application's consent, `KEY:SIGNATURE`.
        auth: Cow<'a, str>,
        /// Who the user is: the text the application signed, see
        /// [`SignedInUser::parse`](super::SignedInUser::parse).
        user_data: Cow<'a, str>,
    },
    /// `pusher:ping`: it wants to know whether the server is there.
    Ping,
    /// `pusher:pong`: the answer to the server's ping.
    Pong,
    /// `client-…`: something for the other subscribers of a channel.
    ClientEvent {
        /// The event's name, beginning with [`CLIENT_EVENT`].
        event: Cow<'a, str>,
        /// The channel's name, not checked yet.
        channel: Cow<'a, str>,
        /// Any JSON, to be passed on as it is; `null` when the client sent nothing.
        data: &'a RawValue,
    },
    /// Any other event. Clients may not send one.
    Unknown {
        /// The event's name.
        event: Cow<'a, str>,
    },
}

/// Why a text is not a client's frame, in words for the developer of the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFrame {
    /// It is other JSON than an object, or does not even begin like JSON.
    #[error("expected a JSON object with an event")]
    NotAnObject,
    /// It is not JSON.
    #[error("expected JSON: {0}")]
    Json(String),
    /// It nests too deep.
    #[error("expected at most {NESTING_MAX} nested arrays and objects")]
    TooDeep,
    /// It does not say what it is.
    #[error("expected a string as event")]
    NoEvent,
    /// A part is missing or of the wrong kind.
    #[error("{event}: expected {expected} as {part}")]
    Part {
        /// What kind of frame it is.
        event: &'static str,
        /// Which part.
        part: &'static str,
        /// What should have been there.
        expected: &'static str,
    },
}

impl<'a> ClientFrame<'a> {
    /// Reads one text message of a client.
    ///
    /// Tolerant where clients differ: `data` may be an object or a string that holds one, `auth` may
    /// be missing, `null` is as good as nothing, and members nobody asked for are skipped.
    ///
    /// # Errors
    /// Text that is no JSON object, nests deeper than [`NESTING_MAX`], or lacks what its event needs.
    pub fn decode(text: &'a str) -> Result<Self, BadFrame> {
        let envelope = Envelope::decode(text)?;
        let event = envelope.event.and_then(text_of).ok_or(BadFrame::NoEvent)?;
        match &*event {
            SUBSCRIBE => Data::decode(SUBSCRIBE, envelope.data)?.into_subscribe(),
            UNSUBSCRIBE => {
                let channel = Data::decode(UNSUBSCRIBE, envelope.data)?.into_channel()?;
                Ok(Self::Unsubscribe { channel })
            }
            SIGN_IN => Data::decode(SIGN_IN, envelope.data)?.into_sign_in(),
            PING => Ok(Self::Ping),
            PONG => Ok(Self::Pong),
            name if name.starts_with(CLIENT_EVENT) => Self::client_event(event, &envelope),
            _ => Ok(Self::Unknown { event }),
        }
    }

    fn client_event(event: Cow<'a, str>, envelope: &Envelope<'a>) -> Result<Self, BadFrame> {
        let channel = envelope.channel.and_then(text_of);
        let channel = channel.ok_or(BadFrame::Part {
            event: "client event",
            part: "channel",
            expected: "a string",
        })?;
        Ok(Self::ClientEvent { event, channel, data: envelope.data.unwrap_or(RawValue::NULL) })
    }
}

/// The members of a frame, not looked into.
#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Option<&'a RawValue>,
    #[serde(borrow)]
    channel: Option<&'a RawValue>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

impl<'a> Envelope<'a> {
    fn decode(text: &'a str) -> Result<Self, BadFrame> {
        if !is_object(text) {
            return Err(BadFrame::NotAnObject);
        }
        if json::is_too_deep(text) {
            return Err(BadFrame::TooDeep);
        }
        serde_json::from_str(text).map_err(|error| BadFrame::Json(error.to_string()))
    }
}

/// The `data` of a frame that speaks to the server.
struct Data<'a> {
    event: &'static str,
    members: Members<'a>,
}

impl<'a> Data<'a> {
    fn decode(event: &'static str, data: Option<&'a RawValue>) -> Result<Self, BadFrame> {
        let wrong = BadFrame::Part { event, part: "data", expected: "an object" };
        let object = match data.map(RawValue::get) {
            Some(json) if is_object(json) => Cow::Borrowed(json),
            Some(json) => json::string(json).filter(|text| is_object(text)).ok_or(wrong)?,
            None => return Err(wrong),
        };
        let members = match object {
            Cow::Borrowed(json) => Members::decode(json)?,
            Cow::Owned(json) => Members::decode(&json)?.into_owned(),
        };
        Ok(Self { event, members })
    }

    fn into_subscribe(self) -> Result<ClientFrame<'a>, BadFrame> {
        let Self { event, members } = self;
        let expected = "a string, the JSON text that was signed,";
        Ok(ClientFrame::Subscribe {
            channel: members.channel.required(event, "channel", "a string")?,
            auth: members.auth.optional(event, "auth", "a string")?.unwrap_or_default(),
            channel_data: members.channel_data.optional(event, "channel_data", expected)?,
        })
    }

    fn into_channel(self) -> Result<Cow<'a, str>, BadFrame> {
        self.members.channel.required(self.event, "channel", "a string")
    }

    fn into_sign_in(self) -> Result<ClientFrame<'a>, BadFrame> {
        let Self { event, members } = self;
        let expected = "a string, the JSON text that was signed,";
        Ok(ClientFrame::SignIn {
            auth: members.auth.optional(event, "auth", "a string")?.unwrap_or_default(),
            user_data: members.user_data.required(event, "user_data", expected)?,
        })
    }
}

/// The members of `data` that some event needs.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Members<'a> {
    #[serde(borrow)]
    channel: Member<'a>,
    #[serde(borrow)]
    auth: Member<'a>,
    #[serde(borrow)]
    channel_data: Member<'a>,
    #[serde(borrow)]
    user_data: Member<'a>,
}

impl<'a> Members<'a> {
    fn decode(json: &'a str) -> Result<Self, BadFrame> {
        serde_json::from_str(json).map_err(|error| BadFrame::Json(error.to_string()))
    }

    fn into_owned(self) -> Members<'static> {
        Members {
            channel: self.channel.into_owned(),
            auth: self.auth.into_owned(),
            channel_data: self.channel_data.into_owned(),
            user_data: self.user_data.into_owned(),
        }
    }
}

/// One member of `data`. A wrong kind is no error until somebody needs the member.
#[derive(Default)]
enum Member<'a> {
    #[default]
    Missing,
    Text(Cow<'a, str>),
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Member<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Option::<&RawValue>::deserialize(deserializer)?;
        Ok(json.map_or(Self::Missing, |json| text_of(json).map_or(Self::Other, Self::Text)))
    }
}

impl<'a> Member<'a> {
    fn required(
        self,
        event: &'static str,
        part: &'static str,
        expected: &'static str,
    ) -> Result<Cow<'a, str>, BadFrame> {
        let text = self.optional(event, part, expected)?;
        text.ok_or(BadFrame::Part { event, part, expected })
    }

    fn optional(
        self,
        event: &'static str,
        part: &'static str,
        expected: &'static str,
    ) -> Result<Option<Cow<'a, str>>, BadFrame> {
        match self {
            Self::Missing => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            Self::Other => Err(BadFrame::Part { event, part, expected }),
        }
    }

    fn into_owned(self) -> Member<'static> {
        match self {
            Self::Missing => Member::Missing,
            Self::Text(text) => Member::Text(Cow::Owned(text.into_owned())),
            Self::Other => Member::Other,
        }
    }
}

/// `serde_json` would also read an array as a struct; a frame is an object.
fn is_object(json: &str) -> bool {
    json::trim(json).starts_with('{')
}

fn text_of(json: &RawValue) -> Option<Cow<'_, str>> {
    json::string(json.get())
}
