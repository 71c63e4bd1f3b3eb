//! The task of one session: from its first request to its last word.

use std::sync::Arc;
use std::time::Duration;

use metrics::counter;
use serde::Deserialize;
use switchboard_protocol::pusher::Code;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::carrier::Carrier;
use super::exchange::Hands;
use crate::realtime::close::Close;
use crate::realtime::connection::{Allowance, Goodbye, Inbound, Session as _, hand_over};
use crate::realtime::heartbeat::beat;
use crate::realtime::line::Line;
use crate::realtime::peer::Peer;
use crate::realtime::pusher::endpoint::{Opened, PusherEndpoint};
use crate::realtime::pusher::hello::Hello;
use crate::realtime::pusher::session::{PusherSession, goodbye};
use crate::realtime::throttle::Throttle;

/// How long a client of SockJS may take to say which application it wants.
const HELLO: Duration = Duration::from_secs(5);

/// Who opens a session.
#[derive(Debug)]
pub(super) struct Opening {
    /// What the client wants; `None` when it says so with its first message.
    pub(super) hello: Option<Hello>,
    pub(super) peer: Peer,
}

/// The first message of a client of SockJS.
#[derive(Deserialize)]
struct Introduction {
    /// What would be the path and the query of a WebSocket.
    path: String,
}

/// Serves a session until it ends. `hung_up` is what else may end it.
pub(super) async fn serve(
    endpoint: &PusherEndpoint,
    line: Arc<Line>,
    hands: Hands,
    opening: Opening,
    hung_up: impl Future<Output = Close>,
) {
    let Hands { mut arrivals, answers, signs } = hands;
    let write_timeout = endpoint.settings.allowance.write_timeout;
    let mut carrier = Carrier::new(Arc::clone(&line), answers, signs, write_timeout);
    let mut opened = None;
    let close = tokio::select! {
        close = talk(endpoint, &line, opening, &mut arrivals, &mut opened) => close,
        close = carrier.carry() => close,
        close = hung_up => close,
    };
    // Nothing is taken any more, and who still brings something is told so.
    drop(arrivals);
    let goodbye = match &mut opened {
        Some(opened) => {
            let goodbye = opened.session.goodbye(close);
            opened.session.ended(close);
            goodbye
        }
        None => refusal(close),
    };
    carrier.finish(goodbye).await;
}

/// Opens the session as soon as it is known for whom, and handles what the client sends.
async fn talk(
    endpoint: &PusherEndpoint,
    line: &Arc<Line>,
    opening: Opening,
    arrivals: &mut mpsc::Receiver<Inbound>,
    opened: &mut Option<Opened>,
) -> Close {
    let hello = match opening.hello {
        Some(hello) => hello,
        None => match timeout(HELLO, arrivals.recv()).await.ok().flatten().and_then(introduced) {
            Some(hello) => hello,
            None => return Close::Refused(Code::PathNotFound),
        },
    };
    let Opened { session, allowance, .. } = match endpoint.open(&hello, &opening.peer, line).await {
        Ok(it) => opened.insert(it),
        Err(code) => return Close::Refused(code),
    };
    tokio::select! {
        close = receive(arrivals, session, line, allowance) => close,
        close = beat(line, &allowance.heartbeat, Instant::now()) => close,
    }
}

async fn receive(
    arrivals: &mut mpsc::Receiver<Inbound>,
    session: &mut PusherSession,
    line: &Line,
    allowance: &Allowance,
) -> Close {
    let mut throttle = Throttle::new(allowance.events_per_second, allowance.events_burst);
    while let Some(inbound) = arrivals.recv().await {
        if let Err(close) = hand_over(session, line, &mut throttle, inbound).await {
            return close;
        }
    }
    Close::PeerGone
}

/// Reads `{"path":"/app/KEY?protocol=7&…"}`.
fn introduced(inbound: Inbound) -> Option<Hello> {
    let Inbound::Text(text) = inbound else { return None };
    let Introduction { path } = serde_json::from_str(&text).ok()?;
    let (path, query) = path.split_once('?').unwrap_or((&path, ""));
    let (hello, rest) = Hello::parse(path, Some(query))?;
    rest.is_empty().then_some(hello)
}

/// What a client that was never let in is told.
fn refusal(close: Close) -> Option<Goodbye> {
    let Close::Refused(code) = close else {
        return close.frame().map(|close| Goodbye { word: None, close });
    };
    counter!("switchboard_pusher_refusals_total", "code" => code.as_u16().to_string()).increment(1);
    Some(goodbye(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_sockjs_says_which_application_it_wants() {
        let introduced = |text: &'static str| introduced(Inbound::Text(text.into()));
        let hello =
            introduced(r#"{"path":"/app/KEY?protocol=7&client=js&version=8.6.0"}"#).unwrap();
        assert_eq!((hello.key.as_str(), hello.check()), ("KEY", Ok(())));
        for text in ["", "null", "{}", r#"{"path":5}"#, r#"{"path":"/"}"#, r#"{"path":"/app/a/b"}"#]
        {
            assert_eq!(introduced(text), None, "{text}");
        }
    }
}
