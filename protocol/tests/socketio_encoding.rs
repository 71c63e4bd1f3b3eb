//! Socket.IO packets that are written.

use proptest::prelude::*;
use switchboard_protocol::socketio::{
    Packet, encode_ack, encode_ack_raw, encode_binary_ack_raw, encode_binary_event_raw,
    encode_connect, encode_connect_error, encode_disconnect, encode_event, encode_event_raw,
    event_array,
};

/// What `encode` appends, and that it only appends.
fn encoded(encode: impl Fn(&mut String)) -> String {
    let mut behind = "before".to_owned();
    encode(&mut behind);
    let mut alone = String::new();
    encode(&mut alone);
    assert_eq!(behind, format!("before{alone}"));
    alone
}

#[test]
fn connect_gives_the_id_and_the_recovery_secret() {
    let connect = |ns, pid| encoded(|out| encode_connect(out, ns, "wZX3oN0b", pid));
    assert_eq!(connect("/", None), r#"40{"sid":"wZX3oN0b"}"#);
    assert_eq!(connect("/", Some("p1")), r#"40{"sid":"wZX3oN0b","pid":"p1"}"#);
    assert_eq!(connect("/admin", Some("p1")), r#"40/admin,{"sid":"wZX3oN0b","pid":"p1"}"#);
}

#[test]
fn a_refused_connect_says_why() {
    let refuse = |ns, data| encoded(|out| encode_connect_error(out, ns, "Not \"you\"", data));
    assert_eq!(refuse("/", None), r#"44{"message":"Not \"you\""}"#);
    assert_eq!(
        refuse("/admin", Some(r#"{"code":1}"#)),
        r#"44/admin,{"message":"Not \"you\"","data":{"code":1}}"#
    );
}

#[test]
fn disconnect_names_the_namespace() {
    assert_eq!(encoded(|out| encode_disconnect(out, "/")), "41");
    assert_eq!(encoded(|out| encode_disconnect(out, "/admin")), "41/admin,");
}

#[test]
fn events_carry_name_arguments_and_offset() {
    let event = |ns, id, args: &[&str], offset| {
        encoded(|out| encode_event(out, ns, id, "hello", args, offset))
    };
    assert_eq!(event("/", None, &[], None), r#"42["hello"]"#);
    assert_eq!(event("/", None, &["1", r#"{"a":2}"#], None), r#"42["hello",1,{"a":2}]"#);
    assert_eq!(event("/admin", Some(456), &["1"], None), r#"42/admin,456["hello",1]"#);
    assert_eq!(event("/", None, &["1"], Some("s:42")), r#"42["hello",1,"s:42"]"#);
    assert_eq!(event("/", None, &[], Some("s:42")), r#"42["hello","s:42"]"#);
}

#[test]
fn names_are_escaped() {
    let array = event_array("a\"\\\n\r\t\u{0}\u{1f}é\u{7f}", &[]);
    assert_eq!(array, "[\"a\\\"\\\\\\n\\r\\t\\u0000\\u001fé\u{7f}\"]");
}

#[test]
fn acknowledgements_carry_the_id_and_any_number_of_arguments() {
    let ack = |ns, args: &[&str]| encoded(|out| encode_ack(out, ns, 7, args));
    assert_eq!(ack("/", &[]), "437[]");
    assert_eq!(ack("/", &["1"]), "437[1]");
    assert_eq!(ack("/admin", &["1", "null"]), "43/admin,7[1,null]");
}

#[test]
fn arrays_already_written_are_taken_as_they_are() {
    let hole = r#"[{"_placeholder":true,"num":0}]"#;
    assert_eq!(encoded(|out| encode_event_raw(out, "/", None, r#"["a"]"#)), r#"42["a"]"#);
    assert_eq!(encoded(|out| encode_event_raw(out, "/n", Some(0), "[]")), "42/n,0[]");
    assert_eq!(
        encoded(|out| encode_ack_raw(out, "/n", u64::MAX, "[]")),
        format!("43/n,{}[]", u64::MAX)
    );
    assert_eq!(
        encoded(|out| encode_binary_event_raw(out, "/n", Some(5), 1, r#"["a"]"#)),
        r#"451-/n,5["a"]"#
    );
    assert_eq!(encoded(|out| encode_binary_event_raw(out, "/", None, 10, "[]")), "4510-[]");
    assert_eq!(encoded(|out| encode_binary_ack_raw(out, "/", 7, 1, hole)), format!("461-7{hole}"));
    assert_eq!(encoded(|out| encode_binary_ack_raw(out, "/n", 7, 1, "[]")), "461-/n,7[]");
}

/// Reads what was written, without the Engine.IO type.
fn read_back(frame: &str) -> Packet<'_> {
    let text = frame.strip_prefix('4').expect("an Engine.IO message");
    Packet::decode(text).expect("a frame written here")
}

fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![Just("/".to_owned()), "/[^,?]{0,12}"]
}

proptest! {
    #[test]
    fn events_are_read_back(
        namespace in namespace(),
        id: Option<u64>,
        name in ".*",
        texts in prop::collection::vec(any::<String>(), 0..4),
        offset: Option<String>,
    ) {
        let name = format!("x{name}");
        let args: Vec<_> = texts.iter().map(|text| serde_json::json!([text]).to_string()).collect();
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let frame = encoded(|out| {
            encode_event(out, &namespace, id, &name, &args, offset.as_deref());
        });
        let Packet::Event { namespace: read_namespace, id: read_id, args: read } = read_back(&frame)
        else { panic!("{frame} is an event") };
        prop_assert_eq!((read_namespace, read_id), (&*namespace, id));
        let (read_name, rest) = read.event().unwrap();
        prop_assert_eq!(read_name, name);
        let rest: Vec<_> = rest.iter().map(|item| item.get()).collect();
        prop_assert_eq!(&rest[..args.len()], &args[..]);
        let read_offset = rest.get(args.len()).map(|json| serde_json::from_str(json).unwrap());
        prop_assert_eq!(read_offset, offset);
    }

    #[test]
    fn acknowledgements_are_read_back(namespace in namespace(), id: u64, number: i64) {
        let number = number.to_string();
        let frame = encoded(|out| encode_ack(out, &namespace, id, &[&number, &number]));
        let Packet::Ack { namespace: read_namespace, id: read_id, args } = read_back(&frame)
        else { panic!("{frame} is an acknowledgement") };
        prop_assert_eq!((read_namespace, read_id), (&*namespace, id));
        prop_assert_eq!(args.raw(), format!("[{number},{number}]"));
    }

    #[test]
    fn a_buffer_is_grown_once(namespace in namespace(), name: String, id: Option<u64>) {
        let mut out = String::new();
        encode_event(&mut out, &namespace, id, &name, &["1", "[2]"], Some("offset"));
        // A String that grew twice would have doubled.
        prop_assert!(out.capacity() <= out.len() + "18446744073709551615".len() + 1);
    }
}
