//! One connection's frames (Pusher Channels protocol 7), whichever transport carries them.
//!
//! What a client does wrong is answered to it alone, in a `pusher:error` or a
//! `pusher:subscription_error`, and the connection goes on; only a signin that fails ends it.

use std::fmt;
use std::sync::Arc;

use metrics::counter;
use switchboard_protocol::pusher::{
    ChannelName, ClientFrame, Code, SignedInUser, SocketId, server_frame,
};
use switchboard_protocol::websocket::CloseFrame;
use switchboard_rooms::{Closing, ConnectionId};

use super::admission::{Admission, Request, refused, token, too_long};
use super::app_channels::AppChannels;
use super::client_event::ClientEvents;
use super::refusal::Refusal;
use crate::domain::PusherApp;
use crate::realtime::close::Close;
use crate::realtime::connection::{Goodbye, Inbound, Session};
use crate::realtime::frame::Frame;
use crate::realtime::line::Line;
use crate::service::Services;

/// The session of one connection to an application.
pub(super) struct PusherSession {
    pub(super) services: Services,
    pub(super) channels: Arc<AppChannels>,
    pub(super) line: Arc<Line>,
    pub(super) id: ConnectionId,
    pub(super) socket_id: SocketId,
    /// Who is at the other end, once that was signed in.
    pub(super) user: Option<Box<SignedIn>>,
    pub(super) client_events: ClientEvents,
}

/// A user who signed in on a connection.
#[derive(Debug)]
pub(super) struct SignedIn {
    pub(super) id: Arc<str>,
    /// JSON.
    pub(super) info: Option<Arc<str>>,
}

impl fmt::Debug for PusherSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PusherSession").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Session for PusherSession {
    async fn receive(&mut self, inbound: Inbound) -> Result<(), Close> {
        let Inbound::Text(text) = inbound else {
            self.complain("binary messages are not supported; send JSON as text");
            return Ok(());
        };
        let frame = match ClientFrame::decode(&text) {
            Ok(frame) => frame,
            Err(bad) => {
                self.complain(&bad.to_string());
                return Ok(());
            }
        };
        match frame {
            ClientFrame::Ping => self.line.send(server_frame::PONG),
            // The loop has heard it; that is all a pong is for.
            ClientFrame::Pong => {}
            ClientFrame::Subscribe { channel, auth, channel_data } => {
                let request = Request {
                    channel: &channel,
                    auth: &auth,
                    channel_data: channel_data.as_deref(),
                };
                // The future is large and short-lived: an idle connection holds none.
                Box::pin(self.subscribe(request)).await;
            }
            ClientFrame::Unsubscribe { channel } => {
                self.room_for_what_follows().await;
                self.unsubscribe(&channel);
            }
            ClientFrame::SignIn { auth, user_data } => {
                return Box::pin(self.sign_in(&auth, &user_data)).await;
            }
            ClientFrame::ClientEvent { event, channel, data } => {
                self.room_for_what_follows().await;
                self.client_event(&event, &channel, data);
            }
            ClientFrame::Unknown { event } => {
                self.complain(&format!("{event} is not an event that clients may send"));
            }
        }
        Ok(())
    }

    fn goodbye(&self, close: Close) -> Option<Goodbye> {
        let code = match close {
            Close::Refused(code) => code,
            Close::PingTimeout => Code::PongMissing,
            // Not `Reconnect`: clients would be back before this node has gone, and pusher-js 7 in Node
            // gives up for good after two connections that ended early.
            Close::Server(Closing::Draining) => Code::OverCapacity,
            Close::Server(Closing::Revoked) if !self.app().enabled => Code::AppDisabled,
            Close::Server(Closing::Revoked) | Close::ConnectTimeout => Code::Unauthorized,
            _ => return close.frame().map(|close| Goodbye { word: None, close }),
        };
        Some(goodbye(code))
    }
}

/// A close in the words of the protocol: the code in an error frame, and again as the code of the
/// close, because clients look at either.
pub(super) fn goodbye(code: Code) -> Goodbye {
    let word = Frame::from(server_frame::error(Some(code.as_u16()), code.message()));
    let close = CloseFrame { code: code.as_u16(), reason: code.message().into() };
    Goodbye { word: Some(word), close }
}

impl PusherSession {
    pub(super) fn new(
        services: Services,
        channels: Arc<AppChannels>,
        line: Arc<Line>,
        id: ConnectionId,
        socket_id: SocketId,
    ) -> Self {
        let client_events = ClientEvents::default();
        Self { services, channels, line, id, socket_id, user: None, client_events }
    }

    pub(super) fn app(&self) -> Arc<PusherApp> {
        self.channels.app()
    }

    /// The connection is no more.
    pub(super) fn ended(&mut self, close: Close) {
        if let Some(user) = self.user.take() {
            self.channels.sign_out(&user.id);
        }
        self.channels.disconnect(self.id, self.socket_id);
        counter!("switchboard_disconnects_total", "reason" => close.as_str()).increment(1);
    }

    /// Waits until webhooks can take what this client is about to cause: it is slowed down, nothing is
    /// lost.
    async fn room_for_what_follows(&self) {
        self.channels.shared.recorder.has_room().await;
    }

    /// Tells the client what it did wrong.
    pub(super) fn complain(&self, why: &str) {
        self.line.send(server_frame::error(None, why));
    }

    async fn subscribe(&mut self, request: Request<'_>) {
        self.room_for_what_follows().await;
        let subscribed = match self.admit(&request).await {
            Ok(Some((name, admission))) => self.enter(&name, admission).await,
            // What is for a user alone comes from the moment of the signin.
            Ok(None) => {
                self.line.send(server_frame::subscription_succeeded(request.channel, "{}"));
                Ok(())
            }
            Err(refusal) => Err(refusal),
        };
        if let Err(refusal) = subscribed {
            self.line.send(refusal.frame(request.channel));
        }
    }

    /// Subscribes. A channel of conversations is heard from one moment of their log on.
    async fn enter(&self, name: &ChannelName, admission: Admission) -> Result<(), Refusal> {
        let conversations = admission.room.zip(self.app().organization_id);
        let hub = &self.channels.shared.hub;
        let opening =
            conversations.and_then(|(room, owner)| Some((hub.opening(owner, room)?, owner)));
        let attended = self.channels.attend(name).await;
        self.channels.subscribe(self.id, name, admission)?;
        drop(attended);
        let Some((opening, owner)) = opening else { return Ok(()) };
        match self.services.position(owner).await {
            Ok(position) => {
                opening.at(position);
                Ok(())
            }
            Err(error) => {
                self.channels.unsubscribe(self.id, name);
                Err(refused(&error))
            }
        }
    }

    fn unsubscribe(&self, channel: &str) {
        if let Ok(name) = ChannelName::parse(channel, 0) {
            self.channels.unsubscribe(self.id, &name);
        }
    }

    /// Signs the connection in as a user. A signin that is not what it claims to be ends it.
    async fn sign_in(&mut self, auth: &str, user_data: &str) -> Result<(), Close> {
        let app = self.app();
        let refused = |why: &str| {
            self.line.send(server_frame::error(Some(Code::Unauthorized.as_u16()), why));
            Err(Close::Refused(Code::Unauthorized))
        };
        if let Err(bad) = token(&app).verify_user(auth, &self.socket_id.to_string(), user_data) {
            return refused(&bad.to_string());
        }
        let limits = &app.settings.limits;
        let data = match SignedInUser::parse(user_data) {
            Ok(data) => data,
            Err(bad) => return refused(&bad.to_string()),
        };
        if let Some(why) = too_long(&data.id, limits.user_id_chars_max) {
            return refused(&why);
        }
        if self.user.as_ref().is_some_and(|user| *user.id != *data.id) {
            return refused("the connection is signed in as another user already");
        }
        let answer = server_frame::signin_success(user_data);
        if self.user.is_some() {
            self.line.send(answer);
            return Ok(());
        }
        let max = limits.watchlist_max;
        let watched = if max > 0 { data.watchlist.len().min(max) } else { data.watchlist.len() };
        self.channels.sign_in(self.id, &data.id, &data.watchlist[..watched], answer).await;
        if watched < data.watchlist.len() {
            let why = format!("the watchlist is over its limit; its first {max} users are watched");
            self.line.send(server_frame::error(Some(Code::WatchlistTooLong.as_u16()), &why));
        }
        let info = data.user_info.as_deref().map(|info| info.get().into());
        self.user = Some(Box::new(SignedIn { id: data.id.as_str().into(), info }));
        self.line.pulse.connect();
        Ok(())
    }
}
