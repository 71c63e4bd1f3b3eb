//! What a request is for, as its path tells.
//!
//! Pusher's own transports have `…/app/{key}/{server}/{session}/{transport}` under any prefix; SockJS
//! has `…/pusher/{server}/{session}/{transport}`. `server` and `session` are made up by the client.

use axum::http::Method;

/// Where SockJS is found: the last segment of its base. It is pusher-js's default `httpPath`.
const SOCKJS_BASE: &str = "pusher";
/// The longest names for a server and a session that are taken, in bytes. Clients make up 3 and 8.
const NAME_BYTES_MAX: usize = 64;

/// What a path of the fallbacks is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// What this server can do, asked by SockJS before it connects.
    Info,
    /// The page in which SockJS wants to work.
    Frame,
    /// One side of a session.
    Session(Side),
}

/// One of the requests that make up a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Side {
    /// Whose words are spoken.
    pub(super) dialect: Dialect,
    /// The session's name: what comes before the transport, without the prefix.
    pub(super) session: String,
    /// How it is carried.
    pub(super) transport: Transport,
}

/// Whose client is at the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The `HTTPSocket` of pusher-js. It says in its path which application it wants.
    Pusher {
        /// The application's key.
        key: String,
    },
    /// SockJS. It says with its first message which application it wants.
    SockJs,
}

/// The part of a session that a request carries, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Transport {
    /// Everything to the client, in one answer after another.
    XhrStreaming,
    /// What waits for the client, in one answer; then the client asks again.
    Xhr,
    /// What the client sends.
    XhrSend,
    /// Everything to the client, as server-sent events.
    EventSource,
    /// What waits for the client, as a script that calls a function.
    Jsonp,
    /// What the client sends, from a form.
    JsonpSend,
    /// Both directions.
    WebSocket,
}

impl Target {
    /// Reads a path; `None` when it is not of the fallbacks.
    pub(super) fn of(path: &str) -> Option<Self> {
        // SockJS has it that a slash at the end means nothing.
        let path = path.strip_suffix('/').unwrap_or(path);
        let mut last_first = path.rsplit('/');
        let last = last_first.next()?;
        let before = last_first.next()?;
        if before == SOCKJS_BASE {
            match last {
                "info" => return Some(Self::Info),
                page if is_frame(page) => return Some(Self::Frame),
                _ => {}
            }
        }
        let (transport, session) = (Transport::named(last)?, name(before)?);
        let server = name(last_first.next()?)?;
        let (base, before_base) = (last_first.next()?, last_first.next());
        let dialect = match before_base {
            Some("app") if !base.is_empty() => Dialect::Pusher { key: base.to_owned() },
            _ if base == SOCKJS_BASE => Dialect::SockJs,
            _ => return None,
        };
        let session = match &dialect {
            Dialect::Pusher { key } if transport.is_pushers() => {
                format!("{key}/{server}/{session}")
            }
            Dialect::Pusher { .. } => return None,
            Dialect::SockJs => format!("{server}/{session}"),
        };
        Some(Self::Session(Side { dialect, session, transport }))
    }

    /// The one method, beside OPTIONS, that makes sense here.
    pub(super) fn method(&self) -> Method {
        match self {
            Self::Info | Self::Frame => Method::GET,
            Self::Session(side) => side.transport.method(),
        }
    }
}

impl Transport {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "xhr_streaming" => Self::XhrStreaming,
            "xhr" => Self::Xhr,
            "xhr_send" => Self::XhrSend,
            "eventsource" => Self::EventSource,
            "jsonp" => Self::Jsonp,
            "jsonp_send" => Self::JsonpSend,
            "websocket" => Self::WebSocket,
            _ => return None,
        })
    }

    /// Whether pusher-js has it without SockJS.
    const fn is_pushers(self) -> bool {
        matches!(self, Self::XhrStreaming | Self::Xhr | Self::XhrSend)
    }

    const fn method(self) -> Method {
        match self {
            Self::XhrStreaming | Self::Xhr | Self::XhrSend | Self::JsonpSend => Method::POST,
            Self::EventSource | Self::Jsonp | Self::WebSocket => Method::GET,
        }
    }
}

/// Whether this is `iframe.html`, or `iframe` with a version in its name.
fn is_frame(page: &str) -> bool {
    page.strip_prefix("iframe").and_then(|rest| rest.strip_suffix(".html")).is_some()
}

/// A name that a client may make up: of any characters but dots, as SockJS has it.
fn name(segment: &str) -> Option<&str> {
    let fits = !segment.is_empty() && segment.len() <= NAME_BYTES_MAX && !segment.contains('.');
    fits.then_some(segment)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(path: &str) -> Option<Side> {
        match Target::of(path)? {
            Target::Session(side) => Some(side),
            Target::Info | Target::Frame => None,
        }
    }

    #[test]
    fn pushers_own_transports_are_found_under_any_prefix() {
        for prefix in ["", "/pusher", "/a/b/pusher", "/app"] {
            let path = format!("{prefix}/app/KEY/042/abcd1234/xhr_streaming");
            let side = side(&path).unwrap();
            assert_eq!(side.dialect, Dialect::Pusher { key: "KEY".to_owned() }, "{path}");
            assert_eq!(side.session, "KEY/042/abcd1234");
            assert_eq!(side.transport, Transport::XhrStreaming);
        }
    }

    #[test]
    fn sockjs_is_found_at_pushers_default_path() {
        assert_eq!(Target::of("/pusher/info"), Some(Target::Info));
        assert_eq!(Target::of("/behind/a/proxy/pusher/info"), Some(Target::Info));
        assert_eq!(Target::of("/pusher/iframe.html"), Some(Target::Frame));
        assert_eq!(Target::of("/pusher/iframe-1.6.1.html"), Some(Target::Frame));
        for name in ["xhr", "xhr_send", "eventsource", "jsonp", "jsonp_send", "websocket"] {
            let side = side(&format!("/pusher/042/abcd1234/{name}/")).unwrap();
            assert_eq!((side.dialect, &*side.session), (Dialect::SockJs, "042/abcd1234"));
        }
    }

    #[test]
    fn whatever_else_is_not_of_the_fallbacks() {
        let long = format!("/pusher/1/{}/xhr", "x".repeat(65));
        for path in [
            "",
            "/",
            "/info",
            "/pusher",
            "/api/v1/info",
            "/app/KEY",
            "/1/2/xhr",
            "/elsewhere/1/2/xhr",
            "/pusher//2/xhr",
            "/pusher/1/2/xhr/more",
            "/pusher/1/a.b/xhr",
            "/pusher/1/2/htmlfile",
            "/app//1/2/xhr",
            "/app/KEY/1/2/eventsource",
            "/app/KEY/1/2/websocket",
            &long,
        ] {
            assert_eq!(Target::of(path), None, "{path}");
        }
    }
}
