//! Socket.IO packets that are read.

use crate::support::decoded;
use switchboard_protocol::socketio::{ATTACHMENTS_MAX, NESTING_MAX, Packet};

fn check(text: &str, expected: &str) {
    assert_eq!(decoded(text), expected, "{text}");
}

#[test]
fn the_examples_of_the_protocol_document_are_read() {
    check("0", "CONNECT /");
    check(r#"0{"token":"123"}"#, r#"CONNECT / {"token":"123"}"#);
    check("0/admin,", "CONNECT /admin");
    check(r#"0/admin,{"token":"123"}"#, r#"CONNECT /admin {"token":"123"}"#);
    check("1", "DISCONNECT /");
    check("1/admin,", "DISCONNECT /admin");
    check(r#"2["foo"]"#, r#"EVENT / ["foo"]"#);
    check(r#"2/admin,["bar"]"#, r#"EVENT /admin ["bar"]"#);
    check(r#"212["foo"]"#, r#"EVENT / #12 ["foo"]"#);
    check(r#"2/admin,456["project:delete",123]"#, r#"EVENT /admin #456 ["project:delete",123]"#);
    check("312[]", "ACK / #12 []");
    check("3/admin,456[]", "ACK /admin #456 []");
    check(r#"312["bar"]"#, r#"ACK / #12 ["bar"]"#);
    check(
        r#"4/admin,{"message":"Not authorized"}"#,
        r#"CONNECT_ERROR /admin {"message":"Not authorized"}"#,
    );
    check(r#"4"Not authorized""#, r#"CONNECT_ERROR / "Not authorized""#);
}

#[test]
fn the_binary_examples_of_the_protocol_document_are_read() {
    let hole = r#"{"_placeholder":true,"num":0}"#;
    check(&format!(r#"51-["hello",{hole}]"#), &format!(r#"BINARY_EVENT / +1 ["hello",{hole}]"#));
    check(
        &format!(r#"51-/admin,456["project:delete",{hole}]"#),
        &format!(r#"BINARY_EVENT /admin #456 +1 ["project:delete",{hole}]"#),
    );
    check(&format!("61-/admin,456[{hole}]"), &format!("BINARY_ACK /admin #456 +1 [{hole}]"));
    check(&format!("61-15[{hole}]"), &format!("BINARY_ACK / #15 +1 [{hole}]"));
}

#[test]
fn a_namespace_may_look_like_anything_up_to_its_comma() {
    check("0/", "CONNECT /");
    check("0/,", "CONNECT /");
    check("0/admin", "CONNECT /admin");
    check("0/12,", "CONNECT /12");
    check(r#"2/12,34["a"]"#, r#"EVENT /12 #34 ["a"]"#);
    check(r#"2/1-2,["a"]"#, r#"EVENT /1-2 ["a"]"#);
    check(r#"2/a/b["c",["a"]"#, r#"EVENT /a/b["c" ["a"]"#);
    check(r#"2/räume/€,["a"]"#, r#"EVENT /räume/€ ["a"]"#);
    check("1/a\0b,", "DISCONNECT /a\0b");
}

#[test]
fn the_query_of_a_namespace_is_dropped() {
    check("0/admin?token=1&x=2,", "CONNECT /admin");
    check("0/admin?token=1", "CONNECT /admin");
    check(r#"0/?token=1,{"a":1}"#, r#"CONNECT / {"a":1}"#);
}

#[test]
fn acknowledgement_ids_have_64_bits() {
    check(r#"20["a"]"#, r#"EVENT / #0 ["a"]"#);
    check(r#"2007["a"]"#, r#"EVENT / #7 ["a"]"#);
    check("318446744073709551615[]", "ACK / #18446744073709551615 []");
}

#[test]
fn as_many_attachments_as_the_limit_are_read() {
    let text = format!(r#"5{ATTACHMENTS_MAX}-["a"]"#);
    check(&text, r#"BINARY_EVENT / +10 ["a"]"#);
    check(r#"5001-["a"]"#, r#"BINARY_EVENT / +1 ["a"]"#);
}

#[test]
fn a_binary_packet_without_attachments_is_a_plain_one() {
    check(r#"50-["a"]"#, r#"EVENT / ["a"]"#);
    check("60-/n,7[]", "ACK /n #7 []");
}

#[test]
fn arguments_are_kept_as_they_were_written() {
    check("2[ \"a\" ,\n 1.0e2 ]\t", "EVENT / [ \"a\" ,\n 1.0e2 ]");
    check(r#"2["a",1e999]"#, r#"EVENT / ["a",1e999]"#);
    check(r#"2["a","\ud83d"]"#, r#"EVENT / ["a","\ud83d"]"#);
    check(r#"2["a","\u0000",{"\udc00":[]}]"#, r#"EVENT / ["a","\u0000",{"\udc00":[]}]"#);
    check("2[\"a\",\"\u{1f600}\u{2028}\"]", "EVENT / [\"a\",\"\u{1f600}\u{2028}\"]");
}

#[test]
fn an_event_gives_its_name_and_its_arguments() {
    let text = r#"2["gr\u00fc\u00dfe",1,{"a": [2]},"]",null]"#;
    let Ok(Packet::Event { args, .. }) = Packet::decode(text) else {
        panic!("{text} is an event");
    };
    let (name, rest) = args.event().unwrap();
    assert_eq!(name, "grüße");
    let rest: Vec<_> = rest.iter().map(|item| item.get()).collect();
    assert_eq!(rest, ["1", r#"{"a": [2]}"#, r#""]""#, "null"]);
    assert_eq!(args.items().len(), 5);
}

#[test]
fn names_that_only_resemble_reserved_ones_are_free() {
    for name in ["", "Connect", "connect ", "error", "reconnect", "newlistener", "message"] {
        let text = format!(r#"2["{name}"]"#);
        check(&text, &format!(r#"EVENT / ["{name}"]"#));
    }
}

#[test]
fn nesting_is_read_up_to_the_limit() {
    let inner = NESTING_MAX - 1;
    let array = format!(r#"["a",{}{}]"#, "[".repeat(inner), "]".repeat(inner));
    check(&format!("2{array}"), &format!("EVENT / {array}"));
    let brackets_in_text = format!(r#"["a","{}\"{}"]"#, "[".repeat(500), "{".repeat(500));
    check(&format!("2{brackets_in_text}"), &format!("EVENT / {brackets_in_text}"));
}
