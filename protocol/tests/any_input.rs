//! Whatever comes in, a value or an error comes out.

use proptest::prelude::*;
use switchboard_protocol::{engineio, pusher, socketio};

/// Decodes as everything there is and uses what comes out; to be called with anything.
fn decode(text: &str) {
    decode_pusher(text);
    for packet in engineio::decode_payload(text).flatten() {
        assert_eq!(engineio::Packet::decode(&packet.encode()), Ok(packet));
    }
    let Ok(packet) = socketio::Packet::decode(text) else {
        return;
    };
    match &packet {
        socketio::Packet::Event { args, .. } | socketio::Packet::BinaryEvent { args, .. } => {
            assert!(args.event().is_ok(), "{text}");
        }
        socketio::Packet::Ack { args, .. } | socketio::Packet::BinaryAck { args, .. } => {
            assert!(args.raw().starts_with('['), "{text}");
        }
        _ => {}
    }
    if let Some(mut reassembly) = socketio::Reassembly::new(&packet) {
        let complete = (0..socketio::ATTACHMENTS_MAX).find_map(|_| reassembly.push("a".into()));
        assert!(complete.is_some_and(|complete| complete.packet().is_ok()), "{text}");
    }
}

/// The same for everything a Pusher client or its application can send.
fn decode_pusher(text: &str) {
    match pusher::ClientFrame::decode(text) {
        Ok(pusher::ClientFrame::Subscribe { channel, channel_data, .. }) => {
            let _ = pusher::ChannelName::parse(&channel, 200);
            let _ = pusher::PresenceUser::parse(channel_data.as_deref().unwrap_or(text));
        }
        Ok(pusher::ClientFrame::SignIn { auth, user_data }) => {
            let token = pusher::Token::new("key", "secret");
            assert!(token.verify_user(&auth, "1.2", &user_data).is_err(), "{text}");
            let _ = pusher::SignedInUser::parse(&user_data);
        }
        Ok(pusher::ClientFrame::ClientEvent { event, channel, data }) => {
            let frame = pusher::server_frame::client_event(&event, &channel, data.get(), None);
            assert!(pusher::ClientFrame::decode(&frame).is_ok(), "{text}");
        }
        Ok(_) => {}
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = pusher::PresenceUser::parse(text);
    let _ = pusher::SignedInUser::parse(text);
    let _ = pusher::fallback::decode_messages(text);
    if let Ok(name) = pusher::ChannelName::parse(text, 0) {
        assert_eq!(name.as_str(), text);
    }
    if let Ok(id) = text.parse::<pusher::SocketId>() {
        assert_eq!(id.to_string(), text);
    }
}

const FRAMES: [&str; 15] = [
    r#"0/admin?token=é,{"token":"123","deep":[{"a":["\ud83d\ude00"]}]}"#,
    "1/admin,",
    r#"2/räume,456["project:delete",123,{"a":null,"b":[true,1.5e-3]},"\"]\\"]"#,
    r#"3/admin,18446744073709551615["ok",{"message":"€"}]"#,
    r#"4/admin,{"message":"Not authorized","data":{"code":"E1"}}"#,
    r#"52-/n,7["a",{"_placeholder":true,"num":0},{"x":[{"num":1,"_placeholder":true}]}]"#,
    r#"610-7[{"_placeholder":true,"num":9}]"#,
    r#"{"event":"pusher:subscribe","data":{"channel":"presence-x","auth":"k:ab","channel_data":"{\"user_id\":1}"}}"#,
    r#"{"event":"pusher:subscribe","data":"{\"channel\":\"x\"}"}"#,
    r#"{"event":"pusher:unsubscribe","data":{"channel":"x"}}"#,
    r#"{"event":"pusher:signin","data":{"auth":"k:ab","user_data":"{\"id\":\"4\"}"}}"#,
    r#"{"event":"client-é","channel":"private-x","data":[{"a":"\ud83d"},null]}"#,
    r##"["#server-to-user-7","1234.5678","{\"event\":\"pusher:ping\"}"]"##,
    r#"{"id":"42","user_id":-1.5e3,"user_info":{"a":[]},"watchlist":["7",8]}"#,
    "4hello\x1ebAQIDBA==\x1e2probe\x1e4€",
];

#[test]
fn every_prefix_of_a_frame_is_decoded_or_refused() {
    for frame in FRAMES {
        for (end, _) in frame.char_indices() {
            decode(&frame[..end]);
        }
        decode(frame);
    }
}

#[test]
fn every_frame_with_one_character_changed_is_decoded_or_refused() {
    let strange =
        ['\0', '\x1e', '"', '\\', '[', ']', '{', '}', ',', '-', '/', '9', 'u', 'é', '\u{1f600}'];
    for frame in FRAMES {
        for (at, old) in frame.char_indices() {
            let (before, after) = (&frame[..at], &frame[at + old.len_utf8()..]);
            decode(&format!("{before}{after}"));
            for new in strange {
                decode(&format!("{before}{new}{after}"));
                decode(&format!("{before}{new}{old}{after}"));
            }
        }
    }
}

proptest! {
    #[test]
    fn any_text_is_decoded_or_refused(text: String) {
        decode(&text);
    }

    #[test]
    fn text_made_of_the_protocols_own_characters_is_decoded_or_refused(
        text in r#"[0-6b]{0,2}(-|/[a-z?]*,)?[0-9]{0,3}[\[\]{}",:\\0-9a-ub \x1e-]{0,40}"#,
    ) {
        decode(&text);
    }

    #[test]
    fn text_made_of_a_pusher_frames_own_parts_is_decoded_or_refused(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "{", "}", "[", "]", ":", ",", "\"", "\\", "null", "5", "\"event\"", "\"data\"",
                "\"channel\"", "\"auth\"", "\"channel_data\"", "\"user_data\"", "\"user_id\"",
                "\"pusher:subscribe\"", "\"pusher:signin\"", "\"client-a\"", "\"private-x\"",
            ]),
            0..24,
        ),
    ) {
        decode(&parts.concat());
    }

    #[test]
    fn any_json_as_data_of_a_pusher_frame_is_decoded_or_refused(
        event in prop::sample::select(vec![
            "pusher:subscribe", "pusher:unsubscribe", "pusher:signin", "pusher:ping", "client-a",
        ]),
        member in prop::sample::select(vec!["channel", "auth", "channel_data", "user_data", "x"]),
        value in prop::sample::select(vec![
            "null", "5", "-1e999", "true", "\"\"", "\"x\"", "\"\\ud83d\"", "[]", "{}", "[{}]",
        ]),
    ) {
        decode(&format!(r#"{{"event":"{event}"}}"#));
        decode(&format!(r#"{{"event":"{event}","data":{value}}}"#));
        decode(&format!(r#"{{"event":"{event}","channel":{value}}}"#));
        decode(&format!(r#"{{"event":"{event}","data":{{"{member}":{value}}}}}"#));
    }

    #[test]
    fn any_bytes_after_an_event_are_decoded_or_refused(bytes: Vec<u8>) {
        decode(&format!(r#"2["a",{}]"#, String::from_utf8_lossy(&bytes)));
    }
}
