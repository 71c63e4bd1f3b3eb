//! RFC 6455: framing, control frames, UTF-8, closing. `/` echoes; `/engine.io/` shows how the product
//! ends a connection.

use super::frames::{BINARY, CLOSE, CONTINUATION, Frame, PING, PONG, RawSocket, TEXT};
use crate::support::Example;

const ENGINE: &str = "/engine.io/?EIO=4&transport=websocket";

async fn echo(example: &Example) -> RawSocket {
    RawSocket::open(&example.address, "/").await
}

/// What comes back is one whole, unmasked message of this kind.
async fn assert_echo(socket: &mut RawSocket, opcode: u8, payload: &[u8]) {
    let frame = socket.next().await.expect("the connection is open");
    assert!(frame.fin && !frame.masked && frame.reserved == 0, "{frame:?}");
    assert_eq!(frame.opcode, opcode);
    assert!(frame.payload == payload, "{} bytes came back changed", payload.len());
}

#[tokio::test]
async fn messages_of_every_length_come_back() {
    let example = Example::start().await;
    let mut socket = echo(&example).await;
    for length in [0, 1, 125, 126, 127, 128, 65_535, 65_536, 300_000] {
        for opcode in [TEXT, BINARY] {
            let payload = vec![b'*'; length];
            socket.send(&[Frame::new(opcode, payload.clone())]).await;
            assert_echo(&mut socket, opcode, &payload).await;
        }
    }
}

#[tokio::test]
async fn a_message_in_fragments_is_one_message() {
    let example = Example::start().await;
    let mut socket = echo(&example).await;
    let euro = "\u{20ac}".as_bytes();
    for parts in [
        vec![&b"hel"[..], b"lo"],
        vec![b"", b"", b"x", b""],
        vec![&euro[..1], &euro[1..2], &euro[2..]],
    ] {
        let last = parts.len() - 1;
        for (at, part) in parts.iter().enumerate() {
            let opcode = if at == 0 { TEXT } else { CONTINUATION };
            socket.send(&[Frame { fin: at == last, ..Frame::new(opcode, *part) }]).await;
        }
        assert_echo(&mut socket, TEXT, &parts.concat()).await;
    }
}

#[tokio::test]
async fn a_frame_that_comes_byte_by_byte_is_a_frame() {
    let example = Example::start().await;
    let mut socket = echo(&example).await;
    for byte in Frame::new(TEXT, "slowly").bytes() {
        socket.send_bytes(&[byte]).await;
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    assert_echo(&mut socket, TEXT, b"slowly").await;
}

#[tokio::test]
async fn a_ping_is_answered_between_fragments() {
    let example = Example::start().await;
    let mut socket = echo(&example).await;
    socket.send(&[Frame::part(TEXT, "hel"), Frame::new(PING, "are you there")]).await;
    assert_echo(&mut socket, PONG, b"are you there").await;
    socket.send(&[Frame::new(CONTINUATION, "lo")]).await;
    assert_echo(&mut socket, TEXT, b"hello").await;
}

#[tokio::test]
async fn pings_of_every_size_are_answered_and_pongs_are_not() {
    let example = Example::start().await;
    let mut socket = echo(&example).await;
    for payload in [vec![], vec![0xff; 125]] {
        socket.send(&[Frame::new(PING, payload.clone())]).await;
        assert_echo(&mut socket, PONG, &payload).await;
    }
    socket.send(&[Frame::new(PONG, "unasked")]).await;
    assert!(socket.is_silent().await);
    socket.send(&[Frame::new(TEXT, "still open")]).await;
    assert_echo(&mut socket, TEXT, b"still open").await;
}

/// Frames that break the protocol, each with what they do.
fn offences() -> Vec<(&'static str, Vec<Frame>)> {
    let text = Frame::new(TEXT, "4x");
    let mut offences = vec![
        ("unmasked", vec![Frame { masked: false, ..text.clone() }]),
        ("continuation of nothing", vec![Frame::new(CONTINUATION, "4x")]),
        ("open continuation of nothing", vec![Frame::part(CONTINUATION, "4x")]),
        ("text inside a text", vec![Frame::part(TEXT, "4x"), text.clone()]),
        ("binary inside a text", vec![Frame::part(TEXT, "4x"), Frame::new(BINARY, "x")]),
        ("ping in fragments", vec![Frame::part(PING, "x")]),
        ("close in fragments", vec![Frame::part(CLOSE, "")]),
        ("ping too long", vec![Frame::new(PING, vec![b'x'; 126])]),
        ("close too long", vec![Frame::new(CLOSE, vec![b'x'; 126])]),
        ("close with half a code", vec![Frame::new(CLOSE, vec![3])]),
    ];
    for reserved in 1..=7 {
        offences.push(("reserved bits", vec![Frame { reserved, ..text.clone() }]));
    }
    for opcode in (3..=7).chain(11..=15) {
        offences.push(("reserved opcode", vec![Frame::new(opcode, "x")]));
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535] {
        offences.push(("close code that may not be sent", vec![Frame::close(code, b"")]));
    }
    offences
}

#[tokio::test]
async fn an_offence_ends_the_connection_and_no_other() {
    let example = Example::start().await;
    let mut bystander = echo(&example).await;
    for (offence, frames) in offences() {
        let mut socket = echo(&example).await;
        socket.send(&frames).await;
        let code = socket.close_code().await;
        // Failing a connection may do without a close frame (section 7.1.7).
        assert!(matches!(code, None | Some(1002)), "{offence} {frames:?}: {code:?}");
        bystander.send(&[Frame::new(TEXT, offence)]).await;
        assert_echo(&mut bystander, TEXT, offence.as_bytes()).await;
    }
}

#[tokio::test]
async fn the_product_names_the_offence() {
    let example = Example::start().await;
    for (offence, frames) in offences() {
        let is_close = frames.iter().any(|frame| frame.opcode == CLOSE);
        let mut socket = RawSocket::open(&example.address, ENGINE).await;
        socket.send(&frames).await;
        let code = socket.close_code().await;
        assert!(code == Some(1002) || is_close && code.is_none(), "{offence} {frames:?}: {code:?}");
    }
}

#[tokio::test]
async fn text_that_is_not_utf8_ends_the_connection() {
    let example = Example::start().await;
    for bytes in [
        &[0xff][..],
        &[0xc0, 0x80],
        &[0xed, 0xa0, 0x80],
        &[0xf4, 0x90, 0x80, 0x80],
        &[0xe2, 0x82],
        &[b'4', 0x80],
    ] {
        for frames in [
            vec![Frame::new(TEXT, bytes)],
            vec![Frame::part(TEXT, "4"), Frame::new(CONTINUATION, bytes)],
        ] {
            let mut socket = echo(&example).await;
            socket.send(&frames).await;
            assert!(matches!(socket.close_code().await, None | Some(1007)), "{bytes:x?}");
            let mut socket = RawSocket::open(&example.address, ENGINE).await;
            socket.send(&frames).await;
            assert_eq!(socket.close_code().await, Some(1007), "{bytes:x?}");
        }
    }
}

#[tokio::test]
async fn a_close_is_answered_with_its_code() {
    let example = Example::start().await;
    for code in [1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999] {
        for path in ["/", ENGINE] {
            let mut socket = RawSocket::open(&example.address, path).await;
            socket.send(&[Frame::close(code, b"bye")]).await;
            assert_eq!(socket.close_code().await, Some(code), "{path}");
        }
    }
    let mut socket = echo(&example).await;
    socket.send(&[Frame::new(CLOSE, "")]).await;
    assert_eq!(socket.close_code().await, None, "nothing is answered with nothing");
}

#[tokio::test]
async fn nothing_after_a_close_is_heard() {
    let example = Example::start().await;
    let mut socket = echo(&example).await;
    socket.send(&[Frame::close(1000, b""), Frame::new(TEXT, "too late")]).await;
    while let Some(frame) = socket.next().await {
        assert_ne!(frame.opcode, TEXT);
    }
}

#[tokio::test]
async fn a_message_beyond_the_limit_is_refused_before_it_is_sent() {
    let example = Example::start().await;
    // The head of a frame that announces two gigabytes, and nothing after it.
    let mut socket = RawSocket::open(&example.address, ENGINE).await;
    let head = [&[0x81, 0xff][..], &0x8000_0000_u64.to_be_bytes(), &[0; 4]].concat();
    socket.send_bytes(&head).await;
    assert_eq!(socket.close_code().await, Some(1009));

    // The same in small pieces.
    let mut socket = RawSocket::open(&example.address, ENGINE).await;
    socket.send(&[Frame::part(TEXT, vec![b'4'; 400_000])]).await;
    socket.send(&[Frame::part(CONTINUATION, vec![b'x'; 400_000])]).await;
    socket.send(&[Frame::part(CONTINUATION, vec![b'x'; 400_000])]).await;
    assert_eq!(socket.close_code().await, Some(1009));
}

#[tokio::test]
async fn compression_is_declined_without_harm() {
    let example = Example::start().await;
    let url = format!("{}/", example.base_url);
    let answer = reqwest::Client::new()
        .get(url)
        .header("connection", "Upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
        .header("sec-websocket-extensions", "permessage-deflate; client_max_window_bits")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 101);
    assert!(!answer.headers().contains_key("sec-websocket-extensions"));
}
