//! Binary packets: placeholders, and the messages that follow.

use bytes::Bytes;
use switchboard_protocol::socketio::{DecodeError, Packet, Reassembly};

use crate::support::describe;

/// Whether a binary event of two attachments with this argument is taken.
fn is_taken(argument: &str) -> bool {
    let text = format!(r#"52-["a",{argument}]"#);
    match Packet::decode(&text) {
        Ok(_) => true,
        Err(DecodeError::IllegalAttachments { attachments: 2 }) => false,
        Err(other) => panic!("{text}: {other}"),
    }
}

#[test]
fn placeholders_name_attachments_of_their_packet() {
    assert!(is_taken(r#"{"_placeholder":true,"num":0}"#));
    assert!(is_taken(r#"{"num":1,"_placeholder":true}"#));
    assert!(is_taken(r#"{"deep":[{"file":{ "_placeholder" : true , "num" : 1 }}],"x":0}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":2}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":-1}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":0.5}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":"0"}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":null}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":99999999999999999999999}"#));
    assert!(!is_taken(r#"{"_placeholder":true}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":[0]}"#));
    assert!(!is_taken(r#"[[{"x":{"num":2,"_placeholder":true}}]]"#));
}

#[test]
fn placeholders_are_found_however_they_are_written() {
    assert!(!is_taken(r#"{"_pl\u0061ceholder":true,"num":2}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"n\u0075m":2}"#));
    assert!(!is_taken(r#"{"\ud83d":"\udc00","_placeholder":true,"num":2}"#));
    assert!(!is_taken(r#"{"_placeholder":true,"num":0,"num":2}"#));
    assert!(is_taken(r#"{"_placeholder":true,"num":2,"num":0}"#));
    assert!(!is_taken(r#"{"_placeholder":false,"num":2,"_placeholder":true}"#));
}

#[test]
fn what_only_resembles_a_placeholder_is_data() {
    assert!(is_taken(r#"{"_placeholder":false,"num":2}"#));
    assert!(is_taken(r#"{"_placeholder":"true","num":2}"#));
    assert!(is_taken(r#"{"_placeholder":1,"num":2}"#));
    assert!(is_taken(r#"{"_placeholder":[true],"num":2}"#));
    assert!(is_taken(r#"["_placeholder",true,"num",2]"#));
    assert!(is_taken(r#""{\"_placeholder\":true,\"num\":2}""#));
    assert!(is_taken(r#"{"key":"_placeholder","x":true,"num":2}"#));
}

#[test]
fn placeholders_mean_nothing_in_plain_packets() {
    assert!(Packet::decode(r#"2["a",{"_placeholder":true,"num":7}]"#).is_ok());
    let error = Packet::decode(r#"50-["a",{"_placeholder":true,"num":0}]"#);
    assert_eq!(error, Err(DecodeError::IllegalAttachments { attachments: 0 }));
}

/// Begins to reassemble the binary packet in `text`.
fn begin(text: &str) -> Reassembly {
    let packet = Packet::decode(text).expect("a packet");
    Reassembly::new(&packet).expect("a binary packet")
}

#[test]
fn an_event_is_complete_with_its_last_attachment() {
    let mut reassembly = begin(r#"52-/files,7["save",{"_placeholder":true,"num":1}]"#);
    assert_eq!(reassembly.push(Bytes::from_static(b"one")), None);
    assert_eq!(reassembly.held_bytes(), 3);
    let complete = reassembly.push(Bytes::from_static(b"two")).expect("both attachments");

    let packet = complete.packet().expect("the packet it was made of");
    assert_eq!(describe(&packet), r#"EVENT /files #7 ["save",{"_placeholder":true,"num":1}]"#);
    assert_eq!(complete.attachments(), [&b"one"[..], b"two"]);
    assert_eq!(complete.into_attachments().len(), 2);
}

#[test]
fn an_acknowledgement_is_complete_with_its_last_attachment() {
    let mut reassembly = begin(r#"61-15[{"_placeholder":true,"num":0}]"#);
    let complete = reassembly.push(Bytes::new()).expect("the one attachment");
    let packet = complete.packet().expect("the packet it was made of");
    assert_eq!(describe(&packet), r#"ACK / #15 [{"_placeholder":true,"num":0}]"#);
}

#[test]
fn a_finished_reassembly_keeps_and_gives_nothing() {
    let mut reassembly = begin(r#"51-["a"]"#);
    assert!(reassembly.push(Bytes::from_static(b"one")).is_some());
    assert_eq!(reassembly.push(Bytes::from_static(b"more")), None);
    assert_eq!(reassembly.held_bytes(), 0);
}

#[test]
fn plain_packets_have_nothing_to_reassemble() {
    for text in ["0", "1", r#"2["a"]"#, "31[]", r#"4"no""#, r#"50-["a"]"#] {
        let packet = Packet::decode(text).unwrap();
        assert!(Reassembly::new(&packet).is_none(), "{text}");
    }
}
