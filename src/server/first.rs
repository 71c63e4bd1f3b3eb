//! The first request on a connection.
//!
//! Most connections that last are `WebSocket`s from their first request on. What HTTP has ready for all that may follow on
//! a connection costs as much as all the rest of opening one, so that request is read here, and a WebSocket is
//! never HTTP's. Whatever else comes, or does not come whole, is left to HTTP as it is.

use std::io;

use axum::body::Body;
use axum::http::header::{HeaderName, HeaderValue, UPGRADE};
use axum::http::{HeaderMap, Method, Request, Uri, Version};
use bytes::Bytes;
use tokio::net::TcpStream;

use crate::arrival::take_in;
use crate::takeover::Begun;

/// Header fields of a request that is read here: browsers send some twenty.
const FIELDS_MAX: usize = 64;

/// Waits until something has come, and reads it.
///
/// # Errors
/// The connection is gone.
pub(super) async fn read(stream: TcpStream) -> io::Result<Begun> {
    loop {
        stream.readable().await?;
        match take_in(&stream, Bytes::copy_from_slice) {
            Ok(read) => return Ok(Begun { stream, read }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}

/// A request for a WebSocket, and what came behind it; `None` for any other, and for what is not whole.
pub(super) fn websocket_request(read: &Bytes) -> Option<(Request<Body>, Bytes)> {
    let mut fields = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut head = httparse::Request::new(&mut fields);
    let Ok(httparse::Status::Complete(length)) = head.parse(read) else { return None };
    let asks = head.method == Some(Method::GET.as_str()) && head.version == Some(1);
    let headers = headers(read, head.headers).filter(|_| asks)?;
    let upgrades = headers.get(UPGRADE)?.as_bytes().eq_ignore_ascii_case(b"websocket");
    let has_body =
        headers.contains_key("content-length") || headers.contains_key("transfer-encoding");
    if !upgrades || has_body {
        return None;
    }
    let uri = Uri::from_maybe_shared(read.slice_ref(head.path?.as_bytes())).ok()?;
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri;
    *request.version_mut() = Version::HTTP_11;
    *request.headers_mut() = headers;
    Some((request, read.slice(length..)))
}

/// The fields, whose values stay where they were read.
fn headers(read: &Bytes, fields: &[httparse::Header<'_>]) -> Option<HeaderMap> {
    let mut headers = HeaderMap::with_capacity(fields.len());
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes()).ok()?;
        let value = HeaderValue::from_maybe_shared(read.slice_ref(field.value)).ok()?;
        headers.append(name, value);
    }
    Some(headers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "GET /socket.io/?EIO=4 HTTP/1.1\r\nHost: a\r\nUpgrade: WebSocket\r\n\
                        Connection: keep-alive, Upgrade\r\nCookie: a=1\r\nCookie: b=2\r\n";

    fn request(text: &str) -> Option<(Request<Body>, Bytes)> {
        websocket_request(&Bytes::copy_from_slice(text.as_bytes()))
    }

    #[test]
    fn a_request_for_a_websocket_is_read_as_it_stands() {
        let (request, behind) = request(&format!("{HEAD}\r\n\u{81}")).unwrap();
        assert_eq!(request.uri(), "/socket.io/?EIO=4");
        assert_eq!(request.headers()["host"], "a");
        let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
        assert_eq!(cookies, ["a=1", "b=2"]);
        assert_eq!(behind, "\u{81}".as_bytes());
    }

    #[test]
    fn anything_else_is_left_to_http() {
        let others = [
            HEAD.to_owned(),
            format!("{HEAD}Content-Length: 1\r\n\r\nx"),
            format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n"),
            format!("{HEAD}\r\n").replacen("GET", "POST", 1),
            format!("{HEAD}\r\n").replacen("1.1", "1.0", 1),
            format!("{HEAD}\r\n").replacen("WebSocket", "h2c", 1),
            "GET / HTTP/1.1\r\n\r\n".to_owned(),
            "nonsense\r\n\r\n".to_owned(),
            "\u{16}\u{3}\u{1}".to_owned(),
            String::new(),
        ];
        for text in others {
            assert!(request(&text).is_none(), "{text:?}");
        }
    }
}
