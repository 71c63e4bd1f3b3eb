//! The first request of a connection, which is read ahead of HTTP: however it comes, and whatever it wants.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::frames::{Frame, RawSocket, TEXT, request};
use crate::support::{Example, SOON};

const ENGINE: &str = "/engine.io/?EIO=4&transport=websocket";

async fn connect(example: &Example) -> TcpStream {
    TcpStream::connect(&example.address).await.unwrap()
}

async fn assert_echoes(mut socket: RawSocket) {
    socket.send(&[Frame::new(TEXT, "hello")]).await;
    assert_eq!(socket.next().await.unwrap().payload, b"hello");
}

/// One answer, of which the length of the body is known.
async fn answer(stream: &mut TcpStream) -> String {
    let (mut text, mut length) = (Vec::new(), None);
    while length.is_none_or(|length| text.len() < length) {
        text.push(timeout(SOON, stream.read_u8()).await.expect("an answer").unwrap());
        if length.is_none() && text.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&text).to_ascii_lowercase();
            let body = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            length = Some(text.len() + body.map_or(0, |length| length.parse().unwrap()));
        }
    }
    String::from_utf8(text).unwrap()
}

#[tokio::test]
async fn a_request_that_comes_in_pieces_gets_its_websocket() {
    let example = Example::start().await;
    for piece_bytes in [1, 40] {
        let mut stream = connect(&example).await;
        stream.set_nodelay(true).unwrap();
        for piece in request(&example.address, "/").as_bytes().chunks(piece_bytes) {
            stream.write_all(piece).await.unwrap();
            sleep(Duration::from_millis(1)).await;
        }
        assert_echoes(RawSocket::answered(stream).await).await;
    }
}

#[tokio::test]
async fn what_comes_right_behind_the_request_is_heard() {
    let example = Example::start().await;
    let mut stream = connect(&example).await;
    let early = Frame::new(TEXT, "early").bytes();
    let all = [request(&example.address, "/").into_bytes(), early].concat();
    stream.write_all(&all).await.unwrap();
    let mut socket = RawSocket::answered(stream).await;
    assert_eq!(socket.next().await.unwrap().payload, b"early");
    assert_echoes(socket).await;
}

#[tokio::test]
async fn a_websocket_may_be_asked_for_after_other_requests() {
    let example = Example::start().await;
    let mut stream = connect(&example).await;
    let other = format!("GET /nowhere HTTP/1.1\r\nhost: {}\r\n\r\n", example.address);
    stream.write_all(other.as_bytes()).await.unwrap();
    assert!(answer(&mut stream).await.starts_with("HTTP/1.1 4"));
    stream.write_all(request(&example.address, "/").as_bytes()).await.unwrap();
    assert_echoes(RawSocket::answered(stream).await).await;
}

#[tokio::test]
async fn a_websocket_that_is_refused_leaves_a_connection_of_http() {
    let example = Example::start().await;
    let mut stream = connect(&example).await;
    let refused = request(&example.address, &ENGINE.replace("EIO=4", "EIO=3"));
    for _ in 0..2 {
        stream.write_all(refused.as_bytes()).await.unwrap();
        let answer = answer(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("Unsupported protocol version"), "{answer}");
    }
    stream.write_all(request(&example.address, ENGINE).as_bytes()).await.unwrap();
    let mut socket = RawSocket::answered(stream).await;
    assert_eq!(socket.next().await.unwrap().payload[0], b'0');
}
