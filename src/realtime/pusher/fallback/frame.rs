//! The page in which the SockJS of pusher-js wants to work.
//!
//! From a frame of this server's own it could stream to pages of other origins even in old browsers, if
//! the frame ran the script that its address names. But whatever runs there can use the inbox of an
//! agent who is logged in, so nothing of anybody's choice does. The frame says at once that it is of no
//! use, and SockJS takes what it can have, instead of waiting for seconds first.

use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// What the frame is called is in its address; `t` brings a line of the session, and `c[…]` is one that
/// closes it. The code is one after which SockJS tries its next transport.
const PAGE: &str = r#"<!doctype html>
<meta charset="utf-8">
<title>No frame</title>
<script>
  parent.postMessage(location.hash.slice(1, 9) + 't' + 'c[1006,"no frames here"]', "*");
</script>
"#;

const HEADERS: [(HeaderName, &str); 3] = [
    (CONTENT_TYPE, "text/html; charset=UTF-8"),
    (CONTENT_SECURITY_POLICY, "default-src 'none'; script-src 'unsafe-inline'"),
    (CACHE_CONTROL, "public, max-age=86400"),
];

/// Answers a request for the frame.
pub(super) fn answer() -> Response {
    (HEADERS, PAGE).into_response()
}
