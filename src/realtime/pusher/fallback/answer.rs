//! One answer of a session to its client: lines go in one after another, and out as the client
//! takes them.
//!
//! A poll is an answer with room for one line. A stream has room for many, because a browser keeps
//! all of an answer in memory until its end.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use futures_util::stream::poll_fn;
use tokio::sync::mpsc;
use tokio::sync::mpsc::Permit;
use tokio::sync::mpsc::error::SendError;

/// Lines that wait for the client to take them. The rest waits in the session's own queue, whose
/// limit tells slow readers from others.
const LINES_MAX: usize = 1;

/// How the lines of an answer are dressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dress {
    /// Each ends with a line feed.
    Lines,
    /// Each is a server-sent event.
    Events,
    /// Each is the argument of this function.
    Calls(String),
    /// Each is a message of a WebSocket.
    Messages,
}

/// What becomes of an answer that has no room left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WhenFull {
    /// It ends, and the client asks again.
    Ends,
    /// It stays open, and nothing more is written: the client counts too, and drops it for another.
    /// One that ended would be a lost connection to this client.
    Waits,
}

/// The answer of one request, from the session's side.
#[derive(Debug)]
pub(super) struct Answer {
    lines: mpsc::Sender<Bytes>,
    dress: Dress,
    /// UTF-16 code units: what clients count.
    room: usize,
    when_full: WhenFull,
    /// How long it may be without a line.
    quiet_max: Duration,
    /// Whether a client asks for another one when this one breaks.
    is_retried: bool,
}

/// A place in an answer for one line, which is sure to be taken.
#[derive(Debug)]
pub(super) struct Place<'a> {
    permit: Permit<'a, Bytes>,
    dress: &'a Dress,
    room: &'a mut usize,
}

impl Answer {
    /// An answer that takes lines until `room` UTF-16 code units are used up, and its other end. It gets
    /// a heartbeat when there is nothing else for `quiet_max`.
    pub(super) fn new(
        dress: Dress,
        room: usize,
        when_full: WhenFull,
        quiet_max: Duration,
    ) -> (Self, mpsc::Receiver<Bytes>) {
        let (lines, taken) = mpsc::channel(LINES_MAX);
        (Self { lines, dress, room, when_full, quiet_max, is_retried: true }, taken)
    }

    /// For a client that begins a new session when an answer breaks, as pusher-js does: who drops such an
    /// answer before it is full is gone.
    pub(super) const fn not_retried(mut self) -> Self {
        self.is_retried = false;
        self
    }

    /// Waits until the client takes lines. An error means that it went away.
    pub(super) async fn place(&mut self) -> Result<Place<'_>, SendError<()>> {
        let permit = self.lines.reserve().await?;
        Ok(Place { permit, dress: &self.dress, room: &mut self.room })
    }

    /// Writes a last line if that can be done at once: nobody may be there to read it.
    pub(super) fn try_say(&mut self, line: &str) {
        if self.has_room() {
            let _ = self.lines.try_send(self.dress.put_on(line));
        }
    }

    /// Waits until the client went away.
    pub(super) async fn dropped(&self) {
        self.lines.closed().await;
    }

    pub(super) const fn has_room(&self) -> bool {
        self.room > 0
    }

    pub(super) const fn when_full(&self) -> WhenFull {
        self.when_full
    }

    pub(super) const fn is_retried(&self) -> bool {
        self.is_retried
    }

    pub(super) const fn quiet_max(&self) -> Duration {
        self.quiet_max
    }
}

impl Place<'_> {
    /// Writes a line, given without its end.
    pub(super) fn write(self, line: &str) {
        let dressed = self.dress.put_on(line);
        *self.room = self.room.saturating_sub(utf16_len(&dressed));
        self.permit.send(dressed);
    }
}

impl Dress {
    fn put_on(&self, line: &str) -> Bytes {
        let dressed = match self {
            Self::Lines => format!("{line}\n"),
            // The clients decode percent signs, so that is what must be encoded.
            Self::Events => format!("data: {}\r\n\r\n", line.replace('%', "%25")),
            // The comment keeps the answer from being taken for another kind of file.
            Self::Calls(function) => format!("/**/{function}({});\r\n", script_string(line)),
            Self::Messages => line.to_owned(),
        };
        dressed.into()
    }
}

/// A body that hands out lines as they come, and ends when the answer is dropped.
pub(super) fn body(prelude: &'static [u8], mut lines: mpsc::Receiver<Bytes>) -> Body {
    let mut prelude = (!prelude.is_empty()).then(|| Bytes::from_static(prelude));
    Body::from_stream(poll_fn(move |cx| match prelude.take() {
        Some(prelude) => Some(Ok::<_, Infallible>(prelude)).into(),
        None => lines.poll_recv(cx).map(|line| line.map(Ok)),
    }))
}

/// A text as a script of any age has it: JSON, without the two line ends that JSON alone allows.
fn script_string(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029")
}

/// The length of UTF-8 text as JavaScript counts it.
fn utf16_len(text: &[u8]) -> usize {
    let begins_character = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    let is_beyond_the_first_plane = |byte: &&u8| **byte >= 0b1111_0000;
    text.iter().filter(begins_character).count()
        + text.iter().filter(is_beyond_the_first_plane).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(dress: &Dress, line: &str) -> String {
        String::from_utf8(dress.put_on(line).to_vec()).unwrap()
    }

    #[test]
    fn lines_are_dressed_as_each_transport_wants_them() {
        assert_eq!(dressed(&Dress::Lines, "o"), "o\n");
        assert_eq!(dressed(&Dress::Messages, "o"), "o");
        assert_eq!(dressed(&Dress::Events, r#"a["100%"]"#), "data: a[\"100%25\"]\r\n\r\n");
        let calls = Dress::Calls("_jp.a1".to_owned());
        assert_eq!(dressed(&calls, r#"a["x"]"#), "/**/_jp.a1(\"a[\\\"x\\\"]\");\r\n");
        assert_eq!(dressed(&calls, "\u{2028}"), "/**/_jp.a1(\"\\u2028\");\r\n");
    }

    #[test]
    fn length_is_counted_as_javascript_does() {
        for text in ["", "abc", "äöü", "€", "𝄞 and 👍🏽", "\u{10ffff}\u{7ff}\u{800}"] {
            assert_eq!(utf16_len(text.as_bytes()), text.encode_utf16().count(), "{text}");
        }
    }

    #[tokio::test]
    async fn an_answer_has_room_until_it_is_used_up() {
        let (mut answer, mut taken) = Answer::new(Dress::Lines, 4, WhenFull::Ends, Duration::MAX);
        answer.place().await.unwrap().write("👍");
        assert!(answer.has_room(), "two units and a line feed");
        assert_eq!(taken.recv().await.unwrap(), "👍\n");
        answer.place().await.unwrap().write("o");
        assert!(!answer.has_room());
        drop(taken);
        assert!(answer.place().await.is_err());
    }
}
