//! Long-polling bodies.

use proptest::prelude::*;
use switchboard_protocol::engineio::{DecodeError, Packet, PayloadWriter, decode_payload};

fn check(body: &str, expected: &[Packet<'_>]) {
    let packets: Result<Vec<_>, _> = decode_payload(body).collect();
    assert_eq!(packets.as_deref(), Ok(expected), "{body:?}");
}

#[test]
fn the_documented_payloads_are_read() {
    check("4hello", &[Packet::Message("hello")]);
    check(
        "4hello\x1e2\x1e4world",
        &[Packet::Message("hello"), Packet::Ping(""), Packet::Message("world")],
    );
    check(
        "4hello\x1ebAQIDBA==",
        &[Packet::Message("hello"), Packet::Binary(vec![1, 2, 3, 4].into())],
    );
    check("4a\x1eb4AAA", &[Packet::Message("a"), Packet::Binary(vec![0xe0, 0, 0].into())]);
}

#[test]
fn empty_bodies_and_empty_parts_are_errors() {
    let errors = |body| decode_payload(body).filter_map(Result::err).collect::<Vec<_>>();
    assert_eq!(errors(""), [DecodeError::Empty]);
    assert_eq!(errors("\x1e"), [DecodeError::Empty, DecodeError::Empty]);
    assert_eq!(errors("4a\x1e"), [DecodeError::Empty]);
    assert_eq!(errors("4a\x1e\x1e4b"), [DecodeError::Empty]);
    assert_eq!(errors("abc"), [DecodeError::UnknownType('a')]);
}

#[test]
fn packets_before_a_bad_one_are_given() {
    let mut packets = decode_payload("4first\x1ex\x1e4third");
    assert_eq!(packets.next(), Some(Ok(Packet::Message("first"))));
    assert_eq!(packets.next(), Some(Err(DecodeError::UnknownType('x'))));
}

#[test]
fn the_writer_separates_packets_and_knows_their_size_beforehand() {
    let mut writer = PayloadWriter::new();
    assert!(writer.is_empty());
    assert_eq!((writer.len_with_text("4hello"), writer.len_with_binary(&[1, 2, 3, 4])), (6, 9));

    writer.push_text("4hello");
    assert_eq!((writer.len_with_text("2"), writer.len_with_binary(&[])), (8, 8));
    writer.push_text("2");
    writer.push_binary(&[1, 2, 3, 4]);

    assert_eq!(writer.len(), 18);
    assert!(!writer.is_empty());
    assert_eq!(writer.finish(), "4hello\x1e2\x1ebAQIDBA==");
}

/// A packet as the writer takes it.
#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Binary(Vec<u8>),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        "[^\x1e]*".prop_map(Part::Text),
        prop::collection::vec(any::<u8>(), 0..64).prop_map(Part::Binary),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(parts in prop::collection::vec(part(), 1..8)) {
        let mut writer = PayloadWriter::new();
        for part in &parts {
            let foreseen = match part {
                Part::Text(text) => writer.len_with_text(&format!("4{text}")),
                Part::Binary(bytes) => writer.len_with_binary(bytes),
            };
            match part {
                Part::Text(text) => writer.push_text(&format!("4{text}")),
                Part::Binary(bytes) => writer.push_binary(bytes),
            }
            prop_assert_eq!(writer.len(), foreseen);
        }
        let body = writer.finish();
        let expected = parts.iter().map(|part| match part {
            Part::Text(text) => Packet::Message(text),
            Part::Binary(bytes) => Packet::Binary(bytes.clone().into()),
        });
        let packets: Result<Vec<_>, _> = decode_payload(&body).collect();
        prop_assert_eq!(packets, Ok(expected.collect()));
    }
}
