//! What tells one message from another: its writer and its number, at the beginning of its text.

/// What a mark begins with; nothing else in a frame looks so.
const BEGIN: &str = "load:";

/// Which message it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Who wrote it: the place among all writers.
    pub(crate) writer: usize,
    /// Which of the writer's messages it is, from 1.
    pub(crate) seq: u64,
}

impl Mark {
    /// A text of so many characters that begins with it; longer if it must be.
    pub(crate) fn text(self, chars: usize) -> String {
        let Self { writer, seq } = self;
        let mut text = format!("{BEGIN}{writer}:{seq}:");
        text.extend(std::iter::repeat_n('x', chars.saturating_sub(text.len())));
        text
    }

    /// Finds the mark in whatever a server made of the text; `None` when there is none.
    ///
    /// Looked for, not parsed: this is done a million times a second.
    pub(crate) fn find(frame: &str) -> Option<Self> {
        let rest = &frame[frame.find(BEGIN)? + BEGIN.len()..];
        let (writer, rest) = rest.split_once(':')?;
        let (seq, _) = rest.split_once(':')?;
        Some(Self { writer: writer.parse().ok()?, seq: seq.parse().ok()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_in_the_frame_of_any_server() {
        let mark = Mark { writer: 3, seq: 42 };
        let text = mark.text(200);
        assert_eq!(text.len(), 200);
        assert_eq!(mark.text(100_000).len(), 100_000);
        assert_eq!(Mark::find(&format!(r#"["said","{text}"]"#)), Some(mark));
        assert_eq!(Mark::find(&format!(r#"{{"data":"{{\"a\":\"{text}\"}}"}}"#)), Some(mark));
        assert_eq!(Mark::find(r#"["said","load:3"]"#), None);
        assert_eq!(Mark::find("{}"), None);
    }
}
