//! Engine.IO packets, the handshake and refusals.

use switchboard_protocol::engineio::{
    CLOSE, DecodeError, Handshake, NOOP, PING, PONG, PROBE_PING, PROBE_PONG, Packet, Refusal,
    UPGRADE,
};

/// Checks both directions.
fn check(text: &str, expected: &Packet<'_>) {
    assert_eq!(Packet::decode(text).as_ref(), Ok(expected), "{text}");
    assert_eq!(expected.encode(), text);
}

#[test]
fn every_type_is_read_and_written() {
    check("0{}", &Packet::Open("{}"));
    check("1", &Packet::Close);
    check("2", &Packet::Ping(""));
    check("3", &Packet::Pong(""));
    check("4hello", &Packet::Message("hello"));
    check("4", &Packet::Message(""));
    check("4€ \u{0} \u{1f600}", &Packet::Message("€ \u{0} \u{1f600}"));
    check("5", &Packet::Upgrade);
    check("6", &Packet::Noop);
    check("bAQIDBA==", &Packet::Binary(vec![1, 2, 3, 4].into()));
    check("b", &Packet::Binary(vec![].into()));
}

#[test]
fn the_constants_are_packets() {
    check(CLOSE, &Packet::Close);
    check(PING, &Packet::Ping(""));
    check(PONG, &Packet::Pong(""));
    check(PROBE_PING, &Packet::Ping("probe"));
    check(PROBE_PONG, &Packet::Pong("probe"));
    check(UPGRADE, &Packet::Upgrade);
    check(NOOP, &Packet::Noop);
}

#[test]
fn base64_that_begins_with_a_packet_type_stays_binary() {
    check("b4AAA", &Packet::Binary(vec![0xe0, 0, 0].into()));
    check("b2222", &Packet::Binary(vec![0xdb, 0x6d, 0xb6].into()));
}

#[test]
fn base64_is_read_without_padding_too() {
    let expected = Ok(Packet::Binary(vec![1, 2, 3, 4].into()));
    assert_eq!(Packet::decode("bAQIDBA"), expected);
    assert_eq!(Packet::decode("bAQIDBA=="), expected);
}

#[test]
fn data_after_a_type_without_data_is_ignored() {
    assert_eq!(Packet::decode("1bye"), Ok(Packet::Close));
    assert_eq!(Packet::decode("5now"), Ok(Packet::Upgrade));
    assert_eq!(Packet::decode("6?"), Ok(Packet::Noop));
}

#[test]
fn what_is_no_packet_is_named() {
    assert_eq!(Packet::decode(""), Err(DecodeError::Empty));
    for kind in ['7', '9', 'a', 'B', ' ', '-', '\0', '\u{1e}', 'é', '٤'] {
        let text = format!("{kind}data");
        assert_eq!(Packet::decode(&text), Err(DecodeError::UnknownType(kind)));
    }
    for text in ["b!", "bA", "bAQID BA==", "bAQIDBA==x", "b_-_-", "b====", "bé"] {
        assert!(matches!(Packet::decode(text), Err(DecodeError::Base64(_))), "{text}");
    }
}

#[test]
fn the_handshake_is_the_documented_one() {
    let handshake = Handshake {
        sid: "lv_VI97HAXpY6yYWAAAB",
        upgrades: &["websocket"],
        ping_interval_ms: 25_000,
        ping_timeout_ms: 20_000,
        payload_bytes_max: 1_000_000,
    };
    let expected = concat!(
        r#"0{"sid":"lv_VI97HAXpY6yYWAAAB","upgrades":["websocket"],"#,
        r#""pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#
    );
    assert_eq!(handshake.encode(), expected);
    assert!(Handshake { upgrades: &[], ..handshake }.encode().contains(r#""upgrades":[],"#));
}

#[test]
fn refusals_have_the_codes_clients_know() {
    let bodies = [
        (Refusal::UnknownTransport, r#"{"code":0,"message":"Transport unknown"}"#),
        (Refusal::UnknownSession, r#"{"code":1,"message":"Session ID unknown"}"#),
        (Refusal::BadHandshakeMethod, r#"{"code":2,"message":"Bad handshake method"}"#),
        (Refusal::BadRequest, r#"{"code":3,"message":"Bad request"}"#),
        (Refusal::Forbidden, r#"{"code":4,"message":"Forbidden"}"#),
        (
            Refusal::UnsupportedProtocolVersion,
            r#"{"code":5,"message":"Unsupported protocol version"}"#,
        ),
    ];
    for (refusal, body) in bodies {
        assert_eq!(refusal.body(), body);
    }
}
