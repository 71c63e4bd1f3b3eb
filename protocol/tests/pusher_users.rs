//! Whom applications vouch for.

use switchboard_protocol::pusher::{PresenceUser, SignedInUser};

fn presence(text: &str) -> String {
    match PresenceUser::parse(text) {
        Ok(user) => match user.user_info {
            Some(info) => format!("{} {info}", user.user_id),
            None => user.user_id,
        },
        Err(error) => error.to_string(),
    }
}

fn signed_in(text: &str) -> String {
    match SignedInUser::parse(text) {
        Ok(user) => format!("{} {:?}", user.id, user.watchlist),
        Err(error) => error.to_string(),
    }
}

#[test]
fn members_have_an_id_and_perhaps_more() {
    assert_eq!(presence(r#"{"user_id":"1"}"#), "1");
    assert_eq!(presence(r#"{"user_id":"1","user_info":{ "a":1.0}}"#), r#"1 { "a":1.0}"#);
    assert_eq!(presence(r#"{"user_id":"1","user_info":null,"more":[]}"#), "1");
    assert_eq!(presence(r#"{"user_info":"Ann","user_id":"ann+é@x"}"#), r#"ann+é@x "Ann""#);
}

#[test]
fn a_number_is_the_same_member_as_its_text() {
    assert_eq!(
        presence(r#"{"user_id":10,"user_info":{"name":"Mr. Channels"}}"#),
        r#"10 {"name":"Mr. Channels"}"#
    );
    assert_eq!(presence(r#"{"user_id":"10"}"#), "10");
    assert_eq!(presence(r#"{"user_id":-7}"#), "-7");
    assert_eq!(
        presence(r#"{"user_id":123456789012345678901234567890}"#),
        "123456789012345678901234567890"
    );
}

#[test]
fn members_without_a_usable_id_are_refused() {
    for id in ["null", r#""""#, "true", "[]", "{}", r#""\ud83d""#] {
        assert_eq!(
            presence(&format!(r#"{{"user_id":{id}}}"#)),
            "channel_data: expected a string or a number as user_id"
        );
    }
    assert_eq!(presence("{}"), "channel_data: expected a string or a number as user_id");
}

#[test]
fn what_is_not_an_object_is_refused() {
    for text in ["", "null", "5", r#""x""#, r#"["1"]"#] {
        assert_eq!(presence(text), "channel_data: expected the text of a JSON object");
        assert_eq!(signed_in(text), "user_data: expected the text of a JSON object");
    }
    assert_eq!(
        presence("{"),
        "channel_data: expected JSON: EOF while parsing an object at line 1 column 1"
    );
    let deep = format!(r#"{{"id":"1","user_info":{}{}}}"#, "[".repeat(100), "]".repeat(100));
    assert_eq!(presence(&deep), "channel_data: expected at most 100 nested arrays and objects");
    assert_eq!(signed_in(&deep), "user_data: expected at most 100 nested arrays and objects");
}

#[test]
fn signed_in_users_have_an_id_and_perhaps_a_watchlist() {
    assert_eq!(signed_in(r#"{"id":"42"}"#), "42 []");
    assert_eq!(signed_in(r#"{"id":"a@b.c","watchlist":["7",8]}"#), r#"a@b.c ["7", "8"]"#);
    assert_eq!(signed_in(r#"{"id":"42","watchlist":null,"user_info":null}"#), "42 []");
    let user = SignedInUser::parse(r#"{"id":"42","user_info":{"name":"Ann"}}"#).unwrap();
    assert_eq!(user.user_info.unwrap().get(), r#"{"name":"Ann"}"#);
}

#[test]
fn signed_in_users_are_named_by_a_string_that_fits_into_a_channel_name() {
    for id in ["null", "42", r#""""#, r#""a b""#, "\"é\"", "\"#1\"", "[]", "{}"] {
        assert_eq!(
            signed_in(&format!(r#"{{"id":{id}}}"#)),
            "user_data: expected a string of letters, digits and _ - = @ , . ; as id"
        );
    }
}

#[test]
fn a_watchlist_is_a_list_of_ids() {
    for list in ["5", r#""7""#, "{}", "[null]", "[[]]", r#"[""]"#] {
        assert_eq!(
            signed_in(&format!(r#"{{"id":"1","watchlist":{list}}}"#)),
            "user_data: expected a list of user ids as watchlist"
        );
    }
}
