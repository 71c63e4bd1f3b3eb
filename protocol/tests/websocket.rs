//! WebSocket frames: what is read out of them, in whatever pieces they come.

use bytes::Bytes;
use proptest::prelude::*;
use switchboard_protocol::websocket::{
    CloseFrame, Decoder, Header, Message, Opcode, Violation, accept_key, encode,
};

const LIMIT: usize = 1000;

/// A frame as a client sends it.
fn masked(opcode: Opcode, is_final: bool, payload: &[u8]) -> Vec<u8> {
    const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
    let mut frame = encode(opcode, payload);
    let head = frame.len() - payload.len();
    frame[0] = (opcode as u8) | u8::from(is_final) << 7;
    frame[1] |= 0x80;
    let body = payload.iter().zip(KEY.iter().cycle()).map(|(byte, key)| byte ^ key);
    frame.truncate(head);
    frame.extend(KEY.into_iter().chain(body));
    frame
}

fn whole(opcode: Opcode, payload: &[u8]) -> Vec<u8> {
    masked(opcode, true, payload)
}

/// Everything that comes out when `bytes` come in pieces of this size.
fn decode(bytes: &[u8], piece: usize) -> Result<Vec<Message>, Violation> {
    let mut decoder = Decoder::new(LIMIT);
    let mut messages = Vec::new();
    for piece in bytes.chunks(piece) {
        decoder.feed(piece);
        while let Some(message) = decoder.next_message()? {
            messages.push(message);
        }
    }
    Ok(messages)
}

#[test]
fn the_key_of_the_rfc_has_the_answer_of_the_rfc() {
    assert_eq!(accept_key(b"dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn messages_of_every_length_read_back() {
    for length in [0, 1, 7, 8, 9, 125, 126, LIMIT] {
        let text = "x".repeat(length);
        let frame = whole(Opcode::Text, text.as_bytes());
        assert_eq!(decode(&frame, usize::MAX), Ok(vec![Message::Text(text)]));
    }
    for length in [0, 125, 126, 65_535, 65_536] {
        let frame = encode(Opcode::Binary, &vec![0; length]);
        let header = Header::decode(&frame).unwrap().unwrap();
        assert_eq!((header.length, header.size + header.length), (length, frame.len()));
        assert_eq!((header.mask, header.is_final), (None, true));
    }
}

#[test]
fn fragments_are_one_message_and_control_frames_may_stand_between_them() {
    let bytes = [
        masked(Opcode::Text, false, b"\xe2"),
        whole(Opcode::Ping, b"there?"),
        masked(Opcode::Continuation, false, b"\x82"),
        whole(Opcode::Pong, b""),
        whole(Opcode::Continuation, b"\xac"),
        whole(Opcode::Close, &[3, 232, b'o', b'k']),
    ]
    .concat();
    let expected = vec![
        Message::Ping(Bytes::from_static(b"there?")),
        Message::Pong,
        Message::Text("\u{20ac}".to_owned()),
        Message::Close(Some(CloseFrame { code: 1000, reason: "ok".into() })),
    ];
    for piece in [1, 3, 1000] {
        assert_eq!(decode(&bytes, piece).as_ref(), Ok(&expected), "in pieces of {piece}");
    }
}

#[test]
fn what_is_not_allowed_is_refused() {
    let text = whole(Opcode::Text, b"x");
    let with_first = |first: u8| [&[first], &text[1..]].concat();
    let open = masked(Opcode::Text, false, b"x");
    let offences = [
        (encode(Opcode::Text, b"x"), Violation::Protocol),
        (with_first(0xc1), Violation::Protocol),
        (with_first(0x83), Violation::Protocol),
        (whole(Opcode::Continuation, b"x"), Violation::Protocol),
        ([open.clone(), text.clone()].concat(), Violation::Protocol),
        (masked(Opcode::Ping, false, b"x"), Violation::Protocol),
        (whole(Opcode::Ping, &[0; 126]), Violation::Protocol),
        (whole(Opcode::Close, &[3]), Violation::Protocol),
        (whole(Opcode::Close, &1005_u16.to_be_bytes()), Violation::Protocol),
        (whole(Opcode::Close, &[3, 232, 0xff]), Violation::NotText),
        (whole(Opcode::Text, &[0xff]), Violation::NotText),
        (whole(Opcode::Binary, &[0; LIMIT + 1]), Violation::TooLarge),
        ([open, whole(Opcode::Continuation, &[0; LIMIT])].concat(), Violation::TooLarge),
    ];
    for (bytes, violation) in offences {
        assert_eq!(decode(&bytes, usize::MAX), Err(violation), "{bytes:x?}");
    }
}

#[test]
fn a_frame_that_is_too_large_is_refused_by_its_head() {
    let head = [&[0x81, 0xff][..], &u64::MAX.to_be_bytes(), &[0; 4]].concat();
    assert_eq!(decode(&head, 1), Err(Violation::TooLarge));
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_in_any_pieces(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
        piece in 1_usize..20,
    ) {
        // What comes before an offence may come out of smaller pieces earlier; the verdict is the same.
        prop_assert_eq!(decode(&bytes, piece), decode(&bytes, usize::MAX));
    }

    #[test]
    fn any_messages_read_back(
        texts in prop::collection::vec("\\PC{0,300}", 0..5),
        piece in 1_usize..2000,
    ) {
        let bytes: Vec<u8> =
            texts.iter().flat_map(|text| whole(Opcode::Text, text.as_bytes())).collect();
        let messages = texts.into_iter().map(Message::Text).collect();
        prop_assume!(bytes.len() < 3 * LIMIT);
        prop_assert_eq!(decode(&bytes, piece), Ok(messages));
    }
}
