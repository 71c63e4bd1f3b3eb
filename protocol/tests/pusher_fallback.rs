//! Pusher's frames in lines over HTTP.

use proptest::prelude::*;
use switchboard_protocol::pusher::fallback::{
    HEARTBEAT, LINE_END, OPEN, close, decode_messages, message_len, messages,
};

#[test]
fn lines_are_those_of_sockjs() {
    assert_eq!((OPEN, HEARTBEAT, LINE_END), ("o", "h", '\n'));
    assert_eq!(messages([r#"{"event":"a"}"#, "b\n"]), r#"a["{\"event\":\"a\"}","b\n"]"#);
    assert_eq!(messages([]), "a[]");
    assert_eq!(close(4001, "no \"app\""), r#"c[4001,"no \"app\""]"#);
}

#[test]
fn frames_come_in_an_array() {
    assert_eq!(decode_messages(r#"["a","{\"b\":1}"]"#).unwrap(), ["a", r#"{"b":1}"#]);
    assert_eq!(decode_messages(" [ ] ").unwrap(), [""; 0]);
}

#[test]
fn other_bodies_are_refused_in_words() {
    let refused = |text: &str| decode_messages(text).unwrap_err().to_string();
    assert_eq!(refused(""), "expected a JSON array of strings, got nothing");
    assert_eq!(refused(" \n"), "expected a JSON array of strings, got nothing");
    for text in
        ["5", r#""a""#, "{}", "[5]", r#"["a",null]"#, "[[]]", &format!("\"{}\"", "x".repeat(9999))]
    {
        assert_eq!(refused(text), "expected a JSON array of strings", "{text}");
    }
    for text in ["x", "[", r#"["a"]]"#, r#"["a",]"#, r#"["\ud83d"]"#] {
        assert!(refused(text).starts_with("expected JSON: "), "{text}");
    }
}

proptest! {
    #[test]
    fn lines_of_frames_are_read_back(frames: Vec<String>) {
        let line = messages(frames.iter().map(String::as_str));
        prop_assert!(!line.contains(LINE_END));
        prop_assert_eq!(decode_messages(&line[1..]).unwrap(), frames);
    }

    #[test]
    fn the_length_of_a_line_is_known_before(frames in prop::collection::vec(any::<String>(), 1..4)) {
        let line = messages(frames.iter().map(String::as_str));
        let frames_len: usize = frames.iter().map(|frame| message_len(frame)).sum();
        prop_assert_eq!(line.len(), "a[]".len() + frames_len - 1);
    }
}
