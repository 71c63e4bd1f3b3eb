//! Frames that Pusher clients send.

use switchboard_protocol::pusher::{ClientFrame, NESTING_MAX};

/// The frame as one line, so that a table of examples stays a table.
fn describe(text: &str) -> String {
    match ClientFrame::decode(text) {
        Err(error) => error.to_string(),
        Ok(ClientFrame::Subscribe { channel, auth, channel_data }) => match channel_data {
            Some(data) => format!("SUBSCRIBE {channel} {auth:?} {data}"),
            None => format!("SUBSCRIBE {channel} {auth:?}"),
        },
        Ok(ClientFrame::Unsubscribe { channel }) => format!("UNSUBSCRIBE {channel}"),
        Ok(ClientFrame::SignIn { auth, user_data }) => format!("SIGN IN {auth:?} {user_data}"),
        Ok(ClientFrame::Ping) => "PING".into(),
        Ok(ClientFrame::Pong) => "PONG".into(),
        Ok(ClientFrame::ClientEvent { event, channel, data }) => {
            format!("CLIENT EVENT {event} {channel} {data}")
        }
        Ok(ClientFrame::Unknown { event }) => format!("UNKNOWN {event}"),
    }
}

fn check(text: &str, expected: &str) {
    assert_eq!(describe(text), expected, "{text}");
}

#[test]
fn the_frames_of_pusher_js_are_read() {
    check(r#"{"event":"pusher:subscribe","data":{"auth":"","channel":"x"}}"#, r#"SUBSCRIBE x """#);
    check(
        r#"{"event":"pusher:subscribe","data":{"channel":"presence-x","auth":"KEY:ab","channel_data":"{\"user_id\":\"1\",\"user_info\":{}}"}}"#,
        r#"SUBSCRIBE presence-x "KEY:ab" {"user_id":"1","user_info":{}}"#,
    );
    check(r#"{"event":"pusher:unsubscribe","data":{"channel":"x"}}"#, "UNSUBSCRIBE x");
    check(
        r#"{"event":"pusher:signin","data":{"auth":"KEY:ab","user_data":"{\"id\":\"42\"}"}}"#,
        r#"SIGN IN "KEY:ab" {"id":"42"}"#,
    );
    check(r#"{"event":"pusher:ping","data":{}}"#, "PING");
    check(r#"{"event":"pusher:pong","data":{}}"#, "PONG");
    check(
        r#"{"event":"client-typing","channel":"private-x","data":{"a":1}}"#,
        r#"CLIENT EVENT client-typing private-x {"a":1}"#,
    );
}

#[test]
fn clients_may_write_the_same_thing_differently() {
    check(r#"{"event":"pusher:ping"}"#, "PING");
    check(r#"{"event":"pusher:ping","data":null,"channel":5}"#, "PING");
    check(" {\"event\":\"pusher:pong\",\"data\":\"\"}\r\n", "PONG");
    check(r#"{"data":{"channel":"x"},"event":"pusher:subscribe"}"#, r#"SUBSCRIBE x """#);
    check(
        r#"{"event":"pusher:subscribe","data":{"channel":"x","auth":null,"channel_data":null}}"#,
        r#"SUBSCRIBE x """#,
    );
    check(
        r#"{"event":"pusher:subscribe","id":7,"data":{"channel":"x","more":[1],"user_data":{}}}"#,
        r#"SUBSCRIBE x """#,
    );
    check(
        r#"{"event":"pusher:subscribe","data":"{\"channel\":\"x\",\"auth\":\"k:s\"}"}"#,
        r#"SUBSCRIBE x "k:s""#,
    );
    check(r#"{"event":"pusher:subscribe","data":{"channel":"\u0078"}}"#, r#"SUBSCRIBE x """#);
    check(r#"{"event":"pusher:unsubscribe","data":"{\"channel\":\"x\"}"}"#, "UNSUBSCRIBE x");
    check(r#"{"event":"pusher:signin","data":{"user_data":"{}"}}"#, r#"SIGN IN "" {}"#);
}

#[test]
fn what_was_signed_is_kept_to_the_letter() {
    check(
        r#"{"event":"pusher:subscribe","data":{"channel":"x","channel_data":"{ \"user_id\" : 1.0,\n\"é\":\"\\u00e9\"}"}}"#,
        "SUBSCRIBE x \"\" { \"user_id\" : 1.0,\n\"é\":\"\\u00e9\"}",
    );
}

#[test]
fn data_of_client_events_is_any_json_as_it_was_written() {
    for data in [r#""text""#, "5", "1.0e2", "[ 1,2 ]", "true", "null", r#"{"a":"\ud83d"}"#, r#""""#]
    {
        check(
            &format!(r#"{{"event":"client-a","channel":"private-x","data":{data}}}"#),
            &format!("CLIENT EVENT client-a private-x {data}"),
        );
    }
    check(r#"{"event":"client-a","channel":"private-x"}"#, "CLIENT EVENT client-a private-x null");
}

#[test]
fn events_that_clients_may_not_send_are_named() {
    for event in ["", "message", "pusher:", "pusher:error", "pusher_internal:x", "Client-a"] {
        check(
            &format!(r#"{{"event":"{event}","channel":"private-x","data":{{}}}}"#),
            &format!("UNKNOWN {event}"),
        );
    }
}

#[test]
fn frames_that_stop_other_servers_are_refused_in_words() {
    let data = "expected an object as data";
    check(r#"{"event":"pusher:subscribe"}"#, &format!("pusher:subscribe: {data}"));
    check(r#"{"event":"pusher:unsubscribe"}"#, &format!("pusher:unsubscribe: {data}"));
    check(r#"{"event":"pusher:signin"}"#, &format!("pusher:signin: {data}"));
    for value in ["null", "5", r#""""#, r#""x""#, "[]", "[\"x\"]", r#""[]""#, "true"] {
        check(
            &format!(r#"{{"event":"pusher:subscribe","data":{value}}}"#),
            &format!("pusher:subscribe: {data}"),
        );
    }
    for value in ["null", "5", "{}", "[]", r#""\ud83d""#] {
        check(
            &format!(r#"{{"event":"pusher:subscribe","data":{{"channel":{value}}}}}"#),
            "pusher:subscribe: expected a string as channel",
        );
        check(
            &format!(r#"{{"event":"client-a","channel":{value},"data":1}}"#),
            "client event: expected a string as channel",
        );
    }
    check(
        r#"{"event":"pusher:unsubscribe","data":{}}"#,
        "pusher:unsubscribe: expected a string as channel",
    );
    check(
        r#"{"event":"pusher:subscribe","data":{"channel":"x","auth":{}}}"#,
        "pusher:subscribe: expected a string as auth",
    );
    check(
        r#"{"event":"pusher:subscribe","data":{"channel":"x","channel_data":{"user_id":"1"}}}"#,
        "pusher:subscribe: expected a string, the JSON text that was signed, as channel_data",
    );
    check(
        r#"{"event":"pusher:signin","data":{"auth":"k:s"}}"#,
        "pusher:signin: expected a string, the JSON text that was signed, as user_data",
    );
}

#[test]
fn a_frame_is_a_json_object_with_an_event() {
    for text in
        ["", " ", "x", "null", "5", "\"pusher:ping\"", "[\"pusher:ping\"]", "\0", "\u{feff}{}"]
    {
        check(text, "expected a JSON object with an event");
    }
    for text in ["{}", r#"{"event":null}"#, r#"{"event":5}"#, r#"{"event":{}}"#, r#"{"data":{}}"#] {
        check(text, "expected a string as event");
    }
    for text in ["{", r#"{"event"}"#, r#"{"event":"pusher:ping"}}"#, r#"{"event":"pusher:ping",}"#]
    {
        let message = describe(text);
        assert!(message.starts_with("expected JSON: "), "{text}: {message}");
    }
    check(
        r#"{"event":"pusher:ping","event":"pusher:pong"}"#,
        "expected JSON: duplicate field `event` at line 1 column 30",
    );
    check(
        r#"{"event":"pusher:subscribe","data":"{\"channel\":"}"#,
        "expected JSON: EOF while parsing a value at line 1 column 11",
    );
}

#[test]
fn refusals_do_not_repeat_what_the_client_wrote() {
    let long = "x".repeat(10_000);
    for text in [
        long.clone(),
        format!("\"{long}\""),
        format!(r#"{{"event":["{long}"]}}"#),
        format!(r#"{{"event":"pusher:subscribe","data":"{long}"}}"#),
        format!(r#"{{"event":"pusher:subscribe","data":{{"channel":["{long}"]}}}}"#),
        format!(r#"{{"event":"pusher:ping",{long}"#),
    ] {
        assert!(describe(&text).len() < 100, "{text}");
    }
}

#[test]
fn nesting_is_read_up_to_the_limit() {
    let event = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        format!(r#"{{"event":"client-a","channel":"private-x","data":{open}{close}}}"#)
    };
    assert!(ClientFrame::decode(&event(NESTING_MAX - 1)).is_ok());
    for depth in [NESTING_MAX, 100_000] {
        check(&event(depth), "expected at most 100 nested arrays and objects");
    }
}
