//! Frames that the Pusher server sends.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchboard_protocol::pusher::{Code, SocketId, presence, server_frame};

/// The frame as JSON, and its `data`, if it is a string, as the JSON in it.
fn read(frame: &str) -> (Value, Value) {
    let frame: Value = serde_json::from_str(frame).expect("a frame is JSON");
    let data = frame["data"].as_str().and_then(|text| serde_json::from_str(text).ok());
    (frame, data.unwrap_or_default())
}

#[test]
fn the_handshake_names_the_connection() {
    assert_eq!(
        server_frame::connection_established(SocketId::new(123_456, 7_890_123), 120),
        r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123456.7890123\",\"activity_timeout\":120}"}"#
    );
}

#[test]
fn errors_carry_an_object_and_perhaps_a_code() {
    assert_eq!(
        server_frame::error(Some(Code::ClientEventRejected.as_u16()), "too \"fast\""),
        r#"{"event":"pusher:error","data":{"code":4301,"message":"too \"fast\""}}"#
    );
    assert_eq!(
        server_frame::error(None, "what?"),
        r#"{"event":"pusher:error","data":{"code":null,"message":"what?"}}"#
    );
}

#[test]
fn signs_of_life_carry_an_empty_object() {
    assert_eq!(server_frame::PING, r#"{"event":"pusher:ping","data":{}}"#);
    assert_eq!(server_frame::PONG, r#"{"event":"pusher:pong","data":{}}"#);
}

#[test]
fn subscriptions_are_answered_on_their_channel() {
    assert_eq!(
        server_frame::subscription_succeeded("x", "{}"),
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"x","data":"{}"}"#
    );
    assert_eq!(
        server_frame::subscription_error("a\"b", "AuthError", "no", 401),
        r#"{"event":"pusher:subscription_error","channel":"a\"b","data":{"type":"AuthError","error":"no","status":401}}"#
    );
    assert_eq!(
        server_frame::cache_miss("cache-x"),
        r#"{"event":"pusher:cache_miss","channel":"cache-x","data":"{}"}"#
    );
    assert_eq!(
        server_frame::subscription_count("x", 5),
        r#"{"event":"pusher_internal:subscription_count","channel":"x","data":"{\"subscription_count\":5}"}"#
    );
}

#[test]
fn a_roster_lists_ids_and_what_is_known_of_them() {
    let roster = presence::roster([("1", Some(r#"{"name":"Ann"}"#)), ("a\"b", None)]);
    assert_eq!(
        roster,
        r#"{"presence":{"ids":["1","a\"b"],"hash":{"1":{"name":"Ann"},"a\"b":null},"count":2}}"#
    );
    assert_eq!(presence::roster([]), r#"{"presence":{"ids":[],"hash":{},"count":0}}"#);
}

#[test]
fn members_come_and_go() {
    assert_eq!(
        server_frame::member_added("presence-x", "2", Some(r#"{"name":"Bo"}"#)),
        r#"{"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"2\",\"user_info\":{\"name\":\"Bo\"}}"}"#
    );
    assert_eq!(
        server_frame::member_added("presence-x", "2", None),
        r#"{"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"2\"}"}"#
    );
    assert_eq!(
        server_frame::member_removed("presence-x", "2"),
        r#"{"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\"user_id\":\"2\"}"}"#
    );
}

#[test]
fn a_sign_in_is_answered_with_the_text_that_was_signed() {
    assert_eq!(
        server_frame::signin_success(r#"{"id":"42"}"#),
        r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"42\\\"}\"}"}"#
    );
}

#[test]
fn a_watchlist_tells_who_is_there_and_who_is_not() {
    assert_eq!(
        server_frame::watchlist_events(["7"], ["8", "9"]),
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"7\"]},{\"name\":\"offline\",\"user_ids\":[\"8\",\"9\"]}]}"}"#
    );
    assert_eq!(
        server_frame::watchlist_events([], ["8"]),
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"offline\",\"user_ids\":[\"8\"]}]}"}"#
    );
    assert_eq!(
        server_frame::watchlist_events(["7"], []),
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"7\"]}]}"}"#
    );
}

#[test]
fn published_events_carry_their_data_as_a_string() {
    assert_eq!(
        server_frame::event("note", "#server-to-user-42", r#"{"a":1}"#, None),
        r##"{"event":"note","channel":"#server-to-user-42","data":"{\"a\":1}"}"##
    );
    assert_eq!(
        server_frame::event("note", "presence-x", "plain", Some("7")),
        r#"{"event":"note","channel":"presence-x","data":"plain","user_id":"7"}"#
    );
}

#[test]
fn client_events_carry_their_data_as_it_was_written() {
    assert_eq!(
        server_frame::client_event("client-a", "private-x", r#"{ "a":"\ud83d" }"#, None),
        r#"{"event":"client-a","channel":"private-x","data":{ "a":"\ud83d" }}"#
    );
    assert_eq!(
        server_frame::client_event("client-a", "presence-x", "\"text\"", Some("7")),
        r#"{"event":"client-a","channel":"presence-x","data":"text","user_id":"7"}"#
    );
}

#[test]
fn every_code_tells_clients_what_to_do_and_people_why() {
    let codes = [
        (Code::TlsOnly, 4000),
        (Code::UnknownApp, 4001),
        (Code::AppDisabled, 4003),
        (Code::OverQuota, 4004),
        (Code::PathNotFound, 4005),
        (Code::InvalidVersion, 4006),
        (Code::UnsupportedProtocol, 4007),
        (Code::NoProtocol, 4008),
        (Code::Unauthorized, 4009),
        (Code::OverCapacity, 4100),
        (Code::Reconnect, 4200),
        (Code::PongMissing, 4201),
        (Code::Inactive, 4202),
        (Code::ClientEventRejected, 4301),
        (Code::WatchlistTooLong, 4302),
    ];
    for (code, number) in codes {
        assert_eq!(code.as_u16(), number);
        assert!(!code.message().is_empty());
        assert!(code.message().len() <= 123, "{code:?} does not fit into a close frame");
    }
}

proptest! {
    #[test]
    fn events_are_read_back(name: String, channel: String, data: String, user_id: Option<String>) {
        let frame = server_frame::event(&name, &channel, &data, user_id.as_deref());
        let mut expected = json!({"event": name, "channel": channel, "data": data});
        if let Some(user_id) = user_id {
            expected["user_id"] = json!(user_id);
        }
        prop_assert_eq!(read(&frame).0, expected);
    }

    #[test]
    fn a_frame_holds_no_more_memory_than_it_needs(
        name: String,
        channel: String,
        data: String,
        user_id: Option<String>,
    ) {
        let frame = server_frame::event(&name, &channel, &data, user_id.as_deref());
        prop_assert_eq!(frame.capacity(), frame.len());
    }

    #[test]
    fn members_are_read_back(ids: std::collections::BTreeSet<String>, info: String) {
        let info = json!({ "text": info });
        let info_json = info.to_string();
        let roster = presence::roster(ids.iter().map(|id| (&**id, Some(&*info_json))));
        let (_, data) = read(&server_frame::subscription_succeeded("presence-x", &roster));
        prop_assert_eq!(&data["presence"]["ids"], &json!(ids));
        prop_assert_eq!(&data["presence"]["count"], &json!(ids.len()));
        for id in &ids {
            prop_assert_eq!(&data["presence"]["hash"][id], &info);
            let (_, added) = read(&server_frame::member_added("presence-x", id, Some(&info_json)));
            prop_assert_eq!(added, json!({"user_id": id, "user_info": info}));
            let (_, removed) = read(&server_frame::member_removed("presence-x", id));
            prop_assert_eq!(removed, json!({ "user_id": id }));
        }
    }

    #[test]
    fn what_was_signed_is_read_back(user_data: String) {
        let (_, data) = read(&server_frame::signin_success(&user_data));
        prop_assert_eq!(data, json!({ "user_data": user_data }));
    }

    #[test]
    fn errors_are_read_back(code: Option<u16>, message: String) {
        let (frame, _) = read(&server_frame::error(code, &message));
        prop_assert_eq!(&frame["data"], &json!({"code": code, "message": message}));
    }

    #[test]
    fn watchlists_are_read_back(online: Vec<String>, offline: Vec<String>) {
        let frame = server_frame::watchlist_events(
            online.iter().map(String::as_str),
            offline.iter().map(String::as_str),
        );
        let mut events = Vec::new();
        if !online.is_empty() {
            events.push(json!({"name": "online", "user_ids": online}));
        }
        if !offline.is_empty() {
            events.push(json!({"name": "offline", "user_ids": offline}));
        }
        prop_assert_eq!(read(&frame).1, json!({ "events": events }));
    }
}
