//! Socket.IO packets that are refused, and what is said about them.

use switchboard_protocol::socketio::{DecodeError, NESTING_MAX, Packet, RESERVED_EVENTS};

fn check(text: &str, expected: &str) {
    match Packet::decode(text) {
        Ok(packet) => panic!("{text}: {packet:?}"),
        Err(error) => assert_eq!(error.to_string(), expected, "{text}"),
    }
}

#[test]
fn unknown_types_are_named() {
    check("", "empty packet: expected a type from 0 to 6");
    check("7", "unknown packet type '7': expected 0 to 6");
    check(" ", "unknown packet type ' ': expected 0 to 6");
    check("\0", "unknown packet type '\\0': expected 0 to 6");
    check("b4AAA", "unknown packet type 'b': expected 0 to 6");
    check("é", "unknown packet type 'é': expected 0 to 6");
}

#[test]
fn attachments_are_counted_in_digits_up_to_the_limit() {
    let form = "BINARY_EVENT: expected a number of attachments and '-' after the type";
    for text in ["5", "51", "5-", r#"5["a"]"#, r#"5-["a"]"#, r#"5-1-["a"]"#, r#"51/n,["a"]"#] {
        check(text, form);
    }
    for text in [r#"5+1-["a"]"#, r#"5 1-["a"]"#, r#"51.0-["a"]"#, r#"50x1-["a"]"#] {
        check(text, form);
    }
    check(r#"511-["a"]"#, "BINARY_EVENT: expected at most 10 attachments");
    check("611-1[]", "BINARY_ACK: expected at most 10 attachments");
    let huge = format!(r#"5{}-["a"]"#, "9".repeat(100));
    check(&huge, "BINARY_EVENT: expected at most 10 attachments");
}

#[test]
fn acknowledgement_ids_are_where_they_belong() {
    let too_large = "acknowledgement id: expected a number of at most 18446744073709551615";
    check("318446744073709551616[]", too_large);
    check(&format!(r#"2{}["a"]"#, "1".repeat(5000)), too_large);
    check("3[]", "ACK: expected an acknowledgement id");
    check("61-[]", "BINARY_ACK: expected an acknowledgement id");
    check("01", "CONNECT: expected no acknowledgement id");
    check("01{}", "CONNECT: expected no acknowledgement id");
    check("1/n,1", "DISCONNECT: expected no acknowledgement id");
    check(r#"41"no""#, "CONNECT_ERROR: expected no acknowledgement id");
    check("31[]1", "ACK: expected JSON as payload: trailing characters at line 1 column 3");
    check("3-1[]", "ACK: expected an acknowledgement id");
}

#[test]
fn a_payload_is_of_the_kind_its_packet_needs() {
    let connect = "CONNECT: expected an object or nothing as payload";
    for text in ["0[]", "0null", r#"0"token""#, "0/n,true", "0 ", "0\u{a0}{}"] {
        check(text, connect);
    }
    check("1{}", "DISCONNECT: expected nothing as payload");
    check("1[]", "DISCONNECT: expected nothing as payload");
    check("1 ", "DISCONNECT: expected nothing as payload");
    let event = "EVENT: expected an array as payload";
    for text in ["2", "2/n,", "21", r#"2"a""#, r#"2{"a":1}"#, "2null", "2-1[]", "2\u{feff}[]"] {
        check(text, event);
    }
    check("31", "ACK: expected an array as payload");
    check("31{}", "ACK: expected an array as payload");
    let error = "CONNECT_ERROR: expected a string or an object as payload";
    for text in ["4", "4[]", "4null", "4/n,"] {
        check(text, error);
    }
}

#[test]
fn a_payload_is_json() {
    for text in [
        "0{",
        "0{}}",
        r#"0{"a"}"#,
        "0{,}",
        "2[",
        r#"2["a""#,
        r#"2["a",]"#,
        r#"2["a"]]"#,
        r#"2["a"}"#,
        "2['a']",
        r#"2["a",01]"#,
        r#"2["a",NaN]"#,
        "2[\"a\0\"]",
        "2[\"a\",\0]",
        r#"2["\x"]"#,
        "2[\"a\nb\"]",
        r#"4""#,
        r#"4"a"b"#,
        "31[}",
        r#"2["a" "b"]"#,
        r#"2["a\ud8"]"#,
    ] {
        let error = Packet::decode(text).unwrap_err();
        assert!(matches!(error, DecodeError::Json { .. }), "{text}: {error}");
    }
}

#[test]
fn an_event_has_a_name_that_is_free() {
    let not_text = "event name: expected a string as the first item";
    for text in ["2[]", "2[1]", "2[null]", r#"2[["a"]]"#, r#"2[{"a":1}]"#, r#"2["\ud83d"]"#] {
        check(text, not_text);
    }
    for name in RESERVED_EVENTS {
        let expected = format!("event name: {name:?} is reserved");
        check(&format!(r#"2["{name}"]"#), &expected);
        check(&format!(r#"51-/n,7["{name}",1]"#), &expected);
    }
    check(r#"2["\u0063onnect"]"#, r#"event name: "connect" is reserved"#);
}

#[test]
fn nesting_beyond_the_limit_is_refused() {
    let opened = "[".repeat(NESTING_MAX);
    let closed = "]".repeat(NESTING_MAX);
    let expected = "EVENT: expected at most 100 nested arrays and objects";
    check(&format!(r#"2["a",{opened}{closed}]"#), expected);
    check(&format!(r#"2["a",{}"#, "[".repeat(1_000_000)), expected);
    let objects = format!("0{}1{}", r#"{"a":"#.repeat(200), "}".repeat(200));
    check(&objects, "CONNECT: expected at most 100 nested arrays and objects");
}
