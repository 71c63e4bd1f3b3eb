//! Whether a connection may subscribe to a channel, and as whom.

use std::sync::Arc;

use switchboard_protocol::pusher::{ChannelName, PresenceUser, Token};

use super::bridge;
use super::refusal::Refusal;
use super::session::PusherSession;
use crate::domain::{ApiKeyId, PusherApp, Room};
use crate::realtime::topic::Topic;
use crate::service::ServiceError;

/// What a client asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) channel: &'a str,
    pub(super) auth: &'a str,
    /// Verbatim, as it was signed.
    pub(super) channel_data: Option<&'a str>,
}

/// A member of a presence channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) user_id: Arc<str>,
    /// JSON.
    pub(super) user_info: Option<Arc<str>>,
}

impl Member {
    fn parse(channel_data: &str) -> Result<Self, Refusal> {
        let user = PresenceUser::parse(channel_data);
        let user = user.map_err(|bad| Refusal::invalid(bad.to_string()))?;
        let user_info = user.user_info.as_deref().map(|info| info.get().into());
        Ok(Self { user_id: user.user_id.into(), user_info })
    }
}

/// What goes with a subscription that was found to be allowed.
#[derive(Clone, Debug, Default)]
pub(super) struct Admission {
    /// Who subscribes; presence channels alone.
    pub(super) member: Option<Member>,
    /// The room of conversations whose events are heard on the channel.
    pub(super) room: Option<Room>,
    /// The key with which it was let in.
    pub(super) key: Option<ApiKeyId>,
}

impl PusherSession {
    /// Decides about a subscription. `None` for a channel that needs none: the user's own.
    pub(super) async fn admit(
        &self,
        request: &Request<'_>,
    ) -> Result<Option<(ChannelName, Admission)>, Refusal> {
        let app = self.app();
        let limits = &app.settings.limits;
        let name = ChannelName::parse(request.channel, limits.channel_name_chars_max)
            .map_err(|bad| Refusal::invalid(bad.to_string()))?;
        if let Some(user_id) = name.server_to_user() {
            let is_own = self.user.as_ref().is_some_and(|user| *user.id == *user_id);
            let why = "what is for a user alone goes to its own connections, once they signed in";
            return if is_own { Ok(None) } else { Err(Refusal::unauthorized(why)) };
        }
        self.check_count(limits.channels_per_connection_max, &name)?;
        if !name.requires_auth() {
            return Ok(Some((name, Admission::default())));
        }
        self.check_signature(&app, request)?;
        let member = if name.is_presence() { Some(self.member(&app, request)?) } else { None };
        let room = bridge::room_of(&app, &name);
        let key = match room {
            Some(room) => self.check_room(&app, room, request.channel).await?,
            None => None,
        };
        self.line.pulse.connect();
        Ok(Some((name, Admission { member, room, key })))
    }

    /// Whether there may be one more subscription. One that is there already is not one more.
    fn check_count(&self, max: usize, name: &ChannelName) -> Result<(), Refusal> {
        if max == 0 || self.channels.is_subscribed(self.id, name) {
            return Ok(());
        }
        let topics = self.channels.shared.hub.rooms.rooms_of(self.id);
        let count = topics.iter().filter(|topic| matches!(topic, Topic::Channel(_))).count();
        if count >= max {
            let why = format!("a connection may have {max} subscriptions");
            return Err(Refusal::over_limit(why, 4100));
        }
        Ok(())
    }

    fn check_signature(&self, app: &PusherApp, request: &Request<'_>) -> Result<(), Refusal> {
        let Request { channel, auth, channel_data } = *request;
        let socket_id = self.socket_id.to_string();
        let verified = token(app).verify_channel(auth, &socket_id, channel, channel_data);
        verified.map_err(|bad| Refusal::unauthorized(bad.to_string()))
    }

    /// Who subscribes to a presence channel: whom `channel_data` names, or else the signed-in user.
    fn member(&self, app: &PusherApp, request: &Request<'_>) -> Result<Member, Refusal> {
        let limits = &app.settings.limits;
        let member = match request.channel_data {
            Some(data) => Member::parse(data)?,
            None => self.signed_in_member()?,
        };
        if let Some(why) = too_long(&member.user_id, limits.user_id_chars_max) {
            return Err(Refusal::over_limit(why, 4301));
        }
        let max = limits.presence_user_bytes_max;
        if max > 0 && member.user_info.as_deref().map_or(0, str::len) > max {
            let why = format!("what is told of a member may have {max} bytes");
            return Err(Refusal::over_limit(why, 4301));
        }
        Ok(member)
    }

    fn signed_in_member(&self) -> Result<Member, Refusal> {
        let why = "a presence channel needs channel_data with a user_id, or a signin before";
        let user = self.user.as_ref().ok_or_else(|| Refusal::invalid(why))?;
        Ok(Member { user_id: Arc::clone(&user.id), user_info: user.info.clone() })
    }

    /// A conversation is heard by its own organization alone, whoever signed. Gives the key that the
    /// signature was made for, if one was.
    async fn check_room(
        &self,
        app: &PusherApp,
        room: Room,
        channel: &str,
    ) -> Result<Option<ApiKeyId>, Refusal> {
        let services = &self.services;
        if let (Room::Thread(id), Some(organization)) = (room, app.organization_id) {
            let is_theirs = services.is_conversation_of(organization, id).await;
            if !is_theirs.map_err(|error| refused(&error))? {
                return Err(Refusal::unauthorized("there is no such conversation"));
            }
        }
        let key = services.key_listening(&self.socket_id.to_string(), channel).await;
        key.map_err(|error| refused(&error))
    }
}

/// A service's refusal, in the words of a subscription's.
pub(super) fn refused(error: &ServiceError) -> Refusal {
    if let ServiceError::Forbidden(why) = *error {
        return Refusal::unauthorized(why);
    }
    Refusal::unavailable()
}

/// What the application's owner signs with.
pub(super) fn token(app: &PusherApp) -> Token<'_> {
    Token::new(&app.key, app.secret.expose())
}

/// Why a user's id is too long, if it is.
pub(super) fn too_long(user_id: &str, chars_max: usize) -> Option<String> {
    let is_over = chars_max > 0 && user_id.chars().count() > chars_max;
    is_over.then(|| format!("a user's id may have {chars_max} characters"))
}
