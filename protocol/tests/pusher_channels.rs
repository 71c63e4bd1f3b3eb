//! Names of Pusher channels and connections.

use std::collections::HashMap;

use proptest::prelude::*;
use switchboard_protocol::pusher::{ChannelKind, ChannelName, SocketId};

fn name(text: &str) -> ChannelName {
    ChannelName::parse(text, 200).expect("a valid name")
}

fn refused(text: &str, chars_max: usize) -> String {
    ChannelName::parse(text, chars_max).expect_err("no valid name").to_string()
}

#[test]
fn a_name_says_what_the_channel_is() {
    let check = |text, kind, requires_auth, is_cache| {
        let name = name(text);
        assert_eq!(name.kind(), kind, "{text}");
        assert_eq!(name.requires_auth(), requires_auth, "{text}");
        assert_eq!(name.takes_client_events(), requires_auth, "{text}");
        assert_eq!(name.is_cache(), is_cache, "{text}");
        assert_eq!(name.is_presence(), kind == ChannelKind::Presence, "{text}");
        assert_eq!(name.is_encrypted(), kind == ChannelKind::Encrypted, "{text}");
    };
    check("x", ChannelKind::Public, false, false);
    check("private", ChannelKind::Public, false, false);
    check("Private-x", ChannelKind::Public, false, false);
    check("public-private-x", ChannelKind::Public, false, false);
    check("cache-x", ChannelKind::Public, false, true);
    check("cache", ChannelKind::Public, false, false);
    check("private-x", ChannelKind::Private, true, false);
    check("private-", ChannelKind::Private, true, false);
    check("private-cache-x", ChannelKind::Private, true, true);
    check("private-encrypted", ChannelKind::Private, true, false);
    check("private-encrypted-x", ChannelKind::Encrypted, true, false);
    check("private-encrypted-cache-x", ChannelKind::Encrypted, true, true);
    check("private-cache-encrypted-x", ChannelKind::Private, true, true);
    check("presence-x", ChannelKind::Presence, true, false);
    check("presence-cache-x", ChannelKind::Presence, true, true);
    check("presence-encrypted-x", ChannelKind::Presence, true, false);
    check("#server-to-user-7", ChannelKind::ServerToUser, false, false);
}

#[test]
fn encrypted_channels_are_private_ones() {
    assert!(name("private-x").is_private());
    assert!(name("private-encrypted-x").is_private());
    assert!(!name("presence-x").is_private());
    assert!(!name("x").is_private());
}

#[test]
fn the_channel_of_a_user_names_the_user() {
    assert_eq!(name("#server-to-user-a@b.c").server_to_user(), Some("a@b.c"));
    assert_eq!(name("server-to-user-7").server_to_user(), None);
    assert_eq!(
        refused("#server-to-user-", 200),
        "channel: expected the id of a user after #server-to-user-"
    );
}

#[test]
fn other_characters_are_named() {
    name("aZ09_-=@,.;");
    for (text, char) in [
        ("a b", "' '"),
        ("a/b", "'/'"),
        ("a:b", "':'"),
        ("é", "'é'"),
        ("a\0", r"'\0'"),
        ("#x", "'#'"),
        ("x#server-to-user-7", "'#'"),
        ("#server-to-user-#7", "'#'"),
        ("#server-to-user", "'#'"),
    ] {
        let expected = "channel: expected letters, digits and _ - = @ , . ; in the name, got ";
        assert_eq!(refused(text, 200), format!("{expected}{char}"));
    }
    assert_eq!(refused("", 200), "channel: expected a name, got an empty text");
}

#[test]
fn names_are_taken_up_to_the_limit() {
    assert!(ChannelName::parse(&"x".repeat(200), 200).is_ok());
    assert_eq!(
        refused(&"x".repeat(201), 200),
        "channel: expected a name of at most 200 characters"
    );
    assert!(ChannelName::parse(&"x".repeat(100_000), 0).is_ok());
    assert_eq!(refused("", 0), "channel: expected a name, got an empty text");
}

#[test]
fn a_map_of_channels_is_asked_with_plain_text() {
    let map = HashMap::from([(name("a"), 1), (name("b"), 2)]);
    assert_eq!(map.get("b"), Some(&2));
    assert_eq!(map.get("c"), None);
}

#[test]
fn only_the_spelling_given_out_is_the_id_of_a_connection() {
    for text in ["0.0", "1234.1234", "4294967295.4294967295"] {
        assert_eq!(text.parse::<SocketId>().unwrap().to_string(), text);
        assert!(SocketId::is_well_formed(text));
    }
    for text in ["01.2", "1.02", "4294967296.1", "1.99999999999999999999"] {
        assert!(text.parse::<SocketId>().is_err(), "{text}");
        assert!(SocketId::is_well_formed(text), "{text}");
    }
    for text in ["", ".", "1", "1.", ".1", "1.2.3", "-1.2", "+1.2", "1.2 ", "1.2\n", "١.٢", "a.b"]
    {
        assert!(text.parse::<SocketId>().is_err(), "{text}");
        assert!(!SocketId::is_well_formed(text), "{text}");
    }
    assert_eq!(
        "x".parse::<SocketId>().unwrap_err().to_string(),
        "socket_id: expected two numbers with a dot between, such as 3026194825.1170342"
    );
}

#[test]
fn the_id_of_a_connection_takes_little_room() {
    assert_eq!(size_of::<SocketId>(), 8);
}

proptest! {
    #[test]
    fn ids_of_connections_are_read_back(first: u32, second: u32) {
        let id = SocketId::new(first, second);
        prop_assert_eq!(id.to_string().parse(), Ok(id));
        prop_assert!(SocketId::is_well_formed(&id.to_string()));
    }

    #[test]
    fn valid_names_are_kept_as_they_are(text in "(#server-to-user-)?[A-Za-z0-9_=@,.;-]{1,64}") {
        let name = name(&text);
        prop_assert_eq!(name.as_str(), &*text);
        prop_assert_eq!(name.to_string(), text);
    }
}
